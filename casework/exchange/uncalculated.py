"""Cells with a formula whose value was never saved: a reader sees them empty, and they are not.

Excel and WPS save the value of every formula along with it; a script that writes a spreadsheet does
not. Decides which cells of an .xlsx are of that kind, and refuses them by their places. An .xls and
a text file hold values only. The safety of the file has been seen to by `guards` before.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from casework.errors import UnreadableFile
from casework.exchange.hidden import sheets_of
from casework.identifiers.words import visible
from casework.terms import _

__all__ = ["refuse_uncalculated", "uncalculated"]

_CHUNK = 1 << 18
_SHOWN = 5
_LONGEST_CELL = 1 << 17  # bytes; a formula has at most 8,192 characters
# A cell, its attributes, a formula and at most an empty value; a tag never reaches past the next.
_BARE = re.compile(
    rb"<(?:\w+:)?c(\s[^<>]*)>\s*<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3}\d{1,7})[\"']")
_IS_TEXT = re.compile(rb"\st\s*=\s*[\"']str[\"']")  # a formula that was worked out to no text


def uncalculated(path: Path) -> dict[str, list[str]]:
    """Give the places of such cells, such as D4, by the name of the sheet; the sheets in order."""
    found: dict[str, list[str]] = {}
    if not zipfile.is_zipfile(path):
        return found
    try:
        with zipfile.ZipFile(path) as package:
            for name, part in sheets_of(package):
                if places := list(_of_sheet(package, part)):
                    found[visible(name)] = places
    except (KeyError, SyntaxError, ValueError, zipfile.BadZipFile, OSError):
        return found  # what the reader of cells can read all the same is read without
    return found


def refuse_uncalculated(path: Path) -> None:
    """Refuse a file that has such cells, and say where they are and what to do.

    Raises
    ------
    UnreadableFile
        Naming the first of them in each sheet, and how many there are.
    """
    found = uncalculated(path)
    if not found:
        return
    places = "；".join(
        f"{sheet} {'、'.join(cells[:_SHOWN])}{'…' if len(cells) > _SHOWN else ''}"
        for sheet, cells in found.items()
    )
    raise UnreadableFile(
        _(
            "{file} has {n} cells with a formula whose value was not saved with it: {places}. They "
            "would be read as empty. Open the file in Excel or WPS, save it, and give it again.",
            file=path.name, n=sum(map(len, found.values())), places=places,
        )
    )  # fmt: skip


def _of_sheet(package: zipfile.ZipFile, part: str) -> Iterator[str]:
    rest = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            cut = max(text.rfind(b"</c>"), text.rfind(b":c>"))
            cut = text.find(b">", cut) + 1 if cut >= 0 else 0
            yield from _places(text[:cut])
            rest = text[cut:][-_LONGEST_CELL:]
    yield from _places(rest)


def _places(text: bytes) -> Iterator[str]:
    for one in _BARE.finditer(text):
        place = _PLACE.search(one[1])
        if place is not None and not _IS_TEXT.search(one[1]):
            yield place[1].decode()
