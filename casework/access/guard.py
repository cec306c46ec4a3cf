"""Watching that what is saved into a file of SQLite goes into the log that others see.

SQLite's locks belong to the process, and vanish when the process closes *any* descriptor of the
file: ``shutil.copy("cases.sqlite", usb)`` in a notebook is enough
(https://www.sqlite.org/howtocorrupt.html, 2.2). The next program that closes the workbook then
takes itself for the last one and deletes the write-ahead log, and what is saved here goes into a
deleted file and is gone with the kernel. So before and after each transaction the log on the disk
is compared with the one that was opened (one `stat`); where it is another, every connection is
closed and opened again. They must not write their stale log into the workbook while closing: a
helper process holds the workbook open meanwhile, so that none of them takes itself for the last.

Decides when and how connections are renewed; leaves to the door what to tell the person.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from sqlalchemy import Engine, event

__all__ = ["Watch", "is_open_here", "watch_log", "watch_of"]

# The key of an encrypted workbook comes by the pipe, where nobody else reads.
_HOLD = (
    "import importlib, sys; key = sys.stdin.readline().strip(); "
    "module = importlib.import_module('sqlcipher3.dbapi2' if key else 'sqlite3'); "
    "c = module.connect(sys.argv[1], timeout=10); "
    "key and c.execute(f'PRAGMA key = \"{key}\"'); "
    "c.execute('SELECT count(*) FROM sqlite_master').fetchone(); "
    "print('open', flush=True); sys.stdin.read()"
)
_watches: WeakValueDictionary[str, Watch] = WeakValueDictionary()
_by_engine: WeakKeyDictionary[Engine, Watch] = WeakKeyDictionary()
_registering = threading.Lock()


class Watch:
    """The log of one workbook, and all connections of this process to it.

    Parameters
    ----------
    path : Path
        The file of the workbook.
    """

    key: Callable[[], str] | None = None
    """Gives the key of an encrypted workbook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = path.with_name(path.name + "-wal")
        self._engines: WeakSet[Engine] = WeakSet()
        self._live: dict[int, Any] = {}
        self._opened: tuple[int, int] | None = None
        self._renewing = threading.RLock()

    def joins(self, engine: Engine) -> None:
        """Count the connections of an engine from now on."""
        self._engines.add(engine)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "close", self._closed)

    def is_open(self) -> bool:
        """Tell whether this process has a connection to the workbook."""
        return bool(self._live)

    def stands(self) -> bool:
        """Tell whether the log that was opened is the one on the disk."""
        return self._opened is None or self._opened == self._present()

    def renew(self) -> bool:
        """Close every connection and let them be opened again; tell whether all could be closed.

        False where another thread is in the midst of a transaction: it will meet the same question
        when it ends.
        """
        with self._renewing:
            if self.stands():
                return True
            with self._held_open():
                for engine in list(self._engines):
                    engine.dispose()
                if self._live:
                    return False
                self._opened = None
                for engine in list(self._engines)[:1]:
                    with engine.connect():  # so that the helper is not the last one
                        pass
        return True

    def _connected(self, connection: Any, _record: Any) -> None:
        with self._renewing:
            if not self._live or self._opened is None:
                # SQLite opens the log when it first reads.
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                self._opened = self._present()
            self._live[id(connection)] = connection

    def _closed(self, connection: Any, _record: Any) -> None:
        self._live.pop(id(connection), None)
        if not self._live:
            self._opened = None

    def _present(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._log)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def _held_open(self) -> Iterator[None]:
        """Let another process have the workbook open for the length of a block."""
        order = [sys.executable, "-I", "-c", _HOLD, str(self.path)]
        helper = subprocess.Popen(  # noqa: S603 - our own words, and the path as one argument
            order, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            if helper.stdin is not None and helper.stdout is not None:
                helper.stdin.write((self.key() if self.key else "").encode() + b"\n")
                helper.stdin.flush()
                helper.stdout.readline()
            yield
        finally:
            helper.communicate()


def watch_of(engine: Engine) -> Watch | None:
    """Give the watch of an engine; None where it works on no file."""
    return _by_engine.get(engine)


def is_open_here(path: Path) -> bool:
    """Tell whether this process has a connection to the workbook in a file."""
    watch = _watches.get(os.path.realpath(path))
    return watch is not None and watch.is_open()


def watch_log(engine: Engine, path: Path, key: Callable[[], str] | None = None) -> None:
    """Watch the log of the file that an engine works on; engines of one file share the watch.

    Parameters
    ----------
    key : callable, optional
        Gives the key of an encrypted workbook, for the helper that holds it open.
    """
    place = os.path.realpath(path)
    with _registering:
        watch = _watches.get(place)
        if watch is None:
            watch = _watches[place] = Watch(Path(place))
    watch.key = key
    _by_engine[engine] = watch
    watch.joins(engine)
