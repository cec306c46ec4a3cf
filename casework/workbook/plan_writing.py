"""Writing what drawing up plans gathered: versions, items, tasks, changes, set by set.

Decides what of it many people share and is said once; the database puts it together. Leaves what is
to be written to :mod:`casework.workbook.plan_drawing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Integer, Table, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from casework.planning import PlannedTask
from casework.records import PlanItem, ServicePlan, Task
from casework.records.aside import set_aside, temporary, write_back
from casework.records.base import Base
from casework.records.bulk import copy_rows, reserve_ids
from casework.rules import Obligation
from casework.workbook.plan_drawing import AUTOMATIC, Change, Drawing, NewItem
from casework.workbook.plan_rows import ITEM_COLUMNS, HeldPlan, item_values

__all__ = ["Author", "Written", "write_drawing"]

_CARRIED = ("reasons", "deviation_reason", "need_id", "amount", "unit")
_RECORDS = frozenset({"channels", "timing", "responsible", "reasons"})
_SET = 5_000


class Author(NamedTuple):
    """Who draws up plans, when, and for which day."""

    name: str
    moment: datetime
    today: date


class Written(NamedTuple):
    """How many tasks were written; a task that was owed in a window now past is there already."""

    made: int


def _types(table: type[Base], names: Sequence[str]) -> dict[str, TypeEngine[Any]]:
    return {name: table.__table__.columns[name].type for name in names}


_PLAN_COLUMNS = (
    "id", "person_id", "plan_version", "state", "origin", "rule_set_id", "effective_from",
)  # fmt: skip
_PLANS = temporary("aside_plan", _types(ServicePlan, _PLAN_COLUMNS))

_ONES_ITEM = ("id", "plan_id", "item_key", "origin", "state")
_SAID_BY_ITEM = ITEM_COLUMNS[len(_ONES_ITEM) :]
_ITEMS = temporary("aside_item", {**_types(PlanItem, _ONES_ITEM), "said": Integer()})
_ITEMS_SAID = temporary(
    "aside_item_said", {"said": Integer(), **_types(PlanItem, _SAID_BY_ITEM)}, key=("said",)
)

_ONES_TASK = ("person_id", "plan_item_id", "owner_id", "in_force_from")
_SAID_BY_TASK = (
    "item_key", "period", "service", "title", "actor", "channels", "priority",
    "opens_on", "due_on", "planned_on", "excused_on", "reason",
)  # fmt: skip
_TASKS = temporary("aside_task", {**_types(Task, _ONES_TASK), "said": Integer()})
_TASKS_SAID = temporary(
    "aside_task_said",
    {"said": Integer(), "place": Integer(), **_types(Task, _SAID_BY_TASK)},
    key=("said", "place"),
)
_CHANGES = temporary("aside_change", _types(Task, (*Change._fields[:-1], "id")))
_CANCELLED = temporary("aside_cancelled", _types(Task, ("cancelled_on", "reason", "id")))


def write_drawing(session: Session, drawing: Drawing, author: Author) -> Written:
    """Write everything that a drawing gathered; the session is in a transaction that writes."""
    return _Writer(session, drawing, author).write()


class _Writer:
    def __init__(self, session: Session, drawing: Drawing, author: Author) -> None:
        self.session = session
        self.drawing = drawing
        self.author = author
        self.encoder = drawing.encoder
        self.items: dict[tuple[int, str], int] = {}

    def write(self) -> Written:
        self._end_versions()
        self._write_plans()
        self._write_items()
        made = self._write_tasks()
        self._write_changes()
        return Written(made)

    def _end_versions(self) -> None:
        yesterday = self.author.today - timedelta(days=1)
        for ids in _sets(self.drawing.revised):
            self.session.execute(
                update(ServicePlan)
                .where(ServicePlan.id.in_(ids))
                .values(
                    state="revised",
                    effective_to=yesterday,
                    row_version=ServicePlan.row_version + 1,
                )
            )
        for ids in _sets(self.drawing.dropped):
            self.session.execute(
                update(PlanItem)
                .where(PlanItem.id.in_(ids))
                .values(state="declined", deviation_reason=AUTOMATIC + "not_asked")
            )

    def _write_plans(self) -> None:
        plans, day = self.drawing.plans, self.encoder.day
        if not plans:
            return
        numbers = reserve_ids(self.session, ServicePlan, len(plans))
        for plan, number in zip(plans, numbers, strict=True):
            plan.id = number
        rows = [
            (
                plan.id,
                plan.person_id,
                plan.version,
                plan.state,
                plan.origin,
                plan.rule_set_id,
                day(plan.effective_from),
            )
            for plan in plans
        ]
        set_aside(self.session, _PLANS, rows)
        made = ServicePlan.__table__.columns
        self._put(
            ServicePlan,
            (*_PLAN_COLUMNS, "drafted_at", "drafted_by", "row_version"),
            select(
                *_PLANS.columns,
                literal(self.author.moment, made["drafted_at"].type),
                literal(self.author.name, made["drafted_by"].type),
                literal(1, made["row_version"].type),
            ),
        )

    # --- items ----------------------------------------------------------------------------------

    def _write_items(self) -> None:
        items = self.drawing.items
        if not items:
            return
        numbers = reserve_ids(self.session, PlanItem, len(items))
        said: dict[tuple[int, date], tuple[Any, ...]] = {}
        rows, again = [], []
        for item, number in zip(items, numbers, strict=True):
            plan_id = item.plan.id
            self.items[plan_id, item.key] = number
            if item.copied is not None:
                again.append((item, number))
                continue
            name = (id(item.duty), item.since)
            line = said.get(name)
            if line is None:
                line = said[name] = (len(said), *self._said(item))
            rows.append((number, plan_id, item.key, item.origin, item.state, line[0]))
        set_aside(self.session, _ITEMS_SAID, said.values())
        set_aside(self.session, _ITEMS, rows)
        ones, lines = _ITEMS.c, _ITEMS_SAID.c
        self._put(
            PlanItem,
            ITEM_COLUMNS,
            select(
                *(ones[name] for name in _ONES_ITEM), *(lines[name] for name in _SAID_BY_ITEM)
            ).where(lines.said == ones.said),
        )
        self._copy_items(again)

    def _said(self, item: NewItem) -> tuple[Any, ...]:
        """Encode what an obligation says, once for everybody who owes it from the same day."""
        if item.duty is None:
            raise TypeError("an item that copies nothing needs an obligation")
        values = item_values(item.duty, item.rule_code, item.since)
        return tuple(
            self.encoder.record(values[name]) if name in _RECORDS else values[name]
            for name in _SAID_BY_ITEM
        )

    def _copy_items(self, again: list[tuple[NewItem, int]]) -> None:
        """Take the columns of items whose decisions go over to the next version."""
        names = (*_SAID_BY_ITEM, *_CARRIED)
        wanted = {item.copied: (item, number) for item, number in again if item.copied is not None}
        rows = []
        for some in _sets(list(wanted)):
            found = self.session.execute(
                select(PlanItem.id, *(getattr(PlanItem, name) for name in names)).where(
                    PlanItem.id.in_(some)
                )
            )
            for old, *cells in found:
                item, number = wanted[old]
                encoded = (
                    self.encoder.record(cell) if name in _RECORDS else cell
                    for name, cell in zip(names, cells, strict=True)
                )
                rows.append((number, item.plan.id, item.key, item.origin, item.state, *encoded))
        copy_rows(self.session, PlanItem, (*ITEM_COLUMNS, *_CARRIED), rows)

    # --- tasks ----------------------------------------------------------------------------------

    def _write_tasks(self) -> int:
        """Write one row a person and obligation, and once the tasks that are the same for many.

        What is there stays: a birth date corrected from January to May asks for this year's
        birthday once more, which has its task, in January.
        """
        if not self.drawing.new_tasks:
            return 0
        day, item_of = self.encoder.day, self._item_id
        # Kept with what it is found by, so that nothing else can take over its identity.
        said: dict[tuple[int, int], tuple[int, Obligation, tuple[PlannedTask, ...]]] = {}
        rows = []
        for standing, owed, tasks in self.drawing.new_tasks:
            duty = owed.duty
            name = (id(duty), id(tasks))
            found = said.get(name)
            if found is None:
                found = said[name] = (len(said), duty, tasks)
            rows.append(
                (
                    standing.person_id,
                    item_of(owed.home, duty.key),
                    standing.owner(duty.actor),
                    day(owed.in_force_from),
                    found[0],
                )
            )
        lines = [
            (number, place, *self._cells(duty, task))
            for number, duty, tasks in said.values()
            for place, task in enumerate(tasks)
        ]
        set_aside(self.session, _TASKS_SAID, lines)
        set_aside(self.session, _TASKS, rows)
        ones, shared = _TASKS.c, _TASKS_SAID.c
        return self._put(
            Task,
            (*_ONES_TASK, *_SAID_BY_TASK, "made_at"),
            select(
                *(ones[name] for name in _ONES_TASK),
                *(shared[name] for name in _SAID_BY_TASK),
                literal(self.author.moment, Task.__table__.columns["made_at"].type),
            ).where(shared.said == ones.said),
            unless=("person_id", "item_key", "period"),
        )

    def _item_id(self, home: HeldPlan | None, key: str) -> int | None:
        if home is None:
            return None
        item = home.items.get(key)
        return item.id if item is not None else self.items.get((home.id, key))

    def _cells(self, duty: Obligation, task: PlannedTask) -> tuple[Any, ...]:
        told = self.drawing.told(task)
        return (
            task.key,
            task.period,
            duty.service,
            duty.title.zh,
            duty.actor,
            self.encoder.listed(task.channels),
            duty.priority,
            told.opens_on,
            told.due_on,
            told.planned_on,
            told.excused_on,
            told.reason,
        )

    def _write_changes(self) -> None:
        drawing, again = self.drawing, self.encoder.again
        task = _table(Task)
        if drawing.changes:
            changed = [(*one[:3], again(one.channels), *one[4:]) for one in drawing.changes]
            set_aside(self.session, _CHANGES, changed)
            write_back(self.session, _CHANGES, task, "id")
        if drawing.cancelled:
            today = self.encoder.day(self.author.today)
            set_aside(
                self.session,
                _CANCELLED,
                [(today, why, number) for number, why in drawing.cancelled],
            )
            write_back(self.session, _CANCELLED, task, "id")

    def _put(
        self, table: type[Base], columns: Sequence[str], rows: Any, *, unless: Sequence[str] = ()
    ) -> int:
        """Insert what a query gives; unless rows with the same natural key are there already."""
        connection = self.session.connection()
        if not unless:
            statement: Any = insert(_table(table))
        else:
            write: Callable[..., Any] = (
                sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            )
            statement = write(_table(table)).on_conflict_do_nothing(index_elements=unless)
        names = list(columns)
        written = connection.execute(
            statement.from_select(names, rows, include_defaults=False),
            execution_options={"preserve_rowcount": True},
        )
        return written.rowcount


def _table(table: type[Base]) -> Table:
    return Base.metadata.tables[table.__tablename__]


def _sets(ids: list[int]) -> Iterator[list[int]]:
    """Cut a long list of ids into statements that every database takes."""
    for start in range(0, len(ids), _SET):
        yield ids[start : start + _SET]
