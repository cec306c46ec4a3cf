"""Asking for an answer to needs: whoever answers for one says what is arranged, or why nothing is.

Decides that a need which nothing answers has a dated task of a named person from the day on which
plans are drawn up, that the task ends once something in force answers the need or a reason is
written down, and with nothing else: a visit is no answer. What answered means stands in
:mod:`casework.records.plans`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from casework.records import (
    ASKING,
    Need,
    Person,
    Staff,
    Task,
    in_care_on,
    need_answered,
    waits_on,
)
from casework.records.base import now
from casework.reference import Agency
from casework.rules.sentence import day_text
from casework.terms import _, speaking
from casework.workbook.owning import STAND_IN
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_situations import around, within

__all__ = [
    "Asked",
    "ask_for_answers",
    "asked_by",
    "asked_need",
    "asked_title",
    "give_over",
    "is_asking",
    "put_off",
    "wait",
    "waiting_reasons",
]

_PRIORITY = {"high": 1, "medium": 2, "low": 3}
_PART = "："
_FOLLOW_UP = "follow_up:"
_ENDS = (Task.done_on, Task.cancelled_on, Task.excused_on)


class Asked(NamedTuple):
    """How many tasks were made, adapted, and taken off the list."""

    made: int = 0
    changed: int = 0
    cancelled: int = 0


def ask_for_answers(
    session: Session, agency: Agency, chosen: Collection[int] | tuple[int, int], today: date
) -> Asked:
    """Ask for an answer to every need of these people that has none; again changes nothing.

    Parameters
    ----------
    chosen : collection of int or (first, last)
        Whose needs.
    """
    asked = _asked(session, chosen)
    if not asked and not _waits(session, chosen, today):
        return Asked()
    tomorrow = today + timedelta(days=1)
    in_care = exists().where(Person.id == Need.person_id, in_care_on(today), in_care_on(tomorrow))
    bare = {
        need.id: need
        for need in session.scalars(
            select(Need)
            .where(
                within(Need.person_id, chosen),
                waits_on(today),
                need_answered(today) == "nothing",
                in_care,
            )
            .order_by(Need.id)
        )
    }
    made = changed = cancelled = 0
    owners = _owners(session, bare.values(), today)
    earlier = _of_today(session, chosen, today) if bare.keys() - asked.keys() else {}
    for need_id, need in bare.items():
        task = asked.get(need_id)
        if task is None:
            made += 1
            again = earlier.get(need_id)
            if again is None:
                _ask(session, agency, need, today, owners[need_id])
            else:
                again.cancelled_on = again.excused_on = again.reason = None
        else:
            changed += _adapt(agency, task, need, today, owners[need_id])
    for need_id, task in asked.items():
        if need_id not in bare:
            task.cancelled_on, task.reason = today, AUTOMATIC + "answered"
            cancelled += 1
    session.flush()
    return Asked(made, changed, cancelled)


def asked_by(session: Session, person_id: int, on: date) -> dict[int, date]:
    """Tell by when somebody is asked, as of a day, for an answer to each need of a person."""
    asked = _asked(session, [person_id])
    return {need_id: task.due_on for need_id, task in asked.items() if task.opens_on <= on}


def waiting_reasons(session: Session, needs: Collection[Need], on: date) -> dict[int, str]:
    """Say of needs that nothing answers yet who arranges something, or says why not, by when.

    That is why they wait, at every moment: a need is asked about in the step that raises it.
    Followed-up alerts are among them.
    """
    keys: dict[str, list[Need]] = {}
    for need in needs:
        keys.setdefault(f"{ASKING}{need.id}", []).append(need)
        if need.need_key:
            keys.setdefault(f"{_FOLLOW_UP}{need.need_key}", []).append(need)
    rows = session.execute(
        select(Task, Staff.name)
        .outerjoin(Staff, Staff.id == Task.owner_id)
        .where(
            within(Task.person_id, {need.person_id for need in needs}),
            or_(
                Task.item_key.startswith(ASKING, autoescape=True),
                Task.item_key.startswith(_FOLLOW_UP, autoescape=True),
            ),
            Task.opens_on <= on,
            *(or_(day.is_(None), day > on) for day in _ENDS),
        )
        .order_by(Task.due_on.desc(), Task.id)
    )
    found: dict[int, str] = {}
    for task, name in rows:
        for need in keys.get(task.item_key, ()):
            if need.person_id == task.person_id:
                found[need.id] = _waiting_words(is_asking(task.item_key), name, task.due_on)
    return found


def _waiting_words(asking: bool, name: str | None, due: date) -> str:
    day = day_text(due)
    if not asking:
        return _("being followed up: {who}, by {day}", who=name or _("nobody yet"), day=day)
    if name is None:
        return _("nothing arranged yet: somebody has to, or say why not, by {day}", day=day)
    return _("nothing arranged yet: {who} arranges it or says why not by {day}", who=name, day=day)


def asked_need(item_key: str) -> int | None:
    """Give the id of the need to which a task asks for an answer; None for any other task."""
    return int(item_key.removeprefix(ASKING)) if is_asking(item_key) else None


def is_asking(item_key: str) -> bool:
    """Tell whether a task asks for an answer to a need."""
    return item_key.startswith(ASKING)


def asked_title(title: str) -> str:
    """Give the title of such a task in the language in force; what is needed stays in its words."""
    return _("Arrange it or say why not: {need}", need=title.partition(_PART)[2] or title)


def put_off(session: Session, task: Task, reason: str) -> Need | None:
    """Take the reason that was given for a task that asks as the reason why its need waits."""
    need = _need_of(session, task)
    if need is not None:
        need.state, need.reason = "deferred", reason
    return need


def wait(session: Session, task: Task, reason: str | None) -> Need | None:
    """Let a need wait again that was put off with this reason."""
    need = _need_of(session, task)
    if need is None or need.state != "deferred" or need.reason != reason:
        return None
    need.state, need.reason = "open", None
    return need


def give_over(session: Session, need: Need, staff_id: int, today: date) -> None:
    """Let whoever was given a need, or took it, be asked about it, caseworker or not."""
    task = _asked(session, [need.person_id]).get(need.id)
    if task is not None:
        task.owner_id, task.given_on = staff_id, today


def _need_of(session: Session, task: Task) -> Need | None:
    need_id = asked_need(task.item_key)
    need = session.get(Need, need_id, with_for_update=True) if need_id is not None else None
    stands = need is not None and need.closed_on is None and need.superseded_at is None
    return need if stands else None


def _asked(session: Session, chosen: Collection[int] | tuple[int, int]) -> dict[int, Task]:
    """Give the tasks that ask already, by need."""
    rows = session.scalars(
        select(Task).where(
            within(Task.person_id, chosen),
            Task.item_key.startswith(ASKING, autoescape=True),
            # In one expression: whose task it is finds few rows, "not done" nearly all there are.
            func.coalesce(Task.done_on, Task.cancelled_on, Task.excused_on).is_(None),
        )
    )
    return {need_id: task for task in rows if (need_id := asked_need(task.item_key))}


def _of_today(
    session: Session, chosen: Collection[int] | tuple[int, int], today: date
) -> dict[int, Task]:
    """Give what was asked today: once a day and need, however often it is answered and parted."""
    rows = session.scalars(
        select(Task).where(
            within(Task.person_id, chosen),
            Task.item_key.startswith(ASKING, autoescape=True),
            Task.period == today.isoformat(),
        )
    )
    return {need_id: task for task in rows if (need_id := asked_need(task.item_key))}


def _waits(session: Session, chosen: Collection[int] | tuple[int, int], today: date) -> bool:
    waiting = select(Need.id).where(within(Need.person_id, chosen), waits_on(today)).limit(1)
    return session.scalars(waiting).first() is not None


def _ask(session: Session, agency: Agency, need: Need, today: date, owner_id: int | None) -> None:
    with speaking("zh"):
        title = _("Arrange it or say why not: {need}", need=need.title)
    session.add(
        Task(
            person_id=need.person_id,
            item_key=f"{ASKING}{need.id}",
            period=today.isoformat(),
            service="follow_up",
            title=title,
            priority=_PRIORITY[need.severity],
            opens_on=today,
            due_on=_due(agency, need, today),
            in_force_from=today,
            owner_id=owner_id,
            made_at=now(),
        )
    )


def _adapt(agency: Agency, task: Task, need: Need, today: date, owner_id: int | None) -> bool:
    """Let a task follow a need that became more pressing, or that somebody else answers for."""
    before = (task.priority, task.due_on, task.owner_id)
    if _PRIORITY[need.severity] < task.priority:
        task.priority = _PRIORITY[need.severity]
        task.due_on = min(task.due_on, _due(agency, need, today))
    if task.given_on is None and owner_id is not None:
        task.owner_id = owner_id
    return (task.priority, task.due_on, task.owner_id) != before


def _owners(session: Session, needs: Collection[Need], today: date) -> dict[int, int | None]:
    """Tell who is asked about each need: its owner; once there is a caseworker, no stand-in.

    A supervisor who was given the need by hand keeps the task: see `give_over`.
    """
    if not needs:
        return {}
    seats = around(session, {need.person_id for need in needs}, today).seats
    named = {need.owner_id for need in needs if need.owner_id is not None}
    rows = session.execute(select(Staff.id).where(Staff.id.in_(named), Staff.role == "caseworker"))
    workers = set(rows.scalars())
    found: dict[int, int | None] = {}
    for need in needs:
        own = seats.get(need.person_id, {})
        seated = own.get("caseworker")
        found[need.id] = need.owner_id if need.owner_id in workers else seated
        found[need.id] = found[need.id] or need.owner_id or own.get(STAND_IN)
    return found


def _due(agency: Agency, need: Need, today: date) -> date:
    days = agency.setting(f"need_days_{need.severity}", today)
    return today + timedelta(days=int(days))
