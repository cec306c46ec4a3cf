"""What a roster file may be before anything of it is opened: size, kind, and no traps.

Decides that a file is what its name says, that it does not unpack into more than a roster can be,
and that nothing in it points elsewhere. Every refusal is an `UnreadableFile` that says what was
found and what to do. Leaves the cells to `files`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from casework.disk import refusal
from casework.errors import UnreadableFile
from casework.terms import _

__all__ = ["SUFFIXES", "kind_of", "wide_encoding"]

SUFFIXES = {
    ".xlsx": ("zip",),
    ".xlsm": ("zip",),
    ".xls": ("ole",),
    ".et": ("ole", "zip"),
    ".csv": ("text",),
    ".txt": ("text",),
    ".tsv": ("text",),
}
MAX_FILE_BYTES = 80_000_000
MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 100
RATIO_FREE_BYTES = 8_000_000
MAX_PARTS = 2_000
MAX_CELLS = 4_000_000
MAX_TAGS = 2_500_000  # of rows and cells, empty ones too: 100,000 people with 24 columns
_ROWS, _COLUMNS = 1_048_576, 16_384
_CHUNK = 1 << 18
_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Whether it is a row, letters and figures of its place, whether it is empty. Nothing reaches past
# the next tag: what is never closed is not looked through again from each of its beginnings.
_ROW_OR_CELL = re.compile(
    rb"<(?:\w+:)?(?:(row)|c)(?=[\s>/])"
    rb"(?:[^<>]*?\sr\s*=\s*[\"']([A-Za-z]{0,4})(\d{1,9})[\"'])?[^<>]*?(/?)>"
)
_SHORTEST_TAG = len(b"<c/>")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def kind_of(path: Path) -> str:
    """Tell what a file is, after checking that it is safe to read.

    Returns
    -------
    {"zip", "ole", "text"}
        xlsx, xls and csv in the words of their containers.

    Raises
    ------
    UnreadableFile
        If there is no such file, it is empty, too large, of another kind than its name says,
        protected by a password, damaged, or built to do harm.
    """
    suffix = path.suffix.lower()
    head, size = _head(path)
    if suffix not in SUFFIXES:
        raise UnreadableFile(
            _(
                "{file}: files of this kind cannot be read. Accepted: .xlsx, .xls, .csv. "
                "Open it in Excel or WPS and save it as .xlsx.",
                file=path.name,
            )
        )
    found = _container(head)
    if found == "ole" and suffix in (".xlsx", ".xlsm") and _is_encrypted(path):
        raise UnreadableFile(
            _(
                "{file} is protected by a password. Open it in Excel or WPS, take the password "
                "off (File, Info, Protect) and import it again.",
                file=path.name,
            )
        )
    if found not in SUFFIXES[suffix]:
        raise UnreadableFile(_mismatch(path, found))
    if found == "zip":
        _check_package(path, size)
    return found


def _head(path: Path) -> tuple[bytes, int]:
    try:
        if path.is_dir():
            raise UnreadableFile(
                _("{file} is a folder. Choose one file: .xlsx, .xls or .csv.", file=path.name)
            )
        size = path.stat().st_size
        if size == 0:
            raise UnreadableFile(
                _("{file} is empty (0 bytes). Save or export it again.", file=path.name)
            )
        if size > MAX_FILE_BYTES:
            raise UnreadableFile(
                _(
                    "{file} is larger than {limit} MB. Take out pictures, or split it.",
                    file=path.name,
                    limit=MAX_FILE_BYTES // 1_000_000,
                )
            )
        with path.open("rb") as stream:
            return stream.read(4096), size
    except FileNotFoundError:
        raise UnreadableFile(
            _("There is no file {file}. Check the name and the folder.", file=str(path))
        ) from None
    except OSError as error:
        raise UnreadableFile(
            _(
                "{file} cannot be opened: {reason}. Close it elsewhere, or copy it here first.",
                file=path.name,
                reason=refusal(error),
            )
        ) from error


def _container(head: bytes) -> str:
    """Name what the first bytes are."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t").replace(b"\0", b"")[:600].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<body")):
        return "html"
    if start.startswith(b"<?xml") or start.startswith(b"<workbook"):
        return "html" if b"<html" in start else "xml"
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return "other"
    strange = sum(one < 9 or 13 < one < 32 for one in head)
    return "other" if not wide_encoding(head) and strange > len(head) // 20 else "text"


def wide_encoding(head: bytes) -> str | None:
    """Name the form of UTF-16 that a text begins in, by its mark or by what it reads as."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" not in head:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(encoding, errors="replace")
        known = sum(one.isalnum() or one in " ,;\t\r\n\"'-./()（），。、：;：" for one in text)
        if known > 0.9 * len(text) and ("," in text or "\t" in text or ";" in text):
            return encoding
    return None


def _mismatch(path: Path, found: str) -> str:
    content = {
        "zip": _("an .xlsx workbook (or another zip archive)"),
        "ole": _("an old .xls workbook"),
        "text": _("plain text, perhaps .csv"),
        "html": _("a web page (HTML)"),
        "xml": _("an XML spreadsheet of 2003"),
        "other": _("no table at all"),
    }[found]
    return _(
        "{file} is named {suffix}, but its content is {content}. Open it in Excel or WPS and use "
        "Save as .xlsx, or give it the right ending.",
        file=path.name,
        suffix=path.suffix,
        content=content,
    )


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as stream:
        return any(_ENCRYPTED in chunk for chunk in iter(lambda: stream.read(1 << 20), b""))


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        _(
            "{file} is damaged or incomplete. Open it in Excel or WPS, let it be repaired, save it "
            "again and import that.",
            file=path.name,
        )
    )


def _trap(path: Path, reason: str) -> UnreadableFile:
    return UnreadableFile(
        _(
            "{file} was not opened because it is not safe: {reason}. Copy the table into a new "
            "workbook and import that.",
            file=path.name,
            reason=reason,
        )
    )


def _swollen(path: Path) -> UnreadableFile:
    return _trap(path, _("it unpacks into far more than a roster can hold"))


def _check_package(path: Path, size: int) -> None:
    """Look through an xlsx without trusting a single figure in it."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise _damaged(path) from error
    _check_directory(path, parts, size)
    unpacked = 0
    with path.open("rb") as stream:
        for part in parts:
            _count_tags(path, stream, part)
            inspector = _Inspector(path)
            for chunk in _inflated(path, stream, part):
                unpacked += len(chunk)
                if unpacked > MAX_UNPACKED_BYTES or (
                    unpacked > RATIO_FREE_BYTES and unpacked > MAX_RATIO * size
                ):
                    raise _swollen(path)
                inspector.look(chunk)
            inspector.finish()


