"""Groups of people in three-valued logic: in it, not in it, not known.

Decides how a group of an agency's configuration (`casework.reference.Group`) is told in SQL. A
word that a fact's code list does not know tells nothing: whoever has it is counted as unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, or_, select

from casework.errors import NoRuleInForce
from casework.indicators.ages import aged_at_least
from casework.indicators.scope import Scope
from casework.records import Fact, holds_on
from casework.records.base import Day
from casework.reference import Group, code_list, fact

__all__ = ["Measure", "coded", "fact_measures", "group_facts", "groups_counted", "verdict"]

_YES, _MAYBE, _NO = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Measure:
    """Something aggregated over the values that a fact has on a day, one row a person."""

    name: str
    code: str
    expression: ColumnElement[Any]


def groups_counted(scope: Scope) -> tuple[Group, ...]:
    """Give the groups of the agency's board that can be told on the day.

    A group that rests on a setting without a value on that day cannot.
    """
    found = []
    for code in scope.agency.vulnerable:
        group = scope.agency.groups[code]
        settings = [name for name in (group.min_age, group.at_least) if name]
        try:
            for name in settings:
                scope.agency.setting(name, scope.as_of)
        except NoRuleInForce:
            continue
        found.append(group)
    return tuple(found)


def group_facts(group: Group) -> tuple[str, ...]:
    """Name the facts that a group rests on."""
    return tuple(code for code in (group.fact, group.count_of) if code)


def fact_measures(group: Group) -> tuple[Measure, ...]:
    """Give what must be aggregated to tell a group."""
    found = []
    if group.fact is not None:
        test = _in_eras(group.eras) if group.eras else _in_values(group.fact, group.values)
        found.append(Measure(f"{group.code}_is", group.fact, func.max(test)))
    if group.count_of is not None:
        distinct = func.count(func.nullif(Fact.value, "").distinct())
        found.append(Measure(f"{group.code}_n", group.count_of, distinct))
    return tuple(found)


def verdict(scope: Scope, group: Group, measured: dict[str, Any]) -> ColumnElement[int | None]:
    """Tell who is in a group: 1, 0, or NULL where it is not known.

    Parameters
    ----------
    measured : dict
        The columns of the group's `fact_measures` by name; NULL where the fact has no value.
    """
    parts: list[ColumnElement[int | None]] = []
    if group.min_age is not None:
        years = scope.agency.setting(group.min_age, scope.as_of)
        parts.append(aged_at_least(int(years), scope.as_of))
    if group.fact is not None:
        found = measured[f"{group.code}_is"]
        parts.append(case((found == _YES, 1), (found == _NO, 0)))
    if group.count_of is not None:
        found = measured[f"{group.code}_n"]
        needed = scope.agency.setting(group.at_least or "", scope.as_of)
        parts.append(case((found >= needed, 1), (found < needed, 0)))
    if len(parts) == 1:
        return parts[0]
    return case((or_(*(part == 0 for part in parts)), 0), (and_(*(part == 1 for part in parts)), 1))


def coded(code: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give a value of a coded fact; NULL for a word that the code list does not know."""
    listed = fact(code).list
    if listed is None:
        return value
    return case((value.in_([one.code for one in code_list(listed).entries]), value))


def single(code: str, as_of: date) -> Subquery:
    """Give the value of a single-valued fact on a day (person_id, value), one row a person.

    Two values on one day contradict each other: then none is told.
    """
    value = case((func.min(Fact.value) == func.max(Fact.value), func.max(Fact.value)))
    return (
        select(Fact.person_id, coded(code, value).label("value"))
        .where(Fact.code == code, holds_on(as_of))
        .group_by(Fact.person_id)
        .subquery(f"fact_{code}")
    )


def measured_by(
    code: str, measures: Sequence[Measure], as_of: date, only: Sequence[int] | None = None
) -> Subquery:
    """Aggregate the values of one fact on a day, one row a person who has any."""
    query = select(Fact.person_id, *(each.expression.label(each.name) for each in measures))
    query = query.where(Fact.code == code, holds_on(as_of))
    if only is not None:
        query = query.where(Fact.person_id.in_(only))
    return query.group_by(Fact.person_id).subquery(f"measured_{code}")


def _in_values(code: str, values: Sequence[str]) -> ColumnElement[int]:
    listed = fact(code).list
    told: ColumnElement[int] = literal(_NO)
    if listed is not None:
        known = [one.code for one in code_list(listed).entries]
        told = case((Fact.value.in_(["", *known]), _NO), else_=_MAYBE)
    return case((Fact.value.in_(list(values)), _YES), else_=told)


def _in_eras(eras: Sequence[str]) -> ColumnElement[int]:
    spans = _spans(eras)
    inside = or_(
        *(
            and_(Fact.earliest >= literal(first, Day()), Fact.latest <= literal(last, Day()))
            for first, last in spans
        )
    )
    outside = and_(
        *(
            or_(Fact.earliest > literal(last, Day()), Fact.latest < literal(first, Day()))
            for first, last in spans
        )
    )
    return case((inside, _YES), (outside, _NO), else_=_MAYBE)


def _spans(eras: Sequence[str]) -> list[tuple[date, date]]:
    """Join eras that follow each other, so that a month across their border is within."""
    entries = (code_list("era").entry(code) for code in eras)
    days = sorted((one.since, one.until) for one in entries if one and one.since and one.until)
    spans: list[tuple[date, date]] = []
    for first, last in days:
        if spans and spans[-1][1] + timedelta(days=1) == first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def any_of(verdicts: Sequence[ColumnElement[int | None]]) -> ColumnElement[int | None]:
    """Tell who is in at least one of several groups."""
    return case(
        (or_(*(each == 1 for each in verdicts)), 1), (and_(*(each == 0 for each in verdicts)), 0)
    )
