"""What members of staff hold: seats, tasks, needs, issues and goals; counted and shared out.

Decides what still waits to be answered for and who takes over whose people; leaves writing it to
:mod:`casework.workbook.caseloads`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casework.records import (
    CareTeamMember,
    Fact,
    Goal,
    Issue,
    Need,
    Person,
    Task,
    covers,
    holds_on,
    in_care_on,
    may_be_open,
    task_status,
)
from casework.workbook.owning import caseworkers

__all__ = [
    "OWNED",
    "Held",
    "caseworkers_of",
    "count_by",
    "held_by",
    "people_by",
    "split",
    "tasks_by",
]

OWNED: dict[str, Any] = {"tasks": Task, "needs": Need, "issues": Issue, "goals": Goal}
"""Kinds of rows that have an owner."""


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds: the persons concerned, and (id, person) of every row by kind."""

    persons: frozenset[int]
    rows: Mapping[str, list[tuple[int, int | None]]]


def held_by(session: Session, staff_id: int, today: date) -> Held:
    """Read what a member of staff holds: seats that go on, and rows that wait."""
    rows: dict[str, list[tuple[int, int | None]]] = {}
    seat = CareTeamMember
    seats = select(seat.id, seat.person_id).where(
        seat.staff_id == staff_id,
        seat.superseded_at.is_(None),
        or_(seat.valid_to.is_(None), seat.valid_to >= today),
    )
    rows["seats"] = [(number, person) for number, person in session.execute(seats)]
    for kind, table in OWNED.items():
        found = select(table.id, table.person_id).where(table.owner_id == staff_id, waits(table))
        rows[kind] = [(number, person) for number, person in session.execute(found)]
    persons = {person for some in rows.values() for _number, person in some if person is not None}
    return Held(frozenset(persons), rows)


def waits(table: Any) -> ColumnElement[bool]:
    """Tell which rows of a kind are still to be answered for."""
    if table is Task:
        return and_(Task.done_on.is_(None), Task.cancelled_on.is_(None))
    return and_(table.closed_on.is_(None), table.superseded_at.is_(None))


def split(
    session: Session, persons: Iterable[int], to: Sequence[int], today: date
) -> dict[int, set[int]]:
    """Give whole communities to the successor who has the fewest people so far, largest first."""
    asked = sorted(persons)
    homes = session.execute(
        select(Fact.person_id, func.max(Fact.value))
        .where(Fact.code == "community", Fact.person_id.in_(asked), holds_on(today))
        .group_by(Fact.person_id)
    )
    home = {person: place for person, place in homes}
    together: dict[str, list[int]] = defaultdict(list)
    for person in asked:
        together[home.get(person) or f"#{person}"].append(person)
    given: dict[int, set[int]] = {one: set() for one in to}
    fair = -(-len(asked) // len(to)) if to else 0
    for _place, some in sorted(together.items(), key=lambda each: (-len(each[1]), each[0])):
        for start in range(0, len(some), max(fair, 1)):
            least = min(to, key=lambda one: (len(given[one]), to.index(one)))
            given[least].update(some[start : start + max(fair, 1)])
    return given


def caseworkers_of(session: Session, persons: Iterable[int], day: date) -> dict[int, int]:
    """Give who is the caseworker of each of some people, at work or not."""
    rows = session.execute(
        select(CareTeamMember.person_id, func.max(CareTeamMember.staff_id))
        .where(
            CareTeamMember.person_id.in_(list(persons)),
            CareTeamMember.role == "caseworker",
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
        )
        .group_by(CareTeamMember.person_id)
    )
    return {person: staff for person, staff in rows if staff is not None}


def people_by(session: Session, day: date) -> dict[int | None, int]:
    """Count the people in care by their caseworker; None for those who have none."""
    seat = caseworkers(day).subquery()
    rows = session.execute(
        select(seat.c.staff_id, func.count())
        .select_from(Person)
        .outerjoin(seat, seat.c.person_id == Person.id)
        .where(in_care_on(day))
        .group_by(seat.c.staff_id)
    )
    return {owner: n for owner, n in rows}


def tasks_by(session: Session, day: date) -> dict[int | None, tuple[int, int]]:
    """Count the open tasks by their owner, and the missed ones among them."""
    status = task_status(day)
    # Not by the index of owners, which leads through every task of every year.
    owner = Task.owner_id + 0
    rows = session.execute(
        select(owner, func.count(), func.sum(case((status == "failed", 1), else_=0)))
        .where(status.in_(("ready", "failed")), may_be_open(day))
        .group_by(owner)
    )
    return {owner: (n, int(late or 0)) for owner, n, late in rows}


def count_by(session: Session, table: Any) -> dict[int | None, int]:
    """Count the rows of a kind that wait, by their owner."""
    rows = session.execute(
        select(table.owner_id, func.count()).where(waits(table)).group_by(table.owner_id)
    )
    return {owner: n for owner, n in rows}
