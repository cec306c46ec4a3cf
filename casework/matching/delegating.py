"""Which delegation visits whom, in which of its outings, in which order: exact where it can be.

Decides a split of people among outings (a delegation on a day from one time until another) so that
as many as possible are visited, the most important first, and so that those of one outing live near
each other; and the order of each outing with its times. The split is a matching that is proven
cheapest (SciPy) for the middles of the outings, which are moved until it gets no cheaper; single
people and pairs are then moved as long as the ways get shorter. Rules are never broken: who may not
be visited by whom, how many, and when the delegation must be back. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

__all__ = ["Goal", "Hindrance", "Outing", "Split", "hindrances", "order_of", "split", "timetable"]

_EXACT_STOPS = 9
_MOST_ROUNDS = 12
_MOST_PASSES = 30
_GAIN = 1e-6

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
    """

    key: str
    begins: int
    ends: int
    capacity: int
    anchor: Place | None = None


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


def timetable(outing: Outing, route: Sequence[Goal], ways: Ways) -> tuple[list[int], int]:
    """Give when each visit of a route begins, and when the delegation is back, in minutes."""
    clock, here, starts = outing.begins, None, []
    for goal in route:
        clock += ways(here, goal.key)
        starts.append(clock)
        clock += goal.minutes
        here = goal.key
    return starts, clock + (ways(here, None) if route else 0)


def order_of(route: Sequence[Goal], ways: Ways) -> list[Goal]:
    """Put goals into the order with the shortest way from the base and back.

    Proven shortest for up to nine; for more, inserted where it is cheapest and then improved by
    turning stretches round.
    """
    if len(route) <= 2:
        return sorted(route, key=lambda one: (ways(None, one.key), one.key))
    if len(route) <= _EXACT_STOPS:
        return _shortest(sorted(route, key=lambda one: one.key), ways)
    return _turned(_inserted(sorted(route, key=lambda one: one.key), ways), ways)


def split(goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways) -> Split:
    """Split people among outings.

    Parameters
    ----------
    goals, outings : sequence
        Keys are unique on each side.

    Returns
    -------
    Split
        The same for the same input. No outing takes more than it may, comes back late, or takes
        whom it may not, unless locks make it do so.

    Raises
    ------
    ValueError
        If a key occurs twice or a lock names no outing there is.
    """
    for keys in ([one.key for one in goals], [one.key for one in outings]):
        if len(set(keys)) < len(keys):
            raise ValueError("a key occurs twice on one side")
    known = {one.key for one in outings}
    lost = next((one.locked for one in goals if one.locked and one.locked not in known), None)
    if lost is not None:
        raise ValueError(f"a lock names no outing there is: {lost}")
    return _Splitting(goals, outings, ways).run()


def hindrances(
    found: Split, goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways, key: str
) -> list[Hindrance]:
    """Tell what keeps somebody out of every outing, the most common first; nothing if visited."""
    if key not in found.left:
        return []
    goal = next(one for one in goals if one.key == key)
    by_key = {one.key: one for one in goals}
    told: Counter[str] = Counter()
    for outing in outings:
        if outing.key in goal.barred:
            told[goal.barred[outing.key]] += 1
            continue
        route = [by_key[one] for one in found.routes.get(outing.key, ())]
        if len(route) >= outing.capacity:
            told["full"] += 1
        elif _back(outing, order_of([*route, goal], ways), ways) > outing.ends:
            told["late"] += 1
        else:
            told["free"] += 1
    if not outings:
        return [Hindrance("nobody", 0)]
    return [Hindrance(reason, count) for reason, count in told.most_common()]


def _back(outing: Outing, route: Sequence[Goal], ways: Ways) -> int:
    return timetable(outing, route, ways)[1]


def _length(route: Sequence[Goal], ways: Ways) -> int:
    stops = [None, *(one.key for one in route), None]
    return sum(ways(one, other) for one, other in pairwise(stops)) if route else 0


def _shortest(route: Sequence[Goal], ways: Ways) -> list[Goal]:
    """Give the shortest order by looking at every set of goals once (Held and Karp)."""
    n = len(route)
    way = [[ways(a.key, b.key) for b in route] for a in route]
    out = [ways(None, one.key) for one in route]
    home = [ways(one.key, None) for one in route]
    best: dict[tuple[int, int], tuple[int, int]] = {(1 << i, i): (out[i], -1) for i in range(n)}
    for size in range(2, n + 1):
        for chosen in _sets(n, size):
            for last in range(n):
                if not chosen >> last & 1:
                    continue
                rest = chosen & ~(1 << last)
                best[chosen, last] = min(
                    (best[rest, one][0] + way[one][last], one)
                    for one in range(n)
                    if rest >> one & 1
                )
    whole = (1 << n) - 1
    last = min(range(n), key=lambda one: (best[whole, one][0] + home[one], one))
    found, chosen = [], whole
    while last >= 0:
        found.append(route[last])
        chosen, last = chosen & ~(1 << last), best[chosen, last][1]
    return found[::-1]


