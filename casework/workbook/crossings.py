"""Ways across the rules of the database: each asks for a reason, and each leaves a trace.

Decides how the door asks for what the rules keep from a role; who may be told, and what is written
down of it, the database decides itself. A workbook without such rules has nothing to cross: there
everybody at the computer sees everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from casework.errors import InvalidEntry, NotPermitted
from casework.terms import _

if TYPE_CHECKING:
    from pandas import DataFrame

    from casework.workbook.door import Workbook

__all__ = ["Crossings", "GlassNotice", "LoginRow", "Revealed"]

HOURS = 4


@dataclass(frozen=True, slots=True)
class GlassNotice:
    """That somebody looked at a person who is not the own one; supervisors are told.

    Attributes
    ----------
    person : str or None
        Name of whoever was looked at.
    until : datetime
        When it ends, or ended.
    seen_at : datetime or None
        When a supervisor took note of it.
    """

    id: int
    by: str
    person_id: int
    person: str | None
    reason: str
    opened_at: datetime
    until: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Revealed:
    """What somebody asked to see in full, counted.

    Attributes
    ----------
    numbers, phones, copies : int
        ID numbers and telephones shown, and copies of whole dossiers handed out.
    people : int
        Of how many people.
    """

    by: str
    numbers: int
    phones: int
    copies: int
    people: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LoginRow:
    """A login with its role; no ``unit`` is the whole agency, no ``closed_at`` that it works."""

    login: str
    role: str
    staff_id: int | None
    name: str | None
    unit: str | None
    granted_at: datetime
    closed_at: datetime | None


class _Name(UserDefinedType[str]):
    """The type of names of the server."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        """Name it in SQL."""
        return "name"


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

    def revealed(self, *, days: int = 30) -> list[Revealed]:
        """Count what each asked to see of people of the own units in the last days."""
        since = self._workbook.today - timedelta(days=days)
        with self._crossing() as session:
            return [Revealed(*row) for row in session.execute(_REVEALED, {"since": since})]

    def accounts(self) -> list[LoginRow]:
        """List who may log in; for administrators and auditors.

        Raises
        ------
        NotPermitted
            For every other role.
        """
        with self._crossing() as session:
            return [LoginRow(*row) for row in session.execute(_ACCOUNTS)]

    def close_account(self, login: str) -> None:
        """Close an account at once: the next statement of an open session finds nothing.

        Raises
        ------
        NotPermitted
            Unless an administrator acts, or where it is the own account.
        """
        standing = self._workbook.standing
        if standing is not None and standing.login == login:
            raise NotPermitted(_("Nobody closes the own account. Ask another administrator."))
        with self._crossing() as session:
            session.execute(select(func.access.close_account(cast(login, _Name()))))

    def n_unread(self) -> int:
        """Count the notices nobody has taken note of; 0 for whoever is not told of any."""
        standing = self._workbook.standing
        if standing is None or standing.role != "supervisor":
            return 0
        with self._workbook.reading() as session:
            return int(session.scalar(_UNREAD) or 0)

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
_UNREAD = text("SELECT count(*) FROM access.glass_told() WHERE seen_at IS NULL")
_REVEALED = text(
    "SELECT by, numbers, phones, copies, people, last_at FROM access.reveals_told(:since)"
)
_ACCOUNTS = text(
    "SELECT login::text, role, staff_id, name, unit, granted_at, closed_at FROM access.accounts() "
    "ORDER BY closed_at IS NOT NULL, role, login"
)
_TOLD = text(
    "SELECT t.id, t.by, t.person_id, p.name, t.reason, t.opened_at, t.until, t.seen_at "
    "FROM access.glass_told() t LEFT JOIN person p ON p.id = t.person_id ORDER BY t.id DESC"
)
