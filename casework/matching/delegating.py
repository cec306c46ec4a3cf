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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from casework.matching.middles import apart, first_middles, mean
from casework.matching.outings import (
    Goal,
    Hindrance,
    Outing,
    Split,
    Ways,
    back_at,
    length_of,
    ways_of,
)
from casework.matching.touring import cheapest_place, order_of
from casework.matching.transport import transport

__all__ = ["hindrances", "split"]

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
        elif back_at(outing, order_of([*route, goal], ways_of(outing, ways)), ways) > outing.ends:
            told["late"] += 1
        else:
            told["free"] += 1
    if not outings:
        return [Hindrance("nobody", 0)]
    return [Hindrance(reason, count) for reason, count in told.most_common()]


class _Splitting:
    """One split under way."""

    def __init__(self, goals: Sequence[Goal], outings: Sequence[Outing], ways: Ways) -> None:
        self.goals = {one.key: one for one in goals}
        self.outings = {one.key: one for one in outings}
        own = {id(one): _remembered(one) for one in (ways_of(each, ways) for each in outings)}
        self.ways = {one.key: own[id(ways_of(one, ways))] for one in outings}
        self.orders: dict[tuple[int, tuple[str, ...]], list[Goal]] = {}
        self.room = {one.key: one.capacity for one in outings}
        self.middle = first_middles(goals, outings)
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
                key: mean([one.place for one in route if one.place]) or self.middle[key]
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
        return apart(goal.place, self.middle[key]) * self.outings[key].pace

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
        return length_of(route, self.ways[key])

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
                (*cheapest_place(routes[key], goal, self.ways[key]), key)
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
            self.middle[key] = mean(places) or self.middle[key]
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
            others.sort(key=lambda key: apart(here, self.middle[key]))
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
                    ((*cheapest_place(routes[to], goal, self.ways[to]), to) for to in others),
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
        to_me = {one.key: Coming(mine, one, self.ways[key]) for one in self._free(theirs, key)}
        to_them = {
            one.key: Coming(theirs, one, self.ways[other]) for one in self._free(mine, other)
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
        rest.insert(cheapest_place(rest, come, self.ways[key])[1], come)
        return rest

    @staticmethod
    def _free(route: Collection[Goal], to: str) -> list[Goal]:
        return [one for one in route if one.locked is None and to not in one.barred]


class Coming:
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
