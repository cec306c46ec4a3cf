"""What an event that is told late would have asked for in days that have passed.

Decides what is said of it: a task is placed only where its window has not ended, so that an event
told after that asks for nothing any more, and somebody has to know. Leaves placing to
:mod:`casework.planning`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import Person, Task
from casework.records.known import known_on
from casework.rules.evaluate import holds
from casework.rules.timing import AfterEvent
from casework.workbook.plan_compile import Compilation
from casework.workbook.plan_situations import SITUATION

__all__ = ["Passed", "passed_windows"]


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that was to be done after an event by a day that has passed; it has no task."""

    title: str
    due_on: date


def passed_windows(
    session: Session, compilation: Compilation, persons: Collection[int], on: date
) -> tuple[Passed, ...]:
    """Name what was due after an event on a day, for those concerned, and gets no task any more.

    Parameters
    ----------
    persons : collection of int
        In care or lately deceased.
    on : date
        The day of the event that is told.
    """
    today = compilation.today
    found: list[Passed] = []
    for departed, rules in ((False, compilation.waiting), (True, compilation.farewells)):
        owing = [
            rule
            for rule in rules
            if rule.event is not None
            and isinstance(rule.duty.timing, AfterEvent)
            and rule.in_force(today)
        ]
        asked = SITUATION.union(*(rule.subjects for rule in owing))
        known = known_on(
            asked, today, outcomes=compilation.outcomes, departed=departed, persons=list(persons)
        )
        for person_id, *cells in session.execute(known.select_values(Person.id)).all():
            values = known.values(cells)
            holding = [one for one in owing if holds(one.when, values, today) is True]
            replaced = {code for rule in holding for code in rule.instead_of}
            for rule in holding:
                timing = rule.duty.timing
                if (
                    not isinstance(timing, AfterEvent)
                    or rule.code in replaced
                    or rule.event is None
                    or values.get(rule.event) != (on, on)
                ):
                    continue
                due_on = timing.due.apply(on, compilation.placer.almanac.calendar)
                key = (rule.duty.key, timing.period(on))
                if due_on < today and not _has_task(session, person_id, *key):
                    found.append(Passed(str(rule.duty.title), due_on))
    return tuple(sorted(found, key=lambda one: (one.due_on, one.title)))


def _has_task(session: Session, person_id: int, item_key: str, period: str) -> bool:
    there = select(Task.id).where(
        Task.person_id == person_id, Task.item_key == item_key, Task.period == period
    )
    return session.scalar(there) is not None
