"""Forms left half filled, kept in the workbook so that a reload or a dead kernel loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casework.records import Draft
from casework.records.base import now

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Drafts", "KeptDraft", "forget_draft"]


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A form as it was left.

    Attributes
    ----------
    subject : str
        What the form is about: a person, a contact to correct, or ``new``.
    """

    form: str
    subject: str
    values: Mapping[str, Any]
    saved_at: datetime


class Drafts:
    """What somebody has begun to fill in: each sees only the own drafts.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def keep(self, form: str, subject: str, values: Mapping[str, Any]) -> None:
        """Keep a form as it stands; an earlier draft of the same form and subject gives way."""
        with self._workbook.transaction() as session:
            draft = self._draft(session, form, subject)
            if draft is None:
                session.add(
                    Draft(
                        owner=self._owner,
                        form=form,
                        subject=subject,
                        values=dict(values),
                        saved_at=now(),
                    )
                )
            else:
                draft.values, draft.saved_at = dict(values), now()

    def find(self, form: str, subject: str) -> KeptDraft | None:
        """Give the draft of a form, if there is one."""
        with self._workbook.reading() as session:
            draft = self._draft(session, form, subject)
            return None if draft is None else _kept(draft)

    def mine(self) -> list[KeptDraft]:
        """List what was begun and not saved, the latest first."""
        with self._workbook.reading() as session:
            found = session.scalars(
                select(Draft).where(Draft.owner == self._owner).order_by(Draft.saved_at.desc())
            )
            return [_kept(draft) for draft in found]

    def discard(self, form: str, subject: str) -> None:
        """Throw a draft away, as when its form was saved: what it held is then in the workbook."""
        with self._workbook.transaction() as session:
            forget_draft(session, self._owner, form, subject)

    @property
    def _owner(self) -> str:
        actor = self._workbook.actor
        return actor.name if actor.staff_id is None else f"staff:{actor.staff_id}"

    def _draft(self, session: Session, form: str, subject: str) -> Draft | None:
        return session.scalars(
            select(Draft).where(
                Draft.owner == self._owner, Draft.form == form, Draft.subject == subject
            )
        ).first()


def forget_draft(session: Session, owner: str, form: str, subject: str) -> None:
    """Throw somebody's draft away."""
    if "role" in session.info:
        # Under the rules of the database nobody deletes anything, but through this.
        session.execute(select(func.access.drop_draft(form, subject)))
        return
    session.execute(
        delete(Draft).where(Draft.owner == owner, Draft.form == form, Draft.subject == subject)
    )


def _kept(draft: Draft) -> KeptDraft:
    return KeptDraft(draft.form, draft.subject, draft.values, draft.saved_at)
