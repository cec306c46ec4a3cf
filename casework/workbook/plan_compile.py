"""From facts and rules to plans and tasks in the workbook, for everybody at once.

Decides how a set of people is read and written: one query reads every condition for all of them,
sets of rows are written in one transaction. Running it again changes nothing. Leaves what becomes
of each plan to :mod:`casework.workbook.plan_drawing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casework.planning import PlannedTask
from casework.records import PlanItem, ServicePlan, Task
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.records.bulk import Encoder, change_rows, copy_rows, reserve_ids
from casework.records.touched import not_noting
from casework.rules import Obligation, Rule
from casework.terms import _
from casework.workbook.plan_drawing import AUTOMATIC, Change, Drawing, NewItem, Standing
from casework.workbook.plan_endings import ends_today
from casework.workbook.plan_farewells import farewells
from casework.workbook.plan_needs import link_asked
from casework.workbook.plan_reading import rule_reader
from casework.workbook.plan_rows import (
    ITEM_COLUMNS,
    HeldPlan,
    held_plans,
    held_tasks,
    item_values,
)
from casework.workbook.plan_situations import around, situation_of
from casework.workbook.plan_stamps import Stamps

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Compilation", "Compiled"]

_PLAN_COLUMNS = (
    "id", "person_id", "plan_version", "state", "origin", "rule_set_id", "effective_from",
    "drafted_at", "drafted_by", "row_version",
)  # fmt: skip
_TASK_COLUMNS = (
    "person_id", "plan_item_id", "owner_id", "in_force_from", "made_at",
    "item_key", "period", "service", "title", "actor", "channels", "priority",
    "opens_on", "due_on", "planned_on", "excused_on", "reason",
)  # fmt: skip
_CHANGED_COLUMNS = Change._fields[:-1]
_CARRIED = ("reasons", "deviation_reason", "need_id", "amount", "unit")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What drawing up plans did, in numbers.

    Attributes
    ----------
    people : int
        Looked at.
    plans, revised : int
        Versions written for people without a plan, and in place of an older one.
    made, changed, restored, cancelled : int
        Tasks new, adapted, asked for again, and no longer asked for.
    doubts : int
        People about whom something is to be found out.
    """

    people: int = 0
    plans: int = 0
    revised: int = 0
    items: int = 0
    made: int = 0
    changed: int = 0
    restored: int = 0
    cancelled: int = 0
    doubts: int = 0

    def __add__(self, other: Compiled) -> Compiled:
        """Add up what was done for several sets of people."""
        return Compiled(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    def as_json(self) -> dict[str, int]:
        """Give the numbers by name."""
        return asdict(self)

    def summary(self) -> str:
        """Say in a few lines what was done."""
        lines = [
            _(
                "{people} people looked at: {plans} new plans, {revised} revised, {items} items.",
                people=self.people,
                plans=self.plans,
                revised=self.revised,
                items=self.items,
            ),
            _(
                "Tasks: {made} new, {changed} adapted, {restored} asked for again, {cancelled} "
                "cancelled.",
                made=self.made,
                changed=self.changed,
                restored=self.restored,
                cancelled=self.cancelled,
            ),
        ]
        if self.doubts:
            lines.append(_("About {n} people something is to be found out.", n=self.doubts))
        if self.is_unchanged:
            lines.append(_("Nothing had to be changed."))
        return "\n".join(lines)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing was written at all."""
        looked = {"people", "doubts"}
        return not any(getattr(self, one.name) for one in fields(self) if one.name not in looked)


class Compilation:
    """Draws up plans on one day by the rules of that day.

    Parameters
    ----------
    rules : iterable of Rule
        In force on at least one day of the view.
    days : int
        How far ahead tasks are placed.
    rule_set_id : int
        The record of these rules.
    """

    def __init__(self, book: Workbook, rules: Iterable[Rule], days: int, rule_set_id: int) -> None:
        self.today = book.today
        self.rule_set_id = rule_set_id
        self.drafted_by = book.actor.name
        self.moment = now()
        every = tuple(rules)
        self.rules = tuple(rule for rule in every if not rule.for_deceased)
        self.farewells = tuple(rule for rule in every if rule.for_deceased)
        self.waits = book.agency.setting("plan_approval", self.today) == "all"
        self.outcomes = tuple(book.agency.counting.outcomes)
        last = self.today + timedelta(days=days)
        self.reader = rule_reader(self.rules, self.today, last, self.outcomes)
        self.placer = self.reader.placer
        self.subjects = self.reader.subjects
        self.stamps = Stamps(book.agency.code, rule_set_id, self.reader)

    def run(self, session: Session, chosen: Collection[int] | tuple[int, int]) -> Compiled:
        """Draw up the plans of these people, or of those with ids from first to last."""
        with not_noting(session), in_bulk(session):
            return self._run(session, chosen)

    def _run(self, session: Session, chosen: Collection[int] | tuple[int, int]) -> Compiled:
        self.stamps.policy(session)
        touched = self.stamps.touched(session, chosen)
        drawn: list[tuple[int, bool, int]] = []
        drawing = Drawing(self.placer, Encoder(session), self.rule_set_id, self.waits)
        active, drafts, newest = held_plans(session, chosen, self.today)
        tasks = held_tasks(session, chosen, self.today)
        nearby = around(session, chosen, self.today)
        ending = ends_today(session, chosen, self.today)
        for reading in self.reader.readings(session, chosen):
            person_id, values = reading.person_id, reading.values
            if person_id in ending:
                drawn.append((person_id, False, self.reader.fingerprint(values)))
                continue
            standing = Standing(
                person_id,
                active.get(person_id),
                drafts.get(person_id),
                newest.get(person_id, 0),
                tasks.get(person_id, {}),
                nearby.seats.get(person_id, {}),
            )
            situation = situation_of(
                person_id,
                values,
                self.rules,
                self.today,
                starts=standing.starts,
                stays=nearby.stays.get(person_id, ()),
            )
            draft = self.reader.drafter.draft(reading.truths, reading.turning, values, situation)
            drawing.draw(standing, draft, situation)
            drawn.append((person_id, bool(draft.doubts), self.reader.fingerprint(values)))
        done = _Writer(self, session, drawing).write()
        link_asked(session, self.rules, chosen, self.today, self.drafted_by)
        self.stamps.put(session, touched, drawn)
        return done + Compiled(people=len(drawn), doubts=sum(one[1] for one in drawn))

    def say_farewell(self, session: Session) -> int:
        """Place what is owed to the families of those who died lately; give the number of tasks."""
        made = 0
        for found in farewells(session, self.farewells, self.placer, self.outcomes):
            ids = [one.person_id for one in found]
            tasks = held_tasks(session, ids, self.today)
            nearby = around(session, ids, self.today)
            drawing = Drawing(self.placer, Encoder(session), self.rule_set_id, waits=False)
            for one in found:
                own, seats = tasks.get(one.person_id, {}), nearby.seats.get(one.person_id, {})
                standing = Standing(one.person_id, None, None, 0, own, seats)
                drawing.owe(standing, [(rule.duty, placed) for rule, placed in one.owed])
            made += _Writer(self, session, drawing).write().made
        return made


class _Writer:
    """Writes what a drawing gathered, set by set."""

    def __init__(self, compilation: Compilation, session: Session, drawing: Drawing) -> None:
        self.by = compilation
        self.session = session
        self.drawing = drawing
        self.encoder = drawing.encoder
        self.items: dict[tuple[int, str], int] = {}
        self._told: dict[int, tuple[tuple[PlannedTask, ...], list[tuple[Any, ...]]]] = {}

    def write(self) -> Compiled:
        """Write everything and tell how much it was."""
        drawing = self.drawing
        self._end_versions()
        self._write_plans()
        self._write_items()
        made = self._write_tasks()
        self._write_changes()
        return Compiled(
            plans=len(drawing.plans) - len(drawing.revised),
            revised=len(drawing.revised),
            items=len(drawing.items),
            made=made,
            changed=len(drawing.changes) - drawing.restored,
            restored=drawing.restored,
            cancelled=len(drawing.cancelled),
        )

    def _end_versions(self) -> None:
        yesterday = self.by.today - timedelta(days=1)
        for ids in _sets(self.drawing.revised):
            self.session.execute(
                update(ServicePlan)
                .where(ServicePlan.id.in_(ids))
                .values(
                    state="revised",
                    effective_to=yesterday,
                    row_version=ServicePlan.row_version + 1,
                )
            )
        for ids in _sets(self.drawing.dropped):
            self.session.execute(
                update(PlanItem)
                .where(PlanItem.id.in_(ids))
                .values(state="declined", deviation_reason=AUTOMATIC + "not_asked")
            )

    def _write_plans(self) -> None:
        plans = self.drawing.plans
        for plan, number in zip(
            plans, reserve_ids(self.session, ServicePlan, len(plans)), strict=True
        ):
            plan.id = number
        moment = self.encoder.moment(self.by.moment)
        rows = (
            (
                plan.id,
                plan.person_id,
                plan.version,
                plan.state,
                plan.origin,
                plan.rule_set_id,
                self.encoder.day(plan.effective_from),
                moment,
                self.by.drafted_by,
                1,
            )
            for plan in plans
        )
        copy_rows(self.session, ServicePlan, _PLAN_COLUMNS, rows)

    def _write_items(self) -> None:
        items = self.drawing.items
        numbers = reserve_ids(self.session, PlanItem, len(items))
        copied = self._copied([one.copied for one in items if one.copied is not None])
        said: dict[tuple[str, Any], tuple[Any, ...]] = {}
        rows = []
        for item, number in zip(items, numbers, strict=True):
            self.items[item.plan.id, item.key] = number
            if item.copied is not None:
                values, carried = copied[item.copied]
            else:
                values, carried = self._said(item, said), (None,) * len(_CARRIED)
            rows.append(
                (number, item.plan.id, item.key, item.origin, item.state, *values, *carried)
            )
        copy_rows(self.session, PlanItem, (*ITEM_COLUMNS, *_CARRIED), rows)

    def _said(self, item: NewItem, said: dict[tuple[str, Any], tuple[Any, ...]]) -> tuple[Any, ...]:
        """Encode what an obligation says, once for everybody who owes it from the same day."""
        duty = item.duty
        if duty is None:
            raise TypeError("an item that copies nothing needs an obligation")
        found = said.get((item.key, item.since))
        if found is None:
            values = item_values(duty, item.rule_code, item.since)
            found = said[item.key, item.since] = tuple(
                self.encoder.record(values[name]) if name in _RECORDS else values[name]
                for name in ITEM_COLUMNS[5:]
            )
        return found

    def _copied(self, ids: list[int]) -> dict[int, tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """Read the columns of items whose decisions go over to the next version."""
        names = (*ITEM_COLUMNS[5:], *_CARRIED)
        found: dict[int, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}
        for some in _sets(ids):
            rows = self.session.execute(
                select(PlanItem.id, *(getattr(PlanItem, name) for name in names)).where(
                    PlanItem.id.in_(some)
                )
            )
            for number, *cells in rows:
                encoded = [
                    self.encoder.record(cell) if name in _RECORDS else cell
                    for name, cell in zip(names, cells, strict=True)
                ]
                cut = len(ITEM_COLUMNS) - 5
                found[number] = tuple(encoded[:cut]), tuple(encoded[cut:])
        return found

    def _write_tasks(self) -> int:
        moment = self.encoder.moment(self.by.moment)
        taken = self._taken()
        rows: list[tuple[Any, ...]] = []
        for standing, owed, tasks in self.drawing.new_tasks:
            person_id, duty = standing.person_id, owed.duty
            if taken:
                tasks = tuple(one for one in tasks if (person_id, one.key, one.period) not in taken)
            about = (
                person_id,
                self._item_id(owed.home, duty.key),
                standing.owner(duty.actor),
                self.encoder.day(owed.in_force_from),
                moment,
            )
            rows += [about + cells for cells in self._encoded(duty, tasks)]
        return copy_rows(self.session, Task, _TASK_COLUMNS, rows)

    def _taken(self) -> set[tuple[int, str, str]]:
        """Name what was owed for a period already, in a window that has passed.

        A birth date corrected from January to May asks for this year's birthday once more; it has
        its task, in January.
        """
        people = sorted({one.standing.person_id for one in self.drawing.new_tasks})
        today, found = self.by.today, set()
        for ids in _sets(people):
            past = select(Task.person_id, Task.item_key, Task.period).where(
                Task.person_id.in_(ids),
                Task.due_on < today,
                Task.due_on >= today - timedelta(days=_PAST_DAYS),
            )
            found |= {(one, key, period) for one, key, period in self.session.execute(past)}
        return found

    def _item_id(self, home: HeldPlan | None, key: str) -> int | None:
        if home is None:
            return None
        item = home.items.get(key)
        return item.id if item is not None else self.items.get((home.id, key))

    def _encoded(
        self, duty: Obligation, tasks: tuple[PlannedTask, ...]
    ) -> Sequence[tuple[Any, ...]]:
        """Encode tasks, once for everybody who has the very same ones."""
        found = self._told.get(id(tasks))
        if found is None or found[0] is not tasks:
            # Kept with what it is found by, so that nothing else can take over its identity.
            found = self._told[id(tasks)] = (tasks, [self._cells(duty, one) for one in tasks])
        return found[1]

    def _cells(self, duty: Obligation, task: PlannedTask) -> tuple[Any, ...]:
        told = self.drawing.told(task)
        return (
            task.key,
            task.period,
            duty.service,
            duty.title.zh,
            duty.actor,
            self.encoder.listed(task.channels),
            duty.priority,
            told.opens_on,
            told.due_on,
            told.planned_on,
            told.excused_on,
            told.reason,
        )

    def _write_changes(self) -> None:
        drawing, again = self.drawing, self.encoder.again
        change_rows(
            self.session,
            Task,
            _CHANGED_COLUMNS,
            ((*one[:3], again(one.channels), *one[4:]) for one in drawing.changes),
        )
        today = self.encoder.day(self.by.today)
        change_rows(
            self.session,
            Task,
            ("cancelled_on", "reason"),
            ((today, why, task_id) for task_id, why in drawing.cancelled),
        )


_RECORDS = frozenset({"channels", "timing", "responsible", "reasons"})
_SET = 5_000
_PAST_DAYS = 800  # longer than any period has a name for


def _sets(ids: list[int]) -> Iterator[list[int]]:
    """Cut a long list of ids into statements that every database takes."""
    for start in range(0, len(ids), _SET):
        yield ids[start : start + _SET]
