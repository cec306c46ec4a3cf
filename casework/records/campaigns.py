"""Campaigns: whom an agency visits before a festival, which delegation goes when, what units did.

Decides how a campaign is kept: its segments as they were when it was drawn up, its list with the
reason of each name, delegations with their members and times, and the returns of units row by row.
What came of a visit is nowhere stored: contacts say it, and
:mod:`casework.workbook.campaign_results` asks them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record, one_of

__all__ = [
    "CARRIERS",
    "RETURN_OUTCOMES",
    "Campaign",
    "CampaignPerson",
    "Delegation",
    "DelegationMember",
    "DelegationSlot",
    "UnitReturn",
    "UnitReturnRow",
]

CARRIERS = ("delegation", "unit", "caseworker")
"""Who visits the people of a segment."""

RETURN_OUTCOMES = ("merged", "held", "ignored")
"""What became of a row of a unit's return: taken over, kept until it is put right, no person's."""

_STANDS = text("withdrawn_at IS NULL")


class Campaign(Base):
    """One campaign of one year or month: a draft, then with a frozen list, then closed.

    ``period`` is what tasks of the same occasion are keyed by (``2026-spring_festival``,
    ``2026-03``). ``terms`` holds its segments (code, labels, condition, carrier, least rank of a
    leader, gifts) in the order in which they claim people, the service of its visits, and which
    rank visits which. ``scope`` is the unit it is for, 0 for the whole agency. ``given_before``
    holds what tasks said before it was handed out.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("opens_on <= due_on", name="window"),
        CheckConstraint("minutes BETWEEN 1 AND 480", name="minutes"),
        Index(
            "uq_campaign_standing", "code", "period", "scope", unique=True,
            sqlite_where=_STANDS, postgresql_where=_STANDS,
        ),
        STRICT,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str]
    period: Mapped[str]
    scope: Mapped[int] = mapped_column(default=0)
    label_zh: Mapped[str]
    label_en: Mapped[str]
    festival: Mapped[str | None] = mapped_column(default=None)
    falls_on: Mapped[date | None] = mapped_column(default=None)
    opens_on: Mapped[date] = mapped_column(index=True)
    due_on: Mapped[date]
    minutes: Mapped[int]
    terms: Mapped[Any] = mapped_column(Record())
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    frozen_on: Mapped[date | None] = mapped_column(default=None)
    frozen_by: Mapped[str | None] = mapped_column(default=None)
    given_before: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    given_at: Mapped[datetime | None] = mapped_column(default=None)
    given_by: Mapped[str | None] = mapped_column(default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by: Mapped[str | None] = mapped_column(default=None)


class Delegation(Base):
    """A group of leaders and companions of a campaign.

    ``segments`` and ``areas`` name which segments and communities it visits, None for any.
    ``travel`` is how it goes, a mean of the agency's rosters; None as most do.
    """

    __tablename__ = "delegation"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str]
    body: Mapped[str | None] = mapped_column(default=None)
    segments: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    areas: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    travel: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class DelegationMember(Base):
    """Somebody who goes along: one of the staff, or somebody named; leaders with their rank."""

    __tablename__ = "delegation_member"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    name: Mapped[str]
    role: Mapped[str]
    rank: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class DelegationSlot(Base):
    """When a delegation goes out: a day, from and until in minutes of it, so many visits at most.

    It leaves its office not before ``begins`` and is back by ``ends``.
    """

    __tablename__ = "delegation_slot"
    __table_args__ = (
        CheckConstraint("0 <= begins AND begins < ends AND ends <= 1440", name="hours"),
        CheckConstraint("capacity BETWEEN 1 AND 200", name="capacity"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), index=True)
    on_day: Mapped[date]
    begins: Mapped[int]
    ends: Mapped[int]
    capacity: Mapped[int]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class CampaignPerson(Base):
    """A name on the frozen list: why it is there, and when which delegation comes.

    ``also`` names the other segments the person belongs to; the first by order counts.
    ``reason`` is why somebody was added by hand, None for who came by the segment's condition.
    ``starts_at`` is in minutes of the day of the slot; ``locked`` the day since when a visit must
    stay in its slot.
    """

    __tablename__ = "campaign_person"
    __table_args__ = (
        UniqueConstraint("campaign_id", "person_id"),
        one_of("carrier", CARRIERS),
        CheckConstraint("(slot_id IS NULL) = (starts_at IS NULL)", name="placed"),
        CheckConstraint("starts_at BETWEEN 0 AND 1439", name="starts_at"),
        Index("ix_campaign_person_person_id", "person_id"),
        Index("ix_campaign_person_visit_task_id", "visit_task_id"),
        Index("ix_campaign_person_slot_id", "slot_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    segment: Mapped[str]
    also: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    carrier: Mapped[str]
    reason: Mapped[str | None] = mapped_column(default=None)
    left_out_on: Mapped[date | None] = mapped_column(default=None)
    left_out_reason: Mapped[str | None] = mapped_column(default=None)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("delegation_slot.id"), default=None)
    starts_at: Mapped[int | None] = mapped_column(default=None)
    locked: Mapped[date | None] = mapped_column(default=None)
    visit_task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class UnitReturn(Base):
    """A form that a unit filled in and sent back; taken back it no longer counts.

    ``unit`` is the former unit as the dossiers name it; None where a form is about several.
    """

    __tablename__ = "unit_return"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    unit: Mapped[str | None] = mapped_column(default=None)
    file_name: Mapped[str]
    sha256: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)
    superseded_by: Mapped[str | None] = mapped_column(default=None)


class UnitReturnRow(Base):
    """One row of a unit's form: what stood there, and what became of it.

    ``cells`` keeps every cell as it was typed. ``amount_cents`` is money given, in fen.
    ``contact_id`` is the contact that it became.
    """

    __tablename__ = "unit_return_row"
    __table_args__ = (
        UniqueConstraint("return_id", "row"),
        one_of("outcome", RETURN_OUTCOMES),
        CheckConstraint("amount_cents >= 0", name="amount"),
        Index("ix_unit_return_row_person_id", "person_id"),
        Index("ix_unit_return_row_contact_id", "contact_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("unit_return.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    row: Mapped[int]
    outcome: Mapped[str]
    problems: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    cells: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    amount_cents: Mapped[int | None] = mapped_column(default=None)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
