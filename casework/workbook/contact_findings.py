"""What a contact leaves behind beyond its note: wishes, needs, opinions, and tasks to follow up.

Decides how they are written, carried over to a corrected contact, and withdrawn with a mistaken
one; what somebody has worked on since is never taken away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import Contact, Need, Opinion, Task, Wish, kind_of
from casework.records.base import now
from casework.workbook.contact_entry import ContactEntry, FollowUp, Raised
from casework.workbook.fact_entry import FROM_PERSON, note_wish
from casework.workbook.need_steps import key_by_people, open_need_of_kind, same_need
from casework.workbook.owning import answering_for

__all__ = [
    "Findings",
    "carry_over",
    "follow_up_tasks",
    "raised_of",
    "withdraw_findings",
    "write_findings",
]

_Kept = Wish | Need | Opinion


@dataclass(frozen=True, slots=True)
class Findings:
    """Who writes findings down, under which key, and when a follow-up is due by default.

    Attributes
    ----------
    root_key : str
        Key of the first contact of a chain of corrections: it names the follow-ups.
    due_days : int
        The agency's ``follow_up_days``.
    """

    root_key: str
    recorded_by: str
    owner_id: int | None
    due_days: int


def write_findings(
    session: Session, contact: Contact, entry: ContactEntry, how: Findings
) -> list[int]:
    """Write what was raised and what is to be followed up; give the ids of the follow-ups."""
    for one in entry.persons:
        needs = any(raised.kind == "need" for raised in one.raised)
        owner = answering_for(session, one.person_id, contact.happened_on) if needs else None
        session.add_all(
            _record(contact, one.person_id, raised, how.recorded_by, owner or how.owner_id)
            for raised in one.raised
            if not _is_said_already(session, one.person_id, raised)
        )
        if any(raised.kind == "wish" for raised in one.raised):
            note_wish(
                session,
                one.person_id,
                contact.happened_on,
                by=how.recorded_by,
                source=FROM_PERSON,
            )
    number = len(follow_up_tasks(session, entry.person_ids, how.root_key, all_of_them=True))
    tasks = [
        _task(contact, follow_up, how, number + step)
        for step, follow_up in enumerate(entry.follow_ups)
    ]
    session.add_all(tasks)
    session.flush()
    return [task.id for task in tasks]


def _is_said_already(session: Session, person_id: int, raised: Raised) -> bool:
    """Tell whether a need that was noted is open already: one need is one need."""
    if raised.kind != "need":
        return False
    kind = raised.need_kind
    if kind is not None and open_need_of_kind(session, person_id, kind) is not None:
        return True
    return same_need(session, person_id, raised.domain or "", raised.text) is not None


def raised_of(session: Session, contact_id: int) -> dict[int, tuple[Raised, ...]]:
    """Give what was raised in a contact, by person."""
    raised: dict[int, tuple[Raised, ...]] = {}
    for record in _records(session, contact_id):
        raised[record.person_id] = (*raised.get(record.person_id, ()), _raised(record))
    return raised


def follow_up_tasks(
    session: Session, person_ids: tuple[int, ...], root_key: str, *, all_of_them: bool = False
) -> list[Task]:
    """Give the follow-ups a contact left; cancelled ones only when all are asked for."""
    query = select(Task).where(
        Task.person_id.in_(person_ids),
        Task.item_key.startswith(f"follow_up:{root_key}:", autoescape=True),
    )
    if not all_of_them:
        query = query.where(Task.cancelled_on.is_(None))
    return list(session.scalars(query.order_by(Task.id)))


def carry_over(
    session: Session, old: Contact, new: Contact, entry: ContactEntry, how: Findings
) -> ContactEntry:
    """Let the findings of a corrected contact belong to the new one, as far as they still stand.

    Returns
    -------
    ContactEntry
        The entry without what was carried over: what is left is new.
    """
    left = {one.person_id: list(one.raised) for one in entry.persons}
    for record in _records(session, old.id):
        raised = _raised(record)
        if raised in left.get(record.person_id, []):
            left[record.person_id].remove(raised)
            record.contact_id = new.id
        elif _untouched(record):
            record.superseded_at = now()
        else:
            record.contact_id = new.id
    follow_ups = list(entry.follow_ups)
    old_ids = tuple(_persons_of_tasks(session, how.root_key))
    for task in follow_up_tasks(session, old_ids, how.root_key):
        kept = next(
            (f for f in follow_ups if (f.person_id, f.title) == (task.person_id, task.title)), None
        )
        if kept is not None:
            follow_ups.remove(kept)
            if task.done_on is None:
                task.due_on = _due(kept, new, how)
                task.opens_on = new.happened_on
                task.in_force_from = new.happened_on
                task.owner_id = kept.owner_id or task.owner_id
        elif task.done_on is None:
            _cancel(task)
    session.flush()
    persons = tuple(replace(one, raised=tuple(left[one.person_id])) for one in entry.persons)
    return replace(entry, persons=persons, follow_ups=tuple(follow_ups))


def withdraw_findings(session: Session, contact: Contact, root_key: str) -> list[int]:
    """Withdraw what came of a mistaken contact and was not worked on; give the cancelled tasks."""
    for record in _records(session, contact.id):
        if _untouched(record):
            record.superseded_at = now()
    ids = tuple(_persons_of_tasks(session, root_key))
    tasks = [task for task in follow_up_tasks(session, ids, root_key) if task.done_on is None]
    for task in tasks:
        _cancel(task)
    return [task.id for task in tasks]


def _persons_of_tasks(session: Session, root_key: str) -> list[int]:
    return list(
        session.scalars(
            select(Task.person_id)
            .where(Task.item_key.startswith(f"follow_up:{root_key}:", autoescape=True))
            .distinct()
        )
    )


def _cancel(task: Task) -> None:
    """Cancel from its first day: the contact it came from was a mistake, so it never stood."""
    task.cancelled_on = task.opens_on
    task.reason = "auto:contact_withdrawn"


def _records(session: Session, contact_id: int) -> list[_Kept]:
    found: list[_Kept] = []
    for kind in (Wish, Need, Opinion):
        found += session.scalars(
            select(kind)
            .where(kind.contact_id == contact_id, kind.superseded_at.is_(None))
            .order_by(kind.id)
        )
    return found


def _untouched(record: _Kept) -> bool:
    """Tell whether nobody has worked on it since it was written down."""
    if isinstance(record, Need):
        return record.state == "open"
    if isinstance(record, Opinion):
        return record.disposition is None and record.replied_on is None
    return record.closed_on is None


def _raised(record: _Kept) -> Raised:
    if isinstance(record, Need):
        return Raised(
            "need",
            record.title,
            domain=record.domain,
            severity=record.severity,
            need_kind=kind_of(record.need_key),
        )
    if isinstance(record, Opinion):
        return Raised("opinion", record.text, opinion=record.kind)
    return Raised("wish", record.text, domain=record.domain)


def _record(contact: Contact, person_id: int, raised: Raised, by: str, owner: int | None) -> _Kept:
    text = raised.text.strip()
    if raised.kind == "wish":
        return Wish(
            person_id=person_id,
            text=text,
            said_on=contact.happened_on,
            domain=raised.domain,
            source="contact",
            contact_id=contact.id,
            recorded_at=now(),
            recorded_by=by,
        )
    if raised.kind == "opinion":
        return Opinion(
            person_id=person_id,
            contact_id=contact.id,
            kind=raised.opinion,
            text=text,
            said_on=contact.happened_on,
            recorded_at=now(),
            recorded_by=by,
        )
    return Need(
        person_id=person_id,
        domain=raised.domain or "",
        title=text,
        severity=raised.severity,
        origin="worker",
        opened_on=contact.happened_on,
        contact_id=contact.id,
        owner_id=owner,
        need_key=key_by_people(raised.need_kind),
        recorded_at=now(),
        recorded_by=by,
    )


def _task(contact: Contact, follow_up: FollowUp, how: Findings, number: int) -> Task:
    due_on = _due(follow_up, contact, how)
    return Task(
        person_id=follow_up.person_id,
        item_key=f"follow_up:{how.root_key}:{number}",
        period=due_on.isoformat(),
        service="follow_up",
        title=follow_up.title.strip(),
        priority=2,
        opens_on=contact.happened_on,
        due_on=due_on,
        in_force_from=contact.happened_on,
        owner_id=follow_up.owner_id or how.owner_id,
        made_at=now(),
    )


def _due(follow_up: FollowUp, contact: Contact, how: Findings) -> date:
    return follow_up.due_on or contact.happened_on + timedelta(days=how.due_days)
