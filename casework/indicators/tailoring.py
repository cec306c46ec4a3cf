"""How personal plans are: how alike, which are copies, which needs no item answers (S1-40, S2-26).

Decides what a personalisation index means and which plans deserve a look for being copied; what is
personal about an item stands in :mod:`casework.records.plans`. Counts by sets: the index takes one
pass over the items of the plans in force, however many people there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import CTE, Subquery, and_, case, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted, half_up
from casework.indicators.scope import Scope, in_scope, plans_in_force
from casework.records import (
    Need,
    Person,
    PlanItem,
    ServicePlan,
    Staff,
    Wish,
    in_force_on,
    is_personal,
    need_answered,
    waits_on,
)
from casework.records.base import Day
from casework.records.population import population
from casework.terms import _

__all__ = ["standing_plans", "tailored_figures", "waiting_needs"]

_PLANS = Counted("standing_plans")
_NEEDS = Counted("needs")
_WORDING = ("title", "service", "per", "quota", "state", "reason")


def waiting_needs(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the needs that wait on the day, of people in care.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``need_id``: ``answered`` (``item``, ``task``, ``reason``, ``nothing``),
        ``severity``, ``domain``, ``opened_on``, ``person_id``, ``owner_id``, ``owner_name``,
        ``name``, ``name_pinyin``, ``name_initials``.
    """
    columns: dict[str, Any] = {
        "answered": need_answered(scope.as_of),
        "severity": Need.severity,
        "domain": Need.domain,
        "opened_on": Need.opened_on,
        "person_id": Need.person_id,
        "owner_id": Need.owner_id,
        "owner_name": Staff.name,
        **_names(),
    }
    query = (
        select(
            Need.id.label("need_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"need_id"})),
        )
        .join(Person, Person.id == Need.person_id)
        .join(population(), population().c.person_id == Need.person_id)
        .where(waits_on(scope.as_of), in_scope(scope))
    )
    if "owner_name" in wanted:
        query = query.join(Staff, Staff.id == Need.owner_id, isouter=True)
    return query.subquery("waiting_needs")


def standing_plans(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the plans in force on the day, one a person in care.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``plan_id``: ``copied`` (1 where every item made for the person stands word
        for word in somebody else's plan, else 0), ``plain`` (1 where nothing was made for the
        person although needs or wishes wait, else 0), ``alike`` (0 to 100: of how many of the
        others, on average, the plan has an item), ``person_id``, ``name``, ``name_pinyin``,
        ``name_initials``.
    """
    columns: dict[str, Any] = {"person_id": ServicePlan.person_id, **_names()}
    query = (
        select(ServicePlan.id.label("plan_id"))
        .join(Person, Person.id == ServicePlan.person_id)
        .join(population(), population().c.person_id == ServicePlan.person_id)
        .where(in_force_on(scope.as_of), in_scope(scope))
    )
    if "copied" in wanted:
        copies = _copies(scope)
        query = query.outerjoin(copies, copies.c.plan_id == ServicePlan.id)
        columns["copied"] = case((copies.c.plan_id.is_not(None), 1), else_=0)
    if "plain" in wanted:
        columns["plain"] = case((_plain(scope), 1), else_=0)
    if "alike" in wanted:
        alike = _alike(_base(scope))
        query = query.outerjoin(alike, alike.c.plan_id == ServicePlan.id)
        columns["alike"] = alike.c.alike
    names = sorted(set(wanted) - {"plan_id"})
    return query.add_columns(*(columns[name].label(name) for name in names)).subquery(
        "standing_plans"
    )


def _names() -> dict[str, Any]:
    return {
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }


def _base(scope: Scope) -> CTE:
    """Give every item that the plans in force ask for, with what it says."""
    personal = is_personal()
    return (
        select(
            PlanItem.plan_id,
            case((personal, PlanItem.title), else_=PlanItem.item_key).label("title"),
            PlanItem.service,
            case((personal, PlanItem.per), else_="").label("per"),
            case((personal, PlanItem.quota), else_=0).label("quota"),
        )
        .where(PlanItem.state != "declined", PlanItem.plan_id.in_(plans_in_force(scope)))
        .cte("said")
    )


def _made(scope: Scope) -> CTE:
    """Give what was made for somebody in the plans in force, with whose it is and what it says."""
    reason = func.coalesce(PlanItem.deviation_reason, "").label("reason")
    said = (PlanItem.title, PlanItem.service, PlanItem.per, PlanItem.quota, PlanItem.state, reason)
    return (
        select(PlanItem.plan_id, ServicePlan.person_id, *said)
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(is_personal(), PlanItem.state != "declined")
        .where(PlanItem.plan_id.in_(plans_in_force(scope)))
        .cte("made")
    )


def _copies(scope: Scope) -> Subquery:
    """Give the plans every personal item of which another person's plan says word for word."""
    base = _made(scope)
    wording = [base.c[name] for name in _WORDING]
    twins = (
        select(*wording)
        .group_by(*wording)
        .having(func.count(distinct(base.c.person_id)) > 1)
        .subquery("twins")
    )
    same = and_(*(base.c[name] == twins.c[name] for name in _WORDING))
    return (
        select(base.c.plan_id)
        .outerjoin(twins, same)
        .group_by(base.c.plan_id)
        .having(func.count() == func.count(twins.c.title))
        .subquery("copies")
    )


def _alike(base: CTE) -> Subquery:
    """Tell of each plan, of how many of the others it has an item, on average, in per cent."""
    wording = [base.c[name] for name in _WORDING[:4]]
    shared = select(*wording, func.count().label("n")).group_by(*wording).subquery("shared")
    others = select(func.count(distinct(base.c.plan_id)) - 1).scalar_subquery()
    same = and_(*(base.c[name] == shared.c[name] for name in _WORDING[:4]))
    return (
        select(
            base.c.plan_id,
            (
                100 * (func.sum(shared.c.n) - func.count()) / func.nullif(func.count() * others, 0)
            ).label("alike"),
        )
        .join(shared, same)
        .group_by(base.c.plan_id)
        .subquery("alike")
    )


def _plain(scope: Scope) -> Any:
    """Tell which plans have nothing made for the person although something was asked for."""
    day = literal(scope.as_of, Day())
    own = exists().where(PlanItem.plan_id == ServicePlan.id, is_personal())
    need = exists().where(Need.person_id == ServicePlan.person_id, waits_on(scope.as_of))
    wish = exists().where(
        Wish.person_id == ServicePlan.person_id,
        Wish.superseded_at.is_(None),
        or_(Wish.said_on.is_(None), Wish.said_on <= day),
        or_(Wish.closed_on.is_(None), Wish.closed_on > day),
    )
    return and_(
        ~own.correlate(ServicePlan),
        or_(need.correlate(ServicePlan), wish.correlate(ServicePlan)),
    )


def tailored_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give how personal plans are, which are copies, and which needs nothing answers."""
    table = standing_plans(scope, ["copied", "plain"])
    n, copied, plain = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(table.c.copied), 0),
            func.coalesce(func.sum(table.c.plain), 0),
        )
    ).one()
    index = _index(session, scope, n)
    yield counted(
        scope,
        "tailored.index",
        index,
        _PLANS,
        n_rows=n,
        says=both(_indexed),
        definition=both(_index_rule),
        source="S1-40; S2-26",
    )
    for code, number, say, rule in (
        ("copied", int(copied), _copied, _copied_rule),
        ("plain", int(plain), _plainly, _plain_rule),
    ):
        yield counted(
            scope,
            f"tailored.{code}",
            number,
            _PLANS.having(code, "is", 1),
            of=n,
            says=both(say, number),
            definition=both(rule),
            source="S1-40; S2-26",
        )
    needs = waiting_needs(scope, ["answered"])
    waiting, bare = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((needs.c.answered == "nothing", 1), else_=0)), 0),
        )
    ).one()
    yield counted(
        scope,
        "tailored.unanswered",
        int(bare),
        _NEEDS.having("answered", "is", "nothing"),
        of=waiting,
        says=both(_unanswered, int(bare)),
        definition=both(_unanswered_rule),
        source="S0-18; S1-45",
    )


def _index(session: Session, scope: Scope, n: int) -> int | None:
    """Reckon how little plans have in common: 100 nothing, 0 everything; None below two plans."""
    base = _base(scope)
    wording = [base.c[name] for name in _WORDING[:4]]
    shared = select(func.count().label("n")).select_from(base).group_by(*wording).subquery()
    items, pairs = session.execute(
        select(
            func.coalesce(func.sum(shared.c.n), 0),
            func.coalesce(func.sum(shared.c.n * (shared.c.n - 1)), 0),
        )
    ).one()
    if n < 2 or not items:
        return None
    return 100 - int(half_up(100 * int(pairs), int(items) * (n - 1)))


def _indexed() -> str:
    return _("personalisation of plans: {n} of 100", n="{n}")


def _index_rule() -> str:
    return _(
        "Take an item of a plan in force: what share of the other people's plans has the same one? "
        "100 less that share, on average over all items. An item by a rule is the same for all to "
        "whom the rule applies; one made for a person is the same only when title, service and how "
        "often are."
    )


def _copied(n: int) -> str:
    return _("{plans} copied word for word", plans=words.plans(n))


def _copied_rule() -> str:
    return _(
        "Plans in force in which everything that was added or changed for the person stands in "
        "somebody else's plan with the same title, rhythm and reason, word for word."
    )


def _plainly(n: int) -> str:
    return _(
        "{plans} with nothing of their own though something is asked for", plans=words.plans(n)
    )


def _plain_rule() -> str:
    return _(
        "Plans in force that hold nothing but what the rules ask of everybody, of people who have "
        "an open need or wish."
    )


def _unanswered(n: int) -> str:
    return _("{needs} that nothing answers", needs=words.needs(n))


def _unanswered_rule() -> str:
    return _(
        "Open needs of people in care to which no item of the plan in force and no open follow-up "
        "belongs, and of which no reason is recorded."
    )
