"""The queries behind a caseworker's day: narrow ones to find rows, one to read those in sight.

Decides which tasks are somebody's own and into which stretch of time each falls; the status of a
task is `casework.records.task_status` and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from casework.planning.pressing import Steps
from casework.records import (
    CareTeamMember,
    Fact,
    Person,
    PlanItem,
    Staff,
    Task,
    covers,
    severity_served,
    task_status,
    urgency_rank,
)
from casework.records.base import Day

__all__ = ["SPANS", "DayQuery", "TaskList", "seat"]

SPANS = ("overdue", "today", "week", "later")
"""Overdue; meant for today or before; meant for this week; later, though the window is open."""

_SORTS = ("due_on", "name", "place", "title")
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TaskList:
    """Which tasks are asked for, and how they are arranged.

    Attributes
    ----------
    everybody : bool
        Everybody's tasks, not only one's own.
    span : str
        One of `SPANS`; empty for all of them.
    place : str or None
        A community; None for all, the empty text for those without one.
    search : str
        Part of a name, its pinyin or initials, a title or a community.
    sort : str
        ``due_on``, ``name``, ``place`` or ``title``; empty for the most pressing first.
    """

    everybody: bool = False
    span: str = ""
    place: str | None = None
    search: str = ""
    sort: str = ""
    descending: bool = False
    offset: int = 0
    limit: int = 50


class DayQuery:
    """The queries of one list on one day; ``steps`` says what makes a task pressing."""

    def __init__(
        self, day: date, staff_id: int | None, wanted: TaskList, steps: Steps | None = None
    ) -> None:
        if wanted.span and wanted.span not in SPANS:
            raise ValueError(f"span must be one of {SPANS}, not {wanted.span!r}")
        if wanted.sort and wanted.sort not in _SORTS:
            raise ValueError(f"sort must be one of {_SORTS}, not {wanted.sort!r}")
        self.day = day
        self.staff_id = staff_id
        self.wanted = wanted
        self.steps = steps or Steps()
        self.status = task_status(day)
        meant = func.coalesce(Task.planned_on, Task.due_on)
        today = literal(day, Day())
        sunday = literal(day + timedelta(days=6 - day.weekday()), Day())
        self.span = case(
            (self.status == "failed", "overdue"),
            (and_(self.status == "ready", meant <= today), "today"),
            (meant <= sunday, "week"),
            else_="later",
        )
        in_force = and_(Task.in_force_from.is_not(None), Task.in_force_from <= today)
        self.listed = and_(
            or_(Task.done_on.is_(None), Task.done_on > today),
            or_(
                self.status.in_(("failed", "ready")),
                and_(self.status == "draft", in_force, meant <= sunday),
            ),
        )

    def rows(self, *, with_place: bool = False, ranked: bool = False) -> Any:
        """Give the tasks that match, with what they are searched and, if ranked, sorted by."""
        wanted = self.wanted
        homes = with_place or wanted.place is not None or bool(wanted.search)
        found = self._base(homes or wanted.sort == "place", ranked).subquery("day_tasks")
        where = [found.c.span == wanted.span] if wanted.span else []
        if wanted.place is not None:
            where.append(found.c.place == wanted.place if wanted.place else found.c.place.is_(None))
        where += [_matches(found, word.casefold()) for word in wanted.search.split()]
        return select(found).where(*where).subquery("matching")

    def page(self, only: Any = None) -> Select[Any]:
        """Give the ids of the matching tasks in their order; ``only`` those of a selection."""
        rows, wanted = self.rows(ranked=True), self.wanted
        rank = case((rows.c.span == "overdue", 0), (rows.c.span == "today", 1), else_=2)
        order: list[Any] = [rank, rows.c.urgency, rows.c.due_on, rows.c.name_pinyin]
        if wanted.sort:
            column = rows.c[{"name": "name_pinyin"}.get(wanted.sort, wanted.sort)]
            arranged = column.desc() if wanted.descending else column
            order = [column.is_(None), arranged, *order]
        found = select(rows.c.task_id).order_by(*order, rows.c.task_id)
        return found if only is None else found.where(rows.c.task_id.in_(only))

    def people(self) -> Select[Any]:
        """Give the ids of the people with matching tasks, those to turn to first on top."""
        rows, wanted = self.rows(ranked=True), self.wanted
        rank = case((rows.c.span == "today", 0), (rows.c.span == "overdue", 1), else_=2)
        urgent: list[Any] = [func.min(rank), func.min(rows.c.urgency), func.min(rows.c.due_on)]
        if wanted.span == "overdue":
            urgent = [func.min(rows.c.urgency), func.count().desc(), func.min(rows.c.due_on)]
        if wanted.sort:
            named = {"name": rows.c.name_pinyin, "title": rows.c.title, "due_on": rows.c.due_on}
            column: Any = func.min(rows.c.place if wanted.sort == "place" else named[wanted.sort])
            arranged = column.desc() if wanted.descending else column
            urgent = [column.is_(None), arranged, *urgent]
        return (
            select(rows.c.person_id)
            .group_by(rows.c.person_id)
            .order_by(*urgent, func.min(rows.c.name_pinyin), rows.c.person_id)
        )

    def page_of(self, person_ids: Collection[int]) -> Select[Any]:
        """Give the ids of the matching tasks of some people, in the order of the list."""
        mine = select(Task.id).where(Task.person_id.in_(list(person_ids)))
        return self.page(only=mine)

    def windows(self, person_ids: Collection[int]) -> Any:
        """Count the windows of each item of some people: missed and not settled, and all.

        Columns ``person_id``, ``item_key``, ``missed``, ``of`` (windows that ended within the
        year before the day), ``current`` (the open task whose window ends first).
        """
        today = literal(self.day, Day())
        missed = self.status == "failed"
        ended = and_(
            Task.due_on < today,
            Task.due_on >= literal(self.day - _YEAR, Day()),
            self.status.in_(("done", "late_done", "failed", "excused")),
        )
        first_ready = func.min(case((self.status == "ready", Task.id)))
        return (
            select(
                Task.person_id,
                Task.item_key,
                func.sum(case((missed, 1), else_=0)).label("missed"),
                func.sum(case((ended, 1), else_=0)).label("of"),
                first_ready.label("current"),
            )
            .where(Task.person_id.in_(list(person_ids)), self._whose())
            .group_by(Task.person_id, Task.item_key)
        )

    def details(self, ids: Sequence[int]) -> Any:
        """Give everything about the tasks of one page."""
        home = aliased(Fact)
        return (
            select(
                Task,
                Person.name,
                home.value.label("place"),
                PlanItem.title_en,
                PlanItem.clause,
                Staff.name.label("owner"),
                self.status.label("status"),
                severity_served(self.day).label("severity"),
                self.span.label("span"),
            )
            .join(Person, Person.id == Task.person_id)
            .outerjoin(home, self._lives(home))
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .outerjoin(Staff, Staff.id == Task.owner_id)
            .where(Task.id.in_(list(ids)))
        )

    def _base(self, with_place: bool, ranked: bool) -> Any:
        columns: list[Any] = [
            Task.id.label("task_id"),
            Task.person_id,
            Task.due_on,
            func.coalesce(Task.title, Task.service).label("title"),
            Person.name,
            Person.name_pinyin,
            Person.name_initials,
            self.span.label("span"),
        ]
        home = aliased(Fact)
        if with_place:
            columns.append(home.value.label("place"))
        if ranked:
            columns.append(urgency_rank(self.day, self.steps).label("urgency"))
        query = select(*columns).select_from(Task).join(Person, Person.id == Task.person_id)
        if ranked:
            query = query.outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
        if with_place:
            query = query.outerjoin(home, self._lives(home))
        return query.where(
            self.listed,
            Person.merged_into_id.is_(None),
            Person.withdrawn_at.is_(None),
            self._whose(),
        )

    def _lives(self, home: Any) -> ColumnElement[bool]:
        """Join the community in which a person lives on the day."""
        return and_(
            home.person_id == Task.person_id,
            home.code == "community",
            home.superseded_at.is_(None),
            covers(home.valid_from, home.valid_to, self.day),
        )

    def _whose(self) -> ColumnElement[bool]:
        """Tell whose tasks: one's own, and those of one's people that nobody owns."""
        if self.wanted.everybody or self.staff_id is None:
            return literal(True)
        mine = exists().where(
            CareTeamMember.person_id == Task.person_id, seat(self.staff_id, self.day)
        )
        return or_(Task.owner_id == self.staff_id, and_(Task.owner_id.is_(None), mine))


def seat(staff_id: int, day: date) -> ColumnElement[bool]:
    """Tell whether somebody has a seat in a care team on a day."""
    return and_(
        CareTeamMember.staff_id == staff_id,
        CareTeamMember.superseded_at.is_(None),
        covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
    )


def _matches(rows: Any, word: str) -> ColumnElement[bool]:
    """Tell where a typed word may be found."""
    looked = [rows.c.name, rows.c.title, rows.c.place]
    if word.isascii():
        looked.append(rows.c.name_pinyin)
    found = [func.lower(column).contains(word, autoescape=True) for column in looked]
    if word.isascii():
        found.append(rows.c.name_initials.startswith(word, autoescape=True))
    return or_(*found)
