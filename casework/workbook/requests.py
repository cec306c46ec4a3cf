"""Requests of the people about their data, each with its clock.

Decides who may ask, until when it is answered, and that a refusal has a reason (PIPL 44-50).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Person, RightsRequest, Staff, consent_state, request_status
from casework.records.base import now
from casework.records.consents import DECIDERS, REQUEST_OUTCOMES, RESTRICT
from casework.reference.privacy import rights
from casework.terms import _
from casework.workbook.consents import locked
from casework.workbook.owning import answering_for

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["RequestEntry", "RequestRow", "Requests"]

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """What somebody asks of us.

    Parameters
    ----------
    kind : str
        Code of a right: ``access``, ``copy``, ``correct``, ``delete`` …
    asked_by : {"self", "guardian", "agent", "relative"}
        Near relatives ask after the person's death, unless the person decided otherwise.
    verified : str or None
        How it was made sure who asks; needed unless the person asks in person.
    received_on : date or None
        None for today.
    """

    kind: str
    detail: str | None = None
    asked_by: str = "self"
    asker_name: str | None = None
    verified: str | None = None
    received_on: date | None = None
    client_key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request on a day; ``status`` as `casework.records.request_status`."""

    request_id: int
    person_id: int
    person: str
    kind: str
    detail: str | None
    asked_by: str
    asker_name: str | None
    verified: str | None
    received_on: date
    due_on: date
    days_left: int
    status: str
    owner: str | None
    answered_on: date | None
    outcome: str | None
    answer: str | None


