"""Voluntary service that departments carry (S3-18): its kind, its helpers, what came of it.

Decides that whoever is in the team of a programme is of it, and that its visits are those of their
pairs while it runs; so a figure opens exactly its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    CareTeamMember,
    Contact,
    ContactParticipant,
    ContactPerson,
    Helper,
    HelperTerm,
    Organisation,
    Person,
    VolunteerProgramme,
)
from casework.records.base import now
from casework.records.helpers import heard_from
from casework.reference.staff_checks import staff_rules
from casework.terms import Label, _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Programme", "ProgrammeEntry", "ProgrammeVisit", "Programmes"]

_DECIDERS = ("supervisor", "administrator")
_LONGEST = 200
_LONGEST_RESULT = 2_000


@dataclass(frozen=True, slots=True)
class ProgrammeEntry:
    """What is entered about a programme; see `VolunteerProgramme`."""

    department: str
    kind: str
    team: str
    active_from: date
    active_to: date | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme with what it came to up to a day.

    Attributes
    ----------
    helpers : int
        In its team on the day, or on its last.
    people, visits : int
        Persons reached by its helpers' pairs while it ran, and the contacts in which they were.
    """

    programme_id: int
    entry: ProgrammeEntry
    helpers: int
    people: int
    visits: int

    def has_ended(self, on: date) -> bool:
        """Tell whether it has stopped before a day."""
        return self.entry.active_to is not None and self.entry.active_to < on


@dataclass(frozen=True, slots=True)
class ProgrammeVisit:
    """One person reached in one contact by a helper of the programme."""

    contact_id: int
    person_id: int
    person: str
    helper: str
    happened_on: date
    channel: str


