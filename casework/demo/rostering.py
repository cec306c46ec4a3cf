"""What planning rosters needs of an invented agency: where homes are, hours, skills, travel.

Decides it with chances of its own, so that nothing else about the invented people changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from random import Random
from typing import Any

from casework.demo.life import InventedFact, Life
from casework.reference import Agency
from casework.reference.rosters import roster_rules

__all__ = ["places_of", "staff_terms"]

_TOWN, _QUARTER = 0.022, 0.0035  # degrees, spread of quarters in a town and of homes in a quarter
_KNOWN, _SAID_WHEN, _WISHES, _SPEAKS = 0.92, 0.25, 0.06, 0.3
_WHEN = ("09:00-11:00", "周一至周五 15:00-17:00", "周二、周四 09:00-11:30", "14:30-16:30")
_DIALECTS = ("本地话", "普通话")
_SOURCE = "走访"


def places_of(life: Life, agency: Agency, seed: int, verified_on: date) -> Iterator[InventedFact]:
    """Say where a person lives and when and by whom a visit is welcome, for most."""
    place = agency.place
    quarter = Random(f"{seed}/{agency.code}/{life.community}")  # noqa: S311  # a demo, no secret
    chance = Random(f"{seed}/{agency.code}/{life.number}/place")  # noqa: S311
    latitude = quarter.gauss(place.latitude, _TOWN) + chance.gauss(0, _QUARTER)
    longitude = quarter.gauss(place.longitude, _TOWN) + chance.gauss(0, _QUARTER)
    if chance.random() < _KNOWN:
        yield _fact("location", f"{latitude:.3f},{longitude:.3f}", verified_on)
    if chance.random() < _SAID_WHEN:
        yield _fact("visit_times", chance.choice(_WHEN), verified_on)
    if chance.random() < _WISHES:
        yield _fact("visitor_sex", life.sex, verified_on)
    if chance.random() < _SPEAKS:
        yield _fact("dialect", chance.choice(_DIALECTS), verified_on)


def _fact(code: str, value: str, verified_on: date) -> InventedFact:
    return InventedFact(code, value, _SOURCE, verified_on)


def staff_terms(
    staff: Iterable[tuple[int, str]], agency: Agency, seed: int, since: date, at: Any
) -> Iterator[dict[str, Any]]:
    """Say how those who visit travel, what they can do and when they work.

    Parameters
    ----------
    staff : iterable of (int, str)
        Id and role.
    at : datetime
        When it was written down.
    """
    rules = roster_rules(agency.code)
    for staff_id, role in staff:
        if role not in ("caseworker", "volunteer", "leader"):
            continue
        chance = Random(f"{seed}/{agency.code}/staff/{staff_id}")  # noqa: S311
        told = [("sex", chance.choice("12")), ("travel", _mean(chance, role))]
        told += [("skill", one) for one in rules.skills if chance.random() < 0.4]
        told += [("dialect", "普通话")] + [("dialect", "本地话")] * (chance.random() < 0.7)
        if role == "volunteer":
            days = chance.choice(("周一、周三", "周二、周四", "周六", "周三、周六"))
            told.append(("hours", f"{days} 09:00-11:30"))
        if role == "leader":
            told.append(("hours", "周四 09:00-11:30"))
        for kind, value in told:
            yield {
                "staff_id": staff_id, "kind": kind, "value": value, "valid_from": since,
                "recorded_at": at, "recorded_by": "demo",
            }  # fmt: skip


def _mean(chance: Random, role: str) -> str:
    if role == "volunteer":
        return chance.choice(("bicycle", "foot", "bus"))
    return chance.choice(("car", "car", "bicycle", "bus"))