class Requests:
    """What people ask of us about their data.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def requests(
        self, *, statuses: Sequence[str] = ("overdue", "open"), person_id: int | None = None,
        as_of: date | None = None, limit: int | None = 200,
    ) -> list[RequestRow]:  # fmt: skip
        """List requests: those over their time first, then by their last day."""
        day = as_of or self._workbook.today
        status = request_status(day)
        query = (
            select(RightsRequest, Person.name, Staff.name, status)
            .join(Person, Person.id == RightsRequest.person_id)
            .outerjoin(Staff, Staff.id == RightsRequest.owner_id)
            .where(
                RightsRequest.superseded_at.is_(None),
                RightsRequest.received_on <= day,
                status.in_(statuses),
            )
            .order_by(
                case({"overdue": 0, "open": 1}, value=status, else_=2),
                RightsRequest.due_on,
                RightsRequest.id,
            )
        )
        if person_id is not None:
            query = query.where(RightsRequest.person_id == person_id)
        with self._workbook.reading() as session:
            found = session.execute(query.limit(limit)).all()
        return [_request_row(one, name, owner, stands, day) for one, name, owner, stands in found]

    def count_requests(self, *, as_of: date | None = None) -> dict[str, int]:
        """Count requests by status on a day, none left out."""
        day = as_of or self._workbook.today
        status = request_status(day).label("status")
        each = (
            select(status)
            .where(RightsRequest.superseded_at.is_(None), RightsRequest.received_on <= day)
            .subquery()
        )
        with self._workbook.reading() as session:
            rows = session.execute(select(each.c.status, func.count()).group_by(each.c.status))
            found = {one: n for one, n in rows}
        return {one: found.get(one, 0) for one in ("overdue", "open", "answered", "refused")}

    def receive(self, person_id: int, entry: RequestEntry) -> int:
        """Write down a request, with its owner and its clock.

        Raises
        ------
        InvalidEntry
            If kind or day cannot be, or it is not said who asks and how that was made sure.
        NotPermitted
            If a relative asks for somebody alive, or the person decided otherwise.
        """
        book = self._workbook
        day = entry.received_on or book.today
        if entry.kind not in rights():
            raise InvalidEntry(_("Choose what is asked for."), "kind", entry.kind)
        if day > book.today:
            raise InvalidEntry(_("This day lies in the future. Choose today or earlier."),
                               "received_on", day)  # fmt: skip
        with book.transaction() as session:
            person = locked(session, person_id)
            known = session.scalar(
                select(RightsRequest.id).where(RightsRequest.client_key == entry.client_key)
            )
            if known is not None:
                return known
            _check_asker(session, person, entry, day)
            made = RightsRequest(
                person_id=person_id,
                kind=entry.kind,
                detail=_trimmed(entry.detail),
                received_on=day,
                due_on=day + timedelta(days=rights()[entry.kind].days),
                asked_by=entry.asked_by,
                asker_name=_trimmed(entry.asker_name),
                verified=_trimmed(entry.verified),
                owner_id=answering_for(session, person_id, book.today) or book.actor.staff_id,
                client_key=entry.client_key,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(made)
            session.flush()
            book.log(session, "receive_request", "rights_request", made.id,
                     after={"kind": entry.kind})  # fmt: skip
            return made.id

    def answer(
        self, request_id: int, outcome: str, answer: str = "", *, on: date | None = None
    ) -> None:
        """Write down the answer: done, done in part, or refused with the reason (PIPL 50)."""
        book = self._workbook
        day = on or book.today
        if outcome not in REQUEST_OUTCOMES:
            raise InvalidEntry(_("Choose what came of it."), "outcome", outcome)
        if outcome != "done" and not answer.strip():
            raise InvalidEntry(_("Say why: whoever asked must be told the reason."), "answer")
        with book.transaction() as session:
            found = session.get(RightsRequest, request_id, with_for_update=True)
            if found is None or found.superseded_at is not None:
                raise NotFound(_("This request is no longer there. Open the page again."))
            if found.answered_on is not None:
                raise NotPermitted(_("This request was answered on {day}.", day=found.answered_on))
            if not found.received_on <= day <= book.today:
                raise InvalidEntry(
                    _("Choose a day from {first} until today.", first=found.received_on), "on", day
                )
            found.answered_on, found.outcome = day, outcome
            found.answer = _trimmed(answer)
            book.log(session, "answer_request", "rights_request", request_id,
                     after={"outcome": outcome})  # fmt: skip

    def lift_restriction(self, person_id: int) -> int:
        """Write down that a person takes restrictions back: data may be given again; tell how many.

        Raises
        ------
        NotPermitted
            If nothing is restricted.
        """
        book = self._workbook
        with book.transaction() as session:
            locked(session, person_id)
            held = session.scalars(
                select(RightsRequest).where(
                    RightsRequest.person_id == person_id,
                    RightsRequest.kind == RESTRICT,
                    RightsRequest.superseded_at.is_(None),
                    or_(RightsRequest.outcome.is_(None), RightsRequest.outcome != "refused"),
                )
            ).all()
            if not held:
                raise NotPermitted(_("Nothing about this person is restricted."))
            for one in held:
                one.superseded_at = now()
                book.log(session, "lift_restriction", "rights_request", one.id)
            return len(held)

    def withdraw_request(self, request_id: int) -> None:
        """Take a request back that was written down by mistake."""
        book = self._workbook
        with book.transaction() as session:
            found = session.get(RightsRequest, request_id, with_for_update=True)
            if found is None or found.answered_on is not None:
                raise NotFound(_("This request is no longer there. Open the page again."))
            found.superseded_at = now()
            book.log(session, "withdraw_request", "rights_request", request_id)


def _check_asker(session: Session, person: Person, entry: RequestEntry, day: date) -> None:
    died = person.died_on is not None and person.died_on <= day
    if entry.asked_by not in DECIDERS:
        raise InvalidEntry(_("Choose who asks."), "asked_by", entry.asked_by)
    if entry.asked_by == "self":
        if died:
            raise InvalidEntry(
                _("The person had died by then. Near relatives decide now."), "asked_by"
            )
        return
    if not _trimmed(entry.asker_name):
        raise InvalidEntry(_("Name who asks."), "asker_name")
    if not _trimmed(entry.verified):
        raise InvalidEntry(
            _("Say how it was made sure who asks: identity card, household register."), "verified"
        )
    if entry.asked_by != "relative":
        return
    if not died:
        raise NotPermitted(
            _("A relative cannot ask for somebody who is alive. The person asks, or an agent.")
        )
    state = session.scalar(select(consent_state(person.id, "after_death", "", day)))
    if state in ("refused", "withdrawn"):
        raise NotPermitted(
            _("The person decided otherwise while alive: relatives may not see the file.")
        )
    if not rights()[entry.kind].after_death:
        raise NotPermitted(
            _("After a death relatives may see, copy, correct and delete; nothing else.")
        )


def _request_row(
    one: RightsRequest, name: str, owner: str | None, status: str, day: date
) -> RequestRow:
    return RequestRow(
        request_id=one.id,
        person_id=one.person_id,
        person=name,
        kind=one.kind,
        detail=one.detail,
        asked_by=one.asked_by,
        asker_name=one.asker_name,
        verified=one.verified,
        received_on=one.received_on,
        due_on=one.due_on,
        days_left=(one.due_on - day).days,
        status=status,
        owner=owner,
        answered_on=one.answered_on,
        outcome=one.outcome,
        answer=one.answer,
    )


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip()[:_LONGEST] or None
