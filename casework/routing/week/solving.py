"""The method: anneal the whole week from hot to cold, and give the best roster of all.

Decides how the moves are spent; leaves single moves to ``annealing``. Moves are counted, never
timed, so that the same week and seed give the same roster on every machine, compiled or plain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.routing.compiled import is_compiled, search
from casework.routing.week.board import Board, set_out
from casework.routing.week.checking import Verdict, check
from casework.routing.week.model import Placed, Roster, Seat, Slot, Turn, Visit, Week, Worker

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["Outcome", "prepare", "solve"]

FORMAT = "week"
HOT, COLD = 120.0, 2.0  # temperatures, in points
WARM = 25.0  # where a roster is there that should change little
STEPS = 150  # temperatures
QUICK_MOVES = 60  # a visit, cold, before the rest: who stops early has a fair roster
MOVES_A_VISIT = 12_000
FEWEST_MOVES = 2_000_000  # a small week costs nobody a second, and is worth several runs
MOST_WORK = 80_000_000_000  # moves times visits: a move lays a whole day out again
MOST_RUNS = 4


def _never() -> bool:
    return False


def _untold(share: float, cost: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best roster found, and how it was found.

    Parameters
    ----------
    roster : Roster
    verdict : Verdict
        By ``check``, which found no broken rule.
    moves : int
        Moves tried.
    was_stopped : bool
        Whether somebody stopped it before its moves were spent.
    was_compiled : bool
        False for the slow plain path.
    """

    roster: Roster
    verdict: Verdict
    moves: int
    was_stopped: bool
    was_compiled: bool


def solve(
    week: Week,
    seed: int = 1,
    *,
    moves: int | None = None,
    begin: Roster | None = None,
    is_stopped: Callable[[], bool] = _never,
    progress: Callable[[float, int], None] = _untold,
) -> Outcome:
    """Find a roster of low cost for a week.

    Parameters
    ----------
    week : Week
    seed : int
    moves : int or None
        How many to try; None for a number by the size of the week.
    begin : Roster or None
        A roster to begin with, as far as it can be worked; the search then starts less hot.
    is_stopped : callable
        Asked often; when it says so, the search ends with the best so far.
    progress : callable
        Told often: the share of the moves spent, 0 to 1, and the least cost so far, in points.

    Returns
    -------
    Outcome
        Never with a roster that breaks a rule.

    Raises
    ------
    RuntimeError
        When the roster found breaks a rule, which is a mistake of this program.
    """
    if not week.visits or not any(one.turns for one in week.workers) or week.n_days < 1:
        return Outcome(Roster(()), check(week, Roster(())), 0, False, is_compiled())
    if moves is None:
        n = len(week.visits)
        moves = max(FEWEST_MOVES, min(MOVES_A_VISIT * n, MOST_WORK // n))
    board = set_out(week, seed, begin)
    quick = min(moves // 10, QUICK_MOVES * len(week.visits))
    if not search(FORMAT)(*board.arrays, COLD, 0):
        board = set_out(week, seed, _workable(week, begin or Roster(())))
    best = _anneal(board, COLD, quick)
    hot = HOT if begin is None else WARM
    runs = max(1, min(MOST_RUNS, moves // (MOVES_A_VISIT * len(week.visits))))
    step, spent = max(1, (moves - quick) // (STEPS * runs)), quick
    while spent < moves and not is_stopped():
        share = spent * runs / moves % 1  # of the present run, from hot to cold
        best = min(
            best,
            _anneal(board, hot * (COLD / hot) ** share, min(step, moves - spent)),
            key=lambda one: one[0],
        )
        spent += min(step, moves - spent)
        progress(spent / moves, best[0])
    roster = board.roster(best[1])
    verdict = check(week, roster)
    if verdict.broken:
        raise RuntimeError(f"the search gave a roster that breaks rules: {verdict.broken}")
    return Outcome(roster, verdict, spent, spent < moves, is_compiled())


def prepare() -> bool:
    """Compile the search, or load what was compiled before; tell whether there is one now."""
    visit = Visit("v", "p", 0, (Seat(None, 1),), (Slot(0, 0, 60),), 1)
    worker = Worker("w", frozenset(), (Turn(0, 0, 60),))
    solve(Week(1, (visit,), (worker,), (((0,),),)), moves=1)
    return is_compiled()


def _anneal(board: Board, temperature: float, moves: int) -> tuple[int, Wholes]:
    if not search(FORMAT)(*board.arrays, temperature, moves):
        raise RuntimeError("the search went on from a roster that cannot be worked")
    return board.best()


def _workable(week: Week, begin: Roster) -> Roster:
    """Leave out of a roster whatever can no longer be worked, the last of each day first."""
    kept: list[Placed] = []
    for one in sorted(begin.placed, key=lambda one: (one.day, one.starts[0], one.visit)):
        board = set_out(week, 1, Roster((*kept, one)))
        if search(FORMAT)(*board.arrays, COLD, 0):
            kept.append(one)
    return Roster(tuple(kept))
