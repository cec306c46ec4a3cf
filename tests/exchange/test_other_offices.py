"""Rosters of factories, universities, cadre homes and streets: what their layouts had us lose."""

from __future__ import annotations

import pytest

from casework.exchange.files import Cell, RosterFile, Sheet
from casework.exchange.report import problems_of
from casework.exchange.roster import read_roster
from casework.exchange.words import words_of_cells
from tests.conftest import TODAY
from tests.exchange.test_layouts_of_others import BORN, NAMES, every_row_counts_once, people
from tests.exchange.test_roster import number, read


def test_last_person_of_two_lists_side_by_side_is_not_lost_beside_an_empty_half():
    head = ["姓名", "出生年月", "手机"]
    roster = read(
        [*head, *head],
        [NAMES[0], BORN[0], "13900000001", NAMES[1], BORN[1], "13900000002"],
        [NAMES[2], BORN[2], "13900000003", "", "", ""],
    )
    assert sorted(one.name for one in roster.people) == sorted(NAMES[:3])
    assert every_row_counts_once(roster)


def test_row_of_headings_that_is_there_twice_is_of_two_lists_whatever_it_calls_a_name():
    head = ["职工", "性别", "出生日期", "身份证号", "本人电话"]
    rows = [
        [
            NAMES[a],
            "男",
            BORN[a],
            number(BORN[a]),
            f"1390000000{a}",
            NAMES[b],
            "女",
            BORN[b],
            number(BORN[b], 2),
            f"1390000000{b}",
        ]
        for a, b in ((0, 1), (2, 3))
    ]
    roster = read([*head, *head], *rows)
    assert sorted(people(roster, "mobile")) == sorted(
        (NAMES[k], f"1390000000{k}") for k in range(4)
    )


@pytest.mark.parametrize("label", ["军休干部", "老同志"])
def test_form_that_calls_the_name_by_what_somebody_is_belongs_to_that_person(label):
    form: list[list[Cell]] = [
        ["登记卡"],
        [label, NAMES[0], "性别", "男", "出生年月", BORN[0]],
        ["身份证号", number(BORN[0]), "", "", "籍贯", "江苏南通"],
        ["手机", "13900000001", "", "", "健康状况", "一般"],
        ["家庭成员", "关系", "姓名", "出生年月", "工作单位", "联系电话"],
        ["", "子女", NAMES[1], "1961.5", "市供电局", "13900000002"],
    ]
    roster = read(*form)
    assert people(roster, "mobile") == [(NAMES[0], "13900000001")]
    assert [one.name for one in roster.people[0].contacts] == [NAMES[1]]


def test_illness_as_a_heading_over_ticks_is_an_illness_of_who_is_ticked():
    head = ["姓名", "身份证号", "高血压", "糖尿病"]
    rows = [[NAMES[k], number(BORN[k]), "√" if k else "", "√" if k == 2 else ""] for k in range(3)]
    roster = read(head, *rows)
    assert people(roster, "condition") == [
        (NAMES[0], ""),
        (NAMES[1], "高血压"),
        (NAMES[2], "高血压、糖尿病"),
    ]


@pytest.mark.parametrize("heading", ["退休前所在车间", "所属分厂", "所属院系", "原所在学院"])
def test_part_of_a_factory_or_university_is_the_unit(heading):
    roster = read(
        ["姓名", "身份证号", heading],
        *[[NAMES[k], number(BORN[k]), "第二机修"] for k in range(3)],
    )
    assert {one.values["unit"][0] for one in roster.people} == {"第二机修"}


def test_cell_goes_before_what_the_title_of_another_list_says():
    typed: list[list[Cell]] = [
        ["姓名", "身份证号", "类别"],
        [NAMES[0], number(BORN[0]), "离休"],
    ]
    titled: list[list[Cell]] = [
        ["退休人员花名册"],
        ["姓名", "身份证号", "手机", "居住状况"],
        [NAMES[0], number(BORN[0]), "13900000001", "独居"],
    ]
    sheets = tuple(
        Sheet(name, [tuple(row) for row in rows]) for name, rows in (("一", typed), ("二", titled))
    )
    roster = read_roster(RosterFile("a.xlsx", "0", sheets), latest=TODAY)
    assert people(roster, "category", "living") == [(NAMES[0], "retired_veteran", "alone")]


