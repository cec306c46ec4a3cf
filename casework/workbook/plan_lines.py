"""What drawing up plans gathered, as rows that a database takes at once.

Decides what of them many people share and is said once. Nothing here needs the database, so that
the rows of one part are put together while those of the part before are written by
:mod:`casework.workbook.plan_writing`. What gets its id when it is written has a negative number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.types import TypeEngine

from casework.planning import PlannedTask
from casework.records import PlanItem, ServicePlan, Task
from casework.records.aside import Packed, pack, temporary
from casework.records.base import Base
from casework.records.bulk import Encoder
from casework.rules import Obligation
from casework.workbook.plan_drawing import Change, Drawing, NewItem
from casework.workbook.plan_rows import ITEM_COLUMNS, item_values

__all__ = [
    "CANCELLED",
    "CHANGES",
    "ITEMS",
    "ITEMS_SAID",
    "ONES_ITEM",
    "ONES_TASK",
    "PLANS",
    "PLAN_COLUMNS",
    "RECORDS",
    "SAID_BY_ITEM",
    "SAID_BY_TASK",
    "TASKS",
    "TASKS_SAID",
    "Lines",
    "Sayings",
    "lines_of",
]


def _types(table: type[Base], names: Sequence[str]) -> dict[str, TypeEngine[Any]]:
    return {name: table.__table__.columns[name].type for name in names}


PLAN_COLUMNS = (
    "id", "person_id", "plan_version", "state", "origin", "rule_set_id", "effective_from",
)  # fmt: skip
PLANS = temporary("aside_plan", _types(ServicePlan, PLAN_COLUMNS))

ONES_ITEM = ("id", "plan_id")
SAID_BY_ITEM = ITEM_COLUMNS[len(ONES_ITEM) :]
RECORDS = frozenset({"channels", "timing", "responsible", "reasons"})
ITEMS = temporary("aside_item", {**_types(PlanItem, ONES_ITEM), "said": Integer()})
ITEMS_SAID = temporary(
    "aside_item_said", {"said": Integer(), **_types(PlanItem, SAID_BY_ITEM)}, key=("said",)
)

ONES_TASK = ("person_id", "plan_item_id", "owner_id", "in_force_from")
SAID_BY_TASK = (
    "item_key", "period", "service", "title", "actor", "channels", "priority",
    "opens_on", "due_on", "planned_on", "excused_on", "reason",
)  # fmt: skip
TASKS = temporary("aside_task", {**_types(Task, ONES_TASK), "said": Integer()})
TASKS_SAID = temporary(
    "aside_task_said",
    {"said": Integer(), "place": Integer(), **_types(Task, SAID_BY_TASK)},
    key=("said", "place"),
    kept=True,
)
_SAYINGS_AT_MOST = 60_000
CHANGES = temporary("aside_change", _types(Task, (*Change._fields[:-1], "id")))
CANCELLED = temporary("aside_cancelled", _types(Task, ("cancelled_on", "reason", "id")))


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows to write for some people, and how much it is.

    Attributes
    ----------
    revised, dropped : list of int
        Versions that end, and items that fall out of a version that nobody has seen yet.
    copied : list of (NewItem, int)
        Items whose columns come from those of the version before, with their negative numbers.
    sayings : Sayings
        What the tasks say; these here need the first ``n_sayings`` sets of it.
    restored : int
        How many of the changes ask for a task again.
    """

    n_plans: int
    n_items: int
    revised: list[int]
    dropped: list[int]
    plans: Packed
    items_said: Packed
    items: Packed
    copied: list[tuple[NewItem, int]]
    sayings: Sayings
    n_sayings: int
    tasks: Packed
    changes: Packed
    cancelled: Packed
    restored: int


