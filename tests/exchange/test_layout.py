"""The tables of a sheet are found wherever offices put them."""

from __future__ import annotations

import pytest

from casework.exchange.files import Cell, Merge, RosterFile, Sheet
from casework.exchange.headings import lexicon
from casework.exchange.layout import find_tables
from casework.exchange.roster import Roster, read_roster
from casework.identifiers import check_character
from tests.conftest import TODAY
from tests.exchange.verdict import canonical

HEAD = [
    *("姓名", "性别", "出生日期", "身份证号码", "工作单位", "人员类别", "社区", "居住状况"),
    *("健康状况", "主要疾病", "常用药", "爱好", "政治面貌", "手机", "固定电话", "职级"),
]
NAMES = ["郑明远", "王安", "李和平", "赵云", "孙文"]


def number(born: str, sequence: int) -> str:
    body = f"990000{born.replace('-', '')}{sequence:03d}"
    return body + check_character(body)


PEOPLE: list[list[Cell]] = [
    [
        *(name, "男女"[i % 2], f"193{i}-05-0{i + 1}", number(f"193{i}-05-0{i + 1}", i + 1)),
        *("市水利局", "离休", "枫泾社区", "独居", "健康", "高血压、冠心病", "钙片", "书法"),
        *("中共党员", f"1390000000{i}", f"0512-7351516{i}", "正处级"),
    ]
    for i, name in enumerate(NAMES)
]


def read(rows: list[list[Cell]], *merged: Merge) -> Roster:
    sheet = Sheet("名册", [tuple(row) for row in rows], merged)
    return read_roster(RosterFile("a.xlsx", "0", (sheet,)), latest=TODAY)


def numbered(*rows: list[Cell]) -> list[list[Cell]]:
    return [[i, *row] for i, row in enumerate(rows, start=1)]


GROUPS_3 = [
    ["基本情况", *[""] * 5, "家庭情况", "", "健康情况", "", "", "其他情况", "", "联系", "", ""],
    ["个人信息", *[""] * 3, "工作信息", "", "住所", "", "身体", "", "", "爱好", "政治", "方式",
     "", "待遇"],
    ["姓名", "性别", "出生日期", "身份证号码", "单位", "类别", "社区", "居住状况", "状况", "病史",
     "用药", "爱好", "政治面貌", "手机", "座机", "级别"],
]  # fmt: skip
LOW = ["", "", "", "", "", "", "居住情况", "", "健康情况", "", "", "", "", "联系方式", "", ""]
PAGE = [["第1页 共2页"], ["花名册（续）"], ["填报单位：老干部局"], HEAD]
NOTES = [
    "姓名", "性别（男/女）", "出生年月日（公历）", "公民身份号码", "原单位（全称）", "离休/退休",
    "居住社区", "居住情况（独居、空巢等）", "健康状况（健康、一般等）", "患病情况（可多填）",
    "用药情况", "兴趣爱好（特长）", "政治面貌", "手机号码（本人）", "住宅电话（含区号）",
    "享受待遇（级别）",
]  # fmt: skip
ENGLISH = [
    "Name", "Sex", "Date of birth", "ID number", "Unit", "Category", "Community", "Living",
    "Health", "Conditions", "Medicines", "Hobbies", "Party member", "Mobile", "Landline", "Level",
]  # fmt: skip
SHEETS: dict[str, list[list[Cell]]] = {
    "three rows of headings": [["花名册"], *GROUPS_3, *PEOPLE],
    "groups over the last row only": [["花名册"], LOW, HEAD, *PEOPLE],
    "further right and down": [[], [], ["", "", "花名册"], *[["", "", *row[:5], "", *row[5:]]
                               for row in [HEAD, *PEOPLE]]],
    "pages with titles of their own": [["花名册"], HEAD, *PEOPLE[:3], *PAGE, *PEOPLE[3:],
                                       ["第2页 共2页"]],
    "two tables in other orders": [["离休干部"], HEAD, *PEOPLE[:2], [], ["退休干部"], HEAD[::-1],
                                   *[row[::-1] for row in PEOPLE[2:]]],
    "titles of several cells": [["单位：市水利局", "", "", "时间：2014.5"], HEAD, *PEOPLE,
                                ["审核人", "李四", "", "联系电话", "0512-12345678"]],
    "headings that say what is required": [[f"*{one}（必填）" for one in HEAD],
                                           ["填写说明：身份证号须为18位"], *PEOPLE],
    "headings with notes": [NOTES, *PEOPLE],
    "English headings": [ENGLISH, *PEOPLE],
    "a sample and a blank numbered row": [["序号", *HEAD], ["例", "张三", *PEOPLE[0][1:]],
                                          *numbered(*PEOPLE), [6], ["", "制表人：李四"]],
    "subtotals": [["序号", *HEAD], ["离休小计", "", "3"], *numbered(*PEOPLE), ["小计", "3人"],
                  ["退休小计", "", "2"], ["总计", "5人"]],
    "numbers of the columns": [["序号", *HEAD], ["甲", "乙", *map(str, range(1, 16))],
                               *numbered(*PEOPLE)],
    "notes below": [HEAD, *PEOPLE, ["备注：1、本表一式两份"], ["2、独居指一人居住"],
                    [*[""] * 15, "2014年5月"], [*[""] * 10, "市水利局老干部科"]],
}  # fmt: skip


@pytest.mark.parametrize("kind", SHEETS)
def test_everybody_is_read_from_a_sheet_with(kind):
    roster = read(SHEETS[kind])
    assert [one.name for one in roster.people] == NAMES
    assert roster.counts()["held"] == 0
    assert [problem for row in roster.rows for problem in row.problems] == []
    for i, person in enumerate(roster.people):
        found = canonical(person)
        assert (found["living"], found["health"], found["level"]) == ("独居", "健康", "正处级")
        assert (found["mobile"], found["landline"]) == (f"1390000000{i}", f"0512-7351516{i}")
        assert (found["unit"], found["community"]) == ("市水利局", "枫泾社区")
        assert found["conditions"] == "高血压;冠心病"
        assert found["party_member"] == "1"


def test_merged_group_reaches_as_far_as_it_is_merged():
    rows = [["健康", "", "", "家庭住址"], ["状况", "病史", "用药", ""]]
    merged = (Merge(0, 1, 0, 3), Merge(0, 4, 1, 4), Merge(0, 0, 1, 0))
    sheet = Sheet("S", [("姓名", *rows[0]), ("", *rows[1])], merged)
    (table,) = find_tables(sheet, lexicon())
    assert [one.path for one in table.headings] == [
        "姓名", "健康/状况", "健康/病史", "健康/用药", "家庭住址",
    ]  # fmt: skip


def test_sheet_of_instructions_has_no_table():
    rows = [("一、本表由各单位填写。",), ("二、姓名、性别、身份证号必须填写。",)]
    assert find_tables(Sheet("填表说明", rows), lexicon()) == []


def test_rows_of_people_are_no_headings_even_where_values_are_words_of_headings():
    rows = [("姓名", "类别", "健康", "党员"), ("郑明远", "离休", "健康", "党员")] * 2
    assert len(find_tables(Sheet("S", rows), lexicon())) == 2
