"""Reading an instrument's file: every part checked before anything is scored with it.

Decides what a definition may say and that a mistake in it is found on load, with file, entry and
reason; leaves the meaning of the parts to ``definition`` and ``measures``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from casework.instruments.checks import Entry
from casework.instruments.definition import (
    Alert,
    Band,
    Banding,
    Change,
    Choice,
    ContextField,
    Group,
    Instrument,
    Item,
    Setting,
)
from casework.instruments.measure_reading import MeasureReader
from casework.instruments.measures import Span
from casework.instruments.reckoning import Input, Reckoned
from casework.reference import code_list
from casework.terms import Label, _

__all__ = ["CERTAINTIES", "MODES", "instrument_from"]

CERTAINTIES = ("official", "seen", "known", "gap", "house")
UNREAD = ("known", "gap", "house")
"""Certainties of a reading that nobody may take for a published one: it says so, and why."""
MODES = ("self", "proxy", "observed")
WAYS = ("better", "worse", None)
PARTS = set(
    [
        "id",
        "version",
        "since",
        "source",
        "licence",
        "certainty",
        "higher_is",
        "domain",
        "label",
        "window",
        "modes",
        "offered",
        "unverified",
        "reserve",
        "text",
        "assessors",
        "assessors_required",
        "total",
        "scales",
        "groups",
        "context",
        "items",
        "measures",
        "bandings",
        "changes",
        "alerts",
        "settings",
        "order",
        "note",
        "reckoned",
    ]
)
PROSE = {
    "label",
    "words",
    "help",
    "asked",
    "note",
    "source",
    "licence",
    "certainty",
    "window",
    "reserve",
    "action",
}
UNCOUNTED = set(
    [
        "offered",
        "unverified",
        "modes",
        "assessors",
        "assessors_required",
        "domain",
        "text",
        "since",
        "version",
        "order",
        # Whom to tell is a duty of ours, not part of the score; it may be added at any time.
        "alerts",
        # Helps to fill the form in; the answer counts, however it was found.
        "reckoned",
        # Each banding has a fingerprint of its own, so that another one can be added.
        "bandings",
    ]
)


def instrument_from(mapping: Entry, file: object = "instrument", *, text: str = "") -> Instrument:
    """Build an instrument from its definition.

    Parameters
    ----------
    mapping : mapping
        The definition as `tomllib` gives it.
    file : object
        Where it came from, for messages.
    text : str
        The file itself, so that messages tell the line.

    Raises
    ------
    BrokenReference
        If anything in it is missing, unknown or contradictory.
    """
    return _Reader(str(file), mapping, text).instrument()


class _Reader(MeasureReader):
    """Walks one definition from top to bottom; each part may name only what stands before it."""

    def instrument(self) -> Instrument:
        self.only("file", self.top, PARTS)
        self._read_context()
        self._read_groups()
        self._read_items()
        self.read_measures()
        total = self.known("total", self.need("file", self.top, "total", str), self.measures)
        bandings = tuple(self._banding(one) for one in self.entries("bandings"))
        if not bandings:
            raise self.broken("bandings", _("none is given; a score needs at least one reading"))
        self.unique("banding", (one.id for one in bandings))
        return Instrument(
            **self._header(),
            items=tuple(self.items.values()),
            groups=tuple(self.groups.values()),
            measures=tuple(self.measures.values()),
            total=total,
            bandings=bandings,
            changes=tuple(self._change(one, bandings[0]) for one in self.entries("changes")),
            alerts=tuple(self._alert(one) for one in self.entries("alerts")),
            settings=tuple(self._setting(one) for one in self.entries("settings")),
            context=tuple(self.context.values()),
            reckoned=tuple(self._reckoned(one) for one in self.entries("reckoned")),
            fingerprints={
                one["id"]: _fingerprint(self.top, one) for one in self.entries("bandings")
            },
            reach=dict(self.possible),
        )

    def _header(self) -> dict[str, Any]:
        top = self.top
        since = top.get("since")
        if not isinstance(since, date):
            raise self.broken("since", _("must be a date, the first day of this scoring version"))
        modes = tuple(self.listing("modes", {"modes": [*MODES], **top}, "modes"))
        if not modes or any(mode not in MODES for mode in modes):
            raise self.broken("modes", _("must be among {allowed}", allowed=", ".join(MODES)))
        offered = self.flag("file", top, "offered", True)
        unverified = self.flag("file", top, "unverified")
        if not offered and "reserve" not in top:
            raise self.broken("reserve", _("must say why the instrument is not offered"))
        if top.get("certainty") in ("known", "gap") and "reserve" not in top:
            raise self.broken("reserve", _("must say why: the scoring was not read in a source"))
        if unverified and offered:
            raise self.broken("unverified", _("must not be offered: set offered = false"))
        domains = tuple(one.code for one in code_list("instrument_domain").entries)
        assessors, required = (
            self.whole("assessors", top, "assessors", 1),
            self.flag("file", top, "assessors_required"),
        )
        if assessors < 1 or (required and assessors < 2):
            raise self.broken("assessors", _("must be a number from 1, and from 2 where required"))
        return {
            "id": self.need("file", top, "id", str),
            "label": self.label("file", top),
            "version": self.need("file", top, "version", str),
            "since": since,
            "source": self.need("file", top, "source", str),
            "licence": self.need("file", top, "licence", str),
            "certainty": self.one_of("file", top, "certainty", CERTAINTIES),
            "higher_is": self.one_of("file", top, "higher_is", ("better", "worse")),
            "domain": self.one_of("file", top, "domain", domains),
            "modes": modes,
            "assessors": assessors,
            "assessors_required": required,
            "order": self.whole("order", top, "order", 50),
            "window": self.optional_label("file", top, "window"),
            "offered": offered,
            "unverified": unverified,
            "reserve": self.optional_label("file", top, "reserve"),
            "text": self.one_of("file", {"text": "own", **top}, "text", ("own", "neutral")),
        }

    # -- what is measured

    def _reckoned(self, one: Entry) -> Reckoned:
        entry = f"reckoned {one.get('item')}"
        self.only(entry, one, {"item", "label", "of", "inputs", "bounds", "note"})
        item = self.items[self.known(entry, self.need(entry, one, "item", str), self.items)]
        of = self.one_of(entry, one, "of", ("body_mass", "number"))
        inputs = tuple(self._input(entry, part) for part in self.listing(entry, one, "inputs"))
        bounds = tuple(self._decimal(entry, one) for one in self.listing(entry, one, "bounds"))
        if len(inputs) != {"body_mass": 2, "number": 1}[of]:
            raise self.broken(entry, _("body_mass wants a height and a weight, number one input"))
        if len(bounds) != len(item.choices) or list(bounds) != sorted(set(bounds)):
            raise self.broken(entry, _("bounds must rise, one for each answer of the item"))
        return Reckoned(item.key, self.label(entry, one), of, inputs, bounds)

    def _input(self, entry: str, one: Entry) -> Input:
        self.only(entry, one, {"key", "label", "unit", "least", "most"})
        unit = one.get("unit", {})
        self.only(entry, unit, {"zh", "en"})
        return Input(
            key=self.need(entry, one, "key", str),
            label=self.label(entry, one),
            unit=Label(zh=str(unit.get("zh", "")), en=str(unit.get("en", ""))),
            least=self._decimal(entry, one.get("least", 0)),
            most=self._decimal(entry, one.get("most", 1000)),
        )

    def _decimal(self, entry: str, found: object) -> Decimal:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.broken(entry, _("bounds, least and most must be numbers"))
        return Decimal(str(found))

    # -- context, groups, items

    def _read_context(self) -> None:
        for one in self.entries("context"):
            entry = f"context {one.get('key')}"
            self.only(
                entry,
                one,
                {"key", "kind", "label", "help", "assumed", "required", "choices", "asked"},
            )
            kinds = ("icd10", "events", "flag", "number", "choice")
            field = ContextField(
                key=self.need(entry, one, "key", str),
                label=self.label(entry, one),
                kind=self.one_of(entry, one, "kind", kinds),
                assumed=one.get("assumed"),
                required=self.flag(entry, one, "required"),
                choices=self._choices(entry, one.get("choices", ())),
                help=self.optional_label(entry, one, "help"),
                asked=self.flag(entry, one, "asked", True),
            )
            self.fresh(entry, field.key, self.context)
            self.context[field.key] = field

    def _read_groups(self) -> None:
        for one in self.entries("groups"):
            entry = f"group {one.get('id')}"
            self.only(entry, one, {"id", "label"})
            group = Group(self.need(entry, one, "id", str), self.label(entry, one))
            self.fresh(entry, group.id, self.groups)
            self.groups[group.id] = group

    def _read_items(self) -> None:
        scales = self.top.get("scales", {})
        if not isinstance(scales, Mapping):
            raise self.broken("scales", _("must be a table"))
        held: list[tuple[str, Entry]] = []
        for one in self.entries("items"):
            item = self._item(one, scales)
            self.fresh(f"item {item.key}", item.key, self.items, self.groups)
            self.items[item.key] = item
            self.possible[item.key] = item.every_points()
            held.append((item.key, one))
        if not held:
            raise self.broken("items", _("none is given"))
        for key, one in held:
            self._tie(key, one)

    def _item(self, one: Entry, scales: Entry) -> Item:
        entry = f"item {one.get('key')}"
        self.only(
            entry,
            one,
            {"key", "label", "group", "help", "scale", "choices", "range", "stands_in_for"}
            | {"ask_when", "optional", "certainty", "note", "higher_is"},
        )
        given = [name for name in ("scale", "choices", "range") if name in one]
        if len(given) != 1:
            raise self.broken(
                entry, _("needs exactly one of {allowed}", allowed="scale, choices, range")
            )
        if "scale" in one:
            self.known(entry, one["scale"], scales)
        listed = scales[one["scale"]] if "scale" in one else one.get("choices", ())
        group = one.get("group")
        if group is not None:
            self.known(entry, group, self.groups)
        return Item(
            key=self.need(entry, one, "key", str),
            label=self.label(entry, one),
            choices=self._choices(entry, listed),
            span=self._range(entry, one["range"]) if "range" in one else None,
            group=group,
            help=self.optional_label(entry, one, "help"),
            optional=self.flag(entry, one, "optional"),
            higher_is=self.one_of(entry, {"higher_is": None, **one}, "higher_is", WAYS),
        )

    def _tie(self, key: str, one: Entry) -> None:
        """Add what an item says about other items, once all of them are known."""
        entry, item = f"item {key}", self.items[key]
        other = one.get("stands_in_for")
        if other is not None:
            self.known(entry, other, self.items)
            self.possible[other] |= self.possible[key]
        if "ask_when" in one:
            self.possible[key] |= {0}
            # Which measures exist is checked when the condition is used: they come later.
            condition = self.condition(entry, one["ask_when"], measures_known=False)
            item = dataclasses.replace(item, ask_when=condition)
        self.items[key] = dataclasses.replace(item, stands_in_for=other)

    def _choices(self, entry: str, listed: object) -> tuple[Choice, ...]:
        if not isinstance(listed, list | tuple):
            raise self.broken(entry, _("{name} must be a list", name="choices"))
        found = []
        for one in listed:
            self.only(f"{entry}, choice", one, {"value", "points", "label", "offered"})
            value = one.get("value")
            if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
                raise self.broken(
                    entry, _("the value of a choice must be a whole number or a word")
                )
            points = one.get("points", value if isinstance(value, int) else 0)
            if type(points) is not int:
                raise self.broken(
                    entry, _("points of choice {value} must be a whole number", value=value)
                )
            label = self.label(f"{entry}, choice {value}", one)
            found.append(Choice(value, points, label, self.flag(entry, one, "offered", True)))
        self.unique(f"{entry}, choice", (str(one.value) for one in found))
        return tuple(found)

    def _range(self, entry: str, found: object) -> tuple[int, int]:
        numbers = found if isinstance(found, list) else []
        if (
            len(numbers) != 2
            or any(type(n) is not int for n in numbers)
            or numbers[0] >= numbers[1]
        ):
            raise self.broken(entry, _("range must be two whole numbers, lowest first"))
        return numbers[0], numbers[1]

    # -- bandings, changes, alerts, settings

    def _banding(self, one: Entry) -> Banding:
        entry = f"banding {one.get('id')}"
        self.only(
            entry, one, {"id", "label", "of", "bands", "source", "certainty", "note", "reserve"}
        )
        of = self.known(entry, one.get("of", self.top.get("total")), self.measures)
        bands = tuple(
            self._band(f"{entry}, band", band) for band in self.listing(entry, one, "bands")
        )
        self.covers(entry, [Span(b.low, b.high, b.level) for b in bands], self.possible[of])
        if sorted(band.level for band in bands) != list(range(len(bands))):
            raise self.broken(entry, _("levels must be 0, 1, 2 … with each one once"))
        certainty = self.one_of(entry, one, "certainty", CERTAINTIES)
        if certainty in UNREAD and "reserve" not in one:
            raise self.broken(
                entry, _("certainty {certainty} needs a reserve that says why", certainty=certainty)
            )
        return Banding(
            id=self.need(entry, one, "id", str),
            label=self.label(entry, one),
            of=of,
            bands=bands,
            source=self.need(entry, one, "source", str),
            certainty=certainty,
            reserve=self.optional_label(entry, one, "reserve"),
        )

    def _band(self, entry: str, one: Entry) -> Band:
        self.only(entry, one, {"level", "min", "max", "label"})
        level, low, high = (self.need(entry, one, name, int) for name in ("level", "min", "max"))
        return Band(level, low, high, self.label(entry, one))

    def _change(self, one: Entry, banding: Banding) -> Change:
        entry = f"change {one.get('id')}"
        self.only(
            entry, one, {"id", "label", "when", "set", "worse", "source", "certainty", "note"}
        )
        self.one_of(entry, one, "certainty", CERTAINTIES)
        set_to, worse = one.get("set"), one.get("worse", 0)
        if (set_to is None) == (worse == 0) or type(worse) is not int or worse < 0:
            raise self.broken(
                entry, _("needs exactly one of set (a level) and worse (steps from 1)")
            )
        if set_to is not None and banding.label_of(set_to) is None:
            raise self.broken(
                entry,
                _(
                    "sets level {value}, which {banding} does not have",
                    value=set_to,
                    banding=banding.id,
                ),
            )
        code, when = self.need(entry, one, "id", str), self.condition(entry, one.get("when"))
        return Change(code, self.label(entry, one), when, set_to, worse)

    def _alert(self, one: Entry) -> Alert:
        entry = f"alert {one.get('id')}"
        self.only(entry, one, {"id", "label", "when", "within_days", "action", "source", "note"})
        return Alert(
            id=self.need(entry, one, "id", str),
            label=self.label(entry, one),
            when=self.condition(entry, one.get("when")),
            within_days=self.need(entry, one, "within_days", int),
            action=self.label(entry, one, "action"),
        )

    def _setting(self, one: Entry) -> Setting:
        entry = f"setting {one.get('code')}"
        self.only(entry, one, {"code", "label", "value", "allowed", "certainty", "source", "note"})
        value, allowed = (
            self.need(entry, one, "value", int),
            tuple(self.listing(entry, one, "allowed")),
        )
        if value not in allowed:
            among = ", ".join(map(str, allowed))
            raise self.broken(
                entry,
                _(
                    "value {value} is not among those allowed: {allowed}",
                    value=value,
                    allowed=among,
                ),
            )
        return Setting(
            code=self.need(entry, one, "code", str),
            label=self.label(entry, one),
            value=value,
            allowed=allowed,
            certainty=self.one_of(entry, one, "certainty", CERTAINTIES),
            source=self.need(entry, one, "source", str),
            note=str(one.get("note", "")),
        )


def _fingerprint(definition: Entry, banding: Entry) -> str:
    """Digest all that counts for one reading, so that no other can pass as the same version."""
    counted = {key: one for key, one in definition.items() if key not in UNCOUNTED}
    counted["banding"] = banding
    text = json.dumps(_without_prose(counted), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_prose(found: object) -> object:
    if isinstance(found, Mapping):
        return {key: _without_prose(one) for key, one in found.items() if key not in PROSE}
    if isinstance(found, list):
        return [_without_prose(one) for one in found]
    return found
