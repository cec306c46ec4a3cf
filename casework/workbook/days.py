"""A caseworker's day: what to do now, why it is on the list, and what is ahead.

Decides which tasks are somebody's own, and into which stretch of time each falls; leaves what a
status means to `casework.records.task_status` and what is done about a task to ``tasks`` and
``contacts``. A list of ten thousand costs what a list of fifty costs: the database pages it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from casework.occasions import birthdays_between, festivals_between
from casework.records import (
    CareTeamMember,
    Fact,
    Person,
    PlanItem,
    Staff,
    Task,
    covers,
    holds_on,
    in_care_on,
    task_status,
)
from casework.records.base import Day
from casework.terms import language
from casework.workbook.contact_lists import LastHeard, last_heard
from casework.workbook.policy import almanac

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SPANS", "Ahead", "DayTask", "Days", "Place", "TaskList"]

SPANS = ("overdue", "today", "week", "later")
"""Overdue; meant for today or before; meant for this week; later, though the window is open."""

_SORTS = ("due_on", "name", "place", "title")


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


@dataclass(frozen=True, slots=True)
class DayTask:
    """A task on the list, with what it rests on.

    Attributes
    ----------
    title, clause : str
        The rule's title, or what was written down for a follow-up; the clause behind it.
    status : str
        One of `casework.records.TASK_STATES`.
    planned_on : date or None
        The day it is meant for; None where none was set.
    """

    task_id: int
    person_id: int
    name: str
    place: str | None
    title: str
    clause: str | None
    item_key: str
    service: str
    channels: tuple[str, ...]
    priority: int
    opens_on: date
    due_on: date
    planned_on: date | None
    status: str
    span: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A community with its number of tasks; None is not known."""

    name: str | None
    n_tasks: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """A birthday or festival to come.

    Attributes
    ----------
    person_id : int or None
        None for a festival.
    turns : int or None
        Age reached; None for a festival.
    earliest, latest : date
        Equal where the day is known.
    """

    earliest: date
    latest: date
    label: str
    person_id: int | None = None
    turns: int | None = None
    is_lunar: bool = False


class Days:
    """What somebody has to do, and what is coming.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def tasks(self, wanted: TaskList, *, as_of: date | None = None) -> tuple[list[DayTask], int]:
        """Give a page of tasks, and how many there are in all.

        Raises
        ------
        ValueError
            For a span or an order that does not exist.
        """
        day = as_of or self._workbook.today
        parts = _Parts(day, self._workbook.actor.staff_id, wanted)
        with self._workbook.reading() as session:
            total = session.scalar(select(func.count()).select_from(parts.rows())) or 0
            page = parts.page().limit(wanted.limit).offset(wanted.offset)
            return [_day_task(row) for row in session.execute(page)], total

    def ids(self, wanted: TaskList, *, as_of: date | None = None) -> list[int]:
        """Give the ids of all tasks of a list, however many pages it has."""
        parts = _Parts(as_of or self._workbook.today, self._workbook.actor.staff_id, wanted)
        with self._workbook.reading() as session:
            return list(session.scalars(select(parts.rows().c.task_id)))

    def counts(self, wanted: TaskList, *, as_of: date | None = None) -> dict[str, int]:
        """Count the tasks of each span, whatever span and search are asked for."""
        day = as_of or self._workbook.today
        every = TaskList(everybody=wanted.everybody, place=wanted.place)
        rows = _Parts(day, self._workbook.actor.staff_id, every).rows()
        with self._workbook.reading() as session:
            found = session.execute(select(rows.c.span, func.count()).group_by(rows.c.span))
            counted = {span: n for span, n in found}
        return {span: counted.get(span, 0) for span in SPANS}

    def places(self, *, everybody: bool = False, as_of: date | None = None) -> list[Place]:
        """List the communities with tasks, the most first, those without a community last."""
        day = as_of or self._workbook.today
        rows = _Parts(day, self._workbook.actor.staff_id, TaskList(everybody=everybody)).rows()
        n = func.count().label("n")
        with self._workbook.reading() as session:
            found = session.execute(
                select(rows.c.place, n)
                .group_by(rows.c.place)
                .order_by(rows.c.place.is_(None), n.desc(), rows.c.place)
            )
            return [Place(name, number) for name, number in found]

    def persons_of(self, task_ids: Sequence[int]) -> list[int]:
        """Give the persons of tasks, each once, in the order of their names."""
        with self._workbook.reading() as session:
            return list(
                session.scalars(
                    select(Person.id)
                    .where(Person.id.in_(select(Task.person_id).where(Task.id.in_(list(task_ids)))))
                    .order_by(Person.name_pinyin, Person.id)
                )
            )

    def silent(self, *, as_of: date | None = None, limit: int = 8) -> list[LastHeard]:
        """Tell which of one's own people were not heard of for longest."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return last_heard(session, day, person_ids=self._own(session, day), limit=limit)

    def ahead(self, *, days: int = 30, as_of: date | None = None) -> list[Ahead]:
        """List the festivals and the birthdays of one's own people in the days to come."""
        first = as_of or self._workbook.today
        last = first + timedelta(days=days)
        occasions = [
            Ahead(one.on, one.on, str(one.festival.label))
            for one in festivals_between(almanac().festivals.values(), first, last)
        ]
        with self._workbook.reading() as session:
            occasions += _birthdays(session, self._own(session, first), first, last)
        return sorted(occasions, key=lambda one: (one.earliest, one.person_id or 0))

    def _own(self, session: Session, day: date) -> list[int] | None:
        """Give the people in whose care team one sits; None for whoever has no seat anywhere."""
        staff_id = self._workbook.actor.staff_id
        if staff_id is None:
            return None
        own = list(
            session.scalars(select(CareTeamMember.person_id).where(_seat(staff_id, day)).distinct())
        )
        return own or None


