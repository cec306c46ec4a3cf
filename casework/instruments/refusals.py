"""Refusals of a score: what is wrong with the answer, what is accepted, what to do.

Decides the words; leaves to ``scoring`` when they are said. They name items, never a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from casework.errors import IncompleteAssessment, InvalidEntry
from casework.instruments.definition import Instrument, Item, quoted
from casework.instruments.names import with_nearest
from casework.terms import _

__all__ = [
    "both_given",
    "impossible",
    "impossible_total",
    "incomplete",
    "no_version",
    "not_asked",
    "unknown_context",
    "unknown_key",
]


def incomplete(instrument: Instrument, missing: Sequence[str]) -> IncompleteAssessment:
    """Refuse a level while something is missing, naming it."""
    names = _("; ").join(_label_of(instrument, key) for key in missing)
    message = _(
        "{instrument} cannot be scored yet: {n} not answered ({names}). "
        "Answer them, or keep the form as a draft.",
        instrument=instrument.label,
        n=len(missing),
        names=names,
    )
    return IncompleteAssessment(message, missing)


def impossible_total(instrument: Instrument, total: object) -> InvalidEntry:
    """Refuse a total that no answers add up to."""
    expected = total_in_words(instrument)
    message = _(
        "{instrument}: the total {value} cannot occur. Accepted: {expected}. "
        "Check the form, or enter its answers one by one.",
        instrument=instrument.label,
        value=quoted(total),
        expected=expected,
    )
    return InvalidEntry(message, "total", total, expected)


def unknown_context(instrument: Instrument, key: object, value: object) -> InvalidEntry:
    """Refuse an entry of the context that the scoring key does not look at."""
    expected = " | ".join(one.key for one in instrument.context)
    expected = expected or _("nothing: leave the context empty")
    message = _(
        "{instrument} has no context {value}. Accepted: {expected}.",
        instrument=instrument.id,
        value=quoted(key),
        expected=expected,
    )
    message = with_nearest(message, key, (one.key for one in instrument.context))
    return InvalidEntry(message, str(key), value, expected)


def not_asked(item: Item, value: object) -> InvalidEntry:
    """Refuse the answer to an item that the answers before it leave out."""
    message = _(
        "{item} is not asked after these answers. Take its answer out, or correct the "
        "answers before it.",
        item=f"{item.label} ({item.key})",
    )
    return InvalidEntry(message, item.key, value, _("no answer"))


def _label_of(instrument: Instrument, key: str) -> str:
    """Name an item or entry of the context as the form does."""
    item = instrument.item(key)
    labels = {one.key: one.label for one in instrument.context}
    return str(item.label if item else labels[key])


def total_in_words(instrument: Instrument) -> str:
    """Say which totals can occur: a range, with its step or its gaps if it has any."""
    low, high = min(instrument.possible), max(instrument.possible)
    gaps = [one for one in range(low, high + 1) if one not in instrument.possible]
    step = min((b - a for a, b in pairwise(sorted(instrument.possible))), default=1)
    if not gaps:
        return _("a whole number from {low} to {high}", low=low, high=high)
    if instrument.possible == frozenset(range(low, high + 1, step)):
        return _("a multiple of {step} from {low} to {high}", step=step, low=low, high=high)
    shown = ", ".join(map(str, gaps[:8])) + ("…" if len(gaps) > 8 else "")
    return _("a whole number from {low} to {high}, except {gaps}", low=low, high=high, gaps=shown)


def unknown_key(instrument: Instrument, key: object) -> InvalidEntry:
    """Refuse a key that the instrument does not have."""
    expected = " ".join(item.key for item in instrument.items)
    message = _(
        "{instrument} has no item {value}. Accepted: {expected}.",
        instrument=instrument.id,
        value=quoted(key),
        expected=expected,
    )
    message = with_nearest(message, key, (item.key for item in instrument.items))
    return InvalidEntry(message, str(key), None, expected)


def impossible(item: Item, value: object) -> InvalidEntry:
    """Refuse a value that is none of the item's answers."""
    message = _(
        "{item}: {value} is not one of its answers. Accepted: {expected}. "
        "Choose one of them, or leave the item out if it is not known.",
        item=f"{item.label} ({item.key})",
        value=quoted(value),
        expected=item.accepted(),
    )
    return InvalidEntry(message, item.key, value, item.accepted())


def both_given(item: Item) -> InvalidEntry:
    """Refuse two answers of which one stands in for the other."""
    message = _(
        "{item} is only for when {other} is not known. Keep one of the two.",
        item=f"{item.label} ({item.key})",
        other=item.stands_in_for or "",
    )
    return InvalidEntry(message, item.key, None, _("no answer"))


def no_version(instrument: Instrument, version: str) -> InvalidEntry:
    """Refuse a scoring version that is not in force."""
    message = _(
        "{instrument} has no scoring version {value}. In force is {expected}.",
        instrument=instrument.id,
        value=quoted(version),
        expected=instrument.version,
    )
    return InvalidEntry(message, "version", version, instrument.version)
