"""Rows that wait: completed one after the other, set aside, taken back."""

from __future__ import annotations

import pytest

from casework.errors import InvalidEntry
from casework.ui import Shell
from casework.ui.screens.held import HeldForm, HeldList
from tests.test_intake import FIRST, a_roster
from tests.test_intake_held import NAMELESS

OTHER = ["", "男", "1932.7.1", "", "离休", "市粮食局", "空巢", "13900000007", ""]


@pytest.fixture
def shell(workbook, tmp_path) -> Shell:
    workbook.intake.import_roster(a_roster(tmp_path, FIRST, NAMELESS, OTHER))
    shell = Shell(workbook, "supervisor")
    shell.go("held", batch=1)
    return shell


def form(shell: Shell) -> HeldForm:
    assert isinstance(shell.screen, HeldForm)
    return shell.screen


def test_list_says_what_each_row_says(shell):
    assert isinstance(shell.screen, HeldList)
    assert any("市农机局" in cell for row in shell.screen.table.texts() for cell in row)


def test_form_begins_with_what_the_cells_say(shell):
    shell.screen.table.open_row(3)
    entries = form(shell).entries()
    assert (entries["birth_date"], entries["sex"], entries["category"]) == (
        "1930.2.6",
        "2",
        "retired",
    )
    assert "市农机局" in form(shell).cells.html


def test_next_row_comes_when_one_is_taken_in(shell):
    shell.screen.table.open_row(3)
    form(shell).fields["name"].entry = "王安"
    form(shell).save()
    assert form(shell).row.id == 4
    assert shell.wb.people.search("王安")


def test_row_without_a_name_is_refused_beside_the_field(shell):
    shell.screen.table.open_row(3)
    with pytest.raises(InvalidEntry):
        form(shell).save()
    assert form(shell).fields["name"].error


def test_number_of_a_mixed_cell_stays_when_nothing_is_changed(shell):
    shell.screen.table.open_row(3)
    assert form(shell).fields["mobile"].entry == "13900000002"
    form(shell).fields["name"].entry = "王安"
    form(shell).save()
    (found,) = shell.wb.people.search("13900000002")
    assert found.name == "王安"


def test_list_comes_back_when_the_last_row_is_set_aside(shell):
    shell.screen.table.open_row(4)
    form(shell).reason.entry = "sum"
    form(shell).dismiss()
    assert form(shell).row.id == 3
    form(shell).reason.entry = "other"
    form(shell).dismiss()
    assert isinstance(shell.screen, HeldList)
    assert shell.screen.table.texts() == []
    shell.screen.settled.click("reopen", row=4)
    assert len(shell.screen.table.texts()) == 1


def test_rows_of_a_hidden_sheet_are_taken_in_together(workbook, tmp_path):
    import xlsxwriter

    from tests.test_intake import HEAD

    path = tmp_path / "hidden.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, rows in (("名册", [HEAD, FIRST]), ("旧", [HEAD, ["王安", *OTHER[1:]]])):
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    sheet.hide()
    book.close()
    workbook.intake.import_roster(path)
    shell = Shell(workbook, "supervisor")
    shell.go("held")
    (row,) = workbook.intake.held.rows()
    shell.screen.take([str(row.id)])
    assert workbook.people.search("王安")
    assert shell.screen.table.texts() == []


@pytest.fixture
def couple(workbook, tmp_path) -> Shell:
    rows = [["赵明、钱兰", *OTHER[1:]], NAMELESS]
    workbook.intake.import_roster(a_roster(tmp_path, FIRST, *rows))
    shell = Shell(workbook, "supervisor")
    shell.go("held", row=next(one.id for one in workbook.intake.held.rows() if one.row == 3))
    return shell


def test_both_of_a_couple_are_asked_for_and_taken_in(couple):
    assert [one.name for one in form(couple).people] == ["赵明", "钱兰"]
    form(couple).save()
    assert [len(couple.wb.people.search(name)) for name in ("赵明", "钱兰")] == [1, 1]


def test_one_more_person_keeps_what_was_entered(couple):
    form(couple).fields["unit_2"].entry = "市水利局"
    form(couple).one_more()
    assert len(form(couple).people) == 3
    assert form(couple).fields["unit_2"].entry == "市水利局"
    form(couple).one_less()
    form(couple).one_less()
    assert [one.name for one in form(couple).people] == ["赵明"]


def test_record_that_is_chosen_needs_no_name(couple):
    couple.go("held", row=max(one.id for one in couple.wb.intake.held.rows()))
    (known,) = couple.wb.people.search(str(FIRST[0]))
    (person,) = form(couple).people
    person.choose(known.person_id)
    form(couple).save()
    (done,) = couple.wb.intake.held.rows(settled=True)
    assert done.people == (known.person_id,)


def test_held_row_is_completed_in_the_browser(workbook, tmp_path, visit, page):
    workbook.intake.import_roster(a_roster(tmp_path, FIRST, NAMELESS))
    visit(page, "#/held")
    page.get_by_text("市农机局").first.click()
    page.get_by_role("button", name="入册").wait_for()
    page.get_by_label("姓名").fill("王安")
    page.keyboard.press("Control+s")
    page.get_by_text("王安已入册。").wait_for()
    assert workbook.people.search("王安")
