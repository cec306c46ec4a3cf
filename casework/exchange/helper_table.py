"""Reads a register of helpers as offices keep it: one sheet or several, headings somewhere on top.

Decides which row is a heading and what each cell means; gives every row back, with what is wrong in
it. Guesses nothing: what cannot be read is said and left out. Leaves who is known already to
`casework.workbook.helper_import`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from casework.errors import UnreadableFile
from casework.exchange.files import Cell, Sheet, cell_text, read_calculated
from casework.identifiers import read_date, read_phones, read_sex
from casework.identifiers.words import is_blank, plain
from casework.reference.pairing import PairingRules
from casework.terms import _

__all__ = ["DATES", "SEVERAL", "HelperCells", "read_helper_table"]

SEVERAL = ("dialect", "skill", "interest", "area", "team")
"""Columns of which a cell may hold several values."""

DATES = ("vetted_on", "vetted_until", "trained_on", "trained_until")
_HEAD_ROWS = 12
_LEAST_HEADS = 2
_LONGEST = 200
_MOST_PEOPLE = 999
_BETWEEN = re.compile(r"[、，,;；/\n\t|]+")
_BRACKETS = re.compile(r"[（(].*?[）)]")
_MARKS = re.compile(r"[\s:：*＊_\-.。]+")
_SOURCES = {
    "community": ("社区", "社会", "community"),
    "unit": ("单位", "机关", "企业", "学校", "unit"),
    "agency": ("本单位", "局机关", "老干部局", "agency"),
}


@dataclass(frozen=True, slots=True)
class HelperCells:
    """One row of a register.

    Attributes
    ----------
    row : int
        As the spreadsheet counts it.
    values : mapping of str to value
        What was read, by column; a tuple for those of `SEVERAL`, days for dates.
    problems : tuple of (str, str)
        Column and a sentence: what is wrong, what is accepted.
    is_entry : bool
        Whether it is a helper: not a title, a heading or a blank row.
    """

    sheet: str
    row: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()
    is_entry: bool = True


def read_helper_table(path: Path, rules: PairingRules, *, latest: date) -> list[HelperCells]:
    """Read every row of a register.

    Parameters
    ----------
    latest : date
        Vetting and training cannot be later than this day.

    Raises
    ------
    UnreadableFile
        If the file is not safe or not readable, or no sheet has a heading with names.
    """
    known = {
        _folded(word): column for column, words in rules.headings.items() for word in words
    }  # fmt: skip
    rows: list[HelperCells] = []
    found = False
    for sheet in read_calculated(path).sheets:
        head = _heading(sheet, known)
        found = found or head is not None
        rows.extend(_rows(sheet, head, known, rules, latest))
    if not found:
        raise UnreadableFile(
            _(
                "No row with headings was found. One row must name the columns: {name}, and at "
                "least one more, such as {others}.",
                name="姓名",
                others="类别、联系电话、单位、社区",
            )
        )
    return rows


def _folded(text: str) -> str:
    return _MARKS.sub("", _BRACKETS.sub("", plain(text))).casefold()


def _heading(sheet: Sheet, known: Mapping[str, str]) -> int | None:
    for at, row in enumerate(sheet.rows[:_HEAD_ROWS]):
        columns = {known[one] for cell in row if (one := _folded(cell_text(cell))) in known}
        if "name" in columns and len(columns) >= _LEAST_HEADS:
            return at
    return None


def _rows(
    sheet: Sheet, head: int | None, known: Mapping[str, str], rules: PairingRules, latest: date
) -> Iterator[HelperCells]:
    columns: dict[int, str] = {}
    if head is not None:
        for at, cell in enumerate(sheet.rows[head]):
            column = known.get(_folded(cell_text(cell)))
            if column is not None and column not in columns.values():
                columns[at] = column
    reader = _Reader(rules, latest)
    for at, row in enumerate(sheet.rows):
        is_below = head is not None and at > head
        cells = {column: row[n] if n < len(row) else "" for n, column in columns.items()}
        again = is_below and _folded(cell_text(cells.get("name", ""))) in known
        if not is_below or again or all(is_blank(one) for one in cells.values()):
            yield HelperCells(sheet.name, at + 1, is_entry=False)
            continue
        if is_blank(cells["name"]) and sum(not is_blank(one) for one in cells.values()) == 1:
            yield HelperCells(sheet.name, at + 1, is_entry=False)  # a footer, a sum
            continue
        yield reader.read(sheet.name, at + 1, cells)


class _Reader:
    def __init__(self, rules: PairingRules, latest: date) -> None:
        self.latest = latest
        self.kinds = {
            _folded(word): kind.code
            for kind in rules.kinds.values()
            for word in (kind.code, kind.label.zh, kind.label.en, *kind.synonyms)
        }
        self.labels = "、".join(kind.label.zh for kind in rules.kinds.values())

    def read(self, sheet: str, row: int, cells: Mapping[str, Cell]) -> HelperCells:
        """Read the cells of one row."""
        values: dict[str, Any] = {}
        problems: list[tuple[str, str]] = []
        for column, cell in cells.items():
            if is_blank(cell):
                continue
            value, problem = self._value(column, cell)
            if problem is not None:
                problems.append((column, problem))
            elif value not in (None, ()):
                values[column] = value
        if "name" not in values and not any(column == "name" for column, _said in problems):
            problems.append(("name", _("The name is missing.")))
        if "source" not in values and (source := self._source_of(cells.get("kind", ""))):
            values["source"] = source
        return HelperCells(sheet, row, values, tuple(problems))

    def _value(self, column: str, cell: Cell) -> tuple[Any, str | None]:
        text = plain(cell_text(cell))
        if column in SEVERAL:
            parts = [one.strip() for one in _BETWEEN.split(visible_lines(cell)) if one.strip()]
            if any(len(one) > _LONGEST for one in parts):
                return None, _("More than {n} characters. Shorten it.", n=_LONGEST)
            return tuple(dict.fromkeys(parts)), None
        if column in DATES:
            return self._day(column, cell, text)
        if column == "kind":
            code = self.kinds.get(_folded(text))
            said = _("“{value}” is no kind of helper. Accepted: {known}.", value=text[:_LONGEST],
                     known=self.labels)  # fmt: skip
            return code, None if code else said
        if column == "source":
            source = self._source_of(cell)
            said = _("“{value}” does not say who sends them. Accepted: {known}.",
                     value=text[:_LONGEST], known="社区、单位、本单位")  # fmt: skip
            return source, None if source else said
        if column == "sex":
            code = read_sex(cell)
            said = _("“{value}” is no sex. Accepted: {known}.", value=text[:_LONGEST],
                     known="男、女")  # fmt: skip
            return code, None if code else said
        if column == "phone":
            return self._phone(cell, text)
        if column in ("max_people", "training_hours"):
            return self._number(column, text)
        if len(text) > _LONGEST:
            return None, _("More than {n} characters. Shorten it.", n=_LONGEST)
        return text, None

    def _source_of(self, cell: Cell) -> str | None:
        text = plain(cell_text(cell)).casefold()
        for source in ("agency", "community", "unit"):
            if any(word in text for word in _SOURCES[source]):
                return source
        return None

    def _phone(self, cell: Cell, text: str) -> tuple[str | None, str | None]:
        found = read_phones(cell, number_cell=isinstance(cell, int | float))
        numbers = (*found.mobiles, *found.landlines)
        if found.bad or not numbers:
            return None, _(
                "“{value}” is no telephone number. Accepted: a mobile of 11 digits, or area code "
                "and number.",
                value=text[:40],
            )
        return "、".join(numbers), None

    def _day(self, column: str, cell: Cell, text: str) -> tuple[date | None, str | None]:
        until = column.endswith("_until")
        found = read_date(cell, latest=None if until else self.latest)
        if found.problem or not found.is_known or found.earliest is None:
            return None, _("“{value}” is no day that can be. Accepted: as in 2025-03-03.",
                           value=text[:40])  # fmt: skip
        # A month alone: the first day since when, the last day until when it certainly holds.
        return (found.earliest if until else found.latest or found.earliest), None

    def _number(self, column: str, text: str) -> tuple[int | None, str | None]:
        number = re.fullmatch(r"(\d{1,4}(?:\.\d)?)\s*(?:人|学时|课时|小时|h)?", text)
        amount = float(number.group(1)) if number else -1.0
        if column == "training_hours" and number and 0 < amount <= _MOST_PEOPLE:
            return round(amount * 60), None
        if column == "max_people" and number and amount.is_integer() and amount <= _MOST_PEOPLE:
            return int(amount), None
        return None, _("“{value}” is no number that can be here.", value=text[:40])


def visible_lines(cell: Cell) -> str:
    """Give a cell with its line breaks, which part its values, and full-width marks as typed."""
    return "\n".join(plain(line) for line in cell_text(cell).replace("\r", "\n").split("\n"))


def columns_in_order(rules: PairingRules) -> Sequence[str]:
    """Name the columns of a register in the order in which it is written out."""
    return tuple(rules.headings)
