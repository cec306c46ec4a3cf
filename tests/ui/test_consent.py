"""Consent on the screen: asked in few clicks, withdrawn with effect, shared only as agreed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from casework.records import Case, ChangeLog, Person, Staff
from casework.ui import Shell
from casework.ui.screens.consent_parts import said
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.consents import ConsentEntry
from casework.workbook.finding import refresh_search
from casework.workbook.rights import RequestEntry
from tests.conftest import TODAY
from tests.test_plans import a_fact

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Give two supervisors, a caseworker, and two people of whom one left us long ago."""
    with workbook.transaction() as session:
        for login, role in (("worker", "caseworker"), ("chief", "supervisor"),
                            ("second", "supervisor")):  # fmt: skip
            session.add(Staff(login=login, name=login, role=role))
        for name, initials in (("郑明远", "zmy"), ("陆景行", "ljx")):
            person = Person(name=name, sex="1", name_initials=initials, name_pinyin=initials)
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            session.add(a_fact(person.id, "health", "poor"))
            session.add(a_fact(person.id, "mobile", "13800001234"))
        session.execute(
            update(Case)
            .where(Case.person_id == 2)
            .values(opened_on=date(2000, 1, 1), closed_on=date(2012, 1, 1))
        )
        refresh_search(session)
    return workbook


def shown(book: Workbook, route: str, **params: object) -> Any:
    return Shell(book, "supervisor", Place(route, {k: str(v) for k, v in params.items()}))


def test_answers_are_recorded_in_few_clicks(office: Workbook) -> None:
    screen = shown(office, "consent", person=1).screen
    assert "未征求" in str(screen.glance.html)
    screen.record()
    screen.form["hospital"].put("given")
    screen.form["publication"].put("refused")
    screen.save()
    stands = {one.purpose.code: one.state for one in office.consents.states(1)}
    assert (stands["hospital"], stands["publication"]) == ("given", "refused")
    assert stands["volunteer"] == "not_asked"
    screen.record()
    assert "publication" not in screen.form  # declined: nobody asks again


def test_answers_and_what_was_given_are_taken_back_from_the_message(office: Workbook) -> None:
    office.consents.record(1, ConsentEntry(answers={"hospital": "given"}))
    screen = shown(office, "share", person=1, purpose="hospital").screen
    screen.form["recipient_name"].entry = "市一医院"
    screen.form["kinds"].put(["identity"])
    screen.share()
    assert "市一医院" in str(screen.sheet.html)
    screen.shell.toasts.undo()
    assert [one.status for one in office.sharing.given_out(1)] == ["struck_out"]
    assert str(screen.sheet.html) == ""
    screen = shown(office, "consent", person=1).screen
    assert "已作废" in str(screen.rest.html)
    screen.list.click("withdraw", purpose="hospital")
    screen.write.click()
    assert office.consents.state(1, "hospital").state == "withdrawn"
    screen.shell.toasts.undo()
    assert office.consents.state(1, "hospital").state == "given"


def test_nothing_answered_is_refused_in_words(office: Workbook) -> None:
    screen = shown(office, "consent", person=1).screen
    screen.record()
    screen.write.click()
    assert "至少对一项" in str(screen.notice.html)


def test_withdrawal_names_who_is_to_be_told_and_ends_what_goes_on(office: Workbook) -> None:
    office.consents.record(1, ConsentEntry(answers={"hospital": "given"}))
    share = shown(office, "share", person=1, purpose="hospital").screen
    share.form["recipient_name"].entry = "市一医院"
    share.form["kinds"].put(["identity", "health"])
    share.share()
    told = str(share.sheet.html)
    assert "郑明远" in told and "市一医院" in told and "13800001234" not in told
    assert "13800001234" not in share.file().content.decode()
    screen = shown(office, "consent", person=1).screen
    screen.list.click("withdraw", purpose="hospital")
    screen.write.click()
    assert office.consents.state(1, "hospital").state == "withdrawn"
    assert "市一医院" in str(screen.notice.html)
    (waits,) = office.sharing.to_tell()
    screen.rest.click("told", act=waits.client_key)
    assert office.sharing.to_tell() == []


def test_nothing_can_be_shared_without_consent(office: Workbook) -> None:
    screen = shown(office, "share", person=1, purpose="hospital").screen
    assert screen.form == {}
    assert "没有有效的同意" in str(screen.choice.html)
    choice = str(shown(office, "share", person=1).screen.choice.html)
    assert choice.count("没有有效的同意") == 7
    assert "紧急情况下的救助" in choice


def test_copy_of_everything_comes_with_its_reason(office: Workbook) -> None:
    screen = shown(office, "consent", person=1).screen
    screen.copy()
    assert screen.download.click() is None  # no reason yet: said beside the field
    screen.copy_reason.entry = "本人申请"
    made = screen.download.click()
    assert made is not None and made.content[:2] == b"PK"


@LANGUAGES
def test_notice_asks_each_purpose_by_itself_in_large_type(office: Workbook, language: str) -> None:
    from casework.terms import use_language

    use_language(language)
    office.consents.record(1, ConsentEntry(answers={"health": "given", "family": "refused"}))
    html = str(shown(office, "consent_notice", person=1).screen.sheet.html)
    assert html.count("☑") == 1
    assert html.count("☐") == 2 * 9 - 1
    assert "cw-notice-paper" in html and "{agency}" not in html


