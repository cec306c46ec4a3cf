"""What an instrument is: items, measures, bandings, change rules and alerts, as read from a file.

Decides the parts that a scoring key can have and the form questions a screen asks of them; leaves
reading the file to ``reading`` and working out a score to ``scoring``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from casework.errors import InvalidEntry
from casework.instruments.conditions import Answer, Condition, ContextValue
from casework.instruments.measures import Measure, Scaled, Span, Sum
from casework.instruments.names import with_nearest
from casework.instruments.reckoning import Reckoned
from casework.terms import Label, _

__all__ = [
    "Alert",
    "Band",
    "Banding",
    "Change",
    "Choice",
    "ContextField",
    "Group",
    "Instrument",
    "Item",
    "NamedMeasure",
    "Setting",
    "quoted",
]

ICD10 = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]{1,4})?[*†+]?|[A-Z]\d{2}[-\u2013][A-Z]\d{2}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer.

    Attributes
    ----------
    value : int or str
        What is recorded and what ``casework score`` takes.
    points : int
        What it counts; reverse items say so here, answer by answer.
    offered : bool
        False for a coarser value that imports may carry and a form no longer offers, because two
        finer ones tell apart what it lumps together.
    """

    value: Answer
    points: int
    label: Label
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes
    ----------
    span : tuple of int or None
        Lowest and highest number accepted, for an item that takes a number instead of a choice.
    stands_in_for : str or None
        Key of the item whose place it takes when that one cannot be answered; never both.
    ask_when : Condition or None
        Asked only when this holds; not asked counts nothing and is not missing.
    optional : bool
        Never missing.
    higher_is : {"better", "worse"} or None
        Which way its points go where that is not the way of the total.
    """

    key: str
    label: Label
    choices: tuple[Choice, ...] = ()
    span: tuple[int, int] | None = None
    group: str | None = None
    help: Label | None = None
    stands_in_for: str | None = None
    ask_when: Condition | None = None
    optional: bool = False
    higher_is: Literal["better", "worse"] | None = None

    def choice(self, value: object) -> Choice | None:
        """Give the choice of an answer; ``True``, ``1.0`` and ``"1"`` are not the answer 1."""
        for one in self.choices:
            if one.value == value and type(one.value) is type(value):
                return one
        return None

    def points(self, value: Answer) -> int | None:
        """Give what an answer counts, None if it is not one of the item's answers."""
        if self.span:
            fits = type(value) is int and self.span[0] <= value <= self.span[1]
            return value if fits and isinstance(value, int) else None
        found = self.choice(value)
        return found.points if found else None

    def every_points(self) -> frozenset[int]:
        """Give all the points the item can count."""
        if self.span:
            return frozenset(range(self.span[0], self.span[1] + 1))
        return frozenset(one.points for one in self.choices)

    def accepted(self) -> str:
        """Name the accepted answers, for a message."""
        if self.span:
            return _("a whole number from {low} to {high}", low=self.span[0], high=self.span[1])
        return " | ".join(str(one.value) for one in self.choices)

    def shown(self, value: Answer | None) -> str:
        """Give an answer as people read it; empty while unanswered."""
        if value is None:
            return ""
        found = self.choice(value)
        return str(found.label) if found else str(value)


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand together on the form, and may have a subscore of their own."""

    id: str
    label: Label


@dataclass(frozen=True, slots=True)
class NamedMeasure:
    """A measure under its name; ``shown`` ones are reported as subscores.

    Attributes
    ----------
    words : mapping of int to Label
        How each value is said; empty where the number speaks for itself.
    """

    id: str
    label: Label
    measure: Measure
    shown: bool = False
    words: Mapping[int, Label] = field(default_factory=dict)

    def said(self, value: int) -> str:
        """Say a value."""
        return str(self.words.get(value, value))


@dataclass(frozen=True, slots=True)
class Band:
    """One reading of a score: level 0 is best; ``low`` and ``high`` inclusive."""

    level: int
    low: int
    high: int
    label: Label


@dataclass(frozen=True, slots=True)
class Banding:
    """Bands that belong together, under an id, because different houses read one score differently.

    Attributes
    ----------
    of : str
        Name of the measure that is read.
    certainty : str
        How well the cut-offs are known: ``official``, ``seen``, ``known``, ``gap``, or ``house``
        for a decision of this project.
    reserve : Label or None
        Why nobody should take the reading for a published one.
    """

    id: str
    label: Label
    of: str
    bands: tuple[Band, ...]
    source: str
    certainty: str
    reserve: Label | None = None

    def band_of(self, value: int | None) -> Band | None:
        """Give the band in which a value lies."""
        if value is None:
            return None
        return next((band for band in self.bands if band.low <= value <= band.high), None)

    def label_of(self, level: int | None) -> Label | None:
        """Give the name of a level."""
        return next((band.label for band in self.bands if band.level == level), None)

    @property
    def worst(self) -> int:
        """Give the highest level."""
        return max(band.level for band in self.bands)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Give the bands as spans, without their names."""
        return tuple(Span(band.low, band.high, band.level) for band in self.bands)


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that moves the level after the score is read.

    Attributes
    ----------
    set_to : int or None
        The level it gives outright; no later rule is looked at.
    worse_by : int
        Steps towards the worst level.
    """

    id: str
    label: Label
    when: Condition
    set_to: int | None = None
    worse_by: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that must reach a person, whether or not the form is finished.

    Attributes
    ----------
    within_days : int
        0 for the same day.
    """

    id: str
    label: Label
    when: Condition
    within_days: int
    action: Label


