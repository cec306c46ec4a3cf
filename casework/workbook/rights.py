"""The rights of the people: requests with their time, a copy of everything, erasure by two persons.

Decides who may ask and until when it is answered, that a refusal has a reason, and that nobody
erases alone. Leaves what is held to `casework.records.holdings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Case,
    Erasure,
    Person,
    RightsRequest,
    Setting,
    Staff,
    consent_state,
    covers,
    request_status,
)
from casework.records.base import now
from casework.records.consents import DECIDERS, REQUEST_OUTCOMES
from casework.reference.privacy import rights, rights_grounds
from casework.terms import _
from casework.workbook.consents import locked
from casework.workbook.erasing import TO_CLEAN, clean_file, erase, fates, mentions_elsewhere
from casework.workbook.owning import answering_for
from casework.workbook.person_export import PersonFile, export_zip
from casework.workbook.person_rows import all_records_of, everything_about

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["ErasurePlan", "ErasureRow", "RequestEntry", "RequestRow", "Rights"]

_LONGEST = 2_000
_DECIDERS = ("supervisor", "leader", "administrator")


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


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What erasing a person would do.

    Attributes
    ----------
    deleted, emptied, kept : dict of str to int
        Rows by table.
    n_mentions : int
        Contacts with others whose words name the person.
    is_cleaned : bool
        Whether the file itself holds nothing of it any more: not while somebody else works in it.
    """

    deleted: dict[str, int]
    emptied: dict[str, int]
    kept: dict[str, int]
    n_mentions: int
    is_cleaned: bool = True


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """One erasure: ``asked``, ``done`` or ``declined``."""

    erasure_id: int
    person_id: int
    person: str
    ground: str
    reason: str
    state: str
    asked_on: date
    asked_by_id: int
    asked_by: str
    confirmed_by: str | None
    declined_reason: str | None
    trace: dict[str, Any] | None