def test_privacy_page_counts_what_its_lists_show(office: Workbook) -> None:
    office.rights.receive(1, RequestEntry("copy", received_on=TODAY - timedelta(days=40)))
    screen = shown(office, "privacy").screen
    assert screen._counts()["requests"] == (1, 1)
    assert "逾期" in str(screen.panel.html)
    listed = shown(office, "privacy", part="to_ask").screen
    assert listed._counts()["to_ask"] == (1, 0)
    assert listed.table.texts()[0][0].startswith("郑明远")


def test_request_is_answered_from_the_page(office: Workbook) -> None:
    number = office.rights.receive(1, RequestEntry("copy"))
    screen = shown(office, "privacy").screen
    screen.panel.click("answer", request=number)
    screen.form["outcome"].put("refused")
    screen.write.click()
    assert "理由" in str(screen.form["answer"].view)
    screen.form["answer"].entry = "涉及国家秘密，依法不予提供"
    screen.write.click()
    assert office.rights.count_requests()["refused"] == 1


def test_file_past_its_time_is_erased_by_two(office: Workbook) -> None:
    office.act_as("chief")
    screen = shown(office, "privacy", part="keeping").screen
    screen.panel.click("erase", person=2)
    screen.form["ground"].put("retention_over")
    screen.form["reason"].entry = "保存期满"
    screen.write.click()
    assert str(screen.notice.html) == ""
    assert "确认删除" not in str(screen.panel.html)  # whoever asked does not confirm
    office.act_as("second")
    screen = shown(office, "privacy", part="keeping").screen
    screen.panel.click("confirm", erasure=1)
    screen._confirmed(1)
    assert "已删除" in str(screen.panel.html)
    assert office.people.search("陆景行") == []


def test_dossier_shows_consents_and_files_taken_are_written_down(office: Workbook) -> None:
    person = shown(office, "person", id=1).screen
    assert "待征求" in str(person.panels["consent"].html)
    shown(office, "person_sheet", id=1).screen.save.click()
    shown(office, "people").screen.export.click()
    with office.reading() as session:
        taken = session.scalars(select(ChangeLog.action).where(ChangeLog.action.like("take_%")))
        assert sorted(taken) == ["take_dossier", "take_list"]


def test_assessment_form_says_that_consent_is_missing(office: Workbook) -> None:
    page = shown(office, "assessment", person=1, instrument="selfcare-5").screen
    told = [str(one.html) for one in page.children if hasattr(one, "html")]
    assert any("未征求" in one and "先征求本人意见" in one for one in told)
    office.consents.record(1, ConsentEntry(answers={"health": "given"}))
    page = shown(office, "assessment", person=1, instrument="selfcare-5").screen
    told = [str(one.html) for one in page.children if hasattr(one, "html")]
    assert not any("先征求本人意见" in one for one in told)


@LANGUAGES
def test_words_that_end_as_a_sentence_go_on_in_a_line(language: str) -> None:
    from casework.terms import use_language

    use_language(language)
    told = said(["风险可控。", "", "保存至 2029 年。"])
    assert (
        told == {"zh": "风险可控，保存至 2029 年。", "en": "风险可控, 保存至 2029 年。"}[language]
    )
    assert said([]) == ""


# --- in a browser -------------------------------------------------------------------------------


def test_consent_is_given_used_and_withdrawn_on_a_phone(office, phone, visit):
    visit(phone, "#/consent?person=1", login="worker")
    phone.get_by_role("button", name="登记答复").click()
    asked = phone.locator(".cw-editor")
    asked.get_by_role("group", name=re.compile("就医协助")).get_by_label("同意", exact=True).check()
    phone.keyboard.press("Control+s")
    card = phone.locator(".cw-consent").filter(has_text="就医协助和绿色通道")
    expect(card.locator(".cw-state")).to_have_text("同意")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    card.get_by_role("button", name="对外提供资料").click()
    phone.get_by_label("接收方").fill("市一医院")
    phone.locator(".cw-chip-face", has_text="健康状况和评估结果").click()
    phone.get_by_role("button", name="生成资料页并登记").click()
    expect(phone.locator(".cw-outside")).to_contain_text("市一医院")
    expect(phone.locator(".cw-outside")).not_to_contain_text("13800001234")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="知情同意").click()
    card.get_by_role("button", name="撤回同意").click()
    phone.get_by_role("button", name="确认撤回").click()
    expect(card.locator(".cw-state")).to_have_text("已撤回")
    expect(phone.get_by_role("status").filter(has_text="市一医院").first).to_be_visible()
    assert office.consents.state(1, "hospital").state == "withdrawn"


def test_request_impact_and_a_file_past_its_time_are_settled_by_keyboard_and_click(
    office, page, visit
):
    number = office.rights.receive(1, RequestEntry("copy", received_on=TODAY - timedelta(days=40)))
    visit(page, "#/privacy", login="chief")
    page.get_by_role("button", name="答复", exact=True).click()
    page.get_by_label("已按请求办理", exact=True).check()
    page.locator(".cw-editor textarea").first.fill("已提供复制件")
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-requests")).to_contain_text("已提供复制件")
    page.get_by_role("button", name=re.compile("影响评估")).click()
    page.get_by_role("button", name="评估", exact=True).first.click()
    asked = page.locator(".cw-editor textarea")
    expect(asked).to_have_count(4)
    for field in asked.all():
        field.fill("风险可控")
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-main")).to_contain_text("保存至2028年3月3日")
    page.get_by_role("button", name=re.compile("到期与删除")).click()
    page.get_by_role("button", name="延长保存").click()
    page.get_by_label("期限").fill("2026-3-3")
    page.locator(".cw-editor textarea").fill("遗属待遇尚未结清")
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-main")).to_contain_text("没有保存到期的档案")
    assert office.rights.count_requests()["answered"] == 1 and number
    assert office.privacy.overdue(limit=None) == []
