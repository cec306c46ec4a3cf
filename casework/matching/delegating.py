"""Which delegation visits whom, in which of its outings, in which order: exact where it can be.

Decides a split of people among outings (a delegation on a day from one time until another) so that
as many as possible are visited, the most important first, and so that those of one outing live near
each other; and the order of each outing with its times. The split is a matching that is proven
cheapest (SciPy) for the middles of the outings, which are moved until it gets no cheaper; single
people and pairs are then moved as long as the ways get shorter. Of thousands, the middles are moved
a few times, and people only between outings that are near. Rules are never broken: who may not
be visited by whom, how many, and when the delegation must be back. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from casework.matching.transport import transport

__all__ = [
    "Goal",
    "Hindrance",
    "Outing",
    "Split",
    "hindrances",
    "order_of",
    "split",
    "timetable",
    "ways_of",
]

_EXACT_STOPS = 9
_MOST_ROUNDS = 12
_FEW = 20_000  # goals times outings: beyond, a matching takes seconds
_FEWER_ROUNDS = 3
_MOST_PASSES = 30
_GAIN = 1e-6
# Beyond so many outings only those near by are tried for somebody; the matching looks at all.
_NEAR = 12
_DENSE_CELLS = 250_000
_MOST_ORDERS = 100_000
_NEVER, _FAR = 1e9, 1e4

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


def order_of(route: Sequence[Goal], ways: Ways) -> list[Goal]:
    """Put goals into the order with the shortest way from the base and back.

    Proven shortest for up to nine; for more, inserted where it is cheapest and then improved by
    turning stretches round.
    """
    if len(route) <= 2:
        return sorted(route, key=lambda one: (ways(None, one.key), one.key))
    if len(route) <= _EXACT_STOPS:
        return _shortest(sorted(route, key=lambda one: one.key), ways)
    return _put_in_order(sorted(route, key=lambda one: one.key), ways)


def split(goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways) -> Split:
    """Split people among outings.

    Parameters
    ----------
    goals, outings : sequence
        Keys are unique on each side.
    ways : Ways
        Of outings that have none of their own.

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
        elif _back(outing, order_of([*route, goal], ways_of(outing, ways)), ways) > outing.ends:
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


def _cheapest_place(route: Sequence[Goal], goal: Goal, ways: Ways) -> tuple[int, int]:
    """Give how many minutes more a goal costs at its cheapest place in a route, and that place."""
    stops = [None, *(one.key for one in route), None]
    return min(
        (ways(one, goal.key) + ways(goal.key, other) - (ways(one, other) if route else 0), at)
        for at, (one, other) in enumerate(pairwise(stops))
    )


def _put_in_order(route: Sequence[Goal], ways: Ways) -> list[Goal]:
    """Insert goals where it is cheapest, then turn stretches round and move single goals.

    Reckons in numbers of goals, 0 for the base, since a week of campaigns asks for thousands.
    """
    stops = [None, *(one.key for one in route)]
    way = [[ways(one, other) for other in stops] for one in stops]
    found: list[int] = []
    for goal in range(1, len(stops)):
        found.insert(_cheapest_at(found, goal, way)[1], goal)
    for _pass in range(_MOST_PASSES):
        before = _length_of(found, way)
        found = _moved_about(_turned_round(found, way), way)
        if _length_of(found, way) >= before:
            break
    return [route[one - 1] for one in found]


_Way = list[list[int]]


def _length_of(tour: Sequence[int], way: _Way) -> int:
    return sum(way[one][other] for one, other in pairwise((0, *tour, 0)))


def _cheapest_at(tour: Sequence[int], goal: int, way: _Way) -> tuple[int, int]:
    """Give how many minutes more a goal costs at its cheapest place in a tour, and that place."""
    return min(
        (way[one][goal] + way[goal][other] - way[one][other], at)
        for at, (one, other) in enumerate(pairwise((0, *tour, 0)))
    )


