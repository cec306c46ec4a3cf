"""The people of a day, each with what is to do, one line an item.

Decides that the windows of an item are one line however many have passed, led by the newest: the
older ones are moot once somebody has been there. Tasks in, lines out; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.planning.pressing import Pressing, Steps
from casework.terms import language
from casework.workbook.need_asking import asked_title, is_asking
from casework.workbook.need_lists import alert_words

__all__ = ["DayPerson", "DayTask", "Series", "Windows", "day_task", "people_of"]


@dataclass(frozen=True, slots=True)
class DayTask:
    """A task on the list, with what it rests on.

    Attributes
    ----------
    title, clause : str
        The rule's title, or what was written down for a follow-up; the clause behind it.
    status : str
        One of `casework.records.TASK_STATES`.
    planned_on : date or None
        The day it is meant for; None where none was set.
    pressing : Pressing
        How pressing it is, and why.
    """

    task_id: int
    person_id: int
    name: str
    place: str | None
    title: str
    clause: str | None
    item_key: str
    service: str
    channels: tuple[str, ...]
    pressing: Pressing
    opens_on: date
    due_on: date
    planned_on: date | None
    status: str
    span: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Windows:
    """How the windows of an item stand for a person.

    Attributes
    ----------
    missed : int
        Windows that passed and were neither answered nor settled, whenever that was.
    of : int
        Windows that ended within the year before the day; settled ones count, cancelled ones not.
    current : int or None
        The task whose window is open.
    """

    missed: int
    of: int
    current: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """What is to do about one item for one person.

    Attributes
    ----------
    lead : DayTask
        The newest of the tasks on the list.
    task_ids : tuple of int
        All of them.
    """

    lead: DayTask
    task_ids: tuple[int, ...]
    windows: Windows

    @property
    def to_answer(self) -> int:
        """The task that a contact made now is meant for: the one whose window is open."""
        return self.windows.current or self.lead.task_id


@dataclass(frozen=True, slots=True)
class DayPerson:
    """A person on the list, with what is to do."""

    person_id: int
    name: str
    place: str | None
    series: tuple[Series, ...]


def people_of(
    person_ids: Sequence[int],
    tasks: Sequence[DayTask],
    windows: Mapping[tuple[int, str], Windows],
) -> list[DayPerson]:
    """Put the tasks of people together, item by item.

    Parameters
    ----------
    person_ids : sequence of int
        The order of the people.
    tasks : sequence of DayTask
        In the order of the list; the first task of an item decides where it stands.
    windows : mapping
        By person and item.
    """
    by_item: dict[int, dict[str, list[DayTask]]] = {one: {} for one in person_ids}
    for task in tasks:
        by_item[task.person_id].setdefault(task.item_key, []).append(task)
    return [_person(person_id, items, windows) for person_id, items in by_item.items() if items]


def _person(
    person_id: int,
    items: Mapping[str, Sequence[DayTask]],
    windows: Mapping[tuple[int, str], Windows],
) -> DayPerson:
    series = []
    for item_key, tasks in items.items():
        lead = max(tasks, key=lambda one: (one.due_on, one.task_id))
        ids = tuple(one.task_id for one in tasks)
        series.append(Series(lead, ids, windows[person_id, item_key]))
    first = series[0].lead
    return DayPerson(person_id, first.name, first.place, tuple(series))


def day_task(row: Any, steps: Steps, on: date) -> DayTask:
    """Make a task of the list from a row of `DayQuery.details`, weighed on a day."""
    task = row.Task
    english = row.title_en if language() == "en" else None
    asked = alert_words(task.item_key)
    if is_asking(task.item_key) and task.title:
        english = asked_title(task.title)
    return DayTask(
        task_id=task.id,
        person_id=task.person_id,
        name=row.name,
        place=row.place,
        title=asked[0] if asked else english or task.title or task.service,
        clause=asked[1] if asked else row.clause,
        item_key=task.item_key,
        service=task.service,
        channels=tuple(task.channels or ()),
        pressing=steps.weigh(task.priority, task.due_on, row.severity, on),
        opens_on=task.opens_on,
        due_on=task.due_on,
        planned_on=task.planned_on,
        status=row.status,
        span=row.span,
        owner=row.owner,
    )
