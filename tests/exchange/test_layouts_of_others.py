"""Rosters laid out as few offices do: nobody is lost, nothing lands with the wrong person."""

from __future__ import annotations

import pytest
import xlsxwriter

from casework.exchange.boxes import answer
from casework.exchange.files import Cell, Merge, RosterFile, Sheet, read_file
from casework.exchange.headings import lexicon
from casework.exchange.report import problems_of
from casework.exchange.roster import Roster, read_roster
from tests.conftest import TODAY
from tests.exchange.test_roster import HEAD, number, outcomes, read, someone

BORN = ("1931-05-03", "1932-02-01", "1933-07-09", "1934-11-30")
NAMES = ("郑明远", "王安", "李和平", "赵桂英")


def people(roster: Roster, *codes: str) -> list[tuple[str, ...]]:
    """Give the name of each person and what is known under some codes."""
    return [
        (one.name, *("、".join(one.values.get(code, ())) for code in codes))
        for one in roster.people
    ]


def kinds(roster: Roster) -> list[str]:
    return [one.kind for one in problems_of(roster.rows)]


def every_row_counts_once(roster: Roster) -> bool:
    return sum(roster.counts().values()) == roster.n_rows == roster.file.n_rows


# ---------------------------------------------------------------- several people in a row


def test_two_lists_beside_each_other_in_differing_order_are_two_lists():
    left, right = ["姓名", "身份证号", "手机"], ["序号", "姓名", "手机", "身份证号"]
    roster = read(
        ["离休干部名册", "", "", "", "退休干部名册"],
        [*left, "", *right],
        [NAMES[0], number(BORN[0]), "13900000001", "", "1", NAMES[1], "13900000002", ""],
        ["", "", "", "", "2", NAMES[2], "13900000003", number(BORN[2])],
    )
    assert people(roster, "category", "mobile") == [
        (NAMES[0], "retired_veteran", "13900000001"),
        (NAMES[1], "retired", "13900000002"),
        (NAMES[2], "retired", "13900000003"),
    ]
    assert every_row_counts_once(roster)


def test_husband_and_wife_in_groups_each_keep_their_own_telephone():
    roster = read(
        ["序号", "男方", "", "", "女方", "", "", "社区"],
        ["", "姓名", "身份证号", "手机", "姓名", "身份证号", "手机", ""],
        [
            *("1", NAMES[1], number(BORN[1], 1), "13900000001"),
            *(NAMES[3], number(BORN[3], 2), "13900000002", "流花社区"),
        ],
        merged=(Merge(0, 1, 0, 3), Merge(0, 4, 0, 6)),
    )
    assert people(roster, "mobile", "community") == [
        (NAMES[1], "13900000001", "流花社区"),
        (NAMES[3], "13900000002", "流花社区"),
    ]
    assert every_row_counts_once(roster)


def test_couple_in_lines_of_one_row_is_two_people():
    rid = f"{number(BORN[1], 1)}\n{number(BORN[3], 2)}"
    both: list[Cell] = [f"{NAMES[1]}\n{NAMES[3]}", "男\n女", "", rid, "市水利局", "13900000001"]
    roster = read(HEAD, someone(), both)
    roster_without_phone = read(HEAD, someone(), [*both[:5], "13900000001\n13900000002"])
    assert [one.name for one in roster_without_phone.people] == [NAMES[0], NAMES[1], NAMES[3]]
    assert [one.sex for one in roster_without_phone.people] == ["1", "1", "2"]
    # Whose is the one telephone? Nobody guesses.
    assert outcomes(roster) == ["heading", "imported", "several_people"]
    assert every_row_counts_once(roster)


