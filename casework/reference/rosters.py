"""What planning rosters rests on: ``rosters.toml``, an agency's own entries over the national ones.

Decides that broken entries fail on load, naming file, entry and reason; leaves their meaning to
`casework.workbook.roster_building`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from casework.reference.national import (
    BrokenReference,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
)
from casework.reference.services import services
from casework.terms import Label, _

__all__ = ["Mean", "Order", "RosterRules", "Sort", "roster_rules"]

_NUMBERS = (
    "minutes",
    "further_minutes",
    "unknown_minutes",
    "round_minutes",
    "detour_percent",
    "familiar_days",
)
_WEIGHTS = (
    "travel", "late", "above_share", "tolerance", "other_day", "other_worker", "other_time",
    "unmoved", "unfamiliar", "seldom", "not_wanted", "dialect", "sex_unknown", "other_area",
    "left_out", "left_out_priority", "left_out_due",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mean:
    """A means of travel: its speed, and minutes that every way takes besides."""

    code: str
    label: Label
    metres_per_minute: int
    minutes_each_way: int


@dataclass(frozen=True, slots=True)
class Sort:
    """What one visit of a service takes.

    Attributes
    ----------
    skill : str or None
        A code of ``skills``.
    with_skill, with_minutes : str or None, int or None
        Of a second who is there at once; ``with_minutes`` None where one is enough.
    """

    minutes: int | None = None
    skill: str | None = None
    with_skill: str | None = None
    with_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Two services of one person on one day: minutes from the start of one to that of the other."""

    first: str
    then: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class RosterRules:
    """An agency's rules of planning.

    Attributes
    ----------
    actors : mapping of str to tuple of str
        Roles of staff that may take an actor's task.
    company : mapping of str to tuple of str
        Roles of which one comes along on an actor's visits.
    sorts : mapping of str to Sort
        By code of service.
    weights : mapping of str to int
        Points, minutes or percent, by name.
    """

    visit_channels: frozenset[str]
    numbers: Mapping[str, int]
    working_hours: tuple[str, ...]
    visiting_hours: tuple[str, ...]
    means: Mapping[str, Mean]
    actors: Mapping[str, tuple[str, ...]]
    company: Mapping[str, tuple[str, ...]]
    skills: Mapping[str, Label]
    sorts: Mapping[str, Sort]
    orders: tuple[Order, ...]
    weights: Mapping[str, int]


@cache
def roster_rules(agency: str) -> RosterRules:
    """Give an agency's rules of planning.

    Raises
    ------
    BrokenReference
        If an entry is wrong: file, entry and reason are named.
    """
    path = data_folder() / "reference" / "rosters.toml"
    own = data_folder() / "agencies" / agency / "rosters.toml"
    told = _merged(read_toml(path), read_toml(own) if own.exists() else {})
    return _Reader(own if own.exists() else path, told).rules()


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(defaults)
    for key, value in own.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            found[key] = before | value
        elif isinstance(before, list) and value and isinstance(value[0], dict):
            codes = {one.get("code"): one for one in before}
            found[key] = list((codes | {one.get("code"): one for one in value}).values())
        else:
            found[key] = value
    return found


class _Reader:
    """Reads the entries of one file; every refusal names file, entry and reason."""

    def __init__(self, path: Path, told: Mapping[str, Any]) -> None:
        self.path, self.told = path, told

    def rules(self) -> RosterRules:
        """Put the rules together."""
        told = self.told
        skills = {one["code"]: self.label("skill", one) for one in self.entries("skill")}
        return RosterRules(
            visit_channels=frozenset(told.get("visit_channels", ())),
            numbers={one: self.number("rosters", told, one) for one in _NUMBERS},
            working_hours=tuple(told.get("working_hours", ())),
            visiting_hours=tuple(told.get("visiting_hours", ())),
            means={one["code"]: self.mean(one) for one in self.entries("mean")},
            actors={one["code"]: tuple(one.get("roles", ())) for one in self.entries("actor")},
            company={
                one["code"]: tuple(one["with"]) for one in self.entries("actor") if "with" in one
            },
            skills=skills,
            sorts={one["code"]: self.sort(one, skills) for one in self.entries("service")},
            orders=tuple(self.order(one) for one in told.get("order", ())),
            weights={one: self.number("weights", told.get("weights", {}), one) for one in _WEIGHTS},
        )

    def entries(self, name: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.told.get(name, [])
        for one in found:
            if not one.get("code") or not one.get("source"):
                raise BrokenReference(self.path, name, _("an entry needs a code and a source."))
        return found

    def label(self, name: str, entry: Mapping[str, Any]) -> Label:
        return label_from(self.path, f"{name} {entry['code']}", entry.get("label"))

    def number(self, name: str, entry: Mapping[str, Any], key: str, least: int = 0) -> int:
        value = entry.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise BrokenReference(
                self.path,
                name,
                _("{name} must be a whole number of {least} or more.", name=key, least=least),
            )
        return value

    def mean(self, entry: Mapping[str, Any]) -> Mean:
        name = f"mean {entry['code']}"
        return Mean(
            entry["code"], self.label("mean", entry),
            self.number(name, entry, "metres_per_minute", 1),
            self.number(name, entry, "minutes_each_way"),
        )  # fmt: skip

    def sort(self, entry: Mapping[str, Any], skills: Mapping[str, Label]) -> Sort:
        name = f"service {entry['code']}"
        if entry["code"] not in services():
            raise BrokenReference(self.path, name, not_accepted("code", entry["code"], services()))
        other = entry.get("with")
        for skill in (entry.get("skill"), other.get("skill") if other else None):
            if skill and skill not in skills:
                raise BrokenReference(self.path, name, not_accepted("skill", skill, skills))
        return Sort(
            self.number(name, entry, "minutes", 1) if "minutes" in entry else None,
            entry.get("skill") or None,
            (other.get("skill") or None) if other else None,
            self.number(name, other, "minutes", 1) if other else None,
        )

    def order(self, entry: Mapping[str, Any]) -> Order:
        name = f"order of {entry.get('first')} and {entry.get('then')}"
        for one in ("first", "then"):
            if entry.get(one) not in services():
                raise BrokenReference(
                    self.path, name, not_accepted(one, entry.get(one), services())
                )
        least, most = (self.number(name, entry, one) for one in ("least", "most"))
        if least > most:
            raise BrokenReference(self.path, name, _("least is more than most. Exchange them."))
        return Order(entry["first"], entry["then"], least, most)
