"""A list held against our people: nobody is counted twice or lost, and nothing is written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.cli import main
from casework.errors import NotFound
from casework.records import ChangeLog, Fact, Organisation, Person
from casework.ui import Shell
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent
from tests.conftest import TODAY
from tests.test_intake import FIRST, HEAD, a_roster

SECOND = ["陆景行", "男", "1933-06-02", "", "退休", "市水利局", "与配偶同住", "13900000002", ""]
THIRD = ["何秋白", "女", "1929-01-09", "", "离休", "市水利局", "独居", "13900000003", ""]


def numbered(book: Workbook) -> dict[str, int]:
    with book.reading() as session:
        return {name: number for number, name in session.execute(select(Person.id, Person.name))}


def rows_written(book: Workbook) -> list[int]:
    with book.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Person, Fact, ChangeLog)
        ]


def with_three(book: Workbook, folder: Path) -> dict[str, int]:
    book.intake.import_roster(a_roster(folder, FIRST, SECOND, THIRD))
    return numbered(book)


def test_the_same_list_is_even(any_workbook: Workbook, tmp_path: Path) -> None:
    with_three(any_workbook, tmp_path)
    before = rows_written(any_workbook)
    found = any_workbook.reconciling.compare(a_roster(tmp_path, FIRST, SECOND, THIRD))
    assert found.is_even and not found.differing
    assert (found.listed, found.here, found.both) == (3, 3, 3)
    assert rows_written(any_workbook) == before


def test_everybody_stands_in_exactly_one_place(any_workbook: Workbook, tmp_path: Path) -> None:
    book = any_workbook
    ids = with_three(book, tmp_path)
    book.life.record(ids["何秋白"], LifeEvent("died", TODAY.replace(day=1), "家属"))
    moved = [*FIRST[:6], "独居", "13900000009", ""]
    namesake = ["陆景行", "女", "1951-01-01", "", "退休", "市财政局", "", "", ""]
    stranger = ["沈望舒", "女", "1940-04-04", "", "退休", "市财政局", "", "", ""]
    found = book.reconciling.compare(a_roster(tmp_path, moved, namesake, stranger, THIRD))
    assert [(one.name, one.perhaps) for one in found.only_listed] == [
        ("陆景行", (ids["陆景行"],)),
        ("沈望舒", ()),
    ]
    assert [one.name for one in found.only_here] == ["陆景行"]
    assert [(one.person_id, one.why) for one in found.gone] == [(ids["何秋白"], "2025-03-01 去世")]
    assert found.both == 1
    assert found.listed == found.both + len(found.only_listed) + len(found.gone)
    assert found.here == found.both + len(found.only_here)
    assert {(one.field, one.listed, one.on_file) for one in found.differing} == {
        ("居住状况", "独居", "空巢"),
        ("手机", "13900000009", "13900000001"),
    }


def test_list_of_one_unit_is_held_against_that_unit(workbook: Workbook, tmp_path: Path) -> None:
    ids = with_three(workbook, tmp_path)
    with pytest.raises(NotFound):
        workbook.reconciling.compare(a_roster(tmp_path, FIRST), unit="nowhere")
    with workbook.transaction() as session:
        unit = session.scalars(
            select(Organisation).where(Organisation.parent_id.is_not(None))
        ).first()
        assert unit is not None
        for name, number in ids.items():
            session.get_one(Person, number).unit_id = unit.id if name == "郑明远" else None
        code = unit.code
    found = workbook.reconciling.compare(a_roster(tmp_path, SECOND), unit=code)
    assert [one.name for one in found.only_here] == ["郑明远"]
    assert (found.here, found.both, found.only_listed) == (1, 1, ()), "on file in another unit"


def test_what_is_not_even_is_a_table_and_a_command(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = a_roster(tmp_path, FIRST)
    assert main(["--db", str(workbook_file), "import", str(roster)]) in (0, 1)
    other = a_roster(tmp_path, ["=SUM(A1)", *SECOND[1:]], THIRD, head=HEAD)
    out = tmp_path / "out.csv"
    found = main(["--db", str(workbook_file), "reconcile", str(other), "--out", str(out)])
    assert found == 1
    with out.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert {"only_listed", "only_here"} <= {one["kind"] for one in rows}
    assert not any(cell.startswith("=") for one in rows for cell in one.values())
    assert "仅在册有 1 人" in capsys.readouterr().out


def test_file_is_only_compared_on_screen(workbook: Workbook, tmp_path: Path) -> None:
    with_three(workbook, tmp_path)
    before = rows_written(workbook)
    shell = Shell(workbook, "caseworker")
    shell.go("intake")
    screen = shell.screen
    screen.look_at("单位名单.xlsx", a_roster(tmp_path, FIRST, THIRD).read_bytes())
    screen.compare()
    figures = screen.found.children[0].html
    assert "对账结果：单位名单.xlsx" in figures and "仅在册有" in figures
    made = screen._even_file(workbook.reconciling.compare(a_roster(tmp_path, FIRST, THIRD)))
    assert "陆景行" in made.content.decode("utf-8-sig") and rows_written(workbook) == before
