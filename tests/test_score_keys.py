"""The answers that others rely on, scored by a second, much simpler reading of the same keys.

Points and cut-offs stand here once more in another form, as the tables of the standards have them,
so that a slip in a file and its cases is found.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.errors import InvalidEntry
from casework.instruments import score
from casework.instruments.library import instrument
from tests.test_instrument_cases import allowed_values

KEYS = Path(__file__).parent / "cases" / "instruments" / "interface-keys.csv"
GDS_NO = {"satisfied", "good_spirits", "happy", "wonderful", "energy"}
SAS_REVERSE = {"q5", "q9", "q13", "q17", "q19"}
EMOTIONAL = {"emptiness", "miss_people", "rejected"}


def keys_of() -> dict[str, dict[str, list[int | str]]]:
    found: dict[str, dict[str, list[int | str]]] = {}
    with KEYS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            listed = found.setdefault(row["instrument"], {})
            listed[row["key"]] = allowed_values(row["allowed"])
    return found


def points(code: str, key: str, value: Any) -> int:
    if code == "gds-15":
        return int((value == "no") == (key in GDS_NO))
    if code == "djg-6":
        return 1 if value == "more_or_less" else int((value == "yes") == (key in EMOTIONAL))
    if code == "sas" and key in SAS_REVERSE:
        return 5 - int(value)
    if isinstance(value, str):  # frail: yes counts; consciousness: stupor and coma count nothing
        return int(value == "yes")
    return int(value)


def steps(*edges: int) -> Callable[[int], int]:
    """Count how many edges a total reaches: the level of a scale on which higher is worse."""
    return lambda total: sum(total >= edge for edge in edges)


def falling(*edges: int) -> Callable[[int], int]:
    """Count how many edges a total stays below: the level where higher is better."""
    return lambda total: sum(total < edge for edge in edges)


LEVELS: dict[str, Callable[[int], int]] = {
    "gbt42195-2022": falling(90, 66, 46, 30),
    "barthel": falling(100, 61, 41),
    "gds-15": steps(5, 9, 12),
    "phq-9": steps(5, 10, 15, 20),
    "gad-7": steps(5, 10, 15),
    "selfcare-5": steps(4, 9, 19),
    "frail": steps(1, 3),
    "mna-sf": falling(12, 8),
    "sas": steps(50, 60, 70),
    "morse": steps(25, 45),
    "djg-6": steps(2, 5),
    "ucla-3": steps(6),
    "lsns-6": falling(12),
    "mini-cog": falling(3),
}


def test_every_instrument_of_the_interface_is_read_twice() -> None:
    assert set(LEVELS) == set(keys_of())


@pytest.mark.parametrize("code", list(LEVELS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_total_and_level_are_those_of_the_second_reading(code: str, data: Any) -> None:
    keys = {key: values for key, values in keys_of()[code].items() if key != "F2"}
    answers = {key: data.draw(st.sampled_from(values)) for key, values in keys.items()}
    total = sum(points(code, key, value) for key, value in answers.items())
    if code == "sas":
        total = int(total * 1.25)
    level = 4 if answers.get("B.3.9") == "coma" else LEVELS[code](total)
    found = score(instrument(code), answers)
    assert (found.total, found.level, found.missing) == (total, level, ())


@pytest.mark.parametrize("code", list(LEVELS))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_answer_outside_the_interface_is_refused(code: str, data: Any) -> None:
    keys = keys_of()[code]
    key = data.draw(st.sampled_from(sorted(keys)))
    wrong = data.draw(st.sampled_from([-1, 999, "x", True, 1.5, [1], {}]))
    with pytest.raises(InvalidEntry):
        score(instrument(code), {key: wrong})
