"""Moves of one service or two: beside a neighbour, to other staff, or in exchange.

Each proposes one change, judges it and tells whether it may stand; what may not stand is rolled
back by the caller. The distance is judged first, since it costs next to nothing, and the starts
only when the distance leaves a chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below, unit, write_key
from casework.routing.kernel.layout import (
    DUE,
    DURATION,
    END,
    FIRST,
    KEY,
    KIND,
    LARGEST,
    LATENESS,
    MATE,
    N_ABLE,
    N_NEAR,
    N_NODES,
    N_STAFF,
    NEXT,
    OPEN,
    PREVIOUS,
    SECOND,
    SINGLE,
    STAFF,
    TOGETHER,
    UNREACHED,
)
from casework.routing.kernel.times import decide, gap, put_in, settle, slot, take_out, total

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = [
    "beside", "change_staff", "fits", "hopeless", "key_after", "may_be_given", "passing",
    "relocate", "swap",
]  # fmt: skip


@kernel
def beside(link: Wholes, tally: Wholes, near: Wholes, able: Wholes, node: int) -> int:
    """Choose a place for a service: after or before a neighbour, seldom at an end of some route.

    Returns
    -------
    int
        The node to stand after, or -1 when the staff there may not give the service.
    """
    if below(tally, 24) == 0:
        found = tally[N_NODES] + able[node, below(tally, link[N_ABLE, node])]
    else:
        found = near[node, below(tally, link[N_NEAR, node])]
        if able[node, tally[N_STAFF] + link[STAFF, found]] == 0:
            return -1
    if below(tally, 2) == 0:
        found = link[PREVIOUS, found]
    return int(found)


@kernel
def passing(link: Wholes, node: int, one: int, other: int, row: int) -> int:
    """Give the node, or the next one in a direction that is neither of the two to be moved."""
    while node in (one, other):
        node = link[row, node]
    return node


@kernel
def key_after(
    link: Wholes, time: Decimals, tally: Wholes, before: int, about: float,
    low: float, high: float,
) -> float:  # fmt: skip
    """Draw a key between a node and the next, and between two bounds; ``UNREACHED`` if none is.

    At the ends of a route there is room without end; an empty route takes a key near ``about``.
    """
    after = link[NEXT, before]
    if before < tally[N_NODES]:
        low = max(low, time[KEY, before])
    if after < tally[N_NODES]:
        high = min(high, time[KEY, after])
    if low == -UNREACHED and high == UNREACHED:
        low = about - 1.0
        high = about + 1.0
    elif low == -UNREACHED:
        low = high - 2.0
    elif high == UNREACHED:
        high = low + 2.0
    key = low + (high - low) * (0.25 + 0.5 * unit(tally))
    if low < key < high:
        return key
    return UNREACHED


@kernel
def hopeless(cost: Decimals, longer: float, slack: float) -> bool:
    """Tell whether so many more minutes of travel lose even if all lateness went away."""
    return longer - cost[LATENESS] - cost[LARGEST] > slack  # type: ignore[no-any-return]


@kernel
def _longer(travel: Decimals, link: Wholes, node: int, before: int, after: int) -> float:
    """Give the minutes of travel that moving one service adds; its neighbours stay its own."""
    left = link[PREVIOUS, node]
    right = link[NEXT, node]
    more = gap(travel, link, before, node) + gap(travel, link, node, after)
    more -= gap(travel, link, before, after)
    less = gap(travel, link, left, node) + gap(travel, link, node, right)
    return more - less + gap(travel, link, left, right)


@kernel
def _late_there(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, node: int, before: int
) -> float:
    """Estimate the lateness of a service after a node, and that of the one pushed back."""
    after = link[NEXT, before]
    start = max(time[OPEN, node], time[END, before] + gap(travel, link, before, node))
    late = max(0.0, start - time[DUE, node])
    if after < tally[N_NODES]:
        arrival = start + time[DURATION, node] + gap(travel, link, node, after)
        late += max(0.0, arrival - time[DUE, after])
    return late  # type: ignore[no-any-return]


@kernel
def may_be_given(link: Wholes, tally: Wholes, able: Wholes, node: int, staff: int) -> bool:
    """Tell whether staff have the skill and are not already the other half of the visit."""
    if able[node, tally[N_STAFF] + staff] == 0:
        return False
    return link[KIND, node] == SINGLE or link[STAFF, link[MATE, node]] != staff  # type: ignore[no-any-return]


@kernel
def relocate(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, near: Wholes, able: Wholes, node: int, slack: float,
) -> bool:  # fmt: skip
    """Put a single service, or one half of a sequential visit, beside a neighbour."""
    before = beside(link, tally, near, able, node)
    if before < 0:
        return False
    after = link[NEXT, before]
    staff = link[STAFF, before]
    if before == node or after == node or not may_be_given(link, tally, able, node, staff):
        return False
    longer = _longer(travel, link, node, before, after)
    if hopeless(cost, longer, slack):
        return False
    if time[KEY, before] < time[KEY, node]:  # nobody there gets earlier by the leaving
        late = _late_there(travel, link, time, tally, node, before)
        if hopeless(cost, longer + late, slack):
            return False
    low, high = -UNREACHED, UNREACHED
    if link[KIND, node] == FIRST:
        high = time[KEY, link[MATE, node]]
    elif link[KIND, node] == SECOND:
        low = time[KEY, link[MATE, node]]
    key = key_after(link, time, tally, before, time[KEY, node], low, high)
    if key == UNREACHED:
        return False
    most = total(cost) + slack
    take_out(travel, link, tally, cost, undo, node)
    if not settle(travel, link, time, tally, cost, undo, was):
        return False
    put_in(travel, link, tally, cost, undo, node, before, staff)
    write_key(time, tally, undo, was, node, key)
    return decide(travel, link, time, tally, cost, undo, was, most, True)


@kernel
def change_staff(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, able: Wholes, node: int, slack: float,
) -> bool:  # fmt: skip
    """Give one half of a simultaneous visit to somebody else, in its place in the order."""
    staff = able[node, below(tally, link[N_ABLE, node])]
    if staff == link[STAFF, node] or staff == link[STAFF, link[MATE, node]]:
        return False
    before = slot(link, time, tally, staff, time[KEY, node])
    longer = _longer(travel, link, node, before, link[NEXT, before])
    if hopeless(cost, longer, slack):
        return False
    most = total(cost) + slack
    take_out(travel, link, tally, cost, undo, node)
    if not settle(travel, link, time, tally, cost, undo, was):
        return False
    put_in(travel, link, tally, cost, undo, node, before, staff)
    return decide(travel, link, time, tally, cost, undo, was, most, True)


@kernel
def fits(link: Wholes, time: Decimals, node: int, key: float) -> bool:
    """Tell whether a key is on the right side of the other half's."""
    if link[KIND, node] == FIRST:
        return key < time[KEY, link[MATE, node]]  # type: ignore[no-any-return]
    if link[KIND, node] == SECOND:
        return key > time[KEY, link[MATE, node]]  # type: ignore[no-any-return]
    return True


