"""A roster as it stands in the workbook, read with the problem it answers today.

Decides which rows are one visit, and how what was decided is put into the terms of a problem whose
tasks and staff may have changed since; leaves changing anything to
:mod:`casework.workbook.rosters`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import NotFound
from casework.records import Person, PlanItem, Roster, RosterVisit, Staff, Task, task_status
from casework.reference.rosters import RosterRules
from casework.routing import week as solver
from casework.routing.week import Choice, Placed, Verdict
from casework.terms import _
from casework.workbook.policy import almanac
from casework.workbook.roster_building import Outlook, Planned, build_week, look_ahead
from casework.workbook.roster_reading import (
    StaffMember,
    VisitTask,
    read_homes,
    read_staff,
    read_tasks,
    read_told,
    task_title,
)
from casework.workbook.travel import travel_in_force

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Entry",
    "RosterLine",
    "Shown",
    "entries_of",
    "lines_of",
    "outlook_of",
    "problem_of",
    "shown_of",
    "staff_of",
    "translated",
    "write_place",
]


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A roster in the list of all.

    Attributes
    ----------
    state : {"draft", "published", "withdrawn"}
    n_placed, n_left_out : int
        Tasks.
    """

    roster_id: int
    begins_on: date
    ends_on: date
    state: str
    n_placed: int
    n_left_out: int
    recorded_at: datetime
    recorded_by: str
    based_on_id: int | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit of a roster, as it was decided; ``status`` is what became of its first task.

    Attributes
    ----------
    day : date or None
        None for a visit that is left out.
    starts : tuple of int
        Minutes of the day, seat by seat; empty for a visit that is left out.
    minutes : tuple of int
        How long, seat by seat.
    staff : tuple of int
        One or two; empty for a visit that is left out.
    visit : int or None
        Position in the problem; None for what is no longer to be planned, such as what is done.
    """

    task_ids: tuple[int, ...]
    person_id: int
    name: str
    title: str
    day: date | None
    starts: tuple[int, ...]
    minutes: tuple[int, ...]
    staff: tuple[int, ...]
    is_locked: bool
    status: str
    visit: int | None

    @property
    def start(self) -> int | None:
        """When it begins, in minutes of the day."""
        return self.starts[0] if self.starts else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A roster with the problem it answers, as the workbook has it now.

    Attributes
    ----------
    roster : casework.routing.week.Roster
        What is still to be made of it.
    verdict : Verdict
        The judge's word today; it names broken rules where something changed since.
    staff : mapping of int to str
        Names of all who work here.
    """

    line: RosterLine
    planned: Planned
    roster: solver.Roster
    verdict: Verdict
    entries: tuple[Entry, ...]
    staff: Mapping[int, str]

    def entry(self, task_id: int) -> Entry:
        """Give the visit that answers a task.

        Raises
        ------
        NotFound
            If the task is not in this roster.
        """
        for one in self.entries:
            if task_id in one.task_ids:
                return one
        raise NotFound(_("Task no. {id} is not in this roster.", id=task_id))


def problem_of(
    session: Session, book: Workbook, rules: RosterRules, first: date, n_days: int
) -> Planned:
    """Read what there is to plan in some days."""
    tasks = _tasks_of(session, book, rules, first, n_days)
    persons = {one.person_id for one in tasks}
    familiar = rules.numbers["familiar_days"]
    homes = read_homes(session, persons, first, familiar_days=familiar)
    return build_week(
        rules, book.agency.place, first, n_days, tasks, homes,
        staff_of(session, rules, first, n_days), almanac().calendar.is_workday,
        travel_in_force(session),
    )  # fmt: skip


def outlook_of(
    session: Session, book: Workbook, rules: RosterRules, first: date, n_days: int
) -> Outlook:
    """Tell what there is to plan in some days, without reading who is familiar to whom."""
    tasks = _tasks_of(session, book, rules, first, n_days)
    homes = read_told(session, {one.person_id for one in tasks}, first)
    return look_ahead(
        rules, book.agency.place, first, n_days, tasks, homes,
        staff_of(session, rules, first, n_days), almanac().calendar.is_workday,
        travel_in_force(session),
    )  # fmt: skip


def staff_of(session: Session, rules: RosterRules, first: date, n_days: int) -> list[StaffMember]:
    """Read who may be sent out in some days."""
    roles = {one for some in (*rules.actors.values(), *rules.company.values()) for one in some}
    return read_staff(session, roles, first, first + timedelta(days=n_days - 1))


def _tasks_of(
    session: Session, book: Workbook, rules: RosterRules, first: date, n_days: int
) -> list[VisitTask]:
    late_days = int(book.agency.setting("late_answer_days", first))
    last = first + timedelta(days=n_days - 1)
    return read_tasks(session, rules, first, last, late_days=late_days)