def test_cards_beside_each_other_are_two_people():
    def lines(at: int) -> list[list[Cell]]:
        return [
            ["姓名", NAMES[at], "性别", "男"],
            ["身份证号", number(BORN[at]), "手机", f"1390000000{at}"],
            ["类别", "退休", "健康状况", "良好"],
        ]

    rows = [[*a, "", *b] for a, b in zip(lines(0), lines(1), strict=True)]
    roster = read(["联系卡"], *rows)
    assert people(roster, "mobile") == [(NAMES[0], "13900000000"), (NAMES[1], "13900000001")]
    assert every_row_counts_once(roster)


def test_rows_of_the_family_belong_to_the_person_above():
    head = ["姓名", "与本人关系", "身份证号", "类别", "电话"]
    roster = read(
        head,
        [NAMES[0], "本人", number(BORN[0]), "离休", "13900000001"],
        [NAMES[3], "配偶", number(BORN[3]), "", "13900000002"],
        [NAMES[1], "本人", number(BORN[1]), "退休", "13900000003"],
    )
    assert [one.name for one in roster.people] == [NAMES[0], NAMES[1]]
    (wife,) = roster.people[0].contacts
    assert (wife.name, wife.relationship, wife.phone) == (NAMES[3], "spouse", "13900000002")
    assert outcomes(roster) == ["heading", "imported", "family", "imported"]


# ---------------------------------------------------------------- what a cell says


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("□独居 ☑空巢 □与子女同住", "空巢"),
        ("■书法 □门球 ■象棋", "书法、象棋"),
        ("男（ ） 女（√）", "女"),
        ("□是 □否", ""),
        ("03-正处级", "正处级"),
        ("A.男", "男"),
        ("1932-05-03", "1932-05-03"),
        ("1、高血压 2、冠心病", "1、高血压 2、冠心病"),
    ],
)
def test_marked_answer_is_what_is_ticked(cell, says):
    assert answer(cell) == says


def test_unticked_boxes_say_nothing():
    roster = read(
        [*HEAD, "居住状况", "健康状况"],
        [*someone(), "□独居 □空巢 □养老机构", "□健康 □卧床"],
    )
    assert people(roster, "living", "health") == [(NAMES[0], "", "")]


@pytest.mark.parametrize(
    ("cell", "own", "of_others"),
    [
        ("13900000001（女儿李芳）", "", ["13900000001"]),
        ("13900000001；13900000002（儿子）", "13900000001", ["13900000002"]),
        ("儿子：13900000002 本人：13900000001", "13900000001", ["13900000002"]),
        ("0512-87381016（宅）13900000001（手）", "13900000001", []),
        ("13900000001（晚上打）", "13900000001", []),
    ],
)
def test_number_said_to_be_of_somebody_else_is_not_the_person_s(cell, own, of_others):
    (person,) = read(HEAD, [*someone()[:5], cell]).people
    assert "、".join(person.values.get("mobile", ())) == own
    assert [one.phone for one in person.contacts] == of_others


def test_two_things_in_a_column_are_read_apart():
    head: list[Cell] = ["姓名（类别）", "性别/民族", "身份证号", "单位及职务", "住址（社区）"]
    roster = read(
        head,
        ["郑明远（离休）", "男/汉", number(BORN[0]), "市水利局副局长", "东三路2号（临江社区）"],
        ["王安（退休）", "男/回", number(BORN[1]), "市水利局科长", "东三路3号（流花社区）"],
    )
    assert people(roster, "category", "ethnicity", "unit", "position", "community") == [
        ("郑明远", "retired_veteran", "汉", "市水利局", "副局长", "临江社区"),
        ("王安", "retired", "回", "市水利局", "科长", "流花社区"),
    ]


def test_diseases_under_two_headings_are_not_taken_for_medicine():
    roster = read(
        [*HEAD, "疾病/用药"], [*someone(), "高血压、冠心病"], [*someone(NAMES[1], BORN[1]), "痛风"]
    )
    told = {code for one in roster.people for code in one.values if one.values[code]}
    assert not {"condition", "medicine"} <= told


