"""Routes as rings: taking services out, putting them in, and the log for rolling back.

Decides nothing about rosters; whatever a change touches is noted, for ``times`` to look at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below
from casework.routing.kernel.basics import unit as draw
from casework.routing.uhhc.layout import (
    ABOUT,
    BY,
    FIRST,
    KEY,
    LATE,
    LOGGED,
    MISSED,
    N_QUEUED,
    N_SERVICES,
    N_TOUCHED,
    N_UNITS,
    NEXT,
    NO_KEY,
    OPENS,
    ORDER,
    PREVIOUS,
    QUEUE,
    QUEUED,
    SECOND,
    SINCE_NUMBERED,
    SPACING,
    STALE,
    START,
    TOUCHED,
    TOUCHED_LIST,
    UNIT,
    UNREACHED,
    VISITS,
    W_LATE,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = [
    "OF_NODE", "OF_STAFF", "OF_UNIT", "forget", "is_out", "key_after", "key_near", "leave_out",
    "number", "pop", "push", "put_in", "re_key", "roll_back", "slot", "take_out", "touch",
    "write",
]  # fmt: skip

# Which array the log speaks of.
OF_NODE, OF_UNIT, OF_STAFF = range(3)


@kernel
def write(array: Wholes, tally: Wholes, undo: Wholes, of: int, row: int, at: int, to: int) -> None:
    """Set an entry of an array, and log what it was."""
    end = tally[LOGGED]
    undo[0, end], undo[1, end], undo[2, end], undo[3, end] = of, row, at, array[row, at]
    tally[LOGGED] = end + 1
    array[row, at] = to


@kernel
def forget(unit: Wholes, staff: Wholes, tally: Wholes) -> None:
    """Empty the queue and the list of routes to look at."""
    for at in range(tally[N_QUEUED]):
        unit[QUEUED, unit[QUEUE, at]] = 0
    for at in range(tally[N_TOUCHED]):
        staff[TOUCHED, staff[TOUCHED_LIST, at]] = 0
    tally[N_QUEUED] = 0
    tally[N_TOUCHED] = 0
    tally[STALE] = 0


@kernel
def roll_back(node: Wholes, unit: Wholes, staff: Wholes, tally: Wholes, undo: Wholes) -> None:
    """Undo everything logged, the last first."""
    for at in range(tally[LOGGED] - 1, -1, -1):
        row, column, was = undo[1, at], undo[2, at], undo[3, at]
        if undo[0, at] == OF_NODE:
            node[row, column] = was
        elif undo[0, at] == OF_UNIT:
            unit[row, column] = was
        else:
            staff[row, column] = was
    tally[LOGGED] = 0
    forget(unit, staff, tally)


@kernel
def push(node: Wholes, unit: Wholes, tally: Wholes, s: int) -> None:
    """Queue the unit of a service, once; heads of routes have no start to look at."""
    if s < tally[N_SERVICES]:
        u = node[UNIT, s]
        if unit[QUEUED, u] == 0:
            unit[QUEUED, u] = 1
            unit[QUEUE, tally[N_QUEUED]] = u
            tally[N_QUEUED] += 1


@kernel
def pop(unit: Wholes, tally: Wholes) -> int:
    """Take the queued unit with the least key, of a queue that is always short."""
    last = tally[N_QUEUED] - 1
    found = last
    for at in range(last):
        if unit[KEY, unit[QUEUE, at]] < unit[KEY, unit[QUEUE, found]]:
            found = at
    u = unit[QUEUE, found]
    unit[QUEUE, found] = unit[QUEUE, last]
    tally[N_QUEUED] = last
    unit[QUEUED, u] = 0
    return int(u)


@kernel
def touch(staff: Wholes, tally: Wholes, k: int) -> None:
    """Note that a route must be costed again."""
    if staff[TOUCHED, k] == 0:
        staff[TOUCHED, k] = 1
        staff[TOUCHED_LIST, tally[N_TOUCHED]] = k
        tally[N_TOUCHED] += 1


@kernel
def is_out(node: Wholes, unit: Wholes, u: int) -> bool:
    """Tell whether a unit is left out."""
    return node[BY, unit[FIRST, u]] < 0  # type: ignore[no-any-return]


@kernel
def take_out(
    node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, tally: Wholes, undo: Wholes, s: int
) -> None:
    """Take a service out of its route; nobody gives it then."""
    k, before, after = node[BY, s], node[PREVIOUS, s], node[NEXT, s]
    tally[VISITS] -= dear[s, k]
    write(node, tally, undo, OF_NODE, NEXT, before, after)
    write(node, tally, undo, OF_NODE, PREVIOUS, after, before)
    write(node, tally, undo, OF_NODE, BY, s, -1)
    push(node, unit, tally, after)
    touch(staff, tally, k)


@kernel
def slot(node: Wholes, unit: Wholes, tally: Wholes, k: int, key: int) -> int:
    """Give the last node of a route before a key."""
    head = tally[N_SERVICES] + k
    before = head
    after = node[NEXT, head]
    while after != head and unit[KEY, node[UNIT, after]] < key:
        before = after
        after = node[NEXT, before]
    return int(before)


@kernel
def put_in(
    node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, tally: Wholes, undo: Wholes,
    s: int, k: int,
) -> None:  # fmt: skip
    """Let somebody give a service that nobody gave, where its key says."""
    before = slot(node, unit, tally, k, unit[KEY, node[UNIT, s]])
    after = node[NEXT, before]
    tally[VISITS] += dear[s, k]
    write(node, tally, undo, OF_NODE, NEXT, before, s)
    write(node, tally, undo, OF_NODE, PREVIOUS, after, s)
    write(node, tally, undo, OF_NODE, NEXT, s, after)
    write(node, tally, undo, OF_NODE, PREVIOUS, s, before)
    write(node, tally, undo, OF_NODE, BY, s, k)
    push(node, unit, tally, s)
    push(node, unit, tally, after)
    touch(staff, tally, k)


@kernel
def leave_out(
    node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, rule: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> None:  # fmt: skip
    """Take a unit out of all routes, and count it as missed."""
    for s in (unit[FIRST, u], unit[SECOND, u]):
        if s >= 0:
            take_out(node, unit, staff, dear, tally, undo, s)
            late = node[LATE, s]
            if late > 0:
                tally[VISITS] -= rule[W_LATE] * late
                tally[STALE] = 1
                write(node, tally, undo, OF_NODE, LATE, s, 0)
            write(node, tally, undo, OF_NODE, START, s, -UNREACHED)
    tally[VISITS] += unit[MISSED, u]


@kernel
def key_after(node: Wholes, unit: Wholes, tally: Wholes, u: int, before: int) -> int:
    """Draw a key for a unit between a node and the next; ``NO_KEY`` if there is no room.

    The last digits of a key are the number of its unit, so that no two are the same.
    """
    n = tally[N_SERVICES]
    after = node[NEXT, before]
    reach = 2 * SPACING  # beyond an end of a route, or mostly as far as the day goes
    if below(tally, 2) == 0:
        reach = max(2, tally[N_UNITS]) * SPACING
    if before < n:
        low = unit[KEY, node[UNIT, before]]
        high = unit[KEY, node[UNIT, after]] if after < n else low + reach
    elif after < n:
        high = unit[KEY, node[UNIT, after]]
        low = high - reach
    else:
        return int(unit[KEY, u])  # an empty route takes it as it is
    drawn = low + int((high - low) * (0.25 + 0.5 * draw(tally)))
    key = drawn - drawn % tally[N_UNITS] + u
    return key if low < key < high else NO_KEY


@kernel
def key_near(unit: Wholes, tally: Wholes, u: int, v: int) -> int:
    """Draw a key for a unit shortly before or after another one's."""
    drawn = unit[KEY, v] + int(SPACING * (draw(tally) - 0.5))
    return drawn - drawn % tally[N_UNITS] + u  # type: ignore[no-any-return]


