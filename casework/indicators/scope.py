"""Whose figures, on which day, over which days: what every figure of a board has in common.

Decides what a unit's people are, what the period of a board is and which days are recent; leaves
"in care", "status" to `casework.records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, true

from casework.records import Organisation, Person, ServicePlan, in_force_on
from casework.records.population import population, population_on
from casework.reference import Agency
from casework.terms import CHINA, _

__all__ = ["PERIODS", "Scope", "end_of", "in_scope", "of_unit", "plans_in_force"]

PERIODS = ("recent", "month", "year")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a board is about.

    Parameters
    ----------
    as_of : date
        The day asked about; what happened later does not count.
    unit : str or None
        Code of an organisation: its people and those of all organisations below it. None for
        everybody.
    period : {"recent", "month", "year"}
        Days over which contacts are counted, up to ``as_of``: the agency's days for "never
        reached", the calendar month, the calendar year.
    """

    agency: Agency
    as_of: date
    unit: str | None = None
    period: str = "recent"

    def __post_init__(self) -> None:
        """Refuse a period that does not exist."""
        if self.period not in PERIODS:
            raise ValueError(f"period must be one of {PERIODS}, not {self.period!r}")

    @property
    def recent_days(self) -> int:
        """Days without a contact that put a person on the never-reached list."""
        return int(self.agency.setting("never_reached_days", self.as_of))

    @property
    def recent_since(self) -> date:
        """First of the recent days, which end with ``as_of``."""
        return self.as_of - timedelta(days=self.recent_days - 1)

    @property
    def since(self) -> date:
        """First day of the period, inclusive."""
        if self.period == "recent":
            return self.recent_since
        return self.as_of.replace(day=1, month=1 if self.period == "year" else self.as_of.month)

    def period_words(self) -> str:
        """Name the period, in the language in force."""
        if self.period == "recent":
            return _("in the last {days} days", days=self.recent_days)
        return _("this month") if self.period == "month" else _("this year")


def end_of(day: date) -> datetime:
    """Give the last moment of a day at the office."""
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)


def of_unit(scope: Scope, unit_id: Any = Person.unit_id) -> ColumnElement[bool]:
    """Tell which persons belong to the unit of a board, or to one below it."""
    if scope.unit is None:
        return true()
    tree = select(Organisation.id).where(Organisation.code == scope.unit).cte(recursive=True)
    below = select(Organisation.id).join(tree, Organisation.parent_id == tree.c.id)
    return unit_id.in_(select(tree.union(below).c.id))  # type: ignore[no-any-return]


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Tell which rows of the population a board is about: in care on its day, of its unit."""
    care = population_on(scope.as_of)
    return care if scope.unit is None else and_(care, of_unit(scope, population().c.unit_id))


def plans_in_force(scope: Scope) -> Select[Any]:
    """Select the plans in force on the day of a board, by id, of the people it is about.

    Items are kept by this set: looked up one by one, the plan of each would be found eleven times.
    """
    return (
        select(ServicePlan.id)
        .join(population(), population().c.person_id == ServicePlan.person_id)
        .where(in_force_on(scope.as_of), in_scope(scope))
    )
