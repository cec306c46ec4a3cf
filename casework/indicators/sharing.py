"""How plans are shared between the parties (四位一体): who leads, who helps (S2-37).

Decides which items count and what a share is of; who leads and helps an item is said by the item.
The parties are those of the national list; one that has no part in any item has no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, case, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, plans_in_force
from casework.records import Person, PlanItem, ServicePlan
from casework.reference import code_list
from casework.terms import _

__all__ = ["PARTS", "SHARED", "party_figures", "shared_items", "tell_shared"]

PARTS = ("lead", "support")
SHARED = Counted("shared_items")
_OF = "part_of_"
_CHUNK = 20_000


class _PartOf(FunctionElement[Any]):
    """The part that a party has in an item: ``lead``, ``support``, NULL for none."""

    type = Text()
    inherit_cache = True


@compiles(_PartOf, "sqlite")
def _on_sqlite(element: _PartOf, compiler: Any, **how: Any) -> str:
    column, party = (compiler.process(each, **how) for each in element.clauses)
    return f"json_extract({column}, '$.' || {party})"


@compiles(_PartOf, "postgresql")
def _on_postgresql(element: _PartOf, compiler: Any, **how: Any) -> str:
    column, party = (compiler.process(each, **how) for each in element.clauses)
    return f"({column} ->> {party})"


def shared_items(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the items that the plans in force on the day ask for, of people in care.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``item_id``: ``part_of_PARTY`` for a party of the national list of who acts
        (``lead``, ``support``, NULL where it has no part), ``said`` (1 where the item says of any
        party what its part is, else 0), ``service``, ``name``, ``name_pinyin``, ``name_initials``.
    """
    columns: dict[str, Any] = {
        f"{_OF}{one.code}": _part_of(one.code) for one in code_list("actor").entries
    } | {
        "said": case((or_(*(_part_of(one.code).is_not(None) for one in _actors())), 1), else_=0),
        "service": PlanItem.service,
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    query = select(
        PlanItem.id.label("item_id"),
        *(columns[name].label(name) for name in sorted(set(wanted) - {"item_id"})),
    )
    query = query.join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
    query = query.join(Person, Person.id == ServicePlan.person_id)
    return _asked_for(query, scope).subquery("shared_items")


def _actors() -> Sequence[Any]:
    return code_list("actor").entries


def _part_of(party: str) -> ColumnElement[Any]:
    return _PartOf(PlanItem.responsible, literal(party))


def _asked_for(query: Select[Any], scope: Scope) -> Select[Any]:
    """Keep what the plans in force ask for; an item left out with a reason asks for nothing."""
    asked = PlanItem.state != "declined"
    return query.where(asked, PlanItem.plan_id.in_(plans_in_force(scope)))


def party_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give of each party how many items of plans it leads and helps, and how many name nobody."""
    parts: Counter[tuple[str, str]] = Counter()
    total = unsaid = 0
    query = select(PlanItem.responsible, func.count()).group_by(PlanItem.responsible)
    for responsible, n in session.execute(_asked_for(query, scope)):
        total += n
        told = {one.code: (responsible or {}).get(one.code) for one in _actors()}
        unsaid += 0 if any(told.values()) else n
        parts.update({(party, part): n for party, part in told.items() if part})
    for one in _actors():
        if not any(parts[one.code, part] for part in PARTS):
            continue
        for part, say in zip(PARTS, (_leads, _helps), strict=True):
            n = parts[one.code, part]
            yield counted(
                scope, f"parties.{one.code}.{part}", n,
                SHARED.having(f"{_OF}{one.code}", "is", part), of=total, unknown=unsaid,
                about=one.label, brief=both(say, n), definition=both(_rule), source="S2-37",
            )  # fmt: skip
    if total:
        yield counted(
            scope, "parties.unsaid", unsaid, SHARED.having("said", "is", 0), of=total,
            says=both(_unsaid, unsaid), definition=both(_unsaid_rule), source="S2-37",
        )  # fmt: skip


def tell_shared(
    session: Session, scope: Scope, keys: Sequence[int], counted: Counted
) -> dict[Any, dict[str, Any]]:
    """Tell items of plans: whose, what, and who leads and helps."""
    told: dict[Any, dict[str, Any]] = {}
    for start in range(0, len(keys), _CHUNK):
        query = (
            select(PlanItem, Person)
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .join(Person, Person.id == ServicePlan.person_id)
            .where(PlanItem.id.in_(keys[start : start + _CHUNK]))
        )
        for item, person in session.execute(query):
            told[item.id] = {
                "person_id": person.id,
                "name": person.name,
                "item_key": item.item_key,
                "title": item.title,
                "title_en": item.title_en,
                "service": item.service,
                "clause": item.clause,
                **{
                    part: [who for who, how in (item.responsible or {}).items() if how == part]
                    for part in PARTS
                },
            }
    return told


def _leads(n: int) -> str:
    return _("leads {items}", items=words.items(n))


def _helps(n: int) -> str:
    return _("helps with {items}", items=words.items(n))


def _rule() -> str:
    return _(
        "Items that plans in force ask for, of people in care, by the party that leads or helps "
        "with them as each item says. An item has several parties, so that the shares may add up "
        "to more than all; an item that names no party counts in the whole."
    )


def _unsaid(n: int) -> str:
    return _("{items} that name no party", items=words.items(n))


def _unsaid_rule() -> str:
    return _(
        "Items that plans in force ask for, of people in care, that say of no party that it leads "
        "or helps."
    )
