"""Needs on screen: what waits, what became of it, and why something was not done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casework.errors import NotPermitted
from casework.ui import Shell
from casework.ui.screens.needs import NeedsScreen
from casework.ui.screens.waiting_needs import WaitingNeeds
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, PersonEntry, Raised
from casework.workbook.issues import IssueEntry
from casework.workbook.life import LifeEvent
from tests.conftest import TODAY
from tests.test_need_sources import lives_alone
from tests.test_needs import a_caseworker, a_person, an_entry, best


def screen_of(workbook: Workbook, **place: Any) -> Any:
    shell = Shell(workbook, "caseworker")
    shell.go("needs", **place)
    return shell.screen


def test_need_that_is_not_met_is_asked_why(workbook):
    person = a_person(workbook)
    need = workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    screen = screen_of(workbook, person=person)
    screen.list.click("step", need=need)
    screen.form["to"].entry = "declined"
    screen.save.click()
    assert screen.form["reason"].error
    screen.form["reason"].entry = "子女已请律师"
    screen.save.click()
    assert "已了结（1）" in screen.list.html
    assert "子女已请律师" in screen.list.html
    assert screen.slot.children == ()


def test_need_from_the_address_is_opened_at_once(workbook):
    person = a_person(workbook)
    need = workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    screen = screen_of(workbook, person=person, need=need)
    assert isinstance(screen, NeedsScreen)
    assert set(screen.form) == {"to", "reason"}


def test_wish_is_written_down_taken_up_and_closed(workbook):
    person = a_person(workbook)
    screen = screen_of(workbook, person=person)
    screen.add_wish()
    screen.form["text"].entry = "想去看看老战友"
    screen.save.click()
    assert "“想去看看老战友”" in screen.wishes.html
    wish = workbook.people.dossier(person).wishes[0].id
    screen.wishes.click("wish", wish=wish, text="想去看看老战友")
    assert screen.form["kind"].is_blank
    screen.form["title"].entry = "陪同探望老战友"
    screen.form["domain"].entry = "companionship"
    screen.form["severity"].entry = "low"
    screen.save.click()
    (need,) = workbook.needs.of_person(person)
    assert (need.title, need.said) == ("陪同探望老战友", "想去看看老战友")
    screen.wishes.click("done", wish=wish, text="想去看看老战友")
    screen.form["note"].entry = "3 月陪同去过"
    screen.save.click()
    assert workbook.people.dossier(person).wishes[0].closing_note == "3 月陪同去过"


def test_need_is_added_by_hand_and_refused_without_a_domain(workbook):
    person = a_person(workbook)
    screen = screen_of(workbook, person=person)
    screen.add_need()
    screen.form["title"].entry = "代购药品"
    screen.save.click()
    assert screen.form["domain"].error
    screen.form["domain"].entry = "daily_life"
    screen.form["severity"].entry = "medium"
    screen.save.click()
    assert "代购药品" in screen.list.html


def test_past_is_looked_at_and_not_written(workbook):
    person = a_person(workbook)
    workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    shell = Shell(workbook, "caseworker")
    shell.as_of = workbook.today.replace(day=1)
    shell.go("needs", person=person)
    assert "data-action" not in str(shell.screen.list.html)


def test_overview_lists_what_waits_with_alerts_on_top(workbook):
    person, other = a_person(workbook), a_person(workbook, name="周若水")
    a_caseworker(workbook, person)
    workbook.needs.raise_need(other, "legal", "遗嘱咨询", "low")
    answers = best("phq-9") | {"self_harm": 2}
    workbook.needs.record_assessment(an_entry(person, "phq-9", answers=answers, mode="self"))
    screen = screen_of(workbook)
    assert isinstance(screen, WaitingNeeds)
    assert "1 项须当天有人联系" in screen.alerts.html
    names = [row[1] for row in screen.table.texts()]
    assert names == ["郑明远", "周若水"]
    (alert,) = workbook.needs.alerts()
    screen.alerts.click("person", person=person, need=alert.need.id)
    assert isinstance(screen.shell.screen, NeedsScreen)


def test_overview_says_when_nothing_waits(workbook):
    screen = screen_of(workbook)
    assert screen.alerts.html == ""
    assert screen.table.texts() == []


def test_needs_stand_under_the_fields_of_the_agency(workbook):
    person = a_person(workbook)
    workbook.needs.raise_need(person, "political", "订阅党刊", "low")
    workbook.needs.raise_need(person, "medical", "陪同就医", "high")
    html = str(screen_of(workbook, person=person).list.html)
    places = [html.index(words) for words in ("就近学习（1）", "订阅党刊", "就近得到关心照顾（1）")]
    assert places == sorted(places)
    assert "就近活动" not in html


def test_need_that_the_facts_speak_for_is_taken_up_with_one_click(workbook):
    person = lives_alone(workbook, 1940)
    screen = screen_of(workbook, person=person)
    assert "居住状况为独居，且年满80周岁" in screen.told.html
    screen.told.click("open", code="alone_at_home")
    assert screen.told.html == ""
    assert "独居安全照应" in screen.list.html


def test_doubted_need_is_asked_about_and_kept_with_a_reason(workbook):
    person = a_person(workbook)
    for total, day in ((30, TODAY - timedelta(days=365)), (100, TODAY)):
        workbook.needs.record_assessment(an_entry(person, answers={}, total=total, assessed_on=day))
    (need,) = workbook.needs.of_person(person)
    screen = screen_of(workbook, person=person)
    assert "最近一次评估已不再提示，还需要吗？" in screen.list.html
    screen.list.click("keep", need=need.id)
    screen.save.click()
    assert screen.form["reason"].error
    screen.form["reason"].entry = "老伴住院，还要人照应"
    screen.save.click()
    assert "还需要吗" not in screen.list.html
    assert "老伴住院，还要人照应" in screen.list.html


def test_doubted_need_is_settled_with_one_click(workbook):
    person = a_person(workbook)
    for total, day in ((30, TODAY - timedelta(days=365)), (100, TODAY)):
        workbook.needs.record_assessment(an_entry(person, answers={}, total=total, assessed_on=day))
    (need,) = workbook.needs.of_person(person)
    screen = screen_of(workbook, person=person)
    screen.list.click("met", need=need.id)
    assert "已了结（1）" in screen.list.html


def test_overview_is_narrowed_to_a_field_or_to_what_is_in_doubt(workbook):
    person, other = a_person(workbook), a_person(workbook, name="周若水")
    workbook.needs.raise_need(other, "legal", "遗嘱咨询", "low")
    for total, day in ((30, TODAY - timedelta(days=365)), (100, TODAY)):
        workbook.needs.record_assessment(an_entry(person, answers={}, total=total, assessed_on=day))
    screen = screen_of(workbook)
    assert "全部 2" in screen.parts.html
    screen.parts.click("part", part="other")
    assert [row[1] for row in screen.table.texts()] == ["周若水"]
    assert "待遇和法律 1" in screen.parts.html
    screen.parts.click("part", part="doubtful")
    assert [row[1] for row in screen.table.texts()] == ["郑明远"]
    screen.parts.click("part", part="")
    assert len(screen.table.texts()) == 2


def test_needs_are_sorted_in_every_way_that_the_agency_has(workbook):
    person = a_person(workbook)
    workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    workbook.needs.raise_need(person, "learning", "想学书法", "low")
    workbook.needs.raise_need(person, "companionship", "想找人下棋", "low")
    everybody = screen_of(workbook)
    for part, titles in (
        ("culture", ["想学书法"]),
        ("spirit", ["想找人下棋"]),
        ("rights", ["遗嘱咨询"]),
        ("activity", ["想找人下棋"]),
    ):
        everybody.parts.click("part", part=part)
        assert [row[0].partition(" ")[0] for row in everybody.table.texts()] == titles
    own = screen_of(workbook, person=person)
    assert "就近学习（1）" in own.list.html and "文化养老" not in own.list.html
    own.frames.click("sort", way=1)
    assert "文化养老（1）" in own.list.html and "就近学习" not in own.list.html
    assert workbook.agency.further_need_frames


def test_agency_with_one_way_of_sorting_is_offered_no_other(tmp_path):
    book = open_workbook(str(tmp_path / "city.sqlite"), agency="zhuzhou-city", today=TODAY)
    person = a_person(book)
    book.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    screen = screen_of(book, person=person)
    assert screen.frames.html == ""
    assert "五类服务" not in screen_of(book).parts.html
    book.close()


def test_answered_alert_stays_on_the_list_until_it_is_settled(workbook):
    person = a_person(workbook)
    workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})
    (row,) = workbook.needs.alerts()
    workbook.contacts.record(
        ContactEntry(
            client_key="call",
            happened_on=TODAY,
            channel="phone",
            persons=(PersonEntry(person),),
            closes=frozenset({row.task_id}),
        )
    )
    html = str(screen_of(workbook).alerts.html)
    assert "须当天有人联系" not in html
    assert "1 项已有人联系，请写明结果" in html


def test_board_begins_with_the_alerts(workbook):
    person = a_person(workbook)
    shell = Shell(workbook, "supervisor")
    shell.go("board")
    assert shell.screen.alerts.html == ""
    workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})
    shell.screen.refresh()
    (row,) = workbook.needs.alerts()
    assert "1 项须当天有人联系" in shell.screen.alerts.html
    shell.screen.alerts.click("alert", person=person, need=row.need.id)
    assert isinstance(shell.screen, NeedsScreen)


def test_needs_fit_a_phone_and_are_settled_in_the_browser(workbook, visit, phone):
    person = lives_alone(workbook, 1940)
    for total, day in ((30, TODAY - timedelta(days=365)), (100, TODAY)):
        workbook.needs.record_assessment(an_entry(person, answers={}, total=total, assessed_on=day))
    visit(phone, f"#/needs?person={person}")
    phone.get_by_text("居住状况为独居，且年满80周岁").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="不需要了，了结").click()
    phone.get_by_text("已了结（1）").wait_for()
    (need,) = workbook.needs.of_person(person, closed=True)
    assert need.state == "met"


def test_every_number_of_the_past_year_opens_exactly_its_rows(any_workbook):
    person = a_person(any_workbook)
    titles = {"met": "助浴", "declined": "助餐", "deferred": "家政", "cannot_be_met": "装电梯"}
    for state, title in titles.items():
        need = any_workbook.needs.raise_need(person, "daily_life", title, "low")
        any_workbook.needs.change_need(need, state, reason="见登记")
    any_workbook.needs.raise_need(person, "daily_life", "代购", "low")
    any_workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})  # an alert is no need
    assert any_workbook.needs.tally().met_per_hundred == 20
    late = a_person(any_workbook)
    any_workbook.needs.raise_need(late, "daily_life", "助行", "low")
    any_workbook.life.record(late, LifeEvent("died", TODAY, "家属电话"))
    tally = any_workbook.needs.tally()
    assert (tally.opened, tally.could_be_met, tally.met_per_hundred) == (6, 5, 20)
    screen = screen_of(any_workbook)
    assert "近一年提出 6 项需求" in screen.tally.html
    assert "满足率 20%（随服务结束而终止的不计）" in screen.tally.html
    for state, n in tally.by_state.items():
        screen.tally.click("state", state=state)
        assert len(screen.table.texts()) == n
    screen.tally.click("state", state="")
    assert len(screen.table.texts()) == tally.opened
    screen.parts.click("part", part="")
    assert len(screen.table.texts()) == 3  # the alert, the deferred one and the open one


def test_tally_tells_what_became_of_needs_by_the_day_that_is_asked_about(any_workbook):
    person = a_person(any_workbook)
    before = TODAY - timedelta(days=30)
    need = any_workbook.needs.raise_need(person, "daily_life", "助浴", "low", on=before)
    any_workbook.needs.change_need(need, "met", on=TODAY)
    assert any_workbook.needs.tally().by_state == {"met": 1}
    assert any_workbook.needs.tally(as_of=TODAY - timedelta(days=1)).by_state == {"open": 1}
    assert any_workbook.needs.tally(as_of=before - timedelta(days=1)).opened == 0


def an_opinion(workbook: Workbook, person: int, text: str = "楼道灯坏了三个月没人管") -> int:
    said = (Raised("opinion", text, opinion="complaint"),)
    workbook.contacts.record(
        ContactEntry(
            client_key="k", happened_on=TODAY, channel="home_visit",
            persons=(PersonEntry(person, "reached", raised=said),),
        )
    )  # fmt: skip
    (opinion,) = workbook.opinions.of_person(person)
    assert opinion.waits and opinion.text == text
    return opinion.opinion_id


def test_opinion_heard_on_a_visit_becomes_an_issue_that_is_followed_to_its_answer(workbook):
    person = a_person(workbook)
    opinion = an_opinion(workbook, person)
    screen = screen_of(workbook, person=person)
    assert "意见建议（1 条待处理）" in screen.opinions.html
    screen.opinions.click("issue", opinion=opinion, text="楼道灯坏了三个月没人管")
    screen.save.click()
    assert screen.form["kind"].error and screen.form["severity"].error
    screen.form["kind"].entry, screen.form["severity"].entry = "housing", "medium"
    screen.save.click()
    assert "第 1 号诉求" in screen.opinions.html and "（0 条待处理）" in screen.opinions.html
    assert "转为诉求" not in screen.opinions.html
    workbook.issues.settle(1, "resolved", "物业当天换了灯")
    screen.refresh()
    assert "尚未答复" in screen.opinions.html
    workbook.issues.reply(1, "电话告知，本人满意")
    (told,) = workbook.opinions.of_person(person)
    assert (told.disposition, told.replied_on) == ("物业当天换了灯", TODAY)
    workbook.issues.reopen(1, "又坏了")
    (again,) = workbook.opinions.of_person(person)
    assert (again.disposed_on, again.replied_on, again.waits) == (None, None, False)
    workbook.issues.withdraw(1)
    assert workbook.opinions.of_person(person)[0].waits


def test_opinion_that_needs_no_issue_is_dealt_with_in_words(workbook):
    person = a_person(workbook)
    opinion = an_opinion(workbook, person, "感谢你们常来看我")
    screen = screen_of(workbook, person=person)
    screen.opinions.click("dispose", opinion=opinion, text="感谢你们常来看我")
    screen.form["what"].entry, screen.form["replied"].entry = "转告联系人并致谢", "yes"
    screen.save.click()
    assert "转告联系人并致谢" in screen.opinions.html and "已答复" in screen.opinions.html
    workbook.opinions.take_back(opinion)
    workbook.issues.from_opinion(opinion, kind="service")
    with pytest.raises(NotPermitted, match="第 1 号诉求"):
        workbook.opinions.dispose(opinion, "算了")


def test_day_shows_ones_own_open_issues_with_stage_and_deadline(workbook):
    person = a_person(workbook)
    owner = a_caseworker(workbook, person)
    workbook.act_as(f"worker{person}")
    entry = {"title": "楼道灯", "kind": "housing", "source": "visit", "person_id": person}
    workbook.issues.report(
        IssueEntry(**entry, owner_id=owner, reported_on=TODAY - timedelta(days=20))
    )
    shell = Shell(workbook, "caseworker")
    shell.go("my_day")
    html = shell.screen.issues.html
    assert "楼道灯" in html and "联系" in html and "逾期 5 天" in html
    shell.screen.issues.click("open", id=1)
    assert shell.place.route == "issue"


def test_kind_of_a_need_fills_in_words_and_domain_and_leaves_what_was_written(workbook):
    person = a_person(workbook)
    screen = screen_of(workbook, person=person)
    screen.add_need()
    form = screen.form
    form["kind"].entry = "escort"
    assert (form["title"].entry, form["domain"].entry) == ("陪同就医和代取药品、报告", "medical")
    form["kind"].entry = "falls"
    assert (form["title"].entry, form["domain"].entry) == ("防跌倒", "safety")
    form["title"].entry = "卫生间装扶手"
    form["kind"].entry = "housekeeping"
    assert (form["title"].entry, form["domain"].entry) == ("卫生间装扶手", "daily_life")
    form["kind"].entry = "falls"
    screen = screen_of(workbook, person=person)  # what was entered is still there
    screen.add_need()
    assert screen.form["title"].entry == "卫生间装扶手"
    assert screen.boxes["domain"].layout.display == "none"
    screen.form["severity"].entry = "low"
    screen.save.click()
    (need,) = workbook.needs.of_person(person)
    assert (need.key, need.title, need.domain) == ("worker:falls", "卫生间装扶手", "safety")
    assert "归类" not in screen.list.html


def test_need_without_a_kind_is_given_one(workbook):
    person = a_person(workbook)
    need = workbook.needs.raise_need(person, "legal", "想问遗嘱怎么写", "low")
    screen = screen_of(workbook, person=person)
    screen.list.click("kind", need=need, text="想问遗嘱怎么写")
    screen.save.click()
    assert screen.form["kind"].error
    screen.form["kind"].entry = "legal_advice"
    screen.save.click()
    assert workbook.needs.of_person(person)[0].key == "worker:legal_advice"


def test_wish_on_the_plan_is_taken_up_with_the_kind_it_speaks_of(workbook):
    person = a_person(workbook)
    workbook.plans.compile(persons=[person])
    wish = workbook.needs.record_wish(person, "想请人修一下水管")
    shell = Shell(workbook, "caseworker")
    shell.go("plan", person=person)
    assert "1 个尚未列为需求" in shell.screen.aims.panel.html
    shell.screen.aims.panel.click("wish", wish=wish)
    screen = shell.screen
    assert isinstance(screen, NeedsScreen)
    assert screen.form["kind"].entry == "repairs"
    assert screen.form["title"].entry == "想请人修一下水管"
    screen.form["severity"].entry = "low"
    screen.save.click()
    assert "已列为需求：想请人修一下水管" in screen.wishes.html
    shell.go("plan", person=person)
    assert "均已列为需求" in shell.screen.aims.panel.html
    assert "落实助餐助浴、家政维修、代办陪同" in shell.screen.items.html
