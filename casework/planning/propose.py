"""One person's plan as the rules would have it: items with their reasons, tasks, what to find out.

Decides which rules apply after the stronger have replaced the weaker, on which days, and which
unknown facts are worth asking for first; leaves conditions to :mod:`casework.rules` and windows to
:mod:`casework.planning.placing`. The same drafter serves one person while a form is edited, who is
read in Python, and everybody at once, whose conditions the database has read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from casework.planning.placing import Placer
from casework.planning.situation import PlannedTask, Situation
from casework.rules.evaluate import Reading, Values, explain, holds
from casework.rules.ruleset import Rule
from casework.rules.timing import AfterEvent, AtBirthdays, times_a_year
from casework.rules.tree import Assume, IsKnown, Node, Not, Subject, Test, is_moving, leaves_of

__all__ = [
    "Doubt",
    "Draft",
    "Drafter",
    "Proposal",
    "ProposedItem",
    "first_day",
    "missing_from",
    "propose",
    "weight",
]

_BORN = Subject("person", "born_on", kind="date")
_LOOK_BACK = timedelta(days=400)
_MONTH = 31


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
class Draft:
    """The rules that apply to somebody, each with its tasks, and what is worth finding out."""

    items: tuple[tuple[Rule, tuple[PlannedTask, ...]], ...]
    doubts: tuple[Doubt, ...]


class Drafter:
    """Drafts plans by a set of rules for any number of people.

    Parameters
    ----------
    rules : sequence of Rule
        Those in force on at least one day of the placer's view; codes may come twice, with other
        days.
    known_on : date or None
        The day on which the facts were known, where that is not the first day of the view.
    """

    def __init__(self, rules: Sequence[Rule], placer: Placer, known_on: date | None = None) -> None:
        self.rules = tuple(rules)
        self.placer = placer
        self.known_on = known_on or placer.first
        self.earliest = placer.first - _LOOK_BACK
        """The earliest day on which a task of this view may ask whether it is owed."""
        self._stronger = {
            index: tuple(n for n, one in enumerate(self.rules) if rule.code in one.instead_of)
            for index, rule in enumerate(self.rules)
        }
        self._weights = [weight(rule) for rule in self.rules]
        self._in_force = [rule.in_force(placer.first) for rule in self.rules]
        firsts: dict[str, int] = {}
        for place, rule in enumerate(self.rules):
            firsts.setdefault(rule.code, place)
        # As in the file, but of one rule the entry that holds first comes first.
        self._order = sorted(
            range(len(self.rules)),
            key=lambda place: (firsts[self.rules[place].code], self.rules[place].since),
        )

    def is_lasting(self, rule: Rule) -> bool:
        """Tell whether a rule is in force on all the days of the view."""
        ends = rule.until
        return rule.since <= self.earliest and (ends is None or ends >= self.placer.last)

    def draft(
        self,
        truths: Sequence[bool | None],
        turning: Collection[int],
        values: Values,
        person: Situation,
    ) -> Draft:
        """Draft the plan of one person.

        Parameters
        ----------
        truths : sequence of bool or None
            How each rule's condition came out on the placer's first day.
        turning : collection of int
            Places of the rules that may come out otherwise on another day of the view.
        """
        items: list[tuple[Rule, tuple[PlannedTask, ...]]] = []
        open_rules: list[int] = []
        in_force, today = self._in_force, self.placer.first
        for place in self._order:
            rule, truth = self.rules[place], truths[place]
            if truth is False and place not in turning:
                continue
            stronger = self._stronger[place]
            replaced = bool(stronger) and any(truths[n] and in_force[n] for n in stronger)
            applies = truth is True and not replaced and in_force[place]
            tasks: tuple[PlannedTask, ...] = ()
            whose = person
            started = person.starts.get(rule.duty.key)
            if rule.since > today or (started is not None and started > today):
                asked_before = any(one.code == rule.code for one, _tasks in items)
                whose = _from_its_day(rule, person, today, asked_before=asked_before)
                started = whose.starts.get(rule.duty.key)
            if place in turning or (turning and any(n in turning for n in stronger)):
                tasks = self.placer.tasks(rule.duty, whose, self.owed(place, values, started))
            elif applies:
                tasks = self.placer.tasks(rule.duty, whose)
            if applies or tasks:
                items.append((rule, tasks))
            if truth is None and not replaced:
                open_rules.append(place)
        return Draft(tuple(items), self._doubts(open_rules, items, values, person))

    def owed(
        self, place: int, values: Values, started: date | None = None
    ) -> Callable[[date], bool]:
        """Give a function that tells whether a rule is owed on a day, by the facts known now.

        Parameters
        ----------
        started : date or None
            First day on which the item is owed already. A rule that was changed since then goes on
            with what began before its change: that is owed to whoever meets it on the day of the
            change.
        """
        rule, today, known = self.rules[place], self.placer.first, self.known_on
        goes_on = started is not None and started < rule.since <= today
        stronger = [self.rules[n] for n in self._stronger[place]]

        def owed(day: date) -> bool:
            if goes_on and day < rule.since:
                day = rule.since
            if not rule.in_force(day) or holds(rule.when, values, day, known) is not True:
                return False
            return not any(
                one.in_force(day) and holds(one.when, values, day, known) is True
                for one in stronger
            )

        return owed

    def _doubts(
        self,
        open_rules: Iterable[int],
        items: Iterable[tuple[Rule, tuple[PlannedTask, ...]]],
        values: Values,
        person: Situation,
    ) -> tuple[Doubt, ...]:
        """Rank the unknown facts that could change the plan, the most telling first.

        A rule's weight is shared among the unknown facts it hangs on. What our own records would
        tell, such as an assessment never made, is not asked of the person.
        """
        hanging: dict[Subject, list[tuple[float, str]]] = {}
        for place in open_rules:
            rule = self.rules[place]
            missing = missing_from(rule.when, values, self.placer.first)
            for subject in missing:
                if not subject.about_work:
                    share = self._weights[place] / len(missing)
                    hanging.setdefault(subject, []).append((share, rule.code))
        for rule, _tasks in items:
            if not isinstance(rule.duty.timing, AtBirthdays | AfterEvent):
                continue
            dateless = _dateless(rule, values, person)
            if dateless is not None:
                hanging.setdefault(dateless, []).append((weight(rule), rule.code))
        if not hanging:
            return ()
        doubts = [
            Doubt(subject, tuple(code for _share, code in found), sum(one for one, _code in found))
            for subject, found in hanging.items()
        ]
        return tuple(sorted(doubts, key=lambda one: (-one.weight, one.subject)))


def _from_its_day(rule: Rule, person: Situation, today: date, *, asked_before: bool) -> Situation:
    """Let what only a rule to come asks of somebody begin with the rule.

    Else whoever comes to meet it on its first day would be owed all of a period that is nearly
    over by then. What is owed already, by the entry before, goes on.

    Parameters
    ----------
    asked_before : bool
        Whether an earlier entry of the same rule asks for something.
    """
    key = rule.duty.key
    started = person.starts.get(key)
    if (started is not None and started <= today) or (asked_before and rule.since > today):
        begins = min(started or today, today)
    else:
        begins = first_day(rule, person.since)
    return replace(person, starts={**person.starts, key: begins})


def first_day(rule: Rule, today: date) -> date:
    """Give the day from which a rule is owed to somebody of whom it asked nothing until today."""
    return max(rule.since, today)


def _dateless(rule: Rule, values: Values, person: Situation) -> Subject | None:
    """Name the date without which a rule that applies can place no task."""
    timing = rule.duty.timing
    if isinstance(timing, AtBirthdays):
        born = person.born
        if born is None or (not person.lunar and (born[1] - born[0]).days > _MONTH):
            return _BORN
    if isinstance(timing, AfterEvent) and rule.event is not None:
        return rule.event if values.get(rule.event) is None else None
    return None


def missing_from(node: Node, values: Values, day: date) -> frozenset[Subject]:
    """Name the unknown facts that could turn a condition whose answer is unknown."""
    if isinstance(node, Test):
        return frozenset() if isinstance(node.demand, IsKnown) else frozenset({node.subject})
    if isinstance(node, Not | Assume):
        return missing_from(node.part, values, day)
    found: frozenset[Subject] = frozenset()
    for part in node.parts:
        if holds(part, values, day) is None:
            found |= missing_from(part, values, day)
    return found


def weight(rule: Rule) -> float:
    """Weigh a rule: tasks a year, doubled for each step of urgency."""
    return float(times_a_year(rule.duty.timing) * 2 ** (3 - rule.duty.priority))


# --- with reasons, for one person ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """A rule that applies to the person, why, and its tasks.

    ``on`` is the day of the reading: later than today for a rule that only begins to apply, such as
    on a birthday.
    """

    rule: Rule
    reading: Reading
    tasks: tuple[PlannedTask, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose for one person.

    Parameters
    ----------
    declined : tuple of (Rule, Reading)
        Rules that do not apply, with the facts against them.
    undecided : tuple of (Rule, Reading)
        Rules that hang on unknown facts.
    standing_back : tuple of (Rule, Reading, str)
        Rules that would apply, and the code of the stronger one that stands in their place.
    doubts : tuple of Doubt
        Unknown facts, the most telling first.
    """

    items: tuple[ProposedItem, ...]
    declined: tuple[tuple[Rule, Reading], ...]
    undecided: tuple[tuple[Rule, Reading], ...]
    standing_back: tuple[tuple[Rule, Reading, str], ...]
    doubts: tuple[Doubt, ...]


