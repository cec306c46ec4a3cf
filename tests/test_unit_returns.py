"""Returns of units: what fits becomes visits, what does not waits, nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import load_workbook
from sqlalchemy import select

from casework.errors import InvalidEntry, NotFound
from casework.exchange.unit_returns import read_form
from casework.records import Contact, ContactParticipant, Person, UnitReturnRow
from casework.workbook import Workbook
from casework.workbook.campaign_terms import Segment
from casework.workbook.consents import ConsentEntry
from tests.test_campaigns import BEGIN, FIRST_DAY, a_campaign, a_plan_task, tasks_of
from tests.test_plans import a_person

HEADS = (
    "人员编号",
    "姓名",
    "单位",
    "慰问日期",
    "慰问方式",
    "是否见到",
    "慰问金（元）",
    "慰问品",
    "备注",
)


def a_form(folder: Path, *rows: Sequence[object], name: str = "报表.xlsx") -> Path:
    """Write a form as a unit sends it back."""
    book = xlsxwriter.Workbook(str(folder / name))
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "2026年春节走访慰问")
    for at, row in enumerate((HEADS, *rows), 2):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write(at, column, value)
    book.close()
    return folder / name


@pytest.fixture
def book(workbook: Workbook) -> Workbook:
    """Three of one unit on the frozen list of a campaign, in its days."""
    workbook._today = BEGIN
    for name in ("张一", "王二", "李三"):
        person = a_person(workbook, unit="市水利局")
        with workbook.transaction() as session:
            session.get_one(Person, person).name = name
    campaign = a_campaign(workbook, frozen=False)
    for one in workbook.campaigns.show(campaign).terms.segments:
        workbook.campaigns.set_segment(
            campaign, Segment(one.code, one.label, one.when, "unit", None, one.gifts)
        )
    workbook.campaigns.freeze(campaign)
    workbook._today = date(2026, 2, 10)
    return workbook


def rows_of(book: Workbook) -> list[UnitReturnRow]:
    with book.reading() as session:
        return list(session.scalars(select(UnitReturnRow).order_by(UnitReturnRow.row)))


def test_form_of_a_unit_holds_its_people_and_is_read_back(book: Workbook, tmp_path: Path) -> None:
    (unit,) = book.unit_returns.units(1)
    assert (unit.name, unit.people, unit.returned) == ("市水利局", 3, False)
    for person in (1, 2, 3):
        book.consents.record(person, ConsentEntry(answers={"unit": "given"}))
    content = book.unit_returns.form(1, "市水利局")
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sorted(row[1] for row in rows[3:6]) == ["张一", "李三", "王二"]
    file = tmp_path / "form.xlsx"
    file.write_bytes(content)
    read = read_form(file, FIRST_DAY)
    assert {one.person_no for one in read.rows} == {1, 2, 3}
    assert not any(one.is_filled for one in read.rows)
    with pytest.raises(NotFound):
        book.unit_returns.form(1, "没有这个单位")


def test_rows_that_fit_become_visits_that_answer_tasks(book: Workbook, tmp_path: Path) -> None:
    task = a_plan_task(book, 1, actor="original_unit", channels=["home_visit", "meeting"])
    book.campaigns.give_out(1)
    file = a_form(
        tmp_path,
        (
            "P00001",
            "张一",
            "市水利局",
            "2026-02-03",
            "入户走访",
            "见到本人",
            500,
            "米面油",
            "身体好",
        ),
        ("P00002", "王二", "市水利局", "2月3日", "座谈会", "", "300元", "", ""),
        ("", "李三", "市水利局", date(2026, 2, 4), "入户", "家属", None, "", ""),
    )
    made = book.unit_returns.take(1, file)
    assert (made.merged, made.held) == (3, 0)
    results = book.campaigns.results(1)
    assert [results[one].state for one in (1, 2, 3)] == ["met", "met", "family"]
    assert next(one for one in tasks_of(book, 1) if one.id == task).done_on == FIRST_DAY
    (line,) = book.unit_returns.all(1)
    assert (line.unit, line.cents) == ("市水利局", 80_000)
    figures = book.campaigns.show(1).line.figures
    assert (figures.visited, figures.times) == (3, 3)
    with book.reading() as session:
        told = session.scalars(select(ContactParticipant)).all()
    assert {(one.name, one.role) for one in told} == {("市水利局", "original_unit")}
    assert book.unit_returns.units(1)[0].returned


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("", "无名氏", "", "2026-02-03", "入户走访", "", 1, "", ""), "unknown_person"),
        (("P00009", "张一", "", "2026-02-03", "入户走访", "", 1, "", ""), "unknown_number"),
        (("P00002", "张一", "", "2026-02-03", "入户走访", "", 1, "", ""), "other_name"),
        (("P00001", "张一", "", "", "入户走访", "", 1, "", ""), "no_day"),
        (("P00001", "张一", "", "二月初", "入户走访", "", 1, "", ""), "bad_day"),
        (("P00001", "张一", "", "2025-12-03", "入户走访", "", 1, "", ""), "other_day"),
        (("P00001", "张一", "", "2026-02-12", "入户走访", "", 1, "", ""), "future"),
        (("P00001", "张一", "", "2026-02-03", "开车", "", 1, "", ""), "bad_way"),
        (("P00001", "张一", "", "2026-02-03", "", "", 1, "", ""), "no_way"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "大概", 1, "", ""), "bad_outcome"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", "五百", "", ""), "bad_amount"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", -5, "", ""), "bad_amount"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", 1e12, "", ""), "bad_amount"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", 0.001, "", ""), "bad_amount"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", 9_000, "", ""), "over_standard"),
        (("P00001", "张一", "", "2026-02-03", "入户走访", "", 1, "=cmd|' /C calc'!A0", ""),
         "formula"),
        (("", "", "", "2026-02-03", "入户走访", "", 1, "", ""), "no_name"),
    ],
)  # fmt: skip
def test_row_that_does_not_fit_waits_with_its_reason_and_all_its_cells(
    book: Workbook, tmp_path: Path, row: Sequence[object], problem: str
) -> None:
    made = book.unit_returns.take(1, a_form(tmp_path, row))
    assert (made.merged, made.held) == (0, 1)
    (held,) = book.unit_returns.held(1)
    assert problem in held.problems
    assert len(held.cells) == sum(value not in ("", None) for value in row)


def test_who_is_reported_twice_counts_once(book: Workbook, tmp_path: Path) -> None:
    row = ("P00001", "张一", "", "2026-02-03", "入户走访", "", 100, "", "")
    first = a_form(tmp_path, row, row)
    assert book.unit_returns.take(1, first).merged == 1
    again = a_form(tmp_path, row, name="再报.xlsx")
    with pytest.raises(InvalidEntry, match="收过"):
        book.unit_returns.take(1, first)
    assert book.unit_returns.take(1, again).held == 1
    assert book.campaigns.show(1).line.figures.times == 1


def test_taking_a_return_back_leaves_no_visit_and_it_can_come_again(
    book: Workbook, tmp_path: Path
) -> None:
    file = a_form(tmp_path, ("P00001", "张一", "", "2026-02-03", "入户走访", "", 100, "", ""))
    made = book.unit_returns.take(1, file)
    assert book.unit_returns.take_back(made.return_id) == 1
    assert book.campaigns.results(1)[1].state == "open"
    with book.reading() as session:
        assert all(one.withdrawn_at for one in session.scalars(select(Contact)))
    assert book.unit_returns.take(1, file).merged == 1
    with pytest.raises(NotFound):
        book.unit_returns.take_back(made.return_id)


def test_held_row_is_put_right_or_said_to_be_none(book: Workbook, tmp_path: Path) -> None:
    book.unit_returns.take(1, a_form(
        tmp_path, ("", "张依", "", "2026-02-03", "入户走访", "", "一百", "", ""),
        ("", "王尔", "", "2026-02-03", "入户走访", "", "", "", ""),
    ))  # fmt: skip
    first, second = book.unit_returns.held(1)
    assert book.unit_returns.settle(first.row_id, person_id=1).held == 1  # the amount is still bad
    assert book.unit_returns.settle(first.row_id, person_id=1, amount="100").merged == 1
    assert book.campaigns.results(1)[1].state == "met"
    book.unit_returns.ignore(second.row_id)
    assert book.unit_returns.held(1) == []
    assert rows_of(book)[0].cells["name"] == "张依"


def test_form_with_a_guest_of_another_unit_is_still_the_return_of_its_unit(
    book: Workbook, tmp_path: Path
) -> None:
    guest = a_person(book, unit="别的单位")
    with book.transaction() as session:
        session.get_one(Person, guest).name = "客"
    rows = [("", name, "", "2026-02-03", "入户走访") for name in ("张一", "王二", "客")]
    book.unit_returns.take(1, a_form(tmp_path, *rows))
    assert [one.returned for one in book.unit_returns.units(1)] == [True]


def test_who_is_not_listed_waits_until_somebody_says_why(book: Workbook, tmp_path: Path) -> None:
    guest = a_person(book, category="surviving_spouse", hardship="none")
    book.campaigns.leave_out(1, [1], "外出")
    book.unit_returns.take(1, a_form(
        tmp_path, ("P00001", "张一", "", "2026-02-03", "入户走访", "", "", "", "")))  # fmt: skip
    (held,) = book.unit_returns.held(1)
    assert held.problems == ("not_listed",)
    with pytest.raises(InvalidEntry):
        book.unit_returns.settle(held.row_id, person_id=1)
    assert book.unit_returns.settle(held.row_id, person_id=1, reason="提前回来").merged == 1
    assert guest not in {one.person_id for one in book.campaigns.people(1)}


def test_other_files_are_refused_by_what_they_are(book: Workbook, tmp_path: Path) -> None:
    file = tmp_path / "名册.csv"
    file.write_text("姓名,电话\n张一,1\n", encoding="utf-8")
    with pytest.raises(InvalidEntry, match="报表"):
        book.unit_returns.take(1, file)
    assert rows_of(book) == []
