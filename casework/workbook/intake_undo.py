"""What an import ended or replaced holds again: the way back of a batch and of a single row.

Decides whom an undo leaves alone because work has been recorded since; leaves which rows are taken
back to `intake` and `intake_held`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from casework.records import (
    Assessment,
    CareTeamMember,
    ChangeLog,
    ContactPerson,
    Fact,
    ImportRow,
    Person,
    PersonIdentifier,
)
from casework.workbook.intake_known import chunks
from casework.workbook.loading import Loader

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

__all__ = ["busy_people", "restore", "restore_batch"]

_DAYS = ("born_on_earliest", "born_on_latest")


def busy_people(session: Session, made: Sequence[int] | Select[Any]) -> set[int]:
    """Give those of these people for whom a contact or an assessment has been recorded."""
    return set(
        session.scalars(select(ContactPerson.person_id).where(ContactPerson.person_id.in_(made)))
    ) | set(session.scalars(select(Assessment.person_id).where(Assessment.person_id.in_(made))))


def restore_batch(session: Session, batch_id: int, moment: datetime) -> None:
    """Let hold again what a batch ended, and what rows of it ended that were completed later."""
    log = session.scalar(
        select(ChangeLog).where(ChangeLog.action == "import", ChangeLog.subject_id == batch_id)
    )
    later = session.scalars(
        select(ChangeLog)
        .join(ImportRow, ImportRow.id == ChangeLog.subject_id)
        .where(
            ChangeLog.action == "settle_row",
            ChangeLog.subject_kind == "import_row",
            ImportRow.batch_id == batch_id,
            ImportRow.resolved_at.is_not(None),
        )
        .order_by(ChangeLog.id.desc())
    )
    done: set[int | None] = set()
    for one in later:
        if one.subject_id not in done:  # an earlier one was taken back already
            done.add(one.subject_id)
            restore(session, one.before or {}, moment)
    restore(session, (log.before or {}) if log else {}, moment)


def restore(session: Session, before: Mapping[str, Any], moment: datetime) -> None:
    """Let ended facts hold again, and give people back their numbers, births and seats."""
    for ids in chunks(before.get("ended", [])):
        session.execute(
            update(Fact).where(Fact.id.in_(ids)).values(valid_to=None, superseded_at=None)
        )
    for ids in chunks(before.get("numbers", [])):
        session.execute(
            update(PersonIdentifier).where(PersonIdentifier.id.in_(ids)).values(superseded_at=None)
        )
    for ids in chunks(before.get("seats", [])):
        session.execute(
            update(CareTeamMember).where(CareTeamMember.id.in_(ids)).values(superseded_at=moment)
        )
    Loader(session).change(
        Person,
        [
            {k: date.fromisoformat(v) if v and k in _DAYS else v for k, v in one.items()}
            for one in before.get("people", [])
        ],
    )
