from __future__ import annotations

import logging
from datetime import date

import pytest

from casework.errors import CaseworkError, IncompleteAssessment, InvalidEntry
from casework.ui import (
    Action,
    Column,
    DataTable,
    Noted,
    Page,
    Panel,
    Query,
    State,
    TextField,
    Together,
    el,
    guard,
    listed,
    offer,
)
from casework.ui.guarding import speak_through
from casework.ui.widgets import BadMessage, Location, Place, Toasts
from tests.conftest import TODAY

PEOPLE = [
    {"id": n, "name": name, "age": age, "seen": seen}
    for n, (name, age, seen) in enumerate(
        [
            ("赵安澜", 86, date(2025, 1, 9)),
            ("钱伯言", None, None),
            ("孙春和", 91, date(2025, 2, 1)),
            ("李安和", 79, None),
        ],
        start=1,
    )
]
COLUMNS = [Column("name", "姓名"), Column("age", "年龄", "number"), Column("seen", "上次", "date")]


def a_table(**more: object) -> DataTable:
    return DataTable(COLUMNS, listed(PEOPLE), caption="人员", **more)


def names(table: DataTable) -> list[str]:
    return [row[0] for row in table.texts()]


def ask(table: DataTable, **changes: object) -> None:
    asked = {"offset": 0, "sort": "", "descending": False, "search": "", "seq": 1}
    table.receive({"do": "page", **asked, **changes})


def test_table_shows_what_is_not_known_as_not_known() -> None:
    cell = a_table().view["page"]["rows"][1]["cells"][1]
    assert cell == {"text": "未知", "state": "unknown"}


@pytest.mark.parametrize("descending", [False, True])
def test_table_sorts_unknown_last_whichever_way(descending: bool) -> None:
    table = a_table()
    ask(table, sort="age", descending=descending)
    assert names(table)[-1] == "钱伯言"
    assert names(table)[0] == ("孙春和" if descending else "李安和")


def test_table_counts_how_many_of_how_many() -> None:
    table = a_table()
    table.search("安")
    assert (table.view["page"]["matching"], table.view["page"]["total"]) == (2, 4)


def test_table_asks_for_one_page_only() -> None:
    asked: list[Query] = []

    def source(query: Query) -> Page:
        asked.append(query)
        rows = [{"id": n} for n in range(query.offset, min(query.offset + query.limit, 50_000))]
        return Page(rows, 50_000, 50_000)

    table = DataTable([Column("id", "号")], source, caption="x")
    ask(table, offset=49_950)
    assert len(table.view["page"]["rows"]) == 50
    assert asked[-1].offset == 49_950


@pytest.mark.parametrize(
    "message",
    [
        {"do": "page", "sort": "resident_id"},
        {"do": "page", "offset": -1},
        {"do": "page", "search": "x" * 201},
        {"do": "page", "descending": 1},
        {"do": "page", "seq": "1"},
        {"do": "open", "key": "99"},
        {"do": "open", "key": 1},
        {"do": "select", "keys": ["99"], "on": True},
        {"do": "together", "action": "delete"},
        {"do": "every"},
        {"do": "no such verb"},
    ],
)
def test_table_refuses_what_the_page_was_not_offered(message: dict[str, object]) -> None:
    table = a_table(opens=lambda key: None, together=[Together("assign", "分派", len)])
    asked = {"offset": 0, "sort": "", "descending": False, "search": "", "seq": 1}
    with pytest.raises(BadMessage):
        table.receive({**asked, **message} if message["do"] == "page" else message)


def test_table_opens_the_row_that_was_shown() -> None:
    opened: list[str] = []
    a_table(opens=opened.append).open_row(3)
    assert opened == ["3"]


def test_table_acts_on_all_selected_at_once_and_then_forgets_them() -> None:
    acted: list[list[str]] = []
    table = a_table(together=[Together("assign", "分派", acted.append)])
    table.select(1, 3)
    table.select(2)
    table.select(3, on=False)
    table.act("assign")
    assert acted == [["1", "2"]]
    assert table.selected == []


def test_table_keeps_the_selection_when_the_action_fails() -> None:
    def refuse(keys: list[str]) -> None:
        raise CaseworkError("不能分派。")

    said: list[str] = []
    speak_through(lambda message, kind: said.append(message))
    table = a_table(together=[Together("assign", "分派", refuse)])
    table.select(1)
    table.act("assign")
    assert (said, table.selected) == (["不能分派。"], ["1"])


def test_table_selects_all_that_match_and_not_only_the_page() -> None:
    table = a_table(together=[Together("assign", "分派", len)], every=lambda query: range(200))
    table.receive({"do": "every"})
    assert len(table.selected) == 200


def test_table_says_in_its_place_that_it_could_not_be_read() -> None:
    def broken(query: Query) -> Page:
        raise CaseworkError("读不到。")

    said: list[str] = []
    speak_through(lambda message, kind: said.append(message))
    assert DataTable(COLUMNS, broken, caption="x").view["page"]["failed"]
    assert said == ["读不到。"]


def test_table_after_a_refresh_equals_a_new_one() -> None:
    rows = [dict(row) for row in PEOPLE]
    table = DataTable(COLUMNS, listed(rows), caption="人员")
    rows[0]["name"] = Noted("赵安澜", "生日")
    rows[1]["seen"] = State("overdue", "逾期")
    table.refresh()
    assert table.view == DataTable(COLUMNS, listed(rows), caption="人员").view


