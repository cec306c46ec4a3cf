"""Ordering a service for a person: which, when, done.

Who: the caseworker on the phone with the person. Decides: which service of the catalogue. Clicks:
three from the dossier, four with the provider.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    LongText,
    NumberField,
    Option,
    Panel,
    Screen,
    Shell,
    el,
    stack,
)
from casework.ui.cards import card_of
from casework.workbook.orders import Choice, OrderEntry
from casework.workbook.tasks import TaskRow

__all__ = ["NewOrder", "asked_words", "screen"]


def asked_words() -> dict[str, str]:
    """Name the ways in which a wish comes in."""
    return {
        "phone": _("by phone"),
        "visit": _("on a visit"),
        "online": _("online"),
        "reception": _("at the office"),
        "task": _("from the plan"),
    }


class NewOrder(Screen):
    """The form for one order.

    Parameters
    ----------
    person : str
        Id of the person.
    task : str
        Number of the task it is for; empty for none.
    item : str
        Code of the service, where it is known.
    """

    def __init__(self, shell: Shell, person: str, task: str = "", item: str = "") -> None:
        self.person_id = int(person)
        card = card_of(shell.wb, self.person_id, shell.wb.today)
        super().__init__(shell, _("Order a service"), person=card)
        self.choices = self.wb.orders.choices(self.person_id)
        tasks = self.wb.tasks.list("open", person_id=self.person_id)
        self.answered = _answered(tasks, self.choices)
        chosen = next((one for one in tasks if str(one.task_id) == task), None)
        if chosen is not None:
            self.choices = [one for one in self.choices if chosen.service in one.item.answers]
        self.item = self.field(
            ChoiceField("item", _("Service"), _options(self.choices), most_chips=0, required=True)
        )
        self.quantity = self.field(
            NumberField("quantity", _("How much"), least=1, most=999, hint=_("Empty: 1"))
        )
        self.wanted = self.field(
            DateField("wanted_on", _("Wanted by"), on=self.wb.today, earliest=self.wb.today,
                      hint=_("Empty: today"))
        )  # fmt: skip
        self.asked = self.field(
            ChoiceField("asked_by", _("How the wish came in"), asked_words(), required=True)
        )
        self.wish = self.field(LongText("wish", _("What is wanted"), rows=2, longest=2000))
        self.task = self.field(
            ChoiceField(
                "task", _("Task of the plan that it answers"),
                {str(one.task_id): one.title for one in tasks if one.task_id in self.answered},
                most_chips=0, hint=_("Empty: found by itself once it is done"),
            )
        )  # fmt: skip
        self.asked.put("task" if chosen else "phone")
        if chosen is not None:
            self.task.put(task)
        if any(one.item.code == item for one in self.choices):
            self.item.put(item)
        kept = self.keeps("order.new", self.fields, self.person_id)
        self.kept = kept
        self.save_button = self.action(
            _("Order it"), self.save, kind="primary", key="ctrl+s", form=kept
        )
        self.body(
            stack(self.item, self.quantity, self.wanted, self.asked, self.wish,
                  *([self.task] if self.answered else []), css="cw-form"),
            Panel(self._apart()),
            self.actions(self.save_button),
        )  # fmt: skip

    def save(self) -> None:
        """Order the service, and show the order with the providers that can serve it."""
        read = self.read()
        choice = next(one for one in self.choices if one.item.code == read["item"])
        task = read.get("task")
        number = self.wb.orders.order(
            OrderEntry(
                person_id=self.person_id,
                item=read["item"],
                quantity=read["quantity"] or 1,
                wanted_on=read["wanted_on"],
                wish=read["wish"],
                asked_by=read["asked_by"],
                task_id=int(task) if task and int(task) in self._fit(choice) else None,
            )
        )
        orders = self.wb.orders
        self.said(
            _("Order no. {n} written down.", n=number),
            undo=lambda: orders.cancel(number, reason=_("ordered by mistake")),
        )
        self.shell.go("order", id=number)

    def _fit(self, choice: Choice) -> set[int]:
        return {key for key, service in self.answered.items() if service in choice.item.answers}

    def _apart(self) -> object:
        """Say which services are not for the person, and of which that is not known."""
        apart = [one for one in self.choices if one.holds is not True]
        if not apart:
            return ""
        rows = [
            el("li", el("b", str(one.item.label)), "：",
               _("not for this person by the dossier") if one.holds is False
               else _("not known whether"), el("small", f"（{one.why}）"))
            for one in apart
        ]  # fmt: skip
        words = _("For some only ({n})", n=len(apart))
        return el("details", el("summary", words), el("ul", rows), class_="cw-faint")


screen = NewOrder


def _options(choices: Sequence[Choice]) -> list[Option]:
    classes = code_list("service_item_class")
    return [
        Option(
            one.item.code,
            f"{one.item.label}（{classes.label_of(one.item.service_class)}）"
            + ("" if one.holds is not None else f" · {_('not known whether')}"),
        )
        for one in choices
        if one.holds is not False
    ]


def _answered(tasks: Sequence[TaskRow], choices: Sequence[Choice]) -> dict[int, str]:
    kinds = {kind for one in choices for kind in one.item.answers}
    return {one.task_id: one.service for one in tasks if one.service in kinds}
