"""Which tasks a contact answers, closing them with it, and opening them again without it.

Decides what stands ticked before the form is saved; the test itself (channel, actor, window) is
`casework.answering.answers`, the same that every other evidence will be put to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casework.answering import answers
from casework.errors import InvalidEntry
from casework.records import ASKING, Contact, Person, PlanItem, ServiceOrder, Task, TaskEvidence
from casework.records.base import now
from casework.reference.services import services, stand_ins
from casework.terms import _, language
from casework.workbook.contact_entry import ContactEntry

__all__ = [
    "CAUGHT_UP",
    "Answer",
    "answered_by",
    "close_tasks",
    "reopen_tasks",
    "settle_missed",
    "settled_by",
    "standing_evidence",
]

CAUGHT_UP = "caught_up:"
"""Begins the reason of a missed task that a later contact settled; the contact's id follows."""


_DELIBERATE = ("follow_up:", "find_out:")
"""Items that a visit alone does not settle: somebody must say that what was found is settled."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A task that a contact would answer.

    Attributes
    ----------
    late : bool
        The contact came after the window: the task will be ``late_done``.
    ticked : bool
        Whether it is taken unless the worker says otherwise.
    """

    task_id: int
    item_key: str
    person_id: int
    person_name: str
    title: str
    clause: str | None
    opens_on: date
    due_on: date
    planned_on: date | None
    planned_minutes: int | None
    late: bool
    ticked: bool


def answered_by(
    session: Session,
    entry: ContactEntry,
    person_ids: Collection[int],
    late_days: int,
    instead_of: int | None = None,
) -> list[Answer]:
    """Give the open tasks of these people that the contact answers, the most pressing first.

    Parameters
    ----------
    late_days : int
        So many days after its window a task is still taken for answered late, unless a task of
        the same item is answered in time; older ones are offered, not ticked.
    instead_of : int or None
        A contact that this one will correct: what it closed counts as open.
    """
    closed_by_it = select(TaskEvidence.task_id).where(
        TaskEvidence.contact_id == instead_of, TaskEvidence.withdrawn_at.is_(None)
    )
    found = session.execute(
        select(Task, Person.name, PlanItem)
        .join(Person, Person.id == Task.person_id)
        .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
        .where(
            Task.person_id.in_(list(person_ids)),
            or_(Task.done_on.is_(None), Task.id.in_(closed_by_it)),
            Task.cancelled_on.is_(None),
            or_(Task.excused_on.is_(None), Task.reason == f"{CAUGHT_UP}{instead_of}"),
            Task.in_force_from.is_not(None),
            Task.opens_on <= entry.happened_on,
            ~Task.item_key.startswith(ASKING, autoescape=True),  # a visit is no answer to a need
        )
        .order_by(Task.due_on.desc(), Task.priority, Task.id)
    ).all()
    taken: set[tuple[int, str]] = set()
    answered = []
    for task, name, item in found:  # the latest first: one task an item is taken
        if not _matches(task, entry):
            continue
        key = (task.person_id, task.item_key)
        timely = (entry.happened_on - task.due_on).days <= late_days
        ticked = timely and key not in taken and not _is_deliberate(task)
        taken.add(key)
        answered.append(_answer(task, name, item, entry.happened_on, ticked))
    return sorted(answered, key=lambda one: (not one.ticked, one.late, one.due_on, one.task_id))


def close_tasks(
    session: Session, contact: Contact, entry: ContactEntry, reached: Collection[int], late: int
) -> list[int]:
    """Write the contact down as evidence of the tasks it answers, and give their ids.

    Parameters
    ----------
    reached : collection of int
        The persons who were reached: only their tasks can be answered.
    late : int
        As ``late_days`` of `answered_by`.

    Raises
    ------
    InvalidEntry
        If a ticked task cannot be answered by this contact.
    """
    if entry.closes is None:
        offered = answered_by(session, entry, reached, late)
        wanted = {one.task_id for one in offered if one.ticked}
    else:
        wanted = set(entry.closes)
    tasks = session.scalars(
        select(Task).where(Task.id.in_(wanted)).order_by(Task.id).with_for_update()
    ).all()
    for task in tasks:
        open_still = task.cancelled_on is None and task.in_force_from is not None
        open_still = open_still and not task.item_key.startswith(ASKING)
        if not open_still or task.person_id not in reached or not _matches(task, entry):
            raise _unanswerable(task)
        task.done_on = min(filter(None, (task.done_on, contact.happened_on)))
    session.add_all(
        TaskEvidence(task_id=task.id, contact_id=contact.id, recorded_at=now()) for task in tasks
    )
    return [task.id for task in tasks]


