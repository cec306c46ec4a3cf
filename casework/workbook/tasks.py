"""Tasks: what is to do, for whom, until when; put off, excused, cancelled, handed over.

Decides what stands on a caseworker's list and in which order, and that a task is only taken off
it with a reason. What a task's status is stands in :mod:`casework.records.tasks`; which contact
answers it in :mod:`casework.workbook.contact_tasks`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning.pressing import Pressing, Steps
from casework.records import (
    Fact,
    Organisation,
    Person,
    PlanItem,
    Staff,
    Task,
    holds_on,
    severity_served,
    task_status,
    urgency_rank,
)
from casework.records.tasks import TASK_STATES
from casework.reference import facts, services
from casework.terms import _, language
from casework.workbook.contact_tasks import CAUGHT_UP
from casework.workbook.need_asking import asked_title, is_asking, put_off, wait
from casework.workbook.need_lists import alert_words
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_turns import turn_text, went_with_its_rule

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SPANS", "TaskRow", "Tasks", "reason_text", "status_text"]

_NOT_THEIRS = ("registrar", "planner")  # who see tasks for what follows from their own work
SPANS = ("today", "week", "overdue", "open", "all", "withdrawn")
"""What can be asked for: planned up to today, up to Sunday, missed, everything open, everything."""

_OPEN = ("ready", "failed")
_COLUMNS = (
    "task_id", "person_id", "name", "unit", "community", "title", "service", "status",
    "status_label", "opens_on", "due_on", "planned_on", "done_on", "actor", "channels", "priority",
    "owner", "why", "reason", "item_key", "period", "urgency", "urgency_why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task on a day, in words of the language in force.

    Attributes
    ----------
    status : str
        One of `TASK_STATES`.
    priority : int
        What its rule sets, 1 first to 5 last.
    pressing : Pressing
        How pressing it is on the day, and why.
    days_left : int
        Until the window closes; negative once it has.
    why : str or None
        The clause it rests on.
    reason : str or None
        Why it was cancelled or excused, or asks for another channel than usual.
    """

    task_id: int
    person_id: int
    name: str
    unit: str | None
    community: str | None
    title: str
    service: str
    status: str
    opens_on: date
    due_on: date
    planned_on: date | None
    done_on: date | None
    actor: str
    channels: tuple[str, ...]
    priority: int
    pressing: Pressing
    owner_id: int | None
    owner: str | None
    why: str | None
    reason: str | None
    item_key: str
    period: str
    days_left: int


