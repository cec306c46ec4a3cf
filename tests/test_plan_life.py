"""The life of plans on a real workbook: whatever people and days do, what must hold holds."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from casework.errors import InvalidEntry, NotPermitted
from casework.planning import in_force
from casework.records import (
    Fact,
    PlanItem,
    ServicePlan,
    Setting,
    Staff,
    Task,
    TaskEvidence,
    kind_of,
)
from casework.rules.writing import add_rule, change_rule, end_rule, write_rules
from casework.workbook import Workbook
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.life import LifeEvent
from casework.workbook.need_steps import NEED_STEPS
from casework.workbook.plans import ItemChange
from casework.workbook.policy import OWN_RULES
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is

LIVING = st.sampled_from(["alone", "empty_nest", "with_children"])
HEALTH = st.sampled_from(["good", "poor", "bedridden"])
WEEKLY = ItemChange(
    title="每周读报", service="visit", timing={"quota": {"times": 1, "per": "week"}}
)
ANSWERS = {"escort": "answer_escort", "falls": "answer_falls"}
UNDECIDED = ("draft", "submitted", "approved")
RULES = st.sampled_from(["phone_monthly", "visit_quarterly", "visit_monthly_double_high"])
CONDITIONS = st.sampled_from(["living = 'alone'", "health >= 'poor'", "category = 'retired'"])
TWICE = {"times": 2, "per": "quarter"}


class PlanLife(RuleBasedStateMachine):
    """One person through weeks of changing facts, drafts, decisions, visits, and an end."""

    book: Workbook
    waits = False

    @initialize(living=LIVING, health=HEALTH)
    def begins(self, living: str, health: str) -> None:
        now_is(self.book, TODAY)
        self.day = TODAY
        self.ended = False
        as_they_came(self.book)
        self.staff = self.somebody_new()
        self.person = a_person(self.book, living=living, health=health)
        self.book.people.seat_care_team(self.person, "caseworker", staff_id=self.staff)
        self.book.plans.compile(persons=[self.person])
        self.kept: set[str] = set()  # what people put into a plan that came into force
        self.seen: dict[int, Any] = {}
        self.done: dict[int, date] = {}

    def somebody_new(self) -> int:
        with self.book.transaction() as session:
            staff = Staff(login=f"w{uuid4().hex}", name="工作员甲", role="caseworker")
            session.add(staff)
            session.flush()
            return staff.id

    # --- what happens -----------------------------------------------------------------------

    @precondition(lambda self: not self.ended)
    @rule(living=LIVING, health=HEALTH)
    def facts_change(self, living: str, health: str) -> None:
        for code, value in (("living", living), ("health", health)):
            with self.book.transaction() as session:
                for fact in session.scalars(
                    select(Fact).where(
                        Fact.person_id == self.person,
                        Fact.code == code,
                        Fact.superseded_at.is_(None),
                    )
                ):
                    fact.superseded_at = fact.recorded_at
                session.add(a_fact(self.person, code, value))

    @rule(days=st.integers(1, 40))
    def days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)
        now_is(self.book, self.day)
        self.compiles()

    @rule()
    def compiles(self) -> None:
        self.book.plans.compile(persons=[self.person])
        before = self.all_of_it()
        assert self.book.plans.compile(persons=[self.person]).is_unchanged
        assert self.all_of_it() == before

    @precondition(lambda self: not self.ended)
    @rule()
    def drafts_something_by_hand(self) -> None:
        try:
            draft = self.book.plans.draft(self.person)
        except NotPermitted:
            assert any(one.state in ("submitted", "approved") for one in self.versions())
            return
        self.book.plans.add(draft.plan_id, WEEKLY, reason="本人爱听新闻")

    @precondition(lambda self: not self.ended)
    @rule(pick=st.integers(0, 99), decline=st.booleans())
    def deviates(self, pick: int, decline: bool) -> None:
        try:
            draft = self.book.plans.draft(self.person)
        except NotPermitted:
            return
        lines = [one for one in draft.lines if one.origin == "rule"]
        if not lines:
            return
        key = lines[pick % len(lines)].key
        if decline:
            self.book.plans.decline(draft.plan_id, key, reason="本人谢绝")
        else:
            twice = ItemChange(timing={"quota": {"times": 2, "per": "month"}})
            self.book.plans.change(draft.plan_id, key, twice, reason="刚出院")

    @precondition(lambda self: not self.ended)
    @rule(
        code=st.sampled_from(["submit", "withdraw", "send_back", "approve", "discard"]),
        later=st.integers(0, 20),
        pick=st.integers(0, 9),
    )
    def takes_a_step(self, code: str, later: int, pick: int) -> None:
        name = {"send_back": "return"}.get(code, code)
        open_to_it = [one for one in self.versions() if name in one.possible]
        if not open_to_it:
            return
        plan = open_to_it[pick % len(open_to_it)]
        more: dict[str, Any] = {}
        if code == "send_back":
            more = {"comment": "请说明理由"}
        if code == "approve":
            more = {"on": self.day + timedelta(days=later)}
        bare = code in ("submit", "approve") and self.book.plans.bare_needs(plan.plan_id)
        if bare:
            with pytest.raises(NotPermitted, match=re.escape(bare[0].title)):
                getattr(self.book.plans, code)(plan.plan_id, **more)
            return
        getattr(self.book.plans, code)(plan.plan_id, **more)

    @precondition(lambda self: not self.ended)
    @rule(channel=st.sampled_from(["phone", "home_visit"]))
    def is_contacted(self, channel: str) -> None:
        entry = ContactEntry(
            client_key=uuid4().hex,
            happened_on=self.day,
            channel=channel,
            persons=(PersonEntry(self.person),),
            participants=(Participant(self.staff, "工作员甲", "caseworker"),),
        )
        self.book.contacts.record(entry)

    @precondition(lambda self: not self.ended)
    @rule()
    def somebody_else_takes_over(self) -> None:
        self.staff = self.somebody_new()
        self.book.people.seat_care_team(
            self.person, "caseworker", staff_id=self.staff, since=self.day
        )
        self.compiles()

    @precondition(lambda self: not self.ended)
    @rule(kind=st.sampled_from([None, "escort", "falls"]), seen=st.booleans())
    def needs_something(self, kind: str | None, seen: bool) -> None:
        with suppress(InvalidEntry):  # it is open already
            if seen:
                self.book.needs.raise_need(self.person, "care", "需要帮忙", "low", kind=kind)
            else:
                wish = self.book.needs.record_wish(self.person, "想有人来")
                self.book.needs.need_from_wish(wish, "care", "low", kind=kind)

    @precondition(lambda self: not self.ended)
    @rule(pick=st.integers(0, 9), to=st.sampled_from(["met", "deferred", "declined"]))
    def a_need_is_settled(self, pick: int, to: str) -> None:
        waiting = self.book.needs.of_person(self.person)
        if waiting:
            need = waiting[pick % len(waiting)]
            if to in NEED_STEPS[need.state]:
                self.book.needs.change_need(need.id, to, reason="与本人商定")

    @precondition(lambda self: not self.ended)
    @rule(died=st.booleans())
    def care_ends(self, died: bool) -> None:
        kind = "died" if died else "moved_away"
        missed = {
            task.id
            for task in self.tasks()
            if task.due_on < self.day and task.done_on is None and task.cancelled_on is None
        }
        self.book.life.record(self.person, LifeEvent(kind, self.day, "家属", place="外地"))
        self.ended = True
        self.days_pass(1)
        left = {task.id for task in self.tasks() if task.cancelled_on is None}
        assert missed <= left, "what was missed before stays missed"

    @rule(
        code=RULES,
        what=st.sampled_from(["edit", "end", "cadence", "add"]),
        when=CONDITIONS,
        later=st.sampled_from([0, 0, 7, 40]),
    )
    def rules_change(self, code: str, what: str, when: str, later: int) -> None:
        """Put changed rules in place: edited or ended from today on or later, or one to come."""
        raw, since = self.book.rulebook.raw(), self.day + timedelta(days=later)
        with suppress(InvalidEntry):  # it has ended already, or says so already
            if what == "end":
                last = since - timedelta(days=1)
                raw = end_rule(raw, code, last=last, today=self.day)
            elif what == "add":
                like = next(one for one in raw["rules"] if one["code"] == "dossier_review")
                new = {key: value for key, value in like.items() if key != "until"}
                raw = add_rule(raw, new | {"code": "new", "since": since}, today=self.day)
            else:
                changes = {"when": when} if what == "edit" else {"quota": TWICE}
                raw = change_rule(raw, code, changes, since=since, today=self.day)
            self.book.rulebook.save(write_rules(raw), note="局务会决定")

    @rule()
    def rules_are_switched_back(self) -> None:
        with suppress(InvalidEntry):  # they were never changed
            self.book.rulebook.undo()

    # --- what holds whatever happens --------------------------------------------------------

    def versions(self) -> list[Any]:
        return self.book.plans.versions(self.person)

    def all_of_it(self) -> list[Any]:
        """Give every cell of the person's versions, items and tasks."""
        own = select(ServicePlan.id).where(ServicePlan.person_id == self.person)
        with self.book.reading() as session:
            return [
                tuple(map(str, row))
                for table, mine in (
                    (ServicePlan, ServicePlan.person_id == self.person),
                    (PlanItem, PlanItem.plan_id.in_(own)),
                    (Task, Task.person_id == self.person),
                )
                for row in session.execute(
                    select(*table.__table__.columns).where(mine).order_by(table.id)
                )
            ]

    def tasks(self) -> list[Task]:
        with self.book.reading() as session:
            return list(session.scalars(select(Task).where(Task.person_id == self.person)))

    @invariant()
    def at_most_one_version_is_in_force_on_any_day(self) -> None:
        if not hasattr(self, "person"):
            return
        with self.book.reading() as session:
            plans = session.scalars(
                select(ServicePlan).where(ServicePlan.person_id == self.person)
            ).all()
        day = TODAY - timedelta(days=3)
        while day <= self.day + timedelta(days=30):
            begun = [one for one in plans if one.state != "approved"]
            holding = [one for one in begun if in_force([one], day) is not None]
            assert len(holding) <= 1, (day, [(one.plan_version, one.state) for one in holding])
            day += timedelta(days=1)
        assert sum(one.state in UNDECIDED for one in plans) <= 1

    @invariant()
    def what_was_in_force_is_never_changed_in_what_it_asks_for(self) -> None:
        if not hasattr(self, "person"):
            return
        for plan in self.versions():
            asked = [
                (one.key, one.timing, one.channels, one.actor, one.state == "declined")
                for one in plan.lines
            ]
            if plan.state in ("active", "revised"):
                assert self.seen.setdefault(plan.plan_id, asked) == asked

    @invariant()
    def every_item_has_a_rule_a_need_or_a_reason(self) -> None:
        if not hasattr(self, "person"):
            return
        for plan in self.versions():
            for line in plan.lines:
                assert line.rule_code or line.need_id or line.deviation_reason
                assert line.state != "changed" or line.deviation_reason

    @invariant()
    def every_open_need_has_an_item_or_a_reason_or_somebody_who_must_say(self) -> None:
        if not hasattr(self, "person"):
            return
        waiting = self.book.plans.needs(self.person)
        if self.ended:
            assert waiting == []
            return
        now = self.book.plans.in_force(self.person)
        if now is None:
            return
        declined = {one.key: one.deviation_reason for one in now.lines if one.state == "declined"}
        asking = {
            task.item_key: task
            for task in self.tasks()
            if task.cancelled_on is None and task.in_force_from is not None
        }
        for need in waiting:
            task = asking.get(f"answer:{need.need.id}")
            assert (task is not None) == (need.answered == "nothing"), need
            assert task is None or (task.owner_id and task.due_on == need.asked_by)
            kind = kind_of(need.need.key)  # what has a kind is answered by its rule all by itself
            if kind and need.answered == "nothing" and not need.coming:
                assert declined.get(f"rule:{ANSWERS[kind]}"), need

    @invariant()
    def what_people_put_into_the_plan_stays_until_people_take_it_out(self) -> None:
        if not hasattr(self, "person"):
            return
        now = self.book.plans.in_force(self.person)
        by_hand = {one.key for one in now.lines if one.origin == "manual"} if now else set()
        if not self.ended:
            assert self.kept <= by_hand
        self.kept |= by_hand

    @invariant()
    def done_tasks_stay_done_and_have_evidence(self) -> None:
        if not hasattr(self, "person"):
            return
        with self.book.reading() as session:
            shown = set(
                session.scalars(
                    select(TaskEvidence.task_id).where(TaskEvidence.withdrawn_at.is_(None))
                )
            )
        for task in self.tasks():
            if task.done_on is not None:
                assert task.id in shown and task.done_on >= task.opens_on
                assert task.cancelled_on is None, "what was done is not taken off the list"
                assert self.done.setdefault(task.id, task.done_on) == task.done_on
        assert set(self.done) <= {task.id for task in self.tasks() if task.done_on}

    @invariant()
    def nothing_is_due_after_care_has_ended(self) -> None:
        if not getattr(self, "ended", False):
            return
        rows = self.book.tasks.list("open", person_id=self.person, limit=None)
        assert not any(one.state in UNDECIDED for one in self.versions())
        family = {one.duty.key for one in self.book.plans.rules() if one.for_deceased}
        left = [row for row in rows if row.item_key not in family]
        assert all(row.due_on < self.day for row in left), left
        assert self.book.plans.in_force(self.person) is None

    @invariant()
    def open_tasks_have_an_owner_and_others_a_reason(self) -> None:
        if not hasattr(self, "person"):
            return
        for task in self.tasks():
            if task.cancelled_on is not None:
                assert task.reason, "taken off the list without a word"
            elif task.done_on is None:
                assert task.owner_id is not None


