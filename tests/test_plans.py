"""Plans and tasks in the workbook: drawn up once, kept in step with facts, changed by people."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning.lifecycle import STATES, STEPS, in_force, next_state, steps_from
from casework.records import (
    CareTeamMember,
    Case,
    ChangeLog,
    Contact,
    ContactPerson,
    Fact,
    Person,
    PlanItem,
    SeasonalStay,
    ServicePlan,
    Staff,
    Task,
    in_care_on,
)
from casework.terms import speaking
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent
from casework.workbook.plan_reasons import kept_text
from casework.workbook.plans import ItemChange
from casework.workbook.policy import vocabulary_of
from tests.conftest import TODAY

AT = datetime(2025, 1, 1, tzinfo=UTC)
BORN = date(1940, 3, 20)


def a_person(book: Workbook, **facts: Any) -> int:
    """Write a person with facts; the smallest whom the rules of the agency concern."""
    known = {"category": "retired_veteran", "living": "with_children", "health": "fair"} | facts
    born = known.pop("born", BORN)
    with book.transaction() as session:
        person = Person(name="张清", born_on_earliest=born, born_on_latest=born)
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        for code, value in known.items():
            if value is not None:
                session.add(a_fact(person.id, code, value))
        return person.id


def a_fact(person_id: int, code: str, value: str, **more: Any) -> Fact:
    return Fact(
        person_id=person_id,
        code=code,
        value=value,
        recorded_at=AT,
        recorded_by="t",
        source="t",
        **more,
    )


def a_contact(book: Workbook, person_id: int, day: date, channel: str = "phone") -> None:
    with book.transaction() as session:
        contact = Contact(
            client_key=str(uuid4()), happened_on=day, channel=channel,
            recorded_at=AT, recorded_by="t",
        )  # fmt: skip
        session.add(contact)
        session.flush()
        session.add(ContactPerson(contact_id=contact.id, person_id=person_id))


def now_is(book: Workbook, day: date) -> None:
    book._today = day


def tasks_of(book: Workbook, person_id: int, key: str = "") -> list[Task]:
    with book.reading() as session:
        return list(
            session.scalars(
                select(Task)
                .where(Task.person_id == person_id, Task.item_key.contains(key))
                .order_by(Task.opens_on, Task.id)
            )
        )


def open_keys(book: Workbook, person_id: int) -> set[str]:
    return {task.item_key for task in tasks_of(book, person_id) if task.cancelled_on is None}


def snapshot(book: Workbook) -> list[Any]:
    with book.reading() as session:
        found: list[Any] = []
        for table in (ServicePlan, PlanItem, Task):
            columns = table.__table__.columns
            found += [
                tuple(str(cell) for cell in row)
                for row in session.execute(select(*columns).order_by(columns["id"]))
            ]
        return found


# --- drawing up ---------------------------------------------------------------------------------


def test_compiling_twice_changes_nothing(any_workbook: Workbook) -> None:
    for living in ("alone", "empty_nest", None):
        a_person(any_workbook, living=living)
    first = any_workbook.plans.compile()
    before = snapshot(any_workbook)
    again = any_workbook.plans.compile()
    assert (first.people, first.plans, first.is_unchanged) == (3, 3, False)
    assert again.is_unchanged
    assert snapshot(any_workbook) == before


def test_compiling_on_a_later_day_keeps_what_there_is_and_adds_what_comes_into_view(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    before = {(t.item_key, t.period): t.opens_on for t in tasks_of(any_workbook, person)}
    now_is(any_workbook, TODAY + timedelta(days=40))
    done = any_workbook.plans.compile()
    after = {(t.item_key, t.period): t.opens_on for t in tasks_of(any_workbook, person)}
    assert before.items() <= after.items()
    assert done.made == len(after) - len(before) > 0
    assert done.cancelled == 0


def test_stronger_rule_replaces_the_weaker(any_workbook: Workbook) -> None:
    alone = a_person(any_workbook, living="alone")
    family = a_person(any_workbook)
    any_workbook.plans.compile()
    assert "rule:visit_monthly_double_high" in open_keys(any_workbook, alone)
    assert "rule:visit_quarterly" not in open_keys(any_workbook, alone)
    assert "rule:visit_quarterly" in open_keys(any_workbook, family)


def test_explaining_again_does_not_read_the_text_of_the_rules_again(
    workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_text: str) -> dict[str, Any]:
        raise AssertionError("the rules were parsed once more")

    person = a_person(workbook)
    first = workbook.plans.explain(person)
    monkeypatch.setattr(tomllib, "loads", refuse)
    assert workbook.plans.explain(person) == first


def test_changed_fact_cancels_what_is_to_come_and_keeps_what_is_done(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    with any_workbook.transaction() as session:
        first = tasks_of(any_workbook, person, "visit_monthly_double_high")[0]
        session.execute(update(Task).where(Task.id == first.id).values(done_on=TODAY))
        session.execute(
            update(Fact)
            .where(Fact.person_id == person, Fact.code == "living")
            .values(valid_to=TODAY - timedelta(days=1))
        )
        session.add(a_fact(person, "living", "with_children", valid_from=TODAY))
    done = any_workbook.plans.compile()
    monthly = tasks_of(any_workbook, person, "visit_monthly_double_high")
    assert [task.cancelled_on for task in monthly if task.id == first.id] == [None]
    assert {task.reason for task in monthly if task.id != first.id} == {"auto:not_asked"}
    assert "rule:visit_quarterly" in open_keys(any_workbook, person)
    assert done.revised == 1
    assert any_workbook.plans.compile().is_unchanged


def test_fact_that_changes_back_asks_for_the_same_tasks_again(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    done = []
    for living in ("with_children", "alone"):
        with any_workbook.transaction() as session:
            session.execute(
                update(Fact)
                .where(Fact.person_id == person, Fact.code == "living")
                .values(value=living)
            )
        done.append(any_workbook.plans.compile())
    assert done[1].restored == done[0].cancelled > 0
    monthly = tasks_of(any_workbook, person, "visit_monthly_double_high")
    assert {(task.cancelled_on, task.reason) for task in monthly} == {(None, None)}


def test_past_tasks_stay_when_the_rule_no_longer_applies(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    now_is(any_workbook, date(2025, 5, 2))
    with any_workbook.transaction() as session:
        session.execute(update(Fact).where(Fact.code == "living").values(value="with_children"))
    any_workbook.plans.compile()
    monthly = tasks_of(any_workbook, person, "visit_monthly_double_high")
    assert {t.period for t in monthly if t.cancelled_on is None} == {"2025-03", "2025-04"}


def test_rule_begins_on_the_birthday_from_which_it_applies(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, born=date(1945, 7, 20), health="poor", living="with_spouse")
    with any_workbook.transaction() as session:
        for ill in ("高血压", "糖尿病"):
            session.add(a_fact(person, "condition", ill))
    any_workbook.plans.compile()
    monthly = tasks_of(any_workbook, person, "visit_monthly_double_high")
    assert [task.period for task in monthly][:2] == ["2025-08", "2025-09"]
    quarterly = tasks_of(any_workbook, person, "visit_quarterly")
    assert [task.period for task in quarterly] == ["2025-Q2", "2025-Q3"]


def test_lunar_birthday_is_planned_on_its_day_of_each_year(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, birth_lunar="八月十五", birthday_kept="lunar")
    any_workbook.plans.compile()
    (task,) = tasks_of(any_workbook, person, "rule:birthday")[:1]
    assert (task.period, task.opens_on, task.due_on) == (
        "L2025",
        date(2025, 9, 29),
        date(2025, 10, 9),
    )


def test_festival_visit_is_due_before_the_leave_begins(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    (task,) = tasks_of(any_workbook, person, "spring_festival")
    assert (task.opens_on, task.due_on) == (date(2026, 2, 2), date(2026, 2, 14))


def test_task_is_owned_by_whoever_has_the_seat_else_by_the_caseworker(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook, living="alone", born=date(1930, 6, 1))
    with any_workbook.transaction() as session:
        staff = [Staff(login=role, name=role, role=role) for role in ("caseworker", "volunteer")]
        session.add_all(staff)
        session.flush()
        session.add_all(
            CareTeamMember(
                person_id=person, role=one.role, staff_id=one.id, recorded_at=AT, recorded_by="t"
            )
            for one in staff
        )
    any_workbook.plans.compile()
    owners = {task.actor: task.owner_id for task in tasks_of(any_workbook, person)}
    assert owners["volunteer"] == staff[1].id
    assert owners["caseworker"] == owners["leader"] == staff[0].id


def test_unknown_fact_becomes_one_task_to_find_out(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living=None, health=None)
    any_workbook.plans.compile()
    (task,) = tasks_of(any_workbook, person, "find_out:")
    explanation = any_workbook.plans.explain(person)
    assert task.item_key == f"find_out:{explanation.to_find_out[0].fact}"
    told = {"living": "with_children", "health": "fair", "hospital_status": "no", "condition": ""}
    assert task.item_key.removeprefix("find_out:") in told
    with any_workbook.transaction() as session:
        session.add_all([a_fact(person, code, value) for code, value in told.items()])
    any_workbook.plans.compile()
    (asked, *_others) = tasks_of(any_workbook, person, task.item_key)
    assert asked.reason == "auto:known"


def test_silence_moves_with_each_contact(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    (first,) = tasks_of(any_workbook, person, "rule:silence")
    assert first.opens_on == TODAY + timedelta(days=45)
    heard = TODAY + timedelta(days=20)
    a_contact(any_workbook, person, heard)
    now_is(any_workbook, heard)
    any_workbook.plans.compile()
    before, after = tasks_of(any_workbook, person, "rule:silence")
    assert (before.reason, after.opens_on) == ("auto:heard", heard + timedelta(days=45))


def test_visit_becomes_a_call_while_the_person_is_away(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone")
    with any_workbook.transaction() as session:
        session.add(
            SeasonalStay(
                person_id=person,
                place="三亚",
                away_from=date(2025, 11, 1),
                away_to=date(2026, 1, 12),
                recorded_at=AT,
                recorded_by="t",
            )
        )
    any_workbook.plans.compile()
    monthly = {t.period: t for t in tasks_of(any_workbook, person, "visit_monthly_double_high")}
    assert monthly["2025-12"].channels == ["phone", "video", "wechat"]
    assert monthly["2025-12"].reason == "auto:away"
    assert monthly["2026-01"].channels == ["home_visit"]
    assert monthly["2026-01"].planned_on > date(2026, 1, 12)  # type: ignore[operator]


def test_admission_asks_for_a_visit_in_hospital_and_opens_visits_to_it(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    with any_workbook.transaction() as session:
        session.add(a_fact(person, "hospital_status", "inpatient", valid_from=TODAY))
    any_workbook.plans.compile()
    (visit,) = tasks_of(any_workbook, person, "rule:hospital_visit")
    assert (visit.opens_on, visit.due_on) == (TODAY, date(2025, 3, 10))
    march = tasks_of(any_workbook, person, "visit_monthly_double_high")[0]
    assert march.channels == ["home_visit", "hospital_visit"]
    with any_workbook.transaction() as session:
        session.execute(
            update(Fact).where(Fact.code == "hospital_status").values(valid_to=date(2025, 3, 8))
        )
        session.add(a_fact(person, "hospital_status", "no", valid_from=date(2025, 3, 9)))
    now_is(any_workbook, date(2025, 3, 9))
    any_workbook.plans.compile()
    (after,) = tasks_of(any_workbook, person, "rule:after_discharge")
    assert (after.opens_on, after.due_on) == (date(2025, 3, 10), date(2025, 3, 16))


def test_nothing_stays_open_for_somebody_who_died(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    died = TODAY + timedelta(days=10)
    now_is(any_workbook, died + timedelta(days=1))
    with any_workbook.transaction() as session:
        session.execute(update(Person).values(died_on=died))
        session.execute(update(Case).values(closed_on=died))
    any_workbook.plans.compile()
    left = [t for t in tasks_of(any_workbook, person) if t.cancelled_on is None]
    owed = {"rule:bereavement", "rule:bereavement_spouse"}
    assert {t.item_key for t in left} == owed, "what is owed to those left, and nothing else"
    assert {t.reason for t in tasks_of(any_workbook, person) if t.cancelled_on} == {"auto:died"}
    assert any_workbook.plans.in_force(person) is None
    assert any_workbook.plans.in_force(person, as_of=died) is not None
    assert any_workbook.plans.compile().is_unchanged


def test_work_is_spread_over_the_month(any_workbook: Workbook) -> None:
    people = [a_person(any_workbook) for _number in range(60)]
    any_workbook.plans.compile()
    with any_workbook.reading() as session:
        by_day = dict(
            session.execute(
                select(Task.planned_on, func.count())
                .where(Task.item_key == "rule:phone_monthly", Task.period == "2025-06")
                .group_by(Task.planned_on)
            ).all()
        )
    assert sum(by_day.values()) == len(people)
    assert max(by_day.values()) <= 5
    assert len(by_day) >= 18


def test_rules_of_another_day_do_not_apply(workbook: Workbook) -> None:
    person = a_person(workbook, living="empty_nest")
    now_is(workbook, date(2014, 5, 11))
    workbook.plans.compile(days=60)
    assert "rule:visit_special_difficulty" not in open_keys(workbook, person)
    now_is(workbook, TODAY)
    workbook.plans.compile(days=60)
    assert "rule:visit_special_difficulty" in open_keys(workbook, person)


def test_everybody_and_one_person_lead_to_the_same_tasks(workbook: Workbook) -> None:
    ages = (60, 79, 80, 89, 94)
    people = [
        a_person(
            workbook,
            born=date(TODAY.year - age, month, 15),
            living=living,
            health=health,
            category=category,
        )
        for age, month in zip(ages, (3, 6, 9, 1, 12), strict=True)
        for living in ("alone", "empty_nest", None)
        for health, category in (
            ("poor", "retired"), ("bedridden", "retired_veteran"), (None, "surviving_spouse")
        )
    ]  # fmt: skip
    workbook.plans.compile()
    for person in people:
        told = {
            (reason.rule, window)
            for reason in workbook.plans.explain(person).reasons
            for window in reason.tasks
        }
        written = {
            (task.item_key.removeprefix("rule:"), f"{task.opens_on} 至 {task.due_on}")
            for task in tasks_of(workbook, person, "rule:")
        }
        assert told == written


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lives=st.lists(
        st.fixed_dictionaries(
            {
                "living": st.sampled_from(["alone", "empty_nest", "with_children", None]),
                "health": st.sampled_from(["good", "poor", "bedridden", None]),
                "hospital_status": st.sampled_from(["inpatient", "long_term", "no", None]),
            }
        ),
        min_size=2,
        max_size=3,
    )
)
def test_compiling_after_any_changes_leaves_what_compiling_afresh_would_make(
    lives: list[dict[str, str | None]], workbook: Workbook
) -> None:
    person = a_person(workbook, **lives[0])
    workbook.plans.compile(persons=[person])
    for life in lives[1:]:
        with workbook.transaction() as session:
            for code, value in life.items():
                session.execute(
                    update(Fact)
                    .where(Fact.person_id == person, Fact.code == code)
                    .values(superseded_at=AT)
                )
                if value is not None:
                    session.add(a_fact(person, code, value))
        workbook.plans.compile(persons=[person])
    other = a_person(workbook, **lives[-1])
    workbook.plans.compile(persons=[other])
    assert _open(workbook, person) == _open(workbook, other)
    assert workbook.plans.compile(persons=[person]).is_unchanged


def _open(book: Workbook, person: int) -> set[tuple[str, str, date, date]]:
    return {
        (t.item_key, t.period, t.opens_on, t.due_on)
        for t in tasks_of(book, person)
        if t.cancelled_on is None
    }


# --- reasons ------------------------------------------------------------------------------------


def test_explanation_names_rule_clause_facts_and_what_is_unknown(workbook: Workbook) -> None:
    person = a_person(workbook, living="alone")
    found = workbook.plans.explain(person)
    by_rule = {one.rule: one for one in found.reasons}
    visit = by_rule["visit_monthly_double_high"]
    assert visit.applies is True
    assert "居住状况：独居" in visit.facts
    assert visit.capability == "S3-1"
    assert by_rule["visit_quarterly"].replaced_by == "visit_monthly_double_high"
    assert by_rule["long_inpatient_monthly"].applies is None
    assert by_rule["long_inpatient_monthly"].missing == ("住院情况",)
    assert any("居住状况：独居" in line for line in found.lines())


def test_explanation_is_refused_for_somebody_not_in_care(workbook: Workbook) -> None:
    with pytest.raises(NotFound, match="99"):
        workbook.plans.explain(99)


def test_count_tells_how_many_hold_and_how_many_are_unknown(any_workbook: Workbook) -> None:
    for living in ("alone", "alone", "empty_nest", None):
        a_person(any_workbook, living=living)
    found = any_workbook.plans.count("living = 'alone' and age >= 80")
    assert (found.holds, found.unknown, found.people) == (2, 1, 4)


# --- what people decide -------------------------------------------------------------------------


def test_change_needs_a_reason_and_comes_into_force_by_approval(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    plans = any_workbook.plans
    draft = plans.draft(person)
    twice = ItemChange(timing={"quota": {"times": 2, "per": "month"}})
    with pytest.raises(InvalidEntry):
        plans.change(draft.plan_id, "rule:phone_monthly", twice, reason=" ")
    plans.change(draft.plan_id, "rule:phone_monthly", twice, reason="本人希望多联系")
    assert plans.compile().is_unchanged
    plans.submit(draft.plan_id)
    assert [one.plan_id for one in any_workbook.reviews.waiting()] == [draft.plan_id]
    approved = plans.approve(draft.plan_id)
    assert (approved.state, approved.effective_from) == ("active", TODAY)
    periods = [
        task.period
        for task in tasks_of(any_workbook, person, "phone_monthly")
        if task.cancelled_on is None
    ]
    assert periods[:2] == ["2025-03/1", "2025-03/2"]
    assert plans.compile().is_unchanged
    before = plans.in_force(person, as_of=TODAY - timedelta(days=1))
    assert before is None  # the first version began today as well


def test_declined_item_asks_for_nothing_and_stays_declined(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    draft = any_workbook.plans.draft(person)
    any_workbook.plans.decline(draft.plan_id, "rule:talk_half_yearly", reason="本人谢绝")
    any_workbook.plans.submit(draft.plan_id)
    any_workbook.plans.approve(draft.plan_id)
    assert "rule:talk_half_yearly" not in open_keys(any_workbook, person)
    with any_workbook.transaction() as session:
        session.execute(update(Fact).where(Fact.code == "living").values(value="alone"))
    assert any_workbook.plans.compile().revised == 1
    assert "rule:talk_half_yearly" not in open_keys(any_workbook, person)
    kept = any_workbook.plans.in_force(person)
    assert kept is not None
    assert kept.line("rule:talk_half_yearly").deviation_reason == "本人谢绝"


def test_item_added_by_hand_gives_tasks_once_it_is_approved(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    draft = any_workbook.plans.draft(person)
    entered = ItemChange(
        title="陪同就医",
        service="visit",
        channels=("home_visit",),
        timing={"quota": {"per": "month"}},
    )
    key = any_workbook.plans.add(draft.plan_id, entered, reason="每月复查")
    assert tasks_of(any_workbook, person, key) == []
    any_workbook.plans.submit(draft.plan_id)
    any_workbook.plans.approve(draft.plan_id)
    assert len(tasks_of(any_workbook, person, key)) == 13
    assert any_workbook.plans.compile().is_unchanged


def test_version_approved_for_a_later_day_takes_over_on_that_day(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    draft = any_workbook.plans.draft(person)
    any_workbook.plans.decline(draft.plan_id, "rule:talk_half_yearly", reason="本人谢绝")
    any_workbook.plans.submit(draft.plan_id)
    begins = TODAY + timedelta(days=5)
    assert any_workbook.plans.approve(draft.plan_id, on=begins).state == "approved"
    assert "rule:talk_half_yearly" in open_keys(any_workbook, person)
    now_is(any_workbook, begins)
    any_workbook.plans.compile()
    assert "rule:talk_half_yearly" not in open_keys(any_workbook, person)
    old = any_workbook.plans.in_force(person, as_of=begins - timedelta(days=1))
    assert old is not None
    assert old.version == 1


def test_returned_version_carries_the_comment(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    draft = any_workbook.plans.draft(person)
    any_workbook.plans.submit(draft.plan_id)
    with pytest.raises(InvalidEntry):
        any_workbook.plans.send_back(draft.plan_id, comment="")
    back = any_workbook.plans.send_back(draft.plan_id, comment="请补充子女情况")
    assert (back.state, back.comment) == ("draft", "请补充子女情况")
    with any_workbook.reading() as session:
        logged = session.scalars(select(ChangeLog.action).order_by(ChangeLog.id)).all()
    assert logged[-1] == "return_plan"


def test_accepting_keeps_the_reasons_of_the_day(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    plan = any_workbook.plans.in_force(person)
    assert plan is not None
    assert any_workbook.plans.accept(plan.plan_id) == len(plan.lines)
    line = any_workbook.plans.version(plan.plan_id).line("rule:visit_monthly_double_high")
    assert line.state == "accepted"
    assert line.reasons is not None
    assert {"fact": "living", "value": "alone"}.items() <= {
        k: v for one in line.reasons["matched"] if one["fact"] == "living" for k, v in one.items()
    }.items()
    assert any_workbook.plans.compile().is_unchanged


def test_kept_reasons_are_said_as_they_were_found(workbook: Workbook) -> None:
    """What was kept in codes reads as the explanation of that day did, whatever was a date."""
    person = a_person(workbook, living="alone", born_on=date(1931, 5, 4), retired_on="1991-06")
    workbook.plans.compile(persons=[person])
    plan = workbook.plans.in_force(person)
    assert plan is not None
    workbook.plans.accept(plan.plan_id)
    found = workbook.plans.version(plan.plan_id).lines
    kept = {one.reasons["rule"]: one.reasons for one in found if one.reasons}
    words = vocabulary_of(workbook.agency, workbook.today)
    told = [one for one in workbook.plans.explain(person).reasons if one.rule in kept]
    assert len(told) > 3
    for reason in told:
        said = kept_text(kept[reason.rule], words)
        assert said.startswith(reason.condition)
        assert all(fact in said for fact in reason.facts)


def test_kept_reasons_about_a_fact_that_is_gone_are_told_as_they_were_kept(
    workbook: Workbook,
) -> None:
    words = vocabulary_of(workbook.agency, workbook.today)
    kept = {"on": "2024-09-01", "when": "moustache = 'yes'",
            "matched": [{"at": [0, 17], "fact": "moustache", "value": "yes"}]}  # fmt: skip
    assert kept_text(kept, words) == "2024年9月1日时：moustache: yes"


def test_version_in_force_is_not_changed(workbook: Workbook) -> None:
    person = a_person(workbook)
    workbook.plans.compile()
    plan = workbook.plans.in_force(person)
    assert plan is not None
    with pytest.raises(NotPermitted):
        workbook.plans.decline(plan.plan_id, "rule:phone_monthly", reason="x")


STEP = st.tuples(
    st.sampled_from(sorted(STEPS)), st.sampled_from(["caseworker", "supervisor", "leader"])
)


@given(st.lists(STEP, max_size=25))
def test_plan_takes_only_steps_that_its_state_and_the_role_allow(
    steps: list[tuple[str, str]],
) -> None:
    state: Any = "draft"
    approved_by_right = False
    for code, role in steps:
        allowed = code in steps_from(state, role)
        if not allowed:
            with pytest.raises(NotPermitted):
                next_state(state, code, role)
            continue
        state = next_state(state, code, role)
        assert state in STATES
        approved_by_right = approved_by_right or (code == "approve" and role == "supervisor")
        assert state not in ("approved", "active", "revised") or approved_by_right
    if state in ("revised", "closed"):
        assert steps_from(state, "supervisor") == ()


@given(st.lists(st.dates(date(2024, 1, 1), date(2026, 1, 1)), max_size=4))
def test_at_most_one_version_is_in_force_on_a_day(starts: list[date]) -> None:
    versions = []
    for begins in sorted(starts):
        for one in versions:
            if one.state == "active":
                one.state, one.effective_to = "revised", begins - timedelta(days=1)
        versions.append(
            ServicePlan(
                person_id=1,
                plan_version=len(versions) + 1,
                state="active",
                effective_from=begins,
                drafted_at=AT,
                drafted_by="t",
            )
        )
    for offset in range(0, 800, 7):
        day = date(2023, 12, 1) + timedelta(days=offset)
        holding = [one for one in versions if in_force([one], day) is not None]
        assert len(holding) <= 1


# --- waiting for approval -----------------------------------------------------------------------


@pytest.fixture
def strict_workbook(any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch) -> Workbook:
    """Give a workbook of an agency in which every plan waits for approval."""
    from dataclasses import replace

    agency = any_workbook.agency
    entry = replace(agency.setting_entries["plan_approval"][0], value="all")
    stricter = replace(
        agency, setting_entries={**agency.setting_entries, "plan_approval": (entry,)}
    )
    any_workbook.__dict__["agency"] = stricter
    return any_workbook


def test_tasks_are_drafts_until_the_plan_is_approved(strict_workbook: Workbook) -> None:
    person = a_person(strict_workbook)
    strict_workbook.plans.compile()
    assert strict_workbook.plans.in_force(person) is None
    assert {task.in_force_from for task in tasks_of(strict_workbook, person, "rule:")} == {None}
    assert strict_workbook.plans.compile().is_unchanged
    (version,) = strict_workbook.plans.versions(person)
    strict_workbook.plans.submit(version.plan_id)
    strict_workbook.plans.approve(version.plan_id)
    assert {task.in_force_from for task in tasks_of(strict_workbook, person, "rule:")} == {TODAY}
    assert strict_workbook.plans.compile().is_unchanged


def test_change_of_facts_waits_for_approval_and_leaves_the_plan_in_force(
    strict_workbook: Workbook,
) -> None:
    person = a_person(strict_workbook)
    strict_workbook.plans.compile()
    (version,) = strict_workbook.plans.versions(person)
    strict_workbook.plans.submit(version.plan_id)
    strict_workbook.plans.approve(version.plan_id)
    with strict_workbook.transaction() as session:
        session.execute(update(Fact).where(Fact.code == "living").values(value="alone"))
    strict_workbook.plans.compile()
    assert "rule:visit_quarterly" in open_keys(strict_workbook, person)
    monthly = tasks_of(strict_workbook, person, "visit_monthly_double_high")
    assert {task.in_force_from for task in monthly} == {None}
    assert strict_workbook.plans.compile().is_unchanged
    newest = strict_workbook.plans.versions(person)[0]
    assert newest.state == "draft"
    strict_workbook.plans.submit(newest.plan_id)
    strict_workbook.plans.approve(newest.plan_id)
    assert "rule:visit_quarterly" not in open_keys(strict_workbook, person)


def test_plan_follows_what_is_entered_in_the_dossier_and_what_is_taken_back(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook)
    any_workbook.plans.compile()
    without_plan = a_person(any_workbook)
    before = open_keys(any_workbook, person)
    assert "rule:visit_quarterly" in before
    for one in (person, without_plan):
        any_workbook.people.record_fact(one, "living", "alone", source="走访")
    assert "rule:visit_quarterly" not in open_keys(any_workbook, person)
    assert "rule:visit_monthly_double_high" in open_keys(any_workbook, person)
    assert any_workbook.plans.versions(without_plan) == []
    change = any_workbook.people.last_change(person)
    assert change is not None
    any_workbook.people.undo(change.change_id)
    assert open_keys(any_workbook, person) == before


# --- only what changed --------------------------------------------------------------------------


def test_only_people_about_whom_something_changed_are_drawn_up_again(
    any_workbook: Workbook,
) -> None:
    first, second = a_person(any_workbook), a_person(any_workbook, living="alone")
    any_workbook.plans.compile()
    assert unplanned(any_workbook) == []
    with any_workbook.transaction() as session:
        mine = update(Fact).where(Fact.person_id == first, Fact.code == "living")
        session.execute(mine.values(value="alone"))
    assert unplanned(any_workbook) == [first]
    done = any_workbook.plans.compile()
    assert (done.people, done.is_unchanged) == (2, False)
    assert unplanned(any_workbook) == []
    now_is(any_workbook, TODAY + timedelta(days=1))
    assert unplanned(any_workbook) == [first, second]


def test_interrupted_compile_goes_on_where_it_stopped(
    any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [a_person(any_workbook, living="alone") for _number in range(5)]
    monkeypatch.setattr("casework.workbook.plans._PEOPLE_AT_ONCE", 2)

    def interrupt(share: float, _text: str) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        any_workbook.plans.compile(progress=interrupt)
    assert unplanned(any_workbook) == people[4:]
    kept = snapshot(any_workbook)
    done = any_workbook.plans.compile()
    assert (done.people, done.plans) == (5, 1)
    assert set(kept) <= set(snapshot(any_workbook))
    assert all(tasks_of(any_workbook, one) for one in people)


def unplanned(book: Workbook) -> list[int]:
    with book.transaction() as session:
        compilation = book.plans._compilation(session, 365)
        return compilation.stamps.unplanned(session)


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("fact"), st.sampled_from(["alone", "empty_nest", "care_home"])),
        st.tuples(st.just("contact"), st.integers(0, 40)),
        st.tuples(st.just("away"), st.integers(0, 20)),
        st.tuples(st.just("seat"), st.sampled_from(["caseworker", "doctor"])),
        st.tuples(st.just("excuse"), st.integers(0, 5)),
        st.tuples(st.just("close"), st.booleans()),
        st.tuples(st.just("compile"), st.just(0)),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_drawing_up_what_changed_leaves_nothing_for_drawing_up_everybody(
    any_workbook: Workbook, changes: list[tuple[str, Any]]
) -> None:
    person = a_person(any_workbook, living="alone", health="poor")
    any_workbook.plans.compile()
    for change, about in changes:
        try:
            _change(any_workbook, person, change, about)
        except (InvalidEntry, NotFound, NotPermitted):
            break  # somebody whose case is closed takes no more
    any_workbook.plans.compile()
    with any_workbook.transaction() as session:
        everybody = list(session.scalars(select(Person.id).where(in_care_on(TODAY))))
    assert any_workbook.plans.compile(persons=everybody).is_unchanged


def _change(book: Workbook, person: int, change: str, about: Any) -> None:
    if change == "fact":
        book.people.record_fact(person, "living", about, source="走访")
    elif change == "contact":
        a_contact(book, person, TODAY - timedelta(days=about), "phone")
    elif change == "away":
        away = TODAY + timedelta(days=about)
        book.life.record(person, LifeEvent("away", away, place="海南", source="家属"))
    elif change == "close":
        kind = "died" if about else "moved_away"
        book.life.record(
            person, LifeEvent(kind, TODAY - timedelta(days=1), place="外省", source="家属")
        )
    elif change == "compile":
        book.plans.compile()
    else:
        _write_change(book, person, change, about)


def _write_change(book: Workbook, person: int, change: str, about: Any) -> None:
    with book.transaction() as session:
        if change == "seat":
            staff = Staff(login=str(uuid4()), name="何晓", role="caseworker")
            session.add(staff)
            session.flush()
            session.add(
                CareTeamMember(
                    person_id=person, role=about, staff_id=staff.id, recorded_at=AT, recorded_by="t"
                )
            )
        else:
            tasks = session.scalars(select(Task).where(Task.person_id == person)).all()
            if tasks:
                tasks[about % len(tasks)].excused_on = TODAY
                tasks[about % len(tasks)].reason = "家属不便"


def test_lines_of_a_plan_are_titled_in_the_language_in_force(workbook: Workbook) -> None:
    person = a_person(workbook, living="alone", health="poor")
    workbook.plans.compile(persons=[person])
    titles = {rule.duty.key: rule.duty.title for rule in workbook.plans.rules()}
    plan = workbook.plans.versions(person)[0].plan_id
    for spoken in ("zh", "en"):
        with speaking(spoken):
            lines = [one for one in workbook.plans.version(plan).lines if one.origin == "rule"]
            assert lines
            assert {one.key: one.title for one in lines} == {
                one.key: getattr(titles[one.key], spoken) for one in lines
            }
