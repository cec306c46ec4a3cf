"""People whom the workbook knows already: found on evidence, and brought up to date.

Decides who is meant by a row and what a new roster changes: a changed value begins today and the
old one ends, a right ID number takes the place of a damaged one, what is the same is verified.
Set by set; nothing is overwritten that could not be restored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casework.exchange.duplicates import find_duplicates
from casework.exchange.people import RosterPerson
from casework.exchange.roster import RosterRow
from casework.identifiers import DateReading, read_resident_id
from casework.records import (
    CareTeamMember,
    Fact,
    Person,
    PersonIdentifier,
    RelatedPerson,
    Wish,
    holds_on,
)
from casework.reference import FactDefinition, facts
from casework.workbook.fact_entry import WISHES_ASKED
from casework.workbook.intake_batch import Batch, Row, told_facts, told_wishes
from casework.workbook.loading import Loader

__all__ = ["chunks", "known_people", "sort_out", "update_known"]

_CHUNK = 400
_WORKBOOK = "\0workbook"  # no sheet is called that
_COMPARED = ("mobile", "landline", "address", "unit", "community")

Known = Mapping[str, Sequence[tuple[int, RosterPerson]]]
Again = tuple[RosterRow, int]


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces that fit into one query."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


# ---------------------------------------------------------------- who is meant


def known_people(session: Session, told: Sequence[RosterPerson], on: date) -> Known:
    """Give who may be meant, by name and by ID number, in the shape the evidence is weighed in."""
    if session.scalar(select(Person.id).limit(1)) is None:
        return {}
    held: dict[int, RosterPerson] = {}
    for chunk in chunks(sorted({one.name for one in told})):
        _take(session, held, Person.name.in_(chunk))
    for chunk in chunks(sorted({one.id_number for one in told if one.id_number})):
        of_number = select(PersonIdentifier.person_id).where(
            PersonIdentifier.normal.in_(chunk), PersonIdentifier.superseded_at.is_(None)
        )
        _take(session, held, Person.id.in_(of_number))
    for ids in chunks(sorted(held)):
        _add_evidence(session, held, ids, on)
    found: dict[str, list[tuple[int, RosterPerson]]] = defaultdict(list)
    for person_id, person in held.items():
        found[person.name].append((person_id, person))
        if person.id_number:
            found[person.id_number].append((person_id, person))
    return found


def _take(session: Session, held: dict[int, RosterPerson], condition: Any) -> None:
    people = select(
        Person.id, Person.name, Person.sex, Person.born_on_earliest, Person.born_on_latest
    ).where(condition, Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None))
    for person_id, name, sex, earliest, latest in session.execute(people):
        held[person_id] = RosterPerson(
            sheet=_WORKBOOK,
            row=person_id,
            name=name,
            sex=sex,
            born=DateReading(earliest, latest),
        )


def _add_evidence(
    session: Session, held: Mapping[int, RosterPerson], ids: Sequence[int], on: date
) -> None:
    """Add the evidence by which two people of one name are told apart."""
    for person_id, value in session.execute(
        select(PersonIdentifier.person_id, PersonIdentifier.value).where(
            PersonIdentifier.person_id.in_(ids), PersonIdentifier.superseded_at.is_(None)
        )
    ):
        held[person_id].number = read_resident_id(value)
    for person_id, code, value in session.execute(
        select(Fact.person_id, Fact.code, Fact.value).where(
            Fact.person_id.in_(ids), Fact.code.in_(_COMPARED), holds_on(on)
        )
    ):
        held[person_id].add(code, value)


def sort_out(told: Sequence[RosterRow], known: Known) -> tuple[list[RosterRow], list[Again]]:
    """Tell new people from people the workbook knows, whose rows become ``merged``."""
    new: list[RosterRow] = []
    again: list[Again] = []
    for row in told:
        person_id = _match(row.person, known) if row.person else None
        if person_id is None:
            new.append(row)
        else:
            row.outcome, row.reason = "merged", "known"
            again.append((row, person_id))
    return new, again


def _match(person: RosterPerson, known: Known) -> int | None:
    """Find who is certainly meant, by the evidence that also finds one person on two rows."""
    for key in (person.id_number or "", person.name):
        for person_id, other in known.get(key, ()):
            if any(pair.is_certain for pair in find_duplicates([other, person])):
                return person_id
    return None


# ---------------------------------------------------------------- what changes


@dataclass(slots=True)
class _Changes:
    """What a piece of the roster changes, gathered before it is written."""

    facts: list[Row] = field(default_factory=list)
    wishes: list[Row] = field(default_factory=list)
    related: list[Row] = field(default_factory=list)
    seats: list[Row] = field(default_factory=list)
    numbers: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    verified: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    voided: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)


def update_known(session: Session, loader: Loader, batch: Batch, again: Sequence[Again]) -> None:
    """Write what a roster tells of known people and the workbook did not know."""
    for piece in chunks(again):
        changes = _Changes()
        ids = sorted({person_id for _row, person_id in piece})
        _compare_facts(session, batch, piece, ids, changes)
        _compare_wishes(session, batch, piece, ids, changes)
        _compare_people_around(session, batch, piece, ids, changes)
        _compare_numbers(session, batch, piece, ids, changes)
        _write(session, loader, batch, changes)


def _compare_facts(
    session: Session,
    batch: Batch,
    piece: Sequence[Again],
    ids: Sequence[int],
    changes: _Changes,
) -> None:
    held = select(
        Fact.id, Fact.person_id, Fact.code, Fact.value, Fact.valid_from, Fact.verified_on
    ).where(Fact.person_id.in_(ids), holds_on(batch.today))
    holding: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for fact in session.execute(held):
        holding[fact.person_id, fact.code].append(fact)
    added: set[tuple[int, str, str]] = set()
    for row, person_id in piece:
        for one in told_facts(row.person) if row.person else ():
            known = holding[person_id, one.code]
            same = [fact for fact in known if fact.value == one.value]
            changes.verified += [
                fact.id for fact in same if (fact.verified_on or date.min) < batch.verified_on
            ]
            tells_none = not one.value or (one.code, one.value) == (WISHES_ASKED, "no")
            if same or (tells_none and known) or (person_id, one.code, one.value) in added:
                continue  # "asked: none" of an old form does not end what is known
            added.add((person_id, one.code, one.value))
            since = _end_replaced(batch, facts()[one.code], known, changes)
            changes.facts.append(batch.fact(person_id, one, since))


def _compare_wishes(
    session: Session,
    batch: Batch,
    piece: Sequence[Again],
    ids: Sequence[int],
    changes: _Changes,
) -> None:
    """Take wishes that were not on file; one that was met is not raised again by an old list."""
    held = select(Wish.person_id, Wish.text).where(
        Wish.person_id.in_(ids), Wish.superseded_at.is_(None)
    )
    known = {(person_id, text) for person_id, text in session.execute(held)}
    for row, person_id in piece:
        for text in told_wishes(row.person) if row.person else ():
            if (person_id, text) not in known:
                known.add((person_id, text))
                changes.wishes.append(batch.wish(person_id, text))


def _end_replaced(
    batch: Batch, definition: FactDefinition, known: Sequence[Any], changes: _Changes
) -> date | None:
    """End what the new value replaces, and give its first day; a first value holds since ever."""
    replaced = [fact for fact in known if not definition.multiple or not fact.value]
    for fact in replaced:
        is_of_today = fact.valid_from is not None and fact.valid_from >= batch.today
        (changes.voided if is_of_today else changes.ended).append(fact.id)
    return batch.today if replaced else None


def _compare_people_around(
    session: Session,
    batch: Batch,
    piece: Sequence[Again],
    ids: Sequence[int],
    changes: _Changes,
) -> None:
    """Add family and care team that are not there yet; who is there already stays as it is."""
    related = {
        (person_id, name, phone)
        for person_id, name, phone in session.execute(
            select(RelatedPerson.person_id, RelatedPerson.name, RelatedPerson.phone).where(
                RelatedPerson.person_id.in_(ids), RelatedPerson.superseded_at.is_(None)
            )
        )
    }
    seats = {
        (person_id, role, name)
        for person_id, role, name in session.execute(
            select(CareTeamMember.person_id, CareTeamMember.role, CareTeamMember.name).where(
                CareTeamMember.person_id.in_(ids), CareTeamMember.superseded_at.is_(None)
            )
        )
    }
    for row, person_id in piece:
        for contact in row.person.contacts if row.person else ():
            if (person_id, contact.name, contact.phone) not in related:
                related.add((person_id, contact.name, contact.phone))
                changes.related.append(batch.related(person_id, contact))
        for seat in row.person.team if row.person else ():
            if (person_id, seat.role, seat.name) not in seats:
                seats.add((person_id, seat.role, seat.name))
                changes.seats.append(batch.seat(person_id, seat))


def _compare_numbers(
    session: Session,
    batch: Batch,
    piece: Sequence[Again],
    ids: Sequence[int],
    changes: _Changes,
) -> None:
    """Let a right ID number take the place of a missing or damaged one, and tell the birth date."""
    held: dict[int, list[Any]] = defaultdict(list)
    for one in session.execute(
        select(PersonIdentifier.id, PersonIdentifier.person_id, PersonIdentifier.normal).where(
            PersonIdentifier.person_id.in_(ids), PersonIdentifier.superseded_at.is_(None)
        )
    ):
        held[one.person_id].append(one)
    learnt: dict[int, RosterPerson] = {}
    for row, person_id in piece:
        person = row.person
        if person is None or not person.id_number or person_id in learnt:
            continue
        if any(one.normal for one in held[person_id]):
            continue
        learnt[person_id] = person
        changes.replaced += [one.id for one in held[person_id]]
        changes.numbers += batch.number(person_id, person)
    if learnt:
        _learn_births(session, batch, learnt, changes)


def _learn_births(
    session: Session, batch: Batch, learnt: Mapping[int, RosterPerson], changes: _Changes
) -> None:
    """Take the official birth date and sex from numbers that are known only now."""
    before = session.execute(
        select(
            Person.id,
            Person.sex,
            Person.sex_source,
            Person.born_on_earliest,
            Person.born_on_latest,
            Person.birth_source,
        ).where(Person.id.in_(sorted(learnt)))
    )
    for was in before:
        person = learnt[was.id]
        if was.birth_source == "file" and not person.born.is_known:
            person.born = DateReading(was.born_on_earliest, was.born_on_latest)
        person.sex = person.sex or was.sex
        born, (sex, sex_source) = person.official_birth(batch.rule), person.official_sex(batch.rule)
        batch.before["people"].append(
            {
                name: str(value) if isinstance(value, date) else value
                for name, value in was._mapping.items()
            }
        )
        changes.people.append(
            {
                "id": was.id,
                "sex": sex,
                "sex_source": sex_source,
                "born_on_earliest": born.earliest,
                "born_on_latest": born.latest,
                "birth_source": born.source,
            }
        )


def _write(session: Session, loader: Loader, batch: Batch, changes: _Changes) -> None:
    def mark(table: type[Fact] | type[PersonIdentifier], ids: Sequence[int], **values: Any) -> None:
        for piece in chunks(sorted(set(ids))):
            session.execute(
                update(table).where(table.id.in_(piece)).values(**values),
                execution_options={"synchronize_session": False},
            )

    mark(Fact, changes.verified, verified_on=batch.verified_on)
    mark(Fact, changes.ended, valid_to=batch.today - timedelta(days=1))
    mark(Fact, changes.voided, superseded_at=batch.moment)
    mark(PersonIdentifier, changes.replaced, superseded_at=batch.moment)
    batch.before["ended"] += [*changes.ended, *changes.voided]
    batch.before["numbers"] += changes.replaced
    for table, rows in (
        (Fact, changes.facts),
        (Wish, changes.wishes),
        (RelatedPerson, changes.related),
        (PersonIdentifier, changes.numbers),
    ):
        loader.add(table, rows)
    batch.before["seats"] += loader.add_numbered(CareTeamMember, changes.seats)
    loader.change(Person, changes.people)
