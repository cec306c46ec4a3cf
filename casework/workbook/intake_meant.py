"""Whom a held row is about: records that may be meant, and choices that cannot be right.

Decides that one record is not meant twice in a row, nor one whose valid ID number is another than
the row's. Leaves weighing the evidence to `likeness`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.errors import InvalidEntry, NotFound
from casework.exchange.outcome import RosterRow
from casework.identifiers import read_date, read_name, read_phones, read_resident_id, read_sex
from casework.identifiers.names import spell_name
from casework.records import Person, PersonIdentifier
from casework.reference import surnames
from casework.terms import _
from casework.workbook.intake_cells import HeldPerson
from casework.workbook.likeness import Sketch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["chosen", "refuse_another_number", "refuse_twice", "sketch_of_texts"]

_NOBODY = 0  # no record has this number


def sketch_of_texts(texts: Mapping[str, str], on: date) -> Sketch:
    """Give what somebody in a row is compared with records by.

    Parameters
    ----------
    texts : mapping of str to str
        Texts by the columns of `casework.workbook.intake_cells.ASKED`.
    """
    name = read_name(texts.get("name", "")).name
    number = read_resident_id(texts.get("resident_id", ""))
    born = read_date(texts.get("birth_date", ""), latest=on)
    earliest, latest = (number.born_on,) * 2 if number.normal else (born.earliest, born.latest)
    facts = {code: {texts[code]} for code in ("unit", "community") if texts.get(code)}
    return Sketch(
        _NOBODY,
        name,
        spell_name(name, surnames()).pinyin if name else "",
        (number.sex if number.normal else None) or read_sex(texts.get("sex", "")),
        earliest,
        latest,
        names={name} if name else set(),
        number=number.normal or number.typed,
        is_right=number.normal is not None,
        phones=_phones(texts),
        facts=facts,
    )


def _phones(texts: Mapping[str, str]) -> set[str]:
    read = read_phones(" ".join(texts.get(code, "") for code in ("mobile", "landline")))
    return {"".join(filter(str.isdigit, one)) for one in (*read.mobiles, *read.landlines)}


def chosen(session: Session, person: HeldPerson, at: int) -> HeldPerson:
    """Give a person with the record that was chosen, and its name where none was entered.

    Raises
    ------
    NotFound
        If there is no such record, or it was withdrawn.
    """
    if person.person_id is None:
        return person
    record = session.get(Person, person.person_id)
    if record is not None and record.merged_into_id is not None:
        record = session.get(Person, record.merged_into_id)
    if record is None or record.withdrawn_at is not None:
        raise NotFound(_("This person is no longer there. Choose again."))
    entered = dict(person.entered)
    if not (entered.get("name") or "").strip():
        entered["name"] = record.name
    return replace(person, entered=entered, person_id=record.id)


def refuse_twice(ids: Sequence[int]) -> None:
    """Refuse that two people of one row are one record.

    Raises
    ------
    InvalidEntry
        If a record is there twice.
    """
    if len(set(ids)) < len(ids):
        raise InvalidEntry(
            _(
                "Two people of this row would be one record. Give each a name of their own, or "
                "take one of them out."
            ),
            field="name",
        )


def refuse_another_number(
    session: Session, person_id: int | None, told: RosterRow, at: int
) -> None:
    """Refuse to bring somebody up to date from a row with the ID number of somebody else.

    Raises
    ------
    InvalidEntry
        If both numbers are right and differ; the field has the number of the person after it.
    """
    number = told.person.id_number if told.person else None
    if person_id is None or number is None:
        return
    held = session.scalars(
        select(PersonIdentifier.normal).where(
            PersonIdentifier.person_id == person_id,
            PersonIdentifier.superseded_at.is_(None),
            PersonIdentifier.normal.is_not(None),
        )
    )
    known = set(held)
    if known and number not in known:
        raise InvalidEntry(
            _(
                "This ID number is not that of the person chosen: they are two people. Choose "
                "another person, or correct the number."
            ),
            field=f"resident_id_{at + 1}" if at else "resident_id",
        )
