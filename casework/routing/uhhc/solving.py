"""The method for a rich day: anneal while there is time, and give the best roster of all.

Decides temperatures and number of runs; leaves how they follow each other to ``runs``.
"""

from __future__ import annotations

from typing import TypeAlias

from casework.routing import runs
from casework.routing.compiled import is_compiled
from casework.routing.runs import Budget, Runs, Tuning
from casework.routing.uhhc.board import set_out
from casework.routing.uhhc.checking import Verdict, check
from casework.routing.uhhc.day import Day, Roster, Service, Staff, Visit, Weights

__all__ = ["Outcome", "prepare", "solve"]

# Temperatures are minutes of travel: a search that ends warmer than one of them never settles.
TUNING = Tuning(
    "uhhc", hot=150.0, cold=1.0, moves_of_one_run=60_000, most_runs=12, quick_moves=0,
    compiled_speed=2_000_000, plain_speed=4_000,
)  # fmt: skip


Outcome: TypeAlias = runs.Outcome[Roster, Verdict]


def solve(day: Day, budget: Budget, seed: int = 1) -> Outcome:
    """Find a roster of low cost for a day.

    Parameters
    ----------
    day : Day
    budget : Budget
    seed : int

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        When the budget has no end.
    """
    board = set_out(day, seed)
    course = Runs(board, budget, TUNING)
    course.spend()
    roster = board.roster()
    return runs.Outcome(
        roster, check(day, roster), board.moves, course.begun, is_compiled(), course.compiling
    )  # fmt: skip


def prepare() -> bool:
    """Compile the search, or load what was compiled before, so that nobody waits for it later.

    Returns
    -------
    bool
        Whether there is a compiled search now.
    """
    visit = Visit("p", 0, ((0, 0),), (Service("s", 1),), None, False, None, frozenset())
    staff = Staff("c", frozenset("s"), 0, 0, (0, 1), False)
    solve(Day((visit,), (staff,), ((0,),), None, Weights(), False), Budget(moves=1))
    return is_compiled()
