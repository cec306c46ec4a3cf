"""Help in hardship through the door: asked for, decided in time by somebody else, paid (S1-62).

Decides until when a request must be decided and that a decision has a reason; what open, overdue
and helped mean stands in :mod:`casework.records.money`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import HardshipCase, Person, Staff, hardship_status
from casework.records.base import now
from casework.records.money import HARDSHIP_STATES
from casework.terms import _
from casework.workbook.owning import caseworkers

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Hardship", "HardshipRow"]

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class HardshipRow:
    """One request on a day.

    Attributes
    ----------
    status : str
        One of `HARDSHIP_STATES`.
    days_left : int
        Until its last day; negative after it. Of no meaning once it is decided.
    caseworker : str or None
        Who looks after the person, and so after the request.
    own : bool
        Whether whoever asks wrote the request, and so may not decide it.
    """

    hardship_id: int
    person_id: int
    person: str
    situation: str
    evidence: str | None
    applied_on: date
    due_on: date
    status: str
    days_left: int
    caseworker: str | None
    decided_on: date | None
    decided_by: str | None
    decision_reason: str | None
    own: bool


class Hardship:
    """What is done with requests for help in hardship.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def list(
        self,
        *,
        statuses: Sequence[str] = HARDSHIP_STATES,
        person_id: int | None = None,
        as_of: date | None = None,
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[HardshipRow]:
        """List requests: those over their time first, then those that come due first."""
        day, me = as_of or self._workbook.today, self._workbook.actor.name
        status = hardship_status(day)
        rank = case({name: n for n, name in enumerate(HARDSHIP_STATES)}, value=status)
        query = _rows(day).where(status.in_(statuses))
        if person_id is not None:
            query = query.where(HardshipCase.person_id == person_id)
        query = query.order_by(rank, HardshipCase.due_on, HardshipCase.id)
        with self._workbook.reading() as session:
            found = session.execute(query.limit(limit).offset(offset)).all()
        return [_row(one, day, me) for one in found]

    def count(self, *, as_of: date | None = None) -> dict[str, int]:
        """Count requests by status on a day."""
        day = as_of or self._workbook.today
        each = _rows(day).with_only_columns(hardship_status(day).label("status")).subquery()
        query = select(each.c.status, func.count()).group_by(each.c.status)
        with self._workbook.reading() as session:
            found = {name: n for name, n in session.execute(query)}
        return {name: found.get(name, 0) for name in HARDSHIP_STATES}

    def apply(
        self, person_id: int, situation: str, *, evidence: str = "", on: date | None = None
    ) -> int:
        """Write a request down with its clock, and give its id.

        Raises
        ------
        InvalidEntry
            If it is not said what the hardship is, or the day lies in the future.
        NotFound
            If there is no such person.
        """
        book, day = self._workbook, on or self._workbook.today
        told = situation.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(_("Say in a few words what the hardship is."), "situation")
        if day > book.today:
            raise InvalidEntry(
                _("This day lies in the future. Choose today or earlier."), "on", day
            )
        due = day + timedelta(days=int(book.agency.setting("hardship_days", day)))
        with book.transaction() as session:
            if session.get(Person, person_id) is None:
                raise NotFound(_("There is no person with the number {id}.", id=person_id))
            one = HardshipCase(
                person_id=person_id,
                situation=told,
                evidence=evidence.strip()[:_LONGEST] or None,
                applied_on=day,
                due_on=due,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(one)
            session.flush()
            book.log(session, "ask_hardship", "hardship_case", one.id, after={"due": str(due)})
        return one.id

    def decide(self, hardship_ids: int | Sequence[int], decision: str, *, reason: str) -> None:
        """Grant or decline requests of somebody else's, with the reason: all of them or none.

        Parameters
        ----------
        decision : {"granted", "declined"}

        Raises
        ------
        NotPermitted
            If it is the own request, or decided already.
        InvalidEntry
            If the reason is missing.
        """
        told = reason.strip()[:_LONGEST]
        if decision not in ("granted", "declined") or not told:
            raise InvalidEntry(
                _("Grant or decline it, and say in a sentence why."), "decision", decision
            )
        book = self._workbook
        with book.transaction() as session:
            asked = [hardship_ids] if isinstance(hardship_ids, int) else hardship_ids
            for hardship_id in sorted(asked):
                one = self._undecided(session, hardship_id)
                one.decision, one.decided_on = decision, book.today
                one.decided_by, one.decision_reason = book.actor.name, told
                book.log(session, "decide_hardship", "hardship_case", one.id,
                         after={"decision": decision, "reason": told})  # fmt: skip

    def _undecided(self, session: Session, hardship_id: int) -> HardshipCase:
        """Give a request that whoever acts may decide."""
        one = session.get(HardshipCase, hardship_id, with_for_update=True)
        if one is None or one.superseded_at is not None:
            raise NotFound(_("There is no request with the number {id}.", id=hardship_id))
        if one.decision is not None:
            raise NotPermitted(
                _("Request no. {id} is decided already. Read the list again.", id=one.id)
            )
        if one.recorded_by == self._workbook.actor.name:
            raise NotPermitted(
                _("You wrote request no. {id} yourself. Somebody else decides it.", id=one.id)
            )
        return one


def _rows(day: date) -> Any:
    seats = caseworkers(day).subquery()
    return (
        select(
            HardshipCase,
            Person.name.label("person"),
            Staff.name.label("caseworker"),
            hardship_status(day).label("status"),
        )
        .join(Person, Person.id == HardshipCase.person_id)
        .outerjoin(seats, seats.c.person_id == HardshipCase.person_id)
        .outerjoin(Staff, Staff.id == seats.c.staff_id)
        .where(HardshipCase.superseded_at.is_(None), HardshipCase.applied_on <= day)
    )


def _row(found: Any, day: date, me: str) -> HardshipRow:
    one: HardshipCase = found.HardshipCase
    return HardshipRow(
        hardship_id=one.id,
        person_id=one.person_id,
        person=found.person,
        situation=one.situation,
        evidence=one.evidence,
        applied_on=one.applied_on,
        due_on=one.due_on,
        status=found.status,
        days_left=(one.due_on - day).days,
        caseworker=found.caseworker,
        decided_on=one.decided_on,
        decided_by=one.decided_by,
        decision_reason=one.decision_reason,
        own=one.recorded_by == me,
    )
