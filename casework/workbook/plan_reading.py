"""Reading a set of rules for many people at once: one query, every condition.

Decides how conditions are put to the database and what comes back for each person; leaves what
follows from it to those who draw up plans, compare rules or look back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from casework.planning import Drafter, Placer
from casework.records import Person
from casework.records.known import Known, known_on
from casework.rules import Rule
from casework.rules.evaluate import Values
from casework.rules.sql import as_number, condition, may_turn
from casework.workbook.plan_situations import SITUATION

__all__ = ["RuleReader", "RuleReading"]


@dataclass(frozen=True, slots=True)
class RuleReading:
    """How the rules came out for one person.

    Attributes
    ----------
    truths : list of bool or None
        Each rule's condition on the day; None while unknown facts could turn it.
    turning : set of int
        Places of rules that may come out otherwise on another day of the view.
    """

    person_id: int
    values: Values
    truths: list[bool | None]
    turning: set[int]


class RuleReader:
    """Puts a set of rules to the database as they stand on the placer's first day.

    Parameters
    ----------
    rules : iterable of Rule
        In force on at least one day of the placer's view, none for the deceased.
    outcomes : collection of str
        Outcomes of a contact that count as having reached somebody.
    """

    def __init__(self, rules: Iterable[Rule], placer: Placer, outcomes: Collection[str]) -> None:
        self.rules = tuple(rules)
        self.placer = placer
        self.outcomes = tuple(outcomes)
        self.drafter = Drafter(self.rules, placer)
        self.subjects = SITUATION.union(*(rule.subjects for rule in self.rules))

    def readings(
        self, session: Session, chosen: Collection[int] | tuple[int, int] | None
    ) -> Iterator[RuleReading]:
        """Read every condition for these people, in the order of their ids."""
        day = self.placer.first
        known = known_on(self.subjects, day, outcomes=self.outcomes, persons=chosen)
        conditions = [as_number(condition(rule.when, known.columns, day)) for rule in self.rules]
        turns = [as_number(self._may_turn(rule, known)) for rule in self.rules]
        n = len(self.rules)
        query = known.select_values(Person.id, *conditions, *turns).order_by(Person.id)
        for row in session.execute(query):
            truths = [None if cell is None else bool(cell) for cell in row[1 : n + 1]]
            turning = {place for place, cell in enumerate(row[n + 1 : 2 * n + 1]) if cell}
            yield RuleReading(row[0], known.values(row, 2 * n + 1), truths, turning)

    def _may_turn(self, rule: Rule, known: Known) -> Any:
        if not self.drafter.is_lasting(rule):
            return Person.id.is_not(None)
        return may_turn(rule.when, known.columns, self.drafter.earliest, self.placer.last)