def propose(drafter: Drafter, values: Values, person: Situation) -> Proposal:
    """Propose a plan for one person, with the reasons for and against each rule."""
    today = drafter.placer.first
    readings = [explain(rule.when, values, today) for rule in drafter.rules]
    truths = [reading.truth for reading in readings]
    turning = {
        place
        for place, rule in enumerate(drafter.rules)
        if not drafter.is_lasting(rule) or any(is_moving(test) for test in leaves_of(rule.when))
    }
    draft = drafter.draft(truths, turning, values, person)
    tasks = {id(rule): placed for rule, placed in draft.items}
    items: list[ProposedItem] = []
    declined: list[tuple[Rule, Reading]] = []
    undecided: list[tuple[Rule, Reading]] = []
    standing_back: list[tuple[Rule, Reading, str]] = []
    for rule, reading in zip(drafter.rules, readings, strict=True):
        if id(rule) in tasks:
            placed = tasks[id(rule)]
            day = today if reading.truth else placed[0].anchor
            told = reading if reading.truth else explain(rule.when, values, day)
            items.append(ProposedItem(rule, told, placed, day))
        elif not rule.in_force(today):
            continue
        elif reading.truth:
            stronger = next(
                one.code
                for one, truth in zip(drafter.rules, truths, strict=True)
                if truth and rule.code in one.instead_of
            )
            standing_back.append((rule, reading, stronger))
        elif reading.truth is None:
            undecided.append((rule, reading))
        else:
            declined.append((rule, reading))
    return Proposal(
        tuple(items), tuple(declined), tuple(undecided), tuple(standing_back), draft.doubts
    )
