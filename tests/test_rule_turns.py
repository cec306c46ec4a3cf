"""A change of the rules to come: what is said of it today is what drawing up plans then does."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.records import Task
from casework.rules.writing import add_rule, change_rule, end_rule, write_rules
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, PersonEntry
from casework.workbook.policy import read_policy, rules_file
from casework.workbook.rule_sides import Comparison
from casework.workbook.tasks import reason_text
from tests.conftest import TODAY
from tests.test_plans import now_is
from tests.test_rulebook import people

RAW = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))
DAYS = 250
Key = tuple[int, str, str]

CONDITIONS = st.sampled_from(
    [
        "category = 'retired'",
        "category = 'retired' and age >= 80",
        "category = 'retired' and age >= 86",
        "age >= 90 or living = 'alone'",
        "living = 'with_spouse'",
        "category = 'retired_veteran'",
    ]
)
QUOTAS = st.builds(
    lambda times, per: {"times": times, "per": per},
    st.integers(1, 2),
    st.sampled_from(["month", "quarter", "half_year", "year"]),
)
CODES = st.sampled_from(
    ["phone_monthly", "visit_quarterly", "visit_monthly_double_high", "dossier_review",
     "health_check", "birthday", "double_ninth"]
)  # fmt: skip
BY_QUOTA = ("phone_monthly", "visit_quarterly", "visit_monthly_double_high", "dossier_review")


@dataclass(frozen=True)
class Turn:
    """One change of the rules from a day on."""

    code: str
    days: int
    what: str
    when: str
    quota: dict[str, Any]

    def put(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Write it into the rules."""
        since = TODAY + timedelta(days=self.days)
        if self.what == "end":
            last = since - timedelta(days=1)
            return end_rule(raw, self.code, last=last, today=TODAY)
        if self.what == "add":
            (like,) = (one for one in RAW["rules"] if one["code"] == "visit_quarterly")
            new = like | {"code": "new", "since": since, "when": self.when, "quota": self.quota}
            return add_rule(raw, new, today=TODAY)
        changes: dict[str, Any] = {"when": self.when}
        if self.what == "cadence" and self.code in BY_QUOTA:
            changes["quota"] = self.quota
        if self.what == "length":
            changes = {"duration_minutes": 95}
        return change_rule(raw, self.code, changes, since=since, today=TODAY)


TURNS = st.builds(
    Turn, CODES, st.integers(0, 150), st.sampled_from(["edit", "edit", "cadence", "end", "add",
                                                       "length"]),
    CONDITIONS, QUOTAS,
)  # fmt: skip


