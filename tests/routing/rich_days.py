"""Rich days of our own making, and a judge of rosters that shares no line with the package."""

from __future__ import annotations

import random
from typing import Any

Instance = dict[str, Any]

WEIGHTS = {
    "travel_time": 2, "total_tardiness": 5, "highest_tardiness": 4, "total_waiting_time": 3,
    "total_extra_time": 6, "max_idle_time": 20, "caregiver_preferences": 9,
    "optional_patients": 150, "missed_lunch_break": 70,
}  # fmt: skip


def a_rich_instance(
    seed: int = 1,
    *,
    patients: int = 12,
    caregivers: int = 4,
    optional: float = 0.3,
    met: str = "at_service_end",
    weights: dict[str, Any] | None = None,
) -> Instance:
    """Invent a day of ten hours with every kind of rule."""
    rng = random.Random(seed)
    names = ["s0", "s1", "s2", "s3"]
    points = [(rng.uniform(0, 40), rng.uniform(0, 40)) for _ in range(2 + patients)]
    staff = [_caregiver(rng, n, names) for n in range(caregivers)]
    people = [_patient(rng, n, names, optional, caregivers) for n in range(patients)]
    return {
        "metadata": {"time_window_met": met, "cost_components": weights or dict(WEIGHTS)},
        "terminal_points": [{"id": f"d{n}", "distance_matrix_index": n} for n in range(2)],
        "caregivers": staff,
        "patients": people,
        "services": [{"id": name, "default_duration": 20} for name in names],
        "distances": [[round(abs(a - c) + abs(b - d)) for c, d in points] for a, b in points],
        "lunch_breaks": {"start": 180, "end": 330, "min_duration": 30},
    }


def _caregiver(rng: random.Random, n: int, names: list[str]) -> Instance:
    begins = rng.choice([0, 60, 120])
    return {
        "id": f"c{n}",
        # Two who can do anything, so that every day has a roster.
        "abilities": names if n < 2 else sorted(rng.sample(names, rng.randint(1, 3))),
        "departing_point": rng.choice(["d0", "d1"]),
        "arrival_point": rng.choice(["d0", "d1"]),
        "working_shift": {"start": begins, "end": begins + rng.choice([240, 360, 480])},
        "lunch_break": rng.random() < 0.7,
    }


def _patient(
    rng: random.Random, n: int, names: list[str], optional: float, caregivers: int
) -> Instance:
    opens = rng.randint(0, 400)
    windows = [{"start": opens, "end": opens + rng.choice([0, 30, 90])}]
    if rng.random() < 0.4:
        later = windows[0]["end"] + rng.randint(0, 120)
        windows.append({"start": later, "end": later + 60})
    kinds = rng.sample(names, rng.choice([1, 1, 2]))
    made: Instance = {
        "id": f"p{n}", "distance_matrix_index": 2 + n, "time_windows": windows,
        "required_services": [{"service": one, "duration": rng.choice([15, 45])} for one in kinds],
        "optional": rng.random() < optional,
    }  # fmt: skip
    if rng.random() < 0.3:
        del made["required_services"][0]["duration"]
    if len(kinds) == 2:
        low = rng.choice([0, 15])
        made["synchronization"] = rng.choice(
            [
                {"type": "simultaneous"},
                {"type": "independent"},
                {"type": "sequential", "distance": {"min": low, "max": low + rng.choice([0, 60])}},
            ]
        )
    if rng.random() < 0.5:
        made["preferred_caregivers"] = [f"c{rng.randrange(caregivers)}"]
    if rng.random() < 0.3 and caregivers > 2:
        made["incompatible_caregivers"] = [f"c{rng.randrange(2, caregivers)}"]
    return made


