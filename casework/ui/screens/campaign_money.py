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
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    TextField,
    el,
    figure,
    link,
    listed,
    section,
    stack,
)
from casework.ui.campaign_parts import tabs
from casework.ui.wording import money_text
from casework.workbook.campaign_gifts import GiftLine, GiftPlan
from casework.workbook.payment_rows import PaymentRow, status_text
from casework.workbook.standards import limit_of, standard_name

__all__ = ["MoneyScreen", "screen"]

_SIGNS = {
    "proposed": "due", "approved": "ready", "paid": "done", "cancelled": "excused",
    "returned": "excused",
}  # fmt: skip


class MoneyScreen(Screen):
    """The gifts of one campaign.

    Parameters
    ----------
    id : str
        Number of the campaign.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Gifts of money"))
        self.campaign_id = int(id)
        self.segment = ""
        self.lead = _("Within the standard and the budget; who proposes does not approve.")
        self.tab_slot = stack(css="cw-slot")
        self.figures = Panel("")
        self.lines = Panel("", change=self.change)
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
            opens=lambda key: shell.go("person", id=self._person_of(key)),
            search_hint=_("Name or fund"),
            empty=(_("Nothing is proposed yet."), _("Propose what is missing above.")),
        )
        self.body(self.tab_slot, self.figures, self.lines, self.slot, self.ways, self.table)
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
        self.rows: list[PaymentRow] = self.wb.payments.list(
            campaign_id=self.campaign_id, limit=None
        )
        self.figures.set(self._figures())
        self.lines.set(self._lines())
        self.table.source = listed([_row(one) for one in self.rows])
        self.table.refresh()
        self._draw_ways()

    def _person_of(self, key: str) -> int:
        return next(one.person_id for one in self.rows if str(one.payment_id) == key)

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
            )
        ]  # fmt: skip
        rows += [
            figure(told[name], {"n": sums[name][0]}, note=money_text(sums[name][1]))
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
        limit = money_text(one.limit_fen) if one.limit_fen is not None else _("no such standard")
        barred = (
            el("p", _("not for {n}: the standard does not hold", n=one.barred), class_="cw-hint")
            if one.barred else None
        )  # fmt: skip
        return el(
            "tr",
            el("th", self._segment(one.segment.code, str(one.segment.label)), scope="row"),
            el("td", one.label, data_label=head[1]),
            el("td", money_text(one.fen), data_label=head[2]),
            el("td", limit, data_label=head[3]),
            el("td", str(one.people), barred, data_label=head[4]),
            el("td", str(one.given), data_label=head[5]),
            el("td", str(one.missing), data_label=head[6]),
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
            self.ways.children = [Panel(el("p", told, class_="cw-hint"))]
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


def _row(one: PaymentRow) -> dict[str, object]:
    return {
        "id": str(one.payment_id),
        "name": Noted(one.person, one.unit or ""),
        "what": one.standard or one.kind_label,
        "amount": money_text(one.amount_fen),
        "state": State(_SIGNS[one.status], status_text(one.status)),
        "fund": one.fund,
    }