@dataclass(frozen=True, slots=True)
class Setting:
    """A figure on which the sources leave room, with the value in force and those allowed."""

    code: str
    label: Label
    value: int
    allowed: tuple[int, ...]
    certainty: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContextField:
    """Something about the person, beside the answers, that the scoring key looks at.

    Attributes
    ----------
    kind : {"icd10", "events", "flag", "number", "choice"}
    assumed : ContextValue or None
        Value that is taken when none is given; None leaves it unknown.
    required : bool
        The score cannot be read without it.
    choices : tuple of Choice
        Values of a choice, and the kinds of event and the diagnoses that a form offers.
    asked : bool
        False where an item of the form says it already, and only an import needs the entry.
    """

    key: str
    label: Label
    kind: Literal["icd10", "events", "flag", "number", "choice"]
    assumed: ContextValue | None = None
    required: bool = False
    choices: tuple[Choice, ...] = ()
    help: Label | None = None
    asked: bool = True

    def read(self, value: object) -> ContextValue:
        """Check a value and give it in its plain form.

        Raises
        ------
        InvalidEntry
            If the value is not of the field's kind.
        """
        found = getattr(self, f"_read_{self.kind}")(value)
        if found is None:
            message = _(
                "{field}: {value} is not accepted. Accepted: {expected}. "
                "Correct it or leave it out.",
                field=f"{self.label} ({self.key})",
                value=quoted(value),
                expected=self.expected(),
            )
            raise InvalidEntry(message, self.key, value, self.expected())
        return found  # type: ignore[no-any-return]

    def expected(self) -> str:
        """Say in words what the field accepts."""
        if self.kind == "choice":
            return " | ".join(str(one.value) for one in self.choices)
        return {
            "icd10": _('a list of ICD-10 codes, such as ["F00", "I63.9"]'),
            "events": _('how often each kind happened, such as {"fall": 2, "choking": 1}'),
            "flag": _("true or false"),
            "number": _("a whole number"),
        }[self.kind]

    def _read_icd10(self, value: object) -> tuple[str, ...] | None:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            return None
        codes = tuple(one.strip().upper() for one in value)
        return codes if all(ICD10.fullmatch(code) for code in codes) else None

    def _read_events(self, value: object) -> dict[str, int] | None:
        if not isinstance(value, dict):
            return None
        fits = all(
            isinstance(kind, str) and kind.strip() and type(count) is int and count >= 0
            for kind, count in value.items()
        )
        return dict(value) if fits else None

    def _read_flag(self, value: object) -> bool | None:
        return value if isinstance(value, bool) else None

    def _read_number(self, value: object) -> int | None:
        return value if type(value) is int else None

    def _read_choice(self, value: object) -> Answer | None:
        return next((one.value for one in self.choices if one.value == value), None)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One published questionnaire with its scoring key, in one version.

    Attributes
    ----------
    version : str
        Version of the scoring, raised whenever anything that counts is changed.
    fingerprints : mapping of str to str
        Digest of everything that counts for each banding; the same version must keep it.
    higher_is : {"better", "worse"}
        Which way the total goes.
    offered : bool
        False where the list of forms sets it apart; ``reserve`` says why.
    unverified : bool
        Its scoring was not found in a source: switched off unless the agency switches it on.
    assessors : int
        How many should assess together; ``assessors_required`` refuses fewer.
    reckoned : tuple of Reckoned
        Answers that a form works out of what was measured.
    order : int
        Place in the list of instruments; the lowest stands first.
    reach : mapping of str to frozenset of int
        Every value that each item and measure can take.
    text : {"own", "neutral"}
        Whether items carry our own short wording, or only neutral names because the wording of the
        original may not be shipped and the paper form must lie beside.
    """

    id: str
    label: Label
    version: str
    since: date
    source: str
    licence: str
    certainty: str
    higher_is: Literal["better", "worse"]
    domain: str
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    measures: tuple[NamedMeasure, ...]
    total: str
    bandings: tuple[Banding, ...]
    changes: tuple[Change, ...] = ()
    alerts: tuple[Alert, ...] = ()
    settings: tuple[Setting, ...] = ()
    context: tuple[ContextField, ...] = ()
    modes: tuple[str, ...] = ("self", "proxy", "observed")
    assessors: int = 1
    window: Label | None = None
    offered: bool = True
    reserve: Label | None = None
    text: Literal["own", "neutral"] = "own"
    order: int = 50
    unverified: bool = False
    assessors_required: bool = False
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)
    reckoned: tuple[Reckoned, ...] = ()

    def reckoned_for(self, key: str) -> Reckoned | None:
        """Give how the answer of an item may be reckoned, if it may."""
        return next((one for one in self.reckoned if one.item == key), None)

    @property
    def possible(self) -> frozenset[int]:
        """Give every total that can occur."""
        return self.reach[self.total]

    def item(self, key: str) -> Item | None:
        """Give the item of a key."""
        return next((one for one in self.items if one.key == key), None)

    def banding(self, code: str | None = None) -> Banding:
        """Give a banding, the first one without an id.

        Raises
        ------
        InvalidEntry
            If the instrument has no such banding.
        """
        if code is None:
            return self.bandings[0]
        for one in self.bandings:
            if one.id == code:
                return one
        known = " | ".join(one.id for one in self.bandings)
        message = _(
            "{instrument} has no banding {value}. Accepted: {expected}.",
            instrument=self.id,
            value=quoted(code),
            expected=known,
        )
        message = with_nearest(message, code, (one.id for one in self.bandings))
        raise InvalidEntry(message, "banding", code, known)

    @property
    def counts_points(self) -> bool:
        """Whether the total is a number of points; otherwise it is a grade out of rules."""
        measure = next(one.measure for one in self.measures if one.id == self.total)
        return isinstance(measure, Sum | Scaled)

    @property
    def may_miss(self) -> int:
        """Give how many items may stay unanswered and the total still stands, as its source says.

        Those of the sums that the total is made of count together. A grade out of rules may be
        settled by a few answers; it is none until all are given.
        """
        return self._may_miss(self.total)

    def _may_miss(self, code: str) -> int:
        measure = next((one.measure for one in self.measures if one.id == code), None)
        if isinstance(measure, Scaled):
            return self._may_miss(measure.of)
        if isinstance(measure, Sum):
            return measure.allow_missing + sum(self._may_miss(part) for part in measure.of)
        return 0

    @property
    def fingerprint(self) -> str:
        """Give the digest of the scoring with the first banding."""
        return self.fingerprints[self.bandings[0].id]

    def way_of(self, item: Item) -> Literal["better", "worse"]:
        """Tell which way the points of an item go."""
        return item.higher_is or self.higher_is

    def in_group(self, group: str | None) -> tuple[Item, ...]:
        """Give the items of a group, in the order of the form."""
        return tuple(item for item in self.items if item.group == group)


def quoted(value: object) -> str:
    """Show an odd value in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
