"""Figures about issues: how many are open, in which stage, late, unanswered, or stuck.

What open and late mean is `casework.records.issue_status` and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Subquery, case, func, literal, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, of_unit
from casework.records import (
    Issue,
    Person,
    Staff,
    issue_since,
    issue_stage,
    issue_status,
    stands_on,
)
from casework.records.base import Day
from casework.reference import code_list
from casework.terms import Label, _

__all__ = ["ISSUES", "issue_figures", "open_issues"]

ISSUES = Counted("issues")


def open_issues(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the issues that are not closed on the day.

    With a unit, only those of its people; the others belong to no unit.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``issue_id``: ``status``, ``stage``, ``stuck`` (1 or 0), ``due_on``,
        ``person_id``, ``owner_id``, ``owner_name``, ``title``, ``name``, ``name_pinyin``,
        ``name_initials``.
    """
    status = issue_status(scope.as_of)
    columns: dict[str, Any] = {
        "status": status,
        "stage": issue_stage(scope.as_of),
        "stuck": case(
            (issue_since(scope.as_of) <= literal(_stuck_since(scope), Day()), 1), else_=0
        ),
        "due_on": Issue.due_on,
        "person_id": Issue.person_id,
        "owner_id": Issue.owner_id,
        "owner_name": Staff.name,
        "title": Issue.title,
        "name": func.coalesce(Person.name, Issue.reporter),
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    query = (
        select(
            Issue.id.label("issue_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"issue_id"})),
        )
        .join(Person, Person.id == Issue.person_id, isouter=True)
        .where(stands_on(scope.as_of), status != "closed")
    )
    if scope.unit is not None:
        query = query.where(of_unit(scope))
    if "owner_name" in wanted:
        query = query.join(Staff, Staff.id == Issue.owner_id, isouter=True)
    return query.subquery("open_issues")


def _stuck_since(scope: Scope) -> Any:
    days = int(scope.agency.setting("issue_stage_days", scope.as_of))
    return scope.as_of - timedelta(days=days + 1)


def issue_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give open issues, the late, unanswered and stuck ones, and how many are in each stage."""
    table = open_issues(scope, ["status", "stage", "stuck"])
    by = [table.c[name] for name in ("status", "stage", "stuck")]
    statuses: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    stuck = 0
    for row in session.execute(select(*by, func.count()).group_by(*by)):
        n = int(row[3])
        statuses[row[0]] += n
        stages[row[1]] += n
        stuck += n * int(row[2])
    n_open = sum(statuses.values())
    rows: list[tuple[str, int, Counted, Any, Any]] = [
        ("open", n_open, ISSUES, _open, _open_rule),
        ("overdue", statuses["overdue"], ISSUES.having("status", "is", "overdue"),
         _overdue, _overdue_rule),
        ("unanswered", statuses["unanswered"], ISSUES.having("status", "is", "unanswered"),
         _unanswered, _unanswered_rule),
    ]  # fmt: skip
    for code, number, which, say, rule in rows:
        yield counted(
            scope,
            f"issues.{code}",
            number,
            which,
            of=None if code == "open" else n_open,
            says=both(say, number),
            definition=both(rule),
            source="S1-14; S2-47",
        )
    yield counted(
        scope,
        "issues.stuck",
        stuck,
        ISSUES.having("stuck", "is", 1),
        of=n_open,
        says=both(_stuck, scope, stuck),
        definition=both(_stuck_rule),
        source="S4-23",
    )
    for stage in code_list("issue_stage").entries:
        label = stage.label
        yield counted(
            scope,
            f"issues.stage.{stage.code}",
            stages[stage.code],
            ISSUES.having("stage", "is", stage.code),
            of=n_open,
            about=Label(zh=label.zh, en=label.en),
            brief=both(_open, stages[stage.code]),
            definition=both(_open_rule),
            source="S4-23",
        )


def _open(n: int) -> str:
    return _("{issues} open", issues=words.issues(n))


def _open_rule() -> str:
    return _(
        "What was reported and is not both settled and answered yet. Entries made by mistake do "
        "not count."
    )


def _overdue(n: int) -> str:
    return _("{issues} over their time", issues=words.issues(n))


def _overdue_rule() -> str:
    return _("Open issues whose last day has passed.")


def _unanswered(n: int) -> str:
    return _("{issues} settled and not answered", issues=words.issues(n))


def _unanswered_rule() -> str:
    return _(
        "Issues that have an outcome, are within their time, and of which nobody has told whoever "
        "reported them."
    )


def _stuck(scope: Scope, n: int) -> str:
    days = int(scope.agency.setting("issue_stage_days", scope.as_of))
    return _("{issues} in one stage for over {days} days", issues=words.issues(n), days=days)


def _stuck_rule() -> str:
    return _("Open issues that have been in the same stage for longer than the agency allows.")
