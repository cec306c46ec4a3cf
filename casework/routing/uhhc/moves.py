"""The moves: which change to the roster is tried next.

Decides one change; leaves its cost to ``times``. Each tells whether it changed anything; what it
began and could not finish is rolled back by the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.basics import below
from casework.routing.uhhc.layout import (
    ABLE,
    BY,
    EATS,
    FIRST,
    FROM,
    IDLE,
    KEY,
    LISTED,
    LUNCH_LAST,
    LUNCH_OPENS,
    MATE,
    MISSED,
    N_SERVICES,
    N_STAFF,
    N_UNITS,
    NEXT,
    NO_KEY,
    OPENS_AGAIN,
    OPTIONAL,
    PREVIOUS,
    SECOND,
    UNIT,
    UNREACHED,
    VISITS,
    WINDOW,
)
from casework.routing.uhhc.linking import (
    OF_STAFF,
    OF_UNIT,
    is_out,
    key_after,
    key_near,
    leave_out,
    push,
    put_in,
    re_key,
    slot,
    take_out,
    write,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["change"]

# Shares of the moves in percent; the rest changes windows and lunches.
BESIDE, SWAPS, EXCHANGES, STAFF_CHANGES, OPTIONS = 50, 16, 14, 10, 6
LONGEST_SEGMENT = 5
TO_IDLEST = 10  # one change of staff in so many
ANYWHERE = 50  # one in so many stands beside any unit: idle time may be worth a long way


@kernel
def _either(node: Wholes, unit: Wholes, tally: Wholes, u: int) -> int:
    """Choose one of the services of a unit."""
    if unit[SECOND, u] >= 0 and below(tally, 2) == 0:
        return int(unit[SECOND, u])
    return int(unit[FIRST, u])


@kernel
def _other(node: Wholes, unit: Wholes, s: int) -> int:
    """Give the service in step with one, or -1."""
    u = node[UNIT, s]
    return unit[SECOND, u] if unit[FIRST, u] == s else unit[FIRST, u]  # type: ignore[no-any-return]


@kernel
def _may(node: Wholes, unit: Wholes, dear: Wholes, s: int, k: int) -> bool:
    """Tell whether somebody may give a service, its other half left with whom it has."""
    if k < 0 or dear[s, k] < 0:
        return False
    other = _other(node, unit, s)
    return other < 0 or node[BY, other] != k


@kernel
def _stand_beside(
    node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes, near: Wholes,
    tally: Wholes, undo: Wholes, u: int,
) -> bool:  # fmt: skip
    """Put a unit before or after a neighbour, mostly with the neighbour's staff."""
    v = near[u, below(tally, near.shape[1])]
    if below(tally, ANYWHERE) == 0:
        v = below(tally, tally[N_UNITS])
    if v == u or is_out(node, unit, v):
        return False
    s, beside = _either(node, unit, tally, u), _either(node, unit, tally, v)
    k, own = node[BY, beside], node[BY, s]
    if below(tally, 10) == 0:
        k = own
    other = _other(node, unit, s)
    other_by = node[BY, other] if other >= 0 else -1
    if dear[s, k] < 0:
        return False
    if other >= 0 and (other_by == k or below(tally, 3) == 0):
        other_by = able[other, below(tally, node[ABLE, other])]
        if other_by == k:
            return False
    take_out(node, unit, staff, dear, tally, undo, s)
    if other >= 0:
        take_out(node, unit, staff, dear, tally, undo, other)
    if node[BY, beside] != k:  # own staff, about the time of the neighbour
        key = key_near(unit, tally, u, v)
    elif below(tally, 2) == 0:
        key = key_after(node, unit, tally, u, node[PREVIOUS, beside])
    else:
        key = key_after(node, unit, tally, u, beside)
    if key == NO_KEY:
        return False
    re_key(unit, tally, undo, u, key)
    if unit[OPENS_AGAIN, u] < UNREACHED and below(tally, 3) == 0:
        write(unit, tally, undo, OF_UNIT, WINDOW, u, 1 - unit[WINDOW, u])
    put_in(node, unit, staff, dear, tally, undo, s, k)
    if other >= 0:
        put_in(node, unit, staff, dear, tally, undo, other, other_by)
    return True


