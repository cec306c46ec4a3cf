"""Those a death leaves behind: the spouse whom we serve, and the one whom we may take on.

Decides what a death says about the surviving spouse, and nothing more: widowed from that day; who
lived with the spouse alone lives otherwise now, and how is to be found out. What they are owed is
for the rules to say.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.factvalues import fact_value
from casework.identifiers import spell_name
from casework.records import (
    CareTeamMember,
    Case,
    Fact,
    Person,
    RelatedPerson,
    covers,
    in_care_on,
)
from casework.records.base import now
from casework.reference import fact, surnames
from casework.terms import _
from casework.workbook.fact_entry import end, holding_on, write_fact
from casework.workbook.finding import refresh_search

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SURVIVOR", "Bereaved", "bereave", "survivors_of"]

SURVIVOR = "surviving_spouse"
"""The category of a spouse who is served on after a death."""
_WIDOWED = "30"
_TOGETHER = "with_spouse"
_DAY = timedelta(days=1)
_CARRIED = ("address", "building", "community", "subdistrict", "district")


def survivors_of(session: Session, person_id: int, on: date) -> list[int]:
    """Name the spouses whom we serve on a day, whichever of the two dossiers says so."""
    married = (
        RelatedPerson.relationship == "spouse",
        RelatedPerson.superseded_at.is_(None),
        covers(RelatedPerson.valid_from, RelatedPerson.valid_to, on),  # type: ignore[arg-type]
    )
    here = select(RelatedPerson.other_person_id).where(
        *married, RelatedPerson.person_id == person_id
    )
    there = select(RelatedPerson.person_id).where(
        *married, RelatedPerson.other_person_id == person_id
    )
    found = select(Person.id).where(
        or_(Person.id.in_(here), Person.id.in_(there)), Person.id != person_id, in_care_on(on)
    )
    return list(session.scalars(found.order_by(Person.id)))


def bereave(
    session: Session, survivor_id: int, died_on: date, *, by: str, source: str, today: date
) -> None:
    """Write down what a death says about the surviving spouse; what is not known now is unknown."""
    definition = fact("marital_status")
    write_fact(
        session,
        survivor_id,
        definition,
        fact_value(definition, _WIDOWED),
        by=by,
        source=source,
        begins=died_on,
        since=died_on,
        verified_on=today,
    )
    for held in holding_on(session, survivor_id, "living", died_on):
        if held.value == _TOGETHER:
            end(held, died_on - _DAY)
    session.flush()


class Bereaved:
    """What is done for those a death leaves behind.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def take_on(self, related_id: int) -> int:
        """Take the spouse of somebody who died on as a person of our own, and give the number.

        The home, the unit and the care team go over; what else is known is found out. What the
        spouse is owed from now on is what the rules say of surviving spouses.

        Raises
        ------
        NotFound
            When the entry is no longer there.
        NotPermitted
            When nobody died, the entry is no spouse, or the spouse is served already.
        """
        book = self._workbook
        with book.transaction() as session:
            held = session.get(RelatedPerson, related_id, with_for_update=True)
            if held is None or held.superseded_at is not None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            lost = session.get_one(Person, held.person_id)
            _check(held, lost)
            person = self._person(session, held, lost)
            held.other_person_id = person.id
            session.flush()
            bereave(
                session, person.id, lost.died_on or book.today, by=book.actor.name,
                source=held.source, today=book.today,
            )  # fmt: skip
            after = {"after": lost.id}
            book.log(session, "take_on_spouse", "person", person.id, after=after)
            book.plans.refresh(session, [person.id])
            refresh_search(session, [person.id])
            return person.id

    def _person(self, session: Session, held: RelatedPerson, lost: Person) -> Person:
        book = self._workbook
        spelling = spell_name(held.name, surnames())
        by_rules = book.standing is not None
        if by_rules:  # the database opens the dossier, and lets the care team go over
            opens = func.access.open_spouse(held.id, spelling.pinyin, spelling.initials)
            person = session.get_one(Person, session.scalar(select(opens)))
        else:
            person = Person(
                name=held.name,
                name_pinyin=spelling.pinyin,
                name_initials=spelling.initials,
                unit_id=lost.unit_id,
            )
            session.add(person)
            session.flush()
        session.add(Case(person_id=person.id, opened_on=book.today))
        told = {"category": SURVIVOR, "mobile": held.phone}
        for code, value in told.items():
            if value:
                session.add(self._fact(person.id, code, value, held.source))
        shared = held.lives_with is not False
        for one in _facts_of(session, lost) if shared else ():
            session.add(self._fact(person.id, one.code, one.value or "", one.source))
        if not by_rules:
            self._seats(session, person.id, lost)
        return person

    def _seats(self, session: Session, person_id: int, lost: Person) -> None:
        book = self._workbook
        day = lost.died_on or book.today
        for seat in session.scalars(
            select(CareTeamMember).where(
                CareTeamMember.person_id == lost.id,
                CareTeamMember.superseded_at.is_(None),
                covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
            )
        ):
            session.add(
                CareTeamMember(
                    person_id=person_id, role=seat.role, staff_id=seat.staff_id, name=seat.name,
                    phone=seat.phone, organisation_id=seat.organisation_id,
                    valid_from=book.today, recorded_at=now(), recorded_by=book.actor.name,
                )
            )  # fmt: skip

    def _fact(self, person_id: int, code: str, value: str, source: str) -> Fact:
        book = self._workbook
        return Fact(
            person_id=person_id, code=code, value=value, valid_from=book.today,
            recorded_at=now(), recorded_by=book.actor.name, source=source,
        )  # fmt: skip


def _check(held: RelatedPerson, lost: Person) -> None:
    if lost.died_on is None:
        raise NotPermitted(
            _("A spouse is taken on after a death. Write down first when the person died.")
        )
    if held.relationship != "spouse":
        raise InvalidEntry(
            _("Only a spouse is taken on here; enter others by a roster."), "relationship"
        )
    if held.other_person_id is not None:
        raise NotPermitted(_("The spouse has a dossier of their own already."))


def _facts_of(session: Session, lost: Person) -> list[Fact]:
    """Give where the one who died lived, as it stood on the day of death."""
    day = lost.died_on
    if day is None:
        return []
    found: list[Fact] = []
    for code in _CARRIED:
        found += holding_on(session, lost.id, code, day)
    return found
