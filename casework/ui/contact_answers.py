"""What a contact answers, as it is ticked in its form: open tasks, and what was missed before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from casework.terms import _
from casework.ui.contact_fields import short_clause
from casework.ui.escape import Html, el
from casework.ui.parts import link, section, state
from casework.ui.widgets import offer
from casework.ui.wording import short_day_text, spaced
from casework.workbook.contacts import Answer

__all__ = ["Missed", "answers_markup"]


@dataclass(frozen=True, slots=True)
class Missed:
    """The windows of ticked items that were missed before.

    Attributes
    ----------
    settle : bool
        Whether they go off the list with the contact.
    unfolded : bool
        Whether each of them is in sight.
    """

    task_ids: frozenset[int]
    settle: bool
    unfolded: bool


def answers_markup(
    offers: Sequence[Answer],
    ticked: Collection[int],
    missed: Missed,
    ready: bool,
    several: bool,
    on: date,
) -> Html:
    """Write which open tasks the contact answers, to be ticked or not."""
    if not ready:
        body: object = el("p", _("Shown once a person and a channel are chosen."), class_="cw-hint")
    elif not offers:
        body = el(
            "p",
            _("No open task is answered by this. It is recorded all the same."),
            class_="cw-hint",
        )
    else:
        shown = [one for one in offers if missed.unfolded or one.task_id not in missed.task_ids]
        rows = [_offer(one, one.task_id in ticked, several, on) for one in shown]
        body = el("ul", rows, _missed(missed) if missed.task_ids else None)
    n_alone = len(offers) - len(missed.task_ids)
    aside = spaced(_("{n} of {m} ticked", n=len(ticked), m=n_alone)) if offers else ""
    return section(_("Tasks this answers"), body, aside=aside)


def _offer(one: Answer, is_ticked: bool, several: bool, on: date) -> Html:
    window = _("until {day}", day=short_day_text(one.due_on, on))
    second = [el("span", one.person_name) if several else None, el("span", window)]
    if one.late:
        second.append(state("overdue", _("overdue, counts as late")))
    if one.clause:
        second.append(el("span", short_clause(one.clause)))
    return el("li", _tick(one.title, second, is_ticked, offer("tick", task=one.task_id)))


def _missed(missed: Missed) -> Html:
    """Write the missed windows in one line: what is past cannot be made good one by one."""
    words = spaced(_("{n} earlier ones were missed", n=len(missed.task_ids)))
    told = _("Settle them too: not done in time, in touch again now.")
    other = _("Put them together") if missed.unfolded else _("Show each of them")
    tick = _tick(words, [el("span", told)], missed.settle, offer("settle"))
    return el("li", tick, el("p", link(other, "unfold"), class_="cw-hint"), class_="cw-missed")


def _tick(
    title: str, second: Sequence[object], is_ticked: bool, offered: dict[str, object]
) -> Html:
    return el(
        "button",
        el("span", "✓" if is_ticked else "", class_="cw-box", aria_hidden="true"),
        el("span", el("b", title), el("span", second, class_="cw-hint cw-dotted")),
        type="button",
        role="checkbox",
        aria_checked="true" if is_ticked else "false",
        class_="cw-tickrow",
        **offered,
    )
