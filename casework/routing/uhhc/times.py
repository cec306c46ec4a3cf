"""When everything starts, in the order of the day, and what that costs.

Decides starts, lunches and costs of a whole roster, exactly as the judge counts them; leaves the
roster to the moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.uhhc.layout import (
    AT,
    AT_END,
    BY,
    CLOSES,
    CLOSES_AGAIN,
    DURATION,
    EATS,
    END,
    FIRST,
    FREE,
    FROM,
    GOAL,
    HIGH,
    HOME,
    HUNGRY,
    LARGEST,
    LOW,
    LUNCH_AFTER,
    LUNCH_AT,
    LUNCH_LAST,
    LUNCH_OPENS,
    LUNCH_TAKES,
    MISSED,
    N_STAFF,
    N_UNITS,
    OPENS,
    OPENS_AGAIN,
    PLACE,
    SECOND,
    SHIFT,
    SPENT,
    START,
    STOPS,
    W_EXTRA,
    W_HUNGRY,
    W_IDLE,
    W_LARGEST,
    W_LATE,
    W_TRAVEL,
    W_WAITING,
    WINDOW,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["lay_out"]


@kernel
def _begin(staff: Wholes, tally: Wholes) -> None:
    tally[LARGEST] = 0
    for k in range(tally[N_STAFF]):
        staff[AT, k] = staff[HOME, k]
        staff[FREE, k] = staff[SHIFT, k]
        staff[SPENT, k] = 0
        staff[HUNGRY, k] = staff[EATS, k]
        staff[STOPS, k] = 0
        staff[LUNCH_AT, k] = -1


@kernel
def _eat(staff: Wholes, rule: Wholes, k: int, arrival: int, planned: int) -> int:
    """Let one who arrives eat if it is time by the planned start; give when they can go on."""
    if staff[HUNGRY, k] == 0 or planned < staff[FROM, k]:
        return arrival
    start = max(arrival, rule[LUNCH_OPENS])
    if start > rule[LUNCH_LAST]:
        return arrival
    staff[HUNGRY, k] = 0
    staff[LUNCH_AT, k] = start
    staff[LUNCH_AFTER, k] = staff[STOPS, k]
    return start + rule[LUNCH_TAKES]  # type: ignore[no-any-return]


@kernel
def _serve(
    travel: Wholes, unit: Wholes, service: Wholes, staff: Wholes, rule: Wholes, dear: Wholes,
    tally: Wholes, u: int, s: int, arrival: int, ready: int, start: int,
) -> int:  # fmt: skip
    """Give a service at a start, and what that adds to the cost."""
    k = service[BY, s]
    way = travel[staff[AT, k], unit[PLACE, u]]
    cost = rule[W_TRAVEL] * way + dear[s, k]
    if staff[STOPS, k] > 0:
        waiting = start - arrival
        if ready > arrival:
            waiting -= rule[LUNCH_TAKES]
        cost += rule[W_WAITING] * waiting
    closes = unit[CLOSES_AGAIN, u] if start >= unit[OPENS_AGAIN, u] else unit[CLOSES, u]
    late = start - closes + rule[AT_END] * service[DURATION, s]
    if late > 0:
        cost += rule[W_LATE] * late
        if late > tally[LARGEST]:
            cost += rule[W_LARGEST] * (late - tally[LARGEST])
            tally[LARGEST] = late
    service[START, s] = start
    staff[AT, k] = unit[PLACE, u]
    staff[FREE, k] = start + service[DURATION, s]
    staff[SPENT, k] += way + service[DURATION, s]
    staff[STOPS, k] += 1
    return cost  # type: ignore[no-any-return]


@kernel
def _make(
    travel: Wholes, unit: Wholes, service: Wholes, staff: Wholes, rule: Wholes, dear: Wholes,
    tally: Wholes, u: int,
) -> int:  # fmt: skip
    """Let a unit start as early as its order allows, and give what it costs."""
    a, b = unit[FIRST, u], unit[SECOND, u]
    k = service[BY, a]
    opens = unit[OPENS_AGAIN, u] if unit[WINDOW, u] == 1 else unit[OPENS, u]
    arrival = staff[FREE, k] + travel[staff[AT, k], unit[PLACE, u]]
    start = max(arrival, opens)
    if b < 0:
        ready = _eat(staff, rule, k, arrival, start)
        start = max(ready, opens)
        return _serve(travel, unit, service, staff, rule, dear, tally, u, a, arrival, ready, start)
    m = service[BY, b]
    low, high = unit[LOW, u], unit[HIGH, u]
    then = staff[FREE, m] + travel[staff[AT, m], unit[PLACE, u]]
    second = max(then, opens, start + low)
    start = max(start, second - high)
    ready = _eat(staff, rule, k, arrival, start)
    ready_then = _eat(staff, rule, m, then, second)
    start = max(ready, opens)
    second = max(ready_then, opens, start + low)
    start = max(start, second - high)
    cost = _serve(travel, unit, service, staff, rule, dear, tally, u, a, arrival, ready, start)
    cost += _serve(travel, unit, service, staff, rule, dear, tally, u, b, then, ready_then, second)
    return cost


@kernel
def _come_home(travel: Wholes, staff: Wholes, rule: Wholes, k: int) -> int:
    """Give the cost of the way home, of extra time and of a missed lunch."""
    way = travel[staff[AT, k], staff[GOAL, k]]
    cost = rule[W_TRAVEL] * way
    if staff[HUNGRY, k] == 1:  # a last chance at the last stop, or at home
        start = max(staff[FREE, k], rule[LUNCH_OPENS])
        more = start + rule[LUNCH_TAKES] - staff[FREE, k]
        late = max(0, staff[FREE, k] + more + way - staff[END, k])
        late -= max(0, staff[FREE, k] + way - staff[END, k])
        price = rule[W_EXTRA] * late
        if staff[STOPS, k] > 0:
            price += rule[W_WAITING] * (start - staff[FREE, k])
        if start <= rule[LUNCH_LAST] and price <= rule[W_HUNGRY]:
            cost += price - rule[W_EXTRA] * late
            staff[HUNGRY, k] = 0
            staff[LUNCH_AT, k] = start
            staff[LUNCH_AFTER, k] = staff[STOPS, k]
            staff[FREE, k] += more
        else:
            cost += rule[W_HUNGRY]
    staff[SPENT, k] += way
    back = staff[FREE, k] + way
    if staff[STOPS, k] > 0 or staff[LUNCH_AT, k] >= 0:
        cost += rule[W_EXTRA] * max(0, back - staff[END, k])
    return cost  # type: ignore[no-any-return]


@kernel
def _idle(travel: Wholes, staff: Wholes, rule: Wholes, k: int) -> int:
    """Give the minutes of a shift without travel, service or lunch, once everybody is home."""
    if staff[STOPS, k] == 0 and staff[LUNCH_AT, k] < 0:
        return staff[END, k] - staff[SHIFT, k]  # type: ignore[no-any-return]
    back = staff[FREE, k] + travel[staff[AT, k], staff[GOAL, k]]
    idle = max(back, staff[END, k]) - staff[SHIFT, k] - staff[SPENT, k]
    if staff[LUNCH_AT, k] >= 0:
        idle -= rule[LUNCH_TAKES]
    return idle  # type: ignore[no-any-return]


@kernel
def lay_out(
    travel: Wholes, unit: Wholes, service: Wholes, staff: Wholes, order: Wholes, dear: Wholes,
    rule: Wholes, tally: Wholes, most: int,
) -> int:  # fmt: skip
    """Start everything, and give the cost; when that is sure to exceed a bound, give up early."""
    _begin(staff, tally)
    cost = 0
    for position in range(tally[N_UNITS]):
        u = order[0, position]
        if service[BY, unit[FIRST, u]] < 0:
            cost += unit[MISSED, u]
        else:
            cost += _make(travel, unit, service, staff, rule, dear, tally, u)
        if cost > most:
            return cost
    idle = 0
    for k in range(tally[N_STAFF]):
        cost += _come_home(travel, staff, rule, k)
        idle = max(idle, _idle(travel, staff, rule, k))
    return cost + rule[W_IDLE] * idle  # type: ignore[no-any-return]
