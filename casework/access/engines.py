"""Database engines that lose nothing: SQLite with full synchronisation, PostgreSQL as it is.

Decides the connection settings and the kind of transaction; leaves what is written to the callers.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["DEFAULT_FILE", "database_url", "open_engine", "writing"]

DEFAULT_FILE = "casework.sqlite"
_BUSY_MILLISECONDS = 10_000


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
    """Open an engine with the settings every workbook needs."""
    if url.get_backend_name() == "postgresql":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, json_serializer=_readable_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the same engine for transactions that write: SQLite then takes the lock at once."""
    return engine.execution_options(casework_writes=True)


def _readable_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA trusted_schema = OFF")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("casework_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
