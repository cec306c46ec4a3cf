"""Rows and columns that a spreadsheet hides: the file names them, and nobody sees them on screen.

Decides which rows and columns of each sheet are hidden, by a filter that was left on, a folded
group or by hand. Leaves what becomes of them to `columns` and `roster`, and the records of an old
.xls to `hidden_old`. The safety of the file has been seen to by `guards` before.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from casework.exchange.hidden_old import hidden_parts_of_old
from casework.exchange.hidden_sheet import NOTHING, Hidden
from casework.identifiers.words import visible

__all__ = ["NOTHING", "Hidden", "hidden_parts", "sheets_of", "spans"]

_CHUNK = 1 << 18
_TAG = re.compile(rb"<(?:\w+:)?(row|col)\b([^<>]*)>")
_UNSEEN = re.compile(rb"\b(?:hidden\s*=\s*[\"'](?:1|true)|(?:ht|width)\s*=\s*[\"']0(?:\.0*)?[\"'])")
_ROW = re.compile(rb"\br\s*=\s*[\"'](\d{1,9})[\"']")
_COLUMNS = re.compile(rb"\b(min|max)\s*=\s*[\"'](\d{1,6})[\"']")
_MOST_COLUMNS = 1_000


def hidden_parts(path: Path) -> Mapping[str, Hidden]:
    """Give what each sheet of a spreadsheet hides, by the sheet's name as it is shown."""
    if not zipfile.is_zipfile(path):
        return {visible(name): one for name, one in hidden_parts_of_old(path).items()}
    found: dict[str, Hidden] = {}
    try:
        with zipfile.ZipFile(path) as package:
            for name, part in sheets_of(package):
                here = _of_sheet(package, part)
                if here != NOTHING:
                    found[visible(name)] = here
    except (KeyError, SyntaxError, ValueError, zipfile.BadZipFile, OSError):
        return found  # what the reader of cells can read all the same is read without
    return found


def sheets_of(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Give the name of each sheet and the part of the package that holds it."""
    from xml.etree import ElementTree  # entities and document types were refused by `guards`

    def parsed(part: str) -> ElementTree.Element:
        return ElementTree.fromstring(package.read(part))  # noqa: S314

    where = {
        one.get("Id"): one.get("Target", "") for one in parsed("xl/_rels/workbook.xml.rels").iter()
    }
    for one in parsed("xl/workbook.xml").iter():
        if not one.tag.endswith("}sheet"):
            continue
        link = next((value for key, value in one.attrib.items() if key.endswith("}id")), None)
        target = where.get(link, "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if part in package.namelist():
            yield one.get("name", ""), part


def _of_sheet(package: zipfile.ZipFile, part: str) -> Hidden:
    rows, columns = set[int](), set[int]()
    for kind, text in _tags(package, part):
        if not _UNSEEN.search(text):
            continue
        if kind == b"row":
            number = _ROW.search(text)
            rows |= {int(number.group(1))} if number else set()
        else:
            ends = {key: int(value) for key, value in _COLUMNS.findall(text)}
            first = ends.get(b"min", 0)
            last = min(ends.get(b"max", first), first + _MOST_COLUMNS)
            columns |= set(range(first - 1, last)) if first else set()
    return Hidden(frozenset(rows), frozenset(columns))


def _tags(package: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    """Give the rows and columns that the part declares; their cells stay unread."""
    rest = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            cut = text.rfind(b"<")
            yield from _TAG.findall(text, 0, cut if cut > 0 else len(text))
            rest = text[cut:] if cut >= 0 else b""
    yield from _TAG.findall(rest)


def spans(numbers: frozenset[int]) -> str:
    """Write numbers of rows in short.

    Examples
    --------
    >>> spans(frozenset({3, 7, 8, 9}))
    '3, 7–9'
    """
    found: list[list[int]] = []
    for one in sorted(numbers):
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return ", ".join(str(a) if a == b else f"{a}\u2013{b}" for a, b in found)
