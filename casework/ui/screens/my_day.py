"""A caseworker's start: whom to turn to today, this week, whom it is late for, and why.

Who: caseworkers, in the morning on a desk, in a stairwell on a phone. Decides the way into the
list and out of it; leaves what is due to `wb.days` and recording to the contact form. The list is
of people, not of tasks: one visit answers several, and what was missed is one line however often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Page,
    Panel,
    Query,
    Screen,
    Together,
    el,
    join,
    link,
    stack,
)
from casework.ui.contact_fields import channel_names
from casework.ui.day_deciding import Deciding
from casework.ui.day_outings import outings_markup
from casework.ui.day_rows import (
    Rows,
    ahead_markup,
    silent_markup,
    tabs_markup,
    withdrawn_markup,
)
from casework.ui.issue_cells import ISSUES_SHOWN, issues_markup
from casework.ui.kept import place_of
from casework.ui.wording import short_day_text, spaced
from casework.workbook.days import SPANS, TaskList

if TYPE_CHECKING:
    from casework.ui.shell import Shell
    from casework.workbook.roster_rows import Entry

__all__ = ["MyDay", "screen"]

_NOWHERE = "?"
_ROWS = 25
_FIRST = ("today", "week", "overdue")


class MyDay(Screen):
    """The list of a day with its ways on.

    Parameters
    ----------
    span : str
        One of `casework.workbook.days.SPANS`, or ``all``; by default today, or what comes next
        where nothing is left for today.
    """

    def __init__(self, shell: Shell, span: str = "") -> None:
        super().__init__(shell, _("My day"), lead=short_day_text(shell.on))
        self.stock = self.wb.days.stock(as_of=self.on)
        self.list = TaskList(span=self._begin_with(span))
        soon = int(self.wb.agency.setting("due_soon_days", self.on))
        self.rows = Rows(self.on, soon, channel_names(self.wb.agency))
        self.tabs = Panel("", span=self.show_span, whose=self.show_whose)
        self.place = self._place_field()
        self.deciding = Deciding(self, self.refresh)
        self.table = self._table()
        self.issues = Panel(
            "", open=lambda id: shell.go("issue", id=id), all=lambda: shell.go("issues")
        )
        self.ahead = Panel("", person=self.open_person)
        self.silent = Panel("", contact=self.contact_with, person=self.open_person)
        self.withdrawn = Panel("", person=self.open_person)
        self.drafts = Panel(
            "",
            draft=lambda: shell.go("contact"),
            form=self.to_form,
            who=lambda: shell.go("who"),
            sign=self.to_sign,
            answer=self.to_answer,
            sheet=lambda: shell.go("day_sheet"),
            check=lambda: shell.go("self_check"),
        )
        self.outings = Panel(
            "",
            sheet=lambda delegation: shell.go("campaign_sheet", delegation=delegation),
            visit=lambda slot: shell.go("campaign_visit", slot=slot),
        )
        self._lay_out()
        self.place.changed.append(self.filter)
        self._show_around()

    def refresh(self) -> None:
        """Read the day again."""
        self._count()
        self.table.refresh()
        self._show_around()

    def show_span(self, span: str) -> None:
        """Show what is to do in one stretch of time, or all."""
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
        found = self.wb.days.people(wanted, as_of=self.on)
        total = matching = self.wb.days.count_people(self.list, as_of=self.on)
        if query.search:
            matching = self.wb.days.count_people(wanted, as_of=self.on)
        known = self.wb.contacts.people([one.person_id for one in found], as_of=self.on)
        lines = {one.person_id: one for one in known}
        return Page([self.rows.row(one, lines[one.person_id]) for one in found], matching, total)

    def every(self, query: Query) -> Sequence[object]:
        """Give the keys of all people that match."""
        return self.wb.days.person_ids(replace(self.list, search=query.search), as_of=self.on)

    def tasks_of(self, keys: Sequence[str]) -> list[int]:
        """Give the tasks on the list of some people, those that were missed included."""
        wanted = replace(self.list, search=self.table.query.search)
        return self.wb.days.ids(wanted, persons=[int(key) for key in keys], as_of=self.on)

    def open_row(self, key: str) -> None:
        """Record the contact that answers what is to do for a person."""
        self.contact_for([key])

    def contact_for(self, keys: list[str]) -> None:
        """Record one contact with some people, for what is to do for them."""
        wanted = replace(self.list, search=self.table.query.search, limit=len(keys))
        tasks = self.wb.days.to_answer(wanted, [int(key) for key in keys], as_of=self.on)
        self.shell.go("contact", persons=_listed(keys), tasks=_listed(tasks))

    def contact_with(self, person: int) -> None:
        """Record a contact with somebody."""
        self.shell.go("contact", persons=person)

    def open_person(self, person: int) -> None:
        """Open the dossier."""
        self.shell.go("person", id=person)

    def begin_excuse(self, keys: list[str]) -> None:
        """Ask why what is to do for some people need not be done."""
        self.deciding.ask_reason(self.tasks_of(keys))

    def begin_hand_over(self, keys: list[str]) -> None:
        """Ask who takes over what is to do for some people."""
        self.deciding.ask_heir(self.tasks_of(keys))

    def _begin_with(self, span: str) -> str:
        if span in SPANS or span == "all":
            return "" if span == "all" else span
        return next((one for one in _FIRST if self.stock.count(one)), "today")

    def _show_around(self) -> None:
        self._show_tabs()
        self.issues.set(self._issues())
        self.ahead.set(ahead_markup(self.wb.days.ahead(as_of=self.on)))
        self.silent.set(silent_markup(self.wb.days.silent(as_of=self.on)))
        mine = self.wb.actor.staff_id
        gone = self.wb.tasks.list("withdrawn", as_of=self.on, owner_id=mine) if mine else []
        self.withdrawn.set(withdrawn_markup(gone))
        self._show_drafts()
        self.outings.set(outings_markup(self.wb, self.wb.actor.staff_id, self.on))

    def _issues(self) -> object:
        """Write the open issues one answers for; everybody's for whoever is nobody in particular.

        One more than are shown is read, so that the list can say that there are more.
        """
        mine = self.wb.actor.staff_id
        found = self.wb.issues.list(owner_id=mine, as_of=self.on, limit=ISSUES_SHOWN + 1)
        return issues_markup(found, _("My open issues") if mine else _("Open issues"))

    def _count(self) -> None:
        self.stock = self.wb.days.stock(everybody=self.list.everybody, as_of=self.on)

    def _from_the_top(self) -> None:
        self.table.query = replace(self.table.query, offset=0)
        self.table.selected = []
        self.table.show(selected=[])
        self._show_tabs()
        self.table.refresh()

    def _show_tabs(self) -> None:
        other = _("Show mine only") if self.list.everybody else _("Show everybody's")
        whose = (
            el("p", link(other, "whose", everybody=not self.list.everybody), class_="cw-hint")
            if self.wb.actor.staff_id is not None
            else None
        )
        self.tabs.set(tabs_markup(self.stock, self.list.span, self.list.place, whose))

    def to_form(self) -> None:
        """Go to the page of the form that was left last."""
        for one in self.wb.drafts.mine():
            place = place_of(one.values)
            if place is not None:
                self.shell.go(place[0], **place[1])
                return
        self.refresh()

    def _show_drafts(self) -> None:
        drafts = self.wb.drafts.mine()
        waiting = [one for one in drafts if one.form == "contact"]
        forms = [place for one in drafts if (place := place_of(one.values))]
        told = []
        if self.shell.may_choose_actor and self.wb.actor.staff_id is None:
            told.append((_("This is what everybody has to do. "), _("Choose who you are"), "who"))
        if any(one.subject == "new" for one in waiting):
            words = _("A contact was begun and not recorded. ")
            told.append((words, _("Go on with it"), "draft"))
        if forms:
            words = spaced(_("{n} forms were begun and not saved. ", n=len(forms)))
            told.append((words, _("Go on with the latest"), "form"))
        mine = self.wb.actor.staff_id
        if mine is not None:
            visits = self.wb.rosters.published(self.on, self.on, staff_id=mine)
            if visits:
                told.append((_route(visits, mine), _("Day sheets to print"), "sheet"))
            told += self._to_check()
        to_sign = self.wb.signing.waiting(as_of=self.on)
        if to_sign:
            first = to_sign[0]
            words = _("{n} assessments wait for your signature, the first of {who}. ",
                      n=len(to_sign), who=first.person)  # fmt: skip
            told.append((words, _("Look at it and sign"), "sign"))
        for one in self.wb.assessor_sheets.waiting(as_of=self.on)[:1]:
            if one.to_settle:
                words, way = _("{who}: both assessors have answered. "), _("Settle the differences")
            else:
                words = _("{who}: the other assessor waits for your own answers. ")
                way = _("Answer alone")
            told.append((words.format(who=one.person), way, "answer"))
        self.drafts.set(
            join(
                el("p", words, link(way, action), class_="cw-notice cw-notice-info")
                for words, way, action in told
            )
        )

    def _to_check(self) -> list[tuple[str, str, str]]:
        """Say of which self-check points are left in this period, in the words of the agency."""
        for one in self.wb.self_checks.lists(as_of=self.on):
            mine = self.wb.self_checks.mine(one.entry.code, as_of=self.on) if one.points else None
            if mine is not None and mine.state != "all":
                words = _(
                    "{list}: {n} of {all} points gone through in this period. ",
                    list=str(one.entry.label),
                    n=len(mine.ticked),
                    all=len(one.points),
                )
                return [(words, _("Go through it"), "check")]
        return []

    def to_sign(self) -> None:
        """Open the first assessment that waits for one's signature."""
        waiting = self.wb.signing.waiting(as_of=self.on)
        if waiting:
            first = waiting[0]
            self.shell.go("assessment", person=first.person_id, id=first.assessment_id)

    def to_answer(self) -> None:
        """Open the first sheet that waits to be answered, or settled."""
        waiting = self.wb.assessor_sheets.waiting(as_of=self.on)
        if waiting:
            first = waiting[0]
            self.shell.go("assessment", person=first.person_id, instrument=first.instrument)

    def _place_field(self) -> ChoiceField:
        options = {
            home
            or _NOWHERE: f"{home or _('place not known')} ({self.stock.count(place=home or '')})"
            for home in self.stock.places
        }
        field = ChoiceField("place", _("Place"), options, most_chips=0)
        field.show(texts={**field.view["texts"], "unanswered": _("all places")})
        return field

    def _why_nothing(self) -> str:
        """Say where tasks come from while there is none at all, else that more will come."""
        if self.stock.count():
            return _("What is due comes up by itself; other days are one click away.")
        return _(
            "Tasks come from plans: once a roster is imported, a supervisor chooses “{draw}” "
            "under “{rules}”.",
            draw=_("Draw up plans by these rules"),
            rules=_("Rules"),
        )

    def _table(self) -> DataTable:
        table = DataTable(
            [
                Column("name", _("Person")),
                Column("due_on", _("What to do, and why"), phone="bare"),
                Column("place", _("Place"), phone="bare"),
                Column("last", _("Last contact"), sortable=False),
            ],
            self.page,
            caption=_("People of the day, with what is to do"),
            opens=self.open_row,
            together=[
                Together("contact", _("Record one contact for all"), self.contact_for),
                Together("excuse", _("Excuse with a reason"), self.begin_excuse),
                Together("hand_over", _("Hand over"), self.begin_hand_over),
            ],
            every=self.every,
            query=Query(limit=_ROWS),
            search_hint=_("Name, initials, place or task"),
            empty=(_("Nothing to do here."), self._why_nothing()),
        )
        table.show(
            texts={
                **table.view["texts"],
                "count": _("{m} people"),
                "count_one": _("{m} people", m=1),
                "count_of": _("{n} of {m} people"),
                "selected": _("{n} people selected"),
                "selected_one": _("{n} people selected", n=1),
            }
        )
        return table

    def _lay_out(self) -> None:
        left = stack(
            self.drafts,
            self.outings,
            stack(self.tabs, stack(self.place, css="cw-inline"), css="cw-day-top"),
            self.deciding.box,
            self.table,
        )
        beside = stack(
            self.issues, self.ahead, self.withdrawn, self.silent, css="cw-stack cw-beside"
        )
        self.body(stack(left, beside, css="cw-split cw-split-day"))


screen = MyDay


def warm() -> None:
    """Import what recording a contact needs, before anybody looks."""
    from casework.ui.screens import contact  # noqa: F401
    from casework.workbook import plans  # noqa: F401


def _listed(keys: Sequence[object]) -> str:
    return ",".join(str(key) for key in keys)


def _route(visits: Sequence[Entry], mine: int) -> str:
    """Say whom one visits today by the roster, and when."""
    starts = {one.task_ids: one.starts[one.staff.index(mine)] for one in visits}
    told = _(", ").join(
        f"{clock(starts[one.task_ids])} {one.name}"
        for one in sorted(visits, key=lambda one: starts[one.task_ids])
    )
    return spaced(_("Visits of today by the roster: {visits}. ", visits=told))
