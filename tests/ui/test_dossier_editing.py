"""Editing a dossier in place: names, births, numbers, family, life, and two people at once."""

from __future__ import annotations

from datetime import date

import pytest

from casework.terms import use_language
from casework.ui.screens.person import PersonScreen
from casework.workbook.family import RelatedEntry
from tests.conftest import TODAY
from tests.test_people import a_person
from tests.test_plans import a_fact
from tests.ui.axe import findings
from tests.ui.test_person import dossier_of

NUMBER = "11010519491231002X"


def editor_in(screen: PersonScreen, part: str):
    (editor,) = screen.slots[part].children
    return editor


def enter(editor, **entries: str) -> None:
    for name, entry in entries.items():
        editor.fields[name].entry = entry


def test_family_entry_is_edited_where_it_stands(workbook):
    person = a_person(workbook)
    related = workbook.family.add(person, RelatedEntry("郑小明", "son"), source="名册")
    screen = dossier_of(workbook, person)
    screen.panels["related"].click("edit_related", related=related)
    editor = editor_in(screen, "related")
    assert editor.fields["name"].entry == "郑小明"
    enter(editor, phone="13900000002", call_order="1", is_emergency="yes", source="本人")
    editor.write.click()
    assert "13900000002" in screen.panels["related"].html
    assert "第1位" in screen.panels["related"].html


def test_overtaken_writer_sees_it_in_the_editor_and_keeps_the_own_text(workbook):
    person = a_person(workbook)
    workbook.people.record_fact(person, "living", "空巢", source="名册")
    screen = dossier_of(workbook, person)
    screen.edit("living")
    editor = editor_in(screen, "section:basics")
    workbook.people.record_fact(person, "living", "独居", source="女儿电话")
    enter(editor, value="care_home", source="走访")
    editor.write.click()
    assert "独居" in editor.notice.html
    assert editor.fields["value"].entry == "care_home"
    assert workbook.people.dossier(person).field("living").shown == "独居"
    editor.write.click()
    assert workbook.people.dossier(person).field("living").shown == "养老机构"


def test_number_is_masked_until_a_reason_is_given(workbook):
    person = a_person(workbook)
    workbook.identity.record_number(person, NUMBER, source="身份证")
    screen = dossier_of(workbook, person)
    html = screen.panels["overview"].html
    assert NUMBER not in html
    assert "110105********002X" in html
    number = screen.dossier.identifiers[0].id
    screen.panels["overview"].click("reveal", identifier=number)
    editor = editor_in(screen, "overview")
    editor.write.click()
    assert editor.fields["reason"].error
    enter(editor, reason="办理医疗证")
    editor.write.click()
    assert "110105 19491231 002X" in editor.shown.html


