"""A caseworker's day, on both databases: whose tasks, when, where, and what is ahead."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.records import CareTeamMember, Case, Fact, Person, Staff, Task
from casework.records.base import now
from casework.workbook.days import SPANS, TaskList
from tests.conftest import TODAY

SUNDAY = date(2025, 3, 9)


@pytest.fixture
def office(any_workbook):
    with any_workbook.transaction() as session:
        session.add_all(Staff(login=f"w{n}", name=f"工作员{n}", role="caseworker") for n in (1, 2))
    any_workbook.act_as("w1")
    return any_workbook


def a_person(workbook, name="郑明远", *, place="芦淞社区", staff=1, **known):
    with workbook.transaction() as session:
        person = Person(name=name, name_pinyin=known.pop("pinyin", name), **known)
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        told = {"recorded_at": now(), "recorded_by": "test"}
        if staff:
            session.add(
                CareTeamMember(person_id=person.id, role="caseworker", staff_id=staff, **told)
            )
        if place:
            session.add(
                Fact(person_id=person.id, code="community", value=place, source="t", **told)
            )
        return person.id


def a_task(workbook, person, **known):
    usual = {
        "item_key": "rule:visit",
        "period": "2025-03",
        "service": "visit",
        "title": "每月走访",
        "channels": ["home_visit"],
        "opens_on": date(2025, 3, 1),
        "due_on": date(2025, 3, 31),
        "in_force_from": date(2025, 1, 1),
        "owner_id": 1,
        "made_at": now(),
    }
    with workbook.transaction() as session:
        task = Task(person_id=person, **{**usual, **known})
        session.add(task)
        session.flush()
        return task.id


@pytest.mark.parametrize(
    ("known", "span"),
    [
        ({"due_on": date(2025, 3, 2)}, "overdue"),
        ({"planned_on": TODAY}, "today"),
        ({"due_on": TODAY}, "today"),
        ({"planned_on": date(2025, 3, 1)}, "today"),
        ({"planned_on": SUNDAY}, "week"),
        ({"opens_on": SUNDAY, "planned_on": SUNDAY}, "week"),
        ({"planned_on": SUNDAY + timedelta(days=1)}, "later"),
        ({"opens_on": SUNDAY + timedelta(days=1)}, None),
        ({"done_on": TODAY}, None),
        ({"excused_on": TODAY}, None),
        ({"cancelled_on": TODAY}, None),
        ({"in_force_from": None, "planned_on": TODAY}, None),
    ],
)
def test_task_stands_in_the_stretch_of_time_it_is_meant_for(office, known, span):
    task = a_task(office, a_person(office), **known)
    found = office.days.tasks(TaskList())
    assert [(one.task_id, one.span) for one in found] == ([(task, span)] if span else [])
    assert office.days.stock().count(span or "") == (1 if span else 0)


def test_own_tasks_are_those_one_owns_and_those_nobody_owns_of_ones_people(office):
    mine, theirs = a_person(office), a_person(office, staff=2)
    owned = a_task(office, theirs)
    free = a_task(office, mine, owner_id=None)
    other = a_task(office, mine, item_key="rule:b", owner_id=2)
    a_task(office, theirs, item_key="rule:b", owner_id=None)
    assert {one.task_id for one in office.days.tasks(TaskList())} == {owned, free}
    everything = office.days.tasks(TaskList(everybody=True))
    assert other in {one.task_id for one in everything} and len(everything) == 4


def test_list_is_searched_by_name_initials_task_and_place(office):
    first = a_task(office, a_person(office, pinyin="zhengmingyuan", name_initials="zmy"))
    second = a_task(office, a_person(office, "陆景行", place="荷塘社区"), title="电话问候")
    for words, wanted in (
        ("zmy", first),
        ("MINGyuan", first),
        ("景行", second),
        ("问候", second),
        ("荷塘 陆", second),
    ):
        asked = TaskList(search=words)
        assert [one.task_id for one in office.days.tasks(asked)] == [wanted]
        assert office.days.count(asked) == 1 and office.days.ids(asked) == [wanted]
    assert office.days.tasks(TaskList(search="100%_")) == []


def test_places_are_counted_and_chosen_and_an_unknown_one_is_seen_as_unknown(office):
    for place in ("芦淞社区", "荷塘社区", "荷塘社区", None):
        a_task(office, a_person(office, place=place))
    stock = office.days.stock()
    assert stock.places == ["荷塘社区", "芦淞社区", None]
    assert [stock.count(place=home or "") for home in stock.places] == [2, 1, 1]
    assert len(office.days.tasks(TaskList(place="荷塘社区"))) == 2
    assert [one.place for one in office.days.tasks(TaskList(place=""))] == [None]


def test_most_pressing_stands_on_top_and_any_column_can_sort(office):
    late = a_task(office, a_person(office, "乙"), due_on=date(2025, 3, 2))
    today = a_task(office, a_person(office, "甲"), planned_on=TODAY, due_on=SUNDAY)
    later = a_task(office, a_person(office, "丙"), due_on=date(2025, 3, 5), priority=1)
    assert [one.task_id for one in office.days.tasks(TaskList())] == [late, today, later]
    by_day = office.days.tasks(TaskList(sort="due_on", descending=True))
    assert [one.task_id for one in by_day] == [today, later, late]


def test_windows_of_an_item_are_one_line_that_says_how_many_were_missed(office):
    person = a_person(office)
    weeks = [TODAY - timedelta(days=3 + 7 * n) for n in range(20)]
    for n, day in enumerate(weeks):
        a_task(
            office,
            person,
            period=f"w{n}",
            opens_on=day - timedelta(days=6),
            due_on=day,
            done_on=day if n % 2 else None,
        )
    (line,) = office.days.people(TaskList(span="overdue"))
    (series,) = line.series
    assert (series.windows.missed, series.windows.of) == (10, 20)
    assert series.lead.due_on == weeks[0] and len(series.task_ids) == 10
    assert office.days.count_people(TaskList(span="overdue")) == 1
    assert office.days.stock().count("overdue") == 10


def test_contact_is_meant_for_the_window_that_is_open_however_many_were_missed(office):
    person = a_person(office)
    begun = date(2025, 2, 1)
    missed = a_task(office, person, period="2025-02", opens_on=begun, due_on=date(2025, 2, 28))
    now_open = a_task(office, person, period="2025-03")
    other = a_task(office, person, item_key="rule:call", due_on=date(2025, 3, 1))
    asked = TaskList(span="overdue")
    assert set(office.days.to_answer(asked, [person])) == {now_open, other}
    assert set(office.days.ids(asked, persons=[person])) == {missed, other}


def test_people_are_ordered_searched_and_paged_like_their_tasks(office):
    names = ("甲", "乙", "丙", "丁")
    for n, name in enumerate(names):
        person = a_person(office, name, place=f"{4 - n}号社区")
        for item in range(n + 1):
            due = TODAY - timedelta(days=9 - n)
            a_task(office, person, item_key=f"rule:{item}", opens_on=due, due_on=due)
    late = TaskList(span="overdue")
    assert [one.name for one in office.days.people(late)] == ["丁", "丙", "乙", "甲"]
    by_place = office.days.people(TaskList(span="overdue", sort="place", descending=True))
    assert [one.name for one in by_place] == list(names)
    second = office.days.people(TaskList(span="overdue", sort="place", limit=2, offset=2))
    assert [one.name for one in second] == ["乙", "甲"]
    found = TaskList(span="overdue", search="2号")
    assert [one.name for one in office.days.people(found)] == ["丙"]
    assert office.days.person_ids(found) == [3] and office.days.count_people(found) == 1


def test_pages_hold_every_task_once(office):
    person = a_person(office)
    tasks = {a_task(office, person, item_key=f"rule:{n}") for n in range(23)}
    pages = [office.days.tasks(TaskList(offset=n, limit=10)) for n in (0, 10, 20)]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert {one.task_id for page in pages for one in page} == tasks


def test_yesterdays_list_is_shown_as_it_was(office):
    task = a_task(office, a_person(office), done_on=TODAY, planned_on=date(2025, 3, 2))
    assert office.days.tasks(TaskList()) == []
    then = office.days.tasks(TaskList(), as_of=TODAY - timedelta(days=1))
    assert [one.task_id for one in then] == [task]


def test_birthdays_are_those_of_ones_own_people_by_the_calendar_they_keep(office):
    day = date(1935, 3, 20)
    mine = a_person(office, "寿星", born_on_earliest=day, born_on_latest=day)
    a_person(office, "他人", staff=2, born_on_earliest=day, born_on_latest=day)
    month = a_person(
        office, "只知月份", born_on_earliest=date(1936, 3, 1), born_on_latest=date(1936, 3, 31)
    )
    lunar = a_person(
        office, "农历", born_on_earliest=date(1935, 4, 1), born_on_latest=date(1935, 4, 1)
    )
    office.people.record_fact(lunar, "birthday_kept", "lunar", source="本人")
    found = {one.person_id: one for one in office.days.ahead() if one.person_id}
    assert found.keys() == {mine, month, lunar}
    assert (found[mine].earliest, found[mine].turns) == (date(2025, 3, 20), 90)
    assert found[lunar].is_lunar and found[lunar].earliest == date(2025, 3, 27)
    assert found[month].earliest < found[month].latest


def test_festivals_to_come_are_named(office):
    named = [one.label for one in office.days.ahead(days=60) if one.person_id is None]
    assert any("清明" in label for label in named)


def test_silent_people_are_ones_own(office):
    mine = a_person(office)
    a_person(office, "他人", staff=2)
    assert [one.person_id for one in office.days.silent()] == [mine]


def test_persons_of_several_tasks_are_named_once(office):
    person = a_person(office)
    tasks = [a_task(office, person, item_key=f"rule:{n}") for n in range(2)]
    assert office.days.persons_of(tasks) == [person]


def test_unknown_span_and_order_are_refused(office):
    for wrong in (TaskList(span="someday"), TaskList(sort="colour")):
        with pytest.raises(ValueError, match="must be one of"):
            office.days.tasks(wrong)


offsets = st.integers(-40, 40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(windows=st.lists(st.tuples(offsets, st.integers(0, 30), offsets), max_size=8))
def test_every_count_equals_the_rows_it_opens(workbook, windows):
    person = a_person(workbook, staff=None)
    for n, (first, length, planned) in enumerate(windows):
        opens = TODAY + timedelta(days=first)
        a_task(
            workbook,
            person,
            item_key=f"rule:{n}",
            opens_on=opens,
            due_on=opens + timedelta(days=length),
            planned_on=TODAY + timedelta(days=planned) if planned % 2 else None,
            owner_id=None,
        )
    stock = workbook.days.stock()
    for span in ("", *SPANS):
        listed = workbook.days.ids(TaskList(span=span))
        assert stock.count(span) == len(listed) == workbook.days.count(TaskList(span=span))
        lines = [one for each in workbook.days.people(TaskList(span=span)) for one in each.series]
        assert sorted(id_ for one in lines for id_ in one.task_ids) == sorted(listed)
