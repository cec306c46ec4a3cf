"""Contacts: recording a visit or call once, for everybody it was with, and taking it back.

Decides what a contact leaves behind: outcomes and words heard, wishes, needs and opinions, tasks
closed by it, a follow-up with a due day. Nothing is overwritten: a corrected contact is a new one
that points to the old, a withdrawn one stays with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import NotPermitted
from casework.records import REACHED, ChangeLog, Contact, ContactPerson
from casework.records.base import now
from casework.terms import _
from casework.workbook.contact_entry import (
    RECEPTION,
    ContactEntry,
    FollowUp,
    Participant,
    PersonEntry,
    Raised,
    check_entry,
    check_welcome,
)
from casework.workbook.contact_findings import (
    Findings,
    carry_over,
    withdraw_findings,
    write_findings,
)
from casework.workbook.contact_lists import (
    ChannelCount,
    ContactRow,
    LastHeard,
    contact_rows,
    count_by_channel,
    last_heard,
)
from casework.workbook.contact_people import (
    Colleague,
    PersonLine,
    colleagues,
    lines_of,
    pressing_channel,
)
from casework.workbook.contact_rows import (
    chain_of,
    content,
    entry_of,
    new_contact,
    new_parts,
    newest_of,
    next_key,
    present_contact,
    require_staff,
    root_key,
    standing_contact,
    written,
)
from casework.workbook.contact_tasks import (
    Answer,
    answered_by,
    close_tasks,
    reopen_tasks,
    settle_missed,
)
from casework.workbook.need_steps import kind_of_need
from casework.workbook.served import served_persons

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Answer",
    "ChannelCount",
    "Colleague",
    "ContactEntry",
    "ContactRow",
    "Contacts",
    "FollowUp",
    "LastHeard",
    "Participant",
    "PersonEntry",
    "PersonLine",
    "Raised",
    "Recorded",
]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What saving a contact did.

    Attributes
    ----------
    closed : tuple of int
        Tasks it answered.
    follow_ups : tuple of int
        Tasks it left behind.
    repeated : bool
        It had been saved before under the same key; nothing was written now.
    settled : tuple of int
        Missed tasks it took off the list.
    """

    contact_id: int
    closed: tuple[int, ...]
    follow_ups: tuple[int, ...]
    repeated: bool = False
    settled: tuple[int, ...] = ()


