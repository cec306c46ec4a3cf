"""When everything starts, in the order of the day, and what that costs.

Decides starts, lunches and costs, exactly as the judge counts them; leaves the roster to the
moves. Starts are the earliest that the order allows, looked at again only where something
changed. A service alone is then given later where that saves waiting after it and makes nobody
late: the first of a route is reached just in time, so what is pushed to its front is saved.
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
    GIVEN,
    GOAL,
    HIGH,
    HUNGRY,
    IDLE,
    IDLEST,
    LARGEST,
    LATE,
    LOGGED,
    LOW,
    LUNCH,
    LUNCH_AFTER,
    LUNCH_AT,
    LUNCH_LAST,
    LUNCH_OPENS,
    LUNCH_TAKES,
    MISSED,
    N_QUEUED,
    N_SERVICES,
    N_STAFF,
    N_TOUCHED,
    N_UNITS,
    NEXT,
    OPENS,
    OPENS_AGAIN,
    PLACE,
    PREVIOUS,
    ROUTE,
    ROUTES,
    SECOND,
    SHIFT,
    STALE,
    START,
    TOUCHED,
    TOUCHED_LIST,
    UNIT,
    UNREACHED,
    VISITS,
    W_EXTRA,
    W_HUNGRY,
    W_IDLE,
    W_LARGEST,
    W_LATE,
    W_TRAVEL,
    W_WAITING,
    WINDOW,
)
from casework.routing.uhhc.linking import (
    OF_NODE,
    OF_STAFF,
    forget,
    is_out,
    pop,
    push,
    put_in,
    touch,
    write,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["lay_out", "settle"]


@kernel
def _arrival(travel: Wholes, node: Wholes, s: int, place: int) -> int:
    before = node[PREVIOUS, s]
    return node[FREE, before] + travel[node[AT, before], place]  # type: ignore[no-any-return]


@kernel
def _lunch(
    node: Wholes, staff: Wholes, rule: Wholes, s: int, arrival: int, planned: int
) -> int:  # fmt: skip
    """Tell when one who arrives eats, if it is time by the planned start; -1 for not now."""
    if node[HUNGRY, node[PREVIOUS, s]] == 0 or planned < staff[FROM, node[BY, s]]:
        return -1
    start = max(arrival, rule[LUNCH_OPENS])
    return start if start <= rule[LUNCH_LAST] else -1


@kernel
def _after(rule: Wholes, lunch: int, arrival: int) -> int:
    return lunch + rule[LUNCH_TAKES] if lunch >= 0 else arrival


@kernel
def _last_in_time(node: Wholes, unit: Wholes, rule: Wholes, s: int, start: int) -> int:
    """Give the last start that is not late, in the window of a start."""
    u = node[UNIT, s]
    closes = unit[CLOSES_AGAIN, u] if start >= unit[OPENS_AGAIN, u] else unit[CLOSES, u]
    return closes - rule[AT_END] * node[DURATION, s]  # type: ignore[no-any-return]


@kernel
def _set_stop(
    node: Wholes, unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes, undo: Wholes,
    s: int, start: int, lunch: int,
) -> None:  # fmt: skip
    """Set start and lunch of a service, and note what depends on them."""
    hungry = node[HUNGRY, node[PREVIOUS, s]] if lunch < 0 else 0
    if start == node[START, s] and lunch == node[LUNCH, s] and hungry == node[HUNGRY, s]:
        return
    if hungry != node[HUNGRY, s]:
        write(node, tally, undo, OF_NODE, HUNGRY, s, hungry)
    if lunch != node[LUNCH, s]:
        write(node, tally, undo, OF_NODE, LUNCH, s, lunch)
    if start != node[START, s]:
        write(node, tally, undo, OF_NODE, START, s, start)
        write(node, tally, undo, OF_NODE, FREE, s, start + node[DURATION, s])
    old = node[LATE, s]
    late = max(0, start - _last_in_time(node, unit, rule, s, start))
    if late != old:
        write(node, tally, undo, OF_NODE, LATE, s, late)
        tally[VISITS] += rule[W_LATE] * (late - old)
        if late > tally[LARGEST]:
            tally[LARGEST] = late
        elif old >= tally[LARGEST]:
            tally[STALE] = 1
    push(node, unit, tally, node[NEXT, s])
    touch(staff, tally, node[BY, s])


@kernel
def _make(
    travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Let a unit start as early as its order allows."""
    a, b = unit[FIRST, u], unit[SECOND, u]
    opens = unit[OPENS_AGAIN, u] if unit[WINDOW, u] == 1 else unit[OPENS, u]
    arrival = _arrival(travel, node, a, unit[PLACE, u])
    start = max(arrival, opens)
    if b < 0:
        lunch = _lunch(node, staff, rule, a, arrival, start)
        start = max(_after(rule, lunch, arrival), opens)
        _set_stop(node, unit, staff, rule, tally, undo, a, start, lunch)
        return
    low, high = unit[LOW, u], unit[HIGH, u]
    arrival_then = _arrival(travel, node, b, unit[PLACE, u])
    second = max(arrival_then, opens, start + low)
    start = max(start, second - high)
    lunch = _lunch(node, staff, rule, a, arrival, start)
    lunch_then = _lunch(node, staff, rule, b, arrival_then, second)
    start = max(_after(rule, lunch, arrival), opens)
    second = max(_after(rule, lunch_then, arrival_then), opens, start + low)
    start = max(start, second - high)
    _set_stop(node, unit, staff, rule, tally, undo, a, start, lunch)
    _set_stop(node, unit, staff, rule, tally, undo, b, second, lunch_then)