class _Parts:
    """The parts of the query behind a day's list."""

    def __init__(self, day: date, staff_id: int | None, wanted: TaskList) -> None:
        if wanted.span and wanted.span not in SPANS:
            raise ValueError(f"span must be one of {SPANS}, not {wanted.span!r}")
        if wanted.sort and wanted.sort not in _SORTS:
            raise ValueError(f"sort must be one of {_SORTS}, not {wanted.sort!r}")
        self.day = day
        self.staff_id = staff_id
        self.wanted = wanted

    def rows(self) -> Any:
        """Give the tasks that match, with all that can be searched and sorted by."""
        found = self._base().subquery("day_tasks")
        wanted, where = self.wanted, []
        if wanted.span:
            where.append(found.c.span == wanted.span)
        if wanted.place is not None:
            where.append(found.c.place == wanted.place if wanted.place else found.c.place.is_(None))
        for word in wanted.search.split():
            where.append(_matches(found, word.casefold()))
        return select(found).where(*where).subquery("matching")

    def page(self) -> Select[Any]:
        """Give the matching tasks in their order."""
        rows, wanted = self.rows(), self.wanted
        pressing = [rows.c.rank, rows.c.due_on, rows.c.priority, rows.c.name_pinyin]
        order: list[Any] = pressing
        if wanted.sort:
            column = rows.c[{"name": "name_pinyin"}.get(wanted.sort, wanted.sort)]
            order = [column.is_(None), column.desc() if wanted.descending else column, *pressing]
        return select(rows).order_by(*order, rows.c.task_id)

    def _base(self) -> Any:
        day = literal(self.day, Day())
        status = task_status(self.day)
        sunday = literal(self.day + timedelta(days=6 - self.day.weekday()), Day())
        meant = func.coalesce(Task.planned_on, Task.due_on)
        span = case(
            (status == "failed", "overdue"),
            (and_(status == "ready", meant <= day), "today"),
            (meant <= sunday, "week"),
            else_="later",
        )
        home = aliased(Fact)
        in_force = and_(Task.in_force_from.is_not(None), Task.in_force_from <= day)
        return (
            select(
                Task.id.label("task_id"),
                Task.person_id,
                Person.name,
                Person.name_pinyin,
                Person.name_initials,
                home.value.label("place"),
                func.coalesce(Task.title, Task.service).label("title"),
                PlanItem.title_en,
                PlanItem.clause,
                Task.item_key,
                Task.service,
                Task.channels,
                Task.priority,
                Task.opens_on,
                Task.due_on,
                Task.planned_on,
                status.label("status"),
                span.label("span"),
                case(
                    (status == "failed", 0), (and_(status == "ready", meant <= day), 1), else_=2
                ).label("rank"),
                Staff.name.label("owner"),
            )
            .join(Person, Person.id == Task.person_id)
            .outerjoin(
                home,
                and_(
                    home.person_id == Task.person_id,
                    home.code == "community",
                    home.superseded_at.is_(None),
                    covers(home.valid_from, home.valid_to, self.day),  # type: ignore[arg-type]
                ),
            )
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .outerjoin(Staff, Staff.id == Task.owner_id)
            .where(
                or_(Task.done_on.is_(None), Task.done_on > day),
                or_(
                    status.in_(("failed", "ready")),
                    and_(status == "draft", in_force, meant <= sunday),
                ),
                Person.merged_into_id.is_(None),
                Person.withdrawn_at.is_(None),
                self._whose(),
            )
        )

    def _whose(self) -> ColumnElement[bool]:
        """Tell whose tasks: one's own, and those of one's people that nobody owns."""
        if self.wanted.everybody or self.staff_id is None:
            return literal(True)
        seat = exists().where(
            CareTeamMember.person_id == Task.person_id, _seat(self.staff_id, self.day)
        )
        return or_(Task.owner_id == self.staff_id, and_(Task.owner_id.is_(None), seat))


