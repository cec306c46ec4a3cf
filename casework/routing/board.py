"""Sets a day out as the arrays that the search works on, and reads rosters back from them.

Decides which visits count as neighbours and which roster the search begins with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.routing.day import OFFICE, Day, Roster, Stop
from casework.routing.kernel import layout as at
from casework.routing.neighbours import how_far, nearest

if TYPE_CHECKING:
    from casework.routing.compiled import Decimals, Wholes

__all__ = ["Board", "set_out"]

# Neighbours of a service: fewer on a large day, where most moves beside a far one are in vain. With
# 12 and not 20, three of four days of 200 and 300 visits were 0.7 to 2.3 points better after 10
# seconds, and one 0.2 worse; on days of 75 and 100 visits 20 was better by 0.2.
FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 12, 20
NEIGHBOURS_OF_ALL = 2_400  # shared by the services
LONG_BEFORE = -1e12  # a key before all others, and the end of whatever went on in limbo


@dataclass(frozen=True, slots=True)
class Board:
    """The arrays of ``kernel.layout``, and which service of which visit each node is."""

    arrays: tuple[Decimals, Wholes, Decimals, Wholes, Decimals, Wholes, Decimals, Wholes, Wholes]
    services: tuple[tuple[int, int], ...]

    @property
    def link(self) -> Wholes:
        """Whole numbers of each node."""
        return self.arrays[1]

    @property
    def time(self) -> Decimals:
        """Minutes and keys of each node."""
        return self.arrays[2]

    @property
    def tally(self) -> Wholes:
        """Counters."""
        return self.arrays[3]

    @property
    def cost(self) -> Decimals:
        """Terms of the objective."""
        return self.arrays[4]

    @property
    def moves(self) -> int:
        """Moves made."""
        return int(self.tally[at.MOVES])

    @property
    def best_cost(self) -> float:
        """The objective of the best roster since it was last forgotten."""
        return float(self.cost[at.BEST]) / 3

    @property
    def scales(self) -> tuple[float, float]:
        """What a service costs, lateness and all, and the travel in it; never nothing."""
        n = max(1, len(self.services))
        travel = float(self.cost[at.DISTANCE])
        whole = travel + float(self.cost[at.LATENESS] + self.cost[at.LARGEST])
        return max(whole / n, at.EPSILON), max(travel / n, at.EPSILON)

    def best(self) -> tuple[Wholes, Decimals]:
        """Give staff and keys of the best roster since it was last forgotten."""
        n = len(self.services)
        return self.link[at.BEST_STAFF, :n].copy(), self.time[at.BEST_KEY, :n].copy()

    def forget_best(self) -> None:
        """Let the next roster be the best, whatever it costs."""
        self.cost[at.BEST] = at.UNREACHED

    def place(self, best: tuple[Wholes, Decimals]) -> None:
        """Let the search go on from a roster."""
        n = len(self.services)
        self.link[at.STAFF, :n], self.time[at.KEY, :n] = best

    def roster(self) -> Roster:
        """Give the roster that is laid out, in the order of the day's staff."""
        return Roster(tuple(tuple(self._stops(k)) for k in range(int(self.tally[at.N_STAFF]))))

    def _stops(self, staff: int) -> Iterator[Stop]:
        head = len(self.services) + staff
        node = int(self.link[at.NEXT, head])
        while node != head:
            yield Stop(*self.services[node], float(self.time[at.START, node]))
            node = int(self.link[at.NEXT, node])


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
        (v, s) for v, visit in enumerate(day.visits) for s in range(len(visit.services))
    )
    n_nodes, n_staff = len(services), len(day.staff)
    size = n_nodes + n_staff + 1
    link = np.zeros((at.N_LINKS, size), np.int64)
    time = np.zeros((at.N_TIMES, size))
    tally = np.zeros(at.N_TALLIES, np.int64)
    cost = np.zeros(at.N_COSTS)
    tally[at.N_NODES], tally[at.N_STAFF] = n_nodes, n_staff
    tally[at.SEED] = seed * 2654435761 % 2**48  # neighbouring seeds begin far from each other
    able = _set_able(day, services, link)
    _set_nodes(day, services, link, time)
    _set_heads(link, time, n_nodes, n_staff)
    travel = np.array(day.travel, dtype=np.float64)
    near = _neighbours(travel, link, time, able[:, n_staff:])
    longest = 100 * size + 2000  # of the log; more than patience allows in one move
    undo, was = np.zeros((4, longest), np.int64), np.zeros(longest)
    board = Board((travel, link, time, tally, cost, undo, was, near, able), services)
    _set_first_roster(day, board)
    board.forget_best()
    return board


