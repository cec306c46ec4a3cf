"""One agency's configuration: everything that differs between agencies, and nothing of it in code.

Holds the values; `casework.reference.agency_files` reads and checks them. The rules of an agency
are `casework.rules`' affair, what its words mean is the screens'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from casework.errors import NoRuleInForce
from casework.reference.national import Code, CodeList
from casework.terms import Label, _

__all__ = [
    "Agency",
    "Counting",
    "DossierSection",
    "Group",
    "Obligation",
    "Occasion",
    "Place",
    "SettingEntry",
    "Unit",
]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of an agency's organisation tree.

    Attributes
    ----------
    successor : str or None
        Unit that took over from an abolished one.
    aliases : tuple of str
        Other names under which rosters write it.
    """

    code: str
    label: Label
    parent: str | None
    kind: str
    status: str
    source: str
    successor: str | None = None
    aliases: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """One value of a choice of the agency, for the days on which it holds (inclusive)."""

    code: str
    label: Label
    value: Any
    since: date
    source: str
    until: date | None = None
    unit: str | None = None
    one_of: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class DossierSection:
    """A section of the dossier with the facts that form it, in the order of the form."""

    code: str
    label: Label
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people that boards count; every test that is given must hold.

    Attributes
    ----------
    min_age : str or None
        Setting with the age in full years.
    fact : str or None
        Fact that must have one of ``values``, or a day in one of ``eras``.
    count_of, at_least : str or None
        Fact whose values are counted, and the setting with the number needed.
    """

    code: str
    label: Label
    source: str
    min_age: str | None = None
    fact: str | None = None
    values: tuple[str, ...] = ()
    eras: tuple[str, ...] = ()
    count_of: str | None = None
    at_least: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """A day on which, or before which, the agency visits.

    Attributes
    ----------
    calendar : {"solar", "lunar", "person"}
        How ``day`` is read; a ``person`` occasion is each person's own day, such as a birthday.
    day : str or None
        ``MM-DD`` in that calendar.
    before_days, after_days : int
        Days of the window before and after the day.
    """

    code: str
    label: Label
    calendar: str
    source: str
    day: str | None = None
    before_days: int = 0
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something the agency owes to a group so many times a period."""

    code: str
    label: Label
    times: int
    period: str
    source: str


@dataclass(frozen=True, slots=True)
class Counting:
    """How contacts are counted in person-times (人次), as it is stated beside the figures."""

    label: Label
    outcomes: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the agency is: for invented addresses, and as the middle of a map."""

    district_prefix: str
    area_code: str
    latitude: float
    longitude: float
    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedPart:
    """One of the fields into which an agency sorts needs, with the national domains it holds."""

    code: str
    label: Label
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedFrame:
    """How an agency sorts needs: its five classes of service, four nearbys, three duties.

    An agency may sort the same needs in further ways (三种养老), each whole in itself.

    Attributes
    ----------
    parts : tuple of NeedPart
        In the agency's order; every national domain lies in exactly one.
    """

    label: Label
    parts: tuple[NeedPart, ...]

    def part_of(self, domain: str) -> NeedPart:
        """Give the field in which a domain lies."""
        return next(part for part in self.parts if domain in part.domains)


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency's configuration, its own entries over the defaults.

    Attributes
    ----------
    organisations : tuple of Unit
        Parents before their children.
    settings : mapping of str to value
        The newest value of every choice by code; `setting` gives the one of a day.
    terms : mapping of str to Label
        The agency's own words for screens, by code.
    categories, ranks, channels : tuple of Code
        Entries of the national lists that the agency uses, under the agency's labels.
    vulnerable : tuple of str
        Groups that the agency counts as in need of special attention, in the order of its board.
    lists : mapping of str to CodeList
        Named practices and vocabularies of the agency (四上门, 五类服务, 1+3 …) by code.
    instruments_on : frozenset of str
        Instruments that ship switched off and that the agency has compared and switched on.
    readings : mapping of str to str
        The banding by which the agency reads an instrument, where that is not the first.
    scoring : mapping of str to mapping
        Settings of a scoring that the agency has decided otherwise than its file, by instrument.
    """

    code: str
    label: Label
    about: Label
    since: date
    source: str
    place: Place
    organisations: tuple[Unit, ...]
    setting_entries: Mapping[str, tuple[SettingEntry, ...]]
    settings: Mapping[str, Any]
    terms: Mapping[str, Label]
    sections: tuple[DossierSection, ...]
    categories: tuple[Code, ...]
    ranks: tuple[Code, ...]
    channels: tuple[Code, ...]
    counting: Counting
    groups: Mapping[str, Group]
    vulnerable: tuple[str, ...]
    occasions: tuple[Occasion, ...]
    obligations: tuple[Obligation, ...]
    lists: Mapping[str, CodeList]
    need_frame: NeedFrame
    further_need_frames: tuple[NeedFrame, ...] = ()
    instruments_on: frozenset[str] = frozenset()
    readings: Mapping[str, str] = field(default_factory=dict)
    scoring: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def need_frames(self) -> tuple[NeedFrame, ...]:
        """Every way in which the agency sorts needs, its usual one first; no part is in two."""
        return (self.need_frame, *self.further_need_frames)

    def setting(self, code: str, on: date) -> Any:
        """Give the value of a choice on a day.

        Raises
        ------
        NoRuleInForce
            If the agency has no value for that day.
        """
        for entry in self.setting_entries.get(code, ()):
            if entry.since <= on and (entry.until is None or on <= entry.until):
                return entry.value
        raise NoRuleInForce(
            _(
                "The setting {code} has no value on {on}. Add one to the agency's agency.toml.",
                code=code,
                on=on.isoformat(),
            ),
            code=code,
            on=on,
        )
