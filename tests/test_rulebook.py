"""The rules of a workbook: compared, looked back on, changed and undone, on both databases."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select

from casework.errors import InvalidEntry, NotPermitted
from casework.records import (
    Case,
    ChangeLog,
    Contact,
    ContactPerson,
    Fact,
    Person,
    RelatedPerson,
    Staff,
    Task,
)
from casework.records.base import now
from casework.reference import agencies
from casework.rules.writing import (
    add_rule,
    change_rule,
    end_rule,
    entry_on,
    keep_past,
    write_rules,
)
from casework.terms import day_in_words
from casework.workbook import Workbook, open_workbook
from casework.workbook.life import LifeEvent
from casework.workbook.policy import rules_file
from tests.conftest import TODAY

RAW = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))
WEEK = timedelta(days=7)


def people(book: Workbook) -> list[int]:
    """Six people: old or not, alone or not, one of whom that is not known."""
    ids = []
    with book.transaction() as session:
        for number, (age, living) in enumerate(
            [
                (85, "alone"),
                (95, "alone"),
                (70, "alone"),
                (85, "with_spouse"),
                (60, None),
                (85, None),
            ]
        ):
            born = date(TODAY.year - age, 1, 15)
            person = Person(name=f"测{number}", born_on_earliest=born, born_on_latest=born)
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            for code, value in (("category", "retired"), ("living", living)):
                if value:
                    session.add(
                        Fact(
                            person_id=person.id,
                            code=code,
                            value=value,
                            recorded_at=now(),
                            recorded_by="何晓",
                            source="花名册",
                        )
                    )
            ids.append(person.id)
    return ids


def with_change(**changes: Any) -> str:
    """Write Changshu's rules with the monthly visit changed from today on."""
    raw = change_rule(RAW, "visit_monthly_double_high", changes, since=TODAY, today=TODAY)
    return write_rules(raw)


def open_tasks(book: Workbook) -> set[tuple[int, str, str]]:
    with book.reading() as session:
        rows = session.execute(
            select(Task.person_id, Task.item_key, Task.period).where(Task.cancelled_on.is_(None))
        )
        return {tuple(row) for row in rows}  # type: ignore[misc]


# --- what a change would do -----------------------------------------------------------------------


def test_difference_is_what_drawing_up_plans_then_does(any_workbook: Workbook) -> None:
    book = any_workbook
    people(book)
    book.plans.compile(days=200)
    before = open_tasks(book)
    text = with_change(when="category = 'retired' and age >= 90")
    told = book.rulebook.difference(text, days=200)
    assert open_tasks(book) == before, "comparing wrote something"
    book.rulebook.save(text, note="局务会决定")
    book.plans.compile(days=200)
    after = open_tasks(book)
    assert told.added.tasks == len(after - before) > 0
    assert told.removed.tasks == len(before - after) > 0
    assert {one.person_id for one in told.persons} == {key[0] for key in before ^ after}
    by_rule = {row.key: row.counts["removed"].tasks for row in told.by_rule}
    gone = [key for key in before - after if key[1] == "rule:visit_monthly_double_high"]
    assert by_rule["visit_monthly_double_high"] == len(gone)


def test_changed_rule_goes_on_with_what_is_open_for_whoever_still_meets_it(
    workbook: Workbook,
) -> None:
    # Plans of 20 January: the visit of the first quarter is open. On 3 March the rule is changed
    # from that day on; the quarter began before.
    book = workbook
    persons = people(book)
    book._today = date(2025, 1, 20)
    book.plans.compile(days=200)
    book._today = TODAY
    book.plans.compile(days=200)
    first_quarter = {
        one for one in open_tasks(book) if one[1:] == ("rule:visit_quarterly", "2025-Q1")
    }
    assert first_quarter
    changes = {"when": "category = 'retired' and age >= 80", "priority": 2}
    raw = change_rule(RAW, "visit_quarterly", changes, since=TODAY, today=TODAY)
    told = book.rulebook.difference(write_rules(raw), days=200)
    before = open_tasks(book)
    book.rulebook.save(write_rules(raw), note="局务会决定")
    book.plans.compile(days=200)
    after = open_tasks(book)
    assert (
        told.removed.tasks == len(before - after) and told.added.tasks == len(after - before) == 0
    )
    older = {persons[3], persons[5]}
    assert first_quarter & after == {one for one in first_quarter if one[0] in older}
    assert {one.person_id for one in told.persons} == {one[0] for one in before ^ after}
    assert older.isdisjoint({one.person_id for one in told.persons})


