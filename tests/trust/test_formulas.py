"""No formula lives in what leaves casework, and what comes back is what was typed.

Hostile input 6.
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from casework.exchange.files import read_file
from casework.exchange.lists import excel_list
from casework.exchange.tables import write_table
from casework.workbook import Workbook
from tests.test_contacts import a_person

TYPED = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\ufeff=1+1", "|calc", "%1", "＝1+1",
    '=HYPERLINK("http://198.51.100.7","x")', "=cmd|'/c calc'!A0", "\u200b+1", "'=1+1", "O'Neill",
)  # fmt: skip
STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")


def alive(cell: str) -> bool:
    return cell.lstrip("\ufeff\u200b").startswith(STARTS)


def test_formula_is_dead_in_every_file_and_comes_back_as_typed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_table(path, ["a"], [{"a": one} for one in TYPED])
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [row[0] for row in csv.reader(stream)]
    assert not any(map(alive, cells))
    assert [row[0] for row in read_file(path).sheets[0].rows[1:]] == list(TYPED)
    (tmp_path / "list.xlsx").write_bytes(excel_list("a", "b", ["c"], [[one] for one in TYPED]))
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    kinds = {sheet.cell(row, 1).data_type for row in range(1, len(TYPED) + 4)}
    assert kinds <= {"s", "inlineStr"}


@pytest.mark.parametrize("typed", ["=1+1", "@SUM(A1)", "\t=cmd|' /C calc'!A0"])
def test_formula_in_a_fact_is_dead_in_the_copy_of_everything(
    workbook: Workbook, tmp_path: Path, typed: str
) -> None:
    person = a_person(workbook, name=typed)
    workbook.people.record_fact(person, "difficulty", typed, source="form")
    made = workbook.rights.export(person, reason="本人要求")
    with zipfile.ZipFile(io.BytesIO(made.content)) as box:
        tables = [one for one in box.namelist() if one.endswith(".csv")]
        assert tables
        for name in tables:
            rows = csv.reader(io.StringIO(box.read(name).decode("utf-8-sig"), newline=""))
            assert not [cell for row in rows for cell in row if alive(cell)], name
