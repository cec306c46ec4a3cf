"""Figures about what waits for somebody: plans for a decision or a look, imports for an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Subquery, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, end_of, in_scope, of_unit
from casework.records import ImportBatch, ImportProblem, ImportRow, Person, ServicePlan
from casework.records.base import Day, Moment
from casework.records.population import population
from casework.terms import _

__all__ = ["held_rows", "import_problems", "waiting_figures", "waiting_plans"]

_PLANS = Counted("plans")
_PROBLEMS = Counted("import_problems")
_HELD = Counted("held_rows")


def waiting_plans(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the plans of people in care that wait for somebody on the day.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``plan_id``: ``waits_for`` (``approval`` or ``review``), ``since``,
        ``person_id``, ``name``, ``name_pinyin``, ``name_initials``.
    """
    moment = literal(end_of(scope.as_of), Moment())
    day = literal(scope.as_of, Day())
    undecided = or_(ServicePlan.decided_at.is_(None), ServicePlan.decided_at > moment)
    approval = and_(
        ServicePlan.submitted_at <= moment,
        or_(
            and_(ServicePlan.state == "submitted", ServicePlan.decided_at.is_(None)),
            ServicePlan.decided_at > moment,
        ),
    )
    review = and_(
        ServicePlan.origin == "rules",
        ServicePlan.submitted_at.is_(None),
        ServicePlan.state.in_(["active", "revised", "closed"]),
        ServicePlan.effective_from <= day,
        or_(ServicePlan.effective_to.is_(None), ServicePlan.effective_to >= day),
        undecided,
    )
    columns: dict[str, Any] = {
        "waits_for": case((approval, "approval"), else_="review"),
        "since": case((approval, ServicePlan.submitted_at), else_=ServicePlan.drafted_at),
        "person_id": ServicePlan.person_id,
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    return (
        select(
            ServicePlan.id.label("plan_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"plan_id"})),
        )
        .join(population(), population().c.person_id == ServicePlan.person_id)
        .join(Person, Person.id == ServicePlan.person_id)
        .where(or_(approval, review), in_scope(scope))
        .subquery("waiting_plans")
    )


def import_problems(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the problems of imports that nobody has settled by the end of the day.

    With a unit, only problems of its people; the others belong to nobody yet.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``problem_id``: ``kind``, ``field``, ``sheet``, ``row``, ``batch_id``,
        ``person_id``, ``value``.
    """
    moment = literal(end_of(scope.as_of), Moment())
    problem = ImportProblem
    columns: dict[str, Any] = {
        "kind": problem.kind,
        "field": problem.field,
        "sheet": problem.sheet,
        "row": problem.row,
        "batch_id": problem.batch_id,
        "person_id": problem.person_id,
        "value": problem.value,
    }
    query = (
        select(
            problem.id.label("problem_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"problem_id"})),
        )
        .join(ImportBatch, ImportBatch.id == problem.batch_id)
        .where(
            _stands(moment),
            or_(problem.settled_at.is_(None), problem.settled_at > moment),
        )
    )
    if scope.unit is not None:
        query = query.join(Person, Person.id == problem.person_id).where(of_unit(scope))
    return query.subquery("import_problems")


def held_rows(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the rows of rosters held back that nobody has resolved by the end of the day.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``held_id``: ``sheet``, ``row``, ``batch_id``, ``person_id``, ``reason``.
    """
    moment = literal(end_of(scope.as_of), Moment())
    columns: dict[str, Any] = {
        "sheet": ImportRow.sheet,
        "row": ImportRow.row,
        "batch_id": ImportRow.batch_id,
        "person_id": ImportRow.person_id,
        "reason": ImportRow.reason,
    }
    query = (
        select(
            ImportRow.id.label("held_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"held_id"})),
        )
        .join(ImportBatch, ImportBatch.id == ImportRow.batch_id)
        .where(
            _stands(moment),
            # A row that a person has dealt with since was held on the day before.
            or_(
                and_(ImportRow.outcome == "held", ImportRow.resolved_at.is_(None)),
                ImportRow.resolved_at > moment,
            ),
        )
    )
    if scope.unit is not None:
        query = query.join(Person, Person.id == ImportRow.person_id).where(of_unit(scope))
    return query.subquery("held_rows")


def _stands(moment: Any) -> Any:
    """Tell which imports had been made and not undone by a moment."""
    return and_(
        ImportBatch.imported_at <= moment,
        or_(ImportBatch.undone_at.is_(None), ImportBatch.undone_at > moment),
    )


def waiting_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give plans that wait for approval or review, problems of imports and rows held back."""
    plans = waiting_plans(scope, ["waits_for"])
    by_kind = select(plans.c.waits_for, func.count()).group_by(plans.c.waits_for)
    found = {row[0]: int(row[1]) for row in session.execute(by_kind)}
    for kind, say, rule in (
        ("approval", _for_approval, _approval_rule),
        ("review", _for_review, _review_rule),
    ):
        yield counted(
            scope,
            f"plans.{kind}",
            found.get(kind, 0),
            _PLANS.having("waits_for", "is", kind),
            says=both(say, found.get(kind, 0)),
            definition=both(rule),
            source="S0-42",
        )
    for code, table, rows, tell, scoped_rule in (
        ("imports.problems", import_problems, _PROBLEMS, _unsettled, _problems_rule),
        ("imports.held", held_rows, _HELD, _held, _held_rule),
    ):
        number = session.scalar(select(func.count()).select_from(table(scope, []))) or 0
        yield counted(
            scope,
            code,
            number,
            rows,
            says=both(tell, number),
            definition=both(scoped_rule, scope),
            source="S0-1; choice",
        )


def _for_approval(n: int) -> str:
    return _("{plans} waiting for approval", plans=words.plans(n))


def _for_review(n: int) -> str:
    return _("{plans} in force by rule, waiting for a look", plans=words.plans(n))


def _approval_rule() -> str:
    return _("Plans of people in care that were submitted and not yet approved or returned.")


def _review_rule() -> str:
    return _(
        "Plans of people in care that the rules made and put in force on the authority of the "
        "published rule, and that nobody has decided on yet."
    )


def _unsettled(n: int) -> str:
    return _("{problems} of imports unsettled", problems=words.problems(n))


def _held(n: int) -> str:
    return _("{rows} of rosters held back", rows=words.rows(n))


def _problems_rule(scope: Scope) -> str:
    rule = _("Problems that imports named and nobody has settled; undone imports do not count.")
    return rule if scope.unit is None else f"{rule} {_only_of_unit()}"


def _held_rule(scope: Scope) -> str:
    rule = _("Rows that an import held back and nobody has resolved; undone imports do not count.")
    return rule if scope.unit is None else f"{rule} {_only_of_unit()}"


def _only_of_unit() -> str:
    return _("With a unit chosen, only rows of its people are counted.")
