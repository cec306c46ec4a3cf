"""A caseworker's day: what to do now, why it is on the list, and what is ahead.

Decides which tasks are somebody's own, and into which stretch of time each falls; leaves what a
status means to `casework.records.task_status` and what is done about a task to ``tasks`` and
``contacts``. A list of ten thousand costs what a list of fifty costs: the database pages it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)
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
from casework.workbook.need_lists import alert_words
from casework.workbook.policy import almanac

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SPANS", "Ahead", "DayTask", "Days", "Stock", "TaskList"]

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
class Stock:
    """How many tasks there are, by community and stretch of time.

    Attributes
    ----------
    by_place : mapping of str or None to mapping of str to int
        Community, None where it is not known, to `SPANS` to a number.
    """

    by_place: Mapping[str | None, Mapping[str, int]]

    def count(self, span: str = "", place: str | None = None) -> int:
        """Count the tasks of a span and place, as `TaskList` names them."""
        wanted = self.by_place if place is None else {place or None}
        return sum(
            n
            for home in wanted
            for one, n in self.by_place.get(home, {}).items()
            if not span or one == span
        )

    @property
    def places(self) -> list[str | None]:
        """The communities, those with the most tasks first, the unknown one last."""
        return sorted(
            self.by_place,
            key=lambda home: (home is None, -self.count(place=home or ""), home or ""),
        )


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

    def tasks(self, wanted: TaskList, *, as_of: date | None = None) -> list[DayTask]:
        """Give a page of tasks.

        Raises
        ------
        ValueError
            For a span or an order that does not exist.
        """
        query = _Query(as_of or self._workbook.today, self._workbook.actor.staff_id, wanted)
        with self._workbook.reading() as session:
            page = query.page().limit(wanted.limit).offset(wanted.offset)
            ids = list(session.scalars(page))
            found = {row.Task.id: _day_task(row) for row in session.execute(query.details(ids))}
            return [found[id_] for id_ in ids]

    def ids(self, wanted: TaskList, *, as_of: date | None = None) -> list[int]:
        """Give the ids of all tasks of a list, however many pages it has."""
        query = _Query(as_of or self._workbook.today, self._workbook.actor.staff_id, wanted)
        with self._workbook.reading() as session:
            return list(session.scalars(query.page()))

    def count(self, wanted: TaskList, *, as_of: date | None = None) -> int:
        """Count the tasks of a list, its search included."""
        query = _Query(as_of or self._workbook.today, self._workbook.actor.staff_id, wanted)
        with self._workbook.reading() as session:
            return session.scalar(select(func.count()).select_from(query.rows())) or 0

    def stock(self, *, everybody: bool = False, as_of: date | None = None) -> Stock:
        """Count the tasks by community and stretch of time, in one query."""
        day = as_of or self._workbook.today
        query = _Query(day, self._workbook.actor.staff_id, TaskList(everybody=everybody))
        rows = query.rows(with_place=True)
        counted: dict[str | None, dict[str, int]] = {}
        with self._workbook.reading() as session:
            found = session.execute(
                select(rows.c.place, rows.c.span, func.count()).group_by(rows.c.place, rows.c.span)
            )
            for home, span, n in found:
                counted.setdefault(home, {})[span] = n
        return Stock(counted)

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


class _Query:
    """The queries behind a day's list: narrow ones to find the rows, one to read those in sight."""

    def __init__(self, day: date, staff_id: int | None, wanted: TaskList) -> None:
        if wanted.span and wanted.span not in SPANS:
            raise ValueError(f"span must be one of {SPANS}, not {wanted.span!r}")
        if wanted.sort and wanted.sort not in _SORTS:
            raise ValueError(f"sort must be one of {_SORTS}, not {wanted.sort!r}")
        self.day = day
        self.staff_id = staff_id
        self.wanted = wanted
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

    def rows(self, *, with_place: bool = False) -> Any:
        """Give the tasks that match, with what they are searched and sorted by."""
        wanted = self.wanted
        homes = with_place or wanted.place is not None or bool(wanted.search)
        found = self._base(homes or wanted.sort == "place").subquery("day_tasks")
        where = [found.c.span == wanted.span] if wanted.span else []
        if wanted.place is not None:
            where.append(found.c.place == wanted.place if wanted.place else found.c.place.is_(None))
        where += [_matches(found, word.casefold()) for word in wanted.search.split()]
        return select(found).where(*where).subquery("matching")

    def page(self) -> Select[Any]:
        """Give the ids of the matching tasks in their order."""
        rows, wanted = self.rows(), self.wanted
        rank = case((rows.c.span == "overdue", 0), (rows.c.span == "today", 1), else_=2)
        order: list[Any] = [rank, rows.c.due_on, rows.c.priority, rows.c.name_pinyin]
        if wanted.sort:
            column = rows.c[{"name": "name_pinyin"}.get(wanted.sort, wanted.sort)]
            arranged = column.desc() if wanted.descending else column
            order = [column.is_(None), arranged, *order]
        return select(rows.c.task_id).order_by(*order, rows.c.task_id)

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
                self.span.label("span"),
            )
            .join(Person, Person.id == Task.person_id)
            .outerjoin(home, self._lives(home))
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .outerjoin(Staff, Staff.id == Task.owner_id)
            .where(Task.id.in_(list(ids)))
        )

    def _base(self, with_place: bool) -> Any:
        columns: list[Any] = [
            Task.id.label("task_id"),
            Task.due_on,
            Task.priority,
            func.coalesce(Task.title, Task.service).label("title"),
            Person.name,
            Person.name_pinyin,
            Person.name_initials,
            self.span.label("span"),
        ]
        home = aliased(Fact)
        query = select(*columns, home.value.label("place")) if with_place else select(*columns)
        query = query.select_from(Task).join(Person, Person.id == Task.person_id)
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
        looked.append(rows.c.name_pinyin)
    found = [func.lower(column).contains(word, autoescape=True) for column in looked]
    if word.isascii():
        found.append(rows.c.name_initials.startswith(word, autoescape=True))
    return or_(*found)


def _day_task(row: Any) -> DayTask:
    task = row.Task
    english = row.title_en if language() == "en" else None
    asked = alert_words(task.item_key)
    return DayTask(
        task_id=task.id,
        person_id=task.person_id,
        name=row.name,
        place=row.place,
        title=asked[0] if asked else english or task.title or task.service,
        clause=asked[1] if asked else row.clause,
        item_key=task.item_key,
        service=task.service,
        channels=tuple(task.channels or ()),
        priority=task.priority,
        opens_on=task.opens_on,
        due_on=task.due_on,
        planned_on=task.planned_on,
        status=row.status,
        span=row.span,
        owner=row.owner,
    )


def _birthdays(
    session: Session, person_ids: Sequence[int] | None, first: date, last: date
) -> list[Ahead]:
    """List the birthdays that these people keep between two days, by the calendar they keep."""
    months = {(first + timedelta(days=n)).month for n in range((last - first).days + 1)}
    query = (
        select(Person.id, Person.name, Person.born_on_earliest, Person.born_on_latest, Fact.value)
        .outerjoin(
            Fact, and_(Fact.person_id == Person.id, Fact.code == "birthday_kept", holds_on(first))
        )
        .where(
            in_care_on(first),
            or_(
                Fact.value == "lunar",
                extract("month", Person.born_on_earliest).in_(months),
                extract("month", Person.born_on_latest).in_(months),
            ),
        )
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
