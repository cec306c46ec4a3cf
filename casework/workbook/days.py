"""A caseworker's day: what to do now, why it is on the list, and what is ahead.

Decides which tasks are somebody's own, and into which stretch of time each falls; leaves what a
status means to `casework.records.task_status` and what is done about a task to ``tasks`` and
``contacts``. A list of ten thousand costs what a list of fifty costs: the database pages it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, extract, func, or_, select
from sqlalchemy.orm import Session

from casework.occasions import birthdays_between, festivals_between
from casework.planning.pressing import Steps
from casework.records import CareTeamMember, Fact, Person, Task, holds_on, in_care_on
from casework.workbook.contact_lists import LastHeard, last_heard
from casework.workbook.day_people import DayPerson, DayTask, Windows, day_task, people_of
from casework.workbook.day_query import SPANS, DayQuery, TaskList, seat
from casework.workbook.policy import almanac

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SPANS", "Ahead", "DayPerson", "DayTask", "Days", "Stock", "TaskList"]


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
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            page = query.page().limit(wanted.limit).offset(wanted.offset)
            ids = list(session.scalars(page))
            found = _tasks(session, query, ids)
            return [found[id_] for id_ in ids]

    def people(self, wanted: TaskList, *, as_of: date | None = None) -> list[DayPerson]:
        """Give a page of people with what is to do for each, one line an item.

        However many windows of an item have passed, it is one line: one contact answers it.

        Raises
        ------
        ValueError
            For a span or an order that does not exist.
        """
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            page = query.people().limit(wanted.limit).offset(wanted.offset)
            return _people(session, query, list(session.scalars(page)))

    def to_answer(
        self, wanted: TaskList, persons: Sequence[int], *, as_of: date | None = None
    ) -> list[int]:
        """Give the tasks that a contact with some people is meant for: of each item one."""
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            found = _people(session, query, persons)
        return [series.to_answer for one in found for series in one.series]

    def count_people(self, wanted: TaskList, *, as_of: date | None = None) -> int:
        """Count the people of a list, its search included."""
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            found = query.people().order_by(None).subquery()
            return session.scalar(select(func.count()).select_from(found)) or 0

    def person_ids(self, wanted: TaskList, *, as_of: date | None = None) -> list[int]:
        """Give the ids of all people of a list, however many pages it has."""
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            return list(session.scalars(query.people()))

    def ids(
        self,
        wanted: TaskList,
        *,
        persons: Sequence[int] | None = None,
        as_of: date | None = None,
    ) -> list[int]:
        """Give the ids of all tasks of a list, however many pages it has.

        Parameters
        ----------
        persons : sequence of int or None
            Only the tasks of these people.
        """
        query = self._query(wanted, as_of)
        chosen = query.page() if persons is None else query.page_of(persons)
        with self._workbook.reading() as session:
            return list(session.scalars(chosen))

    def count(self, wanted: TaskList, *, as_of: date | None = None) -> int:
        """Count the tasks of a list, its search included."""
        query = self._query(wanted, as_of)
        with self._workbook.reading() as session:
            return session.scalar(select(func.count()).select_from(query.rows())) or 0

    def stock(self, *, everybody: bool = False, as_of: date | None = None) -> Stock:
        """Count the tasks by community and stretch of time, in one query."""
        query = self._query(TaskList(everybody=everybody), as_of)
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

    def _query(self, wanted: TaskList, as_of: date | None) -> DayQuery:
        book = self._workbook
        day = as_of or book.today
        return DayQuery(day, book.actor.staff_id, wanted, Steps.of(book.agency.setting, day))

    def _own(self, session: Session, day: date) -> list[int] | None:
        """Give the people in whose care team one sits; None for whoever has no seat anywhere."""
        staff_id = self._workbook.actor.staff_id
        if staff_id is None:
            return None
        own = list(
            session.scalars(select(CareTeamMember.person_id).where(seat(staff_id, day)).distinct())
        )
        return own or None


def _tasks(session: Session, query: DayQuery, ids: Sequence[int]) -> dict[int, DayTask]:
    """Read the tasks of a page by their numbers."""
    rows = session.execute(query.details(ids))
    return {row.Task.id: day_task(row, query.steps, query.day) for row in rows}


def _people(session: Session, query: DayQuery, person_ids: Sequence[int]) -> list[DayPerson]:
    """Read what is to do for some people."""
    ids = list(session.scalars(query.page_of(person_ids)))
    found = _tasks(session, query, ids)
    windows = {
        (row.person_id, row.item_key): Windows(row.missed, row.of, row.current)
        for row in session.execute(query.windows(person_ids))
    }
    return people_of(person_ids, [found[id_] for id_ in ids], windows)


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
