"""What the staff learned and looked at in themselves, and the programmes that volunteers carry.

Decides what a training of somebody who works here is, whichever register it stands in, and from
when to when one holds. Leaves which points a self-check has to `casework.reference.staff_checks`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Subquery,
    and_,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, one_of
from casework.records.helpers import Helper, HelperCheck

__all__ = [
    "STAFF_CHECKS",
    "StaffCheck",
    "VolunteerProgramme",
    "check_holds",
    "trainings_of_staff",
]

STAFF_CHECKS = ("training", "self_check")


class StaffCheck(Base):
    """A training of somebody who works here (S2-45), or a point of a self-check ticked (S3-36).

    A training reads as that of a helper (`HelperCheck`). Of a self-check, ``list_code`` names the
    list and ``title`` the point as it read on the day; the day tells the period. What was written
    is not changed: a mistake is superseded.
    """

    __tablename__ = "staff_check"
    __table_args__ = (
        one_of("kind", STAFF_CHECKS),
        one_of("outcome", ("passed", "failed")),
        CheckConstraint("done_on <= valid_until", name="span"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(kind = 'self_check') = (list_code IS NOT NULL)", name="list"),
        Index("ix_staff_check_staff_id_kind", "staff_id", "kind"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str]
    list_code: Mapped[str | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(default="passed")
    title: Mapped[str | None] = mapped_column(default=None)
    done_on: Mapped[date]
    done_by: Mapped[str | None] = mapped_column(default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class VolunteerProgramme(Base):
    """A kind of voluntary service that a department carries, from a day to a day (S3-18).

    ``kind`` is a code of the agency's kinds of programmes. Whoever is in the team of the name
    ``team`` is of the programme; what they do is read from their pairs, ``result`` is what is said
    of it besides.
    """

    __tablename__ = "volunteer_programme"
    __table_args__ = (CheckConstraint("active_from <= active_to", name="span"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    department: Mapped[str]
    kind: Mapped[str]
    team: Mapped[str]
    active_from: Mapped[date]
    active_to: Mapped[date | None] = mapped_column(default=None)
    result: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


def check_holds(own: Any, day: date) -> ColumnElement[bool]:
    """Tell which checks were passed and have not run out on a day: of helpers and of staff alike.

    Parameters
    ----------
    own : table or mapped class
        `HelperCheck`, `StaffCheck`, or columns of the same names.
    """
    on = literal(day, Day())
    return and_(
        own.outcome == "passed",
        own.superseded_at.is_(None),
        own.done_on <= on,
        or_(own.valid_until.is_(None), own.valid_until >= on),
    )


def trainings_of_staff() -> Subquery:
    """List the trainings of those who work here that stand, from both registers.

    Somebody who also is a helper was trained whichever register says so. ``check_id`` is the number
    in `StaffCheck`, None where the training stands with the helper.
    """
    same = ("outcome", "title", "done_on", "done_by", "minutes", "valid_until", "superseded_at")
    own = select(
        StaffCheck.id.label("check_id"),
        StaffCheck.staff_id,
        *(getattr(StaffCheck, name) for name in same),
    ).where(StaffCheck.kind == "training", StaffCheck.superseded_at.is_(None))
    helping = (
        select(
            literal(None, StaffCheck.id.type).label("check_id"),
            Helper.staff_id,
            *(getattr(HelperCheck, name) for name in same),
        )
        .join(Helper, Helper.id == HelperCheck.helper_id)
        .where(
            HelperCheck.kind == "training",
            HelperCheck.superseded_at.is_(None),
            Helper.staff_id.is_not(None),
        )
    )
    return union_all(own, helping).subquery("training")
