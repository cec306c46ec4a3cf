"""The search: one change to the week after another, kept when not too much worse.

Decides which roster to try next. Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing,
Science 220 (1983). A move touches one or two units, and only the days of these are laid out again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from casework.routing.compiled import entry, kernel
from casework.routing.kernel.basics import below
from casework.routing.kernel.basics import unit as draw
from casework.routing.week.layout import (
    ACCEPTED,
    BEST_COST,
    BEST_POSITION,
    BEST_SLOT,
    BEST_START,
    BEST_START_TOO,
    BEST_TURN,
    BEST_TURN_TOO,
    COST,
    DAY,
    DAY_COST,
    DAY_N,
    DAY_STAMP,
    DAY_WAS,
    IMPOSSIBLE,
    LOAD,
    LOGGED,
    MINUTES,
    MINUTES_TOO,
    MOVES,
    N_DAYS,
    N_SLOTS,
    N_UNITS,
    OFF,
    OFF_TOO,
    OPENS,
    POSITION,
    SHARE,
    SLOT,
    SLOT_DAY,
    SPREAD,
    SPREAD_TOO,
    STAMP,
    START,
    START_TOO,
    TURN,
    TURN_TOO,
    VALUE,
    W_ABOVE,
    WORKER,
)
from casework.routing.week.times import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from casework.routing.compiled import Wholes

__all__ = ["bind"]

# Shares of the moves of placed units in percent; the rest leaves one out.
BESIDE, SWAPS, STAFF_CHANGES, STEPS, ANYWHERE = 45, 20, 14, 10, 9
FARTHEST_STEP = 6  # positions in the order of a day


@kernel
def _count(turn: Wholes, worker: Wholes, tally: Wholes, t: int, minutes: int) -> None:
    """Count minutes of visits for a worker, and what those above the share cost."""
    w = turn[WORKER, t]
    before = max(0, worker[LOAD, w] - worker[SHARE, w])
    worker[LOAD, w] += minutes
    after = max(0, worker[LOAD, w] - worker[SHARE, w])
    tally[COST] += tally[W_ABOVE] * (after - before)


@kernel
def _touch(day: Wholes, tally: Wholes, d: int) -> None:
    day[DAY_STAMP, d] = tally[MOVES]


@kernel
def _put(
    unit: Wholes, slot: Wholes, turn: Wholes, order: Wholes, worker: Wholes, day: Wholes,
    tally: Wholes, u: int, j: int, t: int, m: int, goal: int,
) -> None:  # fmt: skip
    """Take a unit from where it is, if anywhere, and put it into the order of a slot's day."""
    if unit[SLOT, u] >= 0:
        d = slot[SLOT_DAY, u, unit[SLOT, u]]
        day[DAY_N, d] -= 1
        for at in range(unit[POSITION, u], day[DAY_N, d]):
            order[d, at] = order[d, at + 1]
            unit[POSITION, order[d, at]] = at
        _touch(day, tally, d)
        _count(turn, worker, tally, unit[TURN, u], -unit[MINUTES, u])
        if unit[MINUTES_TOO, u] > 0:
            _count(turn, worker, tally, unit[TURN_TOO, u], -unit[MINUTES_TOO, u])
        tally[COST] += unit[VALUE, u]
    unit[SLOT, u], unit[TURN, u], unit[TURN_TOO, u] = j, t, m
    if j < 0:
        return
    d = slot[SLOT_DAY, u, j]
    goal = min(max(goal, 0), day[DAY_N, d])
    for at in range(day[DAY_N, d], goal, -1):
        order[d, at] = order[d, at - 1]
        unit[POSITION, order[d, at]] = at
    order[d, goal] = u
    unit[POSITION, u] = goal
    day[DAY_N, d] += 1
    _touch(day, tally, d)
    _count(turn, worker, tally, t, unit[MINUTES, u])
    if unit[MINUTES_TOO, u] > 0:
        _count(turn, worker, tally, m, unit[MINUTES_TOO, u])
    tally[COST] -= unit[VALUE, u]


@kernel
def _move(
    unit: Wholes, slot: Wholes, turn: Wholes, order: Wholes, worker: Wholes, day: Wholes,
    tally: Wholes, undo: Wholes, u: int, j: int, t: int, m: int, goal: int,
) -> None:  # fmt: skip
    """Put a unit somewhere, and log where it was."""
    at = tally[LOGGED]
    undo[0, at], undo[1, at] = u, unit[SLOT, u]
    undo[2, at], undo[3, at], undo[4, at] = unit[TURN, u], unit[TURN_TOO, u], unit[POSITION, u]
    tally[LOGGED] = at + 1
    _put(unit, slot, turn, order, worker, day, tally, u, j, t, m, goal)


