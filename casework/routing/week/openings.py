"""Where one visit could stand in a roster without moving anything else, and why it stands nowhere.

Decides what stands in the way of a visit: the smallest sets of rules and wishes without which there
would be room. All other visits keep their minutes; what the search could gain by moving them is its
own affair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from casework.routing.week.model import Placed, Roster, Slot, Turn, Visit, Week

__all__ = ["Obstacle", "Opening", "obstacles", "openings"]

WHOLE_DAY = (360, 1320)  # within which anybody might work who does not
MOST_AT_ONCE = 3  # rules that are left aside together


@dataclass(frozen=True, slots=True)
class Opening:
    """A place where a visit could stand.

    Parameters
    ----------
    day : int
    starts : tuple of int
        The earliest there, seat by seat.
    latest : int
        Until when the first seat could begin there, with nobody else moved.
    workers : tuple of int
        Positions in the week's workers.
    points : int
        What it adds to the cost, lateness aside, which there is none of.
    way : int
        Minutes on the way that it adds.
    """

    day: int
    starts: tuple[int, ...]
    latest: int
    workers: tuple[int, ...]
    points: int
    way: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Rules and wishes that together keep a visit out.

    Parameters
    ----------
    reasons : tuple of str
        ``times`` when the person can be visited, ``days`` of the task, ``hours`` of the workers,
        ``skill``, ``second`` (that it needs two), ``lock``, ``others`` (visits that take the time),
        and the reasons of the visit's bars. Empty when there is room, but at more than it is worth.
    opening : Opening
        The cheapest place there would be without them.
    instead_of : tuple of int
        With ``others`` alone: visits of which each would make room, the least worth first.
    """

    reasons: tuple[str, ...]
    opening: Opening
    instead_of: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gap:
    """Free time of one worker in one turn, and the places before and after it."""

    worker: int
    turn: Turn
    place: int
    free: int
    next_place: int
    until: int


def openings(week: Week, roster: Roster, visit: int) -> list[Opening]:
    """List where a visit could stand, the cheapest first; where it stands now does not count."""
    others = Roster(tuple(one for one in roster.placed if one.visit != visit))
    gaps = _gaps(week, others)
    return sorted(_openings(week, others, week.visits[visit], gaps), key=_by_price)


def obstacles(week: Week, roster: Roster, visit: int) -> list[Obstacle]:
    """Tell what keeps a visit out of a roster: every smallest set of reasons, with its remedy.

    Returns
    -------
    list of Obstacle
        The cheapest remedy first; empty when not even leaving several rules aside makes room.
    """
    others = Roster(tuple(one for one in roster.placed if one.visit != visit))
    one = week.visits[visit]
    reasons = _reasons(one)
    for size in range(min(MOST_AT_ONCE, len(reasons)) + 1):
        found = []
        for chosen in combinations(reasons, size):
            best = _cheapest(week, others, one, frozenset(chosen))
            if best is not None:
                instead = _instead_of(week, others, visit) if chosen == ("others",) else ()
                found.append(Obstacle(chosen, best, instead))
        if found:
            return sorted(found, key=lambda other: _by_price(other.opening))
    return []


def _reasons(visit: Visit) -> list[str]:
    """Name what can be left aside, what is easiest to change first."""
    reasons = ["lock"] if visit.lock else []
    reasons += ["times", *dict.fromkeys(bar.reason for bar in visit.bars), "others", "days"]
    reasons += ["hours", "skill"] + ["second"] * (len(visit.seats) == 2)
    return reasons


def _by_price(one: Opening) -> tuple[int, int, tuple[int, ...], tuple[int, ...]]:
    return one.points, one.day, one.starts, one.workers


def _cheapest(week: Week, others: Roster, visit: Visit, without: frozenset[str]) -> Opening | None:
    relaxed = _relax_visit(week, visit, without)
    if "hours" in without:
        week = _always_there(week)
    if "skill" in without:
        seats = tuple(replace(one, skill=None) for one in relaxed.seats)
        relaxed = replace(relaxed, seats=seats)
    held = Roster(()) if "others" in without else others
    gaps = _gaps(week, held)
    return min(_openings(week, held, relaxed, gaps), key=_by_price, default=None)


def _relax_visit(week: Week, visit: Visit, without: frozenset[str]) -> Visit:
    days = visit.days or {one.day for one in visit.slots}
    slots = visit.slots
    if "days" in without:
        days = frozenset(range(week.n_days))
        slots = (*visit.slots, *visit.other_slots)
    if "times" in without:
        slots = tuple(Slot(day, *WHOLE_DAY) for day in sorted(days))
    bars = tuple(one for one in visit.bars if one.reason not in without)
    relaxed = replace(visit, slots=slots, bars=bars, wishes=visit.wishes)
    if "lock" in without:
        relaxed = replace(relaxed, lock=None)
    if "second" in without and len(visit.seats) == 2:
        relaxed = replace(relaxed, seats=visit.seats[:1], apart=None)
    return relaxed


def _always_there(week: Week) -> Week:
    """Let everybody work through every day, from early to late."""
    whole = tuple(Turn(d, *WHOLE_DAY) for d in range(week.n_days))
    return replace(week, workers=tuple(replace(one, turns=whole) for one in week.workers))


