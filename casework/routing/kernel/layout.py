"""What the rows and entries of the search's arrays mean.

A *node* is one service of one visit, or the head of a member of staff's route: nodes below
``tally[N_NODES]`` are services, the next ``tally[N_STAFF]`` are heads, and the last one is limbo,
where a service waits while it is in no route. Routes are rings through their head. Every service
has a *key*; the keys are one topological order of the whole day, and each route is sorted by them.
The two halves of a simultaneous visit share key and start, and the first of them, the *lead*,
stands for both in the queue. A sequential visit is two events with keys of their own.

Arrays: ``travel`` (minutes between places), ``link`` (whole numbers a node), ``time`` (decimals a
node), ``tally`` (counters), ``cost`` (terms of the objective), ``undo`` and ``was`` (the log that a
rejected move is rolled back with), ``near`` (neighbours worth standing beside), ``able`` (who may
give a service: first the list, then from column ``tally[N_STAFF]`` a flag for each of the staff).
"""

from __future__ import annotations

__all__ = [
    "ACCEPTED", "BEST", "BEST_KEY", "BEST_STAFF", "DISTANCE", "DUE", "DURATION", "END", "EPSILON",
    "FIRST", "HIGH", "KEY", "KIND", "LARGEST", "LATE", "LATENESS", "LEAD", "LISTED", "LISTED_KEY",
    "LOW", "MATE", "MOVES", "NEXT", "N_ABLE", "N_COSTS", "N_LEADS", "N_LINKS", "N_LINKS_LOGGED",
    "N_NEAR", "N_NODES", "N_QUEUED", "N_STAFF", "N_TALLIES", "N_TIMES", "N_TIMES_LOGGED", "OPEN",
    "ORDER", "PLACE", "PREVIOUS", "QUEUE", "QUEUED", "SECOND", "SEED", "SINCE_SORTED", "SINGLE",
    "STAFF", "STALE", "STAMP", "START", "TOGETHER", "UNREACHED",
]  # fmt: skip

# Kinds of a node.
SINGLE, TOGETHER, FIRST, SECOND = 0, 1, 2, 3

# Rows of link. QUEUE and ORDER are lists of leads, BEST_STAFF the best roster so far, LISTED what
# a move is about.
NEXT, PREVIOUS, STAFF, PLACE, KIND, MATE, LEAD, QUEUE, QUEUED, ORDER = range(10)
BEST_STAFF, N_ABLE, N_NEAR, LISTED = range(10, 14)
N_LINKS = 14

# Rows of time, in minutes but for the keys. LOW and HIGH of a second half: the least and the
# greatest time that its start may be after that of the first.
START, END, LATE, OPEN, DUE, DURATION, LOW, HIGH, KEY, BEST_KEY, LISTED_KEY = range(11)
N_TIMES = 11

# Entries of tally.
SEED, N_QUEUED, N_LINKS_LOGGED, N_TIMES_LOGGED, N_NODES, N_STAFF, N_LEADS = range(7)
STALE, MOVES, ACCEPTED, SINCE_SORTED, STAMP = range(7, 12)
N_TALLIES = 12

# Entries of cost, in minutes. STALE says that LARGEST may be less by now.
DISTANCE, LATENESS, LARGEST, BEST = range(4)
N_COSTS = 4

EPSILON = 1e-7  # minutes; below it two starts are the same
UNREACHED = 1e15  # beyond every key and every cost
