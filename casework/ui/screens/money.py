"""Funds and payments: what each fund has left, what waits for approval and to be paid.

Who: the supervisor who approves and pays, the caseworker who proposed. Decides: which payments to
approve. Clicks: two to approve everything that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Html,
    LongText,
    Noted,
    NumberField,
    Page,
    Panel,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    Together,
    el,
    link,
    offer,
    progress,
    stack,
)
from casework.ui.fields import read_all
from casework.ui.wording import day_text, spaced
from casework.workbook.money import BudgetRow, FundEntry, yuan
from casework.workbook.payment_rows import PaymentRow, status_text

__all__ = ["MoneyScreen", "payment_state", "screen"]

TABS: Mapping[str, tuple[str, ...]] = {
    "approve": ("proposed",),
    "pay": ("approved",),
    "paid": ("paid",),
    "ended": ("cancelled", "returned"),
}
_SIGNS = {"proposed": "due", "approved": "ready", "paid": "done", "cancelled": "excused",
          "returned": "excused"}  # fmt: skip
_MANY = 100_000


class MoneyScreen(Screen):
    """Funds on top, payments of one step below.

    Parameters
    ----------
    step : str
        One of `TABS`; by default the first that holds something.
    budget : str
        Id of a budget, to see only what it pays.
    """

    def __init__(self, shell: Shell, step: str = "", budget: str = "") -> None:
        super().__init__(
            shell,
            _("Funds and payments"),
            lead=_("Proposed by one, approved by another; never more than the fund has."),
        )
        self.budget_id = int(budget) if budget.isdigit() else None
        sums = self.wb.payments.sums(budget_id=self.budget_id, as_of=self.on)
        first = next((one for one, two in TABS.items() if any(sums[s][0] for s in two)), "approve")
        self.step = step if step in TABS else first
        standing = self.wb.standing
        self.decides = shell.as_of is None and (standing is None or standing.role == "supervisor")
        self.funds = Panel("", budget=self.show_budget)
        self.tabs = Panel(
            "", step=self.show_step, print=self.print_list, arrears=self.propose_arrears,
            hardship=lambda: shell.go("hardship"),
        )  # fmt: skip
        self.table = DataTable(
            [
                Column("person", _("Person"), sortable=False),
                Column("what", _("What for")),
                Column("amount", _("Amount in yuan"), kind="number"),
                Column("fund", _("Fund"), phone="hide"),
                Column("state", _("How it stands"), kind="state"),
                Column("by", _("Proposed and approved by"), phone="hide", sortable=False),
            ],
            self.page,
            caption=_("Payments"),
            opens=self.open_person,
            together=self._together(),
            every=self.every,
            search_hint=_("Name, initials, fund or reason"),
            empty=(
                _("No payment here."),
                _("Payments are proposed from a person's dossier."),
            ),
        )
        self.slot = stack(css="cw-slot")
        ways = [
            self.action(_("Open a fund"), self.open_fund),
            self.action(_("Set a budget"), self.set_budget),
        ]
        self.ways = self.actions(*(ways if self.decides else []))
        self.body(self.funds, self.tabs, self.slot, self.table, self.ways)
        self._show()

    def refresh(self) -> None:
        """Read funds and payments again."""
        self.put_away()
        self._show()
        self.table.refresh()

    # --- what is seen -----------------------------------------------------------------------------

    def show_step(self, step: str) -> None:
        """Show another step."""
        self.shell.go("money", step=step, budget=self.budget_id)

    def show_budget(self, budget: str = "") -> None:
        """Show only what a budget pays, or all."""
        self.shell.go("money", step=self.step, budget=budget or None)

    def print_list(self) -> None:
        """Show the list to sign."""
        self.shell.go("payment_list", step=self.step, budget=self.budget_id)

    def open_person(self, key: str) -> None:
        """Show what the person of a payment is given."""
        (found,) = [one for one in self._rows("") if str(one.payment_id) == key]
        self.shell.go("person_money", person=found.person_id)

    def page(self, query: Query) -> Page:
        """Give a page; those that wait longest first unless asked otherwise."""
        sums = self.wb.payments.sums(budget_id=self.budget_id, as_of=self.on, search=query.search)
        whole = self.wb.payments.sums(budget_id=self.budget_id, as_of=self.on)
        matching = sum(sums[one][0] for one in TABS[self.step])
        total = sum(whole[one][0] for one in TABS[self.step])
        if query.sort:
            keys = {
                "what": lambda one: one.kind_label,
                "amount": lambda one: one.amount_fen,
                "fund": lambda one: one.fund,
                "state": lambda one: one.status,
            }
            rows = self._rows(query.search)
            rows.sort(key=keys[query.sort], reverse=query.descending)
            rows = rows[query.offset : query.offset + query.limit]
        else:
            rows = self._rows(query.search, query.limit, query.offset)
        return Page([_cells(one) for one in rows], matching, total)

    def every(self, query: Query) -> Sequence[object]:
        """Give the keys of all rows that match a search."""
        return [str(one.payment_id) for one in self._rows(query.search)]

    # --- acts -------------------------------------------------------------------------------------

    def approve(self, keys: list[str]) -> None:
        """Approve the selected proposals."""
        n = self.wb.payments.approve(map(int, keys))
        self.refresh()
        self.said(_("{n} payments approved.", n=n))

    def pay(self, keys: list[str]) -> None:
        """Write the selected payments down as paid."""
        n = self.wb.payments.pay(map(int, keys))
        self.refresh()
        self.said(_("{n} payments written down as paid.", n=n))

    def end(self, keys: list[str]) -> None:
        """Ask why the selected payments are taken back or came back."""
        reason = LongText("reason", _("Why"), rows=2, longest=2000, required=True)
        ends = self.wb.payments.give_back if self.step == "paid" else self.wb.payments.cancel

        def save(read: dict[str, Any]) -> None:
            ends(map(int, keys), reason=read["reason"])

        self._ask("end", spaced(_("Take {n} payments back", n=len(keys))), [reason], save)

    def propose_arrears(self) -> None:
        """Ask what the arrears rest on, and propose them."""
        owing = [one.payment_id for one in self.wb.payments.differences()]
        basis = TextField("basis", _("What it rests on"), longest=200, required=True)
        self._ask(
            "arrears",
            spaced(_("Propose {n} differences as arrears", n=len(owing))),
            [basis],
            lambda read: self.wb.payments.propose_arrears(owing, basis=read["basis"]),
        )

    def open_fund(self) -> None:
        """Open the form for a fund."""
        self._ask(
            "fund",
            _("Open a fund"),
            [
                TextField("code", _("Short code"), longest=40, required=True),
                TextField("name", _("Name"), longest=200, required=True),
                TextField("source", _("Where the money comes from"), longest=200, required=True),
                TextField("purpose", _("What it is for"), longest=200, required=True),
            ],
            lambda read: self.wb.money.open_fund(
                FundEntry(read["code"], read["name"], read["source"], read["purpose"])
            ),
        )

    def set_budget(self) -> None:
        """Open the form for what a fund has in a year."""
        funds = {str(one.id): one.name for one in self.wb.money.funds()}
        if not funds:
            self.open_fund()
            return
        year = NumberField("year", _("Year"), least=1949, most=2199, required=True)
        year.put(self.wb.today.year)
        self._ask(
            "budget",
            _("Set a budget"),
            [
                ChoiceField("fund", _("Fund"), funds, most_chips=4, required=True),
                year,
                NumberField("amount", _("Amount in yuan"), least=0, most=Decimal(10_000_000_000),
                            whole=False, required=True),
                TextField("basis", _("What it rests on"), longest=200),
            ],
            lambda read: self.wb.money.set_budget(
                int(read["fund"]), read["year"], int(read["amount"] * 100),
                basis=read["basis"] or "",
            ),
        )  # fmt: skip

    def put_away(self) -> None:
        """Take the form away."""
        self.slot.children = []
        self.ways.layout.display = None

    # --- parts ------------------------------------------------------------------------------------

    def _rows(self, search: str, limit: int = _MANY, offset: int = 0) -> list[PaymentRow]:
        return self.wb.payments.list(
            statuses=TABS[self.step], budget_id=self.budget_id, as_of=self.on, search=search,
            limit=limit, offset=offset,
        )  # fmt: skip

    def _together(self) -> list[Together]:
        if not self.decides:
            return []
        back = Together("end", _("Take back"), self.end)
        return {
            "approve": [Together("approve", _("Approve"), self.approve), back],
            "pay": [Together("pay", _("Paid"), self.pay), back],
            "paid": [Together("end", _("Came back"), self.end)],
        }.get(self.step, [])

    def _ask(
        self, what: str, title: str, fields: list[Any], save: Callable[[dict[str, Any]], object]
    ) -> None:
        self.form = {field.name: field for field in fields}
        kept = self.keeps(f"money.{what}", self.form)

        def run() -> None:
            save(read_all(self.form))
            self.refresh()
            self.said(_("Written down."))

        self.save = self.action(_("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(Panel(el("h3", title)), *fields, bar, css="cw-editor")]
        self.ways.layout.display = "none"
        fields[0].focus()

    def _show(self) -> None:
        budgets = self.wb.money.budgets(as_of=self.on)
        self.funds.set(_funds_html(budgets, self.budget_id))
        sums = self.wb.payments.sums(budget_id=self.budget_id, as_of=self.on)
        words = {"approve": _("Waiting for approval"), "pay": _("To be paid"), "paid": _("Paid"),
                 "ended": _("Taken back")}  # fmt: skip
        tabs = [
            _tab(words[one], sum(sums[s][0] for s in two), sum(sums[s][1] for s in two),
                 self.step == one, one)
            for one, two in TABS.items()
        ]  # fmt: skip
        ways: list[object] = [link(_("List to sign"), "print")]
        hardship = self.wb.hardship.count(as_of=self.on)
        waiting = hardship["open"] + hardship["overdue"]
        ways.append(
            link(spaced(_("Requests for help in hardship: {n} open", n=waiting)), "hardship")
        )
        if self.decides:
            owing = self.wb.payments.differences()
            if owing:
                total = yuan(sum(one.difference_fen for one in owing))
                told = _("A standard rose: {n} differences, {amount} yuan", n=len(owing),
                         amount=total)  # fmt: skip
                ways.append(link(spaced(told), "arrears"))
        self.tabs.set(
            el("div",
               el("div", tabs, class_="cw-tabs cw-stages", role="group", aria_label=_("Step")),
               el("p", [el("span", one) for one in ways], class_="cw-dotted"))
        )  # fmt: skip


screen = MoneyScreen


def payment_state(one: PaymentRow) -> State:
    """Say how a payment stands, by sign and word."""
    return State(_SIGNS[one.status], status_text(one.status))


def _tab(words: str, n: int, fen: int, pressed: bool, step: str) -> object:
    return el(
        "button", el("span", words), el("b", str(n)),
        el("span", spaced(_("{amount} yuan", amount=yuan(fen)))) if n else None,
        type="button", class_="cw-tab", aria_pressed="true" if pressed else "false",
        **offer("step", step=step),
    )  # fmt: skip


def _funds_html(budgets: Sequence[BudgetRow], chosen: int | None) -> Html:
    if not budgets:
        return el("p", _("No fund has a budget yet."), class_="cw-faint")
    cards = [
        el(
            "li",
            el("p", link(one.fund, "budget", budget=one.budget_id)),
            el("small", spaced(_("{source}, {year}", source=one.source, year=one.year))),
            el("p", el("small", _("left, in yuan")), " ", el("b", yuan(one.left_fen)),
               class_="cw-fund-left"),
            progress(
                one.amount_fen - one.left_fen,
                one.amount_fen,
                spaced(
                    _("budget {amount}, paid {paid}, approved {approved}, waiting {waiting}",
                      amount=yuan(one.amount_fen),
                      paid=yuan(one.paid_fen), approved=yuan(one.approved_fen),
                      waiting=yuan(one.waiting_fen))
                ),
            ),
            class_="cw-fund",
            aria_current="true" if one.budget_id == chosen else None,
        )
        for one in budgets
    ]  # fmt: skip
    every = el("p", link(_("All funds"), "budget", budget="")) if chosen is not None else None
    return el("div", el("ul", cards, class_="cw-funds"), every)


def _cells(one: PaymentRow) -> dict[str, object]:
    what = f"{one.standard or one.kind_label}" + (f"（{one.clause}）" if one.clause else "")
    by = _("proposed by {who}", who=one.proposed_by)
    if one.approved_by:
        by = Noted(by, _("approved by {who}", who=one.approved_by))  # type: ignore[assignment]
    return {
        "id": str(one.payment_id),
        "person": Noted(one.person, one.unit) if one.unit else one.person,
        "what": Noted(what, f"{one.basis} · {day_text(one.entitled_on)}"),
        "amount": yuan(one.amount_fen),
        "fund": f"{one.fund} {one.year}",
        "state": payment_state(one),
        "by": by,
    }
