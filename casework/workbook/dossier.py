"""The dossier of one person on a day: sections, completeness, freshness, the people around.

Decides what is complete and what is stale; leaves showing it to the screens. Few queries a person,
none of them in a loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from casework.factvalues import certain_age, era_of
from casework.records import (
    Alias,
    Assessment,
    CareTeamMember,
    Case,
    Contact,
    ContactPerson,
    Fact,
    ImportProblem,
    Need,
    Person,
    SeasonalStay,
    Staff,
    Task,
    Wish,
    covers,
    holds_on,
    reached,
    waits_on,
)
from casework.records.rosters import VISITOR
from casework.reference import Agency, Code, FactDefinition, facts
from casework.terms import _, day_in_words
from casework.workbook.birthdays import BirthdayKept, birthday_kept
from casework.workbook.family import family_on
from casework.workbook.numbers import held_numbers

__all__ = [
    "CareSeat",
    "CaseState",
    "Dossier",
    "DossierSection",
    "FactEntry",
    "FactField",
    "FindOut",
    "Identifier",
    "OtherName",
    "Related",
    "Stay",
    "compose_dossier",
    "entries_of",
]


@dataclass(frozen=True, slots=True)
class FactEntry:
    """One value a fact has or had.

    Attributes
    ----------
    valid_from, valid_to : date or None
        First and last day, inclusive; None is open.
    is_mistake : bool
        Struck out: it never held.
    age_days : int or None
        Days since it was last verified, on the day of the dossier.
    """

    id: int
    value: str
    shown: str
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str
    source: str
    verified_on: date | None
    note: str | None
    is_mistake: bool
    age_days: int | None = None


@dataclass(frozen=True, slots=True)
class FactField:
    """One fact of the vocabulary with what is known of it: no entries means unknown."""

    definition: FactDefinition
    entries: tuple[FactEntry, ...]

    @property
    def is_known(self) -> bool:
        """Whether anything is known, "asked: none" included."""
        return bool(self.entries)

    @property
    def is_stale(self) -> bool:
        """Whether the freshest entry is older than the fact may be trusted."""
        ages = [one.age_days for one in self.entries if one.age_days is not None]
        return self.is_known and (not ages or min(ages) > self.definition.verify_days)

    @property
    def shown(self) -> str:
        """The values as people read them, several joined by the Chinese list comma."""
        return "、".join(one.shown for one in self.entries if one.shown)


@dataclass(frozen=True, slots=True)
class DossierSection:
    """A section of 六清楚 with its completeness and freshness.

    Attributes
    ----------
    n_known, n_core : int
        Known among the facts that count towards completeness.
    verified_days : int or None
        Days since the stalest known core fact was verified; None while none is.
    """

    code: str
    label: str
    fields: tuple[FactField, ...]
    n_known: int
    n_core: int
    verified_days: int | None
    n_stale: int


@dataclass(frozen=True, slots=True)
class FindOut:
    """A fact to ask about next time.

    Attributes
    ----------
    days : int or None
        Days since it was last verified; None where that never was.
    is_known : bool
        Whether something is on file, which is to be verified.
    is_planned : bool
        Whether the plan hangs on it: a task asks for it.
    """

    definition: FactDefinition
    days: int | None
    is_known: bool
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Identifier:
    """An official number: masked for the screen, what is wrong with it, and who said so."""

    id: int
    kind: str
    masked: str
    problem: str | None
    source: str | None = None
    recorded_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OtherName:
    """Another name of a person, by its kind: former name, pen name, name online."""

    id: int
    name: str
    kind: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """Somebody around the person; None is not known."""

    id: int
    name: str
    relationship: str | None
    phone: str | None
    is_emergency: bool
    lives_with: bool | None
    visits: str | None
    verified_on: date | None
    unit: str | None = None
    address: str | None = None
    decides: bool | None = None
    call_order: int | None = None
    source: str = ""
    recorded_by: str = ""
    has_history: bool = False
    other_person_id: int | None = None


@dataclass(frozen=True, slots=True)
class CaseState:
    """Whether a person is in our care on a day; else since when not, why, and where to."""

    is_open: bool
    closed_on: date | None = None
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CareSeat:
    """A seat of the care team and who sits in it."""

    id: int
    role: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Stay:
    """A time away from home."""

    id: int
    place: str
    away_from: date
    away_to: date | None
    phone: str | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person on one day.

    Attributes
    ----------
    age : int or None
        Full years; None while the birth day is not known exactly enough.
    birth_dates : mapping
        The birth dates on file by where they stand: ``id`` and ``file``; both are kept where they
        differ.
    era : Code or None
        Era of joining the revolution, where the days known leave no doubt.
    days_since_contact : int or None
        Days since the person or the family was last reached; None for never.
    problems : tuple of ImportProblem
        Unsettled problems of imports that concern this person.
    version : int
        Counts the changes of the record.
    asked : frozenset of str
        Facts that a task of the plan asks for.
    numbers_kept : bool
        Whether the reader is not told if there are ID numbers: none is then neither known nor
        unknown.
    """

    person_id: int
    as_of: date
    name: str
    sex: str | None
    age: int | None
    born_on_earliest: date | None
    born_on_latest: date | None
    birth_source: str | None
    birth_reason: str | None
    birth_dates: dict[str, str]
    birthday: BirthdayKept | None
    died_on: date | None
    era: Code | None
    sections: tuple[DossierSection, ...]
    identifiers: tuple[Identifier, ...]
    names: tuple[OtherName, ...]
    case: CaseState
    related: tuple[Related, ...]
    care_team: tuple[CareSeat, ...]
    stays: tuple[Stay, ...]
    wishes: tuple[Wish, ...]
    needs: tuple[Need, ...]
    assessments: tuple[Assessment, ...]
    days_since_contact: int | None
    problems: tuple[ImportProblem, ...]
    version: int = 1
    asked: frozenset[str] = frozenset()
    numbers_kept: bool = False

    def field(self, code: str) -> FactField:
        """Give one fact of the dossier.

        Raises
        ------
        KeyError
            If the vocabulary has no such fact.
        """
        for section in self.sections:
            for field in section.fields:
                if field.definition.code == code:
                    return field
        return FactField(facts()[code], ())

    @property
    def completeness(self) -> tuple[int, int]:
        """Known and wanted core facts over all sections."""
        return sum(one.n_known for one in self.sections), sum(one.n_core for one in self.sections)

    @property
    def to_find_out(self) -> tuple[FindOut, ...]:
        """What to ask next time: what the plan hangs on, core facts not known, then stale ones."""
        found = []
        for section in self.sections:
            for field in section.fields:
                definition = field.definition
                planned = definition.code in self.asked
                if not field.is_known and (definition.core or planned):
                    found.append(FindOut(definition, None, False, planned))
                elif field.is_stale and definition.core:
                    ages = [one.age_days for one in field.entries if one.age_days is not None]
                    found.append(FindOut(definition, min(ages, default=None), True, planned))
        return tuple(
            sorted(
                found,
                key=lambda one: (
                    not one.is_planned,
                    one.days is not None,
                    -(one.days or 0) / one.definition.verify_days,
                ),
            )
        )

    @property
    def away_now(self) -> Stay | None:
        """The stay away from home that covers the day, if any."""
        return next((one for one in self.stays if one.is_now), None)