def shown_of(
    session: Session, today: date, roster_id: int, problem: Callable[[date, int], Planned]
) -> Shown:
    """Read a roster with its problem.

    Parameters
    ----------
    problem : callable
        Gives what there is to plan from a day on, for so many days.

    Raises
    ------
    NotFound
        If there is no such roster.
    """
    lines = lines_of(session, select(Roster).where(Roster.id == roster_id))
    if not lines:
        raise NotFound(_("There is no roster with the number {id}.", id=roster_id))
    line = lines[0]
    n_days = (line.ends_on - line.begins_on).days + 1
    planned = problem(line.begins_on, n_days)
    rows = session.scalars(select(RosterVisit).where(RosterVisit.roster_id == roster_id)).all()
    entries = entries_of(session, rows, planned, today)
    roster = _placed(entries, planned)
    visits = list(planned.week.visits)
    for one in entries:
        if one.visit is not None and one.is_locked and one.day is not None:
            number = (one.day - planned.first).days
            if len(one.staff) == len(visits[one.visit].seats):
                lock = Choice(number, tuple(map(str, one.staff)), one.start)
                visits[one.visit] = replace(visits[one.visit], lock=lock)
    planned = replace(planned, week=replace(planned.week, visits=tuple(visits)))
    names = {one.id: one.name for one in session.execute(select(Staff.id, Staff.name))}
    verdict = solver.check(planned.week, roster)
    return Shown(line, planned, roster, verdict, tuple(entries), names)


def translated(shown: Shown, planned: Planned) -> solver.Roster:
    """Read a roster in the terms of another problem of the same days."""
    of_task = planned.of_task
    entries = [replace(one, visit=of_task.get(one.task_ids[0])) for one in shown.entries]
    return _placed(entries, planned)


def _placed(entries: Sequence[Entry], planned: Planned) -> solver.Roster:
    """Put what was decided into the terms of a problem, as far as that still knows it."""
    position = {one.staff_id: at for at, one in enumerate(planned.staff)}
    placed: dict[int, Placed] = {}
    for one in entries:
        if one.visit is None or one.day is None or not set(one.staff) <= set(position):
            continue
        if len(one.staff) == len(planned.week.visits[one.visit].seats):
            number = (one.day - planned.first).days
            who = tuple(position[staff_id] for staff_id in one.staff)
            placed.setdefault(one.visit, Placed(one.visit, number, one.starts, who))
    return solver.Roster(tuple(placed[at] for at in sorted(placed)))


def entries_of(
    session: Session, rows: Sequence[RosterVisit], planned: Planned | None, today: date
) -> list[Entry]:
    """Put the rows of one visit together, in order of day, time and person."""
    if not rows:
        return []
    told = {
        one.id: one
        for one in session.execute(
            select(Task.id, Task.person_id, Person.name, Task.title, Task.service,
                   PlanItem.title_en, task_status(today).label("status"))
            .join(Person, Person.id == Task.person_id)
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .where(Task.id.in_([row.task_id for row in rows]))
        )
    }  # fmt: skip
    of_task = planned.of_task if planned else {}
    groups: dict[tuple[Any, ...], list[RosterVisit]] = {}
    for row in rows:
        if row.task_id not in told:
            continue  # not for these eyes
        apart = (of_task.get(row.task_id), row.task_id if planned is None else None)
        key = (row.roster_id, row.person_id, row.on_day, row.starts_at, row.staff_id)
        groups.setdefault((*key, *(apart if row.on_day is None else ())), []).append(row)
    found = [_entry(group, told, of_task) for group in groups.values()]
    return sorted(
        found, key=lambda one: (one.day or date.max, one.start or 0, one.person_id, one.task_ids)
    )


def _entry(
    group: Sequence[RosterVisit], told: Mapping[int, Any], of_task: Mapping[int, int]
) -> Entry:
    row = group[0]
    known = told[row.task_id]
    titles = dict.fromkeys(
        task_title(each.title, each.title_en, each.service)
        for each in (told[one.task_id] for one in group)
    )
    staff: list[int] = [] if row.staff_id is None else [row.staff_id]
    starts: list[int] = [] if row.starts_at is None else [row.starts_at]
    if row.second_staff_id is not None and row.second_starts_at is not None:
        staff.append(row.second_staff_id)
        starts.append(row.second_starts_at)
    minutes = (row.minutes,) if row.second_minutes is None else (row.minutes, row.second_minutes)
    return Entry(
        tuple(one.task_id for one in group), known.person_id, known.name, "、".join(titles),
        row.on_day, tuple(starts), minutes, tuple(staff), row.locked is not None, known.status,
        of_task.get(row.task_id),
    )  # fmt: skip


def lines_of(session: Session, query: Any) -> list[RosterLine]:
    """Read rosters with how much they place."""
    made = session.scalars(query).all()
    counted = {
        roster_id: (placed, n - placed)
        for roster_id, n, placed in session.execute(
            select(RosterVisit.roster_id, func.count(), func.count(RosterVisit.on_day))
            .where(RosterVisit.roster_id.in_([one.id for one in made]))
            .group_by(RosterVisit.roster_id)
        )
    }
    return [
        RosterLine(
            one.id, one.begins_on, one.ends_on, _state(one), *counted.get(one.id, (0, 0)),
            one.recorded_at, one.recorded_by, one.based_on_id, one.note,
        )
        for one in made
    ]  # fmt: skip


def _state(one: Roster) -> str:
    if one.withdrawn_at is not None:
        return "withdrawn"
    return "draft" if one.published_at is None else "published"


def write_place(row: RosterVisit, planned: Planned, at: int, where: Placed) -> None:
    """Write where a visit is placed into a row."""
    row.on_day, row.starts_at = planned.day(where.day), where.starts[0]
    row.staff_id = planned.staff[where.workers[0]].staff_id
    row.second_staff_id = row.second_starts_at = None
    if len(where.workers) == 2:
        row.second_staff_id = planned.staff[where.workers[1]].staff_id
        row.second_starts_at = where.starts[1]
