"""Writing a roster into the workbook: set by set, in one transaction, nothing overwritten.

Decides who is known already and how a new roster changes what was known; everything the batch
writes carries its number, so that it can be taken back.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.exchange.duplicates import find_duplicates
from casework.exchange.people import RosterPerson
from casework.exchange.report import problems_of
from casework.exchange.roster import Roster, RosterRow
from casework.factvalues import LONGEST_TEXT, iso_of
from casework.identifiers import DateReading, read_date, read_resident_id
from casework.records import (
    Alias,
    CareTeamMember,
    Case,
    Fact,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Person,
    PersonIdentifier,
    RelatedPerson,
    Wish,
    holds_on,
)
from casework.records.base import now
from casework.reference import Agency, FactDefinition, facts
from casework.terms import _
from casework.workbook.canonical import OF_OTHER_ROW
from casework.workbook.door import Workbook
from casework.workbook.finding import refresh_search
from casework.workbook.loading import Loader

__all__ = ["store_roster"]

_CHUNK = 400
_STATED = re.compile(
    r"(?:填报|填表|制表|统计|截止|截至|更新)(?:日期|时间)?[：:\s]*"
    r"([\d〇零一二三四五六七八九十年月日.\-/]{4,})"
)
_WORKBOOK = "\0workbook"  # no sheet is called that
_COMPARED = ("mobile", "landline", "address", "unit", "community")


Progress = Callable[[float, str], None]
Row = dict[str, Any]


@dataclass(slots=True)
class _Batch:
    """What one import writes, and what every row of it has in common."""

    id: int
    source: str
    moment: datetime
    by: str
    today: date
    verified_on: date
    ended: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Told:
    """One value that a roster tells of a fact."""

    code: str
    value: str
    earliest: date | None = None
    latest: date | None = None
    note: str | None = None


def store_roster(workbook: Workbook, roster: Roster, progress: Progress | None) -> int:
    """Write a roster that has been read; rows of people known already become ``merged``.

    Returns
    -------
    int
        Number of the batch.
    """
    tell = progress or _silent
    with workbook.transaction() as session:
        batch = _open_batch(session, workbook, roster)
        loader = Loader(session)
        told = [row for row in roster.rows if row.outcome == "imported" and row.person]
        tell(0.5, _("looking for people who are known already"))
        known = _known_people(session, [row.person for row in told if row.person], batch.today)
        new, again = _sorted_out(told, known)
        tell(0.6, _("writing dossiers"))
        ids = _write_people(loader, workbook.agency, batch, new)
        ids |= {row.place: person_id for row, person_id in again}
        _write_facts(session, loader, batch, new, again, ids)
        tell(0.85, _("keeping the original cells"))
        _write_rows(loader, batch, roster, ids)
        _close_batch(session, workbook, batch, roster)
        tell(0.9, _("making everybody findable"))
        refresh_search(session, ids.values())
    tell(1.0, _("done"))
    return batch.id


def _silent(share: float, text: str) -> None:
    """Tell nobody."""


def _open_batch(session: Session, workbook: Workbook, roster: Roster) -> _Batch:
    stated = _stated_on(roster, workbook.today)
    record = ImportBatch(
        file_name=roster.file.name,
        sha256=roster.file.sha256,
        imported_at=now(),
        imported_by=workbook.actor.name,
        valid_on=workbook.today,
        stated_on=stated,
        n_rows=roster.file.n_rows,
        columns=[
            {"sheet": table.sheet, "heading": use.path, "column": use.column or None}
            for table in roster.tables
            for use in table.columns
        ],
    )
    session.add(record)
    session.flush()
    return _Batch(
        id=record.id,
        source=f"花名册《{roster.file.name}》",
        moment=record.imported_at,
        by=workbook.actor.name,
        today=workbook.today,
        verified_on=stated or workbook.today,
    )


def _stated_on(roster: Roster, latest: date) -> date | None:
    """Find the day as of which the roster says it was filled in; a month counts from its first."""
    for row in roster.rows:
        if row.outcome != "ignored":
            continue
        for cell in row.cells:
            found = _STATED.search(cell)
            reading = read_date(found[1], latest=latest) if found else DateReading()
            if reading.earliest and reading.problem is None:
                return reading.earliest
    return None


def _known_people(
    session: Session, told: Sequence[RosterPerson], on: date
) -> dict[str, list[tuple[int, RosterPerson]]]:
    """Give who may be meant, by name and by ID number, in the shape the evidence is weighed in."""
    names = sorted({one.name for one in told})
    numbers = sorted({one.id_number for one in told if one.id_number})
    if session.scalar(select(Person.id).limit(1)) is None:
        return {}
    held: dict[int, RosterPerson] = {}
    for chunk in _chunks(names):
        _take(session, held, Person.name.in_(chunk))
    for chunk in _chunks(numbers):
        of_number = select(PersonIdentifier.person_id).where(
            PersonIdentifier.normal.in_(chunk), PersonIdentifier.superseded_at.is_(None)
        )
        _take(session, held, Person.id.in_(of_number))
    for chunk in _chunks(sorted(held)):
        _fill(session, held, chunk, on)
    found: dict[str, list[tuple[int, RosterPerson]]] = defaultdict(list)
    for person_id, person in held.items():
        found[person.name].append((person_id, person))
        if person.id_number:
            found[person.id_number].append((person_id, person))
    return found


def _take(session: Session, held: dict[int, RosterPerson], condition: Any) -> None:
    people = select(Person).where(
        condition, Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None)
    )
    for person in session.scalars(people):
        held[person.id] = RosterPerson(
            sheet=_WORKBOOK,
            row=person.id,
            name=person.name,
            sex=person.sex,
            born=DateReading(person.born_on_earliest, person.born_on_latest),
        )


def _fill(session: Session, held: Mapping[int, RosterPerson], ids: Sequence[int], on: date) -> None:
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


def _sorted_out(
    told: Sequence[RosterRow], known: Mapping[str, Sequence[tuple[int, RosterPerson]]]
) -> tuple[list[RosterRow], list[tuple[RosterRow, int]]]:
    """Tell new people from people the workbook knows, whose rows become ``merged``."""
    new: list[RosterRow] = []
    again: list[tuple[RosterRow, int]] = []
    for row in told:
        person_id = _match(row.person, known) if row.person else None
        if person_id is None:
            new.append(row)
        else:
            row.outcome, row.reason = "merged", "known"
            again.append((row, person_id))
    return new, again


def _match(
    person: RosterPerson, known: Mapping[str, Sequence[tuple[int, RosterPerson]]]
) -> int | None:
    """Find who is certainly meant, by the evidence that also finds one person on two rows."""
    for key in (person.id_number or "", person.name):
        for person_id, other in known.get(key, ()):
            if any(pair.is_certain for pair in find_duplicates([other, person])):
                return person_id
    return None


def _write_people(
    loader: Loader, agency: Agency, batch: _Batch, new: Sequence[RosterRow]
) -> dict[tuple[str, int], int]:
    """Write new persons with their number, family, team and case; give their ids by place."""
    rule = str(agency.setting("official_birth", batch.today))
    people = [row.person for row in new if row.person]
    ids = loader.add_numbered(Person, _persons(loader, agency, batch, people, rule))
    loader.add(
        Case,
        (
            {
                "person_id": person_id,
                "opened_on": None,
                "closed_on": one.died_on,
                "close_reason": "died" if one.died_on else None,
                "batch_id": batch.id,
            }
            for person_id, one in zip(ids, people, strict=True)
        ),
    )
    pairs = list(zip(ids, people, strict=True))
    _write_numbers(loader, batch, pairs)
    _write_around(loader, batch, pairs)
    return {one.place: person_id for person_id, one in pairs}


def _persons(
    loader: Loader, agency: Agency, batch: _Batch, people: Iterable[RosterPerson], rule: str
) -> Iterator[Row]:
    from casework.identifiers.names import spell_name
    from casework.reference import surnames

    sounds = surnames()
    units = loader.organisation_ids()
    by_name = {
        name: units[unit.code]
        for unit in agency.organisations
        for name in (unit.label.zh, *unit.aliases)
        if unit.code in units
    }
    root = units[agency.organisations[0].code]
    for one in people:
        born = one.official_birth(rule)
        sex, sex_source = one.official_sex(rule)
        spelling = spell_name(one.name, sounds)
        unit = next(iter(one.values.get("unit", ())), "")
        yield {
            "name": one.name,
            "name_pinyin": spelling.pinyin,
            "name_initials": spelling.initials,
            "sex": sex,
            "sex_source": sex_source,
            "born_on_earliest": born.earliest,
            "born_on_latest": born.latest,
            "birth_source": born.source,
            "died_on": one.died_on,
            "unit_id": by_name.get(unit, root),
            "batch_id": batch.id,
            "version": 1,
        }


def _write_numbers(
    loader: Loader, batch: _Batch, pairs: Sequence[tuple[int, RosterPerson]]
) -> None:
    loader.add(
        PersonIdentifier,
        (
            {
                "person_id": person_id,
                "kind": "resident_id",
                "value": one.number.normal or one.number.typed,
                "normal": one.number.normal,
                "problem": one.number.problem,
                "batch_id": batch.id,
            }
            for person_id, one in pairs
            if one.number and one.number.typed
        ),
    )


def _write_around(loader: Loader, batch: _Batch, pairs: Sequence[tuple[int, RosterPerson]]) -> None:
    """Write family, emergency contacts, care team, other names and wishes."""
    written = {"recorded_at": batch.moment, "recorded_by": batch.by}
    loader.add(
        RelatedPerson,
        (
            {
                "person_id": person_id,
                "name": contact.name,
                "relationship": contact.relationship,
                "phone": contact.phone,
                "is_emergency": contact.is_emergency,
                "source": batch.source,
                "verified_on": batch.verified_on,
                "batch_id": batch.id,
                "note": contact.note or None,
                **written,
            }
            for person_id, one in pairs
            for contact in one.contacts
        ),
    )
    loader.add(
        CareTeamMember,
        (
            {
                "person_id": person_id,
                "role": seat.role,
                "name": seat.name,
                "phone": seat.phone,
                **written,
            }
            for person_id, one in pairs
            for seat in one.team
        ),
    )
    loader.add(
        Alias,
        (
            {"person_id": person_id, "name": name, "kind": "former"}
            for person_id, one in pairs
            for name in one.aliases
        ),
    )
    _write_wishes(loader, batch, pairs)


def _write_wishes(loader: Loader, batch: _Batch, pairs: Sequence[tuple[int, RosterPerson]]) -> None:
    loader.add(
        Wish,
        (
            {
                "person_id": person_id,
                "text": text[:LONGEST_TEXT],
                "source": batch.source,
                "batch_id": batch.id,
                "recorded_at": batch.moment,
                "recorded_by": batch.by,
            }
            for person_id, one in pairs
            for text in one.values.get("service_wish", ())
            if text
        ),
    )


def _write_facts(
    session: Session,
    loader: Loader,
    batch: _Batch,
    new: Sequence[RosterRow],
    again: Sequence[tuple[RosterRow, int]],
    ids: Mapping[tuple[str, int], int],
) -> None:
    """Write what the roster tells; of known people only what is new, ending what it replaces."""
    # One row at a time: the facts of 20,000 people at once would be a third of the memory.
    first = (
        _fact_row(batch, ids[row.place], one, None)
        for row in new
        if row.person
        for one in _told(row.person)
    )
    loader.add(Fact, first)
    loader.add(Fact, _changes(session, loader, batch, again))


def _told(person: RosterPerson) -> Iterator[_Told]:
    """Give every fact that a row tells, in canonical form."""
    vocabulary = facts()
    for code, values in person.values.items():
        definition = vocabulary.get(code)
        if definition is None:
            continue
        for value in values if definition.multiple else values[:1]:
            if value or definition.multiple:
                unsure = (
                    f"{OF_OTHER_ROW} {person.unsure[value]}" if value in person.unsure else None
                )
                note = person.derived.get(code) or unsure
                yield _Told(code, value[:LONGEST_TEXT], note=note)
    for code, reading in person.dates.items():
        if code in vocabulary and reading.earliest and reading.latest:
            yield _day(code, reading.earliest, reading.latest)
    if person.born.earliest and person.born.latest:
        yield _day("birth_date_file", person.born.earliest, person.born.latest)
    if person.born.lunar:
        yield _Told("birth_lunar", person.born.lunar)
    if person.number and person.number.normal and person.number.born_on:
        yield _day("birth_date_id", person.number.born_on, person.number.born_on)
    if person.sex:
        yield _Told("sex_file", person.sex)


def _day(code: str, earliest: date, latest: date) -> _Told:
    return _Told(code, iso_of(earliest, latest), earliest, latest)


def _fact_row(batch: _Batch, person_id: int, one: _Told, since: date | None) -> Row:
    return {
        "person_id": person_id,
        "code": one.code,
        "value": one.value,
        "earliest": one.earliest,
        "latest": one.latest,
        "valid_from": since,
        "recorded_at": batch.moment,
        "recorded_by": batch.by,
        "source": batch.source,
        "verified_on": batch.verified_on,
        "batch_id": batch.id,
        "note": one.note,
    }


def _changes(
    session: Session, loader: Loader, batch: _Batch, again: Sequence[tuple[RosterRow, int]]
) -> list[Row]:
    """Compare what is told with what is known of people who are in the workbook already."""
    holding: dict[tuple[int, str], list[Fact]] = defaultdict(list)
    for chunk in _chunks(sorted({person_id for _row, person_id in again})):
        held = select(Fact).where(Fact.person_id.in_(chunk), holds_on(batch.today))
        for fact in session.scalars(held):
            holding[fact.person_id, fact.code].append(fact)
    added: list[Row] = []
    newly: list[tuple[int, RosterPerson]] = []
    for row, person_id in again:
        if row.person is None:
            continue
        wishes = RosterPerson("", row.row)
        for one in _told(row.person):
            known = holding[person_id, one.code]
            if any(fact.value == one.value for fact in known):
                _verify(batch, known, one)
                continue
            if not one.value and known:
                continue  # "asked: none" of an old form does not end what is known
            since = _end_replaced(batch, facts()[one.code], known)
            added.append(_fact_row(batch, person_id, one, since))
            if one.code == "service_wish":
                wishes.add("service_wish", one.value)
        newly.append((person_id, wishes))
    session.flush()
    _write_wishes(loader, batch, newly)
    return added


def _verify(batch: _Batch, known: Sequence[Fact], one: _Told) -> None:
    for fact in known:
        older = fact.verified_on is None or fact.verified_on < batch.verified_on
        if fact.value == one.value and older:
            fact.verified_on = batch.verified_on


def _end_replaced(batch: _Batch, definition: FactDefinition, known: Sequence[Fact]) -> date | None:
    """End what the new value replaces, and give its first day; a first value holds since ever."""
    replaced = [fact for fact in known if not definition.multiple or not fact.value]
    yesterday = batch.today - timedelta(days=1)
    for fact in replaced:
        batch.ended.append({"id": fact.id})
        if fact.valid_from is not None and fact.valid_from > yesterday:
            fact.superseded_at = batch.moment
        else:
            fact.valid_to = yesterday
    return batch.today if replaced else None


def _write_rows(
    loader: Loader, batch: _Batch, roster: Roster, ids: Mapping[tuple[str, int], int]
) -> None:
    """Keep every original cell, and every problem by its row."""

    def person_of(row: RosterRow) -> int | None:
        return ids.get(row.place) or ids.get(row.merged_into or ("", 0))

    by_place = {row.place: person_of(row) for row in roster.rows}
    loader.add(
        ImportRow,
        (
            {
                "batch_id": batch.id,
                "sheet": row.sheet,
                "row": row.row,
                "outcome": row.outcome,
                "reason": row.reason or None,
                "person_id": by_place[row.place],
                "cells": list(row.cells),
            }
            for row in roster.rows
        ),
    )
    loader.add(
        ImportProblem,
        (
            {
                "batch_id": batch.id,
                "sheet": one.sheet,
                "row": one.row,
                "field": one.field,
                "kind": one.kind,
                "value": one.value[:LONGEST_TEXT],
                "message": one.message,
                "person_id": by_place[one.sheet, one.row],
            }
            for one in problems_of(roster.rows)
        ),
    )


def _close_batch(session: Session, workbook: Workbook, batch: _Batch, roster: Roster) -> None:
    record = session.get_one(ImportBatch, batch.id)
    counts = roster.counts()
    record.n_imported, record.n_merged = counts["imported"], counts["merged"]
    record.n_held, record.n_ignored = counts["held"], counts["ignored"]
    workbook.log(
        session,
        "import",
        "import",
        batch.id,
        before={"ended": batch.ended},
        after={"file": roster.file.name, **counts},
    )


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
