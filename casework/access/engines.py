"""Database engines that lose nothing: SQLite with full synchronisation, PostgreSQL as it is.

Decides the connection settings and the kind of transaction; leaves what is written to the callers.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from casework.access.checkpoints import choose_who_brings_over
from casework.access.cipher import cipher_module, connect_encrypted, is_encrypted, salt_of
from casework.access.faults import file_named, speak_plainly
from casework.access.guard import watch_log
from casework.access.keys import held_keys
from casework.access.texts import refuse_broken_text
from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["DEFAULT_FILE", "database_url", "open_engine", "writing"]

DEFAULT_FILE = "casework.sqlite"
_BUSY_MILLISECONDS = 30_000
_SETTINGS = (
    f"busy_timeout = {_BUSY_MILLISECONDS}",
    "foreign_keys = ON",
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",  # of macOS, whose fsync may leave it in the memory of the drive
    "trusted_schema = OFF",
    "cache_size = -65536",
)
_FIRST_SECONDS, _SHORTEST_SECONDS = 0.02, 0.001  # between two looks whether it is our turn
# Of libpq: seconds, seconds, milliseconds. Without them a cable that was pulled is noticed after
# two hours.
_CHOSEN: dict[str, int | str] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "tcp_user_timeout": 30_000,
    # The rules of access make every question look dear to the server, which then compiles it: half
    # a second for a figure that takes a twentieth to count.
    "options": "-c jit=off",
}


def database_url(chosen: str | None = None) -> URL:
    """Find the database meant: an SQLAlchemy URL or a file path.

    Parameters
    ----------
    chosen : str or None
        ``--db``; None takes ``CASEWORK_DB``, else ``casework.sqlite`` in the working folder.

    Raises
    ------
    InvalidEntry
        If the text is a URL that cannot be understood, or names another kind of database.
    """
    text = chosen or os.environ.get("CASEWORK_DB") or DEFAULT_FILE
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser()))
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("unknown")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidEntry(
            _(
                "The database address is not understood. Accepted are a file path, "
                "sqlite:///file or postgresql://user@host/name. Check --db or CASEWORK_DB."
            ),
            field="db",
            expected="sqlite | postgresql",
        )
    return url


def open_engine(url: URL) -> Engine:
    """Open an engine with the settings every workbook needs.

    Where the database cannot be used, it raises `WorkbookUnavailable`.
    """
    if url.get_backend_name() == "postgresql":
        return _open_server(url)
    path = file_named(url)
    locked = path is not None and is_encrypted(path)
    module = {"module": cipher_module()} if locked else {}
    engine = create_engine(url, json_serializer=_readable_json, hide_parameters=True, **module)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    speak_plainly(engine)
    refuse_broken_text(engine)
    if path is not None:
        if locked:
            _unlock(engine, path)
        watch_log(engine, path, (lambda: held_keys()[salt_of(path)].literal) if locked else None)
    return engine


def _unlock(engine: Engine, path: Path) -> None:
    """Let an engine make its connections with the key of an encrypted file."""

    def connecting(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        return connect_encrypted(path, arguments, options)

    event.listen(engine, "do_connect", connecting)


def _open_server(url: URL) -> Engine:
    """Open an engine that notices within seconds, not hours, that its server is gone."""
    chosen = {name: said for name, said in _CHOSEN.items() if name not in url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=chosen,
    )
    speak_plainly(engine)
    refuse_broken_text(engine)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the same engine for transactions that write: SQLite then takes the lock at once."""
    return engine.execution_options(casework_writes=True)


def _readable_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    try:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()  # the pool has not taken it yet
        raise


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("casework_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    raw: Any = connection.connection.driver_connection
    choose_who_brings_over(connection, raw)
    (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        if not _got_its_turn(raw, patience / 1_000, connection.dialect.loaded_dbapi):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # which says in words what is wrong
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(patience)}")


def _got_its_turn(raw: Any, seconds: float, module: Any) -> bool:
    """Begin to write as soon as nobody else does; False where it cannot be, or not in time.

    SQLite itself lets those who have waited long ask ten times a second, and whoever comes just
    then overtakes them: of twenty who save without a pause, some wait for ever. Here those ask more
    often who have waited longer.
    """
    begun = monotonic()
    while (waited := monotonic() - begun) <= seconds:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except module.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            sleep(max(_SHORTEST_SECONDS, _FIRST_SECONDS / (1 + waited) ** 2))
        else:
            return True
    return False
