from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.identifiers import read_date
from casework.ui.typed import DaySpan, day_span_from, decimal_from, integer_from
from tests.conftest import TODAY


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-22", "2026.11.22", "2026/11/22", "20261122", "2026年11月22日", "2026年11月22号",
        "二〇二六年十一月二十二日", "2026-11-22 ", "２０２６－１１－２２", "2026 年 11 月 22 日",
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_notation(typed: str) -> None:
    assert day_span_from(typed, TODAY) == DaySpan(date(2026, 11, 22), date(2026, 11, 22))


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("昨天", date(2025, 3, 2)),
        ("yesterday", date(2025, 3, 2)),
        ("今天", date(2025, 3, 3)),
        ("3月1日", date(2025, 3, 1)),
        ("三月十日", date(2025, 3, 10)),
        ("12-30", date(2025, 12, 30)),
        ("一九四二年三月三十一日", date(1942, 3, 31)),
    ],
)
def test_a_day_near_by_is_counted_from_today(typed: str, day: date) -> None:
    assert day_span_from(typed, TODAY) == DaySpan(day, day)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("1942年3月", date(1942, 3, 1), date(1942, 3, 31)),
        ("1942-12", date(1942, 12, 1), date(1942, 12, 31)),
        ("1942", date(1942, 1, 1), date(1942, 12, 31)),
        ("2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
        ("民国二十年五月", date(1931, 5, 1), date(1931, 5, 31)),
    ],
)
def test_a_month_or_year_stays_a_span(typed: str, first: date, last: date) -> None:
    assert day_span_from(typed, TODAY) == DaySpan(first, last)


@pytest.mark.parametrize(
    "typed",
    [
        "2025-02-29",
        "13月1日",
        "3月",
        "不详",
        "2025-3-3-3",
        "0",
        "1e3",
        "45000",
        "31年5月",
        "3/5/1931",
    ],
)
def test_what_is_no_date_is_refused_and_never_guessed(typed: str) -> None:
    with pytest.raises(ValueError):
        day_span_from(typed, TODAY)


def test_nothing_typed_is_nothing() -> None:
    assert day_span_from("  ", TODAY) is None
    assert decimal_from("　") is None


@given(st.text(alphabet="0123456789年月日.-/〇一二三十 ", max_size=12))
def test_a_field_reads_a_day_as_a_roster_does(typed: str) -> None:
    try:
        span = day_span_from(typed, TODAY)
    except ValueError:
        return
    read = read_date(typed)
    if span is not None and read.is_known and re.search(r"\d{4}", typed):
        assert (span.earliest, span.latest) == (read.earliest, read.latest)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_as_it_is_shown_can_be_typed_again(day: date) -> None:
    from casework.ui.wording import day_text

    assert day_span_from(day_text(day), TODAY) == DaySpan(day, day)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("１２", 12),
        ("1,200.50", Decimal("1200.50")),
        ("-3", -3),
        ("+7", 7),
        (" 0.5 ", Decimal("0.5")),
    ],
)
def test_a_number_is_read_as_typed(typed: str, number: Decimal) -> None:
    assert decimal_from(typed) == number


@pytest.mark.parametrize("typed", ["1,20", "12岁", "1e5", "nan", "Infinity", "--1", "1.2.3", "½"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        decimal_from(typed)


def test_a_part_is_refused_where_a_whole_number_is_wanted() -> None:
    with pytest.raises(ValueError, match="whole"):
        integer_from("2.5")
