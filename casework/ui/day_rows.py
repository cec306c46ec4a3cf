"""The rows and tabs of a day, as markup and cells: who, what, how it stands, why.

Decides how a task's standing is said in words; which tasks there are, and how many windows of an
item were missed, comes from `wb.days`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casework.planning.pressing import Pressing
from casework.reference import code_list
from casework.terms import _
from casework.ui import Line, Lines, Noted, State, el, link, offer, section, unknown
from casework.ui.contact_fields import short_clause
from casework.ui.escape import Html
from casework.ui.wording import ago_text, short_day_text, spaced, span_text
from casework.workbook.contacts import LastHeard, PersonLine
from casework.workbook.day_people import Series
from casework.workbook.days import Ahead, DayPerson, DayTask, Stock
from casework.workbook.tasks import TaskRow

__all__ = ["Rows", "ahead_markup", "silent_markup", "tabs_markup", "withdrawn_markup"]

_CHANNELS_NAMED = 2
_LINES = 4
_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Rows:
    """Writes the rows of the list.

    Attributes
    ----------
    soon : int
        Days before the end of a window from which it counts as due soon.
    channels : mapping of str to str
        The agency's names of ways of contact.
    """

    on: date
    soon: int
    channels: Mapping[str, str]

    def row(self, one: DayPerson, line: PersonLine) -> dict[str, object]:
        """Give the cells of a person."""
        age = spaced(_("aged {n}", n=line.age)) if line.age is not None else ""
        about = " · ".join(filter(None, (age, line.living)))
        return {
            "id": one.person_id,
            "name": Noted(one.name, about),
            "due_on": self._things(one.series),
            "place": one.place,
            "last": self._last(line),
        }

    def _things(self, series: Sequence[Series]) -> Lines:
        lines = [self._thing(one) for one in series[:_LINES]]
        rest = len(series) - _LINES
        if rest > 0:
            lines.append(Line("", note=spaced(_("and {n} more", n=rest))))
        return Lines(lines)

    def _thing(self, one: Series) -> Line:
        before = ""
        if one.windows.missed and one.lead.status != "failed":
            before = spaced(_("missed {n} times before", n=one.windows.missed))
        how = (self._channels(one.lead), self._planned(one.lead), before)
        why = (_urgency(one.lead.pressing), short_clause(one.lead.clause))
        return Line(one.lead.title, self._state(one), _beside(how), _beside(why))

    def _channels(self, task: DayTask) -> str:
        names = [
            self.channels.get(one) or code_list("channel").label_of(one) for one in task.channels
        ]
        more = _(" and other ways") if len(names) > _CHANNELS_NAMED else ""
        return _(" or by ").join(names[:_CHANNELS_NAMED]) + more

    def _state(self, one: Series) -> State:
        """Say how an item stands, in a sign and words."""
        task = one.lead
        left = (task.due_on - self.on).days
        if task.status == "failed":
            return State("overdue", self._missed(one, -left))
        if task.status == "draft":
            return State("plain", _("from {day}", day=short_day_text(task.opens_on, self.on)))
        if left <= self.soon:
            return State("due", _("due today") if left == 0 else spaced(_("{n} days left", n=left)))
        return State("ready", _("until {day}", day=short_day_text(task.due_on, self.on)))

    def _missed(self, one: Series, days: int) -> str:
        """Say how often it was missed; once is said by the days since."""
        windows = one.windows
        if windows.missed < 2:
            return spaced(_("{n} days overdue", n=days))
        if windows.missed > windows.of:
            return spaced(_("missed {n} times", n=windows.missed))
        return spaced(_("missed {n} of {m}", n=windows.missed, m=windows.of))

    def _planned(self, task: DayTask) -> str:
        """Say on which day it is meant to be done."""
        if task.status == "failed" or task.planned_on in (None, task.due_on):
            return ""
        assert task.planned_on is not None  # noqa: S101  # said one line above
        return _("planned for {day}", day=short_day_text(task.planned_on, self.on))

    def _last(self, line: PersonLine) -> object:
        if line.last_on is None:
            return State("unknown", _("never reached"))
        return Noted(
            ago_text(line.last_on, self.on), code_list("channel").label_of(line.last_channel)
        )


def _beside(parts: Sequence[str]) -> str:
    return " · ".join(filter(None, parts))


def _urgency(pressing: Pressing) -> str:
    """Say how pressing a task is and what made it so; lateness is said by its state already."""
    told = spaced(_("urgency {n}", n=pressing.level))
    why = [] if not pressing.by_severity else pressing.reasons[:1]
    return _("{what} ({why})", what=told, why=why[0]) if why else told


def tabs_markup(stock: Stock, span: str, place: str | None, whose: Html | None) -> Html:
    """Write the stretches of time with their numbers of tasks, today first."""
    words = {
        "today": _("Today"),
        "week": _("This week"),
        "overdue": _("Overdue"),
        "later": _("Later"),
        "": _("All"),
    }
    counted = {one: stock.count(one, place) for one in words}
    tabs = [
        el(
            "button",
            el("span", word),
            el("b", f"{counted[one]:,}", el("small", _(" tasks"))),
            type="button",
            aria_pressed="true" if one == span else "false",
            class_=f"cw-tab cw-tab-{one or 'all'}" + (" cw-tab-some" if counted[one] else ""),
            **offer("span", span=one),
        )
        for one, word in words.items()
    ]
    return el("div", el("div", tabs, class_="cw-tabs", role="group", aria_label=_("When")), whose)


def ahead_markup(found: Sequence[Ahead]) -> Html:
    """Write the birthdays and festivals to come."""
    rows = [
        el(
            "li",
            el("b", span_text(one.earliest, one.latest))
            if one.earliest != one.latest
            else el("b", short_day_text(one.earliest)),
            el("span", one.label)
            if one.person_id is None
            else link(one.label, "person", person=one.person_id),
            el("span", spaced(_("turns {n}", n=one.turns))) if one.turns is not None else None,
            el("span", _("lunar"), class_="cw-tag") if one.is_lunar else None,
            class_="cw-dotted",
        )
        for one in found
    ]
    nothing = el("p", _("No birthday or festival in the next 30 days."), class_="cw-hint")
    body = el("ul", rows[:_AHEAD], class_="cw-lines") if rows else nothing
    more = (
        el("p", spaced(_("and {n} more", n=len(rows) - _AHEAD)), class_="cw-hint")
        if len(rows) > _AHEAD
        else None
    )
    return section(_("Birthdays and festivals"), body, more)


def withdrawn_markup(found: Sequence[TaskRow], *, of_one: bool = False) -> Html | str:
    """Write what was open and went with its rule lately, each with the day and the clause.

    Parameters
    ----------
    of_one : bool
        All of one person, whose name need not be said.
    """
    if not found:
        return ""
    rows = [
        el(
            "li",
            None if of_one else link(one.name, "person", person=one.person_id),
            el("span", one.title),
            el("span", one.reason or "", class_="cw-small"),
            class_="cw-dotted",
        )
        for one in found
    ]
    words = spaced(_("{n} open tasks were withdrawn with their rule", n=len(found)))
    return section(
        _("Withdrawn lately"),
        el("details", el("summary", words), el("ul", rows, class_="cw-lines")),
    )


def silent_markup(found: Sequence[LastHeard]) -> Html:
    """Write who was not heard of for longest, each with the way to record a contact."""
    rows = [
        el(
            "li",
            link(one.person_name, "person", person=one.person_id),
            unknown(_("never reached"))
            if one.days is None
            else el("span", spaced(_("{n} days", n=one.days))),
            link(_("Record a contact"), "contact", person=one.person_id),
            class_="cw-dotted",
        )
        for one in found
    ]
    body = el("ul", rows, class_="cw-lines") if rows else el("p", _("Nobody yet."))
    return section(_("Not heard of for longest"), body)
