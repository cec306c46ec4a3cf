"""A real PostgreSQL server for the length of a test run.

Decides under which account it runs and how it ends; leaves what is in its databases to the tests.
Each pytest worker has its own server on a Unix socket, so that nothing listens on the network and
nothing has to be agreed between workers.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.programs import postgresql

ROLE = "casework"
START_SECONDS = 240
ROOM_BYTES = 4 << 30
FORGOTTEN_SECONDS = 3600
PR_SET_PDEATHSIG = 1


class PostgresServer:
    """A server that gives away databases, and can be stopped and started again.

    Parameters
    ----------
    folder : Path
        Folder of its socket.
    launch : callable
        Starts its process.
    """

    def __init__(self, folder: Path, launch: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.folder = folder
        self._launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self._launch()
        _wait_until(self.answers, self._process, self.folder / "log")

    def stop(self) -> None:
        """Stop it as an administrator does: whoever is connected is thrown out."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            self._process.wait(START_SECONDS)

    def url(self, database: str) -> str:
        """Give the address of a database as SQLAlchemy takes it."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"

    def database(self, like: str = "template0") -> str:
        """Make a database, empty or a copy of another one, and give its name."""
        name = f"test_{next(self._numbers)}"
        latest = time.monotonic() + START_SECONDS
        while True:
            try:
                # Copied file by file: writing each page down first, for a crash, is twice the work.
                self._order(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY file_copy')
            except psycopg.errors.ObjectInUse:  # whoever worked in it is only just leaving
                if time.monotonic() > latest:
                    raise
            else:
                return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self._order(f'DROP DATABASE "{database}" WITH (FORCE)')

    def answers(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            self._order("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _order(self, sql: str) -> None:
        where = f"host={self.folder} user={ROLE} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(sql)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server for all tests of a session."""
    with a_postgres_server(_memory()) as server:
        yield server


@contextmanager
def a_postgres_server(place: Path = Path("/tmp")) -> Iterator[PostgresServer]:  # noqa: S108
    """Start a server of Debian's PostgreSQL, or of whichever there is; benchmarks do as well."""
    programs = postgresql()
    if programs is None:
        pytest.fail("no PostgreSQL server on this machine; python3 run.py test installs one")
    # Not pytest's folder: the server's account cannot look into root's, and its path is too long
    # for a socket.
    with _own_folder(place) as folder, _running(programs, folder) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database."""
    name = postgres_server.database()
    yield postgres_server.url(name)
    postgres_server.drop(name)


def _memory() -> Path:
    """Give a place for the data of tests in memory, where Linux has one that is large enough.

    Each test has a database of its own, a copy of a thousand files, which on a disk takes some
    five times as long.
    """
    memory = Path("/dev/shm")  # noqa: S108
    try:
        room = shutil.disk_usage(memory).free
    except OSError:
        room = 0
    for left in memory.glob("casework-pg-*"):  # by tests that were killed
        with suppress(OSError):
            is_old = time.time() - left.stat().st_mtime > FORGOTTEN_SECONDS
            if is_old and not (left / "data" / "postmaster.pid").exists():
                shutil.rmtree(left, ignore_errors=True)
    return memory if room >= ROOM_BYTES and os.access(memory, os.W_OK) else Path("/tmp")  # noqa: S108


@contextmanager
def _own_folder(place: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="casework-pg-", dir=place))
    account = _account()
    if account:
        shutil.chown(folder, account)
    yield folder
    shutil.rmtree(folder)


def _account() -> str | None:
    """Name the account to start the server under: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", "daemon") if name in known)


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[PostgresServer]:
    """Make a cluster, run its server, and end it with this process."""
    # In a database of the C locale, Chinese has no trigrams. The clock is set as at the agency's,
    # so that a moment read without its zone shows.
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    surroundings = {"PATH": os.defpath, "LC_ALL": locale, "TZ": "Asia/Shanghai"}
    account = _account()
    group = None if account is None else pwd.getpwnam(account).pw_gid
    data, log = folder / "data", folder / "log"
    options = {"cwd": folder, "env": surroundings, "user": account, "group": group}
    options |= {"extra_groups": [] if account else None, "stdin": subprocess.DEVNULL}
    making = [programs / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--no-sync"]
    with log.open("w") as messages:
        options |= {"stdout": messages, "stderr": messages}
        subprocess.run([*making, "--encoding=UTF8", f"--locale={locale}"], check=True, **options)
        settings = {"listen_addresses": "", "fsync": "off", "full_page_writes": "off"}
        settings |= {"synchronous_commit": "off", "max_wal_size": "256MB"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [programs / "postgres", "-D", data, "-k", folder, *given]

        def launch() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, preexec_fn=_end_with_the_tests, **options)

        server = PostgresServer(folder, launch)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _end_with_the_tests() -> None:
    """Let Linux end the server when the tests are killed and cannot end it themselves."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    latest = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > latest:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.05)
