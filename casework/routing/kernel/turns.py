"""The move within one route: two stretches that follow each other change order.

Where two must be there at once, whoever comes too follows. No row of moves of one visit leads
from one order of such visits to another without long waits on the way; this one goes at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below, write_key
from casework.routing.kernel.layout import (
    DISTANCE,
    KEY,
    KIND,
    LISTED,
    LISTED_KEY,
    MATE,
    N_NODES,
    NEXT,
    PREVIOUS,
    STAFF,
    TOGETHER,
)
from casework.routing.kernel.moves import fits, hopeless
from casework.routing.kernel.times import decide, gap, join, put_in, slot, take_out, total

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["turn"]

LONGEST_STRETCH = 3


@kernel
def _list_stretches(link: Wholes, time: Decimals, tally: Wholes, node: int, first: int) -> int:
    """List two stretches from a node on, the second one first, with the keys in their old order.

    Returns
    -------
    int
        How many they are together; 0 when the route ends before the second one, or when a half of
        a sequential visit would come to the wrong side of the other.
    """
    second = 1 + below(tally, LONGEST_STRETCH)
    there = node
    listed = 0
    while there < tally[N_NODES] and listed < first + second:
        link[LISTED, listed] = there
        time[LISTED_KEY, listed] = time[KEY, there]
        listed += 1
        there = link[NEXT, there]
    second = listed - first
    if second <= 0:
        return 0
    for at in range(listed):  # where each goes
        to = at + second if at < first else at - first
        if not fits(link, time, link[LISTED, at], time[LISTED_KEY, to]):
            return 0
    return listed


@kernel
def _longer(travel: Decimals, link: Wholes, first: int, listed: int) -> float:
    start, end = link[LISTED, 0], link[LISTED, first - 1]
    start_other, end_other = link[LISTED, first], link[LISTED, listed - 1]
    before, after = link[PREVIOUS, start], link[NEXT, end_other]
    more = gap(travel, link, before, start_other) + gap(travel, link, end_other, start)
    more += gap(travel, link, end, after) - gap(travel, link, before, start)
    return more - gap(travel, link, end, start_other) - gap(travel, link, end_other, after)


@kernel
def _rewire(link: Wholes, tally: Wholes, undo: Wholes, first: int, listed: int) -> None:
    start, end = link[LISTED, 0], link[LISTED, first - 1]
    start_other, end_other = link[LISTED, first], link[LISTED, listed - 1]
    before, after = link[PREVIOUS, start], link[NEXT, end_other]
    join(link, tally, undo, before, start_other)
    join(link, tally, undo, end_other, start)
    join(link, tally, undo, end, after)


@kernel
def turn(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, node: int, slack: float,
) -> bool:  # fmt: skip
    """Exchange two stretches of a route that follow each other, the first beginning with a node."""
    first = 1 + below(tally, LONGEST_STRETCH)
    listed = _list_stretches(link, time, tally, node, first)
    if listed == 0:
        return False
    most = total(cost) + slack
    longer = _longer(travel, link, first, listed)
    if hopeless(cost, longer, slack):
        return False
    cost[DISTANCE] += longer
    _rewire(link, tally, undo, first, listed)
    for at in range(listed):
        if link[KIND, link[LISTED, at]] == TOGETHER:
            take_out(travel, link, tally, cost, undo, link[MATE, link[LISTED, at]])
    second = listed - first
    for at in range(listed):
        there = link[LISTED, at]
        key = time[LISTED_KEY, at + second if at < first else at - first]
        write_key(time, tally, undo, was, there, key)
        if link[KIND, there] == TOGETHER:
            mate = link[MATE, there]
            write_key(time, tally, undo, was, mate, key)
            before = slot(link, time, tally, link[STAFF, mate], key)
            put_in(travel, link, tally, cost, undo, mate, before, link[STAFF, mate])
    if cost[DISTANCE] > most:
        return False
    return decide(travel, link, time, tally, cost, undo, was, most, False)
