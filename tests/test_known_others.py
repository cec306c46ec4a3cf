"""What rules ask about people around the person: worked out once for everybody, or for a few."""

from __future__ import annotations

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from casework.records import RelatedPerson
from casework.records import known as known_module
from casework.records.base import now
from casework.records.known import Known, known_on, people_around
from casework.records.known_others import AnswersAside, Compared, fingerprint_of
from casework.records.touched import plan_stamp
from casework.rules import parse
from casework.rules.tree import MANY, Subject, compared_with
from casework.workbook import Workbook
from casework.workbook.policy import vocabulary_of
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, open_keys

ASKED = (
    "any(household, health >= 'poor') or number(household) >= 1",
    "spouse(health >= 'poor')",
    "number(community, living = 'alone') >= 2",
    "any(neighbours, age >= 90)",
    "number(caseload) >= 1",
)
OUTCOMES = ("reached",)


@pytest.fixture
def asked(any_workbook: Workbook) -> Compared:
    """Give what the conditions ask about others, of people some of whom live together."""
    home = {"address": "健康里1号", "building": "1号楼", "community": "健康里"}
    couple = [a_person(any_workbook, health=one, **home) for one in ("poor", None)]
    a_person(any_workbook, living="alone", building="1号楼", community="健康里")
    a_person(any_workbook, living="alone", community="健康里", address="健康里2号")
    a_person(any_workbook, address="别处")
    with any_workbook.transaction() as session:
        told = {"recorded_at": now(), "recorded_by": "t", "source": "t"}
        wife = {"name": "李秀", "relationship": "spouse", "other_person_id": couple[1]}
        session.add(RelatedPerson(person_id=couple[0], **wife, **told))
    words = vocabulary_of(any_workbook.agency, TODAY)
    return compared_with(parse(one, words) for one in ASKED)


def answers(session: Session, known: Known) -> dict[int, dict[Subject, object]]:
    query: Select[tuple[int]] = known.select_values(known.person_id)
    return {row[0]: dict(known.values(row, 1)) for row in session.execute(query)}


def test_answers_kept_at_hand_are_those_of_each_person(
    any_workbook: Workbook, asked: Compared
) -> None:
    aside = AnswersAside(asked, TODAY, OUTCOMES)
    with any_workbook.reading() as session:
        alone = {
            one: answers(session, known_on(asked, TODAY, outcomes=OUTCOMES, persons=[one]))[one]
            for one in range(1, 6)
        }
        aside.hold(session, object())
        known = known_on(asked, TODAY, outcomes=OUTCOMES, persons=(1, 5), others=aside.part())
        assert answers(session, known) == alone
    assert len({str(one) for one in alone.values()}) > 3  # they differ, so that this says something


def test_answers_are_worked_out_again_for_another_question_and_after_a_rollback(
    any_workbook: Workbook, asked: Compared
) -> None:
    aside, question = AnswersAside(asked, TODAY, OUTCOMES), object()
    with any_workbook.reading() as session:
        aside.hold(session, question)
        session.commit()
        session.execute(aside.table.delete())
        session.commit()
        aside.hold(session, question)
        assert session.execute(select(aside.table)).all() == []
        aside.hold(session, object())
        assert len(session.execute(select(aside.table)).all()) == 5
        session.rollback()  # which takes the table back as it was, without its rows
        aside.hold(session, question)
        assert len(session.execute(select(aside.table)).all()) == 5


def test_only_those_whose_answers_changed_are_named(
    any_workbook: Workbook, asked: Compared
) -> None:
    aside = AnswersAside(asked, TODAY, OUTCOMES)
    everybody = known_on(asked, TODAY, outcomes=OUTCOMES)
    stands = plan_stamp.c.planned == 7
    with any_workbook.transaction() as session:
        for person, told in answers(session, everybody).items():
            reading = fingerprint_of(told, asked)  # type: ignore[arg-type]
            here = plan_stamp.c.person_id == person
            session.execute(plan_stamp.update().where(here).values(planned=7, reading=reading))
        aside.hold(session, object())
        assert aside.changed(session, stands) == []
        other = plan_stamp.update().where(plan_stamp.c.person_id == 3)
        session.execute(other.values(reading=plan_stamp.c.reading + 1))
        assert aside.changed(session, stands) == [3]


