"""Bringing the log of SQLite into the workbook's file beside those who write, not in their time.

SQLite has whoever commits bring over what lies in the write-ahead log, and the next who writes
waits for it. Where parts are written one after the other, another thread does it meanwhile.
Decides when; what is committed stands in the log either way, and a killed program loses none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine

from casework.access.faults import file_of

__all__ = ["checkpoints_aside", "choose_who_brings_over"]

_USUAL_PAGES = 1_000
_LONG_LOG = 256 * 1024 * 1024
_aside: ContextVar[bool] = ContextVar("checkpoints_aside", default=False)
_TOLD = "casework_checkpoints_aside"


def choose_who_brings_over(connection: Connection, raw: Any) -> None:
    """Say to a connection that begins to write whether its commit brings the log over itself."""
    aside = _aside.get()
    if connection.info.get(_TOLD, False) is not aside:
        raw.execute(f"PRAGMA wal_autocheckpoint = {0 if aside else _USUAL_PAGES}")
        connection.info[_TOLD] = aside


@contextmanager
def checkpoints_aside(engine: Engine) -> Iterator[Callable[[], None]]:
    """Let transactions of this context leave in the log what they commit; a thread brings it over.

    Gives what to call after each of them, at a moment at which nothing is read: it waits only where
    the log has grown long, so that SQLite begins it anew. When the block ends, all is brought over
    that nobody else still reads.
    """
    path = file_of(engine)
    if path is None:
        yield lambda: None
        return
    log = path.with_name(path.name + "-wal")
    working: Future[None] | None = None

    def committed() -> None:
        nonlocal working
        if working is None or working.done():
            working = worker.submit(_bring_over, engine)
        if log.exists() and log.stat().st_size > _LONG_LOG:
            working.result()
            _bring_over(engine)

    told = _aside.set(True)
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="casework-log") as worker:
            yield committed
            worker.submit(_bring_over, engine)
    finally:
        _aside.reset(told)


def _bring_over(engine: Engine) -> None:
    """Copy from the log what nobody reads as it was before; waits for nobody.

    What cannot be brought over stays in the log, as it does when SQLite fails at it by itself.
    """
    with suppress(engine.dialect.loaded_dbapi.Error):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            connection.close()
