"""Consents through the door: asked and recorded, withdrawn with effect, and what a refusal stops.

Decides that an answer is kept with how it was given, and what a withdrawal brings about. Leaves who
may answer for whom to `casework.workbook.consent_entry`, what an answer means to
`casework.planning.consents` and what goes outside to `casework.workbook.sharing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning.consents import last_valid_day
from casework.records import Consent, Disclosure, Person, disclosure_status, is_restricted
from casework.records.base import now
from casework.records.consents import kinds_text
from casework.reference.privacy import Notice, Purpose, notices, purposes
from casework.terms import _
from casework.workbook.consent_entry import (
    ConsentEntry,
    check_entry,
    purpose_of,
    refuse_pressing,
    trimmed,
)
from casework.workbook.consent_rows import (
    PurposeState,
    ToAsk,
    count_to_ask,
    read_states,
    to_ask,
)
from casework.workbook.fact_entry import present

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["ConsentEntry", "Consents", "Withdrawn", "locked", "refuse_unconsented"]

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal brought about: recipients that hold data and are to be told.

    Attributes
    ----------
    n_stopped : int
        Lasting arrangements that ended with it.
    to_tell : tuple of str
        Names of the recipients who were given data on the strength of it.
    """

    n_stopped: int
    to_tell: tuple[str, ...]