def compose_dossier(session: Session, person: Person, as_of: date, agency: Agency) -> Dossier:
    """Put a person's dossier together as of a day."""
    by_code: dict[str, list[FactEntry]] = defaultdict(list)
    joined: Fact | None = None
    holding = select(Fact).where(Fact.person_id == person.id, holds_on(as_of)).order_by(Fact.id)
    for fact in session.scalars(holding):
        by_code[fact.code].append(_entry(fact, as_of))
        joined = fact if fact.code == "joined_on" else joined
    for code, entry in _kept_back(session, person.id, as_of):
        by_code[code].append(entry)
    until = min(as_of, person.died_on) if person.died_on else as_of
    return Dossier(
        person_id=person.id,
        as_of=as_of,
        name=person.name,
        sex=person.sex,
        age=certain_age(person.born_on_earliest, person.born_on_latest, until),
        born_on_earliest=person.born_on_earliest,
        born_on_latest=person.born_on_latest,
        birth_source=person.birth_source,
        birth_reason=person.birth_reason,
        birth_dates={
            place: by_code[f"birth_date_{place}"][0].value
            for place in ("id", "file")
            if by_code.get(f"birth_date_{place}")
        },
        birthday=birthday_kept(
            person.born_on_earliest,
            person.born_on_latest,
            kept=_value(by_code, "birthday_kept"),
            told=_value(by_code, "birth_lunar"),
            on=as_of,
        ),
        died_on=person.died_on,
        era=era_of(joined.earliest, joined.latest) if joined else None,
        sections=tuple(_sections(by_code, agency)),
        identifiers=tuple(_identifiers(session, person.id)),
        names=tuple(_names(session, person.id)),
        case=_case(session, person, as_of),
        related=tuple(_related(session, person.id, as_of)),
        care_team=tuple(_care_team(session, person.id, as_of)),
        stays=tuple(_stays(session, person.id, as_of)),
        wishes=tuple(open_wishes(session, person.id, as_of)),
        needs=tuple(_needs(session, person.id, as_of)),
        assessments=tuple(_assessments(session, person.id, as_of)),
        days_since_contact=_days_since_contact(session, person.id, as_of),
        problems=tuple(_problems(session, person.id)),
        version=person.version,
        asked=frozenset(_asked(session, person.id, as_of)),
        # Whether there is one, supervisors are not told: neither known nor unknown.
        numbers_kept=session.info.get("role") == "supervisor",
    )


