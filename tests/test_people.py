"""Dossiers through the door, on both databases: what was known stays, what is asked is found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from casework.errors import InvalidEntry, NotFound
from casework.records import (
    Case,
    ChangeLog,
    Contact,
    ContactPerson,
    Fact,
    Person,
    PersonIdentifier,
)
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.finding import refresh_search
from tests.conftest import TODAY


def a_person(workbook: Workbook, name: str = "郑明远", **known: object) -> int:
    with workbook.transaction() as session:
        person = Person(name=name, **known)
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        refresh_search(session, [person.id])
        return person.id


def test_new_value_ends_the_old_one_and_keeps_it(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.record_fact(person, "living", "空巢", source="走访", since=date(2024, 1, 1))
    people.record_fact(person, "living", "独居", source="电话", since=date(2025, 2, 1))
    assert people.dossier(person).field("living").shown == "独居"
    assert people.dossier(person, as_of=date(2025, 1, 31)).field("living").shown == "空巢"
    assert [one.value for one in people.history(person, "living")] == ["alone", "empty_nest"]


def test_first_value_holds_since_before_our_records(any_workbook):
    person = a_person(any_workbook)
    any_workbook.people.record_fact(person, "unit", "市水利局", source="花名册")
    assert any_workbook.people.dossier(person, as_of=date(2014, 5, 11)).field("unit").is_known


def test_same_value_again_is_a_verification(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    first = people.record_fact(
        person, "health", "一般", source="走访", verified_on=TODAY - timedelta(days=200)
    )
    assert people.dossier(person).field("health").is_stale
    assert people.record_fact(person, "health", "一般", source="电话") == first
    assert not people.dossier(person).field("health").is_stale


def test_correction_replaces_a_value_on_all_its_days(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.record_fact(person, "joined_on", "1938-05", source="花名册")
    people.record_fact(person, "joined_on", "1937-05", source="档案", correction=True)
    then = people.dossier(person, as_of=date(2014, 5, 11))
    assert then.field("joined_on").shown == "1937年5月"
    assert then.era is not None and then.era.code == "E2"
    assert [one.is_mistake for one in people.history(person, "joined_on")] == [False, True]


def test_asked_none_is_known_and_gives_way_to_a_value(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.record_fact(person, "condition", "", source="走访")
    field = people.dossier(person).field("condition")
    assert field.is_known and field.shown == ""
    people.record_fact(person, "condition", "高血压", source="医院", since=TODAY)
    people.record_fact(person, "condition", "糖尿病", source="医院", since=TODAY)
    assert people.dossier(person).field("condition").shown == "高血压、糖尿病"


def test_change_can_be_undone(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.record_fact(person, "living", "空巢", source="走访")
    people.record_fact(person, "living", "养老院", source="电话")
    people.undo(people.last_change(person).change_id)
    assert people.dossier(person).field("living").shown == "空巢"


def test_fact_is_refused_when_its_day_lies_ahead(any_workbook):
    person = a_person(any_workbook)
    with pytest.raises(InvalidEntry):
        any_workbook.people.record_fact(
            person, "living", "独居", source="走访", since=TODAY + timedelta(days=1)
        )
    assert any_workbook.people.history(person, "living") == []


def test_unknown_person_is_not_found(any_workbook):
    with pytest.raises(NotFound):
        any_workbook.people.dossier(4711)


def test_every_change_is_written_down_with_its_author(any_workbook):
    person = a_person(any_workbook)
    any_workbook.people.record_fact(person, "hobby", "门球", source="走访")
    with any_workbook.reading() as session:
        entry = session.scalars(select(ChangeLog).where(ChangeLog.subject_id == person)).one()
    assert entry.by == any_workbook.actor.name
    assert entry.after == {"hobby": "门球"}


def test_completeness_counts_known_core_facts_only(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    before = people.dossier(person).completeness
    people.record_fact(person, "native_place", "江苏", source="花名册")
    people.record_fact(person, "hobby", "", source="走访")
    known, wanted = people.dossier(person).completeness
    assert (known, wanted) == (before[0] + 1, before[1])


def test_age_is_unknown_while_the_month_leaves_a_doubt(any_workbook):
    person = a_person(
        any_workbook, born_on_earliest=date(1935, 3, 1), born_on_latest=date(1935, 3, 31)
    )
    assert any_workbook.people.dossier(person).age is None
    assert any_workbook.people.dossier(person, as_of=date(2025, 4, 1)).age == 90


def test_days_since_contact_count_only_who_was_reached(any_workbook):
    person = a_person(any_workbook)
    with any_workbook.transaction() as session:
        for day, outcome in ((date(2025, 2, 1), "reached"), (date(2025, 3, 1), "not_reached")):
            contact = Contact(
                client_key=str(day),
                happened_on=day,
                channel="phone",
                recorded_at=now(),
                recorded_by="a",
            )
            session.add(contact)
            session.flush()
            session.add(ContactPerson(contact_id=contact.id, person_id=person, outcome=outcome))
    assert any_workbook.people.dossier(person).days_since_contact == 30


def test_care_team_seat_passes_on(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.seat_care_team(person, "assistant", name="小周", since=date(2024, 1, 1))
    people.seat_care_team(person, "assistant", name="小李", since=date(2025, 1, 1))
    assert [one.name for one in people.dossier(person).care_team] == ["小李"]
    then = people.dossier(person, as_of=date(2024, 12, 31))
    assert [one.name for one in then.care_team] == ["小周"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("单雄信", "name"),
        ("雄信", "name"),
        ("shanxiong", "pinyin"),
        ("sxx", "pinyin"),
        ("0014", "resident_id"),
        ("5678", "phone"),
        ("水利", "unit"),
        ("枫泾", "community"),
        ("单 枫泾", "name"),
    ],
)
def test_person_is_found_by(any_workbook, typed, field):
    person = a_person(any_workbook, "单雄信", name_pinyin="shan xiongxin", name_initials="sxx")
    a_person(any_workbook, "贾玉", name_pinyin="jia yu", name_initials="jy")
    with any_workbook.transaction() as session:
        session.add(
            PersonIdentifier(
                person_id=person,
                kind="resident_id",
                value="440524188001010014",
                normal="440524188001010014",
            )
        )
    people = any_workbook.people
    people.record_fact(person, "mobile", "13900005678", source="x")
    people.record_fact(person, "unit", "市水利局", source="x")
    people.record_fact(person, "community", "枫泾社区", source="x")
    found = people.search(typed)
    assert [(one.person_id, one.matched) for one in found] == [(person, field)]


@pytest.mark.parametrize("typed", ["%", "_", "'", "\\", "100%", "x' OR 1=1 --"])
def test_search_takes_wildcards_as_text(any_workbook, typed):
    a_person(any_workbook, "贾玉", name_pinyin="jia yu", name_initials="jy")
    assert any_workbook.people.search(typed) == []


def test_search_puts_the_nearest_name_first(any_workbook):
    far = a_person(any_workbook, "小王明", name_pinyin="xiao wangming", name_initials="xwm")
    near = a_person(any_workbook, "王明", name_pinyin="wang ming", name_initials="wm")
    assert [one.person_id for one in any_workbook.people.search("王明")] == [near, far]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 700), st.sampled_from(["独居", "空巢", "与子女同住", "养老院"])),
        min_size=1,
        max_size=8,
    )
)
def test_single_fact_never_holds_twice_on_a_day(workbook, steps):
    person = a_person(workbook)
    for days_ago, living in steps:
        workbook.people.record_fact(
            person, "living", living, source="x", since=TODAY - timedelta(days=days_ago)
        )
    for days_ago in range(0, 720, 31):
        entries = (
            workbook.people.dossier(person, as_of=TODAY - timedelta(days=days_ago))
            .field("living")
            .entries
        )
        assert len(entries) <= 1
    assert len(workbook.people.dossier(person).field("living").entries) == 1


def test_refresh_of_everybody_equals_refresh_of_each(workbook):
    with workbook.transaction() as session:
        session.execute(insert(Person), [{"name": f"人{n}", "version": 1} for n in range(1203)])
        ids = list(session.scalars(select(Person.id)))
        session.add_all(
            Fact(
                person_id=one,
                code="mobile",
                value=f"139{one:08}",
                recorded_at=now(),
                recorded_by="a",
                source="x",
            )
            for one in ids
        )
        refresh_search(session)
    assert [one.name for one in workbook.people.search("13900000777")] == ["人776"]
