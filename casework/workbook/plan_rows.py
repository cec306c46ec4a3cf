"""Plans, items and tasks as they stand in the tables, read for many people at once.

Decides what planning must read of them, in the form in which the database keeps it; leaves what
becomes of them to :mod:`casework.workbook.plan_compile`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from casework.records import PlanItem, ServicePlan, Task
from casework.records.bulk import Encoder
from casework.rules import Obligation
from casework.rules.timing import Quota, Timing, timing_from, timing_record
from casework.terms import Label
from casework.workbook.plan_situations import within

__all__ = [
    "ITEM_COLUMNS",
    "OURS",
    "HeldItem",
    "HeldPlan",
    "HeldTask",
    "duty_of",
    "held_plans",
    "held_tasks",
    "item_values",
    "stamp_of",
    "starts_of",
]

OURS = ("rule:", "manual:", "find_out:")
"""Item keys that planning looks after; other tasks, such as follow-ups, have other masters."""

_UNDECIDED = ("draft", "submitted", "approved")
"""Versions that wait, whoever drew them up: one a person, so that none overtakes another."""


@dataclass(frozen=True, slots=True)
class HeldItem:
    """An item of a plan in force or in draft.

    ``duty`` is None where the rule says what is owed: the item neither was made by hand nor
    deviates. ``stamp`` holds what else the item says, as `stamp_of` writes it.
    """

    id: int
    key: str
    origin: str
    state: str
    since: date
    timing: Timing
    stamp: tuple[Any, ...]
    duty: Obligation | None = None


@dataclass(slots=True)
class HeldPlan:
    """A version of a plan with its items by key.

    The id is negative while the version is still to be written, and so are those in ``added``: the
    items that are to be written into it, by key.
    """

    id: int
    person_id: int
    version: int
    state: str
    origin: str
    effective_from: date | None
    rule_set_id: int | None
    items: dict[str, HeldItem] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)

    def item_id(self, key: str) -> int | None:
        """Give the id of an item, negative where it is still to be written; None without one."""
        item = self.items.get(key)
        return item.id if item is not None else self.added.get(key)


class HeldTask(NamedTuple):
    """A task in the form in which the database keeps it."""

    id: int
    person_id: int
    item_key: str
    period: str
    plan_item_id: int | None
    opens_on: Any
    due_on: Any
    planned_on: Any
    channels: Any
    owner_id: int | None
    given_on: Any
    in_force_from: Any
    done_on: Any
    cancelled_on: Any
    excused_on: Any
    reason: str | None


def held_plans(
    session: Session, chosen: Collection[int] | tuple[int, int], today: date
) -> tuple[dict[int, HeldPlan], dict[int, HeldPlan], dict[int, int]]:
    """Read the plans of these people.

    Returns
    -------
    in force, waiting for a decision or its day, newest version number
        Each by person.
    """
    newest: dict[int, int] = {}
    active: dict[int, HeldPlan] = {}
    drafts: dict[int, HeldPlan] = {}
    found = session.execute(
        select(
            ServicePlan.id,
            ServicePlan.person_id,
            ServicePlan.plan_version,
            ServicePlan.state,
            ServicePlan.origin,
            ServicePlan.effective_from,
            ServicePlan.rule_set_id,
            ServicePlan.effective_to,
        ).where(within(ServicePlan.person_id, chosen))
    )
    for *values, ends in found:
        plan = HeldPlan(*values)  # type: ignore[arg-type]
        newest[plan.person_id] = max(plan.version, newest.get(plan.person_id, 0))
        begun = plan.effective_from is not None and plan.effective_from <= today
        if plan.state == "active" and begun and (ends is None or ends >= today):
            active[plan.person_id] = plan
        elif plan.state in _UNDECIDED:
            drafts[plan.person_id] = plan
    _add_items(session, {one.id: one for one in (*active.values(), *drafts.values())}, chosen)
    return active, drafts, newest


_STARTS = (
    # Written once: explaining one plan while a form is edited asks for nothing else so often.
    select(
        ServicePlan.state,
        ServicePlan.effective_from,
        ServicePlan.effective_to,
        PlanItem.item_key,
        Encoder.raw(PlanItem.timing),
    )
    .outerjoin(PlanItem, PlanItem.plan_id == ServicePlan.id)
    .where(
        ServicePlan.person_id == bindparam("person"),
        ServicePlan.state.in_(("active", *_UNDECIDED)),
    )
    .order_by(PlanItem.id)
)


def starts_of(session: Session, person_id: int, today: date) -> dict[str, date]:
    """Give the first day of what a person is owed by the plan in force, else by one that waits."""
    plain = Encoder(session).plain
    in_force: dict[str, date] | None = None
    waiting: dict[str, date] = {}
    for state, begins, ends, key, timing in session.execute(_STARTS, {"person": person_id}):
        if state != "active":
            starts = waiting
        elif begins is not None and begins <= today and (ends is None or ends >= today):
            starts = in_force = in_force if in_force is not None else {}
        else:
            continue
        if key is not None:
            starts[key] = date.fromisoformat(plain(timing)["since"])
    return waiting if in_force is None else in_force


_STAMP = (
    PlanItem.service,
    PlanItem.title,
    PlanItem.actor,
    PlanItem.channels,
    PlanItem.place,
    PlanItem.priority,
    PlanItem.duration_minutes,
    PlanItem.domain,
    PlanItem.clause,
)


def _add_items(
    session: Session, plans: Mapping[int, HeldPlan], chosen: Collection[int] | tuple[int, int]
) -> None:
    encoder = Encoder(session)
    found = session.execute(
        select(
            PlanItem.plan_id,
            PlanItem.id,
            PlanItem.item_key,
            PlanItem.origin,
            PlanItem.state,
            encoder.raw(PlanItem.timing),
            PlanItem.title_en,
            encoder.raw(PlanItem.responsible),
            *(encoder.raw(column) for column in _STAMP),
        )
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(
            within(ServicePlan.person_id, chosen),
            ServicePlan.state.in_(("active", *_UNDECIDED)),
        )
        .order_by(PlanItem.id)
    )
    timings: dict[str, tuple[Timing, date]] = {}
    for plan_id, item_id, key, origin, state, stored, title_en, responsible, *stamp in found:
        plan = plans.get(plan_id)
        if plan is None:
            continue
        name = stored if isinstance(stored, str) else repr(stored)
        read = timings.get(name)
        if read is None:
            read = timings[name] = _timing(encoder.plain(stored))
        timing, since = read
        own = origin == "manual" or state == "changed"
        duty = None
        if own:
            duty = _own_duty(key, timing, title_en, encoder.plain(responsible), encoder, stamp)
        plan.items[key] = HeldItem(item_id, key, origin, state, since, timing, tuple(stamp), duty)


def _timing(record: Mapping[str, Any]) -> tuple[Timing, date]:
    return timing_from(record), date.fromisoformat(record["since"])


def _own_duty(
    key: str,
    timing: Timing,
    title_en: str | None,
    responsible: Any,
    encoder: Encoder,
    stamp: list[Any],
) -> Obligation:
    service, title, actor, channels, place, priority, minutes, domain, clause = stamp
    return Obligation(
        key,
        Label(zh=title, en=title_en or title),
        service,
        timing,
        actor,
        tuple(encoder.plain(channels) or ()),
        domain=domain,
        place=place,
        duration_minutes=minutes,
        priority=priority,
        clause=clause or "",
        parties=dict(responsible or {}),
    )


def duty_of(item: PlanItem) -> tuple[Obligation, date]:
    """Read what an item of a plan owes, and since when."""
    timing, since = _timing(item.timing)
    return (
        Obligation(
            item.item_key,
            Label(zh=item.title, en=item.title_en or item.title),
            item.service,
            timing,
            item.actor,
            tuple(item.channels or ()),
            domain=item.domain,
            place=item.place,
            duration_minutes=item.duration_minutes,
            priority=item.priority,
            clause=item.clause or "",
            parties=dict(item.responsible or {}),
        ),
        since,
    )


ITEM_COLUMNS = (
    "id",
    "plan_id",
    "item_key",
    "origin",
    "state",
    "rule_code",
    "service",
    "title",
    "title_en",
    "domain",
    "actor",
    "channels",
    "place",
    "quota",
    "per",
    "timing",
    "duration_minutes",
    "priority",
    "responsible",
    "clause",
)


def stamp_of(duty: Obligation, encoder: Encoder) -> tuple[Any, ...]:
    """Write what a rule's item would say, to see whether the rule was changed since."""
    values = item_values(duty, None, date.min)
    return tuple(
        encoder.stored(values[column.key]) if column.key == "channels" else values[column.key]
        for column in _STAMP
    )


