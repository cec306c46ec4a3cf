"""Publishing a roster: tasks get their owner and day, and taking that back as it was.

Decides what of a roster goes into the tasks, who is let see whom for its days, and what an undo may
still touch; leaves who may publish to :mod:`casework.workbook.rosters`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casework.errors import NotFound, NotPermitted
from casework.records import CareTeamMember, Roster, RosterVisit, Task
from casework.records.base import now
from casework.records.rosters import VISITOR
from casework.terms import _

__all__ = ["give_back", "give_out", "held", "is_mine"]


def is_mine(session: Session, roster_id: int) -> bool:
    """Tell whether whoever acts decides about a roster: in a file everybody who plans does."""
    if "role" not in session.info:
        return True
    return bool(session.scalar(select(func.access.writes_roster(roster_id))))


def held(session: Session, roster_id: int) -> Roster:
    """Give a roster that is to be changed, and hold it until the transaction ends.

    Raises
    ------
    NotFound
        If there is none of this number.
    NotPermitted
        If it is another unit's.
    """
    if session.get(Roster, roster_id) is None:
        raise NotFound(_("There is no roster with the number {id}.", id=roster_id))
    if not is_mine(session, roster_id):
        raise NotPermitted(
            _("This roster is another unit's. Its supervisors decide about it: ask one of them.")
        )
    return session.get_one(Roster, roster_id, with_for_update=True, populate_existing=True)


def give_out(
    session: Session, made: Roster, planned: Collection[int], *, today: date, by: str
) -> int:
    """Give the tasks of a roster their owner and day; tell how many.

    Parameters
    ----------
    planned : collection of int
        The tasks that are still to be made.
    """
    rows = _rows(session, made.id)
    wanted = [row for row in rows if row.on_day is not None and row.task_id in planned]
    ids = [row.task_id for row in wanted]
    tasks = {one.id: one for one in session.scalars(select(Task).where(Task.id.in_(ids)))}
    given: dict[str, Any] = {}
    for row in wanted:
        task = tasks[row.task_id]
        given[str(task.id)] = [_said(task.planned_on), task.owner_id, _said(task.given_on)]
        task.planned_on, task.owner_id, task.given_on = row.on_day, row.staff_id, today
    replaced = _give_way(session, made, ids, by)
    seats = _seats(session, made, wanted, today, by)
    made.given_before = {"tasks": given, "replaced": replaced, "seats": seats}
    made.published_at, made.published_by = now(), by
    return len(given)


def give_back(session: Session, made: Roster, *, by: str) -> int:
    """Take a published roster back; tasks that somebody touched since stay as they are."""
    told = made.given_before or {}
    back = 0
    for row in _rows(session, made.id):
        before = told.get("tasks", {}).get(str(row.task_id))
        task = session.get_one(Task, row.task_id)
        is_as_given = task.planned_on == row.on_day and task.owner_id == row.staff_id
        if before is None or not is_as_given or task.done_on is not None:
            continue
        task.planned_on, task.owner_id, task.given_on = _day(before[0]), before[1], _day(before[2])
        back += 1
    for seat in told.get("seats", ()):
        session.get_one(CareTeamMember, seat).superseded_at = now()
    for other in told.get("replaced", ()):
        earlier = session.get_one(Roster, other)
        earlier.withdrawn_at = earlier.withdrawn_by = None
    made.withdrawn_at, made.withdrawn_by = now(), by
    return back


def _rows(session: Session, roster_id: int) -> Sequence[RosterVisit]:
    return session.scalars(select(RosterVisit).where(RosterVisit.roster_id == roster_id)).all()


def _said(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def _give_way(session: Session, made: Roster, task_ids: Sequence[int], by: str) -> list[int]:
    """Let published rosters of the same days and tasks give way, and name them."""
    same = select(RosterVisit.roster_id).where(RosterVisit.task_id.in_(task_ids))
    others = session.scalars(
        select(Roster)
        .where(
            Roster.id != made.id,
            Roster.published_at.is_not(None),
            Roster.withdrawn_at.is_(None),
            Roster.begins_on <= made.ends_on,
            Roster.ends_on >= made.begins_on,
            Roster.id.in_(same),
        )
        .order_by(Roster.id)
    ).all()
    for one in others:
        if not is_mine(session, one.id):
            raise NotPermitted(
                _(
                    "Some of these visits are in roster no. {n}, which {who} of another unit has "
                    "published. Ask for it to be taken back, or plan without these visits.",
                    n=one.id,
                    who=one.published_by,
                )
            )
        one.withdrawn_at, one.withdrawn_by = now(), by
    return [one.id for one in others]


def _seats(
    session: Session, made: Roster, rows: Sequence[RosterVisit], today: date, by: str
) -> list[int]:
    """Give a seat for these days to whoever visits a person without having one."""
    wanted = {
        (row.person_id, who)
        for row in rows
        for who in (row.staff_id, row.second_staff_id)
        if who is not None
    }
    seat = CareTeamMember
    held = {
        (person, who)
        for person, who in session.execute(
            select(seat.person_id, seat.staff_id).where(
                seat.person_id.in_({person for person, _who in wanted}),
                seat.superseded_at.is_(None),
                or_(seat.valid_from.is_(None), seat.valid_from <= made.begins_on),
                or_(seat.valid_to.is_(None), seat.valid_to >= made.ends_on),
            )
        )
    }
    seats = [
        CareTeamMember(
            person_id=person,
            role=VISITOR,
            staff_id=who,
            valid_from=min(made.begins_on, today),
            valid_to=made.ends_on,
            recorded_at=now(),
            recorded_by=by,
        )
        for person, who in sorted(wanted - held)
    ]
    session.add_all(seats)
    session.flush()
    return [one.id for one in seats]