def as_they_came(book: Workbook) -> None:
    """Put the rules that come with the agency in place, whatever a run before changed."""
    with book.transaction() as session:
        session.execute(update(Setting).where(Setting.key == OWN_RULES).values(value=0))


def test_approved_version_is_in_force_on_its_day_though_nobody_drew_up_plans(
    workbook: Workbook,
) -> None:
    person = a_person(workbook)
    workbook.plans.compile(persons=[person])
    draft = workbook.plans.draft(person)
    workbook.plans.add(draft.plan_id, WEEKLY, reason="本人爱听新闻")
    workbook.plans.submit(draft.plan_id)
    begins = TODAY + timedelta(days=7)
    workbook.plans.approve(draft.plan_id, on=begins)
    before = workbook.plans.in_force(person, as_of=begins - timedelta(days=1))
    after = workbook.plans.in_force(person, as_of=begins)
    assert before is not None and before.plan_id != draft.plan_id
    assert after is not None and after.plan_id == draft.plan_id


def test_a_draft_by_hand_does_not_tell_since_when_something_is_owed(workbook: Workbook) -> None:
    person = a_person(workbook, living="empty_nest")
    workbook.plans.compile()
    draft = workbook.plans.draft(person)  # which says since when: the item is in force today
    workbook.people.record_fact(person, "living", "alone", source="走访")
    now_is(workbook, TODAY + timedelta(days=22))  # too late in the month to begin with a visit
    workbook.people.record_fact(person, "living", "empty_nest", source="走访")
    workbook.plans.compile()
    assert draft.plan_id in {one.plan_id for one in workbook.plans.versions(person)}
    assert workbook.plans.compile(persons=[person]).is_unchanged


def a_machine(book: Workbook, *, waits: bool) -> type[PlanLife]:
    if waits:
        agency = book.agency
        entry = replace(agency.setting_entries["plan_approval"][0], value="all")
        entries = {**agency.setting_entries, "plan_approval": (entry,)}
        book.__dict__["agency"] = replace(agency, setting_entries=entries)

    class Machine(PlanLife):
        pass

    Machine.book = book
    Machine.waits = waits
    return Machine


def run(book: Workbook, *, waits: bool, examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        a_machine(book, waits=waits),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Shrinking a run of many steps takes minutes; the run itself says what it did.
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("waits", [False, True], ids=["deviations", "all"])
def test_plans_keep_their_promises_whatever_happens(workbook: Workbook, waits: bool) -> None:
    run(workbook, waits=waits, examples=15, steps=20)


def test_plans_keep_their_promises_on_postgresql(postgres_workbook: Workbook) -> None:
    run(postgres_workbook, waits=True, examples=4, steps=12)
