"""A completed order as evidence: which tasks of the plan it answers, by the same test as a contact.

Decides that an order answers the task it was made for, and of each other item the latest task of
the kinds of work that its service answers; `casework.answering.answers` decides window and actor.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.answering import answers
from casework.records import Provider, ServiceOrder, Task, TaskEvidence
from casework.records.base import now
from casework.reference.catalogue import ServiceItem
from casework.reference.services import stand_ins
from casework.workbook.contact_tasks import standing_evidence

__all__ = ["close_by_order", "reopen_by_order"]

_ACTORS = {
    "volunteers": "volunteer",
    "community": "community",
    "grid_worker": "community",
    "hospital": "community_doctor",
}


def close_by_order(
    session: Session, order: ServiceOrder, item: ServiceItem | None
) -> Sequence[int]:
    """Write a completed order down as evidence of the tasks it answers, and give their ids.

    The agency arranged it, so it counts as its caseworker's, and as its provider's kind of actor.
    """
    on = order.completed_on
    if on is None:
        return []
    provider = session.get(Provider, order.provider_id or 0)
    actors = {"caseworker", "assistant", _ACTORS.get(provider.kind if provider else "", "")}
    services = item.answers if item else ()
    found = session.scalars(
        select(Task)
        .where(
            Task.person_id == order.person_id,
            Task.service.in_(services),
            Task.done_on.is_(None),
            Task.cancelled_on.is_(None),
            Task.excused_on.is_(None),
            Task.in_force_from.is_not(None),
        )
        .order_by(Task.due_on.desc(), Task.id)
        .with_for_update()
    ).all()
    closed: list[int] = []
    taken: set[str] = set()
    # Asked here and not above: SQLite would read the open tasks of everybody, by their days.
    opened = [task for task in found if task.opens_on <= on]
    for task in sorted(opened, key=lambda one: one.id != order.task_id):
        # The task it was made for takes the way the service is given, also late.
        made_for = task.id == order.task_id
        told = answers(
            channels=None if made_for else task.channels,
            actor=task.actor,
            opens_on=task.opens_on,
            due_on=task.due_on,
            channel=item.channel if item else "home_visit",
            actors=actors,
            on=on,
            stand_ins=stand_ins(),
        )
        timely = told == "done" or made_for
        if told is None or not timely or task.item_key in taken:
            continue
        taken.add(task.item_key)
        task.done_on = on
        session.add(TaskEvidence(task_id=task.id, order_id=order.id, recorded_at=now()))
        closed.append(task.id)
    session.flush()
    return closed


def reopen_by_order(session: Session, order_id: int) -> Sequence[int]:
    """Take an order back as evidence; a task with no other evidence is open again."""
    evidence = session.scalars(
        select(TaskEvidence).where(
            TaskEvidence.order_id == order_id, TaskEvidence.withdrawn_at.is_(None)
        )
    ).all()
    for one in evidence:
        one.withdrawn_at = now()
    session.flush()
    ids = [one.task_id for one in evidence]
    left = standing_evidence(session, ids)
    tasks = session.scalars(
        select(Task).where(Task.id.in_(ids)).order_by(Task.id).with_for_update()
    ).all()
    for task in tasks:
        task.done_on = left.get(task.id)
    return [task.id for task in tasks if task.done_on is None]
