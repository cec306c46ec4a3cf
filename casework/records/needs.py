"""What a person needs and wants: assessments, wishes in the own words, opinions, needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record, one_of

__all__ = [
    "Assessment",
    "AssessmentSignature",
    "AssessorSheet",
    "Need",
    "Opinion",
    "Wish",
    "is_of_kind",
    "kind_of",
    "waits_on",
]

ASSESSMENT_MODES = ("self", "proxy", "observed")
NEED_ORIGINS = ("score", "rule", "wish", "opinion", "worker")
NEED_SEVERITIES = ("low", "medium", "high")
NEED_STATES = ("open", "planned", "met", "declined", "deferred", "cannot_be_met")
OPINION_KINDS = ("praise", "complaint", "suggestion", "concern")


class Assessment(Base):
    """One instrument filled in for a person on a day, with its answers and the version scored."""

    __tablename__ = "assessment"
    __table_args__ = (
        one_of("mode", ASSESSMENT_MODES),
        Index("ix_assessment_person", "person_id", "instrument", "assessed_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    instrument: Mapped[str]
    instrument_version: Mapped[str]
    assessed_on: Mapped[date]
    answers: Mapped[Any] = mapped_column(Record())
    context: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    total: Mapped[int | None] = mapped_column(default=None)
    level: Mapped[int | None] = mapped_column(default=None)
    subscores: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    applied: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    complete: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = mapped_column(default="observed")
    informant: Mapped[str | None] = mapped_column(default=None)
    unable_reason: Mapped[str | None] = mapped_column(default=None)
    assessors: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class AssessmentSignature(Base):
    """One assessor's word on an assessment: that it is so, or what is seen otherwise."""

    __tablename__ = "assessment_signature"
    __table_args__ = (UniqueConstraint("assessment_id", "staff_id"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    agrees: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str | None] = mapped_column(default=None)
    signed_at: Mapped[datetime]


class AssessorSheet(Base):
    """What one of several assessors answered alone, before any of them saw what the others did.

    The sheets of one assessment share ``round_key``; each assessor has a row from the beginning,
    and ``answers`` once it was handed in. ``assessment_id`` is what they agreed on.
    """

    __tablename__ = "assessor_sheet"
    __table_args__ = (
        one_of("mode", ASSESSMENT_MODES),
        UniqueConstraint("round_key", "staff_id"),
        Index("ix_assessor_sheet_person_id", "person_id", "instrument"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    round_key: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    assessor: Mapped[str]
    assessors: Mapped[Any] = mapped_column(Record())
    instrument: Mapped[str]
    instrument_version: Mapped[str]
    banding: Mapped[str | None] = mapped_column(default=None)
    assessed_on: Mapped[date]
    mode: Mapped[str] = mapped_column(default="observed")
    informant: Mapped[str | None] = mapped_column(default=None)
    answers: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    context: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    unable: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    measured: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    total: Mapped[int | None] = mapped_column(default=None)
    level: Mapped[int | None] = mapped_column(default=None)
    handed_in_at: Mapped[datetime | None] = mapped_column(default=None)
    assessment_id: Mapped[int | None] = mapped_column(
        ForeignKey("assessment.id"), default=None, index=True
    )
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Wish(Base):
    """What the person wants, in the person's own words; kept apart from assessed needs (S0-43)."""

    __tablename__ = "wish"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str]
    said_on: Mapped[date | None] = mapped_column(default=None)
    domain: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    closed_on: Mapped[date | None] = mapped_column(default=None)
    closing_note: Mapped[str | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Opinion(Base):
    """What was said about the work, with what became of it (S0-16, S0-58)."""

    __tablename__ = "opinion"
    __table_args__ = (one_of("kind", OPINION_KINDS), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id"), default=None, index=True
    )
    kind: Mapped[str]
    text: Mapped[str]
    said_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    disposition: Mapped[str | None] = mapped_column(default=None)
    disposed_on: Mapped[date | None] = mapped_column(default=None)
    replied_on: Mapped[date | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Need(Base):
    """Something a plan must answer, with its evidence; never closed without a reason (S0-18).

    ``superseded_at`` marks one that was recorded by mistake, as with facts and wishes.
    """

    __tablename__ = "need"
    __table_args__ = (one_of("origin", NEED_ORIGINS), one_of("state", NEED_STATES), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    domain: Mapped[str]
    title: Mapped[str]
    severity: Mapped[str] = mapped_column(default="low")
    origin: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    opened_on: Mapped[date]
    closed_on: Mapped[date | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"), default=None)
    wish_id: Mapped[int | None] = mapped_column(ForeignKey("wish.id"), default=None)
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"), default=None)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), default=None)
    need_key: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


SPOKEN_FOR_BY = ("score", "rule", "worker")
"""Who can say of what kind a need is: a score, the facts on file, whoever wrote it down."""


def kind_of(key: str | None) -> str | None:
    """Give the kind of a need from its key; None for an alert and for one without a kind."""
    how, _colon, kind = (key or "").partition(":")
    return kind if how in SPOKEN_FOR_BY else None


def is_of_kind(kinds: Collection[str]) -> ColumnElement[bool]:
    """Tell which needs are of these kinds, whoever said so."""
    keys = [f"{how}:{one}" for one in kinds for how in SPOKEN_FOR_BY]
    return Need.need_key.in_(keys)


def waits_on(on: date) -> ColumnElement[bool]:
    """Tell which needs wait on a day, as an expression over `Need`.

    The one meaning of an open need for dossiers, lists and plans: opened by then, not recorded by
    mistake, and not yet settled; one that is settled that day waits no more.
    """
    return and_(
        Need.superseded_at.is_(None),
        Need.opened_on <= on,
        or_(Need.closed_on.is_(None), Need.closed_on > on),
    )
