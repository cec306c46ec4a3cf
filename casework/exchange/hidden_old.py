"""Rows and columns that an old spreadsheet (.xls, .et) hides.

Decides which rows and columns of each sheet are hidden, from the records of the binary format
(BIFF5 and BIFF8 in an OLE container). Leaves what becomes of them to `hidden` and its readers. A
file that is broken where this looks hides nothing here; whether it can be read at all is said by
the reader of the cells.

References
----------
[MS-XLS] 2.4.28 BoundSheet8, 2.4.53 ColInfo, 2.4.221 Row; [MS-CFB] 2.2 to 2.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from casework.exchange.hidden_sheet import Hidden

__all__ = ["hidden_parts_of_old"]

_END_OF_CHAIN = 0xFFFFFFFA  # and above: end, free and special sectors
_SHORT_STREAM = 4096
_BOF, _EOF, _BOUNDSHEET, _CODEPAGE = 0x0809, 0x000A, 0x0085, 0x0042
_ROW, _COLINFO, _FILEPASS = 0x0208, 0x007D, 0x002F
_ROW_IS_HIDDEN, _COLUMN_IS_HIDDEN = 0x20, 0x1
_WORKSHEET = 0
_MOST_COLUMNS = 256
_CODEPAGES = {936: "gb18030", 950: "big5", 932: "cp932", 949: "cp949", 1200: "utf-16-le"}


def hidden_parts_of_old(path: Path) -> dict[str, Hidden]:
    """Give what each sheet of an .xls hides, by the sheet's name as it is written."""
    try:
        return dict(_hidden(_workbook_stream(path.read_bytes())))
    except (struct.error, IndexError, KeyError, LookupError, UnicodeDecodeError):
        return {}


def _hidden(stream: bytes) -> Iterator[tuple[str, Hidden]]:
    is_new = True
    encoding = "cp1252"
    sheets: list[tuple[str, int]] = []
    for kind, body in _records(stream, 0):
        if kind == _FILEPASS:
            return
        if kind == _BOF:
            is_new = struct.unpack_from("<H", body)[0] >= 0x0600
        elif kind == _CODEPAGE:
            encoding = _CODEPAGES.get(struct.unpack_from("<H", body)[0], encoding)
        elif kind == _BOUNDSHEET and body[5] == _WORKSHEET:
            at = struct.unpack_from("<I", body)[0]
            sheets.append((_name(body, encoding, is_new), at))
    for name, at in sheets:
        yield name, _of_sheet(stream, at)


def _name(body: bytes, encoding: str, is_new: bool) -> str:
    """Read the name of a sheet: in BIFF8 one byte or two for a character, before it bytes."""
    length = body[6]
    if not is_new:
        return body[7 : 7 + length].decode(encoding)
    if body[7] & 1:
        return body[8 : 8 + 2 * length].decode("utf-16-le")
    return body[8 : 8 + length].decode("latin-1")


def _of_sheet(stream: bytes, at: int) -> Hidden:
    rows, columns = set[int](), set[int]()
    for kind, body in _records(stream, at):
        if kind == _ROW:
            number, flags = struct.unpack_from("<H10xH", body)
            if flags & _ROW_IS_HIDDEN:
                rows.add(number + 1)
        elif kind == _COLINFO:
            first, last, width, _, flags = struct.unpack_from("<5H", body)
            if flags & _COLUMN_IS_HIDDEN or width == 0:
                columns |= set(range(first, min(last, _MOST_COLUMNS) + 1))
    return Hidden(frozenset(rows), frozenset(columns))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of one part of the workbook; those of charts inside it are left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind == _BOF:
            depth += 1
        if depth == 1:
            yield kind, stream[at : at + length]
        if kind == _EOF:
            depth -= 1
        if depth <= 0:
            return
        at += length


# ---------------------------------------------------------------- the container


def _workbook_stream(raw: bytes) -> bytes:
    """Take the workbook out of its container, following the chains of sectors."""
    shift, short_shift = struct.unpack_from("<HH", raw, 30)
    size, short = 1 << shift, 1 << short_shift
    directory_at, cutoff, short_at = struct.unpack_from("<I4xII", raw, 48)
    table = _table(raw, size)
    directory = _joined(raw, size, table, directory_at)
    entries = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
    found = {_entry_name(one): struct.unpack_from("<II", one, 116) for one in reversed(entries)}
    start, length = found["workbook"] if "workbook" in found else found["book"]
    if length >= (cutoff or _SHORT_STREAM):
        return _joined(raw, size, table, start)[:length]
    inner_start, inner_length = struct.unpack_from("<II", entries[0], 116)
    inner = _joined(raw, size, table, inner_start)[:inner_length]
    short_table = _numbers(_joined(raw, size, table, short_at))
    parts = (inner[i * short : (i + 1) * short] for i in _chain(short_table, start))
    return b"".join(parts)[:length]


def _entry_name(entry: bytes) -> str:
    length = max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)
    return entry[: min(length, 62)].decode("utf-16-le", errors="replace").lower()


def _table(raw: bytes, size: int) -> list[int]:
    """Read the table of sectors, which itself lies in sectors named in the header and beyond."""
    (next_at,) = struct.unpack_from("<I", raw, 68)
    where = _numbers(raw[76:512])
    seen = set[int]()
    while next_at < _END_OF_CHAIN and next_at not in seen:
        seen.add(next_at)
        more = _numbers(_sector(raw, size, next_at))
        where += more[:-1]
        next_at = more[-1]
    parts = (_sector(raw, size, one) for one in dict.fromkeys(where) if one < _END_OF_CHAIN)
    return _numbers(b"".join(parts))


def _joined(raw: bytes, size: int, table: list[int], start: int) -> bytes:
    return b"".join(_sector(raw, size, one) for one in _chain(table, start))


def _chain(table: list[int], start: int) -> Iterator[int]:
    """Follow a chain; one that bites its own tail ends there, so no more comes out than is in."""
    seen = set[int]()
    while start < _END_OF_CHAIN and start not in seen:
        seen.add(start)
        yield start
        start = table[start]


def _sector(raw: bytes, size: int, number: int) -> bytes:
    at = (number + 1) * size
    return raw[at : at + size]


def _numbers(raw: bytes) -> list[int]:
    return list(struct.unpack_from(f"<{len(raw) // 4}I", raw))
