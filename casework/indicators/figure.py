"""What a figure is: a sentence with one number in it, and the rows that the number counts.

Decides how a figure says its number, its denominator, its day and what is unknown, in both
languages and as JSON; leaves counting to the modules of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement

from casework.indicators.scope import Scope
from casework.terms import LANGUAGES, Label, _, speaking

__all__ = [
    "Counted",
    "Figure",
    "Test",
    "both",
    "count_text",
    "counted",
    "half_up",
    "share_of",
]


@dataclass(frozen=True, slots=True)
class Test:
    """One demand on a column of a family of rows.

    Parameters
    ----------
    column : str
    op : {"is", "at_least", "at_most", "below"}
        ``is`` with the value None asks for rows where the column is unknown.
    value : object
        A plain value of the column's type.
    """

    column: str
    op: Literal["is", "at_least", "at_most", "below"]
    value: Any

    __test__ = False  # not a test case, whatever pytest thinks of its name

    def holds(self, row: Any) -> bool:
        """Tell whether a row has it, by attribute; an unknown value passes only ``is`` None."""
        found = getattr(row, self.column)
        if self.op == "is":
            return bool(found == self.value) and (found is None) == (self.value is None)
        if found is None:
            return False
        compare: dict[str, Callable[[], bool]] = {
            "at_least": lambda: found >= self.value,
            "at_most": lambda: found <= self.value,
            "below": lambda: found < self.value,
        }
        return bool(compare[self.op]())

    def sql(self, columns: Any) -> ColumnElement[bool]:
        """Say the same over the columns of a query."""
        column = columns[self.column]
        if self.op == "is":
            return column.is_(None) if self.value is None else column == self.value  # type: ignore[no-any-return]
        if self.op == "at_least":
            return column >= self.value  # type: ignore[no-any-return]
        return column <= self.value if self.op == "at_most" else column < self.value  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Counted:
    """Which rows a figure counts: those of a family that pass every test.

    Parameters
    ----------
    family : str
        A key of `casework.indicators.rows.FAMILIES`.
    """

    family: str
    tests: tuple[Test, ...] = ()

    def having(
        self, column: str, op: Literal["is", "at_least", "at_most", "below"], value: Any
    ) -> Counted:
        """Give the rows among these that pass one more test."""
        return Counted(self.family, (*self.tests, Test(column, op, value)))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a board.

    Attributes
    ----------
    code : str
        ``topic.what``; the same figure has the same code on every board.
    says : Label
        The sentence, with ``{n}`` where the number stands.
    number : float or None
        A whole number but for means; None where nothing is known that it could rest on.
    shown : str
        The number as it is written in the sentence.
    rows : Counted
        The rows it rests on. A count is their number.
    n_rows : int
        How many they are.
    of : int or None
        The denominator.
    unknown : int or None
        How many cannot be told for want of knowledge; None where nothing can be unknown.
    exact : float or None
        A mean to one decimal.
    about : Label or None
        The category, group, channel, unit, worker or section that it is about.
    brief : Label or None
        The sentence without the words for whom it is about, where these stand before it.
    """

    code: str
    says: Label
    number: float | None
    shown: str
    rows: Counted
    n_rows: int
    as_of: date
    definition: Label
    source: str
    of: int | None = None
    unknown: int | None = None
    exact: float | None = None
    unit: str | None = None
    about: Label | None = None
    brief: Label | None = None

    @property
    def topic(self) -> str:
        """What it is about: the first word of its code."""
        return self.code.partition(".")[0]

    @property
    def sentence(self) -> str:
        """The sentence with its number, in the language in force."""
        return str(self.says).replace("{n}", self.shown)

    @property
    def briefly(self) -> Label:
        """The sentence as it is said where one sees already whom it is about."""
        return self.brief or self.says

    @property
    def share(self) -> float | None:
        """The number as a share of the denominator, 0 to 1."""
        if self.number is None or not self.of:
            return None
        return self.number / self.of

    def as_json(self) -> dict[str, Any]:
        """Give the figure as plain values, in both languages."""
        said = {code: _in(code, self.says).replace("{n}", self.shown) for code in LANGUAGES}
        return {
            "sentence": said,
            "about": {code: _in(code, self.about) for code in LANGUAGES} if self.about else None,
            "number": self.number,
            "exact": self.exact,
            "of": self.of,
            "share": None if self.share is None else round(self.share, 4),
            "unknown": self.unknown,
            "rows": self.n_rows,
            "counts": self.rows.family,
            "as_of": self.as_of.isoformat(),
            "unit": self.unit,
            "definition": {code: _in(code, self.definition) for code in LANGUAGES},
            "source": self.source,
        }


def counted(scope: Scope, code: str, number: float | None, rows: Counted, **more: Any) -> Figure:
    """Make a figure of a board; unless said otherwise, its number is that of its rows.

    A brief sentence becomes a full one with whom it is about before it.
    """
    more.setdefault("n_rows", number)
    about, brief = more.get("about"), more.get("brief")
    if brief is not None:
        more["says"] = both(_about, about, brief) if about else brief
    return Figure(
        code=code,
        number=number,
        shown=count_text(number),
        rows=rows,
        as_of=scope.as_of,
        unit=scope.unit,
        **more,
    )


def _about(about: Label, brief: Label) -> str:
    return _("{subject}: {words}", subject=about, words=brief)


def _in(code: str, label: Label) -> str:
    return label.zh if code == "zh" else label.en


def both(say: Callable[..., str], *about: Any) -> Label:
    """Say something in both languages.

    Parameters
    ----------
    say : callable
        Makes the text in the language in force.
    *about
        What it is called with.

    Examples
    --------
    >>> from casework.terms import _
    >>> both(lambda: _("{n} people in care", n="{n}")).en
    '{n} people in care'
    """
    said = {}
    for code in LANGUAGES:
        with speaking(code):
            said[code] = say(*about)
    return Label(**said)


def count_text(number: float | None) -> str:
    """Write a count with thousands commas, and what cannot be told as a dash."""
    return "—" if number is None else f"{number:,}"


def half_up(total: int, parts: int, digits: int = 0) -> int | float:
    """Divide and round half up, as official statistics do.

    Examples
    --------
    >>> half_up(173, 2), half_up(173, 2, 1)
    (87, 86.5)
    """
    scale = 10**digits
    rounded = (2 * total * scale + parts) // (2 * parts)
    return float(rounded / scale) if digits else int(rounded)


def share_of(number: int, of: int) -> str:
    """Write a share in whole per cent; never 0% of something nor 100% of not all.

    Examples
    --------
    >>> share_of(439, 439), share_of(438, 439), share_of(1, 439), share_of(0, 439)
    ('100%', '>99%', '<1%', '0%')
    """
    if not of:
        return "—"
    rounded = int(half_up(100 * number, of))
    if rounded == 100 and number < of:
        return ">99%"
    return "<1%" if rounded == 0 and number else f"{rounded}%"