@kernel
def _roll_back(
    unit: Wholes, slot: Wholes, turn: Wholes, order: Wholes, worker: Wholes, day: Wholes,
    tally: Wholes, undo: Wholes,
) -> None:  # fmt: skip
    for at in range(tally[LOGGED] - 1, -1, -1):
        _put(
            unit, slot, turn, order, worker, day, tally,
            undo[0, at], undo[1, at], undo[2, at], undo[3, at], undo[4, at],
        )  # fmt: skip
    tally[LOGGED] = 0


@kernel
def _is_in(pool: Wholes, off: int, n: int, t: int) -> bool:
    """Tell whether a turn is in a stretch of the pool, which is sorted."""
    low, high = off, off + n
    while low < high:
        middle = (low + high) // 2
        if pool[middle] < t:
            low = middle + 1
        else:
            high = middle
    return low < off + n and pool[low] == t


@kernel
def _slot_on(slot: Wholes, unit: Wholes, tally: Wholes, u: int, d: int) -> int:
    """Choose a slot of a unit on a day; -1 when there is none."""
    found, n = -1, 0
    for j in range(unit[N_SLOTS, u]):
        if slot[SLOT_DAY, u, j] == d and slot[SPREAD, u, j] > 0:
            n += 1
            if n == 1 or below(tally, n) == 0:
                found = j
    return found


@kernel
def _second(slot: Wholes, unit: Wholes, pool: Wholes, tally: Wholes, u: int, j: int) -> int:
    """Choose who takes the second seat; -1 without one, -2 when nobody can."""
    if unit[MINUTES_TOO, u] == 0:
        return -1
    n = slot[SPREAD_TOO, u, j]
    if n == 0:
        return -2
    return int(pool[slot[OFF_TOO, u, j] + below(tally, n)])


@kernel
def _stand_beside(
    unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, near: Wholes, order: Wholes,
    worker: Wholes, day: Wholes, tally: Wholes, undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Put a unit before or after a neighbour, on its day and with its worker."""
    v = near[u, below(tally, near.shape[1])]
    if v == u or unit[SLOT, v] < 0:
        return
    d = slot[SLOT_DAY, v, unit[SLOT, v]]
    j = _slot_on(slot, unit, tally, u, d)
    if j < 0:
        return
    t = unit[TURN, v]
    if unit[MINUTES_TOO, v] > 0 and below(tally, 2) == 0:
        t = unit[TURN_TOO, v]
    m = _second(slot, unit, pool, tally, u, j)
    if m == -2:
        return
    if m >= 0:  # keep one of the two who come already, mostly
        if below(tally, 2) == 0 and _is_in(pool, slot[OFF_TOO, u, j], slot[SPREAD_TOO, u, j], t):
            m, t = t, pool[slot[OFF, u, j] + below(tally, slot[SPREAD, u, j])]
            if unit[SLOT, u] >= 0 and turn[DAY, unit[TURN, u]] == d and below(tally, 2) == 0:
                t = unit[TURN, u]
        elif unit[SLOT, u] >= 0 and turn[DAY, unit[TURN_TOO, u]] == d and below(tally, 2) == 0:
            m = unit[TURN_TOO, u]
        if not _is_in(pool, slot[OFF_TOO, u, j], slot[SPREAD_TOO, u, j], m):
            return
    if not _is_in(pool, slot[OFF, u, j], slot[SPREAD, u, j], t):
        return
    goal = unit[POSITION, v] + below(tally, 2)
    if unit[SLOT, u] >= 0 and turn[DAY, unit[TURN, u]] == d and unit[POSITION, u] < goal:
        goal -= 1
    _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, goal)


@kernel
def _swap(
    unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, near: Wholes, order: Wholes,
    worker: Wholes, day: Wholes, tally: Wholes, undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Exchange the places of two units; one that was left out takes the other's place."""
    v = near[u, below(tally, near.shape[1])]
    if v == u or unit[SLOT, v] < 0 or (unit[SLOT, u] < 0 and unit[MINUTES_TOO, u] > 0):
        return
    if (unit[MINUTES_TOO, u] > 0) != (unit[MINUTES_TOO, v] > 0):
        return
    here, there = unit[SLOT, u], slot[SLOT_DAY, v, unit[SLOT, v]]
    j = _slot_on(slot, unit, tally, u, there)
    t, m, position = unit[TURN, v], unit[TURN_TOO, v], unit[POSITION, v]
    if j < 0 or not _is_in(pool, slot[OFF, u, j], slot[SPREAD, u, j], t):
        return
    if m >= 0 and not _is_in(pool, slot[OFF_TOO, u, j], slot[SPREAD_TOO, u, j], m):
        return
    if here < 0:
        _move(unit, slot, turn, order, worker, day, tally, undo, v, -1, -1, -1, 0)
        _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, position)
        return
    i = _slot_on(slot, unit, tally, v, slot[SLOT_DAY, u, here])
    s, r, at = unit[TURN, u], unit[TURN_TOO, u], unit[POSITION, u]
    if i < 0 or not _is_in(pool, slot[OFF, v, i], slot[SPREAD, v, i], s):
        return
    if r >= 0 and not _is_in(pool, slot[OFF_TOO, v, i], slot[SPREAD_TOO, v, i], r):
        return
    _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, position)
    _move(unit, slot, turn, order, worker, day, tally, undo, v, i, s, r, at)


