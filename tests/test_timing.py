"""When an obligation falls, as data say it: what is accepted, refused, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from casework.errors import InvalidEntry
from casework.occasions import Offset
from casework.rules.ruleset import RuleSet
from casework.rules.timing import timing_from, timing_record
from casework.terms import speaking
from casework.workbook.policy import rules_of
from tests.conftest import AGENCY, TODAY

QUOTA = {"times": 1, "per": "month"}
FESTIVAL = {"codes": ["spring_festival"], "opens": "15 days before"}
BIRTHDAY = {"opens": "7 days before"}
EVENT = {"after": "retired_on", "due": "30 days after"}
SILENCE = {"days": 30, "due": "7 days after"}
KINDS = {
    "quota": QUOTA, "festival": FESTIVAL, "birthday": BIRTHDAY, "event": EVENT, "silence": SILENCE,
}  # fmt: skip
DAY = timedelta(days=1)


@pytest.mark.parametrize("kind", KINDS)
def test_timing_comes_back_as_it_was_written(kind: str) -> None:
    read = timing_from({kind: KINDS[kind], "title": "x"})
    assert timing_from(timing_record(read)) == read
    assert list(timing_record(read)) == [kind]


def test_rule_says_when_in_one_way() -> None:
    with pytest.raises(InvalidEntry, match="quota"):
        timing_from({"title": "x"})
    for one in KINDS:
        for other in KINDS.keys() - {one}:
            with pytest.raises(InvalidEntry, match="2"):
                timing_from({one: KINDS[one], other: KINDS[other]})


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("quota", {"times": 0}), ("quota", {"times": 32}), ("quota", {"per": "day"}),
        ("birthday", {"every": 0}), ("birthday", {"reckoning": "lunar"}),
        ("birthday", {"opens": "soon"}), ("silence", {"days": 0}), ("event", {"due": "later"}),
    ],
)  # fmt: skip
def test_timing_that_cannot_be_is_refused(kind: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidEntry):
        timing_from({kind: KINDS[kind] | changed})


@pytest.mark.parametrize("times", [1, 31])
def test_most_and_fewest_times_are_taken(times: int) -> None:
    assert timing_from({"quota": {"times": times, "per": "year"}}).times == times  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_names_what_it_must_have(kind: str) -> None:
    wanted = {"quota": ["per"], "festival": ["codes", "opens"], "birthday": ["opens"],
              "event": ["after", "due"], "silence": ["days", "due"]}[kind]  # fmt: skip
    for entry in wanted:
        left = {key: one for key, one in KINDS[kind].items() if key != entry}
        with pytest.raises(InvalidEntry, match=entry):
            timing_from({kind: left})


def test_rule_is_in_force_on_its_first_and_last_day_and_between_spans_that_touch_them() -> None:
    rules = rules_of(AGENCY, TODAY)
    first, last = date(2025, 3, 1), date(2025, 3, 31)
    one = replace(rules.rules[0], since=first, until=last)
    some: RuleSet = replace(rules, rules=(one,))
    assert [some.on(day) != () for day in (first - DAY, first, last, last + DAY)] == [
        False, True, True, False,
    ]  # fmt: skip
    for span, is_in in (
        ((first - DAY, first - DAY), False), ((first - DAY, first), True), ((last, last), True),
        ((last, last + DAY), True), ((last + DAY, last + 2 * DAY), False),
        ((first - DAY, last + DAY), True),
    ):  # fmt: skip
        assert (some.between(*span) != ()) is is_in, span
    open_ended = replace(some, rules=(replace(one, until=None),))
    assert open_ended.between(last + DAY, last + DAY)


@pytest.mark.parametrize(
    "written",
    ["on the day", "1 day before", "15 days after", "1 workday before", "3 workdays after",
     "1 week before", "2 weeks after", "1 month before", "6 months after"],
)  # fmt: skip
def test_distance_is_said_as_it_is_written(written: str) -> None:
    read = Offset.parse(written)
    assert read.written == written
    with speaking("en"):
        assert str(read) == written
    with speaking("zh"):
        told = str(read)
    assert told == "当天" if written == "on the day" else str(abs(read.amount)) in told
