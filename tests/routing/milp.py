"""The least cost of a small day, as a mixed-integer programme that HiGHS proves optimal.

Written from the definition of the problem, and shares no line with the package nor with the other
oracle: arcs for each member of staff, a start for each service, and what starts are late.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

_OFFICE = -1


def least_cost(instance: dict[str, Any], bound: float) -> float:
    """Prove the least cost of a day whose cost need not be above a bound.

    Parameters
    ----------
    bound : float
        Cost of a roster that is known; with the triangle inequality nothing starts later than is
        late enough to cost more.

    Raises
    ------
    RuntimeError
        If no proof was found: nothing costs the bound or less, or HiGHS gave up.
    """
    return _Programme(instance, bound).solved()


class _Programme:
    def __init__(self, instance: dict[str, Any], bound: float) -> None:
        self.gaps = instance["distances"]
        usual = {one["id"]: one.get("default_duration") for one in instance["services"]}
        self.visits = instance["patients"]
        self.services: list[tuple[int, str, float]] = []  # place, service, minutes
        self.together: list[tuple[int, int, float, float]] = []
        for n, one in enumerate(self.visits):
            first = len(self.services)
            for asked in one["required_caregivers"]:
                minutes = asked.get("duration", usual[asked["service"]])
                self.services.append((n + 1, asked["service"], minutes))
            if len(one["required_caregivers"]) == 2:
                rule = one["synchronization"]
                low, high = rule["distance"] if rule["type"] == "sequential" else (0, 0)
                self.together.append((first, first + 1, low, high))
        self.able = [set(one["abilities"]) for one in instance["caregivers"]]
        self.bound = bound
        self.columns: dict[Any, int] = {}
        self.costs: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self._write()

    def _column(self, name: Any, cost: float, low: float, high: float, whole: int = 0) -> int:
        self.columns[name] = len(self.costs)
        self.costs.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return self.columns[name]

    def _row(self, terms: dict[int, float], low: float, high: float = np.inf) -> None:
        self.rows.append((terms, low, high))

    def _minutes(self, here: int, there: int) -> float:
        places = [0 if one == _OFFICE else self.services[one][0] for one in (here, there)]
        return float(self.gaps[places[0]][places[1]])

    def _write(self) -> None:
        latest_of = [self.visits[place - 1]["time_window"][1] for place, *_rest in self.services]
        most = self._column("most", 1 / 3, 0, 3 * self.bound)
        starts, late = [], []
        for n, (place, _service, _minutes) in enumerate(self.services):
            opens, closes = self.visits[place - 1]["time_window"]
            earliest = max(opens, self._minutes(_OFFICE, n))
            starts.append(self._column(("start", n), 0, earliest, closes + 1.5 * self.bound))
            late.append(self._column(("late", n), 1 / 3, 0, 1.5 * self.bound))
            self._row({late[n]: 1, starts[n]: -1}, -closes)
            self._row({most: 1, late[n]: -1}, 0)
        served: list[dict[int, float]] = [{} for _ in self.services]
        for worker, able in enumerate(self.able):
            mine = [n for n, one in enumerate(self.services) if one[1] in able]
            into: dict[int, dict[int, float]] = {n: {} for n in (*mine, _OFFICE)}
            out: dict[int, dict[int, float]] = {n: {} for n in (*mine, _OFFICE)}
            for here, there in permutations((*mine, _OFFICE), 2):
                arc = self._column(
                    (worker, here, there), self._minutes(here, there) / 3, 0, 1, whole=1
                )
                out[here][arc] = into[there][arc] = 1.0
                if there != _OFFICE and here != _OFFICE:
                    after = self.services[here][2] + self._minutes(here, there)
                    slack = max(
                        0.0, latest_of[here] + 1.5 * self.bound + after - self.low[starts[there]]
                    )
                    self._row({starts[there]: 1, starts[here]: -1, arc: -slack}, after - slack)
            for n in mine:
                self._row(into[n] | {arc: -1.0 for arc in out[n]}, 0, 0)
                served[n] |= into[n]
            self._row(out[_OFFICE], 0, 1)
            for one, other, _low, _high in self.together:
                if one in into and other in into:
                    self._row(into[one] | into[other], 0, 1)
        for terms in served:
            self._row(terms, 1, 1)
        for one, other, low, high in self.together:
            self._row({starts[other]: 1, starts[one]: -1}, low, high)
        self._row(
            {n: cost for n, cost in enumerate(self.costs) if cost}, 0, self.bound * (1 + 1e-6)
        )

    def solved(self) -> float:
        matrix = np.zeros((len(self.rows), len(self.costs)))
        for n, (terms, _low, _high) in enumerate(self.rows):
            for column, factor in terms.items():
                matrix[n, column] = factor
        found = milp(
            np.array(self.costs),
            constraints=LinearConstraint(
                matrix, [one[1] for one in self.rows], [one[2] for one in self.rows]
            ),
            bounds=Bounds(self.low, self.high),
            integrality=np.array(self.whole),
            options={"mip_rel_gap": 1e-7, "time_limit": 600},
        )
        if found.status != 0:
            raise RuntimeError(found.message)
        return float(found.fun)
