"""Needs out of the facts on file, and what is asked when the evidence of a need is gone.

Decides what one act of a worker does in one transaction; leaves the rules to `need_rules` and what
still stands to `need_evidence`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Fact, Need, Person, kind_of
from casework.records.base import now
from casework.reference import code_list
from casework.terms import _
from casework.workbook.assessing import standing
from casework.workbook.assessments import Assessments
from casework.workbook.need_rules import FactNeed, facts_speak
from casework.workbook.need_steps import CLOSED
from casework.workbook.owning import STAND_IN
from casework.workbook.plan_situations import around, within

__all__ = ["FactNeedView", "FactsSettled", "NeedSources"]

_SET = 2_000
_PEOPLE = 5_000
"""People settled in one transaction."""


@dataclass(frozen=True, slots=True)
class FactsSettled:
    """What the facts on file did to needs.

    Attributes
    ----------
    people : int
        Looked at.
    opened, worse : int
        Needs that are new, and open ones that became more severe.
    """

    people: int
    opened: int
    worse: int

    def summary(self) -> str:
        """Say it in a sentence."""
        return _(
            "Needs by the facts of {people} people: {opened} new, {worse} more severe.",
            people=self.people,
            opened=self.opened,
            worse=self.worse,
        )


@dataclass(frozen=True, slots=True)
class FactNeedView:
    """A need that the facts speak for and that nobody has opened yet.

    Attributes
    ----------
    why : str
        The condition that holds, as a sentence.
    """

    code: str
    title: str
    domain: str
    severity: str
    why: str


class NeedSources(Assessments):
    """Needs that the facts speak for, and needs whose evidence is gone."""

    def settle_facts(self, persons: Collection[int] | None = None) -> FactsSettled:
        """Open what the facts speak for, for these people or everybody in care.

        Running it again changes nothing. One need is one need, whether a score or the facts show
        it; one that was declined or cannot be met is opened again only when it is more severe.
        """
        parts = self._ranges() if persons is None else iter([sorted(set(persons))])
        done = FactsSettled(0, 0, 0)
        for part in parts:
            with self._workbook.transaction() as session:
                more = self._settle_facts(session, part)
            done = FactsSettled(
                done.people + more.people, done.opened + more.opened, done.worse + more.worse
            )
        return done

    def _settle_facts(
        self, session: Session, part: Collection[int] | tuple[int, int]
    ) -> FactsSettled:
        """Settle some people in one transaction."""
        book, people, holding = self._workbook, set(), []
        for one in facts_speak(session, book.agency, book.today, part):
            people.add(one.person_id)
            if one.holds:
                holding.append(one)
        known = _Known(session, holding, part)
        opened = [one for one in holding if known.wants(one)]
        worse = 0
        for one in holding:
            need = known.need_of(one)
            if need is not None and _is_worse(need, one):
                need.severity, worse = one.severity or need.severity, worse + 1
        session.add_all(self._opened(session, opened))
        if opened or worse:
            after = {"opened": len(opened), "worse": worse}
            book.log(session, "settle_needs", "workbook", None, after=after)
        return FactsSettled(len(people), len(opened), worse)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """Cut the people into ranges of ids of some thousand each."""
        with self._workbook.reading() as session:
            last = session.scalar(select(func.max(Person.id))) or 0
        return ((at, min(last, at + _PEOPLE - 1)) for at in range(1, last + 1, _PEOPLE))

    def spoken_for(self, person_id: int, *, as_of: date | None = None) -> list[FactNeedView]:
        """Give the needs that the facts speak for and that are not open, the most severe first."""
        book = self._workbook
        day = as_of or book.today
        with book.reading() as session:
            spoken = [f for f in facts_speak(session, book.agency, day, [person_id]) if f.holds]
            known = _Known(session, spoken, [person_id])
            waiting = [one for one in spoken if known.wants(one)]
        ranks = _ranks()
        return [
            FactNeedView(
                one.rule.code, str(one.rule.label), one.rule.domain, one.severity or "",
                one.why(book.agency, day),
            )
            for one in sorted(waiting, key=lambda one: -ranks[one.severity or "low"])
        ]  # fmt: skip

    def open_from_facts(self, person_id: int, code: str) -> int:
        """Open one need that the facts speak for.

        Raises
        ------
        InvalidEntry
            If the facts do not speak for it, or it is open already.
        """
        book = self._workbook
        with book.transaction() as session:
            person = standing(session, person_id, book.today, book.today)
            spoken = facts_speak(session, book.agency, book.today, [person.id])
            found = next((one for one in spoken if one.rule.code == code and one.holds), None)
            if found is None:
                raise InvalidEntry(
                    _("The facts on file do not speak for this need any more."), "code", code
                )
            need = _Known(session, [found], [person.id]).need_of(found)
            if need is not None and need.state not in CLOSED:
                raise already_open(need.id)
            (new,) = self._opened(session, [found])
            session.add(new)
            session.flush()
            book.log(session, "raise_need", "need", new.id, after={"domain": new.domain})
            book.plans.follow(session, [new.person_id])
            return new.id

    def keep_need(self, need_id: int, reason: str) -> None:
        """Say that a need is still there although what it came from is gone; a worker says so."""
        if not reason.strip():
            raise InvalidEntry(_("Say in a sentence why it is still needed."), "reason", reason)
        book = self._workbook
        with book.transaction() as session:
            need = session.get(Need, need_id, with_for_update=True)
            if need is None or need.superseded_at is not None:
                raise NotFound(_("This need is no longer there. Open the dossier again."))
            if need.closed_on is not None:
                raise NotPermitted(_("This need is settled already; take it up again instead."))
            before = {"origin": need.origin, "assessment": need.assessment_id}
            need.origin, need.assessment_id, need.reason = "worker", None, reason.strip()
            book.log(
                session, "keep_need", "need", need_id, before=before, after={"reason": need.reason}
            )

    def _opened(self, session: Session, found: Iterable[FactNeed]) -> list[Need]:
        book, made = self._workbook, []
        for some in _sets(list(found)):
            seats = around(session, {one.person_id for one in some}, book.today).seats
            for one in some:
                own: Mapping[str, int] = seats.get(one.person_id, {})
                owner = own.get("caseworker") or own.get(STAND_IN) or book.actor.staff_id
                made.append(
                    Need(
                        person_id=one.person_id,
                        domain=one.rule.domain,
                        title=one.rule.label.zh,
                        severity=one.severity or "low",
                        origin="rule",
                        opened_on=book.today,
                        owner_id=owner,
                        need_key=one.rule.key,
                        recorded_at=now(),
                        recorded_by=book.actor.name,
                    )
                )
        return made


def already_open(need_id: int) -> InvalidEntry:
    """Refuse a need that is open already, naming it."""
    return InvalidEntry(
        _("A need is already open for it (no. {id}). Go on with that one.", id=need_id)
    )


class _Known:
    """The newest need of every code, and since when the facts are what they are.

    Parameters
    ----------
    holding : sequence of FactNeed
        What the facts speak for now.
    persons : collection of int or (first, last)
        Limits what is read.
    """

    def __init__(
        self,
        session: Session,
        holding: Sequence[FactNeed],
        persons: Collection[int] | tuple[int, int],
    ) -> None:
        query = select(Need).where(
            within(Need.person_id, persons),
            Need.need_key.is_not(None),
            Need.superseded_at.is_(None),
        )
        self._needs: dict[tuple[int, str], Need] = {}
        for need in session.scalars(query.order_by(Need.id)):
            code = kind_of(need.need_key)
            if code is not None:
                self._needs[need.person_id, code] = need
        met = [one for one in holding if self._state(one) == "met"]
        self._since = _since(session, met)

    def need_of(self, found: FactNeed) -> Need | None:
        """Give the need that a finding is about, whether a score or the facts raised it."""
        return self._needs.get((found.person_id, found.rule.code))

    def wants(self, found: FactNeed) -> bool:
        """Tell whether a need is to be opened for what was found.

        One that was met is opened again once a fact it rests on has changed since; one that was
        turned down only when it is more severe now.
        """
        need = self.need_of(found)
        if need is None:
            return True
        if need.state == "met" and need.closed_on is not None:
            changed = (self._since.get((found.person_id, one)) for one in found.rule.facts)
            return any(day is not None and day > need.closed_on for day in changed)
        return need.state in CLOSED and _ranks_above(found, need)

    def _state(self, found: FactNeed) -> str | None:
        need = self.need_of(found)
        return need.state if need else None


def _since(session: Session, met: Sequence[FactNeed]) -> dict[tuple[int, str], date]:
    """Give since when each fact behind these findings is what it is, by person and fact."""
    found: dict[tuple[int, str], date] = {}
    codes = sorted({code for one in met for code in one.rule.facts})
    for some in _sets(sorted({one.person_id for one in met})):
        query = (
            select(Fact.person_id, Fact.code, func.max(Fact.valid_from))
            .where(
                Fact.person_id.in_(some),
                Fact.code.in_(codes),
                Fact.superseded_at.is_(None),
                Fact.valid_from.is_not(None),
            )
            .group_by(Fact.person_id, Fact.code)
        )
        found |= {(person_id, code): day for person_id, code, day in session.execute(query) if day}
    return found


def _is_worse(need: Need, found: FactNeed) -> bool:
    return need.state not in CLOSED and _ranks_above(found, need)


def _ranks_above(found: FactNeed, need: Need) -> bool:
    ranks = _ranks()
    return ranks[found.severity or need.severity] > ranks[need.severity]


def _ranks() -> dict[str, int]:
    return {one.code: one.rank or 0 for one in code_list("need_severity").entries}


def _sets(found: list[Any]) -> Iterable[list[Any]]:
    return (found[at : at + _SET] for at in range(0, len(found), _SET))
