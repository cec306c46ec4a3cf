"""What is owed to the families of those who died: the condolence rules, person by person.

Decides which of these rules apply to whom, the weaker standing back for the stronger; drawing up
plans and judging a change of the rules ask here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.planning import Placer, PlannedTask
from casework.records import Person
from casework.records.known import departed_on, known_on
from casework.records.known_parts import Bound
from casework.rules import Rule
from casework.rules.evaluate import holds
from casework.workbook.plan_situations import SITUATION, situation_of

__all__ = ["Farewell", "farewells"]

_AT_ONCE = 4_000


@dataclass(frozen=True, slots=True)
class Farewell:
    """What is owed to the family of one person: each rule with its tasks."""

    person_id: int
    owed: tuple[tuple[Rule, tuple[PlannedTask, ...]], ...]


def farewells(
    session: Session, rules: Sequence[Rule], placer: Placer, outcomes: Collection[str]
) -> Iterator[list[Farewell]]:
    """Give what rules for the deceased owe in the view of the placer, some thousand at a time."""
    if not rules:
        return
    today = placer.first
    asked = SITUATION.union(*(rule.subjects for rule in rules))
    known = known_on(asked, today, outcomes=outcomes, departed=True, persons=Bound.IDS)
    query = known.select_values(Person.id).order_by(Person.id)
    # Those few by their ids: else what is known of everybody is gathered first.
    ids = session.scalars(select(Person.id).where(departed_on(today)).order_by(Person.id)).all()
    for at in range(0, len(ids), _AT_ONCE):
        found = []
        some = session.execute(query, {"limit_ids": list(ids[at : at + _AT_ONCE])})
        for person_id, *cells in some.all():
            values = known.values(cells)
            holding = [
                rule for rule in rules if rule.in_force(today) and holds(rule.when, values, today)
            ]
            replaced = {code for rule in holding for code in rule.instead_of}
            person = situation_of(person_id, values, rules, today, starts={})
            owed = tuple(
                (rule, placer.tasks(rule.duty, person))
                for rule in holding
                if rule.code not in replaced
            )
            found.append(Farewell(person_id, owed))
        yield found
