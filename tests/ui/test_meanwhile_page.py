"""In the browser: a colleague was faster at an issue, and the second writer chooses."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from casework.records import Staff
from casework.workbook import open_workbook
from casework.workbook.issues import IssueEntry
from tests.conftest import TODAY


def test_second_writer_reads_who_was_faster_and_saves_all_the_same(
    page, visit, workbook_file: Path
):
    book = open_workbook(str(workbook_file), today=TODAY)
    with book.transaction() as session:
        session.add(Staff(login="zhou", name="周洁", role="supervisor"))
    issue = book.issues.report(IssueEntry("电梯坏了", "housing", "phone", detail="三天没修"))
    visit(page, f"#/issue?id={issue}", audience="supervisor")
    page.get_by_role("button", name="记录进展").click()
    note = page.get_by_label("做了什么、了解到什么")
    note.fill("已联系物业，答应明天来修")
    book.act_as("zhou")
    book.issues.escalate(issue, "请街道协调维修资金")
    page.keyboard.press("Control+s")
    told = page.locator(".cw-meanwhile")
    expect(told).to_contain_text("周洁")
    expect(note).to_have_value("已联系物业，答应明天来修")
    page.get_by_role("button", name="仍然保存我的").click()
    expect(page.locator(".cw-history")).to_contain_text("已联系物业，答应明天来修")
    assert [one.note for one in book.issues.view(issue).steps][-1] == "已联系物业，答应明天来修"
    book.close()
