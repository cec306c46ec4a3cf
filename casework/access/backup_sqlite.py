"""Copying a workbook in a file while it is in use, and putting such a copy back.

Decides how: by SQLite's own backup, from one state of the workbook, whoever writes meanwhile. The
file of a workbook is never opened by other means: closing it again would drop the locks of every
connection this process has (https://www.sqlite.org/howtocorrupt.html, section 2.2).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from casework.access.backup_file import Progress, a_part_of, put_in_place
from casework.access.cipher import connect_with, is_encrypted, salt_of
from casework.access.faults import file_of
from casework.access.keys import held_keys
from casework.errors import NotPermitted
from casework.terms import _

__all__ = ["copy_sqlite", "place_sqlite", "refuse_full_file"]

_PAGES_AT_ONCE = 2_048


def copy_sqlite(engine: Engine, target: Path, progress: Progress) -> None:
    """Copy one state of a workbook into an empty file, page by page, while others go on writing."""

    def told(_status: int, remaining: int, total: int) -> None:
        progress(1 - remaining / max(1, total), _("copying"))

    # The transaction of the source keeps the state; without it every write would begin anew.
    with engine.connect() as connection, closing(_empty(engine, target)) as copy:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        raw = connection.connection.driver_connection
        if raw is None:
            raise TypeError("the connection is closed")
        copy.execute("PRAGMA synchronous = OFF")  # it is brought to the disk when it is whole
        raw.backup(copy, pages=_PAGES_AT_ONCE, progress=told, sleep=0)
        copy.execute("PRAGMA journal_mode = DELETE")  # whole by itself, without a log beside it


def _empty(engine: Engine, target: Path) -> Any:
    """Open an empty file: under the key of the workbook, where that is encrypted."""
    path = file_of(engine)
    if path is None or not is_encrypted(path):
        return sqlite3.connect(target)
    key = held_keys()[salt_of(path)]  # by which the engine was opened
    return connect_with(key, (str(target),), {})


@contextmanager
def place_sqlite(place: Path) -> Iterator[Path]:
    """Give a file to put a workbook into; it takes its place when the block ends well."""
    refuse_full_file(place)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with a_part_of(place) as part:
        yield part
        if place.exists():  # of nothing, as was seen before
            os.replace(part, place)
        else:
            put_in_place(part, place)


def refuse_full_file(place: Path) -> None:
    """Refuse to restore where a workbook is already, or where one has left its log.

    Raises
    ------
    NotPermitted
        If something is there. A log of another workbook would be written into the restored one.
    """
    if place.exists() and place.stat().st_size:
        raise NotPermitted(
            _(
                "There is a workbook at {place} already. A backup is restored only where there is "
                "none: move it away, or give another place with --db.",
                place=place,
            )
        )
    for ending in ("-wal", "-journal"):
        log = place.with_name(place.name + ending)
        if log.exists() and log.stat().st_size:
            raise NotPermitted(
                _(
                    "{log} was left by an earlier workbook and may hold its last entries. Move it "
                    "away before restoring.",
                    log=log,
                )
            )
