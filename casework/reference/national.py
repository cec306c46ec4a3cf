"""National reference data: code lists and the vocabulary of facts.

Decides where the files lie and that broken data fails on load, naming file, entry and reason;
leaves their meaning to the modules that use them. Nothing is read at import.
"""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from casework.errors import CaseworkError
from casework.reference.shapes import faults_in, shape_of
from casework.terms import Label, _

__all__ = [
    "BrokenReference",
    "Code",
    "CodeList",
    "FactDefinition",
    "Section",
    "code_list",
    "code_list_from",
    "code_lists",
    "data_folder",
    "fact",
    "facts",
    "label_from",
    "not_accepted",
    "not_toml",
    "read_toml",
    "sections",
    "surnames",
    "text_of",
    "unique",
]

_FAULTS = 5
"""So many further faults of a file are told with the first."""
FACT_KINDS = ("code", "text", "number", "date", "yesno")


class BrokenReference(CaseworkError, ValueError):
    """Reference data that cannot be used: a mistake of whoever wrote the file, not of its user."""

    def __init__(self, file: Path | str, entry: str, reason: str) -> None:
        super().__init__(_("{file}: {entry}: {reason}", file=str(file), entry=entry, reason=reason))


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list.

    Attributes
    ----------
    rank : int or None
        Place on an ordered scale, 0 is best or lowest; None where the list has no order.
    since, until : date or None
        For periods such as eras: first and last day, inclusive.
    """

    code: str
    label: Label
    rank: int | None = None
    synonyms: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """Codes that a fact may take, in the order in which a form offers them.

    Attributes
    ----------
    beyond : {"higher", "worse", "later"}
        What a greater rank of an ordered list means, for sentences.
    """

    code: str
    label: Label
    entries: tuple[Code, ...]
    ordered: bool
    source: str
    beyond: str = "higher"

    def entry(self, code: str | None) -> Code | None:
        """Give the entry of a code, or None for an unknown one."""
        return next((one for one in self.entries if one.code == code), None)

    def label_of(self, code: str | None) -> str:
        """Give the label of a code; a value that is no code is shown as it was typed."""
        found = self.entry(code)
        return str(found.label) if found else (code or "")

    def read(self, text: str) -> str | None:
        """Give the code that a cell's text means, by label, code or synonym; None if none does."""
        wanted = "".join(text.split()).casefold()
        for one in self.entries:
            names = (one.code, one.label.zh, one.label.en, *one.synonyms)
            if wanted in ("".join(name.split()).casefold() for name in names):
                return one.code
        return None


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the dossier, as in 六清楚 (capability S2-9)."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """What a dated fact is: its kind, where it stands and how long it may be trusted.

    Attributes
    ----------
    kind : {"code", "text", "number", "date", "yesno"}
    list : str or None
        Code list of a ``code`` or ``yesno`` fact.
    multiple : bool
        Several values may hold on the same day; the empty value then means "asked: none".
    core : bool
        Counts towards the completeness of its section.
    verify_days : int
        Days after which a value wants verifying again.
    sensitive : str or None
        ``health``, ``hardship``, ``belief`` or ``contact``; None for the rest.
    """

    code: str
    label: Label
    section: str
    kind: str
    source: str
    verify_days: int
    list: str | None = None
    multiple: bool = False
    core: bool = False
    sensitive: str | None = None
    unit: str | None = None

    def show(self, value: str | None) -> str:
        """Give a stored value as people read it, in the language in force."""
        if not value:
            return ""
        return code_list(self.list).label_of(value) if self.list else value


def data_folder() -> Path:
    """Give the folder of the data: ``CASEWORK_DATA``, else the one beside the code."""
    chosen = os.environ.get("CASEWORK_DATA")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "data"


def read_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file.

    Raises
    ------
    BrokenReference
        If the file is missing, is not TOML, or does not have the shape of its kind.
    """
    text = text_of(path)
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenReference(path, *not_toml(str(error))) from error
    shape = shape_of(path)
    faults = faults_in(told, shape) if shape is not None else []
    if faults:
        first, *more = faults
        others = [f"{one.place}: {one.reason}" for one in more[:_FAULTS]]
        raise BrokenReference(path, first.place, "\n".join((first.reason, *others)))
    return told


def text_of(path: Path) -> str:
    """Read one file of reference data as it was written.

    Raises
    ------
    BrokenReference
        If the file is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BrokenReference(path, _("the whole file"), _("is missing")) from None
    except UnicodeDecodeError as error:
        raise BrokenReference(path, _("the whole file"), _("is not UTF-8")) from error


def not_toml(said: str) -> tuple[str, str]:
    """Tell where a file stops being TOML, and what is to be looked at there."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", said)
    where = (
        _("line {line}, column {column}", line=int(place[1]), column=int(place[2]))
        if place
        else _("the end of the file")
    )
    if "Invalid date" in said:
        return where, _("this is no day of the calendar; days are written as 2026-11-22")
    if "overwrite" in said or "twice" in said or "mutate" in said:
        return where, _("this name stands twice; keep one")
    if place is None:
        return where, _("a quote or bracket is still open; close it")
    return where, _(
        "cannot be read from here on; look for a missing quote, bracket, comma or equals sign"
    )


