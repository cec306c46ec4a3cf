"""Grouped queries of which the relation of what is known is made: one row a person each.

Decides how a table is limited to some people and grouped by person; leaves which columns to
:mod:`casework.records.known` and its siblings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, func, literal, select, true

from casework.occasions import days_before, months_before
from casework.records.base import Day
from casework.rules.tree import FIRST_DAY, Subject

__all__ = ["Bound", "Cells", "Grouping", "Limits", "Part", "Persons", "one_of_these"]


class Bound(Enum):
    """Limits whose ids are given when the query is run, so that it is written once for many runs.

    ``IDS`` takes ``limit_ids``, ``RANGE`` takes ``limit_first`` and ``limit_last``.
    """

    IDS = "ids"
    RANGE = "range"


Persons = Collection[int] | tuple[int, int] | Select[Any] | Bound | None
Cells = dict[Subject, tuple[ColumnElement[Any], ...]]


@dataclass(frozen=True)
class Limits:
    """Which people are read: some ids, those from first to last, those of a query, or all."""

    ids: tuple[int, ...] | None = None
    first: int | None = None
    last: int | None = None
    query: Select[Any] | None = None
    bound: Bound | None = None

    @classmethod
    def to(cls, persons: Persons) -> Limits:
        """Make limits of what a caller named."""
        if isinstance(persons, Bound):
            return cls(bound=persons)
        if isinstance(persons, Select):
            return cls(query=persons)
        if isinstance(persons, tuple):
            return cls(first=persons[0], last=persons[1])
        return cls(ids=None if persons is None else tuple(persons))

    @property
    def everybody(self) -> bool:
        """Whether nobody is left out."""
        return self == Limits()

    @property
    def many(self) -> bool:
        """Whether it is everybody, or everybody in a range of ids."""
        return self.everybody or self.first is not None or self.bound is Bound.RANGE

    def of(self, column: Any) -> ColumnElement[bool]:
        """Limit a column of person ids."""
        if self.bound is Bound.IDS:
            return column.in_(bindparam("limit_ids", expanding=True))  # type: ignore[no-any-return]
        if self.bound is Bound.RANGE:
            return column.between(bindparam("limit_first"), bindparam("limit_last"))  # type: ignore[no-any-return]
        if self.ids is not None:
            return column.in_(self.ids)  # type: ignore[no-any-return]
        if self.query is not None:
            return column.in_(self.query)  # type: ignore[no-any-return]
        if self.first is not None and self.last is not None:
            return column.between(self.first, self.last)  # type: ignore[no-any-return]
        return true()


@dataclass(frozen=True)
class Part:
    """One grouped query and the columns of its subjects."""

    source: Subquery | None
    columns: Cells


class Grouping:
    """Groups tables by person, as they stood on a day.

    Parameters
    ----------
    outcomes : tuple of str
        Outcomes of a contact that count as having reached somebody.
    """

    def __init__(self, day: date, outcomes: tuple[str, ...], limits: Limits) -> None:
        self.day = day
        self.outcomes = outcomes
        self.limits = limits

    def grouped(
        self,
        table: Any,
        where: ColumnElement[bool] | None,
        columns: Mapping[Subject, tuple[ColumnElement[Any], ...]],
    ) -> Part:
        """Group a table by person, with one or two columns a subject."""
        if not columns:
            return Part(None, {})
        person = table.c.person_id if isinstance(table, Subquery) else table.person_id
        named = [
            column.label(f"c{number}_{part}")
            for number, cells in enumerate(columns.values())
            for part, column in enumerate(cells)
        ]
        query = select(person.label("person_id"), *named).group_by(person)
        if where is not None:
            query = query.where(and_(where, self.limits.of(person)))
        grouped = query.subquery()
        return Part(
            grouped,
            {
                subject: tuple(grouped.c[f"c{number}_{part}"] for part in range(len(cells)))
                for number, (subject, cells) in enumerate(columns.items())
            },
        )

    def never(self, part: Part) -> Part:
        """Put the first day of the calendar where our own records know of no day: never."""
        first = literal(FIRST_DAY, Day())
        known = {one: func.coalesce(cells[0], first) for one, cells in part.columns.items()}
        return Part(part.source, {one: (cell, cell) for one, cell in known.items()})

    def none(self, part: Part) -> Part:
        """Put zero where our own records know of nothing."""
        return Part(
            part.source, {one: (func.coalesce(cells[0], 0),) for one, cells in part.columns.items()}
        )

    def back(self, amount: int, unit: str) -> date:
        """Give the day so long before the day of the reading."""
        if unit in ("month", "year"):
            return months_before(self.day, amount * (12 if unit == "year" else 1))
        return days_before(self.day, amount * (7 if unit == "week" else 1))


def one_of_these(column: Any, accepted: Sequence[str | int]) -> ColumnElement[bool]:
    """Tell whether a column holds one of these; anything where none are named."""
    return column.in_(accepted) if accepted else true()
