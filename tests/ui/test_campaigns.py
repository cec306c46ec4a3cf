"""The screens of campaigns: begun, frozen, split, given out, written down, reported; both ways."""

from __future__ import annotations

import html
import io
import json
import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from python_calamine import load_workbook

from casework.errors import InvalidEntry
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.campaign_forms import leaders_from, slots_from
from casework.ui.widgets import Hit, Place, Query
from casework.workbook import Workbook
from tests.test_campaigns import (
    BEGIN,
    FESTIVAL,
    FIRST_DAY,
    a_campaign,
    a_delegation,
    a_fund,
    veterans,
)
from tests.test_money import acts_as
from tests.test_plans import a_person
from tests.test_rosters import a_worker
from tests.ui.axe import findings

SCREENS = ("campaigns", "campaign", "campaign_groups", "campaign_money", "campaign_returns",
           "campaign_results")  # fmt: skip


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Six to be visited, one of whom nothing is known; a worker and a supervisor."""
    workbook._today = BEGIN
    veterans(workbook, 4, community="芦淞社区", address="芦淞社区3栋201")
    a_person(workbook, category="surviving_spouse")
    a_person(workbook, category=None)
    a_worker(workbook, "工作员甲")
    a_worker(workbook, "负责人乙", "supervisor")
    return workbook


def shown(book: Workbook, route: str, audience: str = "supervisor", **params: object) -> Shell:
    return Shell(book, audience, Place(route, {k: str(v) for k, v in params.items()}))


def given_out(book: Workbook) -> int:
    """Give a campaign with one delegation, whose visits are tasks."""
    campaign = a_campaign(book)
    a_delegation(book, campaign, "区委", staff=1)
    book.delegations.propose(campaign)
    book.campaigns.give_out(campaign)
    return campaign


def test_next_campaign_is_offered_and_opens_when_it_is_begun(office: Workbook) -> None:
    shell = shown(office, "campaigns")
    assert "春节" in shell.screen.coming.html
    shell.screen.coming.click("begin", code="spring_festival", period=FESTIVAL)
    assert shell.place.route == "campaign"
    assert "4" in shell.screen.segments.html


def test_counts_of_a_segment_open_its_people_also_those_not_known(office: Workbook) -> None:
    screen = shown(office, "campaign", id=a_campaign(office, frozen=False)).screen
    screen.segments.click("people", segment="veterans", unknown=False)
    assert screen.table.view["page"]["matching"] == 4
    screen.segments.click("people", segment="veterans", unknown=True)
    assert screen.table.view["page"]["matching"] == 1


def test_whoever_may_belong_further_up_is_not_said_to_be_known(office: Workbook) -> None:
    doubtful = a_person(office, category="retired")  # of whom no hardship is known
    target = office.campaigns.target(a_campaign(office, frozen=False))
    mine = next(one for one in target.claims if one.person_id == doubtful)
    assert mine.segment is not None and mine.unknown
    sure = [one.person_id for one in target.claims if one.unknown]
    assert target.doubtful == len(sure)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", ["draft", "frozen", "given"])
def test_every_part_of_a_campaign_stands_in_both_languages(
    office: Workbook, state: str, language: str
) -> None:
    campaign = (
        given_out(office) if state == "given" else a_campaign(office, frozen=state != "draft")
    )
    use_language(language)
    for route in SCREENS:
        screen = shown(office, route, id=campaign).screen if route != "campaigns" else shown(
            office, route
        ).screen  # fmt: skip
        assert screen.title
        for name in ("figures", "segments", "groups", "parts", "lines", "coming"):
            panel = getattr(screen, name, None)
            if hasattr(panel, "html"):
                assert not re.search(r"\{[a-z_]+\}", panel.html)


def test_every_amount_of_a_campaign_opens_exactly_its_rows(office: Workbook) -> None:
    campaign = a_campaign(office)
    budget = a_fund(office, 1_000_000)
    made = office.campaign_gifts.propose(campaign, budget)
    office.payments.cancel(made[:1], reason="误提")
    taken_off = office.payments.list(campaign_id=campaign)[0].person_id
    office.campaigns.leave_out(campaign, [taken_off], "婉拒")
    offered = re.findall(
        r'data-action="money" data-args="([^"]*)"[^>]*>([^<]*)<',
        shown(office, "campaign_results", id=campaign).screen.parts.html,
    )
    assert len(offered) >= 5  # a line, what is beside it, and altogether
    for told, amount in offered:
        shell = shown(office, "campaign_results", id=campaign)
        shell.screen.parts.click("money", **json.loads(html.unescape(told)))
        assert shell.place.route == "campaign_money"
        assert sum(map(fen_of, amounts_in(shell))) == fen_of(amount), told


def test_every_count_of_gifts_opens_exactly_its_rows(office: Workbook) -> None:
    campaign = a_campaign(office)
    made = office.campaign_gifts.propose(campaign, a_fund(office, 1_000_000))
    office.payments.cancel(made[:1], reason="误提")
    screen = shown(office, "campaign_money", id=campaign).screen
    offered = re.findall(r'data-action="rows" data-args="([^"]*)"[^>]*>(\d+)<', screen.lines.html)
    assert {"listed", "given", "missing"} <= {
        json.loads(html.unescape(told))["state"] for told, _n in offered
    }
    for told, n in offered:
        screen.lines.click("rows", **json.loads(html.unescape(told)))
        assert screen.table.view["page"]["matching"] == int(n)
    screen.which.click("rows")
    assert screen.table.view["page"]["matching"] == len(made)


def fen_of(amount: str) -> int:
    return round(100 * float(re.sub(r"[^\d.]", "", amount)))


def amounts_in(shell: Shell) -> list[str]:
    return [str(one["amount"]) for one in shell.screen.table.source(Query(limit=1_000)).rows]


def test_freezing_handing_out_and_taking_back_is_one_press_each(office: Workbook) -> None:
    campaign = a_campaign(office, frozen=False)
    screen = shown(office, "campaign", id=campaign).screen
    screen.freeze()
    assert screen.shown.line.state == "frozen"
    screen.give_out()
    assert screen.shown.line.state == "given"
    screen.give_back()
    screen.thaw()
    assert screen.shown.line.state == "draft"


def test_segment_is_changed_in_the_words_of_the_rules(office: Workbook) -> None:
    screen = shown(office, "campaign", id=a_campaign(office, frozen=False)).screen
    screen.edit("veterans")
    assert "离休" in str(screen.fields["when"].entry)
    screen.fields["when"].entry = "类别 = 遗属"
    screen.save_segment()
    assert len(screen.target.of("veterans")) == 1
    screen.edit("")
    screen.fields["name"].entry = "全部离休"
    screen.fields["when"].entry = "类别 = 离休"
    screen.fields["by"].entry = "delegation"
    screen.save_segment()
    assert screen.target.segments[-1].people == 4
    screen.drop_segment("veterans")
    assert "veterans" not in {one.code for one in screen.shown.terms.segments}


def test_leaders_and_outings_are_read_as_people_write_them() -> None:
    assert [(one.name, one.rank) for one in leaders_from("王主任 正局级\n李某，副处")] == [
        ("王主任", "bureau_head"), ("李某", "county_deputy")]  # fmt: skip
    (one,) = slots_from("2月3日 8:30-12:00 6户", date(2026, 1, 28))
    assert (one.on_day, one.begins, one.ends, one.capacity) == (date(2026, 2, 3), 510, 720, 6)
    for bad in ("2月3日 6", "2月30日 8:30-12:00 6", "明天大概"):
        with pytest.raises(InvalidEntry):
            slots_from(bad, date(2026, 1, 28))
    with pytest.raises(InvalidEntry, match="级别"):
        leaders_from("王主任 大将军")


def test_delegation_is_entered_proposed_and_a_visit_moved(office: Workbook) -> None:
    campaign = a_campaign(office)
    screen = shown(office, "campaign_groups", id=campaign).screen
    screen.add()
    screen.fields["name"].entry = "区委"
    screen.fields["leaders"].entry = "王主任 正局级"
    screen.fields["staff"].put(Hit("1", "工作员甲"))
    screen.fields["slots"].entry = "2026-02-03 8:30-12:00 2\n2026-02-04 8:30-12:00 5"
    screen.save()
    screen.propose()
    assert len(screen.unplaced) == 0
    person = screen.delegations[0].slots[0].stops[0][0]
    screen.choose(person)
    other = screen.delegations[0].slots[1].slot_id
    screen.place(other)
    assert screen.people[person].slot_id == other
    assert "锁定" in screen.groups.html
    screen.unplace()
    assert [one.person_id for one in screen.unplaced] == [person]
    screen.tell_why(person)
    screen.edit(screen.delegations[0].delegation_id)
    assert "2026-02-04 08:30-12:00 5" in str(screen.fields["slots"].entry)


def test_sheet_has_a_page_an_outing_with_what_to_know_before_the_door(office: Workbook) -> None:
    given_out(office)
    screen = shown(office, "campaign_sheet", delegation=1).screen
    assert screen.sheets.html.count("<article") == 1
    assert "芦淞社区3栋201" in screen.sheets.html
    assert len(screen.reads) == 4


def test_sheet_says_what_is_handed_over_once_it_is_approved(office: Workbook) -> None:
    campaign = given_out(office)
    proposed = office.campaign_gifts.propose(campaign, a_fund(office, 1_000_000))
    screen = shown(office, "campaign_sheet", delegation=1).screen
    assert "元，待批准" in screen.sheets.html
    acts_as(office, "supervisor")
    office.payments.approve(proposed)
    html_ = shown(office, "campaign_sheet", delegation=1).screen.sheets.html
    assert "待批准" not in html_ and "已交" in html_


def test_round_is_written_down_stop_by_stop_and_taken_back(office: Workbook) -> None:
    campaign = given_out(office)
    office._today = FIRST_DAY
    slot = office.delegations.of(campaign)[0].slots[0].slot_id
    shell = shown(office, "campaign_visit", slot=slot)
    screen = shell.screen
    one, other = (stop.line.person_id for stop in screen.open_stops[:2])
    screen.fields[f"outcome_{one}"].entry = "reached"
    screen.fields[f"outcome_{other}"].entry = "not_reached"
    screen.fields[f"why_{other}"].entry = "nobody_home"
    screen.save()
    results = office.campaigns.results(campaign)
    assert (results[one].state, results[other].state) == ("met", "not_met")
    report = shown(office, "campaign_results", id=campaign).screen
    report.figures.click("rows", state="done", part="")
    assert report.table.view["page"]["matching"] == 1
    report.figures.click("rows", state="not_met", part="")
    assert report.table.view["page"]["matching"] == 1


def test_every_figure_of_the_report_opens_exactly_its_rows(office: Workbook) -> None:
    campaign = given_out(office)
    screen = shown(office, "campaign_results", id=campaign).screen
    for state, part, count in re.findall(
        r'data-args="\{&quot;state&quot;: ?&quot;(\w+)&quot;, ?&quot;part&quot;: ?&quot;([\w:]+)'
        r'&quot;\}"[^>]*>(\d+)<', screen.parts.html,
    ):  # fmt: skip
        assert len(screen.rows_of(state, part)) == int(count)
    sheets = load_workbook(io.BytesIO(screen.excel().content))
    rows = sheets.get_sheet_by_index(1).to_python()
    assert len(rows) == 3 + len(screen.people)


def test_worker_finds_the_outing_on_the_page_of_the_day(office: Workbook) -> None:
    given_out(office)
    office._today = FIRST_DAY
    office.act_as("caseworker-工作员甲")
    screen = shown(office, "my_day", "caseworker").screen
    assert "区委" in screen.outings.html
    assert "登记走访结果" in screen.outings.html


def test_supervisor_goes_from_the_calendar_to_a_round_that_is_written_down(
    office: Workbook, page: Page, open_page, visit
) -> None:
    supervisor = {"audience": "supervisor", "login": "supervisor-负责人乙"}
    visit(page, "#/campaigns", day=BEGIN.isoformat(), **supervisor)
    page.get_by_role("button", name="建立活动").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("春节走访慰问")
    assert findings(page) == []
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toasts")).to_contain_text("名单已确定")
    page.get_by_role("button", name="走访分组").click()
    page.get_by_role("button", name="增加走访组").click()
    page.get_by_label("走访组名称").fill("区委")
    page.get_by_label("带队领导", exact=False).first.fill("王主任 正局级")
    page.get_by_label("走访时段", exact=False).first.fill("2026-02-03 8:30-12:00 5")
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-outing")).to_have_count(1)
    page.get_by_role("button", name="自动分组").click()
    expect(page.locator(".cw-stop")).to_have_count(4)
    assert findings(page) == []
    page.get_by_role("button", name="走访对象").click()
    page.get_by_role("button", name="下达走访任务").click()
    expect(page.locator(".cw-toasts")).to_contain_text("走访任务")
    phone = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    visit(phone, "#/campaign_visit?slot=1", day=FIRST_DAY.isoformat(), **supervisor)
    phone.locator("input[value=reached]").first.check()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="保存走访结果").click()
    expect(phone.locator(".cw-toasts")).to_contain_text("已登记 1 户")


def test_closing_with_people_not_visited_is_asked_about_first(office: Workbook) -> None:
    campaign = given_out(office)
    for day, words in (
        (BEGIN, "才开始"),
        (FIRST_DAY, "才截止"),
        (date(2026, 4, 1), "人没有走访到"),
    ):
        office._today = day
        screen = shown(office, "campaign_results", id=campaign).screen
        screen.ask_to_close()
        assert words in screen.warned.html
        assert "5 人" in screen.warned.html
        assert office.campaigns.show(campaign).line.state != "closed"
    screen.close_it()
    assert not screen.warned.html
    assert office.campaigns.show(campaign).line.state == "closed"


def test_closing_a_campaign_whose_people_are_all_visited_asks_nothing(office: Workbook) -> None:
    campaign = given_out(office)
    people = [one.person_id for one in office.campaigns.people(campaign)]
    office.campaigns.leave_out(campaign, people, "不办了")
    shown(office, "campaign_results", id=campaign).screen.ask_to_close()
    assert office.campaigns.show(campaign).line.state == "closed"