class Consents:
    """What is done with consents.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- reading --------------------------------------------------------------------------------

    def states(self, person_id: int, *, as_of: date | None = None) -> tuple[PurposeState, ...]:
        """Tell how every purpose stands with a person, in the order of the notice.

        Raises
        ------
        NotFound
            If there is no such person.
        """
        with self._workbook.reading() as session:
            present(session, person_id)
            return read_states(session, person_id, as_of or self._workbook.today)

    def state(self, person_id: int, purpose: str, *, as_of: date | None = None) -> PurposeState:
        """Tell how one purpose stands with a person."""
        purpose_of(purpose)
        found = self.states(person_id, as_of=as_of)
        return next(one for one in found if one.purpose.code == purpose)

    def notice(self, *, on: date | None = None) -> Notice:
        """Give the notice in use on a day; before the first one, the first."""
        day = on or self._workbook.today
        used = [one for one in notices() if one.since <= day]
        return used[-1] if used else notices()[0]

    def to_ask(
        self, *, as_of: date | None = None, search: str = "", limit: int | None = 200,
        offset: int = 0,
    ) -> list[ToAsk]:  # fmt: skip
        """List the people in care of whom something is still to be asked."""
        with self._workbook.reading() as session:
            return to_ask(
                session,
                as_of or self._workbook.today,
                search=search,
                limit=limit,
                offset=offset,
            )

    def count_to_ask(self, *, as_of: date | None = None) -> tuple[int, int]:
        """Count the people in care of whom something is still to be asked, and all in care."""
        with self._workbook.reading() as session:
            return count_to_ask(session, as_of or self._workbook.today)

    # --- doing ----------------------------------------------------------------------------------

    def record(self, person_id: int, entry: ConsentEntry) -> list[int]:
        """Write down what a person answered; each answer is a row of its own.

        Raises
        ------
        InvalidEntry
            If a code is unknown, a day cannot be, or it is not said who decided or who was there.
        NotPermitted
            If it is asked again too soon after a refusal.
        """
        book = self._workbook
        day = entry.on or book.today
        with book.transaction() as session:
            person = locked(session, person_id)
            known = _kept(session, person_id, entry.client_key)
            if known:
                return known
            check_entry(entry, person, day, book.today)
            stands = {one.purpose.code: one for one in read_states(session, person_id, day)}
            rows = []
            for code, decision in entry.answers.items():
                refuse_pressing(stands[code], entry, day)
                rows.append(self._row(person_id, purpose_of(code), decision, entry, day))
            session.add_all(rows)
            session.flush()
            answers = dict(entry.answers)
            book.log(session, "record_consent", "person", person_id, after={"answers": answers})
            return [one.id for one in rows]

    def withdraw(
        self, person_id: int, purpose: str, *, recipient_name: str | None = None,
        on: date | None = None, decided_by: str = "self", decider_name: str | None = None,
        authority: str | None = None, reason: str | None = None, client_key: str | None = None,
    ) -> Withdrawn:  # fmt: skip
        """Withdraw a consent: nothing more is given outside, and whoever holds data is to be told.

        It is as easy as giving it (PIPL 15): no reason is asked, and a call is enough.

        Raises
        ------
        NotPermitted
            If there is no consent to withdraw.
        """
        book = self._workbook
        day, chosen = on or book.today, purpose_of(purpose)
        entry = ConsentEntry(
            answers={purpose: "withdrawn"},
            recipient_name=recipient_name,
            on=day,
            decided_by=decided_by,
            decider_name=decider_name,
            authority=authority,
            channel="phone",
            witness=book.actor.name,
            raised_by="person",
            reason=reason,
            client_key=client_key or uuid4().hex,
        )
        with book.transaction() as session:
            person = locked(session, person_id)
            if not _kept(session, person_id, entry.client_key):
                check_entry(entry, person, day, book.today, accepted=("withdrawn",))
                found = next(
                    one for one in read_states(session, person_id, day)
                    if one.purpose.code == purpose
                )  # fmt: skip
                named = dict(found.named).get(recipient_name or "")
                if not (named or found.standing).is_given and not (
                    recipient_name is None and any(one.is_given for _name, one in found.named)
                ):
                    raise NotPermitted(
                        _(
                            "There is no consent to “{purpose}” that could be withdrawn.",
                            purpose=chosen.label,
                        )
                    )
                before = _standing_out(session, person_id, purpose, recipient_name, book.today)
                session.add(self._row(person_id, chosen, "withdrawn", entry, day))
                session.flush()
                book.log(session, "withdraw_consent", "person", person_id,
                         after={"purpose": purpose})  # fmt: skip
            else:
                before = []
            left = _standing_out(session, person_id, purpose, recipient_name, book.today)
        told = dict.fromkeys(one.recipient_name for one, status in left if status == "to_tell")
        lasted = {one.client_key for one, status in before if status == "lasting"}
        return Withdrawn(len(lasted), tuple(told))

    def strike_out(self, consent_id: int, *, reason: str) -> None:
        """Strike out an answer that was written down by mistake; it stays in the history."""
        if not reason.strip():
            raise InvalidEntry(_("Say why it is struck out, in a sentence."), "reason", reason)
        book = self._workbook
        with book.transaction() as session:
            row = session.get(Consent, consent_id)
            if row is None or row.superseded_at is not None:
                raise NotFound(_("This answer is no longer there. Open the page again."))
            locked(session, row.person_id)
            row.superseded_at = now()
            book.log(
                session,
                "strike_out_consent",
                "person",
                row.person_id,
                after={"consent": consent_id, "reason": reason.strip()[:_LONGEST]},
            )

    # --- parts ----------------------------------------------------------------------------------

    def _row(
        self, person_id: int, purpose: Purpose, decision: str, entry: ConsentEntry, day: date
    ) -> Consent:
        given = decision == "given"
        kinds = entry.kinds.get(purpose.code, purpose.kinds)
        return Consent(
            person_id=person_id,
            purpose=purpose.code,
            recipient=purpose.recipient,
            recipient_name=trimmed(entry.recipient_name) if purpose.recipients else None,
            kinds=kinds_text(kinds),
            decision=decision,
            decided_on=day,
            decided_by=entry.decided_by,
            decider_name=trimmed(entry.decider_name),
            authority=trimmed(entry.authority),
            channel=entry.channel,
            witness=trimmed(entry.witness),
            raised_by=entry.raised_by,
            notice=self.notice(on=day).code,
            valid_until=last_valid_day(day, purpose.valid_days) if given else None,
            reason=trimmed(entry.reason),
            client_key=entry.client_key,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )


def refuse_unconsented(
    session: Session, person_id: int, act: str, on: date, *, to: str | None = None
) -> None:
    """Refuse what a person has said no to: the one question other areas ask before they act.

    Not asked is not refused: the work rests on the duty then, and the screens say what to ask.

    Parameters
    ----------
    to : str or None
        Who outside is told of the person by the act, where somebody is.

    Raises
    ------
    NotPermitted
        If a purpose that allows the act was refused or withdrawn; or if somebody outside were told
        while the person has their data restricted.
    """
    if to is not None and session.scalar(select(is_restricted(person_id, on))):
        raise NotPermitted(
            _(
                "The person has asked that their data be restricted: nobody outside is told. "
                "Answer the request first, on the privacy page."
            )
        )
    if not any(act in one.acts for one in purposes().values()):
        raise ValueError(f"no purpose is about {act!r}")
    for one in read_states(session, person_id, on):
        said = dict(one.named).get(to or "", one.standing)
        if act in one.purpose.acts and said.state in ("refused", "withdrawn"):
            raise NotPermitted(
                _(
                    "Consent to “{purpose}” was refused or withdrawn on {day}. Record a new "
                    "consent first, if the person wants it.",
                    purpose=one.purpose.label,
                    day=said.answer.on if said.answer else "",
                )
            )


_LOCK = 0x636F_6E73  # "cons": answers about one person and what rests on them take turns


def locked(session: Session, person_id: int) -> Person:
    """Give a person who is on file, kept from other answers and sharings until this is done.

    On SQLite nobody else writes meanwhile anyway. Not by a lock on the row: whoever may record an
    answer need not be allowed to change the person.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK, person_id)))
    return present(session, person_id)


def _kept(session: Session, person_id: int, client_key: str) -> list[int]:
    query = select(Consent.id).where(
        Consent.client_key == client_key, Consent.person_id == person_id
    )
    return list(session.scalars(query.order_by(Consent.id)))


def _standing_out(
    session: Session, person_id: int, purpose: str, name: str | None, on: date
) -> list[tuple[Disclosure, str]]:
    """List what was given outside for a purpose, and how that stands on a day."""
    query = select(Disclosure, disclosure_status(on)).where(
        Disclosure.person_id == person_id, Disclosure.purpose == purpose
    )
    if name is not None:
        query = query.where(Disclosure.recipient_name == name)
    return [(one, status) for one, status in session.execute(query.order_by(Disclosure.id))]
