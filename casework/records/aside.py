"""Rows set aside in a temporary table, from which one statement writes them where they belong.

Decides how prepared rows reach the database at once: what many rows share is said once, and the
database puts it together. A set of rows costs one call, during which other threads go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, event
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from casework.records.bulk import Encoder, copy_rows

__all__ = [
    "Packed",
    "pack",
    "set_aside",
    "set_aside_once",
    "temporary",
    "when_committed",
    "write_back",
]

# Rows hold no row: to look for one that holds itself is a quarter of the work.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of encoded values, ready to be set aside.

    Attributes
    ----------
    n : int
        How many rows there are.
    whole : str or None
        All of them as one value, for SQLite.
    rows : collection of sequences
        Each of them, for PostgreSQL; else empty.
    """

    n: int
    whole: str | None = None
    rows: Collection[Sequence[Any]] = ()


def pack(encoder: Encoder, rows: Collection[Sequence[Any]]) -> Packed:
    """Make rows ready to be set aside, without the database: whoever writes them waits less."""
    if encoder.dialect.name != "sqlite":
        return Packed(len(rows), None, rows)
    return Packed(len(rows), _JSON(rows))


def temporary(
    name: str,
    columns: Mapping[str, TypeEngine[Any]],
    *,
    key: Sequence[str] = (),
    kept: bool = False,
) -> Table:
    """Describe a temporary table.

    Parameters
    ----------
    columns : mapping of str to type
        In the order in which rows give their values.
    key : sequence of str
        Columns by which rows are found; unique together.
    kept : bool
        Whether its rows outlast the transaction: see `set_aside_once`.
    """
    return Table(
        name,
        MetaData(),
        *(
            Column(one, kind, primary_key=one in key, autoincrement=False)
            for one, kind in columns.items()
        ),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="PRESERVE ROWS" if kept else "DELETE ROWS",
        sqlite_with_rowid=not key,
    )


def set_aside(session: Session, table: Table, rows: Iterable[Sequence[Any]] | Packed) -> int:
    """Put rows of encoded values into a temporary table, in place of what it held.

    Parameters
    ----------
    table : Table
        As `temporary` describes it; made where this connection does not have it yet.
    rows : iterable of sequences, or Packed
        One value a column, as `casework.records.bulk.Encoder` encodes them.

    Returns
    -------
    int
        How many rows there are.
    """
    packed = rows if isinstance(rows, Packed) else pack(Encoder(session), list(rows))
    _empty(session.connection(), table)
    _add(session, table, packed)
    return packed.n


def set_aside_once(session: Session, table: Table, sets: Sequence[Packed], n: int) -> None:
    """See that a temporary table holds the first sets of a growing list, and nothing else.

    What a connection was given before, it is not given again.

    Parameters
    ----------
    table : Table
        One whose rows are ``kept``.
    sets : sequence of Packed
        The very same list each time, at the end of which sets are added.
    n : int
        How many of them are needed.
    """
    held_by = session.connection().info
    # Forgotten until the transaction is committed: one that is taken back takes its rows along.
    whose, done = held_by.pop(table.name, (None, 0))
    if whose is not sets:
        _empty(session.connection(), table)
        done = 0
    for one in sets[done:n]:
        _add(session, table, one)

    when_committed(session, lambda: held_by.update({table.name: (sets, max(done, n))}))


def when_committed(session: Session, then: Callable[[], object]) -> None:
    """Do something when the transaction ends, unless it, or a part of it, is taken back."""
    stands = [True]

    def committed(_session: Session) -> None:
        if stands:
            stands.clear()
            then()

    def taken_back(_session: Session, _transaction: object) -> None:
        stands.clear()

    event.listen(session, "after_commit", committed)
    event.listen(session, "after_soft_rollback", taken_back)


def _empty(connection: Connection, table: Table) -> None:
    connection.execute(CreateTable(table, if_not_exists=True))
    connection.execute(table.delete())


def _add(session: Session, table: Table, packed: Packed) -> None:
    if packed.whole is None:
        copy_rows(session, table, [column.name for column in table.columns], packed.rows)
    elif packed.n:
        _insert_at_once(session.connection(), table, packed.whole)


def _insert_at_once(connection: Connection, table: Table, rows: str) -> None:
    """Hand all rows over as one value: a third cheaper than row by row, and one call.

    Each row is put by before its cells are taken out of it: SQLite else writes it anew for each.
    """
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cells = ", ".join(f"json_extract(one, '$[{n}]')" for n in range(len(table.columns)))
    connection.exec_driver_sql(
        "WITH handed (one) AS MATERIALIZED (SELECT value FROM json_each(?)) "  # noqa: S608
        f'INSERT INTO "{table.name}" ({names}) SELECT {cells} FROM handed',
        (rows,),
    )


def write_back(session: Session, source: Table, target: Table, key: str) -> None:
    """Overwrite columns of rows with what was set aside for them.

    Parameters
    ----------
    source : Table
        Has the key of the row, and under their names the columns to overwrite.
    """
    pairs = ", ".join(
        f'"{column.name}" = aside."{column.name}"'
        for column in source.columns
        if column.name != key
    )
    session.connection().exec_driver_sql(
        f'UPDATE "{target.name}" SET {pairs} '  # noqa: S608  (our own names)
        f'FROM "{source.name}" AS aside WHERE "{target.name}"."{key}" = aside."{key}"'
    )
