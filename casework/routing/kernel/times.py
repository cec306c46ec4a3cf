"""When every visit starts: as early as the routes allow, which no other schedule beats.

Decides starts, lateness and whether the routes can be worked at all; leaves the routes to the
moves. Only what changed is looked at again, in the order of the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import pop, push, write
from casework.routing.kernel.layout import (
    DISTANCE,
    DUE,
    DURATION,
    END,
    EPSILON,
    FIRST,
    HIGH,
    KEY,
    KIND,
    LARGEST,
    LATE,
    LATENESS,
    LOW,
    MATE,
    N_LINKS_LOGGED,
    N_NODES,
    N_QUEUED,
    N_STAFF,
    N_TIMES_LOGGED,
    NEXT,
    OPEN,
    PLACE,
    PREVIOUS,
    SECOND,
    STAFF,
    STALE,
    START,
    TOGETHER,
    UNREACHED,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["decide", "gap", "join", "lay_out", "put_in", "slot", "take_out", "total"]


@kernel
def gap(travel: Decimals, link: Wholes, one: int, other: int) -> float:
    """Give the minutes from one node's place to another's."""
    return travel[link[PLACE, one], link[PLACE, other]]  # type: ignore[no-any-return]


@kernel
def total(cost: Decimals) -> float:
    """Give three times the objective."""
    return cost[DISTANCE] + cost[LATENESS] + cost[LARGEST]  # type: ignore[no-any-return]


@kernel
def ready(travel: Decimals, link: Wholes, time: Decimals, node: int) -> float:
    """Give the earliest start that the route and the window allow, its mate left aside."""
    before = link[PREVIOUS, node]
    arrival = time[END, before] + travel[link[PLACE, before], link[PLACE, node]]
    return max(arrival, time[OPEN, node])  # type: ignore[no-any-return]


@kernel
def _put(
    time: Decimals, tally: Wholes, cost: Decimals, undo: Wholes, was: Decimals,
    node: int, start: float,
) -> None:  # fmt: skip
    """Set one start, log it and count its lateness."""
    at = tally[N_TIMES_LOGGED]
    undo[3, at] = node
    was[at] = time[START, node]
    tally[N_TIMES_LOGGED] = at + 1
    time[START, node] = start
    time[END, node] = start + time[DURATION, node]
    old = time[LATE, node]
    new = max(0.0, start - time[DUE, node])
    if new != old:
        time[LATE, node] = new
        cost[LATENESS] += new - old
        if new > cost[LARGEST]:
            cost[LARGEST] = new
        elif old >= cost[LARGEST]:
            tally[STALE] = 1


@kernel
def _set_start(
    link: Wholes, time: Decimals, tally: Wholes, cost: Decimals, undo: Wholes, was: Decimals,
    lead: int, start: float,
) -> None:  # fmt: skip
    """Set the start of an event, and queue whatever depends on it."""
    _put(time, tally, cost, undo, was, lead, start)
    push(link, tally, link[NEXT, lead])
    mate = link[MATE, lead]
    if link[KIND, lead] == TOGETHER:
        _put(time, tally, cost, undo, was, mate, start)
        push(link, tally, link[NEXT, mate])
    elif link[KIND, lead] == FIRST:
        push(link, tally, mate)


@kernel
def _refresh_largest(time: Decimals, tally: Wholes, cost: Decimals) -> None:
    largest = 0.0
    for node in range(tally[N_NODES]):
        largest = max(largest, time[LATE, node])
    cost[LARGEST] = largest
    tally[STALE] = 0


@kernel
def _propagate(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, limit: float, patience: int,
) -> bool:  # fmt: skip
    """Bring the starts in order again; False when that goes beyond the limit, or has no end.

    A first half waits for a late second one: an arc against the order of the keys. It is followed
    by raising the first half; a circle that raises itself for ever is not workable, and is noticed
    by running out of patience.
    """
    while tally[N_QUEUED] > 0:
        patience -= 1
        if patience < 0:
            return False
        lead = pop(link, time, tally)
        start = ready(travel, link, time, lead)
        kind = link[KIND, lead]
        mate = link[MATE, lead]
        if kind == TOGETHER:
            start = max(start, ready(travel, link, time, mate))
        elif kind == SECOND:
            start = max(start, time[START, mate] + time[LOW, lead])
        elif kind == FIRST:
            start = max(start, ready(travel, link, time, mate) - time[HIGH, mate])
        if start != time[START, lead]:
            _set_start(link, time, tally, cost, undo, was, lead, start)
        if kind == SECOND:
            need = start - time[HIGH, lead]
            held = time[START, mate]
            if held < need - EPSILON:
                _set_start(link, time, tally, cost, undo, was, mate, need)
            elif held > max(need, ready(travel, link, time, mate)) + EPSILON:
                push(link, tally, mate)
        if cost[LATENESS] + cost[LARGEST] > limit:
            return False
    if tally[STALE] == 1:
        _refresh_largest(time, tally, cost)
    return True


@kernel
def join(link: Wholes, tally: Wholes, undo: Wholes, one: int, other: int) -> None:
    """Let one node of a route follow another."""
    write(link, tally, undo, NEXT, one, other)
    write(link, tally, undo, PREVIOUS, other, one)
    push(link, tally, other)


@kernel
def take_out(
    travel: Decimals, link: Wholes, tally: Wholes, cost: Decimals, undo: Wholes, node: int
) -> None:
    """Take a service out of its route, into limbo."""
    before = link[PREVIOUS, node]
    after = link[NEXT, node]
    limbo = tally[N_NODES] + tally[N_STAFF]
    cost[DISTANCE] += gap(travel, link, before, after)
    cost[DISTANCE] -= gap(travel, link, before, node) + gap(travel, link, node, after)
    write(link, tally, undo, NEXT, before, after)
    write(link, tally, undo, PREVIOUS, after, before)
    write(link, tally, undo, NEXT, node, limbo)
    write(link, tally, undo, PREVIOUS, node, limbo)
    push(link, tally, after)
    push(link, tally, node)


@kernel
def put_in(
    travel: Decimals, link: Wholes, tally: Wholes, cost: Decimals, undo: Wholes,
    node: int, before: int, staff: int,
) -> None:  # fmt: skip
    """Put a service from limbo into a route, after a node of it."""
    after = link[NEXT, before]
    cost[DISTANCE] += gap(travel, link, before, node) + gap(travel, link, node, after)
    cost[DISTANCE] -= gap(travel, link, before, after)
    write(link, tally, undo, NEXT, before, node)
    write(link, tally, undo, PREVIOUS, after, node)
    write(link, tally, undo, NEXT, node, after)
    write(link, tally, undo, PREVIOUS, node, before)
    if link[STAFF, node] != staff:
        write(link, tally, undo, STAFF, node, staff)
    push(link, tally, node)
    push(link, tally, after)


@kernel
def settle(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals,
) -> bool:  # fmt: skip
    """Bring the starts in order after something was taken out: everything gets earlier."""
    return _propagate(
        travel, link, time, tally, cost, undo, was, UNREACHED, 4 * tally[N_NODES] + 50
    )


@kernel
def decide(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, most: float, later_only: bool,
) -> bool:  # fmt: skip
    """Bring the starts in order, and tell whether the total is at most so much.

    When nothing can get earlier any more, a lateness beyond the limit is final at once.
    """
    limit = most - cost[DISTANCE] if later_only else UNREACHED
    patience = 4 * tally[N_NODES] + 50
    if not _propagate(travel, link, time, tally, cost, undo, was, limit, patience):
        return False
    return total(cost) <= most


@kernel
def slot(link: Wholes, time: Decimals, tally: Wholes, staff: int, key: float) -> int:
    """Give the last node of a route before a key."""
    head = tally[N_NODES] + staff
    before = head
    after = link[NEXT, head]
    while after != head and time[KEY, after] < key:
        before = after
        after = link[NEXT, before]
    return int(before)


@kernel
def recount(travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals) -> None:
    """Count the cost afresh, so that rounding does not add up."""
    distance = 0.0
    lateness = 0.0
    for node in range(tally[N_NODES] + tally[N_STAFF]):
        distance += gap(travel, link, node, link[NEXT, node])
    for node in range(tally[N_NODES]):
        lateness += time[LATE, node]
    cost[DISTANCE] = distance
    cost[LATENESS] = lateness
    _refresh_largest(time, tally, cost)


@kernel
def lay_out(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals,
) -> bool:  # fmt: skip
    """Lay out the routes by staff and key, with the earliest starts from scratch.

    Returns
    -------
    bool
        Whether the roster can be worked.
    """
    n_nodes = tally[N_NODES]
    for head in range(n_nodes, n_nodes + tally[N_STAFF]):
        link[NEXT, head] = head
        link[PREVIOUS, head] = head
    for node in range(n_nodes):
        time[START, node] = time[OPEN, node]
        time[END, node] = time[OPEN, node] + time[DURATION, node]
        time[LATE, node] = 0.0
        before = slot(link, time, tally, link[STAFF, node], time[KEY, node])
        after = link[NEXT, before]
        link[NEXT, before] = node
        link[PREVIOUS, after] = node
        link[NEXT, node] = after
        link[PREVIOUS, node] = before
    tally[N_LINKS_LOGGED] = 0
    tally[N_TIMES_LOGGED] = 0
    cost[LATENESS] = 0.0
    cost[LARGEST] = 0.0
    for node in range(n_nodes):
        push(link, tally, node)
    patience = 20 * n_nodes + 100
    done = _propagate(travel, link, time, tally, cost, undo, was, UNREACHED, patience)
    recount(travel, link, time, tally, cost)
    return done
