"""No open need is left alone: an item, a reason, or a task of somebody who has to say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casework.errors import NotPermitted
from casework.records import Case, Need, Person, Task, Wish, need_answered, task_status, waits_on
from casework.records.needs import NEED_STATES
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent
from casework.workbook.need_asking import ask_for_answers
from casework.workbook.plans import ItemChange
from casework.workbook.reversing import take_back
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_person, now_is

WEEKLY = ItemChange(
    title="陪同散步", service="visit", timing={"quota": {"times": 1, "per": "week"}}
)


def asking(book: Workbook, need: int, on: date = TODAY) -> dict[str, Task]:
    """Give the tasks that ask for an answer to a need, by their status on a day."""
    with book.reading() as session:
        rows = session.execute(
            select(task_status(on), Task).where(Task.item_key == f"answer:{need}")
        )
        return {status: task for status, task in rows}


def of(book: Workbook, need: int) -> tuple[str, str | None, date | None]:
    with book.reading() as session:
        one = session.get_one(Need, need)
        return one.state, one.reason, one.closed_on


@pytest.fixture
def planned(any_workbook: Workbook) -> tuple[Workbook, int]:
    """A person with a caseworker and a plan by the rules."""
    worker, person = staff(any_workbook), a_person(any_workbook)
    any_workbook.people.seat_care_team(person, "caseworker", staff_id=worker)
    any_workbook.plans.compile()
    return any_workbook, person


def test_need_without_an_answer_is_a_dated_task_of_a_named_person(planned) -> None:
    book, person = planned
    need = book.needs.raise_need(person, "care", "想有人陪着散步", "high")
    (task,) = asking(book, need).values()
    assert (task.due_on, task.priority) == (TODAY + timedelta(days=3), 1)
    assert task.owner_id is not None and "想有人陪着散步" in (task.title or "")
    assert book.plans.compile(persons=[person]).is_unchanged
    (told,) = book.plans.needs(person)
    assert (told.answered, told.asked_by) == ("nothing", task.due_on)
    assert set(asking(book, need, TODAY + timedelta(days=9))) == {"failed"}
    with pytest.raises(NotPermitted, match="想有人陪着散步"):
        book.plans.submit(book.plans.draft(person).plan_id)
    key = book.plans.add(book.plans.draft(person).plan_id, WEEKLY, need_id=need)
    plan = book.plans.draft(person).plan_id
    book.plans.submit(plan)
    assert set(asking(book, need)) == {"ready"}, "a version that waits is no answer yet"
    book.plans.approve(plan)
    assert set(asking(book, need)) == {"cancelled"}
    again = book.plans.draft(person).plan_id
    book.plans.remove(again, key)
    with pytest.raises(NotPermitted, match="想有人陪着散步"):
        book.plans.submit(again)


def test_supervisor_who_takes_a_need_is_asked_although_there_is_a_caseworker(planned) -> None:
    book, person = planned
    chief = staff(book, "supervisor")
    need = book.needs.raise_need(person, "care", "想有人陪着散步", "low")
    book.needs.assign_need(need, chief)
    other = book.needs.raise_need(person, "care", "想学剪纸", "low", owner_id=chief)
    book.plans.compile(persons=[person])
    assert {asking(book, one)["ready"].owner_id for one in (need, other)} == {chief}


def test_excuse_of_such_a_task_is_the_reason_why_the_need_waits(planned) -> None:
    book, person = planned
    need = book.needs.raise_need(person, "care", "想学剪纸", "low")
    (task,) = asking(book, need).values()
    book.tasks.excuse([task.id], reason="本人住院，出院后再议")
    assert of(book, need) == ("deferred", "本人住院，出院后再议", None)
    book.plans.compile(persons=[person])
    assert set(asking(book, need)) == {"excused"}
    book.tasks.reopen([task.id])
    assert of(book, need)[0] == "open" and set(asking(book, need)) == {"ready"}
    book.needs.change_need(need, "declined", reason="本人不想学了")
    assert set(asking(book, need)) == {"cancelled"}


def test_plan_in_force_by_the_rules_is_not_right_while_a_need_is_bare(planned) -> None:
    book, person = planned
    need = book.needs.raise_need(person, "care", "想有人陪着散步", "low")
    plan = book.plans.in_force(person).plan_id  # type: ignore[union-attr]
    decided = book.reviews.confirm([plan])
    assert decided.done == 0 and "想有人陪着散步" in decided.refused[0][1]
    assert [one.id for one in book.plans.bare_needs(plan)] == [need]
    book.needs.change_need(need, "deferred", reason="天暖再说")
    assert book.reviews.confirm([plan]).done == 1


def test_queue_marks_what_the_version_leaves_out_and_not_what_is_in_force(planned) -> None:
    book, person = planned
    need = book.needs.raise_need(person, "care", "想有人陪着散步", "low")
    draft = book.plans.draft(person).plan_id
    assert "bare_needs" in {mark.kind for mark in book.reviews.waiting("draft")[0].marks}
    book.plans.add(draft, WEEKLY, need_id=need)
    assert "bare_needs" not in {mark.kind for mark in book.reviews.waiting("draft")[0].marks}


@pytest.mark.parametrize("how", ["form", "table"])
def test_needs_and_wishes_end_with_a_death_and_wait_again_when_it_was_a_mistake(
    planned, how: str
) -> None:
    book, person = planned
    bare = book.needs.raise_need(person, "care", "想有人陪着散步", "low")
    put_off = book.needs.raise_need(person, "care", "想配助听器", "low")
    book.needs.change_need(put_off, "deferred", reason="等医院排期")
    book.needs.record_wish(person, "想学书法", said_on=TODAY - timedelta(days=9))
    met = book.needs.record_wish(person, "想去公园")
    book.needs.close_wish(met, "陪去过了")
    if how == "form":
        act = book.life.record(person, LifeEvent("died", TODAY, "家属电话"))
    else:
        with book.transaction() as session:  # as an import or two records made one leave it
            session.get_one(Person, person).died_on = TODAY
            for case in session.scalars(select(Case).where(Case.person_id == person)):
                case.closed_on = TODAY
        now_is(book, TODAY + timedelta(days=1))
        book.plans.compile()
    assert of(book, bare) == ("cannot_be_met", "auto:died", TODAY)
    assert of(book, put_off) == ("cannot_be_met", "auto:died;等医院排期", TODAY)
    told = {one.id: one.reason for one in book.needs.of_person(person, closed=True)}
    assert told == {bare: "本人已去世", put_off: "本人已去世；此前暂缓：等医院排期"}
    assert "ready" not in asking(book, bare, book.today)
    assert book.needs.waiting() == []
    assert wishes(book, person) == [
        ("想学书法", TODAY, "auto:died"),
        ("想去公园", TODAY, "陪去过了"),
    ]
    if how == "form":
        book.needs.record_wish(person, "想回老家看看")  # told by the family afterwards
        assert book.needs.wishes(person) == []
    if how == "form":
        take_back(book, act)
    else:
        with book.transaction() as session:
            session.get_one(Person, person).died_on = None
            for case in session.scalars(select(Case).where(Case.person_id == person)):
                case.closed_on = None
        book.plans.compile()
    assert of(book, bare) == ("open", None, None)
    assert of(book, put_off) == ("deferred", "等医院排期", None)
    assert "ready" in asking(book, bare, book.today)
    book.plans.compile()
    open_again = ["想学书法", "想回老家看看"] if how == "form" else ["想学书法"]
    assert [one[0] for one in wishes(book, person) if one[1] is None] == open_again


def wishes(book, person: int) -> list[tuple[str, date | None, str | None]]:
    with book.reading() as session:
        said = session.scalars(select(Wish).where(Wish.person_id == person).order_by(Wish.id))
        return [(one.text, one.closed_on, one.closing_note) for one in said]


def test_step_of_asking_leaves_what_is_answered_alone(planned) -> None:
    book, person = planned
    before = book.needs.raise_need(person, "care", "想有人陪着散步", "low")
    with book.transaction() as session:
        assert ask_for_answers(session, book.agency, [person], book.today) == (0, 0, 0)
        bare = session.scalars(
            select(Need.id).where(waits_on(TODAY), need_answered(TODAY) == "nothing")
        ).all()
    assert bare == [before] and "open" in NEED_STATES
