"""Days of visits as JSON: the format of the public instances in, their form of a solution out.

Decides what such a file must hold, and says of a file that does not what is wrong where; leaves
opening files to the caller. The format: Ceschia, Di Gaspero, Rosati, Schaerf (2024).
"""

from __future__ import annotations

from typing import Any

from casework.routing.day import Day, Roster, Service, Staff, Visit
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
from casework.terms import _

__all__ = ["read_day", "roster_as_json"]


def read_day(text: str) -> Day:
    """Read a day from the text of an instance file.

    Parameters
    ----------
    text : str
        JSON with ``patients``, ``services``, ``caregivers``, ``distances``.

    Returns
    -------
    Day

    Raises
    ------
    InvalidEntry
        With the place in the file, what stands there and what is accepted; also when nobody, or
        for a double visit no two, can give what is asked for.
    """
    whole = read_json(text)
    patients = a_list(whole, "$", "patients")
    usual = usual_durations(whole, minutes)
    visits = [_visit(one, f"patients[{at}]", usual) for at, one in enumerate(patients)]
    staff = [
        Staff(
            a_name(one, f"caregivers[{at}]", "id"),
            frozenset(map(str, a_list(one, f"caregivers[{at}]", "abilities"))),
        )
        for at, one in enumerate(a_list(whole, "$", "caregivers"))
    ]
    expect_different("patients", [one.person for one in visits])
    expect_different("caregivers", [one.name for one in staff])
    day = Day(tuple(visits), tuple(staff), _matrix(whole, len(visits) + 1))
    _expect_staff_for_all(day)
    return day


def roster_as_json(day: Day, roster: Roster) -> dict[str, Any]:
    """Give a roster in the form of a solution file: only staff with visits have a route there."""
    return {
        "routes": [
            {
                "caregiver_id": who.name,
                "locations": [
                    {
                        "patient_id": day.visits[stop.visit].person,
                        "service_id": (given := day.visits[stop.visit].services[stop.service]).kind,
                        "arrival_time": stop.start,
                        "departure_time": stop.start + given.duration,
                    }
                    for stop in route
                ],
            }
            for who, route in zip(day.staff, roster.routes, strict=True)
        ]
    }


def _visit(one: Any, place: str, usual: dict[str, float]) -> Visit:
    window = _pair(one, place, "time_window")
    wanted = a_list(one, place, "required_caregivers")
    if len(wanted) not in (1, 2):
        refuse(f"{place}.required_caregivers", len(wanted), _("one or two services"))
    services = tuple(
        _service(each, f"{place}.required_caregivers[{at}]", usual)
        for at, each in enumerate(wanted)
    )
    if len(services) == 2 and services[0].kind == services[1].kind:
        refuse(f"{place}.required_caregivers", services[0].kind, _("two different services"))
    apart = _apart(one, place) if len(services) == 2 else None
    return Visit(a_name(one, place, "id"), *window, services, apart)


def _service(one: Any, place: str, usual: dict[str, float]) -> Service:
    kind = a_name(one, place, "service")
    if "duration" in one:
        return Service(kind, minutes(one["duration"], f"{place}.duration"))
    if kind not in usual:
        refuse(f"{place}.duration", None, _("minutes here, or in services"))
    return Service(kind, usual[kind])


def _apart(one: Any, place: str) -> tuple[float, float]:
    place = f"{place}.synchronization"
    said = one.get("synchronization")
    kind = said.get("type") if isinstance(said, dict) else None
    if kind == "simultaneous":
        return (0.0, 0.0)
    if kind == "sequential":
        return _pair(said, place, "distance")
    return refuse(f"{place}.type", kind, "simultaneous, sequential")


def _matrix(whole: Any, size: int) -> tuple[tuple[float, ...], ...]:
    rows = a_list(whole, "$", "distances")
    if len(rows) != size:
        refuse("distances", len(rows), _("{n} rows: the office and every patient", n=size))
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != size:
            found = len(row) if isinstance(row, list) else row
            refuse(f"distances[{at}]", found, _("{n} numbers", n=size))
    return tuple(
        tuple(minutes(one, f"distances[{at}][{to}]") for to, one in enumerate(row))
        for at, row in enumerate(rows)
    )


def _expect_staff_for_all(day: Day) -> None:
    """Refuse a day of which no roster can exist: the only way in which that happens is skills."""
    for at, visit in enumerate(day.visits):
        able = [set(day.able(service.kind)) for service in visit.services]
        kinds = ", ".join(service.kind for service in visit.services)
        if not all(able):
            refuse(f"patients[{at}].required_caregivers", kinds, _("skills that somebody has"))
        if len(able) == 2 and len(able[0] | able[1]) < 2:
            wanted = _("skills of two different caregivers")
            refuse(f"patients[{at}].required_caregivers", kinds, wanted)


def _pair(holder: Any, place: str, key: str) -> tuple[float, float]:
    place = below(place, key)
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list) or len(found) != 2:
        refuse(place, found, _("two numbers, the smaller one first"))
    low, high = (minutes(one, place, least=-1e9) for one in found)
    if low > high:
        refuse(place, found, _("two numbers, the smaller one first"))
    return (low, high)
