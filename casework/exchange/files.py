"""Sheets of cells from a roster file: .xlsx, .xls, or .csv in whatever encoding it came.

Decides how bytes become rows that are numbered as the spreadsheet numbers them. Leaves what the
cells mean to `layout` and `columns`, and the safety of the file to `guards`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from casework.errors import UnreadableFile
from casework.exchange.guards import kind_of, wide_encoding
from casework.exchange.hidden import NOTHING, Hidden, hidden_parts
from casework.exchange.tables import as_typed
from casework.exchange.uncalculated import refuse_uncalculated
from casework.identifiers.words import visible
from casework.terms import _

__all__ = ["Cell", "Merge", "RosterFile", "Sheet", "cell_text", "read_calculated", "read_file"]

Cell = str | int | float | bool | date | datetime | time | timedelta
_DELIMITERS = ",\t;|，"
_ERROR_VALUES = frozenset(("#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"))


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, zero-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``rows[0]`` is the spreadsheet's row 1; an empty cell is ``""``.

    Attributes
    ----------
    hidden : bool
        The whole sheet is hidden.
    unseen : Hidden
        Its rows and columns that are.
    """

    name: str
    rows: Sequence[tuple[Cell, ...]]
    merged: tuple[Merge, ...] = ()
    hidden: bool = False
    unseen: Hidden = NOTHING

    @property
    def width(self) -> int:
        """Number of columns of the widest row."""
        return max((len(row) for row in self.rows), default=0)


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A file as it was read, with the fingerprint by which it is known again."""

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    encoding: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows in all sheets."""
        return sum(len(sheet.rows) for sheet in self.sheets)


def read_file(path: str | Path) -> RosterFile:
    """Read every sheet of a roster.

    Raises
    ------
    UnreadableFile
        If the file is not what its name says, damaged, protected or unsafe; see `guards`.
    """
    path = Path(path)
    kind = kind_of(path)
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if kind == "text":
        rows, encoding = _text_rows(path)
        return RosterFile(path.name, sha256, (Sheet("", rows),), encoding)
    return RosterFile(path.name, sha256, tuple(_workbook_sheets(path)))


def read_calculated(path: str | Path) -> RosterFile:
    """Read every sheet of a table of which no cell may be passed over, as `read_file`.

    Raises
    ------
    UnreadableFile
        Also where a formula was saved without its value.
    """
    file = read_file(path)
    refuse_uncalculated(Path(path))
    return file


def cell_text(cell: Cell) -> str:
    """Give a cell as a spreadsheet would show it, for keeping and for showing."""
    if type(cell) is str:
        return cell if "\0" not in cell else cell.replace("\0", "\u2400")  # no database keeps a NUL
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def _workbook_sheets(path: Path) -> Iterator[Sheet]:
    """Read an Excel workbook; whatever the reader cannot digest is a damaged file."""
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    unseen = hidden_parts(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            for meta in book.sheets_metadata:
                if meta.typ != SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                yield Sheet(
                    name=visible(meta.name),
                    rows=_numbered(sheet),
                    merged=tuple(
                        Merge(top, left, bottom, right)
                        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
                    ),
                    hidden=meta.visible != SheetVisibleEnum.Visible,
                    unseen=unseen.get(visible(meta.name), NOTHING),
                )
    except PasswordError as error:
        raise UnreadableFile(
            _("{file} is protected by a password. Save it without one.", file=path.name)
        ) from error
    except (CalamineError, OSError, ValueError) as error:
        raise _broken(path) from error
    except BaseException as error:
        # A panic of the reader is no Exception; anything else that is not one passes through.
        if type(error).__name__ == "PanicException":
            raise _broken(path) from error
        raise


def _numbered(sheet: Any) -> list[tuple[Cell, ...]]:
    """Give the rows from the spreadsheet's row 1 and column A on.

    The reader itself begins at row 1, but at the first column that holds something.
    """
    before: tuple[Cell, ...] = ("",) * (sheet.start[1] if sheet.start else 0)
    return [
        before + tuple("" if _is_error(cell) else cell for cell in row) for row in sheet.iter_rows()
    ]


def _is_error(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.startswith("#") and cell in _ERROR_VALUES


def _broken(path: Path) -> UnreadableFile:
    return UnreadableFile(
        _(
            "{file} is damaged or incomplete. Open it in Excel or WPS, let it be repaired, save it "
            "again and import that.",
            file=path.name,
        )
    )


def _text_rows(path: Path) -> tuple[list[tuple[Cell, ...]], str]:
    text, encoding = _decoded(path)
    sample = [line for line in text.splitlines()[:60] if line.strip()]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(sample))
    rows: list[tuple[Cell, ...]] = []
    try:
        rows.extend(tuple(map(as_typed, row)) for row in reader)
    except csv.Error as error:
        raise UnreadableFile(
            _(
                "{file}: row {row} cannot be read as a row of a table (an unclosed quotation mark, "
                "or a cell of more than 130,000 characters). Correct that row.",
                file=path.name,
                row=len(rows) + 1,
            )
        ) from error
    return rows, encoding


def _decoded(path: Path) -> tuple[str, str]:
    """Decode text by its byte order mark, else as UTF-8, else as GB 18030."""
    raw = path.read_bytes()
    if raw.startswith(b"\xef\xbb\xbf"):
        return _decode_as(path, raw, ["utf-8-sig"])
    wide = wide_encoding(raw[:4096])
    if wide:
        return _decode_as(path, raw, [wide])
    return _decode_as(path, raw, ["utf-8", "gb18030"])


def _decode_as(path: Path, raw: bytes, encodings: list[str]) -> tuple[str, str]:
    for encoding in encodings:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(
        _(
            "{file} is text in an unknown encoding. Accepted: UTF-8, UTF-16, GB 18030 (GBK). Save "
            "it again as “CSV UTF-8”.",
            file=path.name,
        )
    )


def _delimiter(lines: list[str]) -> str:
    """Choose the delimiter that cuts the lines into the most columns."""

    def columns(mark: str) -> float:
        try:
            counts = sorted(len(row) for row in csv.reader(lines, delimiter=mark))
        except csv.Error:  # a line without this mark may be longer than a cell can be
            return 0
        return counts[len(counts) // 2] if counts else 0

    return max(_DELIMITERS, key=lambda mark: (columns(mark), -_DELIMITERS.index(mark)))