def test_plan_says_what_holds_today_while_a_change_is_still_to_come(workbook: Workbook) -> None:
    book, later = workbook, date(2025, 4, 10)
    persons = people(book)
    book.plans.compile(days=200)
    changes = {"duration_minutes": 90, "title": {"zh": "季度深访", "en": "Long visit"}}
    raw = change_rule(RAW, "visit_quarterly", changes, since=later, today=TODAY)
    book.rulebook.save(write_rules(raw), note="局务会决定")

    def said(person: int) -> tuple[int | None, str]:
        version = book.plans.in_force(person)
        assert version is not None
        line = version.line("rule:visit_quarterly")
        return line.duration_minutes, line.title

    before = said(persons[3])
    assert before[1] != "季度深访"
    book.plans.compile(days=200)
    assert said(persons[3]) == before
    assert book.plans.compile(days=200).is_unchanged
    book._today = later
    book.plans.compile(days=200)
    assert said(persons[3]) == (90, "季度深访")
    assert book.plans.compile(days=200).is_unchanged


@pytest.mark.parametrize("since", [TODAY, TODAY + timedelta(days=60)])
def test_whom_a_changed_rule_is_for_and_whose_tasks_change_add_up(
    any_workbook: Workbook, since: date
) -> None:
    # The quarterly visit from 85 on. By 85: of the six, three are younger (70, 60, and nobody
    # else); of these the one of 70 lives alone and is visited monthly anyway.
    raw = change_rule(
        RAW, "visit_quarterly", {"when": "category = 'retired' and age >= 85"},
        since=since, today=TODAY,
    )  # fmt: skip
    people(any_workbook)
    told = any_workbook.rulebook.difference(write_rules(raw), days=365)
    (rule,) = told.rules
    reach = rule.reach
    assert reach.day == since, "a change to come is told by the rule of its own day"
    assert (reach.before, reach.after, reach.joining, reach.leaving) == (6, 4, 0, 2)
    assert (reach.affected, reach.unmoved, reach.later) == (1, 1, 0)
    assert reach.affected == len(told.persons)
    assert reach.affected == reach.joining + reach.leaving - reach.unmoved + reach.later
    sentence = reach.sentences(told.first)
    assert "不再符合 2 人" in sentence and "任务有变的 1 人" in sentence
    assert (day_in_words(str(since)) in sentence) == (since > TODAY)


def test_whose_tasks_change_later_only_is_told_apart(any_workbook: Workbook) -> None:
    # Nobody is 86 today; two of 85 were to be visited monthly from their next birthday on.
    old = change_rule(
        RAW, "visit_monthly_double_high", {"when": "category = 'retired' and age >= 86"},
        since=TODAY, today=TODAY,
    )  # fmt: skip
    people(any_workbook)
    any_workbook.rulebook.save(write_rules(old), note="局务会决定")
    raw = change_rule(
        old, "visit_monthly_double_high", {"when": "category = 'retired' and age >= 90"},
        since=TODAY, today=TODAY,
    )  # fmt: skip
    told = any_workbook.rulebook.difference(write_rules(raw), days=365)
    reach = {one.code: one.reach for one in told.rules}
    monthly = reach["visit_monthly_double_high"]
    assert (monthly.before, monthly.after, monthly.leaving) == (1, 1, 0)
    assert (monthly.affected, monthly.later) == (3, 3)
    assert len(told.persons) == 3


def test_the_same_rules_otherwise_put_change_nothing(any_workbook: Workbook) -> None:
    people(any_workbook)
    raw = deepcopy(RAW)
    for rule in raw["rules"]:
        rule["when"] = f"({rule['when']})".replace("'alone'", "'独居'")
    told = any_workbook.rulebook.difference(write_rules(raw))
    assert told.is_empty and told.as_json()["affected"] == 0


def test_longer_visits_are_told_in_hours(any_workbook: Workbook) -> None:
    people(any_workbook)
    told = any_workbook.rulebook.difference(with_change(duration_minutes=75), days=100)
    assert told.added.tasks == told.removed.tasks > 0
    assert told.added.minutes - told.removed.minutes == 30 * told.added.tasks


