"""What a worker must know at the door or before dialling: who, how old, where, which number.

Decides what stands beside a name in the contact form and in a day's list; a fixed number of queries
for any number of people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.factvalues import certain_age
from casework.records import (
    Contact,
    ContactPerson,
    Fact,
    Person,
    Staff,
    Task,
    covers,
    holds_on,
    reached,
)
from casework.reference import fact

__all__ = ["Colleague", "PersonLine", "colleagues", "lines_of", "pressing_channel"]

_SHOWN = ("community", "address", "living", "mobile", "landline", "hospital_status")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in one line, with what was heard last.

    Attributes
    ----------
    age : int or None
        Full years; None while the birth date leaves it open.
    place, living, phone : str or None
        In words; None while unknown.
    last_on, last_channel, last_heard
        The last contact that reached the person or the family; None where there is none.
    """

    person_id: int
    name: str
    sex: str | None
    age: int | None
    died_on: date | None
    place: str | None
    living: str | None
    phone: str | None
    in_hospital: bool | None
    last_on: date | None
    last_channel: str | None
    last_heard: str | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff who may have taken part."""

    staff_id: int
    name: str
    role: str
    login: str


def lines_of(session: Session, person_ids: Iterable[int], as_of: date) -> list[PersonLine]:
    """Give people in one line each, in the order asked for; ids that do not exist are left out."""
    ids = list(dict.fromkeys(person_ids))
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    known = _facts(session, ids, as_of)
    last = _last_contacts(session, ids, as_of)
    return [
        _line(people[id_], known.get(id_, {}), last.get(id_), as_of) for id_ in ids if id_ in people
    ]


def colleagues(session: Session, words: str, as_of: date, limit: int | None) -> list[Colleague]:
    """Find members of staff at work on a day by part of their name or login; empty gives all."""
    query = (
        select(Staff)
        .where(covers(Staff.active_from, Staff.active_to, as_of))  # type: ignore[arg-type]
        .order_by(Staff.name, Staff.id)
        .limit(limit)
    )
    if words.strip():
        typed = words.strip()
        query = query.where(
            Staff.name.contains(typed, autoescape=True)
            | Staff.login.startswith(typed.casefold(), autoescape=True)
        )
    return [Colleague(one.id, one.name, one.role, one.login) for one in session.scalars(query)]


def pressing_channel(
    session: Session, person_ids: Collection[int], on: date, offered: Sequence[str]
) -> tuple[str, str] | None:
    """Give the channel that the most pressing open task of these people asks for, and its title.

    Parameters
    ----------
    offered : sequence of str
        Channels of the agency, in its order: the first one that the task accepts is taken.
    """
    found = session.execute(
        select(Task.channels, Task.title, Task.service)
        .where(
            Task.person_id.in_(list(person_ids)),
            Task.done_on.is_(None),
            Task.cancelled_on.is_(None),
            Task.excused_on.is_(None),
            Task.in_force_from.is_not(None),
            Task.opens_on <= on,
            Task.actor == "caseworker",
        )
        .order_by(Task.due_on < on, Task.priority, Task.due_on, Task.id)
        .limit(20)
    )
    for channels, title, service in found:
        wanted = next((code for code in offered if code in (channels or ())), None)
        if wanted:
            return wanted, title or service
    return None


def _facts(session: Session, ids: Collection[int], as_of: date) -> dict[int, dict[str, str]]:
    found = session.execute(
        select(Fact.person_id, Fact.code, Fact.value)
        .where(Fact.person_id.in_(ids), Fact.code.in_(_SHOWN), holds_on(as_of))
        .order_by(Fact.id)
    )
    known: dict[int, dict[str, str]] = {}
    for person_id, code, value in found:
        if value:
            known.setdefault(person_id, {})[code] = value
    return known


def _last_contacts(
    session: Session, ids: Collection[int], as_of: date
) -> dict[int, tuple[date, str, str | None]]:
    """Give day, channel and words of the last contact that reached each person."""
    newest = (
        func.row_number()
        .over(
            partition_by=ContactPerson.person_id,
            order_by=(Contact.happened_on.desc(), Contact.id.desc()),
        )
        .label("newest")
    )
    ranked = (
        select(
            ContactPerson.person_id,
            Contact.happened_on,
            Contact.channel,
            func.coalesce(ContactPerson.heard, Contact.summary).label("words"),
            newest,
        )
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .where(ContactPerson.person_id.in_(ids), Contact.happened_on <= as_of, reached())
        .subquery()
    )
    found = session.execute(select(ranked).where(ranked.c.newest == 1))
    return {one.person_id: (one.happened_on, one.channel, one.words) for one in found}


def _line(
    person: Person,
    known: dict[str, str],
    last: tuple[date, str, str | None] | None,
    as_of: date,
) -> PersonLine:
    living, hospital = known.get("living"), known.get("hospital_status")
    until = min(as_of, person.died_on) if person.died_on else as_of
    return PersonLine(
        person_id=person.id,
        name=person.name,
        sex=person.sex,
        age=certain_age(person.born_on_earliest, person.born_on_latest, until),
        died_on=person.died_on,
        place=known.get("community") or known.get("address"),
        living=fact("living").show(living) if living else None,
        phone=known.get("mobile") or known.get("landline"),
        in_hospital=None if hospital is None else hospital in ("inpatient", "long_term"),
        last_on=last[0] if last else None,
        last_channel=last[1] if last else None,
        last_heard=last[2] if last else None,
    )
