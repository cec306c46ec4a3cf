"""When everything of one day starts, in the order of the day, and what that costs.

Decides starts and costs exactly as the judge counts them; leaves the roster to the moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.week.layout import (
    AT,
    BASE,
    BEGINS,
    CLOSES,
    DAY_N,
    ENDS,
    FIRST_TURN,
    FREE,
    HIGH,
    IMPOSSIBLE,
    KEPT_DAY,
    KEPT_START,
    LAST_TURN,
    LOW,
    MINUTES,
    MINUTES_TOO,
    MODE,
    OPENS,
    PLACE,
    SLOT,
    START,
    START_TOO,
    STOPS,
    TURN,
    TURN_TOO,
    W_DAY,
    W_LATE,
    W_TIME,
    W_TRAVEL,
    W_UNMOVED,
    WORKER,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["lay_out"]


@kernel
def _way(travel: Wholes, turn: Wholes, t: int, place: int) -> int:
    return travel[turn[MODE, t], turn[AT, t], place]  # type: ignore[no-any-return]


@kernel
def _serve(travel: Wholes, turn: Wholes, t: int, place: int, start: int, minutes: int) -> int:
    """Let a turn begin a seat, and give the minutes on the way there."""
    way = travel[turn[MODE, t], turn[AT, t], place]
    turn[AT, t] = place
    turn[FREE, t] = start + minutes
    turn[STOPS, t] += 1
    return way  # type: ignore[no-any-return]


@kernel
def _changed(unit: Wholes, tally: Wholes, u: int, d: int, start: int) -> int:
    """Give the price of leaving the day or the time that was kept."""
    kept = unit[KEPT_DAY, u]
    if kept < 0:
        return 0
    if kept != d:
        return tally[W_DAY]  # type: ignore[no-any-return]
    if unit[KEPT_START, u] >= 0 and abs(start - unit[KEPT_START, u]) > tally[W_UNMOVED]:
        return tally[W_TIME]  # type: ignore[no-any-return]
    return 0


@kernel
def _make(
    travel: Wholes, unit: Wholes, slot: Wholes, turn: Wholes, price: Wholes, tally: Wholes,
    u: int, d: int,
) -> int:  # fmt: skip
    """Let a unit start as early as its order allows, and give what it costs."""
    t, m, place, j = unit[TURN, u], unit[TURN_TOO, u], unit[PLACE, u], unit[SLOT, u]
    start = max(turn[FREE, t] + _way(travel, turn, t, place), slot[OPENS, u, j])
    minutes, minutes_too = unit[MINUTES, u], unit[MINUTES_TOO, u]
    cost = price[u, 0, turn[WORKER, t]]
    second = start
    if minutes_too > 0:
        low, high = unit[LOW, u], unit[HIGH, u]
        if m == t:
            second = start + max(minutes + travel[turn[MODE, t], place, place], low)
            if second > start + high:
                return IMPOSSIBLE
        else:
            there = turn[FREE, m] + _way(travel, turn, m, place)
            second = max(there, start + low)
            start = max(start, second - high)
        if second + minutes_too > turn[ENDS, m]:
            return IMPOSSIBLE
        cost += price[u, 1, turn[WORKER, m]]
    if start + minutes > turn[ENDS, t]:
        return IMPOSSIBLE
    way = _serve(travel, turn, t, place, start, minutes)
    if minutes_too > 0:
        way += _serve(travel, turn, m, place, second, minutes_too)
    unit[START, u] = start
    unit[START_TOO, u] = second
    cost += tally[W_TRAVEL] * way
    cost += tally[W_LATE] * max(0, start - slot[CLOSES, u, j])
    return cost + _changed(unit, tally, u, d, start)  # type: ignore[no-any-return]


@kernel
def lay_out(
    travel: Wholes, unit: Wholes, slot: Wholes, turn: Wholes, price: Wholes, order: Wholes,
    day: Wholes, tally: Wholes, d: int, most: int,
) -> int:  # fmt: skip
    """Start everything of one day, and give its cost; beyond a bound, give up early."""
    first, last = day[FIRST_TURN, d], day[LAST_TURN, d]
    for t in range(first, last):
        turn[AT, t] = turn[BASE, t]
        turn[FREE, t] = turn[BEGINS, t]
        turn[STOPS, t] = 0
    cost = 0
    for position in range(day[DAY_N, d]):
        cost += _make(travel, unit, slot, turn, price, tally, order[d, position], d)
        if cost > most:
            return cost
    for t in range(first, last):
        if turn[STOPS, t] > 0:
            way = _way(travel, turn, t, turn[BASE, t])
            if turn[FREE, t] + way > turn[ENDS, t]:
                return IMPOSSIBLE
            cost += tally[W_TRAVEL] * way
    return cost