class Rights:
    """What is done when people ask about their data.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- requests -------------------------------------------------------------------------------

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

    def withdraw_request(self, request_id: int) -> None:
        """Take a request back that was written down by mistake."""
        book = self._workbook
        with book.transaction() as session:
            found = session.get(RightsRequest, request_id, with_for_update=True)
            if found is None or found.answered_on is not None:
                raise NotFound(_("This request is no longer there. Open the page again."))
            found.superseded_at = now()
            book.log(session, "withdraw_request", "rights_request", request_id)

    # --- a copy of everything -------------------------------------------------------------------

    def export(self, person_id: int, *, reason: str) -> PersonFile:
        """Make a copy of everything about a person, to be handed over; who and why is kept.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        """
        if not reason.strip():
            raise InvalidEntry(
                _("Say what the copy is for: the request it answers, for instance."), "reason"
            )
        book = self._workbook
        with book.transaction() as session:
            person = locked(session, person_id)
            rows = everything_about(session, all_records_of(session, person_id))
            made = export_zip(
                rows,
                name=person.name,
                agency=str(book.agency.label),
                on=book.today,
                by=book.actor.name,
            )
            told = {"reason": reason.strip()[:_LONGEST], "rows": made.n_rows}
            book.log(session, "export_person", "person", person_id, after=told)
            return made

    # --- erasure --------------------------------------------------------------------------------

    def plan_erasure(self, person_id: int) -> ErasurePlan:
        """Tell what erasing a person would take out, empty and keep; nothing is changed."""
        with self._workbook.reading() as session:
            records = all_records_of(session, person_id)
            found = fates(session, records)
            n = mentions_elsewhere(session, records)
        return ErasurePlan(found["delete"], found["blank"], found["keep"], n)

    def erasures(self, *, states: Sequence[str] = ("asked",)) -> list[ErasureRow]:
        """List erasures that wait for a second person, were done, or were declined."""
        second = aliased(Staff)
        query = (
            select(Erasure, Person.name, Staff.name, second.name)
            .join(Person, Person.id == Erasure.person_id)
            .join(Staff, Staff.id == Erasure.asked_by_id)
            .outerjoin(second, or_(second.id == Erasure.confirmed_by_id,
                                   second.id == Erasure.declined_by_id))
            .order_by(Erasure.id.desc())
        )  # fmt: skip
        with self._workbook.reading() as session:
            rows = [_erasure_row(*one) for one in session.execute(query)]
        return [one for one in rows if one.state in states]

    def ask_erasure(
        self, person_id: int, ground: str, reason: str, *, request_id: int | None = None
    ) -> int:
        """Ask for everything about a person to be erased; a second person confirms it.

        Raises
        ------
        NotPermitted
            If the person is still in care, or it is not known who asks.
        """
        book = self._workbook
        if rights_grounds().entry(ground) is None:
            raise InvalidEntry(_("Choose on what ground it is erased."), "ground", ground)
        if not reason.strip():
            raise InvalidEntry(_("Say why it is erased, in a sentence."), "reason")
        with book.transaction() as session:
            asks = self._decider()
            person = locked(session, person_id)
            if _is_in_care(session, person, book.today):
                raise NotPermitted(
                    _("This person is still in care. Close the case first: what is not kept "
                      "cannot be served.")
                )  # fmt: skip
            waits = session.scalar(
                select(Erasure.id).where(
                    Erasure.person_id == person_id,
                    Erasure.confirmed_at.is_(None),
                    Erasure.declined_at.is_(None),
                )
            )
            if waits is not None:
                raise NotPermitted(_("It has been asked for already and waits to be confirmed."))
            made = Erasure(
                person_id=person_id,
                request_id=request_id,
                ground=ground,
                reason=reason.strip()[:_LONGEST],
                asked_at=now(),
                asked_by_id=asks,
            )
            session.add(made)
            session.flush()
            book.log(session, "ask_erasure", "erasure", made.id, after={"ground": ground})
            return made.id

    def confirm_erasure(self, erasure_id: int) -> ErasurePlan:
        """Confirm an erasure that somebody else asked for, and do it; it cannot be undone.

        Raises
        ------
        NotPermitted
            If the one who asked confirms it, or the person came back into care.
        """
        book = self._workbook
        with book.transaction() as session:
            second = self._decider()
            found = _waiting(session, erasure_id)
            if found.asked_by_id == second:
                raise NotPermitted(
                    _("Whoever asked for it cannot confirm it. Ask another supervisor.")
                )
            person = locked(session, found.person_id)
            if _is_in_care(session, person, book.today):
                raise NotPermitted(_("This person came back into care. Decline the erasure."))
            records = all_records_of(session, person.id)
            n = mentions_elsewhere(session, records)
            trace = erase(session, records)
            done = session.get_one(Erasure, erasure_id)
            done.confirmed_by_id, done.confirmed_at, done.trace = second, now(), trace
            book.log(session, "erase", "erasure", erasure_id, after={"tables": trace})
            if book.engine.dialect.name == "sqlite":
                session.merge(Setting(key=TO_CLEAN, value=True))
        cleaned = clean_file(book.engine)
        return ErasurePlan(trace["delete"], trace["blank"], trace["keep"], n, cleaned)

    def decline_erasure(self, erasure_id: int, reason: str) -> None:
        """Decline an erasure, with the reason; also whoever asked may take it back."""
        book = self._workbook
        if not reason.strip():
            raise InvalidEntry(_("Say why: whoever asked must be told the reason."), "reason")
        with book.transaction() as session:
            found = _waiting(session, erasure_id)
            found.declined_by_id, found.declined_at = self._decider(), now()
            found.declined_reason = reason.strip()[:_LONGEST]
            book.log(session, "decline_erasure", "erasure", erasure_id)

    def _decider(self) -> int:
        actor = self._workbook.actor
        if actor.staff_id is None:
            raise NotPermitted(_("Say who you are first: it is written down who decided."))
        if actor.role not in _DECIDERS:
            raise NotPermitted(_("Erasing is for supervisors and administrators. Ask one of them."))
        return actor.staff_id


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


def _is_in_care(session: Session, person: Person, on: date) -> bool:
    if person.died_on is not None:
        return False
    open_case = select(Case.id).where(
        Case.person_id == person.id,
        covers(Case.opened_on, Case.closed_on, on),  # type: ignore[arg-type]
    )
    return session.scalar(open_case.limit(1)) is not None


def _waiting(session: Session, erasure_id: int) -> Erasure:
    found = session.get(Erasure, erasure_id, with_for_update=True)
    if found is None or found.confirmed_at is not None or found.declined_at is not None:
        raise NotFound(_("This erasure waits no more. Open the page again."))
    return found


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


def _erasure_row(one: Erasure, name: str, asker: str, second: str | None) -> ErasureRow:
    state = "done" if one.confirmed_at else "declined" if one.declined_at else "asked"
    return ErasureRow(
        erasure_id=one.id,
        person_id=one.person_id,
        person=name,
        ground=one.ground,
        reason=one.reason,
        state=state,
        asked_on=one.asked_at.date(),
        asked_by_id=one.asked_by_id,
        asked_by=asker,
        confirmed_by=second if state == "done" else None,
        declined_reason=one.declined_reason,
        trace=one.trace,
    )


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip()[:_LONGEST] or None