@kernel
def re_key(unit: Wholes, tally: Wholes, undo: Wholes, u: int, key: int) -> None:
    """Give a unit that is in no route another place in the order."""
    write(unit, tally, undo, OF_UNIT, KEY, u, key)


@kernel
def _sort(unit: Wholes, tally: Wholes, row: int) -> None:
    """Sort the list of units by a row, nearly sorted as it is; what is equal stays."""
    for at in range(1, tally[N_UNITS]):
        u = unit[ORDER, at]
        to = at
        while to > 0 and unit[row, unit[ORDER, to - 1]] > unit[row, u]:
            unit[ORDER, to] = unit[ORDER, to - 1]
            to -= 1
        unit[ORDER, to] = u


@kernel
def number(node: Wholes, unit: Wholes, tally: Wholes) -> None:
    """Give keys in the order of the starts, evenly spaced; the routes stay as they are.

    A second half may start long after its first. So a unit counts as no earlier than whatever
    comes before it in a route.
    """
    n = tally[N_UNITS]
    tally[SINCE_NUMBERED] = 0
    _sort(unit, tally, KEY)
    for at in range(n):
        u = unit[ORDER, at]
        unit[ABOUT, u] = unit[OPENS, u]
        if is_out(node, unit, u):
            continue
        unit[ABOUT, u] = node[START, unit[FIRST, u]]
        for s in (unit[FIRST, u], unit[SECOND, u]):
            if s >= 0 and node[PREVIOUS, s] < tally[N_SERVICES]:
                before = node[UNIT, node[PREVIOUS, s]]
                unit[ABOUT, u] = max(unit[ABOUT, u], unit[ABOUT, before])
    _sort(unit, tally, ABOUT)
    for at in range(n):
        u = unit[ORDER, at]
        unit[KEY, u] = at * SPACING - at * SPACING % n + u
