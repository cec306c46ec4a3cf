"""Figures about tasks: overdue by unit, worker and service, and due within days.

What overdue means is `casework.records.task_status` and nothing else. Tasks that are not done are
found by an index; those that were done before the day cannot be overdue on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Subquery, case, func, literal, or_, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, of_unit
from casework.records import Organisation, Person, Staff, Task, task_status
from casework.records.base import Day
from casework.reference.services import services
from casework.terms import Label, _

__all__ = ["open_tasks", "task_figures"]

_TASKS = Counted("tasks")
_OVERDUE = _TASKS.having("status", "is", "failed")
_BY = ("unit_id", "owner_id", "service")


def due_soon(scope: Scope) -> date:
    """Give the last day on which a window may end to count as due soon."""
    return scope.as_of + timedelta(days=int(scope.agency.setting("due_soon_days", scope.as_of)))


def open_tasks(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the tasks that are open on the day: ready or overdue, of people with a record of ours.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``task_id``: ``status``, ``due_on``, ``due_soon`` (1 or 0), ``person_id``,
        ``unit_id``, ``owner_id``, ``service``, ``owner_name``, ``unit_name``, ``name``,
        ``name_pinyin``, ``name_initials``.
    """
    day = literal(scope.as_of, Day())
    status = task_status(scope.as_of)
    columns: dict[str, Any] = {
        "status": status,
        "due_on": Task.due_on,
        "due_soon": case(
            ((status == "ready") & (Task.due_on <= literal(due_soon(scope), Day())), 1), else_=0
        ),
        "person_id": Task.person_id,
        "owner_id": Task.owner_id,
        "service": Task.service,
        "unit_id": Person.unit_id,
        "owner_name": Staff.name,
        "unit_name": Organisation.name,
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    query = (
        select(
            Task.id.label("task_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"task_id"})),
        )
        .join(Person, Person.id == Task.person_id)
        .where(
            or_(Task.done_on.is_(None), Task.done_on > day),
            Task.opens_on <= day,
            status.in_(["ready", "failed"]),
            Person.merged_into_id.is_(None),
            Person.withdrawn_at.is_(None),
            of_unit(scope),
        )
    )
    if "owner_name" in wanted:
        query = query.join(Staff, Staff.id == Task.owner_id, isouter=True)
    if "unit_name" in wanted:
        query = query.join(Organisation, Organisation.id == Person.unit_id, isouter=True)
    return query.subquery("open_tasks")


@dataclass(frozen=True, slots=True)
class _Load:
    """What one pass over the open tasks counted."""

    overdue: dict[str, Counter[Any]]
    n_overdue: int
    n_open: int
    n_due_soon: int


def _take_stock(session: Session, scope: Scope) -> _Load:
    base = open_tasks(scope, ["status", "due_soon", *_BY])
    by = [base.c[name] for name in (*_BY, "status", "due_soon")]
    overdue: dict[str, Counter[Any]] = {name: Counter() for name in _BY}
    n_overdue = n_open = n_due_soon = 0
    for row in session.execute(select(*by, func.count().label("n")).group_by(*by)).mappings():
        n_open += row["n"]
        n_due_soon += row["n"] * row["due_soon"]
        if row["status"] == "failed":
            n_overdue += row["n"]
            for name in _BY:
                overdue[name][row[name]] += row["n"]
    return _Load(overdue, n_overdue, n_open, n_due_soon)


def task_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give open, overdue and soon due tasks, and the overdue ones by unit, worker and service."""
    load = _take_stock(session, scope)
    yield counted(
        scope,
        "tasks.open",
        load.n_open,
        _TASKS,
        says=both(_open, load.n_open),
        definition=both(_open_rule),
        source="S0-40",
    )
    yield counted(
        scope,
        "tasks.overdue",
        load.n_overdue,
        _OVERDUE,
        of=load.n_open,
        says=both(_overdue, load.n_overdue),
        definition=both(_overdue_rule),
        source="S0-40",
    )
    yield counted(
        scope,
        "tasks.due_soon",
        load.n_due_soon,
        _TASKS.having("due_soon", "is", 1),
        of=load.n_open,
        says=both(_due_soon, scope, load.n_due_soon),
        definition=both(_due_soon_rule, scope),
        source="S0-40; choice",
    )
    names: dict[str, Callable[[list[Any]], dict[Any, tuple[str, Label]]]] = {
        "unit_id": lambda ids: _units(session, ids),
        "owner_id": lambda ids: _staff(session, ids),
        "service": _services,
    }
    for column, name in zip(_BY, ("unit", "owner", "service"), strict=True):
        yield from _broken_down(scope, load, column, name, names[column])


def _broken_down(
    scope: Scope,
    load: _Load,
    column: str,
    name: str,
    names: Callable[[list[Any]], dict[Any, tuple[str, Label]]],
) -> Iterable[Figure]:
    """Give the overdue tasks of each unit, worker or service, the most first."""
    found = load.overdue[column]
    called = names([one for one in found if one is not None])
    nobody = ("none", Label(zh="未指定", en="none named"))
    for one, n in sorted(found.items(), key=lambda each: (-each[1], str(each[0]))):
        code, label = called[one] if one is not None else nobody
        yield counted(
            scope,
            f"tasks.overdue.{name}.{code}",
            n,
            _OVERDUE.having(column, "is", one),
            of=load.n_overdue,
            about=label,
            brief=both(_overdue, n),
            definition=both(_overdue_rule),
            source="S0-40",
        )


def _units(session: Session, ids: list[int]) -> dict[Any, tuple[str, Label]]:
    found = session.scalars(select(Organisation).where(Organisation.id.in_(ids)))
    return {one.id: (one.code, Label(zh=one.name, en=one.name_en or one.name)) for one in found}


def _staff(session: Session, ids: list[int]) -> dict[Any, tuple[str, Label]]:
    found = session.scalars(select(Staff).where(Staff.id.in_(ids)))
    return {one.id: (one.login, Label(zh=one.name, en=one.name)) for one in found}


def _services(codes: list[str]) -> dict[Any, tuple[str, Label]]:
    known = services()
    return {
        code: (code, known[code].label if code in known else Label(zh=code, en=code))
        for code in codes
    }


def _open(n: int) -> str:
    return _("{tasks} open", tasks=words.tasks(n))


def _open_rule() -> str:
    return _(
        "Tasks whose window has begun on the day and that were neither done, cancelled nor excused."
    )


def _overdue(n: int) -> str:
    return _("{tasks} overdue", tasks=words.tasks(n))


def _overdue_rule() -> str:
    return _(
        "Open tasks whose last day has passed. They stay in sight until they are done late, "
        "cancelled or excused with a reason."
    )


def _due_soon(scope: Scope, n: int) -> str:
    days = (due_soon(scope) - scope.as_of).days
    return _("{tasks} due within {days} days", tasks=words.tasks(n), days=days)


def _due_soon_rule(scope: Scope) -> str:
    return _(
        "Open tasks whose last day lies between {as_of} and {until}, both included.",
        as_of=scope.as_of.isoformat(),
        until=due_soon(scope).isoformat(),
    )
