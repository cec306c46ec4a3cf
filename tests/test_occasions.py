"""The calendar against an astronomical almanac, published tables and the law."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import InvalidEntry
from casework.factvalues import age_on
from casework.occasions import (
    LunarDay,
    Offset,
    WorkCalendar,
    birthdays_between,
    festivals_between,
    festivals_from,
    holiday_year_from,
    lunar_anniversary,
    lunar_of,
    months_before,
    nominal_age,
    solar_of,
    years_before,
)

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
FESTIVALS = festivals_from(tomllib.loads((REFERENCE / "occasions.toml").read_text("utf-8")))
CALENDAR = WorkCalendar(
    {
        year.year: year
        for path in sorted((REFERENCE / "holidays").glob("*.toml"))
        for year in [holiday_year_from(tomllib.loads(path.read_text("utf-8")))]
    }
)
DAYS = st.dates(date(1901, 2, 19), date(2056, 12, 31))

# year: 除夕 春节 元宵 端午 中秋 重阳 (domain-standards 4.3)
LUNAR_TABLE = """
2024 2024-02-09 2024-02-10 2024-02-24 2024-06-10 2024-09-17 2024-10-11
2025 2025-01-28 2025-01-29 2025-02-12 2025-05-31 2025-10-06 2025-10-29
2026 2026-02-16 2026-02-17 2026-03-03 2026-06-19 2026-09-25 2026-10-18
2027 2027-02-05 2027-02-06 2027-02-20 2027-06-09 2027-09-15 2027-10-08
2028 2028-01-25 2028-01-26 2028-02-09 2028-05-28 2028-10-03 2028-10-26
2029 2029-02-12 2029-02-13 2029-02-27 2029-06-16 2029-09-22 2029-10-16
2030 2030-02-02 2030-02-03 2030-02-17 2030-06-05 2030-09-12 2030-10-05
2031 2031-01-22 2031-01-23 2031-02-06 2031-06-24 2031-10-01 2031-10-24
2032 2032-02-10 2032-02-11 2032-02-25 2032-06-12 2032-09-19 2032-10-12
2033 2033-01-30 2033-01-31 2033-02-14 2033-06-01 2033-09-08 2033-10-01
2034 2034-02-18 2034-02-19 2034-03-05 2034-06-20 2034-09-27 2034-10-20
2035 2035-02-07 2035-02-08 2035-02-22 2035-06-10 2035-09-16 2035-10-09
"""
BIRTHDAYS = [
    (
        LunarDay(1933, 5, 20, True),
        "2024-06-25 2025-06-15 2026-07-04 2027-06-24 2028-07-12 2029-07-01",
    ),
    (
        LunarDay(1930, 6, 15, True),
        "2024-07-20 2025-08-08 2026-07-28 2027-07-18 2028-08-05 2029-07-25",
    ),
    (
        LunarDay(1949, 7, 5, True),
        "2024-08-08 2025-08-27 2026-08-17 2027-08-06 2028-08-24 2029-08-14",
    ),
    (LunarDay(1940, 8, 15), "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 2029-09-22"),
    (LunarDay(1940, 1, 30), "2024-03-09 2025-02-27 2026-03-18 2027-03-07 2028-02-24 2029-03-14"),
    (LunarDay(1940, 12, 30), "2025-01-28 2026-02-16 2027-02-05 2028-01-25 2029-02-12 2030-02-02"),
]


def test_lunar_day_equals_the_almanac_on_every_day_of_birth_and_planning_years() -> None:
    sxtwl = pytest.importorskip("sxtwl")
    day = date(1901, 2, 19)
    while day <= date(2056, 12, 31):
        oracle = sxtwl.fromSolar(day.year, day.month, day.day)
        expected = LunarDay(
            oracle.getLunarYear(),
            oracle.getLunarMonth(),
            oracle.getLunarDay(),
            oracle.isLunarLeap(),
        )
        assert lunar_of.__wrapped__(day) == expected
        # every day of the years people were born in, every 7th of the rest
        day += timedelta(days=1 if 1915 <= day.year <= 1970 or 2014 <= day.year <= 2035 else 7)


def test_festivals_fall_on_the_published_days() -> None:
    codes = [
        "new_year_eve",
        "spring_festival",
        "lantern",
        "dragon_boat",
        "mid_autumn",
        "double_ninth",
    ]
    for line in LUNAR_TABLE.split("\n")[1:-1]:
        year, *expected = line.split()
        for code, day in zip(codes, expected, strict=True):
            found = list(FESTIVALS[code].days(date(int(year), 1, 1), date(int(year), 12, 31)))
            assert found == [date.fromisoformat(day)]


def test_qingming_falls_on_the_published_days() -> None:
    days = list(FESTIVALS["qingming"].days(date(2025, 1, 1), date(2027, 12, 31)))
    assert days == [date(2025, 4, 4), date(2026, 4, 5), date(2027, 4, 5)]


@pytest.mark.parametrize(("born", "expected"), BIRTHDAYS, ids=lambda value: str(value)[:9])
def test_lunar_birthday_is_kept_on_the_published_day(born: LunarDay, expected: str) -> None:
    days = [lunar_anniversary(born, year) for year in range(2024, 2030)]
    assert days == [date.fromisoformat(text) for text in expected.split()]


@pytest.mark.parametrize(
    ("solar", "said"),
    [
        ("1928-03-05", "二月十四"),
        ("1930-07-01", "六月初六"),
        ("1933-07-12", "闰五月二十"),
        ("1949-08-28", "闰七月初五"),
        ("1927-01-31", "腊月廿八"),
        ("1930-08-09", "闰六月十五"),
    ],
)
def test_lunar_day_is_said_as_people_say_it(solar: str, said: str) -> None:
    assert str(lunar_of(date.fromisoformat(solar))) == said


@given(DAYS)
def test_lunar_day_leads_back_to_its_solar_day(day: date) -> None:
    assert solar_of(lunar_of(day)) == day


@given(st.dates(date(1905, 1, 1), date(1970, 12, 31)), st.integers(2000, 2050))
def test_lunar_birthday_comes_once_in_every_lunar_year(born: date, year: int) -> None:
    found = birthdays_between(
        (born, born),
        solar_of(LunarDay(year, 1, 1)),
        solar_of(LunarDay(year + 1, 1, 1)) - timedelta(days=1),
        lunar=True,
    )
    assert len(found) == 1


def test_solar_year_can_hold_two_lunar_birthdays_or_none() -> None:
    born = (date(1927, 1, 31), date(1927, 1, 31))  # 腊月廿八
    counts = {
        len(birthdays_between(born, date(year, 1, 1), date(year, 12, 31), lunar=True))
        for year in range(2020, 2051)
    }
    assert 1 in counts
    turn_of_year = LunarDay(1930, 11, 20)
    counts = {
        len(birthdays_between(born, date(y, 1, 1), date(y, 12, 31), lunar=turn_of_year))
        for y in range(2020, 2051)
    }
    assert counts == {0, 1, 2}


def test_lunar_birthday_told_by_the_person_wins_over_the_calculated_one() -> None:
    born = (date(1940, 1, 1), date(1940, 12, 31))
    found = birthdays_between(
        born, date(2025, 1, 1), date(2025, 12, 31), lunar=LunarDay(1940, 8, 15)
    )
    assert [birthday.earliest for birthday in found] == [date(2025, 10, 6)]


def test_birthday_known_by_month_spans_the_month() -> None:
    born = (date(1936, 2, 1), date(1936, 2, 29))
    (found,) = birthdays_between(born, date(2025, 1, 1), date(2025, 12, 31))
    assert (found.earliest, found.latest, found.turns) == (date(2025, 2, 1), date(2025, 2, 28), 89)


def test_no_birthday_is_invented_when_only_the_year_is_known() -> None:
    born = (date(1936, 1, 1), date(1936, 12, 31))
    assert birthdays_between(born, date(2025, 1, 1), date(2025, 12, 31)) == ()


def test_birthday_of_a_leap_day_is_kept_on_the_28th_in_common_years() -> None:
    born = (date(1936, 2, 29), date(1936, 2, 29))
    found = birthdays_between(born, date(2024, 1, 1), date(2025, 12, 31))
    assert [birthday.earliest for birthday in found] == [date(2024, 2, 29), date(2025, 2, 28)]


def test_nominal_age_grows_at_lunar_new_year() -> None:
    born = LunarDay(1936, 8, 15)
    assert [nominal_age(born, day) for day in (date(2025, 1, 28), date(2025, 1, 29))] == [89, 90]


@given(
    st.dates(date(1900, 1, 1), date(1960, 1, 1)),
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.integers(1, 110),
)
def test_age_is_reached_exactly_when_the_birth_limit_is(born: date, on: date, years: int) -> None:
    assert (age_on(born, on) >= years) == (born <= years_before(on, years))


def test_months_before_stay_in_the_month() -> None:
    assert months_before(date(2025, 3, 31), 1) == date(2025, 2, 28)
    assert months_before(date(2025, 1, 31), -1) == date(2025, 2, 28)


def test_workdays_equal_the_published_notices() -> None:
    chinese_calendar = pytest.importorskip("chinese_calendar")
    day = date(2024, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        assert CALENDAR.is_confirmed(day)
        day += timedelta(days=1)


def test_workdays_of_a_year_without_notice_are_marked_unconfirmed() -> None:
    assert not CALENDAR.is_confirmed(date(2027, 6, 1))
    assert not CALENDAR.is_workday(date(2027, 2, 8))
    assert not CALENDAR.is_confirmed(date(2029, 6, 1))
    assert not CALENDAR.is_workday(date(2029, 10, 2))
    assert CALENDAR.is_workday(date(2029, 10, 8))


def test_provisional_year_equals_the_statutory_days() -> None:
    bare = WorkCalendar()
    day = date(2027, 1, 1)
    while day.year == 2027:
        assert CALENDAR.is_workday(day) == bare.is_workday(day), day
        day += timedelta(days=1)


@given(st.dates(date(2024, 1, 5), date(2026, 12, 20)), st.integers(1, 15))
def test_shifting_workdays_on_and_back_returns_to_a_workday(day: date, steps: int) -> None:
    start = CALENDAR.on_or_after(day)
    assert CALENDAR.shift(CALENDAR.shift(start, steps), -steps) == start


def test_last_workday_before_spring_festival_is_before_the_leave() -> None:
    offset = Offset.parse("1 workday before")
    assert offset.apply(date(2026, 2, 17), CALENDAR) == date(2026, 2, 14)
    assert offset.apply(date(2025, 1, 29), CALENDAR) == date(2025, 1, 27)


def test_visit_before_double_ninth_keeps_clear_of_the_october_leave() -> None:
    assert Offset.parse("1 workday before").apply(date(2033, 10, 1), CALENDAR) == date(2033, 9, 30)


@pytest.mark.parametrize("text", ["", "3 days", "before", "x days before", "1.5 days before"])
def test_offset_is_refused_when_it_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidEntry, match="15 days before"):
        Offset.parse(text)


def test_lunar_calendar_is_refused_beyond_the_checked_years() -> None:
    with pytest.raises(InvalidEntry, match="2057"):
        lunar_anniversary(LunarDay(1940, 1, 1), 2057)
    with pytest.raises(InvalidEntry, match="1900"):
        lunar_of(date(1900, 5, 1))
    for year in (1900, 2057):
        with pytest.raises(InvalidEntry, match=str(year)):
            solar_of(LunarDay(year, 1, 1))
    for year in (1901, 2056):
        assert lunar_of(solar_of(LunarDay(year, 1, 1))) == LunarDay(year, 1, 1)


def test_lunar_day_is_refused_when_the_month_is_shorter() -> None:
    with pytest.raises(InvalidEntry, match="2024"):
        solar_of(LunarDay(2024, 12, 30))


def test_festivals_come_in_order_of_their_days() -> None:
    found = festivals_between(FESTIVALS.values(), date(2025, 9, 1), date(2025, 11, 1))
    assert [occasion.festival.code for occasion in found] == [
        "victory_day",
        "national_day",
        "mid_autumn",
        "double_ninth",
    ]
