"""Reads a table of times on the way: from place to place, in minutes, as an office keeps it.

Two forms are read: a square with the places along the top and down the side, or a list with from,
to and minutes. A sheet that is named as a means of travel holds for that one, any other for all.
Guesses nothing: a cell that cannot be read is told with its place. Leaves who lives where to
`casework.workbook.travel`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from casework.errors import UnreadableFile
from casework.exchange.files import Cell, Sheet, cell_text, read_calculated
from casework.identifiers.words import is_blank, plain
from casework.terms import _

__all__ = ["ALL_MEANS", "OFFICE", "TravelTable", "read_travel_table"]

ALL_MEANS = ""
OFFICE = ""
"""The place from which ways begin, among names that are never empty."""

_HEAD_ROWS = 12
_MOST_PLACES = 500
_MOST_MINUTES = 600
_LONGEST = 60
_FROM = frozenset(("从", "起点", "出发地", "出发", "from"))
_TO = frozenset(("到", "终点", "目的地", "到达", "to"))
_MINUTES = frozenset(("分钟", "用时", "时间", "路程", "用时(分钟)", "时间(分钟)", "minutes"))
_OFFICES = frozenset(("单位", "本单位", "办公室", "局机关", "机关", "老干部局", "office"))
_TIME = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?:小时|时|h|hours?))?\s*"
    r"(?:(?P<minutes>\d{1,3}(?:\.\d+)?)\s*(?:分钟|分|min|minutes?)?)?",
    re.IGNORECASE,
)
_NOTHING = frozenset(("-", "—", "–", "/", "无", "未知", "不详", "n/a"))


@dataclass(frozen=True, slots=True)
class TravelTable:
    """Minutes on the way between named places.

    Attributes
    ----------
    places : tuple of str
        `OFFICE` for the office.
    minutes : mapping of str to mapping of (int, int) to int
        By means of travel (`ALL_MEANS` for those without a table of their own): from which of the
        places to which. What is missing is not known.
    problems : tuple of str
        What could not be read, with its place, and what is accepted.
    """

    places: tuple[str, ...]
    minutes: Mapping[str, Mapping[tuple[int, int], int]]
    problems: tuple[str, ...] = ()

    def between(self, mean: str) -> Mapping[tuple[int, int], int]:
        """Give the minutes that hold for a means of travel; a way back is as long where unsaid."""
        told = self.minutes.get(mean, self.minutes.get(ALL_MEANS, {}))
        return {(to, at): n for (at, to), n in told.items()} | dict(told)


def read_travel_table(
    path: Path, means: Mapping[str, str], offices: Collection[str] = ()
) -> TravelTable:
    """Read every sheet of a table.

    Parameters
    ----------
    means : mapping of str to str
        Codes of means of travel, by each name a sheet may have.
    offices : collection of str
        Names of the office, besides the usual ones.

    Raises
    ------
    UnreadableFile
        If the file is not safe or not readable, has no table of this kind, or too many places.
    """
    reader = _Reader({_folded(one) for one in offices} | _OFFICES)
    codes = {_folded(name): code for name, code in means.items()}
    for sheet in read_calculated(path).sheets:
        reader.read(sheet, codes.get(_folded(sheet.name), ALL_MEANS))
    if not reader.minutes and not reader.problems:
        raise UnreadableFile(
            _(
                "No table of travel times was found. Give a square with the places along the top "
                "and down the side and minutes in it, or three columns: from, to, minutes."
            )
        )
    return TravelTable(tuple(reader.places), reader.minutes, tuple(reader.problems))


class _Reader:
    def __init__(self, offices: Collection[str]) -> None:
        self.offices = offices
        self.places: dict[str, int] = {}
        self.minutes: dict[str, dict[tuple[int, int], int]] = {}
        self.problems: list[str] = []

    def read(self, sheet: Sheet, mean: str) -> None:
        """Read one sheet, in whichever form it is."""
        for at, row in enumerate(sheet.rows[:_HEAD_ROWS]):
            words = [_folded(cell_text(cell)) for cell in row]
            columns = [
                next((n for n, word in enumerate(words) if word in known), None)
                for known in (_FROM, _TO, _MINUTES)
            ]
            start, end, length = columns
            if start is not None and end is not None and length is not None:
                for number, told in enumerate(sheet.rows[at + 1 :], at + 2):
                    cells = [told[n] if n < len(told) else "" for n in (start, end, length)]
                    if not all(is_blank(one) for one in cells):
                        self._note(sheet, mean, number, cells[0], cells[1], cells[2])
                return
            if self._is_square(sheet, at):
                for number, told in enumerate(sheet.rows[at + 1 :], at + 2):
                    if told and not is_blank(told[0]):
                        for to, cell in _named(row):
                            found = told[to] if to < len(told) else ""
                            self._note(sheet, mean, number, told[0], cell, found)
                return

    def _is_square(self, sheet: Sheet, at: int) -> bool:
        """Tell whether a row names places that the first column names again below it."""
        top = {_folded(cell_text(cell)) for _n, cell in _named(sheet.rows[at])}
        side = {_folded(cell_text(row[0])) for row in sheet.rows[at + 1 :] if row}
        return len(top & side) >= min(2, len(top)) > 0

    def _note(
        self, sheet: Sheet, mean: str, row: int, start: Cell, end: Cell, cell: Cell
    ) -> None:  # fmt: skip
        if is_blank(cell) or _folded(cell_text(cell)) in _NOTHING:
            return
        minutes = _minutes(cell)
        names = f"{_short(start)} → {_short(end)}"
        if minutes is None:
            self.problems.append(
                _(
                    "{sheet} row {row}, {names}: “{value}” is no time on the way. Accepted: "
                    "minutes from 0 to {most}, as in 25 or 1小时10分.",
                    sheet=sheet.name, row=row, names=names, value=_short(cell), most=_MOST_MINUTES,
                ).strip()
            )  # fmt: skip
            return
        pair = (self._place(start), self._place(end))
        known = self.minutes.setdefault(mean, {})
        if known.setdefault(pair, minutes) != minutes:
            self.problems.append(
                _(
                    "{sheet} row {row}, {names}: {value} minutes here, {other} above. Leave one.",
                    sheet=sheet.name, row=row, names=names, value=minutes, other=known[pair],
                ).strip()
            )  # fmt: skip

    def _place(self, cell: Cell) -> int:
        name = plain(cell_text(cell))[:_LONGEST]
        name = OFFICE if _folded(name) in self.offices else name
        if name not in self.places and len(self.places) == _MOST_PLACES:
            raise UnreadableFile(
                _(
                    "The table has more than {most} places. Leave out those where nobody lives.",
                    most=_MOST_PLACES,
                )
            )
        return self.places.setdefault(name, len(self.places))


def _named(row: tuple[Cell, ...]) -> Iterator[tuple[int, Cell]]:
    """List the cells of a heading that name places."""
    for at, cell in enumerate(row):
        if at > 0 and isinstance(cell, str) and not is_blank(cell) and _minutes(cell) is None:
            yield at, cell


def _minutes(cell: Cell) -> int | None:
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    text = plain(cell_text(cell))
    found = _TIME.fullmatch(text) if text and len(text) <= _LONGEST else None
    if found is None or not any(found.groups()):
        return None
    minutes = 60 * int(found["hours"] or 0) + float(found["minutes"] or 0)
    return round(minutes) if minutes <= _MOST_MINUTES else None


def _folded(text: str) -> str:
    return plain(text).replace("（", "(").replace("）", ")").casefold()


def _short(cell: Cell) -> str:
    text = plain(cell_text(cell))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