def judged_rich(instance: Instance, solution: Instance) -> tuple[list[str], dict[str, int]]:
    """Judge a solution file by the definition: the rules it breaks, and its weighted terms.

    It walks each route from the two files alone, location by location.
    """
    people = {one["id"]: one for one in instance["patients"]}
    usual = {one["id"]: one["default_duration"] for one in instance["services"]}
    routes = {one["caregiver_id"]: one.get("locations", []) for one in solution["routes"]}
    at_end = instance["metadata"]["time_window_met"] == "at_service_end"
    broken: list[str] = []
    given: dict[tuple[str, str], tuple[str, int]] = {}
    lates, travel, waiting, extra, disliked, missed, idles = [0], 0, 0, 0, 0, 0, [0]
    for who in instance["caregivers"]:
        walk = _Walker(instance, who)
        ate = False
        for number, stop in enumerate(routes.pop(who["id"])):
            if stop["service"] == "lunch_break":
                ate = True
                broken += walk.eat(stop, number, at_end)
                continue
            one = people[stop["patient"]]
            asked = {each["service"]: each for each in one["required_services"]}
            lasts = asked[stop["service"]].get("duration", usual[stop["service"]])
            start = stop["arrival_time"]
            walk.go(one["distance_matrix_index"], start, lasts, number)
            if stop["departure_time"] != start + lasts:
                broken.append(f"{one['id']} is left at {stop['departure_time']}")
            if stop["service"] not in who["abilities"] or (one["id"], stop["service"]) in given:
                broken.append(f"{who['id']} should not give {stop['service']}")
            if who["id"] in one.get("incompatible_caregivers", []):
                broken.append(f"{who['id']} is incompatible with {one['id']}")
            given[one["id"], stop["service"]] = (who["id"], start)
            if start < one["time_windows"][0]["start"]:
                broken.append(f"{one['id']} too early")
            window = [each for each in one["time_windows"] if each["start"] <= start][-1:]
            if window:
                lates.append(max(0, start + (lasts if at_end else 0) - window[0]["end"]))
            disliked += who["id"] not in one.get("preferred_caregivers", [who["id"]])
        walk.go_home()
        broken += walk.broken
        travel, waiting, extra = travel + walk.travel, waiting + walk.waiting, extra + walk.extra
        idles.append(walk.idle)
        missed += who["lunch_break"] and not ate
        if ate and not who["lunch_break"]:
            broken.append(f"{who['id']} eats unasked")
    left_out = 0
    for one in people.values():
        got = [given.get((one["id"], each["service"])) for each in one["required_services"]]
        if not any(got):
            left_out += 1
            if not one["optional"]:
                broken.append(f"{one['id']} is not served")
        elif None in got:
            broken.append(f"{one['id']} is served in part")
        elif len(got) == 2 and one["synchronization"]["type"] != "independent":
            span = one["synchronization"].get("distance", {"min": 0, "max": 0})
            if not span["min"] <= got[1][1] - got[0][1] <= span["max"] or got[0][0] == got[1][0]:
                broken.append(f"{one['id']} out of step")
    terms = {
        "travel_time": travel, "total_tardiness": sum(lates), "highest_tardiness": max(lates),
        "total_waiting_time": waiting, "total_extra_time": extra, "max_idle_time": max(idles),
        "caregiver_preferences": disliked, "optional_patients": left_out,
        "missed_lunch_break": missed,
    }  # fmt: skip
    weights = instance["metadata"]["cost_components"]
    return broken, {name: weights.get(name, 0) * value for name, value in terms.items()}


class _Walker:
    """One caregiver on the way: where, since when, and what has gone by."""

    def __init__(self, instance: Instance, who: Instance) -> None:
        self.instance, self.who = instance, who
        self.gaps = instance["distances"]
        points = {one["id"]: one["distance_matrix_index"] for one in instance["terminal_points"]}
        self.here, self.home = points[who["departing_point"]], points[who["arrival_point"]]
        self.places = {one["id"]: one["distance_matrix_index"] for one in instance["patients"]}
        self.clock = -1
        self.travel = self.waiting = self.extra = self.idle = 0
        self.ate_first = False
        self.broken: list[str] = []

    def go(self, there: int, start: int, lasts: int, number: int) -> None:
        way = self.gaps[self.here][there]
        shift = self.who["working_shift"]
        if number == 0:
            self.clock = start - way
            self.idle = self.clock - shift["start"]
            if self.idle < 0:
                self.broken.append(f"{self.who['id']} leaves before the shift")
        waited = start - self.clock - way
        if waited < 0:
            self.broken.append(f"{self.who['id']} flies")
        self.idle += waited
        if not (number == 1 and self.ate_first):
            self.waiting += waited
        self.travel += way
        self.here, self.clock = there, start + lasts

    def eat(self, stop: Instance, number: int, at_end: bool) -> list[str]:
        span = self.instance["lunch_breaks"]
        self.ate_first = self.ate_first or number == 0
        there = self.places.get(stop["patient"], self.here)
        self.go(there, stop["start_time"], span["min_duration"], number)
        last = stop["end_time"] if at_end else stop["start_time"]
        good = stop["end_time"] == stop["start_time"] + span["min_duration"]
        if good and span["start"] <= stop["start_time"] and last <= span["end"]:
            return []
        return [f"{self.who['id']} eats at {stop['start_time']}"]

    def go_home(self) -> None:
        shift = self.who["working_shift"]
        way = self.gaps[self.here][self.home]
        self.travel += way
        if self.clock < 0:
            self.idle = shift["end"] - shift["start"]
            return
        self.extra = max(0, self.clock + way - shift["end"])
        self.idle += max(0, shift["end"] - self.clock - way)
