"""Reading a set of rules for many people at once: one query, every condition.

Decides how conditions are put to the database and what comes back for each person; leaves what
follows from it to those who draw up plans, compare rules or look back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import compress
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from casework.planning import Drafter, Placer
from casework.records.known import Known, known_on
from casework.records.known_others import AnswersAside, fingerprint_of
from casework.records.known_parts import Bound
from casework.rules import Rule
from casework.rules.evaluate import Values
from casework.rules.sql import as_number, condition, may_turn
from casework.rules.tree import compared_with
from casework.workbook.plan_situations import SITUATION
from casework.workbook.policy import almanac

__all__ = ["RuleReader", "RuleReading", "rule_reader"]

_TRUTH = {1: True, 0: False}
_COUNTED = 100
"""So many people around somebody are counted one by one, however few decide."""


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
    ended : iterable of Rule
        Rules no longer in force of which is to be told, too, for whom they would hold.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        placer: Placer,
        outcomes: Collection[str],
        ended: Iterable[Rule] = (),
    ) -> None:
        self.rules, self.ended = tuple(rules), tuple(ended)
        self.placer = placer
        self.outcomes = tuple(outcomes)
        self.drafter = Drafter(self.rules, placer)
        every = (*self.rules, *self.ended)
        self.subjects = SITUATION.union(*(rule.subjects for rule in every))
        self.about_others = compared_with(rule.when for rule in every)
        self._enough = {
            one: max((_COUNTED, *(number + 1 for number in numbers)))
            for one, numbers in self.about_others.items()
        }
        self._about_few: tuple[Known, Select[Any]] | None = None
        self._written: dict[tuple[Bound | None, bool, bool], tuple[Known, Select[Any]]] = {}

    @cached_property
    def aside(self) -> AnswersAside:
        """Where the answers about people around everybody are kept at hand."""
        return AnswersAside(self.about_others, self.placer.first, self.outcomes)

    def readings(
        self,
        session: Session,
        chosen: Collection[int] | tuple[int, int] | None,
        *,
        asked: object | None = None,
    ) -> Iterator[RuleReading]:
        """Read every condition for these people, in the order of their ids.

        Parameters
        ----------
        asked : object or None
            Who reads one part after another gives the same each time: what is asked about people
            around those of a part is then worked out once, for all parts. It is as it stood then.
        """
        kind, bound = _bound(chosen)
        aside = asked is not None and kind is Bound.RANGE and bool(self.about_others)
        if aside:
            self.aside.hold(session, asked)
        known, query = self._query(kind, with_rules=True, aside=aside, few=kind is Bound.IDS)
        n = len(self.rules)
        places = range(n)
        for row in session.connection().execute(query, bound):
            truths = list(map(_TRUTH.get, row[1 : n + 1]))
            turning = set(compress(places, row[n + 1 : 2 * n + 1]))
            yield RuleReading(row[0], known.values(row, 2 * n + 1), truths, turning)

    def values(self, session: Session, person_id: int) -> Values | None:
        """Read what the rules ask about one person; None where nobody of that id is in care."""
        # Supervisors are kept from words among the facts; what the population counts holds for all.
        whole = session.info.get("role") == "supervisor"
        kind, bound = _bound((person_id, person_id) if whole else [person_id])
        known, query = self._query(kind, with_rules=False, few=True)
        row = session.execute(query, bound).first()
        return None if row is None else known.values(row, 1)

    def fingerprint(self, values: Values) -> int:
        """Sum up what the rules ask about people around somebody in one number."""
        return fingerprint_of(values, self.about_others)

    def fingerprints(self, session: Session, persons: Collection[int]) -> dict[int, int]:
        """Sum up what the rules ask about people around some few, by id, as it stands now."""
        if self._about_few is None:
            known = known_on(
                self.about_others, self.placer.first, outcomes=self.outcomes,
                persons=Bound.IDS, enough=self._enough,
            )  # fmt: skip
            self._about_few = known, known.select_values(known.person_id)
        known, query = self._about_few
        rows = session.connection().execute(query, _bound(persons)[1])
        return {row[0]: self.fingerprint(known.values(row, 1)) for row in rows}

    def _query(
        self, kind: Bound | None, *, with_rules: bool, aside: bool = False, few: bool = False
    ) -> tuple[Known, Select[Any]]:
        """Write the query, once for all who are read by it.

        Parameters
        ----------
        few : bool
            Whether large groups are counted only so far as rules compare their number.
        """
        found = self._written.get((kind, with_rules, aside))
        if found is None:
            day = self.placer.first
            known = known_on(
                self.subjects,
                day,
                outcomes=self.outcomes,
                persons=kind,
                others=self.aside.part() if aside else None,
                enough=self._enough if few else None,
            )
            cells: list[Any] = []
            if with_rules:
                columns = known.columns
                cells += [as_number(condition(rule.when, columns, day)) for rule in self.rules]
                cells += [as_number(self._may_turn(rule, known)) for rule in self.rules]
            query = known.select_values(known.person_id, *cells).order_by(known.person_id)
            found = self._written[kind, with_rules, aside] = (known, query)
        return found

    def _may_turn(self, rule: Rule, known: Known) -> Any:
        if not self.drafter.is_lasting(rule):
            return known.person_id.is_not(None)
        return may_turn(rule.when, known.columns, self.drafter.earliest, self.placer.last)


def _bound(
    chosen: Collection[int] | tuple[int, int] | None,
) -> tuple[Bound | None, dict[str, Any]]:
    if chosen is None:
        return None, {}
    if isinstance(chosen, tuple):
        return Bound.RANGE, {"limit_first": chosen[0], "limit_last": chosen[1]}
    return Bound.IDS, {"limit_ids": list(chosen)}


_KEPT = 8
_readers: dict[tuple[Any, ...], RuleReader] = {}


def rule_reader(
    rules: Iterable[Rule],
    first: date,
    last: date,
    outcomes: Collection[str],
    ended: Iterable[Rule] = (),
) -> RuleReader:
    """Give a reader of some rules for tasks between two days; the same one while they are the same.

    Writing the queries and working out the windows costs more than reading one person.
    """
    chosen, before = tuple(rules), tuple(ended)
    # The reader keeps the rules, so that no other rule can take over the identity of one.
    key = (tuple(map(id, chosen)), tuple(map(id, before)), first, last, tuple(outcomes))
    found = _readers.get(key)
    if found is None:
        if len(_readers) >= _KEPT:
            _readers.pop(next(iter(_readers)))
        placer = Placer(almanac(), first, last)
        found = _readers[key] = RuleReader(chosen, placer, outcomes, before)
    return found
