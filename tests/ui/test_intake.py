"""The import screen: look first, write when told, take it back."""

from __future__ import annotations

from datetime import UTC, datetime

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


@pytest.mark.parametrize("name", ["名册.exe", "../../etc/passwd", "名册"])
def test_other_files_are_refused_in_words(screen, name):
    screen.chooser.value = (
        {
            "name": name,
            "type": "",
            "size": 1,
            "content": memoryview(b"x"),
            "last_modified": datetime(2025, 3, 3, tzinfo=UTC),
        },
    )
    assert "cw-notice-error" in screen.notice.html
    assert screen.report is None


def test_name_of_the_file_stays_text(screen, tmp_path):
    screen.look_at("<img src=x>.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    screen.write()
    assert "<img" not in screen.earlier.html


def test_no_copy_of_the_file_stays_behind(screen, tmp_path):
    screen.look_at("名册.xlsx", a_roster(tmp_path, FIRST).read_bytes())
    left = screen.file
    assert left is not None and left.exists()
    screen.leave()
    assert not left.exists()


def test_roster_is_imported_in_the_browser(workbook, visit, page):
    visit(page, "#/intake")
    with page.expect_file_chooser() as chooser:
        page.locator("button.cw-chooser").click()
    chooser.value.set_files(str(CHANGSHU))
    page.get_by_role("button", name="导入 439 人").click()
    page.get_by_text("已导入 439 人。").wait_for()
    assert workbook.people.roll().total == 439