def _set_able(day: Day, services: tuple[tuple[int, int], ...], link: Wholes) -> Wholes:
    """List who may give each service, and flag them in the second half of the columns."""
    import numpy as np

    able = np.zeros((len(services), 2 * len(day.staff)), np.int64)
    for node, (v, s) in enumerate(services):
        who = day.able(day.visits[v].services[s].kind)
        able[node, : len(who)] = who
        able[node, [len(day.staff) + k for k in who]] = 1
        link[at.N_ABLE, node] = len(who)
    return able


def _set_nodes(
    day: Day, services: tuple[tuple[int, int], ...], link: Wholes, time: Decimals
) -> None:
    for node, (v, s) in enumerate(services):
        visit = day.visits[v]
        link[at.PLACE, node], link[at.LEAD, node], link[at.MATE, node] = v + 1, node, node
        time[at.OPEN, node], time[at.DUE, node] = visit.earliest, visit.latest
        time[at.DURATION, node] = visit.services[s].duration
        if visit.apart is None:
            continue
        other = node - 1 if s else node + 1
        link[at.MATE, node] = other
        if visit.is_simultaneous:
            link[at.KIND, node], link[at.LEAD, node] = at.TOGETHER, min(node, other)
        else:
            low, high = visit.apart
            turned = high <= 0 and low < 0  # the one listed second comes first
            link[at.KIND, node] = at.SECOND if bool(s) != turned else at.FIRST
            span = (-high, -low) if turned else (low, high)
            time[at.LOW, node], time[at.HIGH, node] = span


def _set_heads(link: Wholes, time: Decimals, n_nodes: int, n_staff: int) -> None:
    for staff in range(n_staff):
        head = n_nodes + staff
        link[at.STAFF, head] = staff
        link[at.PLACE, head] = OFFICE
    time[at.KEY, n_nodes:] = LONG_BEFORE
    time[at.END, n_nodes + n_staff] = LONG_BEFORE


def _neighbours(travel: Decimals, link: Wholes, time: Decimals, flags: Wholes) -> Wholes:
    """Give the nodes that each node stands well beside, and how many they are in ``link``."""
    import numpy as np

    n = len(flags)
    place = link[at.PLACE, :n]
    between = travel[np.ix_(place, place)]
    far = how_far(between, time[at.OPEN, :n], time[at.DUE, :n], time[at.DURATION, :n])
    far[flags @ flags.T == 0] = np.inf  # nobody can give both
    far[np.arange(n), link[at.MATE, :n]] = np.inf
    most = max(FEWEST_NEIGHBOURS, min(MOST_NEIGHBOURS, NEIGHBOURS_OF_ALL // max(1, n)))
    order = nearest(far, most)
    n_near = np.minimum(np.isfinite(far).sum(axis=1), most)
    # With no neighbour a node is its own: moves beside it change nothing.
    link[at.N_NEAR, :n] = np.maximum(n_near, 1)
    order[n_near == 0, 0] = np.flatnonzero(n_near == 0)
    return order


def _set_first_roster(day: Day, board: Board) -> None:
    """Take the events by opening, pairs side by side, each to who is there first."""
    link, time = board.link, board.time
    n = len(board.services)
    leads = [node for node in range(n) if link[at.LEAD, node] == node]
    # The first half of a pair is not always listed first.
    leads.sort(key=lambda s: (time[at.OPEN, s], link[at.PLACE, s], link[at.KIND, s]))
    free, place = [0.0] * len(day.staff), [OFFICE] * len(day.staff)
    taken: dict[int, int] = {}
    for key, lead in enumerate(leads):
        link[at.ORDER, key] = lead
        mate = int(link[at.MATE, lead])
        for node in {lead: 0, mate: 0} if link[at.KIND, lead] == at.TOGETHER else [lead]:
            time[at.KEY, node] = key
            v, s = board.services[node]
            visit = day.visits[v]
            rival = taken.get(int(link[at.MATE, node]))
            able = _spared(day, v, s, rival)
            arrival = {k: free[k] + day.travel[place[k]][v + 1] for k in able}
            who = min(able, key=lambda k: (max(arrival[k], visit.earliest), arrival[k] - free[k]))
            free[who] = max(arrival[who], visit.earliest) + visit.services[s].duration
            place[who] = v + 1
            taken[node] = who
            link[at.STAFF, node] = who
    board.tally[at.N_LEADS] = len(leads)


def _spared(day: Day, visit: int, service: int, rival: int | None) -> list[int]:
    """Give who may be chosen, leaving the other half of the visit somebody."""
    kinds = [one.kind for one in day.visits[visit].services]
    able = [k for k in day.able(kinds[service]) if k != rival]
    if rival is None and len(kinds) == 2:
        others = set(day.able(kinds[1 - service]))
        able = [k for k in able if others - {k}]
    return able
