"""How personal plans are: copies are found, the index says what it says, needs are answered."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.errors import NotPermitted
from casework.indicators import Scope, keys_of, supervisor_figures
from casework.records import Need, NeedAnswer, PlanItem, ServicePlan
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.plans import ItemChange
from tests.conftest import TODAY
from tests.test_plans import a_person

A_WEEK = {"quota": {"times": 1, "per": "week"}}
ITEMS = st.lists(st.sampled_from(["读报", "理发", "陪诊"]), max_size=3, unique=True)


def figures(book: Workbook):
    with book.reading() as session:
        return {
            one.code: one
            for one in supervisor_figures(session, Scope(book.agency, TODAY), ["tailored"])
        }


def people_of(book: Workbook, code: str) -> set[int]:
    with book.reading() as session:
        keys = keys_of(session, Scope(book.agency, TODAY), figures(book)[code].rows)
        return set(session.scalars(select(ServicePlan.person_id).where(ServicePlan.id.in_(keys))))


def add(book: Workbook, person: int, title: str, reason: str) -> None:
    draft = book.plans.draft(person)
    book.plans.add(draft.plan_id, ItemChange(title=title, service="visit", timing=A_WEEK),
                   reason=reason)  # fmt: skip
    book.plans.submit(draft.plan_id)
    book.plans.approve(draft.plan_id)


def test_plans_copied_word_for_word_are_found_and_others_not(any_workbook: Workbook) -> None:
    book = any_workbook
    persons = [a_person(book) for _n in range(4)]
    book.plans.compile()
    for person in persons[:2]:
        add(book, person, "每周读报", "本人爱听新闻")
    add(book, persons[2], "每周读报", "视力下降，想听红色故事")
    assert people_of(book, "tailored.copied") == set(persons[:2])
    add(book, persons[1], "陪同理发", "腿脚不便")  # now there is something of his own
    assert people_of(book, "tailored.copied") == {persons[0]}


def test_plan_with_nothing_personal_is_named_when_something_is_asked_for(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    asks, content, tailored = (a_person(book) for _n in range(3))
    book.plans.compile()
    book.needs.record_wish(asks, "想回老部队看看")
    book.needs.record_wish(tailored, "想学书法")
    add(book, tailored, "送学书法上门", "本人愿望")
    assert people_of(book, "tailored.plain") == {asks}
    assert content not in people_of(book, "tailored.plain")


def test_need_waits_until_an_item_a_link_or_a_reason_answers_it(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    book.plans.compile()
    needs = [book.needs.raise_need(person, "care", f"需要{n}", "medium") for n in range(4)]
    assert figures(book)["tailored.unanswered"].number == 4
    draft = book.plans.draft(person)
    book.plans.add(draft.plan_id, ItemChange(title="助餐", service="visit", timing=A_WEEK),
                   need_id=needs[0])  # fmt: skip
    assert figures(book)["tailored.unanswered"].number == 4  # a draft answers nothing yet
    with book.transaction() as session:
        session.add(NeedAnswer(need_id=needs[1], item_key="rule:visit_quarterly",
                               recorded_at=now(), recorded_by="t"))  # fmt: skip
    book.needs.change_need(needs[2], "deferred", reason="住院期间暂缓")
    with pytest.raises(NotPermitted, match="需要3"):
        book.plans.submit(draft.plan_id)
    book.needs.change_need(needs[3], "deferred", reason="等家属回来商量")
    book.plans.submit(draft.plan_id)
    book.plans.approve(draft.plan_id)
    book.needs.change_need(needs[3], "open")
    with book.reading() as session:
        rows = figures(book)["tailored.unanswered"].rows
        assert keys_of(session, Scope(book.agency, TODAY), rows) == [needs[3]]
        assert session.get(Need, needs[3]) is not None


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(own=st.lists(ITEMS, min_size=0, max_size=5))
def test_index_is_what_comparing_every_pair_of_plans_gives(
    own: list[list[str]], workbook: Workbook
) -> None:
    with workbook.transaction() as session:
        for one in session.scalars(select(ServicePlan)):
            one.state, one.effective_to = "closed", TODAY.replace(year=2024)
        for titles in own:
            person = a_person_row(workbook, session)
            plan = ServicePlan(
                person_id=person, plan_version=1, state="active", effective_from=TODAY,
                drafted_at=now(), drafted_by="t",
            )  # fmt: skip
            session.add(plan)
            session.flush()
            for title in titles:
                session.add(
                    PlanItem(
                        plan_id=plan.id, item_key=f"rule:{title}", origin="rule",
                        state="accepted", service="visit", title=title,
                    )
                )  # fmt: skip
    found = figures(workbook)["tailored.index"]
    assert found.n_rows == len(own)
    items = sum(len(one) for one in own)
    if len(own) < 2 or not items:
        assert found.number is None
        return
    shared = sum(2 * len(set(a) & set(b)) for a, b in combinations(own, 2))
    exact = 100 - 100 * shared / (items * (len(own) - 1))
    assert abs((found.number or 0) - exact) <= 0.5
    assert 0 <= (found.number or 0) <= 100


def a_person_row(book: Workbook, session) -> int:
    from casework.records import Case, Person

    person = Person(name="张清")
    session.add(person)
    session.flush()
    session.add(Case(person_id=person.id))
    return person.id
