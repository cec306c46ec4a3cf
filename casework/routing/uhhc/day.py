"""A day with shifts, lunch, wishes and optional visits, and a roster for it: plain values.

Decides what can be said about such a day; leaves to ``reading`` how it is written in a file. All
times are whole minutes of the day.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "HARD",
    "Day",
    "Lunch",
    "Roster",
    "Route",
    "Service",
    "Staff",
    "Stop",
    "Visit",
    "Weights",
]

HARD = -1  # instead of a weight: must not happen at all


@dataclass(frozen=True, slots=True)
class Service:
    """One thing to be done at a visit, by one member of staff, in so many minutes."""

    kind: str
    duration: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What one person needs at home on the day.

    Parameters
    ----------
    person : str
    place : int
        Row of the travel table.
    windows : tuple of (int, int)
        One or two, the earlier first, both ends inclusive. Nothing starts before the first opens;
        what starts after a window has closed, and before the next opens, is late.
    services : tuple of Service
        One or two.
    apart : tuple of int or None
        Of two services: least and greatest time from the start of the first to that of the second,
        in minutes, inclusive; (0, 0) for two at once. None when they need not be in step.
    is_optional : bool
        May be left out, at a cost.
    preferred : frozenset of str or None
        Names of the staff that the person wants; None for no wish.
    incompatible : frozenset of str
        Names of the staff that must not come.
    """

    person: str
    place: int
    windows: tuple[tuple[int, int], ...]
    services: tuple[Service, ...]
    apart: tuple[int, int] | None
    is_optional: bool
    preferred: frozenset[str] | None
    incompatible: frozenset[str]


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who makes visits.

    Parameters
    ----------
    name : str
    skills : frozenset of str
    origin, goal : int
        Rows of the travel table where the route begins and ends.
    shift : tuple of int
        Nobody leaves before the first minute; to be back after the second is extra time.
    eats : bool
        Whether a lunch break is due.
    """

    name: str
    skills: frozenset[str]
    origin: int
    goal: int
    shift: tuple[int, int]
    eats: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """What a unit of each term costs; preferences and lunch may be ``HARD``."""

    travel_time: int = 0
    total_tardiness: int = 0
    highest_tardiness: int = 0
    total_waiting_time: int = 0
    total_extra_time: int = 0
    max_idle_time: int = 0
    preferences: int = 0
    unscheduled: int = 0
    missed_lunch_break: int = 0


@dataclass(frozen=True, slots=True)
class Lunch:
    """When lunch may begin at the earliest, must be over, and how long it takes, in minutes."""

    earliest: int
    latest: int
    duration: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day to be planned.

    Parameters
    ----------
    visits : tuple of Visit
    staff : tuple of Staff
    travel : tuple of tuple of int
        Minutes from place to place, from row to column.
    lunch : Lunch or None
        None when nobody eats.
    weights : Weights
    is_met_at_end : bool
        Whether a window, of a visit or of lunch, must hold the end and not only the start.
    name : str
        What the file calls the day.
    """

    visits: tuple[Visit, ...]
    staff: tuple[Staff, ...]
    travel: tuple[tuple[int, ...], ...]
    lunch: Lunch | None
    weights: Weights
    is_met_at_end: bool
    name: str = ""

    def able(self, visit: int, service: int) -> list[int]:
        """Give the positions of the staff who may give a service of a visit."""
        one = self.visits[visit]
        kind = one.services[service].kind
        return [
            at
            for at, who in enumerate(self.staff)
            if kind in who.skills and who.name not in one.incompatible
        ]

    def is_possible(self, visit: int) -> bool:
        """Tell whether there is staff to make a visit, two where two must be in step."""
        one = self.visits[visit]
        able = [set(self.able(visit, k)) for k in range(len(one.services))]
        return all(able) and (one.apart is None or len(set.union(*able)) > 1)


@dataclass(frozen=True, slots=True)
class Stop:
    """One service in a route: positions of visit and service, and the minute it begins."""

    visit: int
    service: int
    start: int


@dataclass(frozen=True, slots=True)
class Route:
    """The day of one member of staff.

    Parameters
    ----------
    stops : tuple of Stop
        In order; empty for who stays.
    lunch : tuple of int or None
        Number of stops before it, and the minute it begins. It is taken at the place of the next
        stop, after the last at that of the last, without stops at home. None for no lunch.
    """

    stops: tuple[Stop, ...]
    lunch: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """One route for each of the day's staff, in the order of the day."""

    routes: tuple[Route, ...]
