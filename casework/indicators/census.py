"""One pass over the people of a board, grouped by what people are counted by.

Decides nothing about words: the figures made of it stand in `casework.indicators.ageing` and
`casework.indicators.attention`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.indicators.ages import BAND_YEARS
from casework.indicators.figure import Counted
from casework.indicators.groups import groups_counted
from casework.indicators.population import people
from casework.indicators.scope import Scope

__all__ = ["PEOPLE", "Cell", "Census", "take_census"]

PEOPLE = Counted("people")
_GROUPED = ("category", "sex", "age_low", "age_high")


@dataclass(frozen=True, slots=True)
class Cell:
    """So many people of the same category, sex and age."""

    category: str | None
    sex: str | None
    age_low: int | None
    age_high: int | None
    n: int

    @property
    def age(self) -> int | None:
        """The age where it is certain, as the column ``age`` of the people."""
        return self.age_low if self.age_low == self.age_high else None

    @property
    def age_band(self) -> int | None:
        """The first age of the band where it is certain, as the column ``age_band``."""
        if self.age_low is None or self.age_high is None:
            return None
        low, high = self.age_low // BAND_YEARS, self.age_high // BAND_YEARS
        return low * BAND_YEARS if low == high else None

    @property
    def charted(self) -> int:
        """Whether it has a place in the age pyramid, as the column ``charted``."""
        return int(self.sex is not None and self.age_band is not None)


@dataclass(frozen=True, slots=True)
class Census:
    """What one pass over the people of a board counted.

    Attributes
    ----------
    inside, unknown : Counter
        By column of a yes-or-no kind: people with 1, and with NULL.
    """

    cells: tuple[Cell, ...]
    inside: Counter[str]
    unknown: Counter[str]

    @property
    def total(self) -> int:
        """How many people there are."""
        return sum(cell.n for cell in self.cells)

    def count(self, rows: Counted) -> int:
        """Count the people who pass tests on category, sex and age."""
        return sum(cell.n for cell in self.cells if all(test.holds(cell) for test in rows.tests))

    def ages(self, rows: Counted) -> Counter[int]:
        """Count the people who pass the tests by age, as far as their age is known."""
        found: Counter[int] = Counter()
        for cell in self.cells:
            if cell.age is not None and all(test.holds(cell) for test in rows.tests):
                found[cell.age] += cell.n
        return found


def take_census(session: Session, scope: Scope) -> Census:
    """Count the people of a board in one query."""
    told = [f"group_{group.code}" for group in groups_counted(scope)]
    told += ["group_any"] if told else []
    flags = [*told, "recent", "no_record", *(["in_period"] if scope.period != "recent" else [])]
    base = people(scope, [*_GROUPED, *flags])
    by = [base.c[name] for name in _GROUPED]
    counted = [func.count().label("n")]
    for name in flags:
        counted.append(func.sum(case((base.c[name] == 1, 1), else_=0)).label(f"{name}_yes"))
    for name in told:
        counted.append(func.sum(case((base.c[name].is_(None), 1), else_=0)).label(f"{name}_open"))
    cells: list[Cell] = []
    inside: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for row in session.execute(select(*by, *counted).group_by(*by)).mappings():
        cells.append(Cell(**{name: row[name] for name in _GROUPED}, n=row["n"]))
        inside.update({name: int(row[f"{name}_yes"]) for name in flags})
        unknown.update({name: int(row[f"{name}_open"]) for name in told})
    if scope.period == "recent":
        inside["in_period"] = inside["recent"]
    return Census(tuple(cells), inside, unknown)
