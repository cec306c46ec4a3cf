"""A week of visits, and a roster for it: plain values.

Decides what can be said about such a week; leaves to others where it comes from. Days are numbered
from 0, times are whole minutes of the day, and prices are whole points: what a point is worth
stands in ``Weights``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

__all__ = [
    "Bar",
    "Choice",
    "Placed",
    "Roster",
    "Seat",
    "Slot",
    "Turn",
    "Visit",
    "Week",
    "Weights",
    "Wish",
    "Worker",
]


@dataclass(frozen=True, slots=True)
class Seat:
    """What one member of staff does at a visit.

    Parameters
    ----------
    skill : str or None
        What they must be able to do; None for what everybody may.
    minutes : int
        How long it takes, at least 1.
    """

    skill: str | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Slot:
    """When a visit may begin on one day, both ends inclusive; after the end it is late."""

    day: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of work without a break: from leaving the base until being back there.

    Turns of one worker do not overlap; a break at noon makes two of a day.
    """

    day: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who makes visits.

    Parameters
    ----------
    key : str
    skills : frozenset of str
    turns : tuple of Turn
        Leave and absence already taken out.
    base : int
        Row of the travel tables where each turn begins and ends.
    mode : int
        Which travel table holds.
    """

    key: str
    skills: frozenset[str]
    turns: tuple[Turn, ...]
    base: int = 0
    mode: int = 0

    @property
    def minutes(self) -> int:
        """How long they work in all."""
        return sum(one.ends - one.begins for one in self.turns)


@dataclass(frozen=True, slots=True)
class Bar:
    """Whom a rule or a wish that must be kept does not let come, and which it is."""

    reason: str
    workers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What it costs when one worker comes, in points a seat, and why."""

    worker: str
    reason: str
    points: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A day, with whom in each seat, and when; ``start`` None where any time will do."""

    day: int
    workers: tuple[str, ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to be made once in the week.

    Parameters
    ----------
    key, person : str
    place : int
        Row of the travel tables.
    seats : tuple of Seat
        One or two.
    slots : tuple of Slot
        When it may begin. Empty for a visit that fits into no day, and stays out.
    value : int
        Points that leaving it out costs.
    apart : tuple of int or None
        Of two seats: least and greatest time from the start of the first to that of the second, in
        minutes, 0 ≤ least ≤ greatest; (0, 0) for two at once. One worker may take both where the
        first is done before the second begins.
    bars : tuple of Bar
    wishes : tuple of Wish
    kept : Choice or None
        Where it stood before; to move it costs.
    lock : Choice or None
        Where it must stay, if it is placed at all.
    days : frozenset of int
        The days on which it may be made, whatever the hours; empty for those of the slots.
    other_slots : tuple of Slot
        When it might begin on other days, if these were allowed.
    """

    key: str
    person: str
    place: int
    seats: tuple[Seat, ...]
    slots: tuple[Slot, ...]
    value: int
    apart: tuple[int, int] | None = None
    bars: tuple[Bar, ...] = ()
    wishes: tuple[Wish, ...] = ()
    kept: Choice | None = None
    lock: Choice | None = None
    days: frozenset[int] = frozenset()
    other_slots: tuple[Slot, ...] = ()

    @property
    def open_slots(self) -> tuple[Slot, ...]:
        """The slots, as far as the lock leaves them open."""
        lock = self.lock
        if lock is None:
            return self.slots
        if lock.start is not None:
            return (Slot(lock.day, lock.start, lock.start),)
        return tuple(one for one in self.slots if one.day == lock.day)

    def barring(self, seat: int, worker: Worker) -> tuple[str, ...]:
        """Name what keeps a worker out of a seat: ``skill``, reasons of bars, ``lock``."""
        skill = self.seats[seat].skill
        found = [] if skill is None or skill in worker.skills else ["skill"]
        found += [one.reason for one in self.bars if worker.key in one.workers]
        if self.lock is not None and self.lock.workers[seat] != worker.key:
            found.append("lock")
        return tuple(found)

    def lateness(self, day: int, start: int) -> int | None:
        """Give the minutes that a start is late; None when it is before anything opens that day."""
        late = [
            max(0, start - one.closes)
            for one in self.open_slots
            if one.day == day and one.opens <= start
        ]
        return min(late, default=None)