class Contacts:
    """What is done with contacts.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def would_answer(self, entry: ContactEntry, *, instead_of: int | None = None) -> list[Answer]:
        """Tell before saving which open tasks the contact answers, and which stand ticked.

        Nothing is checked beyond that, so that a half-filled form can ask on every change.

        Parameters
        ----------
        instead_of : int or None
            The contact that this one will correct: what it closed counts as open.
        """
        reached = _reached_ids(entry)
        if not reached:
            return []
        late = self._late_days(entry.happened_on)
        with self._workbook.reading() as session:
            return answered_by(session, self._completed(entry), reached, late, instead_of)

    def record(self, entry: ContactEntry) -> Recorded:
        """Record a contact; saving the same form again changes nothing.

        A second save under the same key with other content corrects the first one, as when the
        answer to the first was lost and the worker wrote on.

        Raises
        ------
        InvalidEntry
            If a code, the day or the time cannot be, or somebody was not served on that day, or a
            ticked task cannot be answered by it.
        NotPermitted
            If the contact of this key was withdrawn.
        """
        try:
            with self._workbook.transaction() as session:
                saved = newest_of(session, entry.client_key)
                if saved is None:
                    return self._write(session, entry)
                return self._again(session, saved, entry)
        except IntegrityError:
            # Two sessions saved one form at the same moment: the other one was first.
            with self._workbook.transaction() as session:
                saved = newest_of(session, entry.client_key)
                if saved is None:
                    raise
                return self._again(session, saved, entry)

    def record_in(self, session: Session, entry: ContactEntry) -> Recorded:
        """Record a contact in the transaction of another act, as `record` does in its own."""
        saved = newest_of(session, entry.client_key)
        return self._write(session, entry) if saved is None else self._again(session, saved, entry)

    def amend(self, contact_id: int, entry: ContactEntry) -> Recorded:
        """Put a corrected contact in the place of one; the old one stays as history.

        Wishes, needs, opinions and follow-ups of the old contact go over to the new one; those in
        the entry are added.

        Raises
        ------
        NotPermitted
            If the contact was withdrawn, or corrected by somebody else in the meantime.
        """
        with self._workbook.transaction() as session:
            contact = standing_contact(session, contact_id)
            saved = newest_of(session, entry.client_key)
            if saved is not None:
                return self._again(session, saved, entry)
            return self._replace(session, contact, entry)

    def withdraw(self, contact_id: int, reason: str | None = None) -> list[int]:
        """Take a contact back: the tasks it closed are open again, if nothing else closed them.

        Wishes, needs and opinions that nobody has worked on yet, and open follow-ups, go with it.

        Returns
        -------
        list of int
            The tasks that are open again.
        """
        with self._workbook.transaction() as session:
            return self.withdraw_in(session, contact_id, reason)

    def withdraw_in(
        self, session: Session, contact_id: int, reason: str | None = None
    ) -> list[int]:  # fmt: skip
        """Take a contact back in the transaction of another act, as `withdraw` in its own."""
        contact = standing_contact(session, contact_id)
        reopened = reopen_tasks(session, contact.id)
        cancelled = withdraw_findings(session, contact, root_key(session, contact))
        contact.withdrawn_at = now()
        contact.withdrawn_reason = reason
        contact.row_version += 1
        self._let_tasks_follow(session, contact.id)
        self._workbook.log(
            session,
            "withdraw_contact",
            "contact",
            contact.id,
            before={"tasks": reopened, "follow_ups": cancelled},
            after={"reason": reason},
        )
        return reopened

    def people(self, person_ids: Iterable[int], *, as_of: date | None = None) -> list[PersonLine]:
        """Give people in one line each, with what was heard last."""
        with self._workbook.reading() as session:
            return lines_of(session, person_ids, as_of or self._workbook.today)

    def colleagues(self, words: str = "", *, limit: int | None = 12) -> list[Colleague]:
        """Find who may have taken part, by part of the name or login; empty gives all."""
        with self._workbook.reading() as session:
            return colleagues(session, words, self._workbook.today, limit)

    def expected_channel(
        self, person_ids: Iterable[int], *, on: date | None = None
    ) -> tuple[str, str] | None:
        """Give the channel that the most pressing open task asks for, with the task's title.

        Returns
        -------
        tuple of str or None
            None where no task is open, or none of its channels is the agency's.
        """
        book = self._workbook
        offered = [one.code for one in book.agency.channels]
        with book.reading() as session:
            return pressing_channel(session, list(person_ids), on or book.today, offered)

    def of_person(
        self, person_id: int, *, as_of: date | None = None, limit: int = 50, offset: int = 0
    ) -> list[ContactRow]:
        """List the contacts with a person up to a day, the latest first."""
        book = self._workbook
        with book.reading() as session:
            return contact_rows(
                session,
                as_of=as_of or book.today,
                person_id=person_id,
                limit=limit,
                offset=offset,
            )

    def latest(self, *, as_of: date | None = None, limit: int = 50) -> list[ContactRow]:
        """List the latest contacts of the whole workbook, one row a contact and person."""
        book = self._workbook
        with book.reading() as session:
            return contact_rows(session, as_of=as_of or book.today, limit=limit)

    def entry_of(self, contact_id: int) -> ContactEntry:
        """Give a contact back as its form held it, to correct it."""
        with self._workbook.reading() as session:
            return entry_of(session, present_contact(session, contact_id))

    def history(self, contact_id: int) -> list[ChangeLog]:
        """Tell what was done to a contact and to those it corrects, the latest first."""
        with self._workbook.reading() as session:
            chain = [one.id for one in chain_of(session, present_contact(session, contact_id))]
            return list(
                session.scalars(
                    select(ChangeLog)
                    .where(ChangeLog.subject_kind == "contact", ChangeLog.subject_id.in_(chain))
                    .order_by(ChangeLog.id.desc())
                )
            )

    def counts(
        self, first: date, last: date, *, person_id: int | None = None
    ) -> list[ChannelCount]:
        """Count contacts by channel between two days, both included: all together first."""
        with self._workbook.reading() as session:
            return count_by_channel(session, first, last, person_id=person_id)

    def last_heard(
        self, person_ids: Iterable[int] | None = None, *, as_of: date | None = None, limit: int = 50
    ) -> list[LastHeard]:
        """Tell who has not been heard of for longest, never reached first.

        Parameters
        ----------
        person_ids : iterable of int or None
            Of these people; None for all in care on the day.
        """
        book = self._workbook
        with book.reading() as session:
            return last_heard(session, as_of or book.today, person_ids=person_ids, limit=limit)

    def _again(self, session: Session, saved: Contact, entry: ContactEntry) -> Recorded:
        """Answer a save under a key that is known: nothing to do, or a correction."""
        if saved.withdrawn_at is not None:
            raise NotPermitted(
                _(
                    "This contact was withdrawn. To record it after all, open a new contact form; "
                    "what you entered can be copied from here."
                )
            )
        before = written(session, saved.id)
        if before["entry"] == content(entry):
            return Recorded(
                saved.id,
                tuple(before["closed"]),
                tuple(before["follow_ups"]),
                repeated=True,
                settled=tuple(before.get("settled", ())),
            )
        return self._replace(session, saved, replace(entry, client_key=next_key(saved)))

    def _replace(self, session: Session, old: Contact, entry: ContactEntry) -> Recorded:
        """Withdraw a contact in favour of its correction."""
        reopen_tasks(session, old.id)
        old.withdrawn_at = now()
        old.withdrawn_reason = "corrected"
        old.row_version += 1
        session.flush()
        return self._write(session, entry, old)

    def _write(self, session: Session, entry: ContactEntry, old: Contact | None = None) -> Recorded:
        book = self._workbook
        check_entry(entry, today=book.today)
        check_welcome(entry, book.agency)
        whole = self._resolved(session, self._completed(entry))
        contact = new_contact(whole, book.actor.name, old)
        session.add(contact)
        session.flush()
        session.add_all(new_parts(contact.id, whole))
        how = Findings(
            root_key=root_key(session, contact),
            recorded_by=book.actor.name,
            owner_id=book.actor.staff_id,
            due_days=int(book.agency.setting("follow_up_days", contact.happened_on)),
        )
        fresh = carry_over(session, old, contact, whole, how) if old is not None else whole
        follow_ups = write_findings(session, contact, fresh, how)
        closed = close_tasks(
            session, contact, whole, _reached_ids(whole), self._late_days(contact.happened_on)
        )
        missed = whole.settles - set(closed)
        settled = settle_missed(session, contact, missed, _reached_ids(whole))
        self._let_tasks_follow(session, contact.id)
        told = {"closed": closed, "follow_ups": follow_ups, "settled": settled}
        book.log(
            session,
            "record_contact" if old is None else "correct_contact",
            "contact",
            contact.id,
            before=None if old is None else {"contact": old.id},
            after={"entry": content(entry), **told},
        )
        return Recorded(contact.id, tuple(closed), tuple(follow_ups), settled=tuple(settled))

    def _completed(self, entry: ContactEntry) -> ContactEntry:
        """Put in whoever records it where nobody is named, and what the kinds of needs say."""
        persons = tuple(
            replace(one, raised=tuple(map(self._of_its_kind, one.raised))) for one in entry.persons
        )
        welcome = entry.welcome if entry.channel == RECEPTION else None
        entry = replace(entry, persons=persons, welcome=welcome)
        if entry.participants:
            return entry
        actor = self._workbook.actor
        role = actor.role if actor.role in ("leader", "volunteer") else "caseworker"
        return replace(entry, participants=(Participant(actor.staff_id, actor.name, role),))

    def _of_its_kind(self, raised: Raised) -> Raised:
        """Give a need the domain of its kind, and its words where nobody wrote any."""
        if raised.kind != "need" or raised.need_kind is None:
            return replace(raised, need_kind=None)
        known = kind_of_need(self._workbook.agency.code, raised.need_kind)
        return replace(raised, domain=known.domain, text=raised.text.strip() or known.label.zh)

    def _resolved(self, session: Session, entry: ContactEntry) -> ContactEntry:
        """Replace merged records by those that stand, and refuse who was not served that day."""
        known = served_persons(session, entry.person_ids, entry.happened_on)
        persons: dict[int, PersonEntry] = {}
        for one in entry.persons:
            standing = known[one.person_id].id
            persons.setdefault(standing, replace(one, person_id=standing))
        follow_ups = tuple(
            replace(one, person_id=known[one.person_id].id) for one in entry.follow_ups
        )
        require_staff(session, entry)
        return replace(entry, persons=tuple(persons.values()), follow_ups=follow_ups)

    def _let_tasks_follow(self, session: Session, contact_id: int) -> None:
        """Draw up anew the tasks that hang on when somebody was last heard of.

        A visit is recorded whatever becomes of the plans.
        """
        session.flush()
        served = select(ContactPerson.person_id).where(ContactPerson.contact_id == contact_id)
        self._workbook.plans.follow(session, session.scalars(served).all())

    def _late_days(self, on: date) -> int:
        return int(self._workbook.agency.setting("late_answer_days", on))


def _reached_ids(entry: ContactEntry) -> set[int]:
    """Give who was reached, in person or through the family: only their tasks are answered."""
    return {one.person_id for one in entry.persons if one.outcome in REACHED}
