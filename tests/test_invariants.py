"""What must hold of people and tasks whatever is entered: one caseworker, nothing silently late.

Others of the list stand where their subject is tested: plans in test_plan_life, evidence and owners
there and in test_caseloads, boards in test_indicators, scores in test_instrument_properties.
Payments within budget and standard (8) and no settling before verifying (9) are machines of
test_money and test_orders; here they stand as they are kept by the tables themselves.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from casework.answering import answers
from casework.errors import InvalidEntry, NotPermitted
from casework.records import (
    CareTeamMember,
    Case,
    Fact,
    Need,
    Person,
    PlanItem,
    SeasonalStay,
    ServicePlan,
    Task,
    need_answered,
    task_status,
)
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent
from casework.workbook.money import FundEntry
from casework.workbook.orders import OrderEntry
from casework.workbook.payments import PaymentEntry
from casework.workbook.plans import ItemChange
from casework.workbook.reversing import take_back
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_fact, a_person, now_is

QUICK = settings(
    phases=[Phase.explicit, Phase.generate],  # shrinking would run for minutes
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FACES = {"home_visit", "meeting", "reception", "hospital_visit"}


@given(
    on=st.integers(-20, 20),
    length=st.integers(0, 9),
    channels=st.sets(st.sampled_from(["phone", "home_visit", "video"])),
    channel=st.sampled_from(["phone", "home_visit", "video"]),
    actors=st.sets(st.sampled_from(["caseworker", "leader", "volunteer"]), min_size=1),
)
def test_only_the_right_way_and_actor_from_the_first_day_of_its_window_answers_a_task(
    on: int, length: int, channels: set[str], channel: str, actors: set[str]
) -> None:
    """Invariant 6, to the letter."""
    found = answers(
        channels=channels, actor="caseworker", opens_on=TODAY,
        due_on=TODAY + timedelta(days=length), channel=channel, actors=actors,
        on=TODAY + timedelta(days=on), stand_ins={"caseworker": {"leader"}},
    )  # fmt: skip
    right = bool(actors & {"caseworker", "leader"}) and (not channels or channel in channels)
    wanted = ("done" if on <= length else "late_done") if right and on >= 0 else None
    assert found == wanted


@QUICK
@given(
    acts=st.lists(st.tuples(st.integers(0, 2), st.integers(-60, 60)), min_size=1, max_size=8),
    hands_over=st.booleans(),
)
def test_person_has_at_most_one_caseworker_on_any_day(
    acts: list[tuple[int, int]], hands_over: bool, workbook: Workbook
) -> None:
    now_is(workbook, TODAY)
    workers = [staff(workbook) for _n in range(3)]
    heir = staff(workbook)
    person = a_person(workbook)
    for who, days in acts:
        workbook.people.seat_care_team(
            person, "caseworker", staff_id=workers[who], since=TODAY + timedelta(days=days)
        )
    if hands_over:
        for worker in workers:
            workbook.caseloads.hand_over(worker, [heir], reason="调整", leaves=False)
    with workbook.reading() as session:
        seats = session.scalars(
            select(CareTeamMember).where(
                CareTeamMember.person_id == person, CareTeamMember.superseded_at.is_(None)
            )
        ).all()
    for day in sorted({one.valid_from for one in seats if one.valid_from}):
        sitting = [one for one in seats if _covers(one.valid_from, one.valid_to, day)]
        assert len(sitting) <= 1, (day, [(s.staff_id, s.valid_from, s.valid_to) for s in sitting])
        if hands_over and day >= TODAY and sitting:
            assert sitting[0].staff_id == heir


def _covers(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


@QUICK
@given(
    away=st.none() | st.tuples(st.integers(-20, 120), st.integers(0, 150)),
    hospital=st.sampled_from([None, "inpatient", "long_term"]),
    ends=st.none() | st.tuples(st.integers(1, 150), st.sampled_from(["died", "moved", "merged"])),
    steps=st.lists(st.integers(1, 45), min_size=1, max_size=5),
)
@example(away=(-5, 150), hospital=None, ends=None, steps=[40, 40, 40])
def test_nothing_is_silently_overdue_for_whoever_is_away_ill_or_gone(
    away: tuple[int, int] | None,
    hospital: str | None,
    ends: tuple[int, str] | None,
    steps: list[int],
    workbook: Workbook,
) -> None:
    book = workbook
    now_is(book, TODAY)
    person = a_person(book, living="alone", health="poor", hospital_status=hospital)
    span = None
    if away is not None:
        first = TODAY + timedelta(days=away[0])
        span = (first, first + timedelta(days=away[1]))
        with book.transaction() as session:
            session.add(
                SeasonalStay(person_id=person, place="海南", away_from=span[0], away_to=span[1],
                             recorded_at=now(), recorded_by="t")
            )  # fmt: skip
    book.plans.compile(persons=[person])
    day, gone_on = TODAY, None
    for days in steps:
        day += timedelta(days=days)
        if ends is not None and gone_on is None and day >= TODAY + timedelta(days=ends[0]):
            gone_on = _end(book, person, TODAY + timedelta(days=ends[0]), ends[1])
        now_is(book, day)
        book.plans.compile(persons=[person])
        with book.reading() as session:
            rows = session.execute(
                select(Task, task_status(day)).where(Task.person_id == person)
            ).all()
        for task, status in rows:
            late_or_due = status in ("failed", "ready")
            if gone_on is not None and late_or_due and task.opens_on > gone_on:
                assert task.item_key.startswith(("rule:", "follow_up:"))
            if gone_on is not None and status == "ready":
                assert task.item_key in _owed_to_family(book)
            if span is None or not late_or_due or hospital is not None:
                continue  # in a hospital, here or there, a visit there is still asked for
            inside = span[0] <= max(task.opens_on, TODAY) and task.due_on <= span[1]
            only_faces = bool(task.channels) and set(task.channels) <= FACES
            if inside and only_faces:
                assert _kept(book, task.item_key), (task.item_key, task.channels)


def _end(book: Workbook, person: int, on: date, how: str) -> date:
    with book.transaction() as session:
        one = session.get_one(Person, person)
        if how == "died":
            one.died_on = on
        elif how == "merged":
            other = Person(name="张清")
            session.add(other)
            session.flush()
            one.merged_into_id = other.id
        for case in session.scalars(select(Case).where(Case.person_id == person)):
            case.closed_on = on
    return on


def _owed_to_family(book: Workbook) -> set[str]:
    return {rule.duty.key for rule in book.plans.rules() if rule.for_deceased}


def _kept(book: Workbook, key: str) -> bool:
    """Tell whether the rule itself says that absence changes nothing."""
    return any(r.duty.key == key and r.duty.when_away == "keep" for r in book.plans.rules())


@pytest.mark.parametrize("kind", ["died", "moved_away"])
def test_closing_a_plan_cancels_only_what_is_to_come(any_workbook: Workbook, kind: str) -> None:
    book = any_workbook
    person = a_person(book, living="alone", health="poor")
    book.plans.compile(persons=[person])
    now_is(book, TODAY + timedelta(days=75))
    book.plans.compile(persons=[person])
    book.life.record(person, LifeEvent(kind, book.today, "家属", place="外地"))
    book.plans.compile()
    now_is(book, book.today + timedelta(days=1))
    book.plans.compile()
    with book.reading() as session:
        tasks = session.scalars(select(Task).where(Task.person_id == person)).all()
    ended = TODAY + timedelta(days=75)
    passed = [one for one in tasks if one.due_on < ended]
    assert passed and all(one.cancelled_on is None for one in passed), "missed is missed"
    to_come = [
        one for one in tasks
        if one.due_on >= ended and one.item_key not in _owed_to_family(book)
    ]  # fmt: skip
    assert to_come and all(one.cancelled_on is not None and one.reason for one in to_come)


def test_what_was_done_stays_done_when_its_rule_no_longer_asks_for_it(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person = a_person(book, living="alone", health="poor")
    book.plans.compile(persons=[person])
    with book.transaction() as session:
        mine = session.scalars(
            select(Task).where(
                Task.person_id == person, Task.item_key.startswith("rule:"),
                Task.opens_on <= TODAY, Task.due_on >= TODAY,
            )
        ).all()  # fmt: skip
        ids = [one.id for one in mine]
        for one in mine:
            one.done_on = TODAY
    book.people.record_fact(person, "category", "surviving_spouse", source="组织部")
    book.plans.compile(persons=[person])
    with book.reading() as session:
        rows = session.execute(
            select(task_status(TODAY), Task.cancelled_on).where(Task.id.in_(ids))
        ).all()
    assert ids and all(tuple(row) == ("done", None) for row in rows)


def test_hospital_stay_is_written_as_a_fact_of_its_days(workbook: Workbook) -> None:
    person = a_person(workbook, living="alone", health="poor")
    workbook.plans.compile(persons=[person])
    with workbook.transaction() as session:
        session.add(a_fact(person, "hospital_status", "inpatient", valid_from=TODAY))
    workbook.plans.compile(persons=[person])
    with workbook.reading() as session:
        due = session.scalars(
            select(Task).where(
                Task.person_id == person,
                Task.cancelled_on.is_(None),
                Task.opens_on <= TODAY,
                Task.due_on >= TODAY,
            )
        ).all()
    visits = [one for one in due if one.channels and "home_visit" in one.channels]
    assert visits and all(
        "hospital_visit" in one.channels or one.excused_on is not None for one in visits
    )


@QUICK
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["第一支部", "第二支部", None]), st.integers(-60, 0)),
        min_size=1,
        max_size=6,
    )
)
def test_member_has_one_home_branch_on_any_day_or_a_task_to_find_one(
    moves: list[tuple[str | None, int]], workbook: Workbook
) -> None:
    now_is(workbook, TODAY)
    person = a_person(workbook, political_status="01")
    for branch, days in moves:
        since = TODAY + timedelta(days=days)
        if branch is not None:
            workbook.people.record_fact(person, "branch", branch, source="支部", since=since)
            continue
        for one in workbook.people.history(person, "branch"):
            if one.valid_to is None and not one.is_mistake:
                begun_today = one.valid_from is not None and one.valid_from >= TODAY
                workbook.people.end_fact(one.id, mistake=begun_today)
    workbook.plans.compile(persons=[person])
    with workbook.reading() as session:
        spans = session.execute(
            select(Fact.valid_from, Fact.valid_to).where(
                Fact.person_id == person, Fact.code == "branch", Fact.superseded_at.is_(None)
            )
        ).all()
        asked = session.scalars(
            select(Task.id).where(
                Task.person_id == person,
                Task.item_key == "rule:home_branch",
                Task.cancelled_on.is_(None),
            )
        ).all()
    for day in {one for span in spans for one in span if one is not None} | {TODAY}:
        assert sum(_covers(*span, day) for span in spans) <= 1, (day, spans)
    belongs = any(_covers(*span, TODAY) for span in spans)
    assert bool(asked) != belongs


WALK = ItemChange(title="陪同散步", service="visit", timing={"quota": {"times": 1, "per": "week"}})
ACTS = ("see", "see_kind", "put_off", "arrange", "hand_in", "die", "undo")


@QUICK
@given(acts=st.lists(st.sampled_from(ACTS), min_size=2, max_size=7))
def test_every_open_need_has_an_item_or_a_reason_and_every_item_a_need_or_rule(
    acts: list[str], workbook: Workbook
) -> None:
    """Invariant 2, strictly.

    Until something is decided the reason is a task: somebody, by name, has to arrange something or
    say why not by a day. No version comes into force that leaves a need out.
    """
    book = workbook
    now_is(book, TODAY)
    worker, died = staff(book), None
    person = a_person(book)
    book.people.seat_care_team(person, "caseworker", staff_id=worker)
    book.plans.compile(persons=[person])
    for number, act in enumerate(acts):
        with suppress(InvalidEntry, NotPermitted):  # not every act can follow every other
            if act in ("see", "see_kind"):
                kind = "falls" if act == "see_kind" else None
                book.needs.raise_need(person, "care", f"需要{number}", "low", kind=kind)
            elif act == "put_off":
                waiting = book.needs.of_person(person)
                if waiting:
                    book.needs.change_need(waiting[0].id, "deferred", reason="与本人商定")
            elif act == "arrange":
                draft = book.plans.draft(person).plan_id
                bare = book.plans.bare_needs(draft)
                book.plans.add(draft, WALK, need_id=bare[0].id if bare else None, reason="本人愿望")
            elif act == "hand_in":
                draft = book.plans.draft(person).plan_id
                book.plans.submit(draft)
                assert book.plans.bare_needs(draft) == []
                book.plans.approve(draft)
            elif act == "die" and died is None:
                died = book.life.record(person, LifeEvent("died", TODAY, "家属"))
            elif act == "undo" and died is not None:
                take_back(book, died)
                died = None
        _every_need_is_seen_to(book, person, died is None)


def _every_need_is_seen_to(book: Workbook, person: int, in_care: bool) -> None:
    for one in book.plans.needs(person):
        # To the letter, at every moment: an item in force, or a reason (who sees to it by when).
        assert one.answered == "item" or one.need.reason, one.need.title
    mine = Need.person_id == person
    with book.reading() as session:
        rows = session.execute(select(Need, need_answered(TODAY)).where(mine)).all()
        asking = {
            task.item_key: task
            for task in session.scalars(
                select(Task).where(Task.person_id == person, Task.cancelled_on.is_(None))
            )
        }
        items = session.scalars(
            select(PlanItem)
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .where(ServicePlan.person_id == person)
        ).all()
        for need, answered in rows:
            if not in_care:
                assert need.closed_on is not None and need.reason, need.title
            elif answered == "nothing":
                task = asking[f"answer:{need.id}"]
                assert task.owner_id is not None and task.due_on >= TODAY
            else:
                assert answered == "item" or need.reason or need.state == "met", need.title
                assert f"answer:{need.id}" not in asking
        for item in items:
            assert item.rule_code or item.need_id or item.deviation_reason, item.item_key


def test_tables_keep_budgets_and_the_order_of_steps_by_themselves(any_workbook: Workbook) -> None:
    """Invariants 8 and 9: no SQL whatever overdraws a budget or settles what was not verified."""
    book = any_workbook
    person, fund = a_person(book), book.money.open_fund(FundEntry("k", "帮扶", "财政", "帮扶"))
    budget = book.money.set_budget(fund, TODAY.year, 150)
    entries = [PaymentEntry(person, "other", 100, "困难", budget) for _n in range(2)]
    book.payments.propose_many(entries)
    order = book.orders.order(OrderEntry(person, "cleaning"))
    for told in (
        "UPDATE payment SET approved_on = '2025-03-03', approved_by = '另一人'",  # 200 of 150
        "UPDATE service_order SET settled_on = '2025-03-03'",
        "UPDATE service_order SET rated_on = '2025-03-03', rating = 5",
    ):
        with pytest.raises(DBAPIError, match="ck_"), book.engine.begin() as connection:
            connection.execute(text(told))
    assert book.money.budgets()[0].left_fen == 150
    assert book.orders.view(order).status == "requested"
