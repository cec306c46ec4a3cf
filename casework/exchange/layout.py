"""Where the tables of a sheet are: title rows, headings of one to four rows, repeated headings.

Decides which rows are headings and what each column is called, group by group; leaves what the
columns mean to `columns`, and the rows below the headings to `roster`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from casework.exchange.files import Cell, Merge, Sheet
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.legends import without_legend
from casework.identifiers import plain, read_name, read_resident_id

__all__ = ["Heading", "Table", "find_tables"]

_REMARK = re.compile(r"[(（\[【][^(（\[【)）\]】]*[)）\]】]")
_DIGITS = re.compile(r"\d{6}")
_LABELLED = re.compile(r"[:：].|\d{4}年|\d+月\d+日")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,4}")
_DEEPEST, _LOOKED_AT = 30, 30
_MOST_BELOW, _MOST_ABOVE = 3, 2
_SAME_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table: its lowest heading and the groups above, the nearest last."""

    index: int
    leaf: str
    groups: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The heading with its groups, as it is shown and saved."""
        return "/".join((*self.groups, self.leaf))


@dataclass(slots=True)
class Table:
    """One stretch of rows under one heading; row numbers are the spreadsheet's.

    Attributes
    ----------
    titles : list of str
        What stands above the heading, the nearest last.
    first, last : int
        First and last row below the heading, inclusive; ``last < first`` where there is none.
    part : int
        Which of several tables that stand side by side under one row of headings.
    window : set of int or None
        The columns of this part; None for all.
    title_rows : list of dict
        The same as titles, row by row, with the columns in which the texts stand.
    joined : mapping of int to int
        Columns of surnames, with the column of the given names.
    divided : mapping of int to casework.exchange.divided.Division
        Columns that hold several things, and the further columns that take them.
    composed : mapping of int to tuple of int
        Columns that hold one date between them: the column of the year, and those of all parts.
    """

    heading_rows: range
    headings: tuple[Heading, ...]
    titles: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    part: int = 0
    window: frozenset[int] | None = None
    title_rows: list[dict[int, str]] = field(default_factory=list)
    composed: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    joined: Mapping[int, int] = field(default_factory=dict)
    divided: Mapping[int, Any] = field(default_factory=dict)

    @property
    def layout_key(self) -> tuple[str, ...]:
        """The headings in order, by which a repeated heading is known."""
        return tuple(heading_key(one.path) for one in self.headings)


def find_tables(sheet: Sheet, words: Lexicon) -> list[Table]:
    """Find every table of a sheet that has headings; none for a sheet of instructions."""
    reader = _Reader(sheet, words)
    tables: list[Table] = []
    row, floor = 1, 0
    while row <= len(sheet.rows):
        if not reader.is_heading(row):
            row += 1
            continue
        top, bottom = reader.block(row, floor)
        table = Table(range(top, bottom + 1), tuple(reader.headings(top, bottom)))
        if tables and not _is_new_heading(table, tables[-1], words):
            row = bottom + 1  # words of a later row that only look like a heading
            continue
        table.title_rows = reader.title_rows(floor + 1, top - 1)
        table.titles = [" ".join(one.values()) for one in table.title_rows]
        table.first, table.last = bottom + 1, len(sheet.rows)
        if tables:
            tables[-1].last = top - 1
        tables.append(table)
        row, floor = bottom + 1, bottom
    return tables or reader.by_what_stands_below()


def _is_number(text: str) -> bool:
    return read_resident_id(text).normal is not None


def _is_name(text: str) -> bool:
    return bool(_HAN_NAME.fullmatch(read_name(text).name))


def _is_new_heading(table: Table, before: Table, words: Lexicon) -> bool:
    """Tell whether a later row of headings is one: it names a name, or repeats the one before."""
    if any(words.names_column(one.leaf, "name") for one in table.headings):
        return True
    keys = {heading_key(one.leaf) for one in table.headings if one.leaf}
    known = {heading_key(one.leaf) for one in before.headings if one.leaf}
    return len(keys & known) >= _SAME_SHARE * len(known)


class _Reader:
    """Looks at the rows of one sheet; rows and columns are the spreadsheet's, from 1 and from 0."""

    def __init__(self, sheet: Sheet, words: Lexicon) -> None:
        self.sheet = sheet
        self.words = words
        self._merge_at: dict[tuple[int, int], Merge] = {}
        for one in sheet.merged:
            if (one.bottom - one.top) * (one.right - one.left) < 5_000 and one.bottom - one.top < 8:
                for row in range(one.top, one.bottom + 1):
                    for column in range(one.left, one.right + 1):
                        self._merge_at[row, column] = one

    def cells(self, row: int) -> Sequence[Cell]:
        return self.sheet.rows[row - 1] if 1 <= row <= len(self.sheet.rows) else ()

    def texts(self, row: int) -> dict[int, str]:
        """Give the filled cells of a row, by column."""
        found = ((i, plain(cell)) for i, cell in enumerate(self.cells(row)) if cell != "")
        return {i: text for i, text in found if text}

    def has_data(self, row: int) -> bool:
        """Tell whether a row holds a number, a date or a long run of digits: no heading does."""
        for cell in self.cells(row):
            if isinstance(cell, str):
                # 手机号（11位，如13800000000） is a heading all the same.
                if cell and _DIGITS.search(_REMARK.sub("", cell)):
                    return True
            elif isinstance(cell, (date, time, timedelta, float)) or (
                isinstance(cell, int) and not 1900 < cell < 2100
            ):
                return True
        return False

    def is_heading(self, row: int) -> bool:
        """Tell whether a row is one of headings: enough words for columns, and no data."""
        if self.has_data(row):
            return False
        texts = self.texts(row)
        if len(texts) < 2:
            return False
        weights = [self.words.weight(text) for text in texts.values()]
        sure, some = weights.count(2), sum(weight > 0 for weight in weights)
        names = any(self.words.names_column(text, "name") for text in texts.values())
        if len(texts) <= 4:
            return names and sure >= 2
        return (sure >= 3 or (names and sure >= 2)) and some >= 0.4 * len(texts)

    def by_what_stands_below(self) -> list[Table]:
        """Take a row of words nobody knows for headings where names and ID numbers stand below."""
        for row in range(1, min(len(self.sheet.rows), _DEEPEST)):
            texts = self.texts(row)
            if len(texts) < 4 or self.has_data(row) or max(map(len, texts.values())) > 16:
                continue
            below = [self.texts(one) for one in range(row + 1, row + 1 + _LOOKED_AT)]
            filled = [one for one in below if len(one) >= 0.5 * len(texts)]
            of_number = sum(any(map(_is_number, one.values())) for one in filled)
            of_name = max(
                (sum(_is_name(one.get(i, "")) for one in filled) for i in texts), default=0
            )
            if len(filled) >= 3 and min(of_number, of_name) >= 0.7 * len(filled):
                table = Table(range(row, row + 1), tuple(self.headings(row, row)))
                table.title_rows = self.title_rows(1, row - 1)
                table.titles = [" ".join(one.values()) for one in table.title_rows]
                table.first, table.last = row + 1, len(self.sheet.rows)
                return [table]
        return []

    def block(self, row: int, floor: int) -> tuple[int, int]:
        """Give the first and last row of the heading around a row that is one."""
        top = bottom = row
        while bottom - row < _MOST_BELOW and self._continues(top, bottom, bottom + 1):
            bottom += 1
        while top - 1 > floor and row - top < _MOST_ABOVE and self._stands_over(top - 1, bottom):
            top -= 1
        return top, bottom

    def _continues(self, top: int, bottom: int, below: int) -> bool:
        """Tell whether the next row still belongs to the heading."""
        texts = self.texts(below)
        if not texts or self.has_data(below):
            return False
        if any(
            (merge := self._merge_at.get((bottom - 1, column)))
            and merge.bottom >= below - 1
            and merge.top >= top - 2
            for column in self.texts(bottom)
        ):
            return True
        above = [self.texts(one) for one in range(top, bottom + 1)]
        named = {i for row in above for i, t in row.items() if self.words.names_column(t, "name")}
        if named and any(i in texts for i in named):
            return False
        if len(texts) < 2:
            return False  # 流花社区 alone is a section
        known = sum(self.words.weight(text) > 0 for text in texts.values())
        return known >= 0.5 * len(texts) and (not named or len(texts) < self.sheet.width)

    def _stands_over(self, above: int, bottom: int) -> bool:
        """Tell whether the row above is one of groups, and not a title."""
        texts = self.texts(above)
        if not texts or self.has_data(above):
            return False
        if any(_LABELLED.search(text) or len(text) > 16 for text in texts.values()):
            return False
        if any(heading_key(text) in self.words.footer_words for text in texts.values()):
            return False
        if any(word in text for word in self.words.title_words for text in texts.values()):
            return False
        if len(texts) >= 2:
            return True
        ((column, text),) = texts.items()
        merge = self._merge_at.get((above - 1, column))
        width = (merge.right - merge.left + 1) if merge else 1
        if merge and width >= 0.7 * max(len(self.texts(bottom)), 1):
            return False
        return self.words.is_group(text)

    def headings(self, top: int, bottom: int) -> list[Heading]:
        """Give each column its path of headings."""
        rows = [self.texts(row) for row in range(top, bottom + 1)]
        width = max((max(row) for row in rows if row), default=-1) + 1
        found = []
        for column in range(width):
            path: list[str] = []
            for depth, own in enumerate(rows):
                text = self._label(own, top + depth, column, rows[depth + 1 :])
                if text and (not path or path[-1] != text):
                    path.append(text)
            if len(path) > 1 and not without_legend(f"({path[-1]})"):
                path[-2:] = [f"{path[-2]}({path[-1]})"]  # 类别 over 1离休 2退休
            found.append(Heading(column, path[-1] if path else "", tuple(path[:-1])))
        return found

    def _label(
        self, own: dict[int, str], row: int, column: int, lower: Sequence[dict[int, str]]
    ) -> str:
        """Give the text over a column in one row: its own, or the group's that spans it."""
        merge = self._merge_at.get((row - 1, column))
        if merge is not None:
            source = self.cells(merge.top + 1)
            return plain(source[merge.left]) if merge.left < len(source) else ""
        if column in own or not any(column in texts for texts in lower):
            return own.get(column, "")
        before = max((i for i in own if i < column), default=None)
        if before is None or (row - 1, before) in self._merge_at:
            return ""
        # The group ends where a column in between stands on its own.
        reaches = all(any(i in texts for texts in lower) for i in range(before + 1, column))
        return own[before] if reaches else ""

    def title_rows(self, first: int, last: int) -> list[dict[int, str]]:
        """Give the texts of rows that hold up to three cells only, nearest last."""
        rows = (self.texts(row) for row in range(max(first, last - 12), last + 1))
        return [one for one in rows if 0 < len(one) <= 3]
