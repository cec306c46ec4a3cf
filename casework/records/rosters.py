"""Rosters of visits, and what planning them needs to know of those who visit.

Decides how hours, skills, absences and other terms of a member of staff are kept: dated, with who
wrote them and when, superseded and never overwritten; and how a roster is kept, so that yesterday's
can be shown again and a published one can be taken back. What a roster costs and why is worked out
by `casework.routing.week`, never stored as truth.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record, one_of

__all__ = ["STAFF_TERMS", "VISITOR", "Roster", "RosterVisit", "StaffTerm", "VisitorWish"]

STAFF_TERMS = ("hours", "skill", "area", "dialect", "sex", "travel", "place", "absent")
VISITOR = "visitor"
"""A seat of the care team for the days of a roster: lets somebody see the person, and no longer."""


class StaffTerm(Base):
    """Something that holds for a member of staff from a day to a day, both inclusive.

    ``kind`` is one of `STAFF_TERMS`, ``value`` one value of it; ``hours``, ``skill``, ``area`` and
    ``dialect`` may hold several at a time. ``hours`` are written as people write them
    (周一至周五 08:30-12:00), ``travel`` is a code of the agency's means of travel, ``place`` where
    the way to the first visit begins, ``absent`` says why.
    """

    __tablename__ = "staff_term"
    __table_args__ = (
        one_of("kind", STAFF_TERMS),
        CheckConstraint("valid_from <= valid_to", name="span"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class VisitorWish(Base):
    """Whom a person wants to come, or does not want to come, in words of why."""

    __tablename__ = "visitor_wish"
    __table_args__ = (one_of("wanted", ("yes", "no")), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    wanted: Mapped[str]
    reason: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Roster(Base):
    """Who visits whom, when, in a span of days: a proposal until it is published.

    ``seed`` and ``moves`` say how it was searched for, ``based_on_id`` which roster it changes as
    little as possible. ``given_before`` holds what the tasks said before it was published, so that
    this can be taken back. ``unit_id`` is the unit of whoever proposed it, whose supervisors decide
    about it; None is the whole agency's.
    """

    __tablename__ = "roster"
    __table_args__ = (CheckConstraint("begins_on <= ends_on", name="span"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    begins_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]
    seed: Mapped[int]
    moves: Mapped[int] = mapped_column(default=0)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("roster.id"), default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    given_before: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by: Mapped[str | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by: Mapped[str | None] = mapped_column(default=None)


class RosterVisit(Base):
    """One task in a roster: the day, the minute and who goes; without a day where it is left out.

    Tasks that one visit answers share day, minute and staff. ``starts_at`` is in minutes of the
    day. ``locked`` is the day since when it must stay where it is.
    """

    __tablename__ = "roster_visit"
    __table_args__ = (
        UniqueConstraint("roster_id", "task_id"),
        CheckConstraint(
            "(on_day IS NULL) = (starts_at IS NULL) AND (on_day IS NULL) = (staff_id IS NULL)",
            name="placed",
        ),
        CheckConstraint("starts_at BETWEEN 0 AND 1439", name="starts_at"),
        Index("ix_roster_visit_staff_day", "staff_id", "on_day"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    roster_id: Mapped[int] = mapped_column(ForeignKey("roster.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    on_day: Mapped[date | None] = mapped_column(default=None)
    starts_at: Mapped[int | None] = mapped_column(default=None)
    minutes: Mapped[int]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    second_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    second_starts_at: Mapped[int | None] = mapped_column(default=None)
    second_minutes: Mapped[int | None] = mapped_column(default=None)
    locked: Mapped[date | None] = mapped_column(default=None)
