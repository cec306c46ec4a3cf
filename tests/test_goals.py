"""Goals: a measure, a baseline, a target; progress comes from assessments and readings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import InvalidEntry, NotPermitted
from casework.planning.goals import progress
from casework.records import Assessment
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.goals import GoalEntry
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_person, now_is

DUE = TODAY + timedelta(days=180)
WALKS = {"title": "每周散步五次", "domain": "care", "measure": "own", "unit": "次/周",
         "baseline": 1, "target": 5, "due_on": DUE}  # fmt: skip


def assessed(book: Workbook, person: int, total: int, days: int = 0) -> None:
    with book.transaction() as session:
        session.add(
            Assessment(
                person_id=person, instrument="barthel", instrument_version="1", answers={},
                assessed_on=TODAY + timedelta(days=days), total=total, level=1, complete=True,
                recorded_at=now(), recorded_by="t",
            )
        )  # fmt: skip


@given(
    baseline=st.integers(-50, 50),
    target=st.integers(-50, 50),
    value=st.none() | st.integers(-99, 99),
    on=st.integers(0, 400),
)
def test_progress_tells_reached_wrong_way_and_unknown_apart(
    baseline: int, target: int, value: int | None, on: int
) -> None:
    told = progress(baseline=baseline, baseline_on=TODAY, target=target, due_on=DUE, value=value,
                    on=TODAY + timedelta(days=on))  # fmt: skip
    if value is None:
        assert told.share is None and told.status in ("not_measured", "late")
    elif target != baseline:
        beyond = value >= target if target > baseline else value <= target
        assert (told.status == "reached") == beyond == (told.share >= 1)  # type: ignore[operator]
        mirrored = progress(baseline=-baseline, baseline_on=TODAY, target=-target, due_on=DUE,
                            value=-value, on=TODAY + timedelta(days=on))  # fmt: skip
        assert mirrored == told
    if on > 180:
        assert told.status in ("reached", "late", "worse")
    else:
        assert told.status != "late"


@pytest.mark.parametrize(
    ("value", "days", "of", "status"),
    [
        (50, 50, 100, "on_track"), (25, 50, 100, "on_track"), (24, 50, 100, "behind"),
        (0, 0, 100, "on_track"), (95, 100, 100, "on_track"), (100, 100, 100, "reached"),
        (74, 1, 1, "behind"), (75, 1, 1, "on_track"), (99, 101, 100, "late"),
        (-1, 50, 100, "worse"), (0, 1, 0, "late"),
    ],
)  # fmt: skip
def test_goal_is_on_track_while_it_is_no_quarter_behind_the_days(
    value: int, days: int, of: int, status: str
) -> None:
    told = progress(baseline=0, baseline_on=TODAY, target=100, due_on=TODAY + timedelta(days=of),
                    value=value, on=TODAY + timedelta(days=days))  # fmt: skip
    assert told.status == status


def test_goal_of_an_instrument_follows_its_assessments(any_workbook: Workbook) -> None:
    book = any_workbook
    worker = staff(book)
    person = a_person(book)
    book.people.seat_care_team(person, "caseworker", staff_id=worker)
    entry = GoalEntry(title="恢复自理", domain="care", measure="score", instrument="barthel",
                      target=80, due_on=DUE)  # fmt: skip
    with pytest.raises(InvalidEntry) as refused:
        book.goals.set(person, entry)
    assert refused.value.field == "instrument"
    assessed(book, person, 60)
    book.goals.set(person, entry)
    (goal,) = book.goals.of_person(person)
    assert (goal.baseline, goal.owner, goal.progress.status) == (60, "某caseworker", "not_measured")
    assessed(book, person, 70, days=80)
    now_is(book, TODAY + timedelta(days=90))
    (goal,) = book.goals.of_person(person)
    assert (goal.progress.share, goal.progress.status, goal.value) == (0.5, "on_track", 70)
    (then,) = book.goals.of_person(person, as_of=TODAY + timedelta(days=10))
    assert then.progress.status == "not_measured"
    with pytest.raises(NotPermitted):
        book.goals.read(goal.goal_id, 75)


def test_own_goal_is_read_closed_and_kept(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    goal = book.goals.set(person, GoalEntry(**WALKS))
    now_is(book, TODAY + timedelta(days=30))
    book.goals.read(goal, 2)
    book.goals.read(goal, 5, note="天气转暖")
    (view,) = book.goals.of_person(person)
    assert view.progress.status == "reached" and view.value == 5
    with pytest.raises(InvalidEntry):
        book.goals.close(goal, "given_up")
    book.goals.close(goal, "reached")
    assert book.goals.of_person(person) == []
    assert [one.outcome for one in book.goals.of_person(person, closed=True)] == ["reached"]
    with pytest.raises(NotPermitted):
        book.goals.read(goal, 6)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"domain": "weather"}, "domain"),
        ({"measure": "mood"}, "measure"),
        ({"baseline": None}, "baseline"),
        ({"due_on": TODAY}, "due_on"),
    ],
)
def test_goal_says_which_entry_is_refused(
    workbook: Workbook, wrong: dict[str, Any], field: str
) -> None:
    person = a_person(workbook)
    with pytest.raises(InvalidEntry) as refused:
        workbook.goals.set(person, GoalEntry(**(WALKS | wrong)))
    assert refused.value.field == field


def test_item_that_answers_a_need_makes_it_planned_and_back(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    book.plans.compile()
    need = book.needs.raise_need(person, "companionship", "常感孤单", "medium")
    assert [one.answered for one in book.plans.needs(person)] == ["nothing"]
    key = book.plans.in_force(person).lines[0].key  # type: ignore[union-attr]
    book.plans.answer(need, key)
    book.plans.answer(need, key)
    (told,) = book.plans.needs(person)
    assert (told.answered, told.need.state, [k for k, _t in told.items]) == (
        "item", "planned", [key],
    )  # fmt: skip
    book.plans.part(need, key)
    (told,) = book.plans.needs(person)
    assert (told.answered, told.need.state) == ("nothing", "open")
