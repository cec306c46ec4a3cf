"""Two dossiers that know of each other: somebody around a person who is served as well.

Decides when an entry may name the dossier of somebody else, and that a couple stands in both: the
spouse's dossier gets its entry for the person where it has none. Rules that look at the spouse,
the household and a death read the link, whichever of the two dossiers holds it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.records import Person, RelatedPerson, covers
from casework.records.base import now
from casework.terms import _
from casework.workbook.fact_entry import present
from casework.workbook.reversing import acting

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["link", "unlink"]

_SPOUSE = "spouse"


def link(book: Workbook, related_id: int, other_id: int) -> None:
    """Say that an entry is about somebody who has a dossier of their own.

    Raises
    ------
    NotFound
        When the entry or the other dossier is not there.
    InvalidEntry
        With field ``other``, when both are the same, or a couple would be three.
    """
    person_id, other_id = _person_of(book, related_id), _standing(book, other_id)
    with acting(book, "link_related", (person_id, other_id), ("related_person",)) as act:
        session = act.session
        held = session.get_one(RelatedPerson, related_id)
        person, other = present(session, person_id), present(session, other_id)
        if other.id == person.id:
            raise InvalidEntry(
                _("This is the same dossier. Choose that of the other one."), "other", other_id
            )
        if held.relationship == _SPOUSE:
            _refuse_third(session, person, other, book.today)
            _answer(book, session, held, person, other)
        held.other_person_id = other.id
        act.after = {"related": held.id, "name": held.name, "other": other.id}


def unlink(book: Workbook, related_id: int) -> None:
    """Say that an entry and a dossier are not the same person; a couple is parted in both."""
    person_id = _person_of(book, related_id)
    with book.reading() as session:
        other_id = session.get_one(RelatedPerson, related_id).other_person_id
    if other_id is None:
        return
    with acting(book, "unlink_related", (person_id, other_id), ("related_person",)) as act:
        session = act.session
        held = session.get_one(RelatedPerson, related_id)
        act.before = {"name": held.name, "other": other_id}
        for back in _spouses(session, other_id, book.today):
            if back.other_person_id == person_id and held.relationship == _SPOUSE:
                back.other_person_id = None
        held.other_person_id = None


def _refuse_third(session: Session, person: Person, other: Person, on: date) -> None:
    """Refuse a spouse who is said to be married to somebody else by either dossier."""
    for one, spouse in ((person, other), (other, person)):
        linked = {row.other_person_id for row in _spouses(session, one.id, on)}
        named = session.scalars(
            select(RelatedPerson.person_id).where(
                RelatedPerson.other_person_id == one.id, *_married(on)
            )
        )
        strangers = (linked | set(named)) - {None, spouse.id}
        if strangers:
            raise InvalidEntry(
                _(
                    "{name} is linked with another spouse already (no. {id}). Part these two "
                    "first, or choose somebody else.",
                    name=one.name,
                    id=min(filter(None, strangers)),
                ),
                "other",
                other.id,
            )


def _answer(
    book: Workbook, session: Session, held: RelatedPerson, person: Person, other: Person
) -> None:
    """Let the spouse's dossier name the person too: by its entry for the name, or by a new one."""
    there = _spouses(session, other.id, book.today)
    same = next((row for row in there if row.name == person.name), None)
    if same is not None:
        same.other_person_id = person.id
        return
    if there:
        raise InvalidEntry(
            _(
                "The dossier of {other} names another spouse: {name}. Correct or end that entry "
                "first, or choose somebody else.",
                other=other.name,
                name="、".join(row.name for row in there),
            ),
            "other",
            other.id,
        )
    session.add(
        RelatedPerson(
            person_id=other.id,
            name=person.name,
            relationship=_SPOUSE,
            lives_with=held.lives_with,
            other_person_id=person.id,
            valid_from=held.valid_from,
            recorded_at=now(),
            recorded_by=book.actor.name,
            source=_("dossier of the spouse, no. {id}", id=person.id),
            verified_on=book.today,
        )
    )


def _married(on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        RelatedPerson.relationship == _SPOUSE,
        RelatedPerson.superseded_at.is_(None),
        covers(RelatedPerson.valid_from, RelatedPerson.valid_to, on),  # type: ignore[arg-type]
    )


def _spouses(session: Session, person_id: int, on: date) -> list[RelatedPerson]:
    """Give the entries of a dossier that name a spouse on a day."""
    found = select(RelatedPerson).where(RelatedPerson.person_id == person_id, *_married(on))
    return list(session.scalars(found.order_by(RelatedPerson.id)))


def _person_of(book: Workbook, related_id: int) -> int:
    with book.reading() as session:
        row = session.get(RelatedPerson, related_id)
        if row is None or row.superseded_at is not None:
            raise NotFound(_("This entry is no longer there. Open the dossier again."))
        return row.person_id


def _standing(book: Workbook, person_id: int) -> int:
    """Follow merged records to the dossier that stands."""
    return book.people.standing(person_id)
