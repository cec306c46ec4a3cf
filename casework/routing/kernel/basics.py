"""Chance, the log for rolling back, and the queue of visits whose start must be looked at again.

Decides nothing about rosters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.routing.compiled import kernel
from casework.routing.kernel.layout import (
    DUE,
    DURATION,
    END,
    KEY,
    LATE,
    LEAD,
    N_LINKS_LOGGED,
    N_NODES,
    N_QUEUED,
    N_TIMES_LOGGED,
    QUEUE,
    QUEUED,
    SEED,
    START,
)

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["below", "pop", "push", "roll_back", "unit", "write", "write_key"]


@kernel
def _draw(tally: Wholes) -> int:
    """Give the next 31 random bits, by the 48-bit generator of POSIX ``drand48``.

    Only the low bits are kept, so that whole numbers without limit (plain Python) and those that
    wrap around (compiled) agree.
    """
    drawn: int = (int(tally[SEED]) * 25214903917 + 11) & 281474976710655
    tally[SEED] = drawn
    return drawn >> 17


@kernel
def below(tally: Wholes, n: int) -> int:
    """Draw one of 0 to n - 1."""
    return (_draw(tally) * n) >> 31


@kernel
def unit(tally: Wholes) -> float:
    """Draw a number between 0 and 1, both excluded."""
    return (_draw(tally) + 0.5) * 4.656612873077393e-10


@kernel
def write(link: Wholes, tally: Wholes, undo: Wholes, row: int, node: int, value: int) -> None:
    """Set a link, and log what it was."""
    at = tally[N_LINKS_LOGGED]
    undo[0, at] = row
    undo[1, at] = node
    undo[2, at] = link[row, node]
    tally[N_LINKS_LOGGED] = at + 1
    link[row, node] = value


@kernel
def write_key(
    time: Decimals, tally: Wholes, undo: Wholes, was: Decimals, node: int, key: float
) -> None:
    """Set a key, and log what it was; keys are told from starts by a negative node."""
    at = tally[N_TIMES_LOGGED]
    undo[3, at] = -1 - node
    was[at] = time[KEY, node]
    tally[N_TIMES_LOGGED] = at + 1
    time[KEY, node] = key


@kernel
def roll_back(link: Wholes, time: Decimals, tally: Wholes, undo: Wholes, was: Decimals) -> None:
    """Undo everything logged, the last first, and empty the queue."""
    for at in range(tally[N_LINKS_LOGGED] - 1, -1, -1):
        link[undo[0, at], undo[1, at]] = undo[2, at]
    for at in range(tally[N_TIMES_LOGGED] - 1, -1, -1):
        node = undo[3, at]
        if node < 0:
            time[KEY, -1 - node] = was[at]
        else:
            start = was[at]
            time[START, node] = start
            time[END, node] = start + time[DURATION, node]
            time[LATE, node] = max(0.0, start - time[DUE, node])
    for at in range(tally[N_QUEUED]):
        link[QUEUED, link[QUEUE, at]] = 0
    tally[N_QUEUED] = 0


@kernel
def push(link: Wholes, tally: Wholes, node: int) -> None:
    """Queue a visit, once; heads of routes and limbo have no start to look at."""
    if node < tally[N_NODES]:
        lead = link[LEAD, node]
        if link[QUEUED, lead] == 0:
            link[QUEUED, lead] = 1
            link[QUEUE, tally[N_QUEUED]] = lead
            tally[N_QUEUED] += 1


@kernel
def pop(link: Wholes, time: Decimals, tally: Wholes) -> int:
    """Take the queued visit with the least key, of a queue that is always short."""
    last = tally[N_QUEUED] - 1
    found = last
    lead = link[QUEUE, last]
    least = time[KEY, lead]
    for at in range(last):
        other = link[QUEUE, at]
        if time[KEY, other] < least:
            least = time[KEY, other]
            lead = other
            found = at
    link[QUEUE, found] = link[QUEUE, last]
    tally[N_QUEUED] = last
    link[QUEUED, lead] = 0
    return int(lead)
