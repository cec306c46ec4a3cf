"""What a caseworker needs at the door: whom to ring, where to go, what to mind, what is to be done.

Decides what of a dossier stands before everything else and is never folded away. Leaves the rest to
`person_parts`, and what is due to the workbook.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from casework.reference import code_list
from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.parts import definition_list, link, section, state, unknown
from casework.ui.screens.person_family import phone_html
from casework.ui.wording import short_day_text
from casework.workbook.dossier import Dossier, Related
from casework.workbook.need_lists import title_of
from casework.workbook.tasks import TaskRow

__all__ = ["TASKS_SHOWN", "door_html"]

TASKS_SHOWN = 4
_MINDED = (
    *("health", "condition", "mobility", "allergy", "medicine"),
    *("fall_last_year", "hospital_status"),
)
_NOT_WORTH_A_LINE = "no"  # no fall, not in hospital


def door_html(
    dossier: Dossier, tasks: Sequence[TaskRow], n_open: int, on: date,
    orderable: Collection[str] = (),
) -> Html:  # fmt: skip
    """Write what is needed before a visit or a call.

    Parameters
    ----------
    tasks : sequence of TaskRow
        The next ones, at most `TASKS_SHOWN`.
    n_open : int
        How many are open in all.
    orderable : collection of str
        Kinds of work for which a service can be ordered here.
    """
    rows: list[tuple[object, object]] = [
        (_("Phone"), _phones(dossier)),
        (_("Address"), _address(dossier)),
        (_("Living"), dossier.field("living").shown or unknown()),
        (_("In an emergency"), _emergency(dossier.related)),
        (_("To mind"), _minded(dossier)),
        (_("Last contact"), last_contact(dossier)),
    ]
    return section(
        _("Before a visit"),
        definition_list(rows),
        el("h3", _("Next tasks")),
        _next(tasks, n_open, on, orderable),
        ident="door",
    )


def last_contact(dossier: Dossier) -> object:
    """Say how long ago somebody was last reached."""
    if dossier.days_since_contact is None:
        return state("overdue", _("never reached so far"))
    return _("{n} days ago", n=dossier.days_since_contact)


def _phones(dossier: Dossier) -> object:
    fields = (dossier.field("mobile"), dossier.field("landline"))
    numbers = [entry.shown for one in fields for entry in one.entries if entry.shown]
    return join([phone_html(one) for one in numbers], " ") if numbers else unknown(_("no phone"))


def _address(dossier: Dossier) -> object:
    address, community = dossier.field("address").shown, dossier.field("community").shown
    if not address:
        return community or unknown()
    if not community or community in address:
        return address
    return join([address, " ", el("span", community, class_="cw-faint")])


def _emergency(related: Sequence[Related]) -> object:
    """Write whom to ring first: who is named for it, else the first of the family with a phone."""
    named = [one for one in related if one.is_emergency] or [one for one in related if one.phone]
    if not named:
        return unknown(_("nobody on file"))
    one = min(named, key=lambda each: each.call_order or 99)
    kin = code_list("relationship").label_of(one.relationship) if one.relationship else ""
    return join([one.name, " ", kin, " ", phone_html(one.phone)])


def _minded(dossier: Dossier) -> object:
    """Write what somebody must know who comes in: illness, walking, allergies, needs found."""
    told = [
        join([el("span", field.definition.label, class_="cw-faint"), " ", field.shown])
        for field in (dossier.field(code) for code in _MINDED)
        if field.shown and any(one.value != _NOT_WORTH_A_LINE for one in field.entries)
    ]
    told += [join([title_of(one)]) for one in dossier.needs]
    return el("ul", [el("li", one) for one in told], class_="cw-minded") if told else unknown()


def _next(tasks: Sequence[TaskRow], n_open: int, on: date, orderable: Collection[str]) -> Html:
    if not tasks:
        return el("p", _("Nothing is to be done now."), class_="cw-faint")
    rows = [
        el(
            "li",
            el("b", one.title),
            " ",
            el("span", _when(one, on), class_="cw-faint"),
            " ",
            link(_("Order a service"), "go", route="order_new", task=one.task_id)
            if one.service in orderable
            else None,
        )
        for one in tasks
    ]
    if n_open > len(tasks):
        rows.append(el("li", link(_("{n} open in all: the plan", n=n_open), "go", route="plan")))
    return el("ul", rows, class_="cw-plain-list")


def _when(one: TaskRow, on: date) -> object:
    if one.status == "failed":
        return state("overdue", _("missed on {day}", day=short_day_text(one.due_on, on)))
    if one.opens_on > on:
        return _("from {day}", day=short_day_text(one.opens_on, on))
    return _("by {day}", day=short_day_text(one.due_on, on))
