"""Days of the families of the public instances, with figures of our own: no file of them is here.

``python -m benchmarks.route --held-out`` solves them in little time and in much. A day on which the
short search lags behind the long one has something that the search is bad at, and no tuning to the
public files can hide it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

__all__ = ["DAYS", "Family", "a_day"]


@dataclass(frozen=True)
class Family:
    """What the days of a family have in common.

    Parameters
    ----------
    patients, caregivers, kinds : int
    double : tuple of float
        Shares of the visits that need two at once, and two one after the other.
    towns : int
        Clusters of addresses; 0 for none, addresses all over the square.
    side : float
        Minutes from one side of the square to the other.
    windows : tuple of float
        How long a window may be; one is drawn.
    opens : tuple of float
        When windows open, at the earliest and at the latest.
    durations : tuple of float
    gaps : tuple of pairs of float
        Least and greatest minutes between the services of a visit in two parts.
    skills : tuple of int
        How many kinds of service one caregiver can give, at the least and at the most.
    whole : bool
        Whether travel is in whole minutes, as from a street map; many ties then.
    """

    patients: int
    caregivers: int
    kinds: int = 6
    double: tuple[float, float] = (0.15, 0.15)
    towns: int = 0
    side: float = 80.0
    windows: tuple[float, ...] = (120.0,)
    opens: tuple[float, float] = (480.0, 960.0)
    durations: tuple[float, ...] = tuple(map(float, range(15, 61)))
    gaps: tuple[tuple[float, float], ...] = ((10, 20), (13, 30), (25, 27), (15, 24))
    skills: tuple[int, int] = (1, 3)
    whole: bool = True


_QUARTERS = (15.0, 30.0, 45.0, 60.0)
_SHORT_AND_LONG = ((0.0, 45.0), (15.0, 30.0), (30.0, 75.0), (75.0, 90.0))
_REGION: dict[str, Any] = {
    "opens": (0.0, 540.0), "durations": _QUARTERS, "gaps": _SHORT_AND_LONG, "skills": (1, 2),
    "windows": (60.0, 120.0, 180.0),
}  # fmt: skip

DAYS: dict[str, Family] = {
    "city 25": Family(25, 5, towns=3),
    "city 60": Family(60, 12, towns=4, side=50),
    "city 60, half double": Family(60, 14, towns=4, side=50, double=(0.3, 0.25)),
    "city 100, few staff": Family(100, 14, towns=6, side=60),
    "square 50": Family(50, 10, whole=False, opens=(0, 480)),
    "square 80, one skill each": Family(80, 18, whole=False, opens=(0, 480), skills=(1, 1)),
    "square 100, narrow": Family(100, 20, whole=False, opens=(0, 480), windows=(20.0, 40.0)),
    "square 120, wide": Family(120, 24, whole=False, opens=(0, 300), windows=(300.0,)),
    "region 40": Family(40, 7, kinds=2, towns=1, side=50, double=(0.22, 0.2), **_REGION),
    "region 90": Family(90, 14, kinds=3, towns=3, side=90, double=(0.05, 0.2), **_REGION),
    "region 150, two at once": Family(
        150, 28, kinds=4, towns=3, side=60, double=(0.35, 0.1), **_REGION
    ),
    "city 220": Family(220, 40, towns=6, side=60),
    "square 300": Family(300, 45, whole=False, opens=(0, 480)),
}


def a_day(family: Family, seed: int = 1) -> dict[str, Any]:
    """Draw a day of a family, in the form of an instance file."""
    rng = random.Random(seed)
    kinds = [f"s{n + 1}" for n in range(family.kinds)]
    halves = (kinds[: (len(kinds) + 1) // 2], kinds[(len(kinds) + 1) // 2 :])
    staff = []
    for n in range(family.caregivers):
        own = halves[n % 2]
        many = min(len(own), rng.randint(*family.skills))
        staff.append({"id": f"c{n + 1}", "abilities": sorted(rng.sample(own, many))})
    for n, kind in enumerate(kinds):  # whatever is asked for, somebody can
        staff[n % len(staff)]["abilities"] = sorted({*staff[n % len(staff)]["abilities"], kind})
    places = _places(rng, family)
    return {
        "patients": [_visit(rng, family, halves, n) for n in range(family.patients)],
        "services": [{"id": kind, "default_duration": 30} for kind in kinds],
        "caregivers": staff,
        "central_offices": [{"id": "office"}],
        "distances": [[_minutes(one, other, family.whole) for other in places] for one in places],
    }


def _places(rng: random.Random, family: Family) -> list[tuple[float, float]]:
    side = family.side
    towns = [(rng.uniform(0, side), rng.uniform(0, side)) for _ in range(family.towns)]
    places = []
    for _place in range(family.patients + 1):
        if towns and rng.random() < 0.8:
            x, y = rng.choice(towns)
            places.append((rng.gauss(x, side / 12), rng.gauss(y, side / 12)))
        else:
            places.append((rng.uniform(0, side), rng.uniform(0, side)))
    return places


def _visit(
    rng: random.Random, family: Family, halves: tuple[list[str], list[str]], n: int
) -> dict[str, Any]:
    opens = float(round(rng.uniform(*family.opens)))
    window = [opens, opens + rng.choice(family.windows)]
    made: dict[str, Any] = {"id": f"p{n + 1}", "time_window": window}
    drawn = rng.random()
    at_once, in_parts = family.double
    kinds = [rng.choice(half) for half in halves]
    if drawn >= at_once + in_parts:
        kinds = [rng.choice(kinds)]
    elif drawn < at_once:
        made["synchronization"] = {"type": "simultaneous"}
    else:
        apart = list(rng.choice(family.gaps))
        made["synchronization"] = {"type": "sequential", "distance": apart}
    made["required_caregivers"] = [
        {"service": kind, "duration": rng.choice(family.durations)} for kind in kinds
    ]
    return made


def _minutes(one: tuple[float, float], other: tuple[float, float], whole: bool) -> float:
    apart = ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5
    return float(round(apart)) if whole else apart
