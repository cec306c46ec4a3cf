"""What becomes of plans and tasks of two records of one person when they are made one.

Decides that afterwards one plan is in force, that what people added or decided stays owed, and that
no task stands twice. Every change is of columns, and is taken back by `reversing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import Person, PlanItem, ServicePlan, Task
from casework.workbook.plan_drawing import AUTOMATIC

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["PlanMerger"]

FOREVER = date(9999, 12, 31)
_DAY = timedelta(days=1)


class PlanMerger:
    """Makes the plans and tasks of two records those of one, in the transaction of a session.

    Parameters
    ----------
    keep, gone : Person
        The record that stays, and the one whose rows move.
    moment : datetime
        When the records are made one.
    """

    def __init__(
        self, session: Session, book: Workbook, keep: Person, gone: Person, moment: datetime
    ) -> None:
        self.session = session
        self.book = book
        self.keep = keep
        self.gone = gone
        self.today = book.today
        self.moment = moment

    # --- plans ----------------------------------------------------------------------------------

    def unite_plans(self) -> None:
        """Move all versions; on no day are two in force, and what people added stays owed."""
        mine, other = self._versions(self.keep), self._versions(self.gone)
        items = self._items([one.id for one in (*mine, *other)])
        self._rename_added(mine, other, items)
        active = next((one for one in mine if one.state == "active"), None)
        theirs = next((one for one in other if one.state == "active"), None)
        newest = max((one.plan_version for one in mine), default=0)
        waiting = any(one.state in ("draft", "submitted", "approved") for one in mine)
        for one in other:
            one.plan_version += newest
            one.row_version += 1
            if one.state in ("draft", "submitted", "approved") and (waiting or active is not None):
                one.state = "closed"
            _make_way(one, mine, self.today)
            one.person_id = self.keep.id
        self.session.flush()
        if active is not None and theirs is not None:
            theirs.state = "closed"
            decided = [
                item
                for item in items[theirs.id]
                if (item.origin == "manual" and item.state != "declined")
                or (item.origin == "rule" and _was_decided(item))
            ]
            if decided:
                self._join_versions(active, items[active.id], decided)

    def _versions(self, person: Person) -> list[ServicePlan]:
        found = select(ServicePlan).where(ServicePlan.person_id == person.id)
        return list(self.session.scalars(found.order_by(ServicePlan.plan_version)))

    def _items(self, plan_ids: Sequence[int]) -> dict[int, list[PlanItem]]:
        found: dict[int, list[PlanItem]] = defaultdict(list)
        rows = select(PlanItem).where(PlanItem.plan_id.in_(plan_ids)).order_by(PlanItem.id)
        for one in self.session.scalars(rows):
            found[one.plan_id].append(one)
        return found

    def _rename_added(
        self,
        mine: Sequence[ServicePlan],
        other: Sequence[ServicePlan],
        items: Mapping[int, Sequence[PlanItem]],
    ) -> None:
        """Give what was added by hand to the other plan numbers of its own."""
        taken = max((_number(item) for one in mine for item in items[one.id]), default=0)
        theirs = max((_number(item) for one in other for item in items[one.id]), default=0)
        if not taken or not theirs:
            return
        # Above all numbers in use, so that no renamed one meets one that still waits.
        above = max(taken, theirs)
        renamed = {}
        for one in other:
            for item in items[one.id]:
                if item.origin == "manual":
                    key = f"manual:{_number(item) + above}"
                    renamed[item.item_key] = key
                    item.item_key = key
        self.session.flush()
        for task in self.session.scalars(
            select(Task).where(Task.person_id == self.gone.id, Task.item_key.in_(sorted(renamed)))
        ).all():
            task.item_key = renamed[task.item_key]
        self.session.flush()

    def _join_versions(
        self,
        active: ServicePlan,
        held: Sequence[PlanItem],
        decided: Sequence[PlanItem],
    ) -> None:
        """Write a version that says what both plans said; the one in force is never changed."""
        newest = max(one.plan_version for one in self._versions(self.keep))
        joined = ServicePlan(
            person_id=self.keep.id,
            plan_version=newest + 1,
            state="active",
            origin="worker",
            rule_set_id=active.rule_set_id,
            effective_from=self.today,
            drafted_at=self.moment,
            drafted_by=self.book.actor.name,
            comment=f"#{self.gone.id}",
        )
        self.session.add(joined)
        self.session.flush()
        ruled = {item.item_key for item in held if item.origin == "rule" and _was_decided(item)}
        over = {item.item_key: item for item in decided if item.item_key not in ruled}
        for item in (*(i for i in held if i.item_key not in over), *over.values()):
            copied = {
                column.key: getattr(item, column.key)
                for column in PlanItem.__table__.columns
                if column.key not in ("id", "plan_id")
            }
            self.session.add(PlanItem(plan_id=joined.id, **copied))
        active.state, active.row_version = "revised", active.row_version + 1
        active.effective_to = self.today - _DAY
        self.session.flush()

    # --- tasks ----------------------------------------------------------------------------------

    def unite_tasks(self) -> None:
        """Move all tasks; of two for the same item and period the one that says more stays."""
        held = self.session.scalars(
            select(Task).where(Task.person_id.in_((self.keep.id, self.gone.id)))
        ).all()
        mine = {(t.item_key, t.period): t for t in held if t.person_id == self.keep.id}
        moving, parked = [], []
        for task in held:
            if task.person_id != self.gone.id:
                continue
            same = mine.get((task.item_key, task.period))
            if same is None or _weight(task) > _weight(same):
                moving.append(task)
            if same is not None:
                loser = same if _weight(task) > _weight(same) else task
                if loser is same:
                    parked.append((same, same.period))
                    same.period = f"~{same.id}"
                if loser.done_on is None and loser.cancelled_on is None:
                    loser.cancelled_on, loser.reason = self.today, AUTOMATIC + "merged"
        self.session.flush()
        for task in moving:
            task.person_id = self.keep.id
        self.session.flush()
        for task, period in parked:
            task.person_id, task.period = self.gone.id, period
        self.session.flush()


# ---------------------------------------------------------------- small questions


def _number(item: PlanItem) -> int:
    kind, _colon, number = item.item_key.partition(":")
    return int(number) if kind == "manual" else 0


def _was_decided(item: PlanItem) -> bool:
    return item.state in ("changed", "declined")


def _make_way(plan: ServicePlan, mine: Sequence[ServicePlan], today: date) -> None:
    """Let a version end before the first of the other record's that was in force with it."""
    if plan.effective_from is None or plan.state not in ("active", "revised", "closed"):
        return
    first, last = plan.effective_from, plan.effective_to or FOREVER
    over = [
        one.effective_from
        for one in mine
        if one.effective_from is not None
        and one.state in ("active", "revised", "closed")
        and one.effective_from <= last
        and first <= (one.effective_to or FOREVER)
    ]
    if not over:
        return
    if plan.state == "active" and all(one.state != "active" for one in mine):
        latest = max(one.effective_to or today for one in mine if one.effective_from in over)
        plan.effective_from = min(max(first, latest + _DAY), today)
        return
    plan.effective_to = min(over) - _DAY if first < min(over) else first - _DAY
    plan.state = "closed"


def _weight(task: Task) -> tuple[int, ...]:
    """Order two tasks for the same by what they say: done, excused by people, open, cancelled."""
    by_people = not (task.reason or "").startswith(AUTOMATIC)
    return (
        task.done_on is not None,
        task.excused_on is not None and by_people,
        task.cancelled_on is None,
    )
