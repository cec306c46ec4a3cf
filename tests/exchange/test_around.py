"""People around the person: whose name, relation and number it is, and what names nobody."""

from __future__ import annotations

from datetime import date

import pytest

from casework.exchange.around import around
from casework.exchange.files import RosterFile, Sheet
from casework.exchange.people import RosterPerson
from casework.exchange.roster import read_roster
from casework.exchange.words import words_of_cells

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        (
            "子：刘强 13822223333 女：刘梅13833334444",
            [("刘强", "son", "13822223333"), ("刘梅", "daughter", "13833334444")],
        ),
        (
            "李芳，女儿，13812345678，李明，儿子，13912345678",
            [("李芳", "daughter", "13812345678"), ("李明", "son", "13912345678")],
        ),
        (
            "13812345678 王芳 13912345678 李明",
            [("王芳", "child", "13812345678"), ("李明", "child", "13912345678")],
        ),
        ("女儿，李芳，13812345678", [("李芳", "daughter", "13812345678")]),
        ("王芳女儿13812345678", [("王芳", "daughter", "13812345678")]),
        ("侄女何丽 13700001111", [("何丽", "relative", "13700001111")]),
        ("邻居老王 13812345678", [("老王", "neighbour", "13812345678")]),
        ("王 芳 13812345678", [("王芳", "child", "13812345678")]),
        ("欧阳 娜娜", [("欧阳娜娜", "child", None)]),
        ("刘强13812345678/13912345678", [("刘强", "child", "13812345678")]),
        (
            "女儿 13812345678 儿子 13912345678",
            [("", "daughter", "13812345678"), ("", "son", "13912345678")],
        ),
        ("长子马建国139 4444 5555(同城)", [("马建国", "son", "13944445555")]),
        ("儿子在美国，女儿李梅13812345678", [("李梅", "daughter", "13812345678")]),
    ],
)
def test_each_number_is_of_whom_it_stands_beside(
    cell: str, people: list[tuple[str, str, str | None]]
) -> None:
    found = around(cell, "child", False, words_of_cells())
    assert [(one.name, one.relationship, one.phone) for one in found.contacts] == people


@pytest.mark.parametrize(
    ("cell", "said", "status"),
    [
        ("（去世）", "配偶去世", "30"),
        ("王巧云（已故）13812345678", "配偶王巧云 已故 13812345678", "30"),
        ("离异", "配偶离异", "40"),
        ("健在", "配偶健在", "20"),
        ("在外地", "配偶在外地", None),
    ],
)
def test_what_names_nobody_is_no_contact_and_is_kept(
    cell: str, said: str, status: str | None
) -> None:
    found = around(cell, "spouse", False, words_of_cells())
    assert (found.contacts, found.said, found.spouse) == ([], [said], status)


@pytest.mark.parametrize("cell", ["同上", "无", "", "  ", "；；", "——"])
def test_what_says_nothing_is_nothing(cell: str) -> None:
    found = around(cell, "spouse", False, words_of_cells())
    assert (found.contacts, found.said) == ([], [])


def test_second_number_of_somebody_is_kept_beside_the_first() -> None:
    [one] = around("李芳 13812345678 0512-52881234", None, True, words_of_cells()).contacts
    assert (one.phone, one.note, one.is_emergency) == ("13812345678", "0512-52881234", True)


def _person(headings: list[str], cells: list[str]) -> RosterPerson:
    sheet = Sheet("", [["姓名", "出生年月", *headings], ["刘守仁", "1938-07-15", *cells]])
    roster = read_roster(RosterFile("a.csv", "0", (sheet,)), latest=TODAY)
    [one] = [row.person for row in roster.rows if row.person]
    return one


def test_number_of_nobody_named_is_not_given_to_whom_another_column_names() -> None:
    one = _person(
        ["子女姓名", "子女电话", "配偶姓名", "配偶电话"],
        ["刘强", "13822223333", "", "13911112222"],
    )
    assert [(c.name, c.relationship, c.phone) for c in one.contacts] == [
        ("刘强", "child", "13822223333"),
        ("", "spouse", "13911112222"),
    ]


def test_dead_spouse_makes_a_widow_and_no_contact() -> None:
    one = _person(["老伴姓名", "老伴电话"], ["（去世）", ""])
    assert one.contacts == []
    assert (one.values["marital_status"], one.derived["marital_status"]) == (["30"], "spouse")


@pytest.mark.parametrize(
    ("cell", "status", "joined"),
    [
        ("1965.7", "01", "1965-07"),
        ("否", "13", None),
        ("群众", "13", None),
        ("预备党员2020", "02", "2020"),
    ],
)
def test_column_of_the_day_of_joining_tells_who_is_a_member(
    cell: str, status: str, joined: str | None
) -> None:
    one = _person(["何时入党"], [cell])
    day = one.dates.get("party_joined_on")
    assert (one.values["political_status"], day.iso if day else None) == ([status], joined)
    assert one.problems == []


def test_day_of_joining_that_cannot_be_read_stays_a_problem() -> None:
    one = _person(["何时入党"], ["改革开放那年"])
    assert [(p.field, p.kind) for p in one.problems] == [("party_joined_on", "unreadable_date")]
    assert "political_status" not in one.values


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("高血压 糖尿病2型；白内障", ("高血压", "糖尿病2型", "白内障")),
        ("高血压 3级；冠心病", ("高血压 3级", "冠心病")),
    ],
)
def test_illnesses_with_blanks_between_are_taken_apart_and_grades_are_not(
    cell: str, items: tuple[str, ...]
) -> None:
    assert words_of_cells().items("condition", cell) == items


@pytest.mark.parametrize(
    ("cell", "apart"),
    [
        ("区卫生局副局长", ("区卫生局", "副局长")),
        ("县委办公室主任", ("县委办公室", "主任")),
        ("市水利局办公室主任", ("市水利局", "办公室主任")),
        ("市纪委副书记", ("市纪委", "副书记")),
        ("副局长", ("副局长", "")),
    ],
)
def test_unit_and_position_in_one_cell_are_taken_apart(cell: str, apart: tuple[str, str]) -> None:
    assert words_of_cells().unit_and_position(cell) == apart
