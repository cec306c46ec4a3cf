"""What would be: other rules, fewer staff, everybody some years older, in hours by unit and month.

Decides what a supposition does to the hours needed and to those there are. Nothing is counted a
second time: hours of today are those of :mod:`casework.workbook.capacity`, what other rules ask for
is what :mod:`casework.workbook.rule_sides` finds, and ageing is a change of the rules as well (see
:mod:`casework.rules.older`). What cannot be known is a range: who will be alive, and which of the
staff would leave. Nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.records import Organisation, Person, Staff, Task
from casework.rules.older import older
from casework.terms import _
from casework.workbook.capacity import MOST_MONTHS, WorkerHours
from casework.workbook.plan_situations import owner_among, within
from casework.workbook.policy import read_policy, text_in_force
from casework.workbook.rule_pairs import Owed
from casework.workbook.rule_sides import Changed, Comparison
from casework.workbook.survival import Survival, survival
from casework.workbook.task_hours import Asked, TaskHours

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Driver", "MonthHours", "Span", "Supposed", "Supposing", "Supposition", "UnitHours"]

_CASEWORKER = "caseworker"
_OLDEST = 30


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed; nothing at all by default.

    Attributes
    ----------
    rules : str or None
        The text of other rules; None for those in force.
    older : int
        Years by which everybody is older.
    without : frozenset of int
        Caseworkers who are not there.
    fewer : int
        So many further ones are not there, whoever they are.
    """

    rules: str | None = None
    older: int = 0
    without: frozenset[int] = frozenset()
    fewer: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return self == Supposition()


