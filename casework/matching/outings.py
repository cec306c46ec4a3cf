"""Outings and who is visited in them: the words of a split, and the times of a route.

Decides when each visit of a route begins and when the delegation is back; leaves who goes where to
`delegating` and the order of a route to `touring`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = [
    "Goal", "Hindrance", "Outing", "Place", "Split", "Ways", "back_at", "length_of", "timetable",
    "ways_of",
]  # fmt: skip

Place = tuple[float, float]
Ways = Callable[[str | None, str | None], int]
"""Minutes on the way between two goals by their keys; None stands for the base."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Somebody to be visited.

    Parameters
    ----------
    key : str
    minutes : int
        How long the visit takes, at least 1.
    place : (float, float) or None
        East and north in kilometres; None where it is not known.
    weight : int
        How much it matters that somebody comes, at least 1: who weighs more is not left out for
        who weighs less.
    barred : mapping of str to str
        Keys of outings that may not take this one, each with the reason: ``rank``, ``segment``,
        ``area``, ``hours``.
    locked : str or None
        Key of the outing that keeps this one, whatever speaks against it.
    """

    key: str
    minutes: int
    place: Place | None = None
    weight: int = 1
    barred: Mapping[str, str] = field(default_factory=dict)
    locked: str | None = None


@dataclass(frozen=True, slots=True)
class Outing:
    """A delegation on its way.

    Parameters
    ----------
    begins, ends : int
        Minutes of the day: when it leaves its base, and when it must be back.
    capacity : int
        Visits at most.
    anchor : (float, float) or None
        Where it is meant to be about, such as the middle of its area.
    ways : Ways or None
        Minutes as this one travels; None as the others do.
    pace : float
        How many times as long as the others it takes for a kilometre.
    """

    key: str
    begins: int
    ends: int
    capacity: int
    anchor: Place | None = None
    ways: Ways | None = None
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """Who is visited in which outing.

    Attributes
    ----------
    routes : dict of str to tuple of str
        Keys of goals in their order, by key of outing; an outing that takes nobody has none.
    left : tuple of str
        Keys of goals that nobody visits.
    minutes : int
        On the way, all outings together.
    """

    routes: dict[str, tuple[str, ...]]
    left: tuple[str, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What stands in somebody's way: a reason, and how many outings it is said of.

    ``full`` and ``late`` are said of outings that may take the person but have no place or no time
    left.
    """

    reason: str
    count: int


def ways_of(outing: Outing, ways: Ways) -> Ways:
    """Give the minutes on the way as an outing travels, where those of the others are known."""
    return ways if outing.ways is None else outing.ways


def timetable(outing: Outing, route: Sequence[Goal], ways: Ways) -> tuple[list[int], int]:
    """Give when each visit of a route begins, and when the delegation is back, in minutes.

    Parameters
    ----------
    ways : Ways
        Of an outing that has none of its own.
    """
    ways = ways_of(outing, ways)
    clock, here, starts = outing.begins, None, []
    for goal in route:
        clock += ways(here, goal.key)
        starts.append(clock)
        clock += goal.minutes
        here = goal.key
    return starts, clock + (ways(here, None) if route else 0)


def back_at(outing: Outing, route: Sequence[Goal], ways: Ways) -> int:
    """Give when an outing is back from a route, in minutes of the day."""
    return timetable(outing, route, ways)[1]


def length_of(route: Sequence[Goal], ways: Ways) -> int:
    """Give the minutes on the way of a route, from the base and back."""
    stops = [None, *(one.key for one in route), None]
    return sum(ways(one, other) for one, other in pairwise(stops)) if route else 0
