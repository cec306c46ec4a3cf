"""Odd text is kept letter by letter or refused with a sentence, and alike on both databases.

Hostile inputs 13 and 14.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.errors import InvalidEntry
from casework.records import Fact, Person
from casework.workbook import Workbook
from tests.test_contacts import a_person

KEPT = {
    "bidi override": "\u202e王\u202c",
    "zero width": "王\u200b\u200d小\ufeff",
    "combining": "e" + "\u0301" * 300,
    "four bytes": "𠮷田𠀋",
    "decomposed": unicodedata.normalize("NFD", "Ångström"),
    "control": "a\x01\x1b[31mb\x7f",
    "new lines": "一\r\n二\u2028三",
    "statement": "'; DROP TABLE person; --",
    "wildcards": "100%_\\",
    "format": "%s %(x)s {0} {{7*7}} :name $1",
    "long": "长" * 2_000,
    "private use": "\ue000\U0010ffff",
    "emoji": "👩‍👩‍👧‍👦",
}
REFUSED = {"nul": "王\x00五", "high half": "王\ud800", "low half": "\udc00王", "only nul": "\x00"}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_odd_text_comes_back_letter_by_letter(any_workbook: Workbook, text: str) -> None:
    person = a_person(any_workbook)
    any_workbook.people.record_fact(person, "difficulty", text, source="form")
    with any_workbook.reading() as session:
        assert session.scalars(select(Fact.value)).all() == [text.strip()]


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_text_that_cannot_be_kept_is_refused_and_nothing_written(
    any_workbook: Workbook, text: str
) -> None:
    person = a_person(any_workbook)
    with pytest.raises(InvalidEntry, match="无效字符"):
        any_workbook.people.record_fact(person, "difficulty", text, source="form")
    with pytest.raises(InvalidEntry, match="无效字符"):
        any_workbook.people.search(text)
    with any_workbook.reading() as session:
        assert session.query(Person).count() == 1


def test_a_million_characters_are_refused_with_what_is_accepted(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    with pytest.raises(InvalidEntry, match="最多 2,000 个字"):
        any_workbook.people.record_fact(person, "difficulty", "长" * 1_000_000, source="form")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(words=st.text(min_size=1, max_size=30))
def test_any_search_is_answered_or_refused(any_workbook: Workbook, words: str) -> None:
    try:
        found = any_workbook.people.search(words)
    except InvalidEntry:
        assert "\x00" in words or any("\ud800" <= one <= "\udfff" for one in words)
    else:
        assert found == []


@pytest.mark.parametrize("ending", [".csv"])
def test_roster_with_broken_characters_is_read_on_both(
    any_workbook: Workbook, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"roster{ending}"
    path.write_bytes(
        "姓名,性别,出生日期,住址\n"
        "测\x00一,男,1932-05-01,五星路\x00 1 号\n"
        "测二,女,1933-05-01,\x01\n".encode()
    )
    done = any_workbook.intake.import_roster(path)
    assert sum(done.counts.values()) == 3
