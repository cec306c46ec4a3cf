"""What two sets of rules owe people over some days, side by side.

Decides which rules differ, which others stand back for them, and what becomes owed or is no longer
owed to each person; nothing is written. A change to come is read as drawing up plans will read it
on its day, by what is known today: what is then open of a rule that somebody no longer meets is
withdrawn. What people have decided about an item by hand stays as it is, and so does what is done;
both are left out. Leaves adding up to those who compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import Session

from casework.planning import Draft, Drafter, Placer, first_day
from casework.records import Person, Task, in_care_on
from casework.records.base import Day
from casework.rules import Rule, RuleSet
from casework.rules.evaluate import holds
from casework.terms import _
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.plan_farewells import farewells
from casework.workbook.plan_reading import RuleReader, RuleReading
from casework.workbook.plan_rows import HeldPlan, held_plans
from casework.workbook.plan_situations import Around, around, situation_of, within
from casework.workbook.policy import almanac
from casework.workbook.rule_pairs import Owed
from casework.workbook.rule_reach import Reach, Reaches

__all__ = ["Changed", "Comparison", "changed_codes"]

_PEOPLE_AT_ONCE = 4_000
_DAY = timedelta(days=1)
_Tasks = dict[tuple[str, str], Owed]


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody who is owed something else: what no longer just so, and what instead or besides.

    Attributes
    ----------
    begun : list of (PlannedTask, Obligation)
        Of those gone, what has begun when the change takes effect.
    kept : list of (PlannedTask, Obligation)
        What has begun by then and goes on.
    """

    person_id: int
    gone: list[Owed]
    fresh: list[Owed]
    near: Around
    begun: list[Owed] = field(default_factory=list)
    kept: list[Owed] = field(default_factory=list)

    @property
    def codes(self) -> frozenset[str]:
        """Name the rules by which it is."""
        return frozenset(
            task.key.removeprefix("rule:")
            for some in (self.gone, self.fresh)
            for task, _duty in some
        )