def _sets(n: int, size: int) -> Iterator[int]:
    return (one for one in range(1 << n) if one.bit_count() == size)


def _inserted(route: Sequence[Goal], ways: Ways) -> list[Goal]:
    found: list[Goal] = []
    for goal in route:
        at = _cheapest_place(found, goal, ways)[1]
        found.insert(at, goal)
    return found


def _cheapest_place(route: Sequence[Goal], goal: Goal, ways: Ways) -> tuple[int, int]:
    """Give how many minutes more a goal costs at its cheapest place in a route, and that place."""
    stops = [None, *(one.key for one in route), None]
    return min(
        (ways(one, goal.key) + ways(goal.key, other) - (ways(one, other) if route else 0), at)
        for at, (one, other) in enumerate(pairwise(stops))
    )


def _turned(route: list[Goal], ways: Ways) -> list[Goal]:
    """Turn stretches round, and move single goals, as long as the way gets shorter."""
    for _pass in range(_MOST_PASSES):
        before = _length(route, ways)
        for first in range(len(route) - 1):
            for last in range(first + 1, len(route)):
                other = route[:first] + route[first : last + 1][::-1] + route[last + 1 :]
                if _length(other, ways) < _length(route, ways):
                    route = other
        for goal in list(route):
            rest = [one for one in route if one is not goal]
            rest.insert(_cheapest_place(rest, goal, ways)[1], goal)
            if _length(rest, ways) < _length(route, ways):
                route = rest
        if _length(route, ways) >= before:
            break
    return route


