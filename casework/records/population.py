"""The population: one row a person in care and span of days in which nothing known of them changes.

Decides which columns it has and how each is read; the columns come from the vocabulary of facts, so
that a new fact needs no code. Everything in it is derived from facts, cases and persons, and can be
made again at any time: `casework.records.population_rows` writes it. It holds what is a code, a yes
or no, a number or a day; words stay where they are, in `Fact`.

A question as of a day reads the rows whose span contains it: exactly the people in care.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    case,
    literal,
    or_,
)
from sqlalchemy.types import TypeEngine

from casework.records.base import Day
from casework.reference import FactDefinition, code_list, facts

__all__ = [
    "ALL",
    "FROM",
    "NUMBER_OF",
    "ODD",
    "PERSONAL",
    "SEEN",
    "TO",
    "VALUE",
    "codes_of",
    "columns_digest",
    "columns_of",
    "holds_any",
    "population",
    "population_on",
    "said_of",
    "seen_on",
]

PERSONAL = ("sex", "born_on_earliest", "born_on_latest", "died_on", "unit_id")
"""Columns of `Person` that boards and rules ask for, taken over as they are."""

ODD = "?"
"""Stands for a word that the code list does not know among the values of a fact."""

VALUE, FROM, TO, NUMBER_OF, ALL, SEEN = "", "__from", "__to", "__n", "__all", "__seen"
"""What the columns of a fact end with, after its code:

nothing
    Its value: the code, 1 or 0 for yes or no, the number. NULL where it is unknown: nothing held,
    a word outside the code list, or two values that contradict each other.
``__from``, ``__to``
    First and last day that a date may mean.
``__n``
    How many different values a fact with several has, the empty one ("asked: none") not counted.
``__all``
    The values of a coded fact between bars, such as ``|illness|poor|``, a word outside the list as
    ``?``. Of a fact with one value only where there are several or the empty one.
``__seen``
    Of a core fact: the last day it was verified, the first day of the calendar where it never was,
    NULL where nothing is known.
"""


def columns_of(definition: FactDefinition) -> Iterable[tuple[str, TypeEngine[Any]]]:
    """Name the columns of a fact, each with its type."""
    code = definition.code
    if definition.multiple:
        yield code + NUMBER_OF, Integer()
        if definition.list:
            yield code + ALL, Text()
    elif definition.kind == "code":
        yield code + VALUE, Text()
        yield code + ALL, Text()
    elif definition.kind in ("yesno", "number"):
        yield code + VALUE, Integer()
    elif definition.kind == "date":
        yield code + FROM, Day()
        yield code + TO, Day()
    if definition.core:
        yield code + SEEN, Day()


@cache
def population() -> Table:
    """Give the table; its columns are those that the vocabulary of facts asks for."""
    plain: dict[str, TypeEngine[Any]] = {"sex": Text(), "unit_id": Integer()}
    return Table(
        "population",
        # Made from the vocabulary when a workbook is founded, not by a numbered migration.
        MetaData(),
        Column("last_day", Day(), primary_key=True),
        Column("person_id", Integer, primary_key=True, autoincrement=False, index=True),
        Column("first_day", Day(), nullable=False),
        *(Column(name, plain.get(name, Day())) for name in PERSONAL),
        *(
            Column(name, kind)
            for definition in facts().values()
            for name, kind in columns_of(definition)
        ),
        # Rows of one day lie together: a board of today reads no history.
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def columns_digest() -> str:
    """Name the present columns and codes, to tell a table made with another vocabulary."""
    told = [f"{column.name} {column.type!r}" for column in population().columns]
    codes = [f"{one.code}: {sorted(codes_of(one))}" for one in facts().values()]
    return sha256("\n".join([*told, *codes]).encode()).hexdigest()[:16]


def codes_of(definition: FactDefinition) -> frozenset[str]:
    """Give the codes that a fact knows; none for words, numbers and days."""
    if not definition.list:
        return frozenset()
    return frozenset(entry.code for entry in code_list(definition.list).entries)


def population_on(as_of: date) -> ColumnElement[bool]:
    """Tell which rows of the population are about a day; one a person in care on it."""
    table, day = population().c, literal(as_of, Day())
    return and_(table.last_day >= day, table.first_day <= day)


def said_of(code: str, end: str = VALUE) -> ColumnElement[Any]:
    """Give a column of a fact by its code and its end."""
    return population().c[code + end]


def seen_on(code: str) -> ColumnElement[Any]:
    """Give the last day a core fact was verified; the first of the calendar for never."""
    return said_of(code, SEEN)


def holds_any(code: str, values: Iterable[str]) -> ColumnElement[int | None]:
    """Tell for whom one of some values holds: 1, 0, or NULL where that is not known.

    It is not known where nothing is held, or where none of them is but a word that the code list
    does not know.
    """
    definition = facts()[code]
    wanted = sorted(set(values))
    if definition.kind == "yesno":
        value = said_of(code)
        return case((value.in_([int(one == "yes") for one in wanted]), 1), (value.is_not(None), 0))
    several = said_of(code, ALL)
    among = [
        (or_(*(several.contains(f"|{one}|", autoescape=True) for one in wanted)), 1),
        (several.contains(f"|{ODD}|"), None),
        (several.is_not(None), 0),
    ]
    if definition.multiple:
        return case(*among)
    value = said_of(code)
    return case((value.in_(wanted), 1), (value.is_not(None), 0), *among)
