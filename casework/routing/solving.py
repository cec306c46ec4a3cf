"""The method for a plain day: anneal while there is time, and give the best roster of all.

Decides temperatures and number of runs; leaves how they follow each other to ``runs``.
"""

from __future__ import annotations

from typing import TypeAlias

from casework.routing import runs
from casework.routing.board import set_out
from casework.routing.checking import Verdict, check
from casework.routing.compiled import is_compiled
from casework.routing.day import Day, Roster, Service, Staff, Visit
from casework.routing.runs import Budget, Runs, Tuning

__all__ = ["Outcome", "prepare", "solve"]

# Measured on days of 25 to 300 visits, where neither many short runs nor few long ones won
# everywhere. Hot is told in what a service costs, cold in the travel to one, after a quick descent:
# days with much lateness need to begin hotter, and others lose their time there. Against a fixed
# 100 and 1, after 8 million moves, four seeds each: 3 days that were +1.7 to +3.1 % above the best
# known came to -0.2 to +1.7, and two that were good stayed so.
TUNING = Tuning(
    "plain", hot=3.0, cold=0.05, moves_of_one_run=14_000, most_runs=40, quick_moves=200,
    compiled_speed=3_000_000, plain_speed=4_000,
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
        Never with a roster that breaks a rule.

    Raises
    ------
    ValueError
        When the budget has no end.
    RuntimeError
        When the roster found breaks a rule, which is a mistake of this program.
    """
    if not day.visits:
        idle = Roster(tuple(() for _who in day.staff))
        return runs.Outcome(idle, check(day, idle), 0, 0, is_compiled(), 0.0)
    board = set_out(day, seed)
    course = Runs(board, budget, TUNING)
    course.spend()
    roster = board.roster()
    verdict = check(day, roster)
    if verdict.broken:
        raise RuntimeError(f"the search gave a roster that breaks rules: {verdict.broken}")
    return runs.Outcome(
        roster, verdict, board.moves, course.begun, is_compiled(), course.compiling
    )  # fmt: skip


def prepare() -> bool:
    """Compile the search, or load what was compiled before, so that nobody waits for it later.

    Returns
    -------
    bool
        Whether there is a compiled search now.
    """
    visit = Visit("p", 0.0, 0.0, (Service("s", 1.0),))
    day = Day((visit,), (Staff("c", frozenset("s")),), ((0.0, 1.0), (1.0, 0.0)))
    solve(day, Budget(moves=1))
    return is_compiled()
