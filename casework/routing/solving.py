"""The method: anneal again and again while there is time, and give the best roster of all.

Decides how the time is spent; leaves single moves to ``kernel``. A long search on a small day is
spent on several runs from hot to cold, because they end in different valleys; on a large day it
goes into few, slow ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from casework.routing.board import Board, set_out
from casework.routing.checking import Verdict, check
from casework.routing.compiled import has_just_compiled, is_compiled, search
from casework.routing.day import Day, Roster, Service, Staff, Visit
from casework.routing.kernel import layout as at

__all__ = ["Budget", "Outcome", "prepare", "solve"]

# Temperatures, in minutes of the undivided objective: at the first almost everything is accepted,
# at the last almost nothing that is worse.
HOT, COLD = 100.0, 1.0
# With so many moves a service there is one run. Four times as many are spent on two runs twice as
# long, and so on: number and length of the runs both grow with the root of the budget. Measured on
# days of 25 to 300 visits, where neither many short runs nor few long ones won everywhere.
MOVES_OF_ONE_RUN = 14_000
QUICK_MOVES_A_SERVICE = 200
MOST_RUNS = 40
STEPS_A_RUN = 100  # temperatures
# Moves a second, only to choose the number of runs; on another machine runs are longer or shorter.
COMPILED_SPEED, PLAIN_SPEED = 3_000_000, 4_000
FIRST_STEP, SHORTEST_STEP, LONGEST_STEP = 2_000, 50, 200_000
LONGEST_COUNTED_STEP = 10_000  # where moves alone decide; somebody may wait for the end


def _never() -> bool:
    return False


def _no_clock() -> float:
    return 0.0


def _untold(share: float, cost: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: at a time, after a number of moves, or when told; at least one is needed.

    Parameters
    ----------
    seconds : float or None
        Reading of the clock at which to stop. With seconds the result depends on the speed of the
        machine too.
    moves : int or None
        Number of moves. With moves alone the result is the same for the same day and seed, on
        every machine, compiled or plain.
    clock : callable
        Gives seconds; for a limit on processor time ``time.process_time``.
    is_stopped : callable
        Asked often; when it says so, the search ends with the best so far.
    progress : callable
        Told often: the share of the budget spent, 0 to 1, and the least cost so far.
    """

    seconds: float | None = None
    moves: int | None = None
    clock: Callable[[], float] = _no_clock
    is_stopped: Callable[[], bool] = _never
    progress: Callable[[float, float], None] = _untold


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best roster found, and how it was found.

    Parameters
    ----------
    roster : Roster
    verdict : Verdict
        By ``check``, which found no broken rule.
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
        Never with a roster that breaks a rule.

    Raises
    ------
    ValueError
        When the budget has no end.
    RuntimeError
        When the roster found breaks a rule, which is a mistake of this program.
    """
    if budget.seconds is None and budget.moves is None:
        raise ValueError("a budget needs seconds or moves")
    if not day.visits:
        idle = Roster(tuple(() for _who in day.staff))
        return Outcome(idle, check(day, idle), 0, 0, is_compiled(), 0.0)
    board = set_out(day, seed)
    runs = _Runs(board, budget)
    runs.spend()
    roster = board.roster()
    verdict = check(day, roster)
    if verdict.broken:
        raise RuntimeError(f"the search gave a roster that breaks rules: {verdict.broken}")
    moves = int(board.tally[at.MOVES])
    return Outcome(roster, verdict, moves, runs.begun, is_compiled(), runs.compiling)


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
        self._leave_out_compiling()
        if not self._is_over():
            self._anneal(COLD, self._n_quick())
        self._take_best()
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
        self.board.place(*self.best)
        self._anneal(COLD, 0)

    def _leave_out_compiling(self) -> None:
        if has_just_compiled():
            self.compiling = self.budget.clock() - self.began
            self.began += self.compiling
            if self.ends is not None:
                self.ends += self.compiling

    def _n_quick(self) -> int:
        """Choose the moves of a first quick descent, so that who stops early has a fair roster."""
        return min(QUICK_MOVES_A_SERVICE * len(self.board.services), self._n_expected() // 20)

    def _n_runs(self) -> int:
        """Choose the number of runs, by the moves that there will be."""
        of_one_run = MOVES_OF_ONE_RUN * len(self.board.services)
        return max(1, min(MOST_RUNS, round(math.sqrt(self._n_expected() / of_one_run))))

    def _n_expected(self) -> int:
        speed = COMPILED_SPEED if is_compiled() else PLAIN_SPEED
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
            self.budget.progress(min(1.0, self._spent()), self._least_so_far() / 3)

    def _anneal(self, temperature: float, moves: int) -> None:
        if not search()(*self.board.arrays, temperature, moves):
            raise RuntimeError("the search went on from a roster that cannot be worked")

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
        if self.board.cost[at.BEST] < self.least:
            self.least = float(self.board.cost[at.BEST])
            self.best = self.board.best()

    def _least_so_far(self) -> float:
        return min(self.least, float(self.board.cost[at.BEST]))

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
