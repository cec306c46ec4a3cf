"""Rows of a return of a unit: who each is about, and what keeps it from becoming a visit.

Decides that nothing is guessed: a row whose number and name do not agree, or that fits several
people, is about nobody until somebody says whom. Leaves keeping and merging to
:mod:`casework.workbook.unit_returns`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import CaseworkError
from casework.exchange.unit_returns import ReturnRow
from casework.records import (
    REACHED,
    Campaign,
    CampaignPerson,
    Organisation,
    Person,
    UnitReturn,
    UnitReturnRow,
)
from casework.records.base import now
from casework.terms import _
from casework.workbook.campaign_target import said
from casework.workbook.contact_entry import PersonEntry
from casework.workbook.served import served_persons
from casework.workbook.sharing import ShareEntry
from casework.workbook.standards import limit_of, standards_on

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Known",
    "former_units",
    "hold_doubles",
    "kept_row",
    "known_of",
    "problem_text",
    "told_to",
    "visit_entry",
]


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are compared with."""

    campaign: Campaign
    listed: Mapping[int, str]
    names: Mapping[str, Sequence[tuple[int, str]]]
    by_id: Mapping[int, str]
    reported: Mapping[int, str]
    most_cents: int | None


def known_of(session: Session, one: Campaign, rows: Sequence[ReturnRow]) -> Known:
    """Read whom the rows may be about, in a few queries."""
    listed = {
        person: segment
        for person, segment in session.execute(
            select(CampaignPerson.person_id, CampaignPerson.segment).where(
                CampaignPerson.campaign_id == one.id, CampaignPerson.left_out_on.is_(None)
            )
        )
    }
    numbers = {row.person_no for row in rows if row.person_no is not None}
    stands = (Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None))
    by_id = {
        key: name
        for key, name in session.execute(
            select(Person.id, Person.name).where(Person.id.in_(numbers), *stands)
        )
    }
    names: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, name, unit in session.execute(
        select(Person.id, Person.name, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Person.unit_id)
        .where(Person.name.in_({row.name for row in rows if row.name}), *stands)
        .order_by(Person.id)
    ):
        names[name].append((key, unit or ""))
    reported = {
        person: file_name
        for person, file_name in session.execute(
            select(UnitReturnRow.person_id, UnitReturn.file_name)
            .join(UnitReturn, UnitReturn.id == UnitReturnRow.return_id)
            .where(
                UnitReturn.campaign_id == one.id,
                UnitReturn.superseded_at.is_(None),
                UnitReturnRow.outcome == "merged",
                UnitReturnRow.person_id.is_not(None),
            )
        )
        if person is not None
    }
    gifts = [limit_of(each) for each in standards_on(session, one.due_on, "festival")]
    return Known(one, listed, names, by_id, reported, max(gifts, default=None))


def kept_row(
    book: Workbook, session: Session, made: UnitReturn, row: ReturnRow, known: Known
) -> UnitReturnRow:
    """Make the row that is kept: who it is about, and what is wrong with it."""
    problems = list(row.problems)
    person = _person_of(row, known, problems)
    if row.is_filled:
        problems += _wrong(book, session, row, person, known)
    outcome = "ignored" if not row.is_filled else ("held" if problems else "merged")
    return UnitReturnRow(
        return_id=made.id,
        person_id=person,
        row=row.row,
        outcome=outcome,
        problems=list(dict.fromkeys(problems)) or None if outcome == "held" else None,
        cells=dict(row.cells),
        amount_cents=row.amount_cents,
        recorded_at=now(),
        recorded_by=book.actor.name,
    )


