"""What an agency asks its staff to look at in themselves, and kinds of voluntary service.

Read from ``staff.toml``, the agency's own over the national. Decides that broken entries fail on
load, naming file, entry and reason; points that an agency writes in its workbook are
`casework.workbook.self_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from casework.terms import Label, _

__all__ = ["SELF_CHECK_PERIODS", "SelfCheck", "StaffRules", "staff_rules"]

SELF_CHECK_PERIODS = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """A list of points that everybody at work goes through once a period.

    Attributes
    ----------
    per : str
        One of `SELF_CHECK_PERIODS`.
    count : int
        How many points it is meant to have, 1 or more.
    points : tuple of str
        As the file has them; empty where the agency is to write them.
    """

    code: str
    label: Label
    per: str
    count: int
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffRules:
    """An agency's self-checks and kinds of voluntary service, by code, in the order of the file."""

    self_checks: Mapping[str, SelfCheck]
    programmes: Mapping[str, Label]


@cache
def staff_rules(agency: str) -> StaffRules:
    """Give an agency's self-checks and kinds of voluntary service.

    Raises
    ------
    BrokenReference
        If an entry is wrong: file, entry and reason are named.
    """
    path = data_folder() / "reference" / "staff.toml"
    own = data_folder() / "agencies" / agency / "staff.toml"
    checks: dict[str, SelfCheck] = {}
    programmes: dict[str, Label] = {}
    for file in (path, own):
        told = read_toml(file) if file.exists() else {}
        for entry in _entries(file, told, "self_check"):
            checks[entry["code"]] = _self_check(file, entry)
        for entry in _entries(file, told, "programme"):
            name = f"programme {entry['code']}"
            programmes[entry["code"]] = label_from(file, name, entry.get("label"))
    return StaffRules(checks, programmes)


def _entries(path: Path, told: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = told.get(name, [])
    for one in found:
        if not one.get("code") or not one.get("source"):
            raise BrokenReference(path, name, _("an entry needs a code and a source."))
    return found


def _self_check(path: Path, entry: Mapping[str, Any]) -> SelfCheck:
    name = f"self_check {entry['code']}"
    if entry.get("per") not in SELF_CHECK_PERIODS:
        raise BrokenReference(path, name, not_accepted("per", entry.get("per"), SELF_CHECK_PERIODS))
    count, points = entry.get("count"), entry.get("points", [])
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BrokenReference(
            path,
            name,
            _("{name} must be a whole number of {least} or more.", name="count", least=1),
        )
    if not all(isinstance(one, str) and one.strip() for one in points):
        raise BrokenReference(path, name, _("points must be texts, each in quotation marks."))
    if len(set(points)) < len(points):
        raise BrokenReference(path, name, _("names a point twice. Keep one."))
    return SelfCheck(
        entry["code"], label_from(path, name, entry.get("label")), entry["per"], count,
        tuple(points),
    )  # fmt: skip
