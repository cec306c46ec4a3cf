"""ID numbers, dates, phones and names are read as people write them, and never mended by guess."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.identifiers import (
    MonthStyle,
    check_character,
    lengthened,
    read_date,
    read_name,
    read_phones,
    read_resident_id,
    read_sex,
    spell_name,
)
from casework.reference import surnames

TODAY = date(2025, 3, 3)
PRINTED = "11010519491231002X"  # in GB 11643-1999 itself

# ---------------------------------------------------------------- ID numbers


@pytest.mark.parametrize(
    "number",
    [
        PRINTED,
        "440524188001010014",
        "34052419800101001X",
        "990000192803050019",
        "99000019280305006X",
        "99000019360831006X",
    ],
)
def test_id_number_of_the_standards_is_right(number):
    assert read_resident_id(number).normal == number


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
        '="11010519491231002X"',
        "身份证号：11010519491231002X",
        "110105491231002",
        110105491231002,
    ],
)
def test_id_number_is_read_silently_when_only_its_dress_differs(typed):
    found = read_resident_id(typed)
    assert (found.normal, found.problem) == (PRINTED, None)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("110105194912310021", "bad_check_digit"),
        ("990000192602290016", "impossible_date"),
        (3.20581192307095e17, "truncated_number"),
        (320581192307095219, "truncated_number"),
        ("3.20581E+17", "truncated_number"),
        ("320581192307095000", "truncated_number"),
        (str(int(float(320581192307095000))), "truncated_number"),
        ("1101051949123100", "bad_length"),
        ("军字第12345号", "not_a_resident_id"),
        ("110105********002X", "not_a_resident_id"),
        ("", "missing"),
        ("无", "missing"),
        (None, "missing"),
        (0, "missing"),
    ],
)
def test_id_number_is_named_by_its_damage(typed, problem):
    found = read_resident_id(typed)
    assert (found.problem, found.normal) == (problem, None)


def test_truncated_number_keeps_the_fifteen_digits_that_are_certain():
    assert read_resident_id(3.20581192307095e17).typed == "320581192307095000"


def test_number_ending_in_zeros_is_truncated_when_the_sex_beside_it_differs():
    body = next(
        f"32058119230709{n}00"
        for n in range(1, 10)
        if check_character(f"32058119230709{n}00") == "0"
    )
    assert read_resident_id(body + "0", "2").problem is None
    assert read_resident_id(body + "0", "1").problem == "truncated_number"


def test_sequence_of_a_centenarian_lengthens_into_the_century_before():
    assert lengthened("110105001231996")[6:8] == "18"


def test_check_character_finds_every_adjacent_transposition():
    for at in range(16):
        if PRINTED[at] != PRINTED[at + 1]:
            swapped = PRINTED[:at] + PRINTED[at + 1] + PRINTED[at] + PRINTED[at + 2 :]
            assert read_resident_id(swapped).normal is None


@given(st.dates(date(1900, 1, 1), date(1965, 12, 31)), st.integers(0, 995))
def test_number_tells_day_and_sex_of_whoever_holds_it(born, sequence):
    body = f"990000{born:%Y%m%d}{sequence:03d}"
    found = read_resident_id(body + check_character(body), "12"[sequence % 2 == 0])
    assert found.born_on == born
    assert found.sex == ("1" if sequence % 2 else "2")


@given(st.text(max_size=40))
def test_any_text_is_read_as_a_number_without_failing(text):
    found = read_resident_id(text)
    assert (found.normal is None) == (found.problem is not None)


# ---------------------------------------------------------------- dates

DAY = [
    "1931.5.3", "1931-05-03", "1931/5/3", "1931年5月3日", "19310503", "31.5.3", "310503",
    "一九三一年五月三日", "１９３１年５月３日", "1931 年 5 月 3 日", "1931-05-03 00:00:00",
    "民国20年5月3日", "民国二十年五月三日", "1931年5月3日生", "1931、5、3", "1931503", "1931。5。3",
    "1931.05.03（身份证）", "公历1931年5月3日", "农历1931年三月十六", "1931年3月16日（农历）",
    11446, "11446", 11446.0, date(1931, 5, 3), "1931年5月3号",
]  # fmt: skip
MONTH = [
    "1931.05", "1931-05", "1931年5月", "31年5月", "193105", "一九三一年五月", "05/1931", "1931/5",
    "1931年05月", 1931.05, 193105, "19310500", "1931 5", "1931.5", "1931年5",
    "1931-5-0", "1931.05.00", "1931.5月", "1931.5?",
]  # fmt: skip


@pytest.mark.parametrize("typed", DAY)
def test_day_is_read_in_every_notation(typed):
    found = read_date(typed, latest=TODAY, youngest_years=30)
    assert (found.iso, found.problem) == ("1931-05-03", None)


@pytest.mark.parametrize("typed", MONTH)
def test_month_stays_a_month_when_no_day_is_given(typed):
    found = read_date(typed, latest=TODAY, youngest_years=30)
    assert (found.iso, found.problem) == ("1931-05", None)


@pytest.mark.parametrize(
    "typed",
    ["1931", 1931, "1931年", "一九三一年", "约1931年", "31年", "1931-0-0", "1931.00", "1931年春"],
)
def test_year_stays_a_year_when_no_month_is_given(typed):
    assert read_date(typed, latest=TODAY).iso == "1931"


@pytest.mark.parametrize(
    "typed",
    ["1931年13月", "1930-02-30", "1941-13-45", "19290231", "1900-02-29", "9999-01-01", "2033-01-01",
     "1931.0.5", "1931年5月32日", "1700-01-01"],
)  # fmt: skip
def test_date_is_impossible_when_there_is_no_such_day(typed):
    found = read_date(typed, latest=TODAY)
    assert (found.problem, found.is_known) == ("impossible_date", False)


@pytest.mark.parametrize("typed", ["3/4/1941", "1931113", 1931.1])
def test_date_is_ambiguous_when_it_can_be_two_days(typed):
    assert read_date(typed, latest=TODAY).problem == "ambiguous_date"


@pytest.mark.parametrize("typed", ["", "不详", "—", None, "无", "  "])
def test_nothing_is_known_and_nothing_is_wrong_when_the_cell_says_nothing(typed):
    found = read_date(typed)
    assert (found.is_known, found.problem) == (False, None)


@pytest.mark.parametrize("typed", ["五月三日", "解放前", "abc", "5月3日"])
def test_words_are_no_date(typed):
    assert read_date(typed).problem == "unreadable_date"


@pytest.mark.parametrize(
    ("column", "month"),
    [(["1931.05", "1931.12"], "1931-10"), (["1931.5", "1931.10"], "1931-01")],
)
def test_lost_zero_of_october_is_told_by_the_column(column, month):
    assert read_date(1931.1, style=MonthStyle.of(column)).iso == month


def test_two_digit_year_of_a_birth_is_that_of_an_old_person():
    assert read_date("20年5月", latest=TODAY, youngest_years=30).iso == "1920-05"
    assert read_date("20年5月", latest=TODAY).iso == "2020-05"


@given(st.dates(date(1900, 3, 1), date(1969, 12, 31)))
def test_day_written_in_any_way_is_read_back(day):
    serial = (day - date(1899, 12, 30)).days
    written = [
        day.isoformat(), f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日", day,
    ]  # fmt: skip
    written += [serial, str(serial)] if serial > 2200 else []
    for one in written:
        assert read_date(one, latest=TODAY).earliest == day


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats(allow_nan=False)))
def test_any_cell_is_read_as_a_date_without_failing(cell):
    found = read_date(cell, latest=TODAY, youngest_years=30)
    if found.earliest is not None:
        assert found.latest is not None
        assert found.earliest <= found.latest <= TODAY + timedelta(days=400)


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("typed", "mobiles", "landlines"),
    [
        ("0512-87381016/15806261418", ["15806261418"], ["0512-87381016"]),
        ("手机：13821982271 宅：(0512)73515162", ["13821982271"], ["0512-73515162"]),
        ("138 2198 2271", ["13821982271"], []),
        ("+86 138-2198-2271", ["13821982271"], []),
        (13821982271, ["13821982271"], []),
        (13821982271.0, ["13821982271"], []),
        ("13821982271.0", ["13821982271"], []),
        ("１３８２１９８２２７１", ["13821982271"], []),
        ("13821982271、13821982272", ["13821982271", "13821982272"], []),
        ("051287381016", [], ["0512-87381016"]),
        (51287381016, [], ["0512-87381016"]),
        (1088886666, [], ["010-88886666"]),
        ("0512-87381016转801", [], ["0512-87381016-801"]),
        ("73515162", [], ["73515162"]),
        ("0512-8738101615806261418", ["15806261418"], ["0512-87381016"]),
        ("13821982271（女儿）", ["13821982271"], []),
        ("", [], []),
        ("无", [], []),
    ],
)
def test_phones_of_a_cell_are_told_apart(typed, mobiles, landlines):
    found = read_phones(typed)
    assert (list(found.mobiles), list(found.landlines), found.bad) == (mobiles, landlines, ())


@pytest.mark.parametrize(
    "typed",
    ["1899932965", "189999329658", "0512-879998", "12345", "1382198227", "661234", "1.39E+10"],
)
def test_phone_is_bad_when_digits_are_missing_or_too_many(typed):
    found = read_phones(typed)
    assert found.bad and not found.mobiles and not found.landlines


def test_short_number_is_accepted_beside_a_full_one():
    found = read_phones("13812345678/661234")
    assert (found.shorts, found.bad) == (("661234",), ())


@given(st.text(max_size=60))
def test_any_text_is_read_for_phones_without_failing(text):
    found = read_phones(text)
    assert all(len(one) == 11 for one in found.mobiles)


# ---------------------------------------------------------------- names and sexes


@pytest.mark.parametrize(
    ("typed", "name", "remark"),
    [
        ("张\u3000永", "张永", ""),
        (" 王 小 明（已故） ", "王小明", "已故"),
        ("张\n三", "张三", ""),
        ("★李四*", "李四", ""),
        ("买买提•吐尔逊", "买买提·吐尔逊", ""),
        ("王\u200b明\u202e", "王明", ""),
        ("𠮷田", "𠮷田", ""),
        ("<img src=x onerror=alert(1)>王", "<img src=x onerror=alert(1)>王", ""),
        ("'=1+1", "=1+1", ""),
        ("Li  Ming", "Li Ming", ""),
    ],
)
def test_name_is_cleaned_and_never_rewritten(typed, name, remark):
    found = read_name(typed)
    assert (found.name, found.remark) == (name, remark)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单国华", "shan guo hua", "sgh"),
        ("仇英", "qiu ying", "qy"),
        ("曾秀珍", "zeng xiu zhen", "zxz"),
        ("解明", "xie ming", "xm"),
        ("万俟明", "mo qi ming", "mqm"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("欧阳明", "ou yang ming", "oym"),
        ("吕明", "lv ming", "lm"),
    ],
)
def test_name_is_spelt_by_the_sound_of_the_surname(name, pinyin, initials):
    found = spell_name(name, surnames())
    assert (found.pinyin, found.initials) == (pinyin, initials)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("男", "1"), (" 女 ", "2"), ("M", "1"), ("Ｆ", "2"), (1.0, "1"), ("2", "2"), ("?", None)],
)
def test_sex_is_read_as_a_word_a_letter_or_a_code(typed, code):
    assert read_sex(typed) == code
