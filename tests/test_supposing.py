"""What would be, held against what is once it has come about: rules, years and staff."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.cli import main
from casework.errors import InvalidEntry
from casework.records import Organisation, Person, Staff, Task
from casework.rules import holds
from casework.rules.older import older
from casework.rules.tree import Subject
from casework.workbook import Workbook
from casework.workbook.capacity import Month
from casework.workbook.supposing import Span, Supposed, Supposition
from casework.workbook.survival import survival_of
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_rulebook import people, with_change

MONTHS = 4


def seat(book: Workbook, persons: list[int], workers: list[int]) -> None:
    for n, person in enumerate(persons):
        book.people.seat_care_team(person, "caseworker", staff_id=workers[n % len(workers)])


def needed(book: Workbook) -> list[float]:
    """Add up, by month, the hours that the screen of hours shows: everybody's and nobody's."""
    first = book.capacity.first_days(TODAY, 2)[1]
    found = book.capacity.months(first=first, n=MONTHS)
    return [sum(one.months[n].needed for one in found) for n in range(MONTHS)]


def suppose(book: Workbook, **supposed: object) -> Supposed:
    return book.supposing.hours(Supposition(**supposed), n=MONTHS)  # type: ignore[arg-type]


def ask_nothing(book: Workbook) -> None:
    """Take back the tasks to find something out: which fact tells most hangs on the age as well."""
    with book.transaction() as session:
        for one in session.scalars(select(Task).where(Task.item_key.startswith("find_out:"))):
            one.cancelled_on, one.reason = TODAY, "已问过"


def an_office(book: Workbook) -> Workbook:
    """Six people of different ages and two caseworkers, with plans."""
    seat(book, people(book), [staff(book), staff(book)])
    book.plans.compile(days=180)
    return book


@pytest.fixture
def office(any_workbook: Workbook) -> Workbook:
    return an_office(any_workbook)


@pytest.fixture
def small(workbook: Workbook) -> Workbook:
    return an_office(workbook)


def test_hours_of_today_are_those_of_the_screen_of_hours(office: Workbook) -> None:
    found = suppose(office)
    assert [one.needed for one in found.whole.months] == pytest.approx(needed(office))
    for one in found.whole.months:
        assert one.needed_then == pytest.approx(Span(one.needed, one.needed))
    assert not found.drivers


def test_other_rules_would_ask_for_what_they_then_ask_for(office: Workbook) -> None:
    text = with_change(duration_minutes=75, quota={"times": 2, "per": "month"})
    found = suppose(office, rules=text)
    would = [one.needed_then.high for one in found.whole.months]
    assert would != pytest.approx([one.needed for one in found.whole.months])
    more = sum(one.needed_then.high - one.needed for one in found.whole.months)
    assert sum(one.hours for one in found.drivers) == pytest.approx(more)
    assert found.drivers[0].code == "visit_monthly_double_high"
    office.rulebook.save(text, note="按新文件")
    office.plans.compile(days=180)
    assert needed(office) == pytest.approx(would)


def test_ageing_would_ask_for_what_people_born_earlier_are_asked_for(office: Workbook) -> None:
    ask_nothing(office)
    found = suppose(office, older=10)
    would = [one.needed_then.high for one in found.whole.months]
    assert sum(would) > sum(one.needed for one in found.whole.months)
    with office.transaction() as session:
        for one in session.scalars(select(Person)):
            born = one.born_on_latest.replace(year=one.born_on_latest.year - 10)
            one.born_on_earliest = one.born_on_latest = born
    office.plans.compile(days=180)
    ask_nothing(office)
    assert needed(office) == pytest.approx(would)


def test_nobody_is_said_to_die_where_too_few_deaths_are_known(small: Workbook) -> None:
    found = suppose(small, older=5)
    assert found.lives is None
    assert all(one.needed_then.low == one.needed_then.high for one in found.whole.months)


def test_fewer_staff_leave_a_range_and_named_ones_their_own_hours(small: Workbook) -> None:
    with small.reading() as session:
        first, second = session.scalars(select(Staff.id).order_by(Staff.id)).all()
    small.staffing.say(first, "hours", ["周二 09:00-11:00"], since=date(2025, 1, 1))
    now = suppose(small).whole.months
    some = suppose(small, fewer=1).whole.months
    assert [one.there_then.low for one in some] == [one.there for one in hours_of(small, first)]
    assert [one.there_then.high for one in some] == [one.there for one in hours_of(small, second)]
    named = suppose(small, without=frozenset({second})).whole.months
    assert [one.there_then for one in named] == [
        Span(one.there_then.low, one.there_then.low) for one in some
    ]
    assert [one.needed_then for one in named] == [one.needed_then for one in now]
    with pytest.raises(InvalidEntry, match="2"):
        suppose(small, fewer=3)


def hours_of(book: Workbook, worker: int) -> tuple[Month, ...]:
    first = book.capacity.first_days(TODAY, 2)[1]
    return next(
        one.months for one in book.capacity.months(first=first, n=MONTHS) if one.staff_id == worker
    )


def test_units_add_up_and_share_the_hours_of_who_works_for_both(small: Workbook) -> None:
    with small.transaction() as session:
        units = [Organisation(code=f"u{n}", name=f"单位{n}", kind="unit") for n in range(2)]
        session.add_all(units)
        session.flush()
        for n, one in enumerate(session.scalars(select(Person).order_by(Person.id))):
            one.unit_id = units[n % 3 == 0].id
    found = suppose(small, older=10)
    assert len(found.units) == 2
    for n, whole in enumerate(found.whole.months):
        for name in ("needed", "there"):
            parts = sum(getattr(one.months[n], name) for one in found.units)
            assert parts == pytest.approx(getattr(whole, name))
    assert sum(one.people for one in found.units) == found.whole.people


def test_a_rule_for_people_some_years_older_holds_of_whom_it_will_hold(workbook: Workbook) -> None:
    born = Subject("person", "born_on", kind="date")
    rules = workbook.rulebook.read()
    known = dict.fromkeys(rules.subjects)
    by_age = [
        (rule.when, aged.when)
        for rule, aged in zip(rules.rules, older(rules, 7).rules, strict=True)
        if rule.when != aged.when
    ]
    assert by_age
    for age in range(50, 100):
        values = {born: (date(TODAY.year - age, 6, 1),) * 2}
        aged = {born: (date(TODAY.year - age - 7, 6, 1),) * 2}
        for when, changed in by_age:
            assert holds(changed, known | values, TODAY) == holds(when, known | aged, TODAY)


def test_survival_is_what_died_by_age_and_nothing_below_ten_deaths() -> None:
    since, today = date(2022, 1, 1), date(2025, 1, 1)
    old = [(date(1930, 1, 1), date(2022, 1, 1) if n == 0 else date(2024, 1, 1)) for n in range(10)]
    young = [(date(1955, 1, 1), None)] * 100
    found = survival_of([*old, *young], since, today)
    assert found is not None
    assert found.deaths == 10
    assert found.share(date(1955, 1, 1), today, 5) > 0.99
    assert found.share(date(1931, 1, 1), today, 5) < 0.2
    assert found.share(date(1935, 1, 1), today, 0) == 1.0
    assert found.share(None, today, 1) > found.share(date(1931, 1, 1), today, 1)
    assert survival_of([*old[1:], *young], since, today) is None


def test_the_command_prints_what_would_be(
    office: Workbook, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = tmp_path / "rules.toml"
    text.write_text(with_change(duration_minutes=75), encoding="utf-8")
    place = office.engine.url.render_as_string(hide_password=False)
    arguments = ["hours", "--db", place, "--as-of", str(TODAY), "--months", "2", "--json"]
    status = main([*arguments, "--rules", str(text), "--older", "5", "--fewer", "1"])
    told = json.loads(capsys.readouterr().out)
    assert status in (0, 1)
    assert told["drivers"][0]["code"] == "visit_monthly_double_high"
    assert told["whole"]["months"][0]["there_then"] != told["whole"]["months"][0]["there"]
