"""Reading the measures of an instrument: each form checked, and the values it can give.

Decides what each form of computing may say and that it names only what stands before it; leaves
what the forms compute to ``measures`` and the rest of a file to ``reading``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from casework.instruments.checks import TESTS, Checked, Entry
from casework.instruments.conditions import Is, Test, leaves
from casework.instruments.definition import Item, NamedMeasure
from casework.instruments.measures import (
    Banded,
    Branch,
    Count,
    Decide,
    Matrix,
    Measure,
    Rounding,
    Scaled,
    Span,
    Sum,
    Worst,
)
from casework.terms import Label, _

__all__ = ["MeasureReader"]


# What every form of measure may have.
_ALIKE = {"id", "label", "shown", "words", "note"}
_ROUNDINGS = get_args(Rounding)


class MeasureReader(Checked):
    """Reads measures, once items and groups are known."""

    def read_measures(self) -> None:
        """Read every measure, in the order of the file."""
        for one in self.entries("measures"):
            entry = f"measure {one.get('id')}"
            forms = self._forms()
            given = [name for name in forms if name in one]
            if len(given) != 1:
                raise self.broken(
                    entry, _("needs exactly one of {allowed}", allowed=", ".join(forms))
                )
            code = self.need(entry, one, "id", str)
            if code not in self.groups:
                self.fresh(entry, code, self.items)
            self.fresh(entry, code, self.measures)
            measure = forms[given[0]](entry, one)
            self.possible[code] = measure.values(self.possible)
            self.measures[code] = NamedMeasure(
                code,
                self.label(entry, one),
                measure,
                self.flag(entry, one, "shown"),
                self._words(entry, one, self.possible[code]),
            )
            if len(self.possible[code]) > 10_000:
                raise self.broken(entry, _("can take more than 10,000 values; check its parts"))
        self._check_deferred()

    def _forms(self) -> dict[str, Callable[[str, Entry], Measure]]:
        return {
            "sum": self._sum,
            "count": self._count,
            "scaled": self._scaled,
            "banded": self._banded,
            "worst": self._worst,
            "decide": self._decide,
            "matrix": self._matrix,
        }

    def _words(self, entry: str, one: Entry, possible: frozenset[int]) -> dict[int, Label]:
        """Read how each value is said, where a number alone tells nobody anything."""
        if "words" not in one:
            return {}
        said: dict[int, Label] = {}
        for word in self.listing(entry, one, "words"):
            self.only(f"{entry}, words", word, {"value", "label"})
            value = self.need(f"{entry}, words", word, "value", int)
            said[value] = self.label(f"{entry}, words", word)
        if set(said) != possible:
            wanted = ", ".join(map(str, sorted(possible)))
            raise self.broken(entry, _("words must say each of {wanted}", wanted=wanted))
        return said

    def _sum(self, entry: str, one: Entry) -> Sum:
        self.only(entry, one, _ALIKE | {"sum", "allow_missing", "prorate"})
        parts = self._parts(entry, one["sum"])
        allowed = self.whole(entry, one, "allow_missing", 0)
        prorate = self.one_of(entry, {"prorate": None, **one}, "prorate", (None, *_ROUNDINGS))
        if not 0 <= allowed < len(parts):
            raise self.broken(entry, _("allow_missing must leave at least one part answered"))
        if prorate and not allowed:
            raise self.broken(entry, _("prorate needs allow_missing: how many may be unanswered"))
        unheld = [key for key in parts if key in self.items and self.items[key].optional]
        if unheld and not allowed:
            raise self.broken(
                entry,
                _("{name} is optional: a sum of it is unknown while it is empty", name=unheld[0]),
            )
        return Sum(parts, allowed, prorate)

    def _count(self, entry: str, one: Entry) -> Count:
        self.only(entry, one, _ALIKE | {"count"} | TESTS)
        return Count(self._parts(entry, one["count"]), self.test(entry, one))

    def _scaled(self, entry: str, one: Entry) -> Scaled:
        self.only(entry, one, _ALIKE | {"scaled", "times", "over", "rounding"})
        times, over = self.whole(entry, one, "times", 1), self.whole(entry, one, "over", 1)
        if times < 1 or over < 1:
            raise self.broken(entry, _("times and over must be whole numbers from 1"))
        rounding = self.one_of(entry, {"rounding": "down", **one}, "rounding", _ROUNDINGS)
        return Scaled(self._part(entry, one["scaled"]), times, over, rounding)

    def _banded(self, entry: str, one: Entry) -> Banded:
        self.only(entry, one, _ALIKE | {"banded", "spans"})
        of = self._part(entry, one["banded"])
        rows = [self._numbers(entry, row) for row in self.listing(entry, one, "spans")]
        if any(len(row) != 3 for row in rows):
            raise self.broken(entry, _("spans are three whole numbers: lowest, highest, value"))
        spans = tuple(Span(*row) for row in rows)
        self.covers(entry, spans, self.possible[of])
        return Banded(of, spans)

    def _worst(self, entry: str, one: Entry) -> Worst:
        self.only(entry, one, _ALIKE | {"worst"})
        return Worst(self._parts(entry, one["worst"]))

    def _decide(self, entry: str, one: Entry) -> Decide:
        self.only(entry, one, _ALIKE | {"decide", "otherwise"})
        branches = []
        for n, branch in enumerate(self.listing(entry, one, "decide"), start=1):
            where = f"{entry}, branch {n}"
            self.only(where, branch, {"when", "value", "flag", "note"})
            condition = self.condition(where, branch.get("when"))
            value = self.need(where, branch, "value", int)
            branches.append(Branch(condition, value, str(branch.get("flag", ""))))
        otherwise = self.whole(entry, one, "otherwise", 0) if "otherwise" in one else None
        return Decide(tuple(branches), otherwise)

    def _matrix(self, entry: str, one: Entry) -> Matrix:
        self.only(entry, one, _ALIKE | {"matrix", "row", "column"})
        row, column = self._part(entry, one.get("row")), self._part(entry, one.get("column"))
        cells = tuple(self._numbers(entry, line) for line in self.listing(entry, one, "matrix"))
        wanted = (self.possible[row], self.possible[column])
        rows = frozenset(range(len(cells)))
        columns = frozenset(range(min((len(line) for line in cells), default=0)))
        if not (wanted[0] <= rows and wanted[1] <= columns):
            raise self.broken(
                entry, _("the matrix lacks a cell for a row or column that can occur")
            )
        return Matrix(row, column, cells)

    def _numbers(self, entry: str, row: object) -> tuple[int, ...]:
        if not isinstance(row, list) or any(type(one) is not int for one in row):
            raise self.broken(entry, _("must be lists of whole numbers"))
        return tuple(row)

    def _parts(self, entry: str, named: object) -> tuple[str, ...]:
        """Give the parts of a measure; a group stands for its items unless it is a measure."""
        if named == "all":
            return tuple(key for key, one in self.items.items() if one.stands_in_for is None)
        if isinstance(named, str):
            named = [named]
        if not isinstance(named, list) or not named:
            raise self.broken(entry, _('needs "all", or a list of items, groups or measures'))
        parts: list[str] = []
        for name in named:
            if isinstance(name, str) and name in self.groups and name not in self.measures:
                parts += [k for k, one in self.items.items() if _counts_in(one, name)]
            else:
                parts.append(self._part(entry, name))
        return tuple(parts)

    def _part(self, entry: str, name: object) -> str:
        if not isinstance(name, str) or name not in {**self.items, **self.measures}:
            raise self.broken(
                entry, _("{name} is no item, and no measure defined before", name=repr(name))
            )
        return name

    def _check_deferred(self) -> None:
        """Check what items are asked by, now that all measures are known.

        An item is asked by what was answered before it: looking further down the form, or at
        itself, the form would go round in a circle.
        """
        before: set[str] = set()
        for key, item in self.items.items():
            entry = f"item {key}, ask_when"
            for leaf in leaves(item.ask_when):
                if leaf.of == "measure":
                    self.known(entry, leaf.key, self.measures)
                    self.can_hold(entry, leaf)
                later = sorted(self._rests_on(leaf) - before)
                if later:
                    raise self.broken(
                        entry,
                        _("looks at {name}, which does not stand before it", name=later[0]),
                    )
            before.add(key)

    def _rests_on(self, leaf: Is) -> set[str]:
        """Name the items that a test reads, through measures and with what stands in for them."""
        if leaf.of == "context":
            return set()
        if leaf.of == "item":
            stand_ins = {k for k, one in self.items.items() if one.stands_in_for == leaf.key}
            return {leaf.key, *stand_ins}
        parts = self.measures[leaf.key].measure.parts
        return set().union(*(self._rests_on(self._read(name)) for name in parts))

    def _read(self, name: str) -> Is:
        return Is("item" if name in self.items else "measure", name, Test())

    def covers(self, entry: str, spans: Iterable[Span], possible: frozenset[int]) -> None:
        """Refuse spans that leave out a value that can occur, or claim one twice."""
        spans = list(spans)
        for value in sorted(possible):
            found = sum(one.low <= value <= one.high for one in spans)
            if found != 1:
                raise self.broken(
                    entry,
                    _(
                        "score {value} falls into {found} bands instead of one; "
                        "scores from {low} to {high} can occur",
                        value=value,
                        found=found,
                        low=min(possible),
                        high=max(possible),
                    ),
                )
        for one in spans:
            if not any(one.low <= value <= one.high for value in possible):
                raise self.broken(
                    entry,
                    _("no score reaches the band {low} to {high}", low=one.low, high=one.high),
                )


def _counts_in(item: Item, group: str) -> bool:
    return item.group == group and item.stands_in_for is None
