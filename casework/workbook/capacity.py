"""Hours: what the plans ask of everybody, what there is, and a fairer share (S2-28, S3-8, S4-21).

Decides how many hours a month asks of a member of staff: the minutes of the tasks meant for it, and
the ways of the visits among them. A proposal says who might answer for whom instead; it is made by
`casework.matching` and nothing is written before somebody says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.records import (
    Organisation,
    Person,
    Staff,
    Task,
    VisitorWish,
    in_care_on,
)
from casework.reference.rosters import RosterRules, roster_rules
from casework.routing.week.hours import Hours, read_hours, spans_on
from casework.terms import _
from casework.workbook.home_ways import ways_home
from casework.workbook.owning import caseworkers
from casework.workbook.policy import almanac
from casework.workbook.roster_reading import StaffMember, read_staff
from casework.workbook.task_hours import Asked, TaskHours

if TYPE_CHECKING:
    from casework.matching import Client, Sharing
    from casework.workbook.door import Workbook

__all__ = ["MOST_MONTHS", "Capacity", "Month", "Move", "Proposal", "WorkerHours"]

MOST_MONTHS = 24
_MOST_KNOWN = 20_000  # days with hours of one's own that are remembered


@dataclass(frozen=True, slots=True)
class Month:
    """Hours of one month.

    Attributes
    ----------
    first : date
        Its first day.
    needed : float
        Hours of the tasks that are meant for it, ways included.
    there : float
        Hours at work; 0 where nobody is named.
    tasks, visits : int
        What is meant for it, and the visits among that.
    """

    first: date
    needed: float
    there: float
    tasks: int
    visits: int


@dataclass(frozen=True, slots=True)
class WorkerHours:
    """The hours of one member of staff by month; ``staff_id`` None is what nobody answers for."""

    staff_id: int | None
    name: str | None
    role: str | None
    unit_id: int | None
    months: tuple[Month, ...]

    @property
    def needed(self) -> float:
        """Hours needed in all months."""
        return sum(one.needed for one in self.months)

    @property
    def there(self) -> float:
        """Hours there are in all months."""
        return sum(one.there for one in self.months)

    @property
    def is_idle(self) -> bool:
        """Whether no task is meant for them in any of the months."""
        return not any(one.tasks for one in self.months)


@dataclass(frozen=True, slots=True)
class Move:
    """A person who would get another face; ``from_id`` None where nobody answers today."""

    person_id: int
    name: str
    hours: float
    from_id: int | None
    to_id: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fairer share; hours are those of a month.

    Attributes
    ----------
    names : mapping of int to str
        Of all staff who are shared among.
    before, after, fair, there : mapping of int to float
        Hours of people, today and by the proposal; a fair share; hours there are.
    people_before, people_after : mapping of int to int
        Numbers of people.
    nobody : tuple of (int, str)
        Persons for whom nobody here may answer: of another unit, or by their own wish.
    unplaced : int
        Persons whose home is not known; their way counts as none.
    short_of_best : float
        Part by which the proposal may be dearer than the cheapest at most: 0.01 is a hundredth.
    """

    moves: tuple[Move, ...]
    names: Mapping[int, str]
    before: Mapping[int, float]
    after: Mapping[int, float]
    fair: Mapping[int, float]
    there: Mapping[int, float]
    people_before: Mapping[int, int]
    people_after: Mapping[int, int]
    nobody: tuple[tuple[int, str], ...]
    unplaced: int
    short_of_best: float


