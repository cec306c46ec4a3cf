"""Hours by month, and a fairer share of people that can be given out and taken back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from casework.errors import InvalidEntry, NotPermitted
from casework.records import Organisation, Person, Staff, Task
from casework.routing.week.hours import read_hours, spans_on
from casework.workbook import Workbook
from casework.workbook.home_ways import ways_home
from casework.workbook.roster_reading import read_staff
from tests.conftest import TODAY
from tests.test_caseloads import a_caseload, staff, standing
from tests.test_plans import AT, a_person

MONTH = date(2025, 3, 1)


@pytest.fixture
def chief(any_workbook: Workbook) -> Workbook:
    staff(any_workbook, "supervisor")
    any_workbook.act_as("supervisor0")
    return any_workbook


def a_task(book: Workbook, person: int, day: date, owner: int | None, **more: object) -> None:
    with book.transaction() as session:
        n = len(session.scalars(select(Task.id)).all())
        session.add(
            Task(
                person_id=person, item_key=f"rule:{n}", period=str(n), service="visit",
                opens_on=day, due_on=day, owner_id=owner, made_at=AT, **more,
            )
        )  # fmt: skip


def month(book: Workbook, worker: int | None, first: date = MONTH):
    found = {one.staff_id: one for one in book.capacity.months(first=first, n=2)}
    return found[worker].months[0]


def test_hours_of_a_month_are_its_tasks_and_the_ways_of_its_visits(chief):
    worker = staff(chief)
    person = a_person(chief)
    a_task(chief, person, date(2025, 3, 10), worker, channels=["home_visit"])
    a_task(chief, person, date(2025, 3, 11), worker, channels=["phone"])
    a_task(chief, person, date(2025, 4, 2), worker, channels=["phone"])
    a_task(chief, person, date(2025, 3, 12), worker, cancelled_on=TODAY)
    a_task(chief, person, date(2025, 3, 13), worker, actor="community")
    a_task(chief, person, date(2025, 3, 14), None, channels=["phone"])
    rules = chief.capacity.rules
    sort = rules.sorts.get("visit")
    each = (sort.minutes if sort else None) or rules.numbers["minutes"]
    mine = month(chief, worker)
    assert (mine.tasks, mine.visits) == (2, 1)
    assert mine.needed == pytest.approx((2 * each + rules.numbers["unknown_minutes"]) / 60)
    assert month(chief, None).tasks == 1
    assert month(chief, None).there == 0


def test_hours_there_are_workdays_of_the_calendar_less_absences(chief):
    worker = staff(chief)
    whole = month(chief, worker, date(2025, 10, 1)).there
    daily = 7.0  # 08:30-12:00 and 14:00-17:30
    # October 2025: eight days of holiday, 11 October is a Saturday that is worked.
    assert whole == 18 * daily
    chief.staffing.absent(worker, date(2025, 10, 9), date(2025, 10, 10), "病假")
    assert month(chief, worker, date(2025, 10, 1)).there == whole - 2 * daily
    chief.staffing.say(worker, "hours", ["周二 09:00-11:00"], since=date(2025, 1, 1))
    assert month(chief, worker, date(2025, 3, 1)).there == 4 * 2.0


def test_hours_there_of_several_are_those_of_each_alone(chief):
    usual, also, absent, new, gone = (
        staff(chief),
        staff(chief),
        staff(chief),
        staff(chief, active_from=date(2025, 10, 20)),
        staff(chief, active_to=date(2025, 10, 10)),
    )
    chief.staffing.absent(absent, date(2025, 10, 9), date(2025, 10, 10), "病假")
    there = {
        one.staff_id: one.months[0].there
        for one in chief.capacity.months(first=date(2025, 10, 1), n=2)
    }
    # 18 workdays in October 2025: 9, 10 and 11 are the first three, ten come from the 20th on.
    days = {usual: 18, also: 18, absent: 16, new: 10, gone: 2}
    assert {one: there[one] / 7.0 for one in days} == days


def test_spans_that_overlap_count_once():
    own = [read_hours("09:00-11:00"), read_hours("10:00-12:00"), read_hours("10:15-10:45")]
    assert spans_on(date(2025, 3, 8), own, [], is_workday=False) == [(540, 660), (660, 720)]
    assert spans_on(date(2025, 3, 8), [], own, is_workday=False) == []


def test_people_are_shared_fairly_and_can_be_given_and_taken_back(chief):
    full, idle = staff(chief), staff(chief)
    persons = a_caseload(chief, full, 6)
    for person in persons:
        for day in range(5, 25):
            a_task(chief, person, date(2025, 3, day), full, channels=["phone"])
    chief.staffing.wish(persons[0], idle, False, reason="不熟悉")
    found = chief.capacity.propose()
    assert found.people_before == {full: 6, idle: 0}
    assert {one.from_id for one in found.moves} == {full}
    assert {one.to_id for one in found.moves} == {idle}
    assert persons[0] not in {one.person_id for one in found.moves}
    assert sum(found.people_after.values()) == 6
    assert abs(found.after[full] - found.after[idle]) < abs(found.before[full] - found.before[idle])
    before = standing(chief)
    (made,) = chief.caseloads.give(
        {one.person_id: one.to_id for one in found.moves}, reason="均衡工作量"
    )
    loads = {one.staff_id: one for one in chief.caseloads.loads()}
    assert loads[idle].people == found.people_after[idle]
    assert loads[idle].needs == found.people_after[idle]
    assert chief.capacity.propose().moves == ()
    chief.caseloads.take_back(made)
    assert standing(chief) == before


def test_locked_people_stay_and_nobody_takes_people_of_a_unit_not_below_their_own(chief):
    with chief.transaction() as session:
        one, other = (Organisation(code=name, name=name, kind="unit") for name in ("甲局", "乙局"))
        session.add_all([one, other])
        session.flush()
        units = one.id, other.id
    full, idle, elsewhere = staff(chief), staff(chief), staff(chief, unit_id=units[1])
    persons = a_caseload(chief, full, 4)
    with chief.transaction() as session:
        for person in persons:
            session.get_one(Person, person).unit_id = units[0]
    found = chief.capacity.propose(locked=persons[:2])
    assert elsewhere not in {move.to_id for move in found.moves}
    assert not {move.person_id for move in found.moves} & set(persons[:2])
    alone = chief.capacity.propose(staff=[elsewhere])
    assert alone.moves == () and alone.nobody == ()
    assert idle in found.names


def test_ways_of_a_proposal_go_by_the_table_of_travel_times(chief, tmp_path):
    worker, person = staff(chief), a_person(chief, community="西社区")
    assert chief.capacity.propose().unplaced == 1
    table = tmp_path / "table.csv"
    table.write_text("从,到,分钟\n单位,西社区,65", encoding="utf-8")
    chief.travel.put_in_force(chief.travel.read(table), table.name)
    assert chief.capacity.propose().unplaced == 0
    with chief.reading() as session:
        members = read_staff(session, ["caseworker"], TODAY, TODAY)
        place = chief.agency.place
        ways = ways_home(session, chief.capacity.rules, place, [person], members, TODAY)
    assert ways == {person: {str(worker): 65}}


def test_whom_nobody_looks_after_is_proposed_to_somebody(chief):
    worker = staff(chief)
    person = a_person(chief)
    (move,) = chief.capacity.propose().moves
    assert (move.person_id, move.from_id, move.to_id) == (person, None, worker)
    with pytest.raises(InvalidEntry):
        chief.caseloads.give({person: worker}, reason="没有人负责")


@pytest.mark.parametrize("reason", ["", "   "])
def test_giving_needs_a_reason_a_right_and_somebody_at_work(chief, reason):
    worker, gone = staff(chief), staff(chief, active_to=date(2025, 1, 1))
    (person,) = a_caseload(chief, worker, 1)
    with pytest.raises(InvalidEntry):
        chief.caseloads.give({person: worker}, reason=reason)
    with pytest.raises(InvalidEntry):
        chief.caseloads.give({person: gone}, reason="换人")
    with chief.reading() as session:
        login = session.get_one(Staff, worker).login
    chief.act_as(login)
    with pytest.raises(NotPermitted):
        chief.caseloads.give({person: worker}, reason="换人")


def test_nobody_at_work_and_no_months_are_said(chief):
    with pytest.raises(InvalidEntry, match="分担"):
        chief.capacity.propose()
    with pytest.raises(InvalidEntry):
        chief.capacity.months(n=0)
    assert chief.capacity.months(n=1) == [] or all(one.months for one in chief.capacity.months(n=1))
