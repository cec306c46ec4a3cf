"""Judges a roster by the published definition, and knows nothing of how it was found.

Ceschia et al. (2026), with the readings of its toolbox: the first stop of a route is reached just
in time, so it has no waiting; neither has the first service after a lunch that opens the route. A
late service counts from the end of the last window that opened before it began. Staff with
nothing to do are idle for their whole shift.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from casework.routing.uhhc.day import HARD, Day, Roster, Route, Staff, Stop, Weights

__all__ = ["Verdict", "check"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a roster costs, and the rules that it breaks.

    Parameters
    ----------
    terms : Weights
        Each term of the objective, already multiplied by its weight.
    broken : tuple of str
        One sentence for each broken rule; empty for a roster that can be worked.
    """

    terms: Weights
    broken: tuple[str, ...]

    @property
    def cost(self) -> int:
        """The objective: the sum of the terms."""
        return sum(getattr(self.terms, name) for name in Weights.__dataclass_fields__)


@dataclass(slots=True)
class _Walk:
    """What is met on the way along one route."""

    travel: int = 0
    waiting: int = 0
    extra: int = 0
    idle: int = 0
    broken: list[str] = field(default_factory=list)


def check(day: Day, roster: Roster) -> Verdict:
    """Judge a roster.

    Parameters
    ----------
    day : Day
    roster : Roster

    Returns
    -------
    Verdict
    """
    if len(roster.routes) != len(day.staff):
        return Verdict(Weights(), (f"{len(roster.routes)} routes for {len(day.staff)} staff",))
    pairs = list(zip(day.staff, roster.routes, strict=True))
    walks = [_walk(day, who, route) for who, route in pairs]
    late = [_late(day, stop) for route in roster.routes for stop in route.stops]
    visited = {stop.visit for route in roster.routes for stop in route.stops}
    weights = day.weights
    unwanted = list(_unwanted(day, roster))
    hungry = [
        f"{who.name} has no lunch" for who, route in pairs if who.eats and route.lunch is None
    ]
    terms = Weights(
        weights.travel_time * sum(walk.travel for walk in walks),
        weights.total_tardiness * sum(late),
        weights.highest_tardiness * max(late, default=0),
        weights.total_waiting_time * sum(walk.waiting for walk in walks),
        weights.total_extra_time * sum(walk.extra for walk in walks),
        weights.max_idle_time * max((walk.idle for walk in walks), default=0),
        max(0, weights.preferences) * len(unwanted),
        weights.unscheduled * (len(day.visits) - len(visited)),
        max(0, weights.missed_lunch_break) * len(hungry),
    )
    broken = [sentence for walk in walks for sentence in walk.broken]
    broken += _broken_at_visits(day, roster)
    broken += unwanted if weights.preferences == HARD else []
    broken += hungry if weights.missed_lunch_break == HARD else []
    return Verdict(terms, tuple(broken))


def _walk(day: Day, who: Staff, route: Route) -> _Walk:
    """Walk a route: skills, enmities, openings, and whether one can be there in time."""
    found = _Walk()
    events = _events(day, who, route)
    if not events:
        found.travel = day.travel[who.origin][who.goal] if who.origin != who.goal else 0
        found.idle = max(0, who.shift[1] - who.shift[0])
        return found
    _judge_lunch(day, who, route, found)
    for stop in route.stops:
        _judge_stop(day, who, stop, found)
    leaves = events[0][1] - day.travel[who.origin][events[0][0]]
    if leaves < who.shift[0]:
        found.broken.append(f"{who.name} leaves at {leaves}, before {who.shift[0]}")
    found.idle = max(0, leaves - who.shift[0])
    place, free = who.origin, leaves
    starts_with_lunch = route.lunch is not None and route.lunch[0] == 0
    for number, (there, start, duration) in enumerate(events):
        arrival = free + day.travel[place][there]
        if start < arrival:
            found.broken.append(f"{who.name} begins at {start}, before arriving at {arrival}")
        found.travel += day.travel[place][there]
        found.idle += max(0, start - arrival)
        if not (number == 1 and starts_with_lunch):
            found.waiting += max(0, start - arrival)
        place, free = there, start + duration
    home = free + day.travel[place][who.goal]
    found.travel += day.travel[place][who.goal]
    found.extra = max(0, home - who.shift[1])
    found.idle += max(0, who.shift[1] - home)
    return found


def _events(day: Day, who: Staff, route: Route) -> list[tuple[int, int, int]]:
    """Give place, start and duration of everything on a route, lunch among it."""
    events = []
    for stop in route.stops:
        visit = day.visits[stop.visit]
        events.append((visit.place, stop.start, visit.services[stop.service].duration))
    if route.lunch is not None and day.lunch is not None:
        before, start = route.lunch
        places = [place for place, _start, _duration in events] or [who.origin]
        place = places[min(before, len(places) - 1)]
        events.insert(before, (place, start, day.lunch.duration))
    return events


def _judge_lunch(day: Day, who: Staff, route: Route, found: _Walk) -> None:
    if route.lunch is None:
        return
    before, start = route.lunch
    if day.lunch is None or not who.eats or not 0 <= before <= len(route.stops):
        found.broken.append(f"{who.name} has a lunch that is not due")
        return
    ends = start + day.lunch.duration if day.is_met_at_end else start
    if start < day.lunch.earliest or ends > day.lunch.latest:
        found.broken.append(f"{who.name} has lunch at {start}, outside its hours")


def _judge_stop(day: Day, who: Staff, stop: Stop, found: _Walk) -> None:
    visit = day.visits[stop.visit]
    kind = visit.services[stop.service].kind
    if kind not in who.skills:
        found.broken.append(f"{who.name} may not give {kind} to {visit.person}")
    if who.name in visit.incompatible:
        found.broken.append(f"{who.name} must not come to {visit.person}")
    if stop.start < visit.windows[0][0]:
        found.broken.append(
            f"{visit.person} is visited at {stop.start}, before {visit.windows[0][0]}"
        )


def _late(day: Day, stop: Stop) -> int:
    visit = day.visits[stop.visit]
    number = bisect_right([opens for opens, _closes in visit.windows], stop.start) - 1
    closes = visit.windows[max(0, number)][1]
    met = visit.services[stop.service].duration if day.is_met_at_end else 0
    return max(0, stop.start + met - closes)


def _unwanted(day: Day, roster: Roster) -> Iterator[str]:
    for who, route in zip(day.staff, roster.routes, strict=True):
        for stop in route.stops:
            visit = day.visits[stop.visit]
            if visit.preferred is not None and who.name not in visit.preferred:
                yield f"{visit.person} did not ask for {who.name}"


def _broken_at_visits(day: Day, roster: Roster) -> Iterator[str]:
    """Look at every visit: all services once or, if it is optional, none, and in step."""
    given: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for at, route in enumerate(roster.routes):
        for stop in route.stops:
            given.setdefault((stop.visit, stop.service), []).append((at, stop.start))
    for number, visit in enumerate(day.visits):
        times = [given.get((number, k), []) for k in range(len(visit.services))]
        counts = [len(one) for one in times]
        if visit.is_optional and not any(counts):
            continue
        if any(count != 1 for count in counts):
            yield f"{visit.person} gets services {counts} times, not once each"
        elif visit.apart is not None:
            (one, start), (other, then) = times[0][0], times[1][0]
            if one == other:
                yield f"{visit.person} gets both services from one member of staff"
            if not visit.apart[0] <= then - start <= visit.apart[1]:
                yield f"{visit.person} waits {then - start} between services, not {visit.apart}"
