"""Such days as JSON: the unified format in, its form of a solution out.

Decides what such a file must hold, and says of a file that does not what is wrong where. A term of
the objective that is not listed has no weight; but wishes, lunch and visits without a weight are
not free, they are rules, as in the toolbox of the format's authors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from casework.routing.entries import (
    a_list,
    a_name,
    below,
    expect_different,
    minutes,
    read_json,
    refuse,
    usual_durations,
)
from casework.routing.uhhc.checking import Verdict
from casework.routing.uhhc.day import HARD, Day, Lunch, Roster, Service, Staff, Visit, Weights
from casework.terms import _

__all__ = ["read_day", "roster_as_json"]

# What the file calls a weight, and what the solution calls the term.
NAMES = {"caregiver_preferences": "preferences", "optional_patients": "unscheduled"}
WEIGHED = (
    "travel_time", "total_tardiness", "highest_tardiness", "total_waiting_time",
    "total_extra_time", "max_idle_time",
)  # fmt: skip
RULES = ("caregiver_preferences", "optional_patients", "missed_lunch_break")
ALWAYS_RULES = ("qualification", "incompabilities")  # the second one so in the format
T = TypeVar("T")
LONGEST = 100_000  # minutes; far beyond a day, and no sum of them overflows


def read_day(text: str) -> Day:
    """Read a day from the text of an instance file.

    Parameters
    ----------
    text : str
        JSON with ``metadata``, ``terminal_points``, ``caregivers``, ``patients``, ``services``,
        ``distances`` and, where somebody eats, ``lunch_breaks``.

    Returns
    -------
    Day

    Raises
    ------
    InvalidEntry
        With the place in the file, what stands there and what is accepted; also when nobody, or
        for a double visit no two, can give what must be given.
    """
    whole = read_json(text)
    about = _object(whole, "$", "metadata")
    weights, all_must = _weights(about)
    travel = _matrix(whole)
    points = {
        a_name(one, f"terminal_points[{at}]", "id"): _place(one, f"terminal_points[{at}]", travel)
        for at, one in enumerate(a_list(whole, "$", "terminal_points"))
    }
    staff = _each(whole, "caregivers", lambda one, place: _staff(one, place, points))
    usual = usual_durations(whole, lambda found, place: _whole(found, place, 1))
    visits = _each(
        whole, "patients", lambda one, place: _visit(one, place, usual, travel, all_must)
    )
    expect_different("patients", [one.person for one in visits])
    expect_different("caregivers", [one.name for one in staff])
    lunch = _lunch(whole) if any(one.eats for one in staff) else None
    name = about.get("name")
    day = Day(
        tuple(visits), tuple(staff), travel, lunch, weights, _is_met_at_end(about),
        name if isinstance(name, str) else "",
    )  # fmt: skip
    _expect_staff_for_all(day)
    return day


def roster_as_json(day: Day, roster: Roster, verdict: Verdict) -> dict[str, Any]:
    """Give a roster in the form of a solution file; who stays at home has no locations there."""
    return {
        "instance": day.name or "day",
        "cost": {"objective": verdict.cost, "violations": len(verdict.broken)},
        "cost_components": {
            name: getattr(verdict.terms, name) for name in sorted(Weights.__dataclass_fields__)
        },
        "routes": [_route_as_json(day, at, roster) for at in range(len(day.staff))],
    }


def _route_as_json(day: Day, at: int, roster: Roster) -> dict[str, Any]:
    who, route = day.staff[at], roster.routes[at]
    locations: list[dict[str, Any]] = [
        {
            "patient": day.visits[stop.visit].person,
            "service": (given := day.visits[stop.visit].services[stop.service]).kind,
            "arrival_time": stop.start,
            "departure_time": stop.start + given.duration,
        }
        for stop in route.stops
    ]
    if route.lunch is not None and day.lunch is not None:
        before, start = route.lunch
        beside = locations[min(before, len(locations) - 1)]["patient"] if locations else who.name
        lunch = {"patient": beside, "service": "lunch_break", "start_time": start}
        locations.insert(before, {**lunch, "end_time": start + day.lunch.duration})
    if not locations:
        return {"caregiver_id": who.name}
    return {"caregiver_id": who.name, "locations": locations}


def _weights(about: dict[str, Any]) -> tuple[Weights, bool]:
    """Read what the terms cost, and whether every visit must be made."""
    listed = _object(about, "metadata", "cost_components")
    found: dict[str, int] = {}
    for name, value in listed.items():
        place = f"metadata.cost_components.{name}"
        if value is None:
            continue
        if name in RULES and value == "HARD":
            found[NAMES.get(name, name)] = HARD
        elif name in (*WEIGHED, *RULES):
            found[NAMES.get(name, name)] = _whole(value, place)
        elif not (name in ALWAYS_RULES and value == "HARD") and value != 0:
            refuse(place, value, _("one of these, with a weight: {names}", names=_known()))
    for name in RULES:
        found.setdefault(NAMES.get(name, name), HARD)
    all_must = found["unscheduled"] == HARD
    found["unscheduled"] = max(0, found["unscheduled"])
    return Weights(**found), all_must


def _known() -> str:
    return ", ".join((*WEIGHED, *RULES))


def _is_met_at_end(about: dict[str, Any]) -> bool:
    met = about.get("time_window_met", "at_service_start")
    if met not in ("at_service_start", "at_service_end"):
        refuse("metadata.time_window_met", met, "at_service_start, at_service_end")
    return bool(met == "at_service_end")


def _staff(one: Any, place: str, points: dict[str, int]) -> Staff:
    skills = frozenset(map(str, a_list(one, place, "abilities")))
    ends = [a_name(one, place, key) for key in ("departing_point", "arrival_point")]
    for key, name in zip(("departing_point", "arrival_point"), ends, strict=True):
        if name not in points:
            refuse(f"{place}.{key}", name, ", ".join(list(points)[:20]))
    shift = _span(one.get("working_shift"), f"{place}.working_shift", "start", "end")
    eats = _flag(one, place, "lunch_break")
    return Staff(a_name(one, place, "id"), skills, points[ends[0]], points[ends[1]], shift, eats)


def _visit(
    one: Any, place: str, usual: dict[str, int], travel: Sequence[Any], all_must: bool
) -> Visit:
    wanted = a_list(one, place, "required_services")
    if len(wanted) not in (1, 2):
        refuse(f"{place}.required_services", len(wanted), _("one or two services"))
    services = tuple(
        _service(each, f"{place}.required_services[{at}]", usual) for at, each in enumerate(wanted)
    )
    if len(services) == 2 and services[0].kind == services[1].kind:
        refuse(f"{place}.required_services", services[0].kind, _("two different services"))
    wished = one.get("preferred_caregivers")
    return Visit(
        a_name(one, place, "id"),
        _place(one, place, travel),
        _windows(one, place),
        services,
        _apart(one, place) if len(services) == 2 else None,
        _flag(one, place, "optional") and not all_must,
        None if wished is None else frozenset(map(str, a_list(one, place, "preferred_caregivers"))),
        frozenset(map(str, a_list(one, place, "incompatible_caregivers")))
        if one.get("incompatible_caregivers") is not None
        else frozenset(),
    )


def _windows(one: Any, place: str) -> tuple[tuple[int, int], ...]:
    listed = a_list(one, place, "time_windows")
    if len(listed) not in (1, 2):
        refuse(f"{place}.time_windows", len(listed), _("one or two windows"))
    windows = tuple(
        _span(each, f"{place}.time_windows[{at}]", "start", "end") for at, each in enumerate(listed)
    )
    if len(windows) == 2 and windows[1][0] < windows[0][0]:
        refuse(f"{place}.time_windows[1].start", windows[1][0], _("the earlier window first"))
    return windows


def _service(one: Any, place: str, usual: dict[str, int]) -> Service:
    kind = a_name(one, place, "service")
    if kind == "lunch_break":
        refuse(f"{place}.service", kind, _("another name: this one means lunch"))
    if one.get("duration") is not None:
        return Service(kind, _whole(one["duration"], f"{place}.duration", 1))
    if kind not in usual:
        refuse(f"{place}.duration", None, _("minutes here, or in services"))
    return Service(kind, usual[kind])


def _apart(one: Any, place: str) -> tuple[int, int] | None:
    said = one.get("synchronization")
    kind = "independent" if said is None else said.get("type") if isinstance(said, dict) else said
    if kind == "independent":
        return None
    if kind == "simultaneous":
        return (0, 0)
    place = f"{place}.synchronization"
    if kind == "sequential":
        return _span(_object(said, place, "distance"), f"{place}.distance", "min", "max")
    return refuse(f"{place}.type", kind, "simultaneous, sequential, independent")


def _lunch(whole: Any) -> Lunch:
    said = _object(whole, "$", "lunch_breaks")
    earliest, latest = _span(said, "lunch_breaks", "start", "end")
    return Lunch(earliest, latest, _whole(said.get("min_duration"), "lunch_breaks.min_duration", 1))


def _matrix(whole: Any) -> tuple[tuple[int, ...], ...]:
    rows = a_list(whole, "$", "distances")
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(rows):
            found = len(row) if isinstance(row, list) else row
            refuse(f"distances[{at}]", found, _("{n} numbers", n=len(rows)))
    return tuple(
        tuple(_whole(one, f"distances[{at}][{to}]") for to, one in enumerate(row))
        for at, row in enumerate(rows)
    )


def _place(one: Any, place: str, travel: Sequence[Any]) -> int:
    found = one.get("distance_matrix_index") if isinstance(one, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < len(travel):
        rows = _("a row of distances, 0 to {last}", last=len(travel) - 1)
        refuse(f"{place}.distance_matrix_index", found, rows)
    return found


def _span(holder: Any, place: str, first: str, last: str) -> tuple[int, int]:
    if not isinstance(holder, dict):
        refuse(place, holder, _("an object"))
    low = _whole(holder.get(first), f"{place}.{first}")
    high = _whole(holder.get(last), f"{place}.{last}")
    if high < low:
        refuse(f"{place}.{last}", high, _("{least} or more", least=low))
    return low, high


def _whole(found: Any, place: str, least: int = 0) -> int:
    value = minutes(found, place)
    if value != int(value) or not least <= value <= LONGEST:
        refuse(place, found, _("a whole number, {least} to {most}", least=least, most=LONGEST))
    return int(value)


def _flag(one: Any, place: str, key: str) -> bool:
    found = one.get(key)
    if found is not None and not isinstance(found, bool):
        refuse(f"{place}.{key}", found, "true, false")
    return bool(found)


def _object(holder: Any, place: str, key: str) -> dict[str, Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        refuse(below(place, key), found, _("an object"))
    return found


def _each(whole: Any, key: str, read: Callable[[Any, str], T]) -> list[T]:
    found = []
    for at, one in enumerate(a_list(whole, "$", key)):
        if not isinstance(one, dict):
            refuse(f"{key}[{at}]", one, _("an object"))
        found.append(read(one, f"{key}[{at}]"))
    return found


def _expect_staff_for_all(day: Day) -> None:
    """Refuse what no roster could ever meet, rather than search for it."""
    if not day.staff:
        refuse("caregivers", [], _("at least one caregiver"))
    for at, visit in enumerate(day.visits):
        if not visit.is_optional and not day.is_possible(at):
            kinds = ", ".join(service.kind for service in visit.services)
            wanted = _("skills that somebody has who may come, of two people for two in step")
            refuse(f"patients[{at}].required_services", kinds, wanted)