@pytest.mark.parametrize(
    ("quota", "a_year", "more", "fewer"),
    [
        ({"times": 2, "per": "month"}, 12, 12, 0),
        ({"times": 1, "per": "quarter"}, 4, 0, 8),
        ({"times": 24, "per": "year"}, 12, 12, 0),
        ({"times": 12, "per": "year"}, 12, 0, 0),
    ],
)
def test_changed_quota_is_told_as_visits_more_or_fewer_a_year(
    any_workbook: Workbook, quota: dict[str, Any], a_year: int, more: int, fewer: int
) -> None:
    people(any_workbook)
    end_of_february = (date(2026, 2, 28) - TODAY).days
    told = any_workbook.rulebook.difference(with_change(quota=quota), days=end_of_february)
    (row,) = told.by_rule
    n = len(told.persons)
    assert n > 0
    counts = {name: count.tasks / n for name, count in row.counts.items()}
    assert counts == {"added": more, "removed": fewer, "moved": a_year}
    assert {(one.added, one.removed, one.moved) for one in told.persons} == {(more, fewer, a_year)}
    assert told.added.minutes - told.removed.minutes == 45 * (more - fewer) * n
    assert str(told.moved.tasks) in told.summary() and told.as_json()["moved"]["tasks"] > 0


def test_rule_to_come_changes_only_what_is_after_its_day(any_workbook: Workbook) -> None:
    people(any_workbook)
    later = date(2025, 8, 1)
    raw = end_rule(RAW, "phone_monthly", last=later - timedelta(days=1), today=TODAY)
    told = any_workbook.rulebook.difference(write_rules(raw), days=365)
    assert told.added.tasks == 0
    assert told.removed.tasks == 6 * 8, "six people, August to March"


def test_difference_refuses_rules_that_cannot_be_used(any_workbook: Workbook) -> None:
    with pytest.raises(InvalidEntry, match="livng"):
        any_workbook.rulebook.difference(with_change(when="livng = 'alone'"))


# --- looking back ---------------------------------------------------------------------------------


def test_looking_back_holds_what_was_due_against_what_was_done(any_workbook: Workbook) -> None:
    book = any_workbook
    first_person, *_others = people(book)
    with book.transaction() as session:
        for number, day in enumerate((date(2025, 1, 14), date(2025, 2, 3))):
            contact = Contact(
                client_key=str(number),
                happened_on=day,
                channel="phone",
                recorded_at=now(),
                recorded_by="何晓",
            )
            session.add(contact)
            session.flush()
            session.add(ContactPerson(contact_id=contact.id, person_id=first_person))
    found = book.rulebook.backtest(book.rulebook.text(), date(2024, 12, 1), date(2025, 2, 28))
    calls = next(row for row in found.by_rule if row.key == "phone_monthly").counts
    assert calls["due"].tasks == 6 * 3
    assert calls["in_time"].tasks == 2 and calls["in_time"].persons == {first_person: 2}
    assert calls["late"].tasks == 0, "a call answers one month, its own first"
    assert calls["missed"].tasks == 16
    assert found.totals["due"].tasks == sum(
        found.totals[name].tasks for name in ("in_time", "late", "missed")
    )


def test_past_is_looked_back_on_by_the_rules_of_its_day(any_workbook: Workbook) -> None:
    people(any_workbook)
    raw = deepcopy(RAW)
    old = entry_on(raw, "phone_monthly", TODAY)
    assert old is not None
    old["until"] = date(2025, 1, 31)
    found = any_workbook.rulebook.backtest(write_rules(raw), date(2024, 12, 1), date(2025, 2, 28))
    calls = next(row for row in found.by_rule if row.key == "phone_monthly").counts
    assert calls["due"].tasks == 6 * 2


def test_looking_back_counts_nothing_that_went_with_its_rule(any_workbook: Workbook) -> None:
    # The calls of January were withdrawn on the 21st: from then on by nobody, or by the young,
    # they were asked for no more.
    people(any_workbook)
    for changes, left in (
        (None, 0),
        ({"when": "category = 'retired' and age >= 80"}, 4),
        ({"quota": {"times": 1, "per": "quarter"}}, 0),
    ):
        raw = deepcopy(RAW)
        old = entry_on(raw, "phone_monthly", TODAY)
        assert old is not None
        if changes is not None:
            fresh = {key: one for key, one in old.items() if key not in changes}
            raw["rules"].append(fresh | changes | {"since": date(2025, 1, 21)})
        old["until"] = date(2025, 1, 20)
        found = any_workbook.rulebook.backtest(
            write_rules(raw), date(2024, 12, 1), date(2025, 1, 31)
        )
        calls = next(row for row in found.by_rule if row.key == "phone_monthly").counts
        assert calls["due"].tasks == 6 + left, changes