def test_ticks_under_diseases_are_diseases():
    roster = read(
        ["姓名", "身份证号", "慢性病（打√）", "", ""],
        ["", "", "高血压", "冠心病", "糖尿病"],
        [NAMES[0], number(BORN[0]), "√", "", "√"],
        [NAMES[1], number(BORN[1]), "", "√", ""],
        merged=(Merge(0, 2, 0, 4), Merge(0, 0, 1, 0), Merge(0, 1, 1, 1)),
    )
    assert people(roster, "condition") == [(NAMES[0], "高血压、糖尿病"), (NAMES[1], "冠心病")]


def test_ditto_means_what_stands_above_and_never_the_number_of_another():
    roster = read(
        HEAD,
        someone(),
        [NAMES[1], "男", BORN[1], "〃", "同上", "〃"],
    )
    assert people(roster, "unit", "mobile") == [
        (NAMES[0], "市水利局", "13900000001"),
        (NAMES[1], "市水利局", "13900000001"),
    ]
    assert [one.id_number for one in roster.people] == [number(BORN[0]), None]


def test_birthday_without_a_year_is_held_against_the_number():
    head = ["姓名", "生日", "身份证号"]
    right: list[Cell] = [NAMES[0], "5月3日", number(BORN[0])]
    wrong: list[Cell] = [NAMES[1], "2月9日", number(BORN[1])]
    lunar: list[Cell] = [NAMES[2], "农历三月初八", number(BORN[2])]
    roster = read(head, right, wrong, lunar)
    assert [(one.row, one.kind) for one in problems_of(roster.rows)] == [(3, "differs_from_id")]


# ---------------------------------------------------------------- who is no person to care for


@pytest.mark.parametrize(
    ("title", "outcome"),
    [
        ("已故离退休干部名册", "deceased"),
        ("志愿者服务队名册", "not_served"),
        ("老干部工作人员通讯录", "not_served"),
        ("离退休干部志愿者名册", "imported"),
        ("已故离休干部遗属名册", "imported"),
        ("离退休干部名册（含已故）", "imported"),
    ],
)
def test_list_of_the_dead_or_of_staff_waits_for_a_person(title, outcome):
    assert outcomes(read([title], HEAD, someone()))[2] == outcome


def test_whoever_is_said_to_have_died_waits_for_a_person():
    roster = read(
        [*HEAD, "健在情况", "备注"],
        [*someone(), "健在", "老伴已故"],
        [*someone(NAMES[1], BORN[1]), "已故", ""],
        [*someone(NAMES[2], BORN[2]), "健在", "2013年3月去世"],
    )
    assert outcomes(roster) == ["heading", "imported", "deceased", "imported"]
    assert [(one.row, one.kind) for one in problems_of(roster.rows)] == [
        (3, "marked_dead"),
        (4, "marked_dead"),
    ]


def test_bereaved_below_a_section_are_not_retired_themselves():
    roster = read(
        ["离休干部及遗属花名册"],
        HEAD,
        ["一、离休干部"],
        someone(),
        ["二、已故离休干部遗属"],
        someone(NAMES[3], BORN[3]),
    )
    assert people(roster, "category") == [
        (NAMES[0], "retired_veteran"),
        (NAMES[3], "surviving_spouse"),
    ]


def test_section_of_a_branch_is_no_unit():
    head = [one for one in HEAD if one != "单位"]
    row = [one for one in someone() if one != "市水利局"]
    assert people(read(head, ["第一党支部（12人）"], row), "unit") == [(NAMES[0], "")]


def test_instructions_and_sample_below_the_heading_are_nobody():
    roster = read(
        HEAD,
        ["必填，与身份证一致", "下拉选择", "格式：1932-05-01", "18位数字", "必填", "11位数字"],
        ["张三（示例）", "男", "1930-01-01", "", "市某局", "13800138000"],
        someone(),
    )
    assert [one.name for one in roster.people] == [NAMES[0]]


# ---------------------------------------------------------------- what nobody sees