def test_labels_above_the_names_of_a_table_on_its_side_are_read():
    roster = read(
        ["街道老年人登记表"],
        ["序号", 1, 2, 3],
        ["所在社区", "向阳社区", "锦绣社区", "临江社区"],
        ["片长", "甲", "乙", "丙"],
        ["老年人姓名", *NAMES[:3]],
        ["身份证号", *(number(born) for born in BORN[:3])],
        ["联系电话", "13900000001", "13900000002", "13900000003"],
        ["居住情况", "独居", "空巢", "独居"],
    )
    assert people(roster, "community", "mobile") == [
        (NAMES[0], "向阳社区", "13900000001"),
        (NAMES[1], "锦绣社区", "13900000002"),
        (NAMES[2], "临江社区", "13900000003"),
    ]


@pytest.mark.parametrize("legend", ["（红色字体为已去世人员，黄底为住院）", "图例：红色：病故"])
def test_what_a_colour_means_is_of_nobody_who_is_not_marked_and_is_told(legend):
    head = ["姓名", "身份证号", "手机"]
    roster = read(["离休干部名册"], [legend], head, [NAMES[0], number(BORN[0]), "13900000001"])
    assert [one.name for one in roster.people] == [NAMES[0]]
    assert [(one.row, one.kind) for one in problems_of(roster.rows)] == [(2, "colours")]


def test_section_that_is_not_understood_ends_the_unit_of_the_section_before():
    head = ["姓名", "身份证号", "手机"]
    rows = [[NAMES[k], number(BORN[k]), f"1390000000{k}"] for k in range(3)]
    roster = read(
        ["教育系统名册"], head, ["乌兰小学（1人）"], rows[0], ["红星联合体（1人）"], rows[1],
        ["第二支部"], rows[2],
    )  # fmt: skip
    assert people(roster, "unit") == [(NAMES[0], "乌兰小学"), (NAMES[1], ""), (NAMES[2], "")]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("健康状况（A健康B一般C较差D失能）", "C"),
        ("健康状况1健康2较差", "2"),
        ("身体状况及所患疾病", "较差"),
    ],
)
def test_state_of_health_is_read_under_the_heading(heading, cell):
    rows = [[NAMES[k], number(BORN[k]), cell] for k in range(3)]
    roster = read(["姓名", "身份证号", heading], *rows)
    assert {one.values["health"][0] for one in roster.people} == {"poor"}


def test_state_of_health_and_illnesses_in_one_cell_are_told_apart():
    cells = ["一般，高血压、糖尿病", "良好", "高血压"]
    rows = [[NAMES[k], number(BORN[k]), cells[k]] for k in range(3)]
    roster = read(["姓名", "身份证号", "身体状况及患病情况"], *rows)
    assert people(roster, "health", "condition") == [
        (NAMES[0], "average", "高血压、糖尿病"),
        (NAMES[1], "good", ""),
        (NAMES[2], "", "高血压"),
    ]


@pytest.mark.parametrize(("title", "category"), [("局离退休干部名册", "retired"), ("名册", "")])
def test_who_has_no_tick_under_离休_is_retired_where_the_title_names_both(title, category):
    rows = [[NAMES[k], number(BORN[k]), "" if k else "√"] for k in range(3)]
    roster = read([title], ["姓名", "身份证号", "离休√"], *rows)
    found = [one.values.get("category", [""])[0] for one in roster.people]
    assert found == ["retired_veteran", category, category]


