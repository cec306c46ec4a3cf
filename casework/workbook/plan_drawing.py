"""What becomes of one person's plan and tasks when the rules are read again.

Decides which version says what the rules now ask for, which tasks are new, adapted, asked for again
or no longer asked for, and that what people decided stays. Reads and writes no tables: it compares
what stands with what is wanted and leaves a list of what to write to
:mod:`casework.workbook.plan_compile`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from casework.planning import Draft, Placer, PlannedTask, Situation, Stay, first_day
from casework.records.bulk import Encoder
from casework.reference import facts
from casework.rules import Obligation, Rule
from casework.rules.evaluate import Values
from casework.rules.timing import AfterEvent, Quota, Silence
from casework.terms import Label, _, speaking
from casework.workbook.plan_rows import HeldItem, HeldPlan, HeldTask, stamp_of
from casework.workbook.plan_situations import owner_among
from casework.workbook.plan_turns import AUTOMATIC, Turns

__all__ = ["AUTOMATIC", "Drawing", "NewItem", "Standing", "find_out_duty"]

Wanted = Mapping[str, tuple[Rule, tuple[PlannedTask, ...]]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for one person before the rules are read again.

    Attributes
    ----------
    plan : HeldPlan or None
        The version in force.
    waiting : HeldPlan or None
        A version by the rules that waits for approval.
    newest : int
        The highest version number so far.
    seats : mapping of str to int
        Role in the care team to member of staff.
    stays : tuple of Stay
        Stays away from home that have not ended.
    """

    person_id: int
    plan: HeldPlan | None
    waiting: HeldPlan | None
    newest: int
    tasks: Mapping[tuple[str, str], HeldTask]
    seats: Mapping[str, int]
    stays: tuple[Stay, ...] = ()

    def starts(self, *, waits: bool) -> dict[str, date]:
        """First day of what is owed already, by item.

        Parameters
        ----------
        waits : bool
            Whether what the rules ask for waits for approval: only then do they fill the version
            that waits. Else it is somebody's draft, and what stands in it begins when it does.
        """
        plans = [self.waiting, self.plan] if waits else [self.plan]
        return {
            key: item.since for one in plans if one is not None for key, item in one.items.items()
        }

    def owner(self, actor: str) -> int | None:
        """Tell who owns a task of an actor."""
        return owner_among(self.seats, actor)


class NewItem(NamedTuple):
    """An item to write into a version.

    ``copied`` is the item of the version before whose decisions go over; ``duty`` is None where
    all its columns are copied.
    """

    plan: HeldPlan
    key: str
    origin: str
    state: str
    duty: Obligation | None
    rule_code: str | None
    since: date
    copied: int | None = None


class _Owed(NamedTuple):
    """One obligation with its tasks, the version it stands in, and since when it is in force."""

    duty: Obligation
    tasks: tuple[PlannedTask, ...]
    home: HeldPlan | None
    in_force_from: date | None


class NewTasks(NamedTuple):
    """Tasks to write for one person and obligation."""

    standing: Standing
    owed: _Owed
    tasks: tuple[PlannedTask, ...]


class Told(NamedTuple):
    """A task in the form in which the database keeps it."""

    task: PlannedTask
    opens_on: Any
    due_on: Any
    planned_on: Any
    channels: Any
    excused_on: Any
    reason: str | None


class Change(NamedTuple):
    """What an open task is brought to; the names are those of the columns, the id comes last."""

    opens_on: Any
    due_on: Any
    planned_on: Any
    channels: Any
    owner_id: int | None
    in_force_from: Any
    cancelled_on: Any
    excused_on: Any
    reason: str | None
    task_id: int


