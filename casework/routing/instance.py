"""Days of visits as JSON: the format of the public instances in, their form of a solution out.

Decides what such a file must hold, and says of a file that does not what is wrong where; leaves
opening files to the caller. The format: Ceschia, Di Gaspero, Rosati, Schaerf (2024).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from casework.errors import InvalidEntry
from casework.routing.day import Day, Roster, Service, Staff, Visit
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
    try:
        whole = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        _refuse("$", str(error), _("a JSON file"))
    patients = _list(whole, "$", "patients")
    usual = _usual_durations(whole)
    visits = [_visit(one, f"patients[{at}]", usual) for at, one in enumerate(patients)]
    staff = [
        Staff(
            _text(one, f"caregivers[{at}]", "id"),
            frozenset(map(str, _list(one, f"caregivers[{at}]", "abilities"))),
        )
        for at, one in enumerate(_list(whole, "$", "caregivers"))
    ]
    _expect_different("patients", [one.person for one in visits])
    _expect_different("caregivers", [one.name for one in staff])
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
    wanted = _list(one, place, "required_caregivers")
    if len(wanted) not in (1, 2):
        _refuse(f"{place}.required_caregivers", len(wanted), _("one or two services"))
    services = tuple(
        _service(each, f"{place}.required_caregivers[{at}]", usual)
        for at, each in enumerate(wanted)
    )
    if len(services) == 2 and services[0].kind == services[1].kind:
        _refuse(f"{place}.required_caregivers", services[0].kind, _("two different services"))
    apart = _apart(one, place) if len(services) == 2 else None
    return Visit(_text(one, place, "id"), *window, services, apart)


def _service(one: Any, place: str, usual: dict[str, float]) -> Service:
    kind = _text(one, place, "service")
    if "duration" in one:
        return Service(kind, _minutes(one["duration"], f"{place}.duration"))
    if kind not in usual:
        _refuse(f"{place}.duration", None, _("minutes here, or in services"))
    return Service(kind, usual[kind])


def _apart(one: Any, place: str) -> tuple[float, float]:
    place = f"{place}.synchronization"
    said = one.get("synchronization")
    kind = said.get("type") if isinstance(said, dict) else None
    if kind == "simultaneous":
        return (0.0, 0.0)
    if kind == "sequential":
        return _pair(said, place, "distance")
    return _refuse(f"{place}.type", kind, "simultaneous, sequential")


def _usual_durations(whole: Any) -> dict[str, float]:
    return {
        _text(one, f"services[{at}]", "id"): _minutes(
            one["default_duration"], f"services[{at}].default_duration"
        )
        for at, one in enumerate(whole.get("services") or [])
        if isinstance(one, dict) and one.get("default_duration") is not None
    }


def _matrix(whole: Any, size: int) -> tuple[tuple[float, ...], ...]:
    rows = _list(whole, "$", "distances")
    if len(rows) != size:
        _refuse("distances", len(rows), _("{n} rows: the office and every patient", n=size))
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != size:
            found = len(row) if isinstance(row, list) else row
            _refuse(f"distances[{at}]", found, _("{n} numbers", n=size))
    return tuple(
        tuple(_minutes(one, f"distances[{at}][{to}]") for to, one in enumerate(row))
        for at, row in enumerate(rows)
    )


def _expect_different(place: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if name in seen:
            _refuse(f"{place}[{at}].id", name, _("every name once"))
        seen.add(name)


def _expect_staff_for_all(day: Day) -> None:
    """Refuse a day of which no roster can exist: the only way in which that happens is skills."""
    for at, visit in enumerate(day.visits):
        able = [set(day.able(service.kind)) for service in visit.services]
        kinds = ", ".join(service.kind for service in visit.services)
        if not all(able):
            _refuse(f"patients[{at}].required_caregivers", kinds, _("skills that somebody has"))
        if len(able) == 2 and len(able[0] | able[1]) < 2:
            wanted = _("skills of two different caregivers")
            _refuse(f"patients[{at}].required_caregivers", kinds, wanted)


def _list(holder: Any, place: str, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        _refuse(_below(place, key), found, _("a list"))
    return found


def _text(holder: Any, place: str, key: str) -> str:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        _refuse(_below(place, key), found, _("a name"))
    return str(found)


def _pair(holder: Any, place: str, key: str) -> tuple[float, float]:
    place = _below(place, key)
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list) or len(found) != 2:
        _refuse(place, found, _("two numbers, the smaller one first"))
    low, high = (_minutes(one, place, least=-1e9) for one in found)
    if low > high:
        _refuse(place, found, _("two numbers, the smaller one first"))
    return (low, high)


def _minutes(found: Any, place: str, least: float = 0.0) -> float:
    good = isinstance(found, int | float) and not isinstance(found, bool)
    if not good or not least <= found < 1e9:
        _refuse(
            place,
            found,
            _("minutes, a number from 0 on") if least == 0 else _("a number of minutes"),
        )
    return float(found)


def _below(place: str, key: str) -> str:
    return key if place == "$" else f"{place}.{key}"


def _no_constant(name: str) -> float:
    return math.nan  # refused where it stands, with its place


def _refuse(place: str, found: Any, expected: str) -> NoReturn:
    shown = json.dumps(found, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    raise InvalidEntry(
        _(
            "{place} holds {value}; accepted is: {expected}. Correct the file and start again.",
            place=place,
            value=shown,
            expected=expected,
        ),
        field=place,
        value=found,
        expected=expected,
    )
