"""Tasks on lists: what stands on top, what is taken off with a reason, what goes out as a table."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import ChangeLog, Fact, Person, Staff, Task, may_be_open, task_status
from casework.records.tasks import TASK_STATES
from casework.terms import speaking
from casework.workbook import Workbook
from tests.conftest import TODAY

AT = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_task(book: Workbook, **changes: Any) -> int:
    """Write a task that is ready today; the person comes with it unless one is given."""
    entered = {
        "item_key": "rule:visit",
        "period": "2025-03",
        "service": "visit",
        "title": "上门走访",
        "opens_on": TODAY - 2 * DAY,
        "due_on": TODAY + 28 * DAY,
        "planned_on": TODAY,
        "in_force_from": TODAY - 60 * DAY,
        "made_at": AT,
    } | changes
    with book.transaction() as session:
        if "person_id" not in entered:
            person = Person(name=entered.pop("name", "李宁远"))
            session.add(person)
            session.flush()
            entered["person_id"] = person.id
        task = Task(**entered)
        session.add(task)
        session.flush()
        return task.id


def ids(book: Workbook, span: str = "open", **limits: Any) -> list[int]:
    return [one.task_id for one in book.tasks.list(span, **limits)]


def test_what_was_missed_and_what_is_urgent_stands_on_top(any_workbook: Workbook) -> None:
    later = a_task(any_workbook, planned_on=TODAY + 9 * DAY)
    urgent = a_task(any_workbook, priority=1, planned_on=TODAY + 9 * DAY)
    soon = a_task(any_workbook)
    missed = a_task(any_workbook, due_on=TODAY - DAY, priority=5, planned_on=TODAY - DAY)
    assert ids(any_workbook) == [missed, urgent, soon, later]


def test_spans_hold_what_they_say(any_workbook: Workbook) -> None:
    today = a_task(any_workbook)
    friday = a_task(any_workbook, planned_on=TODAY + 4 * DAY)
    thursday = a_task(any_workbook, opens_on=TODAY + 3 * DAY, planned_on=TODAY + 3 * DAY)
    monday = a_task(any_workbook, planned_on=TODAY + 7 * DAY)
    missed = a_task(any_workbook, due_on=TODAY - DAY, planned_on=TODAY - DAY)
    waiting = a_task(any_workbook, in_force_from=None)
    done = a_task(any_workbook, done_on=TODAY)
    assert set(ids(any_workbook, "today")) == {today, missed}
    assert set(ids(any_workbook, "week")) == {today, missed, friday, thursday}
    assert set(ids(any_workbook, "overdue")) == {missed}
    assert set(ids(any_workbook, "open")) == {today, friday, monday, missed}
    assert set(ids(any_workbook, "all")) == {
        today, friday, thursday, monday, missed, waiting, done
    }  # fmt: skip


def test_lists_are_as_of_the_day_asked_about(any_workbook: Workbook) -> None:
    task = a_task(any_workbook, done_on=TODAY, due_on=TODAY + DAY)
    before, after = (
        any_workbook.tasks.list("all", as_of=day)[0].status for day in (TODAY - DAY, TODAY)
    )
    assert (before, after) == ("ready", "done")
    assert ids(any_workbook, "open", as_of=TODAY - DAY) == [task]


def test_list_can_be_narrowed_to_person_owner_and_place(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        staff = Staff(login="zhao", name="赵同志", role="caseworker")
        session.add(staff)
        session.flush()
        owner = staff.id
    mine = a_task(any_workbook, owner_id=owner)
    other = a_task(any_workbook)
    with any_workbook.transaction() as session:
        person = session.scalars(select(Task.person_id).where(Task.id == other)).one()
        session.add(
            Fact(
                person_id=person,
                code="community",
                value="枫泾社区",
                recorded_at=AT,
                recorded_by="t",
                source="t",
            )
        )
    assert ids(any_workbook, owner_id=owner) == [mine]
    assert ids(any_workbook, person_id=person) == [other]
    assert ids(any_workbook, community="枫泾社区") == [other]
    row = any_workbook.tasks.list(community="枫泾社区")[0]
    assert (row.community, row.owner, row.days_left) == ("枫泾社区", None, 28)


def test_counts_equal_the_lists(any_workbook: Workbook) -> None:
    a_task(any_workbook)
    a_task(any_workbook, due_on=TODAY - DAY)
    a_task(any_workbook, done_on=TODAY)
    counted = any_workbook.tasks.count()
    assert set(counted) == set(TASK_STATES)
    for status in TASK_STATES:
        assert counted[status] == len(any_workbook.tasks.list("all", statuses=[status]))


def test_task_is_taken_off_the_list_only_with_a_reason(any_workbook: Workbook) -> None:
    task = a_task(any_workbook)
    for reason in ("", "  ", "auto:not_asked"):
        with pytest.raises(InvalidEntry):
            any_workbook.tasks.cancel([task], reason=reason)
    assert any_workbook.tasks.excuse([task], reason="本人谢绝") == 1
    (row,) = any_workbook.tasks.list("all")
    assert (row.status, row.reason) == ("excused", "本人谢绝")
    assert any_workbook.tasks.reopen([task]) == 1
    assert any_workbook.tasks.list()[0].status == "ready"
    with any_workbook.reading() as session:
        logged = session.scalars(select(ChangeLog.action).order_by(ChangeLog.id)).all()
    assert logged[-2:] == ["excuse_task", "reopen_task"]


def test_done_task_is_left_alone(any_workbook: Workbook) -> None:
    task = a_task(any_workbook, done_on=TODAY)
    with pytest.raises(NotPermitted):
        any_workbook.tasks.cancel([task], reason="不需要")
    with pytest.raises(NotFound):
        any_workbook.tasks.cancel([task + 1], reason="不需要")


def test_planned_day_stays_in_the_window(any_workbook: Workbook) -> None:
    task = a_task(any_workbook)
    any_workbook.tasks.plan_on([task], TODAY + 5 * DAY)
    assert any_workbook.tasks.list()[0].planned_on == TODAY + 5 * DAY
    with pytest.raises(InvalidEntry):
        any_workbook.tasks.plan_on([task], TODAY + 29 * DAY)


def test_task_is_handed_over_to_somebody_who_exists(any_workbook: Workbook) -> None:
    task = a_task(any_workbook)
    with any_workbook.transaction() as session:
        staff = Staff(login="qian", name="钱同志", role="caseworker")
        session.add(staff)
        session.flush()
        heir = staff.id
    assert any_workbook.tasks.hand_over([task], heir) == 1
    assert any_workbook.tasks.list()[0].owner == "钱同志"
    with pytest.raises(NotFound):
        any_workbook.tasks.hand_over([task], heir + 1)


def test_table_holds_every_task_with_its_status_and_no_formula(
    any_workbook: Workbook, tmp_path: Path
) -> None:
    a_task(any_workbook, name="=cmd()", title="+1")
    a_task(any_workbook, cancelled_on=TODAY, reason="auto:died")
    file = tmp_path / "tasks.csv"
    assert any_workbook.tasks.write_csv(file) == 2
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["status"] for row in rows} == {"ready", "cancelled"}
    assert {row["status_label"] for row in rows} == {"待办", "已取消"}
    assert [row["reason"] for row in rows if row["status"] == "cancelled"] == ["已去世"]
    assert {row["name"] for row in rows} == {"'=cmd()", "李宁远"}
    assert {row["title"] for row in rows} == {"'+1", "上门走访"}


def test_task_to_find_out_names_the_fact_in_the_language_in_force(workbook: Workbook) -> None:
    a_task(workbook, item_key="find_out:living", service="find_out", title="了解情况：居住状况")
    for spoken, title in (("zh", "了解情况：居住状况"), ("en", "Find out: Living arrangement")):
        with speaking(spoken):
            assert workbook.tasks.list()[0].title == title


def test_span_of_another_name_is_a_mistake_of_the_programmer(workbook: Workbook) -> None:
    with pytest.raises(ValueError, match="span"):
        workbook.tasks.list("tomorrow")


def test_day_of_the_export_decides_the_status(any_workbook: Workbook, tmp_path: Path) -> None:
    a_task(any_workbook, due_on=TODAY)
    file = tmp_path / "tasks.csv"
    any_workbook.tasks.write_csv(file, as_of=date(2025, 3, 4))
    assert ",failed," in file.read_text("utf-8-sig")


def test_what_may_be_open_leaves_out_no_task_that_is(demo_workbook: Workbook) -> None:
    with demo_workbook.reading() as session:
        for days in (-300, -200, -90, -1, 0, 1, 40, 300):
            day = demo_workbook.today + timedelta(days=days)
            is_open = task_status(day).in_(("ready", "failed"))
            n = session.scalar(select(func.count()).select_from(Task).where(is_open))
            narrowed = select(func.count()).select_from(Task).where(is_open, may_be_open(day))
            wide = session.scalar(select(func.count()).select_from(Task).where(may_be_open(day)))
            everything = session.scalar(select(func.count()).select_from(Task))
            assert session.scalar(narrowed) == n
            assert n <= wide < everything
