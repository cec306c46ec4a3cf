"""Issues: something somebody reported, with an owner and five stages until it is settled (S4-23).

Decides which issues are open on a day and which of them are late, once, for every list and figure;
the steps that may follow each other are in :mod:`casework.planning.issues`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, one_of

__all__ = [
    "Issue",
    "IssueStep",
    "issue_since",
    "issue_stage",
    "issue_status",
    "stands_on",
    "step_stands_on",
]

ISSUE_STAGES = ("contact", "communicate", "coordinate", "implement", "resolve")
ISSUE_STANDINGS = ("open", "settled", "closed")
ISSUE_ACTS = ("report", "move", "note", "assign", "escalate", "decide", "reply", "settle", "reopen")


class Issue(Base):
    """Something reported by or about somebody, or about the work, that must not be dropped (S2-47).

    ``person_id`` is None where it concerns nobody in particular. ``due_on`` is the last day for an
    answer. It is settled on ``settled_on`` with an outcome, and closed once whoever reported it has
    been told, or it is said why that could not be.
    """

    __tablename__ = "issue"
    __table_args__ = (
        one_of("stage", ISSUE_STAGES),
        CheckConstraint("reported_on <= due_on", name="clock"),
        CheckConstraint("(settled_on IS NULL) = (outcome IS NULL)", name="settled"),
        Index("ix_issue_open", "closed_on", "owner_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None, index=True)
    kind: Mapped[str]
    title: Mapped[str]
    detail: Mapped[str | None] = mapped_column(default=None)
    severity: Mapped[str] = mapped_column(default="medium")
    source: Mapped[str]
    reporter: Mapped[str | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"), default=None)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), default=None)
    reported_on: Mapped[date]
    due_on: Mapped[date]
    stage: Mapped[str] = mapped_column(default="contact")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    settled_on: Mapped[date | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(default=None)
    replied_on: Mapped[date | None] = mapped_column(default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class IssueStep(Base):
    """One thing done about an issue: its history, which is only ever added to.

    ``stage`` and ``standing`` are those after the step, so that any day can be seen again. One with
    ``superseded_at`` was a mistake, and taken back.
    """

    __tablename__ = "issue_step"
    __table_args__ = (
        one_of("act", ISSUE_ACTS),
        one_of("stage", ISSUE_STAGES),
        one_of("standing", ISSUE_STANDINGS),
        Index("ix_issue_step_issue", "issue_id", "taken_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    act: Mapped[str]
    stage: Mapped[str]
    standing: Mapped[str] = mapped_column(default="open")
    taken_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(default=None)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


def stands_on(as_of: date) -> ColumnElement[bool]:
    """Tell which issues had been reported by a day and were no mistake."""
    return and_(Issue.superseded_at.is_(None), Issue.reported_on <= literal(as_of, Day()))


def step_stands_on(as_of: date) -> ColumnElement[bool]:
    """Tell which steps had been taken by a day and were no mistake."""
    return and_(IssueStep.superseded_at.is_(None), IssueStep.taken_on <= literal(as_of, Day()))


def issue_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of each issue on a day: the one meaning for lists, figures and boards.

    Returns
    -------
    ColumnElement
        ``closed``; ``unanswered`` once it is settled and nobody has been told; ``overdue`` after
        its last day, settled or not; else ``open``.
    """
    standing = _latest(IssueStep.standing, as_of)
    return case(
        (standing == "closed", "closed"),
        (Issue.due_on < literal(as_of, Day()), "overdue"),
        (standing == "settled", "unanswered"),
        else_="open",
    )


def issue_stage(as_of: date) -> ColumnElement[str]:
    """Tell the stage of each issue on a day, from its history."""
    return _latest(IssueStep.stage, as_of)


def issue_since(as_of: date) -> ColumnElement[date]:
    """Tell since when each issue has been in the stage of a day."""
    return (
        select(func.max(IssueStep.taken_on))
        .where(
            IssueStep.issue_id == Issue.id,
            IssueStep.act.in_(("report", "move", "reopen")),
            step_stands_on(as_of),
        )
        .correlate(Issue)
        .scalar_subquery()
    )


def _latest(column: Any, as_of: date) -> ColumnElement[str]:
    return (
        select(column)
        .where(IssueStep.issue_id == Issue.id, step_stands_on(as_of))
        .order_by(IssueStep.id.desc())
        .limit(1)
        .correlate(Issue)
        .scalar_subquery()
    )
