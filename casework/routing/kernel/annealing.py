"""Simulated annealing: what is worse by less than a drawn slack may stand, ever less of it.

Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 220 (1983).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from casework.routing.compiled import entry, kernel
from casework.routing.kernel.basics import below, roll_back, unit
from casework.routing.kernel.layout import (
    ACCEPTED,
    BEST,
    BEST_KEY,
    BEST_STAFF,
    DISTANCE,
    KEY,
    KIND,
    LARGEST,
    LATENESS,
    MATE,
    MOVES,
    N_LEADS,
    N_LINKS_LOGGED,
    N_NODES,
    N_TIMES_LOGGED,
    ORDER,
    SINCE_SORTED,
    SINGLE,
    STAFF,
    STALE,
    STAMP,
    START,
    TOGETHER,
)
from casework.routing.kernel.moves import change_staff, relocate, swap
from casework.routing.kernel.pairs import relocate_pair
from casework.routing.kernel.times import lay_out, total
from casework.routing.kernel.turns import turn
from casework.routing.kernel.windows import exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from casework.routing.compiled import Decimals, Wholes

__all__ = ["bind"]

# Shares of the moves in percent: relocations, then swaps, then turns, the rest exchanges.
# Where one of the staff alone can do much of what needs two, 9 of 30 short searches without turns
# ended in an order of those visits that was 7 % dearer, 2 of 30 with them.
RELOCATIONS, SWAPS, TURNS = 60, 16, 6
# Of a larger day only so many services have their turns, as each is dear there. In nine searches of
# 10 seconds on days of 157 to 300 visits that was 6 % more moves; seven ended better, one 2.2 %
# worse, 0.3 % better on average.
TURNED = 150
SORT_AFTER = 300  # moves accepted; the keys follow the starts again


@kernel
def _one_move(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals, near: Wholes, able: Wholes, slack: float,
) -> bool:  # fmt: skip
    drawn = below(tally, 100)
    node = below(tally, tally[N_NODES])
    kind = link[KIND, node]
    if drawn >= RELOCATIONS + SWAPS + TURNS:
        return exchange(travel, link, time, tally, cost, undo, was, near, able, node, slack)
    if drawn >= RELOCATIONS + SWAPS and (
        tally[N_NODES] <= TURNED or below(tally, tally[N_NODES]) < TURNED
    ):
        return turn(travel, link, time, tally, cost, undo, was, node, slack)
    if RELOCATIONS <= drawn < RELOCATIONS + SWAPS:
        return swap(travel, link, time, tally, cost, undo, was, near, able, node, slack)
    if kind == TOGETHER and below(tally, 3) == 0:
        return change_staff(travel, link, time, tally, cost, undo, was, able, node, slack)
    if kind == TOGETHER or (kind != SINGLE and below(tally, 3) == 0):
        return relocate_pair(travel, link, time, tally, cost, undo, was, near, able, node, slack)
    return relocate(travel, link, time, tally, cost, undo, was, near, able, node, slack)


@kernel
def _keep_best(link: Wholes, time: Decimals, tally: Wholes, cost: Decimals) -> None:
    if total(cost) < cost[BEST] - 1e-6:
        cost[BEST] = total(cost)
        for node in range(tally[N_NODES]):
            link[BEST_STAFF, node] = link[STAFF, node]
            time[BEST_KEY, node] = time[KEY, node]


@kernel
def _sort_keys(link: Wholes, time: Decimals, tally: Wholes) -> None:
    """Give every event the rank of its start as key; among equal starts the order stays."""
    for at in range(1, tally[N_LEADS]):
        lead = link[ORDER, at]
        start, key = time[START, lead], time[KEY, lead]
        to = at
        while to > 0:
            other = link[ORDER, to - 1]
            then = time[START, other]
            if then < start or (then == start and time[KEY, other] <= key):
                break
            link[ORDER, to] = other
            to -= 1
        link[ORDER, to] = lead
    for at in range(tally[N_LEADS]):
        lead = link[ORDER, at]
        time[KEY, lead] = at
        if link[KIND, lead] == TOGETHER:
            time[KEY, link[MATE, lead]] = at


@kernel
def _refresh(
    travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
    undo: Wholes, was: Decimals,
) -> None:  # fmt: skip
    """Sort the keys, and the starts afresh: waiting in a circle may have kept some too late."""
    tally[SINCE_SORTED] = 0
    _sort_keys(link, time, tally)
    lay_out(travel, link, time, tally, cost, undo, was)


def bind(stamp: int) -> Callable[..., bool]:
    """Give the search, bound to a stamp of its sources.

    The stamp is part of what numba's cache goes by; without it a change in another module than
    this one would be missed.
    """

    @entry
    def anneal(
        travel: Decimals, link: Wholes, time: Decimals, tally: Wholes, cost: Decimals,
        undo: Wholes, was: Decimals, near: Wholes, able: Wholes,
        temperature: float, moves: int,
    ) -> bool:  # fmt: skip
        """Lay out the roster that staff and keys tell, then make moves at one temperature.

        Returns
        -------
        bool
            Whether the roster that it began with can be worked.
        """
        tally[STAMP] = stamp
        if not lay_out(travel, link, time, tally, cost, undo, was):
            return False
        _sort_keys(link, time, tally)
        _keep_best(link, time, tally, cost)
        for _move in range(moves):
            tally[N_LINKS_LOGGED] = 0
            tally[N_TIMES_LOGGED] = 0
            distance, lateness, largest = cost[DISTANCE], cost[LATENESS], cost[LARGEST]
            slack = -temperature * math.log(unit(tally))
            if _one_move(
                travel, link, time, tally, cost, undo, was, near, able, slack
            ):  # fmt: skip
                tally[ACCEPTED] += 1
                tally[SINCE_SORTED] += 1
                _keep_best(link, time, tally, cost)
                if tally[SINCE_SORTED] > SORT_AFTER:
                    _refresh(travel, link, time, tally, cost, undo, was)
            elif tally[N_LINKS_LOGGED] + tally[N_TIMES_LOGGED] > 0:
                roll_back(link, time, tally, undo, was)
                cost[DISTANCE], cost[LATENESS], cost[LARGEST] = distance, lateness, largest
                tally[STALE] = 0
        tally[MOVES] += moves
        return True

    return anneal
