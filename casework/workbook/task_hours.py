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

from sqlalchemy import and_, case, func, or_, select
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
        return self.meant_for_each(session, [(first, last)], *by)[0]

    def meant_for_each(
        self,
        session: Session,
        spans: Sequence[tuple[date, date]],
        *by: InstrumentedAttribute[Any],
    ) -> list[dict[Any, Asked]]:
        """Add up for several spans of days at once, as `meant_for` does for each of them.

        All tasks are gone through once, however many spans there are.

        Parameters
        ----------
        spans : sequence of (date, date)
            First and last day of each; none meets another.
        """
        meant = func.coalesce(Task.planned_on, Task.due_on)
        kinds = (Task.actor, Task.service, Task.channels, PlanItem.duration_minutes)
        within = [meant.between(*span) for span in spans]
        place = case(*((here, n) for n, here in enumerate(within))).label("place_of_span")
        rows = session.execute(
            select(place, *by, *kinds, func.count())
            .join(Person, Person.id == Task.person_id)
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .where(
                or_(
                    *(
                        and_(here, in_care_on(min(first, self.today)))
                        for here, (first, _last) in zip(within, spans, strict=True)
                    )
                ),
                Task.cancelled_on.is_(None),
                Task.excused_on.is_(None),
                Task.actor.in_(list(self.rules.actors)),
            )
            .group_by("place_of_span", *by, *kinds)
        )
        found: list[defaultdict[Any, Asked]] = [defaultdict(Asked) for _span in spans]
        for at, *keys, actor, service, channels, minutes, n in rows:
            key = keys[0] if len(by) == 1 else tuple(keys)
            found[at][key] += self.of_one(actor, service, channels, minutes) * n
        return [dict(one) for one in found]

    def _minutes(self, service: str) -> int:
        sort = self.rules.sorts.get(service)
        return sort.minutes if sort and sort.minutes else self.rules.numbers["minutes"]
