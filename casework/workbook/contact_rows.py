"""Contacts as rows: written from a form, read back into it, and followed through corrections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import NotFound, NotPermitted
from casework.records import (
    ChangeLog,
    Contact,
    ContactParticipant,
    ContactPerson,
    Staff,
    TaskEvidence,
)
from casework.records.base import now
from casework.terms import _
from casework.workbook.contact_entry import ContactEntry, FollowUp, Participant, PersonEntry
from casework.workbook.contact_findings import follow_up_tasks, raised_of
from casework.workbook.contact_tasks import settled_by

__all__ = [
    "chain_of",
    "content",
    "entry_of",
    "new_contact",
    "new_parts",
    "newest_of",
    "next_key",
    "present_contact",
    "require_staff",
    "root_key",
    "standing_contact",
    "written",
]


def new_contact(entry: ContactEntry, by: str, old: Contact | None) -> Contact:
    """Make the contact of a form, in the place of an older one if there is one."""
    return Contact(
        client_key=entry.client_key,
        happened_on=entry.happened_on,
        channel=entry.channel,
        kind=entry.kind,
        actor=entry.actor,
        place=_said(entry.place),
        planned_on=entry.planned_on,
        planned_minutes=entry.planned_minutes,
        started_at=entry.started_at,
        minutes=entry.minutes,
        initiated_by=entry.initiated_by,
        summary=_said(entry.summary),
        welcome=None if entry.welcome is None else " ".join(entry.welcome),
        recorded_at=now(),
        recorded_by=by,
        amends_id=None if old is None else old.id,
    )


def new_parts(contact_id: int, entry: ContactEntry) -> Iterator[ContactPerson | ContactParticipant]:
    """Make the rows of those it was with and of those who took part."""
    for one in entry.persons:
        yield ContactPerson(
            contact_id=contact_id,
            person_id=one.person_id,
            outcome=one.outcome,
            heard=_said(one.heard),
            not_reached_reason=_said(one.not_reached_reason),
        )
    for who in entry.participants:
        yield ContactParticipant(
            contact_id=contact_id,
            staff_id=who.staff_id,
            name=_said(who.name) if who.staff_id is None else None,
            role=who.role,
        )


def _said(text: str | None) -> str | None:
    """Give a text without blanks around it; an empty one is nothing said."""
    return (text or "").strip() or None


def content(entry: ContactEntry) -> dict[str, Any]:
    """Give what the form holds, without its key."""
    record = entry.as_record()
    del record["client_key"]
    return record


def written(session: Session, contact_id: int) -> dict[str, Any]:
    """Give what was handed over when a contact was saved, from the change log."""
    after = session.scalars(
        select(ChangeLog.after)
        .where(
            ChangeLog.subject_kind == "contact",
            ChangeLog.subject_id == contact_id,
            ChangeLog.action.in_(("record_contact", "correct_contact")),
        )
        .order_by(ChangeLog.id.desc())
    ).first()
    return after or {"entry": None, "closed": [], "follow_ups": []}


def require_staff(session: Session, entry: ContactEntry) -> None:
    """Refuse members of staff that do not exist."""
    asked = {one.staff_id for one in entry.participants if one.staff_id is not None}
    asked |= {one.owner_id for one in entry.follow_ups if one.owner_id is not None}
    known = set(session.scalars(select(Staff.id).where(Staff.id.in_(asked))))
    if asked - known:
        raise NotFound(
            _("There is no member of staff with the number {id}.", id=min(asked - known))
        )


def present_contact(session: Session, contact_id: int) -> Contact:
    """Give a contact, withdrawn or not, or say that there is none of that number."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(_("There is no contact with the number {id}.", id=contact_id))
    return contact


def standing_contact(session: Session, contact_id: int) -> Contact:
    """Give a contact that was neither withdrawn nor corrected, and keep it from others meanwhile.

    Raises
    ------
    NotPermitted
        If it was, saying by whom and when.
    """
    contact = present_contact(session, contact_id)
    session.refresh(contact, with_for_update=True)
    if contact.withdrawn_at is None:
        return contact
    by = session.scalars(
        select(ChangeLog.by)
        .where(
            ChangeLog.subject_kind == "contact",
            ChangeLog.at >= contact.withdrawn_at,
            ChangeLog.action.in_(("correct_contact", "withdraw_contact")),
        )
        .order_by(ChangeLog.id)
    ).first()
    raise NotPermitted(
        _(
            "This contact was corrected or withdrawn by {by} in the meantime. Open the list of "
            "contacts again and go on from there; what you entered is still in the form.",
            by=by or contact.recorded_by,
        )
    )


def newest_of(session: Session, client_key: str) -> Contact | None:
    """Give the contact saved under a key, or the last one that corrects it."""
    contact = session.scalars(select(Contact).where(Contact.client_key == client_key)).first()
    newest = contact
    while contact is not None:
        newest = contact
        contact = session.scalars(select(Contact).where(Contact.amends_id == contact.id)).first()
    return newest


def chain_of(session: Session, contact: Contact) -> list[Contact]:
    """Give a contact and those it corrects, the newest first."""
    chain = [contact]
    while chain[-1].amends_id is not None:
        chain.append(session.get_one(Contact, chain[-1].amends_id))
    return chain


def root_key(session: Session, contact: Contact) -> str:
    """Give the key of the first contact of a chain of corrections."""
    return chain_of(session, contact)[-1].client_key


def next_key(contact: Contact) -> str:
    """Make the key of a correction that came under the key of what it corrects."""
    return f"{contact.client_key.partition('+')[0]}+{contact.id}"


def entry_of(session: Session, contact: Contact) -> ContactEntry:
    """Read a contact back into the form."""
    persons = session.scalars(
        select(ContactPerson)
        .where(ContactPerson.contact_id == contact.id)
        .order_by(ContactPerson.id)
    ).all()
    participants = session.scalars(
        select(ContactParticipant)
        .where(ContactParticipant.contact_id == contact.id)
        .order_by(ContactParticipant.id)
    ).all()
    closes = session.scalars(
        select(TaskEvidence.task_id).where(
            TaskEvidence.contact_id == contact.id, TaskEvidence.withdrawn_at.is_(None)
        )
    )
    raised = raised_of(session, contact.id)
    ids = tuple(one.person_id for one in persons)
    tasks = follow_up_tasks(session, ids, root_key(session, contact))
    return ContactEntry(
        client_key=contact.client_key,
        happened_on=contact.happened_on,
        channel=contact.channel,
        kind=contact.kind,
        place=contact.place,
        planned_on=contact.planned_on,
        planned_minutes=contact.planned_minutes,
        started_at=contact.started_at,
        minutes=contact.minutes,
        initiated_by=contact.initiated_by,
        summary=contact.summary,
        persons=tuple(
            PersonEntry(
                one.person_id,
                one.outcome,
                one.heard,
                one.not_reached_reason,
                raised.get(one.person_id, ()),
            )
            for one in persons
        ),
        participants=tuple(Participant(one.staff_id, one.name, one.role) for one in participants),
        follow_ups=tuple(
            FollowUp(task.person_id, task.title or "", task.due_on, task.owner_id) for task in tasks
        ),
        closes=frozenset(closes),
        settles=frozenset(one.id for one in settled_by(session, contact.id)),
        welcome=None if contact.welcome is None else tuple(contact.welcome.split()),
    )
