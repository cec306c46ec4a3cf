"""Minutes of tasks: what each takes, ways included, and what those meant for some days add up to.

Decides how long a task takes and whether it is a visit, the same for tasks that stand and for those
that other rules would ask for; leaves whose hours they are to those who ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from casework.records import Person, PlanItem, Task, in_care_on
from casework.reference.rosters import RosterRules

__all__ = ["Asked", "TaskHours"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What some tasks ask for: minutes without ways, how many they are, and the visits of them."""

    minutes: int = 0
    tasks: int = 0
    visits: int = 0

    def __add__(self, other: Asked) -> Asked:
        """Add up."""
        return Asked(
            self.minutes + other.minutes, self.tasks + other.tasks, self.visits + other.visits
        )

    def __sub__(self, other: Asked) -> Asked:
        """Take away."""
        return self + other * -1

    def __mul__(self, n: int) -> Asked:
        """Give it so many times."""
        return Asked(self.minutes * n, self.tasks * n, self.visits * n)


class TaskHours:
    """Counts what tasks take, as an agency counts.

    Parameters
    ----------
    rules : RosterRules
        Minutes of services and ways, and whose tasks are the agency's own.
    today : date
        Whose tasks count is asked of this day, or of an earlier one that is asked about.
    """

    def __init__(self, rules: RosterRules, today: date) -> None:
        self.rules, self.today = rules, today

    def of_one(
        self, actor: str, service: str, channels: Sequence[str] | None, minutes: int | None
    ) -> Asked:
        """Give what one task takes; nothing where it is none of the agency's own staff.

        Parameters
        ----------
        minutes : int or None
            Those of the plan; None counts those of the service.
        """
        if actor not in self.rules.actors:
            return Asked()
        is_visit = bool(channels) and channels[0] in self.rules.visit_channels  # type: ignore[index]
        return Asked(self._minutes(service) if minutes is None else minutes, 1, int(is_visit))

    def hours(self, asked: Asked) -> float:
        """Give the hours, ways of visits included."""
        return (asked.minutes + asked.visits * self.rules.numbers["unknown_minutes"]) / 60

    def meant_for(
        self, session: Session, first: date, last: date, *by: InstrumentedAttribute[Any]
    ) -> dict[Any, Asked]:
        """Add up what the tasks meant for some days ask for, by columns of `Task`.

        Returns
        -------
        dict
            By the value of the column, or by a tuple of them where there are more.
        """
        meant = func.coalesce(Task.planned_on, Task.due_on)
        kinds = (Task.actor, Task.service, Task.channels, PlanItem.duration_minutes)
        rows = session.execute(
            select(*by, *kinds, func.count())
            .join(Person, Person.id == Task.person_id)
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .where(
                in_care_on(min(first, self.today)),
                meant.between(first, last),
                Task.cancelled_on.is_(None),
                Task.excused_on.is_(None),
                Task.actor.in_(list(self.rules.actors)),
            )
            .group_by(*by, *kinds)
        )
        found: defaultdict[Any, Asked] = defaultdict(Asked)
        for *keys, actor, service, channels, minutes, n in rows:
            key = keys[0] if len(by) == 1 else tuple(keys)
            found[key] += self.of_one(actor, service, channels, minutes) * n
        return dict(found)

    def _minutes(self, service: str) -> int:
        sort = self.rules.sorts.get(service)
        return sort.minutes if sort and sort.minutes else self.rules.numbers["minutes"]
