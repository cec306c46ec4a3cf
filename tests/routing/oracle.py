"""Proof that a small day has no better roster, by trying all that could be: branch and bound.

Routes grow at their ends, one after the other; starts are a longest path over all rules of
the part that is there, so they only get later as it grows, and cost so far plus the least that is
missing bounds the whole from below. Distances must obey the triangle inequality. Written from the
definition of the problem, and shares no line with the package.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Node = tuple[str, int]  # person, position of the service


class Oracle:
    """One day, with an upper bound that is to be beaten."""

    def __init__(self, instance: dict[str, Any], bound: float) -> None:
        self.bound = 3 * bound - 1e-6
        self.gaps = instance["distances"]
        self.skills = [set(one["abilities"]) for one in instance["caregivers"]]
        usual = {one["id"]: one["default_duration"] for one in instance["services"]}
        self.place: dict[Node, int] = {}
        self.kind: dict[Node, str] = {}
        self.window: dict[Node, tuple[float, float]] = {}
        self.duration: dict[Node, float] = {}
        self.apart: dict[Node, tuple[Node, float, float]] = {}
        for place, one in enumerate(instance["patients"], 1):
            for n, service in enumerate(one["required_caregivers"]):
                node = (one["id"], n)
                self.place[node], self.kind[node] = place, service["service"]
                self.window[node] = tuple(one["time_window"])
                self.duration[node] = service.get("duration", usual[service["service"]])
            if len(one["required_caregivers"]) == 2:
                low, high = one["synchronization"].get("distance", (0, 0))
                self.apart[one["id"], 1] = ((one["id"], 0), low, high)

    def finds_better(self) -> bool:
        """Tell whether some roster costs less than the bound."""
        return self._grow(((),), frozenset(self.place))

    def _grow(self, routes: tuple[tuple[Node, ...], ...], missing: frozenset[Node]) -> bool:
        """Lengthen the last route, or leave it as it is and begin the next one's."""
        starts = self._starts(routes)
        if starts is None or self._at_least(routes, missing, starts) >= self.bound:
            return False
        if not missing:
            return True
        skills = self.skills[len(routes) - 1]
        *done, route = routes
        visited = {person for person, _n in route}
        for node in sorted(missing, key=lambda one: self.window[one]):
            if self.kind[node] in skills and node[0] not in visited:
                grown = (*done, (*route, node))
                if self._grow(grown, missing - {node}):
                    return True
        return len(routes) < len(self.skills) and self._grow((*routes, ()), missing)

    def _starts(self, routes: tuple[tuple[Node, ...], ...]) -> dict[Node, float] | None:
        """Give the earliest starts; None when the rules run in a circle."""
        starts = {node: self.window[node][0] for route in routes for node in route}
        for _round in range(2 * len(starts) + 2):
            before = dict(starts)
            for route in routes:
                free, here = 0.0, 0
                for node in route:
                    arrival = free + self.gaps[here][self.place[node]]
                    starts[node] = max(starts[node], arrival)
                    free, here = starts[node] + self.duration[node], self.place[node]
            for second, (first, low, high) in self.apart.items():
                if first in starts and second in starts:
                    starts[second] = max(starts[second], starts[first] + low)
                    starts[first] = max(starts[first], starts[second] - high)
            if starts == before:
                return starts
        return None

    def _at_least(
        self,
        routes: tuple[tuple[Node, ...], ...],
        missing: frozenset[Node],
        starts: dict[Node, float],
    ) -> float:
        """Bound the cost of every roster that these routes can grow into, three terms added."""
        distance = 0.0
        for route in routes:
            places = [0, *(self.place[node] for node in route)]
            distance += sum(self.gaps[a][b] for a, b in pairwise(places))
            if route is not routes[-1]:
                distance += self.gaps[places[-1]][0]
        here = self.place[routes[-1][-1]] if routes[-1] else 0
        free = starts[routes[-1][-1]] + self.duration[routes[-1][-1]] if routes[-1] else 0.0
        distance += min(self.gaps[place][0] for place in self._places(missing) | {here})
        late = [max(0.0, start - self.window[node][1]) for node, start in starts.items()]
        for node in missing:
            there = self.place[node]
            distance += min(
                self.gaps[place][there] for place in self._places(missing - {node}) | {0, here}
            )
            arrivals = [
                self.gaps[0][there]
                for skills in self.skills[len(routes) :]
                if self.kind[node] in skills
            ]
            if self.kind[node] in self.skills[len(routes) - 1]:
                arrivals.append(free + self.gaps[here][there])
            if not arrivals:
                return float("inf")
            late.append(max(0.0, min(arrivals) - self.window[node][1]))
        return float(distance + sum(late) + max(late, default=0.0))

    def _places(self, nodes: frozenset[Node]) -> set[int]:
        return {self.place[node] for node in nodes}
