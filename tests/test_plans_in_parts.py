"""Drawing up many plans: one part is written while the next is drawn, whatever comes in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Integer, Text, select, update

from casework.records import Fact, PlanItem, RelatedPerson, ServicePlan, Task
from casework.records.aside import set_aside, temporary
from casework.workbook import Workbook, open_workbook, plans
from casework.workbook.plan_compile import Chosen, Compilation, Drawn
from tests.conftest import TODAY
from tests.test_plans import AT, a_person, open_keys, snapshot, unplanned

DIES_WHILE_WRITING = """
import os, signal, sys
from datetime import date
from casework.workbook import open_workbook, plan_stamps, plans
plans._PEOPLE_AT_ONCE = 2
put, times = plan_stamps.Stamps.put, [0]
def put_or_die(*arguments):
    times[0] += 1
    if times[0] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    put(*arguments)
plan_stamps.Stamps.put = put_or_die
open_workbook(sys.argv[1], today=date.fromisoformat(sys.argv[2])).plans.compile()
"""


def test_killed_while_writing_it_goes_on_where_it_stopped(any_workbook: Workbook) -> None:
    people = [a_person(any_workbook, living="alone") for _number in range(7)]
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", DIES_WHILE_WRITING, address, TODAY.isoformat()], check=False
    )
    assert killed.returncode == -9
    # Two parts were written; of the third, whose tasks were being written, there is nothing.
    assert unplanned(any_workbook) == people[4:]
    assert planned_people(any_workbook) == set(people[:4])
    kept = snapshot(any_workbook)
    done = any_workbook.plans.compile()
    assert (done.people, done.plans) == (7, 3)
    assert set(kept) <= set(snapshot(any_workbook))
    assert len({frozenset(tasks_by_key(any_workbook, one)) for one in people}) == 1
    assert any_workbook.plans.compile(persons=people).is_unchanged


def test_what_a_form_writes_while_a_part_is_drawn_is_in_the_plan(
    any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [a_person(any_workbook, living="with_children") for _number in range(3)]
    changed = people[1]

    def meanwhile() -> None:
        any_workbook.people.record_fact(changed, "living", "alone", source="走访")

    between(monkeypatch, meanwhile)
    any_workbook.plans.compile()
    assert unplanned(any_workbook) == []
    assert "rule:visit_monthly_double_high" in open_keys(any_workbook, changed)
    assert "rule:visit_monthly_double_high" not in open_keys(any_workbook, people[0])
    assert any_workbook.plans.compile(persons=people).is_unchanged


def test_two_who_draw_up_at_once_write_each_plan_and_task_once(
    any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [a_person(any_workbook, living="alone") for _number in range(3)]
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    other = open_workbook(address, today=TODAY)
    between(monkeypatch, lambda: other.plans.compile() and None)
    done = any_workbook.plans.compile()
    other.close()
    assert done.is_unchanged
    with any_workbook.reading() as session:
        plans = list(session.scalars(select(ServicePlan.person_id).order_by(ServicePlan.person_id)))
        items = list(session.execute(select(PlanItem.plan_id, PlanItem.item_key)))
    assert plans == people
    assert len(items) == len(set(items))
    assert any_workbook.plans.compile(persons=people).is_unchanged


def between(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, after the first part was drawn and before it is written."""
    draw, left = Compilation.draw, [happens]

    def drawn(self: Compilation, session: Any, chosen: Chosen) -> Drawn:
        found = draw(self, session, chosen)
        if left:
            session.rollback()  # reading has ended, as it has by the time a part is written
            left.pop()()
        return found

    monkeypatch.setattr(Compilation, "draw", drawn)


def planned_people(book: Workbook) -> set[int]:
    with book.reading() as session:
        return set(session.scalars(select(ServicePlan.person_id))) & set(
            session.scalars(select(Task.person_id))
        )


def tasks_by_key(book: Workbook, person: int) -> set[tuple[str, str, str]]:
    with book.reading() as session:
        found = session.execute(
            select(Task.item_key, Task.period, Task.opens_on).where(Task.person_id == person)
        )
        return {(key, period, str(opens)) for key, period, opens in found}


# --- the parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "largest", "last"), [(0, 0, 0), (90, 90, 90), (5_700, 950, 280), (90_000, 1_500, 280)]
)
def test_parts_hold_everybody_once_and_the_last_is_soon_written(
    n: int, largest: int, last: int
) -> None:
    ids = list(range(1, n + 1))
    parts = list(plans._cut(ids))
    sizes = [len(one) for one in parts]
    assert [one for part in parts for one in part] == ids
    assert max(sizes, default=0) == largest
    assert (sizes[-1] if sizes else 0) <= last
    assert (sizes[0] if sizes else 0) <= last


# --- rows set aside -----------------------------------------------------------------------------

WORDS = temporary("aside_for_test", {"n": Integer(), "word": Text(), "other": Text()})
CELLS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1)))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)), CELLS, CELLS)))
def test_rows_set_aside_are_read_back_as_they_were(
    any_workbook: Workbook, rows: list[tuple[int | None, str | None, str | None]]
) -> None:
    with any_workbook.transaction() as session:
        set_aside(session, WORDS, [(9, "before", None)])
        assert set_aside(session, WORDS, rows) == len(rows)
        found = [tuple(row) for row in session.execute(select(WORDS))]
        assert sorted(found, key=repr) == sorted(rows, key=repr)


def test_whoever_was_changed_is_drawn_up_before_others_are_read_about(
    any_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_person(any_workbook)
    changed = a_person(any_workbook)
    any_workbook.plans.compile()
    with any_workbook.transaction() as session:
        mine = update(Fact).where(Fact.person_id == changed, Fact.code == "living")
        session.execute(mine.values(value="alone"))

    def cut_short(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("casework.workbook.plan_stamps.Stamps.answered", cut_short)
        with pytest.raises(KeyboardInterrupt):
            any_workbook.plans.compile()
    assert "rule:visit_monthly_double_high" in open_keys(any_workbook, changed)
    done = any_workbook.plans.compile()
    assert (done.people, done.is_unchanged) == (2, True)


def test_two_who_save_about_one_of_a_couple_each_do_not_wait_for_each_other(
    postgres_workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = postgres_workbook
    couple = he, she = a_person(book), a_person(book)
    with book.transaction() as session:
        session.add(
            RelatedPerson(
                person_id=he,
                name="张清",
                relationship="spouse",
                other_person_id=she,
                recorded_at=AT,
                recorded_by="t",
                source="t",
            )
        )
    book.plans.compile()
    both_have_written = Barrier(2, timeout=120)
    people_around = plans.people_around

    def found(*arguments: Any) -> set[int]:
        around = people_around(*arguments)
        both_have_written.wait()
        return around

    monkeypatch.setattr(plans, "people_around", found)
    address = book.engine.url.render_as_string(hide_password=False)

    def save(person: int) -> None:
        other = open_workbook(address, today=TODAY)
        try:
            other.people.record_fact(person, "living", "alone", source="走访")
        finally:
            other.close()

    with ThreadPoolExecutor(2) as people:
        list(people.map(save, couple))
    for person in couple:
        assert "rule:visit_monthly_double_high" in open_keys(book, person)
    monkeypatch.undo()
    book.plans.compile()
    assert unplanned(book) == []
    assert book.plans.compile(persons=couple).is_unchanged
