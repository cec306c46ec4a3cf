"""What a change of the rules would do, before it takes effect: people, tasks and hours.

Decides which rules have changed and compares what both sets owe everybody over some days ahead;
nothing is written. What people have decided about an item by hand stays as it is and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
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
from casework.workbook.plan_situations import Around, around, owner_among, situation_of
from casework.workbook.policy import almanac
from casework.workbook.rule_pairs import Owed, part_moved
from casework.workbook.rule_tallies import Count, Folk, Ledger, Row, folk_of, hours

__all__ = ["Difference", "PersonChange", "RuleChange", "changed_codes", "compare_rules"]

_PEOPLE_AT_ONCE = 4_000
_NAMES = ("added", "removed", "moved")
_Tasks = dict[tuple[str, str], Owed]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is new, gone or changed, and for how many people it holds on the first day.

    Attributes
    ----------
    kind : {"added", "removed", "changed", "same"}
        ``same``: only the rules that stand in its place have changed.
    before, after : (int, int)
        People who meet the condition, and of whom that is unknown.
    """

    code: str
    title: str
    kind: str
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PersonChange:
    """Somebody whose plan would change."""

    person_id: int
    name: str
    added: int
    removed: int
    moved: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change of the rules would do from a day on.

    Attributes
    ----------
    first, last : date
        The days compared, inclusive.
    people : int
        How many were looked at.
    added, removed : Count
        A task whose actor, way or length changes counts as removed and added.
    moved : Count
        Tasks that stay, on other days: see `casework.workbook.rule_pairs.part_moved`.
    """

    first: date
    last: date
    people: int
    rules: tuple[RuleChange, ...]
    added: Count
    removed: Count
    moved: Count
    by_rule: tuple[Row, ...]
    by_unit: tuple[Row, ...]
    by_worker: tuple[Row, ...]
    persons: tuple[PersonChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether neither a rule nor anybody's plan would change."""
        return not self.rules and not self.persons

    def as_json(self) -> dict[str, Any]:
        """Give everything by name, as the command prints it."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "people": self.people,
            "affected": len(self.persons),
            "added": self.added.as_json(),
            "removed": self.removed.as_json(),
            "moved": self.moved.as_json(),
            "hours": hours(self.added.minutes - self.removed.minutes),
            "rules": [
                {
                    "code": one.code,
                    "title": one.title,
                    "kind": one.kind,
                    "before": {"holds": one.before[0], "unknown": one.before[1]},
                    "after": {"holds": one.after[0], "unknown": one.after[1]},
                }
                for one in self.rules
            ],
            "by_rule": [row.as_json() for row in self.by_rule],
            "by_unit": [row.as_json() for row in self.by_unit],
            "by_worker": [row.as_json() for row in self.by_worker],
            "persons": [
                {
                    "person_id": one.person_id,
                    "added": one.added,
                    "removed": one.removed,
                    "moved": one.moved,
                    "hours": hours(one.minutes),
                }
                for one in self.persons
            ],
        }

    def lines(self) -> Iterator[str]:
        """Say it for a terminal."""
        if self.is_empty:
            yield _("These are the rules in force: nothing would change.")
            return
        yield self.summary()
        for one in self.rules:
            yield "  " + _(
                "{kind} {code} {title}: {before} people before, {after} after, {unknown} unknown",
                kind=kind_text(one.kind),
                code=one.code,
                title=one.title,
                before=one.before[0],
                after=one.after[0],
                unknown=one.after[1],
            )
        for title, rows in (
            (_("By rule"), self.by_rule),
            (_("By unit"), self.by_unit),
            (_("By member of staff"), self.by_worker),
        ):
            if rows:
                yield title
                for row in rows:
                    yield "  " + _row_text(row)

    def summary(self) -> str:
        """Say in a sentence what would change, and in another what only changes its days."""
        told = _(
            "From {first} to {last}: people affected: {affected} of {people}; tasks: {added} "
            "more ({added_hours} h), {removed} fewer ({removed_hours} h).",
            first=self.first,
            last=self.last,
            affected=len(self.persons),
            people=self.people,
            added=self.added.tasks,
            added_hours=hours(self.added.minutes),
            removed=self.removed.tasks,
            removed_hours=hours(self.removed.minutes),
        )
        if not self.moved.tasks:
            return told
        return f"{told} {_('Tasks that only change their days: {n}.', n=self.moved.tasks)}"


def kind_text(kind: str) -> str:
    """Say what became of a rule."""
    return {
        "added": _("new rule"),
        "removed": _("rule gone"),
        "changed": _("changed rule"),
        "same": _("rule with another in its place"),
    }[kind]


def _row_text(row: Row) -> str:
    added, removed = row.counts["added"], row.counts["removed"]
    return _(
        "{label}: tasks +{added}, −{removed}, {moved} on other days, {hours:+} h",
        label=row.label,
        added=added.tasks,
        removed=removed.tasks,
        moved=row.counts["moved"].tasks,
        hours=hours(added.minutes - removed.minutes),
    )


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
        self.holding: dict[str, list[int]] = {}

    def tasks(
        self, session: Session, chosen: tuple[int, int], plans: dict[int, HeldPlan], near: Around
    ) -> dict[int, _Tasks]:
        """Give what these rules owe these people: by person, item and period."""
        found: dict[int, _Tasks] = {}
        first = self.reader.placer.first
        for reading in self.reader.readings(session, chosen):
            for rule, truth in zip(self.reader.rules, reading.truths, strict=True):
                if rule.in_force(first):
                    counts = self.holding.setdefault(rule.code, [0, 0])
                    counts[0] += truth is True
                    counts[1] += truth is None
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


def compare_rules(
    session: Session,
    old: RuleSet,
    new: RuleSet,
    *,
    today: date,
    days: int,
    outcomes: Collection[str],
    progress: Callable[[float, str], None] | None = None,
) -> Difference:
    """Compare what two sets of rules owe everybody in care over some days; nothing is written."""
    last = today + timedelta(days=days)
    changes = changed_codes(old, new)
    touched = _touched(changes, old, new)
    placer = Placer(almanac(), today, last)
    sides = [
        _Side(
            (rule for rule in rules.between(today, last) if not rule.for_deceased),
            touched,
            placer,
            outcomes,
        )
        for rules in (old, new)
    ]
    ids = session.scalars(select(Person.id).where(in_care_on(today)).order_by(Person.id)).all()
    folk = folk_of(session)
    book = _Accounts(folk)
    if any(side.reader.rules for side in sides):
        starts = range(0, len(ids), _PEOPLE_AT_ONCE)
        for number, start in enumerate(starts):
            if progress:
                progress(number / len(starts), _("comparing"))
            part = ids[start : start + _PEOPLE_AT_ONCE]
            chosen = (part[0], part[-1])
            plans, drafts, _newest = held_plans(session, chosen, today)
            near = around(session, chosen, today)
            both = [side.tasks(session, chosen, {**drafts, **plans}, near) for side in sides]
            for person_id in part:
                book.enter(person_id, both[0].get(person_id, {}), both[1].get(person_id, {}), near)
    gone = [
        _farewells(session, rules, touched, placer, outcomes)
        for rules in (old.between(today, last), new.between(today, last))
    ]
    for person_id in sorted({*gone[0], *gone[1]}):
        near = around(session, [person_id], today)
        book.enter(person_id, gone[0].get(person_id, {}), gone[1].get(person_id, {}), near)
    titles = {rule.code: str(rule.title) for rules in (old, new) for rule in rules.rules}
    none = [0, 0]
    rules = tuple(
        RuleChange(
            code,
            titles[code],
            changes.get(code, "same"),
            _pair(sides[0].holding.get(code, none)),
            _pair(sides[1].holding.get(code, none)),
        )
        for code in sorted(touched, key=lambda one: (one not in changes, one))
    )
    return book.difference(today, last, len(ids), rules, titles)


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


def _pair(counts: list[int]) -> tuple[int, int]:
    return counts[0], counts[1]


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


class _Accounts:
    """Adds up what is new and what is gone."""

    def __init__(self, folk: Folk) -> None:
        self.folk = folk
        self.added, self.removed, self.moved = Count(), Count(), Count()
        self.rules, self.units, self.workers = (Ledger(_NAMES) for _number in range(3))
        self.persons: list[PersonChange] = []

    def enter(self, person_id: int, old: _Tasks, new: _Tasks, near: Around) -> None:
        """Compare what one person is owed."""
        gone = [old[key] for key in old if not _same(old[key], new.get(key))]
        fresh = [new[key] for key in new if not _same(new[key], old.get(key))]
        if not gone and not fresh:
            return
        gone, fresh, moved = part_moved(gone, fresh)
        balance = 0
        for name, tasks, total, sign in (
            ("added", fresh, self.added, 1),
            ("removed", gone, self.removed, -1),
            ("moved", moved, self.moved, 0),
        ):
            for task, duty in tasks:
                worker = owner_among(near.seats.get(person_id, {}), duty.actor)
                minutes = duty.duration_minutes or 0
                balance += sign * minutes
                total.add(person_id, minutes)
                self.rules.add(task.key.removeprefix("rule:"), name, person_id, minutes)
                self.units.add(self.folk.unit_of.get(person_id), name, person_id, minutes)
                self.workers.add(worker, name, person_id, minutes)
        name_of = self.folk.people.get(person_id, "")
        counts = len(fresh), len(gone), len(moved)
        self.persons.append(PersonChange(person_id, name_of, *counts, balance))

    def difference(
        self,
        first: date,
        last: date,
        people: int,
        rules: tuple[RuleChange, ...],
        titles: dict[str, str],
    ) -> Difference:
        """Close the accounts."""
        return Difference(
            first,
            last,
            people,
            rules,
            self.added,
            self.removed,
            self.moved,
            self.rules.rows(lambda code: (code, titles.get(code, code))),
            self.units.rows(self.folk.unit),
            self.workers.rows(self.folk.worker),
            tuple(sorted(self.persons, key=lambda one: (-abs(one.minutes), one.person_id))),
        )


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
