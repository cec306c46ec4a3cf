"""Handovers: when a member of staff leaves, everything goes to others in one act (S3-8)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record

__all__ = ["Handover"]


class Handover(Base):
    """One act in which all that somebody answered for was given to others.

    ``moves`` holds what was moved to whom, so that it can be taken back as it was; ``left`` tells
    whether the person at work also leaves, ``active_to`` until when that was before.
    """

    __tablename__ = "handover"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    begins_on: Mapped[date]
    left: Mapped[bool]
    active_to: Mapped[date | None] = mapped_column(default=None)
    reason: Mapped[str]
    moves: Mapped[Any] = mapped_column(Record())
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[str | None] = mapped_column(default=None)
