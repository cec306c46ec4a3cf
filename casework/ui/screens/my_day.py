"""A caseworker's start: what to do today, this week, what is overdue, and why; what is ahead.

Decides how a day is laid out; leaves what is due to `wb.days` and recording to the contact form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    LongText,
    Noted,
    Page,
    Panel,
    Query,
    Screen,
    State,
    Together,
    el,
    join,
    link,
    offer,
    section,
    stack,
    unknown,
)
from casework.ui.contact_fields import channel_names, short_clause
from casework.ui.wording import ago_text, short_day_text, spaced, span_text
from casework.workbook.contacts import PersonLine
from casework.workbook.days import SPANS, DayTask, TaskList

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["MyDay", "screen"]

_NOWHERE = "?"
_ROWS = 25
_CHANNELS_NAMED = 2


class MyDay(Screen):
    """The list of a day with its ways on.

    Parameters
    ----------
    span : str
        One of `casework.workbook.days.SPANS`; by default everything.
    """

    def __init__(self, shell: Shell, span: str = "") -> None:
        super().__init__(shell, _("My day"), lead=short_day_text(shell.on))
        self.list = TaskList(span=span if span in SPANS else "")
        self.stock = self.wb.days.stock(as_of=self.on)
        self.channels = channel_names(self.wb.agency)
        self.tabs = Panel("", span=self.show_span, whose=self.show_whose)
        self.place = self._place_field()
        self.reason = LongText(
            "reason", _("Why these need not be done"), rows=2, hint=_("For the supervisor to read")
        )
        self.table = self._table()
        self.ahead = Panel("", person=self.open_person)
        self.silent = Panel("", contact=self.contact_with, person=self.open_person)
        self.drafts = Panel("", draft=lambda: shell.go("contact"))
        self.excusing: list[int] = []
        self._lay_out()
        self.place.changed.append(self.filter)
        self._show_around()

    def refresh(self) -> None:
        """Read the day again."""
        self._count()
        self.table.refresh()
        self._show_around()

    def _show_around(self) -> None:
        self._show_tabs()
        self._show_ahead()
        self._show_silent()
        self._show_drafts()

    def show_span(self, span: str) -> None:
        """Show the tasks of one stretch of time, or all."""
        self.list = replace(self.list, span=span)
        self._from_the_top()

    def show_whose(self, everybody: bool) -> None:
        """Show one's own tasks, or everybody's."""
        self.list = replace(self.list, everybody=everybody)
        self._count()
        self._from_the_top()

    def filter(self) -> None:
        """Show the tasks of one place."""
        chosen = str(self.place.entry)
        self.list = replace(self.list, place={"": None, _NOWHERE: ""}.get(chosen, chosen))
        self._from_the_top()

    def page(self, query: Query) -> Page:
        """Give a page of the list."""
        wanted = replace(
            self.list,
            search=query.search,
            sort=query.sort,
            descending=query.descending,
            offset=query.offset,
            limit=query.limit,
        )
        tasks = self.wb.days.tasks(wanted, as_of=self.on)
        total = matching = self.stock.count(self.list.span, self.list.place)
        if query.search:
            matching = self.wb.days.count(wanted, as_of=self.on)
        people = self.wb.contacts.people([one.person_id for one in tasks], as_of=self.on)
        lines = {one.person_id: one for one in people}
        return Page([self._row(one, lines[one.person_id]) for one in tasks], matching, total)

    def every(self, query: Query) -> Sequence[object]:
        """Give the keys of all tasks that match."""
        return self.wb.days.ids(replace(self.list, search=query.search), as_of=self.on)

    def open_task(self, key: str) -> None:
        """Record the contact that answers a task."""
        self.contact_for([key])

    def contact_for(self, keys: list[str]) -> None:
        """Record one contact for all the people of some tasks."""
        persons = self.wb.days.persons_of([int(key) for key in keys])
        self.shell.go("contact", persons=_listed(persons), tasks=_listed(keys))

    def contact_with(self, person: int) -> None:
        """Record a contact with somebody."""
        self.shell.go("contact", persons=person)

    def open_person(self, person: int) -> None:
        """Open the dossier."""
        self.shell.go("person", id=person)

    def begin_excuse(self, keys: list[str]) -> None:
        """Ask why some tasks need not be done."""
        self.excusing = [int(key) for key in keys]
        self._excuse_title.set(el("h2", spaced(_("Excuse {n} tasks", n=len(keys)))))
        self.reason.put(None)
        _show(self._excuse, True)
        self.reason.focus()

    def excuse(self) -> None:
        """Excuse the tasks with the reason, and offer the way back."""
        ids = list(self.excusing)
        self.wb.tasks.excuse(ids, reason=str(self.reason.value or ""))
        self.cancel_excuse()
        self.refresh()
        self.said(_("Excused: {n} tasks.", n=len(ids)), undo=lambda: self._restore(ids))

    def cancel_excuse(self) -> None:
        """Leave the tasks as they are."""
        self.excusing = []
        _show(self._excuse, False)

    def _restore(self, ids: list[int]) -> None:
        self.wb.tasks.reopen(ids)
        self.shell.refresh()

    def _count(self) -> None:
        self.stock = self.wb.days.stock(everybody=self.list.everybody, as_of=self.on)

    def _from_the_top(self) -> None:
        self.table.query = replace(self.table.query, offset=0)
        self._show_tabs()
        self.table.refresh()

    def _row(self, task: DayTask, line: PersonLine) -> dict[str, object]:
        age = spaced(_("aged {n}", n=line.age)) if line.age is not None else ""
        about = " · ".join(filter(None, (age, line.living)))
        why = " · ".join(filter(None, (self._channels(task), short_clause(task.clause))))
        return {
            "id": task.task_id,
            "name": Noted(task.name, about),
            "title": Noted(task.title, why),
            "due_on": Noted(self._state(task), self._window(task)),
            "place": task.place,
            "last": self._last(line),
        }

    def _channels(self, task: DayTask) -> str:
        names = [
            self.channels.get(one) or code_list("channel").label_of(one) for one in task.channels
        ]
        more = _(" and other ways") if len(names) > _CHANNELS_NAMED else ""
        return _(" or by ").join(names[:_CHANNELS_NAMED]) + more

    def _state(self, task: DayTask) -> State:
        """Say how a task stands, in a sign and words."""
        left = (task.due_on - self.on).days
        if task.status == "failed":
            return State("overdue", spaced(_("{n} days overdue", n=-left)))
        if task.status == "draft":
            return State("plain", _("from {day}", day=short_day_text(task.opens_on)))
        soon = int(self.wb.agency.setting("due_soon_days", self.on))
        if left <= soon:
            return State("due", _("due today") if left == 0 else spaced(_("{n} days left", n=left)))
        return State("ready", _("until {day}", day=short_day_text(task.due_on)))

    def _window(self, task: DayTask) -> str:
        """Say on which day it is meant to be done, or where its window ends."""
        if task.planned_on is not None and task.planned_on != task.due_on:
            return _("planned for {day}", day=short_day_text(task.planned_on))
        return "" if task.status == "ready" else _("until {day}", day=short_day_text(task.due_on))

    def _last(self, line: PersonLine) -> object:
        if line.last_on is None:
            return State("unknown", _("never reached"))
        return Noted(
            ago_text(line.last_on, self.on), code_list("channel").label_of(line.last_channel)
        )

    def _show_tabs(self) -> None:
        words = {
            "": _("All"),
            "overdue": _("Overdue"),
            "today": _("Today"),
            "week": _("This week"),
            "later": _("Later"),
        }
        counted = {span: self.stock.count(span, self.list.place) for span in words}
        tabs = [
            el(
                "button",
                el("span", word),
                el("b", f"{counted[span]:,}"),
                type="button",
                aria_pressed="true" if span == self.list.span else "false",
                class_=f"cw-tab cw-tab-{span or 'all'}" + (" cw-tab-some" if counted[span] else ""),
                **offer("span", span=span),
            )
            for span, word in words.items()
        ]
        other = _("Show mine only") if self.list.everybody else _("Show everybody's")
        whose = (
            el("p", link(other, "whose", everybody=not self.list.everybody), class_="cw-hint")
            if self.wb.actor.staff_id is not None
            else None
        )
        self.tabs.set(
            join(
                [
                    el("div", tabs, class_="cw-tabs", role="group", aria_label=_("When")),
                    whose,
                ]
            )
        )

    def _show_ahead(self) -> None:
        found = self.wb.days.ahead(as_of=self.on)
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
        body = el("ul", rows[:12], class_="cw-lines") if rows else nothing
        more = (
            el("p", spaced(_("and {n} more", n=len(rows) - 12)), class_="cw-hint")
            if len(rows) > 12
            else None
        )
        self.ahead.set(section(_("Birthdays and festivals"), body, more))

    def _show_silent(self) -> None:
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
            for one in self.wb.days.silent(as_of=self.on)
        ]
        body = el("ul", rows, class_="cw-lines") if rows else el("p", _("Nobody yet."))
        self.silent.set(section(_("Not heard of for longest"), body))

    def _show_drafts(self) -> None:
        waiting = [one for one in self.wb.drafts.mine() if one.form == "contact"]
        if not any(one.subject == "new" for one in waiting):
            self.drafts.set("")
            return
        self.drafts.set(
            el(
                "p",
                _("A contact was begun and not recorded. "),
                link(_("Go on with it"), "draft"),
                class_="cw-notice cw-notice-info",
            )
        )

    def _place_field(self) -> ChoiceField:
        options = {
            home
            or _NOWHERE: f"{home or _('place not known')} ({self.stock.count(place=home or '')})"
            for home in self.stock.places
        }
        field = ChoiceField("place", _("Place"), options, most_chips=0)
        field.show(texts={**field.view["texts"], "unanswered": _("all places")})
        return field

    def _table(self) -> DataTable:
        return DataTable(
            [
                Column("name", _("Person")),
                Column("title", _("What to do, and why"), phone="bare"),
                Column("due_on", _("Until when"), "state"),
                Column("place", _("Place")),
                Column("last", _("Last contact"), sortable=False),
            ],
            self.page,
            caption=_("Tasks of the day"),
            opens=self.open_task,
            together=[
                Together("contact", _("Record one contact for all"), self.contact_for),
                Together("excuse", _("Excuse with a reason"), self.begin_excuse),
            ],
            every=self.every,
            query=Query(limit=_ROWS),
            search_hint=_("Name, initials, place or task"),
            empty=(
                _("Nothing to do here."),
                _("What is due comes up by itself; other days are one click away."),
            ),
        )

    def _lay_out(self) -> None:
        self._excuse_title = Panel("")
        confirm = self.action(_("Excuse these tasks"), self.excuse, kind="primary", key="ctrl+s")
        cancel = self.action(_("Cancel"), self.cancel_excuse, kind="quiet")
        self._excuse = stack(
            self._excuse_title,
            self.reason,
            stack(cancel, confirm, css="cw-decide-acts"),
            css="cw-stack cw-decide",
        )
        _show(self._excuse, False)
        left = stack(
            self.drafts,
            self.tabs,
            stack(self.place, css="cw-inline"),
            self._excuse,
            self.table,
        )
        beside = stack(self.ahead, self.silent, css="cw-stack cw-beside")
        self.body(stack(left, beside, css="cw-split cw-split-day"))


screen = MyDay


def warm() -> None:
    """Import what recording a contact needs, before anybody looks."""
    from casework.ui.screens import contact  # noqa: F401
    from casework.workbook import plans  # noqa: F401


def _listed(keys: Sequence[object]) -> str:
    return ",".join(str(key) for key in keys)


def _show(box: Any, wanted: bool) -> None:
    """Show a part of the screen, or take it out of sight and of the keyboard's way."""
    box.layout.display = None if wanted else "none"
