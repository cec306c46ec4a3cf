"""What one person is given: what is due, what was given, and the form for a proposal.

Who: the caseworker. Decides: which standard a proposal rests on. Clicks: three to a proposal.
"""

from __future__ import annotations

from decimal import Decimal

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
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
    el,
    listed,
    section,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.fields import read_all
from casework.ui.screens.money import payment_state
from casework.ui.wording import day_text
from casework.workbook.money import Due, yuan
from casework.workbook.payments import PaymentEntry

__all__ = ["PersonMoney", "screen"]

_FREE = "free:"
"""Begins a choice without a standard; the kind of payment follows."""


class PersonMoney(Screen):
    """One person's dues and payments.

    Parameters
    ----------
    person : str
        Id of the person.
    hardship : str
        Number of a request that was granted, which the payment answers.
    """

    def __init__(self, shell: Shell, person: str, hardship: str = "") -> None:
        self.person_id = int(person)
        self.hardship_id = int(hardship) if hardship.isdigit() else None
        super().__init__(
            shell, _("What is given"), person=card_of(shell.wb, self.person_id, shell.on)
        )
        self.can_edit = shell.as_of is None
        self.panel = Panel("")
        self.slot = stack(css="cw-slot")
        self.table = DataTable(
            [
                Column("what", _("What for"), sortable=False),
                Column("amount", _("Amount in yuan"), kind="number"),
                Column("day", _("For")),
                Column("state", _("How it stands"), kind="state"),
            ],
            self.page,
            caption=_("Payments"),
            searchable=False,
            empty=(_("Nothing was given or proposed yet."), ""),
        )
        ways = [
            self.action(_("Ask for help in hardship"), self.ask_help),
            self.action(_("Propose a payment"), self.propose, kind="primary"),
        ]
        self.ways = self.actions(*(ways if self.can_edit else []))
        self.body(self.panel, self.slot, self.table, self.ways)
        self._show()

    def refresh(self) -> None:
        """Read dues and payments again."""
        self.put_away()
        self._show()
        self.table.refresh()

    def page(self, query: Query) -> Page:
        """Give what was given, the latest on top."""
        rows = self.wb.payments.list(person_id=self.person_id, as_of=self.on, limit=1_000)
        cells = [
            {
                "id": str(one.payment_id),
                "what": Noted(one.standard or one.kind_label, one.basis),
                "amount": yuan(one.amount_fen),
                "day": day_text(one.entitled_on),
                "state": payment_state(one)
                if one.end_reason is None
                else State("excused", f"{payment_state(one).text}：{one.end_reason}"),
            }
            for one in rows
        ]
        return listed(cells)(query)

    def propose(self) -> None:
        """Open the form for a proposal."""
        self.dues = {
            str(one.standard_id): one
            for one in self.wb.money.dues(self.person_id, on=self.wb.today)
        }
        taken = {one.kind for one in self.wb.money.standards()}
        options = {key: _due_words(one) for key, one in self.dues.items()}
        options |= {
            f"{_FREE}{one.code}": _("{kind}, no standard", kind=one.label)
            for one in code_list("payment_kind").entries
            if one.code not in taken
        }
        budgets = {
            str(one.budget_id): _("{fund} {year}, {left} yuan left", fund=one.fund,
                                  year=one.year, left=yuan(one.left_fen))
            for one in self.wb.money.budgets()
        }  # fmt: skip
        if not budgets:
            raise InvalidEntry(
                _("No fund has a budget yet. A supervisor sets one under Funds and payments.")
            )
        fields = [
            ChoiceField("standard", _("What is given"), options, most_chips=0, required=True),
            NumberField("amount", _("Amount in yuan"), least=Decimal("0.01"), whole=False,
                        hint=_("Empty: what the standard owes")),
            ChoiceField("budget", _("Fund that pays"), budgets, most_chips=4, required=True),
            TextField("occasion", _("Occasion"), longest=100,
                      hint=_("Where it is given on an occasion, such as Spring Festival 2025")),
            DateField("on", _("For which day"), on=self.wb.today, hint=_("Empty: today")),
            LongText("basis", _("What it rests on"), rows=2, longest=2000, required=True),
        ]  # fmt: skip
        if len(budgets) == 1:
            fields[2].put(next(iter(budgets)))
        self.form = {one.name: one for one in fields}
        kept = self.keeps("money.propose", self.form, self.person_id)
        self.save = self.action(_("Propose it"), self.send, kind="primary", key="ctrl+s",
                                form=kept)  # fmt: skip
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(*fields, bar, css="cw-editor")]
        self.ways.layout.display = "none"
        fields[0].focus()

    def send(self) -> None:
        """Propose the payment that was entered."""
        read = read_all(self.form)
        due = self.dues.get(read["standard"])
        fen = None if read["amount"] is None else int(read["amount"] * 100)
        if fen is None and due is not None and due.fixed:
            fen = due.owed_fen or due.limit_fen
        if fen is None:
            raise InvalidEntry(_("Give an amount of more than 0 yuan."), "amount")
        payment = self.wb.payments.propose(
            PaymentEntry(
                person_id=self.person_id,
                kind=due.kind if due else read["standard"].removeprefix(_FREE),
                amount_fen=fen,
                basis=read["basis"],
                budget_id=int(read["budget"]),
                entitled_on=read["on"],
                standard_id=due.standard_id if due else None,
                occasion=read["occasion"],
                hardship_id=self.hardship_id,
            )
        )
        self.refresh()
        payments = self.wb.payments
        self.said(
            _("Proposed; somebody else approves it."),
            undo=lambda: payments.cancel([payment], reason=_("proposed by mistake")),
        )

    def ask_help(self) -> None:
        """Open the form for a request in hardship."""
        fields = [
            LongText("situation", _("What the hardship is"), rows=3, longest=2000, required=True),
            LongText("evidence", _("What shows it"), rows=2, longest=2000),
        ]
        self.form = {one.name: one for one in fields}
        kept = self.keeps("money.hardship", self.form, self.person_id)

        def save() -> None:
            read = read_all(self.form)
            self.wb.hardship.apply(
                self.person_id, read["situation"], evidence=read["evidence"] or ""
            )
            self.refresh()
            self.said(_("Written down; a supervisor decides."))

        self.save = self.action(_("Write it down"), save, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(*fields, bar, css="cw-editor")]
        self.ways.layout.display = "none"
        fields[0].focus()

    def put_away(self) -> None:
        """Take the form away."""
        self.slot.children = []
        self.ways.layout.display = None

    def _show(self) -> None:
        self.panel.set(_dues_html(self.wb.money.dues(self.person_id, on=self.on)))