class Comparison:
    """Compares what two sets of rules owe everybody in care.

    Parameters
    ----------
    today, last : date
        The days compared, inclusive.
    outcomes : collection of str
        Outcomes of a contact that count as having reached somebody.
    """

    def __init__(
        self,
        session: Session,
        old: RuleSet,
        new: RuleSet,
        *,
        today: date,
        last: date,
        outcomes: Collection[str],
    ) -> None:
        self._session, self._sets, self._outcomes = session, (old, new), outcomes
        self.today, self.last = today, last
        self.changes = changed_codes(old, new)
        self.touched = _touched(self.changes, old, new)
        turns = _turns(self._sets, self.touched, today, last)
        self._placers = [Placer(almanac(), day, last) for day in (today, *turns)]
        self._sides = [_Side(rules, self.touched, self._placers, outcomes) for rules in self._sets]
        self._ids = session.scalars(
            select(Person.id).where(in_care_on(today)).order_by(Person.id)
        ).all()
        self.people = len(self._ids)
        self._reaches = Reaches(
            self.touched, old, new, today, last,
            {
                placer.first: (self._sides[0].drafters[n].rules, self._sides[1].drafters[n].rules)
                for n, placer in enumerate(self._placers)
            },
        )  # fmt: skip

        self._days = {code: self._turn_of(code) for code in self.touched}

    def _turn_of(self, code: str) -> date:
        """Give the day on which a rule changes, or the first one that stands in its place."""
        chosen = {code} & self.changes.keys() or {
            rule.code
            for rules in self._sets
            for rule in rules.rules
            if rule.code in self.changes and code in rule.instead_of
        }
        return min((self.reach(one).day for one in chosen), default=self.today)

    def changed(self, progress: Callable[[float, str], None] | None = None) -> Iterator[Changed]:
        """Yield who is owed something else or goes on with what has begun, families last."""
        session, sides = self._session, self._sides
        if any(side.reader.rules for side in sides):
            starts = range(0, len(self._ids), _PEOPLE_AT_ONCE)
            for number, start in enumerate(starts):
                if progress:
                    progress(number / len(starts), _("comparing"))
                part = self._ids[start : start + _PEOPLE_AT_ONCE]
                chosen = (part[0], part[-1])
                plans, drafts, _newest = held_plans(session, chosen, self.today)
                near = around(session, chosen, self.today)
                settled = self._settled(chosen)
                both = [side.tasks(session, chosen, {**drafts, **plans}, near) for side in sides]
                for person_id in part:
                    mine = (both[0].get(person_id, {}), both[1].get(person_id, {}))
                    found = self._apart(person_id, mine, near, settled.get(person_id, ()))
                    truths = {
                        placer.first: (
                            sides[0].truths[n].get(person_id), sides[1].truths[n].get(person_id)
                        )
                        for n, placer in enumerate(self._placers)
                    }  # fmt: skip
                    self._reaches.enter(truths, found.codes)
                    if found.gone or found.fresh or found.kept:
                        yield found
        gone = [self._farewells(rules) for rules in self._sets]
        families = sorted({*gone[0], *gone[1]})
        settled = self._settled(families) if families else {}
        for person_id in families:
            near = around(session, [person_id], self.today)
            mine = (gone[0].get(person_id, {}), gone[1].get(person_id, {}))
            found = self._apart(person_id, mine, near, settled.get(person_id, ()))
            if found.gone or found.fresh or found.kept:
                self._reaches.enter_family(found.codes)
                yield found

    def _apart(
        self,
        person_id: int,
        mine: tuple[_Tasks, _Tasks],
        near: Around,
        settled: Collection[tuple[str, str]],
    ) -> Changed:
        """Tell what one person loses, gains and keeps."""
        old, new = mine
        gone = [old[key] for key in old if key not in settled and not _same(old[key], new.get(key))]
        fresh = [
            new[key] for key in new if key not in settled and not _same(new[key], old.get(key))
        ]
        begun = {
            key: one for key, one in old.items() if key not in settled and self._has_begun(one)
        }
        return Changed(
            person_id, gone, fresh, near,
            [one for key, one in begun.items() if key not in new],
            [one for key, one in begun.items() if key in new],
        )  # fmt: skip

    def _has_begun(self, one: Owed) -> bool:
        """Tell whether a task is open when the change by which it may go takes effect."""
        task, _duty = one
        day = self._days[task.key.removeprefix("rule:")]
        return task.opens_on <= max(self.today, day - _DAY) and task.due_on >= day

    def _settled(
        self, chosen: Collection[int] | tuple[int, int]
    ) -> dict[int, set[tuple[str, str]]]:
        """Give what of the touched rules is done, or people took off the list, by person."""
        found: dict[int, set[tuple[str, str]]] = {}
        by_people = and_(
            Task.cancelled_on.is_not(None),
            or_(Task.reason.is_(None), ~Task.reason.startswith(AUTOMATIC, autoescape=True)),
        )
        rows = self._session.execute(
            select(Task.person_id, Task.item_key, Task.period).where(
                within(Task.person_id, chosen),
                Task.item_key.in_([f"rule:{code}" for code in sorted(self.touched)]),
                Task.due_on >= literal(self.today, Day()),
                or_(Task.done_on.is_not(None), by_people),
            )
        )
        for person_id, key, period in rows:
            found.setdefault(person_id, set()).add((key, period))
        return found

    def _farewells(self, rules: RuleSet) -> dict[int, _Tasks]:
        """Give what the touched rules for the deceased owe to families, by person."""
        found: dict[int, _Tasks] = {}
        for placer in self._placers:
            last = [one for one in rules.between(placer.first, self.last) if one.for_deceased]
            asked: dict[int, _Tasks] = {}
            if any(one.code in self.touched for one in last):
                for some in farewells(self._session, last, placer, self._outcomes):
                    for one in some:
                        asked[one.person_id] = {
                            (task.key, task.period): (task, rule.duty)
                            for rule, placed in one.owed
                            if rule.code in self.touched
                            for task in placed
                        }
            for person_id in {*found, *asked}:
                before = _still_open(found.get(person_id, {}), placer.first)
                found[person_id] = before | asked.get(person_id, {})
        return {person_id: tasks for person_id, tasks in found.items() if tasks}

    def reach(self, code: str) -> Reach:
        """Give whom a touched rule is for by both sets; counted while `changed` is gone through."""
        return self._reaches.of[code]

    def titles(self) -> dict[str, str]:
        """Give the title of every rule of both sets, by code."""
        return {rule.code: str(rule.title) for rules in self._sets for rule in rules.rules}


def changed_codes(old: RuleSet, new: RuleSet) -> dict[str, str]:
    """Name the rules that differ between two sets, and how: added, removed or changed."""
    before, after = _entries(old.rules), _entries(new.rules)
    found: dict[str, str] = {}
    for code in {**before, **after}:
        if code not in before:
            found[code] = "added"
        elif code not in after:
            found[code] = "removed"
        elif before[code] != after[code]:
            found[code] = "changed"
    return found


