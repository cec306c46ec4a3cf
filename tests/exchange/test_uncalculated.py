"""A formula whose value was not saved is never taken for an empty cell: the place is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from casework.errors import UnreadableFile
from casework.exchange.helper_table import read_helper_table
from casework.exchange.travel_table import read_travel_table
from casework.exchange.uncalculated import uncalculated
from casework.exchange.unit_returns import read_form
from casework.exchange.usage_table import read_usage
from casework.reference.pairing import pairing_rules
from tests.exchange.hostile import package, workbook_parts

DAY = date(2026, 10, 1)
READ: dict[str, Any] = {
    "return": lambda path: read_form(path, DAY),
    "usage": lambda path: read_usage(path, DAY),
    "travel": lambda path: read_travel_table(path, {}),
    "helpers": lambda path: read_helper_table(path, pairing_rules("fengtai"), latest=DAY),
}
TABLES: dict[str, list[list[object]]] = {
    "return": [
        ["人员编号", "姓名", "慰问日期", "慰问金（元）"],
        ["P1", "赵一", "9月20日", "=300+200"],
    ],
    "usage": [["姓名", "服务项目", "服务日期"], ["赵一", "理发", "=DATE(2026,9,1)"]],
    "travel": [["从", "到", "分钟"], ["甲社区", "乙社区", "=10+15"]],
    "helpers": [["姓名", "类别", "电话"], ["钱二", "助老员", '=CONCAT("138","00001111")']],
}


def written(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "九月"
    for row in rows:
        page.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("table", sorted(TABLES))
def test_formula_without_its_value_is_refused_with_sheet_and_cell(
    table: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.xlsx", TABLES[table])
    with pytest.raises(UnreadableFile) as caught:
        READ[table](path)
    place = f"九月 {'ABCD'[len(TABLES[table][0]) - 1]}2"
    assert place in caught.value.message
    assert "WPS" in caught.value.message


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_same_table_with_values_is_read(table: str, tmp_path: Path) -> None:
    values = {"=300+200": 500, "=DATE(2026,9,1)": date(2026, 9, 1), "=10+15": 25}
    rows = [
        [values.get(str(cell), "13800001111" if str(cell)[0] == "=" else cell) for cell in row]
        for row in TABLES[table]
    ]
    assert READ[table](written(tmp_path / "a.xlsx", rows))


CELLS = {
    '<c r="A1"><f>1+1</f><v>2</v></c>': [],
    '<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>': [],  # worked out to no text
    '<c r="A1"><f>1+1</f></c>': ["A1"],
    '<c r="AB12" s="3"><f t="shared" si="0"/><v/></c>': ["AB12"],
    '<c r="A1"/><c r="B1"><f>1</f><v>1</v></c><c r="C1"><f>2</f><v></v></c>': ["C1"],
}


@pytest.mark.parametrize("cells", list(CELLS))
def test_only_a_formula_that_was_never_worked_out_counts(cells: str, tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", workbook_parts(f'<row r="1">{cells}</row>'))
    assert [one for places in uncalculated(path).values() for one in places] == CELLS[cells]


def test_a_sheet_longer_than_what_is_read_at_once_loses_no_cell(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{"赵" * 90}</t></is></c>'
        f'<c r="B{n}"><f>A{n}</f></c></row>'
        for n in range(1, 3001)
    )
    path = package(tmp_path / "a.xlsx", workbook_parts(rows))
    (places,) = uncalculated(path).values()
    assert places == [f"B{n}" for n in range(1, 3001)]
