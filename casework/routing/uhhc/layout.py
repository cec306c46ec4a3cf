"""What the rows and entries of the search's arrays mean.

A *unit* is what stands in the order of the day: a visit, or one half of a double visit whose
halves need not be in step (then each is the other's mate). The roster is the order, who gives each
service, and three choices more: the window of each unit, and from when on each of the staff eats
at the next stop. Whatever these say can be worked, for starts are given in that order.

Arrays, all of whole numbers: ``travel`` (minutes between places), ``unit``, ``service`` and
``staff`` (a row for each field), ``order`` (units, and the best order so far), ``able`` (who may
give a service), ``dear`` (what it costs that it is one of them), ``near`` (units worth standing
beside), ``rule`` (weights and lunch), ``tally`` (counters), ``undo`` (the log).
"""

from __future__ import annotations

__all__ = [
    "ABLE",
    "ACCEPTED",
    "AT",
    "AT_END",
    "BEST_BY",
    "BEST_COST",
    "BEST_FROM",
    "BEST_WINDOW",
    "BY",
    "CLOSES",
    "CLOSES_AGAIN",
    "COST",
    "DURATION",
    "EATS",
    "END",
    "FIRST",
    "FREE",
    "FROM",
    "GOAL",
    "HIGH",
    "HOME",
    "HUNGRY",
    "LARGEST",
    "LOGGED",
    "LOW",
    "LUNCH_AFTER",
    "LUNCH_AT",
    "LUNCH_LAST",
    "LUNCH_OPENS",
    "LUNCH_TAKES",
    "MATE",
    "MISSED",
    "MOVES",
    "N_RULES",
    "N_SERVICES",
    "N_SERVICE_ROWS",
    "N_STAFF",
    "N_STAFF_ROWS",
    "N_TALLIES",
    "N_UNITS",
    "N_UNIT_ROWS",
    "OPENS",
    "OPENS_AGAIN",
    "OPTIONAL",
    "PLACE",
    "POSITION",
    "SECOND",
    "SEED",
    "SHIFT",
    "SPENT",
    "STAMP",
    "START",
    "STOPS",
    "UNIT",
    "UNREACHED",
    "WINDOW",
    "W_EXTRA",
    "W_HUNGRY",
    "W_IDLE",
    "W_LARGEST",
    "W_LATE",
    "W_TRAVEL",
    "W_WAITING",
]  # fmt: skip

# Rows of unit. SECOND is -1 for one service; LOW and HIGH are the least and the greatest time
# between two; WINDOW is the number of the window that is waited for.
PLACE, FIRST, SECOND, LOW, HIGH, OPENS, CLOSES, OPENS_AGAIN, CLOSES_AGAIN = range(9)
WINDOW, BEST_WINDOW, POSITION, MATE, MISSED, OPTIONAL = range(9, 15)
N_UNIT_ROWS = 15

# Rows of service. BY is -1 for a service that is left out.
DURATION, BY, BEST_BY, START, ABLE, UNIT = range(6)
N_SERVICE_ROWS = 6

# Rows of staff. FROM is when they begin to think of lunch; from AT on they follow from the roster.
SHIFT, END, HOME, GOAL, EATS, FROM, BEST_FROM, AT, FREE, SPENT, HUNGRY, STOPS = range(12)
LUNCH_AT, LUNCH_AFTER = 12, 13
N_STAFF_ROWS = 14

# Entries of rule. LUNCH_LAST is the last minute at which lunch may begin.
W_TRAVEL, W_LATE, W_LARGEST, W_WAITING, W_EXTRA, W_IDLE, W_HUNGRY = range(7)
LUNCH_OPENS, LUNCH_LAST, LUNCH_TAKES, AT_END = range(7, 11)
N_RULES = 11

# Entries of tally. SEED is where ``kernel.basics`` draws from.
SEED, N_UNITS, N_SERVICES, N_STAFF, MOVES, ACCEPTED, STAMP, COST, BEST_COST = range(9)
LARGEST, LOGGED = 9, 10
N_TALLIES = 11

UNREACHED = 10**15  # beyond every minute and every cost