def test_damaged_number_is_explained_beside_the_field(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    screen.panels["overview"].click("edit_number")
    editor = editor_in(screen, "overview")
    enter(editor, number=f"{NUMBER[:17]}1", source="身份证")
    editor.write.click()
    assert "应为 X" in editor.fields["number"].error
    enter(editor, keep="keep")
    editor.write.click()
    assert "校验码不符" in screen.panels["overview"].html


def test_numbers_that_were_replaced_stay_in_the_history_masked(workbook):
    person = a_person(workbook)
    workbook.identity.record_number(person, f"{NUMBER[:17]}1", source="名册", keep_damaged=True)
    workbook.identity.record_number(person, NUMBER, source="身份证", reason="核对原件")
    screen = dossier_of(workbook, person)
    screen.panels["overview"].click("number_history")
    html = editor_in(screen, "overview").html
    assert "<s>110105********0021</s>" in html
    assert "核对原件" in html
    assert NUMBER not in html


def test_event_tells_what_follows_before_it_is_written(workbook):
    person = a_person(
        workbook,
        "郑明远",
        sex="1",
        born_on_earliest=date(1930, 5, 3),
        born_on_latest=date(1930, 5, 3),
    )
    workbook.people.record_fact(person, "category", "离休", source="名册")
    workbook.plans.compile()
    screen = dossier_of(workbook, person)
    screen.panels["life"].click("happened", kind="moved_away")
    editor = editor_in(screen, "life")
    enter(editor, on=TODAY.isoformat(), place="上海", source="社区")
    editor.write.click()
    assert "现行方案终止" in editor.follows.html
    assert workbook.people.dossier(person).case.is_open
    enter(editor, place="北京")
    editor.write.click()
    assert workbook.people.dossier(person).case.is_open, "what was foreseen was something else"
    editor.write.click()
    assert workbook.people.dossier(person).case.note == "北京"
    assert "北京" in screen.panels["life"].html
    screen.undoing.click("undo", change=screen.last.change_id)
    assert workbook.people.dossier(person).case.is_open
    assert workbook.plans.in_force(person) is not None


def test_official_birth_date_is_chosen_with_a_reason(workbook):
    person = a_person(workbook)
    workbook.people.record_fact(person, "birth_date_file", "1949-11-30", source="档案")
    workbook.identity.record_number(person, NUMBER, source="身份证")
    screen = dossier_of(workbook, person)
    assert "1949年11月30日" in screen.panels["overview"].html  # both stand there, flagged
    screen.panels["overview"].click("edit_birth")
    editor = editor_in(screen, "overview")
    enter(editor, source="file", reason="组织认定")
    editor.write.click()
    assert "组织认定" in screen.panels["overview"].html
    assert workbook.people.dossier(person).born_on_earliest == date(1949, 11, 30)


def test_other_name_is_added_and_struck_out(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    screen.panels["overview"].click("add_alias")
    enter(editor_in(screen, "overview"), name="文一多", kind="online", source="本人")
    editor_in(screen, "overview").write.click()
    assert "网名" in screen.panels["overview"].html
    alias = screen.dossier.names[0].id
    screen.panels["overview"].click("end_alias", alias=alias)
    assert "文一多" not in screen.panels["overview"].html


def test_address_of_a_merged_record_shows_the_one_it_came_into(workbook):
    one, other = a_person(workbook, "郑明远"), a_person(workbook, "郑明元")
    workbook.merging.merge(one, other, {"name": "one"})
    screen = dossier_of(workbook, other)
    assert screen.person_id == one
    assert f"编号 {other} 的档案" in screen.panels["overview"].html


def test_what_to_find_out_opens_its_editor(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    first = screen.dossier.to_find_out[0].definition.code
    screen.panels["overview"].click("edit", fact=first)
    assert any(slot.children for slot in screen.slots.values())


def test_what_was_never_verified_is_not_called_unknown(workbook):
    person = a_person(workbook)
    with workbook.transaction() as session:
        session.add(a_fact(person, "living", "with_spouse"))
    told = dossier_of(workbook, person).panels["overview"].html
    asked = told[told.index("下次要了解的") :]
    assert '居住状况</button> <span class="cw-faint">尚未核实' in asked


def test_what_was_verified_today_says_so(workbook):
    person = a_person(workbook)
    workbook.people.record_fact(person, "living", "独居", source="走访", verified_on=TODAY)
    parts = dossier_of(workbook, person).panels
    assert any("走访，今天核实" in panel.html for panel in parts.values())
    assert not any("0 天前" in panel.html for panel in parts.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_of_a_dossier_speaks_one_language(workbook, language):
    use_language(language)
    person = a_person(workbook, "Zheng Mingyuan")
    screen = dossier_of(workbook, person)
    shown = "".join(panel.html for name, panel in screen.panels.items() if name != "care_team")
    has_chinese = any("\u4e00" <= mark <= "\u9fff" for mark in shown)
    assert has_chinese == (language == "zh")


def test_caseworker_keeps_a_dossier_up_by_keyboard_in_the_browser(workbook, visit, page):
    person = a_person(
        workbook,
        "郑明远",
        name_pinyin="zheng ming yuan",
        sex="1",
        born_on_earliest=date(1930, 5, 3),
        born_on_latest=date(1930, 5, 3),
    )
    workbook.family.add(person, RelatedEntry("郑小明", "son"), source="名册")
    workbook.plans.compile()
    visit(page, f"#/person?id={person}")
    row = page.locator("li", has_text="郑小明").first
    row.get_by_role("button", name="修改").click()
    page.get_by_label("电话").fill("13900000002")
    page.get_by_label("信息来源").fill("本人")
    page.keyboard.press("Control+s")
    page.get_by_text("已保存：郑小明。").wait_for()
    assert workbook.people.dossier(person).related[0].phone == "13900000002"
    page.get_by_role("button", name="移交管理").click()
    page.get_by_label("日期", exact=False).first.fill("2025-3-3")
    page.get_by_label("接收单位").fill("区委老干部局")
    page.get_by_label("信息来源").fill("移交函")
    page.get_by_role("button", name="查看影响").click()
    page.get_by_text("现行方案终止", exact=False).wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="确认登记").click()
    page.get_by_text("已保存：移交管理。").wait_for()
    page.get_by_role("button", name="撤销这次修改").click()
    page.get_by_role("button", name="移交管理").wait_for()
    assert workbook.people.dossier(person).case.is_open
