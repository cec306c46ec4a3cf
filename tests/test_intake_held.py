"""Rows held back: completed, merged, set aside, taken back; the account stays true."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.errors import InvalidEntry, NotPermitted
from casework.records import Fact, ImportBatch, ImportProblem, ImportRow, Person
from casework.workbook import Workbook
from tests.test_intake import FIRST, a_roster

NAMELESS: list[object] = ["", "女", "1930.2.6", "", "退休", "市农机局", "独居", "13900000002", ""]


def counts(workbook: Workbook) -> dict[str, int]:
    """Give the counts that the import states, after comparing them with its rows."""
    with workbook.reading() as session:
        batch = session.scalars(select(ImportBatch).order_by(ImportBatch.id)).first()
        assert batch is not None
        rows = Counter(
            session.scalars(select(ImportRow.outcome).where(ImportRow.batch_id == batch.id))
        )
        stated = {
            "imported": batch.n_imported,
            "merged": batch.n_merged,
            "held": batch.n_held,
            "ignored": batch.n_ignored,
        }
        assert stated == {one: rows[one] for one in stated}
        assert sum(stated.values()) == batch.n_rows
        return stated


def held(workbook: Workbook, folder: Path, *rows: list[object]) -> int:
    report = workbook.intake.import_roster(a_roster(folder, FIRST, *(rows or (NAMELESS,))))
    return workbook.intake.held.rows(report.batch_id)[0].id


def value(workbook: Workbook, person_id: int, code: str) -> list[str]:
    with workbook.reading() as session:
        query = (
            select(Fact.value)
            .where(Fact.person_id == person_id, Fact.code == code, Fact.superseded_at.is_(None))
            .where(Fact.valid_to.is_(None))
        )
        return list(session.scalars(query))


def test_held_row_shows_its_cells_beside_the_headings(workbook, tmp_path):
    row = workbook.intake.held.row(held(workbook, tmp_path))
    assert row.text_of("unit") == "市农机局"
    assert [one.heading for one in row.cells[:2]] == ["性别", "出生年月"]


def test_completed_row_becomes_a_person_with_what_its_cells_say(any_workbook, tmp_path):
    row_id = held(any_workbook, tmp_path)
    done = any_workbook.intake.held.complete(row_id, {"name": "王安"})
    assert (done.outcome, done.settled_by is not None) == ("imported", True)
    assert done.person_id is not None
    assert value(any_workbook, done.person_id, "mobile") == ["13900000002"]
    assert any_workbook.people.search("王安")[0].person_id == done.person_id
    assert counts(any_workbook) == {"imported": 2, "merged": 0, "held": 0, "ignored": 1}


def test_completed_row_keeps_what_only_the_title_told(any_workbook, tmp_path):
    import xlsxwriter

    path = tmp_path / "title.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名册")
    rows = [
        ["市农机局离休干部名册"],
        ["姓名", "性别", "出生年月", "联系电话"],
        ["郑明远", "男", "1931.5", "13900000001"],
        ["", "女", "1930.2", "13900000002"],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    report = any_workbook.intake.import_roster(path)
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    assert (row.text_of("category"), row.text_of("unit")) == ("retired_veteran", "市农机局")
    done = any_workbook.intake.held.complete(row.id, {"name": "王安"})
    assert value(any_workbook, done.person_id, "category") == ["retired_veteran"]
    assert value(any_workbook, done.person_id, "unit") == ["市农机局"]


def test_two_people_of_one_row_are_one_row_in_the_account(any_workbook, tmp_path):
    import xlsxwriter

    path = tmp_path / "beside.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名册")
    head = ["姓名", "出生年月", "手机"]
    sheet.write_row(0, 0, [*head, "", *head])
    sheet.write_row(1, 0, ["郑明远", "1931.5", "13900000001", "", "王安", "1932.1", "13900000002"])
    sheet.write_row(2, 0, ["李和", "1933.5", "13900000003", "", "", "1934.1", "13900000004"])
    book.close()
    report = any_workbook.intake.import_roster(path)
    assert (report.n_rows, report.people) == (3, 3)
    assert report.counts == {"imported": 1, "merged": 0, "held": 1, "ignored": 1}
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    any_workbook.intake.held.complete(row.id, {"name": "赵桂英"})
    with any_workbook.reading() as session:
        batch = session.get_one(ImportBatch, report.batch_id)
        found = (batch.n_imported, batch.n_merged, batch.n_held, batch.n_ignored)
    assert found == (2, 0, 0, 1)


def test_entered_value_goes_before_the_cell(workbook, tmp_path):
    row_id = held(workbook, tmp_path)
    done = workbook.intake.held.complete(row_id, {"name": "王安", "mobile": "13900000003"})
    assert value(workbook, done.person_id, "mobile") == ["13900000003"]


def test_completed_row_is_merged_when_the_person_is_known(any_workbook, tmp_path):
    row_id = held(any_workbook, tmp_path, ["", *FIRST[1:3], "", "", "", "独居", FIRST[7], ""])
    done = any_workbook.intake.held.complete(row_id, {"name": str(FIRST[0])})
    assert done.outcome == "merged"
    assert value(any_workbook, done.person_id, "living") == ["alone"]
    assert counts(any_workbook) == {"imported": 1, "merged": 1, "held": 0, "ignored": 1}
    any_workbook.intake.held.reopen(row_id)
    assert value(any_workbook, done.person_id, "living") == ["empty_nest"]
    assert counts(any_workbook) == {"imported": 1, "merged": 0, "held": 1, "ignored": 1}


def test_row_that_is_no_person_is_ignored_with_its_reason(any_workbook, tmp_path):
    row_id = held(any_workbook, tmp_path)
    assert any_workbook.intake.held.dismiss(row_id, "登记表样例").outcome == "ignored"
    assert counts(any_workbook) == {"imported": 1, "merged": 0, "held": 0, "ignored": 2}
    assert any_workbook.intake.held.rows() == []
    assert [one.id for one in any_workbook.intake.held.rows(settled=True)] == [row_id]


def test_row_waits_again_after_undo_and_its_person_is_gone(any_workbook, tmp_path):
    row_id = held(any_workbook, tmp_path)
    any_workbook.intake.held.complete(row_id, {"name": "王安"})
    assert any_workbook.intake.held.reopen(row_id).outcome == "held"
    assert any_workbook.people.search("王安") == []
    assert counts(any_workbook) == {"imported": 1, "merged": 0, "held": 1, "ignored": 1}
    with any_workbook.reading() as session:
        open_ = select(ImportProblem.kind).where(
            ImportProblem.settled_at.is_(None), ImportProblem.row == 3
        )
        assert set(session.scalars(open_)) == {"missing"}
    done = any_workbook.intake.held.complete(row_id, {"name": "王安"})
    assert any_workbook.people.search("王安")[0].person_id == done.person_id


def test_undo_of_the_import_takes_completed_rows_along(any_workbook, tmp_path):
    row_id = held(any_workbook, tmp_path)
    any_workbook.intake.held.complete(row_id, {"name": "王安"})
    any_workbook.intake.undo(1)
    assert any_workbook.people.roll().total == 0
    assert any_workbook.intake.held.rows() == []
    with pytest.raises(NotPermitted):
        any_workbook.intake.held.complete(row_id, {"name": "王安"})


def test_undo_of_the_import_restores_what_a_completed_row_had_ended(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    again = ["", *FIRST[1:3], "", "", "", "独居", FIRST[7], ""]
    report = any_workbook.intake.import_roster(a_roster(tmp_path, again))
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    done = any_workbook.intake.held.complete(row.id, {"name": str(FIRST[0])})
    any_workbook.intake.undo(report.batch_id)
    assert value(any_workbook, done.person_id, "living") == ["empty_nest"]


@pytest.mark.parametrize("name", ["", "   ", "长" * 61])
def test_row_stays_held_while_there_is_no_name(workbook, tmp_path, name):
    row_id = held(workbook, tmp_path)
    with pytest.raises(InvalidEntry) as refusal:
        workbook.intake.held.complete(row_id, {"name": name})
    assert refusal.value.field == "name"
    assert counts(workbook)["held"] == 1


def test_reason_is_asked_for(workbook, tmp_path):
    row_id = held(workbook, tmp_path)
    with pytest.raises(InvalidEntry):
        workbook.intake.held.dismiss(row_id, " ")


def test_row_is_dealt_with_once(workbook, tmp_path):
    row_id = held(workbook, tmp_path)
    workbook.intake.held.dismiss(row_id, "空行")
    with pytest.raises(NotPermitted):
        workbook.intake.held.complete(row_id, {"name": "王安"})


def test_problem_of_what_was_entered_is_kept_with_the_person(workbook, tmp_path):
    row_id = held(workbook, tmp_path)
    done = workbook.intake.held.complete(row_id, {"name": "王安", "mobile": "1390000"})
    with workbook.reading() as session:
        kinds = session.scalars(
            select(ImportProblem.kind).where(ImportProblem.person_id == done.person_id)
        )
        assert "bad_phone" in set(kinds)


def test_markup_that_is_entered_stays_text(workbook, tmp_path):
    row_id = held(workbook, tmp_path)
    done = workbook.intake.held.complete(row_id, {"name": "<b>王</b>", "unit": "=1+1"})
    with workbook.reading() as session:
        assert session.get_one(Person, done.person_id).name == "<b>王</b>"
    assert value(workbook, done.person_id, "unit") == ["=1+1"]


def test_headings_are_asked_of_the_right_table(workbook, tmp_path):
    other = ["", "王安", "13900000009", "市水利局"]
    rows = [
        ["单位", "姓名", "手机", "社区"],
        other[::-1],
        ["市农机局", "", "13900000008", "东社区"],
    ]
    row_id = held(workbook, tmp_path, [], *rows)
    assert workbook.intake.held.row(row_id).text_of("community") == "东社区"
