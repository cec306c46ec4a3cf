from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from casework.errors import InvalidEntry
from casework.ui import (
    ChoiceField,
    DateField,
    FileField,
    Hit,
    LongText,
    ManyField,
    NumberField,
    PickField,
    TextField,
)
from casework.ui.fields import read_all
from casework.ui.widgets import BadMessage
from tests.conftest import TODAY

YES_NO = {"yes": "是", "no": "否"}


def refusal(field: TextField) -> InvalidEntry:
    with pytest.raises(InvalidEntry) as caught:
        _value = field.value
    return caught.value


@pytest.mark.parametrize(
    "field",
    [
        TextField("f", "x"),
        LongText("f", "x"),
        NumberField("f", "x"),
        DateField("f", "x", on=TODAY),
        ChoiceField("f", "x", YES_NO),
        ManyField("f", "x", YES_NO),
        PickField("f", "x", lambda words: []),
    ],
)
def test_a_field_starts_unanswered(field: TextField) -> None:
    assert field.value is None


def test_a_required_field_refuses_to_be_empty() -> None:
    refused = refusal(TextField("name", "姓名", required=True))
    assert (refused.field, refused.message) == ("name", "请填写这一项。")


@pytest.mark.parametrize("typed", ["0", "601", "12.5", "十", "1,2"])
def test_a_number_out_of_its_bounds_is_refused_and_kept_as_typed(typed: str) -> None:
    field = NumberField("minutes", "时长", least=1, most=600)
    field.entry = typed
    assert "1 到 600 的整数" in refusal(field).message
    assert field.entry == typed


def test_a_number_may_have_a_fraction_where_it_is_allowed() -> None:
    field = NumberField("f", "x", whole=False)
    field.entry = "２．５"
    assert field.value == Decimal("2.5")


def test_a_day_is_shown_as_it_is_read() -> None:
    field = DateField("when", "哪一天", on=TODAY)
    field.entry = "昨天"
    assert field.value == date(2025, 3, 2)
    assert field.view["reading"] == "2025年3月2日 周日"


def test_a_month_is_refused_where_a_day_is_wanted() -> None:
    field = DateField("when", "哪一天", on=TODAY)
    field.entry = "2025年2月"
    assert "不是日期" in refusal(field).message


def test_a_month_is_a_span_where_that_is_enough() -> None:
    field = DateField("born", "出生", on=TODAY, partly=True)
    field.entry = "1942年3月"
    assert (field.value.earliest, field.value.latest) == (date(1942, 3, 1), date(1942, 3, 31))
    field.put(field.value)
    assert field.entry == "1942年3月"


def test_a_day_that_has_not_come_is_refused() -> None:
    field = DateField("when", "哪一天", on=TODAY, latest=TODAY)
    field.entry = "2025-3-4"
    assert "太晚" in refusal(field).message


@pytest.mark.parametrize("code", ["maybe", None, 1, ["yes"], "YES"])
def test_a_page_cannot_choose_what_was_not_offered(code: object) -> None:
    field = ChoiceField("f", "x", YES_NO)
    with pytest.raises(BadMessage):
        field.receive({"do": "entry", "entry": code, "finished": True})
    assert field.value is None


def test_a_page_cannot_answer_a_closed_field() -> None:
    field = ChoiceField("f", "x", YES_NO, disabled=True)
    with pytest.raises(BadMessage):
        field.receive({"do": "entry", "entry": "yes", "finished": True})


def test_a_page_cannot_write_state() -> None:
    field = ChoiceField("f", "x", YES_NO)
    field.set_state({"view": {**field.view, "options": [{"code": "admin", "label": "管理员"}]}})
    assert [option["code"] for option in field.view["options"]] == ["yes", "no"]


