"""Rosters through the door, on both databases: kept whole, counted, taken back."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from casework.cli import main
from casework.errors import InvalidEntry, NotFound, NotPermitted, UnreadableFile
from casework.records import Fact, ImportProblem, ImportRow, Person, RelatedPerson, Wish
from casework.workbook import Workbook, open_workbook
from tests.conftest import TODAY

ROSTERS = Path(__file__).parent / "rosters"
CHANGSHU = ROSTERS / "changshu" / "changshu-roster.xlsx"
HEAD = [
    "姓名",
    "性别",
    "出生年月",
    "身份证号",
    "类别",
    "原工作单位",
    "居住状况",
    "联系电话",
    "服务需求",
]
FIRST = [
    "郑明远",
    "男",
    "1931-05-03",
    "990000193105030019",
    "离休",
    "市水利局",
    "空巢",
    "13900000001",
    "陪同就医",
]


def a_roster(folder: Path, *rows: list[object], head: list[str] | None = None) -> Path:
    path = folder / "roster.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名册")
    for at, row in enumerate([head or HEAD, *rows]):
        sheet.write_row(at, 0, row)
    book.close()
    return path


def counted(workbook: Workbook, table: type) -> int:
    with workbook.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Import the roster of Changshu once, for all who only look at it."""
    path = tmp_path_factory.mktemp("changshu") / "workbook.sqlite"
    book = open_workbook(str(path), agency="changshu", today=TODAY)
    report = book.intake.import_roster(CHANGSHU)
    yield book, report
    book.close()


def test_every_row_of_the_file_is_accounted_for(imported):
    book, report = imported
    assert sum(report.counts.values()) == report.n_rows == 459
    with book.reading() as session:
        kept = Counter(session.scalars(select(ImportRow.outcome)))
    assert kept == Counter({k: n for k, n in report.counts.items() if n})


def test_original_cells_stay_with_the_batch(imported):
    book, _report = imported
    with book.reading() as session:
        cells = session.scalars(
            select(ImportRow.cells).where(ImportRow.sheet == "离休干部", ImportRow.row == 5)
        ).one()
    assert cells[1] == "江文根"


def test_board_of_changshu_is_what_the_agency_published(imported):
    book, _report = imported
    board = book.boards.supervisor(as_of=date(2014, 5, 11))
    assert board["people.category.retired_veteran"].number == 400
    assert board["people.category.retired"].number == 39
    published = {"mean": 86, "oldest": 97, "youngest": 79, "very_high": 70, "unknown": 0}
    for what, number in published.items():
        assert board[f"ages.retired_veteran.{what}"].number == number, what


