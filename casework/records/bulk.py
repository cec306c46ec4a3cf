"""Many rows at once, as fast as the database takes them, in the caller's transaction.

Decides how prepared rows go in (SQLite: one statement for all, PostgreSQL: COPY) and how their ids
are known beforehand; leaves what the rows say to the caller. Values are handed to the database as
values, never as text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select, text, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from casework.records.base import Base, Day, Moment, Record

__all__ = ["Encoder", "change_rows", "copy_rows", "put_rows", "reserve_ids"]

_SQLITE_SET = 20_000


class Encoder:
    """Puts days, moments and lists in the form that the database of a session stores.

    What is the same for many rows is encoded once and used again.
    """

    def __init__(self, session: Session) -> None:
        self.dialect = session.get_bind().dialect
        self._days: dict[date, Any] = {}
        self._lists: dict[tuple[str, ...], Any] = {}
        self._record = Record()
        self._moment = Moment()
        self._day = Day()

    def day(self, value: date | None) -> Any:
        """Encode a day."""
        if value is None:
            return None
        found = self._days.get(value)
        if found is None:
            found = self._days[value] = self._day.process_bind_param(value, self.dialect)
        return found

    def moment(self, value: datetime) -> Any:
        """Encode a moment."""
        return self._moment.process_bind_param(value, self.dialect)

    def record(self, value: Any) -> Any:
        """Encode a list or mapping."""
        if value is None:
            return None
        if self.dialect.name == "sqlite":
            return self._record.process_bind_param(value, self.dialect)
        from psycopg.types.json import Jsonb

        return Jsonb(value)

    def listed(self, values: tuple[str, ...]) -> Any:
        """Encode a list of codes, once for all rows that have the same."""
        found = self._lists.get(values)
        if found is None:
            found = self._lists[values] = self.record(list(values))
        return found

    def stored(self, value: Any) -> Any:
        """Give a list or mapping as `raw` reads it back, to compare the two."""
        return self.record(value) if self.dialect.name == "sqlite" else value

    def plain(self, stored: Any) -> Any:
        """Read a list or mapping that was selected with `raw`."""
        return self._record.process_result_value(stored, self.dialect)

    def again(self, stored: Any) -> Any:
        """Encode a list or mapping that `stored` or `raw` gave, to write it once more."""
        return stored if self.dialect.name == "sqlite" else self.record(stored)

    @staticmethod
    def raw(column: Any) -> ColumnElement[Any]:
        """Select a column as the database stores it, without turning it into Python values."""
        return type_coerce(column, NullType())


def reserve_ids(session: Session, table: type[Base], n: int) -> Sequence[int]:
    """Give so many ids for new rows of a table, which nobody else will use.

    The session must be in a transaction that writes: SQLite then lets nobody else write until it
    ends, and PostgreSQL takes the ids from the sequence of the table.
    """
    if n == 0:
        return ()
    column = table.__table__.columns["id"]
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        last = connection.scalar(select(func.max(column))) or 0
        return range(last + 1, last + 1 + n)
    taken = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)")
    return list(connection.scalars(taken, {"table": table.__tablename__, "n": n}))


def copy_rows(
    session: Session,
    table: type[Base] | Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> int:
    """Write rows of encoded values and tell how many there were.

    Parameters
    ----------
    columns : sequence of str
        Names of the columns, in the order of the values.
    rows : iterable of sequences
        As `Encoder` encodes them.
    """
    connection = session.connection()
    name = _table(table).name
    quoted = ", ".join(f'"{column}"' for column in _known(table, columns))
    if connection.dialect.name == "sqlite":
        return _insert_many(connection, name, quoted, len(columns), rows)
    if connection.scalar(select(func.row_security_active(name))):
        # COPY does not ask the rules about each row, and PostgreSQL refuses it where there are any.
        return _insert_many(connection, name, quoted, len(columns), rows)
    raw = connection.connection.driver_connection
    if raw is None:
        raise TypeError("the connection is closed")
    n = 0
    with raw.cursor() as cursor, cursor.copy(f'COPY "{name}" ({quoted}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
            n += 1
    return n


def change_rows(
    session: Session, table: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Overwrite columns of rows and tell how many rows there were.

    Parameters
    ----------
    rows : iterable of sequences
        The encoded values in the order of the columns, and the id last.
    """
    listed = [tuple(row) for row in rows]
    if not listed:
        return 0
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    pairs = ", ".join(f'"{column}" = {mark}' for column in _known(table, columns))
    statement = f'UPDATE "{table.__tablename__}" SET {pairs} WHERE id = {mark}'  # noqa: S608
    connection.exec_driver_sql(statement, listed)
    return len(listed)


def put_rows(
    session: Session,
    table: type[Base] | Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    keep: Sequence[str] = (),
) -> None:
    """Write rows of encoded values by their key, the first column: new ones, or over the old.

    Parameters
    ----------
    keep : sequence of str
        Columns that stay as they are where the row is there already.
    """
    listed = [tuple(row) for row in rows]
    if not listed:
        return
    connection = session.connection()
    key, *others = _known(table, columns)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    named = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(mark for _column in columns)
    changed = ", ".join(f'"{one}" = excluded."{one}"' for one in others if one not in keep)
    statement = (
        f'INSERT INTO "{_table(table).name}" ({named}) VALUES ({marks}) '  # noqa: S608
        f'ON CONFLICT ("{key}") DO UPDATE SET {changed}'
    )
    connection.exec_driver_sql(statement, listed)


def _table(table: type[Base] | Table) -> Table:
    return table if isinstance(table, Table) else Base.metadata.tables[table.__tablename__]


def _known(table: type[Base] | Table, columns: Sequence[str]) -> Sequence[str]:
    """Refuse a column that the table does not have."""
    whole = _table(table)
    unknown = set(columns) - {column.name for column in whole.columns}
    if unknown:
        raise ValueError(f"{whole.name} has no columns {sorted(unknown)}")
    return columns


def _insert_many(
    connection: Connection, name: str, quoted: str, width: int, rows: Iterable[Sequence[Any]]
) -> int:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * width)
    statement = f'INSERT INTO "{name}" ({quoted}) VALUES ({marks})'  # noqa: S608  (our own names)
    source = iter(rows)
    n = 0
    while chunk := [tuple(row) for row in islice(source, _SQLITE_SET)]:
        connection.exec_driver_sql(statement, chunk)
        n += len(chunk)
    return n
