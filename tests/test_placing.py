"""Single tasks: their windows, their days, and that asking again gives the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.occasions import LunarDay, Offset
from casework.planning import Placer, PlannedTask, Situation, Stay, periods_between
from casework.rules import Obligation
from casework.rules.timing import (
    PERIODS,
    AfterEvent,
    Ages,
    AtBirthdays,
    AtFestivals,
    Quota,
    Silence,
    Timing,
)
from casework.terms import Label
from casework.workbook.policy import almanac
from tests.conftest import TODAY

YEAR = timedelta(days=365)
BEFORE, ON = Offset.parse("7 days before"), Offset.parse("on the day")
TIMINGS: list[Timing] = [
    Quota(1, "week"), Quota(2, "month"), Quota(1, "quarter"), Quota(1, "half_year"),
    Quota(1, "year"), Quota(1, "once"),
    AtFestivals(("spring_festival", "double_ninth"), BEFORE, ON),
    AtBirthdays(BEFORE, ON), AfterEvent("retired_on", ON, Offset.parse("30 days after")),
    Silence(30, Offset.parse("7 days after")),
]  # fmt: skip


def duty(timing: Timing, **changes: object) -> Obligation:
    made = Obligation(
        "rule:r", Label(zh="走访", en="visit"), "visit", timing, "caseworker", ("home_visit",)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def somebody(person_id: int = 1, **changes: object) -> Situation:
    born = date(1940, 6, 15)
    made = Situation(
        person_id,
        TODAY,
        born=(born, born),
        events={"retired_on": (date(2025, 4, 1), date(2025, 4, 1))},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def place(timing: Timing, first: date = TODAY, **changes: object) -> tuple[PlannedTask, ...]:
    return Placer(almanac(), first, first + YEAR).tasks(duty(timing), somebody(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("timing", TIMINGS, ids=lambda one: type(one).__name__)
def test_planned_day_is_a_worked_day_in_the_window(timing: Timing) -> None:
    placed = place(timing)
    assert placed
    for task in placed:
        assert max(task.opens_on, TODAY) <= task.planned_on <= task.due_on
        worked = almanac().calendar.is_workday
        assert worked(task.planned_on) or not any(
            worked(task.opens_on + timedelta(days=n))
            for n in range((task.due_on - task.opens_on).days + 1)
        )


@given(st.sampled_from(TIMINGS), st.integers(0, 500), st.integers(1, 9_999))
def test_windows_do_not_depend_on_the_day_of_planning(
    timing: Timing, later: int, person_id: int
) -> None:
    first = {one.period: one for one in place(timing, person_id=person_id)}
    again = {
        one.period: one for one in place(timing, TODAY + timedelta(days=later), person_id=person_id)
    }
    for period in first.keys() & again.keys():
        assert first[period] == again[period]
    for period, task in first.items():
        if task.due_on >= TODAY + timedelta(days=later):
            assert period in again


@given(st.sampled_from(PERIODS[:-1]), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_periods_cover_the_days_without_gap_or_overlap(per: str, first: date) -> None:
    found = list(periods_between(per, first, first + YEAR))
    assert found[0].first <= first <= found[0].last
    assert found[-1].last >= first + YEAR
    for one, following in pairwise(found):
        assert following.first - one.last == timedelta(days=1)
    assert len({one.key for one in found}) == len(found)


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_quota_gives_so_many_windows_that_do_not_overlap(times: int) -> None:
    placed = place(Quota(times, "month"))
    assert Counter(one.period[:7] for one in placed)["2025-06"] == times
    for one, following in pairwise(placed):
        assert one.due_on < following.opens_on


@pytest.mark.parametrize(
    ("since", "first"),
    [("2025-03-03", "2025-03"), ("2025-03-16", "2025-03"), ("2025-03-17", "2025-04")],
)
def test_month_that_has_begun_counts_while_half_of_it_is_left(since: str, first: str) -> None:
    day = date.fromisoformat(since)
    assert place(Quota(1, "month"), day, since=day)[0].period == first


@settings(max_examples=30)
@given(
    st.sets(st.integers(1, 100_000), min_size=60, max_size=200),
    st.sampled_from(["month", "quarter"]),
)
def test_any_caseload_is_spread_over_the_period(people: set[int], per: str) -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    timing = Quota(1, per)  # type: ignore[arg-type]
    planned = [placer.tasks(duty(timing), somebody(one))[2].planned_on for one in people]
    weeks = Counter(day.isocalendar()[:2] for day in planned)
    assert len(weeks) >= (4 if per == "month" else 10)
    assert max(weeks.values()) <= 0.6 * len(people)


def test_consecutive_caseload_is_spread_evenly_over_the_worked_days() -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    planned = Counter(
        placer.tasks(duty(Quota(1, "month")), somebody(one))[3].planned_on for one in range(1, 401)
    )
    assert len(planned) == 20  # the worked days of June 2025
    assert max(planned.values()) - min(planned.values()) <= 4


def test_tasks_of_one_person_do_not_all_fall_on_one_day() -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    days = {
        placer.tasks(duty(Quota(1, "month"), key=f"rule:{code}"), somebody())[3].planned_on
        for code in ("phone", "visit", "talk", "review", "check")
    }
    assert len(days) >= 3


def test_festival_window_is_reckoned_in_worked_days() -> None:
    opens, due = Offset.parse("15 days before"), Offset.parse("1 workday before")
    timing = AtFestivals(("spring_festival",), opens, due)
    (task,) = place(timing)
    assert (task.period, task.opens_on, task.due_on) == (
        "2026-spring_festival",
        date(2026, 2, 2),
        date(2026, 2, 14),
    )


def test_great_birthdays_are_every_fifth_or_tenth() -> None:
    def turning(ages: Ages, age: int) -> int:
        born = date(2025 - age, 6, 15)
        return len(place(AtBirthdays(BEFORE, ON, ages), born=(born, born)))

    assert [turning(Ages(5, 80), age) for age in (79, 80, 84, 85, 90)] == [0, 1, 0, 1, 1]
    assert [turning(Ages(10, 80, early=1), age) for age in (79, 80, 89)] == [1, 0, 1]
    assert [turning(Ages(10, 80, "nominal"), age) for age in (79, 80)] == [1, 0]


def test_birthday_known_by_month_has_the_whole_month_as_its_window() -> None:
    (task,) = place(AtBirthdays(BEFORE, ON), born=(date(1940, 6, 1), date(1940, 6, 30)))
    assert (task.opens_on, task.due_on) == (date(2025, 5, 25), date(2025, 6, 30))


def test_birthday_known_by_year_gives_no_task() -> None:
    assert place(AtBirthdays(BEFORE, ON), born=(date(1940, 1, 1), date(1940, 12, 31))) == ()


def test_lunar_birthday_falls_on_another_solar_day_each_year() -> None:
    placer = Placer(almanac(), TODAY, TODAY + 3 * YEAR)
    person = somebody(lunar=LunarDay(1940, 8, 15))
    days = [task.due_on for task in placer.tasks(duty(AtBirthdays(BEFORE, ON)), person)]
    assert days == [date(2025, 10, 6), date(2026, 9, 25), date(2027, 9, 15)]


def test_silence_counts_from_the_last_contact_and_never_before_the_start() -> None:
    timing = Silence(30, Offset.parse("7 days after"))
    assert place(timing)[0].opens_on == TODAY + timedelta(days=30)
    recent = place(timing, heard={(): TODAY - timedelta(days=10)})
    assert recent[0].opens_on == TODAY + timedelta(days=20)
    long_ago = place(timing, heard={(): TODAY - timedelta(days=300)})
    assert long_ago[0].opens_on == TODAY


def test_event_long_past_asks_for_nothing() -> None:
    timing = AfterEvent("retired_on", ON, Offset.parse("30 days after"))
    past = (date(2024, 1, 1), date(2024, 1, 1))
    assert place(timing, events={"retired_on": past}) == ()


@pytest.mark.parametrize(
    ("when_away", "channels", "excused"),
    [
        ("phone", ("phone", "video", "wechat"), False),
        ("excuse", ("home_visit",), True),
        ("keep", ("home_visit",), False),
    ],
)
def test_visit_in_a_month_away_becomes_what_the_rule_says(
    when_away: str, channels: tuple[str, ...], excused: bool
) -> None:
    stay = Stay(date(2025, 5, 20), date(2025, 7, 10))
    person = somebody(stays=(stay,))
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    placed = placer.tasks(duty(Quota(1, "month"), when_away=when_away), person)
    by_month = {one.period: one for one in placed}
    june = by_month["2025-06"]
    assert (june.channels, june.excused) == (channels, excused)
    for month in ("2025-05", "2025-07"):
        assert by_month[month].channels == ("home_visit",)
        assert not stay.first <= by_month[month].planned_on <= (stay.last or date.max)


def test_visit_not_made_before_a_stay_becomes_a_call_not_a_visit_in_the_past() -> None:
    stay = Stay(TODAY - timedelta(days=20), TODAY + timedelta(days=60))
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    person = somebody(stays=(stay,), since=TODAY - timedelta(days=90))
    running = placer.tasks(duty(Quota(1, "quarter")), person)[0]
    assert running.opens_on < stay.first <= TODAY <= running.due_on
    assert (running.channels, running.note) == (("phone", "video", "wechat"), "away")
    short = replace(stay, last=TODAY + timedelta(days=10))
    back = placer.tasks(duty(Quota(1, "quarter")), replace(person, stays=(short,)))[0]
    assert (back.channels, back.planned_on) == (("home_visit",), TODAY + timedelta(days=11))


def test_first_and_last_day_away_are_days_away() -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    owed = duty(Quota(1, "month"))
    at_home = placer.tasks(owed, somebody())[3].planned_on
    day = timedelta(days=1)
    for first, last, moves in (
        (at_home, at_home, True), (at_home, at_home + day, True), (at_home - day, at_home, True),
        (at_home - day, at_home - day, False), (at_home + day, at_home + day, False),
        (at_home + day, None, False),
    ):  # fmt: skip
        task = placer.tasks(owed, somebody(stays=(Stay(first, last),)))[3]
        assert (task.planned_on != at_home) is moves, (first, last)
        assert not first <= task.planned_on <= (last or date.max)


def test_call_is_not_changed_by_absence() -> None:
    person = somebody(stays=(Stay(date(2025, 5, 20), None),))
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    placed = placer.tasks(duty(Quota(1, "month"), channels=("phone", "home_visit")), person)
    assert {one.channels for one in placed} == {("phone", "home_visit")}


def test_hospital_changes_only_what_is_due_now() -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    placed = placer.tasks(duty(Quota(1, "month")), somebody(in_hospital=True))
    assert [one.channels for one in placed][:2] == [
        ("home_visit", "hospital_visit"),
        ("home_visit",),
    ]


@pytest.mark.parametrize(
    ("when_in_hospital", "channels", "becomes", "excused"),
    [
        ("visit", ("home_visit",), ("home_visit", "hospital_visit"), False),
        ("visit", ("phone", "meeting"), ("phone", "meeting", "hospital_visit"), False),
        ("visit", ("phone", "video"), ("phone", "video"), False),
        ("visit", (), (), False),
        ("visit", ("home_visit", "hospital_visit"), ("home_visit", "hospital_visit"), False),
        ("keep", ("home_visit",), ("home_visit",), False),
        ("excuse", ("home_visit",), ("home_visit",), True),
        ("excuse", ("home_visit", "hospital_visit"), ("home_visit", "hospital_visit"), False),
    ],
)
def test_hospital_makes_of_a_task_what_its_ways_and_the_rule_say(
    when_in_hospital: str, channels: tuple[str, ...], becomes: tuple[str, ...], excused: bool
) -> None:
    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    owed = duty(Quota(1, "month"), channels=channels, when_in_hospital=when_in_hospital)
    now, later, *_rest = placer.tasks(owed, somebody(in_hospital=True))
    assert (now.channels, now.excused) == (becomes, excused)
    assert (later.channels, later.excused) == (channels, False)


def test_first_and_last_day_of_a_window_are_in_it_for_whoever_is_in_hospital() -> None:
    monday, sunday = TODAY, TODAY + timedelta(days=6)
    for day in (monday, sunday):
        now, *later = Placer(almanac(), day, day + YEAR).tasks(
            duty(Quota(1, "week")), somebody(in_hospital=True)
        )
        assert (now.opens_on, now.due_on) == (monday, sunday)
        assert now.channels == ("home_visit", "hospital_visit")
        assert {one.channels for one in later} == {("home_visit",)}


def test_condition_is_asked_for_the_first_day_of_each_period() -> None:
    asked: list[date] = []

    def holds(day: date) -> bool:
        asked.append(day)
        return day >= date(2025, 6, 10)

    placer = Placer(almanac(), TODAY, TODAY + YEAR)
    placed = placer.tasks(duty(Quota(1, "month")), somebody(), holds)
    assert placed[0].period == "2025-07"
    assert asked[:2] == [TODAY, date(2025, 4, 1)]


DAYS_NEAR = st.dates(TODAY - timedelta(days=200), TODAY + timedelta(days=30))
PEOPLE = st.builds(
    lambda number, since, born, lunar, retired, heard, away: somebody(
        number,
        starts={"rule:r": since},
        born=born and (born, born),
        lunar=lunar,
        events={"retired_on": (retired, retired)} if retired else {},
        heard={(): heard} if heard else {},
        stays=(Stay(away, away + timedelta(days=70)),) if away else (),
    ),
    st.integers(1, 200),
    DAYS_NEAR,
    st.none() | st.dates(date(1940, 6, 1), date(1940, 7, 31)),
    st.booleans(),
    st.none() | DAYS_NEAR,
    st.none() | DAYS_NEAR,
    st.none() | DAYS_NEAR,
)


@settings(max_examples=30)
@given(st.lists(PEOPLE, min_size=2, max_size=12), st.sampled_from(TIMINGS))
def test_tasks_do_not_depend_on_whose_were_placed_before(
    people: list[Situation], timing: Timing
) -> None:
    obligation = duty(timing)
    used = Placer(almanac(), TODAY, TODAY + YEAR)
    for person in people:
        alone = Placer(almanac(), TODAY, TODAY + YEAR)
        assert used.tasks(obligation, person) == alone.tasks(obligation, person)
