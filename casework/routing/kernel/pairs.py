"""Moves of both halves of a double visit: together, or one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below, unit, write_key
from casework.routing.kernel.layout import (
    DISTANCE,
    END,
    FIRST,
    HIGH,
    KEY,
    KIND,
    LOW,
    MATE,
    N_ABLE,
    N_NODES,
    N_STAFF,
    NEXT,
    OPEN,
    PREVIOUS,
    STAFF,
    START,
    TOGETHER,
    UNREACHED,
)
from casework.routing.kernel.moves import beside, key_after, passing
from casework.routing.kernel.times import decide, gap, put_in, settle, slot, take_out, total

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["relocate_pair"]


@kernel
def _slot_at(
    link: Wholes, time: Decimals, tally: Wholes, staff: int, start: float, key: float, after: bool
) -> int:
    """Give the node that staff have passed at a time: one after a key, or else before it."""
    head = tally[N_NODES] + staff
    before = head
    then = link[NEXT, head]
    while then != head:
        if after and time[START, then] >= start and time[KEY, then] > key:
            break
        if not after and (time[START, then] >= start or time[KEY, then] >= key):
            break
        before = then
        then = link[NEXT, before]
    return int(before)


@kernel
def _second_place(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes,
    node: int, before: int, staff: int, key: float,
) -> int:  # fmt: skip
    """Choose where the other half goes, once the node stands after ``before`` with a key."""
    mate = link[MATE, node]
    if link[KIND, node] == TOGETHER:
        return slot(link, time, tally, staff, key)
    start = max(time[OPEN, node], time[END, before] + gap(travel, link, before, node))
    second = mate if link[KIND, node] == FIRST else node
    apart = time[LOW, second] + unit(tally) * (time[HIGH, second] - time[LOW, second])
    if second == mate:
        return _slot_at(link, time, tally, staff, start + apart, key, True)
    return _slot_at(link, time, tally, staff, start - apart, key, False)


@kernel
def _second_key(
    link: Wholes, time: Decimals, tally: Wholes, node: int, before: int, key: float
) -> float:
    if link[KIND, node] == TOGETHER:
        return key
    if link[KIND, node] == FIRST:
        return key_after(link, time, tally, before, key, key, UNREACHED)
    return key_after(link, time, tally, before, key, -UNREACHED, key)


@kernel
def _added(travel: Decimals, link: Wholes, node: int, before: int) -> float:
    after = link[NEXT, before]
    more = gap(travel, link, before, node) + gap(travel, link, node, after)
    return more - gap(travel, link, before, after)


@kernel
def relocate_pair(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, near: Wholes, able: Wholes, node: int, slack: float,
) -> bool:  # fmt: skip
    """Put one half beside a neighbour, and the other where somebody is free at that time."""
    mate = link[MATE, node]
    before = beside(link, tally, near, able, node)
    if before < 0:
        return False
    staff = link[STAFF, before]
    staff_mate = link[STAFF, mate]
    if staff_mate == staff or below(tally, 2) == 0:
        staff_mate = able[mate, below(tally, link[N_ABLE, mate])]
    if staff_mate == staff or able[node, tally[N_STAFF] + staff] == 0:
        return False
    before = passing(link, before, node, mate, PREVIOUS)
    most = total(cost) + slack
    take_out(travel, link, tally, cost, undo, node)
    take_out(travel, link, tally, cost, undo, mate)
    key = key_after(link, time, tally, before, time[KEY, node], -UNREACHED, UNREACHED)
    if key == UNREACHED:
        return False
    before_mate = _second_place(travel, link, time, tally, node, before, staff_mate, key)
    longer = _added(travel, link, node, before) + _added(travel, link, mate, before_mate)
    if cost[DISTANCE] + longer > most:
        return False
    key_mate = _second_key(link, time, tally, node, before_mate, key)
    if key_mate == UNREACHED or not settle(travel, link, time, tally, cost, undo, was):
        return False
    put_in(travel, link, tally, cost, undo, node, before, staff)
    put_in(travel, link, tally, cost, undo, mate, before_mate, staff_mate)
    write_key(time, tally, undo, was, node, key)
    write_key(time, tally, undo, was, mate, key_mate)
    return decide(travel, link, time, tally, cost, undo, was, most, True)