@pytest.fixture(scope="module")
def planned(_founded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people with plans since January, some of whose open calls are made."""
    path = Path(shutil.copy(_founded_file, tmp_path_factory.mktemp("planned") / "w.sqlite"))
    book = open_workbook(str(path), today=date(2025, 1, 20))
    ids = people(book)
    book.plans.compile(days=DAYS)
    now_is(book, TODAY)
    for person in ids[:2]:
        book.contacts.record(
            ContactEntry(
                client_key=f"k{person}", happened_on=TODAY, channel="home_visit",
                persons=(PersonEntry(person),),
            )
        )  # fmt: skip
    book.plans.compile(days=DAYS)
    book.close()
    return path


@contextmanager
def a_copy(of: Path) -> Iterator[Workbook]:
    folder = Path(mkdtemp())
    book = open_workbook(str(shutil.copy(of, folder / "w.sqlite")), today=TODAY)
    yield book
    book.close()
    shutil.rmtree(folder)


def asked(book: Workbook) -> dict[Key, tuple[Any, ...]]:
    with book.reading() as session:
        return {
            (one.person_id, one.item_key, one.period): (
                one.opens_on, one.due_on, one.channels, one.cancelled_on, one.done_on, one.reason
            )
            for one in session.scalars(select(Task).where(Task.item_key.startswith("rule:")))
        }  # fmt: skip


def open_ones(rows: dict[Key, tuple[Any, ...]]) -> dict[Key, tuple[Any, ...]]:
    return {key: one[:3] for key, one in rows.items() if one[3] is None}


@settings(
    max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(turns=st.lists(TURNS, min_size=1, max_size=2, unique_by=lambda one: one.code))
def test_what_is_said_of_a_change_is_what_drawing_up_plans_does_on_its_day(
    turns: list[Turn], planned: Path
) -> None:
    raw = RAW
    for turn in turns:
        if turn.what == "add" and any(one["code"] == "new" for one in raw["rules"]):
            continue
        raw = turn.put(raw)
    last = TODAY + timedelta(days=DAYS)
    days = sorted({TODAY, *(TODAY + timedelta(days=one.days) for one in turns)})
    with a_copy(planned) as book:
        for day in days:
            now_is(book, day)
            book.plans.compile(days=(last - day).days)
        before = asked(book)
    with a_copy(planned) as book:
        text = write_rules(raw)
        told = book.rulebook.difference(text, days=DAYS)
        with book.reading() as session:
            sets = [
                read_policy(one, book.agency.code, TODAY)[0] for one in (book.rulebook.text(), text)
            ]
            both = Comparison(
                session, *sets, today=TODAY, last=last, outcomes=book.agency.counting.outcomes
            )
            found = list(both.changed())
        if not both.changes:
            return
        book.rulebook.save(text, note="局务会决定")
        for day in days:
            now_is(book, day)
            book.plans.compile(days=(last - day).days)
        assert book.plans.compile(days=(last - days[-1]).days).is_unchanged
        after = asked(book)
    gone, fresh = (
        {
            (one.person_id, task.key, task.period): (
                task.opens_on, task.due_on, list(task.channels)
            )
            for one in found
            for task, _duty in getattr(one, side)
        }
        for side in ("gone", "fresh")
    )  # fmt: skip
    # Rules that look at what we did ourselves follow what is missed in between, which nobody knows.
    touched = {f"rule:{code}" for code in both.touched}
    old, new = (
        {key: one for key, one in open_ones(rows).items() if key[1] in touched}
        for rows in (before, after)
    )
    assert gone.keys() - fresh.keys() == old.keys() - new.keys()
    assert fresh.keys() - gone.keys() == new.keys() - old.keys()
    assert {key: one for key, one in fresh.items()} == {key: new[key] for key in fresh}
    differing = {key for key in old.keys() & new.keys() if old[key] != new[key]}
    assert differing <= gone.keys() & fresh.keys()
    assert told.added.tasks + told.moved.tasks == len(fresh)
    assert told.removed.tasks + told.moved.tasks == len(gone)
    # What has begun by then and goes is told by name, and its history says why.
    for row in told.withdrawn:
        (mine,) = (
            one for key, one in after.items()
            if key[:2] == (row.person_id, f"rule:{row.rule}")
            and one[:2] == (row.opens_on, row.due_on) and one[3] is not None
        )  # fmt: skip
        why = reason_text(mine[5]) or ""
        assert "日起" in why and ("规则" in why), (mine, why)
    kept = {(one.person_id, f"rule:{one.rule}", one.opens_on) for one in told.kept}
    withdrawn = {(one.person_id, f"rule:{one.rule}", one.opens_on) for one in told.withdrawn}
    assert not kept & withdrawn


def test_visit_that_goes_with_its_rule_says_from_which_day_and_by_which_clause(
    any_workbook: Workbook,
) -> None:
    book, day = any_workbook, date(2025, 5, 12)
    persons = people(book)
    book.plans.compile(days=DAYS)
    changes = {
        "when": "category = 'retired' and age >= 80",
        "clause": {
            "document": "must_visits",
            "article": "八十周岁以上每季度走访",
            "capability": "S3-12",
        },
    }
    raw = change_rule(RAW, "visit_quarterly", changes, since=day, today=TODAY)
    book.rulebook.save(write_rules(raw), note="局务会决定")
    book.plans.compile(days=DAYS)
    young, old = persons[4], persons[3]
    assert _why(book, young, "2025-Q2") is None, "until then it can be made"
    # On that day something else becomes known of somebody: it is not the rule that changes things.
    moved = persons[5]
    now_is(book, day)
    book.people.record_fact(moved, "category", "retired_veteran", source="组织部")
    book.plans.compile(days=DAYS)
    assert _why(book, old, "2025-Q2") is None
    why = _why(book, young, "2025-Q2") or ""
    assert "2025年5月12日" in why and "八十周岁以上每季度走访" in why
    assert "2025年5月12日" in (_why(book, young, "2025-Q3") or ""), "what was to come says so too"
    assert _why(book, moved, "2025-Q2") == why, "the rule before would still have asked for it"
    row = next(
        one for one in book.tasks.list("open", person_id=old, limit=None)
        if one.item_key == "rule:visit_quarterly" and one.period == "2025-Q2"
    )  # fmt: skip
    assert row.reason is None


def test_visit_that_goes_for_another_reason_is_not_put_down_to_the_rule(
    workbook: Workbook,
) -> None:
    book, day = workbook, date(2025, 5, 12)
    someone = people(book)[3]
    book.plans.compile(days=DAYS)
    raw = change_rule(
        RAW, "visit_quarterly", {"when": "category = 'retired' and age >= 80"}, since=day,
        today=TODAY,
    )  # fmt: skip
    book.rulebook.save(write_rules(raw), note="局务会决定")
    book.plans.compile(days=DAYS)
    now_is(book, day)
    book.people.record_fact(someone, "category", "surviving_spouse", source="组织部")
    book.plans.compile(days=DAYS)
    assert _why(book, someone, "2025-Q2") == "规则不再要求"


def test_ended_and_vanished_rules_are_told_apart(workbook: Workbook) -> None:
    book, day = workbook, date(2025, 5, 12)
    someone = people(book)[0]
    book.plans.compile(days=DAYS)
    raw = end_rule(RAW, "phone_monthly", last=day - timedelta(days=1), today=TODAY)
    raw["rules"] = [one for one in raw["rules"] if one["code"] != "dossier_review"]
    book.rulebook.save(write_rules(raw), note="局务会决定")
    book.plans.compile(days=DAYS)
    assert "规则表中已没有" in (_why(book, someone, "2025-Q2", "rule:dossier_review") or "")
    now_is(book, day)
    book.plans.compile(days=DAYS)
    why = _why(book, someone, "2025-05", "rule:phone_monthly") or ""
    assert "已停用" in why and "2025年5月12日" in why, "the first day without it"


def _why(book: Workbook, person: int, period: str, key: str = "rule:visit_quarterly") -> str | None:
    """Say why a task was taken off the list; None where it was not."""
    with book.reading() as session:
        found = session.scalars(
            select(Task).where(
                Task.person_id == person, Task.item_key == key, Task.period == period
            )
        ).one()
        return reason_text(found.reason) if found.cancelled_on is not None else None


@pytest.mark.parametrize(
    ("since", "first"), [(date(2025, 6, 25), "2025-Q3"), (date(2025, 5, 10), "2025-Q2")]
)
def test_rule_to_come_asks_for_no_period_that_is_nearly_over_on_its_day(
    workbook: Workbook, since: date, first: str
) -> None:
    book = workbook
    someone = people(book)[3]
    (like,) = (one for one in RAW["rules"] if one["code"] == "visit_quarterly")
    raw = add_rule(RAW, like | {"code": "new", "since": since}, today=TODAY)
    book.rulebook.save(write_rules(raw), note="局务会决定")

    def periods() -> list[str]:
        return sorted(key[2] for key in open_ones(asked(book)) if key[:2] == (someone, "rule:new"))

    book.plans.compile(days=DAYS)
    assert periods()[0] == first
    assert book.plans.compile(days=DAYS).is_unchanged
    for day in (since - timedelta(days=1), since):
        now_is(book, day)
        book.plans.compile(days=DAYS)
        assert periods()[0] == first
        assert book.plans.compile(days=DAYS).is_unchanged


def test_whoever_comes_to_meet_a_rule_before_its_change_is_owed_it_from_then_on(
    workbook: Workbook,
) -> None:
    book, since = workbook, date(2025, 8, 1)
    someone = people(book)[4]  # of 60: owed nothing by this rule until it changes
    before = change_rule(
        RAW, "visit_quarterly", {"when": "category = 'retired_veteran'"}, since=TODAY, today=TODAY
    )
    raw = change_rule(
        before, "visit_quarterly", {"when": "category = 'retired'"}, since=since, today=TODAY
    )
    book.rulebook.save(write_rules(raw), note="局务会决定")
    book.plans.compile(days=DAYS)

    def mine() -> list[str]:
        found = open_ones(asked(book))
        return sorted(key[2] for key in found if key[:2] == (someone, "rule:visit_quarterly"))

    assert mine()[0] == "2025-Q3", "two of its three months are left on the day of the change"
    now_is(book, TODAY + timedelta(days=10))
    book.people.record_fact(someone, "category", "retired_veteran", source="组织部")
    book.plans.compile(days=DAYS)
    assert mine()[0] == "2025-Q2"
    now_is(book, TODAY + timedelta(days=60))
    book.plans.compile(days=DAYS)
    assert "2025-Q2" in mine()
    assert book.plans.compile(days=DAYS).is_unchanged
