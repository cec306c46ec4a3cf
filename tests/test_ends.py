"""What ended: the day of discharge, the first day back; what falls due after them, done once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from casework.occasions import Offset
from casework.records import Task
from casework.rules.timing import AfterEvent
from casework.ui.screens.person_life import follows_html
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, PersonEntry
from casework.workbook.life import LifeEvent
from casework.workbook.plan_passed import Passed
from tests.conftest import TODAY
from tests.test_placing import ON, place
from tests.test_plans import a_person, now_is, tasks_of

DAY = timedelta(days=1)
IN_HOSPITAL = "ended(hospital_status, 'inpatient', 'long_term')"


def discharge(book: Workbook, left_on: date) -> int:
    """Take somebody into hospital and out of it again, by the form; the same day it is told."""
    person = a_person(book)
    now_is(book, left_on)
    book.life.record(person, LifeEvent("hospital_in", left_on - 9 * DAY, "女儿电话"))
    book.life.record(person, left_hospital(left_on))
    return person


def left_hospital(on: date) -> LifeEvent:
    return LifeEvent("hospital_out", on, "女儿电话")


def asked_after(book: Workbook, person: int) -> list[Task]:
    found = tasks_of(book, person, "rule:after_discharge")
    return [task for task in found if task.cancelled_on is None]


def visit(book: Workbook, person: int, on: date) -> None:
    now_is(book, on)
    entry = ContactEntry(f"visit {person}", on, "home_visit", (PersonEntry(person),))
    book.contacts.record(entry)


def test_visit_falls_due_a_week_after_the_day_of_discharge(any_workbook: Workbook) -> None:
    person = discharge(any_workbook, TODAY)
    (after,) = asked_after(any_workbook, person)
    assert (after.opens_on, after.due_on) == (TODAY + DAY, TODAY + 7 * DAY)


def test_discharge_told_later_falls_due_by_its_own_day(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    any_workbook.life.record(person, LifeEvent("hospital_in", TODAY - 9 * DAY, "女儿电话"))
    now_is(any_workbook, TODAY + 3 * DAY)
    any_workbook.life.record(person, left_hospital(TODAY))
    (after,) = asked_after(any_workbook, person)
    assert after.due_on == TODAY + 7 * DAY


def test_discharge_told_after_the_week_says_what_gets_no_task_any_more(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person = a_person(book)
    book.life.record(person, LifeEvent("hospital_in", TODAY - 9 * DAY, "女儿电话"))
    now_is(book, TODAY + 8 * DAY)
    foreseen = book.life.foresee(person, left_hospital(TODAY))
    assert foreseen.passed == (Passed("出院回访", TODAY + 7 * DAY),)
    assert "“出院回访”应于2025年3月10日前完成，期限已过" in follows_html(foreseen)
    assert book.life.foresee(person, left_hospital(TODAY + DAY)).passed == ()
    book.life.record(person, left_hospital(TODAY))
    assert asked_after(book, person) == []


def test_death_told_late_says_that_the_days_of_condolence_have_passed(workbook: Workbook) -> None:
    person = a_person(workbook)
    workbook.plans.compile()
    foreseen = workbook.life.foresee(person, LifeEvent("died", TODAY - 10 * DAY, "家属"))
    assert [one.due_on for one in foreseen.passed] == [TODAY - 3 * DAY]


def test_return_from_a_seasonal_stay_counts_from_the_first_day_back(tmp_path: Path) -> None:
    book = open_workbook(str(tmp_path / "w.sqlite"), agency="fengtai", today=TODAY)
    person = a_person(book)
    book.life.record(person, LifeEvent("away", TODAY - 90 * DAY, "本人", place="三亚"))
    book.life.record(person, LifeEvent("returned", TODAY, "本人"))
    (back,) = tasks_of(book, person, "rule:seasonal_return")
    assert (back.opens_on, back.due_on) == (TODAY, TODAY + 7 * DAY)
    book.close()


def test_end_is_told_to_people_as_the_day_of_discharge(any_workbook: Workbook) -> None:
    person = discharge(any_workbook, TODAY)
    (why,) = [
        one for one in any_workbook.plans.explain(person).reasons if one.rule == "after_discharge"
    ]
    assert "上次住院情况“住院或长期住院”结束：2025年3月3日" in why.facts


@pytest.mark.parametrize("event", [IN_HOSPITAL, " ended (health, 'poor')", "back_on"])
def test_key_of_what_ended_is_its_last_day(event: str) -> None:
    timing = AfterEvent(event, ON, Offset.parse("7 days after"))
    (task,) = place(timing, events={event: (TODAY, TODAY)})
    assert (task.period, task.opens_on) == ((TODAY - DAY).isoformat(), TODAY)


@pytest.mark.parametrize("event", ["retired_on", "began(hospital_status)", "ended_on"])
def test_key_of_any_other_event_is_its_day(event: str) -> None:
    timing = AfterEvent(event, ON, Offset.parse("7 days after"))
    (task,) = place(timing, events={event: (TODAY, TODAY)})
    assert task.period == TODAY.isoformat()


# --- workbooks from before, in which the end was the last day in hospital ---------------------


def as_it_was_before(book: Workbook, person: int) -> None:
    """Put the windows back by the day by which they used to be early."""
    with book.transaction() as session:
        for task in session.scalars(
            select(Task).where(Task.person_id == person, Task.item_key == "rule:after_discharge")
        ):
            session.execute(
                update(Task)
                .where(Task.id == task.id)
                .values(opens_on=task.opens_on - DAY, due_on=task.due_on - DAY)
            )


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(left=st.integers(0, 40), visited=st.none() | st.integers(0, 6), later=st.integers(0, 9))
def test_older_workbook_neither_loses_nor_doubles_what_is_asked_after_discharge(
    workbook: Workbook, left: int, visited: int | None, later: int
) -> None:
    discharged = TODAY + left * DAY
    person = discharge(workbook, discharged)
    as_it_was_before(workbook, person)
    (before,) = asked_after(workbook, person)
    if visited is not None:
        visit(workbook, person, before.opens_on + visited * DAY)
    done_on = asked_after(workbook, person)[0].done_on
    assert (done_on is None) == (visited is None)
    now_is(workbook, max(workbook.today, discharged + later * DAY))
    workbook.plans.compile(persons=[person])
    (after,) = asked_after(workbook, person)
    assert (after.id, after.period, after.done_on) == (before.id, before.period, done_on)
    if done_on is None and workbook.today < before.due_on:
        assert after.due_on == discharged + 7 * DAY


def test_visit_in_time_counts_when_the_discharge_was_earlier_than_told(
    any_workbook: Workbook,
) -> None:
    person = discharge(any_workbook, TODAY)
    visit(any_workbook, person, TODAY + 3 * DAY)
    any_workbook.life.record(person, left_hospital(TODAY - DAY))
    assert [task.done_on for task in asked_after(any_workbook, person)] == [TODAY + 3 * DAY]


def test_visit_in_time_counts_when_the_discharge_was_later_than_told(
    any_workbook: Workbook,
) -> None:
    person = discharge(any_workbook, TODAY)
    visit(any_workbook, person, TODAY + 3 * DAY)
    any_workbook.life.record(person, LifeEvent("hospital_in", TODAY, "女儿电话"))
    any_workbook.life.record(person, left_hospital(TODAY + DAY))
    assert [task.done_on for task in asked_after(any_workbook, person)] == [TODAY + 3 * DAY]


def test_second_stay_asks_for_a_visit_of_its_own(any_workbook: Workbook) -> None:
    book = any_workbook
    person = discharge(book, TODAY)
    visit(book, person, TODAY + 2 * DAY)
    now_is(book, TODAY + 6 * DAY)
    book.life.record(person, LifeEvent("hospital_in", TODAY + 4 * DAY, "女儿电话"))
    book.life.record(person, left_hospital(TODAY + 6 * DAY))
    assert [task.due_on for task in asked_after(book, person) if task.done_on is None] == [
        TODAY + 13 * DAY
    ]
