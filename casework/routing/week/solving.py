"""The method: anneal the whole week from hot to cold, and give the best roster of all.

Decides how the moves are spent; leaves single moves to ``annealing``. Moves are counted, never
timed, so that the same week and seed give the same roster on every machine, compiled or plain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.routing.compiled import is_compiled, search
from casework.routing.week import layout as at
from casework.routing.week.board import Board, Stopped, set_out
from casework.routing.week.checking import Verdict, check
from casework.routing.week.model import Roster, Seat, Slot, Turn, Visit, Week, Worker

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
MOST_AT_ONCE = 30_000_000  # moves times visits between two looks whether somebody wants it to stop


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
        Asked several times a second, at any size; when it says so, the search ends with the best
        so far, which is nothing at all while thousands of visits are still being set out.
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
    try:
        board = set_out(week, seed, begin, is_stopped)
    except Stopped:
        return Outcome(Roster(()), check(week, Roster(())), 0, True, is_compiled())
    n = len(week.visits)
    quick = min(moves // 10, QUICK_MOVES * n)
    if not search(FORMAT)(*board.arrays, COLD, 0):
        _make_workable(board)
    at_once = max(1, MOST_AT_ONCE // n)
    spent = min(at_once, quick)
    best = _anneal(board, COLD, spent)
    while spent < quick and not is_stopped():
        progress(spent / moves, best[0])
        best = _anneal(board, COLD, min(at_once, quick - spent))
        spent += min(at_once, quick - spent)
    hot = HOT if begin is None else WARM
    runs = max(1, min(MOST_RUNS, moves // (MOVES_A_VISIT * n)))
    step = min(at_once, max(1, (moves - quick) // (STEPS * runs)))
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


def _make_workable(board: Board) -> None:
    """Leave out of the first roster whatever cannot be worked, the last of each day first."""
    begun = board.unit[at.SLOT : at.START].copy()
    wanted = [
        [int(u) for u in board.order[d, : board.day[at.DAY_N, d]]]
        for d in range(board.order.shape[0])
    ]
    board.unit[at.SLOT : at.POSITION] = -1
    board.day[at.DAY_N] = 0
    for d, units in enumerate(wanted):
        for u in units:
            n = int(board.day[at.DAY_N, d])
            board.unit[at.SLOT : at.POSITION, u] = begun[:3, u]
            board.unit[at.POSITION, u], board.order[d, n] = n, u
            board.day[at.DAY_N, d] = n + 1
            if not search(FORMAT)(*board.arrays, COLD, 0):
                board.unit[at.SLOT : at.POSITION, u] = -1
                board.day[at.DAY_N, d] = n
    board.forget_best()
