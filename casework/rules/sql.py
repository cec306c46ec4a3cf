"""The same conditions as SQL, for everybody at once, on SQLite and PostgreSQL alike.

Decides how three-valued logic is written in SQL: a condition is a whole number, 1, 0 or NULL for
unknown, so that AND, OR and NOT of the database mean what :mod:`casework.rules.evaluate` means.
Leaves finding the columns to ``casework.records.known``. Dates are compared with days worked out
beforehand; the SQL neither divides nor reckons with dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    true,
)
from sqlalchemy.sql import operators

from casework.rules.tree import (
    Assume,
    IsIn,
    IsKnown,
    IsTrue,
    Node,
    Not,
    NumberIs,
    Or,
    Subject,
    Test,
    Within,
    is_moving,
    leaves_of,
)

__all__ = ["Columns", "as_number", "condition", "may_turn"]

Columns = Mapping[Subject, tuple[ColumnElement[Any], ...]]
"""Where the values stand: one column a subject, two (earliest, latest) for a date."""

_COMPARE = {
    "=": operators.eq,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def condition(node: Node, columns: Columns, day: date) -> ColumnElement[bool]:
    """Write a condition as an SQL expression that is true, false or NULL.

    Parameters
    ----------
    columns : mapping of Subject to columns
        Must hold every subject of the condition.
    day : date
        The day on which the condition is read; ages become limits on the birth date.
    """
    if isinstance(node, Test):
        return _test(node, columns[node.subject], day)
    if isinstance(node, Not):
        return not_(condition(node.part, columns, day))
    if isinstance(node, Assume):
        inner = condition(node.part, columns, day)
        return func.coalesce(inner, true() if node.unknown_is else false(), type_=Boolean())
    parts = [condition(part, columns, day) for part in node.parts]
    return or_(*parts) if isinstance(node, Or) else and_(*parts)


def as_number(expression: ColumnElement[bool]) -> ColumnElement[int | None]:
    """Turn a condition into 1, 0 or NULL, which both databases return as a number."""
    return cast(expression, Integer)


def may_turn(node: Node, columns: Columns, first: date, last: date) -> ColumnElement[bool]:
    """Tell for whom a condition may come out differently within some days by their mere passing.

    True for everybody one of whose dates a limit of the condition passes in these days: whoever
    turns 80 in that time. Never NULL; for whom it is false, one reading stands for all the days.
    """
    passing: list[ColumnElement[bool]] = []
    for test in leaves_of(node):
        if not isinstance(test.demand, Within) or not is_moving(test):
            continue
        for span in test.demand.spans:
            for limit in (span.first, span.last):
                if limit is not None and limit.fixed is None:
                    low, high = sorted((limit.on(first), limit.on(last)))
                    passing += [
                        column.between(literal(low, column.type), literal(high, column.type))
                        for column in columns[test.subject]
                    ]
    return func.coalesce(or_(false(), *passing), false())


def _test(test: Test, columns: tuple[ColumnElement[Any], ...], day: date) -> ColumnElement[bool]:
    demand = test.demand
    if isinstance(demand, IsKnown):
        return and_(*(column.is_not(None) for column in columns))
    if isinstance(demand, Within):
        return _within(demand, columns[0], columns[1], day)
    if len(columns) == 2 and isinstance(demand, NumberIs):
        return _counts(demand, columns[0], columns[1])
    (column,) = columns
    if isinstance(demand, IsIn):
        return column.in_(sorted(demand.values))
    if isinstance(demand, IsTrue):
        return column == 1
    if isinstance(demand, NumberIs):
        compared: ColumnElement[bool] = _COMPARE[demand.op](column, demand.number)
        return compared
    raise TypeError(f"no SQL for {demand!r}")


def _counts(
    demand: NumberIs, fewest: ColumnElement[Any], most: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Compare a number known to lie between two: the same for all of them, or NULL."""
    compare = _COMPARE[demand.op]
    low, high = compare(fewest, demand.number), compare(most, demand.number)
    if demand.op == "=":
        outside = or_(most < demand.number, fewest > demand.number)
        return case((and_(low, high), true()), (outside, false()), else_=null())
    return case((and_(low, high), true()), (and_(not_(low), not_(high)), false()), else_=null())


def _within(
    demand: Within, earliest: ColumnElement[Any], latest: ColumnElement[Any], day: date
) -> ColumnElement[bool]:
    """Compare the days a date may mean with the spans: in one, outside all, or NULL."""
    inside: list[ColumnElement[bool]] = []
    outside: list[ColumnElement[bool]] = []
    for span in demand.spans:
        first, last = span.on(day)
        ends: list[ColumnElement[bool]] = []
        apart: list[ColumnElement[bool]] = []
        if span.first is not None:
            ends.append(earliest >= literal(first, earliest.type))
            apart.append(latest < literal(first, latest.type))
        if span.last is not None:
            ends.append(latest <= literal(last, latest.type))
            apart.append(earliest > literal(last, earliest.type))
        if last < first:  # "less than 0 days ago" is no day at all, whichever it may be
            apart.append(latest >= literal(first, latest.type))
        inside.append(and_(*ends))
        outside.append(or_(*apart))
    return case((or_(*inside), true()), (and_(*outside), false()), else_=null())