def _turned_round(tour: list[int], way: _Way) -> list[int]:
    """Turn every stretch round that is shorter the other way."""
    for first in range(len(tour) - 1):
        before = tour[first - 1] if first else 0
        there = back = 0  # along the stretch as it is, and the other way
        for last in range(first + 1, len(tour)):
            one, other = tour[last - 1], tour[last]
            there, back = there + way[one][other], back + way[other][one]
            after = tour[last + 1] if last + 1 < len(tour) else 0
            now = way[before][tour[first]] + there + way[other][after]
            if way[before][other] + back + way[tour[first]][after] < now:
                tour = tour[:first] + tour[first : last + 1][::-1] + tour[last + 1 :]
                there, back = back, there
    return tour


def _moved_about(tour: list[int], way: _Way) -> list[int]:
    """Move every goal to where it costs least."""
    for goal in list(tour):
        rest = [one for one in tour if one != goal]
        rest.insert(_cheapest_at(rest, goal, way)[1], goal)
        if _length_of(rest, way) < _length_of(tour, way):
            tour = rest
    return tour


class _Splitting:
    """One split under way."""

    def __init__(self, goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways) -> None:
        self.goals = {one.key: one for one in goals}
        self.outings = {one.key: one for one in outings}
        own = {id(one): _remembered(one) for one in (ways_of(each, ways) for each in outings)}
        self.ways = {one.key: own[id(ways_of(one, ways))] for one in outings}
        self.orders: dict[tuple[int, tuple[str, ...]], list[Goal]] = {}
        self.room = {one.key: one.capacity for one in outings}
        self.middle = _first_middles(goals, outings)
        self.is_few = len(goals) * len(outings) <= _FEW
        self.clock = 0
        self.changed = dict.fromkeys(self.outings, 0)
        self.settled: dict[str | tuple[str, str], int] = {}

    def run(self) -> Split:
        routes = self._matched()
        routes = self._in_time(routes)
        self._fill(routes)
        self._improve(routes)
        self._fill(routes)
        ordered = {key: self._order_of(key, route) for key, route in routes.items() if route}
        placed = {one.key for route in ordered.values() for one in route}
        return Split(
            {key: tuple(one.key for one in route) for key, route in ordered.items()},
            tuple(key for key in self.goals if key not in placed),
            sum(self._length(key, route) for key, route in ordered.items()),
        )

    def _matched(self) -> dict[str, list[Goal]]:
        """Match goals with places of outings, moving the middles until that gets no cheaper."""
        best, found = float("inf"), self._match()
        for _round in range(_MOST_ROUNDS if self.is_few else _FEWER_ROUNDS):
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
        routes: dict[str, list[Goal]] = {key: [] for key in self.outings}
        free = []
        for goal in self.goals.values():
            if goal.locked is not None:
                routes[goal.locked].append(goal)
            else:
                free.append(goal)
        if not free:
            return routes
        room = {key: max(0, self.room[key] - len(routes[key])) for key in self.outings}
        cells = len(free) * (sum(room.values()) + len(free))
        pairs = self._dense(free, room) if cells <= _DENSE_CELLS else self._sparse(free, room)
        for at, key in pairs:
            routes[key].append(free[at])
        return routes

    def _dense(self, free: Sequence[Goal], room: Mapping[str, int]) -> Iterator[tuple[int, str]]:
        """Match by one table with a column for each place of an outing."""
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        seats = [key for key, places in room.items() for _one in range(places)]
        # A place in an outing costs the way; a place of nobody costs more than all ways, by weight.
        table = np.full((len(free), len(seats) + len(free)), 0.0)
        for at, goal in enumerate(free):
            price = {
                key: _NEVER if key in goal.barred else self._price(goal, key)
                for key in self.outings
            }
            table[at, : len(seats)] = [price[key] for key in seats]
            table[at, len(seats) :] = _FAR * goal.weight
        rows, columns = linear_sum_assignment(table)
        for row, column in zip(rows, columns, strict=True):
            if column < len(seats) and table[row, column] < _NEVER:
                yield int(row), seats[column]

    def _sparse(self, free: Sequence[Goal], room: Mapping[str, int]) -> Iterator[tuple[int, str]]:
        """Match as a transport problem, by the outings near somebody and those that prices name."""
        import numpy as np

        keys = list(self.outings)
        table = np.array([[self._price(one, key) for key in keys] for one in free])
        for at, goal in enumerate(free):
            table[at, [n for n, key in enumerate(keys) if key in goal.barred]] = np.inf
        alone = np.array([_FAR * one.weight for one in free])
        for row, column in transport(table, np.array([room[key] for key in keys]), alone):
            yield row, keys[column]

    def _price(self, goal: Goal, key: str) -> float:
        return _apart(goal.place, self.middle[key]) * self.outings[key].pace

    def _in_time(self, routes: dict[str, list[Goal]]) -> dict[str, list[Goal]]:
        """Let outings take fewer until all are back in time, and match few goals anew each time."""
        if not self.is_few:
            return {key: self._shed(key, route) for key, route in routes.items()}
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
        only_locked = all(one.locked == key for one in route)
        back = self._busy(key, self._order_of(key, route))
        return back > self.outings[key].ends and not only_locked

    def _shed(self, key: str, route: Sequence[Goal]) -> list[Goal]:
        """Let goals go until an outing is back in time: who weighs least and is farthest off."""
        route = self._order_of(key, route)
        while self._is_late(key, route):
            whole = self._length(key, route)
            gone = min(
                (one for one in route if one.locked != key),
                key=lambda one: (
                    one.weight,
                    self._length(key, [each for each in route if each is not one]) - whole,
                    one.key,
                ),
            )
            route = self._order_of(key, [one for one in route if one is not gone])
        return route

    def _length(self, key: str, route: Sequence[Goal]) -> int:
        """Give the minutes on the way of an outing with these goals in this order."""
        return _length(route, self.ways[key])

    def _order_of(self, key: str, route: Sequence[Goal]) -> list[Goal]:
        """Give the order of these goals in an outing, found once for all that travel like it."""
        ways = self.ways[key]
        what = id(ways), tuple(sorted(one.key for one in route))
        if what not in self.orders:
            if len(self.orders) > _MOST_ORDERS:
                self.orders.clear()
            self.orders[what] = order_of(route, ways)
        return list(self.orders[what])

    def _fits(self, key: str, route: Sequence[Goal]) -> bool:
        outing = self.outings[key]
        if len(route) > outing.capacity:
            return False
        least = outing.begins + sum(one.minutes for one in route)
        return least <= outing.ends and (
            self._busy(key, route) <= outing.ends
            or self._busy(key, self._order_of(key, route)) <= outing.ends
        )

    def _fill(self, routes: dict[str, list[Goal]]) -> None:
        """Put in whoever is still left out and fits, the most important first."""
        placed = {one.key for route in routes.values() for one in route}
        waiting = [one for one in self.goals.values() if one.key not in placed]
        if waiting:
            routes.update({key: self._order_of(key, route) for key, route in routes.items()})
        busy = {key: self._busy(key, route) for key, route in routes.items()}
        for goal in sorted(waiting, key=lambda one: -one.weight):
            ways = [
                (*_cheapest_place(routes[key], goal, self.ways[key]), key)
                for key in self.outings
                if key not in goal.barred
                and len(routes[key]) < self.outings[key].capacity
                and busy[key] + goal.minutes <= self.outings[key].ends  # nobody comes without time
            ]
            for _more, at, key in sorted(ways):
                longer = [*routes[key][:at], goal, *routes[key][at:]]
                if self._fits(key, longer):
                    routes[key] = self._order_of(key, longer)
                    busy[key] = self._busy(key, routes[key])
                    break

    def _busy(self, key: str, route: Sequence[Goal]) -> int:
        """Give until when an outing is busy with these goals in this order."""
        visiting = sum(one.minutes for one in route)
        return self.outings[key].begins + visiting + self._length(key, route)

    def _near(self, goal: Goal) -> list[str]:
        """Give the outings that may take somebody, of many those whose middles are nearest."""
        able = [key for key in self.outings if key not in goal.barred]
        if len(able) <= _NEAR:
            return able
        return sorted(able, key=lambda key: self._price(goal, key))[:_NEAR]

    def _improve(self, routes: dict[str, list[Goal]]) -> None:
        """Move single people to other outings, and exchange two, as long as ways get shorter."""
        for key, route in routes.items():
            routes[key] = self._order_of(key, route)
            places = [one.place for one in route if one.place]
            self.middle[key] = _mean(places) or self.middle[key]
        near = {one.key: self._near(one) for one in self.goals.values()}
        pairs = self._pairs()
        for _pass in range(_MOST_PASSES):
            if not self._moved(routes, near) and not self._exchanged(routes, pairs):
                break

    def _pairs(self) -> list[tuple[str, str]]:
        """Give the pairs of outings between which people may be exchanged, of many those near."""
        keys = list(self.outings)
        if len(keys) <= _NEAR:
            return [(one, two) for at, one in enumerate(keys) for two in keys[at + 1 :]]
        place = {key: at for at, key in enumerate(keys)}
        found = set()
        for one in keys:
            here = self.middle[one]
            others = [key for key in keys if key != one]
            others.sort(key=lambda key: _apart(here, self.middle[key]))
            found |= {
                tuple(sorted((one, two), key=lambda key: place[key])) for two in others[:_NEAR]
            }
        return sorted(((one, two) for one, two in found), key=lambda two: [place[k] for k in two])

    def _is_settled(self, what: str | tuple[str, str], outings: Iterable[str]) -> bool:
        """Tell whether this was tried since any of these outings changed."""
        tried = self.settled.get(what, -1)
        return all(self.changed[key] <= tried for key in outings)

    def _touch(self, *outings: str) -> None:
        self.clock += 1
        self.changed.update(dict.fromkeys(outings, self.clock))

    def _moved(self, routes: dict[str, list[Goal]], near: Mapping[str, Sequence[str]]) -> bool:
        any_moved = False
        for key in list(routes):
            for goal in list(routes[key]):
                others = [one for one in near[goal.key] if one != key]
                if goal.locked is not None or self._is_settled(goal.key, (key, *others)):
                    continue
                rest = [one for one in routes[key] if one is not goal]
                saved = self._length(key, routes[key]) - self._length(key, rest)
                more, at, other = min(
                    ((*_cheapest_place(routes[to], goal, self.ways[to]), to) for to in others),
                    default=(saved, 0, ""),
                )
                longer = [*routes[other][:at], goal, *routes[other][at:]] if more < saved else []
                if more < saved and self._fits(other, longer):
                    routes[key], routes[other], any_moved = rest, longer, True
                    self._touch(key, other)
                else:
                    self.settled[goal.key] = self.clock
        return any_moved

    def _exchanged(self, routes: dict[str, list[Goal]], pairs: Iterable[tuple[str, str]]) -> bool:
        any_moved = False
        for pair in pairs:
            if self._is_settled(pair, pair):
                continue
            if self._exchange(routes, *pair):
                self._touch(*pair)
                any_moved = True
            else:
                self.settled[pair] = self.clock
        return any_moved

    def _exchange(self, routes: dict[str, list[Goal]], key: str, other: str) -> bool:
        """Exchange two people of two outings where both ways together get shorter."""
        mine, theirs = routes[key], routes[other]
        to_me = {one.key: _Coming(mine, one, self.ways[key]) for one in self._free(theirs, key)}
        to_them = {
            one.key: _Coming(theirs, one, self.ways[other]) for one in self._free(mine, other)
        }
        at = {one.key: n for route in (mine, theirs) for n, one in enumerate(route)}
        saved = {
            one.key: self._length(to, route) - self._length(to, [*route[:n], *route[n + 1 :]])
            for to, route in ((key, mine), (other, theirs))
            for n, one in enumerate(route)
        }
        for one in self._free(mine, other):
            for two in self._free(theirs, key):
                come = to_me[two.key].instead_of(at[one.key])
                come += to_them[one.key].instead_of(at[two.key])
                if come >= saved[one.key] + saved[two.key]:
                    continue
                longer = self._with(key, mine, one, two), self._with(other, theirs, two, one)
                if self._fits(key, longer[0]) and self._fits(other, longer[1]):
                    routes[key], routes[other] = longer
                    return True
        return False

    def _with(self, key: str, route: Sequence[Goal], gone: Goal, come: Goal) -> list[Goal]:
        rest = [one for one in route if one is not gone]
        rest.insert(_cheapest_place(rest, come, self.ways[key])[1], come)
        return rest

    @staticmethod
    def _free(route: Collection[Goal], to: str) -> list[Goal]:
        return [one for one in route if one.locked is None and to not in one.barred]


