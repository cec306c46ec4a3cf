"""Reading an agency's folder: its own entries over ``agency_defaults.toml``, checked as one.

Decides what would not hold together and refuses it with file, entry and reason: a code that is
not in its list, a group on an unknown fact, two values of a setting on one day, a unit under a
missing parent.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from casework.reference.agencies import (
    Agency,
    Counting,
    DossierSection,
    Group,
    NeedFrame,
    NeedPart,
    Obligation,
    Occasion,
    Place,
    SettingEntry,
    Unit,
)
from casework.reference.national import (
    BrokenReference,
    Code,
    CodeList,
    code_list,
    code_list_from,
    data_folder,
    fact,
    facts,
    label_from,
    not_accepted,
    read_toml,
    sections,
    text_of,
    unique,
)
from casework.terms import Label, _

__all__ = ["agencies", "agency"]

UNIT_KINDS = ("agency", "office", "unit", "district", "town", "community", "branch", "station")
UNIT_STATES = ("active", "abolished")
CALENDARS = ("solar", "lunar", "person")
_COLUMNS = (
    "code", "zh", "en", "parent", "kind", "status", "successor", "aliases", "since", "until",
    "source",
)  # fmt: skip
PERIODS = ("week", "month", "quarter", "half_year", "year")


@cache
def agencies() -> tuple[str, ...]:
    """Name the agencies that can be chosen: the folders under ``data/agencies``."""
    return tuple(sorted(p.parent.name for p in (data_folder() / "agencies").glob("*/agency.toml")))


@cache
def agency(name: str) -> Agency:
    """Load one agency's configuration.

    Raises
    ------
    BrokenReference
        If a file is missing or an entry is wrong: file, entry and reason are named.
    """
    folder = data_folder() / "agencies" / name
    return _Reader(folder / "agency.toml").agency(_units(folder / "organisations.csv"))


class _Reader:
    """Reads one agency file over the defaults; every refusal names file, entry and reason."""

    def __init__(self, path: Path) -> None:
        self.path = self.at = path
        self.own = read_toml(path)
        self.national = data_folder() / "reference" / "agency_defaults.toml"
        self.defaults = read_toml(self.national)

    def agency(self, units: tuple[Unit, ...]) -> Agency:
        """Put the configuration together."""
        if self.own.get("code") != self.path.parent.name:
            raise self.broken(
                "code", _("must be the name of the folder, “{name}”.", name=self.path.parent.name)
            )
        entries = self.settings()
        groups = self.groups(entries)
        return Agency(
            code=self.own["code"],
            label=label_from(self.path, "agency", self.own.get("label")),
            about=label_from(self.path, "about", self.own.get("about")),
            since=self.need("agency", self.own, "since"),
            source=self.need("agency", self.own, "source"),
            place=self.place(),
            organisations=units,
            setting_entries=entries,
            settings={code: values[-1].value for code, values in entries.items()},
            terms={one["code"]: self.term(one) for one in self.merged("term")},
            sections=self.sections(),
            categories=self.used("categories", "category"),
            ranks=self.used("ranks", "rank"),
            channels=self.channels(),
            counting=self.counting(),
            groups=groups,
            vulnerable=self.vulnerable(groups),
            occasions=self.occasions(),
            obligations=self.obligations(),
            lists=self.lists(),
            need_frame=self.need_frame(),
            further_need_frames=self.further_need_frames(),
            **self.instruments(),
        )

    def broken(self, entry: str, reason: str) -> BrokenReference:
        """Say what is wrong."""
        return BrokenReference(self.at, entry, reason)

    def need(self, entry: str, raw: Mapping[str, Any], key: str) -> Any:
        """Give what an entry must have."""
        if raw.get(key) in (None, ""):
            raise self.broken(entry, _("has no {name}. Add it.", name=key))
        return raw[key]

    def known(self, entry: str, codes: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
        """Give codes after checking that each is one of those allowed."""
        found, accepted = tuple(codes), set(allowed)
        for code in found:
            if code not in accepted:
                raise self.broken(entry, not_accepted("", code, accepted))
        return found

    def each(
        self, defaults: Iterable[dict[str, Any]], own: Iterable[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """Give entries of both files; what is wrong with one is told of the file it stands in."""
        for path, entries in ((self.national, defaults), (self.path, own)):
            self.at = path
            yield from entries
        self.at = self.path

    def merged(self, kind: str) -> Iterator[dict[str, Any]]:
        """Give the entries of a kind: the defaults, each replaced where the agency has its own."""
        own: list[dict[str, Any]] = self.own.get(kind, [])
        for one in own:
            self.need(f"{kind} {one.get('code')}", one, "source")
        if kind != "setting":
            unique(self.path, kind, (one["code"] for one in own))
        replaced = {one["code"] for one in own}
        kept = (one for one in self.defaults.get(kind, []) if one["code"] not in replaced)
        yield from self.each(kept, own)

    def whole(self, kind: str) -> Iterator[dict[str, Any]]:
        """Give the entries of a kind from the agency if it has any, else from the defaults."""
        own: list[dict[str, Any]] = self.own.get(kind) or []
        found: list[dict[str, Any]] = own or self.defaults.get(kind, [])
        unique(self.path if own else self.national, kind, (one["code"] for one in found))
        for one in self.each(() if own else found, own):
            self.need(f"{kind} {one['code']}", one, "source")
            yield one

    def term(self, raw: Mapping[str, Any]) -> Label:
        """Read one word of the agency."""
        return label_from(self.at, f"term {raw['code']}", raw)

    def settings(self) -> dict[str, tuple[SettingEntry, ...]]:
        """Read the settings, each code's values in the order of their days."""
        labels = {one["code"]: one for one in self.defaults["setting"]}
        found: dict[str, list[SettingEntry]] = {}
        for raw in self.merged("setting"):
            name = f"setting {raw['code']}"
            default = labels.get(raw["code"], {})
            entry = SettingEntry(
                code=raw["code"],
                label=label_from(self.at, name, raw.get("label", default.get("label"))),
                value=self.need(name, raw, "value"),
                since=self.need(name, raw, "since"),
                until=raw.get("until"),
                source=self.need(name, raw, "source"),
                unit=raw.get("unit"),
                one_of=tuple(raw.get("one_of", default.get("one_of", ()))),
            )
            self.check_setting(name, entry, default)
            found.setdefault(entry.code, []).append(entry)
        return {code: self.in_order(code, values) for code, values in found.items()}

    def check_setting(self, name: str, entry: SettingEntry, default: Mapping[str, Any]) -> None:
        """Refuse a value outside its choices or of another kind or unit than the default."""
        if entry.one_of and entry.value not in entry.one_of:
            raise self.broken(name, not_accepted("value", entry.value, entry.one_of))
        if default and type(entry.value) is not type(default["value"]):
            raise self.broken(
                name,
                _(
                    "value must be of the same kind as {value}, as the defaults have it.",
                    value=repr(default["value"]),
                ),
            )
        if default and entry.unit != default.get("unit"):
            raise self.broken(name, not_accepted("unit", entry.unit, [default.get("unit") or ""]))

    def in_order(self, code: str, values: Sequence[SettingEntry]) -> tuple[SettingEntry, ...]:
        """Order the values of a setting by day, refusing two on one day."""
        found = sorted(values, key=lambda one: one.since)
        for before, after in pairwise(found):
            if before.until is None or before.until >= after.since:
                raise self.broken(
                    f"setting {code}",
                    _("two values hold on {day}. End the older one before.", day=after.since),
                )
        if any(one.until is not None and one.until < one.since for one in found):
            raise self.broken(
                f"setting {code}", _("ends before it begins. Correct since or until.")
            )
        return tuple(found)

    def sections(self) -> tuple[DossierSection, ...]:
        """Read the sections of the dossier; a fact stands in one section at most."""
        national = {one.code: one.label for one in sections()}
        found = []
        for raw in self.whole("section"):
            name = f"section {raw['code']}"
            label = raw.get("label")
            if label is None and raw["code"] not in national:
                raise self.broken(name, _("needs a label: it is not a section of facts.toml."))
            found.append(
                DossierSection(
                    code=raw["code"],
                    label=label_from(self.at, name, label) if label else national[raw["code"]],
                    facts=self.known(name, raw["facts"], facts()),
                )
            )
        unique(self.path, "fact of a section", (code for one in found for code in one.facts))
        return tuple(found)

    def used(self, key: str, listed: str) -> tuple[Code, ...]:
        """Read which entries of a national list the agency uses, under its own labels."""
        raw = self.own.get(key, {})
        self.need(key, raw, "source")
        allowed = {one.code: one for one in code_list(listed).entries}
        own = raw.get("labels", {})
        self.known(f"{key} labels", own, raw["used"])
        return tuple(
            self.relabelled(allowed[code], own.get(code), f"{key} {code}")
            for code in self.known(key, raw["used"], allowed)
        )

    def relabelled(self, code: Code, label: object, name: str) -> Code:
        """Give a national code the agency's label, keeping its synonyms."""
        if label is None:
            return code
        return Code(code.code, label_from(self.at, name, label), code.rank, code.synonyms)

    def channels(self) -> tuple[Code, ...]:
        """Read the channels the agency counts, in its order."""
        allowed = {one.code: one for one in code_list("channel").entries}
        found = []
        for raw in self.whole("channels"):
            name = f"channel {raw['code']}"
            self.known(name, [raw["code"]], allowed)
            found.append(self.relabelled(allowed[raw["code"]], raw.get("label"), name))
        return tuple(found)

    def counting(self) -> Counting:
        """Read the counting rule."""
        raw = self.own.get("counting", self.defaults["counting"])
        outcomes = (one.code for one in code_list("outcome").entries)
        return Counting(
            label=label_from(self.at, "counting", raw.get("label")),
            outcomes=self.known("counting", raw["outcomes"], outcomes),
            source=self.need("counting", raw, "source"),
        )

    def groups(self, settings: Mapping[str, object]) -> dict[str, Group]:
        """Read the groups for boards."""
        return {one["code"]: self.group(one, settings) for one in self.merged("group")}

    def group(self, raw: Mapping[str, Any], settings: Mapping[str, object]) -> Group:
        """Read one group, refusing facts, values and settings that do not exist."""
        name = f"group {raw['code']}"
        counted = raw.get("at_least", {})
        wanted = [code for code in (raw.get("min_age"), counted.get("setting")) if code]
        self.known(name, wanted, settings)
        named = [code for code in (raw.get("fact"), counted.get("fact")) if code]
        self.known(name, named, facts())
        if not wanted and not named:
            raise self.broken(name, _("tests nothing. Give it min_age, fact or at_least."))
        if raw.get("fact"):
            listed = fact(raw["fact"]).list
            if raw.get("values") and listed:
                self.known(name, raw["values"], (one.code for one in code_list(listed).entries))
            if bool(raw.get("values")) == bool(raw.get("eras")):
                raise self.broken(name, _("needs either values or eras of its fact, and not both."))
            self.known(name, raw.get("eras", ()), (one.code for one in code_list("era").entries))
            if fact(raw["fact"]).kind != "date" if raw.get("eras") else listed is None:
                raise self.broken(
                    name,
                    _("needs a fact with a code list for values, and one that is a day for eras."),
                )
        return Group(
            code=raw["code"],
            label=label_from(self.at, name, raw.get("label")),
            source=self.need(name, raw, "source"),
            min_age=raw.get("min_age"),
            fact=raw.get("fact"),
            values=tuple(raw.get("values", ())),
            eras=tuple(raw.get("eras", ())),
            count_of=counted.get("fact"),
            at_least=counted.get("setting"),
        )

    def need_frame(self) -> NeedFrame:
        """Read how the agency sorts needs, refusing a domain that lies in no field or in two."""
        return self._need_frame(
            "need_frame", self.own.get("need_frame", self.defaults["need_frame"])
        )

    def further_need_frames(self) -> tuple[NeedFrame, ...]:
        """Read in which other ways the agency sorts needs; the code of a field names one only."""
        name = "further_need_frame"
        found = tuple(self._need_frame(name, raw) for raw in self.own.get(name, ()))
        codes = [part.code for frame in (self.need_frame(), *found) for part in frame.parts]
        for code in codes:
            if codes.count(code) > 1:
                raise self.broken(
                    name, _("{code} is the code of two fields. Give one another code.", code=code)
                )
        return found

    def _need_frame(self, name: str, raw: Mapping[str, Any]) -> NeedFrame:
        self.need(name, raw, "source")
        domains = [one.code for one in code_list("need_domain").entries]
        parts = tuple(
            NeedPart(
                code=self.need(name, one, "code"),
                label=label_from(self.at, f"{name} {one['code']}", one.get("label")),
                domains=self.known(f"{name} {one['code']}", one.get("domains", ()), domains),
            )
            for one in raw.get("parts", ())
        )
        for domain in domains:
            found = sum(domain in part.domains for part in parts)
            if found != 1:
                raise self.broken(
                    name,
                    _(
                        "{domain} lies in {found} fields instead of one.",
                        domain=domain,
                        found=found,
                    ),
                )
        return NeedFrame(label_from(self.at, name, raw.get("label")), parts)

    def instruments(self) -> dict[str, Any]:
        """Read which instruments the agency switches on, how it reads and how it scores them."""
        raw = self.own.get("instruments", {})
        for key in raw:
            self.known("instruments", [key], ("on", "reading", "setting", "source"))
        if raw:
            self.need("instruments", raw, "source")
        return {
            "instruments_on": frozenset(raw.get("on", ())),
            "readings": dict(raw.get("reading", {})),
            "scoring": dict(raw.get("setting", {})),
        }

    def vulnerable(self, groups: Mapping[str, Group]) -> tuple[str, ...]:
        """Read which groups the agency puts first."""
        return self.known(
            "vulnerable", self.own.get("vulnerable", self.defaults["vulnerable"]), groups
        )

    def occasions(self) -> tuple[Occasion, ...]:
        """Read the days before which the agency visits."""
        found = []
        for raw in self.whole("occasion"):
            name = f"occasion {raw['code']}"
            self.known(name, [raw["calendar"]], CALENDARS)
            if (raw["calendar"] == "person") is (raw.get("day") is not None):
                raise self.broken(name, _("needs a day, unless it is each person's own."))
            found.append(
                Occasion(
                    code=raw["code"],
                    label=label_from(self.at, name, raw.get("label")),
                    calendar=raw["calendar"],
                    source=raw["source"],
                    day=raw.get("day"),
                    before_days=int(raw.get("before_days", 0)),
                    after_days=int(raw.get("after_days", 0)),
                )
            )
        return tuple(found)

    def obligations(self) -> tuple[Obligation, ...]:
        """Read what is owed to groups."""
        found = []
        for raw in self.whole("obligation"):
            name = f"obligation {raw['code']}"
            self.known(name, [raw["period"]], PERIODS)
            found.append(
                Obligation(
                    code=raw["code"],
                    label=label_from(self.at, name, raw.get("label")),
                    times=int(raw["times"]),
                    period=raw["period"],
                    source=raw["source"],
                )
            )
        return tuple(found)

    def lists(self) -> dict[str, CodeList]:
        """Read the agency's own vocabularies; the seats of a care team are kinds of actor."""
        found = [code_list_from(self.path, one) for one in self.own.get("list", [])]
        unique(self.path, "list", (one.code for one in found))
        actors = {one.code for one in code_list("actor").entries}
        for one in found:
            if one.code == "care_team_seat":
                self.known("list care_team_seat", (seat.code for seat in one.entries), actors)
        return {one.code: one for one in found}

    def place(self) -> Place:
        """Read where the agency is."""
        raw = self.own.get("place", {})
        self.need("place", raw, "source")
        return Place(
            district_prefix=self.need("place", raw, "district_prefix"),
            area_code=self.need("place", raw, "area_code"),
            latitude=float(self.need("place", raw, "latitude")),
            longitude=float(self.need("place", raw, "longitude")),
            towns=tuple(self.need("place", raw, "towns")),
        )


