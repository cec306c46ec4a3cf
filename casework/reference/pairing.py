"""Helpers and pairs as an agency keeps them: ``pairing.toml``, its own entries over the national.

Decides that broken entries fail on load, naming file, entry and reason; leaves their meaning to
`casework.workbook.helpers` and `casework.workbook.pairs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from casework.reference.agency_files import agency
from casework.reference.national import (
    BrokenReference,
    code_list,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
)
from casework.reference.privacy import purposes
from casework.terms import Label, _

__all__ = ["EVERYBODY", "HelperKind", "PairingRules", "Required", "pairing_rules"]

EVERYBODY = "everybody"
"""The group that nobody is outside of."""

_NUMBERS = ("quiet_days", "usual_people", "warn_days", "vetting_months", "outcome_days")
_WEIGHTS = (
    "dialect", "interest", "hours", "team", "continuity", "wish", "unknown_place", "alone",
    "next_person",
)  # fmt: skip
_NOT_PAIRED = frozenset({"caseworker"})


@dataclass(frozen=True, slots=True)
class HelperKind:
    """One kind of helper.

    Attributes
    ----------
    seat : str
        Seat of the care team, a code of ``actor``.
    seat_of : mapping of str to str
        Another seat, by who sends them.
    purpose : str
        On which basis a helper learns about a person: a code of ``purposes.toml``.
    recipient : str or None
        As what they then receive it; None where it stays inside the office.
    quiet_days : int or None
        A pair with one of them is quiet after so many days; None for those of all kinds.
    """

    code: str
    label: Label
    seat: str
    purpose: str
    recipient: str | None
    synonyms: tuple[str, ...] = ()
    quiet_days: int | None = None
    seat_of: Mapping[str, str] = field(default_factory=dict)

    def seat_for(self, source: str | None) -> str:
        """Give the seat of a helper of this kind, by who sends them; None where nobody said."""
        return self.seat_of.get(source or "", self.seat)


@dataclass(frozen=True, slots=True)
class Required:
    """Seats to be filled for everybody in a group; ``group`` may be `EVERYBODY`."""

    code: str
    group: str
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairingRules:
    """An agency's rules of helpers and pairs.

    Attributes
    ----------
    kinds : mapping of str to HelperKind
        In the order of the file.
    required : tuple of Required
        Empty where the agency requires no pairs.
    weights : mapping of str to float
        Kilometres by name, 0 or more.
    headings : mapping of str to tuple of str
        Headings of a register by what they hold.
    """

    numbers: Mapping[str, int]
    kinds: Mapping[str, HelperKind]
    required: tuple[Required, ...]
    weights: Mapping[str, float]
    headings: Mapping[str, tuple[str, ...]]

    @property
    def quiet_days(self) -> dict[str, int]:
        """After how many days a pair is quiet, by its seat.

        Where kinds with different days share a seat, the most patient decides.
        """
        usual, found = self.numbers["quiet_days"], dict[str, int]()
        for kind in self.kinds.values():
            days = usual if kind.quiet_days is None else kind.quiet_days
            for seat in (kind.seat, *kind.seat_of.values()):
                found[seat] = max(days, found.get(seat, 0))
        return {seat: found[seat] for seat in self.seats}

    @property
    def seats(self) -> tuple[str, ...]:
        """The seats of the care team whose holders are pairs, each once."""
        found = [
            seat
            for kind in self.kinds.values()
            for seat in (kind.seat, *kind.seat_of.values())
            if seat not in _NOT_PAIRED
        ]
        return tuple(dict.fromkeys(found))


@cache
def pairing_rules(code: str) -> PairingRules:
    """Give an agency's rules of helpers and pairs.

    Raises
    ------
    BrokenReference
        If an entry is wrong: file, entry and reason are named.
    """
    path = data_folder() / "reference" / "pairing.toml"
    own = data_folder() / "agencies" / code / "pairing.toml"
    told = _merged(read_toml(path), read_toml(own) if own.exists() else {})
    groups = frozenset(agency(code).groups) | {EVERYBODY}
    return _Reader(own if own.exists() else path, told, groups).rules()


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(defaults)
    for key, value in own.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            found[key] = before | value
        elif isinstance(before, list):
            codes = {one.get("code"): one for one in before}
            found[key] = list((codes | {one.get("code"): one for one in value}).values())
        else:
            found[key] = value
    return found


class _Reader:
    """Reads the entries of one file; every refusal names file, entry and reason."""

    def __init__(self, path: Path, told: Mapping[str, Any], groups: frozenset[str]) -> None:
        self.path, self.told, self.groups = path, told, groups
        self.seats = frozenset(one.code for one in code_list("actor").entries)

    def rules(self) -> PairingRules:
        """Put the rules together."""
        weights = self.told.get("weights", {})
        return PairingRules(
            numbers={one: self.number(self.told, one) for one in _NUMBERS},
            kinds={one["code"]: self.kind(one) for one in self.entries("kind")},
            required=tuple(self.required(one) for one in self.entries("required")),
            weights={one: self.weight(weights, one) for one in _WEIGHTS},
            headings={
                key: tuple(words) for key, words in self.told.get("headings", {}).items()
            },
        )  # fmt: skip

    def entries(self, name: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.told.get(name, [])
        for one in found:
            if not one.get("code") or not one.get("source"):
                raise BrokenReference(self.path, name, _("an entry needs a code and a source."))
        return found

    def number(self, told: Mapping[str, Any], key: str, name: str = "pairing") -> int:
        value = told.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise BrokenReference(
                self.path,
                name,
                _("{name} must be a whole number of {least} or more.", name=key, least=1),
            )
        return value

    def weight(self, told: Mapping[str, Any], key: str) -> float:
        value = told.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            raise BrokenReference(
                self.path, "weights", _("{name} must be a number of 0 or more.", name=key)
            )
        return float(value)

    def seat(self, name: str, code: object) -> str:
        if code not in self.seats:
            raise BrokenReference(self.path, name, not_accepted("seat", code, self.seats))
        return str(code)

    def kind(self, entry: Mapping[str, Any]) -> HelperKind:
        name = f"kind {entry['code']}"
        purpose = purposes().get(entry.get("purpose", ""))
        if purpose is None:
            raise BrokenReference(
                self.path, name, not_accepted("purpose", entry.get("purpose"), purposes())
            )
        recipient = entry.get("recipient")
        if (recipient or None) not in (*purpose.recipients, None):
            raise BrokenReference(
                self.path, name, not_accepted("recipient", recipient, purpose.recipients)
            )
        return HelperKind(
            entry["code"],
            label_from(self.path, name, entry.get("label")),
            self.seat(name, entry.get("seat")),
            purpose.code,
            recipient,
            tuple(entry.get("synonyms", ())),
            self.number(entry, "quiet_days", name) if "quiet_days" in entry else None,
            {source: self.seat(name, one) for source, one in entry.get("seat_of", {}).items()},
        )

    def required(self, entry: Mapping[str, Any]) -> Required:
        name = f"required {entry['code']}"
        if entry.get("group") not in self.groups:
            raise BrokenReference(
                self.path, name, not_accepted("group", entry.get("group"), self.groups)
            )
        seats = tuple(self.seat(name, one) for one in entry.get("seats", ()))
        if not seats:
            raise BrokenReference(self.path, name, _("has no {name}. Add it.", name="seats"))
        return Required(entry["code"], entry["group"], seats)
