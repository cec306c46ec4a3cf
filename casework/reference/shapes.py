"""What each file of reference data may hold: its tables, their names, and of what kind each is.

Decides that a misspelt name, a value of another kind, a missing one or a code that stands twice is
refused with file and place before anything is read from it; leaves what values mean to the readers.
Instruments and rules have checks of their own.

A line of a shape lists the names of a table: ``code!! label!:label since:day note``. ``!`` means
needed, ``!!`` needed and once in its list; without a kind it is a text; ``*`` stands for any name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from casework.terms import _

__all__ = ["Fault", "faults_in", "shape_of"]

_CODED = "code!! label!:label source!"
_FRAME = {"": "label!:label source! parts!:list", "parts[]": "code!! label!:label domains!:texts"}
_GROUP = "code!! label!:label source! min_age fact values:texts eras:texts at_least:table"
_SETTING = "code! value!:any one_of:options since!:day until:day label{0}:label source! unit"
_CATALOGUE = {
    "": "item!:list",
    "item[]": f"{_CODED} class! also:texts channel answers:texts who unit",
}
_NEEDS = {
    "": "need!:list",
    "need[]": f"{_CODED} domain! low medium high certainty! note",
}
_STAFF = {
    "": "programme:list self_check:list",
    "programme[]": _CODED,
    "self_check[]": f"{_CODED} per! count!:whole points:texts",
}
_REQUIRED = "code!! group! seats!:texts source!"
_PAIRED = {
    "kind[]": f"{_CODED} synonyms:texts seat! seat_of:table purpose! recipient quiet_days:whole",
    "kind[].seat_of": "*",
    "weights": "*:number",
    "headings": "*:texts",
    "required[]": _REQUIRED,
}
_DAYS = "quiet_days{0}:whole usual_people{0}:whole warn_days{0}:whole vetting_months{0}:whole"
_AROUND = {
    "list[]": f"{_CODED} entries!:list ordered:flag beyond",
    "list[].entries[]": "code!! label!:label synonyms:texts rank:whole from:day to:day source",
}
_ROSTERS = {
    "mean[]": f"{_CODED} metres_per_minute!:whole minutes_each_way!:whole",
    "actor[]": "code!! roles:texts source! with:texts",
    "skill[]": _CODED,
    "service[]": "code!! minutes:whole source! skill with:table",
    "service[].with": "skill minutes!:whole",
    "order[]": "first! then! least!:whole most!:whole source",
    "weights": "*:whole",
}
_MINUTES = (
    "visit_channels{0}:texts minutes{0}:whole further_minutes{0}:whole unknown_minutes{0}:whole "
    "round_minutes{0}:whole detour_percent{0}:whole familiar_days{0}:whole source "
    "working_hours{0}:texts visiting_hours{0}:texts mean:list actor:list skill:list service:list "
    "order:list weights:table"
)

_ALIKE = {
    "term[]": "code!! zh! en! source!",
    "channels[]": "code!! source! label:label",
    "group[]": _GROUP,
    "group[].at_least": "fact! setting!",
    "counting": "outcomes!:texts label!:label source!",
    "section[]": "code!! facts!:texts source! label:label",
}
"""What an agency may say otherwise is said in the same shape as the defaults say it."""

_SHAPES: Mapping[str, Mapping[str, str]] = {
    "reference/agency_defaults.toml": {
        "": (
            "setting!:list term!:list channels!:list vulnerable!:texts group!:list "
            "counting!:table section!:list need_frame!:table occasion:list obligation:list"
        ),
        "setting[]": _SETTING.format("!"),
        **_ALIKE,
        **{f"need_frame.{at}".rstrip("."): line for at, line in _FRAME.items()},
    },
    "agencies/agency.toml": {
        "": (
            "code! label!:label about!:label since!:day source! setting:list term:list "
            "channels:list vulnerable:texts group:list counting:table section:list "
            "occasion:list obligation:list place!:table categories!:table ranks!:table list:list "
            "need_frame:table further_need_frame:list instruments:table"
        ),
        "setting[]": _SETTING.format(""),
        **_ALIKE,
        "occasion[]": (
            "code!! label!:label calendar! day before_days:whole after_days:whole source!"
        ),
        "obligation[]": "code!! label!:label times!:whole period! source!",
        "place": (
            "district_prefix! area_code! latitude!:number longitude!:number towns!:texts source!"
        ),
        "categories": "used!:texts labels:table source!",
        "categories.labels": "*:label",
        "ranks": "used!:texts labels:table source!",
        "ranks.labels": "*:label",
        "instruments": "on:texts reading:table setting:table source!",
        **_AROUND,
        **{f"need_frame.{at}".rstrip("."): line for at, line in _FRAME.items()},
        **{f"further_need_frame[].{at}".rstrip("."): line for at, line in _FRAME.items()},
    },
    "reference/catalogue.toml": _CATALOGUE,
    "agencies/catalogue.toml": _CATALOGUE,
    "reference/code_lists.toml": {"": "list!:list", **_AROUND},
    "reference/facts.toml": {
        "": "section!:list fact!:list",
        "section[]": "code!! label!:label",
        "fact[]": (
            f"{_CODED} section! kind! list core:flag verify_days!:whole sensitive multiple:flag "
            "unit"
        ),
    },
    "reference/headers.toml": {
        "": (
            "since!:day source! column!:list role!:list team!:list part_label!:list part!:table "
            "topic!:list dressing!:table rows!:table around!:table cells!:table"
        ),
        "column[]": "code!! label!:label read! words!:texts stems:texts unless:texts weak:texts",
        "role[]": "code!! label!:label relationship! words!:texts",
        "team[]": "code!! label!:label words!:texts",
        "part_label[]": "code!! label!:label",
        "part": "name!:texts phone!:texts relation!:texts entry!:texts other!:texts",
        "topic[]": "words!:texts means!:table",
        "topic[].means": "*",
        "dressing": "before!:texts after!:texts",
        "rows": "titles!:texts footers!:texts instructions!:texts samples!:texts",
        "around": "surnames!:texts dead!:texts remarks!:texts",
        "cells": (
            "yes!:texts no!:texts ticks!:texts positions!:texts positions_before!:texts "
            "ditto!:texts none_like! item_before!:texts none!:texts"
        ),
    },
    "holidays": {
        "": "year!:whole confirmed!:flag source! holidays!:list",
        "holidays[]": "name!:label from!:day until!:day worked:days",
    },
    "reference/need_kinds.toml": {
        "": "kind!:list words!:table",
        "kind[]": f"{_CODED} domain! certainty note",
        "words": "*:texts",
    },
    "reference/needs.toml": {"": "need!:list"},
    "reference/responses.toml": {
        "": "documents!:list rules!:list",
        "documents[]": "code!! title!:label source",
    },
    "reference/need_rules.toml": _NEEDS,
    "agencies/need_rules.toml": _NEEDS,
    "reference/occasions.toml": {
        "": "festivals!:list",
        "festivals[]": f"{_CODED} calendar! month:whole day:whole term",
    },
    "reference/pairing.toml": {
        "": (
            _DAYS.format("!") + " outcome_days!:whole source! kind!:list weights!:table "
            "headings!:table required:list"
        ),
        **_PAIRED,
    },
    "agencies/pairing.toml": {
        "": (
            _DAYS.format("") + " outcome_days:whole source kind:list weights:table "
            "headings:table required:list"
        ),
        **_PAIRED,
    },
    "privacy/kinds.toml": {"": "kind!:list", "kind[]": f"{_CODED} facts!:texts sensitive"},
    "privacy/notice.toml": {
        "": "version!:list",
        "version[]": "code!! since!:day title!:label source! paragraph!:list",
        "version[].paragraph[]": "head!:label text!:label",
    },
    "privacy/purposes.toml": {
        "": "recipient!:list purpose!:list",
        "recipient[]": "code!! label!:label",
        "purpose[]": (
            f"{_CODED} told!:label refused!:label basis! article! kinds!:texts impact:flag "
            "separate:flag valid_days:whole ask_again_days:whole acts:texts recipients:texts "
            "optional:flag"
        ),
    },
    "privacy/retention.toml": {
        "": "record!:list",
        "record[]": f"{_CODED} from! years!:whole on_erasure! why!:label",
    },
    "privacy/rights.toml": {
        "": "right!:list ground!:list",
        "right[]": f"{_CODED} article! days!:whole after_death:flag",
        "ground[]": _CODED,
    },
    "reference/roster_words.toml": {
        "": "source! pattern!:list agreed!:list same!:list usual!:list",
        "pattern[]": "list! code! matches! unless",
        "agreed[]": "list! codes!:texts means!",
        "same[]": "fact! words!:table",
        "same[].words": "*",
        "usual[]": "fact! words!:texts",
    },
    "reference/rosters.toml": {"": _MINUTES.format("!"), **_ROSTERS},
    "agencies/rosters.toml": {"": _MINUTES.format(""), **_ROSTERS},
    "reference/rule_words.toml": {
        "": "word!:list",
        "word[]": "code! kind! label!:label help:label example",
    },
    "reference/services.toml": {
        "": "service!:list stand_ins:table",
        "service[]": f"{_CODED} by_contact:flag",
        "stand_ins": "*:texts",
    },
    "reference/staff.toml": _STAFF,
    "agencies/staff.toml": _STAFF,
    "agencies/campaigns.toml": {
        "": "campaign:list rank:list",
        "campaign[]": (
            f"{_CODED} festivals:texts every opens due service minutes!:whole segment!:list"
        ),
        "campaign[].segment[]": f"{_CODED} when! by! led_by gifts:list",
        "campaign[].segment[].gifts[]": "standard! fen!:whole",
        "rank[]": "visited! leader! source!",
    },
    "agencies/standards.toml": {
        "": "standard:list",
        "standard[]": (
            "code! kind! label!:label per! amount_fen:whole ceiling_fen:whole exclusive who "
            "since!:day until:day clause! source!"
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, by the names in the file, and what in a sentence."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Name:
    kind: str
    needed: bool
    once: bool


def shape_of(path: Path) -> Mapping[str, str] | None:
    """Give the shape of a file by its place under ``data``; None where it has none here."""
    folder = path.parent
    if folder.name == "holidays":
        return _SHAPES["holidays"]
    over = "agencies" if folder.parent.name == "agencies" else folder.name
    return _SHAPES.get(f"{over}/{path.name}")


def faults_in(told: Mapping[str, Any], shape: Mapping[str, str]) -> list[Fault]:
    """List what is wrong with the content of a file, in the order of the file."""
    found: list[Fault] = []
    _check_table(told, "", "", shape, found)
    return found


@cache
def _names(line: str) -> Mapping[str, _Name]:
    found = {}
    for word in line.split():
        name, _colon, kind = word.partition(":")
        bare = name.rstrip("!")
        found[bare] = _Name(kind or "text", bare != name, name.endswith("!!"))
    return found


def _check_table(
    told: Mapping[str, Any], at: str, place: str, shape: Mapping[str, str], found: list[Fault]
) -> None:
    if at not in shape:
        return
    names = _names(shape[at])
    here = place or _("the head of the file")
    for key, value in told.items():
        name = names.get(key) or names.get("*")
        if name is None:
            found.append(Fault(here, _unknown(key, names)))
        elif not _KINDS[name.kind](value):
            found.append(Fault(here, _wrong(key, name.kind, value)))
        elif name.kind == "table":
            _check_table(value, f"{at}.{key}".lstrip("."), _within(place, f"[{key}]"), shape, found)
        elif name.kind == "list":
            _check_list(key, value, at, place, shape, found)
    for key, name in names.items():
        if name.needed and told.get(key) in (None, ""):
            found.append(Fault(here, _("has no {name}. Add it.", name=key)))
    _check_days(told, here, found)


def _check_list(
    key: str,
    entries: Sequence[Mapping[str, Any]],
    at: str,
    place: str,
    shape: Mapping[str, str],
    found: list[Fault],
) -> None:
    below = f"{at}.{key}[]".lstrip(".")
    names = _names(shape.get(below, ""))
    seen: set[object] = set()
    for number, entry in enumerate(entries, 1):
        code = entry.get("code")
        named = code if isinstance(code, str) and code else _("no. {n}", n=number)
        where = _within(place, f"[[{key}]] {named}")
        _check_table(entry, below, where, shape, found)
        if "code" in names and names["code"].once and isinstance(code, str):
            if code in seen:
                found.append(Fault(where, _("stands twice. Keep one, or give it another code.")))
            seen.add(code)


def _check_days(told: Mapping[str, Any], here: str, found: list[Fault]) -> None:
    for begins, ends in (("since", "until"), ("from", "until"), ("from", "to")):
        first, last = told.get(begins), told.get(ends)
        if _is_day(first) and _is_day(last) and last < first:  # type: ignore[operator]
            found.append(Fault(here, _("ends on {last}, before it begins.", last=last)))


def _within(place: str, part: str) -> str:
    return f"{place} → {part}" if place else part


def _unknown(key: str, names: Mapping[str, _Name]) -> str:
    near = get_close_matches(key, names, n=1, cutoff=0.6)
    if near:
        return _("does not know the name “{name}”. Did you mean {near}?", name=key, near=near[0])
    known = ", ".join(names)
    return _("does not know the name “{name}”. Known are: {known}.", name=key, known=known)


def _wrong(key: str, kind: str, value: object) -> str:
    wanted = {
        "text": _("a text in quotation marks"),
        "whole": _("a whole number, without quotation marks"),
        "number": _("a number, without quotation marks"),
        "flag": _("true or false, without quotation marks"),
        "day": _("a day such as 2026-11-22, without quotation marks"),
        "days": _("days such as [2026-11-22], without quotation marks"),
        "label": _('both languages: { zh = "…", en = "…" }'),
        "texts": _('a list of texts: ["…", "…"]'),
        "table": _("a table with names of its own"),
        "options": _("a list of values: [1, 2]"),
        "list": _("entries, each under [[{name}]]", name=key),
    }[kind]
    told = f"“{value}”" if isinstance(value, str) else str(value)
    shown = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
    return _("{name} must be {wanted}, and is {value}.", name=key, wanted=wanted, value=shown)


_LONGEST = 40


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, float) or _is_whole(value)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_label(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"zh", "en"}
        and all(isinstance(one, str) and one.strip() for one in value.values())
    )


def _every(kind: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(kind(one) for one in value)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


_KINDS: Mapping[str, Callable[[object], bool]] = {
    "text": _is_text,
    "whole": _is_whole,
    "number": _is_number,
    "flag": lambda value: isinstance(value, bool),
    "day": _is_day,
    "days": _every(_is_day),
    "label": _is_label,
    "texts": _every(_is_text),
    "table": _is_table,
    "list": _every(_is_table),
    "options": lambda value: isinstance(value, list),
    "any": lambda _value: True,
}
