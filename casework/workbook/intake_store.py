"""Writing a roster into the workbook: set by set, in one transaction, nothing overwritten.

Decides the order of an import; leaves to `intake_known` who is known already and what changes for
them. Everything the batch writes carries its number, so that it can be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.exchange.outcome import FOREMOST, OUTCOMES
from casework.exchange.people import Place, RosterPerson
from casework.exchange.report import problems_of
from casework.exchange.roster import Roster, RosterRow
from casework.factvalues import LONGEST_TEXT
from casework.identifiers import DateReading, read_date
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
)
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.reference import Agency
from casework.terms import _
from casework.workbook.door import Workbook
from casework.workbook.finding import refresh_search
from casework.workbook.intake_batch import Batch, Row, told_facts, told_wishes
from casework.workbook.intake_known import known_people, sort_out, update_known
from casework.workbook.loading import Loader

__all__ = ["batch_of", "count_rows", "store_roster", "write_new"]

_STATED = re.compile(
    r"(?:填报|填表|制表|统计|截止|截至|更新)(?:日期|时间)?[：:\s]*"
    r"([\d〇零一二三四五六七八九十年月日.\-/]{4,})"
)

Progress = Callable[[float, str], None]


def store_roster(workbook: Workbook, roster: Roster, progress: Progress | None) -> int:
    """Write a roster that has been read; rows of people known already become ``merged``.

    Returns
    -------
    int
        Number of the batch.
    """
    tell = progress or _silent
    with workbook.transaction() as session, in_bulk(session):
        batch = _open_batch(session, workbook, roster)
        loader = Loader(session)
        told = [row for row in roster.rows if row.outcome == "imported" and row.person]
        tell(0.5, _("looking for people who are known already"))
        known = known_people(session, [row.person for row in told if row.person], batch.today)
        new, again = sort_out(told, known)
        del known
        tell(0.6, _("writing dossiers"))
        ids = write_new(loader, workbook.agency, batch, new)
        ids |= {row.place: person_id for row, person_id in again}
        update_known(session, loader, batch, again)
        tell(0.85, _("keeping the original cells"))
        _write_rows(loader, batch, roster, ids)
        _close_batch(session, workbook, batch, roster)
        tell(0.9, _("making everybody findable"))
        refresh_search(session, ids.values())
    tell(1.0, _("done"))
    return batch.id


def _silent(share: float, text: str) -> None:
    """Tell nobody."""


def _open_batch(session: Session, workbook: Workbook, roster: Roster) -> Batch:
    stated = _stated_on(roster, workbook.today)
    record = ImportBatch(
        file_name=roster.file.name,
        sha256=roster.file.sha256,
        imported_at=now(),
        imported_by=workbook.actor.name,
        valid_on=workbook.today,
        stated_on=stated,
        n_rows=roster.n_rows,
        columns=[
            {
                "sheet": table.sheet,
                "from": table.heading_rows.stop,
                "index": use.index,
                "heading": use.path,
                "column": use.column or None,
            }
            for table in roster.tables
            for use in table.columns
        ],
    )
    session.add(record)
    session.flush()
    return batch_of(workbook, record, record.imported_at)


def batch_of(workbook: Workbook, record: ImportBatch, moment: datetime) -> Batch:
    """Give what every row written for an import at a moment has in common."""
    return Batch.of(
        record,
        by=workbook.actor.name,
        today=workbook.today,
        moment=moment,
        rule=str(workbook.agency.setting("official_birth", workbook.today)),
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


def write_new(
    loader: Loader, agency: Agency, batch: Batch, new: Sequence[RosterRow]
) -> dict[Place, int]:
    """Write new persons with everything their rows tell; give their ids by place."""
    ids = _write_people(loader, agency, batch, new)
    # One row at a time: the facts of 20,000 people at once would be a third of the memory.
    loader.add(
        Fact,
        (
            batch.fact(ids[row.place], one, None)
            for row in new
            if row.person
            for one in told_facts(row.person)
        ),
    )
    return ids


def _write_people(
    loader: Loader, agency: Agency, batch: Batch, new: Sequence[RosterRow]
) -> dict[Place, int]:
    """Write new persons with their number, family, team and case; give their ids by place."""
    people = [row.person for row in new if row.person]
    ids = loader.add_numbered(Person, _persons(loader, agency, batch, people))
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
    _write_around(loader, batch, pairs)
    return {one.place: person_id for person_id, one in pairs}


def _persons(
    loader: Loader, agency: Agency, batch: Batch, people: Iterable[RosterPerson]
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
        born = one.official_birth(batch.rule)
        sex, sex_source = one.official_sex(batch.rule)
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


def _write_around(loader: Loader, batch: Batch, pairs: Sequence[tuple[int, RosterPerson]]) -> None:
    """Write ID numbers, family and emergency contacts, care team, other names and wishes."""
    loader.add(PersonIdentifier, (row for key, one in pairs for row in batch.number(key, one)))
    loader.add(
        RelatedPerson, (batch.related(key, who) for key, one in pairs for who in one.contacts)
    )
    loader.add(CareTeamMember, (batch.seat(key, seat) for key, one in pairs for seat in one.team))
    loader.add(
        Alias,
        (
            {"person_id": key, "name": name, "kind": "former"}
            for key, one in pairs
            for name in one.aliases
        ),
    )
    loader.add(
        Wish,
        (batch.wish(key, text) for key, one in pairs for text in told_wishes(one)),
    )


def _person_of_each(roster: Roster, ids: Mapping[Place, int]) -> dict[Place, int | None]:
    """Give the person of every row; a merged row has the one it was merged into."""
    into = {row.place: row.merged_into for row in roster.rows if row.merged_into}
    found: dict[Place, int | None] = {}
    for row in roster.rows:
        place: Place | None = row.place
        while place is not None and place not in ids:
            place = into.get(place)
        found[row.place] = ids[place] if place else None
    return found


def _write_rows(loader: Loader, batch: Batch, roster: Roster, ids: Mapping[Place, int]) -> None:
    """Keep every original cell, and every problem by its row."""
    by_place = _person_of_each(roster, ids)
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
                "told": row.told or None,
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
                "person_id": by_place[one.sheet, one.row, one.part],
            }
            for one in problems_of(roster.rows)
        ),
    )


def _close_batch(session: Session, workbook: Workbook, batch: Batch, roster: Roster) -> None:
    record = session.get_one(ImportBatch, batch.id)
    counts = count_rows(session, record)
    workbook.log(
        session,
        "import",
        "import",
        batch.id,
        before=batch.before,
        after={"file": roster.file.name, **counts},
    )


def count_rows(session: Session, record: ImportBatch) -> dict[str, int]:
    """Count the rows of an import by what became of them, and keep the counts with it.

    A row that prints several people counts once, as `casework.exchange.outcome.FOREMOST` says.
    """
    session.flush()
    rank = {outcome: at for at, outcome in enumerate(FOREMOST)}
    foremost = (
        select(func.min(case(rank, value=ImportRow.outcome)).label("rank"))
        .where(ImportRow.batch_id == record.id)
        .group_by(ImportRow.sheet, ImportRow.row)
        .subquery()
    )
    query = select(foremost.c.rank, func.count()).group_by(foremost.c.rank)
    found: dict[int, int] = {at: n for at, n in session.execute(query)}
    counts = {outcome: found.get(rank[outcome], 0) for outcome in OUTCOMES}
    record.n_imported, record.n_merged = counts["imported"], counts["merged"]
    record.n_held, record.n_ignored = counts["held"], counts["ignored"]
    return counts
