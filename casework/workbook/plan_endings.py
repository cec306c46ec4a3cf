"""What begins and ends by the day: approved versions come into force, care ends.

Decides that nothing stays silently overdue for somebody who died, moved away or was merged, that
their needs and wishes end with the care and wait again with it, and that an approved version takes
over on its day; all of it by statements for everybody at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from casework.occasions import days_before
from casework.records import ASKING, Case, Need, Person, ServicePlan, Task, Wish, in_care_on
from casework.records.base import Day
from casework.workbook.need_steps import PUT_OFF_BEFORE
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_rows import OURS
from casework.workbook.plan_situations import within

__all__ = ["end_needs", "end_of_care", "ends_today", "take_effect", "take_up_needs"]

_AT_ONCE = 5_000
_ENDS = tuple(AUTOMATIC + why for why in ("died", "closed", "left"))
"""Why something ended with the care of a person."""


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
    """Cancel what is open for people no longer in care; close plans, needs and wishes.

    Tasks whose window had passed before stay as they were: missed while the person was in care.
    This is the one place where a death ends something, however it became known.

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
        _close_needs(session, today, some)
        _close_wishes(session, today, some)
    return cancelled


def end_needs(session: Session, today: date, persons: Collection[int]) -> None:
    """Let needs and wishes end that were written down about people no longer in care tomorrow.

    An assessment of an earlier day may show what a person needed who has died since.
    """
    session.flush()
    leaving = select(Person.id).where(
        Person.id.in_(list(persons)), ~in_care_on(today + timedelta(days=1))
    )
    gone = session.scalars(leaving).all()
    if gone:
        _close_needs(session, today, gone)
        _close_wishes(session, today, gone)
        session.expire_all()


def take_up_needs(session: Session, today: date, chosen: Collection[int] | None = None) -> int:
    """Let needs and wishes wait again that ended with the care of somebody in care after all.

    A death that was entered by mistake, an import that is taken back, somebody who comes back:
    what was put off before is put off again, with the reason that was given then.

    Returns
    -------
    int
        How many needs.
    """
    _reopen_wishes(session, today, chosen)
    other = aliased(Need)
    raised_anew = exists().where(
        other.person_id == Need.person_id,
        other.need_key == Need.need_key,
        other.id != Need.id,
        other.closed_on.is_(None),
        other.superseded_at.is_(None),
    )
    put_off = Need.reason.contains(PUT_OFF_BEFORE, autoescape=True)
    ended = or_(*(Need.reason.startswith(one, autoescape=True) for one in _ENDS))
    wanted = select(Need.id, Need.reason, put_off).where(
        Need.state == "cannot_be_met",
        Need.superseded_at.is_(None),
        ended,
        _in_care(Need.person_id, today),
        ~raised_anew,
    )
    if chosen is not None:
        wanted = wanted.where(within(Need.person_id, chosen))
    back = [
        {
            "id": need_id,
            "state": "deferred" if was_put_off else "open",
            "reason": (reason or "").partition(PUT_OFF_BEFORE)[2] or None,
            "closed_on": None,
        }
        for need_id, reason, was_put_off in session.execute(wanted).all()
    ]
    if back:
        session.flush()
        session.execute(update(Need), back)
        session.expire_all()
    return len(back)


def _reopen_wishes(session: Session, today: date, chosen: Collection[int] | None) -> None:
    ended = Wish.closing_note.in_(_ENDS)
    wanted = select(Wish.id).where(
        ended, Wish.superseded_at.is_(None), _in_care(Wish.person_id, today)
    )
    if chosen is not None:
        wanted = wanted.where(within(Wish.person_id, chosen))
    back = session.scalars(wanted).all()
    if back:
        session.flush()
        session.execute(
            update(Wish).where(Wish.id.in_(back)).values(closed_on=None, closing_note=None)
        )
        session.expire_all()


def _in_care(person_id: Any, today: date) -> ColumnElement[bool]:
    """Tell whether a row is about somebody in care today, and not for the last day."""
    tomorrow = today + timedelta(days=1)
    return exists().where(Person.id == person_id, in_care_on(today), in_care_on(tomorrow))


def _cancel_tasks(
    session: Session, today: date, keep: Collection[str], gone: Collection[int]
) -> int:
    """Cancel what is still open for people no longer in care; give how many tasks it was."""
    ended_on, why = _end_of(Task.person_id, today)
    prefixes = (*OURS, ASKING, "follow_up:", "campaign:")
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
    ended_on, _why = _end_of(ServicePlan.person_id, today)
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
            effective_to=ended_on,
            row_version=ServicePlan.row_version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _close_needs(session: Session, today: date, gone: Collection[int]) -> None:
    """Close what people no longer in care needed: it cannot be met any more, and says why."""
    ended_on, why = _end_of(Need.person_id, today)
    put_off = and_(Need.state == "deferred", Need.reason.is_not(None))
    session.execute(
        update(Need)
        .where(Need.person_id.in_(gone), Need.closed_on.is_(None), Need.superseded_at.is_(None))
        .values(
            state="cannot_be_met",
            # One that was written down after a death that was learnt of late ends on its own day.
            closed_on=case((Need.opened_on > ended_on, Need.opened_on), else_=ended_on),
            reason=case((put_off, why + PUT_OFF_BEFORE + Need.reason), else_=why),
        )
        .execution_options(synchronize_session=False)
    )


def _close_wishes(session: Session, today: date, gone: Collection[int]) -> None:
    """Close what people no longer in care wished for, and say why; the words stay as said."""
    ended_on, why = _end_of(Wish.person_id, today)
    session.execute(
        update(Wish)
        .where(Wish.person_id.in_(gone), Wish.closed_on.is_(None), Wish.superseded_at.is_(None))
        .values(
            closed_on=case((Wish.said_on > ended_on, Wish.said_on), else_=ended_on),
            closing_note=why,
        )
        .execution_options(synchronize_session=False)
    )


def _end_of(person_id: Any, today: date) -> tuple[ColumnElement[Any], ColumnElement[str]]:
    """Give the day on which the care of whoever a row is about ended, and why."""
    closed_on = (
        select(func.max(Case.closed_on)).where(Case.person_id == person_id).scalar_subquery()
    )
    died_on = select(Person.died_on).where(Person.id == person_id).scalar_subquery()
    ended_on = func.coalesce(died_on, closed_on, literal(today, Day()))
    why = case((died_on.is_not(None), _ENDS[0]), (closed_on.is_not(None), _ENDS[1]), else_=_ENDS[2])
    return ended_on, why
