"""The visits of a campaign as tasks: those that plans ask for anyway, and its own for the rest.

Decides that one visit has one meaning: where a plan asks for a visit of the same occasion that the
one who comes can answer, that task is the campaign's; only where there is none, the campaign makes
one, and lets go of it as soon as a plan asks for it. Taking back leaves every task as it was that
nobody has done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.records import (
    Campaign,
    CampaignPerson,
    CareTeamMember,
    Delegation,
    DelegationMember,
    DelegationSlot,
    Person,
    Task,
)
from casework.records.base import now
from casework.records.rosters import VISITOR
from casework.reference.services import stand_ins
from casework.workbook.campaign_terms import ACTORS, CHANNELS, Terms
from casework.workbook.owning import caseworkers, owners_of
from casework.workbook.plan_drawing import AUTOMATIC

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["OWN", "give_back", "give_out", "own_key"]

OWN = "campaign:"
"""Begins the key of a task that only a campaign asks for."""

_TAKEN_BACK = AUTOMATIC + "campaign"
_PLANNED = AUTOMATIC + "planned"
_PRIORITY = 2


def own_key(code: str) -> str:
    """Give the item key of a campaign's own tasks."""
    return OWN + code


def give_out(session: Session, book: Workbook, one: Campaign) -> int:
    """Let the visits of a campaign become tasks, or bring these up to date; tell how many."""
    if one.given_at is not None:
        _restore(session, book, one)
    rows = session.scalars(
        select(CampaignPerson)
        .where(CampaignPerson.campaign_id == one.id)
        .order_by(CampaignPerson.person_id)
    ).all()
    wanted = [row for row in rows if row.left_out_on is None]
    slots, companions = _outings(session, one.id)
    planned = _planned_tasks(session, one, {row.person_id for row in wanted})
    owners = _owners(session, book.today, [row.person_id for row in wanted])
    held = _own_tasks(session, one, {row.person_id for row in rows})
    given: dict[str, Any] = {}
    tasks: list[tuple[CampaignPerson, Task]] = []
    for row in wanted:
        slot, mine = slots.get(row.slot_id or 0), held.get(row.person_id)
        task = _answerable(planned.get(row.person_id, ()), row.carrier, slot)
        if mine is not None and mine.done_on is not None:
            row.visit_task_id = mine.id  # it has been answered as the campaign's own: that stands
            continue
        if task is None:
            task = _brought_up(mine or _own_task(one, row), one, row, owners.get(row.person_id))
            session.add(task)
        else:
            given[str(task.id)] = [_said(task.planned_on), task.owner_id, _said(task.given_on)]
            if mine is not None and mine.cancelled_on is None:
                mine.cancelled_on, mine.reason = book.today, _PLANNED
        if task.done_on is None:
            _meant_for(task, slot, companions, book.today)
        tasks.append((row, task))
    session.flush()
    for row, task in tasks:
        row.visit_task_id = task.id
    _let_go(held, {row.person_id for row in wanted}, book.today)
    seats = _seats(session, book, one, wanted, slots, companions)
    one.given_before = {"tasks": given, "seats": seats}
    one.given_at, one.given_by = now(), book.actor.name
    session.flush()
    return sum(row.visit_task_id is not None for row in wanted)


def give_back(session: Session, book: Workbook, one: Campaign) -> int:
    """Take the tasks of a campaign back; those that were done, or changed since, stay.

    Returns
    -------
    int
        How many tasks are as they were before, or gone.
    """
    n = _restore(session, book, one)
    for task in _own_tasks(session, one, None).values():
        if task.done_on is None and task.cancelled_on is None:
            task.cancelled_on, task.reason = book.today, _TAKEN_BACK
            n += 1
    for row in session.scalars(select(CampaignPerson).where(CampaignPerson.campaign_id == one.id)):
        held = session.get(Task, row.visit_task_id) if row.visit_task_id else None
        if held is None or held.done_on is None:
            row.visit_task_id = None
    one.given_at = one.given_by = one.given_before = None
    return n


def _restore(session: Session, book: Workbook, one: Campaign) -> int:
    """Give tasks of plans their owner and day back; end the seats that came with them."""
    told: Mapping[str, Any] = one.given_before or {}
    rows = {
        row.visit_task_id: row
        for row in session.scalars(
            select(CampaignPerson).where(CampaignPerson.campaign_id == one.id)
        )
    }
    back = 0
    for key, (planned_on, owner_id, given_on) in told.get("tasks", {}).items():
        task = session.get(Task, int(key))
        if task is None or task.done_on is not None or task.id not in rows:
            continue
        task.planned_on, task.owner_id, task.given_on = _day(planned_on), owner_id, _day(given_on)
        back += 1
    for seat in told.get("seats", ()):
        held = session.get(CareTeamMember, seat)
        if held is not None and held.superseded_at is None:
            held.superseded_at = now()
    session.flush()
    return back


def _outings(
    session: Session, campaign_id: int
) -> tuple[dict[int, DelegationSlot], dict[int, list[DelegationMember]]]:
    """Give the outings by number, and who of the staff goes along by delegation."""
    slots = {
        slot.id: slot
        for slot in session.scalars(
            select(DelegationSlot)
            .join(Delegation, Delegation.id == DelegationSlot.delegation_id)
            .where(
                DelegationSlot.campaign_id == campaign_id,
                DelegationSlot.superseded_at.is_(None),
                Delegation.superseded_at.is_(None),
            )
        )
    }
    companions: defaultdict[int, list[DelegationMember]] = defaultdict(list)
    for member in session.scalars(
        select(DelegationMember)
        .where(
            DelegationMember.campaign_id == campaign_id,
            DelegationMember.superseded_at.is_(None),
            DelegationMember.staff_id.is_not(None),
        )
        .order_by(DelegationMember.id)
    ):
        companions[member.delegation_id].append(member)
    return slots, companions


