"""Sets a day out as the arrays that the search works on, and reads rosters back from them.

Decides which units count as neighbours and which roster the search begins with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.routing.neighbours import how_far, nearest
from casework.routing.uhhc import layout as at
from casework.routing.uhhc.day import HARD, Day, Roster, Route, Stop

if TYPE_CHECKING:
    from casework.routing.compiled import Wholes

__all__ = ["Board", "set_out"]

NEIGHBOURS = 25
FORBIDDEN = 1_000_000  # what a broken wish that is a rule costs in the search


@dataclass(frozen=True, slots=True)
class Board:
    """The arrays of ``layout``, in the order in which the search takes them."""

    travel: Wholes
    node: Wholes
    unit: Wholes
    staff: Wholes
    able: Wholes
    dear: Wholes
    near: Wholes
    rule: Wholes
    tally: Wholes
    undo: Wholes
    services: tuple[tuple[int, int], ...]

    @property
    def arrays(self) -> tuple[Wholes, ...]:
        """What the search takes."""
        return (
            self.travel, self.node, self.unit, self.staff, self.able, self.dear, self.near,
            self.rule, self.tally, self.undo,
        )  # fmt: skip

    @property
    def moves(self) -> int:
        """Moves made."""
        return int(self.tally[at.MOVES])

    @property
    def best_cost(self) -> float:
        """The objective of the best roster since it was last forgotten."""
        return float(self.tally[at.BEST_COST])

    @property
    def scales(self) -> tuple[float, float]:
        """What a minute of travel costs, for both."""
        minute = float(max(1, self.rule[at.W_TRAVEL]))
        return minute, minute

    def best(self) -> tuple[Wholes, Wholes, Wholes, Wholes]:
        """Give order, staff, windows and lunches of the best roster since it was forgotten."""
        return (
            self.unit[at.BEST_KEY].copy(), self.node[at.BEST_BY].copy(),
            self.unit[at.BEST_WINDOW].copy(), self.staff[at.BEST_FROM].copy(),
        )  # fmt: skip

    def forget_best(self) -> None:
        """Let the next roster be the best, whatever it costs."""
        self.tally[at.BEST_COST] = at.UNREACHED

    def place(self, best: tuple[Wholes, Wholes, Wholes, Wholes]) -> None:
        """Let the search go on from a roster."""
        self.unit[at.KEY], self.node[at.BY], self.unit[at.WINDOW], self.staff[at.FROM] = best

    def roster(self) -> Roster:
        """Give the roster that the search laid out last, in the order of the day's staff."""
        n_staff = int(self.tally[at.N_STAFF])
        return Roster(tuple(Route(tuple(self._stops(k)), self._lunch(k)) for k in range(n_staff)))

    def _stops(self, k: int) -> Iterator[Stop]:
        head = len(self.services) + k
        s = int(self.node[at.NEXT, head])
        while s != head:
            yield Stop(*self.services[s], int(self.node[at.GIVEN, s]))
            s = int(self.node[at.NEXT, s])

    def _lunch(self, k: int) -> tuple[int, int] | None:
        start = int(self.staff[at.LUNCH_AT, k])
        return None if start < 0 else (int(self.staff[at.LUNCH_AFTER, k]), start)


def set_out(day: Day, seed: int) -> Board:
    """Set a day out, with a first roster.

    Parameters
    ----------
    day : Day
    seed : int
        What chance begins with; any whole number.

    Returns
    -------
    Board
    """
    import numpy as np

    services = tuple(
        (v, s)
        for v, visit in enumerate(day.visits)
        if day.is_possible(v)
        for s in range(len(visit.services))
    )
    tally = np.zeros(at.N_TALLIES, np.int64)
    tally[at.SEED] = seed * 2654435761 % 2**48  # neighbouring seeds begin far from each other
    able, dear = _set_able(day, services)
    node = _set_nodes(day, services, able)
    unit = _set_units(day, services, node)
    staff = _set_staff(day)
    n_units = unit.shape[1]
    tally[at.N_UNITS], tally[at.N_SERVICES] = n_units, len(services)
    tally[at.N_STAFF] = len(day.staff)
    travel = np.array(day.travel, dtype=np.int64)
    near = _neighbours(travel, unit, node)
    order = sorted(range(n_units), key=lambda u: (unit[at.OPENS, u], unit[at.PLACE, u]))
    unit[at.ORDER] = order
    for rank, u in enumerate(order):
        unit[at.KEY, u] = rank * n_units + u
    longest = 40 * (len(services) + n_units) + 100  # more than one change can need
    undo = np.zeros((4, longest), np.int64)
    board = Board(
        travel, node, unit, staff, able, dear, near, _set_rules(day), tally, undo, services
    )
    _set_first_roster(board)
    board.forget_best()
    return board


def _set_able(day: Day, services: tuple[tuple[int, int], ...]) -> tuple[Wholes, Wholes]:
    """List who may give each service, and what it costs by whom; -1 for who may not."""
    import numpy as np

    able = np.full((len(services), len(day.staff)), -1, np.int64)
    dear = np.full((len(services), len(day.staff)), -1, np.int64)
    price = FORBIDDEN if day.weights.preferences == HARD else day.weights.preferences
    for s, (v, which) in enumerate(services):
        who = day.able(v, which)
        able[s, : len(who)] = who
        wished = day.visits[v].preferred
        for k in who:
            dear[s, k] = 0 if wished is None or day.staff[k].name in wished else price
    return able, dear


