"""One person's plan as the rules would have it: items with their reasons, tasks, what to find out.

Decides which rules apply after the stronger have replaced the weaker, and which unknown facts are
worth asking for first; leaves conditions to :mod:`casework.rules.evaluate` and windows to
:mod:`casework.planning`. This is the reading for one person, while a form is edited; everybody at
once goes through SQL and ends at the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casework.planning.placing import Placer, PlannedTask, Situation
from casework.rules.evaluate import Reading, Values, explain, holds
from casework.rules.ruleset import Rule
from casework.rules.timing import times_a_year
from casework.rules.tree import Subject, is_moving, tests_of

__all__ = [
    "Doubt",
    "Proposal",
    "ProposedItem",
    "applying",
    "owed_on",
    "propose",
    "to_find_out",
    "weight",
]


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """A rule that applies to the person, why, and its tasks."""

    rule: Rule
    reading: Reading
    tasks: tuple[PlannedTask, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """An unknown fact that could change the plan.

    Parameters
    ----------
    rules : tuple of str
        Codes of the rules that hang on it.
    weight : float
        How much hangs on it: tasks a year, the urgent ones counting more.
    """

    subject: Subject
    rules: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose for one person.

    Parameters
    ----------
    declined : tuple of (Rule, Reading)
        Rules that do not apply, with the facts against them.
    replaced : mapping of str to str
        Rules that would apply, and the stronger rule that stands in their place.
    doubts : tuple of Doubt
        Unknown facts, the most telling first.
    """

    items: tuple[ProposedItem, ...]
    declined: tuple[tuple[Rule, Reading], ...]
    undecided: tuple[tuple[Rule, Reading], ...]
    replaced: Mapping[str, str]
    doubts: tuple[Doubt, ...]


def propose(
    rules: Sequence[Rule],
    values: Values,
    person: Situation,
    placer: Placer,
    *,
    deceased: bool = False,
) -> Proposal:
    """Propose a plan for one person from the facts known on the placer's first day."""
    today = placer.first
    concerned = [rule for rule in rules if rule.for_deceased == deceased]
    readings = {rule.code: explain(rule.when, values, today) for rule in concerned}
    truths = {code: reading.truth for code, reading in readings.items()}
    replaced = {}
    items, declined, undecided = [], [], []
    for rule in concerned:
        reading = readings[rule.code]
        owed = owed_on(rule, concerned, values)
        tasks = placer.tasks(rule.duty, person, owed)
        stronger = next((one for one in _over(rule, concerned) if truths[one]), None)
        if reading.truth and stronger:
            replaced[rule.code] = stronger
        if (reading.truth and not stronger) or tasks:
            items.append(ProposedItem(rule, reading, tasks))
        elif reading.truth is None:
            undecided.append((rule, reading))
        elif not reading.truth:
            declined.append((rule, reading))
    doubts = to_find_out(concerned, values, today)
    return Proposal(tuple(items), tuple(declined), tuple(undecided), replaced, doubts)


def owed_on(rule: Rule, rules: Sequence[Rule], values: Values) -> Callable[[date], bool]:
    """Give a function that tells whether a rule is owed on a day, by the facts known now."""
    stronger = [one for one in rules if rule.code in one.instead_of]

    def owed(day: date) -> bool:
        if not rule.in_force(day) or holds(rule.when, values, day) is not True:
            return False
        return not any(
            one.in_force(day) and holds(one.when, values, day) is True for one in stronger
        )

    return owed


def applying(truths: Mapping[str, bool | None], rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Choose the rules that apply, those replaced by a stronger one left out."""
    concerned = list(rules)
    true = {rule.code for rule in concerned if truths.get(rule.code)}
    gone = {weaker for rule in concerned if rule.code in true for weaker in rule.instead_of}
    return tuple(rule for rule in concerned if rule.code in true - gone)


def to_find_out(rules: Iterable[Rule], values: Values, day: date) -> tuple[Doubt, ...]:
    """Rank the unknown facts that could change the plan, the most telling first.

    A rule's weight is shared among the unknown facts it hangs on. What our own records would tell,
    such as an assessment never made, is not asked of the person.
    """
    hanging: dict[Subject, tuple[float, tuple[str, ...]]] = {}
    for rule in rules:
        reading = explain(rule.when, values, day)
        if reading.truth is not None:
            continue
        subjects = sorted({one.test.subject for one in reading.missing})
        asked = [one for one in subjects if not one.about_work]
        for subject in asked:
            before, codes = hanging.get(subject, (0.0, ()))
            hanging[subject] = (before + weight(rule) / len(subjects), (*codes, rule.code))
    doubts = [Doubt(subject, codes, much) for subject, (much, codes) in hanging.items()]
    return tuple(sorted(doubts, key=lambda one: (-one.weight, one.subject)))


def weight(rule: Rule) -> float:
    """Weigh a rule: tasks a year, doubled for each step of urgency."""
    return float(times_a_year(rule.duty.timing) * 2 ** (3 - rule.duty.priority))


def is_moving_rule(rule: Rule) -> bool:
    """Tell whether a rule can begin or cease to apply by the mere passing of days."""
    return any(is_moving(test) for test in tests_of(rule.when))


def _over(rule: Rule, rules: Sequence[Rule]) -> list[str]:
    return [one.code for one in rules if rule.code in one.instead_of]
