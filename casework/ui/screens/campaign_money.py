"""Gifts and relief money of a campaign: how much for whom, what is proposed, approved, paid.

Who: the supervisor. Decides: how much a segment is given, and from which fund. Clicks: one to
propose what is missing; somebody else approves it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from casework.errors import InvalidEntry, NotFound
from casework.reference.campaigns import Gift
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Html,
    Panel,
    Screen,
    Shell,
    TextField,
    el,
    figure,
    link,
    listed,
    offer,
    section,
    stack,
)
from casework.ui.campaign_money import BESIDE, PEOPLE, gift_rows, money_words, payment_row
from casework.ui.campaign_parts import tabs
from casework.ui.wording import money_text, spaced
from casework.workbook.campaign_gifts import GiftLine, GiftPlan
from casework.workbook.campaign_reports import money_report
from casework.workbook.standards import limit_of, standard_name

__all__ = ["MoneyScreen", "screen"]


class MoneyScreen(Screen):
    """The gifts of one campaign.

    Parameters
    ----------
    id : str
        Number of the campaign.
    segment, standard, state : str
        A figure whose rows are shown, as `rows_of` takes it.
    """

    def __init__(
        self, shell: Shell, id: str, segment: str = "", standard: str = "", state: str = ""
    ) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Gifts of money"))
        self.campaign_id = int(id)
        self.segment = ""
        self.whose = (segment, standard, state)
        self.lead = _("Within the standard and the budget; who proposes does not approve.")
        self.tab_slot = stack(css="cw-slot")
        self.figures = Panel("", rows=self.narrow)
        self.lines = Panel("", change=self.change, rows=self.narrow)
        self.which = Panel("", rows=self.narrow)
        self.slot = stack(css="cw-slot")
        self.ways = stack(css="cw-slot")
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("what", _("Standard")),
                Column("amount", _("Amount")),
                Column("state", _("State"), kind="state"),
                Column("fund", _("Fund"), phone="hide"),
            ],
            listed([]),
            caption=_("Payments of the campaign"),
            opens=lambda key: shell.go("person", id=self.persons[key]),
            search_hint=_("Name or fund"),
            empty=(_("Nothing is proposed yet."), _("Propose what is missing above.")),
        )
        self.body(self.tab_slot, self.figures, self.lines, self.slot, self.ways, self.which,
                  self.table)  # fmt: skip
        self.refresh()

    def refresh(self) -> None:
        """Read gifts and payments again."""
        wb = self.wb.campaigns
        self.shown = wb.show(self.campaign_id, as_of=self.on)
        self.can_decide = (
            self.shell.as_of is None and wb.may_decide and self.shown.line.state != "closed"
        )
        self.retitle(str(self.shown.line.label))
        self.tab_slot.children = [tabs(self.shell, self.shown, "campaign_money")]
        self.plan: GiftPlan = self.wb.campaign_gifts.plan(self.campaign_id)
        self.people = {one.person_id: one for one in wb.people(self.campaign_id, as_of=self.on)}
        self.money = money_report(self.wb, self.campaign_id, list(self.people.values()))
        self.figures.set(self._figures())
        self.lines.set(self._lines())
        self.narrow(*self.whose)
        self._draw_ways()

    def narrow(self, segment: str = "", standard: str = "", state: str = "") -> None:
        """Show the rows of a figure."""
        self.whose = (segment, standard, state)
        rows = self.rows_of(segment, standard, state)
        self.persons = {str(one["id"]): int(str(one.pop("person"))) for one in rows}
        self.table.source = listed(rows)
        self.table.search("")
        told = money_words().get(state)
        if told is None and not segment:
            self.which.set("")
            return
        line = next(iter(self.money.of(segment, standard)), None) if segment else None
        where = _("By no line of the list") if segment == BESIDE else ""
        if line is not None:
            where = f"{line.gift.segment.label} · {line.gift.label}"
        words = " · ".join(one for one in (where, told) if one)
        shown = _("{which}: {n}", which=words, n=len(rows))
        self.which.set(el("p", el("b", spaced(shown)), " ", link(_("Show all payments"), "rows")))

    def rows_of(self, segment: str, standard: str, state: str) -> list[dict[str, object]]:
        """Give exactly what a figure counts or adds up.

        Parameters
        ----------
        segment, standard : str
            Of a line; empty for all of them, `BESIDE` for the payments by no line.
        state : str
            Of people: ``listed``, ``planned``, ``given``, ``barred``, ``missing``. Otherwise the
            status of payments; empty for all.
        """
        lines = self.money.of(segment, standard)
        if state in PEOPLE:
            return [
                row
                for n, one in enumerate(lines)
                for row in gift_rows(n, one.gift, PEOPLE[state](one.gift), self.people)
            ]
        payments = self.money.payments
        if segment:
            own = tuple(each for one in lines for each in one.payments)
            payments = self.money.others if segment == BESIDE else own
        return [payment_row(one) for one in payments if state in ("", one.status)]

    def _figures(self) -> Html:
        sums = self.plan.sums
        told = {
            "proposed": _("{n} gifts wait for approval"),
            "approved": _("{n} gifts approved, not handed over yet"),
            "paid": _("{n} gifts handed over"),
        }
        missing = sum(one.missing for one in self.plan.lines)
        rows = [
            figure(
                _("{n} gifts are not proposed yet"), {"n": missing},
                note=money_text(self.plan.missing_fen), tone="due" if missing else "",
                offers=_rows("missing") if missing else None,
            )
        ]  # fmt: skip
        rows += [
            figure(
                told[name],
                {"n": sums[name][0]},
                note=money_text(sums[name][1]),
                offers=_rows(name) if sums[name][0] else None,
            )
            for name in told
        ]
        return el("div", rows, class_="cw-figures cw-roster-figures")

    def _lines(self) -> Html:
        head = [_("Segment"), _("Standard"), _("For each"), _("At most"), _("On the list"),
                _("Given"), _("Missing")]  # fmt: skip
        rows = [self._line(one, head) for one in self.plan.lines]
        with_gifts = {one.segment.code for one in self.plan.lines}
        rows += [
            el("tr", el("th", self._segment(one.code, str(one.label)), scope="row"),
               el("td", el("span", _("no gift"), class_="cw-hint"), colspan="6"))
            for one in self.shown.terms.segments
            if one.code not in with_gifts
        ]  # fmt: skip
        table = el(
            "table",
            el("caption", _("Gifts by segment"), class_="cw-hidden"),
            el("thead", el("tr", [el("th", words, scope="col") for words in head])),
            el("tbody", rows),
            class_="cw-plain-table",
        )
        return section(_("What is given to whom"), el("div", table, class_="cw-scroll"))

    def _segment(self, code: str, label: str) -> object:
        return link(label, "change", segment=code) if self.can_decide else label

    def _line(self, one: GiftLine, head: list[str]) -> Html:
        which = {"segment": one.segment.code, "standard": one.standard}
        limit = money_text(one.limit_fen) if one.limit_fen is not None else _("no such standard")
        barred = (
            el("p", link(_("not for {n}: the standard does not hold", n=one.barred), "rows",
                         state="barred", **which), class_="cw-hint")
            if one.barred else None
        )  # fmt: skip

        def opened(n: int, state: str) -> object:
            return link(str(n), "rows", state=state, **which) if n else "0"

        return el(
            "tr",
            el("th", self._segment(one.segment.code, str(one.segment.label)), scope="row"),
            el("td", one.label, data_label=head[1]),
            el("td", money_text(one.fen), data_label=head[2]),
            el("td", limit, data_label=head[3]),
            el("td", opened(one.people, "listed"), barred, data_label=head[4]),
            el("td", opened(one.given, "given"), data_label=head[5]),
            el("td", opened(one.missing, "missing"), data_label=head[6]),
        )

    def _draw_ways(self) -> None:
        year = self.shown.line.window.due_on.year
        self.budgets = self.wb.money.budgets(year=year) if self.can_decide else []
        missing = sum(one.missing for one in self.plan.lines)
        if not self.can_decide or self.shown.list_frozen_on is None or not missing:
            self.ways.children = []
            return
        if not self.budgets:
            told = _("No fund has a budget for {year} yet. Set one under funds and payments.",
                     year=year)  # fmt: skip
            way = link(_("Funds and payments"), "money")
            self.ways.children = [
                Panel(el("p", told, " ", way, class_="cw-hint"),
                      money=lambda: self.shell.go("money"))
            ]  # fmt: skip
            return
        options = {
            str(one.budget_id): _("{fund}: {left} left", fund=one.fund,
                                  left=money_text(one.left_fen - one.waiting_fen))
            for one in self.budgets
        }  # fmt: skip
        self.budget = ChoiceField("budget", _("From which fund"), options, required=True)
        if len(options) == 1:
            self.budget.entry = next(iter(options))
        bar = stack(
            self.action(_("Propose what is missing"), self.propose, kind="primary"),
            css="cw-actions",
        )
        self.ways.children = [stack(self.budget, css="cw-form"), bar]

    # --- deciding --------------------------------------------------------------------------------

    def propose(self) -> None:
        """Propose what is missing as payments."""
        chosen = self.budget.value
        if chosen is None:
            raise InvalidEntry(_("Choose the fund and year that pays it."), "budget")
        made = self.wb.campaign_gifts.propose(self.campaign_id, int(chosen))
        self.refresh()

        def back() -> None:
            self.wb.payments.cancel(made, reason=_("proposed by mistake"))
            self.refresh()

        self.said(
            _("{n} gifts are proposed; somebody else approves them.", n=len(made)),
            undo=back,
        )

    def change(self, segment: str) -> None:
        """Open the form of what a segment is given."""
        self.segment = segment
        held = self.shown.terms.segment(segment)
        standards = {
            one.code: one
            for one in self.wb.money.standards(on=self.shown.line.window.due_on)
            if one.per == "occasion" or one.code in {gift.standard for gift in held.gifts}
        }
        fields: list[Any] = []
        amounts = {gift.standard: gift.fen for gift in held.gifts}
        for code, one in standards.items():
            field = TextField(
                f"gift_{code}", standard_name(one), longest=20,
                hint=_("Yuan for each, at most {limit}; empty for none",
                       limit=money_text(limit_of(one))),
            )  # fmt: skip
            if code in amounts:
                field.entry = f"{amounts[code] / 100:.2f}"
            fields.append(field)
        self.fields = {one.name: one for one in fields}
        bar = stack(
            self.action(_("Leave as it is"), self.put_away, kind="quiet"),
            self.action(_("Keep the gifts"), self.save, kind="primary", key="ctrl+s"),
            css="cw-actions",
        )
        title = el("h2", _("What {segment} are given", segment=str(held.label)))
        self.slot.children = [stack(Panel(title), *fields, bar, css="cw-editor")]

    def save(self) -> None:
        """Keep what a segment is given."""
        entered = self.read()
        gifts = [
            Gift(name.removeprefix("gift_"), fen_from(typed, name))
            for name, typed in entered.items()
            if typed
        ]
        before = self.wb.campaign_gifts.set_gifts(self.campaign_id, self.segment, gifts)
        segment = self.segment
        self.put_away()
        self.refresh()

        def back() -> None:
            self.wb.campaign_gifts.set_gifts(self.campaign_id, segment, before)
            self.refresh()

        self.said(_("The gifts are kept."), undo=back)

    def put_away(self) -> None:
        """Take the form away."""
        self.fields = {}
        self.slot.children = []


screen = MoneyScreen


def fen_from(typed: str, field: str) -> int:
    """Read yuan as fen.

    Raises
    ------
    InvalidEntry
        When it is no amount of money.
    """
    try:
        fen = Decimal(re.sub(r"[\s,，￥¥元]", "", typed)) * 100
    except InvalidOperation:
        fen = Decimal("NaN")
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 < fen < 10**9:
        raise InvalidEntry(
            _("“{typed}” is no amount of money. Write yuan, such as 500 or 500.50.", typed=typed),
            field, typed,
        )  # fmt: skip
    return int(fen)


def _rows(state: str) -> dict[str, object]:
    return offer("rows", state=state)
