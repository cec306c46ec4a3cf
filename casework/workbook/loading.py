"""Many rows at once: how a workbook is filled with what was not recorded one by one.

Decides that rows go in by sets, in the caller's transaction; leaves what they say to the caller,
who gives every row of a table the same columns. The daily work goes through the areas instead,
one act a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table, bindparam, exists, insert, select, update
from sqlalchemy.orm import Session

from casework.records import Base, Organisation, Person

__all__ = ["add_rows", "add_rows_numbered", "change_rows", "holds_people", "organisation_ids"]

_BATCH = 2000

Row = Mapping[str, Any]


def add_rows(session: Session, table: type[Base], rows: Iterable[Row]) -> int:
    """Add rows to a table, set by set, and tell how many there were.

    Parameters
    ----------
    rows : iterable of mapping
        Columns by name, the same ones in each row; columns left out take their default.
    """
    total = 0
    for chunk in _chunks(rows):
        # The table, not the class: the unit of work would split the set wherever a value is None.
        session.execute(insert(_table(table)), chunk)
        total += len(chunk)
    return total


def add_rows_numbered(session: Session, table: type[Base], rows: Iterable[Row]) -> list[int]:
    """Add rows to a table and give their ids, in the order of the rows."""
    column = _table(table).columns["id"]
    ids: list[int] = []
    for chunk in _chunks(rows):
        adding = insert(_table(table)).returning(column, sort_by_parameter_order=True)
        ids.extend(session.scalars(adding, chunk))
    return ids


def change_rows(session: Session, table: type[Base], rows: Iterable[Row]) -> None:
    """Change rows by their ``id``: the other columns, the same ones in each row, are written."""
    whole = _table(table)
    for chunk in _chunks(rows):
        columns = [name for name in chunk[0] if name != "id"]
        changing = (
            update(whole)
            .where(whole.c.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        session.connection().execute(
            changing,
            [{"row_id": row["id"], **{f"new_{n}": row[n] for n in columns}} for row in chunk],
        )


def holds_people(session: Session) -> bool:
    """Tell whether anybody is in the workbook yet."""
    return bool(session.scalar(select(exists().where(Person.id.is_not(None)))))


def organisation_ids(session: Session) -> dict[str, int]:
    """Give the id of every unit of the organisation tree by its code."""
    found = session.execute(select(Organisation.code, Organisation.id))
    return {code: unit_id for code, unit_id in found}


def _table(record: type[Base]) -> Table:
    return Base.metadata.tables[record.__tablename__]


def _chunks(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _BATCH)):
        yield chunk
