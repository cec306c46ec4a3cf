"""Standards of money in the workbook: loaded from the agency's folder, asked about of a day.

Decides that a standard which changed becomes a row of its own, so that what was given under the
earlier one still names it; leaves the file to :mod:`casework.reference.standards` and refusing what
is over a standard to the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import Session

from casework.records import Standard
from casework.records.base import Day, now
from casework.reference import Agency
from casework.reference.standards import StandardEntry, standards
from casework.terms import language
from casework.workbook.eligibility import condition_of

__all__ = [
    "in_force",
    "limit_of",
    "load_standards",
    "period_of",
    "standard_name",
    "standards_on",
    "write_standards",
]


def load_standards(session: Session, chosen: Agency) -> int:
    """Bring the standards of the workbook up to the agency's folder, and give how many changed.

    Raises
    ------
    RuleError
        If a condition cannot be understood.
    """
    return write_standards(session, chosen, standards(chosen.code))


def write_standards(session: Session, chosen: Agency, entries: Sequence[StandardEntry]) -> int:
    """Bring the standards of the workbook up to these; again changes nothing."""
    present = {
        (one.code, one.since): one
        for one in session.scalars(select(Standard).where(Standard.superseded_at.is_(None)))
    }
    changed, moment = 0, now()
    for entry in entries:
        if entry.who is not None:
            condition_of(entry.who, chosen, entry.since)
        told, stands = _told(entry), present.pop((entry.code, entry.since), None)
        if stands is not None and all(getattr(stands, key) == told[key] for key in told):
            if stands.until != entry.until:
                stands.until = entry.until
                changed += 1
            continue
        if stands is not None:
            stands.superseded_at = moment
        session.add(Standard(**told, until=entry.until, recorded_at=moment))
        changed += 1
    for left in present.values():
        left.superseded_at = moment
        changed += 1
    session.flush()
    return changed


def _told(entry: StandardEntry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "kind": entry.kind,
        "name": entry.label.zh,
        "name_en": entry.label.en,
        "per": entry.per,
        "amount_fen": entry.amount_fen,
        "ceiling_fen": entry.ceiling_fen,
        "exclusive": entry.exclusive,
        "who": entry.who,
        "since": entry.since,
        "clause": entry.clause,
    }


def in_force(on: date) -> ColumnElement[bool]:
    """Tell which standards hold on a day, as the workbook knows them now."""
    day = literal(on, Day())
    return and_(
        Standard.superseded_at.is_(None),
        Standard.since <= day,
        or_(Standard.until.is_(None), Standard.until >= day),
    )


def standards_on(session: Session, on: date, kind: str | None = None) -> Sequence[Standard]:
    """Give the standards of a day, the most generous of a word first."""
    query = select(Standard).where(in_force(on))
    if kind is not None:
        query = query.where(Standard.kind == kind)
    found = session.scalars(query.order_by(Standard.kind, Standard.exclusive, Standard.id)).all()
    return sorted(found, key=lambda one: (one.kind, one.exclusive, -limit_of(one), one.id))


def limit_of(standard: Standard) -> int:
    """Give what a standard allows once, in fen; for a standard of a day, for one day."""
    return standard.amount_fen or standard.ceiling_fen or 0


def standard_name(standard: Standard) -> str:
    """Name a standard in the language in force."""
    return standard.name_en if language() == "en" else standard.name


def period_of(per: str, on: date, occasion: str | None = None) -> str | None:
    """Name the period of a day in which a standard is due once; None where an occasion must say.

    Examples
    --------
    >>> period_of("month", date(2025, 3, 3)), period_of("year", date(2025, 3, 3))
    ('2025-03', '2025')
    """
    if per == "once":
        return "once"
    if per == "year":
        return f"{on:%Y}"
    if per == "occasion":
        return occasion or None
    return f"{on:%Y-%m}"
