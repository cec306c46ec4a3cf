"""Counting work by rule, unit and member of staff: people, tasks and hours.

Decides how planned work is added up where rules are compared or looked back on; leaves which work
that is to those who compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import Organisation, Person, Staff
from casework.terms import _
from casework.workbook.plan_situations import within

__all__ = ["Count", "Folk", "Ledger", "Row", "folk_of", "hours"]


@dataclass(slots=True)
class Count:
    """Some work: how many tasks, how many minutes by plan (without travel), of which people.

    Attributes
    ----------
    persons : dict of int to int
        How many of the tasks are of each person: what a figure opens adds up to it.
    """

    tasks: int = 0
    minutes: int = 0
    persons: dict[int, int] = field(default_factory=dict)

    def add(self, person_id: int, minutes: int) -> None:
        """Add one task of a person."""
        self.tasks += 1
        self.minutes += minutes
        self.persons[person_id] = self.persons.get(person_id, 0) + 1

    def as_json(self) -> dict[str, Any]:
        """Give the numbers by name; hours with one decimal."""
        return {"people": len(self.persons), "tasks": self.tasks, "hours": hours(self.minutes)}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of work: a rule, unit or member of staff with several counts."""

    key: str
    label: str
    counts: dict[str, Count]

    def as_json(self) -> dict[str, Any]:
        """Give the line by name."""
        told = {name: count.as_json() for name, count in self.counts.items()}
        return {"key": self.key, "label": self.label, **told}


def hours(minutes: int) -> float:
    """Give minutes as hours with one decimal."""
    return round(minutes / 60, 1)


class Ledger:
    """Adds up work under several headings at once.

    Parameters
    ----------
    names : collection of str
        The counts that every line has, such as ``added`` and ``removed``.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = tuple(names)
        self._lines: dict[Hashable, dict[str, Count]] = {}

    def add(self, key: Hashable, name: str, person_id: int, minutes: int) -> None:
        """Add one task under a heading."""
        self.line(key)[name].add(person_id, minutes)

    def line(self, key: Hashable) -> dict[str, Count]:
        """Give the counts of a heading, new ones at zero."""
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = {name: Count() for name in self.names}
        return found

    def rows(self, label: Callable[[Any], tuple[str, str]]) -> tuple[Row, ...]:
        """Give the lines with their key and label, the most work first."""
        found = [Row(*label(key), counts) for key, counts in self._lines.items()]
        return tuple(
            sorted(found, key=lambda row: (-sum(one.tasks for one in row.counts.values()), row.key))
        )


@dataclass(frozen=True, slots=True)
class Folk:
    """Names of people, their units and the staff, for tables of work."""

    people: dict[int, str]
    unit_of: dict[int, int | None]
    units: dict[int, tuple[str, str]]
    staff: dict[int, tuple[str, str]]

    def unit(self, unit_id: int | None) -> tuple[str, str]:
        """Give code and name of a unit."""
        return self.units.get(unit_id or 0, ("", _("without a unit")))

    def worker(self, staff_id: int | None) -> tuple[str, str]:
        """Give login and name of a member of staff."""
        return self.staff.get(staff_id or 0, ("", _("nobody yet")))


def folk_of(session: Session, chosen: Collection[int] | None = None) -> Folk:
    """Read names of people (all, or some), of all units and all staff."""
    query = select(Person.id, Person.name, Person.unit_id)
    if chosen is not None:
        query = query.where(within(Person.id, chosen))
    people: dict[int, str] = {}
    unit_of: dict[int, int | None] = {}
    for person_id, name, unit_id in session.execute(query):
        people[person_id], unit_of[person_id] = name, unit_id
    units = session.execute(select(Organisation.id, Organisation.code, Organisation.name))
    staff = session.execute(select(Staff.id, Staff.login, Staff.name))
    return Folk(
        people,
        unit_of,
        {key: (code, name) for key, code, name in units},
        {key: (login, name) for key, login, name in staff},
    )
