"""What is chosen and searched for in rosters: a search, a place chosen by hand, locks let go.

Decides which choices are refused, and in which words; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from casework.errors import InvalidEntry
from casework.routing import week as solver
from casework.routing.week import Placed
from casework.terms import _
from casework.workbook.roster_building import Planned
from casework.workbook.roster_rows import Shown
from casework.workbook.roster_words import day_said, reason_text

__all__ = [
    "LockSearch",
    "Search",
    "never",
    "placed_by_hand",
    "refuse_broken",
    "released",
    "untold",
    "without_lock",
]


def never() -> bool:
    """Let a search go on."""
    return False


def untold(share: float, cost: int) -> None:
    """Listen to no progress."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search for a roster that touches no workbook: it may run beside what goes on.

    Attributes
    ----------
    begin : casework.routing.week.Roster or None
        What it begins with.
    """

    planned: Planned
    begin: solver.Roster | None
    based_on: int | None
    seed: int
    moves: int | None
    note: str | None

    def run(
        self,
        is_stopped: Callable[[], bool] = never,
        progress: Callable[[float, int], None] = untold,
    ) -> solver.Outcome:
        """Search; the same problem and seed give the same roster, unless somebody stops it."""
        return solver.solve(
            self.planned.week,
            self.seed,
            moves=self.moves,
            begin=self.begin,
            is_stopped=is_stopped,
            progress=progress,
        )


@dataclass(frozen=True, slots=True)
class LockSearch:
    """A search for what it costs to keep a visit where it is; touches no workbook either."""

    planned: Planned
    roster: solver.Roster
    visit: int
    moves: int | None

    def run(
        self,
        is_stopped: Callable[[], bool] = never,
        progress: Callable[[float, int], None] = untold,
    ) -> solver.LockCost:
        """Search with the lock and without; stopped, it tells what it knows by then."""
        return solver.cost_of_lock(
            self.planned.week,
            self.roster,
            self.visit,
            moves=self.moves,
            is_stopped=is_stopped,
            progress=progress,
        )


def placed_by_hand(
    shown: Shown, visit: int, day: date, staff: Sequence[int], starts: Sequence[int]
) -> Placed:
    """Read a choice that was made by hand; it is refused where it makes no sense.

    Raises
    ------
    InvalidEntry
    """
    planned = shown.planned
    position = {one.staff_id: at for at, one in enumerate(planned.staff)}
    n_seats = len(planned.week.visits[visit].seats)
    if len(staff) != n_seats or len(starts) != n_seats or not set(staff) <= set(position):
        raise InvalidEntry(
            _("Choose who makes the visit among the staff at work: one for each seat."),
            "staff",
        )
    number = (day - planned.first).days
    if not 0 <= number < planned.n_days:
        raise InvalidEntry(_("Choose a day of this roster."), "day", day)
    return Placed(visit, number, tuple(starts), tuple(position[one] for one in staff))


def without_lock(week: solver.Week, visit: int) -> solver.Week:
    """Give the week in which a visit is not locked."""
    visits = list(week.visits)
    visits[visit] = replace(visits[visit], lock=None)
    return replace(week, visits=tuple(visits))


def released(base: Shown) -> Planned:
    """Let go of locks on whoever does not work on that day any more."""
    week = base.planned.week
    there = {(worker.key, turn.day) for worker in week.workers for turn in worker.turns}
    visits = tuple(
        replace(one, lock=None)
        if one.lock is not None
        and any((who, one.lock.day) not in there for who in one.lock.workers)
        else one
        for one in week.visits
    )
    return replace(base.planned, week=replace(week, visits=visits))


def refuse_broken(shown: Shown, visit: int, placed: Placed) -> None:
    """Refuse a place that breaks a rule, naming it."""
    planned = shown.planned
    week = without_lock(planned.week, visit)
    rest = tuple(one for one in shown.roster.placed if one.visit != visit)
    before = solver.check(week, solver.Roster(rest)).broken
    broken = [
        one for one in solver.check(week, solver.Roster((*rest, placed))).broken
        if one not in before
    ]  # fmt: skip
    if not broken:
        return
    reasons = {
        reason
        for seat, who in enumerate(placed.workers)
        for reason in week.visits[visit].barring(seat, week.workers[who])
    }
    if reasons:
        what = "；".join(reason_text(planned, visit, one) for one in sorted(reasons))
        raise InvalidEntry(_("It cannot be placed there: {what}.", what=what), "staff")
    asked = week.visits[visit]
    if asked.days and placed.day not in asked.days:
        tasks = planned.visits[visit].tasks
        raise InvalidEntry(
            _(
                "It cannot be placed there: the task is meant for {first} to {due}. Choose one of "
                "these days.",
                first=day_said(max(task.opens_on for task in tasks)),
                due=day_said(min(task.due_on for task in tasks)),
            ),
            "day",
        )
    if asked.lateness(placed.day, placed.starts[0]) is None:
        raise InvalidEntry(
            _("The visit cannot begin at that time on that day. Choose another time."), "start"
        )
    raise InvalidEntry(
        _(
            "There is no time for it there: somebody is with another person or on the way, or the "
            "working hours are over. Choose one of the places that are offered."
        ),
        "start",
    )
