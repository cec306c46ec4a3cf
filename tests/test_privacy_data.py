"""What the law would not let a purpose be is refused on load; every fact is of one kind of data."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

import casework
from casework.planning.lifecycle import STEPS
from casework.records import Base
from casework.records.holdings import HOLDINGS, NOT_ABOUT_ANYBODY
from casework.reference import BrokenReference, data_folder, facts
from casework.reference import privacy as data
from casework.terms import speaking
from casework.workbook.person_export import act_words, column_words, is_told
from tests.findings import expect_none
from tests.test_reference import _is_sourced, _sources, read_toml

FILES = sorted((data_folder() / "reference" / "privacy").glob("*.toml"))
LOADERS = (
    "data_kinds", "kind_of_fact", "recipients", "purposes", "retention", "rights",
    "rights_grounds", "notices",
)  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_has_a_source_that_is_known(path: Path) -> None:
    assert [(at, one) for at, one in _sources(read_toml(path)) if not _is_sourced(one)] == []


def test_every_fact_is_of_exactly_one_kind_of_data() -> None:
    assert set(data.kind_of_fact()) == set(facts())


def test_sensitive_facts_are_consented_to_separately() -> None:
    for one in data.purposes().values():
        if one.needs_consent and one.sensitive:
            assert one.separate and "29" in one.articles


def test_every_purpose_says_what_a_refusal_means_in_both_languages() -> None:
    for one in data.purposes().values():
        assert one.told.zh and one.told.en and one.refused.zh and one.refused.en


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    copied = Path(shutil.copytree(data_folder(), tmp_path / "data"))
    monkeypatch.setenv("CASEWORK_DATA", str(copied))
    _forget()
    yield copied / "reference" / "privacy"
    _forget()


def _forget() -> None:
    for name in LOADERS:
        getattr(data, name).cache_clear()


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("purposes.toml", 'article = "13-1; 23; 29"\nseparate = true',
         'article = "13-1; 23; 29"', "separate consent"),
        ("purposes.toml", 'article = "13-1; 28; 29; 30"', 'article = "13-1; 28"', "article 29"),
        ("purposes.toml", 'recipients = ["hospital"]\n', 'recipients = ["moon"]\n', "recipients"),
        ("purposes.toml", 'recipients = ["hospital"]\n',
         'recipients = ["hospital", "community"]\n', "one kind of recipient"),
        ("purposes.toml", 'basis = "legal_duty"', 'basis = "habit"', "basis is one of"),
        ("purposes.toml", "ask_again_days = 365\n", "", "ask_again_days"),
        ("kinds.toml", 'facts = ["mobile", "landline"]', 'facts = ["mobile"]', "to no kind"),
        ("kinds.toml", 'facts = ["mobile", "landline"]',
         'facts = ["mobile", "landline", "health"]', "twice"),
        ("kinds.toml", 'sensitive = "28"\n', "", "is sensitive"),
        ("retention.toml", "years = 3\non_erasure = \"all\"", "years = 2\non_erasure = \"all\"",
         "at least 3 years"),
        ("retention.toml", 'from = "case_end"', 'from = "birth"', "from is one of"),
        ("rights.toml", "days = 30", "days = 0", "number of 1 or more"),
    ],
)  # fmt: skip
def test_data_that_the_law_would_not_allow_are_refused(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    path = folder / file
    whole = path.read_text(encoding="utf-8")
    assert old in whole
    path.write_text(whole.replace(old, new, 1), encoding="utf-8")
    with speaking("en"), pytest.raises(BrokenReference, match=reason):
        for name in LOADERS:
            getattr(data, name)()


# --- every table --------------------------------------------------------------------------------


def test_every_table_is_declared_to_hold_something_about_persons_or_nothing() -> None:
    """A new table fails here until it is said how it leads to a person, or that it never does."""
    declared = {one.table for one in HOLDINGS} | set(NOT_ABOUT_ANYBODY)
    expect_none(set(Base.metadata.tables) ^ declared)
    assert not {one.table for one in HOLDINGS} & set(NOT_ABOUT_ANYBODY)


def test_every_column_that_refers_to_a_person_leads_there() -> None:
    by_table = {one.table: one for one in HOLDINGS}
    unlinked = {("related_person", "other_person_id")}  # another one's family; it is unlinked
    expect_none(
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
        if (table.name, column.name) not in unlinked
        if table.name not in by_table or column.name not in by_table[table.name].columns
    )


def test_every_table_has_a_time_for_which_it_is_kept() -> None:
    expect_none({one.record for one in HOLDINGS} - data.retention().keys())
    expect_none(data.retention().keys() - {one.record for one in HOLDINGS} - {"impact"})
    left = {"delete": "nothing", "blank": "skeleton", "keep": "all"}
    blank_too = {"person", "contact_participant"}  # the number others refer to; our own staff
    expect_none(
        one.table
        for one in HOLDINGS
        if data.retention()[one.record].on_erasure != left[one.fate] and one.table not in blank_too
    )


def test_every_column_that_people_are_told_of_has_a_name() -> None:
    words = column_words()
    expect_none(
        f"{one.table}.{column.name}"
        for one in HOLDINGS
        for column in Base.metadata.tables[one.table].columns
        if is_told(one.table, column.name)
        if column.name not in words and f"{one.table}.{column.name}" not in words
    )


def test_no_name_of_a_column_is_left_over() -> None:
    known = {
        name
        for one in HOLDINGS
        for column in Base.metadata.tables[one.table].columns
        for name in (column.name, f"{one.table}.{column.name}")
        if is_told(one.table, column.name)
    }
    expect_none(column_words().keys() - known)


def test_every_act_of_the_journal_has_its_words() -> None:
    """What the program writes into the journal is read by the person whom it is about."""
    acts = {f"{code}_plan" for code in STEPS}
    for path in Path(casework.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "log":
                acts |= _words_in(call.args[1:2])
            elif isinstance(call, ast.Call) and getattr(call.func, "id", "") == "log_step":
                acts |= _words_in(call.args[2:3])
    assert len(acts) > 100
    expect_none(acts - act_words().keys())


def _words_in(arguments: list[ast.expr]) -> set[str]:
    return {
        part.value
        for one in arguments
        for part in ast.walk(one)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and "{" not in part.value
        if not part.value.startswith("_") and not part.value.endswith("_")
    }