def _kept_back(session: Session, person_id: int, as_of: date) -> Iterable[tuple[str, FactEntry]]:
    """Give what is known and kept from supervisors: that it is known, since when, never what."""
    if session.info.get("role") != "supervisor":
        return
    held = select(Fact).from_statement(_AS_TOLD.bindparams(person=person_id, day=as_of))
    for fact in session.scalars(held):
        yield fact.code, replace(_entry(fact, as_of), shown=_("kept by the caseworker"))


_AS_TOLD = text(
    "SELECT * FROM access.kept_facts(:person) f WHERE f.superseded_at IS NULL "
    "AND (f.valid_from IS NULL OR f.valid_from <= :day) "
    "AND (f.valid_to IS NULL OR f.valid_to >= :day) ORDER BY f.id"
)


def entries_of(session: Session, person_id: int, code: str) -> list[FactEntry]:
    """Give every value a fact has had, the latest recorded first."""
    found = select(Fact).where(Fact.person_id == person_id, Fact.code == code)
    return [_entry(fact, None) for fact in session.scalars(found.order_by(Fact.id.desc()))]


def _shown(fact: Fact) -> str:
    definition = facts().get(fact.code)
    if definition is None:
        return fact.value
    said = definition.show(fact.value)
    return day_in_words(said) if definition.kind == "date" else said


def _entry(fact: Fact, as_of: date | None) -> FactEntry:
    age = (as_of - fact.verified_on).days if as_of and fact.verified_on else None
    return FactEntry(
        id=fact.id,
        value=fact.value,
        shown=_shown(fact),
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        recorded_at=fact.recorded_at,
        recorded_by=fact.recorded_by,
        source=fact.source,
        verified_on=fact.verified_on,
        note=fact.note,
        is_mistake=fact.superseded_at is not None,
        age_days=max(age, 0) if age is not None else None,
    )


def _sections(by_code: dict[str, list[FactEntry]], agency: Agency) -> Iterable[DossierSection]:
    for section in agency.sections:
        fields = tuple(
            FactField(facts()[code], tuple(by_code.get(code, ()))) for code in section.facts
        )
        core = [one for one in fields if one.definition.core]
        known = [one for one in core if one.is_known]
        freshest = [
            min(entry.age_days for entry in one.entries if entry.age_days is not None)
            for one in known
            if any(entry.age_days is not None for entry in one.entries)
        ]
        yield DossierSection(
            code=section.code,
            label=str(section.label),
            fields=fields,
            n_known=len(known),
            n_core=len(core),
            verified_days=max(freshest, default=None),
            n_stale=sum(one.is_stale for one in fields),
        )


def _identifiers(session: Session, person_id: int) -> Iterable[Identifier]:
    for one in held_numbers(session, person_id):
        if one.superseded_at is not None:
            continue
        yield Identifier(
            one.id,
            one.kind,
            one.masked,
            one.problem,
            one.source,
            one.recorded_by,
            one.reason,
        )


def _value(by_code: dict[str, list[FactEntry]], code: str) -> str | None:
    held = by_code.get(code)
    return held[-1].value if held else None


def _names(session: Session, person_id: int) -> Iterable[OtherName]:
    held = select(Alias).where(Alias.person_id == person_id, Alias.superseded_at.is_(None))
    for one in session.scalars(held.order_by(Alias.id)):
        yield OtherName(one.id, one.name, one.kind, one.source)


