"""Figures about what nobody answers for: people, tasks, needs, issues (S3-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.census import PEOPLE
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.issuing import ISSUES, open_issues
from casework.indicators.population import people
from casework.indicators.scope import Scope
from casework.indicators.tailoring import waiting_needs
from casework.indicators.working import open_tasks
from casework.terms import _

__all__ = ["owner_figures"]


def owner_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give people without a caseworker or a unit, and tasks, needs and issues without an owner."""
    families: tuple[tuple[str, Any, Counted, str, Any], ...] = (
        ("people", people, PEOPLE.having("caseworker", "is", 0), "caseworker", _people),
        ("units", people, PEOPLE.having("unit_id", "is", None), "unit_id", _units),
        ("tasks", open_tasks, Counted("tasks").having("owner_id", "is", None), "owner_id", _tasks),
        ("needs", waiting_needs, Counted("needs").having("owner_id", "is", None), "owner_id",
         _needs),
        ("issues", open_issues, ISSUES.having("owner_id", "is", None), "owner_id", _issues),
    )  # fmt: skip
    for code, table_of, rows, column, say in families:
        table = table_of(scope, [column])
        (test,) = rows.tests
        query = select(func.count()).select_from(table).where(test.sql(table.c))
        number = session.scalar(query) or 0
        yield counted(
            scope,
            f"owners.{code}",
            number,
            rows,
            says=both(say, number),
            definition=both(_RULES.get(code, _rule)),
            source="S3-8",
        )


def _people(n: int) -> str:
    return _("{people} without a caseworker", people=words.people(n))


def _units(n: int) -> str:
    return _("{people} in the care of no unit", people=words.people(n))


def _tasks(n: int) -> str:
    return _("{tasks} without an owner", tasks=words.tasks(n))


def _needs(n: int) -> str:
    return _("{needs} without an owner", needs=words.needs(n))


def _issues(n: int) -> str:
    return _("{issues} without an owner", issues=words.issues(n))


def _people_rule() -> str:
    return _(
        "People in care in whose care team nobody at work has the seat of the caseworker on the "
        "day. The supervisor of their unit stands in."
    )


def _units_rule() -> str:
    return _(
        "People in care whose record names no unit that looks after them. Nobody but the whole "
        "agency answers for them; enter the unit, or bring it in with a roster."
    )


def _rule() -> str:
    return _("What is open and belongs to nobody. Drawing up plans gives it to whoever answers.")


_RULES = {"people": _people_rule, "units": _units_rule}
