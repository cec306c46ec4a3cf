"""The search: one change to the roster after another, kept when not too much worse.

Decides which roster to try next. Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing,
Science 220 (1983).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from casework.routing.compiled import entry, kernel
from casework.routing.kernel.basics import below
from casework.routing.kernel.basics import unit as draw
from casework.routing.uhhc.layout import (
    ABLE,
    ACCEPTED,
    BEST_BY,
    BEST_COST,
    BEST_FROM,
    BEST_WINDOW,
    BY,
    COST,
    EATS,
    FIRST,
    FROM,
    LOGGED,
    LUNCH_LAST,
    LUNCH_OPENS,
    MATE,
    MOVES,
    N_SERVICES,
    N_STAFF,
    N_UNITS,
    OPENS_AGAIN,
    OPTIONAL,
    POSITION,
    SECOND,
    STAMP,
    UNIT,
    UNREACHED,
    WINDOW,
)
from casework.routing.uhhc.times import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from casework.routing.compiled import Wholes

__all__ = ["bind"]

# What the log says was changed.
BY_CHANGED, ORDER_CHANGED, WINDOW_CHANGED, FROM_CHANGED = range(4)
# Shares of the moves in percent; the rest changes windows and lunches.
BESIDE, SWAPS, STAFF_CHANGES, STEPS, OPTIONS = 45, 18, 15, 10, 6
FARTHEST_STEP = 12  # positions in the order


@kernel
def _log(tally: Wholes, undo: Wholes, what: int, which: int, was: int) -> None:
    at = tally[LOGGED]
    undo[0, at], undo[1, at], undo[2, at] = what, which, was
    tally[LOGGED] = at + 1


@kernel
def _give(service: Wholes, tally: Wholes, undo: Wholes, s: int, k: int) -> None:
    """Let somebody, or nobody, give a service."""
    if service[BY, s] != k:
        _log(tally, undo, BY_CHANGED, s, service[BY, s])
        service[BY, s] = k


@kernel
def _shift(unit: Wholes, order: Wholes, origin: int, goal: int) -> None:
    """Take a unit out of the order and put it in at another position."""
    u = order[0, origin]
    step = 1 if goal > origin else -1
    at = origin
    while at != goal:
        other = order[0, at + step]
        order[0, at] = other
        unit[POSITION, other] = at
        at += step
    order[0, goal] = u
    unit[POSITION, u] = goal


@kernel
def _reorder(
    unit: Wholes, order: Wholes, tally: Wholes, undo: Wholes, u: int, goal: int
) -> None:  # fmt: skip
    origin = unit[POSITION, u]
    goal = min(max(goal, 0), tally[N_UNITS] - 1)
    if origin != goal:
        _log(tally, undo, ORDER_CHANGED, origin, goal)
        _shift(unit, order, origin, goal)


@kernel
def _roll_back(
    unit: Wholes, service: Wholes, staff: Wholes, order: Wholes, tally: Wholes, undo: Wholes
) -> None:  # fmt: skip
    for at in range(tally[LOGGED] - 1, -1, -1):
        what, which, was = undo[0, at], undo[1, at], undo[2, at]
        if what == BY_CHANGED:
            service[BY, which] = was
        elif what == ORDER_CHANGED:
            _shift(unit, order, was, which)
        elif what == WINDOW_CHANGED:
            unit[WINDOW, which] = was
        else:
            staff[FROM, which] = was
    tally[LOGGED] = 0


@kernel
def _other(unit: Wholes, service: Wholes, s: int) -> int:
    """Give the service in step with one, or -1."""
    u = service[UNIT, s]
    return unit[SECOND, u] if unit[FIRST, u] == s else unit[FIRST, u]  # type: ignore[no-any-return]


@kernel
def _may(unit: Wholes, service: Wholes, dear: Wholes, s: int, k: int) -> bool:
    """Tell whether somebody may give a service, its other half left with whom it has."""
    if k < 0 or dear[s, k] < 0:
        return False
    other = _other(unit, service, s)
    return other < 0 or service[BY, other] != k


@kernel
def _is_out(unit: Wholes, service: Wholes, u: int) -> bool:
    return service[BY, unit[FIRST, u]] < 0  # type: ignore[no-any-return]


@kernel
def _stand_beside(
    unit: Wholes, service: Wholes, order: Wholes, dear: Wholes, near: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Put a unit before or after a neighbour, mostly with the neighbour's staff."""
    v = near[u, below(tally, near.shape[1])]
    if v == u or _is_out(unit, service, v):
        return
    if below(tally, 8) > 0:
        s, t = unit[FIRST, u], unit[FIRST, v]
        if unit[SECOND, u] >= 0 and below(tally, 2) == 0:
            s = unit[SECOND, u]
        if unit[SECOND, v] >= 0 and below(tally, 2) == 0:
            t = unit[SECOND, v]
        if not _may(unit, service, dear, s, service[BY, t]):
            return
        _give(service, tally, undo, s, service[BY, t])
    goal = unit[POSITION, v]
    if unit[POSITION, u] < goal:
        goal -= 1
    _reorder(unit, order, tally, undo, u, goal + below(tally, 2))