def _seat(staff_id: int, day: date) -> ColumnElement[bool]:
    return and_(
        CareTeamMember.staff_id == staff_id,
        CareTeamMember.superseded_at.is_(None),
        covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
    )


def _matches(rows: Any, word: str) -> ColumnElement[bool]:
    """Tell where a typed word may be found."""
    looked = [rows.c.name, rows.c.title, rows.c.place]
    if word.isascii():
        looked += [rows.c.name_pinyin, rows.c.title_en]
    found = [func.lower(column).contains(word, autoescape=True) for column in looked]
    if word.isascii():
        found.append(rows.c.name_initials.startswith(word, autoescape=True))
    return or_(*found)


def _day_task(row: Any) -> DayTask:
    english = row.title_en if language() == "en" else None
    return DayTask(
        task_id=row.task_id,
        person_id=row.person_id,
        name=row.name,
        place=row.place,
        title=english or row.title,
        clause=row.clause,
        item_key=row.item_key,
        service=row.service,
        channels=tuple(row.channels or ()),
        priority=row.priority,
        opens_on=row.opens_on,
        due_on=row.due_on,
        planned_on=row.planned_on,
        status=row.status,
        span=row.span,
        owner=row.owner,
    )


def _birthdays(
    session: Session, person_ids: Sequence[int] | None, first: date, last: date
) -> list[Ahead]:
    """List the birthdays that these people keep between two days, by the calendar they keep."""
    query = (
        select(Person.id, Person.name, Person.born_on_earliest, Person.born_on_latest, Fact.value)
        .outerjoin(
            Fact, and_(Fact.person_id == Person.id, Fact.code == "birthday_kept", holds_on(first))
        )
        .where(in_care_on(first), Person.born_on_earliest.is_not(None))
    )
    if person_ids is not None:
        query = query.where(Person.id.in_(person_ids))
    found = []
    for id_, name, earliest, latest, kept in session.execute(query):
        if earliest is None or latest is None:
            continue
        for one in birthdays_between((earliest, latest), first, last, lunar=kept == "lunar"):
            found.append(
                Ahead(one.earliest, one.latest, name, id_, one.turns, is_lunar=kept == "lunar")
            )
    return found
