"""What the rows and entries of the search's arrays mean.

A *unit* is a visit. The roster is, for each unit, the slot it was given and who takes its seats,
and for each day the order in which its units are begun; starts are given in that order, as early
as may be, so that whatever the order says can be worked or is seen not to be.

Arrays, all of whole numbers: ``travel`` (means, places, places), ``unit`` (a row for each field),
``slot`` (fields, unit, slot), ``turn`` (a row for each field), ``pool`` (turns that may take a
seat, one stretch for each unit, slot and seat), ``price`` (unit, seat, worker; -1 for who must
not), ``near`` (units worth standing beside), ``order`` (day, position), ``worker`` and ``day`` (a
row for each field), ``tally`` (counters) and ``undo`` (the log).
"""

from __future__ import annotations

__all__ = [
    "ACCEPTED", "AT", "BASE", "BEGINS", "BEST_COST", "BEST_POSITION", "BEST_SLOT", "BEST_START",
    "BEST_START_TOO", "BEST_TURN", "BEST_TURN_TOO", "CLOSES", "COST", "DAY", "DAY_COST", "DAY_N",
    "DAY_STAMP", "DAY_WAS", "ENDS", "FIRST_TURN", "FREE", "HIGH", "IMPOSSIBLE", "KEPT_DAY",
    "KEPT_START", "LAST_TURN", "LOAD", "LOGGED", "LOW", "MINUTES", "MINUTES_TOO", "MODE", "MOVES",
    "N_DAYS", "N_DAY_ROWS", "N_SLOTS", "N_TALLIES", "N_TURNS", "N_TURN_ROWS", "N_UNITS",
    "N_UNIT_ROWS", "N_WORKER_ROWS", "OFF", "OFF_TOO", "OPENS", "PLACE", "POSITION", "SEED", "SHARE",
    "SLOT", "SLOT_DAY", "SPREAD", "SPREAD_TOO", "STAMP", "START", "START_TOO", "STOPS", "TURN",
    "TURN_TOO", "VALUE", "WORKER", "W_ABOVE", "W_DAY", "W_LATE", "W_TIME", "W_TRAVEL",
    "W_UNMOVED",
]  # fmt: skip

# Rows of unit. What ends in TOO is of the second seat; MINUTES_TOO is 0 for one seat. SLOT is -1
# for a unit that is left out. TURN_TOO is -1 without a second seat.
PLACE, MINUTES, MINUTES_TOO, LOW, HIGH, N_SLOTS, VALUE, KEPT_DAY, KEPT_START = range(9)
SLOT, TURN, TURN_TOO, POSITION, START, START_TOO = range(9, 15)
BEST_SLOT, BEST_TURN, BEST_TURN_TOO, BEST_POSITION, BEST_START, BEST_START_TOO = range(15, 21)
N_UNIT_ROWS = 21

# Fields of slot. OFF and SPREAD: where in the pool the turns for it begin, and how many there are.
SLOT_DAY, OPENS, CLOSES, OFF, SPREAD, OFF_TOO, SPREAD_TOO = range(7)

# Rows of turn, which are sorted by day; from AT on they follow from the roster.
WORKER, DAY, BEGINS, ENDS, BASE, MODE, AT, FREE, STOPS = range(9)
N_TURN_ROWS = 9

# Rows of worker: minutes of visits, and the share with its tolerance.
LOAD, SHARE = range(2)
N_WORKER_ROWS = 2

# Rows of day. DAY_STAMP marks the days that a move touched.
DAY_N, FIRST_TURN, LAST_TURN, DAY_COST, DAY_WAS, DAY_STAMP = range(6)
N_DAY_ROWS = 6

# Entries of tally. SEED is where ``kernel.basics`` draws from.
SEED, N_UNITS, N_TURNS, N_DAYS, MOVES, ACCEPTED, STAMP, COST, BEST_COST, LOGGED = range(10)
W_TRAVEL, W_LATE, W_ABOVE, W_DAY, W_TIME, W_UNMOVED = range(10, 16)
N_TALLIES = 16

IMPOSSIBLE = 10**12  # what a day costs that cannot be worked
