"""Held rows that are about several people, or about somebody who is there already."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import xlsxwriter
from sqlalchemy import select, text, update

from casework.access.whole_person import _WHOM as WHOM
from casework.access.whole_person import _sql as as_text
from casework.errors import InvalidEntry, NotPermitted
from casework.records import Base, Case, ImportProblem, ImportRow, PersonIdentifier
from casework.records.holdings import rows_about
from casework.workbook import Workbook
from casework.workbook.contacts import ContactEntry, PersonEntry
from casework.workbook.intake_held import HeldPerson, HeldRow
from tests.exchange.test_roster import number
from tests.test_intake import FIRST, a_roster
from tests.test_intake_held import NAMELESS, counts, value
from tests.test_rights import columns_with, staffed

LONG_AGO = date(2010, 1, 1)
HEAD = ["姓名", "性别", "出生年月", "住址", "手机", "健康状况"]
COUPLE = ["孙德兰、张发英", "男、女", "1931.5、1933.7", "东街3号", "13900000001", "高血压"]


@pytest.fixture
def held(any_workbook, tmp_path) -> HeldRow:
    """A couple in one row; whose the mobile and the illness are, nobody can tell."""
    path = a_file(tmp_path, HEAD, ["王安", "男", "1932.1", "西街1号", "13900000009", ""], COUPLE)
    report = any_workbook.intake.import_roster(path)
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    return any_workbook.intake.held.row(row.id)


def a_file(folder: Path, *rows: list[str]) -> Path:
    path = folder / "couple.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名册")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def take(workbook: Workbook, row: HeldRow, *people: HeldPerson) -> HeldRow:
    return workbook.intake.held.take(row.id, people or (HeldPerson(), HeldPerson()))


def names(workbook: Workbook) -> set[str]:
    return {one.name for one in workbook.people.roll().rows}


def test_each_of_a_couple_is_asked_with_what_is_theirs(held):
    assert [held.text_of("name", at) for at in (0, 1)] == ["孙德兰", "张发英"]
    assert [held.text_of("birth_date", at) for at in (0, 1)] == ["1931.5", "1933.7"]
    assert [held.text_of("mobile", at) for at in (0, 1)] == ["", ""]


def test_couple_becomes_two_people_in_one_row_of_the_account(any_workbook, held):
    done = take(any_workbook, held)
    assert len(done.people) == 2
    assert names(any_workbook) == {"王安", "孙德兰", "张发英"}
    assert [value(any_workbook, one, "address") for one in done.people] == [["东街3号"]] * 2
    with any_workbook.reading() as session:
        rows = session.scalars(select(ImportRow).where(ImportRow.row == 3)).all()
        assert {one.outcome for one in rows} == {"imported"}
    (batch,) = any_workbook.intake.batches()
    assert (batch.n_imported, batch.n_held, batch.n_rows) == (2, 0, 3)


def test_cell_that_does_not_tell_whose_it_is_is_told_and_given_to_nobody(any_workbook, held):
    done = take(any_workbook, held, HeldPerson({"mobile": "13900000001"}), HeldPerson())
    first, second = done.people
    assert value(any_workbook, first, "mobile") == ["13900000001"]
    assert value(any_workbook, second, "mobile") == []
    with any_workbook.reading() as session:
        told = select(ImportProblem.kind, ImportProblem.value).where(
            ImportProblem.person_id == first, ImportProblem.kind == "of_whom"
        )
        assert [tuple(one) for one in session.execute(told)] == [("of_whom", "高血压")]


def test_couple_waits_again_after_undo_and_can_be_taken_in_anew(any_workbook, held):
    take(any_workbook, held)
    back = any_workbook.intake.held.reopen(held.id)
    assert (back.outcome, back.people) == ("held", ())
    assert names(any_workbook) == {"王安"}
    (batch,) = any_workbook.intake.batches()
    assert (batch.n_imported, batch.n_held, batch.n_rows) == (1, 1, 3)
    again = take(any_workbook, held, HeldPerson({"name": "孙德兰"}))
    assert len(again.people) == 1
    assert names(any_workbook) == {"王安", "孙德兰"}
    any_workbook.intake.held.reopen(held.id)
    assert len(take(any_workbook, held).people) == 2


def test_undo_of_the_import_takes_both_of_a_couple_along(any_workbook, held):
    take(any_workbook, held)
    any_workbook.intake.undo(held.batch_id)
    assert any_workbook.people.roll().total == 0


def test_couple_does_not_wait_again_once_work_is_recorded_for_one_of_them(workbook, tmp_path):
    report = workbook.intake.import_roster(a_file(tmp_path, HEAD, COUPLE))
    (row,) = workbook.intake.held.rows(report.batch_id)
    done = take(workbook, row)
    heard = (PersonEntry(done.people[1]),)
    workbook.contacts.record(ContactEntry(uuid4().hex, workbook.today, "phone", heard))
    with pytest.raises(NotPermitted):
        workbook.intake.held.reopen(row.id)


def test_second_person_gets_of_a_single_row_only_what_a_household_shares(any_workbook, tmp_path):
    path = a_file(tmp_path, HEAD, ["", "男", "1931.5", "东街3号", "13900000001", "高血压"])
    report = any_workbook.intake.import_roster(path)
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    done = take(any_workbook, row, HeldPerson({"name": "孙德兰"}), HeldPerson({"name": "张发英"}))
    assert value(any_workbook, done.people[0], "mobile") == ["13900000001"]
    assert value(any_workbook, done.people[1], "mobile") == []
    assert value(any_workbook, done.people[1], "address") == ["东街3号"]


def test_row_is_added_to_the_record_chosen_and_keeps_its_name(any_workbook, tmp_path):
    report = any_workbook.intake.import_roster(a_roster(tmp_path, FIRST, NAMELESS))
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    (known,) = any_workbook.people.roll().rows
    done = take(any_workbook, row, HeldPerson({}, known.person_id))
    assert (done.outcome, done.people) == ("merged", (known.person_id,))
    assert value(any_workbook, known.person_id, "living") == ["alone"]
    assert counts(any_workbook) == {"imported": 1, "merged": 1, "held": 0, "ignored": 1}
    any_workbook.intake.held.reopen(row.id)
    assert value(any_workbook, known.person_id, "living") == ["empty_nest"]


def test_record_of_another_valid_number_is_refused(any_workbook, tmp_path):
    report = any_workbook.intake.import_roster(a_roster(tmp_path, FIRST, NAMELESS))
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    (known,) = any_workbook.people.roll().rows
    with any_workbook.transaction() as session:
        session.add(
            PersonIdentifier(
                person_id=known.person_id,
                kind="resident_id",
                value=number("1931-05-03"),
                normal=number("1931-05-03"),
            )
        )
    entered = {"name": "王安", "resident_id": number("1940-05-03")}
    with pytest.raises(InvalidEntry) as refusal:
        take(any_workbook, row, HeldPerson(entered, known.person_id))
    assert refusal.value.field == "resident_id"
    assert any_workbook.intake.held.row(row.id).outcome == "held"


def test_one_record_is_not_meant_twice_in_a_row(any_workbook, held):
    (known,) = any_workbook.people.roll().rows
    with pytest.raises(InvalidEntry):
        take(any_workbook, held, *[HeldPerson({}, known.person_id)] * 2)
    assert any_workbook.intake.held.row(held.id).outcome == "held"


def test_missing_name_is_told_at_the_person_who_lacks_it(any_workbook, held):
    with pytest.raises(InvalidEntry) as refusal:
        take(any_workbook, held, HeldPerson(), HeldPerson({"name": " "}))
    assert refusal.value.field == "name_2"
    assert names(any_workbook) == {"王安"}


def test_records_that_may_be_meant_are_found_by_what_a_nameless_row_says(any_workbook, tmp_path):
    nameless = ["", "男", "1931年5月3日", "", "", "", "", FIRST[7], ""]
    other = ["王安", "女", "1940.1", "", "退休", "市农机局", "独居", "13900000002", ""]
    report = any_workbook.intake.import_roster(
        a_roster(tmp_path, [*FIRST[:2], "1931年5月3日", *FIRST[3:]], other, nameless)
    )
    (row,) = any_workbook.intake.held.rows(report.batch_id)
    likely = any_workbook.intake.held.likely(row.id)
    assert [one.one.name for one in likely] == [str(FIRST[0])]


def test_rows_of_a_couple_are_found_alike_by_the_database_itself(any_workbook, held):
    """What erasure asks as text of a function is what it asks here, and nothing about others."""
    _first, second = take(any_workbook, held).people
    with any_workbook.transaction() as session:
        of_others = ImportProblem(batch_id=held.batch_id, sheet="名册", row=2, field="mobile",
                                  kind="bad_phone", value="1", message="?")  # fmt: skip
        session.add(of_others)
        session.flush()
        of_others_id = of_others.id
    spoken = "SELECT unnest(the_ids)"
    with any_workbook.reading() as session:
        for table in ("import_row", "import_problem", "change_log"):
            ids = select(Base.metadata.tables[table].c.id)
            written = text(as_text(rows_about(table, WHOM)).replace(spoken, f"{second}"))
            found = [session.scalars(ids.where(one)).all() for one in (
                rows_about(table, [second]), written)]  # fmt: skip
            assert sorted(found[0]) == sorted(found[1])
            assert found[0]
            assert table != "import_problem" or of_others_id not in found[0]


def test_one_of_a_couple_who_is_erased_stays_in_no_cell_of_their_row(any_workbook, held):
    first, second = take(any_workbook, held).people
    staffed(any_workbook)
    with any_workbook.transaction() as session:
        session.execute(
            update(Case).where(Case.person_id == second).values(closed_on=LONG_AGO, opened_on=None)
        )
    asked = any_workbook.rights.ask_erasure(second, "purpose_done", "服务已结束")
    assert any_workbook.rights.plan_erasure(second).emptied["import_row"] == 2
    any_workbook.act_as("other")
    any_workbook.rights.confirm_erasure(asked)
    assert columns_with(any_workbook, "张发英") == []
    assert columns_with(any_workbook, "高血压") == []
    assert any_workbook.people.dossier(first).name == "孙德兰"
    assert value(any_workbook, first, "address") == ["东街3号"]
    with any_workbook.reading() as session:
        cells = session.execute(select(ImportRow.row, ImportRow.cells)).all()
        assert {row for row, held in cells if held is None} == {3}
