"""Erasing a person: asked for by one, confirmed by another, and then only a count.

Decides who may ask and confirm, and that nobody in care is erased. Under the rules of a server the
database decides the same, and does it itself (`casework.access.whole_person`): nobody who confirms
has the right to delete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Case, Erasure, Person, Setting, Staff, covers
from casework.records.base import now
from casework.records.holdings import HOLDINGS
from casework.reference.privacy import rights_grounds
from casework.terms import _, day_of
from casework.workbook.consents import locked
from casework.workbook.erasing import TO_CLEAN, clean_file, erase, fates, mentions_elsewhere
from casework.workbook.person_rows import all_records_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["ErasurePlan", "ErasureRow", "Erasures"]

_LONGEST = 2_000
_DECIDERS = ("supervisor", "leader", "administrator")


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


class Erasures:
    """What is done to erase a person.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def plan_erasure(self, person_id: int) -> ErasurePlan:
        """Tell what erasing a person would take out, empty and keep; nothing is changed."""
        with self._workbook.reading() as session:
            if self._workbook.standing is not None:
                counts = session.execute(select(func.access.count_about(person_id))).scalar_one()
                return _foreseen(counts)
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
            if book.standing is not None:
                trace = session.execute(select(func.access.erase(erasure_id))).scalar_one()
                return ErasurePlan(trace["delete"], trace["blank"], trace["keep"], 0)
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


def _foreseen(counts: Mapping[str, int]) -> ErasurePlan:
    found: dict[str, dict[str, int]] = {"delete": {}, "blank": {}, "keep": {}}
    for one in HOLDINGS:
        if n := counts.get(one.table, 0):
            found[one.fate][one.table] = n
    return ErasurePlan(found["delete"], found["blank"], found["keep"], 0)


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


def _erasure_row(one: Erasure, name: str, asker: str, second: str | None) -> ErasureRow:
    state = "done" if one.confirmed_at else "declined" if one.declined_at else "asked"
    return ErasureRow(
        erasure_id=one.id,
        person_id=one.person_id,
        person=name,
        ground=one.ground,
        reason=one.reason,
        state=state,
        asked_on=day_of(one.asked_at),
        asked_by_id=one.asked_by_id,
        asked_by=asker,
        confirmed_by=second if state == "done" else None,
        declined_reason=one.declined_reason,
        trace=one.trace,
    )