@kernel
def _digits(tally: Wholes, key: int, u: int) -> int:
    """Make a key of another unit that of this one."""
    return key - key % tally[N_UNITS] + u  # type: ignore[no-any-return]


@kernel
def _swap(
    node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, near: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> bool:  # fmt: skip
    """Exchange two neighbours: mostly places in the order and staff, else staff alone."""
    v = near[u, below(tally, near.shape[1])]
    if v == u or is_out(node, unit, v):
        return False
    s, t = _either(node, unit, tally, u), _either(node, unit, tally, v)
    k, m = node[BY, s], node[BY, t]
    only_staff = k != m and below(tally, 4) == 0
    if k != m and not (_may(node, unit, dear, s, m) and _may(node, unit, dear, t, k)):
        return False
    other, other_then = _other(node, unit, s), _other(node, unit, t)
    if only_staff:
        other = other_then = -1
    by = node[BY, other] if other >= 0 else -1
    by_then = node[BY, other_then] if other_then >= 0 else -1
    take_out(node, unit, staff, dear, tally, undo, s)
    take_out(node, unit, staff, dear, tally, undo, t)
    if other >= 0:
        take_out(node, unit, staff, dear, tally, undo, other)
    if other_then >= 0:
        take_out(node, unit, staff, dear, tally, undo, other_then)
    if not only_staff:
        key, key_then = unit[KEY, u], unit[KEY, v]
        re_key(unit, tally, undo, u, _digits(tally, key_then, u))
        re_key(unit, tally, undo, v, _digits(tally, key, v))
    put_in(node, unit, staff, dear, tally, undo, s, m)
    put_in(node, unit, staff, dear, tally, undo, t, k)
    if other >= 0:
        put_in(node, unit, staff, dear, tally, undo, other, by)
    if other_then >= 0:
        put_in(node, unit, staff, dear, tally, undo, other_then, by_then)
    return True


@kernel
def _idlest(staff: Wholes, tally: Wholes) -> int:
    found = 0
    for k in range(tally[N_STAFF]):
        if staff[IDLE, k] > staff[IDLE, found]:
            found = k
    return found


@kernel
def _change_staff(
    node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> bool:  # fmt: skip
    """Give a service to somebody else, at times to whoever has most time on their hands."""
    s = _either(node, unit, tally, u)
    k = able[s, below(tally, node[ABLE, s])]
    if below(tally, TO_IDLEST) == 0:
        k = _idlest(staff, tally)
    if k == node[BY, s] or not _may(node, unit, dear, s, k):
        return False
    take_out(node, unit, staff, dear, tally, undo, s)
    put_in(node, unit, staff, dear, tally, undo, s, k)
    return True


@kernel
def _list_window(
    node: Wholes, unit: Wholes, dear: Wholes, tally: Wholes,
    s: int, k: int, last: int, listed: int,
) -> int:  # fmt: skip
    """List what stands from a service to the end of a window; -1 when somebody may not give it.

    Two halves in step share their key, so if staff have both, both are in the window or neither.
    """
    while s < tally[N_SERVICES] and unit[KEY, node[UNIT, s]] <= last:
        if dear[s, k] < 0:
            return -1
        node[LISTED, listed] = s
        listed += 1
        s = node[NEXT, s]
    return listed


@kernel
def _exchange(
    node: Wholes, unit: Wholes, staff: Wholes, dear: Wholes, near: Wholes, tally: Wholes,
    undo: Wholes, u: int,
) -> bool:  # fmt: skip
    """Exchange what two members of staff do in a window of the order that begins with a unit."""
    v = near[u, below(tally, near.shape[1])]
    s = _either(node, unit, tally, u)
    k, m = node[BY, s], below(tally, tally[N_STAFF])
    if below(tally, 4) > 0:
        m = node[BY, _either(node, unit, tally, v)]
    if m < 0 or k == m:
        return False
    last, end = NO_KEY, s
    if below(tally, 3) > 0:
        for _more in range(below(tally, LONGEST_SEGMENT)):
            if node[NEXT, end] < tally[N_SERVICES]:
                end = node[NEXT, end]
        if node[NEXT, end] < tally[N_SERVICES]:
            last = unit[KEY, node[UNIT, node[NEXT, end]]] - 1
    start = node[NEXT, slot(node, unit, tally, m, unit[KEY, u])]
    own = _list_window(node, unit, dear, tally, s, m, last, 0)
    if own < 0:
        return False
    both = _list_window(node, unit, dear, tally, start, k, last, own)
    if both < 0:
        return False
    for at in range(both):
        take_out(node, unit, staff, dear, tally, undo, node[LISTED, at])
    for at in range(both):
        put_in(node, unit, staff, dear, tally, undo, node[LISTED, at], m if at < own else k)
    return True


@kernel
def _bring_back(
    node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes, near: Wholes,
    tally: Wholes, undo: Wholes, u: int,
) -> bool:  # fmt: skip
    """Put a visit that was left out beside a neighbour, with staff that may make it."""
    for one in (u, unit[MATE, u]):
        if not is_out(node, unit, one):
            continue  # its own mate, already back
        s, t = unit[FIRST, one], unit[SECOND, one]
        v = near[one, below(tally, near.shape[1])]
        k = able[s, below(tally, node[ABLE, s])]
        if not is_out(node, unit, v) and below(tally, 4) > 0:
            k = node[BY, _either(node, unit, tally, v)]
        m = able[t, below(tally, node[ABLE, t])] if t >= 0 else -1
        if m == k or dear[s, k] < 0:
            return False
        before = slot(node, unit, tally, k, unit[KEY, v])
        if below(tally, 2) == 0:
            before = slot(node, unit, tally, k, unit[KEY, v] + 1)
        key = key_after(node, unit, tally, one, before)
        if key == NO_KEY:
            return False
        tally[VISITS] -= unit[MISSED, one]
        re_key(unit, tally, undo, one, key)
        put_in(node, unit, staff, dear, tally, undo, s, k)
        if t >= 0:
            put_in(node, unit, staff, dear, tally, undo, t, m)
    return True


@kernel
def _rethink(
    node: Wholes, unit: Wholes, staff: Wholes, rule: Wholes, tally: Wholes, undo: Wholes, u: int
) -> bool:
    """Wait for the other window, or eat at another time."""
    if unit[OPENS_AGAIN, u] < UNREACHED and below(tally, 2) == 0:
        write(unit, tally, undo, OF_UNIT, WINDOW, u, 1 - unit[WINDOW, u])
        push(node, unit, tally, unit[FIRST, u])
        return True
    k = below(tally, tally[N_STAFF])
    if staff[EATS, k] == 0:
        return False
    early = max(0, rule[LUNCH_OPENS] - 60)
    write(
        staff, tally, undo, OF_STAFF, FROM, k, early + below(tally, rule[LUNCH_LAST] + 61 - early)
    )
    s = node[NEXT, tally[N_SERVICES] + k]
    while s < tally[N_SERVICES]:
        push(node, unit, tally, s)
        s = node[NEXT, s]
    return True


@kernel
def change(
    node: Wholes, unit: Wholes, staff: Wholes, able: Wholes, dear: Wholes, near: Wholes,
    rule: Wholes, tally: Wholes, undo: Wholes,
) -> bool:  # fmt: skip
    """Make one change of any kind, or tell that the drawn one is not possible."""
    drawn = below(tally, 100)
    u = below(tally, tally[N_UNITS])
    if is_out(node, unit, u):
        return unit[OPTIONAL, u] == 1 and _bring_back(
            node, unit, staff, able, dear, near, tally, undo, u
        )
    if drawn < BESIDE:
        return _stand_beside(node, unit, staff, able, dear, near, tally, undo, u)
    if drawn < BESIDE + SWAPS:
        return _swap(node, unit, staff, dear, near, tally, undo, u)
    if drawn < BESIDE + SWAPS + EXCHANGES:
        return _exchange(node, unit, staff, dear, near, tally, undo, u)
    if drawn < BESIDE + SWAPS + EXCHANGES + STAFF_CHANGES:
        return _change_staff(node, unit, staff, able, dear, tally, undo, u)
    if drawn < BESIDE + SWAPS + EXCHANGES + STAFF_CHANGES + OPTIONS and unit[OPTIONAL, u] == 1:
        for one in (u, unit[MATE, u]):
            if not is_out(node, unit, one):
                leave_out(node, unit, staff, dear, rule, tally, undo, one)
        return True
    return _rethink(node, unit, staff, rule, tally, undo, u)