@dataclass
class Drawing:
    """Compares what stands with what is wanted, person by person, and gathers what to write.

    Parameters
    ----------
    rule_set_id : int
        The record of the rules that are read.
    waits : bool
        Whether what the rules ask for waits for approval.
    turns : Turns or None
        Which rules were changed or ended, to say so where a task goes for it.
    """

    placer: Placer
    encoder: Encoder
    rule_set_id: int
    waits: bool
    turns: Turns | None = None
    plans: list[HeldPlan] = field(default_factory=list)
    revised: list[int] = field(default_factory=list)
    items: list[NewItem] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    new_tasks: list[NewTasks] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    restored: int = 0
    cancelled: list[tuple[int, str]] = field(default_factory=list)
    _stamps: dict[tuple[str, date], tuple[Any, ...]] = field(default_factory=dict)
    _told: dict[int, Told] = field(default_factory=dict)
    _firsts: dict[int, tuple[tuple[PlannedTask, ...], tuple[PlannedTask, ...]]] = field(
        default_factory=dict
    )
    _channels: dict[tuple[str, ...], Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day on which the rules are read."""
        return self.placer.first

    def draw(self, standing: Standing, draft: Draft, situation: Situation, values: Values) -> None:
        """Bring one person's plan and tasks to what the rules ask for."""
        wanted: dict[str, tuple[Rule, tuple[PlannedTask, ...]]] = {}
        besides: dict[str, list[tuple[Rule, tuple[PlannedTask, ...]]]] = {}
        for one in draft.items:
            key = one[0].duty.key
            # Of a rule with a change to come, the plan says what holds today.
            if key in wanted and one[0].in_force(self.today):
                one, wanted[key] = wanted[key], one
            if key in wanted:
                besides.setdefault(key, []).append(one)
            else:
                wanted[key] = one
        target = self._version(standing, wanted)
        owed = [
            *self._by_rules(standing, wanted, besides, target),
            *self._by_people(standing.plan, situation),
            *self._to_find_out(standing, draft, situation),
        ]
        kept = standing.plan.items.keys() - wanted.keys() if self.waits and standing.plan else ()
        self._compare(standing, owed, kept, values)

    def owe(
        self, standing: Standing, duties: Iterable[tuple[Obligation, tuple[PlannedTask, ...]]]
    ) -> None:
        """Bring one person's tasks to what is owed outside of any plan."""
        owed = [_Owed(duty, tasks, None, self.today) for duty, tasks in duties]
        self._compare(standing, owed, ())

    # --- versions -------------------------------------------------------------------------------

    def _version(self, standing: Standing, wanted: Wanted) -> HeldPlan | None:
        """Give the version that says what the rules ask for, a new one where none does."""
        plan, waiting = standing.plan, standing.waiting
        if plan is not None and not self._differs(plan, wanted):
            return plan
        if self.waits and waiting is not None:
            if waiting.state == "draft":
                self._refill(waiting, wanted)
            return waiting
        state, begins = ("draft", None) if self.waits else ("active", self.today)
        number = -1 - len(self.plans)
        made = HeldPlan(
            number,
            standing.person_id,
            standing.newest + 1,
            state,
            "rules",
            begins,
            self.rule_set_id,
        )
        self.plans.append(made)
        if plan is not None and not self.waits:
            self.revised.append(plan.id)
        for item in plan.items.values() if plan is not None else ():
            if item.origin == "manual" or (item.key in wanted and _was_decided(item)):
                self._add(
                    NewItem(
                        made, item.key, item.origin, item.state, None, None, item.since, item.id
                    )
                )
        self._add_missing(made, plan.items if plan is not None else {}, wanted)
        return made

    def _add_missing(self, made: HeldPlan, before: Mapping[str, HeldItem], wanted: Wanted) -> None:
        for key, (rule, _tasks) in wanted.items():
            old = before.get(key)
            if old is not None and _was_decided(old):
                continue
            begins = first_day(rule, self.today)
            since = min(old.since, begins) if old is not None else begins
            state = old.state if old is not None else "proposed"
            self._add(NewItem(made, key, "rule", state, rule.duty, rule.code, since))

    def _add(self, item: NewItem) -> None:
        """Have an item written; it has its negative number until then."""
        self.items.append(item)
        item.plan.added[item.key] = -len(self.items)

    def _refill(self, waiting: HeldPlan, wanted: Wanted) -> None:
        """Bring a version that nobody has seen yet to what the rules ask for."""
        here = waiting.items
        self._add_missing(
            waiting, {}, {key: found for key, found in wanted.items() if key not in here}
        )
        self.dropped += [
            item.id
            for key, item in here.items()
            if item.origin == "rule" and key not in wanted and not _was_decided(item)
        ]

    def _differs(self, plan: HeldPlan, wanted: Wanted) -> bool:
        """Tell whether a plan says something else than the rules of today."""
        by_rule = {key for key, item in plan.items.items() if item.origin == "rule"}
        if by_rule != wanted.keys():
            return True
        if any(
            plan.items[key].since > max(self.today, rule.since)
            for key, (rule, _tasks) in wanted.items()
        ):
            return True  # it was to begin with a change to come, and is owed before
        if plan.rule_set_id == self.rule_set_id:
            return False
        return any(not self._says(plan.items[key], rule) for key, (rule, _t) in wanted.items())

    def _says(self, item: HeldItem, rule: Rule) -> bool:
        if _was_decided(item):
            return True
        which = (rule.duty.key, rule.since)
        stamp = self._stamps.get(which)
        if stamp is None:
            stamp = self._stamps[which] = stamp_of(rule.duty, self.encoder)
        return item.timing == rule.duty.timing and item.stamp == stamp

    # --- what is owed ---------------------------------------------------------------------------

    def _by_rules(
        self,
        standing: Standing,
        wanted: Wanted,
        besides: Mapping[str, Sequence[tuple[Rule, tuple[PlannedTask, ...]]]],
        target: HeldPlan | None,
    ) -> Iterable[_Owed]:
        plan = standing.plan
        for key, (rule, tasks) in wanted.items():
            item = plan.items.get(key) if plan is not None else None
            if item is not None and _was_decided(item):
                continue  # people decided on it: see _by_people
            in_force = plan if self.waits and item is not None else target
            begins = in_force.effective_from if in_force is not None else None
            yield _Owed(rule.duty, tasks, in_force, begins)
            for other, others in besides.get(key, ()):
                yield _Owed(other.duty, others, in_force, begins)

    def _by_people(self, plan: HeldPlan | None, situation: Situation) -> Iterable[_Owed]:
        """Place what people added to the plan or changed in it."""
        for item in plan.items.values() if plan is not None else ():
            if item.duty is not None and item.state != "declined" and plan is not None:
                tasks = self.placer.tasks(item.duty, situation)
                yield _Owed(item.duty, tasks, plan, plan.effective_from)

    def _to_find_out(
        self, standing: Standing, draft: Draft, situation: Situation
    ) -> Iterable[_Owed]:
        """Ask for the most telling unknown fact: one task a person, not a flood."""
        if not draft.doubts:
            return
        duty = find_out_duty(draft.doubts[0].subject.name)
        tasks = tuple(
            _as_placed(task)
            for (key, _period), task in standing.tasks.items()
            if key == duty.key and task.cancelled_on is None
        )
        placed = tasks or self._first(self.placer.tasks(duty, replace(situation, starts={})))
        yield _Owed(duty, placed, None, self.today)

    def _first(self, tasks: tuple[PlannedTask, ...]) -> tuple[PlannedTask, ...]:
        """Give the first of some tasks: the very same tuple to everybody who has the same."""
        found = self._firsts.get(id(tasks))
        if found is None or found[0] is not tasks:
            found = self._firsts[id(tasks)] = (tasks, tasks[:1])
        return found[1]

    # --- tasks ----------------------------------------------------------------------------------

    def _compare(
        self,
        standing: Standing,
        owed: Iterable[_Owed],
        kept: Collection[str],
        values: Values | None = None,
    ) -> None:
        """Tell what is new, what is adapted and what is no longer asked for."""
        left = dict(standing.tasks)
        quiet: set[str] = set()
        for one in owed:
            if isinstance(one.duty.timing, Silence):
                quiet.add(one.duty.key)
            new = one.tasks if not left else self._meet(standing, one, left)
            if new:
                self.new_tasks.append(NewTasks(standing, one, new))
        for held in left.values():
            if held.item_key in kept or held.done_on is not None or held.cancelled_on is not None:
                continue
            self.cancelled.append((held.id, self._why_gone(held, quiet, values)))

    def _meet(
        self, standing: Standing, one: _Owed, left: dict[tuple[str, str], HeldTask]
    ) -> tuple[PlannedTask, ...]:
        """Adapt the tasks that stand already and take them out of what is left; give the others."""
        new = []
        for task in one.tasks:
            held = left.pop((task.key, task.period), None)
            if held is None:
                if not (isinstance(one.duty.timing, AfterEvent) and self._was_done(task, left)):
                    new.append(task)
            elif held.done_on is None and not _cancelled_by_people(held):
                self._adapt(standing, one, task, held)
        return one.tasks if len(new) == len(one.tasks) else tuple(new)

    def _was_done(self, task: PlannedTask, left: Mapping[tuple[str, str], HeldTask]) -> bool:
        """Tell whether what is asked for after an event was done, by its day as it stood then.

        A day of discharge that is corrected asks for no second visit if the first was in time.
        """
        told = self.told(task)
        return any(
            held.item_key == task.key
            and held.done_on is not None
            and told.opens_on <= held.done_on <= told.due_on
            for held in left.values()
        )

    def _adapt(self, standing: Standing, one: _Owed, task: PlannedTask, held: HeldTask) -> None:
        """Change what differs in a task that is still open."""
        if task.anchor == _KEPT:
            self._hand_on(standing, one, held)
            return
        told = self.told(task)
        begins = held.in_force_from or self.encoder.day(one.in_force_from)
        owner = self._owner(standing, one, held)
        misses = bool(standing.stays) and self._misses(standing, told, held)
        same = (
            held.opens_on == told.opens_on
            and held.due_on == told.due_on
            and held.channels == told.channels
            and held.owner_id == owner
            and held.in_force_from == begins
            and held.cancelled_on is None
            and not misses
        )
        by_people = held.reason is not None and not held.reason.startswith(AUTOMATIC)
        excused, reason = (
            (held.excused_on, held.reason) if by_people else (told.excused_on, told.reason)
        )
        if same and held.excused_on == excused and held.reason == reason:
            return
        moved = held.opens_on != told.opens_on or held.due_on != told.due_on
        replanned = moved or misses or held.reason != reason or held.planned_on is None
        self.restored += held.cancelled_on is not None
        planned = told.planned_on if replanned else held.planned_on
        self.changes.append(
            Change(
                told.opens_on,
                told.due_on,
                planned,
                told.channels,
                owner,
                begins,
                None,
                excused,
                reason,
                held.id,
            )
        )

    def _misses(self, standing: Standing, told: Told, held: HeldTask) -> bool:
        """Tell whether a task is meant for a day away, and there is one at home for it."""
        return self._is_away(standing, held.planned_on) and not self._is_away(
            standing, told.planned_on
        )

    def _is_away(self, standing: Standing, day: Any) -> bool:
        coded = self.encoder.day
        return day is not None and any(
            coded(stay.first) <= day and (stay.last is None or day <= coded(stay.last))
            for stay in standing.stays
        )

    def _hand_on(self, standing: Standing, one: _Owed, held: HeldTask) -> None:
        """Change the owner of a task that else stays as it stands."""
        owner = self._owner(standing, one, held)
        if owner != held.owner_id:
            self.changes.append(
                Change(
                    held.opens_on,
                    held.due_on,
                    held.planned_on,
                    held.channels,
                    owner,
                    held.in_force_from,
                    held.cancelled_on,
                    held.excused_on,
                    held.reason,
                    held.id,
                )
            )

    def _why_gone(self, held: HeldTask, quiet: Collection[str], values: Values | None) -> str:
        if held.item_key.startswith("find_out:"):
            return AUTOMATIC + "known"
        if held.item_key in quiet:
            return AUTOMATIC + "heard"
        if self.turns is not None and values is not None:
            told = self.turns.told(held.item_key, held.opens_on, values)
            if told is not None:
                return AUTOMATIC + told
        return AUTOMATIC + "not_asked"

    def told(self, task: PlannedTask) -> Told:
        """Encode a task, once for everybody who has the very same one."""
        found = self._told.get(id(task))
        if found is None or found.task is not task:
            day = self.encoder.day
            found = self._told[id(task)] = Told(
                task,
                day(task.opens_on),
                day(task.due_on),
                day(task.planned_on),
                self._stored(task.channels),
                day(task.opens_on) if task.excused else None,
                AUTOMATIC + task.note if task.note else None,
            )
        return found

    def _stored(self, channels: tuple[str, ...]) -> Any:
        found = self._channels.get(channels)
        if found is None:
            found = self._channels[channels] = self.encoder.stored(list(channels))
        return found

    def _owner(self, standing: Standing, one: _Owed, held: HeldTask) -> int | None:
        """Keep the owner who has a seat or was given the task; else whoever has the seat."""
        owner = held.owner_id
        if owner is not None and (held.given_on is not None or owner in standing.seats.values()):
            return owner
        return standing.owner(one.duty.actor) or held.owner_id


_KEPT = date.min
"""Anchor of a task that stays as it stands."""


def _as_placed(task: HeldTask) -> PlannedTask:
    """Ask for a task that stands already, as it stands."""
    return PlannedTask(task.item_key, task.period, _KEPT, _KEPT, _KEPT, _KEPT, ())


def _was_decided(item: HeldItem) -> bool:
    """Tell whether people changed or declined what the rule asks for."""
    return item.duty is not None or item.state == "declined"


def _cancelled_by_people(held: HeldTask) -> bool:
    return held.cancelled_on is not None and not (held.reason or "").startswith(AUTOMATIC)


@cache
def find_out_duty(name: str) -> Obligation:
    """Give the obligation to find out one fact."""
    own = {"born_on": Label(zh="出生日期", en="date of birth"), "sex": Label(zh="性别", en="sex")}
    label = facts()[name].label if name in facts() else own.get(name, Label(zh=name, en=name))
    titles = {}
    for code in ("zh", "en"):
        with speaking(code):
            titles[code] = _("Find out: {fact}", fact=label)
    return Obligation(
        f"find_out:{name}",
        Label(**titles),
        "find_out",
        Quota(1, "quarter"),
        "caseworker",
        priority=4,
        duration_minutes=10,
        when_away="keep",
        when_in_hospital="keep",
    )
