"""Sets a week out as the arrays that the search works on, and reads rosters back from them.

Decides which units count as neighbours and which roster the search begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.routing.week import layout as at
from casework.routing.week.model import Placed, Roster, Turn, Week

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["Board", "Stopped", "set_out"]

NEIGHBOURS = 30
_AT_ONCE = 500  # visits
_FARTHEST = 10**6  # minutes
APART = 10  # minutes on the way that count for neighbours without a day in common


class Stopped(Exception):
    """Somebody stopped the setting out of a week, so that there is no board."""


@dataclass(frozen=True, slots=True)
class Board:
    """The arrays of ``layout``, in the order in which the search takes them."""

    travel: Wholes
    unit: Wholes
    slot: Wholes
    turn: Wholes
    pool: Wholes
    price: Wholes
    near: Wholes
    order: Wholes
    worker: Wholes
    day: Wholes
    tally: Wholes
    undo: Wholes

    @property
    def arrays(self) -> tuple[Wholes, ...]:
        """What the search takes."""
        return (
            self.travel, self.unit, self.slot, self.turn, self.pool, self.price, self.near,
            self.order, self.worker, self.day, self.tally, self.undo,
        )  # fmt: skip

    def best(self) -> tuple[int, Wholes]:
        """Give the cost and the units of the best roster since it was forgotten."""
        rows = slice(at.BEST_SLOT, at.BEST_START_TOO + 1)
        return int(self.tally[at.BEST_COST]), self.unit[rows].copy()

    def forget_best(self) -> None:
        """Let the next roster be the best, whatever it costs."""
        self.tally[at.BEST_COST] = at.IMPOSSIBLE

    def place(self, best: Wholes) -> None:
        """Let the search go on from a roster."""
        self.unit[at.SLOT : at.POSITION + 1] = best[:4]
        self.order[:] = 0
        self.day[at.DAY_N] = 0
        for u in range(self.unit.shape[1]):
            if self.unit[at.SLOT, u] >= 0:
                d = self.slot[at.SLOT_DAY, u, self.unit[at.SLOT, u]]
                self.order[d, self.unit[at.POSITION, u]] = u
                self.day[at.DAY_N, d] += 1

    def roster(self, best: Wholes) -> Roster:
        """Read a roster from its units."""
        placed = []
        for u, (j, t, m, _position, start, second) in enumerate(best.T.tolist()):
            if j < 0:
                continue
            starts: tuple[int, ...] = (start,)
            who: tuple[int, ...] = (int(self.turn[at.WORKER, t]),)
            if m >= 0:
                starts, who = (start, second), (*who, int(self.turn[at.WORKER, m]))
            placed.append(Placed(u, int(self.slot[at.SLOT_DAY, u, j]), starts, who))
        return Roster(tuple(placed))


def set_out(
    week: Week,
    seed: int,
    begin: Roster | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Board:
    """Set a week out, with a first roster.

    Parameters
    ----------
    week : Week
        With at least one visit.
    seed : int
        What chance begins with; any whole number.
    begin : Roster or None
        What to begin with, as far as it can be worked; None with nothing.
    is_stopped : callable
        Asked a few times a second: with thousands of visits this takes several.

    Returns
    -------
    Board

    Raises
    ------
    Stopped
        When ``is_stopped`` says so.
    """

    def go_on(at: int) -> None:
        if at and at % _AT_ONCE == 0 and is_stopped():  # up to so many take no time
            raise Stopped

    import numpy as np

    turns = sorted(
        ((who, turn) for who, one in enumerate(week.workers) for turn in one.turns),
        key=lambda one: (one[1].day, one[0], one[1].begins),
    )
    tally = np.zeros(at.N_TALLIES, np.int64)
    tally[at.SEED] = seed * 2654435761 % 2**48  # neighbouring seeds begin far from each other
    weights = week.weights
    for entry, value in {
        at.N_UNITS: len(week.visits), at.N_TURNS: len(turns), at.N_DAYS: week.n_days,
        at.W_TRAVEL: weights.travel, at.W_LATE: weights.late, at.W_ABOVE: weights.above_share,
        at.W_DAY: weights.other_day, at.W_TIME: weights.other_time, at.W_UNMOVED: weights.unmoved,
    }.items():  # fmt: skip
        tally[entry] = value
    unit, price = _set_units(week), _set_prices(week, go_on)
    slot, pool = _set_slots(week, turns, price, go_on)
    travel = _set_travel(week, go_on)
    worker = np.zeros((at.N_WORKER_ROWS, len(week.workers)), np.int64)
    worker[at.SHARE] = week.shares()
    board = Board(
        travel, unit, slot, _set_turns(week, turns), pool, price,
        _neighbours(week, travel, unit, go_on),
        np.zeros((week.n_days, len(week.visits) + 1), np.int64), worker,
        _set_days(week, turns), tally, np.zeros((5, 8), np.int64),
    )  # fmt: skip
    board.forget_best()
    if begin is not None:
        _begin_with(board, week, begin)
    return board


def _set_units(week: Week) -> Wholes:
    import numpy as np

    unit = np.full((at.N_UNIT_ROWS, len(week.visits)), -1, np.int64)
    for u, one in enumerate(week.visits):
        low, high = one.apart or (0, 0)
        kept = one.kept
        unit[: at.SLOT, u] = (
            one.place, one.seats[0].minutes, one.seats[1].minutes if one.apart else 0, low, high,
            len(one.open_slots), one.value, kept.day if kept else -1,
            kept.start if kept and kept.start is not None else -1,
        )  # fmt: skip
    unit[[at.POSITION, at.START, at.START_TOO]] = 0
    return unit


def _set_travel(week: Week, go_on: Callable[[int], None]) -> Wholes:
    import numpy as np

    n = len(week.travel[0])
    travel: Wholes = np.empty((len(week.travel), n, n), np.int16)
    for mode, rows in enumerate(week.travel):
        for place, row in enumerate(rows):
            go_on(place)
            travel[mode, place] = row
    return travel


def _set_prices(week: Week, go_on: Callable[[int], None]) -> Wholes:
    """Say what each worker costs in each seat; -1 for who must not take it."""
    import numpy as np

    n = len(week.workers)
    price = np.full((len(week.visits), 2, n), -1, np.int64)
    position = {one.key: w for w, one in enumerate(week.workers)}
    asked = {seat.skill for one in week.visits for seat in one.seats}
    able = {
        skill: np.array([skill is None or skill in one.skills for one in week.workers], bool)
        for skill in asked
    }
    everybody = np.arange(n)
    for u, one in enumerate(week.visits):
        go_on(u)
        points = [0] * n
        for wish in one.wishes:
            if wish.worker in position:
                points[position[wish.worker]] += wish.points
        may = np.ones(n, bool)
        may[[position[key] for bar in one.bars for key in bar.workers if key in position]] = False
        for seat, needed in enumerate(one.seats):
            costs = np.array(points, np.int64)
            if one.kept is not None:
                kept = position.get(one.kept.workers[seat], -1)
                costs += week.weights.other_worker * (everybody != kept)
            let = may & able[needed.skill]
            if one.lock is not None:
                let &= everybody == position.get(one.lock.workers[seat], -1)
            price[u, seat] = np.where(let, costs, -1)
    return price


def _set_slots(
    week: Week, turns: Sequence[tuple[int, Turn]], price: Wholes, go_on: Callable[[int], None]
) -> tuple[Wholes, Wholes]:
    """List the turns in which each seat can be taken, slot by slot."""
    import numpy as np

    most = max(1, *(len(one.open_slots) for one in week.visits))
    slot = np.zeros((7, len(week.visits), most), np.int64)
    pool: list[Wholes] = [np.zeros(0, np.int64)]
    told = np.array([(who, one.day, one.begins, one.ends) for who, one in turns], np.int64)
    who, day, begins, ends = told.reshape(-1, 4).T
    on_day = [np.flatnonzero(day == d) for d in range(week.n_days)]
    used = 0
    for u, one in enumerate(week.visits):
        go_on(u)
        for j, open_slot in enumerate(one.open_slots):
            slot[: at.OFF, u, j] = open_slot.day, open_slot.opens, open_slot.closes
            there = on_day[open_slot.day]
            for seat, asked in enumerate(one.seats):
                off, spread = ((at.OFF, at.SPREAD), (at.OFF_TOO, at.SPREAD_TOO))[seat]
                # A seat that begins in the slot can be over when the turn ends.
                opens = open_slot.opens + (one.apart[0] if one.apart and seat else 0)
                fits = np.maximum(opens, begins[there]) + asked.minutes <= ends[there]
                fits &= price[u, seat, who[there]] >= 0
                pool.append(there[fits])
                slot[off, u, j], slot[spread, u, j] = used, len(pool[-1])
                used += len(pool[-1])
    return slot, np.concatenate([*pool, np.zeros(1, np.int64)])


def _set_turns(week: Week, turns: Sequence[tuple[int, Turn]]) -> Wholes:
    import numpy as np

    turn = np.zeros((at.N_TURN_ROWS, len(turns) + 1), np.int64)
    for t, (who, one) in enumerate(turns):
        worker = week.workers[who]
        turn[: at.AT, t] = who, one.day, one.begins, one.ends, worker.base, worker.mode
    return turn


def _set_days(week: Week, turns: Sequence[tuple[int, Turn]]) -> Wholes:
    import numpy as np

    day = np.zeros((at.N_DAY_ROWS, week.n_days), np.int64)
    for d in range(week.n_days):
        day[at.FIRST_TURN, d] = sum(one.day < d for _who, one in turns)
        day[at.LAST_TURN, d] = sum(one.day <= d for _who, one in turns)
    return day


def _neighbours(
    week: Week, travel: Wholes, unit: Wholes, go_on: Callable[[int], None]
) -> Wholes:  # fmt: skip
    """Give the units that each stands well beside; one without any is its own."""
    import numpy as np

    n = unit.shape[1]
    place = unit[at.PLACE]
    days = np.zeros((n, week.n_days), np.float32)
    for u, one in enumerate(week.visits):
        days[u, [slot.day for slot in one.open_slots]] = 1
    found = np.empty((n, max(1, min(NEIGHBOURS, n - 1))), np.int64)
    width = found.shape[1]
    for first in range(0, n, _AT_ONCE):  # all at once takes gigabytes with ten thousand visits
        go_on(first)
        rows = np.arange(first, min(n, first + _AT_ONCE))
        there, back = travel[0][np.ix_(place[rows], place)], travel[0][np.ix_(place, place[rows])].T
        far = np.minimum(there, back) + APART * (days[rows] @ days.T == 0)
        far[np.arange(len(rows)), rows] = _FARTHEST
        # Whoever is as far counts in the order of the week, so that no tie is left to the sorting.
        ranked = far.astype(np.int64) * n + np.arange(n)
        ranked = np.partition(ranked, width - 1, axis=1)[:, :width]
        found[rows] = np.sort(ranked, axis=1) % n
    return found


def _begin_with(board: Board, week: Week, begin: Roster) -> None:
    """Place what can be placed of a roster; what cannot is left out to begin with."""
    found = []
    for one in sorted(begin.placed, key=lambda one: (one.day, one.starts[0], one.visit)):
        choice = _where(board, one)
        if choice is not None:
            found.append((one.day, one.visit, *choice))
    unit = board.unit
    for d, u, j, t, m in found:
        unit[at.SLOT, u], unit[at.TURN, u], unit[at.TURN_TOO, u] = j, t, m
        unit[at.POSITION, u] = board.day[at.DAY_N, d]
        board.order[d, board.day[at.DAY_N, d]] = u
        board.day[at.DAY_N, d] += 1


def _where(board: Board, one: Placed) -> tuple[int, int, int] | None:
    """Give slot and turns of a placed visit; None where the week does not offer them any more."""
    u, slot, turn = one.visit, board.slot, board.turn
    fitting = []
    for j in range(int(board.unit[at.N_SLOTS, u])):
        if slot[at.SLOT_DAY, u, j] != one.day:
            continue
        turns = []
        for seat, (start, who) in enumerate(zip(one.starts, one.workers, strict=True)):
            off, spread = ((at.OFF, at.SPREAD), (at.OFF_TOO, at.SPREAD_TOO))[seat]
            stretch = board.pool[slot[off, u, j] : slot[off, u, j] + slot[spread, u, j]]
            turns += [
                int(t)
                for t in stretch
                if turn[at.WORKER, t] == who and turn[at.BEGINS, t] <= start < turn[at.ENDS, t]
            ][:1]
        if len(turns) == len(one.starts):
            late = max(0, one.starts[0] - int(slot[at.CLOSES, u, j]))
            early = max(0, int(slot[at.OPENS, u, j]) - one.starts[0])
            second = turns[1] if len(turns) == 2 else -1
            fitting.append((late + early, j, turns[0], second))
    return min(fitting)[1:] if fitting else None
