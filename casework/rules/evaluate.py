"""Reading a condition off one person's facts: true, false or unknown, and why.

Decides three-valued logic and which facts carried the answer; leaves finding the facts to
``casework.records.known`` and wording the reasons to :mod:`casework.rules.sentence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

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
)

__all__ = ["Finding", "Reading", "Value", "Values", "explain", "holds", "holds_test"]

Value = str | int | bool | tuple[date | None, date | None] | tuple[int, int] | None
"""What is known of a subject on a day; None is unknown. A date is its earliest and latest day, the
first day of the calendar standing for "never" in our own records. A tally of others is how many it
is at least and at most, `casework.rules.tree.MANY` where they were not counted to the end."""

Values = Mapping[Subject, Value]
_Days = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One test, what was found, and how it came out; ``truth`` None is unknown.

    ``settled`` marks one whose answer could turn nothing, because the rule says what an unknown
    counts as.
    """

    test: Test
    value: Value
    truth: bool | None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How a condition came out for one person on one day.

    Parameters
    ----------
    truth : bool or None
        None while unknown facts could turn it either way.
    matched : tuple of Finding
        The tests that carry the answer: all of them for an "and" that holds, the true ones for an
        "or", the false ones for an "and" that fails.
    missing : tuple of Finding
        The unknown tests that could turn it; empty unless truth is None.
    """

    truth: bool | None
    matched: tuple[Finding, ...]
    missing: tuple[Finding, ...]


def holds(node: Node, values: Values, day: date, known_on: date | None = None) -> bool | None:
    """Read a condition: true, false, or None while unknown facts could turn it either way.

    Parameters
    ----------
    day : date
        The day asked about; ages are reckoned on it.
    known_on : date or None
        The day on which the values were known, where that is another one: what our own records
        say is read on it, because a day to come holds no contacts yet.
    """
    if isinstance(node, Test):
        work = known_on is not None and node.subject.about_work
        read_on = known_on if work and known_on else day
        return holds_test(node, values.get(node.subject), read_on)
    if isinstance(node, Not):
        inner = holds(node.part, values, day, known_on)
        return None if inner is None else not inner
    if isinstance(node, Assume):
        inner = holds(node.part, values, day, known_on)
        return node.unknown_is if inner is None else inner
    decisive = isinstance(node, Or)
    unknown = False
    for part in node.parts:
        truth = holds(part, values, day, known_on)
        if truth is decisive:
            return decisive
        unknown = unknown or truth is None
    return None if unknown else not decisive


def holds_test(test: Test, value: Value, day: date) -> bool | None:
    """Read one test of a value."""
    demand = test.demand
    if isinstance(demand, IsKnown):
        return _is_known(value)
    if value is None:
        return None
    if isinstance(demand, Within):
        return _within(demand, _span(value), day) if isinstance(value, tuple) else None
    if isinstance(demand, IsIn):
        return value in demand.values
    if isinstance(demand, IsTrue):
        return bool(value)
    if isinstance(value, tuple):
        fewest, most = value
        if not isinstance(fewest, int) or not isinstance(most, int):
            return None
        return _counts(demand, fewest, most)
    return _compares(demand, value) if isinstance(value, int) else None


def _counts(demand: NumberIs, fewest: int, most: int) -> bool | None:
    """Compare a number known to lie between two: the same for all of them, or undecided."""
    low, high = _compares(demand, fewest), _compares(demand, most)
    if low is not high:
        return None
    inside = demand.op == "=" and fewest < demand.number < most
    return None if inside else low


def _span(value: tuple[date | None, date | None] | tuple[int, int]) -> _Days:
    """Give the days of a date; a tally has none."""
    earliest, latest = value
    if isinstance(earliest, int) or isinstance(latest, int):
        return None, None
    return earliest, latest


def _is_known(value: Value) -> bool:
    if isinstance(value, tuple):
        return value[0] is not None and value[1] is not None
    return value is not None


def _within(demand: Within, value: _Days, day: date) -> bool | None:
    """Compare the days a date may mean with the spans: in one, outside all, or undecided."""
    earliest, latest = value
    outside = True
    for span in demand.spans:
        first, last = span.on(day)
        starts = span.first is None or (earliest is not None and earliest >= first)
        ends = span.last is None or (latest is not None and latest <= last)
        if starts and ends and (earliest is not None or latest is not None):
            return True
        before = latest is not None and span.first is not None and latest < first
        after = earliest is not None and span.last is not None and earliest > last
        is_empty = last < first and (earliest is not None or latest is not None)
        outside = outside and (before or after or is_empty)
    return False if outside else None


def _compares(demand: NumberIs, number: int) -> bool:
    wanted = demand.number
    if demand.op == "=":
        return number == wanted
    if demand.op == "<":
        return number < wanted
    if demand.op == "<=":
        return number <= wanted
    if demand.op == ">":
        return number > wanted
    return number >= wanted


def explain(node: Node, values: Values, day: date) -> Reading:
    """Read a condition and name the tests that carry the answer and those that could turn it."""
    truth, findings = _read(node, values, day)
    matched = tuple(one for one in findings if one.truth is not None or one.settled)
    missing = tuple(one for one in findings if one.truth is None and not one.settled)
    return Reading(truth, matched, missing if truth is None else ())


def _read(node: Node, values: Values, day: date) -> tuple[bool | None, list[Finding]]:
    """Read a node together with the findings that carry its answer."""
    if isinstance(node, Test):
        value = values.get(node.subject)
        truth = holds_test(node, value, day)
        return truth, [Finding(node, value, truth)]
    if isinstance(node, Not):
        inner, findings = _read(node.part, values, day)
        return (None if inner is None else not inner), findings
    if isinstance(node, Assume):
        inner, findings = _read(node.part, values, day)
        if inner is not None:
            return inner, findings
        return node.unknown_is, [replace(one, settled=True) for one in findings]
    read = [_read(part, values, day) for part in node.parts]
    decisive = isinstance(node, Or)
    if any(truth is decisive for truth, _findings in read):
        return decisive, _join(found for truth, found in read if truth is decisive)
    everything = _join(found for _truth, found in read)
    if any(truth is None for truth, _findings in read):
        return None, everything
    return not decisive, everything


def _join(found: Iterable[list[Finding]]) -> list[Finding]:
    joined: list[Finding] = []
    for findings in found:
        joined += [one for one in findings if one not in joined]
    return joined