def test_event_in_the_past_is_judged_by_its_own_day(any_workbook: Workbook) -> None:
    book = any_workbook
    someone = people(book)[0]
    with book.transaction() as session:
        for value, since, until in (
            ("inpatient", date(2025, 1, 8), date(2025, 1, 20)),
            ("no", date(2025, 1, 21), None),
        ):
            session.add(
                Fact(
                    person_id=someone,
                    code="hospital_status",
                    value=value,
                    valid_from=since,
                    valid_to=until,
                    recorded_at=now(),
                    recorded_by="何晓",
                    source="电话",
                )
            )
    found = book.rulebook.backtest(book.rulebook.text(), date(2025, 1, 1), date(2025, 2, 28))
    due = {row.key: row.counts["due"].tasks for row in found.by_rule}
    assert (due["hospital_visit"], due["after_discharge"]) == (1, 1)


def test_looking_back_refuses_days_that_have_not_passed(any_workbook: Workbook) -> None:
    with pytest.raises(InvalidEntry):
        any_workbook.rulebook.backtest(any_workbook.rulebook.text(), TODAY - WEEK, TODAY)


# --- versions -------------------------------------------------------------------------------------


def test_change_is_a_version_that_says_who_and_why_and_can_be_undone(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    before = book.rulebook.text()
    saved = book.rulebook.save(with_change(duration_minutes=60), note="常老干〔2025〕3号")
    assert saved.rules == {"visit_monthly_double_high": "changed"}
    assert saved.note == "常老干〔2025〕3号" and saved.by == book.actor.name
    assert book.rulebook.text() != before
    undone = book.rulebook.undo()
    assert undone.undone and undone.rules == {"visit_monthly_double_high": "changed"}
    assert book.rulebook.text() == before
    book.rulebook.undo()
    assert book.rulebook.text() != before, "undoing the undoing puts the change back"
    assert [one.undone for one in book.rulebook.history()] == [True, True, False]
    with book.reading() as session:
        logged = session.scalar(
            select(func.count()).select_from(ChangeLog).where(ChangeLog.action == "change_rules")
        )
    assert logged == 3


def test_plans_follow_the_rules_of_the_workbook(any_workbook: Workbook) -> None:
    book = any_workbook
    someone = people(book)[0]
    book.rulebook.save(
        write_rules(end_rule(RAW, "phone_monthly", last=TODAY - timedelta(days=1), today=TODAY)),
        note="停止",
    )
    book.plans.compile(days=60)
    keys = {key for person, key, _period in open_tasks(book) if person == someone}
    assert "rule:phone_monthly" not in keys and "rule:dossier_review" in keys
    assert "phone_monthly" not in {rule.code for rule in book.plans.rules()}


def test_what_happens_to_somebody_reaches_the_plan_of_the_spouse(any_workbook: Workbook) -> None:
    book = any_workbook
    he, she, *others = people(book)
    with book.transaction() as session:
        session.add(
            RelatedPerson(
                person_id=he,
                name="测1",
                relationship="spouse",
                other_person_id=she,
                recorded_at=now(),
                recorded_by="何晓",
                source="走访",
            )
        )
    book.plans.compile(days=60)
    assert not any(key == "rule:spouse_in_hospital" for _who, key, _period in open_tasks(book))
    with book.transaction() as session:
        session.add(
            Fact(
                person_id=she,
                code="hospital_status",
                value="inpatient",
                valid_from=TODAY,
                recorded_at=now(),
                recorded_by="何晓",
                source="电话",
            )
        )
        book.plans.refresh(session, [she])
    keys = {(who, key) for who, key, _period in open_tasks(book)}
    assert (he, "rule:spouse_in_hospital") in keys
    assert (he, "rule:phone_monthly") not in keys, "the weekly call stands in its place"
    assert not any((one, "rule:spouse_in_hospital") in keys for one in (she, *others))


def test_rules_are_not_changed_without_a_reason_a_change_or_the_right(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    with pytest.raises(InvalidEntry):
        book.rulebook.save(with_change(duration_minutes=60), note=" ")
    with pytest.raises(InvalidEntry):
        book.rulebook.save(book.rulebook.text(), note="没有变化")
    with pytest.raises(InvalidEntry):
        book.rulebook.undo()
    with book.transaction() as session:
        session.add(Staff(login="worker", name="何晓", role="caseworker"))
    book.act_as("worker")
    with pytest.raises(NotPermitted):
        book.rulebook.save(with_change(duration_minutes=60), note="想改")
    assert book.rulebook.history() == []


def test_count_opens_exactly_the_people_it_counts(any_workbook: Workbook) -> None:
    book = any_workbook
    ids = people(book)
    text = "living = 'alone' and age >= 80"
    count = book.plans.count(text)
    holding = {one.person_id for one in book.rulebook.people(text)}
    open_ = {one.person_id for one in book.rulebook.people(text, unknown=True)}
    assert (len(holding), len(open_)) == (count.holds, count.unknown)
    assert holding == {ids[0], ids[1]} and open_ == {ids[5]}


def test_check_names_rules_of_which_nothing_is_known(any_workbook: Workbook) -> None:
    people(any_workbook)
    found = {one.rules[0] for one in any_workbook.rulebook.check() if one.kind == "missing_fact"}
    assert "outreach" in found and "phone_monthly" not in found


# --- writing rules down ---------------------------------------------------------------------------


def test_written_rules_read_back_the_same() -> None:
    assert tomllib.loads(write_rules(RAW)) == RAW


@given(st.text(max_size=60).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)))
def test_any_text_in_a_rule_reads_back_the_same(text: str) -> None:
    raw = {"agency": "x", "documents": [], "rules": [{"code": "a", "when": text}]}
    read = tomllib.loads(write_rules(raw))
    assert read["rules"][0]["when"] == text


