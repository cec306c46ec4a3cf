"""The population says of every day what the dated facts say, whatever was done before."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from casework.errors import CaseworkError, WorkbookOutdated
from casework.records import Case, Fact, Person, Setting, plan_stamp, population_due
from casework.records.known import known_on
from casework.records.migrations import head_revision, migrate, present_revision
from casework.records.population import population
from casework.records.population_rows import found_population
from casework.reference import facts
from casework.rules import Subject, Vocabulary
from casework.workbook import Workbook, open_workbook
from casework.workbook.life import LifeEvent
from tests.conftest import AGENCY, TODAY
from tests.test_intake import FIRST, a_roster
from tests.test_plans import AT, a_fact, a_person

DAYS = st.integers(-40, 5).map(lambda days: TODAY + timedelta(days=days))
WORDS = {
    "category": ("retired_veteran", "retired", "surviving_spouse"),
    "living": ("alone", "empty_nest", "与人合住"),
    "children_nearby": ("yes", "no"),
    "joined_on": ("1948-05", "1949-09-30", "1937"),
    "hardship": ("", "poor", "illness", "别的困难"),
    "condition": ("", "高血压", "冠心病"),
    "address": ("某路 1 号", "某路 2 号"),
}
CODES = st.sampled_from(sorted(WORDS))
SAID = CODES.flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(WORDS[code])))
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), SAID, st.none() | DAYS, st.booleans()),
        st.tuples(st.just("end"), st.integers(0, 9), st.none() | DAYS, st.booleans()),
        st.tuples(st.just("take back")),
        st.tuples(st.just("verify"), CODES),
        st.tuples(st.just("close"), DAYS, st.booleans()),
        st.tuples(st.just("reopen"), DAYS),
        st.tuples(st.just("contradict"), SAID),
        st.tuples(st.just("import"), st.sampled_from(["独居", "空巢", "养老院"])),
        st.tuples(st.just("undo")),
        st.tuples(st.just("merge"), st.booleans()),
    ),
    max_size=8,
)


def everything() -> list[Subject]:
    """Name every subject that the population may hold, one way of asking each."""
    words = Vocabulary(facts(), {})
    asked = [words.subject(name) for name in ("sex", "born_on", "died_on", *facts())]
    several = [one for one in facts().values() if one.multiple]
    asked += [Subject("count", one.code, kind="number") for one in several]
    asked.append(Subject("has", "hardship", ("illness", "poor"), "flag"))
    asked.append(Subject("has", "condition", ("高血压",), "flag"))
    return [one for one in asked if one is not None]


def told(book: Workbook, day: date, ids: list[int] | None) -> dict[int, Any]:
    """Read everything about people on a day: from the population, or from the facts of some."""
    known = known_on(everything(), day, outcomes=("reached",), persons=ids)
    with book.reading() as session:
        rows = session.execute(known.select_values(known.person_id))
        return {row[0]: known.values(row, 1) for row in rows}


def do(book: Workbook, person: int, act: tuple[Any, ...], folder: Path) -> None:
    """Do one thing, as far as the door allows it."""
    kind, *about = act
    with book.reading() as session:
        entries = list(session.scalars(select(Fact.id).where(Fact.person_id == person)))
    if kind == "record":
        (code, value), since, correction = about
        book.people.record_fact(person, code, value, source="本人", since=since,
                                correction=correction)  # fmt: skip
    elif kind == "end" and entries:
        book.people.end_fact(entries[about[0] % len(entries)], on=about[1], mistake=about[2])
    elif kind == "take back":
        last = book.people.last_change(person)
        if last is not None:
            book.people.undo(last.change_id)
    elif kind == "verify":
        book.people.verify_section(person, [about[0]])
    elif kind == "close":
        kind = "died" if about[1] else "moved_away"
        book.life.record(person, LifeEvent(kind, about[0], place="外省", source="家属"))
    elif kind == "import":
        row = [*FIRST]
        row[6] = about[0]
        book.intake.import_roster(a_roster(folder, row))
    elif kind == "merge":
        _merge(book, person, undo=about[0])
    elif kind == "undo":
        for batch in book.intake.batches()[:1]:
            book.intake.undo(batch.id)
    else:
        _write(book, person, kind, about)


def _merge(book: Workbook, person: int, *, undo: bool) -> None:
    """Let a second record of the person come into the first, and part them again."""
    other = a_person(book, living="empty_nest", category=None)
    choices = {one.field: "other" for one in book.merging.compare(person, other).to_choose}
    change = book.merging.merge(person, other, choices)
    if undo:
        book.merging.undo(change)


def _write(book: Workbook, person: int, kind: str, about: list[Any]) -> None:
    """Write what no method of the door does yet."""
    with book.transaction() as session:
        if kind == "reopen":
            session.add(Case(person_id=person, opened_on=about[0]))
        elif kind == "contradict":
            session.add(a_fact(person, *about[0]))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS, ago=st.integers(-10, 50))
def test_population_says_what_the_facts_say_on_any_day_after_any_acts(
    any_workbook: Workbook, tmp_path: Path, acts: list[tuple[Any, ...]], ago: int
) -> None:
    person = a_person(any_workbook)
    for act in acts:
        try:
            do(any_workbook, person, act, tmp_path)
        except CaseworkError:
            continue  # the door refuses it, such as a day before the one it follows
    with any_workbook.reading() as session:
        ids = list(session.scalars(select(Person.id)))
        assert session.scalar(select(population_due.c.person_id)) is None
    for day in (TODAY, TODAY - timedelta(days=ago), date(1990, 1, 1)):
        assert told(any_workbook, day, None) == told(any_workbook, day, ids)


def test_spans_of_a_person_do_not_overlap_and_differ_from_their_neighbours(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook)
    people = any_workbook.people
    for days, living in ((90, "alone"), (60, "empty_nest"), (30, "empty_nest"), (5, "alone")):
        people.record_fact(
            person, "living", living, source="走访", since=TODAY - timedelta(days=days)
        )
    with any_workbook.reading() as session:
        rows = session.execute(
            select(population()).order_by(population().c.first_day)
        ).mappings().all()  # fmt: skip
    told = [{**row, "first_day": None, "last_day": None} for row in rows]
    assert [row["living"] for row in rows] == ["with_children", "alone", "empty_nest", "alone"]
    assert (rows[0]["first_day"], rows[-1]["last_day"]) == (date.min, date.max)
    for before, after in pairwise(rows):
        assert after["first_day"] == before["last_day"] + timedelta(days=1)
    assert all(one != other for one, other in pairwise(told))


def test_two_values_that_contradict_each_other_are_none(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone", children_nearby="yes")
    with any_workbook.transaction() as session:
        session.add_all(
            [a_fact(person, "living", "empty_nest"), a_fact(person, "children_nearby", "no")]
        )
    asked = [Subject("fact", "living"), Subject("fact", "children_nearby", kind="flag")]
    for ids in (None, [person]):
        values = told(any_workbook, TODAY, ids)[person]
        assert [values[one] for one in asked] == [None, None]


def test_whoever_was_written_past_the_door_is_caught_up_on_opening(workbook: Workbook) -> None:
    person = a_person(workbook, living=None)
    values = {"person_id": person, "code": "living", "value": "alone"}
    with workbook.engine.begin() as connection:
        connection.execute(
            insert(Fact.__table__).values(recorded_at=AT, recorded_by="t", source="t", **values)
        )
    open_workbook(workbook.engine.url.database, today=TODAY).close()
    assert told(workbook, TODAY, None)[person][Subject("fact", "living")] == "alone"


def test_founding_again_repairs_the_population(any_workbook: Workbook) -> None:
    person = a_person(any_workbook, living="alone")
    before = told(any_workbook, TODAY, None)
    with any_workbook.engine.begin() as connection:
        connection.execute(update(population()).values(living="care_home"))
    _found_again(any_workbook)
    assert told(any_workbook, TODAY, None) == before
    assert person in before


def test_founding_again_writes_only_who_was_changed(any_workbook: Workbook) -> None:
    changed, lost, same = (a_person(any_workbook, living="alone") for _n in range(3))
    stranger = max(changed, lost, same) + 100
    before = told(any_workbook, TODAY, None)
    table = population()
    with any_workbook.engine.begin() as connection:
        connection.execute(
            update(table).where(table.c.person_id == changed).values(living="care_home")
        )
        connection.execute(delete(table).where(table.c.person_id == lost))
        row = connection.execute(select(table).where(table.c.person_id == same)).one()
        connection.execute(insert(table).values({**row._mapping, "person_id": stranger}))
    with Session(any_workbook.engine) as session, session.begin():
        assert found_population(session) == 3, "the changed, the lost and the stranger"
    assert told(any_workbook, TODAY, None) == before
    with Session(any_workbook.engine) as session, session.begin():
        assert found_population(session) == 0
        session.execute(text(_WITHOUT_NOTES[any_workbook.engine.dialect.name]))
        assert found_population(session) == 3, "nobody noted what happened without it"


_WITHOUT_NOTES = {
    "sqlite": "DROP TRIGGER note_fact_update",
    "postgresql": "ALTER TABLE fact DISABLE TRIGGER note_fact_update",
}


def test_plans_stand_when_a_workbook_is_founded_again(any_workbook: Workbook) -> None:
    a_person(any_workbook, living="alone", category="retired")
    any_workbook.plans.compile(days=60)
    _found_again(any_workbook)
    with any_workbook.reading() as session:
        assert session.scalar(select(func.count()).where(plan_stamp.c.policy.is_(None))) == 0


def test_population_of_another_vocabulary_is_refused_until_founded_again(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook, living="alone")
    with any_workbook.engine.begin() as connection:
        connection.execute(text("ALTER TABLE population DROP COLUMN living"))
        connection.execute(update(Setting).where(Setting.key == "population").values(value="old"))
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    with pytest.raises(WorkbookOutdated) as refused:
        open_workbook(address)
    assert str(refused.value).count(head_revision()) == 1  # not "of 0026, needs 0026"
    assert "casework init" in str(refused.value)
    _found_again(any_workbook)
    open_workbook(address).close()
    assert told(any_workbook, TODAY, None)[person][Subject("fact", "living")] == "alone"


def test_workbook_of_a_newer_program_is_refused_and_left_as_it_is(any_workbook: Workbook) -> None:
    with any_workbook.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    with pytest.raises(WorkbookOutdated, match="9999_later"):
        open_workbook(address)
    with pytest.raises(WorkbookOutdated, match="9999_later"):
        _found_again(any_workbook)
    with any_workbook.engine.connect() as connection:
        assert present_revision(connection) == "9999_later"


def _found_again(book: Workbook) -> None:
    open_workbook(book.engine.url.render_as_string(hide_password=False), agency=AGENCY).close()


def test_notes_can_be_taken_back_and_added_again(any_workbook: Workbook) -> None:
    from alembic import command

    from casework.records.migrations import _config

    person = a_person(any_workbook, living="alone")
    with any_workbook.engine.begin() as connection:
        command.downgrade(_config(connection), "0005_touched-1")
        connection.execute(update(Fact).values(note="written by the version before"))
        connection.execute(delete(Case).where(Case.person_id != person))
    with any_workbook.engine.begin() as connection:
        assert present_revision(connection) != head_revision()
        migrate(connection)
    _found_again(any_workbook)
    assert told(any_workbook, TODAY, None)[person][Subject("fact", "living")] == "alone"
