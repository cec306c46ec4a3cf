"""Measures: how answers become numbers, as a handful of forms that a file fills with figures.

Decides what a sum, count, scaled score, band, worst-of, ordered list and matrix give, and which
values each can give at all; leaves to the file which items they take. A measure whose parts are
not all known is itself not known, except where the source allows items to be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from casework.instruments.conditions import Condition, Readable, Test, leaves

__all__ = [
    "Banded",
    "Branch",
    "Count",
    "Decide",
    "Matrix",
    "Measure",
    "Rounding",
    "Scaled",
    "Span",
    "Sum",
    "Worst",
]

Possible = Mapping[str, frozenset[int]]
Rounding = Literal["down", "nearest", "up"]
"""How a fraction becomes a whole number; ``nearest`` takes a half upwards."""


class Measure(Protocol):
    """One form of computing a number from a sheet."""

    def value(self, sheet: Readable) -> int | None:
        """Give the number on a sheet, None while it is not known."""

    def values(self, possible: Possible) -> frozenset[int]:
        """Give every number that can occur, given those of its parts."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Name the items and measures that it reads."""


def _rounded(number: int, over: int, rounding: Rounding) -> int:
    """Divide whole numbers without ever leaving them."""
    if rounding == "nearest":
        return (2 * number + over) // (2 * over)
    return -(-number // over) if rounding == "up" else number // over


@dataclass(frozen=True, slots=True)
class Sum:
    """Points added up; up to ``allow_missing`` unanswered parts count nothing, or their share.

    Parameters
    ----------
    prorate : {"down", "nearest", "up"} or None
        Lets what is unanswered count as much as the mean of what is answered, rounded like this;
        None counts nothing for it. Which of the two is for the source to say.
    """

    of: tuple[str, ...]
    allow_missing: int = 0
    prorate: Rounding | None = None

    def value(self, sheet: Readable) -> int | None:
        """Give the sum."""
        found = [sheet.number(key) for key in self.of]
        known = [number for number in found if number is not None]
        if len(found) - len(known) > self.allow_missing:
            return None
        return self._whole(sum(known), len(known))

    def is_prorated(self, sheet: Readable) -> bool:
        """Tell whether parts that are unanswered count their share."""
        if self.prorate is None or self.value(sheet) is None:
            return False
        return any(sheet.number(key) is None for key in self.of)

    def values(self, possible: Possible) -> frozenset[int]:
        """Give every sum that can occur, with up to ``allow_missing`` parts left out."""
        reached = {(0, 0)}
        for key in self.of:
            step = {(one + more, left) for one, left in reached for more in possible[key]}
            step |= {(one, left + 1) for one, left in reached if left < self.allow_missing}
            reached = step
        return frozenset(self._whole(one, len(self.of) - left) for one, left in reached)

    def _whole(self, points: int, n_known: int) -> int:
        if self.prorate is None or n_known == len(self.of):
            return points
        return _rounded(points * len(self.of), n_known, self.prorate)

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return self.of


@dataclass(frozen=True, slots=True)
class Count:
    """How many parts pass a test."""

    of: tuple[str, ...]
    test: Test

    def value(self, sheet: Readable) -> int | None:
        """Give the count."""
        passed = [self._passes(sheet, key) for key in self.of]
        return None if None in passed else sum(bool(one) for one in passed)

    def _passes(self, sheet: Readable, key: str) -> bool | None:
        """Test the answer of an item, and the number of a measure, which has no answer."""
        answer, number = sheet.answer(key), sheet.number(key)
        return self.test.holds(number if answer is None else answer, number)

    def values(self, possible: Possible) -> frozenset[int]:
        """Give every count from none to all."""
        return frozenset(range(len(self.of) + 1))

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return self.of


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number times a fraction, rounded: ``int(raw * 1.25)`` is 5 over 4, rounded down."""

    of: str
    times: int
    over: int
    rounding: Rounding = "down"

    def value(self, sheet: Readable) -> int | None:
        """Give the scaled number."""
        raw = sheet.number(self.of)
        return None if raw is None else _rounded(raw * self.times, self.over, self.rounding)

    def values(self, possible: Possible) -> frozenset[int]:
        """Give the scaled form of every number that can occur."""
        return frozenset(
            _rounded(raw * self.times, self.over, self.rounding) for raw in possible[self.of]
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Span:
    """A value for every number from ``low`` to ``high``, both inclusive."""

    low: int
    high: int
    value: int


@dataclass(frozen=True, slots=True)
class Banded:
    """The value of the span in which a number lies."""

    of: str
    spans: tuple[Span, ...]

    def value(self, sheet: Readable) -> int | None:
        """Give the value of the span, None outside all spans."""
        return self.read(sheet.number(self.of))

    def read(self, number: int | None) -> int | None:
        """Read one number against the spans."""
        if number is None:
            return None
        return next((one.value for one in self.spans if one.low <= number <= one.high), None)

    def values(self, possible: Possible) -> frozenset[int]:
        """Give the value of every span."""
        return frozenset(span.value for span in self.spans)

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Worst:
    """The highest of several numbers."""

    of: tuple[str, ...]

    def value(self, sheet: Readable) -> int | None:
        """Give the highest."""
        found = [sheet.number(key) for key in self.of]
        known = [number for number in found if number is not None]
        return max(known) if len(known) == len(found) else None

    def values(self, possible: Possible) -> frozenset[int]:
        """Give every number of any part: never too few, at times too many."""
        return frozenset().union(*(possible[key] for key in self.of))

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return self.of


@dataclass(frozen=True, slots=True)
class Branch:
    """A value for when a condition holds; ``flag`` is reported when it was this branch."""

    when: Condition
    value: int
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Decide:
    """The value of the first branch that holds; not known once a branch before it is not."""

    branches: tuple[Branch, ...]
    otherwise: int | None = None

    def value(self, sheet: Readable) -> int | None:
        """Give the value decided on."""
        branch = self.branch(sheet)
        return branch.value if isinstance(branch, Branch) else branch

    def branch(self, sheet: Readable) -> Branch | int | None:
        """Give the branch that holds, the value left over, or None while not known."""
        for branch in self.branches:
            found = branch.when.holds(sheet)
            if found is None:
                return None
            if found:
                return branch
        return self.otherwise

    def values(self, possible: Possible) -> frozenset[int]:
        """Give the value of every branch."""
        left = frozenset() if self.otherwise is None else frozenset({self.otherwise})
        return left | {branch.value for branch in self.branches}

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return tuple(
            leaf.key
            for branch in self.branches
            for leaf in leaves(branch.when)
            if leaf.of != "context"
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cell where the row of one number meets the column of another, both counted from 0."""

    row: str
    column: str
    cells: tuple[tuple[int, ...], ...]

    def value(self, sheet: Readable) -> int | None:
        """Give the cell."""
        row, column = sheet.number(self.row), sheet.number(self.column)
        return None if row is None or column is None else self.cells[row][column]

    def values(self, possible: Possible) -> frozenset[int]:
        """Give every cell."""
        return frozenset(cell for row in self.cells for cell in row)

    @property
    def parts(self) -> tuple[str, ...]:
        """Name what it reads."""
        return (self.row, self.column)