@pytest.fixture
def filtered(tmp_path):
    """A file with a filter left on and an old telephone hidden."""
    path = tmp_path / "filtered.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名册")
    rows = [
        ["姓名", "身份证号", "手机", "联系电话"],
        *[[NAMES[k], number(BORN[k]), f"1380000000{k}", f"1390000000{k}"] for k in range(4)],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})
    book.close()
    return read_roster(read_file(path), latest=TODAY)


def test_hidden_rows_and_columns_are_told(filtered):
    told = [(one.kind, one.value) for one in problems_of(filtered.rows)]
    assert told == [("hidden_columns", "手机"), ("hidden_rows", "3–4")]
    assert len(filtered.people) == 4


def test_column_in_sight_goes_before_a_hidden_one(filtered):
    assert people(filtered, "mobile")[1] == (NAMES[1], "13900000001")


def test_hidden_sheet_is_told_once():
    shown = Sheet("甲", [tuple(HEAD), tuple(someone())])
    rows = [tuple(HEAD), *(tuple(someone(NAMES[k], BORN[k])) for k in (1, 2))]
    hidden = Sheet("乙", rows, hidden=True)
    roster = read_roster(RosterFile("a.xlsx", "0", (shown, hidden)), latest=TODAY)
    assert kinds(roster) == ["hidden_sheet"]
    assert roster.counts() == {"imported": 1, "merged": 0, "held": 2, "ignored": 2}


# ---------------------------------------------------------------- headings


def test_headings_nobody_knows_are_known_by_what_stands_below():
    rows = [
        [NAMES[k], "男", number(BORN[k], 1), "退休", f"1390000000{k}", "独居"] for k in range(4)
    ]
    roster = read(["名讳", "甲", "乙", "丙", "丁", "戊"], *rows)
    assert people(roster, "category", "mobile", "living")[0] == (
        *(NAMES[0], "retired", "13900000000", "alone"),
    )


@pytest.mark.parametrize(
    "head",
    [
        ["Name 姓名", "Gender 性别", "Date of Birth 出生日期", "ID No. 身份证号"],
        ["1、您的姓名：", "2、您的性别：", "3、您的出生日期：", "4、您的身份证号码："],
        ["*姓名（必填）", "*性别（必填）", "出生日期（选填）", "*证件号码（必填）"],
    ],
)
def test_heading_is_known_in_other_clothes(head):
    (person,) = read(head, someone()[:4]).people
    assert (person.name, person.sex, person.id_number) == (NAMES[0], "1", number(BORN[0]))


def test_name_alone_on_two_lists_of_a_file_is_one_person():
    first = Sheet("名册", [tuple(HEAD[:5]), tuple(someone()[:5])])
    second = Sheet("通讯录", [("姓名", "单位", "手机"), (NAMES[0], "市水利局", "13900000009")])
    roster = read_roster(RosterFile("a.xlsx", "0", (first, second)), latest=TODAY)
    assert people(roster, "mobile") == [(NAMES[0], "13900000009")]
    assert kinds(roster) == ["duplicate_person"]


# ---------------------------------------------------------------- no wrong value, and none guessed


def a_list(heading: str, cells: list[str], more: str = "") -> Roster:
    """Read a list of five people with one or two columns more."""
    rows = [
        [NAMES[k], number(BORN[k]), cells[k % len(cells)], f"1390000000{k}" if more else ""]
        for k in range(4)
    ]
    return read(["姓名", "身份证号", heading, more], *rows, ["孙国强", "", cells[0], ""])


@pytest.mark.parametrize(
    "heading",
    ["邻居电话", "社区联系电话", "包联干部手机", "单位电话", "户主手机", "旧手机", "原手机号"],
)
def test_telephone_of_somebody_else_is_never_the_person_s(heading):
    roster = a_list(heading, ["13900000007", "13900000008"])
    assert not any(one.values.get("mobile") for one in roster.people)


