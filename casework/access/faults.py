"""What a fault of the database means for the person at the desk: one sentence and what to do.

Decides which faults are the surroundings' and not the program's: a server that is gone, a disk that
is full, a file that was moved, is write-protected, damaged or no workbook at all. They become
`WorkbookUnavailable`, wherever a statement, a commit or a connection meets them. Everything else
stays as it is: a mistake of the program's, for the log.

References
----------
https://www.sqlite.org/rescode.html; https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from casework.errors import WorkbookUnavailable
from casework.terms import _

__all__ = [
    "OLE",
    "SQLITE",
    "ZIP",
    "file_named",
    "file_of",
    "let_go_if_damaged",
    "plain_fault",
    "speak_plainly",
    "what_it_holds",
]

_log = logging.getLogger("casework.access")

# Primary result codes of SQLite; the rest of a code says which call met it.
_BUSY, _LOCKED, _READONLY, _IOERR = 5, 6, 8, 10
_CORRUPT, _FULL, _CANTOPEN, _NOTADB = 11, 13, 14, 26
_READONLY_DBMOVED = _READONLY | 4 << 8

ZIP, OLE, SQLITE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00"
_HEAD = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read(16))"
_SECONDS_FOR_A_HEAD = 10


def speak_plainly(engine: Engine) -> None:
    """Let an engine raise `WorkbookUnavailable` where the database cannot be used.

    The file of an SQLite workbook is watched as well: when it was moved away, nothing is written
    into the void and no empty one is made in its place; when another was put there, that is opened.
    """
    event.listen(engine, "handle_error", _let_go_of_the_damaged)
    event.listen(engine, "handle_error", _in_words)
    if file_of(engine) is not None:
        _watch_file(engine)


def file_of(engine: Engine) -> Path | None:
    """Give the file that an engine works on; None for a server, memory or an SQLite URI."""
    return file_named(engine.url)


def file_named(url: URL) -> Path | None:
    """Give the file that an address names; None for a server, memory or an SQLite URI."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return None if name.startswith("file:") else Path(name)


def plain_fault(error: BaseException, engine: Engine) -> WorkbookUnavailable | None:
    """Put the driver's error into words; None where it is no fault of the surroundings.

    Parameters
    ----------
    error : BaseException
        As the driver raised it.
    engine : Engine
        On whose database.
    """
    if engine.dialect.name == "sqlite":
        words = _of_sqlite(getattr(error, "sqlite_errorcode", None), file_of(engine))
    else:
        words = _of_postgresql(error, engine)
    if words is None:
        return None
    lines = str(error).splitlines() or [type(error).__name__]
    _log.warning("the database: %s", lines[0])  # the first line never holds a value of a row
    return WorkbookUnavailable(words)


def what_it_holds(path: Path) -> str | None:
    """Tell what a file that is no workbook is instead, by its first 16 bytes.

    Returns
    -------
    str or None
        A sentence with what to do; None where it begins as a workbook does.
    """
    head = _head_of(path)
    place = str(path.absolute())
    if head is None:
        return None
    if not head:
        return _(
            "The file {place} is empty, so it is no workbook. Check the path, or put the last "
            "backup there.",
            place=place,
        )
    if head.startswith((ZIP, OLE)):
        return _(
            "The file {place} is a spreadsheet or an archive, not a workbook. Check the path; a "
            "roster is read by: casework import",
            place=place,
        )
    if head.startswith(SQLITE):
        return None
    return _(
        "The file {place} is not a workbook, or it is encrypted and the password is wrong or "
        "part of it is missing. Check the path and the password, or put the last backup there.",
        place=place,
    )


def let_go_if_damaged(error: BaseException, engine: Engine) -> None:
    """Close all connections, none of them in use, where one has read a damaged file.

    A connection keeps what it has read after the file is mended.
    """
    if _is_damage(error):
        engine.dispose()


