"""Traps 15 to 23 of domain-standards, section 6, by their numbers: eras, calendars, codes, names.

Traps 1 to 14 are about instruments (test_instrument_traps). Trap 23, tiers of a local nursing
allowance that are added together, is held with the payments (test_money).
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from casework.factvalues import era_of
from casework.identifiers import read_resident_id, spell_name
from casework.occasions import LunarDay, _term_day, lunar_anniversary, solar_of
from casework.reference import code_list, code_lists, facts, service_list, surnames
from casework.rules import Vocabulary
from casework.rules.evaluate import holds
from casework.rules.resolve import parse
from casework.rules.tree import Subject
from casework.workbook.policy import almanac


@pytest.mark.parametrize(
    ("earliest", "latest", "code"),
    [
        (date(1945, 1, 1), date(1945, 12, 31), None),
        (date(1937, 1, 1), date(1937, 12, 31), None),
        (date(1945, 9, 1), date(1945, 9, 30), None),
        (date(1948, 1, 1), date(1948, 12, 31), "E4"),
        (date(1949, 10, 1), date(1949, 10, 1), None),
    ],
)
def test_trap_15_era_is_not_told_by_a_year_that_spans_a_border(
    earliest: date, latest: date, code: str | None
) -> None:
    found = era_of(earliest, latest)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(("from_age", "applies"), [(80, True), (85, False)])
def test_trap_16_high_age_is_what_the_agency_says(from_age: int, applies: bool) -> None:
    lists = {**code_lists(), "service": service_list()}
    words = Vocabulary(facts(), lists, {}, {"high_age": from_age})
    born, on = date(1943, 5, 1), date(2025, 3, 3)
    rule = parse("age >= high_age", words)
    assert holds(rule, {Subject("person", "born_on", kind="date"): (born, born)}, on) is applies


def test_trap_17_year_without_a_notice_is_provisional_and_no_error() -> None:
    calendar = almanac().calendar
    for year in (2027, 2028, 2040):
        assert not calendar.is_confirmed(date(year, 6, 1))
        assert calendar.shift(date(year, 6, 1), 5) > date(year, 6, 1)


def test_trap_18_autumn_begins_in_early_august_in_every_year() -> None:
    for year in range(1905, 2051):
        day = _term_day(year, "立秋")
        assert (day.month, day.day) in {(8, 7), (8, 8), (8, 9)}, day


@pytest.mark.parametrize(
    ("born", "year", "kept"),
    [
        (LunarDay(1933, 5, 20, leap=True), 2026, date(2026, 7, 4)),
        (LunarDay(1933, 5, 20, leap=True), 2028, date(2028, 7, 12)),
        (LunarDay(1940, 1, 30), 2024, date(2024, 3, 9)),
        (LunarDay(1940, 12, 30), 2025, date(2026, 2, 16)),
    ],
)
def test_trap_19_birthday_in_a_leap_month_or_on_day_30_is_kept_every_year(
    born: LunarDay, year: int, kept: date
) -> None:
    assert lunar_anniversary(born, year) == kept
    days = [lunar_anniversary(born, one) for one in range(2000, 2050)]
    assert all(timedelta(340) < b - a < timedelta(400) for a, b in pairwise(days))
    assert solar_of(LunarDay(1933, 5, 20, leap=True)) == date(1933, 7, 12)


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "9"])
def test_trap_20_one_digit_codes_of_marriage_mean_nothing(code: str) -> None:
    assert code_list("marital_status").read(code) is None
    assert facts()["education"].kind == "text", "no code of schooling, so none of the wrong ones"


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("单雄", "shan"), ("解明", "xie"), ("仇英", "qiu"), ("曾明", "zeng"), ("任明", "ren"),
        ("区明", "ou"), ("查明", "zha"), ("朴明", "piao"), ("翟明", "zhai"), ("万俟明", "mo qi"),
        ("尉迟恭", "yu chi"), ("员明", "yun"), ("缪明", "miao"), ("冼明", "xian"), ("召明", "shao"),
    ],
)  # fmt: skip
def test_trap_21_surname_has_its_own_sound(name: str, surname: str) -> None:
    assert spell_name(name, surnames()).pinyin.startswith(surname + " ")


def test_trap_22_right_check_digit_on_a_day_that_never_was_is_no_number() -> None:
    found = read_resident_id("990000192602290016")
    assert (found.normal, found.problem) == (None, "impossible_date")
