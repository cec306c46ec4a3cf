"""Ways across the rules of the database: each asks for a reason, and each leaves a trace.

Decides how the door asks for what the rules keep from a role; who may be told, and what is written
down of it, the database decides itself. A workbook without such rules has nothing to cross: there
everybody at the computer sees everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.terms import _

if TYPE_CHECKING:
    from pandas import DataFrame

    from casework.workbook.door import Workbook

__all__ = ["Crossings", "GlassNotice"]

HOURS = 4


@dataclass(frozen=True, slots=True)
class GlassNotice:
    """That somebody looked at a person who is not the own one; supervisors are told.

    Attributes
    ----------
    until : datetime
        When it ends, or ended.
    seen_at : datetime or None
        When a supervisor took note of it.
    """

    id: int
    by: str
    person_id: int
    reason: str
    opened_at: datetime
    until: datetime
    seen_at: datetime | None


class Crossings:
    """What is done across the rules.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def are_there(self) -> bool:
        """Whether there are rules that could be crossed."""
        return self._workbook.standing is not None

    def break_glass(self, person_id: int, *, reason: str, hours: int = HOURS) -> datetime:
        """Look at somebody else's person for some hours; the supervisor is told who and why.

        Parameters
        ----------
        person_id : int
            Number of the dossier. Whether there is one is not told before it is looked at.
        hours : int
            1 to 24.

        Returns
        -------
        datetime
            When it ends.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        NotPermitted
            If the role does not allow it, or there are no rules to cross.
        """
        why = _reason(reason)
        with self._crossing() as session:
            ends: datetime = session.execute(
                select(func.access.break_glass(person_id, why, hours))
            ).scalar_one()
            return ends

    def phones(self, person_id: int, *, reason: str) -> list[str]:
        """Tell a supervisor how to reach somebody of the unit; it is written down who asked.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        NotPermitted
            If the person is not of the own units or caseload, or there are no rules to cross.
        """
        why = _reason(reason)
        with self._crossing() as session:
            return list(session.scalars(select(func.access.reveal_phones(person_id, why))))

    def notices(self) -> list[GlassNotice]:
        """List who looked at whom in the own units, the latest first."""
        with self._crossing() as session:
            return [GlassNotice(*row) for row in session.execute(_TOLD)]

    def take_note(self, notice_id: int) -> None:
        """Say that a notice was read."""
        with self._crossing() as session:
            session.execute(select(func.access.glass_seen(notice_id)))

    def released(self) -> DataFrame:
        """Give the latest release for analysts: rows that several people have in common.

        Returns
        -------
        DataFrame
            One row a person published: ``age_band``, ``sex``, ``category``, ``living``,
            ``mobility`` and ``hardship``, all as text, ``*`` for a value left out and ``?`` for one
            not known. No class of rows that are alike is smaller than five.
        """
        from pandas import DataFrame

        with self._crossing() as session:
            found = session.execute(_RELEASED)
            return DataFrame(found.all(), columns=list(found.keys()))

    @contextmanager
    def _crossing(self) -> Iterator[Session]:
        if not self.are_there:
            raise NotPermitted(
                _("This workbook keeps nothing from anybody, so there is nothing to open.")
            )
        with self._workbook.transaction() as session:
            yield session


def _reason(text: str) -> str:
    told = text.strip()
    if len(told) < 2:
        raise InvalidEntry(
            _("A reason is missing. Say in a sentence why, so that others can follow."), "reason"
        )
    return told


_RELEASED = text("SELECT age_band, sex, category, living, mobility, hardship FROM release.latest")
_TOLD = text("SELECT id, by, person_id, reason, opened_at, until, seen_at FROM access.glass_told()")
