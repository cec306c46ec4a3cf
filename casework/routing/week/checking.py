"""Judges a week's roster by the definition, and knows nothing of how it was found.

Decides which rules a roster breaks, and what it costs in which term.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from casework.routing.week.model import Placed, Roster, Week

__all__ = ["Terms", "Verdict", "check"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a roster costs, in points, by what it is paid for."""

    travel: int = 0
    late: int = 0
    wishes: int = 0
    above_share: int = 0
    changes: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        """The objective."""
        return sum(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a roster costs, and the rules that it breaks.

    Parameters
    ----------
    terms : Terms
    broken : tuple of str
        One sentence for each broken rule; empty for a roster that can be worked.
    travel, late : int
        Minutes on the way of all workers, and minutes of lateness of all visits.
    n_late, n_left_out : int
        Visits.
    loads : tuple of int
        Minutes of visits of each worker.
    ways : tuple of int
        Minutes on the way of each worker.
    wishes : mapping of str to int
        Seats for which a wish is not met, by reason.
    """

    terms: Terms
    broken: tuple[str, ...]
    travel: int
    late: int
    n_late: int
    n_left_out: int
    loads: tuple[int, ...]
    ways: tuple[int, ...]
    wishes: dict[str, int]


def check(week: Week, roster: Roster) -> Verdict:
    """Judge a roster.

    Raises
    ------
    IndexError
        If it names a visit or a worker that the week does not have.
    """
    broken = [*_broken_at_visits(week, roster)]
    ways = [0] * len(week.workers)
    by_day: defaultdict[tuple[int, int], list[Placed]] = defaultdict(list)
    for one in roster.placed:
        for who in dict.fromkeys(one.workers):
            by_day[who, one.day].append(one)
    for (worker, day), those in sorted(by_day.items()):
        way, found = _walk(week, those, worker, day)
        ways[worker] += way
        broken += found
    late = [week.visits[one.visit].lateness(one.day, one.starts[0]) or 0 for one in roster.placed]
    loads = [0] * len(week.workers)
    for one in roster.placed:
        for seat, who in zip(week.visits[one.visit].seats, one.workers, strict=False):
            loads[who] += seat.minutes
    placed = {one.visit for one in roster.placed}
    left = [one.value for at, one in enumerate(week.visits) if at not in placed]
    wishes = list(_wishes(week, roster))
    weights = week.weights
    above = sum(
        max(0, load - share) for load, share in zip(loads, week.shares(), strict=True)
    )  # fmt: skip
    terms = Terms(
        weights.travel * sum(ways),
        weights.late * sum(late),
        sum(points for _reason, points in wishes),
        weights.above_share * above,
        sum(_change(week, one) for one in roster.placed),
        sum(left),
    )
    counted = dict(Counter(reason for reason, points in wishes if points > 0))
    return Verdict(
        terms, tuple(broken), sum(ways), sum(late), sum(one > 0 for one in late), len(left),
        tuple(loads), tuple(ways), counted,
    )  # fmt: skip


def _wishes(week: Week, roster: Roster) -> Iterator[tuple[str, int]]:
    for one in roster.placed:
        visit = week.visits[one.visit]
        for who in one.workers:
            key = week.workers[who].key
            yield from ((wish.reason, wish.points) for wish in visit.wishes if wish.worker == key)


def _change(week: Week, one: Placed) -> int:
    visit, weights = week.visits[one.visit], week.weights
    kept = visit.kept
    if kept is None:
        return 0
    cost = sum(
        weights.other_worker
        for who, before in zip(one.workers, kept.workers, strict=True)
        if week.workers[who].key != before
    )
    if one.day != kept.day:
        return cost + weights.other_day
    moved = kept.start is not None and abs(one.starts[0] - kept.start) > weights.unmoved
    return cost + weights.other_time * moved


def _broken_at_visits(week: Week, roster: Roster) -> Iterator[str]:
    """Look at every visit: once, in its window, by whom it may be, in step, as locked."""
    for at, times in Counter(one.visit for one in roster.placed).items():
        if times > 1:
            yield f"{week.visits[at].key} is made {times} times"
    for one in roster.placed:
        visit = week.visits[one.visit]
        if not len(one.starts) == len(one.workers) == len(visit.seats):
            yield f"{visit.key} has {len(one.workers)} workers for {len(visit.seats)} seats"
            continue
        if visit.lateness(one.day, one.starts[0]) is None:
            yield f"{visit.key} begins at {one.starts[0]} on day {one.day}, before it may"
        for seat, who in enumerate(one.workers):
            for reason in visit.barring(seat, week.workers[who]):
                yield f"{week.workers[who].key} may not make {visit.key}: {reason}"
        if visit.apart is not None:
            between = one.starts[1] - one.starts[0]
            if not visit.apart[0] <= between <= visit.apart[1]:
                yield f"{visit.key}: {between} minutes between the two, not {visit.apart}"


def _walk(week: Week, those: Sequence[Placed], worker: int, day: int) -> tuple[int, list[str]]:
    """Walk through one worker's day; give the minutes on the way and what cannot be done."""
    who = week.workers[worker]
    travel = week.travel[who.mode]
    stops: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    broken = []
    turns = [one for one in who.turns if one.day == day]
    for one in those:
        visit = week.visits[one.visit]
        for start, by, seat in zip(one.starts, one.workers, visit.seats, strict=False):
            if by != worker:
                continue
            end = start + seat.minutes
            held = [k for k, t in enumerate(turns) if t.begins <= start and end <= t.ends]
            if held:
                stops[held[0]].append((start, end, one.visit))
            else:
                broken.append(f"{who.key} makes {visit.key} outside of working hours on day {day}")
    way = 0
    for k, found in sorted(stops.items()):
        place, free = who.base, turns[k].begins
        for start, end, at in sorted(found):
            visit = week.visits[at]
            way += travel[place][visit.place]
            if start < free + travel[place][visit.place]:
                broken.append(f"{who.key} cannot be with {visit.key} at {start} on day {day}")
            place, free = visit.place, end
        way += travel[place][who.base]
        if free + travel[place][who.base] > turns[k].ends:
            broken.append(f"{who.key} is back too late on day {day}")
    return way, broken
