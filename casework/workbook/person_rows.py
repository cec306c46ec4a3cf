"""Every row that says something about one person, from all tables, for export and erasure.

Decides nothing about the tables: `casework.records.holdings` names them all. Forms left half
filled are looked through here, since whom they are about stands in what was entered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from casework.records import Base, Draft, Person
from casework.records.base import Day, Moment
from casework.records.holdings import FORM_FIELDS, HOLDINGS, rows_about

__all__ = ["all_records_of", "copied", "count_rows", "drafts_about", "everything_about"]


def all_records_of(session: Session, person_id: int) -> list[int]:
    """Give the numbers of all records of one person: this one and those that came into it."""
    found = [person_id]
    while True:
        more = session.scalars(
            select(Person.id).where(Person.merged_into_id.in_(found), Person.id.not_in(found))
        ).all()
        if not more:
            return found
        found += more


def everything_about(
    session: Session, person_ids: Collection[int]
) -> dict[str, list[Mapping[str, Any]]]:
    """Give every row about these records by table, in the order of `HOLDINGS`; empty ones too."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in HOLDINGS:
        table = Base.metadata.tables[one.table]
        if one.table == "draft":
            ids = drafts_about(session, person_ids)
            query = select(table).where(table.c.id.in_(ids))
        else:
            query = select(table).where(rows_about(one.table, person_ids))
        ordered = query.order_by(*table.primary_key.columns)
        found[one.table] = [dict(row) for row in session.execute(ordered).mappings()]
    return found


def copied(session: Session, person_id: int, reason: str) -> dict[str, list[Mapping[str, Any]]]:
    """Give what the database copies of a person for a reason, as `everything_about` gives it.

    Moments and days come as the text that JSON has for them.
    """
    found: dict[str, list[Mapping[str, Any]]] = {one.table: [] for one in HOLDINGS}
    rows = select(func.access.copy_about(person_id, reason).table_valued("holding", "held"))
    for table, held in session.execute(rows):
        columns = Base.metadata.tables[table].columns
        found[table].append({column.name: _typed(column, held[column.name]) for column in columns})
    return found


def _typed(column: Column[Any], value: Any) -> Any:
    """Read a value out of JSON as its column holds it."""
    if value is None:
        return None
    if isinstance(column.type, Day):
        return date.fromisoformat(value)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    return value


def count_rows(session: Session, person_ids: Collection[int]) -> dict[str, int]:
    """Count the rows about these records by table; tables without any are left out."""
    found = {}
    for one in HOLDINGS:
        table = Base.metadata.tables[one.table]
        if one.table == "draft":
            n = len(drafts_about(session, person_ids))
        else:
            query = select(func.count()).select_from(table)
            n = session.scalar(query.where(rows_about(one.table, person_ids))) or 0
        if n:
            found[one.table] = n
    return found


def drafts_about(session: Session, person_ids: Collection[int]) -> list[int]:
    """Give the forms left half filled that are about one of these records."""
    wanted = {str(one) for one in person_ids}
    drafts = session.execute(select(Draft.id, Draft.subject, Draft.values))
    return [
        number
        for number, subject, values in drafts
        if _mentions(values, wanted)
        # Forms with a key name their persons; the subject of others is a person, or several.
        or ("key" not in values and wanted & {part.strip() for part in str(subject).split(",")})
    ]


def _mentions(values: Any, wanted: set[str]) -> bool:
    """Tell whether a form names one of these records where it names persons."""
    if isinstance(values, Mapping):
        return any(
            bool(wanted & _numbers(held)) if name in FORM_FIELDS else _mentions(held, wanted)
            for name, held in values.items()
        )
    if isinstance(values, list | tuple):
        return any(_mentions(one, wanted) for one in values)
    return False


def _numbers(held: Any) -> set[str]:
    if isinstance(held, Mapping):
        return {str(one) for one in held} | set().union(*(_numbers(one) for one in held.values()))
    if isinstance(held, list | tuple):
        return set().union(*(_numbers(one) for one in held))
    return {str(held)}
