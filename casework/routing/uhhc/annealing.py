"""The search: one change to the roster after another, kept when not too much worse.

Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 220 (1983).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from casework.routing.compiled import entry, kernel
from casework.routing.kernel.basics import unit as draw
from casework.routing.uhhc.layout import (
    ACCEPTED,
    BEST_BY,
    BEST_COST,
    BEST_FROM,
    BEST_KEY,
    BEST_WINDOW,
    BY,
    COST,
    FROM,
    IDLE,
    IDLEST,
    KEY,
    LARGEST,
    LOGGED,
    MOVES,
    N_SERVICES,
    N_STAFF,
    N_UNITS,
    ROUTES,
    SINCE_NUMBERED,
    STAMP,
    VISITS,
    W_IDLE,
    W_TRAVEL,
    WINDOW,
)
from casework.routing.uhhc.linking import number, roll_back
from casework.routing.uhhc.moves import change
from casework.routing.uhhc.times import lay_out, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from casework.routing.compiled import Wholes

__all__ = ["bind"]

NUMBER_AFTER = 1_000  # moves accepted; by then there may be little room between some keys


@kernel
def _keep_best(node: Wholes, unit: Wholes, staff: Wholes, tally: Wholes) -> None:
    if tally[COST] < tally[BEST_COST]:
        tally[BEST_COST] = tally[COST]
        for u in range(tally[N_UNITS]):
            unit[BEST_KEY, u] = unit[KEY, u]
            unit[BEST_WINDOW, u] = unit[WINDOW, u]
        for s in range(tally[N_SERVICES]):
            node[BEST_BY, s] = node[BY, s]
        for k in range(tally[N_STAFF]):
            staff[BEST_FROM, k] = staff[FROM, k]


@kernel
def _guide(staff: Wholes, rule: Wholes, tally: Wholes, cost: int, temperature: float) -> float:
    """Give what a roster is judged by on the way: the cost, the longest idle time blunted.

    Where many are idle for about as long, hardly any change makes the longest shorter, and most
    that save travel make it longer. So it gives way to a power mean over the staff, the more so
    the hotter the search; the mean is never longer, and close where one is idle for much longest.
    """
    if rule[W_IDLE] == 0:
        return float(cost)
    total = 0.0
    for k in range(tally[N_STAFF]):
        square = float(staff[IDLE, k]) * float(staff[IDLE, k])
        total += square * square * square * square
    mean = math.sqrt(math.sqrt(math.sqrt(total / tally[N_STAFF])))
    blunt = temperature / (temperature + max(1, rule[W_TRAVEL]))
    return cost + rule[W_IDLE] * blunt * (mean - tally[IDLEST])  # type: ignore[no-any-return]


@kernel
def _one_move(
    travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes,
    near: Wholes, rule: Wholes, tally: Wholes, undo: Wholes, temperature: float,
) -> bool:  # fmt: skip
    """Make a change, and keep it or roll it back; tell whether it was kept."""
    routes, visits = tally[ROUTES], tally[VISITS]
    largest, idlest = tally[LARGEST], tally[IDLEST]
    if change(node, unit, staff, able, dear, near, rule, tally, undo):
        most = _guide(staff, rule, tally, tally[COST], temperature)
        most -= temperature * math.log(draw(tally))
        cost = settle(travel, node, unit, staff, rule, tally, undo)
        if _guide(staff, rule, tally, cost, temperature) <= most:
            tally[LOGGED] = 0
            tally[COST] = cost
            return True
    if tally[LOGGED] > 0:
        roll_back(node, unit, staff, tally, undo)
        tally[ROUTES], tally[VISITS] = routes, visits
        tally[LARGEST], tally[IDLEST] = largest, idlest
    return False


def bind(stamp: int) -> Callable[..., bool]:
    """Give the search, bound to a stamp of its sources, as numba's cache must know of them."""

    @entry
    def anneal(
        travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes,
        near: Wholes, rule: Wholes, tally: Wholes, undo: Wholes,
        temperature: float, moves: int,
    ) -> bool:  # fmt: skip
        """Cost the roster, then make moves at one temperature, given in units of the objective."""
        tally[STAMP] = stamp
        tally[COST] = lay_out(travel, node, unit, staff, dear, rule, tally, undo)
        number(node, unit, tally)
        _keep_best(node, unit, staff, tally)
        for _move in range(moves):
            if _one_move(
                travel, node, unit, staff, able, dear, near, rule, tally, undo, temperature
            ):  # fmt: skip
                tally[ACCEPTED] += 1
                _keep_best(node, unit, staff, tally)
                tally[SINCE_NUMBERED] += 1
                if tally[SINCE_NUMBERED] > NUMBER_AFTER:
                    number(node, unit, tally)
        tally[MOVES] += moves
        return True

    return anneal