@dataclass(frozen=True, slots=True)
class Weights:
    """What things cost, in points.

    Parameters
    ----------
    travel, late : int
        A minute on the way; a minute after the window closed.
    above_share : int
        A minute of visits above a worker's fair share: of all minutes, by the time they work.
    tolerance : int
        Percent of the fair share by which it may be passed without a price.
    other_day, other_worker, other_time : int
        To move a visit that stood in a roster before: to another day; to another worker, a seat;
        on the same day, by more than ``unmoved`` minutes.
    unmoved : int
        Minutes.
    """

    travel: int = 2
    late: int = 6
    above_share: int = 1
    tolerance: int = 20
    other_day: int = 120
    other_worker: int = 80
    other_time: int = 30
    unmoved: int = 30


@dataclass(frozen=True, slots=True)
class Week:
    """A period to be planned.

    Parameters
    ----------
    n_days : int
    visits : tuple of Visit
    workers : tuple of Worker
    travel : tuple of tuple of sequence of int
        Minutes from place to place by means of travel, shape (means, places, places), each below
        32,768. With thousands of places a row is an array, which takes a quarter of a tuple.
    weights : Weights
    """

    n_days: int
    visits: tuple[Visit, ...]
    workers: tuple[Worker, ...]
    travel: tuple[Sequence[Sequence[int]], ...]
    weights: Weights = Weights()

    def __post_init__(self) -> None:
        """Refuse what no roster can be read against."""
        for visit in self.visits:
            if len(visit.seats) not in (1, 2):
                raise ValueError(f"{visit.key} has {len(visit.seats)} seats, not one or two")
            if (len(visit.seats) == 2) != (visit.apart is not None):
                raise ValueError(f"{visit.key}: two seats, and only two, need to be so far apart")
            if visit.apart is not None and not 0 <= visit.apart[0] <= visit.apart[1]:
                raise ValueError(f"{visit.key}: {visit.apart} is no span of minutes")
        for worker in self.workers:
            turns = sorted(worker.turns, key=lambda one: (one.day, one.begins))
            for one, other in pairwise(turns):
                if one.day == other.day and other.begins < one.ends:
                    raise ValueError(f"{worker.key} works two turns at once on day {one.day}")

    def shares(self, tolerance: int | None = None) -> tuple[int, ...]:
        """Give each worker's fair share, in minutes of visits.

        Who has no skill that any visit asks for has no share.

        Parameters
        ----------
        tolerance : int or None
            Percent by which it may be passed; None for that of the weights.
        """
        seats = [seat for visit in self.visits for seat in visit.seats]
        asked = {seat.skill for seat in seats}
        whole = sum(seat.minutes for seat in seats)
        minutes = [
            one.minutes if None in asked or one.skills & asked else 0 for one in self.workers
        ]
        there = sum(minutes)
        more = 100 + (self.weights.tolerance if tolerance is None else tolerance)
        return tuple(whole * one * more // (100 * there) if there else 0 for one in minutes)

    def keeping(self, roster: Roster) -> Week:
        """Give the same week, in which it costs something to leave a roster."""
        kept = {one.visit: self.choice(one) for one in roster.placed}
        visits = tuple(replace(one, kept=kept.get(at)) for at, one in enumerate(self.visits))
        return replace(self, visits=visits)

    def choice(self, placed: Placed) -> Choice:
        """Put into names where a visit is placed."""
        who = tuple(self.workers[one].key for one in placed.workers)
        return Choice(placed.day, who, placed.starts[0])


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit in a roster: positions of visit and workers, day, and each seat's start."""

    visit: int
    day: int
    starts: tuple[int, ...]
    workers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """What is placed, by visit; what is missing from it is left out."""

    placed: tuple[Placed, ...]

    def of(self, visit: int) -> Placed | None:
        """Give where a visit is placed."""
        return next((one for one in self.placed if one.visit == visit), None)
