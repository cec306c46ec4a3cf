"""Groups of people in three-valued logic: in it, not in it, not known.

Decides how a group of an agency's configuration (`casework.reference.Group`) is told in SQL. A
word that a fact's code list does not know tells nothing: whoever has it is counted as unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, or_

from casework.errors import NoRuleInForce
from casework.indicators.ages import aged_at_least
from casework.indicators.scope import Scope
from casework.records.base import Day
from casework.records.population import FROM, NUMBER_OF, TO, holds_any, said_of
from casework.reference import Group, code_list

__all__ = ["any_of", "group_facts", "groups_counted", "verdict"]


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


def verdict(scope: Scope, group: Group) -> ColumnElement[int | None]:
    """Tell who is in a group: 1, 0, or NULL where it is not known; over the population."""
    parts: list[ColumnElement[int | None]] = []
    if group.min_age is not None:
        years = scope.agency.setting(group.min_age, scope.as_of)
        parts.append(aged_at_least(int(years), scope.as_of))
    if group.fact is not None and group.eras:
        parts.append(_in_eras(group.fact, group.eras))
    elif group.fact is not None:
        parts.append(holds_any(group.fact, group.values))
    if group.count_of is not None:
        found = said_of(group.count_of, NUMBER_OF)
        needed = scope.agency.setting(group.at_least or "", scope.as_of)
        parts.append(case((found >= needed, 1), (found < needed, 0)))
    if len(parts) == 1:
        return parts[0]
    return case((or_(*(part == 0 for part in parts)), 0), (and_(*(part == 1 for part in parts)), 1))


def _in_eras(code: str, eras: Sequence[str]) -> ColumnElement[int | None]:
    """Tell whose date lies in one of the eras on every day that it may mean."""
    earliest, latest = said_of(code, FROM), said_of(code, TO)
    spans = [(literal(first, Day()), literal(last, Day())) for first, last in _spans(eras)]
    inside = or_(*(and_(earliest >= first, latest <= last) for first, last in spans))
    outside = and_(*(or_(earliest > last, latest < first) for first, last in spans))
    return case((inside, 1), (outside, 0))


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
