"""Contacts read as lists and counts: of one person, of all, and who was not heard of for longest.

Decides what one row of such a list holds; every list is a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, distinct, func, not_, select
from sqlalchemy.orm import Session

from casework.records import (
    Contact,
    ContactParticipant,
    ContactPerson,
    Need,
    Opinion,
    Person,
    Staff,
    Task,
    TaskEvidence,
    Wish,
    in_care_on,
    reached,
)

__all__ = [
    "ChannelCount",
    "ContactRow",
    "LastHeard",
    "contact_rows",
    "count_by_channel",
    "last_heard",
]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One person's part in a contact, as a list shows it.

    Attributes
    ----------
    n_persons : int
        How many persons the contact was with.
    participants : tuple of (role, name)
        Who visited.
    closed : tuple of str
        Titles of the tasks it answered for this person.
    raised : tuple of (kind, text)
        Wishes, needs and opinions that came of it.
    welcome : tuple of str or None
        Points of the standard of reception that were kept; None where nobody said.
    """

    contact_id: int
    person_id: int
    person_name: str
    happened_on: date
    started_at: str | None
    minutes: int | None
    channel: str
    kind: str | None
    place: str | None
    initiated_by: str
    outcome: str
    not_reached_reason: str | None
    heard: str | None
    summary: str | None
    n_persons: int
    participants: tuple[tuple[str, str], ...]
    closed: tuple[str, ...]
    raised: tuple[tuple[str, str], ...]
    recorded_by: str
    recorded_at: datetime
    corrected: bool
    welcome: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """Contacts of one channel in a span of days.

    Attributes
    ----------
    channel : str or None
        None is all channels together.
    person_times : int
        人次: every person reached counts in every contact.
    persons : int
        人数: every person once.
    tried : int
        Attempts that reached nobody: data, but not counted.
    """

    channel: str | None
    person_times: int
    persons: int
    tried: int


@dataclass(frozen=True, slots=True)
class LastHeard:
    """When a person was last reached; None where nothing is on record."""

    person_id: int
    person_name: str
    last_on: date | None
    channel: str | None
    days: int | None


def contact_rows(
    session: Session,
    *,
    as_of: date,
    person_id: int | None = None,
    limit: int,
    offset: int = 0,
) -> list[ContactRow]:
    """List contacts up to a day, the latest first; of one person, or of all."""
    query = (
        select(Contact, ContactPerson, Person.name)
        .join(ContactPerson, ContactPerson.contact_id == Contact.id)
        .join(Person, Person.id == ContactPerson.person_id)
        .where(Contact.withdrawn_at.is_(None), Contact.happened_on <= as_of)
        .order_by(Contact.happened_on.desc(), Contact.id.desc(), ContactPerson.id)
        .limit(limit)
        .offset(offset)
    )
    if person_id is not None:
        query = query.where(ContactPerson.person_id == person_id)
    found = session.execute(query).all()
    ids = {contact.id for contact, _one, _name in found}
    sizes = _sizes(session, ids)
    visitors = _participants(session, ids)
    closed = _closed(session, ids)
    raised = _raised(session, ids)
    return [
        _row(
            contact,
            one,
            name,
            sizes[contact.id],
            visitors.get(contact.id, ()),
            closed.get((contact.id, one.person_id), ()),
            raised.get((contact.id, one.person_id), ()),
        )
        for contact, one, name in found
    ]


def count_by_channel(
    session: Session,
    first: date,
    last: date,
    *,
    person_id: int | None = None,
) -> list[ChannelCount]:
    """Count contacts between two days, both included: all together first, then by channel."""
    person = ContactPerson.person_id

    def counting(*columns: Any) -> Select[Any]:
        query = (
            select(
                *columns,
                func.count().filter(reached()),
                func.count(distinct(person)).filter(reached()),
                func.count().filter(not_(reached())),
            )
            .select_from(ContactPerson)
            .join(Contact, Contact.id == ContactPerson.contact_id)
            .where(Contact.withdrawn_at.is_(None), Contact.happened_on.between(first, last))
        )
        return query if person_id is None else query.where(person == person_id)

    times, persons, tried = session.execute(counting()).one()
    found = [ChannelCount(None, times, persons, tried)]
    by_channel = counting(Contact.channel).group_by(Contact.channel).order_by(Contact.channel)
    found.extend(ChannelCount(*row) for row in session.execute(by_channel))
    return found


