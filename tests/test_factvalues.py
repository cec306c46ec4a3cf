"""Values of facts: canonical, bounded where a date is not exact, never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import InvalidEntry
from casework.factvalues import age_on, day_span, era_of, fact_value
from casework.reference import fact

DAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("joined", "era"),
    [
        ("1937-07-06", "E2"),
        ("1937-07-07", "E3a"),
        ("1942-12-31", "E3a"),
        ("1943-01-01", "E3b"),
        ("1945-09-02", "E3b"),
        ("1945-09-03", "E4"),
        ("1949-09-30", "E4"),
        ("1949-10-01", None),
        ("1945-09", None),
        ("1937-07", None),
        ("1937-08", "E3a"),
        ("1938", "E3a"),
        ("1942", "E3a"),
    ],
)
def test_era_follows_the_days_and_stays_unknown_across_a_border(joined, era):
    span = day_span(joined)
    assert span is not None
    found = era_of(*span)
    assert (found.code if found else None) == era


def test_era_is_unknown_when_nothing_is_known():
    assert era_of(None, None) is None


@given(DAYS)
def test_span_of_a_month_holds_each_of_its_days(day):
    first, last = day_span(day.strftime("%Y-%m"))
    assert first <= day <= last
    assert (last + timedelta(days=1)).day == 1


@given(DAYS, DAYS)
def test_age_grows_by_one_on_the_birthday_only(born, day):
    if day > born:
        grown = age_on(born, day) - age_on(born, day - timedelta(days=1))
        leapling = (born.month, born.day) == (2, 29)
        birthday = (day.month, day.day) == (born.month, born.day) or (
            leapling and (day.month, day.day) == (3, 1) and (day - timedelta(days=1)).day == 28
        )
        assert grown == int(birthday)


@pytest.mark.parametrize("entered", ["1937-13", "1937-02-30", "民国", "37", "", "1937-5"])
def test_date_is_refused_when_it_is_none(entered):
    with pytest.raises(InvalidEntry) as refusal:
        fact_value(fact("joined_on"), entered)
    assert refusal.value.field == "joined_on"


def test_synonym_becomes_the_code_of_the_list():
    assert fact_value(fact("level"), "正县级").value == "county_head"


def test_word_outside_the_list_stays_as_typed_and_is_marked():
    read = fact_value(fact("living"), "与孙女同住")
    assert (read.value, read.is_coded) == ("与孙女同住", False)


def test_text_is_refused_when_it_is_too_long():
    with pytest.raises(InvalidEntry):
        fact_value(fact("remark"), "长" * 2001)
