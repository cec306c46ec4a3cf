"""Who answers for a person, and that nothing is left without an owner (S3-8).

Decides that the caseworker of a person answers, and who stands in while that seat is empty: the
supervisor of the person's unit, of the unit above it, at last any supervisor or administrator. What
has no owner, or one who has left, is given to whoever answers; leaves handing over to
:mod:`casework.workbook.caseloads`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from casework.records import (
    CareTeamMember,
    Goal,
    Issue,
    Need,
    Organisation,
    Person,
    Staff,
    Task,
    covers,
    in_care_on,
)
from casework.records.bulk import change_rows

__all__ = [
    "STAND_IN",
    "Chief",
    "answering_for",
    "at_work",
    "caseworkers",
    "owners_of",
    "settle_owners",
]

STAND_IN = "stand_in"
"""The seat, found in no care team, of whoever answers while a person has no caseworker."""

_STANDING_IN = ("supervisor", "administrator")
_SET = 5_000


def at_work(on: date) -> ColumnElement[bool]:
    """Tell which members of staff are at work on a day."""
    return covers(Staff.active_from, Staff.active_to, on)  # type: ignore[arg-type]


class Chief:
    """Finds who stands in for a caseworker, by the unit of the person.

    Parameters
    ----------
    on : date
        The day asked about.
    """

    def __init__(self, session: Session, on: date) -> None:
        self.session = session
        self.on = on
        self._found: dict[int | None, int | None] = {}

    def of_unit(self, unit_id: int | None) -> int | None:
        """Give the supervisor of a unit or of the nearest unit above it, else of all units."""
        if unit_id not in self._found:
            self._found[unit_id] = self._search(unit_id)
        return self._found[unit_id]

    def _search(self, unit_id: int | None) -> int | None:
        seen: set[int] = set()
        here = unit_id
        while here is not None and here not in seen:
            if here in self._by_unit:
                return self._by_unit[here]
            seen.add(here)
            here = self._parents.get(here)
        return self._by_unit.get(None) or next(iter(self._by_unit.values()), None)

    @cached_property
    def _by_unit(self) -> dict[int | None, int]:
        found: dict[int | None, int] = {}
        for role in _STANDING_IN:
            rows = self.session.execute(
                select(Staff.unit_id, Staff.id)
                .where(Staff.role == role, at_work(self.on))
                .order_by(Staff.id)
            )
            for unit_id, staff_id in rows:
                found.setdefault(unit_id, staff_id)
        return found

    @cached_property
    def _parents(self) -> dict[int, int | None]:
        rows = self.session.execute(select(Organisation.id, Organisation.parent_id))
        return {unit_id: parent for unit_id, parent in rows}


def caseworkers(on: date) -> Select[int, int | None]:
    """Ask who is the caseworker of whom on a day, of those at work: person and member of staff."""
    return (
        select(CareTeamMember.person_id, func.max(CareTeamMember.staff_id).label("staff_id"))
        .join(Staff, Staff.id == CareTeamMember.staff_id)
        .where(
            CareTeamMember.role == "caseworker",
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
            at_work(on),
        )
        .group_by(CareTeamMember.person_id)
    )


def owners_of(session: Session, within: ColumnElement[bool], on: date) -> dict[int, int | None]:
    """Tell who stands in for the people who have no caseworker at work, by person.

    Parameters
    ----------
    within : ColumnElement
        Limits `Person` to those asked about.
    """
    seated = exists().where(
        CareTeamMember.person_id == Person.id,
        CareTeamMember.role == "caseworker",
        CareTeamMember.superseded_at.is_(None),
        covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
        Staff.id == CareTeamMember.staff_id,
        at_work(on),
    )
    chief = Chief(session, on)
    if chief.of_unit(None) is None:
        return {}
    rows = session.execute(select(Person.id, Person.unit_id).where(within, ~seated))
    return {person_id: chief.of_unit(unit_id) for person_id, unit_id in rows}


def answering_for(session: Session, person_id: int | None, on: date) -> int | None:
    """Tell who answers for a person on a day: the caseworker, else whoever stands in.

    With no person, whoever answers for what concerns nobody in particular.
    """
    if person_id is None:
        return Chief(session, on).of_unit(None)
    seated = session.scalars(
        select(CareTeamMember.staff_id)
        .join(Staff, Staff.id == CareTeamMember.staff_id)
        .where(
            CareTeamMember.person_id == person_id,
            CareTeamMember.role == "caseworker",
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
            at_work(on),
        )
        .order_by(CareTeamMember.id.desc())
        .limit(1)
    ).first()
    if seated is not None:
        return seated
    return owners_of(session, Person.id == person_id, on).get(person_id)


def settle_owners(session: Session, on: date) -> int:
    """Give what is open and has no owner at work to whoever answers; tell how much that was.

    Does nothing while nobody could answer: a workbook without a supervisor.
    """
    chief = Chief(session, on)
    if chief.of_unit(None) is None:
        return 0
    gone = list(session.scalars(select(Staff.id).where(~at_work(on))))
    moved = 0
    for kind, query in _orphans(gone, on):
        rows = session.execute(query).all()
        for some in _sets(rows):
            seats = _seats(session, {row.person_id for row in some if row.person_id}, on)
            changes = []
            for row in some:
                own = seats.get(row.person_id or 0, {})
                owner = own.get(getattr(row, "actor", "caseworker")) or own.get("caseworker")
                owner = owner or own.get(STAND_IN) or chief.of_unit(None)
                changes.append((owner, row.id))
            change_rows(session, kind, ("owner_id",), iter(changes))
            moved += len(changes)
    return moved


def _orphans(gone: Collection[int], on: date) -> Iterator[tuple[Any, Select[Any]]]:
    """Give the queries for what is open and has no owner, or one of those who have left."""
    in_care = in_care_on(on)
    kinds: tuple[tuple[Any, ColumnElement[bool]], ...] = (
        # In one expression: the owner finds few rows, "not done" nearly all tasks there are.
        (Task, func.coalesce(Task.done_on, Task.cancelled_on).is_(None)),
        (Need, and_(Need.closed_on.is_(None), Need.superseded_at.is_(None))),
        (Issue, and_(Issue.closed_on.is_(None), Issue.superseded_at.is_(None))),
        (Goal, and_(Goal.closed_on.is_(None), Goal.superseded_at.is_(None))),
    )
    for kind, is_open in kinds:
        columns = [kind.id, kind.person_id, *([Task.actor] if kind is Task else [])]
        lost = kind.owner_id.is_(None)
        if gone:
            lost = or_(lost, kind.owner_id.in_(list(gone)))
        query = select(*columns).where(lost, is_open).order_by(kind.id)
        if kind is Need:
            query = query.join(Person, Person.id == Need.person_id).where(in_care)
        yield kind, query


def _seats(session: Session, persons: Collection[int], on: date) -> Mapping[int, Mapping[str, int]]:
    from casework.workbook.plan_situations import around

    return around(session, persons, on).seats if persons else {}


def _sets(rows: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(rows)
    for start in range(0, len(listed), _SET):
        yield listed[start : start + _SET]