def settle_missed(
    session: Session, contact: Contact, task_ids: Collection[int], reached: Collection[int]
) -> list[int]:
    """Take missed tasks of those who were reached off the list, and give their ids.

    They stay what they are, not done in their time: they are excused, with the contact as the
    reason. Those that were settled otherwise in the meantime are left alone.
    """
    tasks = session.scalars(
        select(Task)
        .where(
            Task.id.in_(list(task_ids)),
            Task.person_id.in_(list(reached)),
            Task.due_on < contact.happened_on,
            Task.done_on.is_(None),
            Task.cancelled_on.is_(None),
            Task.excused_on.is_(None),
        )
        .order_by(Task.id)
        .with_for_update()
    ).all()
    for task in tasks:
        task.excused_on = contact.happened_on
        task.reason = f"{CAUGHT_UP}{contact.id}"
    return [task.id for task in tasks]


def settled_by(session: Session, contact_id: int) -> list[Task]:
    """Give the missed tasks that a contact settled."""
    return list(
        session.scalars(
            select(Task).where(Task.reason == f"{CAUGHT_UP}{contact_id}").order_by(Task.id)
        )
    )


def reopen_tasks(session: Session, contact_id: int) -> list[int]:
    """Take a contact back as evidence; a task with no other evidence is open again.

    What it settled is missed again.

    Returns
    -------
    list of int
        The tasks that are open again.
    """
    evidence = session.scalars(
        select(TaskEvidence).where(
            TaskEvidence.contact_id == contact_id, TaskEvidence.withdrawn_at.is_(None)
        )
    ).all()
    for one in evidence:
        one.withdrawn_at = now()
    session.flush()
    ids = [one.task_id for one in evidence]
    left = standing_evidence(session, ids)
    tasks = session.scalars(select(Task).where(Task.id.in_(ids)).with_for_update()).all()
    for task in tasks:
        task.done_on = left.get(task.id)
    settled = settled_by(session, contact_id)
    for task in settled:
        task.excused_on = task.reason = None
    return [task.id for task in (*tasks, *settled) if task.done_on is None]


def _matches(task: Task, entry: ContactEntry) -> bool:
    return (
        answers(
            channels=task.channels,
            actor=task.actor,
            opens_on=task.opens_on,
            due_on=task.due_on,
            channel=entry.channel,
            actors=entry.actors,
            on=entry.happened_on,
            stand_ins=stand_ins(),
        )
        is not None
    )


def _is_deliberate(task: Task) -> bool:
    """Tell whether an ordinary contact leaves a task open unless the worker says otherwise."""
    service = services().get(task.service)
    by_contact = service is None or service.by_contact
    return not by_contact or task.item_key.startswith(_DELIBERATE)


def _answer(task: Task, name: str, item: PlanItem | None, on: date, ticked: bool) -> Answer:
    english = item.title_en if item is not None and language() == "en" else None
    return Answer(
        task_id=task.id,
        item_key=task.item_key,
        person_id=task.person_id,
        person_name=name,
        title=english or task.title or task.service,
        clause=item.clause if item is not None else None,
        opens_on=task.opens_on,
        due_on=task.due_on,
        planned_on=task.planned_on,
        planned_minutes=item.duration_minutes if item is not None else None,
        late=on > task.due_on,
        ticked=ticked,
    )


def standing_evidence(session: Session, task_ids: Sequence[int]) -> dict[int, date]:
    """Give the first day of evidence of each task, of contacts and orders that still stand."""
    found = session.execute(
        select(TaskEvidence.task_id, func.coalesce(Contact.happened_on, ServiceOrder.completed_on))
        .outerjoin(Contact, Contact.id == TaskEvidence.contact_id)
        .outerjoin(ServiceOrder, ServiceOrder.id == TaskEvidence.order_id)
        .where(TaskEvidence.task_id.in_(task_ids), TaskEvidence.withdrawn_at.is_(None))
    )
    first: dict[int, date] = {}
    for task_id, day in found:
        first[task_id] = min(day, first.get(task_id, day))
    return first


def _unanswerable(task: Task) -> InvalidEntry:
    return InvalidEntry(
        _(
            "Task no. {id} ({title}) cannot be answered by this contact: another channel, another "
            "actor, before its window, or the person was not reached. Untick it, or correct the "
            "channel, the day or who took part.",
            id=task.id,
            title=task.title or task.service,
        ),
        field="closes",
        value=task.id,
    )
