"""Judges a roster by the definition of the problem, and knows nothing of how it was found.

Mankowska, Meisel, Bierwirth, The home health care routing and scheduling problem with
interdependent services, Health Care Management Science 17 (2014), without its weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from casework.routing.day import OFFICE, Day, Roster, Stop

__all__ = ["Verdict", "check"]

TOLERANCE = 1e-6  # minutes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a roster costs, and the rules that it breaks.

    Parameters
    ----------
    distance : float
        Minutes of travel of all routes, with the way back to the office.
    tardiness : float
        Minutes after the latest start, summed over services.
    largest : float
        The largest of these.
    broken : tuple of str
        One sentence for each broken rule; empty for a roster that can be worked.
    """

    distance: float
    tardiness: float
    largest: float
    broken: tuple[str, ...]

    @property
    def cost(self) -> float:
        """The objective: the mean of the three terms."""
        return (self.distance + self.tardiness + self.largest) / 3


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
    late = [
        max(0.0, stop.start - day.visits[stop.visit].latest)
        for route in roster.routes
        for stop in route
    ]
    distance = sum(
        day.travel[one][other]
        for route in roster.routes
        for one, other in zip(_places(route), _places(route)[1:], strict=False)
    )
    broken = (*_broken_on_routes(day, roster), *_broken_at_visits(day, roster))
    return Verdict(distance, sum(late), max(late, default=0.0), broken)


def _places(route: tuple[Stop, ...]) -> list[int]:
    return [OFFICE, *(stop.visit + 1 for stop in route), OFFICE] if route else []


def _broken_on_routes(day: Day, roster: Roster) -> Iterator[str]:
    """Walk every route: skills, opening of the windows, and whether one can be there in time."""
    if len(roster.routes) != len(day.staff):
        yield f"{len(roster.routes)} routes for {len(day.staff)} staff"
        return
    for who, route in zip(day.staff, roster.routes, strict=True):
        place, free = OFFICE, 0.0
        for stop in route:
            visit = day.visits[stop.visit]
            service = visit.services[stop.service]
            arrival = free + day.travel[place][stop.visit + 1]
            if service.kind not in who.skills:
                yield f"{who.name} may not give {service.kind} to {visit.person}"
            if stop.start < visit.earliest - TOLERANCE:
                yield f"{visit.person} is visited at {stop.start}, before {visit.earliest}"
            if stop.start < arrival - TOLERANCE:
                yield f"{who.name} is with {visit.person} at {stop.start}, before {arrival}"
            place, free = stop.visit + 1, stop.start + service.duration


def _broken_at_visits(day: Day, roster: Roster) -> Iterator[str]:
    """Look at every visit: each service once, two by different staff, and in step."""
    given: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for at, route in enumerate(roster.routes):
        for stop in route:
            given.setdefault((stop.visit, stop.service), []).append((at, stop.start))
    for number, visit in enumerate(day.visits):
        times = [given.get((number, k), []) for k in range(len(visit.services))]
        if any(len(one) != 1 for one in times):
            yield f"{visit.person} gets services {[len(one) for one in times]} times, not once each"
        elif visit.apart:
            (one, start), (other, then) = times[0][0], times[1][0]
            if one == other:
                yield f"{visit.person} gets both services from one member of staff"
            low, high = visit.apart
            if not low - TOLERANCE <= then - start <= high + TOLERANCE:
                yield f"{visit.person} waits {then - start} between services, not {low} to {high}"
