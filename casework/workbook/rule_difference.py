"""What a change of the rules would do, before it takes effect: people, tasks and hours.

Decides which rules have changed and compares what both sets owe everybody over some days ahead;
nothing is written. What people have decided about an item by hand stays as it is and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from casework.rules import RuleSet
from casework.terms import _, day_in_words
from casework.workbook.plan_situations import owner_among
from casework.workbook.rule_pairs import Owed, part_moved
from casework.workbook.rule_reach import Reach
from casework.workbook.rule_sides import Changed, Comparison
from casework.workbook.rule_tallies import Count, Folk, Ledger, Row, folk_of, hours

__all__ = ["Difference", "OpenTask", "PersonChange", "RuleChange", "compare_rules"]

_NAMES = ("added", "removed", "moved")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is new, gone or changed, whom it is for, and whose tasks follow.

    Attributes
    ----------
    kind : {"added", "removed", "changed", "same"}
        ``same``: only the rules that stand in its place have changed.
    """

    code: str
    title: str
    kind: str
    reach: Reach

    def as_json(self) -> dict[str, Any]:
        """Give everything by name."""
        reach = asdict(self.reach)
        reach["from"] = reach.pop("day").isoformat()
        return {"code": self.code, "title": self.title, "kind": self.kind, **reach}


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
class OpenTask:
    """A task whose window has begun when the change takes effect, and whose it is."""

    person_id: int
    name: str
    rule: str
    title: str
    opens_on: date
    due_on: date
    worker: str

    def as_json(self) -> dict[str, Any]:
        """Give the task by name; the person by id alone."""
        return {
            "person_id": self.person_id,
            "rule": self.rule,
            "opens_on": self.opens_on.isoformat(),
            "due_on": self.due_on.isoformat(),
        }


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
    withdrawn, kept : tuple of OpenTask
        Of what is open of the changed rules when the change takes effect: what drawing up plans
        will take off the list on that day, and what goes on. Both the most pressing first.
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
    withdrawn: tuple[OpenTask, ...] = ()
    kept: tuple[OpenTask, ...] = ()

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
            "withdrawn": [one.as_json() for one in self.withdrawn],
            "kept": [one.as_json() for one in self.kept],
            "rules": [one.as_json() for one in self.rules],
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
        if told := self.begun():
            yield told
        for one in self.rules:
            yield "  " + _(
                "{kind} {code} {title}: {told}",
                kind=kind_text(one.kind),
                code=one.code,
                title=one.title,
                told=one.reach.sentences(self.first),
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

    def begun(self) -> str:
        """Say what becomes of the tasks already begun; nothing where none is."""
        if not self.withdrawn and not self.kept:
            return ""
        return _(
            "Open tasks whose window has begun when the change takes effect: {withdrawn} will be "
            "withdrawn, {kept} go on.",
            withdrawn=len(self.withdrawn),
            kept=len(self.kept),
        )

    def summary(self) -> str:
        """Say in a sentence what would change, and in another what only changes its days."""
        told = _(
            "From {first} to {last}: people affected: {affected} of {people}; tasks: {added} "
            "more ({added_hours} h), {removed} fewer ({removed_hours} h).",
            first=day_in_words(self.first.isoformat()),
            last=day_in_words(self.last.isoformat()),
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
    both = Comparison(session, old, new, today=today, last=last, outcomes=outcomes)
    titles = both.titles()
    book = _Accounts(folk_of(session), titles)
    for one in both.changed(progress):
        book.enter(one)
    rules = tuple(
        RuleChange(code, titles[code], both.changes.get(code, "same"), both.reach(code))
        for code in sorted(both.touched, key=lambda one: (one not in both.changes, one))
    )
    return book.difference(today, last, both.people, rules)


def _by_day(one: OpenTask) -> tuple[date, str, int]:
    return one.due_on, one.rule, one.person_id


class _Accounts:
    """Adds up what is new and what is gone."""

    def __init__(self, folk: Folk, titles: dict[str, str]) -> None:
        self.folk, self.titles = folk, titles
        self.added, self.removed, self.moved = Count(), Count(), Count()
        self.rules, self.units, self.workers = (Ledger(_NAMES) for _number in range(3))
        self.persons: list[PersonChange] = []
        self.withdrawn: list[OpenTask] = []
        self.kept: list[OpenTask] = []

    def enter(self, one: Changed) -> None:
        """Enter what becomes of one person."""
        person_id = one.person_id
        gone, fresh, moved = part_moved(one.gone, one.fresh)
        lost = {(task.key, task.period) for task, _duty in gone}
        for owed, stays in (*((each, False) for each in one.begun), *((e, True) for e in one.kept)):
            # What a changed rule asks for on other days instead is the same visit, and goes on.
            going = stays or (owed[0].key, owed[0].period) not in lost
            (self.kept if going else self.withdrawn).append(self._open(one, owed))
        if not (one.gone or one.fresh):
            return
        balance = 0
        for name, tasks, total, sign in (
            ("added", fresh, self.added, 1),
            ("removed", gone, self.removed, -1),
            ("moved", moved, self.moved, 0),
        ):
            for task, duty in tasks:
                worker = owner_among(one.near.seats.get(person_id, {}), duty.actor)
                minutes = duty.duration_minutes or 0
                balance += sign * minutes
                total.add(person_id, minutes)
                self.rules.add(task.key.removeprefix("rule:"), name, person_id, minutes)
                self.units.add(self.folk.unit_of.get(person_id), name, person_id, minutes)
                self.workers.add(worker, name, person_id, minutes)
        name_of = self.folk.people.get(person_id, "")
        counts = len(fresh), len(gone), len(moved)
        self.persons.append(PersonChange(person_id, name_of, *counts, balance))

    def _open(self, one: Changed, owed: Owed) -> OpenTask:
        task, duty = owed
        code = task.key.removeprefix("rule:")
        worker = owner_among(one.near.seats.get(one.person_id, {}), duty.actor)
        return OpenTask(
            one.person_id, self.folk.people.get(one.person_id, ""), code,
            self.titles.get(code, code), task.opens_on, task.due_on, self.folk.worker(worker)[1],
        )  # fmt: skip

    def difference(
        self,
        first: date,
        last: date,
        people: int,
        rules: tuple[RuleChange, ...],
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
            self.rules.rows(lambda code: (code, self.titles.get(code, code))),
            self.units.rows(self.folk.unit),
            self.workers.rows(self.folk.worker),
            tuple(sorted(self.persons, key=lambda one: (-abs(one.minutes), one.person_id))),
            tuple(sorted(self.withdrawn, key=_by_day)),
            tuple(sorted(self.kept, key=_by_day)),
        )