class Tasks:
    """What is done with tasks.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def list(
        self,
        span: str = "open",
        *,
        as_of: date | None = None,
        person_id: int | None = None,
        owner_id: int | None = None,
        community: str | None = None,
        statuses: Sequence[str] | None = None,
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[TaskRow]:
        """List tasks, what to do next on top: missed ones, then the most pressing.

        Parameters
        ----------
        span : {"today", "week", "overdue", "open", "all", "withdrawn"}
            ``today`` is what is planned up to this day, missed ones included; ``week`` up to
            Sunday; ``withdrawn`` what had begun and went with its rule in the last weeks.
        community : str or None
            Only people of this community, for a round of visits.
        statuses : sequence of str or None
            Further limits to these of `TASK_STATES`.
        """
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            query = self._query(day, span, statuses)
            query = _narrowed(query, person_id, owner_id, community)
            found = session.execute(query.limit(limit).offset(offset)).all()
        steps = self._steps(day)
        return [_row(one, day, steps) for one in found]

    def count(
        self,
        *,
        as_of: date | None = None,
        person_id: int | None = None,
        owner_id: int | None = None,
    ) -> dict[str, int]:
        """Count tasks by status on a day."""
        day = as_of or self._workbook.today
        status = task_status(day)
        query = select(status, func.count()).group_by(status)
        if person_id is not None:
            query = query.where(Task.person_id == person_id)
        if owner_id is not None:
            query = query.where(Task.owner_id == owner_id)
        with self._workbook.reading() as session:
            found = {name: n for name, n in session.execute(query)}
        return {name: found.get(name, 0) for name in TASK_STATES}

    def write_csv(self, path: Path, *, as_of: date | None = None) -> int:
        """Write every task with its status on the day as CSV, and give the number of rows.

        Text that a spreadsheet would take for a formula is written so that it stays text.
        """
        day = as_of or self._workbook.today
        query = self._query(day, "all", None).order_by(None).order_by(Task.due_on, Task.id)
        n, steps = 0, self._steps(day)
        with (
            self._workbook.reading() as session,
            path.open("w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.writer(stream)
            writer.writerow(_COLUMNS)
            for one in session.execute(query.execution_options(yield_per=5_000)):
                writer.writerow(_cells(_row(one, day, steps)))
                n += 1
        return n

    def cancel(self, task_ids: Iterable[int], *, reason: str) -> int:
        """Take tasks off the list for good, with the reason; done ones are left alone."""
        return self._settle(task_ids, "cancelled_on", "cancel_task", reason)

    def excuse(self, task_ids: Iterable[int], *, reason: str) -> int:
        """Say why tasks cannot be done: in hospital, away, declined. They count as excused."""
        return self._settle(task_ids, "excused_on", "excuse_task", reason)

    def reopen(self, task_ids: Iterable[int]) -> int:
        """Take a cancellation or excuse back."""
        changed = 0
        with self._workbook.transaction() as session:
            for task in self._open_or_settled(session, task_ids):
                if task.cancelled_on is None and task.excused_on is None:
                    continue
                before = {"reason": task.reason}
                waits = wait(session, task, task.reason)
                if is_asking(task.item_key) and waits is None:
                    continue  # the need was answered or put off otherwise since
                task.cancelled_on = task.excused_on = task.reason = None
                self._workbook.log(session, "reopen_task", "task", task.id, before=before)
                changed += 1
        return changed

    def plan_on(self, task_ids: Iterable[int], day: date) -> int:
        """Choose the day on which tasks are meant to be done, within their windows.

        Raises
        ------
        InvalidEntry
            When the day lies outside of a window.
        """
        changed = 0
        with self._workbook.transaction() as session:
            for task in self._open_or_settled(session, task_ids):
                if not task.opens_on <= day <= task.due_on:
                    raise InvalidEntry(
                        _(
                            "Task no. {id} is in time from {opens} to {due}. Choose a day in "
                            "between.",
                            id=task.id,
                            opens=task.opens_on,
                            due=task.due_on,
                        ),
                        "planned_on",
                        day,
                    )
                before = {"planned_on": str(task.planned_on)}
                task.planned_on = day
                after = {"planned_on": str(day)}
                self._workbook.log(
                    session, "plan_task", "task", task.id, before=before, after=after
                )
                changed += 1
        return changed

    def owners(self, task_ids: Iterable[int]) -> Mapping[int | None, Sequence[int]]:
        """Give the tasks by the member of staff who owns them, None for nobody."""
        wanted = select(Task.owner_id, Task.id).where(Task.id.in_(list(task_ids)))
        owners: defaultdict[int | None, Any] = defaultdict(tuple)
        with self._workbook.reading() as session:
            for owner_id, task_id in session.execute(wanted.order_by(Task.id)):
                owners[owner_id] += (task_id,)
        return owners

    def hand_over(self, task_ids: Iterable[int], staff_id: int | None) -> int:
        """Give tasks to another member of staff; None leaves them to whoever has the seat.

        Raises
        ------
        NotFound
            When there is no such member of staff.
        """
        changed = 0
        with self._workbook.transaction() as session:
            if staff_id is not None and session.get(Staff, staff_id) is None:
                raise NotFound(_("There is no member of staff with the number {id}.", id=staff_id))
            for task in self._open_or_settled(session, task_ids):
                before = {"owner": task.owner_id}
                task.owner_id, task.given_on = staff_id, self._workbook.today
                after = {"owner": staff_id}
                self._workbook.log(
                    session, "hand_over", "task", task.id, before=before, after=after
                )
                changed += 1
        return changed

    def _settle(self, task_ids: Iterable[int], column: str, action: str, reason: str) -> int:
        told = reason.strip()
        if not told or told.startswith((AUTOMATIC, CAUGHT_UP)):
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        changed = 0
        with self._workbook.transaction() as session:
            for task in self._open_or_settled(session, task_ids):
                setattr(task, column, self._workbook.today)
                task.reason = told[:2000]
                need = put_off(session, task, task.reason)
                after = {"reason": told} | ({"put_off": need.id} if need is not None else {})
                self._workbook.log(session, action, "task", task.id, after=after)
                changed += 1
        return changed

    def _open_or_settled(self, session: Session, task_ids: Iterable[int]) -> Sequence[Task]:
        """Give tasks that nothing has answered yet.

        Raises
        ------
        NotFound
            When one of them does not exist.
        NotPermitted
            When one is done: withdraw its contact instead.
        """
        wanted = sorted(set(task_ids))
        if self._workbook.actor.role in _NOT_THEIRS:
            raise NotPermitted(
                _(
                    "What becomes of a task is for whoever looks after the person, or for their "
                    "supervisor. Ask one of them."
                )
            )
        found = session.scalars(
            select(Task).where(Task.id.in_(wanted)).order_by(Task.id).with_for_update()
        ).all()
        if len(found) < len(wanted):
            lost = min(set(wanted) - {task.id for task in found})
            raise NotFound(_("There is no task with the number {id}.", id=lost))
        for task in found:
            if task.done_on is not None:
                raise NotPermitted(
                    _(
                        "Task no. {id} is done. If that is wrong, withdraw the contact that "
                        "answered it.",
                        id=task.id,
                    )
                )
        return found

    def _steps(self, day: date) -> Steps:
        return Steps.of(self._workbook.agency.setting, day)

    def _query(self, day: date, span: str, statuses: Sequence[str] | None) -> Select[Any]:
        if span not in SPANS:
            raise ValueError(f"span must be one of {SPANS}, not {span!r}")
        status = task_status(day)
        community = (
            select(func.max(Fact.value))
            .where(Fact.person_id == Task.person_id, Fact.code == "community", holds_on(day))
            .correlate(Task)
            .scalar_subquery()
        )
        query = (
            select(
                Task,
                status.label("status"),
                Person.name,
                Organisation.name.label("unit"),
                community.label("community"),
                PlanItem.title_en,
                PlanItem.clause,
                Staff.name.label("owner"),
                severity_served(day).label("severity"),
            )
            .join(Person, Person.id == Task.person_id)
            .outerjoin(Organisation, Organisation.id == Person.unit_id)
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .outerjoin(Staff, Staff.id == Task.owner_id)
            .order_by(
                case((status == "failed", 0), else_=1),
                urgency_rank(day, self._steps(day)),
                func.coalesce(Task.planned_on, Task.due_on),
                Task.due_on,
                Task.id,
            )
        )
        limits = _span(span, status, day)
        if statuses is not None:
            limits.append(status.in_(statuses))
        return query.where(*limits)


def _span(span: str, status: ColumnElement[str], day: date) -> list[ColumnElement[bool]]:
    sunday = day + timedelta(days=6 - day.weekday())
    planned = func.coalesce(Task.planned_on, Task.due_on)
    unsettled = and_(Task.done_on.is_(None), Task.cancelled_on.is_(None))
    limits: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "open": [status.in_(_OPEN)],
        "overdue": [status == "failed"],
        "withdrawn": [went_with_its_rule(day)],
        "today": [or_(status == "failed", and_(status == "ready", planned <= day))],
        "week": [
            unsettled,
            Task.in_force_from.is_not(None),
            or_(
                status == "failed",
                and_(status.in_(("ready", "draft")), planned <= sunday, Task.opens_on <= sunday),
            ),
        ],
    }
    return limits[span]


def _narrowed(
    query: Select[Any], person_id: int | None, owner_id: int | None, community: str | None
) -> Select[Any]:
    if person_id is not None:
        query = query.where(Task.person_id == person_id)
    if owner_id is not None:
        query = query.where(Task.owner_id == owner_id)
    if community is not None:
        lives_there = select(Fact.person_id).where(
            Fact.code == "community", Fact.value == community, Fact.superseded_at.is_(None)
        )
        query = query.where(Task.person_id.in_(lives_there))
    return query


def _row(found: Any, day: date, steps: Steps) -> TaskRow:
    task: Task = found[0]
    asked = alert_words(task.item_key)
    return TaskRow(
        task_id=task.id,
        person_id=task.person_id,
        name=found.name,
        unit=found.unit,
        community=found.community,
        title=asked[0] if asked else _title(task, found.title_en),
        service=task.service,
        status=found.status,
        opens_on=task.opens_on,
        due_on=task.due_on,
        planned_on=task.planned_on,
        done_on=task.done_on,
        actor=task.actor,
        channels=tuple(task.channels or ()),
        priority=task.priority,
        pressing=steps.weigh(task.priority, task.due_on, found.severity, day),
        owner_id=task.owner_id,
        owner=found.owner,
        why=asked[1] if asked else found.clause,
        reason=reason_text(task.reason),
        item_key=task.item_key,
        period=task.period,
        days_left=(task.due_on - day).days,
    )


def _title(task: Task, title_en: str | None) -> str:
    kind, _colon, name = task.item_key.partition(":")
    if kind == "find_out" and name in facts():
        return _("Find out: {fact}", fact=facts()[name].label)
    if is_asking(task.item_key) and task.title:
        return asked_title(task.title)
    if language() == "en" and title_en:
        return title_en
    service = services().get(task.service)
    return task.title or (str(service.label) if service else task.service)


def _cells(row: TaskRow) -> list[Any]:
    """Give a row as cells of a table, none of which a spreadsheet takes for a formula."""
    told = {
        "status_label": status_text(row.status),
        "channels": ";".join(row.channels),
        "urgency": row.pressing.level,
        "urgency_why": row.pressing.sentence,
    }
    cells = [told[name] if name in told else getattr(row, name) for name in _COLUMNS]
    return [
        "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
        for cell in cells
    ]


def status_text(status: str) -> str:
    """Name a status in the language in force."""
    return {
        "draft": _("not yet"),
        "ready": _("to do"),
        "done": _("done"),
        "late_done": _("done late"),
        "failed": _("overdue"),
        "cancelled": _("cancelled"),
        "excused": _("excused"),
    }.get(status, status)


def reason_text(reason: str | None) -> str | None:
    """Say why a task was taken off the list; reasons that people gave stand as they gave them."""
    if reason is not None and reason.startswith(CAUGHT_UP):
        return _("missed; somebody has been in touch since")
    if reason is None or not reason.startswith(AUTOMATIC):
        return reason
    kept = reason.removeprefix(AUTOMATIC)
    return turn_text(kept) or {
        "not_asked": _("no longer asked for by the rules"),
        "heard": _("heard from in the meantime"),
        "known": _("known by now"),
        "away": _("away for the season"),
        "in_hospital": _("in hospital"),
        "died": _("died"),
        "closed": _("the case was closed"),
        "left": _("no longer in care"),
        "campaign": _("no longer asked for by the campaign"),
        "planned": _("the plan asks for it by itself"),
        "answered": _("the need is answered, or a reason is written down"),
        "merged": _("kept once after two records became one"),
    }.get(kept, reason)