screen = PersonMoney


def _limit_words(one: Due) -> str:
    per = {
        "once": _("once"), "year": _("a year"), "month": _("a month"), "day": _("a day"),
        "occasion": _("an occasion"),
    }[one.per]  # fmt: skip
    if one.fixed:
        return _("{amount} yuan {per}", amount=yuan(one.limit_fen), per=per)
    return _("up to {amount} yuan {per}", amount=yuan(one.limit_fen), per=per)


def _due_words(one: Due) -> str:
    words = f"{one.name}，{_limit_words(one)}"
    return words if one.holds else f"{words} · {_('not known whether')}"


def _dues_html(dues: list[Due]) -> Html:
    if not dues:
        return section(_("Entitled to"), el("p", _("No standard holds on this day.")))
    rows = []
    for one in dues:
        if one.holds is None:
            shown: object = el("span", _("not known whether"), class_="cw-unknown")
        elif one.fixed and one.period and one.per != "day":
            owed = _("{amount} yuan still to be given", amount=yuan(one.owed_fen))
            shown = owed if one.owed_fen else _("given or proposed")
        elif one.given_fen:
            shown = _("{amount} yuan given or proposed", amount=yuan(one.given_fen))
        else:
            shown = ""
        rows.append(
            el("li", el("b", one.name), el("span", f" {_limit_words(one)}（{one.clause}） "),
               shown, el("br"), el("small", one.why, class_="cw-faint") if one.why else None)
        )  # fmt: skip
    return section(_("Entitled to"), el("ul", rows, class_="cw-dues"))
