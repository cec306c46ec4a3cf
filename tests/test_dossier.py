"""What a dossier shows: hard examples of era, birthday, rank, completeness, lists and files."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from casework.exchange.lists import excel_list
from casework.workbook.roll import UNKNOWN, Narrowing
from tests.conftest import TODAY
from tests.test_people import a_person


@pytest.mark.parametrize(
    ("joined", "era"),
    [
        ("1937-07-06", "E2"),
        ("1937-07-07", "E3a"),
        ("1937-07", None),
        ("1937-06", "E2"),
        ("1937", None),
        ("1942-12-31", "E3a"),
        ("1943-01-01", "E3b"),
        ("1945-09-02", "E3b"),
        ("1945-09-03", "E4"),
        ("1945-09", None),
        ("1949-09-30", "E4"),
        ("1949-10-01", None),
        ("1948", "E4"),
    ],
)
def test_era_is_told_only_where_the_days_leave_no_doubt(workbook, joined, era):
    person = a_person(workbook)
    workbook.people.record_fact(person, "joined_on", joined, source="档案")
    found = workbook.people.dossier(person).era
    assert (found.code if found else None) == era


def a_birthday(workbook, born: date, on: date, **facts: str):
    person = a_person(workbook, born_on_earliest=born, born_on_latest=born)
    for code, value in facts.items():
        workbook.people.record_fact(person, code, value, source="本人")
    return workbook.people.dossier(person, as_of=on).birthday


@pytest.mark.parametrize(
    ("born", "on", "this_year"),
    [
        # domain-standards 4.3: a leap month is kept in the ordinary one but where it comes again.
        (date(1933, 7, 12), date(2027, 1, 1), [date(2027, 6, 24)]),
        (date(1933, 7, 12), date(2028, 1, 1), [date(2028, 7, 12)]),
        (date(1930, 8, 9), date(2025, 1, 1), [date(2025, 8, 8)]),
        # The twelfth month usually lands in the next solar year: 2026 holds two of them.
        (date(1927, 1, 31), date(2026, 1, 1), None),
    ],
)
def test_lunar_birthday_falls_on_its_solar_day_of_each_year(workbook, born, on, this_year):
    kept = a_birthday(workbook, born, on, birthday_kept="lunar")
    days = [one.earliest for one in kept.this_year]
    assert kept.calendar == "lunar"
    assert all(day.year == on.year for day in days)
    if this_year is not None:
        assert days == this_year
    assert kept.coming.earliest >= on


def test_lunar_day_that_was_told_counts_before_the_reckoned_one(workbook):
    kept = a_birthday(workbook, date(1930, 1, 1), TODAY, birth_lunar="八月十五")
    assert kept.lunar == "八月十五"
    assert [one.earliest for one in kept.this_year] == [date(2025, 10, 6)]


def test_thirtieth_day_is_kept_on_the_last_day_of_a_short_month(workbook):
    kept = a_birthday(workbook, date(1930, 1, 1), date(2024, 1, 1), birth_lunar="正月三十")
    assert [one.earliest for one in kept.this_year] == [date(2024, 3, 9)]


def test_nobody_asked_is_told_as_such_and_solar_until_then(workbook):
    kept = a_birthday(workbook, date(1930, 5, 3), TODAY)
    assert (kept.calendar, kept.is_told) == ("solar", False)
    assert kept.coming.earliest == date(2025, 5, 3)


def test_treatment_level_stands_apart_from_the_rank_held(workbook):
    people, person = workbook.people, a_person(workbook)
    people.record_fact(person, "rank", "正处级", source="档案")
    people.record_fact(person, "level", "副厅级", source="文件")
    found = people.dossier(person)
    assert (found.field("rank").shown, found.field("level").shown) == ("正处级", "副厅级")


def test_what_the_plan_hangs_on_is_to_be_found_out_first_then_unknown_then_stale(workbook):
    people = workbook.people
    person = a_person(
        workbook, sex="1", born_on_earliest=date(1930, 5, 3), born_on_latest=date(1930, 5, 3)
    )
    people.record_fact(person, "category", "离休", source="x")
    people.record_fact(
        person, "address", "某路1号", source="x", verified_on=TODAY - timedelta(days=900)
    )
    people.record_fact(
        person, "community", "枫泾社区", source="x", verified_on=TODAY - timedelta(days=400)
    )
    workbook.plans.compile()
    asked = people.dossier(person).to_find_out
    assert asked[0].is_planned
    kinds = [(one.is_planned, one.days is None) for one in asked]
    assert kinds == sorted(kinds, key=lambda kind: (not kind[0], not kind[1]))
    assert [one.definition.code for one in asked[-2:]] == ["address", "community"]
    people.record_fact(person, asked[0].definition.code, "独居", source="走访")
    assert asked[0].definition.code not in {
        one.definition.code for one in people.dossier(person).to_find_out
    }


def test_list_is_narrowed_by_facts_age_and_silence(any_workbook):
    people = any_workbook.people
    old = a_person(
        any_workbook, "甲", born_on_earliest=date(1930, 1, 1), born_on_latest=date(1930, 1, 1)
    )
    young = a_person(
        any_workbook, "乙", born_on_earliest=date(1950, 1, 1), born_on_latest=date(1950, 1, 1)
    )
    vague = a_person(
        any_workbook, "丙", born_on_earliest=date(1935, 1, 1), born_on_latest=date(1935, 12, 31)
    )
    people.record_fact(old, "living", "独居", source="x")
    people.record_fact(young, "living", "空巢", source="x")

    def names(**narrowed) -> set[int]:
        return {one.person_id for one in people.roll(narrowed=Narrowing(**narrowed)).rows}

    assert names(facts=(("living", "alone"),)) == {old}
    assert names(facts=(("living", UNKNOWN),)) == {vague}
    assert names(at_least_aged=90) == {old}
    assert names(at_least_aged=89) == {old, vague}
    assert names(silent_days=30) == {old, young, vague}
    roll = people.roll(narrowed=Narrowing(at_least_aged=89))
    assert (roll.matching, roll.total) == (2, 3)


def test_coded_columns_are_sorted_by_their_list_not_by_their_codes(any_workbook):
    people = any_workbook.people
    for name, health in (("甲", "较差"), ("乙", "健康"), ("丙", "卧床"), ("丁", None)):
        person = a_person(any_workbook, name)
        if health:
            people.record_fact(person, "health", health, source="x")
    assert [one.name for one in people.roll(order="health").rows] == ["乙", "甲", "丙", "丁"]
    falling = people.roll(order="health", descending=True).rows
    assert [one.name for one in falling] == ["丙", "甲", "乙", "丁"]


def test_choices_to_narrow_by_are_the_values_there_are_the_commonest_first(workbook):
    for living in ("独居", "空巢", "独居"):
        workbook.people.record_fact(a_person(workbook), "living", living, source="x")
    assert list(workbook.people.roll_choices("living").items()) == [
        ("alone", "独居"),
        ("empty_nest", "空巢"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "＝1", " =cmd|'/c calc'!A0"])
def test_text_that_looks_like_a_formula_stays_text_in_an_excel_list(text):
    content = excel_list("名单", "截至", ["姓名", "年龄"], [[text, 90], ["甲", None]])
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    cell = sheet.cell(4, 1)
    assert (cell.data_type, cell.value, cell.style is not None) == ("s", text, True)
    assert cell.quotePrefix
    assert (sheet.cell(4, 2).value, sheet.cell(5, 2).value) == (90, None)


def test_excel_list_takes_what_no_cell_can_hold():
    content = excel_list("a/b[c]:d*e", "", ["x"], [["\x00\x1f控制" + "长" * 40_000]])
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet.cell(4, 1).value.startswith("控制")


def test_single_value_entered_late_and_a_multiple_one_hold_once_a_day(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook)
    people.record_fact(person, "condition", "高血压", source="x", since=TODAY - timedelta(days=30))
    people.record_fact(person, "condition", "高血压", source="y", since=TODAY - timedelta(days=90))
    for days_ago in (0, 29, 30, 31, 90):
        then = people.dossier(person, as_of=TODAY - timedelta(days=days_ago))
        assert [one.value for one in then.field("condition").entries] == ["高血压"]
