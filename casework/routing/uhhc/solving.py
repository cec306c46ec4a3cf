"""The method: anneal from hot to cold while there is time, and give the best roster of all.

Decides how the time is spent; leaves single moves to ``annealing``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from casework.routing.compiled import has_just_compiled, is_compiled, search
from casework.routing.solving import Budget
from casework.routing.uhhc import layout as at
from casework.routing.uhhc.board import Board, set_out
from casework.routing.uhhc.checking import Verdict, check
from casework.routing.uhhc.day import Day, Roster, Service, Staff, Visit, Weights

__all__ = ["Outcome", "prepare", "solve"]

FORMAT = "uhhc"
# Temperatures, in units of the objective.
HOT, COLD = 3000.0, 5.0
# With so many moves a unit there is one run; the number of runs grows with the root of the budget.
MOVES_OF_ONE_RUN = 300_000
MOST_RUNS = 12
STEPS_A_RUN = 100  # temperatures
# Services started a second, only to choose the number of runs.
COMPILED_SPEED, PLAIN_SPEED = 40_000_000, 100_000
FIRST_STEP, SHORTEST_STEP, LONGEST_STEP = 500, 20, 200_000
LONGEST_COUNTED_STEP = 10_000  # where moves alone decide; somebody may wait for the end


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best roster found, and how it was found.

    Parameters
    ----------
    roster : Roster
    verdict : Verdict
        By ``check``; it names broken rules only where no roster was found that keeps them all.
    moves, runs : int
        Moves tried, and runs from hot to cold begun.
    was_compiled : bool
        False for the slow plain path.
    compiling : float
        Seconds that went into compiling, once for this version on this machine; not counted.
    """

    roster: Roster
    verdict: Verdict
    moves: int
    runs: int
    was_compiled: bool
    compiling: float


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
    if budget.seconds is None and budget.moves is None:
        raise ValueError("a budget needs seconds or moves")
    board = set_out(day, seed)
    runs = _Runs(board, budget)
    runs.spend()
    roster = board.roster()
    moves = int(board.tally[at.MOVES])
    return Outcome(
        roster, check(day, roster), moves, runs.begun, is_compiled(), runs.compiling
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


class _Runs:
    """The runs of one search, each from hot to cold in its share of the budget."""

    def __init__(self, board: Board, budget: Budget) -> None:
        self.board = board
        self.budget = budget
        self.began = budget.clock()
        self.ends = budget.seconds
        self.step = FIRST_STEP if is_compiled() else SHORTEST_STEP
        self.begun = 0
        self.compiling = 0.0
        self.least = at.UNREACHED
        self.best = board.best()

    def spend(self) -> None:
        """Make the runs, and leave the best roster of all laid out."""
        self._anneal(COLD, 0)
        self._take_best()
        self._leave_out_compiling()
        if not self.board.services:
            return
        n_runs = self._n_runs()
        if self.ends is None and self.budget.moves is not None:
            wished = self.budget.moves // (STEPS_A_RUN * n_runs)
            self.step = max(1, min(LONGEST_COUNTED_STEP, wished))
        for run in range(n_runs):
            if self._is_over():
                break
            self.begun += 1
            self.board.forget_best()
            self._cool(run, n_runs)
            self._take_best()
        self.board.place(self.best)
        self._anneal(COLD, 0)

    def _leave_out_compiling(self) -> None:
        if has_just_compiled(FORMAT):
            self.compiling = self.budget.clock() - self.began
            self.began += self.compiling
            if self.ends is not None:
                self.ends += self.compiling

    def _n_runs(self) -> int:
        """Choose the number of runs, by the moves that there will be."""
        of_one_run = MOVES_OF_ONE_RUN * len(self.board.services)
        return max(1, min(MOST_RUNS, round(math.sqrt(self._n_expected() / of_one_run))))

    def _n_expected(self) -> int:
        speed = (COMPILED_SPEED if is_compiled() else PLAIN_SPEED) / len(self.board.services)
        moves = [] if self.budget.moves is None else [self.budget.moves]
        if self.ends is not None:
            moves.append(round(max(0.0, self.ends - self.began) * speed))
        return min(moves)

    def _cool(self, run: int, n_runs: int) -> None:
        """Make one run: ever colder, as its share of the budget goes by."""
        while not self._is_over():
            spent = self._spent()
            share = spent * n_runs - run
            if share >= 1:
                return
            self._anneal(HOT * (COLD / HOT) ** max(0.0, share), self._next_step(spent))
            self._adapt_step((self._spent() - spent) * n_runs)
            self.budget.progress(min(1.0, self._spent()), float(self._least_so_far()))

    def _anneal(self, temperature: float, moves: int) -> None:
        search(FORMAT)(*self.board.arrays, temperature, moves)

    def _next_step(self, spent: float) -> int:
        """Give the moves until the temperature is looked at again, not beyond the end."""
        step = self.step
        if self.budget.moves is not None:
            step = min(step, self.budget.moves - self._moves())
        if self.ends is not None and spent > 0:
            pace = self._moves() / (self.budget.clock() - self.began)
            left = self.ends - self.budget.clock()
            step = min(step, max(SHORTEST_STEP, int(pace * left)))
        return max(1, step)

    def _adapt_step(self, share: float) -> None:
        """Aim at a hundred temperatures a run, whatever the machine."""
        if self.ends is None:
            return  # so that chance alone decides, not the speed of the machine
        wished = int(self.step / (STEPS_A_RUN * max(share, 1e-6)))
        longest = LONGEST_STEP if is_compiled() else FIRST_STEP
        self.step = max(SHORTEST_STEP, min(longest, 2 * self.step, wished))

    def _take_best(self) -> None:
        if self.board.tally[at.BEST_COST] < self.least:
            self.least = int(self.board.tally[at.BEST_COST])
            self.best = self.board.best()

    def _least_so_far(self) -> int:
        return min(self.least, int(self.board.tally[at.BEST_COST]))

    def _moves(self) -> int:
        return int(self.board.tally[at.MOVES])

    def _spent(self) -> float:
        """Give the share of the budget that is spent, by whichever limit is nearer."""
        shares = []
        if self.budget.moves is not None:
            shares.append(self._moves() / self.budget.moves)
        if self.ends is not None:
            whole = self.ends - self.began
            shares.append((self.budget.clock() - self.began) / whole if whole > 0 else 1.0)
        return max(shares)

    def _is_over(self) -> bool:
        return self.budget.is_stopped() or self._spent() >= 1
