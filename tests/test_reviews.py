"""What deserves a human eye comes first; the rest is decided together."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import NotPermitted
from casework.planning.reviewing import Surroundings, WeighedItem, marks_of, score_of
from casework.workbook import Workbook, reviews
from casework.workbook.plans import ItemChange
from casework.workbook.reviews import mark_text
from tests.test_badges import statements
from tests.test_caseloads import staff
from tests.test_plans import a_person

A_WEEK = {"quota": {"times": 1, "per": "week"}}
ITEM = st.builds(
    WeighedItem,
    key=st.sampled_from(["rule:a", "rule:b", "manual:1"]),
    title=st.sampled_from(["走访", "读报"]),
    asked=st.booleans(),
    personal=st.booleans(),
    domain=st.sampled_from([None, "safety", "care"]),
    priority=st.integers(1, 5),
    quota=st.integers(1, 4),
    per=st.sampled_from(["week", "month", "year"]),
    reason=st.sampled_from([None, "本人谢绝", "auto:not_asked"]),
)
PLAN = st.lists(ITEM, max_size=3).map(lambda some: {one.key: one for one in some})
QUIET = st.builds(Surroundings, alerts=st.integers(0, 2), twins=st.integers(0, 3))
AROUND = QUIET | st.builds(
    Surroundings,
    alerts=st.integers(0, 2),
    bare_needs=st.integers(2, 5),
    urgent_needs=st.integers(0, 2),
    unknown=st.sampled_from([None, "living"]),
    twins=st.integers(0, 3),
)


@given(plan=PLAN, before=st.none() | PLAN, around=AROUND)
def test_marks_are_weighed_and_never_leave_out_an_alert(plan, before, around) -> None:
    marks = marks_of(plan, before, around)
    assert score_of(marks) == sum(mark.weight for mark in marks)
    assert all(mark.weight > 0 for mark in marks)
    assert marks[0].kind == "alert" if around.alerts else all(m.kind != "alert" for m in marks)
    assert all(mark_text(mark) for mark in marks)


@given(plan=PLAN)
def test_plan_that_changes_nothing_and_is_agreed_to_is_routine(plan) -> None:
    plain = {key: one for key, one in plan.items() if one.asked}
    assert not [mark for mark in marks_of(plain, plain, Surroundings()) if mark.kind != "left_out"]


@pytest.mark.parametrize(
    ("then", "now", "is_big"),
    [(12, 24, True), (12, 23, False), (24, 36, True), (25, 37, False), (24, 12, True),
     (0, 12, True), (0, 11, False), (12, 12, False)],
)  # fmt: skip
def test_change_is_big_from_a_dozen_tasks_a_year_and_half_of_what_there_was(
    then: int, now: int, is_big: bool
) -> None:
    def plan(times: int) -> dict[str, WeighedItem]:
        some = [
            WeighedItem(key=f"rule:{n}", title="走访", asked=True, personal=False, domain=None,
                        priority=3, quota=1, per="year", reason=None)
            for n in range(times)
        ]  # fmt: skip
        return {one.key: one for one in some}

    marks = marks_of(plan(now), plan(then), Surroundings())
    assert [mark.n for mark in marks if mark.kind == "big_change"] == (
        [now - then] if is_big else []
    )


def a_draft(book: Workbook, person: int, *titles: str, reason: str = "本人愿望") -> int:
    draft = book.plans.draft(person)
    for title in titles:
        entered = ItemChange(title=title, service="visit", timing=A_WEEK)
        book.plans.add(draft.plan_id, entered, reason=reason)
    return draft.plan_id


def test_queue_puts_safety_and_copies_before_routine(any_workbook: Workbook) -> None:
    book = any_workbook
    staff(book, "supervisor")
    safe, first, second, routine = (a_person(book, living="alone", health="poor",
                                             born=book.today.replace(year=1930))
                                    for _n in range(4))  # fmt: skip
    book.plans.compile()
    refused = book.plans.draft(safe)
    key = next(one.key for one in refused.lines if one.domain == "safety")
    book.plans.decline(refused.plan_id, key, reason="本人不愿打扰")
    drafts = [refused.plan_id, a_draft(book, first, "读报", "理发"),
              a_draft(book, second, "读报", "理发"), a_draft(book, routine)]  # fmt: skip
    assert {one.plan_id for one in book.reviews.waiting("draft")} == set(drafts)
    assert book.reviews.submit(drafts).done == 4
    rows = {one.person_id: one for one in book.reviews.waiting()}
    kinds = {person: {mark.kind for mark in one.marks} for person, one in rows.items()}
    assert "safety_out" in kinds[safe]
    assert "copied" in kinds[first] and "copied" in kinds[second]
    assert [one.person_id for one in book.reviews.waiting()][-1] == routine
    assert rows[safe].score > rows[routine].score
    decided = book.reviews.approve([*drafts, drafts[0]])
    assert decided.done == 4 and decided.refused == ()
    assert book.reviews.waiting() == []
    assert all(book.plans.in_force(one).state == "active" for one in rows)  # type: ignore[union-attr]
    assert book.plans.compile().is_unchanged


def test_many_small_matters_never_push_an_urgent_need_down(any_workbook: Workbook) -> None:
    """Nine services by hand and five mild needs add up to more than one urgent need."""
    book = any_workbook
    busy, urgent, mild = (a_person(book) for _n in range(3))
    book.plans.compile()
    for n in range(5):
        book.needs.raise_need(busy, "care", f"小事 {n}", "low")
    book.needs.raise_need(urgent, "care", "夜里没人照看", "high")
    book.needs.raise_need(mild, "care", "想有人陪着散步", "medium")
    a_draft(book, busy, *(f"第 {n} 种服务" for n in range(9)))
    a_draft(book, urgent)
    a_draft(book, mild)
    rows = book.reviews.waiting("draft")
    assert [one.person_id for one in rows] == [urgent, busy, mild]
    assert rows[1].score > rows[0].score
    assert mark_text(rows[0].marks[0]) == "1 项紧急需求没有安排"
    assert [one.heaviest for one in rows] == sorted((one.heaviest for one in rows), reverse=True)


def test_long_queue_is_weighed_like_a_short_one(
    any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for living in ("alone", None, "with_children"):
        a_person(any_workbook, living=living)
    any_workbook.plans.compile()
    short = any_workbook.reviews.waiting("look")
    monkeypatch.setattr(reviews, "_SET", 1)
    assert any_workbook.reviews.waiting("look") == short
    assert any_workbook.reviews.count()["look"] == len(short) == 3
    assert any(mark.kind == "unknown" for one in short for mark in one.marks)
    for one in short:
        plan = any_workbook.plans.version(one.plan_id)
        assert one.items == len(plan.lines)


def test_open_needs_of_many_versions_are_looked_up_at_once(any_workbook: Workbook) -> None:
    book = any_workbook
    people = [a_person(book) for _n in range(4)]
    book.plans.compile()
    drafts = [a_draft(book, person, "读报") for person in people]
    book.needs.raise_need(people[0], "care", "想有人陪着散步", "low")
    for decide, done in ((book.reviews.submit, 3), (book.reviews.approve, 3)):
        with statements(book) as said:
            decided = decide(drafts)
        assert decided.done == done and [one for one, _why in decided.refused] == drafts[:1]
        assert "想有人陪着散步" in decided.refused[0][1] or decide == book.reviews.approve
        asked = [one for one in said if "need_answer" in one and "service_plan_1" in one]
        # However many they are.
        assert len([one for one in asked if one.startswith("SELECT service_plan_1.id")]) == 1


def test_what_is_refused_leaves_the_others_alone(any_workbook: Workbook) -> None:
    book = any_workbook
    one, other = a_person(book), a_person(book)
    book.plans.compile()
    drafts = [a_draft(book, person, "读报") for person in (one, other)]
    book.plans.submit(drafts[0])
    decided = book.reviews.approve(drafts)
    assert decided.done == 1 and [number for number, _why in decided.refused] == [drafts[1]]
    assert book.plans.version(drafts[1]).state == "draft"
    back = book.reviews.submit([drafts[1]])
    assert back.done == 1
    returned = book.reviews.send_back([drafts[1]], comment="请与家属商量")
    assert returned.done == 1 and book.plans.version(drafts[1]).comment == "请与家属商量"
    assert book.reviews.send_back([drafts[1]], comment=" ").refused


def test_plans_by_the_rules_are_looked_over_and_then_gone_from_the_board(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    worker = staff(book)
    for _n in range(3):
        a_person(book)
    book.plans.compile()
    waiting = [one.plan_id for one in book.reviews.waiting("look")]
    assert len(waiting) == 3
    later = date(2100, 1, 1)  # what is decided is written with the real moment
    assert book.boards.supervisor(as_of=later, topics=["plans"])["plans.review"].number == 3
    assert book.reviews.confirm(waiting[:2]).done == 2
    assert book.reviews.count()["look"] == 1
    assert book.boards.supervisor(as_of=later, topics=["plans"])["plans.review"].number == 1
    assert book.reviews.confirm(waiting[:1]).refused
    assert worker and book.plans.compile().is_unchanged
    book.act_as("caseworker0")
    with pytest.raises(NotPermitted):
        book.reviews.confirm(waiting)