def test_telephone_of_the_official_in_charge_is_not_the_persons():
    rows = [[NAMES[k], number(BORN[k]), "", "小蒲", "13981100901"] for k in range(3)]
    roster = read(["姓名", "身份证号", "手机", "负责的镇干部", "镇干部手机"], *rows)
    assert not any(one.values.get("mobile") for one in roster.people)


def test_part_of_a_sheet_with_a_heading_of_its_own_is_of_the_unit_in_the_first_title():
    roster = read(
        ["市检察院老干部名册"],
        ["一、离休干部（1人）"],
        ["姓名", "身份证号", "手机"],
        [NAMES[0], number(BORN[0]), "13900000001"],
        ["二、遗属（2人）"],
        ["序号", "遗属姓名", "性别", "与死者关系", "死者姓名", "电话"],
        ["1", NAMES[1], "女", "妻子", NAMES[2], "13900000002"],
    )
    assert people(roster, "unit", "category", "mobile") == [
        (NAMES[0], "市检察院", "retired_veteran", "13900000001"),
        (NAMES[1], "市检察院", "surviving_spouse", "13900000002"),
    ]


@pytest.mark.parametrize("cell", ["2023-11-04", 45234])
def test_birth_date_of_a_child_is_no_birth_date_of_somebody_retired(cell):
    roster = read(["姓名", "出生年月", "手机"], [NAMES[0], cell, "13900000001"])
    assert roster.people[0].official_birth("id").iso == ""
    assert [(one.field, one.kind) for one in roster.people[0].problems] == [
        ("birth_date", "impossible_date")
    ]


@pytest.mark.parametrize(
    "heading", ["村干部电话", "片区民警电话", "儿媳电话", "社工电话", "驻点人员手机", "邻里电话"]
)
def test_telephone_of_whoever_is_around_is_not_the_persons(heading):
    rows = [[NAMES[k], number(BORN[k]), f"1398110090{k}"] for k in range(3)]
    roster = read(["姓名", "身份证号", heading], *rows)
    assert not any(one.values.get("mobile") for one in roster.people)


@pytest.mark.parametrize(
    ("heading", "cell", "column", "code"),
    [
        ("与谁住一起", "女儿家", "living", "with_children"),
        ("与谁住一起", "老伴", "living", "with_spouse"),
        ("居住情况", "医养中心", "living", "care_home"),
        ("居住情况", "请人照顾", "living", "with_helper"),
        ("居住情况", "鳏居", "living", "alone"),
        ("身体", "良", "health", "good"),
        ("健康状况", "半自理", "health", "disabled"),
        ("军休类别", "退休", "category", "retired"),
        ("现享受待遇", "享正处", "level", "county_head"),
        ("是否中国共产党党员", "否", "political_status", "13"),
    ],
)
def test_words_of_other_offices_mean_the_same(heading, cell, column, code):
    rows = [[NAMES[k], number(BORN[k]), cell] for k in range(3)]
    roster = read(["姓名", "身份证号", heading], *rows)
    assert {one.values[column][0] for one in roster.people} == {code}


@pytest.mark.parametrize(
    "cell",
    [
        *("高血压＋糖尿病", "高血压／糖尿病", "高血压.糖尿病", "高血压和糖尿病", "高血压。糖尿病"),
        *("1.高血压2.糖尿病", "①高血压②糖尿病", "1高血压2糖尿病", "患高血压、糖尿病等"),
    ],
)
def test_illnesses_of_one_cell_are_told_apart(cell):
    assert words_of_cells().items("condition", cell) == ("高血压", "糖尿病")


@pytest.mark.parametrize("cell", ["2型糖尿病", "维生素B.1缺乏", "高血压3级", "脑梗塞和后遗症"])
def test_one_illness_stays_one(cell):
    assert words_of_cells().items("condition", cell) == (cell,)


@pytest.mark.parametrize("cell", ["无慢性疾病", "没什么病", "未长期服药", "健康", "无明显病史"])
def test_cell_says_that_there_is_none(cell):
    assert words_of_cells().items("condition", cell) == ("",)
