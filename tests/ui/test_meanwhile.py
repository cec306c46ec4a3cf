"""Two people at the same thing: the second is told what the first did, and chooses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from casework.records import Staff
from casework.ui import Shell
from casework.workbook import Workbook, open_workbook
from casework.workbook.issues import IssueEntry
from tests.conftest import TODAY
from tests.test_contacts import a_person


@pytest.fixture
def colleague(any_workbook: Workbook) -> Iterator[Workbook]:
    """Open the same workbook for somebody else."""
    with any_workbook.transaction() as session:
        session.add(Staff(login="zhou", name="周洁", role="supervisor"))
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    book = open_workbook(address, acting="zhou", today=TODAY)
    yield book
    book.close()


def an_issue(book: Workbook) -> int:
    person = a_person(book)
    entry = IssueEntry("电梯坏了", "housing", "phone", detail="三天没修", person_id=person)
    return int(book.issues.report(entry))


def test_second_writer_sees_who_changed_what_and_keeps_the_own_text(any_workbook, colleague):
    issue = an_issue(any_workbook)
    shell = Shell(any_workbook)
    shell.go("issue", id=issue)
    form = shell.screen
    form.note()
    form.form["note"].entry = "已联系物业"
    colleague.issues.escalate(issue, "请领导协调")
    form.save.click()
    said = str(form.notice.html)
    assert "周洁" in said and "请领导协调" in said and "仍然保存我的" in said
    assert form.form["note"].entry == "已联系物业"
    assert [one.note for one in any_workbook.issues.view(issue).steps][-1] == "请领导协调"
    form.notice.click("over")
    assert [one.note for one in any_workbook.issues.view(issue).steps][-1] == "已联系物业"


def test_changes_that_are_too_many_to_show_are_counted(any_workbook, colleague):
    issue = an_issue(any_workbook)
    shell = Shell(any_workbook)
    shell.go("issue", id=issue)
    shell.screen.note()
    shell.screen.form["note"].entry = "已联系物业"
    for n in range(8):
        colleague.issues.note(issue, f"第 {n} 次")
    shell.screen.save.click()
    said = str(shell.screen.notice.html)
    assert "此前还有 2 处改动" in said and "第 7 次" in said and "第 1 次" not in said


def test_whoever_takes_theirs_sees_it(any_workbook, colleague):
    issue = an_issue(any_workbook)
    shell = Shell(any_workbook)
    shell.go("issue", id=issue)
    shell.screen.note()
    shell.screen.form["note"].entry = "已联系物业"
    colleague.issues.note(issue, "物业说明天来")
    shell.screen.save.click()
    shell.screen.notice.click("theirs")
    assert "物业说明天来" in str(shell.screen.steps.html)
    assert len(any_workbook.issues.view(issue).steps) == 2


def test_nobody_is_asked_where_nobody_else_wrote(any_workbook, colleague):
    issue, other = an_issue(any_workbook), an_issue(any_workbook)
    shell = Shell(any_workbook)
    shell.go("issue", id=issue)
    colleague.issues.note(other, "另一件")
    for words in ("已联系物业", "物业来过"):  # the own acts are not somebody else's
        shell.screen.note()
        shell.screen.form["note"].entry = words
        shell.screen.save.click()
    assert [one.note for one in any_workbook.issues.view(issue).steps][-2:] == [
        "已联系物业",
        "物业来过",
    ]
