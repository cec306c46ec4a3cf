"""Tasks: one a person, item and period, with a window, an owner and the evidence that closes it.

Decides the one meaning of a task's status on a day; every screen, export and board asks here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    case,
    literal,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, Record

__all__ = ["ASKING", "TASK_STATES", "Task", "TaskEvidence", "may_be_open", "task_status"]

ASKING = "answer:"
"""Begins the item key of a task that asks for an answer to a need; the id of the need follows."""
TASK_STATES = ("draft", "ready", "done", "late_done", "failed", "cancelled", "excused")


class Task(Base):
    """One step with an owner and a window; its natural key is person, item and period.

    ``in_force_from`` is the day from which the plan that asks for it is active, None while that
    plan waits for approval. ``given_on`` is the day on which somebody gave it to its owner by hand;
    drawing up plans then leaves the owner alone. Days are inclusive.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("person_id", "item_key", "period"),
        CheckConstraint("opens_on <= due_on", name="window"),
        Index("ix_task_owner_due", "owner_id", "due_on"),
        # Finds what is open among years of tasks done.
        Index("ix_task_open", "done_on", "opens_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    item_key: Mapped[str]
    period: Mapped[str]
    plan_item_id: Mapped[int | None] = mapped_column(
        ForeignKey("plan_item.id"), default=None, index=True
    )
    service: Mapped[str]
    title: Mapped[str | None] = mapped_column(default=None)
    actor: Mapped[str] = mapped_column(default="caseworker")
    channels: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    priority: Mapped[int] = mapped_column(default=3)
    opens_on: Mapped[date]
    due_on: Mapped[date]
    planned_on: Mapped[date | None] = mapped_column(default=None)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    given_on: Mapped[date | None] = mapped_column(default=None)
    in_force_from: Mapped[date | None] = mapped_column(default=None)
    done_on: Mapped[date | None] = mapped_column(default=None)
    cancelled_on: Mapped[date | None] = mapped_column(default=None)
    excused_on: Mapped[date | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    made_at: Mapped[datetime]


class TaskEvidence(Base):
    """What answered a task: a contact or a service order; attendance later."""

    __tablename__ = "task_evidence"
    __table_args__ = (
        UniqueConstraint("task_id", "contact_id"),
        CheckConstraint("(contact_id IS NULL) <> (order_id IS NULL)", name="one_source"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id"), default=None, index=True
    )
    order_id: Mapped[int | None] = mapped_column(
        ForeignKey("service_order.id"), default=None, index=True
    )
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


def task_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of each task on a day, as an expression over `Task`.

    Parameters
    ----------
    as_of : date
        The day asked about. What happened later does not count yet.

    Returns
    -------
    ColumnElement
        One of `TASK_STATES`: ``draft`` before the window opens or the plan is in force, ``ready``
        inside the window, ``failed`` once it has passed (and it stays visible), ``done`` and
        ``late_done`` by evidence, ``cancelled``, ``excused``.
    """
    day = literal(as_of, Day())
    return case(
        (Task.cancelled_on <= day, "cancelled"),
        ((Task.done_on <= day) & (Task.done_on <= Task.due_on), "done"),
        (Task.done_on <= day, "late_done"),
        (Task.excused_on <= day, "excused"),
        (Task.in_force_from.is_(None) | (Task.in_force_from > day), "draft"),
        (Task.opens_on > day, "draft"),
        (Task.due_on < day, "failed"),
        else_="ready",
    )


def may_be_open(as_of: date) -> ColumnElement[bool]:
    """Tell which tasks `task_status` can call ``ready`` or ``failed`` on a day, over `Task`.

    It decides nothing beside that: it lets an index pass over what is done and what has not opened
    yet, which are most tasks of a year.
    """
    day = literal(as_of, Day())
    return and_(Task.opens_on <= day, or_(Task.done_on.is_(None), Task.done_on > day))