def test_panel_runs_only_what_its_markup_offers() -> None:
    opened: list[int] = []
    panel = Panel(
        el("button", "39", **offer("open", unit=3)), open=lambda unit: opened.append(unit)
    )
    panel.click("open", unit=3)
    with pytest.raises(BadMessage):
        panel.click("open", unit=4)
    with pytest.raises(BadMessage):
        panel.receive({"do": "act", "action": "close", "args": "{}"})
    panel.set("")
    with pytest.raises(BadMessage):
        panel.click("open", unit=3)
    assert opened == [3]


def test_panel_shows_a_plain_string_as_text() -> None:
    assert Panel("<img src=x>").view["html"] == "&lt;img src=x&gt;"


def test_action_runs_once_for_a_double_click() -> None:
    runs: list[int] = []
    action = Action("保存", lambda: runs.append(1))
    action.receive({"do": "press", "turn": 0})
    action.receive({"do": "press", "turn": 0})
    action.click()
    assert len(runs) == 2


def test_action_that_is_disabled_does_nothing() -> None:
    action = Action("保存", lambda: pytest.fail("ran"), disabled=True)
    action.click()


def test_guard_shows_a_refusal_beside_its_field() -> None:
    field = TextField("name", "姓名")

    def refuse() -> None:
        raise InvalidEntry("姓名不能是数字。", "name", "1", "汉字")

    assert not guard(refuse, fields={"name": field}, say=lambda *_: pytest.fail("said elsewhere"))
    assert field.error == "姓名不能是数字。"


def test_guard_marks_every_item_that_is_missing() -> None:
    fields = {key: TextField(key, key) for key in ("a", "b", "c")}
    said: list[str] = []

    def refuse() -> None:
        raise IncompleteAssessment("还差两题。", ["a", "c"])

    guard(refuse, fields=fields, say=lambda message, kind: said.append(message))
    assert [bool(field.error) for field in fields.values()] == [True, False, True]
    assert said == ["还差两题。"]


def test_guard_hides_a_failure_from_the_page_and_keeps_it_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[str] = []

    def fail() -> None:
        raise RuntimeError("password=secret")

    with caplog.at_level(logging.ERROR, "casework.ui"):
        assert not guard(fail, say=lambda message, kind: said.append(message))
    assert "secret" not in said[0]
    assert "没有保存" in said[0]
    assert "password=secret" in caplog.text


def test_a_message_that_is_none_is_refused_without_a_trace_on_the_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel = Panel("x")
    for content in (None, [], {"do": 3}, {"do": "act"}, {"do": "act", "action": "a", "args": "x"}):
        panel._received(panel, content, [])
    assert caplog.text.count("refused") == 5


def test_what_could_not_be_saved_is_not_said_beside_what_was_done_after_it() -> None:
    toasts = Toasts()
    toasts.say("请今天处理。", "error")
    toasts.say("没有保存。磁盘满了。", "unsaved")
    toasts.say("没有保存。磁盘满了。", "unsaved")
    assert toasts.texts == ["请今天处理。", "没有保存。磁盘满了。"]
    toasts.say("已登记。")
    assert toasts.texts == ["请今天处理。", "已登记。"]


def test_toast_takes_back_once() -> None:
    undone: list[int] = []
    toasts = Toasts()
    toasts.say("已登记。", undo=lambda: undone.append(1))
    toasts.undo()
    with pytest.raises(BadMessage):
        toasts.receive({"do": "undo", "key": 1})
    assert undone == [1]


@pytest.mark.parametrize(
    "place", [Place(), Place("person", {"id": "12"}), Place("people", {"search": "赵 & 钱?#"})]
)
def test_a_place_is_the_same_after_a_trip_through_the_address(place: Place) -> None:
    assert Place.of(place.hash) == place


@pytest.mark.parametrize(
    "hash_", ["#/../x", "#/a/b", "#javascript:x", "#/人员", "#/a%2Fb", "x" * 900]
)
def test_an_address_that_is_none_of_ours_is_the_home_screen(hash_: str) -> None:
    assert Place.of(hash_).route in ("", "x" * 900)


def test_location_follows_the_browser() -> None:
    went: list[Place] = []
    location = Location(went.append)
    location.receive({"do": "moved", "hash": "#/person?id=3"})
    assert went == [Place("person", {"id": "3"})]


def test_texts_of_a_day_are_those_of_the_language(workbook_day: date = TODAY) -> None:
    from casework.terms import speaking
    from casework.ui.wording import day_text, money_text, short_day_text

    assert (day_text(workbook_day), short_day_text(workbook_day)) == ("2025年3月3日", "3月3日 周一")
    far, near = date(2024, 8, 3), date(2024, 12, 31)
    assert short_day_text(far, workbook_day) == "2024年8月3日 周六"
    assert short_day_text(near, workbook_day) == "12月31日 周二"
    assert (money_text(120_000), money_text(-5)) == ("1,200.00 元", "-0.05 元")
    with speaking("en"):
        assert (day_text(workbook_day), short_day_text(workbook_day)) == (
            "3 Mar 2025",
            "Mon 3 Mar",
        )
        assert short_day_text(far, workbook_day) == "Sat 3 Aug 2024"
