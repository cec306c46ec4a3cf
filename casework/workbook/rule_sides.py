"""What two sets of rules owe people over some days, side by side.

Decides which rules differ, which others stand back for them, and what becomes owed or is no longer
owed to each person; nothing is written. What people have decided about an item by hand stays as it
is and is left out. Leaves adding up to those who compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.planning import Placer
from casework.records import Person, in_care_on
from casework.rules import Rule, RuleSet
from casework.terms import _
from casework.workbook.plan_farewells import farewells
from casework.workbook.plan_reading import RuleReader
from casework.workbook.plan_rows import HeldPlan, held_plans
from casework.workbook.plan_situations import Around, around, situation_of
from casework.workbook.policy import almanac
from casework.workbook.rule_pairs import Owed
from casework.workbook.rule_reach import Reach, Reaches

__all__ = ["Changed", "Comparison", "changed_codes"]

_PEOPLE_AT_ONCE = 4_000
_Tasks = dict[tuple[str, str], Owed]


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody who is owed something else: what no longer just so, and what instead or besides."""

    person_id: int
    gone: list[Owed]
    fresh: list[Owed]
    near: Around

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
        self._placer = Placer(almanac(), today, last)
        self._sides = [
            _Side(
                (rule for rule in rules.between(today, last) if not rule.for_deceased),
                self.touched,
                self._placer,
                outcomes,
            )
            for rules in self._sets
        ]
        self._ids = session.scalars(
            select(Person.id).where(in_care_on(today)).order_by(Person.id)
        ).all()
        self.people = len(self._ids)
        self._reaches = Reaches(
            self.touched, old, new, today, last,
            (self._sides[0].reader.rules, self._sides[1].reader.rules),
        )  # fmt: skip

    def changed(self, progress: Callable[[float, str], None] | None = None) -> Iterator[Changed]:
        """Yield everybody who is owed something else, families of the deceased last."""
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
                both = [side.tasks(session, chosen, {**drafts, **plans}, near) for side in sides]
                for person_id in part:
                    found = _apart(
                        person_id, both[0].get(person_id, {}), both[1].get(person_id, {}), near
                    )
                    truths = sides[0].truths.get(person_id), sides[1].truths.get(person_id)
                    self._reaches.enter(truths, found.codes if found else ())
                    if found:
                        yield found
        gone = [
            _farewells(
                session, rules.between(self.today, self.last), self.touched, self._placer,
                self._outcomes,
            )
            for rules in self._sets
        ]  # fmt: skip
        for person_id in sorted({*gone[0], *gone[1]}):
            near = around(session, [person_id], self.today)
            found = _apart(person_id, gone[0].get(person_id, {}), gone[1].get(person_id, {}), near)
            if found:
                self._reaches.enter_family(found.codes)
                yield found

    def reach(self, code: str) -> Reach:
        """Give whom a touched rule is for by both sets; counted while `changed` is gone through."""
        return self._reaches.of[code]

    def titles(self) -> dict[str, str]:
        """Give the title of every rule of both sets, by code."""
        return {rule.code: str(rule.title) for rules in self._sets for rule in rules.rules}


def _apart(person_id: int, old: _Tasks, new: _Tasks, near: Around) -> Changed | None:
    gone = [old[key] for key in old if not _same(old[key], new.get(key))]
    fresh = [new[key] for key in new if not _same(new[key], old.get(key))]
    return Changed(person_id, gone, fresh, near) if gone or fresh else None


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
    """One of the two sets, cut down to what can differ."""

    def __init__(
        self, rules: Iterable[Rule], touched: Collection[str], placer: Placer, outcomes: Any
    ) -> None:
        every = tuple(rules)
        wanted = [rule for rule in every if rule.code in touched]
        stronger = [
            rule
            for rule in every
            if rule.code not in touched and any(one in touched for one in rule.instead_of)
        ]
        self.touched = frozenset(touched)
        self.reader = RuleReader([*wanted, *stronger], placer, outcomes)
        self.truths: dict[int, list[bool | None]] = {}

    def tasks(
        self, session: Session, chosen: tuple[int, int], plans: dict[int, HeldPlan], near: Around
    ) -> dict[int, _Tasks]:
        """Give what these rules owe these people: by person, item and period.

        How the rules came out for each is kept in `truths` until the next are asked about.
        """
        found: dict[int, _Tasks] = {}
        self.truths = {}
        first = self.reader.placer.first
        for reading in self.reader.readings(session, chosen):
            self.truths[reading.person_id] = reading.truths
            plan = plans.get(reading.person_id)
            starts = {item.key: item.since for item in plan.items.values()} if plan else {}
            person = situation_of(
                reading.person_id,
                reading.values,
                self.reader.rules,
                first,
                starts=starts,
                stays=near.stays.get(reading.person_id, ()),
            )
            draft = self.reader.drafter.draft(
                reading.truths, reading.turning, reading.values, person
            )
            owed = found[reading.person_id] = {}
            for rule, placed in draft.items:
                if rule.code in self.touched and not _decided_by_hand(plan, rule.duty.key):
                    for task in placed:
                        if not task.excused:
                            owed[task.key, task.period] = (task, rule.duty)
        return found


def _decided_by_hand(plan: HeldPlan | None, key: str) -> bool:
    item = plan.items.get(key) if plan else None
    return item is not None and (item.state == "declined" or item.duty is not None)


def _farewells(
    session: Session,
    rules: Iterable[Rule],
    touched: frozenset[str],
    placer: Placer,
    outcomes: Collection[str],
) -> dict[int, _Tasks]:
    """Give what the touched rules for the deceased owe to families in the view, by person."""
    last = [rule for rule in rules if rule.for_deceased]
    if not any(rule.code in touched for rule in last):
        return {}
    found: dict[int, _Tasks] = {}
    for some in farewells(session, last, placer, outcomes):
        for one in some:
            tasks = {
                (task.key, task.period): (task, rule.duty)
                for rule, placed in one.owed
                if rule.code in touched
                for task in placed
            }
            if tasks:
                found[one.person_id] = tasks
    return found


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
