"""One service order: how far it is, and the next step.

Who: the caseworker who follows it, the supervisor who settles it. Decides: what is done next.
Clicks: one a step; two to rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from casework.errors import NotFound
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    Html,
    LongText,
    Panel,
    Screen,
    Shell,
    TextField,
    definition_list,
    el,
    link,
    section,
    stack,
    state,
    unknown,
)
from casework.ui.cards import card_of
from casework.ui.fields import read_all
from casework.ui.screens.order_new import asked_words
from casework.ui.screens.orders import order_state
from casework.ui.wording import day_text, spaced
from casework.workbook.money import yuan
from casework.workbook.order_rows import OrderRow
from casework.workbook.providers import AgreementRow

__all__ = ["OrderScreen", "screen"]

_PATH = ("requested", "assigned", "accepted", "arrived", "completed", "verified", "settled")


class OrderScreen(Screen):
    """One order with its steps.

    Parameters
    ----------
    id : str
        Number of the order, from the address.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        self.order_id = int(id)
        self.row = self._read(shell)
        self.person_id = self.row.person_id
        card = card_of(shell.wb, self.row.person_id, shell.on)
        super().__init__(shell, self.row.title, person=card)
        self.can_edit = shell.as_of is None
        self.steps = Panel("")
        self.facts = Panel("", person=lambda: shell.go("person", id=self.row.person_id),
                           list=lambda: shell.go("orders"))  # fmt: skip
        self.slot = stack(css="cw-slot")
        self.ways = stack(css="cw-slot cw-many")
        self.body(self.steps, self.slot, self.facts, self.ways)
        self.refresh()

    def refresh(self) -> None:
        """Show the order as it stands."""
        self.row = self._read(self.shell)
        self.steps.set(_steps_html(self.row))
        self.facts.set(self._facts())
        self.slot.children = []
        self.ways.children = [self.actions(*self._ways())] if self.can_edit else []

    # --- acts -------------------------------------------------------------------------------------

    def assign(self) -> None:
        """Open the choice of who serves it: agreements in force, then anybody free of charge."""
        offers = self._offers()
        options = {f"a{one.agreement_id}": _offer_words(one) for one in offers}
        options |= {
            f"p{one.id}": _("{name}, free of charge", name=one.name)
            for one in self.wb.providers.list()
        }
        if not options:
            raise NotFound(_("No provider is on file yet. A supervisor adds one under Providers."))
        who = ChoiceField("who", _("Who serves"), options, most_chips=6, required=True)
        if offers:
            who.put(f"a{offers[0].agreement_id}")

        def run(read: dict[str, Any]) -> None:
            kind, number = read["who"][0], int(read["who"][1:])
            if kind == "a":
                self.wb.orders.assign(self.order_id, agreement_id=number)
            else:
                self.wb.orders.assign(self.order_id, provider_id=number)

        self._ask("assign", _("Choose the provider"), [who], run)

    def accept(self) -> None:
        """Write down that the provider took it on."""
        self.wb.orders.accept(self.order_id)
        self._done(_("Taken on."))

    def arrive(self) -> None:
        """Write down that the provider is there."""
        self.wb.orders.arrive(self.order_id)
        self._done(_("Provider is there."))

    def complete(self) -> None:
        """Open the form for who did it and when."""
        who = TextField("served_by", _("Served by whom"), longest=200, required=True)
        if self.row.provider:
            who.put(self.row.provider)
        day = DateField("on", _("On which day"), on=self.wb.today, latest=self.wb.today,
                        hint=_("Empty: today"))  # fmt: skip
        self._ask(
            "complete",
            _("The service was done"),
            [who, day],
            lambda read: self._closed(
                len(
                    self.wb.orders.complete(
                        self.order_id, served_by=read["served_by"], on=read["on"]
                    )
                )
            ),
        )

    def verify(self) -> None:
        """Confirm, after asking the person, that it was done."""
        self.wb.orders.verify(self.order_id)
        self._done(_("Confirmed with the person."))

    def settle(self) -> None:
        """Settle it; where it costs something, ask which fund pays."""
        if not self.row.cost_fen:
            self.wb.orders.settle(self.order_id)
            self._done(_("Settled; it was free."))
            return
        budgets = {
            str(one.budget_id): _("{fund} {year}, {left} yuan left", fund=one.fund, year=one.year,
                                  left=yuan(one.left_fen))
            for one in self.wb.money.budgets()
        }  # fmt: skip
        fields: list[Any] = [
            ChoiceField("budget", _("Fund that pays"), budgets, most_chips=4, required=True)
        ]
        standards = {str(one.id): one.name for one in self.wb.money.standards(kind="service")}
        if standards:
            chosen = ChoiceField("standard", _("Standard"), standards, most_chips=4, required=True)
            if len(standards) == 1:
                chosen.put(next(iter(standards)))
            fields.append(chosen)
        self._ask(
            "settle",
            _("Settle {amount} yuan", amount=yuan(self.row.cost_fen)),
            fields,
            lambda read: self.wb.orders.settle(
                self.order_id,
                budget_id=int(read["budget"]),
                standard_id=int(read["standard"]) if read.get("standard") else None,
            ),
        )

    def rate(self) -> None:
        """Open the form for how satisfied the person was, as on the phone."""
        words = {"5": _("very satisfied"), "4": _("satisfied"), "3": _("fair"),
                 "2": _("not quite satisfied"), "1": _("not satisfied")}  # fmt: skip
        self._ask(
            "rate",
            _("Ask the person how it was"),
            [
                ChoiceField("rating", _("How it was"), words, required=True),
                LongText("note", _("In the person's words"), rows=2, longest=2000),
            ],
            lambda read: self.wb.orders.rate(
                self.order_id, int(read["rating"]), note=read["note"] or ""
            ),
        )

    def cancel(self) -> None:
        """Open the form for taking it back."""
        self._ask(
            "cancel",
            _("Take the order back"),
            [_reason()],
            lambda read: self.wb.orders.cancel(self.order_id, reason=read["reason"]),
        )

    def fail(self) -> None:
        """Open the form for saying that it was not done."""
        self._ask(
            "fail",
            _("It was not done as ordered"),
            [_reason()],
            lambda read: self.wb.orders.fail(self.order_id, reason=read["reason"]),
        )

    # --- parts ------------------------------------------------------------------------------------

    def _read(self, shell: Shell) -> OrderRow:
        return shell.wb.orders.view(self.order_id, as_of=shell.on)

    def _done(self, words: str) -> None:
        self.refresh()
        self.said(words)

    def _closed(self, n: int) -> None:
        if n:
            self.said(_("{n} tasks of the plan are done with it.", n=n))

    def _ways(self) -> list[Any]:
        words: dict[str, tuple[str, Callable[[], object]]] = {
            "fail": (_("Not done as ordered"), self.fail),
            "cancel": (_("Take the order back"), self.cancel),
            "assign": (_("Choose the provider"), self.assign),
            "arrive": (_("Provider is there"), self.arrive),
            "rate": (_("Rate by phone"), self.rate),
            "accept": (_("Provider took it on"), self.accept),
            "complete": (_("It was done"), self.complete),
            "verify": (_("Confirm with the person"), self.verify),
            "settle": (_("Settle the order"), self.settle),
        }
        may = [one for one in self.row.possible if one != "settle" or self._settles()]
        usual = may[0] if may else ""
        return [
            self.action(told, run, kind="primary" if code == usual else "plain")
            for code, (told, run) in sorted(words.items(), key=lambda one: one[0] == usual)
            if code in may
        ]

    def _settles(self) -> bool:
        standing = self.wb.standing
        return standing is None or standing.role == "supervisor"

    def _offers(self) -> list[AgreementRow]:
        """Give the agreements that can serve it: of the person's community first, then by price."""
        found = [
            one
            for one in self.wb.providers.agreements(item=self.row.item, in_force=True)
            if one.left is None or one.left >= self.row.quantity
        ]
        here = self.row.community
        return sorted(
            (one for one in found if not one.areas or here is None or here in one.areas),
            key=lambda one: (not one.areas, one.price_fen, one.agreement_id),
        )

    def _ask(
        self, what: str, title: str, fields: list[Any], save: Callable[[dict[str, Any]], object]
    ) -> None:
        named = {field.name: field for field in fields}
        self.form = named
        kept = self.keeps(f"order.{what}", named, self.order_id, [self.row.person_id])

        def run() -> None:
            save(read_all(named))
            self.refresh()
            self.said(_("Written down."))

        self.save = self.action(_("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.refresh, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(Panel(el("h3", title)), *fields, bar, css="cw-editor")]
        self.ways.children = []
        fields[0].focus()

    def _facts(self) -> Html:
        row = self.row
        unit = code_list("item_unit").label_of(row.unit)
        rows: list[tuple[object, object]] = [
            (_("How much"), spaced(f"{row.quantity} {unit}")),
            (_("Wanted by"), day_text(row.wanted_on)),
            (_("How the wish came in"), asked_words()[row.asked_by]),
            (_("Ordered by"), f"{row.ordered_by}，{day_text(row.requested_on)}"),
            (_("Who serves"), row.provider or unknown(_("nobody yet"))),
        ]
        if row.cost_fen:
            rows.append((_("Costs"), spaced(_("{amount} yuan", amount=yuan(row.cost_fen)))))
        if row.served_by and row.completed_on:
            rows.append((_("Done by"), f"{row.served_by}，{day_text(row.completed_on)}"))
        if row.verified_by:
            rows.append((_("Confirmed by"), row.verified_by))
        if row.rating:
            words = spaced(_("{n} of 5", n=row.rating))
            rows.append((_("Rating"), f"{words}：{row.rating_note}" if row.rating_note else words))
        if row.end_reason:
            rows.append((_("Reason"), row.end_reason))
        return section(
            _("About it"),
            el("p", row.wish, class_="cw-said") if row.wish else None,
            definition_list(rows),
            el("p", link(_("All orders"), "list")),
        )


screen = OrderScreen


def _reason() -> LongText:
    return LongText("reason", _("Why"), rows=2, longest=2000, required=True)


def _offer_words(one: AgreementRow) -> str:
    unit = code_list("item_unit").label_of(one.unit)
    words = _("{name}, {price} yuan / {unit}", name=one.provider, price=yuan(one.price_fen),
              unit=unit)  # fmt: skip
    if one.left is None:
        return words
    return words + "，" + _("{n} left", n=one.left)


def _steps_html(row: OrderRow) -> Html:
    names = {
        "requested": _("ordered"),
        "assigned": _("given to a provider"),
        "accepted": _("taken on"),
        "arrived": _("there"),
        "completed": _("done by the provider"),
        "verified": _("confirmed"),
        "settled": _("settled up"),
    }
    shown = state(order_state(row).name, order_state(row).text)
    if row.status in ("cancelled", "failed"):
        return el("p", shown, class_="cw-dotted")
    here = _PATH.index("settled" if row.status == "rated" else row.status)
    steps = []
    for place, code in enumerate(_PATH):
        kind = "here" if place == here else "past" if place < here else "ahead"
        current = "step" if place == here else None
        steps.append(
            el("li", el("b", names[code]), class_=f"cw-step cw-step-{kind}", aria_current=current)
        )
    return el("div", el("ol", steps, class_="cw-steps cw-steps-7", aria_label=_("Step")),
              el("p", shown, class_="cw-dotted"))  # fmt: skip
