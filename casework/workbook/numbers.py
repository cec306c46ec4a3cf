"""ID numbers under the rules of the database: masked for the screen, in full for a reason only.

Decides how the door asks the functions that stand before the table of numbers, where the table
itself may not be read; leaves who may be told to `casework.access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from casework.access.standing import refused
from casework.errors import NotFound, NotPermitted
from casework.identifiers import ResidentId
from casework.records import PersonIdentifier
from casework.terms import _

__all__ = ["HeldNumber", "held_numbers", "masked_number", "replace_number", "reveal_number"]


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number on file, masked; ``superseded_at`` is None for the present one."""

    id: int
    kind: str
    masked: str
    problem: str | None
    source: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    reason: str | None
    superseded_at: datetime | None


def masked_number(text: str) -> str:
    """Hide what tells somebody's birthday and makes a number usable.

    Examples
    --------
    >>> masked_number("440524188001010014")
    '440524********0014'
    """
    return f"{text[:6]}********{text[-4:]}" if len(text) >= 15 else "****"


def held_numbers(session: Session, person_id: int) -> list[HeldNumber]:
    """Give every number a person has had on file, the first entered first."""
    if "role" in session.info:
        found = session.execute(_MASKED, {"person": person_id})
        return [HeldNumber(*row) for row in found]
    rows = session.scalars(
        select(PersonIdentifier)
        .where(PersonIdentifier.person_id == person_id)
        .order_by(PersonIdentifier.id)
    )
    return [
        HeldNumber(
            one.id,
            one.kind,
            masked_number(one.normal or one.value),
            one.problem,
            one.source,
            one.recorded_by,
            one.recorded_at,
            one.reason,
            one.superseded_at,
        )
        for one in rows
    ]


_MASKED = text(
    "SELECT id, kind, masked, problem, source, recorded_by, recorded_at, reason, superseded_at "
    "FROM access.masked_numbers(:person)"
)


def reveal_number(session: Session, identifier_id: int, reason: str) -> str:
    """Ask the database for a number in full; it writes down who asked and why.

    Raises
    ------
    NotFound
        If it is nobody's, or of somebody whom one does not look after.
    """
    try:
        told = session.scalar(select(func.access.reveal_number(identifier_id, reason)))
    except DBAPIError as error:
        if not refused(error):
            raise
        if "too many" in str(error.orig):
            raise NotPermitted(
                _("Too many numbers were asked for in a minute. Wait a minute, then go on.")
            ) from None
        raise NotFound(_("This entry is no longer there. Open the dossier again.")) from None
    return str(told)


def replace_number(
    session: Session, person_id: int, found: ResidentId, source: str, reason: str
) -> tuple[list[int], int]:
    """Put a number in the place of those on file; give their ids, and that of the new one."""
    told = func.access.set_number(
        person_id,
        found.normal or found.typed,
        found.normal,
        found.problem,
        source,
        reason or None,
    )
    *before, made = session.scalar(select(told)) or [0]
    return before, made
