"""Two things in one column: 性别/民族 over 男/汉, 住址（社区） over 东三路2号（东湖社区）.

Decides from heading and cells together that a column holds two, and gives each a column of its own
behind the others. Leaves what the columns mean to `columns`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from casework.exchange.files import Cell, cell_text
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.layout import Heading, Table
from casework.identifiers import plain

__all__ = ["Division", "divide", "divided"]

_BETWEEN = re.compile(r"[/、，,;；&+|\n]|(?<=.)[与和及](?=.)")
_PARTS = re.compile(r"\s*[/|、;；\n]\s*|\s*[，,]\s*|\s+")
_REMARK = re.compile(r"^\s*([^(（\[【]+?)\s*[(（\[【]([^(（\[【)）\]】]+)[)）\]】]\s*$", re.DOTALL)
_PARTS_OF_LISTS = re.compile(r"\s*[/|\n]\s*")  # 高血压、冠心病 under 疾病/用药 are two of one kind
_SHARE, _SAMPLE, _LONGEST = 0.5, 300, 60
_WHOLE = frozenset(("phone", "mobile", "landline", "short_phone"))


@dataclass(frozen=True, slots=True)
class Division:
    """The columns that take the parts of a cell; the first is the column itself."""

    columns: tuple[int, ...]
    in_brackets: bool = False
    of_lists: bool = False

    def parts(self, cell: Cell) -> list[Cell]:
        """Give what each of the columns gets; a cell that is not of two parts stays whole."""
        if not isinstance(cell, str):
            return [cell]
        if self.in_brackets:
            found = _REMARK.match(cell)
            return [found.group(1), found.group(2)] if found else [cell]
        between = _PARTS_OF_LISTS if self.of_lists else _PARTS
        parts = [one for one in between.split(cell.strip()) if one]
        return [*parts] if len(parts) == len(self.columns) else [cell]


def divide(table: Table, rows: Sequence[Sequence[Cell]], width: int, lexicon: Lexicon) -> Table:
    """Give the table with a column for each thing that one of its columns holds.

    Parameters
    ----------
    rows : sequence of rows
        The rows below the headings.
    width : int
        Columns of the sheet; new ones come after them.
    """
    headings, found = list(table.headings), dict[int, Division]()
    for at, one in enumerate(table.headings):
        names, in_brackets = _names(one.leaf, lexicon)
        if len(names) < 2:
            continue
        columns = (one.index, *(width + 8 * one.index + k for k in range(1, len(names))))
        division = Division(columns, in_brackets, any(map(lexicon.is_list, names)))
        cells = [row[one.index] for row in rows[:_SAMPLE] if one.index < len(row)]
        filled = [cell for cell in cells if plain(cell)]
        split = sum(len(division.parts(cell)) == len(names) for cell in filled)
        if not filled or split < _SHARE * len(filled):
            continue
        found[one.index] = division
        headings[at] = Heading(one.index, names[0], one.groups)
        headings += [
            Heading(i, name, one.groups) for i, name in zip(columns[1:], names[1:], strict=True)
        ]
    return replace(table, headings=tuple(headings), divided=found) if found else table


def _names(heading: str, lexicon: Lexicon) -> tuple[list[str], bool]:
    """Give the headings that one names, and whether the second stands in brackets."""
    text = plain(heading)
    if not text or len(text) > _LONGEST or lexicon.is_word(heading_key(text)):
        return [], False
    remark = _REMARK.match(text)
    pairs = [(list(remark.groups()), True)] if remark else []
    pairs.append(([one for one in _BETWEEN.split(text) if one.strip()], False))
    for names, in_brackets in pairs:
        codes = [lexicon.code_of(one) for one in names]
        several = len(codes) > 1 and all(codes) and len(set(codes)) == len(codes)
        if several and not set(codes) <= _WHOLE:
            return names, in_brackets
    return [], False


def divided(cells: Sequence[Cell], divisions: Mapping[int, Division]) -> list[Cell]:
    """Give a row with the parts of its cells in columns of their own."""
    row = list(cells)
    for at, division in divisions.items():
        parts = division.parts(row[at]) if at < len(row) else [""]
        if max(division.columns) >= len(row):
            row += [""] * (max(division.columns) + 1 - len(row))
        for column, part in zip(division.columns, parts, strict=False):
            row[column] = cell_text(part) if column != at else part
    return row
