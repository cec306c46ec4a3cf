"""What begins and ends by the day: approved versions come into force, care ends.

Decides that nothing stays silently overdue for somebody who died, moved away or was merged, and
that an approved version takes over on its day; all of it by statements for everybody at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import and_, case, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from casework.occasions import days_before
from casework.records import Case, Person, ServicePlan, Task, in_care_on
from casework.records.base import Day
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_rows import OURS
from casework.workbook.plan_situations import within

__all__ = ["end_of_care", "ends_today", "take_effect"]

_AT_ONCE = 5_000


def take_effect(session: Session, today: date, chosen: Collection[int] | None = None) -> int:
    """Bring approved versions whose day has come into force, in place of the version before.

    Returns
    -------
    int
        How many came into force.
    """
    due = select(ServicePlan.id, ServicePlan.person_id, ServicePlan.effective_from).where(
        ServicePlan.state == "approved", ServicePlan.effective_from <= literal(today, Day())
    )
    if chosen is not None:
        due = due.where(within(ServicePlan.person_id, chosen))
    found = session.execute(due.order_by(ServicePlan.effective_from, ServicePlan.id)).all()
    for plan_id, person_id, begins in found:
        session.execute(
            update(ServicePlan)
            .where(ServicePlan.person_id == person_id, ServicePlan.state == "active")
            .values(
                state="revised",
                effective_to=days_before(begins or today, 1),
                row_version=ServicePlan.row_version + 1,
            )
        )
        session.execute(
            update(ServicePlan)
            .where(ServicePlan.id == plan_id)
            .values(state="active", row_version=ServicePlan.row_version + 1)
        )
    return len(found)


def ends_today(
    session: Session, chosen: Collection[int] | tuple[int, int], today: date
) -> frozenset[int]:
    """Name those in care for the last day: they died today, or their case was closed.

    Their plans ended when that was written down; drawing up plans on the same day must not draw
    them up again.
    """
    tomorrow = today + timedelta(days=1)
    last_day = exists().where(Case.person_id == Person.id, Case.closed_on == literal(today, Day()))
    found = session.scalars(
        select(Person.id).where(
            within(Person.id, chosen),
            or_(Person.died_on == literal(today, Day()), last_day),
            ~in_care_on(tomorrow),
        )
    )
    return frozenset(found)


def end_of_care(
    session: Session, today: date, keep: Collection[str], chosen: Collection[int] | None = None
) -> int:
    """Cancel what is still open for people who are no longer in care, and close their plans.

    Tasks whose window had passed before stay as they were: missed while the person was in care.

    Parameters
    ----------
    keep : collection of str
        Item keys of what is owed to the family after a death.
    chosen : collection of int or None
        Only these people; None for everybody.

    Returns
    -------
    int
        How many tasks were cancelled.
    """
    gone = select(Person.id).where(~in_care_on(today)).order_by(Person.id)
    if chosen is not None:
        gone = gone.where(Person.id.in_(list(chosen)))
    ids = session.scalars(gone).all()
    cancelled = 0
    # By their ids: given the question who is gone instead, PostgreSQL reads every task there is.
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        cancelled += _cancel_tasks(session, today, keep, some)
        _close_plans(session, today, some)
    return cancelled


def _cancel_tasks(
    session: Session, today: date, keep: Collection[str], gone: Collection[int]
) -> int:
    """Cancel what is still open for people no longer in care; give how many tasks it was."""
    closed_on = (
        select(func.max(Case.closed_on)).where(Case.person_id == Task.person_id).scalar_subquery()
    )
    died_on = select(Person.died_on).where(Person.id == Task.person_id).scalar_subquery()
    ended_on = func.coalesce(died_on, closed_on, literal(today, Day()))
    why = case(
        (died_on.is_not(None), AUTOMATIC + "died"),
        (closed_on.is_not(None), AUTOMATIC + "closed"),
        else_=AUTOMATIC + "left",
    )
    prefixes = (*OURS, "follow_up:", "campaign:")
    stale = or_(*(Task.item_key.startswith(prefix) for prefix in prefixes))
    result = session.execute(
        update(Task)
        .where(
            Task.person_id.in_(gone),
            # In one expression: who is gone finds few rows, "not done" nearly all tasks there are.
            func.coalesce(Task.done_on, Task.cancelled_on).is_(None),
            stale,
            Task.item_key.not_in(sorted(keep)),
            Task.due_on >= ended_on,
        )
        .values(cancelled_on=ended_on, reason=why)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


def _close_plans(session: Session, today: date, gone: Collection[int]) -> None:
    """Close the versions in force, and what waited to be, of people no longer in care."""
    closed_on = (
        select(func.max(Case.closed_on))
        .where(Case.person_id == ServicePlan.person_id)
        .scalar_subquery()
    )
    died_on = select(Person.died_on).where(Person.id == ServicePlan.person_id).scalar_subquery()
    session.execute(
        update(ServicePlan)
        .where(
            and_(
                ServicePlan.person_id.in_(gone),
                ServicePlan.state.in_(("draft", "submitted", "approved", "active")),
            )
        )
        .values(
            state="closed",
            effective_to=func.coalesce(died_on, closed_on, literal(today, Day())),
            row_version=ServicePlan.row_version + 1,
        )
        .execution_options(synchronize_session=False)
    )
