"""How a search spends its budget: in runs from hot to cold, the best roster of all kept.

Decides how the time is spent, for every format of day; leaves single moves to the search, and what
a roster is to the boards. A long search on a small day is spent on several runs, because they end
in different valleys; on a large day it goes into few, slow ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from casework.routing.compiled import has_just_compiled, is_compiled, search

__all__ = ["Budget", "Outcome", "Runs", "Searched", "Tuning"]

R = TypeVar("R")
V = TypeVar("V")

STEPS_A_RUN = 100  # temperatures
FIRST_STEP, SHORTEST_STEP, LONGEST_STEP = 2_000, 50, 200_000
LONGEST_COUNTED_STEP = 10_000  # where moves alone decide; somebody may wait for the end
QUICK_SHARE = 0.05  # of the budget, at most, for the first quick descent


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
class Outcome(Generic[R, V]):
    """The best roster found, and how it was found.

    Parameters
    ----------
    roster : Roster
        Of the format of the day.
    verdict : Verdict
        By the ``check`` of the format.
    moves, runs : int
        Moves tried, and runs from hot to cold begun.
    was_compiled : bool
        False for the slow plain path.
    compiling : float
        Seconds that went into compiling, once for this version on this machine; not counted.
    """

    roster: R
    verdict: V
    moves: int
    runs: int
    was_compiled: bool
    compiling: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was measured to be good for a format.

    Parameters
    ----------
    format : str
        One of ``compiled.SOURCES``.
    hot, cold : float
        Temperatures, in what the board gives as scales: at the first almost everything is
        accepted, at the last almost nothing that is worse.
    moves_of_one_run : int
        With so many moves a service there is one run. Four times as many are spent on two runs
        twice as long, and so on: number and length both grow with the root of the budget.
    most_runs : int
    quick_moves : int
        Moves a service of a first quick descent, so that who stops early has a fair roster.
    compiled_speed, plain_speed : int
        Moves a second, only to choose the number of runs; on another machine runs are longer or
        shorter.
    """

    format: str
    hot: float
    cold: float
    moves_of_one_run: int
    most_runs: int
    quick_moves: int
    compiled_speed: int
    plain_speed: int


class Searched(Protocol):
    """A board that a search works on."""

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What the search takes."""

    @property
    def services(self) -> tuple[tuple[int, int], ...]:
        """Which service of which visit each number stands for."""

    @property
    def moves(self) -> int:
        """Moves made."""

    @property
    def best_cost(self) -> float:
        """What the best roster costs since it was last forgotten, as it is reported."""

    @property
    def scales(self) -> tuple[float, float]:
        """What the temperatures, hot and cold, are told in, in units of what the search adds up.

        Asked for of a roster that is laid out, and again when there is a better one.
        """

    def best(self) -> Any:
        """Give that roster."""

    def forget_best(self) -> None:
        """Let the next roster be the best, whatever it costs."""

    def place(self, best: Any) -> None:
        """Let the search go on from a roster."""


class Runs:
    """The runs of one search, each from hot to cold in its share of the budget."""

    def __init__(self, board: Searched, budget: Budget, tuning: Tuning) -> None:
        if budget.seconds is None and budget.moves is None:
            raise ValueError("a budget needs seconds or moves")
        self.board = board
        self.tuning = tuning
        self.budget = budget
        self.began = budget.clock()
        self.ends = budget.seconds
        self.step = FIRST_STEP if is_compiled() else SHORTEST_STEP
        self.hot, self.cold = self._temperatures()
        self.begun = 0
        self.compiling = 0.0
        self.least = math.inf
        self.best = board.best()

    def spend(self) -> None:
        """Make the runs, and leave the best roster of all laid out."""
        self._anneal(self.cold, 0)
        self._leave_out_compiling()
        if not self.board.services:
            return
        self.hot, self.cold = self._temperatures()
        self._descend()
        self.hot, self.cold = self._temperatures()
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
        self.board.place(self.best)
        self._anneal(self.cold, 0)

    def _temperatures(self) -> tuple[float, float]:
        hot, cold = self.board.scales
        return self.tuning.hot * hot, self.tuning.cold * cold

    def _leave_out_compiling(self) -> None:
        if has_just_compiled(self.tuning.format):
            self.compiling = self.budget.clock() - self.began
            self.began += self.compiling
            if self.ends is not None:
                self.ends += self.compiling

    def _descend(self) -> None:
        """Make the quick descent; against a clock in steps, as a move on a long route is slow."""
        left = self._n_quick()
        step = left if self.ends is None else self.step
        while left > 0 and not self._is_over() and self._spent() < QUICK_SHARE:
            self._anneal(self.cold, min(step, left))
            left -= step
            step *= 2

    def _n_quick(self) -> int:
        wished = self.tuning.quick_moves * len(self.board.services)
        return min(wished, round(self._n_expected() * QUICK_SHARE))

    def _n_runs(self) -> int:
        """Choose the number of runs, by the moves that there will be."""
        of_one_run = self.tuning.moves_of_one_run * len(self.board.services)
        return max(1, min(self.tuning.most_runs, round(math.sqrt(self._n_expected() / of_one_run))))

    def _n_expected(self) -> int:
        speed = self.tuning.compiled_speed if is_compiled() else self.tuning.plain_speed
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
            temperature = self.hot * (self.cold / self.hot) ** max(0.0, share)
            self._anneal(temperature, self._next_step(spent))
            self._adapt_step((self._spent() - spent) * n_runs)
            self.budget.progress(min(1.0, self._spent()), min(self.least, self.board.best_cost))

    def _anneal(self, temperature: float, moves: int) -> None:
        if not search(self.tuning.format)(*self.board.arrays, temperature, moves):
            raise RuntimeError("the search went on from a roster that cannot be worked")

    def _next_step(self, spent: float) -> int:
        """Give the moves until the temperature is looked at again, not beyond the end."""
        step = self.step
        if self.budget.moves is not None:
            step = min(step, self.budget.moves - self.board.moves)
        if self.ends is not None and spent > 0:
            pace = self.board.moves / (self.budget.clock() - self.began)
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
        if self.board.best_cost < self.least:
            self.least = self.board.best_cost
            self.best = self.board.best()

    def _spent(self) -> float:
        """Give the share of the budget that is spent, by whichever limit is nearer."""
        shares = []
        if self.budget.moves is not None:
            shares.append(self.board.moves / self.budget.moves)
        if self.ends is not None:
            whole = self.ends - self.began
            shares.append((self.budget.clock() - self.began) / whole if whole > 0 else 1.0)
        return max(shares)

    def _is_over(self) -> bool:
        return self.budget.is_stopped() or self._spent() >= 1
