"""Make a workbook of many people out of one of fewer, by SQL: inventing each takes too long.

Copies everybody with what is known of them, and the staff who look after them, so that a caseload
stays as large as it was. Addresses, buildings and communities of a copy are others: people who do
not know each other do not live together, and a community does not grow with an agency. SQLite only;
a file that nobody else has open. It is made beside the workbook and takes its place when it is
whole, so that an interruption leaves the workbook as it was.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["multiply"]

TABLES = (
    "staff", "person", "case_file", "fact", "person_identifier", "related_person", "seasonal_stay",
    "wish", "care_team_member", "person_search", "population", "plan_stamp",
)  # fmt: skip
PEOPLE = frozenset({"person_id", "other_person_id", "merged_into_id"})


def multiply(path: str, people: int) -> None:
    """Copy the people of a workbook until there are so many; those there are stay as they are."""
    beside = Path(f"{path}.growing")
    for left in (beside, Path(f"{beside}-wal"), Path(f"{beside}-shm")):
        left.unlink(missing_ok=True)  # of one that was interrupted
    beside.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as workbook, closing(sqlite3.connect(beside)) as grown:
        workbook.backup(grown)
        workbook.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _grow(beside, people)
    os.replace(beside, path)


def _grow(path: Path, people: int) -> None:
    """Copy people within a file that nobody takes for a workbook yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = -262144")
        held = _last(connection, "person")
        lasts = {one: _last(connection, one) for one in TABLES}
        with _without_triggers(connection):
            for copy in range(1, -(-people // held)):
                upto = min(held, people - copy * held)
                connection.execute("BEGIN")
                for table in TABLES:
                    _copy(connection, table, copy, upto, lasts)
                connection.execute("COMMIT")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise ValueError("a copy refers to somebody who is not there")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _last(connection: sqlite3.Connection, table: str) -> int:
    key = "id" if "id" in _columns(connection, table) else "person_id"
    return int(connection.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)  # noqa: S608


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _copy(
    connection: sqlite3.Connection, table: str, copy: int, upto: int, lasts: dict[str, int]
) -> None:
    """Copy the rows of the first ``upto`` people, or all staff, for the so many-th time."""
    names = _columns(connection, table)
    cells = [_cell(table, name, copy, upto, lasts) for name in names]
    about = {"person": "id", "staff": ""}.get(table, "person_id")
    whose = f"{about} BETWEEN 1 AND {upto}" if about else f"id <= {lasts[table]}"
    quoted = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"INSERT INTO {table} ({quoted}) SELECT {', '.join(cells)} FROM {table} WHERE {whose}"  # noqa: S608
    )


def _cell(table: str, name: str, copy: int, upto: int, lasts: dict[str, int]) -> str:
    """Write what a column of a copy holds."""
    if name == "id" or (table, name) == ("related_person", "replaces_id"):
        return f'"{name}" + {copy * lasts[table]}'
    if name in PEOPLE:
        moved = f'"{name}" + {copy * lasts["person"]}'
        return moved if name == "person_id" else f'CASE WHEN "{name}" <= {upto} THEN {moved} END'
    if name == "staff_id":
        return f'"{name}" + {copy * lasts["staff"]}'
    if (table, name) == ("staff", "login"):
        return f"\"{name}\" || '-{copy}'"
    if (table, name) == ("fact", "value"):
        home = "code IN ('address', 'building', 'community') AND value <> ''"
        return f"CASE WHEN {home} THEN value || '#{copy}' ELSE value END"
    return f'"{name}"'


@contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the triggers away while rows are copied that are derived or noted already."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = found.fetchall()
    for name, _sql in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    yield
    for _name, sql in triggers:
        connection.execute(sql)