class _Coming:
    """What it costs that somebody comes into a route in place of one of its goals.

    Holds the three cheapest places, of which the leaving of one goal takes at most two.
    """

    def __init__(self, route: Sequence[Goal], goal: Goal, ways: Ways) -> None:
        stops = [None, *(one.key for one in route), None]
        to, back = [ways(one, goal.key) for one in stops], [ways(goal.key, one) for one in stops]
        more = [
            (to[n] + back[n + 1] - ways(stops[n], stops[n + 1]), n) for n in range(len(route) + 1)
        ]
        self.cheapest = sorted(more)[:3]
        self.between = [
            to[n] + back[n + 2] - (ways(stops[n], stops[n + 2]) if len(route) > 1 else 0)
            for n in range(len(route))
        ]

    def instead_of(self, at: int) -> int:
        """Give the minutes more than without the goal at this place of the route."""
        elsewhere = [cost for cost, n in self.cheapest if n not in (at, at + 1)]
        return min(self.between[at], *elsewhere[:1]) if elsewhere else self.between[at]


def _remembered(ways: Ways) -> Ways:
    """Ask for each way once."""
    known: dict[tuple[str | None, str | None], int] = {}

    def way(one: str | None, other: str | None) -> int:
        found = known.get((one, other))
        if found is None:
            found = known[one, other] = ways(one, other)
        return found

    return way


def _apart(one: Place | None, other: Place | None) -> float:
    if one is None or other is None:
        return 0.0
    return hypot(one[0] - other[0], one[1] - other[1])


def _first_middles(
    goals: Sequence[Goal], outings: Sequence[Outing]
) -> dict[str, Place | None]:  # fmt: skip
    """Give each outing a middle to begin with: its own, else as far from the others as can be."""
    import numpy as np

    places = sorted({one.place for one in goals if one.place is not None})
    found: dict[str, Place | None] = {}
    if not places:
        return {one.key: one.anchor for one in outings}
    east, north = np.array(places).T
    nearest = np.full(len(places), np.inf)

    def take(place: Place) -> None:
        np.minimum(nearest, np.hypot(east - place[0], north - place[1]), out=nearest)

    for one in outings:
        if one.anchor is not None:
            take(one.anchor)
    for outing in outings:
        chosen = outing.anchor
        if chosen is None:
            chosen = places[int(np.argmax(nearest))]
            take(chosen)
        found[outing.key] = chosen
    return found


def _mean(places: Sequence[Place]) -> Place | None:
    if not places:
        return None
    return sum(one[0] for one in places) / len(places), sum(one[1] for one in places) / len(places)
