"""How pressing a task is: one meaning in Python and in both databases, told in a sentence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from casework.planning.pressing import FIRST, LAST, Steps
from casework.records import Need, NeedAnswer, Person, PlanItem, ServicePlan, Task
from casework.records.base import now
from casework.records.pressing import severity_served, urgency_rank
from casework.terms import speaking
from casework.workbook.days import TaskList
from tests.conftest import TODAY

DAY = timedelta(days=1)
SEVERITIES = ("low", "medium", "high")

needs = st.tuples(
    st.sampled_from(SEVERITIES),
    st.sampled_from(["domain", "item", "answer", "follow_up", "elsewhere", "closed", "mistaken"]),
)
windows = st.tuples(st.integers(1, 5), st.integers(-20, 20), st.lists(needs, max_size=4))


def a_task(session, person, number, tier, due_on, **known):
    told = {"made_at": now(), "in_force_from": date(2025, 1, 1), "owner_id": None}
    task = Task(
        person_id=person, period="2025", service="visit", priority=tier,
        opens_on=min(due_on, TODAY), due_on=due_on,
        **({"item_key": f"rule:{number}"} | told | known),
    )  # fmt: skip
    session.add(task)
    session.flush()
    return task


def a_person(session):
    person = Person(name="郑明远")
    session.add(person)
    session.flush()
    plan = ServicePlan(
        person_id=person.id, plan_version=1, state="active", drafted_at=now(), drafted_by="t"
    )
    session.add(plan)
    session.flush()
    return person.id, plan.id


def a_need(session, person, severity, *, domain="care", **known):
    told = {"origin": "worker", "recorded_at": now(), "recorded_by": "t", "opened_on": TODAY}
    need = Need(person_id=person, domain=domain, title="x", severity=severity, **(told | known))
    session.add(need)
    session.flush()
    return need.id


def serve(session, person, item, severity, how):
    """Write a need that a task serves in this way; give its severity, None where it serves none."""
    marks = {
        "domain": {"domain": item.domain},
        "follow_up": {"need_key": item.item_key.removeprefix("follow_up:")},
        "closed": {"domain": item.domain, "closed_on": TODAY},
        "mistaken": {"domain": item.domain, "superseded_at": now()},
    }.get(how, {"domain": "legal"})
    need = a_need(session, person, severity, **marks)
    if how == "item":
        item.need_id = need
    if how == "answer":
        told = {"recorded_at": now(), "recorded_by": "t"}
        session.add(NeedAnswer(need_id=need, item_key=item.item_key, **told))
    session.flush()
    return severity if how in ("domain", "item", "answer", "follow_up") else None


def weighed_by_hand(found):
    kept = [one for one in found if one is not None]
    return max(kept, key=SEVERITIES.index) if kept else None


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=st.lists(windows, min_size=1, max_size=5), soon=st.integers(0, 9))
def test_databases_and_python_agree_how_pressing_a_task_is(any_workbook, tasks, soon):
    steps = Steps(soon_days=soon)
    with any_workbook.transaction() as session:
        for table in (NeedAnswer, Task, PlanItem, ServicePlan, Need):
            session.execute(delete(table))
        expected = {}
        for number, (tier, offset, served) in enumerate(tasks):
            person, plan = a_person(session)
            how = {way for _severity, way in served}
            key = f"follow_up:n{number}" if "follow_up" in how else f"rule:{number}"
            item = PlanItem(plan_id=plan, item_key=key, origin="manual", service="visit",
                            title="t", domain="care")  # fmt: skip
            session.add(item)
            session.flush()
            linked = [way for _severity, way in served].count("item")
            given_needs = []
            for severity, way in served:
                linked -= way == "item"
                found_by = serve(session, person, item, severity, way)
                # An item names one need, the last one.
                given_needs.append(None if way == "item" and linked else found_by)
            due = TODAY + offset * DAY
            task = a_task(session, person, number, tier, due, item_key=key, plan_item_id=item.id)
            worst = weighed_by_hand(given_needs)
            expected[task.id] = (worst, steps.weigh(tier, due, worst, TODAY).rank)
        query = select(Task.id, severity_served(TODAY), urgency_rank(TODAY, steps)).outerjoin(
            PlanItem, PlanItem.id == Task.plan_item_id
        )
        found = {row[0]: (row[1], row[2]) for row in session.execute(query)}
    assert found == expected


@given(st.integers(1, 5), st.integers(-40, 40), st.sampled_from([None, *SEVERITIES]))
def test_later_or_graver_is_never_less_pressing(tier, offset, severity):
    steps, due = Steps(), TODAY + offset * DAY
    here = steps.weigh(tier, due, severity, TODAY)
    assert FIRST <= here.level <= LAST and here.rank <= tier
    assert steps.weigh(tier, due - DAY, severity, TODAY).rank <= here.rank
    assert steps.weigh(tier, due, "high", TODAY).rank <= here.rank
    assert len(here.reasons) == bool(here.by_lateness) + bool(here.by_severity)


@pytest.mark.parametrize(
    ("due", "severity", "zh", "en"),
    [
        (30, None, "轻重缓急 3 级：规则定为 3 级。", "Urgency 3: level 3 by the rule."),
        (
            -4, "medium",
            "轻重缓急 1 级：规则定为 3 级；相关需求较重，提前 1 级；已逾期 4 天，提前 2 级。",
            "Urgency 1: level 3 by the rule; serious need, 1 level up; overdue by 4 days, "
            "2 levels up.",
        ),
    ],
)  # fmt: skip
def test_sentence_names_every_step(due, severity, zh, en):
    weighed = Steps().weigh(3, TODAY + due * DAY, severity, TODAY)
    assert weighed.sentence == zh
    with speaking("en"):
        assert weighed.sentence == en


def test_person_with_a_pressing_need_stands_before_one_whose_task_ends_earlier(any_workbook):
    with any_workbook.transaction() as session:
        numbers = []
        for due, severity in ((20, None), (25, "high")):
            person, plan = a_person(session)
            item = PlanItem(plan_id=plan, item_key=f"rule:{due}", origin="manual",
                            service="visit", title="t", domain="care")  # fmt: skip
            session.add(item)
            session.flush()
            a_task(
                session, person, due, 3, TODAY + due * DAY, plan_item_id=item.id, planned_on=TODAY
            )
            if severity:
                a_need(session, person, severity)
            numbers.append(person)
    listed = any_workbook.days.people(TaskList())
    assert [one.person_id for one in listed] == numbers[::-1]
    assert listed[0].series[0].lead.pressing.reasons == ("相关需求紧急",)
    assert [one.person_id for one in any_workbook.tasks.list()] == numbers[::-1]
