"""A file of heads of the audit chain, one a line: what the audit was, told from outside.

Decides the form; leaves comparing to :mod:`casework.access.audit_chain`. The file belongs where
those who can change the database cannot: on another machine, with the auditor, on paper.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from casework.access.audit_chain import Head
from casework.access.to_disk import bring_to_disk
from casework.errors import InvalidEntry, UnreadableFile
from casework.terms import _

__all__ = ["keep_head", "kept_heads"]


def kept_heads(place: Path) -> dict[int, str]:
    """Give the heads of a file, the hash by the number of links; none where there is no file.

    Raises
    ------
    UnreadableFile
        If a line is no head.
    """
    if not place.exists():
        return {}
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
        heads = [Head.read(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, AttributeError):
        raise UnreadableFile(
            _(
                "{file} does not hold heads of an audit. Give the file that verify wrote.",
                file=place,
            )
        ) from None
    return {head.seq: head.chain for head in heads}


def keep_head(place: Path, head: Head) -> None:
    """Add a head at the end of a file, which is made where it is not there.

    Raises
    ------
    InvalidEntry
        If it cannot be written.
    """
    try:
        number = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        raise InvalidEntry(
            _("{file} cannot be written. Choose a file in a folder that can.", file=place),
            field="head",
            value=str(place),
        ) from None
    with os.fdopen(number, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(head)) + "\n")
        file.flush()
        bring_to_disk(file.fileno())