def _wrong(
    book: Workbook, session: Session, row: ReturnRow, person: int | None, known: Known
) -> list[str]:
    """Name what keeps a row of somebody from becoming a visit."""
    one, found = known.campaign, []
    if row.on is None and "bad_day" not in row.problems:
        found.append("no_day")
    elif row.on is not None:
        late = int(book.agency.setting("late_answer_days", one.due_on))
        if not one.opens_on <= row.on <= one.due_on + timedelta(days=late):
            found.append("other_day")
        elif row.on > book.today:
            found.append("future")
    if row.way is None and "bad_way" not in row.problems:
        found.append("no_way")
    if row.amount_cents and known.most_cents and row.amount_cents > known.most_cents:
        found.append("over_standard")
    if person is None:
        return found
    if person not in known.listed:
        found.append("not_listed")
    if person in known.reported:
        found.append("twice")
    if row.on is not None and not found:
        try:
            served_persons(session, [person], row.on)
        except CaseworkError:
            found.append("not_served")
    return found


def hold_doubles(rows: Sequence[UnitReturnRow]) -> None:
    """Hold all but the first row of somebody who stands twice in one form."""
    seen: set[int] = set()
    for row in rows:
        if row.person_id is None or row.outcome == "ignored":
            continue
        if row.person_id in seen:
            row.outcome = "held"
            row.problems = list(dict.fromkeys([*(row.problems or ()), "twice"]))
        elif row.outcome == "merged":
            seen.add(row.person_id)


def _person_of(row: ReturnRow, known: Known, problems: list[str]) -> int | None:
    """Tell who a row is about; nobody where number and name do not agree or several fit."""
    if row.person_no is not None:
        name = known.by_id.get(row.person_no)
        if name is None:
            problems.append("unknown_number")
            return None
        if row.name and name != row.name:
            problems.append("other_name")
            return None
        return row.person_no
    if not row.name:
        return None
    found = known.names.get(row.name, ())
    listed = [one for one in found if one[0] in known.listed] or list(found)
    if len(listed) > 1 and row.unit:
        listed = [one for one in listed if one[1] == row.unit] or listed
    if not listed:
        problems.append("unknown_person")
        return None
    if len(listed) > 1:
        problems.append("several_people")
        return None
    return listed[0][0]


def problem_text(code: str) -> str:
    """Say what is wrong with a row of a return."""
    return {
        "formula": _("A cell begins like a formula. Type it as plain text."),
        "bad_number": _("The person number cannot be read."),
        "bad_day": _("The day cannot be read. Write it as 2026-02-03."),
        "bad_way": _("How they were visited is not one of the list. Choose it in the cell."),
        "bad_outcome": _("The outcome is not one of the list. Choose it in the cell."),
        "bad_amount": _("The amount is no sum of money from 0 to 100,000 yuan."),
        "no_name": _("There is neither a name nor a number."),
        "unknown_number": _("Nobody has this person number."),
        "other_name": _("Number and name are of different people."),
        "unknown_person": _("Nobody of this name is in the workbook."),
        "several_people": _("Several people have this name. Say which one."),
        "no_day": _("The day of the visit is missing."),
        "other_day": _("The day is outside the days of this campaign."),
        "future": _("The day has not come yet."),
        "no_way": _("How they were visited is missing."),
        "not_listed": _("The person is not on the list of this campaign."),
        "twice": _("The person has been reported already."),
        "not_served": _("The person was not in care on that day, or had died."),
        "over_standard": _("The amount is more than the standard allows."),
    }[code]


def former_units(session: Session, persons: Sequence[int], on: date) -> dict[int, str]:
    """Give the former unit of people as their dossiers name it."""
    found = said(session, persons, ("unit",), on)
    return {person: facts["unit"][-1] for person, facts in found.items()}


def told_to(unit: str) -> ShareEntry:
    """Say what a form tells a unit: names, which is who they are and nothing else."""
    return ShareEntry("unit", "unit", unit, ("identity",), fields=("name",))


def visit_entry(row: UnitReturnRow, read: ReturnRow) -> PersonEntry:
    """Make the part of a contact that is about one row."""
    cells: Mapping[str, Any] = row.cells or {}
    outcome = read.outcome or "reached"
    told = [cells.get("gift"), cells.get("note")]
    heard = "；".join(one for one in told if one) or None
    why = None if outcome in REACHED else heard
    return PersonEntry(row.person_id or 0, outcome, heard if outcome in REACHED else None, why)
