"""``casework rules``: what it prints, as text and as JSON, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from casework.cli import main
from casework.workbook import open_workbook
from casework.workbook.policy import rules_file
from tests.conftest import TODAY
from tests.test_rulebook import people, with_change


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "office.sqlite"
    book = open_workbook(str(place), agency="changshu", today=TODAY)
    people(book)
    book.close()
    monkeypatch.setenv("CASEWORK_DB", str(place))
    monkeypatch.setenv("CASEWORK_TODAY", TODAY.isoformat())
    return tmp_path


def test_check_finds_nothing_in_the_agencys_own_rules_but_what_is_to_be_found_out(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "check", "--json"]) == 0
    assert {one["severity"] for one in json.loads(capsys.readouterr().out)} <= {"note"}


def test_check_of_a_file_points_at_the_mistake(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = office / "bad.toml"
    bad.write_text(with_change(when="livng = 'alone'"), encoding="utf-8")
    assert main(["rules", "check", str(bad)]) == 1
    printed = capsys.readouterr().out
    assert "livng = 'alone'\n^^^^^" in printed and "living" in printed


def test_difference_is_a_finding_and_no_difference_none(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "diff", str(rules_file("changshu"))]) == 0
    changed = office / "new.toml"
    changed.write_text(with_change(when="age >= 90"), encoding="utf-8")
    capsys.readouterr()
    assert main(["rules", "diff", str(changed), "--json", "--days", "100"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["affected"] == len(told["persons"]) > 0
    assert told["removed"]["tasks"] == sum(row["removed"]["tasks"] for row in told["by_rule"])
    assert told["removed"]["tasks"] == sum(row["removed"]["tasks"] for row in told["by_unit"])
    assert told["removed"]["tasks"] == sum(row["removed"]["tasks"] for row in told["by_worker"])


def test_table_goes_out_and_comes_back_as_the_same_rules(office: Path) -> None:
    sheet = office / "rules.xlsx"
    assert main(["rules", "table", str(sheet)]) == 0
    assert main(["rules", "diff", str(sheet)]) == 0


def test_backtest_adds_up(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["rules", "backtest", "--from", "2025-01-01", "--to", "2025-02-28", "--json"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["due"]["tasks"] == sum(row["due"]["tasks"] for row in told["by_rule"]) > 0
    assert told["present"]["due"] == told["due"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules", "diff", "nothing.toml"],
        ["rules", "backtest", "--from", "2025-01-01", "--to", "2026-01-01"],
    ],
)
def test_wrong_use_is_said_and_has_status_2(
    office: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err