def _set_nodes(day: Day, services: tuple[tuple[int, int], ...], able: Wholes) -> Wholes:
    import numpy as np

    n = len(services)
    node = np.zeros((at.N_NODE_ROWS, n + len(day.staff)), np.int64)
    for s, (v, which) in enumerate(services):
        node[at.AT, s] = day.visits[v].place
        node[at.DURATION, s] = day.visits[v].services[which].duration
    node[at.ABLE, :n] = (able >= 0).sum(axis=1)
    node[at.BY, :n] = -1
    node[at.AT, n:] = [one.origin for one in day.staff]
    return node


def _set_units(day: Day, services: tuple[tuple[int, int], ...], node: Wholes) -> Wholes:
    """Make a unit of each visit, or two of a double visit that need not be in step."""
    import numpy as np

    of_visit: dict[int, list[int]] = {}
    for s, (v, _which) in enumerate(services):
        of_visit.setdefault(v, []).append(s)
    columns: list[list[int]] = []
    for v, own in of_visit.items():
        apart = day.visits[v].apart
        parts = [own] if apart is not None or len(own) == 1 else [[one] for one in own]
        first = len(columns)
        for number, part in enumerate(parts):
            mate = first + len(parts) - 1 - number
            columns.append(_column(day, v, part, node, mate, number == 0))
            node[at.UNIT, part] = len(columns) - 1
    return np.array(columns, dtype=np.int64).reshape(-1, at.N_UNIT_ROWS).T.copy()


def _column(
    day: Day, v: int, part: list[int], node: Wholes, mate: int, is_first: bool
) -> list[int]:
    visit = day.visits[v]
    column = [0] * at.N_UNIT_ROWS
    column[at.PLACE], column[at.FIRST] = visit.place, part[0]
    column[at.SECOND] = part[1] if len(part) == 2 else -1
    column[at.LOW], column[at.HIGH] = visit.apart or (0, 0)
    column[at.OPENS], column[at.CLOSES] = visit.windows[0]
    later = visit.windows[1] if len(visit.windows) == 2 else (at.UNREACHED, at.UNREACHED)
    column[at.OPENS_AGAIN], column[at.CLOSES_AGAIN] = later
    column[at.MATE] = mate
    column[at.MISSED] = day.weights.unscheduled if is_first else 0
    column[at.OPTIONAL] = int(visit.is_optional)
    return column


def _set_staff(day: Day) -> Wholes:
    import numpy as np

    staff = np.zeros((at.N_STAFF_ROWS, len(day.staff)), np.int64)
    for k, one in enumerate(day.staff):
        staff[at.SHIFT, k], staff[at.END, k] = one.shift
        staff[at.GOAL, k], staff[at.EATS, k] = one.goal, one.eats
        staff[at.FROM, k] = day.lunch.earliest if day.lunch else 0
    return staff


def _set_rules(day: Day) -> Wholes:
    import numpy as np

    weights = day.weights
    rule = np.zeros(at.N_RULES, np.int64)
    rule[at.W_TRAVEL], rule[at.W_LATE] = weights.travel_time, weights.total_tardiness
    rule[at.W_LARGEST], rule[at.W_WAITING] = weights.highest_tardiness, weights.total_waiting_time
    rule[at.W_EXTRA], rule[at.W_IDLE] = weights.total_extra_time, weights.max_idle_time
    hungry = weights.missed_lunch_break
    rule[at.W_HUNGRY] = FORBIDDEN if hungry == HARD else hungry
    if day.lunch is not None:
        rule[at.LUNCH_OPENS], rule[at.LUNCH_TAKES] = day.lunch.earliest, day.lunch.duration
        met = day.lunch.duration if day.is_met_at_end else 0
        rule[at.LUNCH_LAST] = day.lunch.latest - met
    rule[at.AT_END] = day.is_met_at_end
    return rule


def _neighbours(travel: Wholes, unit: Wholes, node: Wholes) -> Wholes:
    """Give the units that each stands well beside; one without any is its own."""
    import numpy as np

    n = unit.shape[1]
    between = travel[np.ix_(unit[at.PLACE], unit[at.PLACE])]
    far = how_far(between, unit[at.OPENS], unit[at.CLOSES], node[at.DURATION, unit[at.FIRST]])
    return nearest(far, max(1, min(NEIGHBOURS, n - 1)))


def _set_first_roster(board: Board) -> None:
    """Take the units by opening, and give each service to who is there first."""
    unit, node, staff = board.unit, board.node, board.staff
    free, place = staff[at.SHIFT].copy(), node[at.AT, len(board.services) :].copy()
    for u in unit[at.ORDER]:
        taken = -1
        for s, other in ((unit[at.FIRST, u], unit[at.SECOND, u]), (unit[at.SECOND, u], -1)):
            if s < 0:
                continue
            who = [int(k) for k in board.able[s, : node[at.ABLE, s]] if k != taken]
            if other >= 0:  # leave the other half somebody
                others = {int(k) for k in board.able[other, : node[at.ABLE, other]]}
                who = [k for k in who if others - {k}]
            arrival = {k: free[k] + board.travel[place[k], unit[at.PLACE, u]] for k in who}
            start = {k: max(arrival[k], unit[at.OPENS, u]) for k in who}
            k = min(who, key=lambda k: (start[k], arrival[k] - free[k]))
            free[k], place[k], taken = start[k] + node[at.DURATION, s], unit[at.PLACE, u], k
            node[at.BY, s] = k