@kernel
def _may_swap(
    link: Wholes, time: Decimals, tally: Wholes, able: Wholes, one: int, other: int
) -> bool:
    if one == other:  # a node without neighbours is its own
        return False
    if link[KIND, one] == TOGETHER or link[KIND, other] == TOGETHER or link[MATE, one] == other:
        return False
    if link[PREVIOUS, one] == other or link[NEXT, one] == other:
        return False
    if not fits(link, time, one, time[KEY, other]) or not fits(link, time, other, time[KEY, one]):
        return False
    return may_be_given(link, tally, able, one, link[STAFF, other]) and may_be_given(
        link, tally, able, other, link[STAFF, one]
    )


@kernel
def _longer_by_swap(travel: Decimals, link: Wholes, one: int, other: int) -> float:
    left, right = link[PREVIOUS, one], link[NEXT, one]
    more = gap(travel, link, left, other) + gap(travel, link, other, right)
    return more - gap(travel, link, left, one) - gap(travel, link, one, right)


@kernel
def swap(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, near: Wholes, able: Wholes, node: int, slack: float,
) -> bool:  # fmt: skip
    """Exchange the places of two neighbours, keys and staff and all."""
    other = near[node, below(tally, link[N_NEAR, node])]
    if not _may_swap(link, time, tally, able, node, other):
        return False
    longer = _longer_by_swap(travel, link, node, other)
    longer += _longer_by_swap(travel, link, other, node)
    if hopeless(cost, longer, slack):
        return False
    most = total(cost) + slack
    before, staff, key = link[PREVIOUS, node], link[STAFF, node], time[KEY, node]
    before_other, staff_other, key_other = (
        link[PREVIOUS, other], link[STAFF, other], time[KEY, other],
    )  # fmt: skip
    take_out(travel, link, tally, cost, undo, node)
    take_out(travel, link, tally, cost, undo, other)
    if not settle(travel, link, time, tally, cost, undo, was):
        return False
    put_in(travel, link, tally, cost, undo, node, before_other, staff_other)
    put_in(travel, link, tally, cost, undo, other, before, staff)
    write_key(time, tally, undo, was, node, key_other)
    write_key(time, tally, undo, was, other, key)
    return decide(travel, link, time, tally, cost, undo, was, most, True)