@kernel
def _last_lunch(
    travel: Wholes, node: Wholes, staff: Wholes, rule: Wholes, k: int, last: int
) -> int:
    """Tell when one eats at the last stop, or at home without stops; -1 for no lunch there."""
    free = node[FREE, last]
    start = max(free, rule[LUNCH_OPENS])
    if node[HUNGRY, last] == 0 or start > rule[LUNCH_LAST]:
        return -1
    way = travel[node[AT, last], staff[GOAL, k]]
    late = max(0, start + rule[LUNCH_TAKES] + way - staff[END, k])
    price = rule[W_EXTRA] * (late - max(0, free + way - staff[END, k]))
    if last < node.shape[1] - staff.shape[1]:
        price += rule[W_WAITING] * (start - free)
    return start if price <= rule[W_HUNGRY] else -1


@kernel
def _given(node: Wholes, unit: Wholes, rule: Wholes, s: int, latest: int) -> int:
    """Give the start of a service that may wait till a minute; two in step do not wait."""
    start = node[START, s]
    if unit[SECOND, node[UNIT, s]] >= 0:
        return start  # type: ignore[no-any-return]
    return max(start, min(latest, _last_in_time(node, unit, rule, s, start)))  # type: ignore[no-any-return]


@kernel
def _set_route(staff: Wholes, tally: Wholes, undo: Wholes, k: int, cost: int, idle: int) -> None:
    if cost != staff[ROUTE, k]:
        tally[ROUTES] += cost - staff[ROUTE, k]
        write(staff, tally, undo, OF_STAFF, ROUTE, k, cost)
    if idle != staff[IDLE, k]:
        write(staff, tally, undo, OF_STAFF, IDLE, k, idle)


