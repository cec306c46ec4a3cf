"""Writing what drawing up plans gathered: versions, items, tasks, changes, set by set.

Decides in which order the database puts together the rows that
:mod:`casework.workbook.plan_lines` made, and how they get their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Table, case, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from casework.records import PlanItem, ServicePlan, Task
from casework.records.aside import set_aside, set_aside_once, write_back
from casework.records.base import Base
from casework.records.bulk import Encoder, copy_rows, reserve_ids
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_lines import (
    CANCELLED,
    CHANGES,
    ITEMS,
    ITEMS_SAID,
    ONES_ITEM,
    ONES_TASK,
    PLAN_COLUMNS,
    PLANS,
    RECORDS,
    SAID_BY_ITEM,
    SAID_BY_TASK,
    TASKS,
    TASKS_SAID,
    Lines,
)
from casework.workbook.plan_rows import ITEM_COLUMNS

__all__ = ["Author", "Written", "write_lines"]

_CARRIED = ("reasons", "deviation_reason", "need_id", "amount", "unit")
_SAID_AGAIN = SAID_BY_ITEM[3:]
"""What of an item is copied: not its key, origin and state, which the new one says itself."""
_SET = 5_000


class Author(NamedTuple):
    """Who draws up plans, when, and for which day."""

    name: str
    moment: datetime
    today: date


class Written(NamedTuple):
    """How many tasks were written; a task that was owed in a window now past is there already."""

    made: int


def write_lines(session: Session, lines: Lines, author: Author) -> Written:
    """Write everything that was gathered; the session is in a transaction that writes."""
    return _Writer(session, lines, author).write()


class _Writer:
    def __init__(self, session: Session, lines: Lines, author: Author) -> None:
        self.session = session
        self.lines = lines
        self.author = author
        self.plan_ids = _Numbers(session, ServicePlan, lines.n_plans)
        self.item_ids = _Numbers(session, PlanItem, lines.n_items)

    def write(self) -> Written:
        self._end_versions()
        self._write_plans()
        self._write_items()
        made = self._write_tasks()
        self._write_changes()
        return Written(made)

    def _end_versions(self) -> None:
        yesterday = self.author.today - timedelta(days=1)
        for ids in _sets(self.lines.revised):
            self.session.execute(
                update(ServicePlan)
                .where(ServicePlan.id.in_(ids))
                .values(
                    state="revised",
                    effective_to=yesterday,
                    row_version=ServicePlan.row_version + 1,
                )
            )
        for ids in _sets(self.lines.dropped):
            self.session.execute(
                update(PlanItem)
                .where(PlanItem.id.in_(ids))
                .values(state="declined", deviation_reason=AUTOMATIC + "not_asked")
            )

    def _write_plans(self) -> None:
        if not self.lines.n_plans:
            return
        set_aside(self.session, PLANS, self.lines.plans)
        made = ServicePlan.__table__.columns
        self._put(
            ServicePlan,
            (*PLAN_COLUMNS, "drafted_at", "drafted_by", "row_version"),
            select(
                self.plan_ids.column(PLANS.c.id),
                *(PLANS.c[name] for name in PLAN_COLUMNS[1:]),
                literal(self.author.moment, made["drafted_at"].type),
                literal(self.author.name, made["drafted_by"].type),
                literal(1, made["row_version"].type),
            ),
        )

    def _write_items(self) -> None:
        if not self.lines.n_items:
            return
        set_aside(self.session, ITEMS_SAID, self.lines.items_said)
        set_aside(self.session, ITEMS, self.lines.items)
        ones, said = ITEMS.c, ITEMS_SAID.c
        self._put(
            PlanItem,
            (*ONES_ITEM, *SAID_BY_ITEM),
            select(
                self.item_ids.column(ones.id),
                self.plan_ids.column(ones.plan_id),
                *(said[name] for name in SAID_BY_ITEM),
            ).where(said.said == ones.said),
        )
        self._copy_items()

    def _copy_items(self) -> None:
        """Take the columns of items whose decisions go over to the next version."""
        names = (*_SAID_AGAIN, *_CARRIED)
        encoder = Encoder(self.session)
        wanted = {item.copied: (item, number) for item, number in self.lines.copied}
        rows = []
        for some in _sets([one for one in wanted if one is not None]):
            found = self.session.execute(
                select(PlanItem.id, *(getattr(PlanItem, name) for name in names)).where(
                    PlanItem.id.in_(some)
                )
            )
            for old, *cells in found:
                item, number = wanted[old]
                encoded = (
                    encoder.record(cell) if name in RECORDS else cell
                    for name, cell in zip(names, cells, strict=True)
                )
                own = (self.item_ids.of(number), self.plan_ids.of(item.plan.id))
                rows.append((*own, item.key, item.origin, item.state, *encoded))
        copy_rows(self.session, PlanItem, (*ITEM_COLUMNS, *_CARRIED), rows)

    def _write_tasks(self) -> int:
        """Write the tasks that are new.

        What is there stays: a birth date corrected from January to May asks for this year's
        birthday once more, which has its task, in January.
        """
        if not self.lines.tasks.n:
            return 0
        set_aside_once(self.session, TASKS_SAID, self.lines.sayings.sets, self.lines.n_sayings)
        set_aside(self.session, TASKS, self.lines.tasks)
        ones, said = TASKS.c, TASKS_SAID.c
        own: dict[str, ColumnElement[Any]] = {name: ones[name] for name in ONES_TASK}
        own["plan_item_id"] = self.item_ids.column(ones.plan_item_id)
        rows = select(
            *own.values(),
            *(said[name] for name in SAID_BY_TASK),
            literal(self.author.moment, Task.__table__.columns["made_at"].type),
        ).where(said.said == ones.said)
        if self.session.get_bind().dialect.name != "sqlite":
            # A person's tasks lie together, as they do on SQLite without being told to: else each
            # of them is on another page.
            rows = rows.order_by(ones.person_id, ones.said, said.place)
        return self._put(
            Task,
            (*ONES_TASK, *SAID_BY_TASK, "made_at"),
            rows,
            unless=("person_id", "item_key", "period"),
        )

    def _write_changes(self) -> None:
        for table, rows in ((CHANGES, self.lines.changes), (CANCELLED, self.lines.cancelled)):
            if rows.n:
                set_aside(self.session, table, rows)
                write_back(self.session, table, _table(Task), "id")

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


class _Numbers:
    """The ids of new rows of a table, in place of the negative numbers from -1 down."""

    def __init__(self, session: Session, table: type[Base], n: int) -> None:
        self._ids = reserve_ids(session, table, n)

    def of(self, number: int) -> int:
        """Give the id of a number; an id stays as it is."""
        return number if number > 0 else self._ids[-number - 1]

    def column(self, column: ColumnElement[int]) -> ColumnElement[int]:
        """Give the ids of a column of numbers and ids, in the database."""
        if not self._ids:
            return column
        if isinstance(self._ids, range):
            given: Any = literal(self._ids.start - 1) - column
        else:
            ids = literal(list(self._ids), postgresql.ARRAY(Integer))
            given = select(ids).scalar_subquery()[-column]
        return case((column < 0, given), else_=column)


def _table(table: type[Base]) -> Table:
    return Base.metadata.tables[table.__tablename__]


def _sets(ids: list[int]) -> Iterator[list[int]]:
    """Cut a long list of ids into statements that every database takes."""
    for start in range(0, len(ids), _SET):
        yield ids[start : start + _SET]