class Capacity:
    """What is asked about hours.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._known_minutes: dict[tuple[date, tuple[str, ...]], int] = {}

    @property
    def rules(self) -> RosterRules:
        """Minutes of services and ways, and working hours, as the agency counts."""
        return roster_rules(self._workbook.agency.code)

    @property
    def count(self) -> TaskHours:
        """How the minutes of tasks are counted."""
        return TaskHours(self.rules, self._workbook.today)

    def first_days(self, day: date, n: int) -> list[date]:
        """Give the first days of some months, from the month of a day on."""
        return _months(day, n)

    def months(self, *, first: date | None = None, n: int = 6) -> list[WorkerHours]:
        """Give the hours of everybody by month, what nobody answers for first.

        Parameters
        ----------
        first : date or None
            A day of the first month; None for today.
        n : int
            Months, 1 to `MOST_MONTHS`.
        """
        if not 1 <= n <= MOST_MONTHS:
            raise InvalidEntry(_("Choose 1 to {most} months.", most=MOST_MONTHS), "n", n)
        begins = _months(first or self._workbook.today, n + 1)
        roles = sorted({role for some in self.rules.actors.values() for role in some})
        with self._workbook.reading() as session:
            spans = [(day, following - timedelta(days=1)) for day, following in pairwise(begins)]
            asked = self.count.meant_for_each(session, spans, Task.owner_id)
            staff = {
                one.staff_id: one
                for one in read_staff(session, roles, begins[0], begins[-1] - timedelta(days=1))
            }
            owners = {owner for some in asked for owner in some} | staff.keys()
            people = {
                one.id: one
                for one in session.scalars(
                    select(Staff).where(Staff.id.in_([o for o in owners if o is not None]))
                )
            }
        alike: dict[tuple[Any, ...], list[float]] = {}
        there = {}
        for owner in owners:
            terms = _terms_between(staff.get(owner), begins[0], begins[-1])
            if terms not in alike:
                alike[terms] = self._hours(staff.get(owner), begins)
            there[owner] = alike[terms]
        found = [
            WorkerHours(
                owner, one.name if one else None, one.role if one else None,
                one.unit_id if one else None,
                tuple(
                    self._month(some.get(owner, Asked()), day, hours)
                    for some, day, hours in zip(asked, begins, there[owner], strict=False)
                ),
            )
            for owner in owners
            for one in (people.get(owner) if owner is not None else None,)
            if owner is None or one is not None
        ]  # fmt: skip
        return sorted(
            found, key=lambda one: (one.staff_id is not None, one.name or "", one.staff_id or 0)
        )

    def propose(
        self, *, staff: Collection[int] | None = None, locked: Collection[int] = (), n: int = 6
    ) -> Proposal:
        """Work out who might answer for whom, by the hours of the coming months.

        Parameters
        ----------
        staff : collection of int or None
            Among whom people are shared; None for all caseworkers at work.
        locked : collection of int
            Persons who keep their caseworker.
        n : int
            Months whose tasks count.

        Raises
        ------
        InvalidEntry
            When nobody is at work among those chosen.
        """
        from casework.matching import Client, Worker, share  # brings numpy and SciPy

        book, day = self._workbook, self._workbook.today
        begins = [day, *_months(day, n + 1)[1:]]
        last = begins[-1] - timedelta(days=1)
        with book.reading() as session:
            asked = self.count.meant_for(session, day, last, Task.person_id)
            members = [
                one
                for one in read_staff(session, ["caseworker"], day, last)
                if (staff is None or one.staff_id in staff) and one.is_there(day)
            ]
            seats = {one: who for one, who in session.execute(caseworkers(day)) if who is not None}
            persons = session.execute(
                select(Person.id, Person.name, Person.unit_id).where(in_care_on(day))
            ).all()
            chosen = {one.staff_id for one in members}
            # Who is looked after by somebody who is not among those chosen stays out of it.
            concerned = [row for row in persons if seats.get(row[0]) in chosen | {None}]
            persons_to = [row[0] for row in concerned]
            office = book.agency.place
            ways = ways_home(session, self.rules, office, persons_to, members, day)
            wishes = _refusals(session)
            reach = _Reach(session)
            units = {one: unit for one, unit in session.execute(select(Staff.id, Staff.unit_id))}
        if not members:
            raise InvalidEntry(_("Nobody is at work to share people among."), "staff")
        clients = []
        for person_id, _name, unit_id in concerned:
            now = seats.get(person_id)
            may = {one for one in chosen if one == now or reach.covers(units.get(one), unit_id)}
            of_person = asked.get(person_id, Asked())
            clients.append(
                Client(
                    str(person_id), of_person.minutes / 60 / n, of_person.visits / n,
                    ways=ways[person_id], now=None if now is None else str(now),
                    may=frozenset(map(str, may)),
                    refuses=frozenset(str(one) for one in wishes.get(person_id, ()) if one != now),
                )
            )  # fmt: skip
        there = {one.staff_id: sum(self._hours(one, begins)) / n for one in members}
        workers = [Worker(str(one.staff_id), there[one.staff_id]) for one in members]
        locks = [(str(one), str(seats[one])) for one in locked if seats.get(one) in chosen]
        shared = share(clients, workers, locked=locks)
        names = {row[0]: row[1] for row in concerned}
        return _proposal(shared, clients, names, members, there)

    # --- parts ----------------------------------------------------------------------------------

    def _month(self, asked: Asked, first: date, there: float) -> Month:
        return Month(first, self.count.hours(asked), there, asked.tasks, asked.visits)

    def _hours(self, one: StaffMember | None, begins: Sequence[date]) -> list[float]:
        """Give the hours that somebody is at work in each month but the last of the days given."""
        if one is None:
            return [0.0] * (len(begins) - 1)
        return [
            sum(
                self._minutes_on(day, one.said("hours", day))
                for day in _days(first, following)
                if one.is_there(day)
            )
            / 60
            for first, following in pairwise(begins)
        ]

    def _minutes_on(self, day: date, texts: tuple[str, ...]) -> int:
        """Give the minutes of a day with hours of one's own; worked out once for all who share."""
        key = (day, texts)
        if key not in self._known_minutes:
            if len(self._known_minutes) > _MOST_KNOWN:
                self._known_minutes.clear()
            ordinary = [read_hours(text) for text in self.rules.working_hours]
            is_workday = almanac().calendar.is_workday(day)
            spans = spans_on(day, _readable(texts), ordinary, is_workday=is_workday)
            self._known_minutes[key] = sum(until - begun for begun, until in spans)
        return self._known_minutes[key]


