"""How pressing each task is on a day, inside the database; the meaning is that of planning.

Decides which needs a task serves; what a tier, lateness and severity count is
`casework.planning.pressing`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select

from casework.planning.pressing import Steps
from casework.records.base import Day
from casework.records.needs import NEED_SEVERITIES, Need, waits_on
from casework.records.plans import NeedAnswer, PlanItem
from casework.records.tasks import Task

__all__ = ["severity_served", "urgency_rank"]

_RANKS = {code: n for n, code in enumerate(NEED_SEVERITIES)}


def severity_served(as_of: date) -> ColumnElement[str | None]:
    """Give the severity of the most severe need that a task serves and that waits on a day.

    A task serves the needs that its item answers, the one it follows up, and those of the domain of
    its item. An expression over `Task` and `PlanItem`, joined by ``Task.plan_item_id`` (outer).
    """
    answers = exists().where(
        NeedAnswer.need_id == Need.id,
        NeedAnswer.item_key == Task.item_key,
        NeedAnswer.superseded_at.is_(None),
    )
    worst = (
        select(func.max(case(_RANKS, value=Need.severity)))
        .where(
            Need.person_id == Task.person_id,
            waits_on(as_of),
            or_(
                Need.domain == PlanItem.domain,
                Need.id == PlanItem.need_id,
                Task.item_key == "follow_up:" + Need.need_key,
                answers.correlate(Need, Task),
            ),
        )
        .correlate(Task, PlanItem)
        .scalar_subquery()
    )
    return case({n: code for code, n in _RANKS.items()}, value=worst)


def urgency_rank(as_of: date, steps: Steps) -> ColumnElement[int]:
    """Give the number that lists of tasks are sorted by, the smallest first.

    An expression over `Task` and `PlanItem`, as `severity_served`; equal to
    `casework.planning.pressing.Pressing.rank`.
    """
    day, soon = literal(as_of, Day()), literal(steps.soon_until(as_of), Day())
    lateness = case(
        (Task.due_on < day, steps.overdue),
        (and_(Task.due_on >= day, Task.due_on <= soon), steps.soon),
        else_=0,
    )
    severe = case(
        {"medium": steps.medium, "high": steps.high}, value=severity_served(as_of), else_=0
    )
    return Task.priority - lateness - severe