@kernel
def _change_staff(
    unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, order: Wholes, worker: Wholes,
    day: Wholes, tally: Wholes, undo: Wholes, u: int,
) -> None:  # fmt: skip
    j, t, m = unit[SLOT, u], unit[TURN, u], unit[TURN_TOO, u]
    if m >= 0 and below(tally, 2) == 0:
        m = pool[slot[OFF_TOO, u, j] + below(tally, slot[SPREAD_TOO, u, j])]
    else:
        t = pool[slot[OFF, u, j] + below(tally, slot[SPREAD, u, j])]
    if t != unit[TURN, u] or m != unit[TURN_TOO, u]:
        at = unit[POSITION, u]
        _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, at)


@kernel
def _go_anywhere(
    unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, order: Wholes, worker: Wholes,
    day: Wholes, tally: Wholes, undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Put a unit into any slot with any worker, among what begins about when it opens."""
    j = below(tally, unit[N_SLOTS, u])
    if slot[SPREAD, u, j] == 0:
        return
    t = pool[slot[OFF, u, j] + below(tally, slot[SPREAD, u, j])]
    m = _second(slot, unit, pool, tally, u, j)
    if m == -2:
        return
    d = slot[SLOT_DAY, u, j]
    goal = below(tally, day[DAY_N, d] + 1)
    if below(tally, 2) == 0:
        goal = 0
        while goal < day[DAY_N, d]:
            v = order[d, goal]
            if slot[OPENS, v, unit[SLOT, v]] > slot[OPENS, u, j]:
                break
            goal += 1
    _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, goal)


@kernel
def _change(
    unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, near: Wholes, order: Wholes,
    worker: Wholes, day: Wholes, tally: Wholes, undo: Wholes,
) -> None:  # fmt: skip
    """Make one change of any kind, or none where the drawn one is not possible."""
    u = below(tally, tally[N_UNITS])
    drawn = below(tally, 100)
    if unit[N_SLOTS, u] == 0:
        return
    if unit[SLOT, u] < 0:
        if drawn < BESIDE:
            _stand_beside(unit, slot, turn, pool, near, order, worker, day, tally, undo, u)
        elif drawn < BESIDE + SWAPS:
            _swap(unit, slot, turn, pool, near, order, worker, day, tally, undo, u)
        else:
            _go_anywhere(unit, slot, turn, pool, order, worker, day, tally, undo, u)
    elif drawn < BESIDE:
        _stand_beside(unit, slot, turn, pool, near, order, worker, day, tally, undo, u)
    elif drawn < BESIDE + SWAPS:
        _swap(unit, slot, turn, pool, near, order, worker, day, tally, undo, u)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES:
        _change_staff(unit, slot, turn, pool, order, worker, day, tally, undo, u)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES + STEPS:
        goal = unit[POSITION, u] - FARTHEST_STEP + below(tally, 2 * FARTHEST_STEP + 1)
        j, t, m = unit[SLOT, u], unit[TURN, u], unit[TURN_TOO, u]
        again = _slot_on(slot, unit, tally, u, slot[SLOT_DAY, u, j])
        if _is_in(pool, slot[OFF, u, again], slot[SPREAD, u, again], t) and (
            m < 0 or _is_in(pool, slot[OFF_TOO, u, again], slot[SPREAD_TOO, u, again], m)
        ):
            j = again
        _move(unit, slot, turn, order, worker, day, tally, undo, u, j, t, m, goal)
    elif drawn < BESIDE + SWAPS + STAFF_CHANGES + STEPS + ANYWHERE:
        _go_anywhere(unit, slot, turn, pool, order, worker, day, tally, undo, u)
    else:
        _move(unit, slot, turn, order, worker, day, tally, undo, u, -1, -1, -1, 0)


@kernel
def _judge(
    travel: Wholes, unit: Wholes, slot: Wholes, turn: Wholes, price: Wholes, order: Wholes,
    day: Wholes, tally: Wholes, most: int,
) -> bool:  # fmt: skip
    """Lay out the touched days, and tell whether the roster costs at most so much."""
    for d in range(tally[N_DAYS]):
        if day[DAY_STAMP, d] == tally[MOVES]:
            tally[COST] -= day[DAY_COST, d]
            day[DAY_WAS, d] = day[DAY_COST, d]
            day[DAY_COST, d] = 0
    for d in range(tally[N_DAYS]):
        if day[DAY_STAMP, d] == tally[MOVES]:
            bound = most - tally[COST]
            if bound < 0:
                return False
            cost = lay_out(travel, unit, slot, turn, price, order, day, tally, d, bound)
            day[DAY_COST, d] = cost
            tally[COST] += cost
            if cost > bound:
                return False
    return tally[COST] <= most  # type: ignore[no-any-return]


@kernel
def _keep_best(unit: Wholes, tally: Wholes) -> None:
    if tally[COST] < tally[BEST_COST]:
        tally[BEST_COST] = tally[COST]
        for u in range(tally[N_UNITS]):
            unit[BEST_SLOT, u] = unit[SLOT, u]
            unit[BEST_TURN, u] = unit[TURN, u]
            unit[BEST_TURN_TOO, u] = unit[TURN_TOO, u]
            unit[BEST_POSITION, u] = unit[POSITION, u]
            unit[BEST_START, u] = unit[START, u]
            unit[BEST_START_TOO, u] = unit[START_TOO, u]


@kernel
def _begin(
    travel: Wholes, unit: Wholes, slot: Wholes, turn: Wholes, price: Wholes, order: Wholes,
    worker: Wholes, day: Wholes, tally: Wholes,
) -> None:  # fmt: skip
    """Count and cost the whole roster afresh."""
    cost = 0
    for w in range(worker.shape[1]):
        worker[LOAD, w] = 0
    for u in range(tally[N_UNITS]):
        if unit[SLOT, u] < 0:
            cost += unit[VALUE, u]
            continue
        worker[LOAD, turn[WORKER, unit[TURN, u]]] += unit[MINUTES, u]
        if unit[MINUTES_TOO, u] > 0:
            worker[LOAD, turn[WORKER, unit[TURN_TOO, u]]] += unit[MINUTES_TOO, u]
    for w in range(worker.shape[1]):
        cost += tally[W_ABOVE] * max(0, worker[LOAD, w] - worker[SHARE, w])
    for d in range(tally[N_DAYS]):
        found = lay_out(travel, unit, slot, turn, price, order, day, tally, d, IMPOSSIBLE)
        day[DAY_COST, d] = found
        day[DAY_STAMP, d] = -1
        cost += found
    tally[COST] = cost
    tally[LOGGED] = 0


def bind(stamp: int) -> Callable[..., bool]:
    """Give the search, bound to a stamp of its sources, as numba's cache must know of them."""

    @entry
    def anneal(
        travel: Wholes, unit: Wholes, slot: Wholes, turn: Wholes, pool: Wholes, price: Wholes,
        near: Wholes, order: Wholes, worker: Wholes, day: Wholes, tally: Wholes, undo: Wholes,
        temperature: float, moves: int,
    ) -> bool:  # fmt: skip
        """Make moves at one temperature, given in points; tell whether the week can be worked."""
        tally[STAMP] = stamp
        _begin(travel, unit, slot, turn, price, order, worker, day, tally)
        if tally[COST] >= IMPOSSIBLE:
            return False
        _keep_best(unit, tally)
        for _again in range(moves):
            tally[MOVES] += 1
            before = tally[COST]
            _change(unit, slot, turn, pool, near, order, worker, day, tally, undo)
            if tally[LOGGED] == 0:
                continue
            most = before + int(-temperature * math.log(draw(tally)))
            if _judge(travel, unit, slot, turn, price, order, day, tally, most):
                tally[LOGGED] = 0
                tally[ACCEPTED] += 1
                if tally[COST] < tally[BEST_COST]:
                    # Starts of days that a refused move laid out are not those of the roster.
                    for d in range(tally[N_DAYS]):
                        lay_out(
                            travel, unit, slot, turn, price, order, day, tally, d, IMPOSSIBLE
                        )  # fmt: skip
                    _keep_best(unit, tally)
            else:
                _roll_back(unit, slot, turn, order, worker, day, tally, undo)
                for d in range(tally[N_DAYS]):
                    if day[DAY_STAMP, d] == tally[MOVES]:
                        day[DAY_COST, d] = day[DAY_WAS, d]
                tally[COST] = before
        return True

    return anneal