def _proposal(
    shared: Sharing,
    clients: Sequence[Client],
    names: Mapping[int, str],
    members: Sequence[StaffMember],
    there: Mapping[int, float],
) -> Proposal:
    before: defaultdict[int, float] = defaultdict(float)
    people: list[defaultdict[int, int]] = [defaultdict(int), defaultdict(int)]
    moves = []
    for one in clients:
        person, to = int(one.key), shared.to.get(one.key)
        now = None if one.now is None else int(one.now)
        if now is not None:
            before[now] += one.hours
            people[0][now] += 1
        if to is not None:
            people[1][int(to)] += 1
            if int(to) != now:
                moves.append(Move(person, names[person], one.hours, now, int(to)))
    staff = [one.staff_id for one in members]
    return Proposal(
        moves=tuple(sorted(moves, key=lambda one: (one.from_id or 0, one.to_id, one.name))),
        names={one.staff_id: one.name for one in members},
        before={one: before[one] for one in staff},
        after={one: shared.hours[str(one)] for one in staff},
        fair={one: shared.fair[str(one)] for one in staff},
        there=there,
        people_before={one: people[0][one] for one in staff},
        people_after={one: people[1][one] for one in staff},
        nobody=tuple((int(key), names[int(key)]) for key in shared.nobody),
        unplaced=sum(not one.ways for one in clients),
        short_of_best=shared.cost / shared.bound - 1 if shared.bound > 0 else 0.0,
    )


class _Reach:
    """Which units lie below which: who works for a unit answers for people of those below it."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(Organisation.id, Organisation.parent_id))
        self._above = {one: above for one, above in rows}

    def covers(self, staff_unit: int | None, person_unit: int | None) -> bool:
        """Tell whether a unit is another one or above it; no unit is above them all."""
        seen: set[int] = set()
        at = person_unit
        while staff_unit is not None and at is not None and at not in seen:
            if at == staff_unit:
                return True
            seen.add(at)
            at = self._above.get(at)
        return staff_unit is None or person_unit is None


def _terms_between(one: StaffMember | None, first: date, following: date) -> tuple[Any, ...]:
    """Give all that decides somebody's hours in some days: of thousands, most have the same."""
    if one is None:
        return ()
    begun = one.active_from is None or one.active_from <= first
    stays = one.active_to is None or one.active_to >= following
    return (
        None if begun else one.active_from,
        None if stays else one.active_to,
        one.terms.get("hours", ()),
        one.terms.get("absent", ()),
    )


def _months(day: date, n: int) -> list[date]:
    """Give the first days of some months, from the month of a day on."""
    at = day.year * 12 + day.month - 1
    return [date((at + i) // 12, (at + i) % 12 + 1, 1) for i in range(n)]


def _days(first: date, following: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((following - first).days))


def _readable(texts: Sequence[str]) -> list[Hours]:
    found = []
    for text in texts:
        try:
            found.append(read_hours(text))
        except InvalidEntry:  # kept by somebody else's program; ordinary hours hold
            continue
    return found


def _refusals(session: Session) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for person, staff in session.execute(
        select(VisitorWish.person_id, VisitorWish.staff_id).where(
            VisitorWish.wanted == "no", VisitorWish.superseded_at.is_(None)
        )
    ):
        found[person].add(staff)
    return dict(found)
