"""Dumping a workbook out of PostgreSQL while it is in use, and loading such a dump.

Decides which of PostgreSQL's own programs are used (those of the server's version, else the next
newer), and what of a dump is loaded: the tables and what is in them. Functions, triggers and rules
of access are not: `init` makes them for the roles that there are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from casework.access.backup_file import Progress
from casework.access.engines import open_engine
from casework.errors import NotFound, NotPermitted, UnreadableFile
from casework.terms import _

__all__ = [
    "a_passing_database",
    "dump_postgresql",
    "expected_size",
    "load_postgresql",
    "refuse_full_database",
]

_HOMES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin",
          "/usr/local/opt/postgresql*/bin", "/Library/PostgreSQL/*/bin")  # fmt: skip
_LOADED = (
    "SCHEMA", "EXTENSION", "TABLE", "TABLE DATA", "SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET",
    "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX",
)  # fmt: skip


@contextmanager
def dump_postgresql(connection: Connection) -> Iterator[BinaryIO]:
    """Dump the state that a transaction sees; it is read from what this gives, and goes to no disk.

    Parameters
    ----------
    connection : Connection
        In a transaction that reads one state (``REPEATABLE READ``), so that what is counted by it
        is what is dumped.

    Raises
    ------
    NotFound
        If PostgreSQL's programs are not on this machine, or are older than the server.
    NotPermitted
        If the server refuses, as it does to those who may not see everything.
    """
    program = _program("pg_dump", connection)
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    given = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    given += [f"--snapshot={snapshot}", f"--dbname={_where(connection.engine.url)}"]
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(  # noqa: S603  (a list of arguments, no shell)
            [program, *given],
            env=_surroundings(connection.engine.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
        )
        try:
            yield cast(BinaryIO, process.stdout)
        except BaseException:
            _end(process)
            raise
        finally:
            cast(BinaryIO, process.stdout).close()
        if process.wait():
            told.seek(0)
            raise NotPermitted(
                _(
                    "PostgreSQL refused to give everything away: {reason}. A backup is made by the "
                    "owner of the workbook.",
                    reason=_last_line(told.read()),
                )
            )


def expected_size(connection: Connection) -> int:
    """Tell about how large a dump will be, in bytes: packed, an eighth of the database."""
    size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 1
    return int(size) // 8


def load_postgresql(engine: Engine, dump: Path, progress: Progress) -> None:
    """Load the tables of a dump into an empty database, all or nothing.

    Raises
    ------
    NotFound
        If PostgreSQL's programs are not on this machine.
    UnreadableFile
        If the dump cannot be loaded; the database is as empty as before.
    """
    with engine.connect() as connection:
        program = _program("pg_restore", connection)
    listed = _run([program, "--list", str(dump)], engine.url)
    wanted = dump.with_suffix(".list")
    wanted.write_text("\n".join(_loaded(listed.stdout.splitlines())) + "\n", encoding="utf-8")
    given = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    given += [f"--use-list={wanted}", f"--dbname={_where(engine.url)}", "--no-password", str(dump)]
    try:
        progress(0.5, _("loading"))
        done = _run([program, *given], engine.url)
    finally:
        wanted.unlink()
    if listed.returncode or done.returncode:
        reason = _last_line(done.stderr or listed.stderr)
        raise UnreadableFile(
            _("The backup could not be loaded: {reason}. Nothing was changed.", reason=reason)
        )


def refuse_full_database(engine: Engine) -> None:
    """Refuse to restore into a database that holds tables.

    Raises
    ------
    NotPermitted
        If there are any.
    """
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise NotPermitted(
                _(
                    "The database {name} holds tables already. A backup is restored into an empty "
                    "database: make one, and give its address with --db.",
                    name=engine.url.database,
                )
            )


@contextmanager
def a_passing_database(url: URL) -> Iterator[Engine]:
    """Make an empty database on the same server, and drop it after the block.

    Raises
    ------
    NotPermitted
        If this role may not make databases.
    """
    name = f"casework_drill_{token_hex(4)}"
    order = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with order.connect() as connection:
            try:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
            except DBAPIError:
                raise NotPermitted(
                    _(
                        "A backup is tried out in a database of its own, which this role may not "
                        "make. Let a role do it that has CREATEDB."
                    )
                ) from None
        engine = open_engine(url.set(database=name))
        try:
            yield engine
        finally:
            engine.dispose()
            with order.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        order.dispose()


def _program(name: str, connection: Connection) -> str:
    """Find the program of the server's version, else the next newer one."""
    needed = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    found: dict[int, str] = {}
    for folder in [*_homes(), ""]:
        path = shutil.which(name, path=folder or None)
        if path and (major := _major(path)) >= needed:
            found.setdefault(major, path)
    if not found:
        raise NotFound(
            _(
                "{program} of PostgreSQL {version} or newer is not on this machine. Install "
                "postgresql-client-{version}.",
                program=name,
                version=needed,
            )
        )
    return found[min(found)]


def _homes() -> list[str]:
    return [str(found) for home in _HOMES for found in Path("/").glob(home.lstrip("/"))]


def _major(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if found else 0


def _run(order: Sequence[str], url: URL) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs to its end; it ends with us."""
    process = subprocess.Popen(  # noqa: S603  (a list of arguments, no shell)
        order,
        env=_surroundings(url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, said = process.communicate()
    except BaseException:
        _end(process)
        raise
    return subprocess.CompletedProcess(list(order), process.returncode, out, said)


def _surroundings(url: URL) -> dict[str, str]:
    surroundings = {**os.environ, "LC_MESSAGES": "C"}
    if url.password:
        surroundings["PGPASSWORD"] = str(url.password)
    return surroundings


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)


def _where(url: URL) -> str:
    """Give the address as PostgreSQL's own programs take it, without the password."""
    plain = url.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _loaded(listed: Iterable[str]) -> Iterator[str]:
    """Choose what is loaded of a table of contents: ``214; 1259 16389 TABLE public …``."""
    kinds = "|".join(sorted(_LOADED, key=len, reverse=True))
    wanted = re.compile(rf"^\d+; \d+ \d+ (?:{kinds}) (?!- public )")  # which every database has
    return (line for line in listed if wanted.match(line))


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("pg_dump: ").removeprefix("error: ") if lines else "?"
