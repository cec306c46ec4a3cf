"""The commands that keep a workbook safe: backup, restore, verify.

Decides what they say; leaves their work to :mod:`casework.workbook.keeping`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["back_up", "restore", "verify"]

Progress = Callable[[float, str], None]


def back_up(book: Workbook, place: Path, keep: int | None, progress: Progress) -> str:
    """Make a backup and tell of it."""
    made = book.keeping.back_up(place, keep=keep, progress=progress)
    return _(
        "Backup written to {file}: {rows} rows. Keep it on another disk, and try it out with: "
        "casework verify {file}",
        file=place,
        rows=sum(made.counts.values()),
    )


def restore(db: str | None, place: Path, progress: Progress) -> str:
    """Restore a backup and tell of it."""
    from casework.workbook.keeping import restore_workbook

    told = restore_workbook(db, place, progress=progress)
    return _(
        "The workbook stands as it was at {at}: {rows} rows.",
        at=told.made_at,
        rows=sum(told.counts.values()),
    )


def verify(
    db: str | None, place: Path | None, heads: Path | None, progress: Progress
) -> tuple[list[str], bool]:
    """Look at the workbook, or try a backup out; tell of it, and whether all is well."""
    from casework.workbook.keeping import check_workbook, try_out

    if place is not None:
        found = try_out(db, place, progress=progress)
    else:
        found = check_workbook(db, heads=heads, progress=progress)
    return found.lines(), not found.findings