@pytest.mark.parametrize("heading", ["户主身份证号", "配偶身份证号", "联系人身份证号"])
def test_number_of_somebody_else_is_never_the_person_s(heading):
    rows = [[NAMES[k], "1931.5", number(BORN[k])] for k in range(4)]
    roster = read(["姓名", "出生年月", heading], *rows)
    assert not any(one.number for one in roster.people)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("类别", ["A类", "B类"]),
        ("居住状况", ["1", "2"]),
        ("健康状况", ["3", "4"]),
        ("是否患病", ["是", "否"]),
        ("有无爱好", ["有", "无"]),
    ],
)
def test_words_nobody_knows_become_a_question(heading, cells):
    roster = a_list(heading, cells)
    told = {code for one in roster.people for code in one.values}
    assert not told & {"category", "living", "health", "condition", "hobby"}
    assert [use.path for _sheet, use in roster.unmapped] == [heading]


def test_what_holds_today_goes_before_what_held():
    roster = read(
        ["姓名", "身份证号", "原社区", "现社区", "旧手机", "新手机"],
        [NAMES[0], number(BORN[0]), "旧城社区", "流花社区", "13800000001", "13900000001"],
    )
    assert people(roster, "community", "mobile") == [(NAMES[0], "流花社区", "13900000001")]


def test_form_that_names_two_people_waits_for_a_person():
    form: list[list[Cell]] = [
        ["姓名", NAMES[0], "性别", "男"],
        ["身份证号", number(BORN[0]), "类别", "退休"],
        ["姓名", "", "手机", "13900000001"],
        ["健康状况", "良好", "姓名", NAMES[1]],
    ]
    roster = read(["登记表"], *form)
    assert roster.people == []
    assert every_row_counts_once(roster)


def test_word_nobody_knows_in_the_heading_does_not_turn_a_table_into_forms():
    head = ["姓名", "乾坤", "兴趣爱好", "出生日期", "政治面貌", "工作单位", "居住状况", "身体状况"]
    rows = [
        [name, "甲", "书法", f"19{n}-05-03", "中共党员", "市水利局", "空巢", "健康"]
        for n, name in ((31, "郑明远"), (32, "王安"), (33, "沈凤英"), (34, "龚大海"))
    ]
    roster = read(head, *rows)
    assert people(roster, "hobby", "unit") == [(row[0], "书法", "市水利局") for row in rows]


def test_groups_over_few_columns_are_no_list_of_two_rows_each():
    roster = read(
        ["序号", "姓名", "性别", "出生日期", "工作单位", "居住", "身体状况", ""],
        ["", "", "", "", "", "居住方式", "健康状况", "主要疾病"],
        [1, "沈光荣", "女", "1926-03-01", "市水务局", "空巢", "较差", "白内障"],
        [2, "凤素云", "女", "1927-03-01", "市邮电局", "独居", "健康", "高血压"],
        [3, "阚长江", "男", "1928-03-01", "市教育局", "空巢", "一般", "糖尿病"],
    )
    assert people(roster, "condition", "unit") == [
        ("沈光荣", "白内障", "市水务局"),
        ("凤素云", "高血压", "市邮电局"),
        ("阚长江", "糖尿病", "市教育局"),
    ]


def test_section_as_short_as_a_name_is_a_unit_all_the_same():
    roster = read(
        ["姓名", "性别", "出生日期", "兴趣爱好"],
        ["矿务局"],
        ["郑明远", "男", "1931-05-03", "书法"],
        ["王建社"],
        ["妇联"],
        ["王安", "男", "1932-01-01", ""],
    )
    units = [("郑明远", "矿务局"), ("王建社", "矿务局"), ("王安", "妇联")]
    assert people(roster, "unit") == units


@pytest.mark.parametrize(("heading", "means"), [("性別", "sex"), ("聯絡電話", "phone")])
def test_heading_in_traditional_characters_is_the_same_heading(heading, means):
    assert lexicon().code_of(heading) == means
