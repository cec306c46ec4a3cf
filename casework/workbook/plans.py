"""Plans: what is owed to each person, why, and who decided it.

Decides when plans are drawn up and by which rules; the drawing up is in
:mod:`casework.workbook.plan_compile`, what people decide about a version in
:mod:`casework.workbook.plan_versions`, the reasons in :mod:`casework.workbook.plan_reasons`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Text, cast, func, select
from sqlalchemy.orm import Session

from casework.access.accounts import measure_reach
from casework.errors import InvalidEntry, NoRuleInForce, NotPermitted
from casework.records import Need, ServicePlan
from casework.records.known import known_on, people_around
from casework.rules import Rule, parse, subjects_of
from casework.rules.sql import as_number, condition
from casework.terms import _
from casework.workbook.need_asking import ask_for_answers
from casework.workbook.need_lists import NeedView, need_views
from casework.workbook.owning import settle_owners
from casework.workbook.plan_compile import Chosen, Compilation, Compiled
from casework.workbook.plan_endings import end_needs, end_of_care, take_effect, take_up_needs
from casework.workbook.plan_entered import ItemChange
from casework.workbook.plan_in_parts import Progress, draw_up
from casework.workbook.plan_needs import (
    AnsweredNeed,
    answer_need,
    answered_needs,
    bare_needs,
    mark_planned,
    part_need,
)
from casework.workbook.plan_passed import Passed, passed_windows
from casework.workbook.plan_reasons import (
    Explanation,
    explain_plan,
    kept_reasons,
    proposal_for,
)
from casework.workbook.plan_told import PlanDifference, PlanVersion
from casework.workbook.plan_versions import Versions
from casework.workbook.policy import keep_text, rules_in, text_in_force, vocabulary_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "AnsweredNeed",
    "Compiled",
    "Count",
    "Explanation",
    "ItemChange",
    "PlanDifference",
    "PlanVersion",
    "Plans",
]

_PEOPLE_AT_ONCE = 1_500
_PARTS = 6
_FEW = 100
DAYS = 365


@dataclass(frozen=True, slots=True)
class Count:
    """For how many people a condition holds, and for how many that is unknown."""

    holds: int
    unknown: int
    people: int


class Plans:
    """What is done with plans.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- drawing up -----------------------------------------------------------------------------

    def compile(
        self,
        days: int = DAYS,
        *,
        persons: Iterable[int] | None = None,
        progress: Progress | None = None,
    ) -> Compiled:
        """Draw up plans and tasks by the rules of today; again changes nothing.

        Only people about whom something was changed since their plan was drawn up by the same
        rules on the same day are drawn up again, and then those whose plan hangs on them. Some
        thousand are written in one transaction, so that an interruption loses little and the next
        run goes on where it stopped.

        Parameters
        ----------
        days : int
            How far ahead tasks are placed.
        persons : iterable of int or None
            Only these, whatever was drawn up before; None for everybody in care.
        progress : callable or None
            Called with a share of 0 to 1 and what is being done.

        Raises
        ------
        InvalidEntry
            When a rule of the agency cannot be read.
        NoRuleInForce
            When the agency has no rules.
        """
        book = self._workbook
        if not book.draws_up_plans:
            raise NotPermitted(
                _(
                    "Plans are drawn up by the caseworker of a person, and for everybody every "
                    "night. Ask the caseworker, or wait until tomorrow."
                )
            )
        tell = progress or _silent
        chosen = sorted(set(persons)) if persons is not None else None
        left = 0
        with book.transaction() as session:
            compilation = self._compilation(session, days)
            if chosen is not None:
                beyond = self._beyond(session, compilation) & set(chosen)
                chosen, left = sorted(set(chosen) - beyond), len(beyond)
            cancelled = self._end(session, chosen) if chosen is not None else 0
            take_effect(session, book.today, chosen)
            take_up_needs(session, book.today, chosen)
            handed = settle_owners(session, book.today) if chosen is None else 0
        done = Compiled(changed=handed, cancelled=cancelled, left=left)
        if chosen is not None:
            done += draw_up(book, compilation, [chosen], tell)
        else:
            done += self._draw_up_changed(compilation, tell)
            with book.transaction() as session:
                book.log(session, "compile_plans", "workbook", after=asdict(done))
                measure_reach(session.connection())
        tell(1.0, _("done"))
        return done

    def refresh(self, session: Session, persons: Iterable[int], days: int = DAYS) -> Compiled:
        """Draw up the plans of a few people anew, within a transaction that changed their facts.

        Where a rule asks about people around somebody, and now finds something else that decides,
        theirs are drawn up as well, but for those whom somebody else is just writing about: the
        run for everybody finds them.
        """
        touched = set(persons)
        if not touched or not self._workbook.draws_up_plans:
            # Who does not see all that a plan rests on leaves it to those who do: the tables
            # remember whose plan is to be drawn up.
            return Compiled()
        today = self._workbook.today
        compilation = self._compilation(session, days)
        session.flush()
        around = people_around(session, compilation.subjects, touched, today)
        beyond = self._beyond(session, compilation)
        moved = compilation.stamps.moved(session, around - beyond)
        free = compilation.stamps.free(session, moved)
        chosen = sorted(touched - beyond | free)
        keep = [rule.duty.key for rule in compilation.farewells]
        ended = end_of_care(session, today, keep, chosen)
        take_effect(session, today, chosen)
        take_up_needs(session, today, chosen)
        done = Compiled(cancelled=ended) + compilation.run(session, chosen)
        mark_planned(session, chosen, today)
        if left := sorted(touched & beyond):  # needs wait for no run: who is asked is seen here
            asked = ask_for_answers(session, self._workbook.agency, left, today)
            done += Compiled(made=asked.made, changed=asked.changed, cancelled=asked.cancelled)
        return done

    def follow(self, session: Session, persons: Collection[int]) -> None:
        """Let the plans of a few people follow what was just written about them.

        Only of people who have one: writing something down makes nobody a plan. Rules that cannot
        be read are for whoever looks after them; what was written stays written all the same.
        """
        end_needs(session, self._workbook.today, persons)
        planned = session.scalars(
            select(ServicePlan.person_id)
            .where(ServicePlan.person_id.in_(persons), ServicePlan.state == "active")
            .distinct()
        ).all()
        with suppress(InvalidEntry, NoRuleInForce):
            self.refresh(session, planned)

    def end_care(self, session: Session, persons: Iterable[int], on: date) -> int:
        """Let plans and tasks of people end with their care, and owe the family what is owed.

        Within a transaction that said why the care ends.

        Parameters
        ----------
        on : date
            The first day on which they are in care no more.

        Returns
        -------
        int
            How many tasks fall away.
        """
        cancelled = end_of_care(session, on, self._farewells(session), sorted(set(persons)))
        self._compilation(session, DAYS).say_farewell(session)
        session.expire_all()
        return cancelled

    def passed(self, session: Session, persons: Iterable[int], on: date) -> tuple[Passed, ...]:
        """Name what was due after an event on a day and gets no task, because it is told late."""
        if not self._workbook.draws_up_plans:
            return ()
        compilation = self._compilation(session, DAYS)
        return passed_windows(session, compilation, list(persons), on)

    def _compilation(self, session: Session, days: int) -> Compilation:
        book = self._workbook
        found = rules_in(session, book.agency, book.today)
        return Compilation(book, found, days, self._rule_set(session))

    def _farewells(self, session: Session) -> list[str]:
        book = self._workbook
        found = rules_in(session, book.agency, book.today)
        return [rule.duty.key for rule in found.rules if rule.for_deceased]

    def _rule_set(self, session: Session) -> int:
        """Keep the text of the rules, so that an old plan can be explained later."""
        book = self._workbook
        text = text_in_force(session, book.agency)
        return keep_text(session, book.agency, text, on=book.today, by=book.actor.name)

    def _beyond(self, session: Session, compilation: Compilation) -> set[int]:
        """Name own people whose plan rests on somebody whom only the run for everybody sees."""
        standing = self._workbook.standing
        groups = sorted({one.name for one in compilation.subjects if one.source == "group"})
        if standing is None or standing.role != "caseworker" or not groups:
            return set()
        asked = func.access.reaches_beyond(cast(groups, ARRAY(Text)))
        return set(session.scalar(select(asked)) or ())

    def _draw_up_changed(self, compilation: Compilation, tell: Progress) -> Compiled:
        """Draw up whoever was changed, then whose plan hangs on others; count all who are in care.

        In this order: who has died and what the rules ask about others takes seconds to read for
        very many people, and whoever changed something about one waits for that person's plan.
        """
        book = self._workbook
        with book.reading() as session:
            touched, beyond = self._to_draw_up(session, compilation, compilation.touched(session))
            people, doubts = compilation.stamps.planned(session)
        done = Compiled(people=people, doubts=doubts)
        done += draw_up(book, compilation, _parts(touched, scattered=bool(beyond)), tell)
        with book.transaction() as session:
            cancelled, made = self._end(session), compilation.say_farewell(session)
        done += Compiled(made=made, cancelled=cancelled)
        with book.reading() as session:
            found, further = self._to_draw_up(session, compilation, compilation.answered(session))
            again = set(found) - set(touched)
            people, doubts = compilation.stamps.planned(session, again)
            session.commit()  # what was worked out about others stays at hand
        done += Compiled(people=-people, doubts=-doubts, left=len(beyond | further))
        return done + draw_up(
            book, compilation, _parts(sorted(again), scattered=bool(beyond)), tell
        )

    def _end(self, session: Session, chosen: Collection[int] | None = None) -> int:
        """Let plans and tasks end of those no longer in care; give how many tasks fall away."""
        return end_of_care(session, self._workbook.today, self._farewells(session), chosen)

    def _to_draw_up(
        self, session: Session, compilation: Compilation, ids: list[int]
    ) -> tuple[list[int], set[int]]:
        """Give those of some people whom this login may draw up, and own people left to others."""
        standing = self._workbook.standing
        if standing is None or standing.role != "caseworker":
            return ids, set()
        mine = set(session.scalar(select(func.access.my_persons())) or ())
        beyond = self._beyond(session, compilation) & set(ids)
        return [one for one in ids if one in mine - beyond], beyond

    # --- reasons --------------------------------------------------------------------------------

    def explain(
        self, person_id: int, *, as_of: date | None = None, days: int = DAYS
    ) -> Explanation:
        """Tell why a person's plan says what it says: rule, clause, facts matched and missing.

        Raises
        ------
        NotFound
            When the person is not in care on the day.
        """
        book = self._workbook
        with book.reading() as session:
            return explain_plan(session, book, person_id, as_of or book.today, days)

    def rules(self, *, as_of: date | None = None) -> tuple[Rule, ...]:
        """Give the rules in force on a day."""
        book = self._workbook
        day = as_of or book.today
        with book.reading() as session:
            return rules_in(session, book.agency, day).on(day)

    def channels(self, *, as_of: date | None = None) -> frozenset[str]:
        """Give the channels by which the rules in force on a day let something be done."""
        return frozenset(one for rule in self.rules(as_of=as_of) for one in rule.duty.channels)

    def count(self, text: str, *, as_of: date | None = None) -> Count:
        """Tell for how many people in care a condition holds, as its author types it.

        Raises
        ------
        RuleError
            Where the text cannot be read.
        """
        book = self._workbook
        day = as_of or book.today
        node = parse(text, vocabulary_of(book.agency, day))
        known = known_on(subjects_of(node), day, outcomes=book.agency.counting.outcomes)
        truth = as_number(condition(node, known.columns, day))
        with book.reading() as session:
            people, decided, holding = session.execute(
                known.select(func.count(), func.count(truth), func.coalesce(func.sum(truth), 0))
            ).one()
        return Count(int(holding), people - decided, people)

    def counts(self, *, as_of: date | None = None) -> dict[str, Count]:
        """Tell for how many people in care each rule in force holds, all by one query."""
        book = self._workbook
        day = as_of or book.today
        rules = [rule for rule in self.rules(as_of=day) if not rule.for_deceased]
        known = known_on(
            frozenset().union(*(subjects_of(rule.when) for rule in rules)),
            day,
            outcomes=book.agency.counting.outcomes,
        )
        truths = [as_number(condition(rule.when, known.columns, day)) for rule in rules]
        cells = [
            cell
            for truth in truths
            for cell in (func.count(truth), func.coalesce(func.sum(truth), 0))
        ]
        with book.reading() as session:
            people, *numbers = session.execute(known.select(func.count(), *cells)).one()
        return {
            rule.code: Count(int(numbers[2 * n + 1]), people - numbers[2 * n], people)
            for n, rule in enumerate(rules)
        }

    # --- versions -------------------------------------------------------------------------------

    def versions(self, person_id: int) -> list[PlanVersion]:
        """List the versions of a person's plan, the newest first."""
        with self._workbook.reading() as session:
            return self._versions(session).of_person(person_id)

    def version(self, plan_id: int) -> PlanVersion:
        """Give one version with its items."""
        with self._workbook.reading() as session:
            return self._versions(session).version(plan_id)

    def in_force(self, person_id: int, *, as_of: date | None = None) -> PlanVersion | None:
        """Give the version in force on a day, or None."""
        with self._workbook.reading() as session:
            return self._versions(session).in_force(person_id, as_of or self._workbook.today)

    def difference(self, plan_id: int) -> PlanDifference:
        """Tell what a version changes against the one in force."""
        with self._workbook.reading() as session:
            return self._versions(session).difference(plan_id)

    def draft(self, person_id: int) -> PlanVersion:
        """Give the draft being worked on; a copy of the version in force where there is none."""
        book = self._workbook
        with book.transaction() as session:
            found = self._versions(session).draft(person_id)
            book.log(session, "draft_plan", "service_plan", found.plan_id)
            return found

    def accept(self, plan_id: int, keys: Iterable[str] | None = None) -> int:
        """Say yes to proposed items, all of them or some, and keep their reasons.

        Returns
        -------
        int
            How many were proposed and are accepted now.
        """
        book = self._workbook
        with book.transaction() as session:
            versions = self._versions(session)
            person_id = versions.version(plan_id).person_id
            listed = list(keys) if keys is not None else None
            accepted = versions.accept(plan_id, listed, self._reasons(session, person_id))
            book.log(
                session, "accept_items", "service_plan", plan_id, after={"items": listed or "all"}
            )
            return accepted

    def change(self, plan_id: int, key: str, entered: ItemChange, *, reason: str) -> PlanVersion:
        """Let an item of a draft ask for something else than its rule, with the reason."""
        book = self._workbook
        with book.transaction() as session:
            versions = self._versions(session)
            before = versions.version(plan_id).line(key)
            versions.change(plan_id, key, entered, reason)
            after = versions.version(plan_id)
            book.log(
                session,
                "change_item",
                "service_plan",
                plan_id,
                before={"item": key, "timing": before.timing},
                after={"reason": reason, "timing": after.line(key).timing},
            )
            return after

    def decline(self, plan_id: int, key: str, *, reason: str) -> PlanVersion:
        """Leave an item out of a draft, with the reason."""
        book = self._workbook
        with book.transaction() as session:
            versions = self._versions(session)
            versions.decline(plan_id, key, reason)
            after = {"item": key, "reason": reason}
            book.log(session, "decline_item", "service_plan", plan_id, after=after)
            return versions.version(plan_id)

    def add(
        self,
        plan_id: int,
        entered: ItemChange,
        *,
        need_id: int | None = None,
        reason: str | None = None,
    ) -> str:
        """Add an item to a draft by hand, for a need or with a reason, and give its key."""
        book = self._workbook
        with book.transaction() as session:
            key = self._versions(session).add(plan_id, entered, need_id=need_id, reason=reason)
            book.log(session, "add_item", "service_plan", plan_id, after={"item": key})
            return key

    def remove(self, plan_id: int, key: str) -> PlanVersion:
        """Take an item added by hand out of a draft."""
        book = self._workbook
        with book.transaction() as session:
            versions = self._versions(session)
            versions.remove(plan_id, key)
            book.log(session, "remove_item", "service_plan", plan_id, after={"item": key})
            return versions.version(plan_id)

    # --- needs ----------------------------------------------------------------------------------

    def needs(self, person_id: int, *, as_of: date | None = None) -> list[AnsweredNeed]:
        """List a person's open needs with what answers them, those that nothing answers first."""
        with self._workbook.reading() as session:
            return answered_needs(
                session, self._workbook.agency, person_id, as_of or self._workbook.today
            )

    def answer(self, need_id: int, key: str) -> None:
        """Say that an item of the plan in force answers a need."""
        book = self._workbook
        with book.transaction() as session:
            person_id = answer_need(session, need_id, key, book.today, book.actor.name)
            book.log(session, "answer_need", "need", need_id, after={"item": key})
            self.follow(session, [person_id])

    def part(self, need_id: int, key: str) -> None:
        """Take back that an item answers a need."""
        book = self._workbook
        with book.transaction() as session:
            part_need(session, need_id, key)
            need = session.get_one(Need, need_id)
            mark_planned(session, [need.person_id], book.today)
            book.log(session, "part_need", "need", need_id, before={"item": key})
            self.follow(session, [need.person_id])

    def bare_needs(self, plan_id: int) -> list[NeedView]:
        """List the open needs that a version leaves without an item and without a reason."""
        book = self._workbook
        with book.reading() as session:
            plan = self._versions(session).version(plan_id)
            ids = set(bare_needs(session, plan.person_id, plan_id, book.today))
            views = need_views(session, book.agency, book.today, person_id=plan.person_id)
        return [one for one in views if one.id in ids]

    # --- steps ----------------------------------------------------------------------------------

    def submit(self, plan_id: int, *, comment: str | None = None) -> PlanVersion:
        """Hand a draft to the supervisor, the reasons of its items kept with it."""
        with self._workbook.transaction() as session:
            return self.hand_in(session, plan_id, comment)

    def hand_in(
        self,
        session: Session,
        plan_id: int,
        comment: str | None = None,
        *,
        none_bare: bool = False,
    ) -> PlanVersion:
        """Submit a version within a transaction, the reasons of its items kept with it."""
        versions = self._versions(session)
        plan = versions.version(plan_id)
        if any(one.state == "proposed" for one in plan.lines):
            versions.accept(plan_id, None, self._reasons(session, plan.person_id))
        return self.take_step(session, plan_id, "submit", comment, none_bare=none_bare)

    def withdraw(self, plan_id: int) -> PlanVersion:
        """Take a submitted version back to go on working on it."""
        with self._workbook.transaction() as session:
            return self.take_step(session, plan_id, "withdraw")

    def send_back(self, plan_id: int, *, comment: str) -> PlanVersion:
        """Return a submitted version with what is to be done."""
        with self._workbook.transaction() as session:
            return self.take_step(session, plan_id, "return", comment)

    def approve(
        self, plan_id: int, *, on: date | None = None, comment: str | None = None
    ) -> PlanVersion:
        """Approve a submitted version; on its day it takes over and its tasks are placed."""
        book = self._workbook
        with book.transaction() as session:
            told = self.take_step(session, plan_id, "approve", comment, on)
            session.flush()
            self.refresh(session, [told.person_id])
            session.expire_all()
            return self._versions(session).version(plan_id)

    def discard(self, plan_id: int) -> PlanVersion:
        """Give up a draft."""
        with self._workbook.transaction() as session:
            return self.take_step(session, plan_id, "discard")

    def take_step(
        self,
        session: Session,
        plan_id: int,
        code: str,
        comment: str | None = None,
        on: date | None = None,
        *,
        none_bare: bool = False,
    ) -> PlanVersion:
        """Take a step with a version within a transaction, and write it down."""
        versions = self._versions(session)
        before = versions.version(plan_id).state
        plan = versions.step(plan_id, code, comment=comment, on=on, none_bare=none_bare)
        self._workbook.log(
            session,
            f"{code}_plan",
            "service_plan",
            plan_id,
            before={"state": before},
            after={"state": plan.state, "comment": comment},
        )
        return versions.version(plan_id)

    def refuse_bare(self, session: Session, plan: ServicePlan) -> None:
        """Refuse a version that leaves an open need without an item and without a reason."""
        self._versions(session).refuse_bare(plan)

    def _versions(self, session: Session) -> Versions:
        book = self._workbook
        return Versions(session, today=book.today, role=book.actor.role, name=book.actor.name)

    def _reasons(self, session: Session, person_id: int) -> dict[str, dict[str, Any]]:
        book = self._workbook
        proposal, _values, words = proposal_for(session, book, person_id, book.today, DAYS)
        return kept_reasons(proposal, words, book.today)


def _cut(ids: list[int]) -> Iterator[list[int]]:
    """Cut ids into parts, small at both ends: nothing is written while the first is drawn.

    Nothing is drawn while the last is written, and whoever writes them need not wait long. The
    fewer parts, the less often each page of an index is written.
    """
    start, smallest = 0, _PEOPLE_AT_ONCE // 8 or _PEOPLE_AT_ONCE
    size, largest = smallest, min(_PEOPLE_AT_ONCE, max(smallest, len(ids) // _PARTS))
    while left := len(ids) - start:
        size = max(smallest, min(size, left // 2))
        size = left if left < size + smallest // 2 else size
        yield ids[start : start + size]
        start, size = start + size, min(2 * size, largest)


def _parts(ids: list[int], *, scattered: bool) -> list[Chosen]:
    """Cut ids into parts of some thousand: whole ranges where nearly all of one are among them.

    Ranges are read from the population, scattered people from their facts.
    """
    parts: list[Chosen] = []
    for part in _cut(ids):
        whole = part[-1] - part[0] < 2 * len(part) and len(part) > _FEW and not scattered
        parts.append((part[0], part[-1]) if whole else part)
    return parts


def _silent(_share: float, _text: str) -> None:
    """Say nothing."""