class Programmes:
    """What is done about the programmes of voluntary service.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def may_keep(self) -> bool:
        """Whether whoever acts keeps the programmes."""
        return self._workbook.actor.role in _DECIDERS

    @property
    def kinds(self) -> dict[str, Label]:
        """The agency's kinds of programmes, by code."""
        return dict(staff_rules(self._workbook.agency.code).programmes)

    def departments(self) -> list[str]:
        """Name the departments and units that are known: of programmes, helpers, the tree."""
        queries = (
            select(VolunteerProgramme.department),
            select(Helper.unit).where(Helper.unit.is_not(None)),
            select(Organisation.name),
        )
        with self._workbook.reading() as session:
            names = [str(one) for query in queries for one in session.scalars(query.distinct())]
        return list(dict.fromkeys(names))

    def all(self, *, as_of: date | None = None) -> list[Programme]:
        """List the programmes begun by a day, by department and kind."""
        day = as_of or self._workbook.today
        query = (
            select(VolunteerProgramme)
            .where(VolunteerProgramme.active_from <= day)
            .order_by(VolunteerProgramme.department, VolunteerProgramme.kind, VolunteerProgramme.id)
        )
        with self._workbook.reading() as session:
            return [self._told(session, one, day) for one in session.scalars(query)]

    def helpers(self, programme_id: int, *, as_of: date | None = None) -> list[tuple[int, str]]:
        """Name the helpers of a programme on a day, or on its last."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            found = self._one(session, programme_id)
            query = (
                select(Helper.id, Helper.name)
                .where(_of_team(found, _last_day(found, day)))
                .order_by(Helper.name, Helper.id)
            )
            return [(one, name) for one, name in session.execute(query)]

    def visits(self, programme_id: int, *, as_of: date | None = None) -> list[ProgrammeVisit]:
        """List what the programme did up to a day, the latest first: one row a person and contact.

        Contacts and persons of these rows are what `Programme` counts.
        """
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            told = _visited(self._one(session, programme_id), day)
            query = (
                select(
                    told.c.contact_id, told.c.person_id, Person.name, told.c.helper,
                    told.c.happened_on, told.c.channel,
                )
                .join(Person, Person.id == told.c.person_id)
                .order_by(told.c.happened_on.desc(), told.c.contact_id.desc(), Person.name)
            )  # fmt: skip
            return [ProgrammeVisit(*row) for row in session.execute(query)]

    def add(self, entry: ProgrammeEntry) -> int:
        """Write a programme down, and give its number."""
        book = self._workbook
        told = self._checked(entry)
        with book.transaction() as session:
            made = VolunteerProgramme(**_values(told), recorded_at=now(),
                                      recorded_by=book.actor.name)  # fmt: skip
            session.add(made)
            session.flush()
            after = {"department": told.department, "kind": told.kind, "team": told.team}
            book.log(session, "add_programme", "volunteer_programme", made.id, after=after)
            return made.id

    def change(self, programme_id: int, entry: ProgrammeEntry) -> None:
        """Write what is entered now: another last day ends it, a result is what came of it."""
        book = self._workbook
        told = _values(self._checked(entry))
        with book.transaction() as session:
            held = self._one(session, programme_id)
            before = {name: getattr(held, name) for name in told}
            for name, value in told.items():
                if value != before[name]:
                    setattr(held, name, value)
            changed = [name for name in told if told[name] != before[name]]
            book.log(session, "change_programme", "volunteer_programme", programme_id,
                     before={name: _plain(before[name]) for name in changed},
                     after={name: _plain(told[name]) for name in changed})  # fmt: skip

    # --- parts ----------------------------------------------------------------------------------

    def _checked(self, entry: ProgrammeEntry) -> ProgrammeEntry:
        if not self.may_keep:
            raise NotPermitted(
                _("Programmes of voluntary service are kept by supervisors. Ask one of them.")
            )
        told = ProgrammeEntry(
            entry.department.strip(), entry.kind, entry.team.strip(), entry.active_from,
            entry.active_to, (entry.result or "").strip() or None,
        )  # fmt: skip
        if not told.department:
            raise InvalidEntry(_("Say which department or unit carries it."), "department")
        if told.kind not in self.kinds:
            raise InvalidEntry(_("Choose one of those listed."), "kind", told.kind)
        if not told.team:
            raise InvalidEntry(_("Name the team that does it."), "team")
        for key in ("department", "team"):
            if len(getattr(told, key)) > _LONGEST:
                raise InvalidEntry(
                    _("Write a few words, not more than 200 characters."), key,
                    getattr(told, key)[:40],
                )  # fmt: skip
        if len(told.result or "") > _LONGEST_RESULT:
            raise InvalidEntry(
                _("At most {n} characters. Say it more shortly.", n=_LONGEST_RESULT), "result"
            )
        if told.active_to is not None and told.active_to < told.active_from:
            raise InvalidEntry(
                _("The last day is before the first. Choose a later one."), "active_to"
            )
        return told

    def _one(self, session: Session, programme_id: int) -> VolunteerProgramme:
        found = session.get(VolunteerProgramme, programme_id)
        if found is None:
            raise NotFound(_("There is no such programme."))
        return found

    def _told(self, session: Session, one: VolunteerProgramme, day: date) -> Programme:
        team = select(func.count()).select_from(Helper).where(_of_team(one, _last_day(one, day)))
        told = _visited(one, day)
        counted = select(
            func.count(func.distinct(told.c.person_id)),
            func.count(func.distinct(told.c.contact_id)),
        )
        people, visits = session.execute(counted).one()
        entry = ProgrammeEntry(
            **{key.name: getattr(one, key.name) for key in fields(ProgrammeEntry)}
        )
        return Programme(one.id, entry, session.scalar(team) or 0, people, visits)


def _last_day(one: VolunteerProgramme, day: date) -> date:
    return day if one.active_to is None else min(day, one.active_to)


def _term(one: VolunteerProgramme, first: date, last: date) -> Any:
    """Tell whether a helper was in the team on any of some days; over `Helper`."""
    return (
        select(HelperTerm.id)
        .where(
            HelperTerm.helper_id == Helper.id,
            HelperTerm.kind == "team",
            HelperTerm.value == one.team,
            HelperTerm.superseded_at.is_(None),
            or_(HelperTerm.valid_from.is_(None), HelperTerm.valid_from <= last),
            or_(HelperTerm.valid_to.is_(None), HelperTerm.valid_to >= first),
        )
        .exists()
    )


def _of_team(one: VolunteerProgramme, day: date) -> Any:
    return and_(_term(one, day, day), or_(Helper.active_to.is_(None), Helper.active_to >= day))


def _visited(one: VolunteerProgramme, day: date) -> Any:
    """List, once each, who was reached in which contact by whom of the programme up to a day."""
    last = _last_day(one, day)
    return (
        select(
            Contact.id.label("contact_id"),
            ContactPerson.person_id,
            Helper.name.label("helper"),
            Contact.happened_on,
            Contact.channel,
        )
        .select_from(CareTeamMember)
        .join(Helper, Helper.id == CareTeamMember.helper_id)
        .join(ContactPerson, ContactPerson.person_id == CareTeamMember.person_id)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .join(ContactParticipant, ContactParticipant.contact_id == Contact.id)
        .where(
            heard_from(CareTeamMember),
            CareTeamMember.superseded_at.is_(None),
            or_(
                CareTeamMember.valid_from.is_(None),
                CareTeamMember.valid_from <= Contact.happened_on,
            ),
            or_(CareTeamMember.valid_to.is_(None), CareTeamMember.valid_to >= Contact.happened_on),
            Contact.happened_on.between(one.active_from, last),
            _term(one, one.active_from, last),
        )
        .distinct()
        .subquery("visited")
    )


def _values(entry: ProgrammeEntry) -> dict[str, Any]:
    return {one.name: getattr(entry, one.name) for one in fields(entry)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
