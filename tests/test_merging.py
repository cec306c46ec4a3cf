"""Two records of one person: found with reasons, made one as chosen, and made two again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from casework.errors import InvalidEntry, NotPermitted
from casework.records import (
    Contact,
    ContactPerson,
    ImportRow,
    PersonIdentifier,
    PlanItem,
    ServicePlan,
    Task,
)
from casework.records.base import now
from casework.records.people import Case, Person
from casework.workbook import Workbook
from casework.workbook.family import RelatedEntry
from casework.workbook.plans import ItemChange
from tests.conftest import TODAY
from tests.pictures_of_rows import differences, rows_that_count
from tests.test_people import a_person

NUMBER, DAMAGED = "990000192803050019", "990000192803050018"


def a_number(workbook: Workbook, person: int, number: str, problem: str | None = None) -> None:
    with workbook.transaction() as session:
        session.add(
            PersonIdentifier(
                person_id=person,
                kind="resident_id",
                value=number,
                normal=None if problem else number,
                problem=problem,
            )
        )


def a_contact(workbook: Workbook, key: str, on: date, **people: str) -> None:
    """Record a visit; people by ``p`` and their number, with the outcome."""
    with workbook.transaction() as session:
        contact = Contact(
            client_key=key, happened_on=on, channel="home_visit", recorded_at=now(), recorded_by="a"
        )
        session.add(contact)
        session.flush()
        for name, outcome in people.items():
            session.add(
                ContactPerson(
                    contact_id=contact.id,
                    person_id=int(name[1:]),
                    outcome=outcome,
                    heard=f"heard by {name}",
                )
            )


def all_ones(workbook: Workbook, one: int, other: int) -> dict[str, str]:
    return {side.field: "one" for side in workbook.merging.compare(one, other).to_choose}


@pytest.fixture
def twice(any_workbook: Workbook) -> tuple[Workbook, int, int]:
    """One person on two records, each of which knows something that the other does not."""
    born = {"born_on_earliest": date(1928, 3, 5), "born_on_latest": date(1928, 3, 5)}
    one = a_person(any_workbook, "郑明远", name_pinyin="zheng ming yuan", sex="1", **born)
    other = a_person(any_workbook, "郑明元", name_pinyin="zheng ming yuan", sex="1", **born)
    a_number(any_workbook, one, DAMAGED, "bad_check_digit")
    a_number(any_workbook, other, NUMBER)
    people, family = any_workbook.people, any_workbook.family
    people.record_fact(one, "living", "空巢", source="花名册", since=date(2024, 1, 1))
    people.record_fact(other, "living", "独居", source="走访", since=date(2025, 1, 1))
    people.record_fact(one, "condition", "高血压", source="医院")
    people.record_fact(other, "condition", "高血压", source="医院")
    people.record_fact(other, "condition", "糖尿病", source="医院")
    people.record_fact(other, "mobile", "13900005678", source="本人")
    family.add(other, RelatedEntry("郑小明", "son", "13900000001"), source="走访")
    a_contact(
        any_workbook, "a", date(2025, 2, 1), **{f"p{one}": "not_reached", f"p{other}": "reached"}
    )
    a_contact(any_workbook, "b", date(2025, 2, 10), **{f"p{other}": "reached"})
    any_workbook.plans.compile(persons=[one, other])
    return any_workbook, one, other


def test_likely_pair_is_found_with_its_reasons(twice):
    workbook, one, other = twice
    (pair,) = workbook.merging.likely()
    assert (pair.one.person_id, pair.other.person_id) == (one, other)
    assert {"same_sound", "same_birth", "near_number"} <= {part.code for part in pair.evidence}
    assert all(part.words for part in pair.evidence)
    assert workbook.merging.likely(person_id=other) == [pair]


def test_namesakes_are_no_pair(any_workbook):
    a_person(any_workbook, "王明", name_pinyin="wang ming")
    a_person(any_workbook, "王明", name_pinyin="wang ming")
    assert any_workbook.merging.likely() == []


def test_two_valid_numbers_speak_against_a_pair(any_workbook):
    born = {"born_on_earliest": date(1928, 3, 5), "born_on_latest": date(1928, 3, 5)}
    one = a_person(any_workbook, "王明", name_pinyin="wang ming", **born)
    other = a_person(any_workbook, "王明", name_pinyin="wang ming", **born)
    a_number(any_workbook, one, NUMBER)
    a_number(any_workbook, other, "990000193007010037")
    assert any_workbook.merging.likely() == []


def test_pair_found_to_be_two_people_is_not_asked_about_again(twice):
    workbook, one, other = twice
    pair = workbook.merging.keep_apart(one, other, reason="父子")
    assert workbook.merging.likely() == []
    workbook.merging.ask_again(pair)
    assert len(workbook.merging.likely()) == 1


def test_merge_is_refused_while_a_contradiction_is_undecided(twice):
    workbook, one, other = twice
    with pytest.raises(InvalidEntry) as refusal:
        workbook.merging.merge(one, other, {"name": "one", "living": "other"})
    assert refusal.value.field == "resident_id"
    assert workbook.people.standing(other) == other


def test_merge_keeps_everything_of_both_as_chosen(twice):
    workbook, one, other = twice
    choices = {"name": "other", "living": "one", "resident_id": "other"}
    workbook.merging.merge(one, other, choices)
    found = workbook.people.dossier(one)
    assert found.name == "郑明元"
    assert [alias.name for alias in found.names] == ["郑明远"]
    assert found.field("living").shown == "空巢"
    assert found.field("condition").shown == "高血压、糖尿病"
    assert found.field("mobile").shown == "13900005678"
    assert [who.name for who in found.related] == ["郑小明"]
    assert [number.problem for number in found.identifiers] == [None]
    assert workbook.people.standing(other) == one
    assert workbook.people.roll().total == 1
    assert [hit.person_id for hit in workbook.people.search("郑明远")] == [one]


def test_person_twice_in_one_contact_is_counted_once_after_a_merge(twice):
    workbook, one, other = twice
    workbook.merging.merge(one, other, all_ones(workbook, one, other))
    with workbook.reading() as session:
        rows = session.execute(
            select(ContactPerson.person_id, ContactPerson.outcome).order_by(ContactPerson.id)
        ).all()
    assert [tuple(row) for row in rows] == [(one, "reached"), (one, "reached")]


def test_one_plan_is_in_force_and_no_task_doubled_after_a_merge(twice):
    workbook, one, other = twice
    workbook.merging.merge(one, other, all_ones(workbook, one, other))
    workbook.plans.compile()
    with workbook.reading() as session:
        active = session.scalar(
            select(func.count()).select_from(ServicePlan).where(ServicePlan.state == "active")
        )
        of_gone = session.scalars(
            select(Task.id).where(
                Task.person_id == other, Task.cancelled_on.is_(None), Task.done_on.is_(None)
            )
        ).all()
        open_tasks = session.execute(
            select(Task.item_key, Task.opens_on, func.count())
            .where(Task.person_id == one, Task.cancelled_on.is_(None))
            .group_by(Task.item_key, Task.opens_on)
        ).all()
    assert active == 1
    assert of_gone == []
    assert [row for row in open_tasks if row[2] > 1] == []


def test_what_people_added_to_either_plan_stays_owed(twice):
    workbook, one, other = twice
    monthly = ItemChange(
        title="陪读报", service="visit", timing={"quota": {"times": 1, "per": "month"}}
    )
    for person in (one, other):
        draft = workbook.plans.draft(person)
        workbook.plans.add(draft.plan_id, monthly, reason=f"本人要求{person}")
        workbook.plans.submit(draft.plan_id)
        workbook.plans.approve(draft.plan_id)
    workbook.plans.compile()
    workbook.merging.merge(one, other, all_ones(workbook, one, other))
    plan = workbook.plans.in_force(one)
    added = [line for line in plan.lines if line.origin == "manual"]
    assert len({line.key for line in added}) == 2
    assert {line.deviation_reason for line in added} == {f"本人要求{one}", f"本人要求{other}"}


def test_rows_of_imports_follow(demo_workbook):
    pair = two_of(demo_workbook)
    with demo_workbook.reading() as session:
        before = session.scalar(select(func.count()).where(ImportRow.person_id.in_(pair)))
    demo_workbook.merging.merge(*pair, all_ones(demo_workbook, *pair))
    with demo_workbook.reading() as session:
        assert session.scalar(select(func.count()).where(ImportRow.person_id == pair[0])) == before


def two_of(workbook: Workbook, at: int = 0) -> tuple[int, int]:
    with workbook.reading() as session:
        ids = session.scalars(
            select(Person.id).where(Person.died_on.is_(None)).order_by(Person.id)
        ).all()
    return ids[at], ids[at + 1]


def test_undo_makes_two_records_exactly_as_they_were(twice):
    workbook, one, other = twice
    before = rows_that_count(workbook)
    change = workbook.merging.merge(one, other, all_ones(workbook, one, other))
    assert [m.person_id for m in workbook.merging.merged_into(one)] == [other]
    workbook.merging.undo(change)
    assert differences(before, rows_that_count(workbook)) == []
    assert workbook.merging.merged_into(one) == []
    assert [hit.person_id for hit in workbook.people.search("郑明")] == [one, other]


def test_undo_twice_is_refused(twice):
    workbook, one, other = twice
    change = workbook.merging.merge(one, other, all_ones(workbook, one, other))
    workbook.merging.undo(change)
    with pytest.raises(NotPermitted):
        workbook.merging.undo(change)


def test_merge_into_a_third_record_is_undone_first(twice):
    workbook, one, other = twice
    third = a_person(workbook, "郑明沅")
    first = workbook.merging.merge(one, other, all_ones(workbook, one, other))
    workbook.merging.merge(third, one, all_ones(workbook, third, one))
    assert workbook.people.standing(other) == third
    with pytest.raises(NotPermitted):
        workbook.merging.undo(first)


def test_what_was_written_after_a_merge_survives_its_undoing(twice):
    workbook, one, other = twice
    change = workbook.merging.merge(one, other, all_ones(workbook, one, other))
    workbook.people.record_fact(one, "hobby", "门球", source="走访")
    workbook.people.record_fact(one, "living", "养老院", source="走访")
    workbook.merging.undo(change)
    assert workbook.people.dossier(one).field("hobby").shown == "门球"
    assert workbook.people.dossier(one).field("living").shown == "养老机构"
    assert workbook.people.dossier(other).field("living").shown == "独居"


facts_of_a_record = st.lists(
    st.tuples(
        st.sampled_from(["living", "health", "condition", "mobile", "address"]),
        st.sampled_from(["独居", "空巢", "一般", "高血压", "13900005678", ""]),
        st.integers(0, 600),
        st.booleans(),
    ),
    max_size=7,
)


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    facts_of_a_record, facts_of_a_record, st.lists(st.sampled_from(["one", "other"]), min_size=9)
)
def test_merge_then_undo_is_as_before_whatever_the_two_records_hold(workbook, mine, theirs, picks):
    pair = [a_person(workbook, name) for name in ("郑明远", "郑明元")]
    for person, told in zip(pair, (mine, theirs), strict=True):
        for code, value, days_ago, correction in told:
            if not value and code not in ("condition", "mobile"):
                continue
            workbook.people.record_fact(
                person,
                code,
                value,
                source="x",
                since=TODAY - timedelta(days=days_ago),
                correction=correction,
            )
    workbook.plans.compile(persons=pair)
    before = rows_that_count(workbook)
    sides = workbook.merging.compare(*pair).to_choose
    chosen = {side.field: pick for side, pick in zip(sides, picks, strict=False)}
    change = workbook.merging.merge(*pair, chosen)
    for days_ago in range(0, 620, 31):
        then = workbook.people.dossier(pair[0], as_of=TODAY - timedelta(days=days_ago))
        for code in ("living", "health", "address"):
            assert len(then.field(code).entries) <= 1
        for code in ("condition", "mobile"):
            values = [entry.value for entry in then.field(code).entries]
            assert len(values) == len(set(values))
    for side in sides:
        wanted = side.one if chosen[side.field] == "one" else side.other
        if side.field not in ("name", "resident_id"):
            assert workbook.people.dossier(pair[0]).field(side.field).shown == wanted
    workbook.merging.undo(change)
    assert differences(before, rows_that_count(workbook)) == []


@pytest.mark.parametrize("at", [0, 20, 60])
def test_merge_then_undo_is_as_before_after_a_year_of_work(demo_workbook, at):
    pair = two_of(demo_workbook, at)
    demo_workbook.plans.compile()
    before = rows_that_count(demo_workbook)
    change = demo_workbook.merging.merge(*pair, all_ones(demo_workbook, *pair))
    demo_workbook.plans.compile(persons=[pair[0]])
    with demo_workbook.reading() as session:
        cases = session.scalar(select(func.count()).where(Case.person_id == pair[0]))
        items = session.scalar(
            select(func.count())
            .select_from(PlanItem)
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .where(ServicePlan.person_id == pair[0], ServicePlan.state == "active")
        )
    assert cases == 1
    assert items
    demo_workbook.merging.undo(change)
    assert differences(before, rows_that_count(demo_workbook)) == []