def _case(session: Session, person: Person, as_of: date) -> CaseState:
    """Tell whether the work with a person goes on; the last day of a case is still in care."""
    cases = session.scalars(select(Case).where(Case.person_id == person.id)).all()
    for one in cases:
        begun = one.opened_on is None or one.opened_on <= as_of
        if begun and (one.closed_on is None or one.closed_on >= as_of):
            return CaseState(one.closed_on is None, one.closed_on, one.close_reason, one.close_note)
    ended = [one for one in cases if one.closed_on is not None and one.closed_on < as_of]
    last = max(ended, key=lambda one: one.closed_on or date.min, default=None)
    if last is None:
        return CaseState(False)
    return CaseState(False, last.closed_on, last.close_reason, last.close_note)


def _asked(session: Session, person_id: int, as_of: date) -> Iterable[str]:
    """Name the facts that open tasks of the plan ask for."""
    keys = session.scalars(
        select(Task.item_key).where(
            Task.person_id == person_id,
            Task.item_key.startswith("find_out:"),
            Task.done_on.is_(None),
            Task.cancelled_on.is_(None),
            Task.due_on >= as_of,
        )
    )
    return {key.partition(":")[2] for key in keys}


def _related(session: Session, person_id: int, as_of: date) -> Iterable[Related]:
    for one in family_on(session, person_id, as_of):
        yield Related(
            one.id,
            one.name,
            one.relationship,
            one.phone,
            one.is_emergency,
            one.lives_with,
            one.visits,
            one.verified_on,
            one.unit,
            one.address,
            one.decides,
            one.call_order,
            one.source,
            one.recorded_by,
            one.replaces_id is not None,
            one.other_person_id,
        )


def _care_team(session: Session, person_id: int, as_of: date) -> Iterable[CareSeat]:
    seats = (
        select(CareTeamMember, Staff)
        .outerjoin(Staff, Staff.id == CareTeamMember.staff_id)
        .where(
            CareTeamMember.person_id == person_id,
            CareTeamMember.role != VISITOR,
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, as_of),  # type: ignore[arg-type]
        )
        .order_by(CareTeamMember.id)
    )
    for seat, staff in session.execute(seats):
        yield CareSeat(
            seat.id,
            seat.role,
            staff.name if staff else (seat.name or ""),
            seat.phone or (staff.phone if staff else None),
        )


def _stays(session: Session, person_id: int, as_of: date) -> Iterable[Stay]:
    held = select(SeasonalStay).where(
        SeasonalStay.person_id == person_id, SeasonalStay.superseded_at.is_(None)
    )
    for one in session.scalars(held.order_by(SeasonalStay.away_from.desc())):
        is_now = one.away_from <= as_of and (one.away_to is None or one.away_to >= as_of)
        yield Stay(one.id, one.place, one.away_from, one.away_to, one.phone, is_now)


def open_wishes(session: Session, person_id: int, as_of: date) -> Sequence[Wish]:
    """Give what a person wants on a day and nobody has closed, the newest first."""
    return session.scalars(
        select(Wish)
        .where(
            Wish.person_id == person_id,
            Wish.superseded_at.is_(None),
            covers(Wish.said_on, Wish.closed_on, as_of),  # type: ignore[arg-type]
        )
        .order_by(Wish.id.desc())
    ).all()


def _needs(session: Session, person_id: int, as_of: date) -> Sequence[Need]:
    return session.scalars(
        select(Need).where(Need.person_id == person_id, waits_on(as_of)).order_by(Need.id.desc())
    ).all()


def _assessments(session: Session, person_id: int, as_of: date) -> Sequence[Assessment]:
    return session.scalars(
        select(Assessment)
        .where(
            Assessment.person_id == person_id,
            Assessment.superseded_at.is_(None),
            Assessment.assessed_on <= as_of,
        )
        .order_by(Assessment.assessed_on.desc(), Assessment.id.desc())
    ).all()


def _days_since_contact(session: Session, person_id: int, as_of: date) -> int | None:
    last = session.scalar(
        select(func.max(Contact.happened_on))
        .join(ContactPerson, ContactPerson.contact_id == Contact.id)
        .where(
            ContactPerson.person_id == person_id,
            reached(),
            Contact.happened_on <= as_of,
        )
    )
    return (as_of - last).days if last else None


def _problems(session: Session, person_id: int) -> Sequence[ImportProblem]:
    return session.scalars(
        select(ImportProblem)
        .where(ImportProblem.person_id == person_id, ImportProblem.settled_at.is_(None))
        .order_by(ImportProblem.id)
    ).all()