@kernel
def _cost_route(
    travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes,
    undo: Wholes, k: int,
) -> None:  # fmt: skip
    """Cost a route, the last stop first; each is given as late as the next one allows."""
    head = tally[N_SERVICES] + k
    last = node[PREVIOUS, head]
    way = travel[node[AT, last], staff[GOAL, k]]
    lunch = _last_lunch(travel, node, staff, rule, k, last)
    lunch_at, lunch_from_end = lunch, 0
    home = _after(rule, lunch, node[FREE, last]) + way
    hungry = node[HUNGRY, last] == 1 and lunch < 0
    travelled, served, waiting, count = way, 0, 0, 0
    free_by = lunch if lunch >= 0 else -1  # when the stop in hand must be over; -1 for any time
    s = last
    while s != head:
        start = node[START, s]
        if free_by >= 0:
            start = _given(node, unit, rule, s, free_by - node[DURATION, s])
            waiting += free_by - start - node[DURATION, s]
        node[GIVEN, s] = start
        before = node[PREVIOUS, s]
        way = travel[node[AT, before], node[AT, s]]
        travelled += way
        served += node[DURATION, s]
        count += 1
        free_by = start - way
        if node[LUNCH, s] >= 0:
            lunch_at = node[LUNCH, s]
            if before != head:
                lunch_at = max(lunch_at, min(start - rule[LUNCH_TAKES], rule[LUNCH_LAST]))
                waiting += start - rule[LUNCH_TAKES] - lunch_at
            free_by = lunch_at - way
            lunch_from_end = count
        s = before
    staff[LUNCH_AT, k] = lunch_at
    staff[LUNCH_AFTER, k] = count - lunch_from_end
    cost = rule[W_TRAVEL] * travelled + rule[W_WAITING] * waiting
    if last == head and lunch < 0:  # stays at home
        idle = staff[END, k] - staff[SHIFT, k]
    else:
        cost += rule[W_EXTRA] * max(0, home - staff[END, k])
        idle = max(home, staff[END, k]) - staff[SHIFT, k] - travelled - served
    if hungry:
        cost += rule[W_HUNGRY]
    elif staff[EATS, k] == 1:
        idle -= rule[LUNCH_TAKES]
    _set_route(staff, tally, undo, k, cost, idle)


@kernel
def settle(
    travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes,
    undo: Wholes,
) -> int:  # fmt: skip
    """Bring starts and costs in order again where something changed, and give the cost."""
    while tally[N_QUEUED] > 0:
        u = pop(unit, tally)
        if not is_out(node, unit, u):
            _make(travel, node, unit, staff, rule, tally, undo, u)
    for at in range(tally[N_TOUCHED]):
        k = staff[TOUCHED_LIST, at]
        staff[TOUCHED, k] = 0
        _cost_route(travel, node, unit, staff, rule, tally, undo, k)
    tally[N_TOUCHED] = 0
    if tally[STALE] == 1:
        tally[STALE] = 0
        tally[LARGEST] = 0
        for s in range(tally[N_SERVICES]):
            tally[LARGEST] = max(tally[LARGEST], node[LATE, s])
    idlest = 0
    for k in range(tally[N_STAFF]):
        idlest = max(idlest, staff[IDLE, k])
    tally[IDLEST] = idlest
    cost = tally[ROUTES] + tally[VISITS] + rule[W_LARGEST] * tally[LARGEST]
    return cost + rule[W_IDLE] * idlest  # type: ignore[no-any-return]


@kernel
def lay_out(
    travel: Wholes, node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, rule: Wholes,
    tally: Wholes, undo: Wholes,
) -> int:  # fmt: skip
    """Lay out the routes by staff and keys from scratch, start everything and give the cost."""
    forget(unit, staff, tally)
    n = tally[N_SERVICES]
    tally[ROUTES], tally[VISITS], tally[LARGEST] = 0, 0, 0
    for k in range(tally[N_STAFF]):
        head = n + k
        node[NEXT, head], node[PREVIOUS, head] = head, head
        node[FREE, head], node[HUNGRY, head] = staff[SHIFT, k], staff[EATS, k]
        staff[ROUTE, k], staff[IDLE, k] = 0, 0
        touch(staff, tally, k)
    for s in range(n):
        node[START, s], node[LATE, s], node[LUNCH, s] = -UNREACHED, 0, -1
        k = node[BY, s]
        if k >= 0:
            tally[LOGGED] = 0
            put_in(node, unit, staff, dear, tally, undo, s, k)
    for u in range(tally[N_UNITS]):
        if is_out(node, unit, u):
            tally[VISITS] += unit[MISSED, u]
    tally[LOGGED] = 0
    cost = settle(travel, node, unit, staff, rule, tally, undo)
    tally[LOGGED] = 0  # there is no going back behind this
    return cost
