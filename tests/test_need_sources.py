"""Needs that the facts speak for, no doubles, and what is asked when the evidence is gone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from casework.errors import InvalidEntry, NotPermitted
from casework.records import ChangeLog, Fact, Need, Opinion
from casework.records.base import now
from casework.reference import BrokenReference, agencies, agency
from casework.rules.evaluate import holds
from casework.rules.tree import Subject
from casework.terms import speaking
from casework.workbook import Workbook
from casework.workbook.need_rules import _rule, fact_need_rules, facts_speak
from casework.workbook.need_steps import plain_words
from tests.conftest import AGENCY, TODAY
from tests.test_needs import a_caseworker, a_person, an_entry, best

LAST_YEAR = TODAY - timedelta(days=365)


def a_fact(workbook: Workbook, person: int, code: str, value: str, since: date | None = None):
    with workbook.transaction() as session:
        session.add(
            Fact(
                person_id=person, code=code, value=value, valid_from=since,
                recorded_at=now(), recorded_by="test", source="visit",
            )
        )  # fmt: skip


def lives_alone(workbook: Workbook, born: int = 1935, **known: Any) -> int:
    known.setdefault("born_on_earliest", date(born, 1, 1))
    known.setdefault("born_on_latest", date(born, 1, 1))
    person = a_person(workbook, **known)
    a_fact(workbook, person, "living", "alone")
    return person


def end_fact(workbook: Workbook, person: int, code: str, on: date) -> None:
    with workbook.transaction() as session:
        session.scalars(select(Fact).where(Fact.person_id == person, Fact.code == code)).one(
        ).valid_to = on  # fmt: skip


def only(workbook: Workbook, person: int) -> Any:
    (need,) = workbook.needs.of_person(person)
    return need


# -- what the facts speak for


def test_facts_open_a_need_with_severity_owner_and_origin(any_workbook):
    person = lives_alone(any_workbook, 1940)
    worker = a_caseworker(any_workbook, person)
    done = any_workbook.needs.settle_facts()
    assert (done.people, done.opened, done.worse) == (1, 1, 0)
    need = only(any_workbook, person)
    assert (need.key, need.domain, need.severity) == ("rule:alone_at_home", "safety", "medium")
    assert (need.origin, need.owner_id, need.title) == ("rule", worker, "独居安全照应")


def test_settling_again_changes_nothing(any_workbook):
    lives_alone(any_workbook)
    any_workbook.needs.settle_facts()
    with any_workbook.reading() as session:
        before = session.scalar(select(func.count()).select_from(ChangeLog))
    again = any_workbook.needs.settle_facts()
    assert (again.opened, again.worse) == (0, 0)
    with any_workbook.reading() as session:
        assert session.scalar(select(func.count()).select_from(Need)) == 1
        assert session.scalar(select(func.count()).select_from(ChangeLog)) == before


def test_what_is_not_known_speaks_for_no_need(any_workbook):
    person = a_person(any_workbook)
    a_fact(any_workbook, person, "mobility", "aided")  # floor and lift are not known
    any_workbook.needs.settle_facts()
    assert any_workbook.needs.of_person(person) == []


def test_worse_facts_raise_the_severity_of_the_open_need(any_workbook):
    person = lives_alone(any_workbook, 1940)
    any_workbook.needs.settle_facts()
    a_fact(any_workbook, person, "health", "poor")
    assert any_workbook.needs.settle_facts([person]).worse == 1
    assert only(any_workbook, person).severity == "high"


def test_need_turned_down_is_not_opened_again_for_the_same_facts(any_workbook):
    person = lives_alone(any_workbook, 1940)
    any_workbook.needs.settle_facts()
    need = only(any_workbook, person)
    any_workbook.needs.change_need(need.id, "declined", reason="本人不愿装设备")
    assert any_workbook.needs.settle_facts().opened == 0
    a_fact(any_workbook, person, "health", "poor")
    assert any_workbook.needs.settle_facts().opened == 1


def test_need_that_was_met_is_opened_again_once_its_facts_have_changed(any_workbook):
    person = a_person(any_workbook)
    a_fact(any_workbook, person, "hospital_status", "inpatient", LAST_YEAR)
    any_workbook.needs.settle_facts()
    any_workbook.needs.change_need(only(any_workbook, person).id, "met")
    assert any_workbook.needs.settle_facts().opened == 0
    end_fact(any_workbook, person, "hospital_status", TODAY)
    later = Workbook(any_workbook.engine, today=TODAY + timedelta(days=20))
    a_fact(any_workbook, person, "hospital_status", "inpatient", TODAY + timedelta(days=10))
    assert later.needs.settle_facts().opened == 1


def test_need_of_the_facts_is_offered_on_screen_with_its_sentence_before_it_is_opened(workbook):
    person = lives_alone(workbook, 1940)
    (found,) = workbook.needs.spoken_for(person)
    assert (found.code, found.severity) == ("alone_at_home", "medium")
    assert found.why == "居住状况为独居，且年满80周岁"
    need = workbook.needs.open_from_facts(person, "alone_at_home")
    assert only(workbook, person).id == need
    assert workbook.needs.spoken_for(person) == []
    with pytest.raises(InvalidEntry, match=str(need)):
        workbook.needs.open_from_facts(person, "alone_at_home")
    with pytest.raises(InvalidEntry):
        workbook.needs.open_from_facts(person, "hospital_care")


# -- no doubles


@pytest.mark.parametrize("first", ["score", "facts"])
def test_score_and_facts_that_say_the_same_are_one_need(any_workbook, first):
    person = a_person(any_workbook)
    a_fact(any_workbook, person, "health", "disabled")
    steps = [
        lambda: any_workbook.needs.record_assessment(an_entry(person, answers={}, total=20)),
        any_workbook.needs.settle_facts,
    ]
    for step in steps if first == "score" else reversed(steps):
        step()
    need = only(any_workbook, person)
    assert (need.severity, need.title) == ("high", "日常照护")
    assert not need.is_doubtful


def test_need_that_says_the_same_as_an_open_one_is_refused_naming_it(any_workbook):
    person = a_person(any_workbook)
    need = any_workbook.needs.raise_need(person, "daily_life", "代购药品", "low")
    with pytest.raises(InvalidEntry, match=str(need)):
        any_workbook.needs.raise_need(person, "daily_life", " 代购 药品。", "medium")
    wish = any_workbook.needs.record_wish(person, "代购药品")
    with pytest.raises(InvalidEntry, match=str(need)):
        any_workbook.needs.need_from_wish(wish, "daily_life", "low")
    any_workbook.needs.raise_need(person, "medical", "代购药品", "low")
    any_workbook.needs.change_need(need, "met")
    any_workbook.needs.need_from_wish(wish, "daily_life", "low")


@given(st.text(max_size=12))
@settings(max_examples=60, deadline=None)
def test_spacing_and_punctuation_make_no_other_need(title):
    assert plain_words(f" {title}。 ") == plain_words(title)


# -- when the evidence is gone


def test_need_whose_facts_are_gone_is_doubted_and_never_closed_by_itself(any_workbook):
    person = lives_alone(any_workbook, 1940)
    any_workbook.needs.settle_facts()
    assert not only(any_workbook, person).is_doubtful
    end_fact(any_workbook, person, "living", TODAY - timedelta(days=1))
    assert not only(any_workbook, person).is_doubtful  # where they live now is not known
    a_fact(any_workbook, person, "living", "with_children", TODAY)
    any_workbook.needs.settle_facts()
    need = only(any_workbook, person)
    assert (need.state, need.is_doubtful) == ("open", True)


def test_need_whose_score_has_eased_is_doubted(any_workbook):
    person = a_person(any_workbook)
    any_workbook.needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=LAST_YEAR)
    )
    assert not only(any_workbook, person).is_doubtful
    any_workbook.needs.record_assessment(an_entry(person))
    assert only(any_workbook, person).is_doubtful


def test_sheet_that_could_not_be_scored_eases_nothing(any_workbook):
    person = a_person(any_workbook)
    any_workbook.needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=LAST_YEAR)
    )
    done = any_workbook.needs.record_assessment(
        an_entry(person, answers={}, unable_reason="declined")
    )
    assert done.eased == ()
    assert not only(any_workbook, person).is_doubtful


def test_need_that_the_facts_still_show_is_not_doubted_when_its_score_eases(any_workbook):
    person = a_person(any_workbook)
    any_workbook.needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=LAST_YEAR)
    )
    a_fact(any_workbook, person, "health", "disabled")
    any_workbook.needs.record_assessment(an_entry(person))
    assert not only(any_workbook, person).is_doubtful


def test_need_of_a_wish_or_opinion_that_was_settled_is_doubted(any_workbook):
    person = a_person(any_workbook)
    wish = any_workbook.needs.record_wish(person, "想学书法")
    any_workbook.needs.need_from_wish(wish, "learning", "low")
    with any_workbook.transaction() as session:
        heard = Opinion(
            person_id=person, kind="complaint", text="楼道灯坏了", said_on=TODAY,
            recorded_at=now(), recorded_by="test",
        )  # fmt: skip
        session.add(heard)
        session.flush()
        opinion = heard.id
    any_workbook.needs.need_from_opinion(opinion, "daily_life", "low")
    assert [one.is_doubtful for one in any_workbook.needs.of_person(person)] == [False, False]
    any_workbook.needs.close_wish(wish, "已报老年大学")
    with any_workbook.transaction() as session:
        session.get(Opinion, opinion).disposed_on = TODAY
    assert [one.is_doubtful for one in any_workbook.needs.waiting()] == [True, True]


def test_doubted_need_is_kept_with_a_reason_and_then_doubted_no_more(any_workbook):
    person = a_person(any_workbook)
    any_workbook.needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=LAST_YEAR)
    )
    any_workbook.needs.record_assessment(an_entry(person))
    need = only(any_workbook, person)
    with pytest.raises(InvalidEntry):
        any_workbook.needs.keep_need(need.id, "  ")
    any_workbook.needs.keep_need(need.id, "老伴住院，还要人照应")
    kept = only(any_workbook, person)
    assert (kept.is_doubtful, kept.origin, kept.reason) == (False, "worker", "老伴住院，还要人照应")
    with any_workbook.reading() as session:
        assert session.scalar(select(ChangeLog.action).order_by(ChangeLog.id.desc())) == "keep_need"
    any_workbook.needs.change_need(need.id, "met")
    with pytest.raises(NotPermitted):
        any_workbook.needs.keep_need(need.id, "还要")


def test_kept_need_that_a_score_shows_again_is_the_same_need(any_workbook):
    person = a_person(any_workbook)
    for total, day in ((30, LAST_YEAR), (100, TODAY - timedelta(days=9))):
        any_workbook.needs.record_assessment(
            an_entry(person, answers={}, total=total, assessed_on=day)
        )
    any_workbook.needs.keep_need(only(any_workbook, person).id, "还要人照应")
    first = only(any_workbook, person).id
    any_workbook.needs.record_assessment(an_entry(person, answers=best("barthel") | {"stairs": 0}))
    assert (only(any_workbook, person).id, only(any_workbook, person).origin) == (first, "score")


# -- the rules themselves


@pytest.mark.parametrize("name", agencies())
def test_rules_over_facts_are_read_for_every_agency(name):
    rules = fact_need_rules(name, TODAY)
    assert {rule.code for rule in rules} >= {"alone_at_home", "company", "hospital_care"}


def test_database_and_python_agree_on_every_rule(any_workbook):
    """The same three-valued answer from SQL for everybody and from Python for one."""
    chosen = agency(AGENCY)
    told = {
        "living": ["alone", "empty_nest", "with_children"],
        "health": ["good", "poor", "disabled", "bedridden"],
        "mobility": ["free", "aided", "housebound"],
        "hospital_status": ["no", "inpatient"],
    }
    people = [a_person(any_workbook, f"某{n}", born_on_earliest=date(1930 + n, 1, 1),
                       born_on_latest=date(1930 + n, 1, 1)) for n in range(12)]  # fmt: skip
    for n, person in enumerate(people):
        for code, values in told.items():
            if (n + len(code)) % 4:
                a_fact(any_workbook, person, code, values[n % len(values)])
    rules = fact_need_rules(AGENCY, TODAY)
    plain = [
        rule for rule in rules
        if rule.facts <= set(told) and all("born" not in str(node) for _s, node in rule.steps)
    ]  # fmt: skip
    assert len(plain) >= 2
    with any_workbook.reading() as session:
        spoken = {(f.person_id, f.rule.code): f.holds for f in facts_speak(session, chosen, TODAY)}
    for n, person in enumerate(people):
        values: dict[Subject, Any] = {}
        for rule in plain:
            for _severity, node in rule.steps:
                for subject in _subjects(node):
                    known = (n + len(subject.name)) % 4
                    listed = told[subject.name]
                    values[subject] = listed[n % len(listed)] if known else None
        for rule in plain:
            found = [holds(node, values, TODAY) for _severity, node in rule.steps]
            wanted = True if True in found else (None if None in found else False)
            assert spoken[person, rule.code] is wanted, (n, rule.code)


def _subjects(node: Any) -> Any:
    from casework.rules import subjects_of

    return subjects_of(node)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"domain": "fun"}, "no such domain"),
        ({"label": {"zh": "照护"}}, "both zh and en"),
        ({"source": ""}, "needs code and source"),
        ({"certainty": "sure"}, "certainty must be one of"),
        ({"urgent": "age > 80"}, "does not know"),
        ({"low": "livingg = 'alone'"}, "livingg"),
        ({"low": "living = 'nowhere'"}, "nowhere"),
        ({"code": "company"}, "differs from that of"),
    ],
)
def test_broken_rule_is_refused_with_file_entry_and_reason(change, reason):
    raw = {
        "code": "sample", "domain": "safety", "label": {"zh": "样例", "en": "Sample"},
        "low": "living = 'alone'", "source": "invented", "certainty": "choice",
    }  # fmt: skip
    refused = pytest.raises(BrokenReference, match=r"need_rules\.toml: need")
    with speaking("en"), refused as refusal:
        _rule(Path("need_rules.toml"), raw | change, AGENCY, TODAY)
    assert reason in str(refusal.value)
    with pytest.raises(BrokenReference, match=r"need_rules\.toml：需求") as refusal:
        _rule(Path("need_rules.toml"), raw | change, AGENCY, TODAY)
    assert not re.search(r"\b(no|needs|must|does|both|from|of)\b", str(refusal.value))