def test_formula_of_a_cell_is_text_everywhere(imported, tmp_path):
    book, report = imported
    with book.reading() as session:
        wishes = set(session.scalars(select(Wish.text)))
    assert any(one.startswith("=HYPERLINK") for one in wishes)
    report.write_csv(tmp_path / "report.csv")
    book.intake.write_people(tmp_path / "people.csv")
    for name in ("report.csv", "people.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as stream:
            assert not any(cell[:1] in "=+-@" for row in csv.reader(stream) for cell in row if cell)


@pytest.mark.parametrize("agency", ["changshu", "zhuzhou"])
def test_canonical_people_equal_the_truth(agency, tmp_path):
    folder = ROSTERS / agency
    book = open_workbook(
        str(tmp_path / "w.sqlite"),
        agency={"changshu": "changshu", "zhuzhou": "zhuzhou-industry"}[agency],
        today=TODAY,
    )
    (roster,) = folder.glob(f"{agency}-roster.*")
    book.intake.import_roster(roster)
    book.intake.write_people(tmp_path / "people.csv")
    book.close()
    truth = _read(folder / "truth.csv")
    flagged = {line["key"] for line in _read(folder / "issues.csv")}
    got = {line["resident_id"]: line for line in _read(tmp_path / "people.csv")}
    assert len(_read(tmp_path / "people.csv")) == len(truth)
    unequal = []
    for person in truth:
        if person["key"] in flagged:
            continue
        mine = got[person["resident_id"]]
        for column, value in person.items():
            told = column not in ("key", "mobile", "landline") or (column != "key" and mine[column])
            if told and mine[column] != value:
                unequal.append((person["key"], column, value, mine[column]))
    assert unequal == []


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_second_import_of_the_same_file_changes_nothing(any_workbook, tmp_path):
    path = a_roster(tmp_path, FIRST)
    any_workbook.intake.import_roster(path)
    before = [counted(any_workbook, table) for table in (Person, Fact, Wish, RelatedPerson)]
    report = any_workbook.intake.import_roster(path)
    assert report.counts["merged"] == 1
    assert [counted(any_workbook, table) for table in (Person, Fact, Wish, RelatedPerson)] == before


def test_changed_value_becomes_a_new_dated_fact(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    changed = [*FIRST]
    changed[6] = "养老院"
    any_workbook.intake.import_roster(a_roster(tmp_path, changed))
    (person,) = any_workbook.people.search("郑明远")
    dossier = any_workbook.people.dossier(person.person_id)
    assert dossier.field("living").shown == "养老机构"
    then = any_workbook.people.dossier(person.person_id, as_of=date(2024, 1, 1))
    assert then.field("living").shown == "空巢"


def test_undo_withdraws_new_people_and_restores_what_was_changed(any_workbook, tmp_path):
    intake = any_workbook.intake
    intake.import_roster(a_roster(tmp_path, FIRST))
    changed, other = [*FIRST], [*FIRST]
    changed[6] = "独居"
    other[0], other[3], other[7] = "贾玉", "990000193007010037", "13900000002"
    report = intake.import_roster(a_roster(tmp_path, changed, other))
    assert report.batch_id is not None
    assert intake.undo(report.batch_id) == (1, 0)
    assert any_workbook.people.search("贾玉") == []
    (person,) = any_workbook.people.search("郑明远")
    assert any_workbook.people.dossier(person.person_id).field("living").shown == "空巢"
    with pytest.raises(NotPermitted):
        intake.undo(report.batch_id)


def test_roster_can_be_imported_again_after_undo(any_workbook, tmp_path):
    path = a_roster(tmp_path, FIRST)
    report = any_workbook.intake.import_roster(path)
    any_workbook.intake.undo(report.batch_id or 0)
    assert any_workbook.intake.import_roster(path).counts["imported"] == 1
    assert len(any_workbook.people.search("郑明远")) == 1


def test_trial_writes_nothing(any_workbook, tmp_path):
    report = any_workbook.intake.import_roster(a_roster(tmp_path, FIRST), dry_run=True)
    assert report.counts["imported"] == 1 and report.batch_id is None
    assert counted(any_workbook, Person) == 0 == counted(any_workbook, ImportProblem)


def test_heading_placed_by_a_person_is_remembered(workbook, tmp_path):
    head = [*HEAD, "老同志代号甲"]
    path = a_roster(tmp_path, [*FIRST, "喜欢下棋"], head=head)
    (unplaced,) = workbook.intake.import_roster(path, dry_run=True).unplaced
    workbook.intake.save_heading(unplaced.path, "remark")
    report = workbook.intake.import_roster(path)
    assert report.unplaced == []
    (person,) = workbook.people.search("郑明远")
    assert workbook.people.dossier(person.person_id).field("remark").shown == "喜欢下棋"


def test_heading_is_refused_when_the_column_does_not_exist(workbook):
    with pytest.raises(InvalidEntry):
        workbook.intake.save_heading("姓名", "no_such_column")


def test_row_without_a_name_is_held_with_its_cells(workbook, tmp_path):
    nameless = ["", *FIRST[1:]]
    nameless[3] = "990000193007010037"
    report = workbook.intake.import_roster(a_roster(tmp_path, FIRST, nameless))
    assert report.counts["held"] == 1
    (row,) = workbook.intake.held.rows(report.batch_id)
    assert row.text_of("resident_id") == "990000193007010037"


def test_person_is_found_at_once_after_import(any_workbook, tmp_path):
    any_workbook.intake.import_roster(a_roster(tmp_path, FIRST))
    assert [one.name for one in any_workbook.people.search("zmy")] == ["郑明远"]


def test_death_in_a_roster_ends_the_case(workbook, tmp_path):
    head = [*HEAD, "去世时间"]
    workbook.intake.import_roster(a_roster(tmp_path, [*FIRST, "2020-01-05"], head=head))
    with workbook.reading() as session:
        person = session.scalars(select(Person)).one()
    assert person.died_on == date(2020, 1, 5)
    assert workbook.people.roll().total == 0


def test_undo_of_an_unknown_import_is_refused(workbook):
    with pytest.raises(NotFound):
        workbook.intake.undo(99)


def test_file_without_people_leaves_the_workbook_as_it_was(any_workbook, tmp_path):
    path = a_roster(tmp_path, ["甲", 1], head=["品名", "数量"])
    with pytest.raises(UnreadableFile):
        any_workbook.intake.import_roster(path)
    assert any_workbook.intake.batches() == []


def test_command_imports_reports_and_lists(tmp_path, capsys):
    db = str(tmp_path / "w.sqlite")
    assert main(["init", "--db", db, "--agency", "changshu"]) == 0
    report, people = tmp_path / "report.csv", tmp_path / "people.csv"
    assert main(["import", str(CHANGSHU), "--db", db, "--report", str(report)]) == 1
    assert main(["people", "--db", db, "--out", str(people)]) == 0
    lines = _read(report)
    assert list(lines[0]) == ["sheet", "row", "field", "kind", "value", "outcome", "message"]
    expected = _read(ROSTERS / "changshu" / "issues.csv")
    named = Counter(line["kind"] for line in lines)
    assert named == Counter(line["kind"] for line in expected)
    assert len(_read(people)) == 439


def test_command_refuses_a_file_that_is_not_there(tmp_path, capsys):
    db = str(tmp_path / "w.sqlite")
    main(["init", "--db", db, "--agency", "changshu"])
    assert main(["import", str(tmp_path / "none.xlsx"), "--db", db]) == 2
    assert "none.xlsx" in capsys.readouterr().err