class _Splitting:
    """One split under way."""

    def __init__(self, goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways) -> None:
        self.goals = {one.key: one for one in goals}
        self.outings = {one.key: one for one in outings}
        self.ways = ways
        self.room = {one.key: one.capacity for one in outings}
        self.middle = _first_middles(goals, outings)

    def run(self) -> Split:
        routes = self._matched()
        routes = self._in_time(routes)
        self._fill(routes)
        self._improve(routes)
        self._fill(routes)
        ordered = {key: order_of(route, self.ways) for key, route in routes.items() if route}
        placed = {one.key for route in ordered.values() for one in route}
        return Split(
            {key: tuple(one.key for one in route) for key, route in ordered.items()},
            tuple(key for key in self.goals if key not in placed),
            sum(_length(route, self.ways) for route in ordered.values()),
        )

    def _matched(self) -> dict[str, list[Goal]]:
        """Match goals with places of outings, moving the middles until that gets no cheaper."""
        best, found = float("inf"), self._match()
        for _round in range(_MOST_ROUNDS):
            cost = sum(self._price(one, key) for key, route in found.items() for one in route)
            if cost >= best - _GAIN:
                break
            best, kept = cost, found
            self.middle = {
                key: _mean([one.place for one in route if one.place]) or self.middle[key]
                for key, route in found.items()
            }
            found = self._match()
        return kept if best < float("inf") else found

    def _match(self) -> dict[str, list[Goal]]:
        """Give the cheapest split for the present middles: proven, over everybody at once."""
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        routes: dict[str, list[Goal]] = {key: [] for key in self.outings}
        free = []
        for goal in self.goals.values():
            if goal.locked is not None:
                routes[goal.locked].append(goal)
            else:
                free.append(goal)
        seats = [key for key in self.outings for _one in range(self.room[key] - len(routes[key]))]
        if not free:
            return routes
        # A place in an outing costs the way; a place of nobody costs more than all ways, by weight.
        never, far = 1e9, 1e4
        table = np.full((len(free), len(seats) + len(free)), 0.0)
        for at, goal in enumerate(free):
            price = {
                key: never if key in goal.barred else self._price(goal, key) for key in self.outings
            }
            table[at, : len(seats)] = [price[key] for key in seats]
            table[at, len(seats) :] = far * goal.weight
        rows, columns = linear_sum_assignment(table)
        for row, column in zip(rows, columns, strict=True):
            if column < len(seats) and table[row, column] < never:
                routes[seats[column]].append(free[row])
        return routes

    def _price(self, goal: Goal, key: str) -> float:
        middle = self.middle[key]
        if goal.place is None or middle is None:
            return 0.0
        return hypot(goal.place[0] - middle[0], goal.place[1] - middle[1])

    def _in_time(self, routes: dict[str, list[Goal]]) -> dict[str, list[Goal]]:
        """Let outings take fewer until all are back in time, and match anew each time."""
        while True:
            late = [key for key, route in routes.items() if self._is_late(key, route)]
            if not late:
                return routes
            for key in late:
                self.room[key] = len(routes[key]) - 1
            fewest = {key: sum(one.locked == key for one in routes[key]) for key in late}
            if all(self.room[key] < fewest[key] for key in late):
                return routes  # what is locked makes them late; a person decided so
            for key in late:
                self.room[key] = max(self.room[key], fewest[key])
            routes = self._match()

    def _is_late(self, key: str, route: Sequence[Goal]) -> bool:
        outing = self.outings[key]
        only_locked = all(one.locked == key for one in route)
        back = _back(outing, order_of(route, self.ways), self.ways)
        return back > outing.ends and not only_locked

    def _fits(self, key: str, route: Sequence[Goal]) -> bool:
        outing = self.outings[key]
        if len(route) > outing.capacity:
            return False
        least = outing.begins + sum(one.minutes for one in route)
        return least <= outing.ends and (
            _back(outing, route, self.ways) <= outing.ends
            or _back(outing, order_of(route, self.ways), self.ways) <= outing.ends
        )

    def _fill(self, routes: dict[str, list[Goal]]) -> None:
        """Put in whoever is still left out and fits, the most important first."""
        placed = {one.key for route in routes.values() for one in route}
        waiting = [one for one in self.goals.values() if one.key not in placed]
        for goal in sorted(waiting, key=lambda one: -one.weight):
            ways = [
                (*_cheapest_place(route, goal, self.ways), key)
                for key, route in routes.items()
                if key not in goal.barred and len(route) < self.outings[key].capacity
            ]
            for _more, at, key in sorted(ways):
                longer = [*routes[key][:at], goal, *routes[key][at:]]
                if self._fits(key, longer):
                    routes[key] = longer
                    break

    def _improve(self, routes: dict[str, list[Goal]]) -> None:
        """Move single people to other outings, and exchange two, as long as ways get shorter."""
        for key, route in routes.items():
            routes[key] = order_of(route, self.ways)
        for _pass in range(_MOST_PASSES):
            if not self._moved(routes) and not self._exchanged(routes):
                break

    def _moved(self, routes: dict[str, list[Goal]]) -> bool:
        any_moved = False
        for key in list(routes):
            for goal in list(routes[key]):
                if goal.locked is not None:
                    continue
                rest = [one for one in routes[key] if one is not goal]
                saved = _length(routes[key], self.ways) - _length(rest, self.ways)
                more, at, other = min(
                    (
                        (*_cheapest_place(route, goal, self.ways), to)
                        for to, route in routes.items()
                        if to != key and to not in goal.barred
                    ),
                    default=(saved, 0, ""),
                )
                if more >= saved:
                    continue
                longer = [*routes[other][:at], goal, *routes[other][at:]]
                if self._fits(other, longer):
                    routes[key], routes[other], any_moved = rest, longer, True
        return any_moved

    def _exchanged(self, routes: dict[str, list[Goal]]) -> bool:
        keys, any_moved = list(routes), False
        for place, key in enumerate(keys):
            for other in keys[place + 1 :]:
                any_moved |= self._exchange(routes, key, other)
        return any_moved

    def _exchange(self, routes: dict[str, list[Goal]], key: str, other: str) -> bool:
        """Exchange two people of two outings where both ways together get shorter."""
        before = _length(routes[key], self.ways) + _length(routes[other], self.ways)
        for one in self._free(routes[key], other):
            for two in self._free(routes[other], key):
                mine = self._with(routes[key], one, two)
                theirs = self._with(routes[other], two, one)
                after = _length(mine, self.ways) + _length(theirs, self.ways)
                if after < before and self._fits(key, mine) and self._fits(other, theirs):
                    routes[key], routes[other] = mine, theirs
                    return True
        return False

    def _with(self, route: Sequence[Goal], gone: Goal, come: Goal) -> list[Goal]:
        rest = [one for one in route if one is not gone]
        rest.insert(_cheapest_place(rest, come, self.ways)[1], come)
        return rest

    @staticmethod
    def _free(route: Collection[Goal], to: str) -> list[Goal]:
        return [one for one in route if one.locked is None and to not in one.barred]


def _first_middles(
    goals: Sequence[Goal], outings: Sequence[Outing]
) -> dict[str, Place | None]:  # fmt: skip
    """Give each outing a middle to begin with: its own, else as far from the others as can be."""
    places = sorted({one.place for one in goals if one.place is not None})
    found: dict[str, Place | None] = {}
    taken = [one.anchor for one in outings if one.anchor is not None]
    for outing in outings:
        if outing.anchor is not None or not places:
            found[outing.key] = outing.anchor
            continue
        chosen = max(
            places,
            key=lambda one: min((hypot(one[0] - a[0], one[1] - a[1]) for a in taken), default=0.0),
        )
        taken.append(chosen)
        found[outing.key] = chosen
    return found


def _mean(places: Sequence[Place]) -> Place | None:
    if not places:
        return None
    return sum(one[0] for one in places) / len(places), sum(one[1] for one in places) / len(places)
