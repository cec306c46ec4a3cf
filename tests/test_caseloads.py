"""Nothing is without an owner, and a worker's leaving hands everything over and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from casework.errors import InvalidEntry, NotPermitted
from casework.records import CareTeamMember, Need, Organisation, Person, Staff, Task
from casework.ui.screens.caseloads import linked_html
from casework.workbook import Workbook
from casework.workbook.owning import answering_for
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is


def staff(book: Workbook, role: str = "caseworker", **more: Any) -> int:
    with book.transaction() as session:
        one = Staff(login=f"{role}{len(session.scalars(select(Staff)).all())}", name=f"某{role}",
                    role=role, **more)  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def a_caseload(book: Workbook, worker: int, people: int, community: str = "社区") -> list[int]:
    persons = []
    for n in range(people):
        person = a_person(book, living="alone" if n % 2 else "with_children")
        with book.transaction() as session:
            session.add(a_fact(person, "community", f"{community}{n % 3}"))
        book.people.seat_care_team(person, "caseworker", staff_id=worker)
        book.needs.raise_need(person, "care", "需要助餐", "medium")
        persons.append(person)
    return persons


def standing(book: Workbook) -> Any:
    """Give who owns what and who sits where, as anybody can see it today."""
    with book.reading() as session:
        owned = [
            (kind.__tablename__, one.id, one.owner_id)
            for kind in (Task, Need)
            for one in session.scalars(select(kind).order_by(kind.id))
        ]
        seats = sorted(
            (one.person_id, one.role, one.staff_id, one.valid_to)
            for one in session.scalars(select(CareTeamMember))
            if one.superseded_at is None
        )
    return owned, seats


def unowned(book: Workbook) -> list[Any]:
    with book.reading() as session:
        working = {
            one.id
            for one in session.scalars(select(Staff))
            if one.active_to is None or one.active_to >= book.today
        }
        return [
            (kind.__tablename__, one.id)
            for kind in (Task, Need)
            for one in session.scalars(select(kind))
            if one.owner_id not in working
            and getattr(one, "done_on", None) is None
            and getattr(one, "cancelled_on", None) is None
        ]


def test_handover_gives_everything_to_the_successors_and_back(any_workbook: Workbook) -> None:
    book = any_workbook
    leaver, first, second = staff(book), staff(book), staff(book)
    persons = a_caseload(book, leaver, 9)
    book.plans.compile()
    before = standing(book)
    shares = book.caseloads.preview(leaver, [first, second])
    assert standing(book) == before
    assert sorted(p for one in shares for p in one.persons) == persons
    made = book.caseloads.hand_over(leaver, [first, second], reason="调往他处")
    load = {one.staff_id: one for one in book.caseloads.loads()}
    assert load[leaver].people == load[leaver].tasks == load[leaver].needs == 0
    assert {load[first].people, load[second].people} == {len(one.persons) for one in shares}
    assert not unowned(book)
    now_is(book, TODAY + timedelta(days=1))
    assert leaver not in {one.staff_id for one in book.caseloads.loads()}
    assert book.plans.compile(persons=persons).changed == 0
    assert not unowned(book)
    now_is(book, TODAY)
    book.caseloads.take_back(made)
    kept = {one[1]: one for one in before[0]}
    after = standing(book)
    assert [one for one in after[0] if one[1] in kept and one[0] == "need"] == [
        one for one in before[0] if one[0] == "need"
    ]
    assert after[1] == before[1]
    with pytest.raises(NotPermitted):
        book.caseloads.take_back(made)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people=st.integers(0, 12), successors=st.integers(1, 3), days=st.integers(0, 200))
def test_everybody_goes_to_exactly_one_successor_and_nothing_is_orphaned(
    people: int, successors: int, days: int, workbook: Workbook
) -> None:
    now_is(workbook, TODAY)
    leaver = staff(workbook)
    to = [staff(workbook) for _n in range(successors)]
    persons = a_caseload(workbook, leaver, people)
    workbook.plans.compile(persons=persons)
    now_is(workbook, TODAY + timedelta(days=days))
    shares = workbook.caseloads.preview(leaver, to)
    sizes = [len(one.persons) for one in shares]
    assert sorted(p for one in shares for p in one.persons) == persons
    assert max(sizes) - min(sizes) <= max(1, -(-people // 3))
    made = workbook.caseloads.hand_over(leaver, to, reason="退休")
    with workbook.reading() as session:
        left = session.scalars(select(Task).where(Task.owner_id == leaver)).all()
    assert all(one.done_on or one.cancelled_on for one in left)
    workbook.caseloads.take_back(made)
    mine = {one.staff_id: one for one in workbook.caseloads.loads()}[leaver]
    assert mine.people == people and mine.needs == people


def test_supervisor_of_the_unit_stands_in_while_nobody_is_seated(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    book.plans.compile()
    book.needs.raise_need(person, "care", "需要助餐", "medium")
    with book.transaction() as session:  # as a roster brings it, before there is any staff
        for need in session.scalars(select(Need)):
            need.owner_id = None
    assert unowned(book)
    chief = staff(book, "supervisor")
    book.plans.compile()
    assert not unowned(book)
    assert book.plans.compile().is_unchanged
    worker = staff(book)
    book.people.seat_care_team(person, "caseworker", staff_id=worker)
    book.plans.compile()
    with book.reading() as session:
        tasks = session.scalars(select(Task).where(Task.cancelled_on.is_(None)))
        owners = {one.owner_id for one in tasks}
    assert owners == {worker}
    assert {one.staff_id: one for one in book.caseloads.loads()}[chief].tasks == 0


def test_what_lost_its_owner_goes_to_whoever_sits_there_for_it(any_workbook: Workbook) -> None:
    book = any_workbook
    chief, worker, leader = staff(book, "supervisor"), staff(book), staff(book, "leader")
    seated, alone = a_person(book, living="alone", health="poor"), a_person(book)
    book.people.seat_care_team(seated, "caseworker", staff_id=worker)
    book.people.seat_care_team(seated, "leader", staff_id=leader)
    for person in (seated, alone):
        book.needs.raise_need(person, "care", "需要助餐", "medium")
    book.plans.compile()
    with book.transaction() as session:
        for kind in (Task, Need):
            session.execute(update(kind).values(owner_id=None))
        first = session.scalars(select(Task).where(Task.person_id == seated).limit(3)).all()
        for task, actor in zip(first, ("leader", "volunteer", "caseworker"), strict=True):
            task.actor = actor
        asked = {one.id: one.actor for one in first}
    book.caseloads.settle()
    with book.reading() as session:
        for need in session.scalars(select(Need)):
            assert need.owner_id == (worker if need.person_id == seated else chief)
        for task in session.scalars(select(Task)):
            whose = {"leader": leader}.get(asked.get(task.id, task.actor), worker)
            assert task.owner_id == (whose if task.person_id == seated else chief), task.actor
    assert not unowned(book)


def test_nearest_supervisor_above_answers_and_nobody_else_of_the_unit(workbook: Workbook) -> None:
    book = workbook
    with book.transaction() as session:
        top = Organisation(code="top", name="局")
        session.add(top)
        session.flush()
        below = Organisation(code="below", name="科", parent_id=top.id)
        session.add(below)
        session.flush()
        units = top.id, below.id
    staff(book, unit_id=units[1])
    head = staff(book, "supervisor", unit_id=units[0])
    persons = [a_person(book), a_person(book)]
    with book.transaction() as session:
        for person, unit in zip(persons, units, strict=True):
            session.get_one(Person, person).unit_id = unit

    def answering() -> list[int | None]:
        with book.reading() as session:
            return [answering_for(session, person, TODAY) for person in persons]

    assert answering() == [head, head]
    near = staff(book, "supervisor", unit_id=units[1])
    assert answering() == [head, near]


def test_task_given_by_hand_stays_with_whom_it_was_given(any_workbook: Workbook) -> None:
    book = any_workbook
    worker, colleague = staff(book), staff(book)
    a_caseload(book, worker, 1)
    book.plans.compile()
    task = book.tasks.list("all")[0]
    book.tasks.hand_over([task.task_id], colleague)
    book.plans.compile()
    kept = next(one for one in book.tasks.list("all") if one.task_id == task.task_id)
    assert kept.owner_id == colleague


def test_whoever_left_without_a_handover_leaves_nothing_orphaned(any_workbook: Workbook) -> None:
    book = any_workbook
    staff(book, "supervisor")
    worker = staff(book)
    a_caseload(book, worker, 3)
    book.plans.compile()
    with book.transaction() as session:
        session.get_one(Staff, worker).active_to = TODAY
    now_is(book, TODAY + timedelta(days=45))  # some are missed by now
    assert unowned(book)
    book.plans.compile()
    assert not unowned(book)


def test_whoever_leaves_that_day_is_not_asked_for_people(workbook: Workbook) -> None:
    leaver, other = staff(workbook), staff(workbook)
    a_caseload(workbook, leaver, 2)
    assert "1 名工作人员还没有联系对象" in linked_html(workbook.caseloads.loads())
    workbook.caseloads.hand_over(leaver, [other], reason="退休")
    assert "工作人员都有联系对象" in linked_html(workbook.caseloads.loads())


def test_handover_is_refused_without_a_reason_a_right_or_somebody_else(workbook: Workbook) -> None:
    leaver, other = staff(workbook), staff(workbook)
    gone = staff(workbook, active_to=TODAY - timedelta(days=1))
    for to in ([], [leaver], [gone], [999]):
        with pytest.raises(InvalidEntry):
            workbook.caseloads.preview(leaver, to)
    with pytest.raises(InvalidEntry):
        workbook.caseloads.hand_over(leaver, [other], reason=" ")
    workbook.act_as("caseworker0")
    with pytest.raises(NotPermitted):
        workbook.caseloads.hand_over(leaver, [other], reason="调动")