def test_who_has_two_communities_or_one_twice_is_counted_once_and_in_the_first(
    any_workbook: Workbook, asked: Compared
) -> None:
    with any_workbook.transaction() as session:
        session.add_all(a_fact(3, "community", one) for one in ("健康里", "健康里", "又一里"))
        session.add_all([a_fact(5, "community", "别里"), a_fact(5, "community", "健康里")])
        session.add(a_fact(2, "community", "健康里", superseded_at=now()))
    words = vocabulary_of(any_workbook.agency, TODAY)
    (size,) = compared_with([parse("number(community) >= 1", words)])
    told = {}
    with any_workbook.reading() as session:
        for enough in (None, {size: 9}, {size: 3}):
            known = known_on([size], TODAY, outcomes=(), persons=[1, 5], enough=enough)
            told[str(enough)] = [one[size] for one in answers(session, known).values()]
    whole, upto_nine, upto_three = told.values()
    assert whole == upto_nine
    assert whole[0] == (5, 5)
    assert upto_three == [(3, MANY), (3, MANY)]


def test_one_more_in_a_group_makes_other_answers_only_where_it_decides_something(
    asked: Compared,
) -> None:
    alone = next(one for one in asked if one.name == "community")
    few = {alone: asked[alone]}
    told = [fingerprint_of({alone: (n, n)}, few) for n in range(6)]
    assert asked[alone] == (2,)
    assert told[0] == told[1]
    assert told[3] == told[4] == told[5] == fingerprint_of({alone: (9, MANY)}, few)
    assert len(set(told)) == 3
    assert fingerprint_of({alone: None}, few) not in told


@pytest.mark.parametrize(
    ("most", "named"), [(3, {2, 3, 4}), (2, {2, 3}), (1, {2}), (0, set[int]())]
)
def test_a_group_of_very_many_around_a_person_is_left_to_the_run_for_everybody(
    any_workbook: Workbook,
    asked: Compared,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    named: set[int],
) -> None:
    monkeypatch.setattr(known_module, "_AROUND_ONE", most)
    with any_workbook.reading() as session:
        assert people_around(session, asked, [1], TODAY) == named


def test_whose_group_was_left_out_is_drawn_up_by_the_run_for_everybody(
    workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_module, "_AROUND_ONE", 0)
    he, she = a_person(workbook), a_person(workbook)
    with workbook.transaction() as session:
        told = {"recorded_at": now(), "recorded_by": "t", "source": "t"}
        wife = {"name": "李秀", "relationship": "spouse", "other_person_id": she}
        session.add(RelatedPerson(person_id=he, **wife, **told))
    workbook.plans.compile()
    workbook.people.record_fact(she, "hospital_status", "inpatient", source="走访")
    assert "rule:spouse_in_hospital" not in open_keys(workbook, he)
    workbook.plans.compile()
    assert "rule:spouse_in_hospital" in open_keys(workbook, he)


def test_plan_of_a_spouse_is_drawn_up_anew_only_where_the_answer_is_another(
    any_workbook: Workbook,
) -> None:
    he, she = a_person(any_workbook), a_person(any_workbook)
    with any_workbook.transaction() as session:
        told = {"recorded_at": now(), "recorded_by": "t", "source": "t"}
        wife = {"name": "李秀", "relationship": "spouse", "other_person_id": she}
        session.add(RelatedPerson(person_id=he, **wife, **told))
    any_workbook.plans.compile()
    with any_workbook.transaction() as session:
        session.add(a_fact(she, "hearing", "poor"))
        assert any_workbook.plans.refresh(session, [she]).people == 1
    with any_workbook.transaction() as session:
        session.add(a_fact(she, "hospital_status", "inpatient"))
        assert any_workbook.plans.refresh(session, [she]).people == 2
    assert "rule:spouse_in_hospital" in open_keys(any_workbook, he)


@pytest.mark.parametrize("any_workbook", ["workbook"], indirect=True)
def test_people_around_one_person_are_found_without_looking_at_everybody(
    any_workbook: Workbook, asked: Compared
) -> None:
    near = [one for one in asked if one.name != "caseload"]
    known = known_on(near, TODAY, outcomes=OUTCOMES, persons=[1])
    query = known.select_values(known.person_id)
    told = query.compile(any_workbook.engine, compile_kwargs={"render_postcompile": True})
    with any_workbook.engine.connect() as connection:
        marks = (None,) * len(told.positiontup or ())
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", marks).all()
    looks = [str(step[3]) for step in steps]
    met = [one for one in looks if "ix_fact_shared (code=? AND value=?" in one]
    assert len(met) == len([one for one in near if one.name != "spouse"])  # once a question
    assert any("ix_related_person_other (other_person_id=?" in one for one in looks)
    everybody = ("SCAN fact", "SCAN related_person", "SCAN person", "ix_fact_code_person (code=?)")
    assert [one for one in looks if any(all_ in one for all_ in everybody)] == []