def test_none_of_these_is_an_answer_and_nothing_ticked_is_not() -> None:
    field = ManyField("needs", "需求", YES_NO, none_label="没有")
    assert field.value is None
    field.entry = [""]
    assert field.value == ()
    field.entry = ["yes"]
    assert field.value == ("yes",)
    with pytest.raises(BadMessage):
        field.entry = ["yes", ""]


def test_only_people_that_were_found_can_be_picked() -> None:
    field = PickField("who", "谁", lambda words: [Hit("7", "赵安澜", "水利局")], several=True)
    with pytest.raises(BadMessage):
        field.entry = ["7"]
    field.find("赵")
    field.entry = ["7"]
    assert field.value == ("7",)
    assert field.picked == (Hit("7", "赵安澜", "水利局"),)


def test_two_people_cannot_be_picked_where_one_is_wanted() -> None:
    field = PickField("who", "谁", lambda words: [Hit("7", "甲"), Hit("8", "乙")])
    field.find("x")
    with pytest.raises(BadMessage):
        field.entry = ["7", "8"]


def test_a_text_too_long_is_refused_and_not_cut() -> None:
    field = LongText("heard", "谈了什么", longest=10)
    field.entry = "很长" * 20
    assert "最多 10 个字" in refusal(field).message
    assert len(field.entry) == 40


def test_a_check_of_the_core_says_what_is_wrong_with_the_field() -> None:
    def check(typed: str) -> int:
        raise InvalidEntry("不是手机号。", "phone", typed, "11 位数字")

    field = TextField("mobile", "手机", check=check)
    field.entry = "12"
    refused = refusal(field)
    assert (refused.field, refused.message) == ("mobile", "不是手机号。")


def test_every_refusal_of_a_form_is_shown_beside_its_field() -> None:
    name = TextField("name", "姓名", required=True)
    minutes = NumberField("minutes", "时长")
    minutes.entry = "很久"
    with pytest.raises(InvalidEntry, match="有 2 处需要更正：姓名；时长。"):
        read_all({"name": name, "minutes": minutes})
    assert name.error
    assert minutes.error
    minutes.entry = "30"
    assert not minutes.error


def test_an_entry_put_again_equals_a_field_that_had_it_from_the_start() -> None:
    changed, fresh = DateField("d", "x", on=TODAY), DateField("d", "x", on=TODAY)
    changed.put(date(2025, 1, 1))
    changed.put(date(2025, 2, 2))
    fresh.put(date(2025, 2, 2))
    assert {**changed.view, "rev": 0} == {**fresh.view, "rev": 0}


def test_a_file_arrives_whole_and_under_its_own_name_only() -> None:
    arrived: list[tuple[str, bytes]] = []
    field = FileField("roster", "选择名册", lambda name, content: arrived.append((name, content)))
    field.put("..\\..\\etc/名册.xlsx", b"x" * 1_300_000)
    assert arrived == [("名册.xlsx", b"x" * 1_300_000)]


def test_an_empty_file_arrives_too() -> None:
    arrived: list[bytes] = []
    FileField("roster", "x", lambda _name, content: arrived.append(content)).put("空.csv", b"")
    assert arrived == [b""]


@pytest.mark.parametrize(
    "part",
    [
        {"size": 10, "offset": 4},
        {"size": 2**40, "offset": 0},
        {"size": 1, "offset": 0},
        {"size": 10, "offset": -1},
    ],
)
def test_a_part_that_does_not_fit_is_refused(part: dict[str, int]) -> None:
    field = FileField("roster", "x", lambda *_: pytest.fail("nothing is whole"))
    with pytest.raises(BadMessage):
        field.receive({"do": "part", "name": "a", "turn": 1, **part}, [b"abc"])


def test_a_refusal_of_the_file_is_shown_on_it() -> None:
    def refuse(name: str, content: bytes) -> None:
        raise InvalidEntry("这不是表格文件。", "roster", name, "")

    field = FileField("roster", "x", refuse)
    field.put("图.png", b"abc")
    assert field.error == "这不是表格文件。"