def _gaps(week: Week, roster: Roster) -> dict[int, list[_Gap]]:
    """List the free times, by day; a turn without visits is one gap."""
    stops: defaultdict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for one in roster.placed:
        visit = week.visits[one.visit]
        for start, who, seat in zip(one.starts, one.workers, visit.seats, strict=False):
            stops[who, one.day].append((start, start + seat.minutes, visit.place))
    found: defaultdict[int, list[_Gap]] = defaultdict(list)
    for who, worker in enumerate(week.workers):
        for turn in worker.turns:
            held = sorted(
                one for one in stops[who, turn.day] if turn.begins <= one[0] < turn.ends
            )  # fmt: skip
            place, free = worker.base, turn.begins
            for start, end, at in held:
                found[turn.day].append(_Gap(who, turn, place, free, at, start))
                place, free = at, end
            found[turn.day].append(_Gap(who, turn, place, free, worker.base, turn.ends))
    return found


def _span(week: Week, visit: Visit, minutes: int, gap: _Gap) -> tuple[int, int]:
    """Give the earliest and the latest start in a gap, windows aside."""
    travel = week.travel[week.workers[gap.worker].mode]
    earliest = gap.free + travel[gap.place][visit.place]
    return earliest, gap.until - travel[visit.place][gap.next_place] - minutes


def _openings(
    week: Week, roster: Roster, visit: Visit, gaps: dict[int, list[_Gap]]
) -> Iterator[Opening]:
    loads = _loads(week, roster)
    shares = week.shares()
    wished: defaultdict[str, int] = defaultdict(int)
    for wish in visit.wishes:
        wished[wish.worker] += wish.points
    for slot in visit.open_slots:
        here = gaps.get(slot.day, [])
        able = [
            [gap for gap in here if not visit.barring(seat, week.workers[gap.worker])]
            for seat in range(len(visit.seats))
        ]
        for placed, latest, used in _placings(week, visit, slot, able):
            way = sum(_more(week, visit, gap) for gap in used)
            points = week.weights.travel * way
            for seat, who in zip(visit.seats, placed.workers, strict=True):
                points += _above(week, shares[who], loads[who], seat.minutes)
                points += wished[week.workers[who].key]
            yield Opening(slot.day, placed.starts, latest, placed.workers, points, way)


def _placings(
    week: Week, visit: Visit, slot: Slot, able: Sequence[Sequence[_Gap]]
) -> Iterator[tuple[Placed, int, tuple[_Gap, ...]]]:
    first = visit.seats[0].minutes
    spans = [
        _span(week, visit, seat.minutes, other)
        for seat in visit.seats[1:]
        for other in able[1]
    ]  # fmt: skip
    for gap in able[0]:
        low, high = _span(week, visit, first, gap)
        low, high = max(low, slot.opens), min(high, slot.closes)
        if visit.apart is None:
            if low <= high:
                yield Placed(0, slot.day, (low,), (gap.worker,)), high, (gap,)
            continue
        least, most = visit.apart
        for other, (from_, to) in zip(able[1], spans, strict=True):
            if other is gap:
                after = max(least, first)
                bound = min(slot.closes, to - after)
                if after <= most and low <= bound:
                    starts = (low, low + after)
                    yield Placed(0, slot.day, starts, (gap.worker,) * 2), bound, (gap,)
                continue
            start = max(low, from_ - most)
            then = max(from_, start + least)
            if (
                start <= high
                and then <= to
                and (other.worker != gap.worker or then >= start + first)
            ):
                bound = min(high, to - least)
                yield (
                    Placed(0, slot.day, (start, then), (gap.worker, other.worker)),
                    bound,
                    (gap, other),
                )


def _more(week: Week, visit: Visit, gap: _Gap) -> int:
    travel = week.travel[week.workers[gap.worker].mode]
    more = travel[gap.place][visit.place] + travel[visit.place][gap.next_place]
    is_empty = gap.free == gap.turn.begins and gap.until == gap.turn.ends
    return more if is_empty else more - travel[gap.place][gap.next_place]


def _loads(week: Week, roster: Roster) -> list[int]:
    loads = [0] * len(week.workers)
    for one in roster.placed:
        for seat, who in zip(week.visits[one.visit].seats, one.workers, strict=False):
            loads[who] += seat.minutes
    return loads


def _above(week: Week, share: int, load: int, minutes: int) -> int:
    return week.weights.above_share * (max(0, load + minutes - share) - max(0, load - share))


def _instead_of(week: Week, others: Roster, visit: int) -> tuple[int, ...]:
    """Name up to three visits of which each alone would make room, the least worth first."""
    one = week.visits[visit]
    days = {slot.day for slot in one.open_slots}
    found: list[int] = []
    for other in sorted(
        (held for held in others.placed if held.day in days),
        key=lambda held: (week.visits[held.visit].value, held.visit),
    ):
        rest = Roster(tuple(held for held in others.placed if held is not other))
        if next(_openings(week, rest, one, _gaps(week, rest)), None) is not None:
            found.append(other.visit)
            if len(found) == 3:
                break
    return tuple(found)