class Span(NamedTuple):
    """Hours between two figures; both are the same where they are certain."""

    low: float
    high: float

    def plus(self, other: Span) -> Span:
        """Add up."""
        return Span(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class MonthHours:
    """Hours of caseworkers in one month: needed and there, today and as is supposed."""

    first: date
    needed: float
    there: float
    needed_then: Span
    there_then: Span

    @property
    def short(self) -> Span:
        """Hours that are missing as is supposed; below 0 they are left over."""
        return Span(
            self.needed_then.low - self.there_then.high, self.needed_then.high - self.there_then.low
        )

    @property
    def short_now(self) -> float:
        """Hours that are missing today; below 0 they are left over."""
        return self.needed - self.there


@dataclass(frozen=True, slots=True)
class UnitHours:
    """The hours of the people of a unit by month; ``unit_id`` None is without a unit.

    The hours of who works for several units are shared among them as their work is.
    """

    unit_id: int | None
    name: str
    people: int
    months: tuple[MonthHours, ...]

    def altogether(self) -> MonthHours:
        """Add the months up."""
        return MonthHours(
            self.months[0].first,
            sum(one.needed for one in self.months),
            sum(one.there for one in self.months),
            Span(*(sum(one) for one in zip(*(m.needed_then for m in self.months), strict=True))),
            Span(*(sum(one) for one in zip(*(m.there_then for m in self.months), strict=True))),
        )


@dataclass(frozen=True, slots=True)
class Driver:
    """A rule that would ask for more or less: hours and tasks in all months, and of how many.

    All of them count as alive; the drivers add up to the upper end of what would be needed.
    """

    code: str
    title: str
    service: str
    people: int
    tasks: int
    hours: float


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would be.

    Attributes
    ----------
    whole : UnitHours
        All units together.
    drivers : tuple of Driver
        What makes the difference, the most hours first.
    lives : Survival or None
        What the lower end of ageing rests on; None where nothing is supposed to age, or where too
        few deaths are known, and the lower end then counts everybody as alive like the upper one.
    ageless : int
        People whose birth date is not known, who therefore stay as they are.
    staff : int
        Caseworkers there are.
    beside : Asked
        What would be asked besides, or no longer, of volunteers and leaders.
    """

    supposition: Supposition
    whole: UnitHours
    units: tuple[UnitHours, ...]
    drivers: tuple[Driver, ...]
    lives: Survival | None
    ageless: int
    staff: int
    beside: Asked

    def as_json(self) -> dict[str, Any]:
        """Give everything by name; hours with one decimal."""
        return {
            "people": self.whole.people,
            "staff": self.staff,
            "without_birth_date": self.ageless,
            "deaths_counted": self.lives.deaths if self.lives else None,
            "whole": _unit_json(self.whole),
            "units": [_unit_json(one) for one in self.units],
            "tasks_of_others": self.beside.tasks,
            "drivers": [asdict(one) | {"hours": round(one.hours, 1)} for one in self.drivers],
        }


def _unit_json(one: UnitHours) -> dict[str, Any]:
    return {
        "unit_id": one.unit_id,
        "unit": one.name,
        "people": one.people,
        "months": [
            {
                "month": f"{month.first:%Y-%m}",
                "needed": round(month.needed, 1),
                "there": round(month.there, 1),
                "needed_then": [round(hours, 1) for hours in month.needed_then],
                "there_then": [round(hours, 1) for hours in month.there_then],
            }
            for month in one.months
        ],
    }


_Month = tuple[int, date]  # a person, and the first day of a month


@dataclass
class _Change:
    """What other rules add and take away: by person and month, and by rule."""

    months: defaultdict[_Month, Asked] = field(default_factory=lambda: defaultdict(Asked))
    rules: defaultdict[str, Asked] = field(default_factory=lambda: defaultdict(Asked))
    people: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    services: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    beside: Asked = field(default_factory=Asked)


@dataclass(frozen=True, slots=True)
class _Folk:
    """Units of people, their births, and the names of units."""

    unit_of: Mapping[int, int | None]
    born: Mapping[int, date | None]
    units: Mapping[int, str]


class Supposing:
    """What is asked about what would be.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def hours(
        self,
        supposition: Supposition,
        *,
        n: int = 12,
        progress: Callable[[float, str], None] | None = None,
    ) -> Supposed:
        """Tell what a supposition does to the hours of caseworkers, from next month on.

        Tasks that volunteers and leaders own are not among them, nor are their hours.

        Parameters
        ----------
        n : int
            Months, 1 to `MOST_MONTHS`.

        Raises
        ------
        InvalidEntry
            When the rules cannot be read, or there are not so many caseworkers.
        """
        book = self._workbook
        if not 1 <= n <= MOST_MONTHS:
            raise InvalidEntry(_("Choose 1 to {most} months.", most=MOST_MONTHS), "n", n)
        if not 0 <= supposition.older <= _OLDEST:
            message = _("Choose 0 to {most} years.", most=_OLDEST)
            raise InvalidEntry(message, "older", supposition.older)
        begins = book.capacity.first_days(book.today, n + 2)[1:]
        workers = self._caseworkers(book.capacity.months(first=begins[0], n=n), supposition)
        count = book.capacity.count
        with book.reading() as session:
            roles = {one: role for one, role in session.execute(select(Staff.id, Staff.role))}
            ours = {one for one, role in roles.items() if role not in self._others()}
            owned = self._owned(session, count, begins, ours)
            change = self._change(session, count, supposition, begins, ours, progress)
            persons = {person for person, _owner, _month in owned}
            persons |= {person for person, _month in change.months}
            folk = _folk(session, persons)
            lives = survival(session, book.today) if supposition.older else None
        shares = _Shares(owned, folk, workers, count)
        units = shares.units(supposition, begins[:-1], change, lives, book.today)
        ageless = sum(folk.born[one] is None for one in persons) if supposition.older else 0
        drivers = [
            Driver(
                code, change.titles.get(code, code), change.services[code],
                len(change.people[code]), asked.tasks, count.hours(asked),
            )
            for code, asked in change.rules.items()
            if asked != Asked()
        ]  # fmt: skip
        return Supposed(
            supposition,
            shares.whole(supposition, begins[:-1], units, len(persons)),
            units,
            tuple(sorted(drivers, key=lambda one: (-abs(one.hours), one.code))),
            lives,
            ageless,
            len(workers),
            change.beside,
        )

    # --- parts ----------------------------------------------------------------------------------

    def _others(self) -> set[str]:
        """Name the roles of those who take tasks without being caseworkers."""
        actors = self._workbook.capacity.rules.actors
        others = {role for actor, some in actors.items() if actor != _CASEWORKER for role in some}
        return others - set(actors.get(_CASEWORKER, ()))

    def _caseworkers(
        self, found: Iterable[WorkerHours], supposition: Supposition
    ) -> dict[int, WorkerHours]:
        roles = self._workbook.capacity.rules.actors.get(_CASEWORKER, ())
        workers = {
            one.staff_id: one for one in found if one.staff_id is not None and one.role in roles
        }
        unknown = supposition.without - workers.keys()
        if unknown:
            raise InvalidEntry(
                _("No caseworker has the number {n}.", n=min(unknown)), "without", min(unknown)
            )
        left = len(workers) - len(supposition.without)
        if not 0 <= supposition.fewer <= left:
            raise InvalidEntry(
                _("Caseworkers there are: {n}; no more can be gone.", n=left), "fewer",
                supposition.fewer,
            )  # fmt: skip
        return workers

    def _owned(
        self, session: Session, count: TaskHours, begins: list[date], ours: set[int]
    ) -> dict[tuple[int, int | None, date], Asked]:
        """Read what tasks ask for, by person, owner and month."""
        return {
            (person, owner, first): asked
            for first, following in pairwise(begins)
            for (person, owner), asked in count.meant_for(
                session, first, following - timedelta(days=1), Task.person_id, Task.owner_id
            ).items()
            if owner is None or owner in ours
        }

    def _change(
        self,
        session: Session,
        count: TaskHours,
        supposition: Supposition,
        begins: list[date],
        ours: set[int],
        progress: Callable[[float, str], None] | None,
    ) -> _Change:
        """Find what other rules, or more years, would ask for besides and no longer."""
        book, found = self._workbook, _Change()
        code = book.agency.code
        present = text_in_force(session, book.agency)
        old = read_policy(present, code, book.today)[0]
        new = old if supposition.rules is None else book.rulebook.sound(supposition.rules)
        both = Comparison(
            session, old, older(new, supposition.older), today=book.today,
            last=begins[-1] - timedelta(days=1), outcomes=book.agency.counting.outcomes,
        )  # fmt: skip
        if not both.changes:
            return found
        for one in both.changed(progress):
            for owed, sign in ((one.fresh, 1), (one.gone, -1)):
                for each in owed:
                    self._enter(found, count, one, each, sign, begins, ours)
        found.titles = both.titles()
        return found

    def _enter(
        self,
        found: _Change,
        count: TaskHours,
        changed: Changed,
        owed: Owed,
        sign: int,
        begins: list[date],
        ours: set[int],
    ) -> None:
        task, duty = owed
        meant = task.planned_on or task.due_on
        owner = owner_among(changed.near.seats.get(changed.person_id, {}), duty.actor)
        asked = count.of_one(duty.actor, duty.service, task.channels, duty.duration_minutes) * sign
        if asked == Asked() or not begins[0] <= meant < begins[-1]:
            return
        if owner is not None and owner not in ours:
            found.beside += asked
            return
        code = task.key.removeprefix("rule:")
        found.months[changed.person_id, meant.replace(day=1)] += asked
        found.rules[code] += asked
        found.people[code].add(changed.person_id)
        found.services[code] = duty.service


class _Shares:
    """Adds hours up by unit: those needed by who needs them, those there by whose work they are."""

    def __init__(
        self,
        owned: Mapping[tuple[int, int | None, date], Asked],
        folk: _Folk,
        workers: Mapping[int, WorkerHours],
        count: TaskHours,
    ) -> None:
        self.owned, self.folk, self.workers, self.count = owned, folk, workers, count
        work: defaultdict[int, defaultdict[int | None, float]]
        work = defaultdict(lambda: defaultdict(float))
        for (person, owner, _month), asked in owned.items():
            if owner is not None and owner in workers:
                work[owner][folk.unit_of.get(person)] += count.hours(asked)
        self.parts = {
            who: _parts(work[who]) if work.get(who) else {one.unit_id: 1.0}
            for who, one in workers.items()
        }

    def units(
        self,
        supposition: Supposition,
        months: list[date],
        change: _Change,
        lives: Survival | None,
        today: date,
    ) -> tuple[UnitHours, ...]:
        """Give the hours of every unit that has people or staff, by name."""
        now: defaultdict[tuple[int | None, date], float] = defaultdict(float)
        then: defaultdict[tuple[int | None, date], Span] = defaultdict(lambda: Span(0.0, 0.0))
        people: defaultdict[int | None, set[int]] = defaultdict(set)
        asked: defaultdict[_Month, Asked] = defaultdict(Asked)
        for (person, _owner, month), of_task in self.owned.items():
            asked[person, month] += of_task
        for key, of_task in asked.items():
            now[self.folk.unit_of.get(key[0]), key[1]] += self.count.hours(of_task)
        for person, month in asked.keys() | change.months.keys():
            unit = self.folk.unit_of.get(person)
            people[unit].add(person)
            of_month = asked.get((person, month), Asked()) + change.months[person, month]
            hours = self.count.hours(of_month)
            alive = lives.share(self.folk.born[person], today, supposition.older) if lives else 1.0
            both = sorted((hours * alive, hours))
            then[unit, month] = then[unit, month].plus(Span(*both))
        known = {unit for some in self.parts.values() for unit in some} | people.keys()
        found = [
            UnitHours(
                unit,
                self.folk.units.get(unit or 0, _("without a unit")),
                len(people[unit]),
                tuple(
                    self._month(
                        supposition,
                        {who: some.get(unit, 0.0) for who, some in self.parts.items()},
                        place,
                        month,
                        now[unit, month],
                        then[unit, month],
                    )
                    for place, month in enumerate(months)
                ),
            )
            for unit in known
        ]
        return tuple(sorted(found, key=lambda one: (one.unit_id is None, one.name)))

    def whole(
        self,
        supposition: Supposition,
        months: list[date],
        units: Sequence[UnitHours],
        people: int,
    ) -> UnitHours:
        """Add the units up; who of the staff leaves is asked anew, because nobody leaves twice."""
        by_month = [[one.months[place] for one in units] for place in range(len(months))]
        return UnitHours(
            None,
            _("altogether"),
            people,
            tuple(
                self._month(
                    supposition, dict.fromkeys(self.workers, 1.0), place, month,
                    sum(one.needed for one in some),
                    Span(sum(one.needed_then.low for one in some),
                         sum(one.needed_then.high for one in some)),
                )
                for place, (month, some) in enumerate(zip(months, by_month, strict=True))
            ),
        )  # fmt: skip

    def _month(
        self,
        supposition: Supposition,
        parts: Mapping[int, float],
        place: int,
        month: date,
        needed: float,
        then: Span,
    ) -> MonthHours:
        """Give one month with the hours there are and would be.

        Parameters
        ----------
        parts : mapping of int to float
            The part of everybody's hours that counts.
        """
        hours = {who: one.months[place].there * parts[who] for who, one in self.workers.items()}
        left = sorted(h for who, h in hours.items() if who not in supposition.without and h > 0)
        elsewhere = len(hours) - len(supposition.without) - len(left)
        n = supposition.fewer
        # Those with the most hours leave, or those with the least, and first of all somebody else.
        low = sum(left[: max(0, len(left) - n)])
        high = sum(left[max(0, n - max(0, elsewhere)) :])
        return MonthHours(month, needed, sum(hours.values()), then, Span(low, high))


def _parts(work: Mapping[int | None, float]) -> dict[int | None, float]:
    whole = sum(work.values())
    return {unit: hours / whole for unit, hours in work.items()} if whole else {}


def _folk(session: Session, persons: set[int]) -> _Folk:
    rows = session.execute(
        select(Person.id, Person.unit_id, Person.born_on_latest).where(
            within(Person.id, (min(persons, default=0), max(persons, default=0)))
        )
    ).all()
    units = session.execute(select(Organisation.id, Organisation.name))
    return _Folk(
        {one: unit for one, unit, _born in rows},
        {one: born for one, _unit, born in rows},
        {one: name for one, name in units},
    )
