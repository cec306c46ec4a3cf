"""The import screen: look first, write when told, take it back."""

from __future__ import annotations

import tempfile

import pytest

from casework.ui import Shell
from casework.ui.screens.intake import IntakeScreen
from tests.test_intake import CHANGSHU, FIRST, HEAD, a_roster


@pytest.fixture
def screen(workbook) -> IntakeScreen:
    shell = Shell(workbook, "supervisor")
    shell.go("intake")
    assert isinstance(shell.screen, IntakeScreen)
    return shell.screen


def test_roster_is_looked_at_before_anything_is_written(screen, tmp_path):
    screen.look_at("名册.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    assert screen.report is not None and screen.report.counts["imported"] == 1
    assert screen.wb.people.roll().total == 0


def test_roster_is_imported_and_taken_back(screen, tmp_path):
    screen.look_at("名册.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    screen.write()
    assert screen.wb.people.roll().total == 1
    assert "名册.xlsx" in screen.earlier.html
    screen.earlier.click("undo", batch=1)
    assert screen.wb.people.roll().total == 0


def test_heading_is_placed_on_the_screen(screen, tmp_path):
    path = a_roster(tmp_path, [*FIRST, "喜欢下棋"], head=[*HEAD, "老同志代号甲"])
    screen.look_at("名册.xlsx", path.read_bytes())
    screen.fields["老同志代号甲"].entry = "hobby"
    screen.save_headings()
    assert screen.report is not None and screen.report.unplaced == []


def test_column_is_asked_about_with_cells_that_differ_and_left_out_by_the_second_answer(
    screen, tmp_path
):
    path = a_roster(tmp_path, *([*FIRST, one] for one in "甲甲乙"), head=[*HEAD, "自理能力"])
    screen.look_at("名册.xlsx", path.read_bytes())
    asked = screen.fields["自理能力"]
    column = next(one for one in screen.report.columns if one.path == "自理能力")
    assert column.samples == ("甲", "乙")
    assert [one.code for one in asked.options][:2] == ["health", "-"]


@pytest.mark.parametrize("name", ["名册.exe", "../../etc/passwd", "名册"])
def test_other_files_are_refused_in_words(screen, name):
    screen.chooser.put(name, b"x")
    assert "xlsx" in screen.chooser.error
    assert screen.report is None


def test_column_that_was_read_wrongly_is_read_as_told(screen, tmp_path):
    path = a_roster(tmp_path, [*FIRST, "小王"], head=[*HEAD, "家属姓名"])
    screen.chooser.put("名册.xlsx", path.read_bytes())
    screen.change("家属姓名")
    screen.fields["家属姓名"].entry = "team:caseworker:name"
    screen.save_headings()
    read = {one.path: (one.column, one.how) for one in screen.report.columns}
    assert read["家属姓名"] == ("team:caseworker:name", "saved")


def test_column_is_not_read_when_told_so(screen, tmp_path):
    screen.chooser.put("名册.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    screen.change("服务需求")
    screen.fields["服务需求"].entry = "-"
    screen.save_headings()
    assert next(one for one in screen.report.columns if one.path == "服务需求").column == ""
    assert "服务需求" not in screen.fields


def test_name_of_the_file_stays_text(screen, tmp_path):
    screen.look_at("<img src=x>.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    screen.write()
    assert "<img" not in screen.earlier.html


def test_no_copy_of_the_file_stays_behind(screen, tmp_path, monkeypatch):
    content = a_roster(tmp_path, FIRST).read_bytes()
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    screen.look_at("名册.xlsx", content)
    assert screen.content == content and list(passing.iterdir()) == []
    screen.read_again()
    screen.write()
    assert screen.content is None and list(passing.iterdir()) == []


def test_roster_is_imported_in_the_browser(workbook, visit, page):
    visit(page, "#/intake")
    with page.expect_file_chooser() as chooser:
        page.locator(".cw-file-face").click()
    chooser.value.set_files(str(CHANGSHU))
    page.get_by_role("button", name="导入 439 人").click()
    page.get_by_text("已导入 439 人。").wait_for()
    assert workbook.people.roll().total == 439