def not_accepted(name: str, found: object, accepted: Iterable[str]) -> str:
    """Say that a value is none of those accepted, which these are, and which was perhaps meant.

    Parameters
    ----------
    name : str
        Under which name it stands; empty where the place says it.
    """
    known = sorted(accepted) if isinstance(accepted, set | frozenset) else list(accepted)
    listed = ", ".join(str(one) for one in known)
    told = (
        _("“{found}” is not accepted for {name}. Accepted: {accepted}.",
          found=found, name=name, accepted=listed)
        if name
        else _("“{text}” is not accepted here. Accepted: {accepted}.", text=found, accepted=listed)
    )  # fmt: skip
    near = get_close_matches(str(found), [str(one) for one in known], n=1, cutoff=0.7)
    return told + (_(" Did you mean {name}?", name=near[0]) if near else "")


def label_from(path: Path, entry: str, found: object) -> Label:
    """Read a two-language label, refusing one that lacks a language."""
    if not isinstance(found, Mapping) or not found.get("zh") or not found.get("en"):
        raise BrokenReference(path, entry, _("{name} needs both zh and en", name="label"))
    return Label(zh=str(found["zh"]), en=str(found["en"]))


def unique(path: Path, kind: str, codes: Iterable[str]) -> None:
    """Refuse a file in which a code stands twice."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise BrokenReference(path, f"{kind} {code}", _("stands twice"))
        seen.add(code)


@cache
def code_lists() -> dict[str, CodeList]:
    """Give every national code list by its code."""
    path = data_folder() / "reference" / "code_lists.toml"
    found = [code_list_from(path, entry) for entry in read_toml(path)["list"]]
    unique(path, "list", (one.code for one in found))
    return {one.code: one for one in found}


def code_list(code: str | None) -> CodeList:
    """Give one code list.

    Raises
    ------
    KeyError
        If no list has this code.
    """
    return code_lists()[code or ""]


def code_list_from(path: Path, entry: Mapping[str, Any]) -> CodeList:
    """Read one code list, of the nation or of an agency."""
    name = f"list {entry.get('code')}"
    if not entry.get("source"):
        raise BrokenReference(path, name, _("has no {name}. Add it.", name="source"))
    codes = tuple(
        Code(
            code=str(one["code"]),
            label=label_from(path, f"{name}, entry {one.get('code')}", one.get("label")),
            rank=one.get("rank"),
            synonyms=tuple(one.get("synonyms", ())),
            since=one.get("from"),
            until=one.get("to"),
        )
        for one in entry["entries"]
    )
    unique(path, name, (one.code for one in codes))
    ordered = bool(entry.get("ordered", False))
    if ordered and any(one.rank is None for one in codes):
        raise BrokenReference(path, name, _("is ordered, but an entry has no rank."))
    return CodeList(
        code=entry["code"],
        label=label_from(path, name, entry.get("label")),
        entries=codes,
        ordered=ordered,
        source=entry["source"],
        beyond=entry.get("beyond", "higher"),
    )


@cache
def sections() -> tuple[Section, ...]:
    """Give the sections of the dossier in their order."""
    path = data_folder() / "reference" / "facts.toml"
    return tuple(
        Section(one["code"], label_from(path, f"section {one['code']}", one.get("label")))
        for one in read_toml(path)["section"]
    )


@cache
def facts() -> dict[str, FactDefinition]:
    """Give the vocabulary of facts by code, in the order of the file."""
    path = data_folder() / "reference" / "facts.toml"
    known = {section.code for section in sections()}
    found = [_fact(path, entry, known) for entry in read_toml(path)["fact"]]
    unique(path, "fact", (one.code for one in found))
    return {one.code: one for one in found}


def fact(code: str) -> FactDefinition:
    """Give the definition of one fact.

    Raises
    ------
    KeyError
        If the vocabulary has no such fact.
    """
    return facts()[code]


def _fact(path: Path, entry: dict[str, Any], known_sections: set[str]) -> FactDefinition:
    name = f"fact {entry.get('code')}"
    kind = entry.get("kind")
    if kind not in FACT_KINDS:
        raise BrokenReference(path, name, not_accepted("kind", kind, FACT_KINDS))
    if entry.get("section") not in known_sections:
        raise BrokenReference(
            path, name, not_accepted("section", entry.get("section"), known_sections)
        )
    if not entry.get("source"):
        raise BrokenReference(path, name, _("has no {name}. Add it.", name="source"))
    listed = "yesno" if kind == "yesno" else entry.get("list")
    if kind in ("code", "yesno") and listed not in code_lists():
        raise BrokenReference(path, name, _("there is no code list “{code}”.", code=listed))
    return FactDefinition(
        code=entry["code"],
        label=label_from(path, name, entry.get("label")),
        section=entry["section"],
        kind=kind,
        source=entry["source"],
        verify_days=int(entry["verify_days"]),
        list=listed,
        multiple=bool(entry.get("multiple", False)),
        core=bool(entry.get("core", False)),
        sensitive=entry.get("sensitive"),
        unit=entry.get("unit"),
    )


@cache
def surnames() -> Mapping[str, str]:
    """Give the surnames whose sound as a surname differs from the usual one, with their pinyin."""
    path = data_folder() / "reference" / "surnames.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        found = {line["surname"]: line["pinyin"] for line in csv.DictReader(stream)}
    if not found or not all(found.values()):
        raise BrokenReference(path, "surnames", _("a surname has no pinyin."))
    return found
