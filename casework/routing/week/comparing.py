"""What two rosters of a week differ in, and what it costs to keep a choice.

Decides what counts as moved; what a roster costs is the judge's word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from casework.routing.week.checking import Verdict, check
from casework.routing.week.model import Choice, Roster, Week
from casework.routing.week.solving import solve

__all__ = ["Comparison", "LockCost", "Move", "compare", "cost_of_lock"]

MOVES_A_VISIT = 1_500
MOST_WORK = 300_000_000  # moves times visits: whoever asks waits for the answer


def _never() -> bool:
    return False


def _untold(share: float, cost: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Move:
    """A visit that stands elsewhere; None where it is left out."""

    visit: int
    before: Choice | None
    after: Choice | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rosters side by side: the judge's word on each, and the visits that moved."""

    before: Verdict
    after: Verdict
    moved: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class LockCost:
    """What it costs to keep a locked choice.

    Parameters
    ----------
    points : int
        How much less a roster without the lock costs, as far as one was found; at least 0.
    before, after : Verdict
        With the lock and without.
    instead : Choice or None
        Where the visit stands without it.
    was_stopped : bool
        Whether the search was ended early; longer, it might have found that it costs more.
    """

    points: int
    before: Verdict
    after: Verdict
    instead: Choice | None
    was_stopped: bool = False


def compare(week: Week, before: Roster, after: Roster) -> Comparison:
    """Tell what two rosters differ in: day, worker or minute of a visit, or whether it is made."""
    moved = []
    old = {one.visit: week.choice(one) for one in before.placed}
    new = {one.visit: week.choice(one) for one in after.placed}
    for at in range(len(week.visits)):
        if old.get(at) != new.get(at):
            moved.append(Move(at, old.get(at), new.get(at)))
    return Comparison(check(week, before), check(week, after), tuple(moved))


def cost_of_lock(
    week: Week,
    roster: Roster,
    visit: int,
    *,
    seed: int = 1,
    moves: int | None = None,
    is_stopped: Callable[[], bool] = _never,
    progress: Callable[[float, int], None] = _untold,
) -> LockCost:
    """Tell what it costs to keep a locked choice: the roster without it is looked for anew.

    Parameters
    ----------
    moves : int or None
        How much to search; None for a number by the size of the week.
    is_stopped, progress : callable
        As `solve` takes them.
    """
    free = list(week.visits)
    free[visit] = replace(free[visit], lock=None)
    without = replace(week, visits=tuple(free))
    if moves is None:
        n = max(1, len(week.visits))
        moves = min(MOVES_A_VISIT * n, MOST_WORK // n)

    def half(begun: float) -> Callable[[float, int], None]:
        return lambda share, cost: progress(begun + share / 2, cost)

    # The lock first: were it the one that is cut short, keeping it would seem dearer than it is.
    kept = solve(
        week, seed, moves=moves, begin=roster, is_stopped=is_stopped, progress=half(0.0)
    )  # fmt: skip
    found = solve(
        without, seed, moves=moves, begin=roster, is_stopped=is_stopped, progress=half(0.5)
    )  # fmt: skip
    other = found.roster.of(visit)
    before = kept.verdict
    points = max(0, before.terms.total - found.verdict.terms.total)
    instead = without.choice(other) if other is not None else None
    if points and instead is not None and _stands(week.visits[visit].lock, instead):
        # What was found keeps the lock too: the others are placed better, and that is no price.
        before, points = found.verdict, 0
    stopped = kept.was_stopped or found.was_stopped
    return LockCost(points, before, found.verdict, instead, stopped)


def _stands(lock: Choice | None, choice: Choice) -> bool:
    """Tell whether a choice is one that a lock asks for."""
    return lock is None or (
        (lock.day, lock.workers) == (choice.day, choice.workers)
        and lock.start in (None, choice.start)
    )
