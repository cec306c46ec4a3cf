"""A rule that asks for an open need makes an item that answers that need, and no other."""

from __future__ import annotations

import tomllib
from copy import deepcopy

import pytest
from sqlalchemy import select

from casework.records import Need, NeedAnswer
from casework.rules import parse
from casework.rules.tree import NeedsAsked, needs_asked
from casework.rules.writing import write_rules
from casework.workbook import Workbook
from casework.workbook.policy import rules_file, vocabulary_of
from tests.conftest import TODAY
from tests.test_plans import a_person, snapshot

RAW = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("open_needs('care') > 0", {NeedsAsked(domains=("care",))}),
        (
            "urgent_needs('care', 'safety') >= 1 and age > 60",
            {NeedsAsked(domains=("care", "safety"), severity="high")},
        ),
        ("needs_of('falls', 'meals') > 0", {NeedsAsked(kinds=("falls", "meals"))}),
        ("needs_of('falls') = 0", set()),
        ("open_needs() > 0 or living = 'alone'", set()),
        ("open_needs('care') = 0", set()),
        ("not open_needs('care') > 0", set()),
        ("open_needs('care') < 3", set()),
        ("age > 60", set()),
    ],
)
def test_condition_names_the_needs_it_asks_for(workbook, condition, asked):
    node = parse(condition, vocabulary_of(workbook.agency, TODAY))
    assert needs_asked(node) == asked


def answers(book: Workbook) -> set[tuple[int, str]]:
    with book.reading() as session:
        rows = session.execute(
            select(NeedAnswer.need_id, NeedAnswer.item_key).where(
                NeedAnswer.superseded_at.is_(None)
            )
        )
        return {(need, key) for need, key in rows}


def state_of(book: Workbook, need: int) -> str:
    with book.reading() as session:
        return session.get_one(Need, need).state


def test_item_of_a_rule_that_asks_for_a_need_answers_it(any_workbook: Workbook) -> None:
    book = any_workbook
    raw = deepcopy(RAW)
    (rule,) = (one for one in raw["rules"] if one["code"] == "phone_monthly")
    raw["rules"].append(deepcopy(rule) | {"code": "care_round", "when": "urgent_needs('care') > 0"})
    book.rulebook.save(write_rules(raw), note="局务会决定")
    person = a_person(book)
    urgent = book.needs.raise_need(person, "care", "夜间翻身", "high")
    mild = book.needs.raise_need(person, "care", "助浴", "low")
    other = book.needs.raise_need(person, "legal", "遗嘱", "high")
    book.plans.compile()
    assert answers(book) == {(urgent, "rule:care_round")}
    assert [state_of(book, one) for one in (urgent, mild, other)] == ["planned", "open", "open"]
    before = snapshot(book), answers(book)
    assert book.plans.compile(persons=[person]).is_unchanged
    assert (snapshot(book), answers(book)) == before
    (shown,) = [one for one in book.plans.needs(person) if one.need.id == urgent]
    assert [key for key, _title in shown.items] == ["rule:care_round"]
    book.plans.part(urgent, "rule:care_round")
    assert state_of(book, urgent) == "open"
    book.plans.compile(persons=[person])
    assert answers(book) == set(), "what somebody parted by hand stays parted"