def test_change_from_a_day_leaves_the_time_before_as_it_was() -> None:
    later = TODAY + WEEK
    changed = change_rule(RAW, "birthday", {"priority": 1}, since=later, today=TODAY)
    before, after = (entry_on(changed, "birthday", day) for day in (TODAY, later))
    assert before is not None and after is not None
    assert before["until"] == later - timedelta(days=1)
    assert {**before, "until": None} == {**(entry_on(RAW, "birthday", TODAY) or {}), "until": None}
    assert (after["since"], after["priority"]) == (later, 1)
    again = change_rule(changed, "birthday", {"priority": 2}, since=later, today=TODAY)
    assert sum(one["code"] == "birthday" for one in again["rules"]) == 2


def test_rule_written_anew_holds_from_today_and_the_days_before_stay_as_they_were() -> None:
    day = date(2025, 3, 3)
    clause = {"document": "d", "article": "a"}
    rule = {"code": "a", "clause": clause, "since": date(2014, 1, 1), "duration_minutes": 30}
    ended = {**rule, "code": "b", "until": date(2020, 1, 1)}
    old = {"documents": [{"code": "d"}], "rules": [rule, ended]}
    assert keep_past(old, old, today=day)["rules"] == old["rules"]
    longer = {**rule, "duration_minutes": 45}
    new = {"documents": [], "rules": [longer, {**ended, "duration_minutes": 5}]}
    found = keep_past(old, new, today=day)
    assert found["rules"] == [
        {**rule, "until": date(2025, 3, 2)},
        {**longer, "since": day},
        ended,
    ]
    assert found["documents"] == [{"code": "d"}], "what the past rests on stays listed"
    later = {**rule, "since": date(2020, 1, 1)}
    assert keep_past(old, {"rules": [later]}, today=day)["rules"] == [rule]
    closing = {**rule, "until": date(2025, 6, 30)}
    assert keep_past(old, {"rules": [closing]}, today=day)["rules"] == [closing]
    fresh = {**rule, "code": "c", "since": date(2024, 1, 1)}
    assert keep_past(old, {"rules": [fresh]}, today=day)["rules"] == [{**fresh, "since": day}]


def test_past_cannot_be_changed() -> None:
    yesterday = TODAY - timedelta(days=1)
    for act in (
        lambda: change_rule(RAW, "birthday", {"priority": 1}, since=yesterday, today=TODAY),
        lambda: end_rule(RAW, "birthday", last=yesterday - WEEK, today=TODAY),
        lambda: add_rule(RAW, {"code": "new", "since": yesterday}, today=TODAY),
    ):
        with pytest.raises(InvalidEntry):
            act()


