"""The move of many: what two members of staff do in a window of the day changes hands.

With a window up to the end of the day it exchanges the tails of two routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below, unit, write
from casework.routing.kernel.layout import (
    DISTANCE,
    KEY,
    KIND,
    MATE,
    N_NEAR,
    N_NODES,
    N_STAFF,
    NEXT,
    PREVIOUS,
    SINGLE,
    STAFF,
    UNREACHED,
)
from casework.routing.kernel.moves import hopeless
from casework.routing.kernel.times import decide, gap, join, slot, total

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["exchange"]


@kernel
def _last_in_window(link: Wholes, tally: Wholes, node: int) -> int:
    """Choose the last node of a window that begins with a node: one to five on, or the last."""
    head = tally[N_NODES] + link[STAFF, node]
    on = below(tally, 5)
    if below(tally, 3) == 0:
        on = tally[N_NODES]
    last = node
    while on > 0 and link[NEXT, last] != head:
        last = link[NEXT, last]
        on -= 1
    return int(last)


@kernel
def _last_key(link: Wholes, time: Decimals, tally: Wholes, last: int) -> float:
    """Choose where the window closes: before the next of the route, or with the day."""
    after = link[NEXT, last]
    if after < tally[N_NODES]:
        key = time[KEY, last]
        return key + unit(tally) * (time[KEY, after] - key)  # type: ignore[no-any-return]
    if below(tally, 8) == 0:
        return time[KEY, last]  # type: ignore[no-any-return]
    return UNREACHED


@kernel
def _may_change(
    link: Wholes, time: Decimals, tally: Wholes, able: Wholes,
    node: int, staff: int, first: float, last: float,
) -> bool:  # fmt: skip
    """Tell whether a node may go to staff who give away all they have in the window."""
    if able[node, tally[N_STAFF] + staff] == 0:
        return False
    mate = link[MATE, node]
    if link[KIND, node] == SINGLE or link[STAFF, mate] != staff:
        return True
    return first <= time[KEY, mate] <= last  # type: ignore[no-any-return]


@kernel
def _end_of_segment(
    link: Wholes, time: Decimals, tally: Wholes, able: Wholes,
    before: int, staff: int, first: float, last: float,
) -> int:  # fmt: skip
    """Give the last node after ``before`` in the window; -1 when one may not go to staff."""
    end = before
    node = link[NEXT, before]
    while node < tally[N_NODES] and time[KEY, node] <= last:
        if not _may_change(link, time, tally, able, node, staff, first, last):
            return -1
        end = node
        node = link[NEXT, node]
    return int(end)


@kernel
def _hand_over(
    link: Wholes, tally: Wholes, undo: Wholes, before: int, end: int, staff: int
) -> None:
    node = before
    while node != end:
        node = link[NEXT, node]
        write(link, tally, undo, STAFF, node, staff)


@kernel
def _rewire(
    link: Wholes, tally: Wholes, undo: Wholes, before: int, end: int, other: int, end_other: int
) -> None:
    """Exchange what stands after two nodes up to two ends; an end at its start means nothing."""
    after, after_other = link[NEXT, end], link[NEXT, end_other]
    first, first_other = link[NEXT, before], link[NEXT, other]
    join(link, tally, undo, other, first)
    join(link, tally, undo, end, after_other)
    if end_other == other:
        join(link, tally, undo, before, after)
    else:
        join(link, tally, undo, before, first_other)
        join(link, tally, undo, end_other, after)


@kernel
def _longer(
    travel: Decimals, link: Wholes, before: int, end: int, other: int, end_other: int
) -> float:
    after, after_other = link[NEXT, end], link[NEXT, end_other]
    first, first_other = link[NEXT, before], link[NEXT, other]
    more = gap(travel, link, other, first) + gap(travel, link, end, after_other)
    more -= gap(travel, link, before, first) + gap(travel, link, end, after)
    if end_other == other:
        return more + gap(travel, link, before, after) - gap(travel, link, other, after_other)
    more += gap(travel, link, before, first_other) + gap(travel, link, end_other, after)
    return more - gap(travel, link, other, first_other) - gap(travel, link, end_other, after_other)


@kernel
def exchange(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, near: Wholes, able: Wholes, node: int, slack: float,
) -> bool:  # fmt: skip
    """Exchange what two members of staff do in a window that begins with a node."""
    staff = link[STAFF, node]
    if below(tally, 4) == 0:
        staff_other = below(tally, tally[N_STAFF])
    else:
        staff_other = int(link[STAFF, near[node, below(tally, link[N_NEAR, node])]])
    if staff == staff_other:
        return False
    end = _last_in_window(link, tally, node)
    first, last = time[KEY, node], _last_key(link, time, tally, end)
    before = link[PREVIOUS, node]
    if _end_of_segment(link, time, tally, able, before, staff_other, first, last) < 0:
        return False
    other = slot(link, time, tally, staff_other, first)
    end_other = _end_of_segment(link, time, tally, able, other, staff, first, last)
    if end_other < 0:
        return False
    longer = _longer(travel, link, before, end, other, end_other)
    if hopeless(cost, longer, slack):
        return False
    most = total(cost) + slack
    cost[DISTANCE] += longer
    _hand_over(link, tally, undo, before, end, staff_other)
    _hand_over(link, tally, undo, other, end_other, staff)
    _rewire(link, tally, undo, before, end, other, end_other)
    return decide(travel, link, time, tally, cost, undo, was, most, False)