def item_values(duty: Obligation, rule_code: str | None, since: date) -> dict[str, Any]:
    """Write what an obligation says as the columns of a plan item."""
    timing = duty.timing
    quota = timing if isinstance(timing, Quota) else Quota(1, "year")
    return {
        "rule_code": rule_code,
        "service": duty.service,
        "title": duty.title.zh,
        "title_en": duty.title.en,
        "domain": duty.domain,
        "actor": duty.actor,
        "channels": list(duty.channels),
        "place": duty.place,
        "quota": quota.times,
        "per": quota.per,
        "timing": {**timing_record(timing), "since": since.isoformat()},
        "duration_minutes": duty.duration_minutes,
        "priority": duty.priority,
        "responsible": dict(duty.parties),
        "clause": duty.clause,
    }


def held_tasks(
    session: Session, chosen: Collection[int] | tuple[int, int], today: date
) -> dict[int, dict[tuple[str, str], HeldTask]]:
    """Read the tasks of these people whose window has not passed, by person, item and period."""
    encoder = Encoder(session)
    found = session.execute(
        select(
            Task.id,
            Task.person_id,
            Task.item_key,
            Task.period,
            Task.plan_item_id,
            *(
                encoder.raw(column)
                for column in (
                    Task.opens_on,
                    Task.due_on,
                    Task.planned_on,
                    Task.channels,
                    Task.owner_id,
                    Task.given_on,
                    Task.in_force_from,
                    Task.done_on,
                    Task.cancelled_on,
                    Task.excused_on,
                )
            ),
            Task.reason,
        ).where(
            within(Task.person_id, chosen),
            Task.due_on >= today,
            or_(*(Task.item_key.startswith(prefix) for prefix in OURS)),
        )
    )
    held: dict[int, dict[tuple[str, str], HeldTask]] = {}
    for row in found:
        task = HeldTask._make(row)
        held.setdefault(task.person_id, {})[task.item_key, task.period] = task
    return held
