"""Writing the file of a workbook anew, under another key or under none: encrypt, decrypt, change.

Decides that nobody else has the workbook open meanwhile, that the new file is compared with the old
one row by row before it takes its place at one stroke, and that the old one is overwritten where it
could be read by anybody. Whenever this is broken off, one of the two stands there whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casework.access.backup_file import Progress, a_part_of, put_in_place
from casework.access.cipher import cipher_module, connect_with
from casework.access.guard import is_open_here
from casework.access.keys import FileKey
from casework.access.to_disk import bring_to_disk
from casework.errors import NotPermitted, UnreadableFile, WorkbookLocked
from casework.terms import _

__all__ = ["rewrite"]

_BUSY_SECONDS = 2.0
_AT_ONCE = 1 << 20
_NEW = "rewritten"
_BUSY = (5, 6)
_COPIED = ("user_version", "application_id")


def rewrite(path: Path, present: FileKey | None, wanted: FileKey | None, progress: Progress) -> int:
    """Write the file of a workbook anew under another key; give how many rows it holds.

    Parameters
    ----------
    present, wanted : FileKey or None
        None is a file that is not encrypted.

    Raises
    ------
    NotPermitted
        If somebody has the workbook open.
    UnreadableFile
        If what was written is not what was read; the workbook is as it was.
    WorkbookLocked
        If the present key does not fit.
    """
    place = Path(os.path.realpath(path))
    with _alone(place, present) as connection, a_part_of(place) as part, place.open("r+b") as old:
        _copy(connection, part, wanted, progress)
        rows = _compare(connection, progress)
        connection.execute(f"DETACH DATABASE {_NEW}")
        put_in_place(part, place, keep=1)
        # Whoever waits for the old file finds no workbook in it, and opens the new one.
        _overwrite(old.fileno(), everything=present is None)
    progress(1.0, "")
    return rows


@contextmanager
def _alone(place: Path, key: FileKey | None) -> Iterator[Any]:
    """Give a connection beside which there is no other, and no log beside the file."""
    module = cipher_module()
    if is_open_here(place):
        raise _open_somewhere()
    connection = connect_with(key, (str(place),), {"timeout": _BUSY_SECONDS})
    if connection is None:
        raise WorkbookLocked(
            _("The password does not fit. Nothing was changed; check it, then begin again.")
        )
    try:
        connection.isolation_level = None
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")  # the lock stays
        except module.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BUSY:
                raise
            raise _open_somewhere() from None
        yield connection
    finally:
        connection.close()


def _open_somewhere() -> NotPermitted:
    return NotPermitted(
        _(
            "The workbook is open somewhere. Close every page and notebook, end casework serve, "
            "and begin again; nothing was changed."
        )
    )


def _copy(connection: Any, part: Path, key: FileKey | None, progress: Progress) -> None:
    progress(0.0, _("copying"))
    connection.execute(
        f"ATTACH DATABASE ? AS {_NEW} KEY " + ("''" if key is None else f'"{key.literal}"'),
        (str(part),),
    )
    connection.execute(f"PRAGMA {_NEW}.synchronous = OFF")  # it is brought to the disk when whole
    connection.execute(f"SELECT sqlcipher_export('{_NEW}')")
    for name in _COPIED:
        (value,) = connection.execute(f"PRAGMA main.{name}").fetchone()
        connection.execute(f"PRAGMA {_NEW}.{name} = {int(value)}")


def _compare(connection: Any, progress: Progress) -> int:
    """See that every object and every row arrived; give the number of rows."""
    progress(0.6, _("comparing"))
    objects = "SELECT type, name, tbl_name, sql FROM {}.sqlite_master ORDER BY type, name"
    one, other = (connection.execute(objects.format(of)).fetchall() for of in ("main", _NEW))
    tables = [name for kind, name, _table, _sql in one if kind == "table"]
    rows = 0
    whole = one == other
    for table in tables if whole else ():
        (n, there), (m, here) = (_digest(connection, of, table) for of in ("main", _NEW))
        whole = whole and (n, there) == (m, here)
        rows += n
    found = connection.execute(f"PRAGMA {_NEW}.integrity_check(1)").fetchone()
    if not whole or found != ("ok",):
        raise UnreadableFile(
            _(
                "The new file is not the same as the workbook, so it was thrown away and the "
                "workbook is as it was. Run casework verify."
            )
        )
    return rows


def _digest(connection: Any, of: str, table: str) -> tuple[int, str]:
    quoted = table.replace('"', '""')
    told, n = hashlib.sha256(), 0
    for row in connection.execute(f'SELECT * FROM {of}."{quoted}"'):  # noqa: S608 - our own tables
        told.update(repr(row).encode())
        n += 1
    return n, told.hexdigest()


def _overwrite(file: int, *, everything: bool) -> None:
    """Fill a file that has no name any more with zeros: all of it, or what it is known by."""
    found = os.fstat(file)
    if found.st_nlink:  # somebody gave it a second name, and wants it kept
        return
    size = found.st_size if everything else min(found.st_size, 4096)
    for begin in range(0, size, _AT_ONCE):
        os.pwrite(file, bytes(min(_AT_ONCE, size - begin)), begin)
    bring_to_disk(file)
