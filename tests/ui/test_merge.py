"""Two records side by side: nothing is chosen in advance, and it can be undone."""

from __future__ import annotations

from datetime import date

import pytest

from casework.ui import Shell
from casework.ui.screens.duplicates import DuplicatesScreen
from casework.ui.screens.merge import MergeScreen
from casework.workbook import Workbook
from tests.test_people import a_person
from tests.ui.axe import findings

BORN = {"born_on_earliest": date(1928, 3, 5), "born_on_latest": date(1928, 3, 5)}


@pytest.fixture
def pair(workbook: Workbook) -> tuple[int, int]:
    one = a_person(workbook, "郑明远", name_pinyin="zheng ming yuan", **BORN)
    other = a_person(workbook, "郑明元", name_pinyin="zheng ming yuan", **BORN)
    workbook.people.record_fact(one, "living", "空巢", source="名册")
    workbook.people.record_fact(other, "living", "独居", source="走访")
    workbook.people.record_fact(other, "hobby", "门球", source="走访")
    return one, other


def merge_of(workbook: Workbook, one: int, other: int | None = None) -> MergeScreen:
    shell = Shell(workbook, "caseworker")
    shell.go("merge", one=one, other=other)
    assert isinstance(shell.screen, MergeScreen)
    return shell.screen


def test_nothing_is_chosen_in_advance(workbook, pair):
    screen = merge_of(workbook, *pair)
    assert set(screen.choices) == {"name", "living"}
    assert all(field.entry == "" for field in screen.choices.values())
    with pytest.raises(Exception, match="2"):
        screen.merge()
    assert all(field.error for field in screen.choices.values())
    assert workbook.people.standing(pair[1]) == pair[1]


def test_records_are_one_as_chosen_and_two_again(workbook, pair):
    screen = merge_of(workbook, *pair)
    screen.choices["name"].entry = "one"
    screen.choices["living"].entry = "other"
    screen.merge()
    found = workbook.people.dossier(pair[0])
    assert (found.name, found.field("living").shown) == ("郑明远", "独居")
    dossier = screen.shell.screen
    change = workbook.merging.merged_into(pair[0])[0].change_id
    dossier.panels["overview"].click("part", change=change)
    assert workbook.people.standing(pair[1]) == pair[1]


def test_all_choices_follow_one_record_on_demand(workbook, pair):
    screen = merge_of(workbook, *pair)
    screen.prefer("other")
    assert {field.entry for field in screen.choices.values()} == {"other"}


def test_more_against_than_for_is_said_loudly(workbook):
    one, other = a_person(workbook, "郑明远", sex="1"), a_person(workbook, "李秀英", sex="2")
    screen = merge_of(workbook, one, other)
    assert "很可能不是同一人" in screen.holder.children[0].html


def test_record_to_compare_with_is_offered_with_its_reasons(workbook, pair):
    screen = merge_of(workbook, pair[0])
    assert "姓名同音" in screen.near.html
    screen.near.click("choose", other=pair[1])
    assert screen.shell.screen.other_id == pair[1]


def test_address_with_a_person_lists_the_pairs_of_that_person_only(workbook, pair):
    shell = Shell(workbook, "supervisor")
    shell.go("duplicates", person=pair[0])
    assert shell.screen.table.view["page"]["matching"] == 1
    shell.go("duplicates", person=max(pair) + 1000)
    assert shell.screen.table.view["page"]["matching"] == 0


def test_pair_kept_apart_leaves_the_list(workbook, pair):
    shell = Shell(workbook, "caseworker")
    shell.go("duplicates")
    assert isinstance(shell.screen, DuplicatesScreen)
    assert len(shell.screen.table.texts()) == 1
    shell.screen.table.open_row(f"{pair[0]}-{pair[1]}")
    shell.screen.keep_apart()
    assert shell.screen.table.texts() == []


def test_records_are_compared_and_merged_in_the_browser(workbook, pair, visit, page, phone):
    visit(phone, f"#/merge?one={pair[0]}&other={pair[1]}")
    phone.get_by_role("button", name="合并为一份档案").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    visit(page, "#/duplicates")
    page.get_by_text("姓名同音", exact=False).wait_for()
    assert findings(page) == []
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="最近核实的").wait_for()
    assert findings(page) == []
    page.get_by_role("radio", name="郑明远").check()
    page.get_by_role("radio", name="独居").check()
    page.keyboard.press("Control+s")
    page.get_by_text("已合并为一份档案", exact=False).wait_for()
    assert workbook.people.standing(pair[1]) == pair[0]
    page.get_by_role("button", name="撤销").first.click()
    page.get_by_text("两份档案已恢复原样。").wait_for()
    assert workbook.people.standing(pair[1]) == pair[1]