class Sayings:
    """Tasks that many people share, said once to a connection that writes several parts.

    Attributes
    ----------
    sets : list of Packed
        Rows of `TASKS_SAID`, in the order in which they came up.
    """

    def __init__(self) -> None:
        self.sets: list[Packed] = []
        self._lock = Lock()  # a part that was overtaken is drawn once more while another is drawn
        # Kept with what it is found by, so that nothing else can take over its identity.
        self._known: dict[tuple[int, int], tuple[int, Obligation, tuple[PlannedTask, ...]]] = {}
        self._new: _Rows = []
        self._n = 0

    @property
    def is_full(self) -> bool:
        """Whether another should be begun: what only few people share is said again for others."""
        return self._n >= _SAYINGS_AT_MOST

    def number(self, drawing: Drawing, duty: Obligation, tasks: tuple[PlannedTask, ...]) -> int:
        """Give the number of what tasks say; a new one where nobody has had the very same."""
        name = (id(duty), id(tasks))
        found = self._known.get(name)
        if found is None:
            with self._lock:
                found = self._known.get(name)
                if found is None:
                    found = self._known[name] = (len(self._known), duty, tasks)
                    self._new += [
                        (found[0], place, *_cells(drawing, duty, task))
                        for place, task in enumerate(tasks)
                    ]
                    self._n += len(tasks)
        return found[0]

    def packed(self, encoder: Encoder) -> int:
        """Make ready what was said so far; give the number of sets that hold it."""
        with self._lock:
            if self._new:
                self.sets.append(pack(encoder, self._new))
                self._new = []
            return len(self.sets)


def lines_of(drawing: Drawing, sayings: Sayings) -> Lines:
    """Put together the rows of a drawing."""
    encoder = drawing.encoder
    day, again = encoder.day, encoder.again
    items_said, items, copied = _items(drawing)
    tasks = _tasks(drawing, sayings)
    plans = [
        (
            plan.id,
            plan.person_id,
            plan.version,
            plan.state,
            plan.origin,
            plan.rule_set_id,
            day(plan.effective_from),
        )
        for plan in drawing.plans
    ]
    today = day(drawing.today)
    return Lines(
        n_plans=len(plans),
        n_items=len(drawing.items),
        revised=drawing.revised,
        dropped=drawing.dropped,
        plans=pack(encoder, plans),
        items_said=pack(encoder, items_said),
        items=pack(encoder, items),
        copied=copied,
        sayings=sayings,
        n_sayings=sayings.packed(encoder),
        tasks=pack(encoder, tasks),
        changes=pack(
            encoder, [(*one[:3], again(one.channels), *one[4:]) for one in drawing.changes]
        ),
        cancelled=pack(encoder, [(today, why, number) for number, why in drawing.cancelled]),
        restored=drawing.restored,
    )


_Rows = list[tuple[Any, ...]]


def _items(drawing: Drawing) -> tuple[_Rows, _Rows, list[tuple[NewItem, int]]]:
    """Give one row an item, and once what an obligation says to everybody who owes it alike."""
    said: dict[tuple[int, date, str], int] = {}
    lines: _Rows = []
    rows: _Rows = []
    copied = []
    for number, item in enumerate(drawing.items, 1):
        if item.copied is not None or item.duty is None:
            copied.append((item, -number))
            continue
        name = (id(item.duty), item.since, item.state)
        line = said.get(name)
        if line is None:
            line = said[name] = len(said)
            lines.append((line, *_said(drawing.encoder, item, item.duty)))
        rows.append((-number, item.plan.id, line))
    return lines, rows, copied


def _said(encoder: Encoder, item: NewItem, duty: Obligation) -> tuple[Any, ...]:
    values = {
        **item_values(duty, item.rule_code, item.since),
        "item_key": item.key,
        "origin": item.origin,
        "state": item.state,
    }
    return tuple(
        encoder.record(values[name]) if name in RECORDS else values[name] for name in SAID_BY_ITEM
    )


def _tasks(drawing: Drawing, sayings: Sayings) -> _Rows:
    """Give one row a person and obligation."""
    day, number = drawing.encoder.day, sayings.number
    return [
        (
            standing.person_id,
            None if owed.home is None else owed.home.item_id(owed.duty.key),
            standing.owner(owed.duty.actor),
            day(owed.in_force_from),
            number(drawing, owed.duty, tasks),
        )
        for standing, owed, tasks in drawing.new_tasks
    ]


def _cells(drawing: Drawing, duty: Obligation, task: PlannedTask) -> tuple[Any, ...]:
    told = drawing.told(task)
    return (
        task.key,
        task.period,
        duty.service,
        duty.title.zh,
        duty.actor,
        drawing.encoder.listed(task.channels),
        duty.priority,
        told.opens_on,
        told.due_on,
        told.planned_on,
        told.excused_on,
        told.reason,
    )
