"""The list of people: narrowed, taken along as a file, printed; and one dossier on paper."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
from playwright.sync_api import expect
from sqlalchemy import insert, select

from casework.records import Case, Person
from casework.ui import Shell
from casework.ui.screens.people import PeopleScreen
from casework.ui.screens.person_sheet import SheetScreen
from casework.workbook import Workbook
from casework.workbook.finding import refresh_search
from tests.test_people import a_person
from tests.ui.axe import findings

NUMBER = "11010519491231002X"


def list_of(workbook: Workbook) -> PeopleScreen:
    shell = Shell(workbook, "caseworker")
    shell.go("people")
    assert isinstance(shell.screen, PeopleScreen)
    return shell.screen


def people_in(workbook: Workbook, **living: str) -> None:
    for name, words in living.items():
        workbook.people.record_fact(a_person(workbook, name), "living", words, source="x")


def test_list_that_holds_nobody_leads_to_the_import(workbook):
    screen = list_of(workbook)
    screen.table.receive({"do": "begin"})
    assert screen.shell.place.route == "intake"


def test_file_holds_the_list_in_sight_and_no_formulas(workbook):
    people_in(workbook, 甲="独居", 乙="空巢")
    danger = a_person(workbook, "=1+1")
    workbook.people.record_fact(danger, "living", "独居", source="x")
    screen = list_of(workbook)
    screen.narrow["living"].entry = "alone"
    made = screen.export.click()
    assert made is not None
    assert made.name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(BytesIO(made.content)).active
    rows = [[cell for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert {row[0].value for row in rows} == {"甲", "=1+1"}
    assert all(cell.data_type != "f" for row in rows for cell in row)


def test_narrowing_shows_n_of_m_and_goes_away_again(workbook):
    people_in(workbook, 甲="独居", 乙="空巢")
    screen = list_of(workbook)
    screen.narrow["living"].entry = "alone"
    page = screen.table.view["page"]
    assert (page["matching"], page["total"]) == (1, 2)
    screen.show_everybody()
    assert screen.table.view["page"]["matching"] == 2


def test_selected_dossiers_are_printed_one_after_the_other(workbook):
    people_in(workbook, 甲="独居", 乙="空巢", 丙="空巢")
    screen = list_of(workbook)
    keys = [row["key"] for row in screen.table.view["page"]["rows"]]
    screen.table.select(*keys[:2])
    screen.table.act("sheets")
    sheet = screen.shell.screen
    assert isinstance(sheet, SheetScreen)
    assert sheet.sheets.html.count("<article") == 2


def test_printed_dossier_masks_numbers_and_stands_alone_as_a_file(workbook):
    person = a_person(workbook, '<b onclick="x">郑</b>')
    workbook.identity.record_number(person, NUMBER, source="身份证")
    shell = Shell(workbook, "caseworker")
    shell.go("person_sheet", id=person)
    made = shell.screen.save.click()
    page = made.content.decode()
    assert page.startswith("<!doctype html>")
    assert NUMBER not in page
    assert "110105********002X" in page
    assert "<b onclick" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_ten_thousand_people_are_paged_narrowed_and_exported(workbook):
    with workbook.transaction() as session:
        session.execute(
            insert(Person),
            [
                {"name": f"人{n:05}", "name_pinyin": f"ren {n:05}", "version": 1}
                for n in range(10_000)
            ],
        )
        ids = session.scalars(select(Person.id)).all()
        session.execute(insert(Case), [{"person_id": one} for one in ids])
        refresh_search(session)
    screen = list_of(workbook)
    page = screen.table.view["page"]
    assert (len(page["rows"]), page["matching"]) == (50, 10_000)
    screen.table.receive(
        {"do": "page", "seq": 1, "offset": 9_950, "sort": "name", "descending": True, "search": ""}
    )
    assert screen.table.texts()[-1][0] == "人00000"
    made = screen.export.click()
    sheet = openpyxl.load_workbook(BytesIO(made.content), read_only=True).active
    assert sum(1 for _row in sheet.iter_rows(min_row=4)) == 10_000


def test_list_is_narrowed_exported_and_printed_in_the_browser(
    workbook, visit, page, tmp_path: Path
):
    people_in(workbook, 甲="独居", 乙="空巢")
    visit(page, "#/people")
    page.get_by_label("居住状况").select_option(label="独居")
    page.get_by_text("2 条中的 1 条").wait_for()
    assert findings(page) == []
    with page.expect_download() as coming:
        page.get_by_role("button", name="导出名单").click()
    coming.value.save_as(tmp_path / "list.xlsx")
    assert openpyxl.load_workbook(tmp_path / "list.xlsx").active.cell(4, 1).value == "甲"
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="打印档案").click()
    page.get_by_role("button", name="打印", exact=True).wait_for()
    assert findings(page) == []
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594" in paper or b"/MediaBox [0 0 595" in paper


def test_list_on_a_phone_begins_short_and_is_sorted_there(workbook, visit, phone):
    for n in range(17):
        a_person(workbook, f"老人{n:02}", name_pinyin=f"lao {n:02}")
    visit(phone, "#/people")
    rows, more = phone.locator("tbody tr:visible"), phone.locator(".cw-more-rows")
    expect(rows).to_have_count(15)
    assert max(row.bounding_box()["height"] for row in rows.all()) < 100
    more.click()
    expect(rows).to_have_count(17)
    expect(rows.last).to_contain_text("老人16")
    expect(rows.nth(15)).to_be_focused()
    phone.get_by_label("排列顺序").select_option("-name")
    expect(rows).to_have_count(15)
    expect(rows.first).to_contain_text("老人16")