def _units(path: Path) -> tuple[Unit, ...]:
    """Read the organisation tree, parents before children, successors anywhere."""
    lines = csv.DictReader(text_of(path).splitlines())
    lacking = [name for name in _COLUMNS if name not in (lines.fieldnames or ())]
    if lacking:
        reason = _("has no column {name}. Add it.", name=", ".join(lacking))
        raise BrokenReference(path, _("the first line"), reason)
    found = tuple(_unit(path, number, line) for number, line in enumerate(lines, 2))
    unique(path, "organisation", (one.code for one in found))
    seen: set[str] = set()
    codes = {one.code for one in found}
    for one in found:
        name = f"organisation {one.code}"
        if one.parent is not None and one.parent not in seen:
            raise BrokenReference(
                path, name, _("its parent “{code}” does not stand above it.", code=one.parent)
            )
        if one.successor is not None and one.successor not in codes:
            raise BrokenReference(
                path, name, _("its successor “{code}” does not exist.", code=one.successor)
            )
        seen.add(one.code)
    if [one.kind for one in found if one.parent is None] != ["agency"]:
        raise BrokenReference(
            path, _("the whole file"), _("needs exactly one unit without a parent, of kind agency.")
        )
    return found


def _unit(path: Path, number: int, line: Mapping[str, str | None]) -> Unit:
    cells = {key: value or "" for key, value in line.items() if key in _COLUMNS}
    name = _("line {line}, {code}", line=number, code=cells["code"])
    if None in line:
        raise BrokenReference(path, name, _("has more cells than the first line has columns."))
    for key, allowed in (("kind", UNIT_KINDS), ("status", UNIT_STATES)):
        if cells[key] not in allowed:
            raise BrokenReference(path, name, not_accepted(key, cells[key], allowed))
    if not cells["source"]:
        raise BrokenReference(path, name, _("has no {name}. Add it.", name="source"))
    return Unit(
        code=cells["code"],
        label=label_from(path, name, cells),
        parent=cells["parent"] or None,
        kind=cells["kind"],
        status=cells["status"],
        source=cells["source"],
        successor=cells["successor"] or None,
        aliases=tuple(part for part in cells["aliases"].split(";") if part),
        since=_day(path, name, cells["since"]),
        until=_day(path, name, cells["until"]),
    )


def _day(path: Path, name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reason = _("“{text}” is not a day. Write it as 2026-11-22.", text=text)
        raise BrokenReference(path, name, reason) from None
