"""The workbook's own affairs: what was changed by whom, settings, drafts of forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record

__all__ = ["ChangeLog", "Draft", "Setting"]


class ChangeLog(Base):
    """One thing a person did, written in the same transaction as its effect."""

    __tablename__ = "change_log"
    __table_args__ = (
        Index("ix_change_log_subject", "subject_kind", "subject_id"),
        Index("ix_change_log_act", "act"),
        Index("uq_change_log_client_key", "client_key", unique=True),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime]
    by: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(default=None)
    before: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    after: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    act: Mapped[int | None] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), default=None
    )
    """The transaction, by which the rows that changed are found in the audit."""
    client_key: Mapped[str | None] = mapped_column(default=None)
    """Made by the form that did it, so that saving again after a lost answer is noticed."""


class Setting(Base):
    """What this workbook was set up with: agency, data version, choices of the agency."""

    __tablename__ = "setting"
    __table_args__ = (STRICT,)

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Record())


class Draft(Base):
    """A form that was left half filled, so that it can be come back to."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("owner", "form", "subject"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    owner: Mapped[str]
    form: Mapped[str]
    subject: Mapped[str]
    values: Mapped[Any] = mapped_column(Record())
    saved_at: Mapped[datetime]
