"""The visits that tasks ask for, before they are priced: one for each task, or one for several.

Decides which tasks are answered by one visit, who has a seat in it and on which days it may be;
leaves times, wishes and prices to `roster_building`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from casework.reference.rosters import RosterRules, Sort
from casework.workbook.roster_reading import VisitTask

__all__ = ["Draft", "Drafting"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit before it is priced: tasks, days, minutes and what each seat asks for."""

    tasks: tuple[VisitTask, ...]
    days: frozenset[int]
    seats: tuple[tuple[str, str | None, int], ...]  # whose, skill, minutes
    apart: tuple[int, int] | None


class Drafting:
    """Makes visits of the tasks of some days.

    Parameters
    ----------
    rules : RosterRules
    days : sequence of date
        One after the other, at least one.
    """

    def __init__(self, rules: RosterRules, days: Sequence[date]) -> None:
        self.rules, self.days = rules, days

    def drafts(self, tasks: Sequence[VisitTask]) -> Iterator[Draft]:
        """Give the visits, those of a person one after the other."""
        by_person: defaultdict[int, list[VisitTask]] = defaultdict(list)
        for task in tasks:
            by_person[task.person_id].append(task)
        for own in by_person.values():
            waiting = [self._draft(one) for one in own]
            for order in self.rules.orders:
                waiting = self._in_order(waiting, order.first, order.then, order.least, order.most)
            merged: list[Draft] = []
            for draft in waiting:
                for at, other in enumerate(merged):
                    both = self._together(other, draft)
                    if both is not None:
                        merged[at] = both
                        break
                else:
                    merged.append(draft)
            yield from merged

    def _draft(self, task: VisitTask) -> Draft:
        sort = self.rules.sorts.get(task.service, Sort())
        minutes = task.minutes or sort.minutes or self.rules.numbers["minutes"]
        seats = [(task.actor, sort.skill, minutes)]
        if sort.with_minutes is not None:
            seats.append((task.actor, sort.with_skill, sort.with_minutes))
        elif task.actor in self.rules.company:
            seats.append((f"with:{task.actor}", None, minutes))
        return Draft(
            (task,), self._days(task), tuple(seats), (0, 0) if len(seats) == 2 else None
        )  # fmt: skip

    def _days(self, task: VisitTask) -> frozenset[int]:
        """Give the days of its window; once that has closed all of them, late but not never."""
        found = frozenset(
            n for n, day in enumerate(self.days) if task.opens_on <= day <= task.due_on
        )
        is_missed = task.due_on < self.days[0]
        return frozenset(range(len(self.days))) if is_missed else found

    def _in_order(
        self, drafts: list[Draft], first: str, then: str, least: int, most: int
    ) -> list[Draft]:
        """Make one visit of two tasks of which one comes after the other on the same day."""
        for a in drafts:
            for b in drafts:
                plain = len(a.seats) == len(b.seats) == len(a.tasks) == len(b.tasks) == 1
                named = plain and (a.tasks[0].service, b.tasks[0].service) == (first, then)
                if a is not b and named and a.days & b.days:
                    both = Draft((*a.tasks, *b.tasks), a.days & b.days, (*a.seats, *b.seats),
                                  (least, most))  # fmt: skip
                    return [both, *(one for one in drafts if one is not a and one is not b)]
        return drafts

    def _together(self, one: Draft, other: Draft) -> Draft | None:
        """Make one visit of two, where the same person can do both on the same day."""
        if len(one.seats) != 1 or len(other.seats) != 1 or not one.days & other.days:
            return None
        (actor, skill, minutes), (actor_too, skill_too, more) = one.seats[0], other.seats[0]
        if actor != actor_too or (skill and skill_too and skill != skill_too):
            return None
        longest = max(minutes, more) + self.rules.numbers["further_minutes"]
        seat = (actor, skill or skill_too, longest)
        return Draft((*one.tasks, *other.tasks), one.days & other.days, (seat,), None)
