"""Rosters of real work: planned from tasks, explained, changed, published and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from casework.cli import main
from casework.errors import InvalidEntry, NotPermitted
from casework.exchange.calendar import Appointment, calendar_file
from casework.records import CareTeamMember, Staff, StaffTerm, Task
from casework.routing.week import Roster
from casework.routing.week.hours import Hours, read_hours
from casework.terms import use_language
from casework.workbook import Workbook
from casework.workbook import rosters as rosters_module
from casework.workbook.roster_calendar import roster_calendar
from casework.workbook.roster_known import Stamp, is_same
from casework.workbook.roster_words import lock_sentence, obstacle_sentences
from casework.workbook.rosters import Rosters, next_monday
from tests.conftest import TODAY
from tests.test_plans import AT, a_person

MONDAY = date(2025, 3, 10)
FRIDAY = MONDAY + timedelta(days=4)
HERE = "31.654,120.752"
MOVES = 3_000


def a_worker(book: Workbook, name: str = "甲", role: str = "caseworker", **terms: Any) -> int:
    """Write somebody who visits, with terms; by car unless said otherwise."""
    with book.transaction() as session:
        one = Staff(login=f"{role}-{name}", name=name, role=role)
        session.add(one)
        session.flush()
        for kind, values in ({"travel": "car"} | terms).items():
            for value in values if isinstance(values, list) else [values]:
                session.add(
                    StaffTerm(staff_id=one.id, kind=kind, value=value, recorded_at=AT,
                              recorded_by="t")
                )  # fmt: skip
        return one.id


def a_visit(book: Workbook, person: int, **more: Any) -> int:
    """Write a task that is a visit, due in the week that is planned."""
    told: dict[str, Any] = {
        "item_key": "rule:visit", "period": "2025-W11", "service": "visit", "title": "上门走访",
        "channels": ["home_visit"], "opens_on": MONDAY, "due_on": FRIDAY,
        "in_force_from": TODAY, "made_at": AT,
    }  # fmt: skip
    with book.transaction() as session:
        task = Task(person_id=person, **(told | more))
        session.add(task)
        session.flush()
        return task.id


def some_people(book: Workbook, n: int, **facts: Any) -> list[int]:
    return [a_person(book, location=f"31.6{n}4,120.7{n}2", **facts) for n in range(n)]


def some_visits(book: Workbook, n: int, **more: Any) -> list[int]:
    return [a_visit(book, person, **more) for person in some_people(book, n)]


def reasons(rosters: Rosters, roster: int, task: int) -> list[tuple[str, ...]]:
    _planned, _visit, found = rosters.why(roster, task)
    return [one.reasons for one in found]


def as_given(book: Workbook) -> Sequence[Any]:
    """Give what tasks and care teams say now."""
    with book.reading() as session:
        tasks = session.execute(
            select(Task.id, Task.owner_id, Task.planned_on, Task.given_on).order_by(Task.id)
        ).all()
        seats = session.execute(
            select(CareTeamMember.person_id, CareTeamMember.staff_id).where(
                CareTeamMember.superseded_at.is_(None)
            )
        ).all()
    return tasks, seats


def test_a_roster_gives_every_visit_a_day_a_time_and_a_worker(workbook: Workbook) -> None:
    one, other = a_worker(workbook), a_worker(workbook, "乙")
    tasks = some_visits(workbook, 6)
    shown = workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES))
    assert shown.verdict.broken == ()
    assert {task for one in shown.entries for task in one.task_ids} == set(tasks)
    for entry in shown.entries:
        assert entry.day is not None
        assert MONDAY <= entry.day <= FRIDAY
        assert set(entry.staff) <= {one, other}
        assert entry.starts[0] % 5 == 0


def test_only_visits_of_our_own_that_are_meant_for_these_days_are_planned(
    workbook: Workbook,
) -> None:
    a_worker(workbook)
    (person,) = some_people(workbook, 1)
    wanted = a_visit(workbook, person)
    missed = a_visit(workbook, person, period="2025-02", opens_on=date(2025, 2, 1),
                     due_on=date(2025, 2, 28), item_key="rule:missed")  # fmt: skip
    a_visit(workbook, person, period="a", channels=["phone", "home_visit"])
    a_visit(workbook, person, period="b", actor="community")
    a_visit(workbook, person, period="c", done_on=TODAY)
    a_visit(workbook, person, period="d", in_force_from=None)
    a_visit(workbook, person, period="e", due_on=date(2025, 3, 31))
    a_visit(workbook, person, period="f", opens_on=date(2024, 9, 1), due_on=date(2024, 9, 30))
    planned = workbook.rosters.problem(MONDAY)
    assert {task for one in planned.of_task for task in [one]} == {wanted, missed}


def test_two_tasks_of_one_person_are_one_visit(workbook: Workbook) -> None:
    a_worker(workbook)
    (person,) = some_people(workbook, 1)
    a_visit(workbook, person)
    a_visit(workbook, person, item_key="rule:other", service="talk", title="谈心谈话")
    planned = workbook.rosters.problem(MONDAY)
    assert len(planned.visits) == 1
    assert planned.week.visits[0].seats[0].minutes == 70  # the longer, and ten more
    assert planned.visits[0].title == "上门走访、谈心谈话"


def test_a_leader_does_not_go_alone_and_both_begin_at_once(workbook: Workbook) -> None:
    leader, worker = a_worker(workbook, "领", "leader"), a_worker(workbook)
    (task,) = some_visits(workbook, 1, actor="leader")
    entry = workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES)).entry(task)
    assert entry.staff == (leader, worker)
    assert entry.starts[0] == entry.starts[1]


def test_leave_is_kept_and_hours_of_ones_own_go_before_those_of_the_office(
    workbook: Workbook,
) -> None:
    here = a_worker(workbook, hours=["周三 09:00-12:00"])
    away = a_worker(workbook, "乙")
    workbook.staffing.absent(away, MONDAY, FRIDAY, "年休假")
    some_visits(workbook, 2)
    shown = workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES))
    placed = [one for one in shown.entries if one.day]
    assert placed
    assert {(one.day, one.staff) for one in placed} == {(MONDAY + timedelta(days=2), (here,))}


def test_holidays_are_not_worked_and_moved_workdays_are(workbook: Workbook) -> None:
    a_worker(workbook)
    some_visits(workbook, 1)
    # Qingming 2025: 4 to 6 April are free; Sunday 27 April is worked for the May holidays.
    planned = workbook.rosters.problem(date(2025, 3, 31), 7)
    assert {turn.day for turn in planned.week.workers[0].turns} == {0, 1, 2, 3}
    planned = workbook.rosters.problem(date(2025, 4, 27), 1)
    assert [turn.begins for turn in planned.week.workers[0].turns] == [510, 840]


def test_wishes_are_kept_or_priced_and_unknown_is_not_no(workbook: Workbook) -> None:
    woman = a_worker(workbook, "女", sex="2", dialect=["本地话"])
    man = a_worker(workbook, "男", sex="1", dialect=["普通话"])
    unknown = a_worker(workbook, "未", area=["东社区"])
    person = a_person(workbook, visitor_sex="2", dialect="本地话", community="西社区")
    a_visit(workbook, person)
    workbook.staffing.wish(person, unknown, True)
    visit = workbook.rosters.problem(MONDAY).week.visits[0]
    assert [(bar.reason, bar.workers) for bar in visit.bars] == [("sex", frozenset([str(man)]))]
    told = {(wish.worker, wish.reason) for wish in visit.wishes}
    assert (str(woman), "not_wanted") in told
    assert (str(unknown), "sex_unknown") in told
    assert (str(unknown), "other_area") in told
    assert (str(man), "dialect") in told
    assert (str(unknown), "dialect") not in told
    assert (str(unknown), "unfamiliar") not in told


def test_the_face_of_the_care_team_comes(workbook: Workbook) -> None:
    a_worker(workbook)
    known = a_worker(workbook, "乙")
    (person,) = some_people(workbook, 1)
    workbook.people.seat_care_team(person, "caseworker", staff_id=known)
    task = a_visit(workbook, person)
    shown = workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES))
    assert shown.entry(task).staff == (known,)


def test_what_is_told_before_a_search_is_what_the_search_would_plan(workbook: Workbook) -> None:
    a_worker(workbook, hours=["每天早上"], travel=[])
    a_worker(workbook, "志", "volunteer")
    workbook.staffing.absent(a_worker(workbook, "乙"), MONDAY, FRIDAY, "年休假")
    unplaced = a_person(workbook, visit_times="随时都行", visitor_sex="2")
    a_visit(workbook, unplaced, service="entitlement")
    some_visits(workbook, 2)
    (several,) = some_people(workbook, 1)
    a_visit(workbook, several)
    a_visit(workbook, several, item_key="rule:other", service="talk", title="谈心谈话")
    planned, told = workbook.rosters.problem(MONDAY), workbook.rosters.outlook(MONDAY)
    assert told.notes == planned.notes != ()
    assert (told.n_visits, told.n_people) == (len(planned.visits), 4) == (4, 4)
    assert told.n_staff + told.n_volunteers == sum(bool(w.turns) for w in planned.week.workers)
    assert (told.n_staff, told.n_volunteers) == (1, 1)
    assert workbook.rosters.staff(MONDAY, 7) == list(planned.staff)


def test_what_is_not_known_is_said(workbook: Workbook) -> None:
    a_worker(workbook, hours=["每天早上"], travel=[])
    person = a_person(workbook, visit_times="随时都行")
    a_visit(workbook, person, service="entitlement")
    use_language("en")
    notes = " ".join(workbook.rosters.problem(MONDAY).notes)
    for told in ("place is not known", "Working hours that cannot be read", "Hours of visits",
                 "means of travel", "Skills that nobody has written down"):  # fmt: skip
        assert told in notes
    assert workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES)).roster.placed


def test_the_smallest_set_of_wishes_in_the_way_is_said_in_words(workbook: Workbook) -> None:
    only = a_worker(workbook, sex="1")
    person = a_person(workbook, visitor_sex="2", location=HERE)
    task = a_visit(workbook, person)
    roster = workbook.rosters.propose(MONDAY, moves=MOVES)
    assert reasons(workbook.rosters, roster, task) == [("sex",)]
    workbook.staffing.wish(person, only, False, reason="上次争执")
    roster = workbook.rosters.propose(MONDAY, moves=MOVES)
    assert reasons(workbook.rosters, roster, task) == [("unwanted", "sex")]
    said = " ".join(obstacle_sentences(*workbook.rosters.why(roster, task)))
    assert "张清" in said
    assert "甲" in said
    assert "{" not in said


def test_a_week_in_which_nobody_works_is_called_that(workbook: Workbook) -> None:
    workbook.staffing.absent(a_worker(workbook), MONDAY, FRIDAY, "年休假")
    task = a_visit(workbook, a_person(workbook, location=HERE))
    roster = workbook.rosters.propose(MONDAY, 5, moves=MOVES)
    (said,) = obstacle_sentences(*workbook.rosters.why(roster, task))
    assert "没有人上班" in said
    assert "甲都已请假" in said


def test_a_week_of_holidays_and_an_office_without_staff_are_called_that(workbook: Workbook) -> None:
    workbook._today = date(2025, 9, 20)
    first, last = date(2025, 10, 1), date(2025, 10, 7)
    task = a_visit(workbook, a_person(workbook, location=HERE), opens_on=first, due_on=last)
    roster = workbook.rosters.propose(first, moves=MOVES)
    (said,) = obstacle_sentences(*workbook.rosters.why(roster, task))
    assert "还没有上门走访的工作人员" in said
    a_worker(workbook)
    roster = workbook.rosters.propose(first, moves=MOVES)
    (said,) = obstacle_sentences(*workbook.rosters.why(roster, task))
    assert "正逢放假" in said
    assert "请假。请先" not in said


def test_a_visit_is_moved_by_hand_locked_and_refused_where_a_rule_forbids_it(
    workbook: Workbook,
) -> None:
    one, other = a_worker(workbook), a_worker(workbook, "乙", skill=["policy"])
    tasks = some_visits(workbook, 3)
    special = a_visit(workbook, a_person(workbook, location=HERE), service="entitlement")
    rosters = workbook.rosters
    roster = rosters.propose(MONDAY, moves=MOVES)
    planned, places = rosters.openings(roster, tasks[0])
    place = next(p for p in places if planned.staff[p.workers[0]].staff_id == other)
    day = planned.day(place.day)
    rosters.move(roster, tasks[0], day, [other], place.starts)
    entry = rosters.show(roster).entry(tasks[0])
    assert (entry.day, entry.staff, entry.is_locked) == (day, (other,), True)
    with pytest.raises(InvalidEntry):  # without the skill
        rosters.move(roster, special, MONDAY, [one], [600])
    with pytest.raises(InvalidEntry):  # before work begins
        rosters.move(roster, tasks[1], MONDAY, [one], [400])
    with pytest.raises(InvalidEntry):  # where somebody is with another person
        rosters.move(roster, tasks[1], day, [other], place.starts)
    again = rosters.propose(based_on=roster, moves=MOVES)
    assert rosters.show(again).entry(tasks[0]).staff == (other,)
    lock = rosters.lock_search(again, tasks[0], moves=MOVES)
    assert lock_sentence(lock.planned, lock.run())
    ended = lock_sentence(lock.planned, lock.run(is_stopped=lambda: True))
    assert "提前结束" in ended


def test_nobody_becomes_a_known_face_by_being_published(workbook: Workbook) -> None:
    a_worker(workbook)
    some_visits(workbook, 3)
    rosters = workbook.rosters
    first = rosters.propose(MONDAY, moves=MOVES)
    before = rosters.show(first).verdict
    assert before.wishes["unfamiliar"] == 3
    rosters.publish(first)
    assert rosters.show(first).verdict == before
    second = rosters.propose(based_on=first, moves=MOVES)
    rosters.publish(second)  # the first gives way
    assert rosters.show(second).verdict.wishes == before.wishes


def test_publishing_gives_tasks_owner_and_day_and_is_taken_back_as_it_was(
    workbook: Workbook,
) -> None:
    a_worker(workbook)
    some_visits(workbook, 4)
    before = as_given(workbook)
    roster = workbook.rosters.propose(MONDAY, moves=MOVES)
    assert as_given(workbook) == before
    assert workbook.rosters.publish(roster) == 4
    tasks, seats = as_given(workbook)
    assert all(task.owner_id and task.planned_on and task.given_on for task in tasks)
    assert len(seats) == 4
    assert len(workbook.rosters.published(MONDAY, FRIDAY)) == 4
    with pytest.raises(NotPermitted):
        workbook.rosters.leave_out(roster, tasks[0].id)
    with pytest.raises(NotPermitted):
        workbook.rosters.publish(roster)
    assert workbook.rosters.withdraw(roster) == 4
    assert as_given(workbook) == before
    assert workbook.rosters.published(MONDAY, FRIDAY) == []


def test_taking_back_leaves_alone_what_somebody_changed_since(workbook: Workbook) -> None:
    a_worker(workbook)
    other = a_worker(workbook, "乙")
    tasks = some_visits(workbook, 2)
    roster = workbook.rosters.propose(MONDAY, moves=MOVES)
    workbook.rosters.publish(roster)
    with workbook.transaction() as session:
        owner = session.scalar(select(Task.owner_id).where(Task.id == tasks[0]))
        new = next(one for one in session.scalars(select(Staff.id)) if one != owner)
        session.execute(update(Task).where(Task.id == tasks[0]).values(owner_id=new))
    assert other
    assert workbook.rosters.withdraw(roster) == 1
    with workbook.reading() as session:
        assert session.scalar(select(Task.owner_id).where(Task.id == tasks[0])) == new


def test_a_week_is_read_once_for_the_acts_of_a_screen_and_again_when_something_changed(
    workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_worker(workbook)
    a_worker(workbook, "乙")
    tasks = some_visits(workbook, 3)
    readings: list[date] = []
    read = rosters_module.problem_of

    def counted(session: Any, book: Any, rules: Any, first: date, n_days: int) -> Any:
        readings.append(first)
        return read(session, book, rules, first, n_days)

    monkeypatch.setattr(rosters_module, "problem_of", counted)
    rosters = workbook.rosters
    roster = rosters.propose(MONDAY, moves=MOVES)
    planned, places = rosters.openings(roster, tasks[0])
    staff = [planned.staff[who].staff_id for who in places[0].workers]
    rosters.move(roster, tasks[0], planned.day(places[0].day), staff, places[0].starts)
    assert rosters.show(roster).entry(tasks[0]).is_locked
    rosters.leave_out(roster, tasks[1])
    assert rosters.show(roster).entry(tasks[1]).day is None
    assert len(readings) == 1
    elsewhere = Workbook(workbook.engine, today=TODAY)
    elsewhere.staffing.absent(one, MONDAY, FRIDAY, "病假")
    assert not rosters.show(roster).planned.week.workers[0].turns
    assert len(readings) == 2


@pytest.mark.parametrize(
    ("after", "own", "same"),
    [
        ("10:12:10", [], True),
        ("10:13:10", [], False),  # 12 was begun and has ended
        ("10:13:10", [12], True),
        ("10:14:10,13", [12], True),
        ("12:12:", [], False),  # 10 has ended
        ("10:9999:10", list(range(12, 9_999)), False),  # not looked at one by one
    ],
)
def test_a_server_tells_by_transactions_whether_something_changed(
    after: str, own: list[int], same: bool
) -> None:
    before = Stamp(snapshot="10:12:10")
    assert is_same(before, Stamp(snapshot=after), frozenset(own)) is same


def test_a_search_that_was_ended_before_it_had_anything_keeps_nothing(workbook: Workbook) -> None:
    a_worker(workbook)
    some_visits(workbook, 1)
    search = workbook.rosters.search(MONDAY, moves=MOVES)
    nothing = replace(search.run(), roster=Roster(()), was_stopped=True)
    with pytest.raises(InvalidEntry):
        workbook.rosters.keep(search, nothing)
    assert workbook.rosters.recent() == []


def test_after_a_sick_call_only_the_visits_of_the_sick_move(workbook: Workbook) -> None:
    for name in "甲乙丙丁":
        a_worker(workbook, name)
    some_visits(workbook, 9)
    rosters = workbook.rosters
    roster = rosters.propose(MONDAY, moves=20_000)
    rosters.publish(roster)
    sick = next(one.staff[0] for one in rosters.show(roster).entries)
    workbook.staffing.absent(sick, MONDAY, FRIDAY, "病假")
    assert rosters.show(roster).verdict.broken != ()
    after = rosters.propose(based_on=roster, moves=20_000)
    planned, compared = rosters.compare(roster, after)
    hit = {one.visit for one in rosters.show(roster).entries if sick in one.staff}
    elsewhere = {
        move.visit
        for move in compared.moved
        if move.before and move.after
        and (move.before.day, move.before.workers) != (move.after.day, move.after.workers)
    }  # fmt: skip
    assert elsewhere == hit
    assert compared.after.broken == ()
    rosters.publish(after)
    assert [one.state for one in rosters.recent()] == ["published", "withdrawn"]
    rosters.withdraw(after)
    assert [one.state for one in rosters.recent()] == ["withdrawn", "published"]
    assert planned.first == MONDAY


def test_terms_follow_each_other_and_what_cannot_be_read_is_refused(workbook: Workbook) -> None:
    worker = a_worker(workbook, travel=[])
    staffing = workbook.staffing
    staffing.say(worker, "hours", ["周一至周五 09:00-12:00"], since=date(2025, 1, 1))
    staffing.say(worker, "hours", ["周一 09:00-12:00", "周三 14:00-17:00"])
    assert [one.value for one in staffing.terms(first=date(2025, 2, 1))] == [
        "周一至周五 09:00-12:00"
    ]
    assert [one.value for one in staffing.terms()] == ["周一 09:00-12:00", "周三 14:00-17:00"]
    for kind, value in (("hours", "早上"), ("skill", "飞行"), ("place", "家"), ("travel", "马"),
                        ("sex", "3"), ("area", " ")):  # fmt: skip
        with pytest.raises(InvalidEntry):
            staffing.say(worker, kind, [value])
    with pytest.raises(InvalidEntry):
        staffing.say(worker, "travel", ["car", "bus"])
    absence = staffing.absent(worker, MONDAY, MONDAY, "体检")
    staffing.take_back(absence)
    assert staffing.terms(first=MONDAY) == staffing.terms()


def test_only_supervisors_plan(workbook: Workbook) -> None:
    a_worker(workbook, "丙")
    some_visits(workbook, 1)
    roster = workbook.rosters.propose(MONDAY, moves=100)
    workbook.act_as("caseworker-丙")
    for act in (
        lambda: workbook.rosters.propose(MONDAY),
        lambda: workbook.rosters.publish(roster),
        lambda: workbook.rosters.withdraw(roster),
        lambda: workbook.staffing.absent(1, MONDAY, MONDAY, "x"),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_days_without_work_and_too_many_days_are_told(workbook: Workbook) -> None:
    shown = workbook.rosters.show(workbook.rosters.propose(MONDAY))
    assert shown.entries == ()
    for days in (0, 15):
        with pytest.raises(InvalidEntry):
            workbook.rosters.problem(MONDAY, days)


@pytest.mark.parametrize(
    ("text", "days", "begins", "ends"),
    [
        ("周一至周五 08:30-12:00", {0, 1, 2, 3, 4}, 510, 720),
        ("星期六、周日 9：00～11：30", {5, 6}, 540, 690),
        ("周五至周一 14:30-17:00", {4, 5, 6, 0}, 870, 1020),
        ("Mon-Fri 08:30-12:00", {0, 1, 2, 3, 4}, 510, 720),
        ("09:00-24:00", set(range(7)), 540, 1440),
        ("周二下午", {1}, 840, 1050),
        ("周一、周三上午", {0, 2}, 510, 720),
        ("每天全天", set(range(7)), 510, 1050),
        ("Tue morning", {1}, 510, 720),
    ],
)
def test_hours_are_read_as_people_write_them(
    text: str, days: set[int], begins: int, ends: int
) -> None:
    assert read_hours(text) == Hours(frozenset(days), begins, ends)


@pytest.mark.parametrize(
    "text", ["", "早上", "09:00", "12:00-09:00", "25:00-26:00", "09:60-10:00", "周八 09:00-10:00",
             "9" * 1_000_000]
)  # fmt: skip
def test_hours_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(InvalidEntry):
        read_hours(text)


def test_a_calendar_file_keeps_to_the_standard(workbook: Workbook) -> None:
    worker = a_worker(workbook)
    some_visits(workbook, 2)
    shown = workbook.rosters.show(workbook.rosters.propose(MONDAY, moves=MOVES))
    written = roster_calendar(shown.entries, worker, "甲").decode()
    events = written.split("BEGIN:VEVENT")[1:]
    assert len(events) == 2
    entry = shown.entries[0]
    assert entry.day is not None
    begins = datetime(entry.day.year, entry.day.month, entry.day.day, tzinfo=UTC)
    begins += timedelta(minutes=entry.starts[0] - 8 * 60)
    assert f"DTSTART:{begins:%Y%m%dT%H%M%SZ}\r\n" in events[0]
    assert "SUMMARY:" in events[0]
    assert "address" not in written


def test_texts_of_a_calendar_are_escaped_and_long_lines_folded() -> None:
    words = "走访；张,清;\\ 与家人\n第二行\r\n" + "很长的说明" * 40 + "\x07\ud800"
    at = datetime(2025, 3, 10, 1, 30, tzinfo=UTC)
    one = Appointment("a@casework", at, at + timedelta(minutes=30), words, place=words)
    written = calendar_file("甲", [one], made_at=at)
    assert b"\n" not in written.replace(b"\r\n", b"")
    lines = written.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    whole = written.replace(b"\r\n ", b"").decode().split("\r\n")
    summary = next(line for line in whole if line.startswith("SUMMARY:"))
    assert summary.startswith("SUMMARY:走访；张\\,清\\;\\\\ 与家人\\n第二行\\n很长的说明")
    assert "\x07" not in summary
    assert whole[0] == "BEGIN:VCALENDAR"
    assert whole[-2:] == ["END:VCALENDAR", ""]
    zoneless = at.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        calendar_file("甲", [Appointment("b", zoneless, zoneless, "x")], made_at=at)
    with pytest.raises(ValueError, match="ends before"):
        calendar_file("甲", [Appointment("b", at, at - timedelta(1), "x")], made_at=at)


def test_the_command_plans_shows_publishes_and_gives_out(
    workbook: Workbook, workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_worker(workbook)
    some_visits(workbook, 2)
    workbook.close()
    where = ["--db", str(workbook_file), "--as-of", "2025-03-05", "--lang", "en"]
    assert main([*where, "roster", "plan", "--moves", "2000"]) == 0
    assert "2 visits placed, 0 left out" in capsys.readouterr().out
    assert main([*where, "roster", "show", "--people"]) == 0
    assert capsys.readouterr().out.count("张清") == 2
    assert main([*where, "roster", "publish", "1"]) == 0
    assert main([*where, "roster", "export", "1", "--out", str(tmp_path / "ics")]) == 0
    assert len(list((tmp_path / "ics").glob("*.ics"))) == 1
    assert main([*where, "roster", "withdraw", "1"]) == 0
    assert main([*where, "roster", "show", "99"]) == 2


def test_the_next_monday_may_be_today() -> None:
    assert next_monday(MONDAY) == MONDAY
    assert next_monday(FRIDAY) == MONDAY + timedelta(days=7)
