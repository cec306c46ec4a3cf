"""Rules as text and back: how a set is written down, and how one rule of it is changed.

Decides the layout of a rules file and that a change never touches the past: the entry in force ends
the day before, a new one begins. Plain values in and out; leaves reading what they mean to
:mod:`casework.rules.ruleset`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = [
    "OWN_CAPABILITY",
    "Raw",
    "add_rule",
    "change_rule",
    "end_rule",
    "entry_on",
    "free_code",
    "keep_past",
    "write_rules",
]

Raw = dict[str, Any]

_ORDER = (
    "code", "title", "clause", "since", "until", "when", "service", "domain", "actor", "channels",
    "place", "quota", "festival", "birthday", "event", "silence", "duration_minutes", "priority",
    "when_away", "when_in_hospital", "instead_of", "for_deceased", "parties",
)  # fmt: skip
OWN_CAPABILITY = "S2-20"
"""What a rule that was made at the desk is put under: rules are written and kept up there."""
TIMINGS = ("quota", "festival", "birthday", "event", "silence")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


def write_rules(raw: Mapping[str, Any]) -> str:
    """Write a set of rules as a TOML text that reads back as the same values."""
    lines = [f"agency = {_value(str(raw.get('agency', '')))}", ""]
    for document in raw.get("documents", ()):
        lines += ["[[documents]]", *_entries(document, tuple(document)), ""]
    for rule in raw.get("rules", ()):
        order = (*_ORDER, *(key for key in rule if key not in _ORDER))
        lines += ["[[rules]]", *_entries(rule, order), ""]
    return "\n".join(lines)


def _entries(entry: Mapping[str, Any], order: tuple[str, ...]) -> Iterator[str]:
    for key in order:
        if key in entry:
            yield f"{key} = {_value(entry[key])}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    raise TypeError(f"a rule holds no {type(value).__name__}")


def _text(text: str) -> str:
    if "\n" in text:
        escaped = "".join(sign if sign == "\n" else _escaped(sign) for sign in text)
        return f'"""\n{escaped}"""'
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x20 or ord(sign) == 0x7F else sign


# --- changing one rule --------------------------------------------------------------------------


def entry_on(raw: Mapping[str, Any], code: str, on: date) -> Raw | None:
    """Give the entry of a rule in force on a day, or the next one to come, or None."""
    entries = [rule for rule in raw.get("rules", ()) if rule.get("code") == code]
    lasting = [one for one in entries if one.get("until") is None or one["until"] >= on]
    return min(lasting, key=lambda one: one["since"], default=None)


def change_rule(
    raw: Mapping[str, Any], code: str, changes: Mapping[str, Any], *, since: date, today: date
) -> Raw:
    """Change a rule from a day on; until then it stays as it is.

    Parameters
    ----------
    changes : mapping
        Entries to put in place; None takes one away. A timing takes the place of the other kinds.
    since : date
        First day of the changed rule, today or later.

    Raises
    ------
    InvalidEntry
        When the day is in the past, or the rule is not in force then.
    """
    _not_in_the_past(since, today)
    changed = deepcopy(dict(raw))
    found = entry_on(changed, code, since)
    if found is None:
        raise InvalidEntry(
            _(
                "The rule {code} is not in force on {day} or later. Choose another rule, or add "
                "a new one.",
                code=code,
                day=since,
            ),
            "code",
            code,
        )
    fresh = {**found, **changes}
    if any(kind in changes for kind in TIMINGS):
        fresh = {key: one for key, one in fresh.items() if key not in TIMINGS or key in changes}
    fresh = {key: one for key, one in fresh.items() if one is not None}
    if found["since"] >= since:
        fresh.setdefault("since", found["since"])
        changed["rules"] = [fresh if one is found else one for one in changed["rules"]]
        return changed
    fresh["since"] = since
    found["until"] = since - timedelta(days=1)
    place = next(n for n, one in enumerate(changed["rules"]) if one is found)
    changed["rules"].insert(place + 1, fresh)
    return changed


def end_rule(raw: Mapping[str, Any], code: str, *, last: date, today: date) -> Raw:
    """Let a rule be in force for the last time on a day; entries that begin later are dropped."""
    _not_in_the_past(last + timedelta(days=1), today)
    changed = deepcopy(dict(raw))
    kept = []
    for rule in changed.get("rules", ()):
        if rule.get("code") == code:
            if rule["since"] > last:
                continue
            if rule.get("until") is None or rule["until"] > last:
                rule["until"] = last
        kept.append(rule)
    changed["rules"] = kept
    return changed


def add_rule(raw: Mapping[str, Any], entry: Mapping[str, Any], *, today: date) -> Raw:
    """Add a rule; its code must be new."""
    _not_in_the_past(entry["since"], today)
    if any(one.get("code") == entry.get("code") for one in raw.get("rules", ())):
        raise InvalidEntry(
            _("There is a rule {code} already. Choose another short name.", code=entry["code"]),
            "code",
            entry["code"],
        )
    changed = deepcopy(dict(raw))
    changed.setdefault("rules", []).append(dict(entry))
    return changed


def free_code(taken: Container[Any], begins: str = "own") -> str:
    """Give a code that is not taken yet: own_1, own_2."""
    return next(f"{begins}_{n}" for n in range(1, 10**6) if f"{begins}_{n}" not in taken)


def keep_past(old: Mapping[str, Any], new: Mapping[str, Any], *, today: date) -> Raw:
    """Let rules that were written anew hold from today, and leave the days before as they were.

    An entry that says the same as before goes on; any other ends yesterday and begins today. Rules
    that are not there any more are not brought back.
    """
    before, after = _by_code(old), _by_code(new)
    kept: list[Raw] = []
    for code in after:
        past = [_until(one, today - timedelta(days=1)) for one in before.get(code, ())
                if one["since"] < today]  # fmt: skip
        coming = [
            {**one, "since": max(one["since"], today)}
            for one in after[code]
            if one.get("until") is None or one["until"] >= today
        ]
        if past and coming and _says(past[-1]) == _says(coming[0]):
            last, first = past[-1], coming[0]
            if last["until"] + timedelta(days=1) == first["since"]:
                past.pop()
                coming[0] = {**first, "since": last["since"]}
        kept += [*past, *coming]
    used = {one["clause"]["document"] for one in kept if "clause" in one}
    documents = list(new.get("documents", ()))
    there = {one["code"] for one in documents}
    documents += [one for one in old.get("documents", ()) if one["code"] in used - there]
    return {**new, "documents": documents, "rules": kept}


def _by_code(raw: Mapping[str, Any]) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = {}
    for rule in sorted(raw.get("rules", ()), key=lambda one: one["since"]):
        found.setdefault(rule["code"], []).append(rule)
    order = {rule["code"]: None for rule in raw.get("rules", ())}
    return {code: found[code] for code in order}


def _until(rule: Raw, last: date) -> Raw:
    return {**rule, "until": min(rule.get("until") or last, last)}


def _says(rule: Raw) -> Raw:
    """Give what a rule says, without its days."""
    return {key: one for key, one in rule.items() if key not in ("since", "until")}


def _not_in_the_past(day: date, today: date) -> None:
    if day < today:
        raise InvalidEntry(
            _(
                "{day} has passed: what was owed until today stays as it was. Choose today or a "
                "later day.",
                day=day,
            ),
            "since",
            day,
        )
