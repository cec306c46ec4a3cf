"""The dossier screen: facts are changed where they stand, unknown is seen as unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from casework.terms import use_language
from casework.ui import Shell
from casework.ui.screens.person import PersonScreen
from casework.workbook import Workbook
from casework.workbook.family import RelatedEntry
from tests.conftest import TODAY
from tests.test_people import a_person


def dossier_of(workbook: Workbook, person: int) -> PersonScreen:
    shell = Shell(workbook, "caseworker")
    shell.go("person", id=person)
    assert isinstance(shell.screen, PersonScreen)
    return shell.screen


def edit(screen: PersonScreen, fact: str, value: str, source: str = "走访") -> None:
    section = next(
        one.code
        for one in screen.dossier.sections
        if any(field.definition.code == fact for field in one.fields)
    )
    screen.panels[f"section:{section}"].click("edit", fact=fact)
    (editor,) = screen.slots[f"section:{section}"].children
    editor.fields["value"].entry = value
    editor.fields["source"].entry = source
    editor.save()


def test_fact_is_changed_where_it_stands(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    edit(screen, "living", "alone")
    assert workbook.people.dossier(person).field("living").shown == "独居"
    assert "独居" in screen.panels["section:basics"].html


def test_entry_is_refused_beside_its_field_and_nothing_is_saved(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    screen.panels["section:basics"].click("edit", fact="joined_on")
    (editor,) = screen.slots["section:basics"].children
    editor.fields["value"].entry = "1937年13月"
    editor.fields["source"].entry = "档案"
    editor.children[-1].children[-1].click()
    assert editor.fields["value"].error
    assert workbook.people.history(person, "joined_on") == []


def test_month_of_joining_is_kept_as_a_month(workbook):
    person = a_person(workbook)
    edit(dossier_of(workbook, person), "joined_on", "1937年5月", "档案")
    assert workbook.people.history(person, "joined_on")[0].value == "1937-05"


def test_unknown_is_seen_as_unknown(workbook):
    html = dossier_of(workbook, a_person(workbook)).panels["section:health"].html
    assert "cw-state-unknown" in html


def test_markup_in_a_name_stays_text(workbook):
    person = a_person(workbook, '<img src=x onerror="alert(1)">')
    screen = dossier_of(workbook, person)
    workbook.people.record_fact(person, "unit", "<script>alert(1)</script>", source="<b>x</b>")
    screen.refresh()
    everything = screen.header.html + screen.panels["section:basics"].html
    assert "<img" not in everything and "<script" not in everything and "<b>x" not in everything


def test_past_dossier_can_only_be_read(workbook):
    person = a_person(workbook)
    workbook.people.record_fact(person, "living", "独居", source="走访")
    shell = Shell(workbook, "caseworker")
    shell.go("person", id=person)
    shell.look_at(TODAY - timedelta(days=30))
    assert 'data-action="edit"' not in shell.screen.panels["section:basics"].html


def test_refresh_equals_a_new_screen(workbook):
    person = a_person(workbook)
    screen = dossier_of(workbook, person)
    workbook.people.record_fact(person, "hobby", "门球", source="走访")
    workbook.family.add(person, RelatedEntry("郑小明", phone="13900000001"), source="走访")
    screen.refresh()
    fresh = dossier_of(workbook, person)
    assert {name: one.html for name, one in screen.panels.items()} == {
        name: one.html for name, one in fresh.panels.items()
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_dossier_speaks_one_language(workbook, language):
    use_language(language)
    person = a_person(workbook, "郑明远")
    screen = dossier_of(workbook, person)
    shown = screen.panels["section:health"].html
    assert ("身体状况" in shown) == (language == "zh")
    assert ("State of health" in shown) == (language == "en")


def test_dossier_is_edited_in_the_browser(workbook, visit, page):
    person = a_person(workbook, "郑明远", name_pinyin="zheng mingyuan", name_initials="zmy")
    workbook.people.record_fact(person, "living", "空巢", source="花名册")
    visit(page, f"#/person?id={person}")
    row = page.locator(".cw-dossier > div", has_text="居住状况").first
    row.get_by_role("button", name="修改").click()
    expect(page.get_by_role("radio").first).to_be_focused()
    expect(page.get_by_role("radio").first).to_be_in_viewport()
    page.get_by_role("radio", name="独居").check()
    page.get_by_label("信息来源").fill("走访")
    page.keyboard.press("Control+s")
    page.get_by_text("已保存：居住状况。").wait_for()
    assert workbook.people.dossier(person).field("living").shown == "独居"
    row.get_by_role("button", name="历史").click()
    expect(page.locator(".cw-history").get_by_text("空巢")).to_be_in_viewport()


def test_dossier_fits_a_phone(workbook, visit, phone):
    person = a_person(workbook, "郑明远")
    workbook.people.record_fact(person, "mobile", "15400000002", source="花名册")
    visit(phone, f"#/person?id={person}")
    phone.locator("#door").get_by_role("link", name="15400000002").wait_for()
    folded = phone.locator("details[data-fold='dossier.health']")
    assert phone.locator("details[data-fold][open]").count() == 0
    assert phone.evaluate("document.documentElement.scrollHeight") < 4 * 844
    phone.get_by_role("button", name="身体状况").tap()
    folded.get_by_text("常用药品").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    folded.locator("> summary").press("Enter")
    folded.locator("> summary").press("Enter")
    phone.reload()  # what was opened by hand stays open
    folded.get_by_text("常用药品").wait_for()
    assert phone.locator("details[data-fold][open]").count() == 1


def test_door_says_whom_to_ring_and_what_is_next(workbook):
    person = a_person(workbook)
    workbook.people.record_fact(person, "allergy", "青霉素", source="走访")
    workbook.people.record_fact(person, "fall_last_year", "no", source="走访")
    workbook.family.add(
        person, RelatedEntry("郑晓", "child", phone="15420000006", is_emergency=True), source="走访"
    )
    html = dossier_of(workbook, person).panels["door"].html
    assert "青霉素" in html and 'href="tel:15420000006"' in html
    assert "近一年跌倒" not in html