def last_heard(
    session: Session,
    as_of: date,
    *,
    person_ids: Iterable[int] | None,
    limit: int,
) -> list[LastHeard]:
    """Give people in care by the day they were last reached: never first, then the longest ago."""
    latest = (
        select(ContactPerson.person_id, func.max(Contact.happened_on).label("last_on"))
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .where(Contact.happened_on <= as_of, reached())
        .group_by(ContactPerson.person_id)
        .subquery()
    )
    query = (
        select(Person.id, Person.name, latest.c.last_on)
        .outerjoin(latest, latest.c.person_id == Person.id)
        .where(in_care_on(as_of))
        .order_by(latest.c.last_on.is_not(None), latest.c.last_on, Person.id)
        .limit(limit)
    )
    if person_ids is not None:
        query = query.where(Person.id.in_(list(person_ids)))
    found = session.execute(query).all()
    channels = _channels_on(session, {id_: day for id_, _name, day in found if day is not None})
    return [
        LastHeard(id_, name, day, channels.get(id_), None if day is None else (as_of - day).days)
        for id_, name, day in found
    ]


def _channels_on(session: Session, days: Mapping[int, date]) -> dict[int, str]:
    """Give the channel by which each person was reached on the day named."""
    found = session.execute(
        select(ContactPerson.person_id, Contact.happened_on, Contact.channel)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .where(
            ContactPerson.person_id.in_(list(days)),
            Contact.happened_on.in_(set(days.values())),
            reached(),
        )
    )
    return {id_: channel for id_, day, channel in found if days[id_] == day}


def _sizes(session: Session, ids: Collection[int]) -> dict[int, int]:
    found = session.execute(
        select(ContactPerson.contact_id, func.count())
        .where(ContactPerson.contact_id.in_(ids))
        .group_by(ContactPerson.contact_id)
    )
    return {id_: number for id_, number in found}


def _participants(session: Session, ids: Collection[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    found = session.execute(
        select(
            ContactParticipant.contact_id,
            ContactParticipant.role,
            func.coalesce(Staff.name, ContactParticipant.name, ""),
        )
        .outerjoin(Staff, Staff.id == ContactParticipant.staff_id)
        .where(ContactParticipant.contact_id.in_(ids))
        .order_by(ContactParticipant.id)
    )
    by_contact: dict[int, tuple[tuple[str, str], ...]] = {}
    for id_, role, name in found:
        by_contact[id_] = (*by_contact.get(id_, ()), (role, name))
    return by_contact


def _closed(session: Session, ids: Collection[int]) -> dict[tuple[Any, int], tuple[str, ...]]:
    found = session.execute(
        select(TaskEvidence.contact_id, Task.person_id, func.coalesce(Task.title, Task.service))
        .join(Task, Task.id == TaskEvidence.task_id)
        .where(TaskEvidence.contact_id.in_(ids), TaskEvidence.withdrawn_at.is_(None))
        .order_by(Task.due_on, Task.id)
    )
    by_part: dict[tuple[Any, int], tuple[str, ...]] = {}
    for contact_id, person_id, title in found:
        key = (contact_id, person_id)
        by_part[key] = (*by_part.get(key, ()), title)
    return by_part


def _raised(
    session: Session, ids: Collection[int]
) -> dict[tuple[int, int], tuple[tuple[str, str], ...]]:
    by_part: dict[tuple[int, int], tuple[tuple[str, str], ...]] = {}
    sources: tuple[tuple[str, Any, Any], ...] = (
        ("wish", Wish, Wish.text),
        ("need", Need, Need.title),
        ("opinion", Opinion, Opinion.text),
    )
    for kind, record, words in sources:
        found = session.execute(
            select(record.contact_id, record.person_id, words)
            .where(record.contact_id.in_(ids), record.superseded_at.is_(None))
            .order_by(record.id)
        )
        for contact_id, person_id, said in found:
            key = (contact_id, person_id)
            by_part[key] = (*by_part.get(key, ()), (kind, said))
    return by_part


def _row(
    contact: Contact,
    one: ContactPerson,
    name: str,
    n_persons: int,
    participants: Sequence[tuple[str, str]],
    closed: Sequence[str],
    raised: Sequence[tuple[str, str]],
) -> ContactRow:
    return ContactRow(
        contact_id=contact.id,
        person_id=one.person_id,
        person_name=name,
        happened_on=contact.happened_on,
        started_at=contact.started_at,
        minutes=contact.minutes,
        channel=contact.channel,
        kind=contact.kind,
        place=contact.place,
        initiated_by=contact.initiated_by,
        outcome=one.outcome,
        not_reached_reason=one.not_reached_reason,
        heard=one.heard,
        summary=contact.summary,
        n_persons=n_persons,
        participants=tuple(participants),
        closed=tuple(closed),
        raised=tuple(raised),
        recorded_by=contact.recorded_by,
        recorded_at=contact.recorded_at,
        corrected=contact.amends_id is not None,
        welcome=None if contact.welcome is None else tuple(contact.welcome.split()),
    )
