"""Windows of thirty rules over three years, reckoned a second time from the published days alone.

The second reckoning shares no code with the first. It knows the festivals and lunar birthdays as
tables (domain-standards 4.1 to 4.4), the yearly notices with their
make-up days, and for years without a notice the thirteen days of the law. Each rule is given with
its window as a sentence would say it; drawing up plans must write these days and no others.
"""

from __future__ import annotations

import tomllib
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from casework.records import Task
from casework.rules.writing import write_rules
from casework.workbook import Workbook
from casework.workbook.policy import rules_file
from tests.conftest import TODAY
from tests.test_plans import a_contact, a_fact, a_person, now_is

RAW = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))
DAY = timedelta(days=1)
LAST = date(2028, 3, 2)
Span = tuple[date, date]


def days(*written: str) -> list[date]:
    return [date.fromisoformat(one) for one in written]


def spans(*written: str) -> set[date]:
    found: set[date] = set()
    for one in written:
        first, _, last = one.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            found.add(day)
            day += DAY
    return found


OFF = spans(
    "2024-12-31/2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06",
    "2025-05-01/2025-05-05", "2025-05-31/2025-06-02", "2025-10-01/2025-10-08",
    "2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06",
    "2026-05-01/2026-05-05", "2026-06-19/2026-06-21", "2026-09-25/2026-09-27",
    "2026-10-01/2026-10-07",
    # no notice yet: the days of the law
    "2027-01-01", "2027-02-05/2027-02-08", "2027-04-05", "2027-05-01/2027-05-02", "2027-06-09",
    "2027-09-15", "2027-10-01/2027-10-03", "2028-01-01", "2028-01-25/2028-01-28", "2028-04-04",
)  # fmt: skip
WORKED = set(days(
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04",
    "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
))  # fmt: skip
FESTIVALS = {
    "new_year": days("2026-01-01", "2027-01-01", "2028-01-01"),
    "new_year_eve": days("2026-02-16", "2027-02-05", "2028-01-25"),
    "spring_festival": days("2026-02-17", "2027-02-06", "2028-01-26"),
    "lantern": days("2026-03-03", "2027-02-20", "2028-02-09"),
    "qingming": days("2025-04-04", "2026-04-05", "2027-04-05", "2028-04-04"),
    "dragon_boat": days("2025-05-31", "2026-06-19", "2027-06-09"),
    "party_day": days("2025-07-01", "2026-07-01", "2027-07-01"),
    "victory_day": days("2025-09-03", "2026-09-03", "2027-09-03"),
    "mid_autumn": days("2025-10-06", "2026-09-25", "2027-09-15"),
    "national_day": days("2025-10-01", "2026-10-01", "2027-10-01"),
    "double_ninth": days("2025-10-29", "2026-10-18", "2027-10-08"),
}
LEAP_DAY = date(1940, 2, 29)
LEAP_BIRTHDAYS = {86: date(2026, 2, 28), 87: date(2027, 2, 28), 88: date(2028, 2, 29)}
# 闰五月二十, born 1933-07-12; reckoned by years lived, and by 虚岁 (one more)
LUNAR_BIRTHDAYS = {92: date(2025, 6, 15), 93: date(2026, 7, 4), 94: date(2027, 6, 24)}


