"""Rosters of two agencies, and of many that do not exist, are read without loss or false alarm."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from casework.errors import UnreadableFile
from casework.exchange.duplicates import find_duplicates
from casework.exchange.files import Cell, Merge, RosterFile, Sheet, read_file
from casework.exchange.people import RosterPerson
from casework.exchange.report import problems_of
from casework.exchange.roster import Roster, read_roster
from casework.identifiers import check_character, read_date, read_resident_id
from tests.conftest import TODAY
from tests.exchange.roster_maker import Maker, write
from tests.exchange.verdict import canonical, judge

ROSTERS = Path(__file__).parent.parent / "rosters"
HEAD = ["姓名", "性别", "出生年月", "身份证号", "单位", "联系电话"]


def number(born: str, sequence: int = 1) -> str:
    body = f"990000{born.replace('-', '')}{sequence:03d}"
    return body + check_character(body)


def someone(name: str = "郑明远", born: str = "1931-05-03", sequence: int = 1) -> list[Cell]:
    return [name, "男", born, number(born, sequence), "市水利局", "13900000001"]


def read(*rows: list[Cell], name: str = "名册", **more: object) -> Roster:
    sheet = Sheet(name, [tuple(row) for row in rows], **more)  # type: ignore[arg-type]
    return read_roster(RosterFile("a.xlsx", "0", (sheet,)), latest=TODAY)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def outcomes(roster: Roster) -> list[str]:
    return [row.reason or row.outcome for row in roster.rows]


# ---------------------------------------------------------------- whole files


@pytest.mark.parametrize(("agency", "suffix"), [("changshu", "xlsx"), ("zhuzhou", "xls")])
def test_given_roster_is_read_as_its_truth_says(agency, suffix):
    folder = ROSTERS / agency
    roster = read_roster(read_file(folder / f"{agency}-roster.{suffix}"), latest=TODAY)
    verdict = judge(roster, table(folder / "truth.csv"), table(folder / "issues.csv"))
    assert verdict.missed == []
    assert verdict.unequal == []
    assert len(verdict.false_alarms) <= 0.02 * verdict.rows
    assert sum(roster.counts().values()) == roster.file.n_rows


@pytest.mark.parametrize("seed", range(24))
def test_roster_of_an_invented_agency_is_read_as_its_truth_says(seed, tmp_path):
    maker = Maker(seed, n=60)
    made = maker.make()
    roster = read_roster(read_file(write(made, maker, tmp_path, "roster")), latest=TODAY)
    verdict = judge(roster, made.truth, made.issues)
    assert verdict.missed == []
    assert verdict.unequal == []
    assert len(verdict.false_alarms) <= 0.02 * verdict.rows
    assert sum(roster.counts().values()) == roster.file.n_rows
    assert roster.unmapped == []


# ---------------------------------------------------------------- rows


def test_rows_that_hold_nobody_are_ignored_each_with_its_reason():
    roster = read(
        ["离退休人员花名册"],
        ["填报单位：老干部局", "", "", "填报日期：2014年5月"],
        HEAD,
        [1, 2, 3, 4, 5, 6],
        ["一、离休干部"],
        someone(),
        [],
        HEAD,
        someone("王安", "1932-01-01"),
        ["合计", "", "", "2人"],
        ["填表人：    审核人："],
    )
    assert outcomes(roster) == [
        "title", "title", "heading", "numbering", "section", "imported", "blank", "heading",
        "imported", "footer", "footer",
    ]  # fmt: skip


def test_section_above_tells_the_category_when_no_column_does():
    roster = read(HEAD, ["离休干部"], someone(), ["退休干部（1人）"], someone("王安", "1940-01-01"))
    assert [one.values["category"] for one in roster.people] == [["retired_veteran"], ["retired"]]
    assert roster.people[0].derived == {"category": "title"}


def test_title_that_names_both_categories_tells_none():
    roster = read(["离退休干部名册"], HEAD, someone())
    assert "category" not in roster.people[0].values


def test_sample_row_is_nobody():
    head = ["序号", *HEAD]
    roster = read(head, ["例", *someone("张三")], [1, *someone()])
    assert outcomes(roster)[1:] == ["sample", "imported"]


def test_numbers_prepared_below_the_last_person_are_blank():
    roster = read(["序号", *HEAD], [1, *someone()], [2, "", "", "", "", "", ""])
    assert outcomes(roster)[2] == "blank"


def test_row_without_a_name_is_held():
    roster = read(HEAD, ["", *someone()[1:]], someone("王安", "1932-01-01"))
    assert outcomes(roster)[1:] == ["no_name", "imported"]
    assert roster.rows[1].outcome == "held"


def test_second_line_of_a_family_goes_to_the_person_above():
    head = [*HEAD, "子女姓名", "子女电话"]
    roster = read(
        head,
        [*someone(), "郑小一", "13700000001"],
        ["", "", "", "", "", "", "郑小二", "13700000002"],
        [*someone("王安", "1932-01-01"), "", ""],
    )
    assert outcomes(roster)[1:] == ["imported", "continued", "imported"]
    first = roster.people[0]
    assert [(one.name, one.phone) for one in first.contacts] == [
        ("郑小一", "13700000001"),
        ("郑小二", "13700000002"),
    ]


def test_merged_cell_of_a_unit_holds_for_every_row_it_covers():
    second = someone("王安", "1932-01-01")
    second[4] = ""
    roster = read(HEAD, someone(), second, merged=(Merge(1, 4, 2, 4),))
    assert [one.values["unit"] for one in roster.people] == [["市水利局"], ["市水利局"]]


def test_people_of_a_hidden_sheet_are_held():
    shown = Sheet("甲", [tuple(HEAD), tuple(someone())])
    hidden = Sheet("乙", [tuple(HEAD), tuple(someone("王安", "1932-01-01"))], hidden=True)
    roster = read_roster(RosterFile("a.xlsx", "0", (shown, hidden)), latest=TODAY)
    assert roster.counts() == {"imported": 1, "merged": 0, "held": 1, "ignored": 2}


def test_sheet_that_goes_on_without_a_heading_has_the_columns_of_the_one_before():
    first = Sheet("甲", [tuple(HEAD), tuple(someone())])
    second = Sheet(
        "乙", [tuple(someone("王安", "1932-01-01")), tuple(someone("李和", "1933-01-01"))]
    )
    roster = read_roster(RosterFile("a.xlsx", "0", (first, second)), latest=TODAY)
    assert [one.name for one in roster.people] == ["郑明远", "王安", "李和"]


def test_file_without_a_heading_is_refused():
    with pytest.raises(UnreadableFile):
        read(["品名", "数量"], ["甲", 1])


def test_long_cell_is_named_and_not_used():
    row = [*someone(), "长" * 100_000]
    roster = read([*HEAD, "备注"], row)
    assert [(one.field, one.kind) for one in roster.rows[1].problems] == [("remark", "too_long")]
    assert len(roster.rows[1].cells[6]) == 100_000


# ---------------------------------------------------------------- columns


def test_ticks_in_a_column_of_its_own_are_the_word_above_them():
    head = ["姓名", "身份证号", "性别", "独居", "空巢", "与子女同住"]
    rows = [
        ["郑明远", number("1931-05-03"), "男", "√", "", ""],
        ["王安", number("1932-05-03"), "男", "", "", "√"],
    ]
    roster = read(head, *rows)
    assert [one.values["living"] for one in roster.people] == [["alone"], ["with_children"]]


def test_empty_cell_says_no_where_the_column_has_only_ticks():
    roster = read([*HEAD, "党员"], [*someone(), "√"], [*someone("王安", "1932-01-01"), ""])
    assert [canonical(one)["party_member"] for one in roster.people] == ["1", "0"]


def test_empty_cell_says_nothing_where_the_column_says_yes_and_no():
    rows = [someone(n, f"193{i}-01-01") for i, n in enumerate(["郑明远", "王安", "李和"])]
    marks = ["√", "×", ""]
    roster = read([*HEAD, "党员"], *([*row, mark] for row, mark in zip(rows, marks, strict=True)))
    assert [canonical(one)["party_member"] for one in roster.people] == ["1", "0", ""]


def test_phone_right_of_a_contact_is_the_contacts_when_the_person_has_another():
    head = ["姓名", "身份证号", "手机", "联系人", "联系电话"]
    row = ["郑明远", number("1931-05-03"), "13900000001", "郑小一", "13700000001"]
    (person,) = read(head, row).people
    assert person.values["mobile"] == ["13900000001"]
    assert [(one.name, one.phone) for one in person.contacts] == [("郑小一", "13700000001")]


def test_phone_right_of_a_contact_is_the_persons_when_the_contact_has_one_in_the_cell():
    head = ["姓名", "身份证号", "紧急联系人", "联系电话"]
    row = ["郑明远", number("1931-05-03"), "郑小一（女儿）13700000001", "13900000001"]
    (person,) = read(head, row).people
    assert person.values["mobile"] == ["13900000001"]
    (contact,) = person.contacts
    assert (contact.name, contact.relationship, contact.phone) == (
        "郑小一",
        "daughter",
        "13700000001",
    )


def test_area_code_in_a_column_of_its_own_goes_before_the_number():
    head = ["姓名", "身份证号", "区号", "固话"]
    rows = [["郑明远", number("1931-05-03"), 512, "87381016"], ["王安", "", "010", "010-88886666"]]
    landlines = [one.values["landline"] for one in read(head, *rows).people]
    assert landlines == [["0512-87381016"], ["010-88886666"]]


def test_column_is_known_by_its_cells_when_the_heading_says_nothing():
    head = ["姓名", "甲栏", "性别", "乙栏"]
    rows = [["郑明远", number(f"193{i}-05-03"), "男", "独居"] for i in range(1, 6)]
    for at, row in enumerate(rows):
        row[0] = "郑王李赵陈"[at] + "明远"
    assert [one.column for one in read(head, *rows).tables[0].columns] == [
        "name", "resident_id", "sex", "living",
    ]  # fmt: skip


def test_saved_heading_goes_before_everything_else():
    sheet = Sheet("", [(*HEAD, "备注"), (*someone(), "喜欢下棋")])
    file = RosterFile("a.csv", "0", (sheet,))
    roster = read_roster(file, latest=TODAY, saved={"备注": "hobby", "单位": None})
    (person,) = roster.people
    assert person.values["hobby"] == ["喜欢下棋"]
    assert "unit" not in person.values


def test_heading_that_nobody_can_place_is_left_to_a_person():
    roster = read([*HEAD, "甲乙丙丁戊"], [*someone(), "某某"])
    assert [use.path for _sheet, use in roster.unmapped] == ["甲乙丙丁戊"]


def test_level_is_the_rank_when_the_roster_has_only_one_of_them():
    (one,) = read([*HEAD, "职级"], [*someone(), "处级正职"]).people
    assert one.values["level"] == ["county_head"]
    (both,) = read([*HEAD, "职级", "享受待遇"], [*someone(), "副处级", "正处级"]).people
    assert (both.values["rank"], both.values["level"]) == (["county_deputy"], ["county_head"])


# ---------------------------------------------------------------- official dates


def test_month_is_made_a_day_by_an_id_number_that_agrees():
    row = someone()
    row[2] = "1931.05"
    assert canonical(read(HEAD, row).people[0])["birth_date"] == "1931-05-03"


def test_month_stays_a_month_when_the_id_number_is_damaged():
    row = someone()
    row[2], row[3] = "1931.05", 990000193105030000.0
    roster = read(HEAD, row)
    assert canonical(roster.people[0])["birth_date"] == "1931-05"
    assert [one.kind for one in roster.rows[1].problems] == ["truncated_number"]


@pytest.mark.parametrize(("rule", "day"), [("id", "1931-05-03"), ("file", "1930-04-02")])
def test_official_birth_follows_the_rule_of_the_agency_when_two_dates_differ(rule, day):
    row = someone()
    row[2] = "1930-04-02"
    (person,) = read(HEAD, row).people
    assert person.official_birth(rule).iso == day


# ---------------------------------------------------------------- one person on two rows


def a_person(row: int, **known: object) -> RosterPerson:
    made = RosterPerson("", row, name="张伟", sex="1")
    if "born" in known:
        made.born = read_date(known["born"])
    if "id" in known:
        made.number = read_resident_id(known["id"])
    for code in ("unit", "community", "mobile", "address"):
        if code in known:
            made.add(code, str(known[code]))
    return made


VALID = number("1931-05-03")
OTHER = number("1935-02-01")


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ({"id": VALID}, {"id": VALID}, "duplicate_person"),
        ({"id": VALID}, {"id": OTHER}, None),
        ({"id": VALID}, {"id": VALID[:15] + "000"}, "duplicate_person"),
        ({"id": VALID}, {"id": OTHER[:15] + "000"}, None),
        ({"id": VALID}, {"id": VALID[:17] + "01"[VALID[-1] == "0"]}, "duplicate_person"),
        ({"born": "1931-05-03", "unit": "甲局"}, {"born": "1931.5.3", "unit": "甲局"},
         "duplicate_person"),
        ({"id": VALID, "unit": "甲局"}, {"born": "1931.5.3", "unit": "甲局"}, "duplicate_person"),
        ({"born": "1931-05-03", "unit": "甲局"}, {"born": "1931-05-04", "unit": "甲局"}, None),
        ({"born": "1931-05", "unit": "甲局"}, {"born": "1931-05", "unit": "甲局"}, None),
        ({"born": "1931-05", "mobile": "13900000001"}, {"born": "1931-05", "mobile": "13900000001"},
         "duplicate_person"),
        ({"unit": "甲局", "community": "甲社区"}, {"unit": "甲局", "community": "甲社区"}, None),
        ({"born": "1931-05-03"}, {"born": "1931-05-03", "unit": "乙局"}, "possible_duplicate"),
        ({"id": VALID, "mobile": "13900000001"}, {"id": OTHER, "mobile": "13900000001"}, None),
    ],
)  # fmt: skip
def test_two_rows_of_one_name_are_one_person_only_on_evidence(one, other, kind):
    found = find_duplicates([a_person(2, **one), a_person(3, **other)])
    assert [pair.kind for pair in found] == ([kind] if kind else [])


def test_same_number_under_two_names_is_named_and_not_merged():
    roster = read(HEAD, someone(), someone("完全不同"))
    assert roster.counts()["imported"] == 2
    assert [one.kind for one in roster.rows[2].problems] == ["shared_id"]


def test_later_row_is_merged_into_the_earlier_and_fills_its_gaps():
    first, second = [*someone(), ""], [*someone(), "书法"]
    first[4], second[5] = "", "0512-87381016"
    roster = read([*HEAD, "爱好"], first, second)
    assert outcomes(roster)[1:] == ["imported", "duplicate"]
    (person,) = roster.people
    assert person.row == 2
    assert (person.values["unit"], person.values["hobby"]) == (["市水利局"], ["书法"])


def test_problems_stay_with_their_rows_when_the_later_row_tells_more():
    poor, rich = someone(), [*someone()]
    poor[1], poor[5] = "女", ""
    report = problems_of(read(HEAD, poor, rich).rows)
    assert [(one.row, one.field, one.kind) for one in report] == [
        (2, "sex", "differs_from_id"),
        (3, "name", "duplicate_person"),
    ]


def test_phone_that_only_the_other_row_gives_is_kept_and_not_shown_as_certain():
    second = someone()
    second[5] = "0512-87381016"
    (person,) = read(HEAD, someone(), second).people
    assert person.values["landline"] == ["0512-87381016"]
    assert canonical(person)["landline"] == ""


def test_birth_date_of_today_is_the_last_that_is_possible():
    row = someone()
    row[2], row[3] = date(2033, 1, 1), ""
    roster = read(HEAD, row)
    assert ("birth_date", "impossible_date") in {
        (one.field, one.kind) for one in roster.rows[1].problems
    }


@pytest.mark.parametrize("mark", ["(", "（", "a:", "、", "1独居", "姓名:", "<b>", "=A1+", "\n"])
@pytest.mark.parametrize("place", ["title", "cells", "heading", "form"])
def test_endless_cell_is_text_wherever_it_stands(mark, place):
    cell = mark * (30_000 // len(mark))
    rows: list[list[Cell]] = [[*HEAD], someone()]
    if place == "title":
        rows.insert(0, [cell])
    elif place == "cells":
        rows.append([cell] * len(HEAD))
    elif place == "heading":
        rows = [[*HEAD, cell], [*someone(), cell]]
    else:
        rows = [["姓名", "郑明远", "性别", "男"], ["出生年月", cell, "单位", cell]]
        rows += [["身份证号", cell, "住址", cell], ["社区", cell, "手机", "13900000001"]]
    roster = read(*rows)
    assert "郑明远" in [one.name for one in roster.people]
    assert sum(roster.counts().values()) == roster.n_rows
