"""Scoring: one filled-in sheet and an instrument give a result, and say what is missing.

Decides totals, levels, change rules and alerts for every instrument alike; leaves all figures to
the instrument's file. Nothing unanswered is ever counted as zero: while something is missing, the
result has no total and no level, and names what is missing. Alerts do not wait for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casework.instruments.conditions import Answer, ContextValue
from casework.instruments.definition import Alert, Band, Banding, Instrument, Item
from casework.instruments.measures import Branch, Decide, Sum
from casework.instruments.refusals import (
    both_given,
    impossible,
    impossible_total,
    incomplete,
    no_version,
    not_asked,
    unknown_context,
    unknown_key,
)
from casework.terms import Label

__all__ = [
    "CAP",
    "PRORATED",
    "STEPS_LIMIT",
    "ItemChange",
    "Result",
    "Sheet",
    "check_answers",
    "check_context",
    "compare",
    "read_total",
    "require_complete",
    "score",
    "unanswered",
]

CAP = "cap"
"""Reported when a change rule would have gone past the worst level."""
PRORATED = "prorated"
"""Reported when unanswered items count the mean of the answered ones, as the source says."""
STEPS_LIMIT = "steps_worse_at_most"
"""Setting that limits how many levels change rules add together; reported when it did."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a sheet comes to.

    Attributes
    ----------
    version : str
        Scoring version with any setting that departs from the file, enough to recompute.
    total, level : int or None
        None while the sheet is incomplete. Level 0 is best.
    subscores : mapping of str to int or None
        Each one None while a part of it is missing.
    missing : tuple of str
        Keys of what is unanswered, in the order of the form.
    applied : tuple of str
        Change rules that moved the level, flags of the scoring key, and alerts.
    level_before : int or None
        Level from the score alone, before change rules.
    unchecked : tuple of str
        Entries of the context that were not given, so that change rules could not look at them.
    """

    instrument: str
    version: str
    banding: str
    total: int | None
    level: int | None
    label: Label | None
    subscores: Mapping[str, int | None]
    complete: bool
    missing: tuple[str, ...]
    applied: tuple[str, ...]
    alerts: tuple[Alert, ...] = ()
    level_before: int | None = None
    unchecked: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the seven fields that ``casework score`` prints, in their order."""
        return {
            "total": self.total,
            "level": self.level,
            "label": str(self.label) if self.label else None,
            "subscores": dict(self.subscores),
            "complete": self.complete,
            "missing": list(self.missing),
            "applied": list(self.applied),
        }


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item whose answer differs between two assessments.

    Attributes
    ----------
    points : int or None
        Points now minus points before; None where one of them is unanswered.
    """

    key: str
    before: Answer | None
    after: Answer | None
    points: int | None


class Sheet:
    """Answers and context as conditions and measures read them; each measure is worked out once."""

    def __init__(
        self,
        instrument: Instrument,
        answers: Mapping[str, Answer],
        context: Mapping[str, ContextValue],
    ) -> None:
        self._items = {item.key: item for item in instrument.items}
        self._stand_ins = {i.stands_in_for: i.key for i in instrument.items if i.stands_in_for}
        self._measures = {one.id: one.measure for one in instrument.measures}
        self._answers, self._context = answers, context
        self._known: dict[str, int | None] = {}

    def answer(self, key: str) -> Answer | None:
        """Give the answer to an item."""
        return self._answers.get(key)

    def given(self, key: str) -> ContextValue | None:
        """Give a value of the context."""
        return self._context.get(key)

    def number(self, key: str) -> int | None:
        """Give the points of an item or the value of a measure."""
        if key not in self._known:
            item = self._items.get(key)
            self._known[key] = self._points(item) if item else self._measures[key].value(self)
        return self._known[key]

    def stand_in_answer(self, key: str) -> Answer | None:
        """Give the answer to the item that may take the place of another."""
        return self._answers.get(self._stand_ins.get(key, ""))

    def asked(self, item: Item) -> bool | None:
        """Tell whether an item is asked; None while that is not known yet."""
        return True if item.ask_when is None else item.ask_when.holds(self)

    def put(self, key: str, number: int | None) -> None:
        """Take a number as known: the total of an old form, or the level a score has led to."""
        self._known[key] = number

    def _points(self, item: Item) -> int | None:
        if self.asked(item) is False:
            return 0
        found = self._answers.get(item.key)
        if found is not None:
            return item.points(found)
        other = self._stand_ins.get(item.key)
        return self.number(other) if other else None


def score(
    instrument: Instrument,
    answers: Mapping[str, object],
    context: Mapping[str, object] | None = None,
    *,
    banding: str | None = None,
    version: str | None = None,
) -> Result:
    """Score a sheet; an incomplete one gets neither total nor level.

    Parameters
    ----------
    answers : mapping
        Answer of each item by key; None, like a key that is not there, is "not answered".
    context : mapping, optional
        What the scoring key looks at beside the answers; a missing entry is "not known".
    banding : str, optional
        Id of another banding than the instrument's first.
    version : str, optional
        Scoring version of an earlier result, to recompute it as it was.

    Raises
    ------
    InvalidEntry
        For a key, an answer, a context, a banding or a version that the instrument does not have.
    """
    settings = _settings(instrument, version)
    known = check_context(instrument, context or {})
    given = check_answers(instrument, answers)
    sheet = Sheet(instrument, given, known)
    _refuse_unasked(instrument, sheet, given)
    missing = _missing(instrument, sheet, known)
    return _read(instrument, sheet, instrument.banding(banding), settings, missing)


def read_total(
    instrument: Instrument,
    total: object,
    context: Mapping[str, object] | None = None,
    *,
    banding: str | None = None,
    version: str | None = None,
) -> Result:
    """Read a total whose answers are not on file, as from an old paper form.

    Raises
    ------
    InvalidEntry
        For a total that no answers can add up to, and as for `score`.
    """
    if type(total) is not int or total not in instrument.possible:
        raise impossible_total(instrument, total)
    settings = _settings(instrument, version)
    known = check_context(instrument, context or {})
    sheet = Sheet(instrument, {}, known)
    sheet.put(instrument.total, total)
    missing = tuple(one.key for one in instrument.context if one.required and one.key not in known)
    return _read(instrument, sheet, instrument.banding(banding), settings, missing)


def check_answers(instrument: Instrument, answers: Mapping[str, object]) -> dict[str, Answer]:
    """Give the answers that were given, refusing what the instrument cannot take.

    Whole numbers must be whole numbers: ``true``, ``3.0`` and ``"3"`` are refused, because a
    value of the wrong type is a sign that something before us has already gone wrong.

    Raises
    ------
    InvalidEntry
        For an unknown key, an impossible answer, or two answers of which one stands in for the
        other.
    """
    given: dict[str, Answer] = {}
    items = {item.key: item for item in instrument.items}
    for key, value in answers.items():
        item = items.get(key)
        if item is None:
            raise unknown_key(instrument, key)
        if value is None:
            continue
        if not isinstance(value, int | str) or item.points(value) is None:
            raise impossible(item, value)
        given[key] = value
    for item in instrument.items:
        if item.stands_in_for in given and item.key in given:
            raise both_given(item)
    return given


def check_context(instrument: Instrument, context: Mapping[str, object]) -> dict[str, ContextValue]:
    """Give the context in plain form, with what the file assumes where nothing was given.

    Raises
    ------
    InvalidEntry
        For an entry that the instrument does not know or a value of the wrong kind.
    """
    fields = {one.key: one for one in instrument.context}
    known = {one.key: one.assumed for one in instrument.context if one.assumed is not None}
    for key, value in context.items():
        if key not in fields:
            raise unknown_context(instrument, key, value)
        if value is not None:
            known[key] = fields[key].read(value)
    return known


def unanswered(instrument: Instrument, answers: Mapping[str, object]) -> tuple[str, ...]:
    """Name the items that still want an answer, in the order of the form."""
    given = check_answers(instrument, answers)
    return _missing_items(instrument, Sheet(instrument, given, {}))


def require_complete(instrument: Instrument, result: Result) -> Result:
    """Give a result back if it has a level.

    Raises
    ------
    IncompleteAssessment
        If something is missing, with its name.
    """
    if result.complete:
        return result
    raise incomplete(instrument, result.missing)


def compare(
    instrument: Instrument, before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> tuple[ItemChange, ...]:
    """Tell which answers differ between two sheets, in the order of the form."""
    changes = []
    for item in instrument.items:
        old, new = before.get(item.key), after.get(item.key)
        if old == new:
            continue
        old_points = None if old is None else item.points(old)
        new_points = None if new is None else item.points(new)
        both = old_points is not None and new_points is not None
        points = new_points - old_points if both else None  # type: ignore[operator]
        changes.append(ItemChange(item.key, old, new, points))
    return tuple(changes)


def _read(
    instrument: Instrument,
    sheet: Sheet,
    banding: Banding,
    settings: dict[str, int],
    missing: tuple[str, ...],
) -> Result:
    """Turn a checked sheet into a result."""
    stands = len(missing) <= instrument.may_miss
    total = sheet.number(instrument.total) if stands else None
    band = banding.band_of(sheet.number(banding.of)) if total is not None else None
    alerts = tuple(one for one in instrument.alerts if one.when.holds(sheet))
    level, applied = _changed(instrument, sheet, banding, band, settings)
    flags = _flags(instrument, sheet) if band else ()
    return Result(
        instrument=instrument.id,
        version=_version(instrument, settings),
        banding=banding.id,
        total=total if band else None,
        level=level,
        label=banding.label_of(level),
        subscores={one.id: sheet.number(one.id) for one in instrument.measures if one.shown},
        complete=band is not None,
        missing=missing,
        applied=(*applied, *flags, *(one.id for one in alerts)),
        alerts=alerts,
        level_before=band.level if band else None,
        unchecked=tuple(one.key for one in instrument.context if sheet.given(one.key) is None),
    )


def _changed(
    instrument: Instrument,
    sheet: Sheet,
    banding: Banding,
    band: Band | None,
    settings: dict[str, int],
) -> tuple[int | None, tuple[str, ...]]:
    """Apply the change rules to the level of the score."""
    if band is None:
        return None, ()
    met = [rule for rule in instrument.changes if rule.when.holds(sheet)]
    outright = next((rule for rule in met if rule.set_to is not None), None)
    if outright:
        return outright.set_to, (outright.id,)
    steps = sum(rule.worse_by for rule in met)
    limit = settings.get(STEPS_LIMIT, steps)
    applied = [rule.id for rule in met]
    if steps > limit:
        applied.append(STEPS_LIMIT)
    if band.level + min(steps, limit) > banding.worst:
        applied.append(CAP)
    return min(band.level + min(steps, limit), banding.worst), tuple(applied)


def _flags(instrument: Instrument, sheet: Sheet) -> tuple[str, ...]:
    """Name the branches of the scoring key that ask to be reported."""
    found = []
    for one in instrument.measures:
        if isinstance(one.measure, Decide):
            branch = one.measure.branch(sheet)
            if isinstance(branch, Branch) and branch.flag:
                found.append(branch.flag)
    sums = (one.measure for one in instrument.measures)
    if any(isinstance(one, Sum) and one.is_prorated(sheet) for one in sums):
        found.append(PRORATED)
    return tuple(found)


def _missing(
    instrument: Instrument, sheet: Sheet, context: Mapping[str, ContextValue]
) -> tuple[str, ...]:
    wanted = (one.key for one in instrument.context if one.required and one.key not in context)
    return (*_missing_items(instrument, sheet), *wanted)


def _missing_items(instrument: Instrument, sheet: Sheet) -> tuple[str, ...]:
    def is_missing(item: Item) -> bool:
        if item.optional or item.stands_in_for or not sheet.asked(item):
            return False
        return sheet.answer(item.key) is None and sheet.stand_in_answer(item.key) is None

    return tuple(item.key for item in instrument.items if is_missing(item))


def _refuse_unasked(instrument: Instrument, sheet: Sheet, given: Mapping[str, Answer]) -> None:
    for item in instrument.items:
        if item.key in given and sheet.asked(item) is False:
            raise not_asked(item, given[item.key])


def _settings(instrument: Instrument, version: str | None) -> dict[str, int]:
    """Give every setting, as the file has it or as a version such as ``1+x=2`` says."""
    settings = {one.code: one.value for one in instrument.settings}
    if version is None:
        return settings
    name, *departures = version.split("+")
    allowed = {one.code: one.allowed for one in instrument.settings}
    for departure in departures:
        code, _sign, value = departure.partition("=")
        if not value.isdecimal() or int(value) not in allowed.get(code, ()):
            raise no_version(instrument, version)
        settings[code] = int(value)
    if name != instrument.version:
        raise no_version(instrument, version)
    return settings


def _version(instrument: Instrument, settings: Mapping[str, int]) -> str:
    departures = (
        f"{one.code}={settings[one.code]}"
        for one in instrument.settings
        if settings[one.code] != one.value
    )
    return "+".join((instrument.version, *departures))
