"""The order of one outing: proven shortest for a few goals, improved step by step for many.

Decides in which order goals are visited; leaves who is among them to `delegating`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from casework.matching.outings import Goal, Ways

__all__ = ["cheapest_place", "order_of"]

_EXACT_STOPS = 9
_MOST_PASSES = 30


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


def cheapest_place(route: Sequence[Goal], goal: Goal, ways: Ways) -> tuple[int, int]:
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
        before = _tour_length(found, way)
        found = _moved_about(_turned_round(found, way), way)
        if _tour_length(found, way) >= before:
            break
    return [route[one - 1] for one in found]


_Way = list[list[int]]


def _tour_length(tour: Sequence[int], way: _Way) -> int:
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
        if _tour_length(rest, way) < _tour_length(tour, way):
            tour = rest
    return tour