def _count_tags(path: Path, stream: BinaryIO, part: zipfile.ZipInfo) -> None:
    """Refuse rows and cells without end by their bare number, before any of them is looked at.

    Those with a prefix before their names are left to the inspector.
    """
    if part.file_size < _SHORTEST_TAG * MAX_TAGS:  # `_inflated` holds it to what it declares
        return
    tags, before = 0, b""
    for chunk in _inflated(path, stream, part):
        text = before + chunk
        tags += sum(text.count(one) for one in (b"<c ", b"<c>", b"<c/", b"<row"))
        if tags > MAX_TAGS:
            raise _swollen(path)
        before = text[-2:]


def _check_directory(path: Path, parts: list[zipfile.ZipInfo], size: int) -> None:
    names = [part.filename for part in parts]
    if not any(name.lower().replace("\\", "/") == "[content_types].xml" for name in names):
        raise UnreadableFile(_mismatch(path, "other"))
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableFile(
            _("{file} is protected by a password. Save it without one.", file=path.name)
        )
    declared = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or len(set(names)) != len(names):
        raise _trap(path, _("it consists of too many parts, or holds one twice"))
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
        raise _trap(path, _("a part is named so as to land outside the file"))
    if packed > size or any(part.compress_type not in (0, 8) for part in parts):
        raise _damaged(path)
    if declared > MAX_UNPACKED_BYTES or (
        declared > RATIO_FREE_BYTES and declared > MAX_RATIO * size
    ):
        raise _swollen(path)


def _inflated(path: Path, stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give the true content of a part in pieces, whatever length it declares."""
    stream.seek(part.header_offset)
    header = stream.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise _damaged(path)
    skip = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    stream.seek(skip, 1)
    left, seen = part.compress_size, 0
    engine = zlib.decompressobj(-15) if part.compress_type else None
    while left > 0:
        raw = stream.read(min(_CHUNK, left))
        if not raw:
            raise _damaged(path)
        left -= len(raw)
        while raw:
            try:
                piece = engine.decompress(raw, _CHUNK) if engine else raw
            except zlib.error as error:
                raise _damaged(path) from error
            raw = engine.unconsumed_tail if engine else b""
            seen += len(piece)
            yield piece
    if seen != part.file_size:
        raise _damaged(path)


class _Inspector:
    """Reads one XML part as it streams by: no entities, and cells only where a table can be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rest = b""
        self.is_xml: bool | None = None
        self.rows = self.columns = self.row = self.column = self.tags = 0
        self.known: dict[bytes, int] = {}  # letters of columns

    def look(self, chunk: bytes) -> None:
        text = self.rest + chunk
        if self.is_xml is None:
            start = text[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
            self.is_xml = start.startswith(b"<")
        if not self.is_xml:
            return
        plain = text.replace(b"\0", b"") if b"\0" in text else text
        if b"<!" in plain and _ENTITY.search(plain):
            raise _trap(self.path, _("it declares its own entities or a document type"))
        cut = plain.rfind(b"<")
        self._measure(plain[: max(cut, 0)])
        self.rest = plain[cut:] if cut >= 0 else plain[-64:]
        if len(self.rest) > 4 * _CHUNK:  # one endless tag
            raise _damaged(self.path)

    def finish(self) -> None:
        if self.is_xml:
            self._measure(self.rest)
        self._refuse_endless()

    def _refuse_endless(self) -> None:
        if self.rows > _ROWS or self.columns > _COLUMNS or self.rows * self.columns > MAX_CELLS:
            raise UnreadableFile(
                _(
                    "{file}: a sheet reaches to row {row}, column {column}, which is far more than "
                    "a roster. Delete the stray cells below and beside the table and save it.",
                    file=self.path.name,
                    row=self.rows,
                    column=self.columns,
                )
            )

    def _measure(self, text: bytes) -> None:
        """Follow rows and cells; cells without content do not count."""
        if text.count(b"<") > text.count(b">"):
            raise _damaged(self.path)  # tags that never close
        found = _ROW_OR_CELL.findall(text)
        self.tags += len(found)
        if self.tags > MAX_TAGS:
            raise _swollen(self.path)
        known, row, column, rows, columns = (
            self.known, self.row, self.column, self.rows, self.columns,
        )  # fmt: skip
        for is_row, letters, figures, is_empty in found:
            if is_row:
                row, column = (int(figures) if figures and not letters else row + 1), 0
                continue
            if letters:
                if letters not in known:
                    known[letters] = _column_number(letters)
                column, row = known[letters], int(figures)
            else:
                column += 1
            if not is_empty:
                rows = row if row > rows else rows
                columns = column if column > columns else columns
        self.row, self.column, self.rows, self.columns = row, column, rows, columns
        self._refuse_endless()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
