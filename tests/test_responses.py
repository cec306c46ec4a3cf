"""Each kind of need is answered by a rule, and an agency's own rule of that code goes first."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.instruments.library import instruments
from casework.records import Need
from casework.reference import agencies, need_kinds
from casework.rules.tree import needs_asked
from casework.rules.writing import write_rules
from casework.workbook import Workbook
from casework.workbook.assessments import AssessmentEntry
from casework.workbook.policy import read_policy, responses_file, rules_file, rules_of
from tests.conftest import TODAY
from tests.sheets import best_sheet, required_context
from tests.test_plans import a_person


@pytest.mark.parametrize("name", agencies())
def test_every_kind_of_need_is_answered_by_exactly_one_rule(name: str) -> None:
    answered = [
        kind
        for rule in rules_of(name, TODAY).on(TODAY)
        for asked in needs_asked(rule.when)
        for kind in asked.kinds
    ]
    assert sorted(answered) == sorted(one.code for one in need_kinds(name).entries)


def test_the_agency_s_own_rule_of_the_same_code_takes_the_place_of_ours() -> None:
    own = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))
    ours = tomllib.loads(responses_file().read_text(encoding="utf-8"))
    (falls,) = (one for one in ours["rules"] if one["code"] == "answer_falls")
    raw = deepcopy(own)
    raw["documents"] += ours["documents"]
    raw["rules"].append(falls | {"until": TODAY - timedelta(days=1)})
    read, problems = read_policy(write_rules(raw), "changshu", TODAY)
    assert not problems
    assert len(read.rules) == len(own["rules"]) + len(ours["rules"])
    assert "answer_falls" not in {rule.code for rule in read.on(TODAY)}
    assert "answer_care" in {rule.code for rule in read.on(TODAY)}


def test_what_an_assessment_shows_is_answered_in_the_plan_and_says_why(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person = a_person(book)
    chosen = instruments()["gbt42195-2022"]
    answers = best_sheet(chosen) | {"B.2.3": 2}
    book.needs.record_assessment(
        AssessmentEntry(person, chosen.id, TODAY, "observed", answers, required_context(chosen))
    )
    book.plans.compile(persons=[person])
    with book.reading() as session:
        assert set(session.scalars(select(Need.state))) == {"planned"}
    answers_to = {one.need.title: one.items for one in book.plans.needs(person)}
    assert answers_to["防跌倒"] == (("rule:answer_falls", "居家防跌倒排查"),)
