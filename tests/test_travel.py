"""The agency's table of travel times: read in both forms, before coordinates, refused whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook as Excel

from casework.cli import main
from casework.errors import InvalidEntry, NotPermitted, UnreadableFile
from casework.exchange.travel_table import ALL_MEANS, OFFICE, TravelTable
from casework.reference.rosters import roster_rules
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.delegation_problem import Ways
from casework.workbook.places import Point
from casework.workbook.roster_travel import TravelTimes, travel_rows
from tests.test_plans import a_person
from tests.test_rosters import HERE, MONDAY, MOVES, a_visit, a_worker

SQUARE = [
    ["路程时间表（分钟）"],
    ["", "单位", "东社区", "西社区"],
    ["单位", 0, 12, "1小时5分"],
    ["东社区", None, 3, "40分钟"],
    ["注：均为平时"],
]


def an_excel(path: Path, **sheets: list[list[object]]) -> Path:
    book = Excel()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def a_list(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("从,到,分钟", *lines)), encoding="utf-8")
    return path


@pytest.fixture
def square(tmp_path: Path) -> Path:
    return an_excel(tmp_path / "table.xlsx", Sheet1=SQUARE, 步行=[["", "西社区"], ["西社区", 8]])


def test_square_and_list_say_the_same(workbook: Workbook, tmp_path: Path, square: Path) -> None:
    told = a_list(tmp_path / "list.csv", "单位,单位,0", "单位,东社区,12", "东社区,东社区,3",
                  "单位,西社区,65", "东社区,西社区,40")  # fmt: skip
    one, other = workbook.travel.read(square), workbook.travel.read(told)
    assert one.problems == other.problems == ()

    def by_name(table):
        return {(table.places[a], table.places[b]): n for (a, b), n in table.between("car").items()}

    assert by_name(one) == by_name(other)
    assert by_name(one)[OFFICE, "西社区"] == by_name(one)["西社区", OFFICE] == 65
    assert len(one.between("foot")) == 1


def test_table_goes_before_coordinates_and_where_it_is_silent_they_hold(
    any_workbook: Workbook, square: Path
) -> None:
    workbook = any_workbook
    a_worker(workbook)
    homes = [
        a_person(workbook, community="东社区", location=HERE),
        a_person(workbook, community="西社区"),  # no coordinates
        a_person(workbook, community="别处", location=HERE),
    ]
    for person in homes:
        a_visit(workbook, person)
    before = workbook.rosters.problem(MONDAY)
    assert before.week.travel[0][0][2] == 25  # not known
    workbook.travel.put_in_force(workbook.travel.read(square), "table.xlsx")
    planned = workbook.rosters.problem(MONDAY)
    travel = planned.week.travel[0]
    assert (travel[0][1], travel[1][2], travel[2][0]) == (15, 40, 65)  # in steps of five
    assert travel[1][3] == before.week.travel[0][1][3]
    use_language("en")
    notes = " ".join(workbook.rosters.problem(MONDAY).notes)
    assert "in no place of the table" in notes
    assert "place is not known" not in notes
    roster = workbook.rosters.propose(MONDAY, moves=MOVES)
    assert workbook.rosters.show(roster).verdict.broken == ()
    workbook.travel.take_out()
    assert workbook.rosters.problem(MONDAY).week.travel == before.week.travel


def test_table_with_a_cell_that_cannot_be_read_changes_nothing(
    workbook: Workbook, tmp_path: Path, square: Path
) -> None:
    workbook.travel.put_in_force(workbook.travel.read(square), "good")
    held = workbook.travel.given()
    use_language("en")
    wrong = a_list(tmp_path / "wrong.csv", "东社区,西社区,十分钟", "东社区,单位,12",
                   "东社区,单位,13", "东社区,东社区,-4", "东社区,东社区,9999")  # fmt: skip
    table = workbook.travel.read(wrong)
    assert len(table.problems) == 4
    assert "row 2" in table.problems[0]
    with pytest.raises(InvalidEntry, match="4 entries"):
        workbook.travel.put_in_force(table, "wrong")
    assert workbook.travel.given() == held


def test_ways_of_a_delegation_go_by_the_table_and_where_it_is_silent_by_coordinates() -> None:
    rules = roster_rules("changshu")
    table = TravelTable((OFFICE, "东社区", "西社区"), {ALL_MEANS: {(0, 1): 12, (1, 2): 41}})
    homes = {"1": ("东社区",), "2": ("西社区",), "3": ("别处",), "4": ("西社区",)}
    here = Point(31.65, 120.75)
    ways = Ways(rules, here, {"3": here, "4": here}, table, homes)
    told = [ways(None, "1"), ways("1", None), ways("1", "2"), ways("1", "3"), ways(None, "4")]
    assert told == [15, 15, 45, ways.unknown, 0]  # in steps of five minutes
    there = [here, None, None, here, here]
    rows = travel_rows(rules, next(iter(rules.means)), there, table, [0, 1, 2, None, 2])
    keys = (None, *homes)
    assert [[ways(one, other) for other in keys] for one in keys] == list(map(list, rows))
    assert [ways.is_known(key) for key in ("1", "3", "9")] == [True, True, False]
    assert Ways(rules, here, {"3": here})(None, "1") == ways.unknown


@pytest.mark.parametrize(
    "content", ["", "姓名,社区\n甲,东社区", "x" * 1_000_000, "从,到,分钟", "," * 1_000_000]
)
def test_file_without_a_table_is_refused(workbook: Workbook, tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile) as refused:
        workbook.travel.read(path)
    assert len(refused.value.message) < 300


def test_too_many_places_are_refused(workbook: Workbook, tmp_path: Path) -> None:
    many = a_list(tmp_path / "many.csv", *(f"社区{n},单位,5" for n in range(600)))
    with pytest.raises(UnreadableFile):
        workbook.travel.read(many)


def test_table_is_given_by_supervisors_only(workbook: Workbook, square: Path) -> None:
    a_worker(workbook, "乙")
    workbook.act_as("caseworker-乙")
    with pytest.raises(NotPermitted):
        workbook.travel.put_in_force(workbook.travel.read(square), "table.xlsx")


def test_table_is_looked_at_put_in_force_and_taken_back_on_the_screen(
    workbook: Workbook, square: Path
) -> None:
    a_worker(workbook)
    a_person(workbook, community="南社区")
    part = Shell(workbook, "supervisor", Place("staffing", {})).screen.times
    part.look_at("表<b>.xlsx", square.read_bytes())
    said = part.found.children[0].children[0].html
    assert "南社区" in said
    assert "西社区" in said
    part.put_in_force()
    assert "表&lt;b&gt;.xlsx" in part.told.html
    part.take_out()
    assert workbook.travel.given() is None


def test_command_puts_a_table_in_force(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(a_list(tmp_path / "good.csv", "单位,东社区,12"))
    bad = str(a_list(tmp_path / "bad.csv", "单位,东社区,不远"))
    run = ["roster", "travel", "--db", str(workbook_file), "--lang", "en"]
    assert main([*run, good]) == 0
    assert main([*run, bad]) == 2
    told = capsys.readouterr()
    assert "“不远” is no time" in told.err
    assert main(run) == 0
    assert "good.csv, 2 places" in capsys.readouterr().out
    assert main([*run, "--none"]) == 0


def test_rows_are_worked_out_when_asked_for_and_say_the_same(monkeypatch):
    rules = roster_rules("changshu")
    there = [Point(31.6 + n / 100, 120.7) for n in range(4)]
    made: list[int] = []
    row = TravelTimes.row
    monkeypatch.setattr(TravelTimes, "row", lambda self, at: made.append(at) or row(self, at))
    mean = next(iter(rules.means))
    rows, others = (travel_rows(rules, mean, there, None, [None] * 4) for _n in range(2))
    assert (len(rows), made) == (4, []), "nobody has asked yet"
    assert rows[2][2] == 0 and rows[2] is rows[-2] and made == [2]
    assert rows == others and hash(rows) == hash(others)
    assert rows != travel_rows(rules, mean, there[:3], None, [None] * 3)
    assert [list(one) for one in rows[1:3]] == [list(rows[1]), list(rows[2])]
    with pytest.raises(IndexError):
        rows[4]