@kernel
def _swap(
    unit: Wholes, service: Wholes, order: Wholes, dear: Wholes, near: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Exchange the positions of two neighbours, and their staff where these may."""
    v = near[u, below(tally, near.shape[1])]
    if v == u or _is_out(unit, service, v):
        return
    s, t = unit[FIRST, u], unit[FIRST, v]
    if unit[SECOND, u] >= 0 and below(tally, 2) == 0:
        s = unit[SECOND, u]
    if unit[SECOND, v] >= 0 and below(tally, 2) == 0:
        t = unit[SECOND, v]
    k, m = service[BY, s], service[BY, t]
    if k != m:
        if not _may(unit, service, dear, s, m) or not _may(unit, service, dear, t, k):
            return
        _give(service, tally, undo, s, m)
        _give(service, tally, undo, t, k)
        if below(tally, 4) == 0:
            return
    here, there = unit[POSITION, u], unit[POSITION, v]
    _reorder(unit, order, tally, undo, u, there)
    _reorder(unit, order, tally, undo, v, here)


@kernel
def _change_staff(
    unit: Wholes, service: Wholes, able: Wholes, dear: Wholes, tally: Wholes, undo: Wholes, u: int
) -> None:  # fmt: skip
    s = unit[FIRST, u]
    if unit[SECOND, u] >= 0 and below(tally, 2) == 0:
        s = unit[SECOND, u]
    k = able[s, below(tally, service[ABLE, s])]
    if _may(unit, service, dear, s, k):
        _give(service, tally, undo, s, k)


@kernel
def _leave_out(unit: Wholes, service: Wholes, tally: Wholes, undo: Wholes, u: int) -> None:
    for one in (u, unit[MATE, u]):
        _give(service, tally, undo, unit[FIRST, one], -1)
        if unit[SECOND, one] >= 0:
            _give(service, tally, undo, unit[SECOND, one], -1)


@kernel
def _bring_back(
    unit: Wholes, service: Wholes, order: Wholes, able: Wholes, dear: Wholes, near: Wholes,
    tally: Wholes, undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Put a visit that was left out beside a neighbour, with staff that may make it."""
    for one in (u, unit[MATE, u]):
        if not _is_out(unit, service, one):
            continue  # its own mate, already back
        s, t = unit[FIRST, one], unit[SECOND, one]
        v = near[one, below(tally, near.shape[1])]
        k = able[s, below(tally, service[ABLE, s])]
        if not _is_out(unit, service, v) and dear[s, service[BY, unit[FIRST, v]]] >= 0:
            k = service[BY, unit[FIRST, v]]
        m = -1
        if t >= 0:
            m = able[t, below(tally, service[ABLE, t])]
            if m == k:
                return
        goal = unit[POSITION, v]
        if unit[POSITION, one] < goal:
            goal -= 1
        _reorder(unit, order, tally, undo, one, goal + below(tally, 2))
        _give(service, tally, undo, s, k)
        if t >= 0:
            _give(service, tally, undo, t, m)


@kernel
def _rethink(
    unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes, undo: Wholes, u: int
) -> None:
    """Wait for the other window, or eat at another time."""
    if unit[OPENS_AGAIN, u] < UNREACHED and below(tally, 2) == 0:
        _log(tally, undo, WINDOW_CHANGED, u, unit[WINDOW, u])
        unit[WINDOW, u] = 1 - unit[WINDOW, u]
        return
    k = below(tally, tally[N_STAFF])
    if staff[EATS, k] == 1:
        _log(tally, undo, FROM_CHANGED, k, staff[FROM, k])
        early = max(0, rule[LUNCH_OPENS] - 60)
        staff[FROM, k] = early + below(tally, rule[LUNCH_LAST] + 61 - early)


@kernel
def _change(
    unit: Wholes, service: Wholes, staff: Wholes, order: Wholes, able: Wholes, dear: Wholes,
    near: Wholes, rule: Wholes, tally: Wholes, undo: Wholes,
) -> None:  # fmt: skip
    """Make one change of any kind, or none where the drawn one is not possible."""
    drawn = below(tally, 100)
    u = below(tally, tally[N_UNITS])
    if _is_out(unit, service, u):
        if unit[OPTIONAL, u] == 1:
            _bring_back(unit, service, order, able, dear, near, tally, undo, u)
            if _is_out(unit, service, u) or _is_out(unit, service, unit[MATE, u]):
                _roll_back(unit, service, staff, order, tally, undo)
        return
    if drawn < BESIDE:
        _stand_beside(unit, service, order, dear, near, tally, undo, u)
    elif drawn < BESIDE + SWAPS:
        _swap(unit, service, order, dear, near, tally, undo, u)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES:
        _change_staff(unit, service, able, dear, tally, undo, u)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES + STEPS:
        goal = unit[POSITION, u] - FARTHEST_STEP + below(tally, 2 * FARTHEST_STEP + 1)
        _reorder(unit, order, tally, undo, u, goal)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES + STEPS + OPTIONS and unit[OPTIONAL, u] == 1:
        _leave_out(unit, service, tally, undo, u)
    else:
        _rethink(unit, staff, rule, tally, undo, u)


@kernel
def _keep_best(
    unit: Wholes, service: Wholes, staff: Wholes, order: Wholes, tally: Wholes
) -> None:  # fmt: skip
    if tally[COST] < tally[BEST_COST]:
        tally[BEST_COST] = tally[COST]
        for u in range(tally[N_UNITS]):
            order[1, u] = order[0, u]
            unit[BEST_WINDOW, u] = unit[WINDOW, u]
        for s in range(tally[N_SERVICES]):
            service[BEST_BY, s] = service[BY, s]
        for k in range(tally[N_STAFF]):
            staff[BEST_FROM, k] = staff[FROM, k]


def bind(stamp: int) -> Callable[..., bool]:
    """Give the search, bound to a stamp of its sources, as numba's cache must know of them."""

    @entry
    def anneal(
        travel: Wholes, unit: Wholes, service: Wholes, staff: Wholes, order: Wholes,
        able: Wholes, dear: Wholes, near: Wholes, rule: Wholes, tally: Wholes, undo: Wholes,
        temperature: float, moves: int,
    ) -> bool:  # fmt: skip
        """Cost the roster, then make moves at one temperature, given in units of the objective."""
        tally[STAMP] = stamp
        tally[LOGGED] = 0
        tally[COST] = lay_out(
            travel, unit, service, staff, order, dear, rule, tally, UNREACHED
        )  # fmt: skip
        _keep_best(unit, service, staff, order, tally)
        for _move in range(moves):
            _change(unit, service, staff, order, able, dear, near, rule, tally, undo)
            if tally[LOGGED] == 0:
                continue
            most = tally[COST] + int(-temperature * math.log(draw(tally)))
            cost = lay_out(travel, unit, service, staff, order, dear, rule, tally, most)
            if cost <= most:
                tally[LOGGED] = 0
                tally[ACCEPTED] += 1
                tally[COST] = cost
                _keep_best(unit, service, staff, order, tally)
            else:
                _roll_back(unit, service, staff, order, tally, undo)
        tally[MOVES] += moves
        return True

    return anneal
