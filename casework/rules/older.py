"""The same rules for everybody some years older: what ageing alone would ask for.

Decides which limits move when people age: those reckoned from the day on what began long ago for
good, such as a birth. That somebody aged 80 or over is meant is, for everybody five years older,
the same as that somebody aged 75 or over is meant today. Leaves everything else as it is: health,
living and what our own records say have no course that could be foretold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from casework.rules.ruleset import Rule, RuleSet
from casework.rules.timing import AtBirthdays, Timing
from casework.rules.tree import (
    And,
    Assume,
    DaySpan,
    Limit,
    Node,
    Not,
    Or,
    Subject,
    Test,
    Within,
    signature,
)

__all__ = ["older"]

_FOR_GOOD = {("person", "born_on"), ("fact", "joined_on"), ("fact", "party_joined_on")}
"""Dates that stay as they are whatever happens, so that the time since grows with every year."""


def older(rules: RuleSet, years: int) -> RuleSet:
    """Give the rules that ask of today's people what these rules ask of them some years older.

    Parameters
    ----------
    years : int
        How much older everybody is; 0 gives the rules as they are.
    """
    if not years:
        return rules
    return replace(rules, rules=tuple(_rules(rules.rules, years)))


def _rules(rules: Iterable[Rule], years: int) -> Iterable[Rule]:
    for rule in rules:
        duty = replace(rule.duty, timing=_timing(rule.duty.timing, years))
        yield replace(rule, when=_node(rule.when, years), duty=duty)


def _timing(timing: Timing, years: int) -> Timing:
    if not isinstance(timing, AtBirthdays):
        return timing
    return replace(timing, ages=replace(timing.ages, early=timing.ages.early + years))


def _node(node: Node, years: int) -> Node:
    if isinstance(node, And | Or):
        return replace(node, parts=tuple(_node(part, years) for part in node.parts))
    if isinstance(node, Not | Assume):
        return replace(node, part=_node(node.part, years))
    return _test(node, years)


def _test(test: Test, years: int) -> Test:
    subject, demand = test.subject, test.demand
    if subject.inner is not None:
        inner = _node(subject.inner, years)
        around = Subject(subject.source, subject.name, (signature(inner),), subject.kind, inner)
        return replace(test, subject=around)
    if (subject.source, subject.name) not in _FOR_GOOD or not isinstance(demand, Within):
        return test
    spans = tuple(DaySpan(_limit(one.first, years), _limit(one.last, years))
                  for one in demand.spans)  # fmt: skip
    return replace(test, demand=Within(spans))


def _limit(limit: Limit | None, years: int) -> Limit | None:
    if limit is None or limit.fixed is not None:
        return limit
    return replace(limit, months=limit.months - 12 * years)
