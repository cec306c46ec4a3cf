"""How much of a page of A4 a plan sheet takes: which size of type it is set in, what is left out.

Decides the size of type of a sheet and how many of its needs are written out, by reckoning how its
lines break; leaves what stands on it to `casework.ui.sheets`. The figures are those of the
stylesheet's ``.cw-paper``; a test in the browser holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from math import ceil
from unicodedata import east_asian_width

from casework.ui.escape import Html

__all__ = ["FULL_PAGE", "PAGE", "SheetParts", "Size", "set_sheet"]

PAGE = "25mm 26mm 20mm 28mm"
"""Left and right as GB/T 9704-2012 has them; above and below less, so that one page holds it."""
FULL_PAGE = "15mm 13mm 13mm"

_MM = 25.4 / 72
_SLACK = 1.04
"""Nothing is promised to the last millimetre: fonts differ from machine to machine."""
_COLUMNS = (0.045, 0.22, 0.22, 0.25, 0.22, 0.045)
_FULL_COLUMNS = (0.04, 0.21, 0.23, 0.25, 0.23, 0.04)


@dataclass(frozen=True, slots=True)
class Size:
    """One way to set a sheet.

    Attributes
    ----------
    name : str
        Classes of the stylesheet, without their prefix.
    type_pt : float
        Size of the type in points.
    leading, table_leading : float
        Heights of a line of text and of the table, in sizes of the type.
    padding_mm : float
        Above and below a cell of the table.
    """

    name: str
    type_pt: float
    leading: float
    table_leading: float = 1.3
    padding_mm: float = 0.4

    @property
    def is_full(self) -> bool:
        """Whether it goes nearly to the edges of the page."""
        return "full" in self.name

    @property
    def em(self) -> float:
        """The size of the type in millimetres."""
        return self.type_pt * _MM

    @property
    def width_mm(self) -> float:
        """How wide a line of text is."""
        return 184 if self.is_full else 156

    @property
    def height_mm(self) -> float:
        """How much the page holds, with what stands above the sheet and below it taken off."""
        return 261 if self.is_full else 244


_SIZES = (
    Size("roomy", 10.5, 1.45),
    Size("close", 9.5, 1.35),
    Size("tight", 8.5, 1.25),
    Size("dense", 7.5, 1.2),
    Size("tight full", 8.5, 1.25, 1.22, 0.3),
    Size("snug full", 8, 1.22, 1.22, 0.3),
    Size("dense full", 7.5, 1.2, 1.22, 0.3),
    Size("fine full", 6.8, 1.2, 1.15, 0.2),
)
_WITH_ALL = ("roomy", "close", "tight")


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What stands on a sheet, as markup.

    Attributes
    ----------
    basics : sequence of sequence of Html
        What is entered, row by row of the table of basics.
    wanted, goals : sequence of Html
        Needs and wishes, and goals; those of the needs that come first are written out first.
    services : sequence of sequence of Html
        The cells of the table of services.
    notes : Html
        What stands below the table; empty where nothing does.
    """

    basics: Sequence[Sequence[Html]]
    wanted: Sequence[Html]
    services: Sequence[Sequence[Html]]
    notes: Html
    goals: Sequence[Html]


def set_sheet(parts: SheetParts, at_least: int) -> tuple[Size, int]:
    """Choose the size of type and how many needs and wishes are written out.

    All of them while the page keeps the margins of an official paper; else as many as fit. Plans
    that fill the page by themselves go out to its edges; type that is hard to read comes last.

    Parameters
    ----------
    at_least : int
        So many are written out, unless even the finest type has no room for them.
    """
    every = len(parts.wanted)
    for size in _SIZES:
        if size.name in _WITH_ALL and _fits(parts, every, size):
            return size, every
    least = every if every <= at_least + 1 else at_least
    for size in _SIZES[len(_WITH_ALL) - 1 :]:
        if _fits(parts, least, size):
            return size, next(n for n in range(every, -1, -1) if _fits(parts, n, size))
    finest = _SIZES[-1]
    return finest, next((n for n in range(least, 0, -1) if _fits(parts, n, finest)), min(least, 1))


def _fits(parts: SheetParts, n_wanted: int, size: Size) -> bool:
    return _height(parts, n_wanted, size) <= size.height_mm


def _height(parts: SheetParts, n_wanted: int, size: Size) -> float:
    """Reckon how high a sheet is, in millimetres."""
    line = size.em * size.leading
    title_pt = 15 if size.type_pt < 8.5 else 20
    heads = 4 if parts.goals else 3
    head = 1.4 + 1.06 * line if size.name != "roomy" else 2.4 + 11 * _MM * size.leading
    left_out = n_wanted < len(parts.wanted)
    text = size.width_mm - 1.8 * size.em
    listed = sum(
        _lines(_length(one), text, size) for one in (*parts.wanted[:n_wanted], *parts.goals)
    )
    rows = sum(_row(cells, size) for cells in parts.services) + _row((), size)
    return _SLACK * (
        title_pt * _MM * 1.3
        + (3 + line)
        + heads * head
        + sum(_basic(cells, size) for cells in parts.basics)
        + (listed + left_out + (not parts.wanted)) * line
        + rows
        + _lines(_length(parts.notes), size.width_mm / 0.86, size) * 0.86 * line
        + (2.4 + (17 if size.name in ("roomy", "close") else 13))
    )


def _basic(cells: Sequence[Html], size: Size) -> float:
    """Reckon one row of the basics: three entries with their names, or one across."""
    names, entries = (18.5, 3) if len(cells) > 1 else (6.4, 1)
    room = (size.width_mm - names * size.em) / entries
    lines = max((_lines(_length(one), room - 2.4, size) for one in cells), default=1)
    return max(lines, 1) * size.em * size.leading + 1.2


def _row(cells: Sequence[Html], size: Size) -> float:
    """Reckon one row of the table: what is small stands below, but on a full page behind."""
    columns = _FULL_COLUMNS if size.is_full else _COLUMNS
    lines = 1.0
    for cell, share in zip(cells, columns, strict=False):
        room = size.width_mm * share - 2.2
        if size.is_full:
            lines = max(lines, _lines(_length(cell), room, size))
        else:
            parts = [Html(one) for one in re.split("(?=<small)", cell)]
            higher = sum(
                _lines(_length(one), room, size) * (0.88 if one.startswith("<small") else 1)
                for one in parts
            )
            lines = max(lines, higher)
    return lines * size.em * size.table_leading + 2 * size.padding_mm + 0.2


@dataclass(frozen=True, slots=True)
class _Length:
    """How long a text is in sizes of the type, and how much of a line its words leave empty."""

    ems: float
    loss: float


def _length(markup: Html) -> _Length:
    """Measure a text: a Chinese character is as wide as the type, others about half as wide."""
    ems, wide, every, share = 0.0, 0, 0, 1.0
    for piece in re.split("(<[^>]*>)", markup):
        if piece.startswith("<"):
            share = 0.88 if piece.startswith("<small") else 1.0
            continue
        words = unescape(piece)
        n_wide = sum(east_asian_width(one) in "WFA" for one in words)
        ems += share * (n_wide + 0.5 * (len(words) - n_wide))
        wide, every = wide + n_wide, every + len(words)
    return _Length(ems, 1.0 if wide > every / 2 else 1.7)


def _lines(length: _Length, room_mm: float, size: Size) -> int:
    if not length.ems:
        return 0
    room = room_mm / size.em
    return 1 if length.ems <= room else ceil(length.ems / max(room - length.loss, 1))
