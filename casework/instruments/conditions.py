"""Conditions of a scoring key: small comparisons that know "not known".

Decides when a comparison in an instrument's file holds; leaves to the sheet where the answers,
points and context come from. Truth has three values: True, False and None for "not known yet".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = [
    "AllOf",
    "Answer",
    "AnyOf",
    "Condition",
    "ContextValue",
    "Is",
    "Not",
    "Readable",
    "Test",
    "leaves",
]

Answer = int | str
ContextValue = int | str | bool | tuple[str, ...] | dict[str, int]


class Readable(Protocol):
    """What a condition looks at: one filled-in sheet."""

    def answer(self, key: str) -> Answer | None:
        """Give the answer to an item, None while it is unanswered."""

    def number(self, key: str) -> int | None:
        """Give the points of an item or the value of a measure, None while it is not known."""

    def given(self, key: str) -> ContextValue | None:
        """Give a value of the context, None if it was not given."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; what it does not mention, it does not ask.

    Parameters
    ----------
    among : frozenset or None
        Values as they were answered (``is`` and ``in`` in the file).
    at_least, at_most : int or None
        Bounds on points, inclusive. A list of events counts as the sum over its kinds.
    codes : tuple of (str, str)
        Ranges of ICD-10 categories, both ends inclusive: ``("F00", "F03")`` takes F03.9 as well.
    kinds : frozenset of str
        Kinds of event that count; empty for all.
    """

    __test__ = False

    among: frozenset[Answer | bool] | None = None
    at_least: int | None = None
    at_most: int | None = None
    codes: tuple[tuple[str, str], ...] = ()
    kinds: frozenset[str] = frozenset()

    def holds(self, value: ContextValue | None, number: int | None) -> bool | None:
        """Tell whether a value, and the number it stands for, pass; None while not known."""
        if value is None and number is None:
            return None
        if self.codes and isinstance(value, tuple):
            return any(low <= code[:3] <= high for code in value for low, high in self.codes)
        if self.among is not None and (isinstance(value, tuple | dict) or value not in self.among):
            return False
        return self._within(self._amount(value, number))

    def _amount(self, value: ContextValue | None, number: int | None) -> int | None:
        if isinstance(value, dict):
            return sum(n for kind, n in value.items() if not self.kinds or kind in self.kinds)
        return number

    def _within(self, amount: int | None) -> bool | None:
        if self.at_least is None and self.at_most is None:
            return True
        if amount is None:
            return None
        return (self.at_least is None or amount >= self.at_least) and (
            self.at_most is None or amount <= self.at_most
        )


@dataclass(frozen=True, slots=True)
class Is:
    """A test on one item, measure or entry of the context."""

    of: Literal["item", "measure", "context"]
    key: str
    test: Test

    def holds(self, sheet: Readable) -> bool | None:
        """Tell whether it holds on a sheet."""
        if self.of == "item":
            return self.test.holds(sheet.answer(self.key), sheet.number(self.key))
        if self.of == "measure":
            found = sheet.number(self.key)
            return self.test.holds(found, found)
        given = sheet.given(self.key)
        amount = given if isinstance(given, int) and not isinstance(given, bool) else None
        return self.test.holds(given, amount)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part does; one that fails settles it, whatever is not known."""

    parts: tuple[Condition, ...]

    def holds(self, sheet: Readable) -> bool | None:
        """Tell whether it holds on a sheet."""
        found = [part.holds(sheet) for part in self.parts]
        return False if False in found else _settled(found, True)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one part does, whatever is not known about the others."""

    parts: tuple[Condition, ...]

    def holds(self, sheet: Readable) -> bool | None:
        """Tell whether it holds on a sheet."""
        found = [part.holds(sheet) for part in self.parts]
        return True if True in found else _settled(found, False)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part is known not to."""

    part: Condition

    def holds(self, sheet: Readable) -> bool | None:
        """Tell whether it holds on a sheet."""
        found = self.part.holds(sheet)
        return None if found is None else not found


Condition = Is | AllOf | AnyOf | Not


def _settled(found: Sequence[bool | None], value: bool) -> bool | None:
    return None if None in found else value


def leaves(condition: Condition | None) -> list[Is]:
    """Give the single tests that a condition is made of."""
    if condition is None:
        return []
    if isinstance(condition, Is):
        return [condition]
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return [leaf for part in parts for leaf in leaves(part)]
