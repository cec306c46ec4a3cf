"""What the rows and entries of the search's arrays mean.

A *unit* is what is started at once: a visit, or one half of a double visit whose halves need not
be in step (then each is the other's mate). A *node* is one service, or, from ``tally[N_SERVICES]``
on, the head of a member of staff's route. Routes are rings through their head. Every unit has a
*key*, unlike every other; the keys are one order of the whole day, and each route is sorted by
them. The roster is the keys, who gives each service, and two choices more: the window of each
unit, and from when on each of the staff eats at the next stop. Whatever these say can be worked,
for starts are given in that order.

Arrays, all of whole numbers: ``travel`` (minutes between places), ``unit``, ``node`` and
``staff`` (a row for each field), ``able`` (who may give a service), ``dear`` (what it costs that it
is one of them), ``near`` (units worth standing beside), ``rule`` (weights and lunch), ``tally``
(counters), ``undo`` (the log).
"""

from __future__ import annotations

__all__ = [
    "ABLE", "ABOUT", "ACCEPTED", "AT", "AT_END", "BEST_BY", "BEST_COST", "BEST_FROM",
    "BEST_KEY", "BEST_WINDOW", "BY", "CLOSES", "CLOSES_AGAIN", "COST", "DURATION", "EATS",
    "END", "FIRST", "FREE", "FROM", "GIVEN", "GOAL", "HIGH", "HUNGRY", "IDLE", "IDLEST", "KEY",
    "LARGEST", "LATE", "LISTED", "LOGGED", "LOW", "LUNCH", "LUNCH_AFTER", "LUNCH_AT",
    "LUNCH_LAST", "LUNCH_OPENS", "LUNCH_TAKES", "MATE", "MISSED", "MOVES", "NEXT", "NO_KEY",
    "N_NODE_ROWS", "N_QUEUED", "N_RULES", "N_SERVICES", "N_STAFF", "N_STAFF_ROWS", "N_TALLIES",
    "N_TOUCHED", "N_UNITS", "N_UNIT_ROWS", "OPENS", "OPENS_AGAIN", "OPTIONAL", "ORDER", "PLACE",
    "PREVIOUS", "QUEUE", "QUEUED", "ROUTE", "ROUTES", "SECOND", "SEED", "SHIFT",
    "SINCE_NUMBERED", "SPACING", "STALE", "STAMP", "START", "TOUCHED", "TOUCHED_LIST", "UNIT",
    "UNREACHED", "VISITS", "WINDOW", "W_EXTRA", "W_HUNGRY", "W_IDLE", "W_LARGEST", "W_LATE",
    "W_TRAVEL", "W_WAITING",
]  # fmt: skip

# Rows of unit. SECOND is -1 for one service; LOW and HIGH are the least and the greatest time
# between two; WINDOW is the number of the window that is waited for. QUEUE and
# ORDER are lists, ABOUT is a time to sort by.
PLACE, FIRST, SECOND, LOW, HIGH, OPENS, CLOSES, OPENS_AGAIN, CLOSES_AGAIN = range(9)
WINDOW, BEST_WINDOW, KEY, BEST_KEY, MATE, MISSED, OPTIONAL = range(9, 16)
QUEUE, QUEUED, ORDER, ABOUT = range(16, 20)
N_UNIT_ROWS = 20

# Rows of node. BY is -1 for a service that is left out; LUNCH is when lunch begins that is eaten
# on the way to it, or -1; HUNGRY tells whether lunch is still due afterwards. START is the
# earliest start, GIVEN the one that is given, later where that saves waiting. LISTED is a list.
UNIT, AT, DURATION, ABLE, BY, BEST_BY, NEXT, PREVIOUS = range(8)
START, FREE, HUNGRY, LUNCH, LATE, GIVEN, LISTED = range(8, 15)
N_NODE_ROWS = 15

# Rows of staff. FROM is when they begin to think of lunch; ROUTE is what the route costs, IDLE
# its minutes without anything to do; LUNCH_AT and LUNCH_AFTER tell of the lunch that is given.
SHIFT, END, GOAL, EATS, FROM, BEST_FROM, ROUTE, IDLE = range(8)
TOUCHED, TOUCHED_LIST, LUNCH_AT, LUNCH_AFTER = range(8, 12)
N_STAFF_ROWS = 12

# Entries of rule. LUNCH_LAST is the last minute at which lunch may begin.
W_TRAVEL, W_LATE, W_LARGEST, W_WAITING, W_EXTRA, W_IDLE, W_HUNGRY = range(7)
LUNCH_OPENS, LUNCH_LAST, LUNCH_TAKES, AT_END = range(7, 11)
N_RULES = 11

# Entries of tally. SEED is where ``kernel.basics`` draws from. ROUTES is the cost of all routes,
# VISITS that of lateness, wishes and visits left out, LARGEST and IDLEST are minutes.
SEED, N_UNITS, N_SERVICES, N_STAFF, MOVES, ACCEPTED, STAMP, COST, BEST_COST = range(9)
ROUTES, VISITS, LARGEST, IDLEST, STALE, LOGGED, N_QUEUED, N_TOUCHED, SINCE_NUMBERED = range(9, 18)
N_TALLIES = 18

UNREACHED = 10**15  # beyond every minute and every cost
NO_KEY = 1 << 62  # beyond every key
SPACING = 1 << 36  # between the keys of two neighbours in the order, fresh