# --- stronger rules of events, and rules for the deceased -----------------------------------------


def with_rules(*more: dict[str, Any], **changes: Any) -> str:
    """Write Changshu's rules with rules added, and the bereavement visit changed."""
    raw = deepcopy(RAW)
    for rule in raw["rules"]:
        if rule["code"] == "bereavement":
            rule |= changes
    raw["rules"] += more
    return write_rules(raw)


def like(code: str, new: str, **changes: Any) -> dict[str, Any]:
    (found,) = (rule for rule in RAW["rules"] if rule["code"] == code)
    return deepcopy(found) | {"code": new} | changes


def has_died(book: Workbook, person: int, on: date) -> None:
    book.life.record(person, LifeEvent("died", on, source="家属来电"))


def test_difference_counts_what_families_of_the_deceased_are_owed(any_workbook: Workbook) -> None:
    book = any_workbook
    persons = people(book)
    book.plans.compile(days=200)
    for person in persons[:2]:
        has_died(book, person, TODAY)
    after_weeks = {"after": "died_on", "opens": "14 days after", "due": "49 days after"}
    seventh = like("bereavement", "seventh_week", event=after_weeks, duration_minutes=40)
    told = book.rulebook.difference(with_rules(seventh), days=200)
    assert (told.added.tasks, told.removed.tasks) == (2, 0)
    assert {one.person_id for one in told.persons} == set(persons[:2])
    before = open_tasks(book)
    book.rulebook.save(with_rules(seventh), note="局务会决定")
    book.plans.compile(days=200)
    assert len(open_tasks(book) - before) == 2
    instead = seventh | {"instead_of": ["bereavement"], "when": "age >= 90"}
    told = book.rulebook.difference(with_rules(instead), days=200)
    by_rule = {row.key: (row.counts["added"].tasks, row.counts["removed"].tasks)
               for row in told.by_rule}  # fmt: skip
    assert by_rule["bereavement"] == (0, 1), "the one of 95 gets the stronger one instead"


def test_looking_back_lets_the_weaker_rule_of_an_event_stand_back(any_workbook: Workbook) -> None:
    book = any_workbook
    persons = people(book)
    old, young = persons[1], persons[4]
    with book.transaction() as session:
        for person in (old, young):
            for value, since, until in (
                ("inpatient", date(2025, 1, 8), date(2025, 1, 20)),
                ("no", date(2025, 1, 21), None),
            ):
                session.add(
                    Fact(
                        person_id=person, code="hospital_status", value=value, valid_from=since,
                        valid_to=until, recorded_at=now(), recorded_by="何晓", source="电话",
                    )
                )  # fmt: skip
    (usual,) = (rule for rule in RAW["rules"] if rule["code"] == "hospital_visit")
    stronger = like(
        "hospital_visit", "hospital_visit_old", when=f"({usual['when']}) and age >= 90",
        instead_of=["hospital_visit"],
    )  # fmt: skip
    text = with_rules(stronger)
    found = book.rulebook.backtest(text, date(2025, 1, 1), date(2025, 2, 28))
    due = {row.key: row.counts["due"].tasks for row in found.by_rule}
    assert (due["hospital_visit_old"], due["hospital_visit"]) == (1, 1)


@pytest.mark.parametrize("name", agencies())
def test_rule_table_says_places_events_and_settings_in_words_and_reads_them_back(
    name: str, tmp_path: Path
) -> None:
    book = open_workbook(str(tmp_path / "w.sqlite"), agency=name, today=TODAY)
    table = book.rulebook.table()
    sheet = load_workbook(BytesIO(table))["修改"]
    rows = list(sheet.iter_rows(values_only=True))
    heads = next(row for row in rows if "静默天数" in row)
    for head in ("地点", "事件", "静默天数", "静默方式", "节日", "服务", "由谁", "方式"):
        cells = [row[heads.index(head)] for row in rows[rows.index(heads) + 1 :]]
        assert not [one for one in cells if re.search("[a-z]{3}", str(one or ""))], head
    read = tomllib.loads(book.rulebook.read_table(table))["rules"]
    want = book.rulebook.raw()["rules"]
    assert [{**one, "when": ""} for one in read] == [{**one, "when": ""} for one in want]
    book.close()
