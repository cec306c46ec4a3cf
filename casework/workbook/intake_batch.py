"""What one import writes: its rows in the shape of the tables, each with the number of the batch.

Decides how a roster's person becomes facts, family and wishes; leaves to `intake_store` when they
are written, and to `intake_known` what they change about people the workbook has already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from casework.exchange.people import RosterContact, RosterPerson, TeamSeat
from casework.factvalues import LONGEST_TEXT, iso_of
from casework.records import ImportBatch
from casework.reference import facts
from casework.workbook.canonical import OF_OTHER_ROW
from casework.workbook.fact_entry import WISHES_ASKED

__all__ = ["Batch", "Row", "Told", "told_facts", "told_wishes"]

Row = dict[str, Any]
WISHES = "service_wish"  # the column of a roster


@dataclass(frozen=True, slots=True)
class Told:
    """One value that a roster tells of a fact."""

    code: str
    value: str
    earliest: date | None = None
    latest: date | None = None
    note: str | None = None


@dataclass(slots=True)
class Batch:
    """What every row of one import has in common, and what it changed of what was there.

    Attributes
    ----------
    rule : str
        Whether the ID number's birth date is the official one, or the file's.
    verified_on : date
        The day the roster was filled in, where it says so; else the day of the import.
    before : dict
        What to restore when the import is taken back: ids of ended facts and superseded numbers,
        persons as they were, and ids of seats that it added to care teams.
    """

    id: int
    source: str
    moment: datetime
    by: str
    today: date
    verified_on: date
    rule: str
    before: dict[str, list[Any]] = field(
        default_factory=lambda: {"ended": [], "numbers": [], "people": [], "seats": []}
    )

    @property
    def _written(self) -> Row:
        return {"recorded_at": self.moment, "recorded_by": self.by}

    @classmethod
    def of(cls, record: ImportBatch, *, by: str, today: date, moment: datetime, rule: str) -> Batch:
        """Give what belongs to an import that is being written, or added to later."""
        return cls(
            id=record.id,
            source=f"花名册《{record.file_name}》",
            moment=moment,
            by=by,
            today=today,
            verified_on=record.stated_on or record.valid_on,
            rule=rule,
        )

    def fact(self, person_id: int, one: Told, since: date | None) -> Row:
        """Give a row of `Fact`."""
        return {
            "person_id": person_id,
            "code": one.code,
            "value": one.value,
            "earliest": one.earliest,
            "latest": one.latest,
            "valid_from": since,
            "source": self.source,
            "verified_on": self.verified_on,
            "batch_id": self.id,
            "note": one.note,
            **self._written,
        }

    def number(self, person_id: int, one: RosterPerson) -> Iterator[Row]:
        """Give the row of `PersonIdentifier`, where an ID number was typed."""
        if one.number and one.number.typed:
            yield {
                "person_id": person_id,
                "kind": "resident_id",
                "value": one.number.normal or one.number.typed,
                "normal": one.number.normal,
                "problem": one.number.problem,
                "batch_id": self.id,
            }

    def related(self, person_id: int, one: RosterContact) -> Row:
        """Give a row of `RelatedPerson`."""
        return {
            "person_id": person_id,
            "name": one.name,
            "relationship": one.relationship,
            "phone": one.phone,
            "is_emergency": one.is_emergency,
            "source": self.source,
            "verified_on": self.verified_on,
            "batch_id": self.id,
            "note": one.note or None,
            **self._written,
        }

    def seat(self, person_id: int, one: TeamSeat) -> Row:
        """Give a row of `CareTeamMember`."""
        return {
            "person_id": person_id,
            "role": one.role,
            "name": one.name,
            "phone": one.phone,
            **self._written,
        }

    def wish(self, person_id: int, text: str) -> Row:
        """Give a row of `Wish`."""
        return {
            "person_id": person_id,
            "text": text,
            "source": self.source,
            "batch_id": self.id,
            **self._written,
        }


def told_wishes(person: RosterPerson) -> list[str]:
    """Give what a row says that somebody wants, each wish once."""
    told = (text[:LONGEST_TEXT] for text in person.values.get(WISHES, ()) if text)
    return list(dict.fromkeys(told))


def told_facts(person: RosterPerson) -> Iterator[Told]:
    """Give every fact that a row tells, in canonical form.

    Of wishes only whether there are any: they are no facts but records of their own.
    """
    vocabulary = facts()
    if WISHES in person.values:
        yield Told(WISHES_ASKED, "yes" if told_wishes(person) else "no")
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
                yield Told(code, value[:LONGEST_TEXT], note=note)
    for code, reading in person.dates.items():
        if code in vocabulary and reading.earliest and reading.latest:
            yield _day(code, reading.earliest, reading.latest)
    if person.born.earliest and person.born.latest:
        yield _day("birth_date_file", person.born.earliest, person.born.latest)
    if person.number and person.number.normal and person.number.born_on:
        yield _day("birth_date_id", person.number.born_on, person.number.born_on)
    if person.sex:
        yield Told("sex_file", person.sex)


def _day(code: str, earliest: date, latest: date) -> Told:
    return Told(code, iso_of(earliest, latest), earliest, latest)
