"""A roster that comes again: who is known is found, what changed is dated, all can go back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.identifiers import check_character
from casework.records import (
    CareTeamMember,
    Fact,
    ImportRow,
    Person,
    PersonIdentifier,
    RelatedPerson,
    Wish,
)
from casework.workbook import Workbook

HEAD = "姓名,性别,出生年月,身份证号,原工作单位,居住状况,联系电话,主要疾病,服务需求,"
HEAD += "子女姓名及电话,联络员"
BODY = "99000019310503001"
NUMBER = BODY + check_character(BODY)
FIRST = (
    f"郑明远,男,1931.05,{NUMBER},市水利局,空巢,13900000001,高血压,陪同就医,郑小一 13700000001,李和"
)
DAMAGED = FIRST.replace(NUMBER, NUMBER[:15] + "000")


def a_roster(folder: Path, *lines: str) -> Path:
    path = folder / "roster.csv"
    path.write_bytes("\r\n".join([HEAD, *lines]).encode("gb18030"))
    return path


def counted(book: Workbook) -> list[int]:
    tables = (Person, Fact, Wish, RelatedPerson, CareTeamMember, PersonIdentifier)
    with book.reading() as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


def the_person(book: Workbook) -> Person:
    with book.reading() as session:
        return session.scalars(select(Person).where(Person.withdrawn_at.is_(None))).one()


def test_same_roster_again_adds_nothing(any_workbook, tmp_path):
    path = a_roster(tmp_path, FIRST)
    any_workbook.intake.import_roster(path)
    before = counted(any_workbook)
    again = any_workbook.intake.import_roster(path)
    assert again.counts == {"imported": 0, "merged": 1, "held": 0, "ignored": 1}
    assert counted(any_workbook) == before


def test_right_number_takes_the_place_of_a_damaged_one(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, DAMAGED))
    assert the_person(any_workbook).birth_source == "file"
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    person = the_person(any_workbook)
    assert person.birth_source == "id"
    assert str(person.born_on_earliest) == str(person.born_on_latest) == "1931-05-03"
    (shown,) = any_workbook.people.dossier(person.id).identifiers
    assert shown.problem is None


def test_undo_gives_back_the_damaged_number_and_the_birth_month(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, DAMAGED))
    report = any_workbook.intake.import_roster(a_roster(tmp_path, FIRST.replace("空巢", "独居")))
    any_workbook.intake.undo(report.batch_id or 0)
    person = the_person(any_workbook)
    assert (person.birth_source, str(person.born_on_latest)) == ("file", "1931-05-31")
    dossier = any_workbook.people.dossier(person.id)
    assert [one.problem for one in dossier.identifiers] == ["truncated_number"]
    assert dossier.field("living").shown == "空巢"


def test_new_child_and_new_wish_are_added_and_old_ones_stay(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    changed = FIRST.replace("郑小一 13700000001", "郑小二 13700000002").replace(
        "陪同就医", "助餐送餐"
    )
    report = any_workbook.intake.import_roster(a_roster(tmp_path, changed))
    dossier = any_workbook.people.dossier(the_person(any_workbook).id)
    assert {one.name for one in dossier.related} == {"郑小一", "郑小二"}
    assert {one.text for one in dossier.wishes} == {"陪同就医", "助餐送餐"}
    any_workbook.intake.undo(report.batch_id or 0)
    dossier = any_workbook.people.dossier(the_person(any_workbook).id)
    assert {one.name for one in dossier.related} == {"郑小一"}


def test_care_team_of_an_undone_import_is_gone(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    report = any_workbook.intake.import_roster(a_roster(tmp_path, FIRST.replace("李和", "王安")))
    person = the_person(any_workbook).id
    names = {one.name for one in any_workbook.people.dossier(person).care_team}
    assert names == {"李和", "王安"}
    any_workbook.intake.undo(report.batch_id or 0)
    assert [one.name for one in any_workbook.people.dossier(person).care_team] == ["李和"]


def test_two_people_of_one_name_stay_two(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    body = "99000019350201003"
    other = FIRST.replace(NUMBER, body + check_character(body)).replace("1931.05", "1935.02")
    report = any_workbook.intake.import_roster(a_roster(tmp_path, other))
    assert report.counts["imported"] == 1
    assert len(any_workbook.people.search("郑明远")) == 2


def test_row_merged_into_a_merged_row_still_names_its_person(workbook, tmp_path):
    workbook.intake.import_roster(a_roster(tmp_path, FIRST, FIRST, FIRST))
    with workbook.reading() as session:
        held = set(session.scalars(select(ImportRow.person_id).where(ImportRow.row > 1)))
    assert held == {the_person(workbook).id}


@pytest.mark.parametrize(
    "cell",
    [
        "a\0b",
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "𠮷\u202e\u200b",
        "'; drop table person; --",
    ],
)
def test_strange_characters_are_kept_on_both_databases(any_workbook, tmp_path, cell):
    path = tmp_path / "roster.csv"
    path.write_bytes(f"姓名,身份证号,备注\r\n郑明远,{NUMBER},{cell}\r\n".encode())
    report = any_workbook.intake.import_roster(path)
    assert report.counts["imported"] == 1