def _entries(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    entries: dict[str, list[Rule]] = {}
    for rule in rules:
        # How a condition is put does not matter, only what it means.
        entries.setdefault(rule.code, []).append(replace(rule, text=""))
    return entries


class _Side:
    """One of the two sets, cut down to what can differ.

    Parameters
    ----------
    placers : sequence of Placer
        One for today, and one for each day on which one of the two sets turns.

    Attributes
    ----------
    drafters : list of Drafter
        One a placer. Those of days to come go by what is known today: our own work in between is
        not foreseen.
    truths : list of dict
        How the rules came out for each of those asked about last, by day and person.
    """

    def __init__(
        self,
        rules: RuleSet,
        touched: frozenset[str],
        placers: Sequence[Placer],
        outcomes: Collection[str],
    ) -> None:
        self.touched = touched
        today = placers[0].first
        read = [
            [
                rule
                for rule in _read(rules, touched)
                if rule.since <= placer.last
                and (rule.until is None or rule.until >= placer.first)
                and not rule.for_deceased
            ]
            for placer in placers
        ]
        self.reader = RuleReader(read[0], placers[0], outcomes)
        self.drafters = [
            self.reader.drafter,
            *(Drafter(*one, known_on=today) for one in zip(read[1:], placers[1:], strict=True)),
        ]
        self.truths: list[dict[int, list[bool | None]]] = []

    def tasks(
        self, session: Session, chosen: tuple[int, int], plans: dict[int, HeldPlan], near: Around
    ) -> dict[int, _Tasks]:
        """Give what these rules owe these people: by person, item and period."""
        found: dict[int, _Tasks] = {}
        self.truths = [{} for _drafter in self.drafters]
        for reading in self.reader.readings(session, chosen):
            person_id, plan = reading.person_id, plans.get(reading.person_id)
            starts = {item.key: item.since for item in plan.items.values()} if plan else {}
            owed: _Tasks = {}
            for drafter, noted in zip(self.drafters, self.truths, strict=True):
                truths, turning = _read_on(drafter, reading, drafter is self.drafters[0])
                noted[person_id] = truths
                day = drafter.placer.first
                person = situation_of(
                    person_id,
                    reading.values,
                    drafter.rules,
                    day,
                    starts=starts,
                    stays=near.stays.get(person_id, ()),
                )
                draft = drafter.draft(truths, turning, reading.values, person)
                owed = _still_open(owed, day) | self._asked(draft, plan)
                starts = _starts(draft, starts, day)
            found[person_id] = owed
        return found

    def _asked(self, draft: Draft, plan: HeldPlan | None) -> _Tasks:
        return {
            (task.key, task.period): (task, rule.duty)
            for rule, placed in draft.items
            if rule.code in self.touched and not _decided_by_hand(plan, rule.duty.key)
            for task in placed
            if not task.excused
        }


def _read_on(
    drafter: Drafter, reading: RuleReading, today: bool
) -> tuple[list[bool | None], Collection[int]]:
    """Give how the rules of a day come out for one person, and which may turn."""
    if today:
        return reading.truths, reading.turning
    day, known = drafter.placer.first, drafter.known_on
    truths = [holds(rule.when, reading.values, day, known) for rule in drafter.rules]
    return truths, range(len(truths))


def _starts(draft: Draft, before: Mapping[str, date], day: date) -> dict[str, date]:
    """Give since when everything is owed after plans were drawn up on a day."""
    found: dict[str, date] = {}
    for rule, _tasks in draft.items:
        begins = first_day(rule, day)
        found.setdefault(rule.duty.key, min(before.get(rule.duty.key, begins), begins))
    return found


def _still_open(tasks: _Tasks, day: date) -> _Tasks:
    """Leave out what a later reading asks for anew."""
    return {key: one for key, one in tasks.items() if one[0].due_on < day}


def _read(rules: RuleSet, touched: Collection[str]) -> list[Rule]:
    """Give the touched rules, then those that stand in the place of one."""
    wanted = [rule for rule in rules.rules if rule.code in touched]
    stronger = [
        rule
        for rule in rules.rules
        if rule.code not in touched and any(one in touched for one in rule.instead_of)
    ]
    return [*wanted, *stronger]


def _turns(
    sets: Iterable[RuleSet], touched: Collection[str], today: date, last: date
) -> list[date]:
    """Give the days to come on which a rule that is read begins or no longer holds."""
    found: set[date] = set()
    for rules in sets:
        for rule in _read(rules, touched):
            found.add(rule.since)
            if rule.until is not None:
                found.add(rule.until + _DAY)
    return sorted(day for day in found if today < day <= last)


def _decided_by_hand(plan: HeldPlan | None, key: str) -> bool:
    item = plan.items.get(key) if plan else None
    return item is not None and (item.state == "declined" or item.duty is not None)


def _touched(changes: Collection[str], old: RuleSet, new: RuleSet) -> frozenset[str]:
    """Add to the changed rules those that they stand or stood in the place of."""
    weaker = {
        code
        for rules in (old, new)
        for rule in rules.rules
        if rule.code in changes
        for code in rule.instead_of
    }
    known = {rule.code for rules in (old, new) for rule in rules.rules}
    return frozenset(changes) | (weaker & known)


def _same(one: Owed, other: Owed | None) -> bool:
    if other is None:
        return False
    task, duty = one
    theirs, their_duty = other
    return (
        task.opens_on == theirs.opens_on
        and task.due_on == theirs.due_on
        and task.channels == theirs.channels
        and duty.actor == their_duty.actor
        and duty.service == their_duty.service
        and duty.duration_minutes == their_duty.duration_minutes
    )
