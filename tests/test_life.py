"""Hospital, away, moved, handed over, died: what follows is told before, and taken back after."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from casework.errors import InvalidEntry, NotPermitted
from casework.records import Case, Person, ServicePlan, Task, in_care_on
from casework.ui.cards import card_of
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent
from tests.conftest import TODAY
from tests.pictures_of_rows import differences, rows_that_count
from tests.test_people import a_person

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
EVENTS = {
    "hospital_in": LifeEvent("hospital_in", YESTERDAY, "女儿电话", place="市一院"),
    "away": LifeEvent("away", TODAY, "本人", until=date(2025, 4, 30), place="三亚"),
    "moved_away": LifeEvent("moved_away", TODAY, "社区", place="上海"),
    "handed_over": LifeEvent("handed_over", TODAY, "移交函", place="区委老干部局"),
    "died": LifeEvent("died", TODAY, "家属"),
}


@pytest.fixture
def planned(any_workbook: Workbook) -> tuple[Workbook, int]:
    """Somebody with a plan and a year of tasks ahead."""
    person = a_person(
        any_workbook,
        "郑明远",
        sex="1",
        born_on_earliest=date(1930, 5, 3),
        born_on_latest=date(1930, 5, 3),
    )
    told = {"category": "离休", "living": "独居", "health": "一般", "hospital_status": "未住院"}
    for code, value in told.items():
        any_workbook.people.record_fact(person, code, value, source="花名册")
    any_workbook.plans.compile()
    return any_workbook, person


def open_tasks(workbook: Workbook, person: int) -> set[int]:
    with workbook.reading() as session:
        found = select(Task.id).where(
            Task.person_id == person,
            Task.cancelled_on.is_(None),
            Task.excused_on.is_(None),
            Task.done_on.is_(None),
        )
        return set(session.scalars(found))


@pytest.mark.parametrize("kind", EVENTS)
def test_what_follows_is_told_without_writing_anything(planned, kind):
    workbook, person = planned
    before = rows_that_count(workbook)
    follows = workbook.life.foresee(person, EVENTS[kind])
    assert differences(before, rows_that_count(workbook)) == []
    told = sum(follows.counts.values())
    assert told >= len(follows.tasks) > 0
    assert follows.plan_ends == (kind in ("moved_away", "handed_over", "died"))


@pytest.mark.parametrize("kind", EVENTS)
def test_what_was_foreseen_comes_about_and_is_taken_back_exactly(planned, kind):
    workbook, person = planned
    before = rows_that_count(workbook)
    open_before = open_tasks(workbook, person)
    follows = workbook.life.foresee(person, EVENTS[kind])
    change = workbook.life.record(person, EVENTS[kind])
    open_after, told = open_tasks(workbook, person), follows.counts
    assert len(open_before - open_after) == told.get("cancelled", 0) + told.get("excused", 0)
    assert len(open_after - open_before) == told.get("made", 0) + told.get("restored", 0)
    workbook.people.undo(change)
    assert differences(before, rows_that_count(workbook)) == []


def test_tasks_after_a_death_fall_away_and_the_plan_ends_that_day(planned):
    workbook, person = planned
    workbook.life.record(person, EVENTS["died"])
    with workbook.reading() as session:
        left = session.scalars(
            select(Task).where(
                Task.person_id == person,
                Task.cancelled_on.is_(None),
                Task.due_on >= TODAY,
                Task.item_key.startswith("rule:visit"),
            )
        ).all()
        plans = session.execute(select(ServicePlan.state, ServicePlan.effective_to)).all()
    assert left == []
    assert [tuple(row) for row in plans] == [("closed", TODAY)]
    found = workbook.people.dossier(person)
    assert (found.died_on, found.case.reason) == (TODAY, "died")


def test_person_handed_over_is_in_our_care_until_that_day_and_can_come_back(planned):
    workbook, person = planned
    workbook.life.record(person, LifeEvent("handed_over", YESTERDAY, "移交函", place="区局"))
    assert workbook.people.roll().total == 0
    assert workbook.people.roll(as_of=YESTERDAY).total == 1
    state = workbook.people.dossier(person).case
    assert (state.is_open, state.closed_on, state.note) == (False, YESTERDAY, "区局")
    workbook.life.record(person, LifeEvent("reopened", TODAY, "调回"))
    assert workbook.people.dossier(person).case.is_open
    assert workbook.plans.in_force(person) is not None


def test_head_of_a_dossier_says_that_the_person_moved_away(planned):
    workbook, person = planned
    workbook.life.record(person, EVENTS["moved_away"])
    card = card_of(workbook, person, TODAY)
    assert [one.text for one in card.warnings] == ["2025年3月3日迁出 · 上海"]


def test_refusal_names_the_day_as_people_write_it(planned):
    workbook, person = planned
    workbook.life.record(person, EVENTS["moved_away"])
    with pytest.raises(InvalidEntry, match="2025年3月3日"):
        workbook.life.record(person, LifeEvent("reopened", TODAY, "本人"))


def test_hospital_stay_moves_visits_to_the_ward_until_the_discharge(planned):
    workbook, person = planned
    before = {key: row for key, row in rows_that_count(workbook).items() if key[0] == "task"}
    follows = workbook.life.foresee(person, EVENTS["hospital_in"])
    assert follows.counts["made"] and follows.counts["moved"]
    workbook.life.record(person, EVENTS["hospital_in"])
    assert workbook.people.dossier(person).field("hospital_status").shown == "住院"
    workbook.life.record(person, LifeEvent("hospital_out", TODAY, "女儿电话"))
    assert workbook.people.dossier(person).field("hospital_status").shown == "未住院"
    then = workbook.people.dossier(person, as_of=YESTERDAY)
    assert then.field("hospital_status").shown == "住院"
    after = rows_that_count(workbook)
    assert differences(before, {key: after[key] for key in before}) == []


def test_seasonal_stay_tells_where_the_person_is_and_ends_with_the_return(planned):
    workbook, person = planned
    workbook.life.record(
        person, LifeEvent("away", date(2024, 11, 1), "本人", place="三亚", phone="0898-88880000")
    )
    assert workbook.people.dossier(person).away_now.place == "三亚"
    workbook.life.record(person, LifeEvent("returned", TODAY, "本人"))
    assert workbook.people.dossier(person).away_now is None
    assert workbook.people.dossier(person, as_of=YESTERDAY).away_now is not None


def test_visit_meant_for_a_day_away_is_moved_to_a_day_at_home(planned):
    workbook, person = planned
    with workbook.reading() as session:
        visit = session.scalars(
            select(Task)
            .where(Task.person_id == person, Task.item_key.startswith("rule:visit"))
            .order_by(Task.due_on)
        ).first()
    meant = visit.planned_on
    away = LifeEvent("away", meant, "本人", until=meant + timedelta(days=400), place="三亚")
    assert visit.title in {one.title for one in workbook.life.foresee(person, away).tasks}
    change = workbook.life.record(person, away)
    with workbook.reading() as session:
        moved = session.get_one(Task, visit.id)
    assert max(visit.opens_on, TODAY) <= moved.planned_on < meant
    assert (moved.opens_on, moved.due_on) == (visit.opens_on, visit.due_on)
    workbook.plans.compile()
    with workbook.reading() as session:
        assert session.get_one(Task, visit.id).planned_on == moved.planned_on
    workbook.people.undo(change)
    with workbook.reading() as session:
        assert session.get_one(Task, visit.id).planned_on == meant


def test_stay_struck_out_was_never_there(planned):
    workbook, person = planned
    before = rows_that_count(workbook)
    workbook.life.record(person, EVENTS["away"])
    (stay,) = workbook.people.dossier(person).stays
    workbook.life.withdraw_stay(stay.id)
    assert workbook.people.dossier(person).stays == ()
    tasks = {key: row for key, row in rows_that_count(workbook).items() if key[0] == "task"}
    assert differences({k: r for k, r in before.items() if k[0] == "task"}, tasks) == []


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (LifeEvent("died", TOMORROW, "x"), InvalidEntry),
        (LifeEvent("died", date(1930, 5, 2), "x"), InvalidEntry),
        (LifeEvent("moved_away", TODAY, "x"), InvalidEntry),
        (LifeEvent("away", TODAY, "x", until=YESTERDAY, place="三亚"), InvalidEntry),
        (LifeEvent("away", TODAY, "x"), InvalidEntry),
        (LifeEvent("returned", TODAY, "x"), NotPermitted),
        (LifeEvent("reopened", TODAY, "x"), NotPermitted),
        (LifeEvent("abducted", TODAY, "x"), InvalidEntry),
    ],
)
def test_impossible_event_is_refused(workbook, event, refusal):
    person = a_person(workbook, born_on_earliest=date(1930, 5, 3), born_on_latest=date(1930, 5, 3))
    with pytest.raises(refusal):
        workbook.life.record(person, event)
    assert workbook.people.dossier(person).case.is_open


def test_nobody_dies_twice(planned):
    workbook, person = planned
    workbook.life.record(person, EVENTS["died"])
    with pytest.raises(NotPermitted):
        workbook.life.record(person, EVENTS["died"])


def opened_on(workbook: Workbook, day: date) -> int:
    person = a_person(workbook, "周敬之")
    with workbook.transaction() as session:
        session.execute(update(Case).where(Case.person_id == person).values(opened_on=day))
    return person


def test_death_before_the_work_began_ends_the_work_on_its_first_day(any_workbook):
    person = opened_on(any_workbook, YESTERDAY)
    died = TODAY - timedelta(days=40)
    change = any_workbook.life.record(person, LifeEvent("died", died, "家属"))
    with any_workbook.reading() as session:
        case = session.scalars(select(Case).where(Case.person_id == person)).one()
        assert (case.closed_on, session.get_one(Person, person).died_on) == (YESTERDAY, died)
        assert session.scalars(select(Person.id).where(in_care_on(YESTERDAY))).all() == []
    any_workbook.people.undo(change)
    with any_workbook.reading() as session:
        assert session.scalars(select(Person.id).where(in_care_on(TODAY))).all() == [person]


def test_move_before_the_work_began_is_refused_with_the_day(any_workbook):
    person = opened_on(any_workbook, YESTERDAY)
    moved = LifeEvent("moved_away", TODAY - timedelta(days=40), "社区", place="上海")
    with pytest.raises(InvalidEntry, match=r"服务自.*开始"):
        any_workbook.life.record(person, moved)


@pytest.mark.parametrize("kind", ["died", "moved_away"])
def test_plans_drawn_up_on_the_last_day_do_not_bring_back_what_ended(planned, kind):
    book, person = planned
    book.plans.compile()
    book.life.record(person, EVENTS[kind])

    def still_open() -> set[int]:
        with book.reading() as session:
            return set(
                session.scalars(
                    select(Task.id).where(Task.person_id == person, Task.cancelled_on.is_(None))
                )
            )

    before = still_open()
    done = book.plans.compile()
    assert (done.made, done.restored, done.plans) == (0, 0, 0)
    assert book.plans.compile(persons=[person]).is_unchanged
    assert still_open() == before
