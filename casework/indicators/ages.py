"""Ages in SQL: completed years on a day, and what a birth date known only in part leaves open.

Decides one expression for SQLite and PostgreSQL, over the rows of the population; it agrees with
`casework.factvalues.age_on`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from casework.occasions import months_before
from casework.records.base import Day
from casework.records.population import population

__all__ = ["BAND_YEARS", "age", "age_band", "aged_at_least", "highest_age", "lowest_age"]

BAND_YEARS = 5


class _Years(FunctionElement[int]):
    """Completed years from a day to the day given as its year and its month and day."""

    type = Integer()
    inherit_cache = True

    def __init__(self, born: Any, on: date) -> None:
        super().__init__(born, literal(on.year), literal(on.strftime("%m-%d")))


@compiles(_Years, "sqlite")
def _on_sqlite(element: _Years, compiler: Any, **how: Any) -> str:
    born, year, day = (compiler.process(each, **how) for each in element.clauses)
    return f"({year} - CAST(substr({born}, 1, 4) AS INTEGER) - (substr({born}, 6) > {day}))"


@compiles(_Years, "postgresql")
def _on_postgresql(element: _Years, compiler: Any, **how: Any) -> str:
    born, year, day = (compiler.process(each, **how) for each in element.clauses)
    return (
        f"({year} - CAST(EXTRACT(YEAR FROM {born}) AS INTEGER)"
        f" - CAST(to_char({born}, 'MM-DD') > {day} AS INTEGER))"
    )


def _is_born(on: date) -> ColumnElement[bool]:
    """Tell whose birth date is known at all and lies, at its latest, not after the day."""
    born = population().c
    return and_(born.born_on_earliest.is_not(None), born.born_on_latest <= literal(on, Day()))


def lowest_age(on: date) -> ColumnElement[int | None]:
    """Give the age on a day if the birth date is the latest it may be; None if unknown."""
    return case((_is_born(on), _Years(population().c.born_on_latest, on)))


def highest_age(on: date) -> ColumnElement[int | None]:
    """Give the age on a day if the birth date is the earliest it may be; None if unknown."""
    return case((_is_born(on), _Years(population().c.born_on_earliest, on)))


def age(on: date) -> ColumnElement[int | None]:
    """Give the age on a day where every birth date that is possible leads to the same one."""
    return case((lowest_age(on) == highest_age(on), lowest_age(on)))


def aged_at_least(years: int, on: date) -> ColumnElement[int | None]:
    """Tell who is of an age on a day: 1, 0, or NULL where it is not known.

    Compares birth dates with the day so many years ago, which is cheaper than reckoning ages.
    """
    limit, born = literal(months_before(on, 12 * years), Day()), population().c
    return case((born.born_on_latest <= limit, 1), (born.born_on_earliest > limit, 0))


def age_band(on: date) -> ColumnElement[int | None]:
    """Give the first age of the band of `BAND_YEARS` years, where it is certain."""
    low, high = lowest_age(on) // BAND_YEARS, highest_age(on) // BAND_YEARS
    return case((low == high, low * BAND_YEARS))
