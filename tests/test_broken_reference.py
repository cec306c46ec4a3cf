"""Every file of reference data, broken in five ways, is refused by file and place in words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from casework.reference import BrokenReference, data_folder, read_toml
from casework.reference.shapes import faults_in, shape_of
from casework.terms import speaking

ROOT = Path(__file__).parents[1]
FILES = [path for path in sorted(data_folder().glob("**/*.toml")) if shape_of(path) is not None]
NAMES = [str(path.relative_to(data_folder())) for path in FILES]
# Read by checks of their own, which have tests of their own.
ELSEWHERE = {"rules.toml"}


def test_every_file_of_reference_data_has_a_shape_or_checks_of_its_own() -> None:
    every = data_folder().glob("**/*.toml")
    left = [
        path
        for path in every
        if shape_of(path) is None
        and path.name not in ELSEWHERE
        and path.parent.name not in ("instruments", "demo")
    ]
    assert left == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_file_as_it_is_has_no_fault(path: Path) -> None:
    assert faults_in(read_toml(path), shape_of(path) or {}) == []


def tables(told: Any) -> Iterator[dict[str, Any]]:
    """Give every table of a file that is no label."""
    if isinstance(told, dict):
        if set(told) != {"zh", "en"}:
            yield told
        for value in told.values():
            yield from tables(value)
    elif isinstance(told, list):
        for value in told:
            yield from tables(value)


def broken(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give copies of a file, each with one fault: of what kind, and the name it is about."""
    for number, table in enumerate(tables(told)):
        if number > 60:  # further entries of a list are as those before
            return
        for kind in ("unknown", "wrong", "missing"):
            for key in list(table) if kind != "unknown" else ["sorce"]:
                copy = deepcopy(told)
                place = list(tables(copy))[number]
                if kind == "missing":
                    del place[key]
                else:
                    place[key] = {"wrong": {"odd": [1]}, "unknown": "x"}[kind]
                yield kind, copy, key


def names_in(reason: str) -> set[str]:
    """Give the words of a reason."""
    return set(re.findall(r"\w+", reason, flags=re.ASCII))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_file_with_a_fault_is_refused_by_name_in_either_language(path: Path) -> None:
    told, shape = read_toml(path), dict(shape_of(path) or {})
    found = dict.fromkeys(("unknown", "wrong", "missing"), 0)
    assert shape
    for kind, copy, key in broken(told):
        with speaking("zh"):
            faults = faults_in(copy, shape)
        found[kind] += bool(faults)
        for fault in faults:
            assert re.search("[\u4e00-\u9fff]", fault.reason), fault
            assert not re.search("[a-z]{2,} [a-z]{2,} [a-z]{2,}", fault.reason), fault
        if kind == "wrong" and faults:
            # Within a table that may have any names, the odd one is told.
            assert any({key, "odd"} & names_in(one.reason) for one in faults), (key, faults)
    assert all(found.values()), found


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_code_that_stands_twice_is_refused(path: Path) -> None:
    told, shape = read_toml(path), dict(shape_of(path) or {})
    for at, line in shape.items():
        if not at.endswith("[]") or "code!!" not in line or "[]." in at:
            continue
        key = at.removesuffix("[]")
        if "." in key or key not in told:
            continue
        copy = {**told, key: [*told[key], told[key][0]]}
        with speaking("zh"):
            (fault,) = faults_in(copy, shape)
        assert fault.place == f"[[{key}]] {told[key][0]['code']}"
        assert fault.reason.startswith("出现了两次")


def test_days_are_refused_that_are_none_or_end_before_they_begin(tmp_path: Path) -> None:
    folder = tmp_path / "agencies" / "changshu"
    shutil.copytree(data_folder() / "agencies" / "changshu", folder)
    path = folder / "standards.toml"
    text = path.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if re.fullmatch(r"since = [\d-]+", one))
    number = text.splitlines().index(line) + 1
    for day, told in (
        ("since = 2025-02-30", f"第 {number} 行第 9 列：日历上没有这一天"),
        ('since = "2025-02-03"', "since 须为日期"),
        ("since = 2025-02-03\nuntil = 2025-02-01", "截止日 2025-02-01 早于起始日"),
    ):
        path.write_text(text.replace(line, day, 1), encoding="utf-8")
        with speaking("zh"), pytest.raises(BrokenReference, match=re.escape(told)) as refused:
            read_toml(path)
        assert "standards.toml" in str(refused.value)


def test_nearest_name_is_offered_and_further_faults_are_told() -> None:
    path = data_folder() / "reference" / "services.toml"
    told = read_toml(path)
    copy = deepcopy(told)
    copy["service"][0]["lable"] = copy["service"][0].pop("label")
    with speaking("en"):
        first, second = faults_in(
            copy, shape_of(data_folder() / "reference" / "services.toml") or {}
        )
    assert first.place == second.place == "[[service]] visit"
    assert first.reason == "does not know the name “lable”. Did you mean label?"
    assert second.reason == "has no label. Add it."


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("reference/occasions.toml", "calendar = ", "calender = ", "calendar"),
        ("reference/privacy/rights.toml", "days = ", "days = 0 # ", "days 须为不小于 1 的整数"),
        ("reference/rosters.toml", "minutes = 30 ", 'minutes = "30" ', "minutes 须为整数"),
        ("reference/roster_words.toml", 'matches = "', 'matches = "(', "matches"),
        ("agencies/changshu/campaigns.toml", 'by = "', 'by = "x', "by 不能是“x"),
        ("agencies/changshu/rules.toml", 'when = "', 'when = "livng = 1 and ', "livng"),
        ("agencies/changshu/rules.toml", "since = 2014-01-01", "since = 2014-02-30", "没有这一天"),
        ("agencies/changshu/pairing.toml", 'group = "', 'group = "x', "group 不能是"),
    ],
)  # fmt: skip
def test_commands_refuse_broken_data_before_anything_is_made(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    shutil.copytree(data_folder(), tmp_path / "data")
    path = tmp_path / "data" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    made = tmp_path / "w.sqlite"
    command = [sys.executable, "-m", "casework", "--db", str(made), "init", "--agency", "changshu"]
    asked = subprocess.run(
        command,
        env={**os.environ, "CASEWORK_DATA": str(tmp_path / "data"), "CASEWORK_LANG": "zh"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 2, asked
    assert "Traceback" not in asked.stderr
    assert path.name in asked.stderr and told in asked.stderr, asked.stderr
    assert not made.exists()
