"""Service plans: versions of what is owed to one person, each item with its why."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    case,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from casework.records.base import STRICT, Base, Day, Record, one_of
from casework.records.needs import Need
from casework.records.tasks import Task

__all__ = [
    "Goal",
    "GoalReading",
    "NeedAnswer",
    "PlanItem",
    "RuleSetVersion",
    "ServicePlan",
    "in_force_on",
    "is_personal",
    "need_answered",
]

PLAN_STATES = ("draft", "submitted", "approved", "active", "revised", "closed")
PLAN_ORIGINS = ("rules", "worker")
ITEM_ORIGINS = ("rule", "manual", "find_out")
ITEM_STATES = ("proposed", "accepted", "changed", "declined")
GOAL_MEASURES = ("score", "level", "own")
GOAL_OUTCOMES = ("reached", "not_reached", "given_up")


class RuleSetVersion(Base):
    """The rules a plan was made with: their text, so that an old plan can be explained later."""

    __tablename__ = "rule_set_version"
    __table_args__ = (UniqueConstraint("sha256"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    agency: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]
    in_force_from: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ServicePlan(Base):
    """One version of a person's plan; active on a day by state and dates, never by a flag."""

    __tablename__ = "service_plan"
    __table_args__ = (
        one_of("state", PLAN_STATES),
        one_of("origin", PLAN_ORIGINS),
        UniqueConstraint("person_id", "plan_version"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    plan_version: Mapped[int]
    state: Mapped[str]
    origin: Mapped[str] = mapped_column(default="rules")
    rule_set_id: Mapped[int | None] = mapped_column(ForeignKey("rule_set_version.id"), default=None)
    effective_from: Mapped[date | None] = mapped_column(default=None)
    effective_to: Mapped[date | None] = mapped_column(default=None)
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[str]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    submitted_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(default=None)
    comment: Mapped[str | None] = mapped_column(default=None)
    row_version: Mapped[int] = mapped_column(default=1)


class PlanItem(Base):
    """A service in an amount: what, by whom, how, how often, under which clause, and why.

    ``item_key`` names the item across plan versions and is part of every task's natural key:
    ``rule:CODE``, ``manual:…`` or ``find_out:FACT``. ``reasons`` holds the facts matched and the
    unknown ones that mattered, as `casework.rules` explains them. ``amount`` and ``unit`` say what
    each time brings (2 hours, 1 meal); None where each time is simply once.
    """

    __tablename__ = "plan_item"
    __table_args__ = (
        one_of("origin", ITEM_ORIGINS),
        one_of("state", ITEM_STATES),
        UniqueConstraint("plan_id", "item_key"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    plan_id: Mapped[int] = mapped_column(ForeignKey("service_plan.id"))
    item_key: Mapped[str]
    origin: Mapped[str]
    state: Mapped[str] = mapped_column(default="proposed")
    rule_code: Mapped[str | None] = mapped_column(default=None)
    service: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str | None] = mapped_column(default=None)
    domain: Mapped[str | None] = mapped_column(default=None)
    actor: Mapped[str] = mapped_column(default="caseworker")
    channels: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    place: Mapped[str | None] = mapped_column(default=None)
    quota: Mapped[int] = mapped_column(default=1)
    per: Mapped[str] = mapped_column(default="year")
    timing: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    duration_minutes: Mapped[int | None] = mapped_column(default=None)
    amount: Mapped[int | None] = mapped_column(default=None)
    unit: Mapped[str | None] = mapped_column(default=None)
    priority: Mapped[int] = mapped_column(default=3)
    responsible: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    clause: Mapped[str | None] = mapped_column(default=None)
    reasons: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    deviation_reason: Mapped[str | None] = mapped_column(default=None)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"), default=None)


class NeedAnswer(Base):
    """That an item of the person's plan answers a need; by its key, so that it outlasts versions.

    An item added for a need says so itself (``plan_item.need_id``); this is for needs that
    something already in the plan answers.
    """

    __tablename__ = "need_answer"
    __table_args__ = (Index("ix_need_answer_need_id", "need_id"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"))
    item_key: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Goal(Base):
    """What the plan is to bring about for one person: a measure, where it stood, where it should.

    ``measure`` is ``score`` or ``level`` of an instrument, whose assessments then tell the
    progress, or ``own``: a number with a unit that the worker reads. Values are whole numbers in
    the unit of the measure.
    """

    __tablename__ = "goal"
    __table_args__ = (
        one_of("measure", GOAL_MEASURES),
        one_of("outcome", GOAL_OUTCOMES),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str]
    domain: Mapped[str]
    measure: Mapped[str]
    instrument: Mapped[str | None] = mapped_column(default=None)
    unit: Mapped[str | None] = mapped_column(default=None)
    baseline: Mapped[int]
    baseline_on: Mapped[date]
    target: Mapped[int]
    due_on: Mapped[date]
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"), default=None)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class GoalReading(Base):
    """Where a goal stood on a day, as somebody read it; those of instruments are assessments."""

    __tablename__ = "goal_reading"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    goal_id: Mapped[int] = mapped_column(ForeignKey("goal.id"), index=True)
    read_on: Mapped[date]
    value: Mapped[int]
    note: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


def in_force_on(as_of: date) -> ColumnElement[bool]:
    """Tell which versions are in force on a day: one a person, by state and days.

    The meaning is that of `casework.planning.in_force`: an approved version whose day has come
    takes the place of the one before, whether or not anybody has drawn up plans since.
    """
    day, other = literal(as_of, Day()), aliased(ServicePlan)
    overtaken = exists().where(
        other.person_id == ServicePlan.person_id,
        other.id != ServicePlan.id,
        other.state == "approved",
        other.effective_from <= day,
    )
    return and_(
        ServicePlan.state.in_(("approved", "active", "revised", "closed")),
        ServicePlan.effective_from <= day,
        or_(ServicePlan.effective_to.is_(None), ServicePlan.effective_to >= day),
        or_(ServicePlan.state == "approved", ~overtaken),
    )


def is_personal() -> ColumnElement[bool]:
    """Tell which items somebody made for one person: added by hand, or changed with a reason."""
    return or_(
        and_(PlanItem.origin == "manual", PlanItem.state != "declined"),
        PlanItem.state == "changed",
    )


def need_answered(
    as_of: date, version: int | type[ServicePlan] | None = None
) -> ColumnElement[str]:
    """Tell what answers each need on a day: the one meaning for plans, lists and figures (S0-18).

    Parameters
    ----------
    version : int, alias of ServicePlan, or None
        A version that is to be in force, by its id or as the query around names it; None for the
        one that is on that day.

    Returns
    -------
    ColumnElement
        ``item`` where something in the plan in force answers it, ``task`` where an open follow-up
        does, ``reason`` where it waits for a reason that is recorded, else ``nothing``.
    """
    day = literal(as_of, Day())
    linked = exists().where(
        NeedAnswer.need_id == Need.id,
        NeedAnswer.item_key == PlanItem.item_key,
        NeedAnswer.superseded_at.is_(None),
    )
    around = [Need]
    this: ColumnElement[bool]
    if version is None:
        this = in_force_on(as_of)
    elif isinstance(version, int):
        this = ServicePlan.id == version
    else:
        this = ServicePlan.id == version.id
        around.append(version)  # type: ignore[arg-type]
    by_item = (
        select(PlanItem.id)
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(
            ServicePlan.person_id == Need.person_id,
            this,
            PlanItem.state != "declined",
            or_(PlanItem.need_id == Need.id, linked.correlate(Need, PlanItem)),
        )
        .correlate(*around)
        .exists()
    )
    by_task = (
        select(Task.id)
        .where(
            Task.person_id == Need.person_id,
            Task.item_key == "follow_up:" + Need.need_key,
            Task.cancelled_on.is_(None),
            or_(Task.done_on.is_(None), Task.done_on > day),
        )
        .correlate(Need)
        .exists()
    )
    return case(
        (by_item, "item"),
        (by_task, "task"),
        (Need.state.in_(("deferred", "declined", "cannot_be_met", "met")), "reason"),
        else_="nothing",
    )
