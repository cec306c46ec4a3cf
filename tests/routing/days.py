"""Days of visits of our own making, and a judge of rosters that shares no line with the package."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

Instance = dict[str, Any]


def an_instance(
    seed: int = 1,
    *,
    patients: int = 12,
    caregivers: int = 4,
    simultaneous: float = 0.2,
    sequential: float = 0.2,
    kinds: int = 3,
    whole: bool = False,
    gaps: Sequence[tuple[float, float]] = ((0, 30), (10, 10), (15, 40)),
) -> Instance:
    """Invent a day: places in a square, windows over six hours, every kind of rule.

    ``whole`` gives whole minutes, and with them many ties; ``gaps`` are what lies between the two
    services of a sequential visit.
    """
    rng = random.Random(seed)
    names = [f"s{n}" for n in range(kinds)]
    staff = [
        {"id": f"c{n}", "abilities": sorted(rng.sample(names, rng.randint(1, kinds)))}
        for n in range(caregivers)
    ]
    for n, one in enumerate(staff[:2]):  # two who can do anything, so that every day has a roster
        one["abilities"] = names if n < 2 else one["abilities"]
    places = [(rng.uniform(0, 60), rng.uniform(0, 60)) for _ in range(patients + 1)]
    visits = [_visit(rng, n, names, simultaneous, sequential, whole, gaps) for n in range(patients)]
    return {
        "patients": visits,
        "services": [{"id": name, "default_duration": 20} for name in names],
        "caregivers": staff,
        "central_offices": [{"id": "office"}],
        "distances": [[_minutes(a, b, whole) for b in places] for a in places],
    }


def _visit(
    rng: random.Random,
    n: int,
    names: list[str],
    simultaneous: float,
    sequential: float,
    whole: bool,
    gaps: Sequence[tuple[float, float]],
) -> Instance:
    opens = rng.uniform(0, 360)
    opens = round(opens) if whole else opens
    made: Instance = {"id": f"p{n}", "time_window": [opens, opens + rng.choice([30, 60, 120])]}
    drawn = rng.random()
    double = drawn < simultaneous + sequential
    services = [{"service": name} for name in rng.sample(names, 2 if double else 1)]
    for one in services:
        if rng.random() < 0.8:
            one["duration"] = rng.choice([10, 15, 30, 45])
    made["required_caregivers"] = services
    if drawn < simultaneous:
        made["synchronization"] = {"type": "simultaneous"}
    elif double:
        made["synchronization"] = {"type": "sequential", "distance": list(rng.choice(gaps))}
    return made


def _minutes(one: tuple[float, float], other: tuple[float, float], whole: bool) -> float:
    apart = ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5
    return round(apart) if whole else apart


def text_of(instance: Instance) -> str:
    return json.dumps(instance)


def judged(instance: Instance, solution: Instance) -> tuple[list[str], float]:
    """Judge a solution file by the definition: the rules it breaks, and its cost.

    It plays the day through minute by minute of each route, from the two files alone.
    """
    people = {one["id"]: (n, one) for n, one in enumerate(instance["patients"], 1)}
    skills = {one["id"]: one["abilities"] for one in instance["caregivers"]}
    usual = {one["id"]: one["default_duration"] for one in instance["services"]}
    broken, starts, lates, distance = [], {}, [0.0], 0.0
    for route in solution["routes"]:
        who, here, free = route["caregiver_id"], 0, 0.0
        for stop in route["locations"]:
            person, kind, start = stop["patient_id"], stop["service_id"], stop["arrival_time"]
            there, visit = people[person]
            asked = {one["service"]: one for one in visit["required_caregivers"]}
            free += instance["distances"][here][there]
            distance += instance["distances"][here][there]
            opens, closes = visit["time_window"]
            if kind not in skills[who]:
                broken.append(f"{who} cannot give {kind}")
            if kind not in asked or (person, kind) in starts:
                broken.append(f"{person} does not need {kind} (again)")
            if start < max(free, opens) - 1e-6:
                broken.append(f"{who} starts too early at {person}")
            free = start + asked[kind].get("duration", usual[kind])
            if abs(stop["departure_time"] - free) > 1e-6:
                broken.append(f"{who} leaves {person} too early")
            starts[person, kind] = (who, start)
            lates.append(max(0.0, start - closes))
            here = there
        distance += instance["distances"][here][0]
    for person, (_n, visit) in people.items():
        given = [starts.get((person, one["service"])) for one in visit["required_caregivers"]]
        if None in given:
            broken.append(f"{person} is not served")
        elif len(given) == 2:
            rule = visit["synchronization"]
            low, high = rule.get("distance", (0, 0))
            if not low - 1e-6 <= given[1][1] - given[0][1] <= high + 1e-6:
                broken.append(f"{person}: out of step")
            if given[0][0] == given[1][0]:
                broken.append(f"{person}: both by {given[0][0]}")
    return broken, (distance + sum(lates) + max(lates)) / 3