def worked(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


def workdays(day: date, n: int) -> date:
    """Go so many worked days on, or back, from a day that does not count itself."""
    left = abs(n)
    while left:
        day += DAY if n > 0 else -DAY
        left -= worked(day)
    return day


def months(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def n_days(n: int) -> Callable[[date], date]:
    return lambda day: day + timedelta(days=n)


def n_workdays(n: int) -> Callable[[date], date]:
    return lambda day: workdays(day, n)


ON = n_days(0)


def around(code: str, opens: Callable[[date], date], due: Callable[[date], date]) -> list[Span]:
    return [(opens(day), due(day)) for day in FESTIVALS[code]]


def monthly(step: int) -> list[Span]:
    """Give the periods of so many months that touch the three years."""
    found = []
    first = date(2025, 1, 1)
    while first <= LAST:
        found.append((first, months(first, step) - DAY))
        first = months(first, step)
    return found


def enough_left(windows: list[Span]) -> Iterator[Span]:
    """Leave out what has begun and of which less than half, and less than 30 days, is left."""
    for first, last in windows:
        length, left = (last - first).days + 1, (last - TODAY).days + 1
        if left >= min(length / 2, 30):
            yield first, last


def cut(windows: list[Span], times: int) -> list[Span]:
    """Cut periods into parts, each beginning with its share of the days, rounded down."""
    found = []
    for first, last in windows:
        length = (last - first).days + 1
        starts = [first + timedelta(days=length * n // times) for n in range(times)]
        ends = [*(one - DAY for one in starts[1:]), last]
        found += list(zip(starts, ends, strict=True))
    return found


WEEKS = [(TODAY + timedelta(days=7 * n), TODAY + timedelta(days=7 * n + 6)) for n in range(157)]
RETIRED, CALLED = date(2025, 6, 10), date(2025, 2, 20)
LAST_IN_HOSPITAL = date(2025, 2, 27)
LEFT_HOSPITAL = LAST_IN_HOSPITAL + DAY


def by_age(ages: dict[int, date], counts: Callable[[int], bool]) -> list[date]:
    return [day for age, day in ages.items() if counts(age)]


RULES: dict[str, tuple[dict[str, Any], list[Span]]] = {
    "week": ({"quota": {"times": 1, "per": "week"}}, WEEKS),
    "month": ({"quota": {"times": 1, "per": "month"}}, monthly(1)),
    "quarter": ({"quota": {"times": 1, "per": "quarter"}}, monthly(3)),
    "half": ({"quota": {"times": 1, "per": "half_year"}}, monthly(6)),
    "year": ({"quota": {"times": 1, "per": "year"}}, monthly(12)),
    "once": ({"quota": {"times": 1, "per": "once"}}, [(TODAY, date(2025, 6, 1))]),
    "twice": ({"quota": {"times": 2, "per": "month"}}, cut(monthly(1), 2)),
    "thrice": ({"quota": {"times": 3, "per": "quarter"}}, cut(monthly(3), 3)),
    "four": ({"quota": {"times": 4, "per": "year"}}, cut(monthly(12), 4)),
    "spring": (
        {"festival": {"codes": ["spring_festival"], "opens": "15 days before"}},
        around("spring_festival", n_days(-15), ON),
    ),
    "spring_workday": (
        {"festival": {"codes": ["spring_festival"], "opens": "2 weeks before",
                      "due": "1 workday before"}},
        around("spring_festival", n_days(-14), n_workdays(-1)),
    ),
    "eve": (
        {"festival": {"codes": ["new_year_eve"], "opens": "10 workdays before",
                      "due": "1 workday before"}},
        around("new_year_eve", n_workdays(-10), n_workdays(-1)),
    ),
    "ninth": (
        {"festival": {"codes": ["double_ninth"], "opens": "7 days before",
                      "due": "1 workday before"}},
        around("double_ninth", n_days(-7), n_workdays(-1)),
    ),
    "moon": (
        {"festival": {"codes": ["mid_autumn"], "opens": "5 workdays before",
                      "due": "1 day before"}},
        around("mid_autumn", n_workdays(-5), n_days(-1)),
    ),
    "national": (
        {"festival": {"codes": ["national_day"], "opens": "10 days before",
                      "due": "1 workday before"}},
        around("national_day", n_days(-10), n_workdays(-1)),
    ),
    "party": (
        {"festival": {"codes": ["party_day"], "opens": "1 month before"}},
        around("party_day", lambda day: months(day, -1), ON),
    ),
    "graves": (
        {"festival": {"codes": ["qingming"], "opens": "1 week before", "due": "1 week after"}},
        around("qingming", n_days(-7), n_days(7)),
    ),
    "boats": (
        {"festival": {"codes": ["dragon_boat"], "opens": "3 workdays before"}},
        around("dragon_boat", n_workdays(-3), ON),
    ),
    "lanterns": (
        {"festival": {"codes": ["lantern"], "opens": "on the day"}}, around("lantern", ON, ON),
    ),
    "two": (
        {"festival": {"codes": ["spring_festival", "mid_autumn"], "opens": "3 days before"}},
        around("spring_festival", n_days(-3), ON) + around("mid_autumn", n_days(-3), ON),
    ),
    "new_year": (
        {"festival": {"codes": ["new_year"], "opens": "3 workdays before",
                      "due": "1 workday before"}},
        around("new_year", n_workdays(-3), n_workdays(-1)),
    ),
    "victory": (
        {"festival": {"codes": ["victory_day"], "opens": "6 months before",
                      "due": "5 months after"}},
        around("victory_day", lambda day: months(day, -6), lambda day: months(day, 5)),
    ),
    "birthday": (
        {"birthday": {"opens": "7 days before"}},
        [(day - 7 * DAY, day) for day in LEAP_BIRTHDAYS.values()],
    ),
    "fifth": (
        {"birthday": {"opens": "1 workday before", "due": "5 workdays after", "every": 2}},
        [(workdays(day, -1), workdays(day, 5))
         for day in by_age(LEAP_BIRTHDAYS, lambda age: age % 2 == 0)],
    ),
    "lunar": (
        {"birthday": {"opens": "7 days before"}},
        [(day - 7 * DAY, day) for day in LUNAR_BIRTHDAYS.values()],
    ),
    "third_lunar": (
        {"birthday": {"opens": "on the day", "every": 3, "from_age": 90}},
        [(day, day) for day in by_age(LUNAR_BIRTHDAYS, lambda age: age % 3 == 0)],
    ),
    "nominal": (
        {"birthday": {"opens": "1 month before", "due": "1 workday before", "every": 5,
                      "from_age": 90, "reckoning": "nominal", "early": 1}},
        [(months(day, -1), workdays(day, -1))
         for day in by_age(LUNAR_BIRTHDAYS, lambda age: (age + 2) % 5 == 0)],
    ),
    "retired": (
        {"event": {"after": "retired_on", "due": "30 days after"}},
        [(RETIRED, RETIRED + 30 * DAY)],
    ),
    "retiring": (
        {"event": {"after": "retired_on", "opens": "1 month before", "due": "1 workday after"}},
        [(months(RETIRED, -1), workdays(RETIRED, 1))],
    ),
    "discharged": (
        {"event": {"after": "ended(hospital_status, 'inpatient')", "due": "3 workdays after"}},
        [(LEFT_HOSPITAL, workdays(LEFT_HOSPITAL, 3))],
    ),
    "silence": (
        {"silence": {"days": 90, "due": "7 days after"}},
        [(CALLED + 90 * DAY, CALLED + 97 * DAY)],
    ),
    "silent_phone": (
        {"silence": {"days": 30, "due": "5 workdays after", "channels": ["phone"]}},
        [(CALLED + 30 * DAY, workdays(CALLED + 30 * DAY, 5))],
    ),
}  # fmt: skip
OF_THE_LUNAR = ("lunar", "third_lunar", "nominal")


def thirty_rules() -> str:
    made = []
    for code, (timing, _windows) in RULES.items():
        born = "1933-07-12" if code in OF_THE_LUNAR else LEAP_DAY.isoformat()
        made.append({
            "code": f"w_{code}", "title": {"zh": f"规则{code}", "en": code},
            "clause": {"document": "practice", "article": "x", "capability": "S3-12"},
            "since": date(2014, 1, 1), "when": f"born_on = {born}", "service": "visit",
            "domain": "companionship", "actor": "caseworker",
            "channels": ["phone", "home_visit"], "duration_minutes": 30, "priority": 3, **timing,
        })  # fmt: skip
    return write_rules({**RAW, "rules": made})


@pytest.fixture
def book(workbook: Workbook) -> Workbook:
    """Two people: born on 29 February, and on a day of a leap month whose lunar day is kept."""
    solar = a_person(workbook, born=LEAP_DAY, birthday_kept="solar")
    a_person(workbook, born=date(1933, 7, 12), birthday_kept="lunar", birth_lunar="闰五月二十")
    with workbook.transaction() as session:
        session.add(a_fact(solar, "retired_on", str(RETIRED), earliest=RETIRED, latest=RETIRED))
        session.add(a_fact(solar, "hospital_status", "inpatient", valid_from=date(2025, 2, 1),
                           valid_to=LAST_IN_HOSPITAL))  # fmt: skip
    a_contact(workbook, solar, CALLED)
    workbook.rulebook.save(thirty_rules(), note="试算")
    return workbook


def written(book: Workbook) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    with book.reading() as session:
        for one in session.scalars(select(Task).where(Task.cancelled_on.is_(None))):
            code = one.item_key.removeprefix("rule:w_")
            if code in RULES:
                found.setdefault(code, []).append((one.opens_on, one.due_on))
    return {code: sorted(windows) for code, windows in found.items()}


def wanted(code: str) -> list[Span]:
    windows = list(enough_left(RULES[code][1])) if "quota" in RULES[code][0] else RULES[code][1]
    return sorted({one for one in windows if one[1] >= TODAY and one[0] <= LAST})


def test_windows_of_three_years_are_those_reckoned_by_hand(book: Workbook) -> None:
    book.plans.compile(days=(LAST - TODAY).days)
    found = written(book)
    assert len(RULES) >= 30
    for code in RULES:
        assert found.get(code, []) == wanted(code), code


def test_windows_stay_what_they_are_while_the_years_go_by(book: Workbook) -> None:
    """What was to come is written by and by, and is what it would have been from the start."""
    day = TODAY
    while day < date(2026, 4, 1):
        now_is(book, day)
        book.plans.compile(days=200)
        day += timedelta(days=45)
    found = written(book)
    last = day - timedelta(days=45) + timedelta(days=200)
    for code in RULES:
        seen = [one for one in wanted(code) if one[0] <= last]
        assert found.get(code, []) == seen, code


def test_date_without_which_a_rule_places_nothing_is_asked_for(book: Workbook) -> None:
    undated = a_person(book, born=LEAP_DAY)
    book.plans.compile()
    with book.reading() as session:
        asked = {
            (one.person_id, one.item_key)
            for one in session.scalars(select(Task).where(Task.item_key.startswith("find_out:")))
        }
    about = {person for person, key in asked if key == "find_out:retired_on"}
    assert about == {undated}, asked