def _is_damage(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (_CORRUPT, _NOTADB)


def _let_go_of_the_damaged(context: ExceptionContext) -> None:
    """Close a connection in use that has read a damaged file."""
    if _is_damage(context.original_exception):
        if context.connection is not None:
            with suppress(Exception):  # its locks would outlive it as long as anybody looks at it
                context.connection.connection.rollback()
        context.is_disconnect = True


def _in_words(context: ExceptionContext) -> WorkbookUnavailable | None:
    if context.is_pre_ping or context.engine is None:
        return None  # the pool connects anew by itself
    return plain_fault(context.original_exception, context.engine)


def _of_sqlite(code: int | None, path: Path | None) -> str | None:
    if code is None:
        return None
    if code == _READONLY_DBMOVED and path is not None:
        return _moved(path)
    told = _SQLITE_FAULTS.get(code & 0xFF)
    return None if told is None else told(path)


def _of_postgresql(error: BaseException, engine: Engine) -> str | None:
    """Read the SQLSTATE; an error of the connection that has none never reached a server."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        raised = engine.dialect.loaded_dbapi
        return _gone() if isinstance(error, raised.OperationalError) else None
    for start, told in _POSTGRESQL_FAULTS.items():
        if state.startswith(start):
            return told()
    return None


def _gone() -> str:
    return _(
        "The database does not answer. Try again in a minute; if it stays so, tell whoever looks "
        "after casework."
    )


def _overloaded() -> str:
    return _("The database has too much to do at this moment. Try again in a minute.")


def _full() -> str:
    return _("The disk is full. Free some space, then try again.")


def _broken_disk() -> str:
    return _(
        "The disk does not take or give the data: it may be full, over its quota or disconnected. "
        "Look after it, then try again."
    )


def _busy() -> str:
    return _("Somebody else is saving at this moment. Try again in a moment.")


def _damaged() -> str:
    return _(
        "The workbook is damaged. Enter nothing more; tell whoever looks after casework: keep a "
        "copy as it is and restore the last good backup."
    )


def _server_reads_only() -> str:
    return _(
        "The database can only be read at present. Try again later; if it stays so, tell whoever "
        "looks after casework."
    )


def _moved(path: Path) -> str:
    return _(
        "The file of the workbook is gone ({place}): it was moved or renamed, or its drive is not "
        "connected. Put it back there, then try again.",
        place=path.absolute(),
    )


def _write_protected(path: Path | None) -> str:
    return _(
        "The workbook cannot be written: its file or folder is write-protected or belongs to "
        "another account ({place}). Get the right to write there, then try again.",
        place="" if path is None else path.absolute(),
    )


def _closed(path: Path | None) -> str:
    """Tell why a file cannot be opened: not there, only to be read, or somebody else's."""
    if path is not None and not path.exists() and os.access(path.parent, os.X_OK):
        return _moved(path)
    if path is not None and _may(path, os.R_OK):
        return _write_protected(path)  # its log can be made nowhere, as on a disk for reading only
    return _(
        "The workbook cannot be opened: its file or folder belongs to another account ({place}). "
        "Get the right to read and write there, then try again.",
        place="" if path is None else path.absolute(),
    )


def _may(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=os.access in os.supports_effective_ids)


def _not_a_database(path: Path | None) -> str:
    return (path and what_it_holds(path)) or _damaged()


_SQLITE_FAULTS: dict[int, Callable[[Path | None], str]] = {
    _BUSY: lambda _path: _busy(),
    _LOCKED: lambda _path: _busy(),
    _READONLY: _write_protected,
    _IOERR: lambda _path: _broken_disk(),
    _CORRUPT: lambda _path: _damaged(),
    _FULL: lambda _path: _full(),
    _CANTOPEN: _closed,
    _NOTADB: _not_a_database,
}
_POSTGRESQL_FAULTS: dict[str, Callable[[], str]] = {
    "08": _gone,  # connection exception
    "57P": _gone,  # shut down, crashed, starting, database dropped
    "53100": _full,
    "53": _overloaded,  # memory, connections, configured limits
    "58": _broken_disk,  # system error
    "25006": _server_reads_only,
    "40": _busy,  # deadlock, serialisation
    "55P03": _busy,  # lock not available
    "XX001": _damaged,
    "XX002": _damaged,
}


def _head_of(path: Path) -> bytes | None:
    """Read the first bytes of a file in a process of its own; None if it cannot be read.

    Closing any descriptor of a database drops the locks that SQLite holds on it in this process,
    so this process never opens the file except through SQLite
    (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    asking = [sys.executable, "-I", "-S", "-c", _HEAD, str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and the path as one argument
            asking, capture_output=True, timeout=_SECONDS_FOR_A_HEAD, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _watch_file(engine: Engine) -> None:
    """Refuse to go on where the file is no longer, and go over to another that took its place."""
    path = file_of(engine)
    if path is None:
        return
    opened: set[tuple[int, int]] = set()

    def before_connecting(*_arguments: Any) -> None:
        if opened and not path.exists():
            raise WorkbookUnavailable(_moved(path))

    def connected(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)
        opened.add(record.info["file"])

    def checked_out(_connection: Any, record: Any, _fairy: Any) -> None:
        present = _identity(path)
        if present is None:
            raise WorkbookUnavailable(_moved(path))
        if present != record.info.get("file"):
            raise InvalidatePoolError

    event.listen(engine, "do_connect", before_connecting)
    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checked_out)


def _identity(path: Path) -> tuple[int, int] | None:
    """Give what tells a file from another one put in its place; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