def _planned_tasks(
    session: Session, one: Campaign, persons: Collection[int]
) -> dict[int, list[Task]]:
    """Give the tasks of the same occasion that plans ask for, by person."""
    found: defaultdict[int, list[Task]] = defaultdict(list)
    query = select(Task).where(
        Task.person_id.in_(list(persons)),
        Task.service == Terms.from_record(one.terms).service,
        Task.period == one.period,
        Task.cancelled_on.is_(None),
        Task.in_force_from.is_not(None),
        ~Task.item_key.startswith(OWN),
    )
    for task in session.scalars(query.order_by(Task.priority, Task.id)):
        found[task.person_id].append(task)
    return found


def _answerable(
    tasks: Sequence[Task], carrier: str, slot: DelegationSlot | None
) -> Task | None:  # fmt: skip
    """Choose the task that whoever comes answers: the own one first, then one stood in for."""
    actor = ACTORS[carrier]
    ways = set(CHANNELS[carrier])
    fitting = [
        task
        for task in tasks
        if (actor == task.actor or actor in stand_ins().get(task.actor, ()))
        and (not task.channels or ways & set(task.channels))
        and (slot is None or task.opens_on <= slot.on_day <= task.due_on)
    ]
    return min(fitting, key=lambda task: task.actor != actor, default=None)


def _own_tasks(session: Session, one: Campaign, persons: Collection[int] | None) -> dict[int, Task]:
    query = select(Task).where(Task.item_key == own_key(one.code), Task.period == one.period)
    if persons is not None:
        query = query.where(Task.person_id.in_(list(persons)))
    return {task.person_id: task for task in session.scalars(query)}


def _brought_up(
    task: Task, one: Campaign, row: CampaignPerson, owner_id: int | None
) -> Task:  # fmt: skip
    """Bring a task of the campaign's own up to what its list says now."""
    task.cancelled_on = task.reason = task.planned_on = None
    task.opens_on, task.due_on = one.opens_on, one.due_on
    task.actor, task.channels = ACTORS[row.carrier], list(CHANNELS[row.carrier])
    task.owner_id, task.given_on = owner_id, None
    return task


def _own_task(one: Campaign, row: CampaignPerson) -> Task:
    return Task(
        person_id=row.person_id,
        item_key=own_key(one.code),
        period=one.period,
        service=Terms.from_record(one.terms).service,
        title=one.label_zh,
        actor=ACTORS[row.carrier],
        channels=list(CHANNELS[row.carrier]),
        priority=_PRIORITY,
        opens_on=one.opens_on,
        due_on=one.due_on,
        in_force_from=one.opens_on,
        made_at=now(),
    )


def _meant_for(
    task: Task,
    slot: DelegationSlot | None,
    companions: Mapping[int, Sequence[DelegationMember]],
    today: date,
) -> None:
    """Give a task the day of its outing, and to whoever of the staff goes along."""
    if slot is None:
        return
    if task.opens_on <= slot.on_day <= task.due_on:
        task.planned_on = slot.on_day
    going = companions.get(slot.delegation_id, ())
    worker = next((one for one in going if one.role == "caseworker"), next(iter(going), None))
    if worker is not None:
        task.owner_id, task.given_on = worker.staff_id, today


def _let_go(held: Mapping[int, Task], wanted: Collection[int], today: date) -> None:
    """Cancel the campaign's own tasks of those who are no longer on the list."""
    for person, task in held.items():
        if person not in wanted and task.done_on is None and task.cancelled_on is None:
            task.cancelled_on, task.reason = today, _TAKEN_BACK


def _owners(session: Session, on: date, persons: Collection[int]) -> dict[int, int | None]:
    """Tell who answers for people: the caseworker, else whoever stands in."""
    within = Person.id.in_(list(persons))
    stand_in = owners_of(session, within, on)
    seated = {person: staff for person, staff in session.execute(caseworkers(on))}
    return {person: seated.get(person) or stand_in.get(person) for person in persons}


def _seats(
    session: Session,
    book: Workbook,
    one: Campaign,
    rows: Iterable[CampaignPerson],
    slots: Mapping[int, DelegationSlot],
    companions: Mapping[int, Sequence[DelegationMember]],
) -> list[int]:
    """Let the staff of a delegation see whom it visits until the campaign is written down."""
    wanted = {
        (row.person_id, member.staff_id)
        for row in rows
        if (slot := slots.get(row.slot_id or 0)) is not None
        for member in companions.get(slot.delegation_id, ())
        if member.staff_id is not None
    }
    first = min(book.today, one.opens_on)
    last = one.due_on + timedelta(days=int(book.agency.setting("follow_up_days", one.due_on)))
    seat = CareTeamMember
    held = {
        (person, who)
        for person, who in session.execute(
            select(seat.person_id, seat.staff_id).where(
                seat.person_id.in_({person for person, _who in wanted}),
                seat.superseded_at.is_(None),
                or_(seat.valid_from.is_(None), seat.valid_from <= first),
                or_(seat.valid_to.is_(None), seat.valid_to >= last),
            )
        )
    }
    seats = [
        CareTeamMember(
            person_id=person,
            role=VISITOR,
            staff_id=who,
            valid_from=first,
            valid_to=last,
            recorded_at=now(),
            recorded_by=book.actor.name,
        )
        for person, who in sorted(wanted - held)
    ]
    session.add_all(seats)
    session.flush()
    return [one.id for one in seats]


def _said(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None
