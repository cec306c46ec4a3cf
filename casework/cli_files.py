"""The files of the command line: read and written whole, or refused in one sentence.

Decides that what is half written is taken away again; leaves what stands in a file to the commands.
"""

from __future__ import annotations

import os
from pathlib import Path

from casework.disk import refusal
from casework.errors import InvalidEntry, UnreadableFile
from casework.terms import _

__all__ = ["expect_place", "read_instance", "write_whole"]


def read_instance(path: Path) -> str:
    """Read the text of a file of a day.

    Raises
    ------
    UnreadableFile
        When there is no such file, or no text in it.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = refusal(error) if isinstance(error, OSError) else _("it is not text in UTF-8")
        raise UnreadableFile(
            _("{file} cannot be read: {reason}. Give a JSON file.", file=path, reason=reason)
        ) from None


def expect_place(path: Path) -> None:
    """Refuse a place that cannot be written before the time is spent, not after.

    Raises
    ------
    InvalidEntry
    """
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        message = _("{file} cannot be written. Choose a file in a folder that can.", file=path)
        raise InvalidEntry(message, field="out", value=str(path))


def write_whole(path: Path, text: str) -> None:
    """Put a text in a file at once: whoever reads it never finds half, and a failure leaves none.

    Raises
    ------
    InvalidEntry
        When the disk refuses; what stood in the file before stands there still.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidEntry(
            _(
                "{file} cannot be written: {reason}. Choose a place with room, and start again.",
                file=path,
                reason=refusal(error),
            ),
            field="out",
            value=str(path),
        ) from None
