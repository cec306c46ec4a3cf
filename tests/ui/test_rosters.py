"""The screens of rosters: looked at, changed, published, printed; without a browser and in one."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from casework.errors import InvalidEntry
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.screens.roster import VIEWS
from casework.ui.widgets import BadMessage, Place
from casework.workbook import Workbook
from tests.test_plans import now_is
from tests.test_rosters import FRIDAY, MONDAY, MOVES, a_visit, a_worker, some_people
from tests.ui.axe import findings


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Two who visit, five to be visited, one of them by nobody who is there."""
    a_worker(workbook, "工作员甲", sex="1")
    a_worker(workbook, "工作员丙", sex="1")
    a_worker(workbook, "负责人乙", "supervisor")
    for person in some_people(workbook, 5, community="芦淞社区"):
        a_visit(workbook, person)
    (nobody,) = some_people(workbook, 1, visitor_sex="2")
    a_visit(workbook, nobody)
    return workbook


def shown(book: Workbook, route: str, **params: object) -> Shell:
    return Shell(book, "supervisor", Place(route, {k: str(v) for k, v in params.items()}))


def a_roster(book: Workbook) -> int:
    return book.rosters.propose(MONDAY, moves=MOVES)


def test_what_there_is_to_visit_is_told_before_anything_is_searched(office: Workbook) -> None:
    screen = shown(office, "rosters", first=MONDAY).screen
    assert "6" in screen.there.html
    assert "没有人登记过" not in screen.there.html
    screen.first.entry = "不是日期"
    screen.days.entry = "99"
    screen.tell_what_there_is()
    assert office.rosters.recent() == []


def test_proposal_opens_by_itself(office: Workbook) -> None:
    shell = shown(office, "rosters", first=MONDAY)
    shell.screen.propose()
    assert shell.place.route == "roster"
    assert [one.state for one in office.rosters.recent()] == ["draft"]
    assert "工作员甲" in shell.screen.main.html


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_a_roster_stands_in_both_languages(
    office: Workbook, view: str, language: str
) -> None:
    first = a_roster(office)
    second = office.rosters.propose(based_on=first, moves=MOVES)
    use_language(language)
    screen = shown(office, "roster", id=second, view=view).screen
    assert screen.main.html
    assert "{" not in screen.main.html.replace("{&quot;", "")


def test_visit_that_could_not_be_placed_says_what_stands_in_its_way(office: Workbook) -> None:
    screen = shown(office, "roster", id=a_roster(office), view="left").screen
    left = next(one for one in screen.shown.entries if one.day is None)
    screen.main.click("why", task=left.task_ids[0])
    assert "受限于" in screen.main.html
    assert "性别" in screen.main.html


def test_visit_is_moved_to_a_place_that_was_offered_and_to_no_other(office: Workbook) -> None:
    screen = shown(office, "roster", id=a_roster(office)).screen
    entry = next(one for one in screen.shown.entries if one.day)
    screen.main.click("choose", task=entry.task_ids[0])
    screen.beside.click("move")
    _planned, places = screen._places
    place = next(one for one in places if screen.shown.planned.day(one.day) != entry.day)
    offered = {"day": place.day, "workers": list(place.workers), "starts": list(place.starts)}
    with pytest.raises(BadMessage):
        screen.beside.click("place", **(offered | {"starts": [600]}))
    screen.show_all_places()
    screen.beside.click("place", **offered)
    moved = office.rosters.show(screen.roster_id).entry(entry.task_ids[0])
    assert moved.is_locked
    assert moved.day != entry.day
    screen._put_back(entry.task_ids[0], entry)
    assert office.rosters.show(screen.roster_id).entry(entry.task_ids[0]) == entry


def test_visit_is_carried_to_another_lane_and_refused_with_the_reason(office: Workbook) -> None:
    screen = shown(office, "roster", id=a_roster(office)).screen
    entry = next(one for one in screen.shown.entries if one.day)
    (one,), other = entry.staff, 3 - entry.staff[0]
    what = {"task": entry.task_ids[0], "of": one}
    for staff, day in ((other, entry.day), (one, FRIDAY)):
        if f"&quot;staff&quot;: {staff}" not in screen.main.html:
            continue  # without a visit there is no lane
        screen.main.carry(what | {"of": screen.shown.entry(what["task"]).staff[0]},
                          {"staff": staff, "day": day.isoformat()})  # fmt: skip
        moved = office.rosters.show(screen.roster_id).entry(what["task"])
        assert (moved.day, moved.staff, moved.is_locked) == (day, (staff,), True)
    with pytest.raises(BadMessage):
        screen.main.carry(what, {"staff": one, "day": "2025-03-31"})
    office.staffing.wish(entry.person_id, other, False)
    with pytest.raises(InvalidEntry, match="不愿由"):
        screen.carry(what["task"], screen.shown.entry(what["task"]).staff[0], other, str(FRIDAY))
    due = office.rosters.problem(MONDAY).visits[0].tasks[0].due_on
    with pytest.raises(InvalidEntry, match="任务期限"):
        screen.carry(what["task"], screen.shown.entry(what["task"]).staff[0], one,
                     str(due + timedelta(days=1)))  # fmt: skip
    screen.publish()
    assert "data-carry" not in screen.main.html


def test_whoever_has_no_visit_has_a_lane_to_which_one_can_be_carried(office: Workbook) -> None:
    roster = a_roster(office)
    names = [f"工作员{n}" for n in range(10)]
    free = [a_worker(office, name, sex="1") for name in names]
    office.staffing.absent(free[0], MONDAY, FRIDAY, "病假")
    screen = shown(office, "roster", id=roster).screen
    assert screen.main.html.count("<tr") < 12
    screen.main.click("idle")
    lanes = screen.main.html
    assert [one for one in names if one not in lanes] == [names[0]]  # is away all week
    entry = next(one for one in screen.shown.entries if one.day)
    screen.carry(entry.task_ids[0], entry.staff[0], free[1], entry.day.isoformat())
    assert screen.shown.entry(entry.task_ids[0]).staff == (free[1],)
    office.staffing.absent(free[2], MONDAY, MONDAY, "培训")
    screen.refresh()
    assert screen.main.html.count("不上班") == 1


def test_continuity_and_fairness_are_figures_that_open_their_rows(office: Workbook) -> None:
    first = office.rosters.problem(MONDAY).visits[0]
    office.people.seat_care_team(first.person_id, "caseworker", staff_id=1)
    screen = shown(office, "roster", id=a_roster(office)).screen
    placed = [one for one in screen.shown.entries if one.day]
    known = [one for one in placed if one.person_id == first.person_id and one.staff == (1,)]
    screen.figures.click("turn", view="strangers")
    assert screen.main.html.count("<tr>") == len(placed) - len(known) + 1
    assert f"&quot;task&quot;: {known[0].task_ids[0]}}}" not in screen.main.html
    screen.figures.click("turn", view="loads")
    verdict, shares = screen.shown.verdict, screen.shown.planned.week.shares(0)
    for load, share in zip(verdict.loads, shares, strict=True):
        assert not share or f">{100 * load // share}%</td>" in screen.main.html


def test_publish_lock_and_take_back(office: Workbook) -> None:
    screen = shown(office, "roster", id=a_roster(office)).screen
    entry = next(one for one in screen.shown.entries if one.day)
    screen.choose(entry.task_ids[0])
    screen.beside.click("lock")
    screen.beside.click("cost")
    assert "保留它" in screen.costing.html  # beside the button, whatever is scrolled away
    screen.beside.click("unlock")
    screen.publish()
    assert not screen.can_change
    assert "已发布" in screen.lead
    screen.withdraw()
    assert "已撤回" in screen.lead


def test_roster_that_can_no_longer_be_made_so_says_it(office: Workbook) -> None:
    roster = a_roster(office)
    sick = next(one.staff[0] for one in office.rosters.show(roster).entries if one.day)
    office.staffing.absent(sick, MONDAY, FRIDAY, "病假")
    screen = shown(office, "roster", id=roster).screen
    assert "情况有变" in screen.notice.html
    screen.plan_anew()
    assert screen.shell.screen.view == "compare"
    assert "次走访有变动" in screen.shell.screen.main.html


def test_worker_has_a_calendar_and_day_sheets(office: Workbook) -> None:
    shell = shown(office, "roster", id=a_roster(office))
    entry = next(one for one in shell.screen.shown.entries if one.day)
    shell.screen.main.click("worker", staff=entry.staff[0])
    assert shell.screen.make_calendar().content.startswith(b"BEGIN:VCALENDAR")
    shell.screen.beside.click("sheet", staff=entry.staff[0])
    assert shell.place.route == "day_sheet"
    assert entry.name in shell.screen.sheets.html
    assert "未发布" in shell.screen.sheets.html


def test_whoever_visits_finds_the_way_of_today_and_its_sheet(office: Workbook) -> None:
    roster = a_roster(office)
    office.rosters.publish(roster)
    entry = next(one for one in office.rosters.show(roster).entries if one.day)
    office.act_as("caseworker-工作员甲" if entry.staff == (1,) else "caseworker-工作员丙")
    now_is(office, entry.day)
    shell = Shell(office, "caseworker", Place("my_day", {}))
    assert "今天按排班走访" in shell.screen.drafts.html
    shell.screen.drafts.click("sheet")
    assert entry.name in shell.screen.sheets.html
    assert "未发布" not in shell.screen.sheets.html
    assert shell.screen.make_calendar().content.count(b"BEGIN:VEVENT") >= 1


def test_absence_is_noted_and_taken_back(office: Workbook) -> None:
    screen = shown(office, "staffing", staff=1).screen
    screen.hours.entry = "周一 09:00-12:00"
    screen.save()
    screen.choose("1")
    screen.away_from.entry, screen.away_to.entry = "2025-03-10", "2025-03-11"
    screen.away_why.entry = "病假"
    screen.note_absence()
    told = {one.kind: one for one in office.staffing.terms(staff_id=1, last=date(2025, 3, 31))}
    assert told["hours"].value == "周一 09:00-12:00"
    assert (told["absent"].valid_from, told["absent"].value) == (MONDAY, "病假")
    screen.take_back(told["absent"].term_id)
    assert all(one.kind != "absent" for one in office.staffing.terms(last=date(2025, 3, 31)))


def test_wish_for_a_visitor_entered_in_the_dossier_reaches_the_roster_and_goes_back(
    office: Workbook,
) -> None:
    task = next(one for one in office.rosters.problem(MONDAY).visits)
    screen = shown(office, "person", id=task.person_id).screen
    screen.visitor()
    editor = screen.slots["care_team"].children[0]
    with pytest.raises(InvalidEntry):
        editor.save()
    for name, entry in (("staff", "1"), ("wanted", "no"), ("reason", "上次来得太早")):
        editor.fields[name].entry = entry
    editor.attempt()
    assert "上次来得太早" in screen.panels["care_team"].html
    assert "上门人选" in screen.undoing.html
    barred = office.rosters.problem(MONDAY).week.visits[0].bars
    assert [(bar.reason, bar.workers) for bar in barred] == [("unwanted", {"1"})]
    sheet = shown(office, "person_sheet", id=task.person_id).screen
    assert "不希望上门的人" in sheet.sheets.html
    screen.panels["care_team"].click("end_visitor", staff=1)
    assert office.rosters.problem(MONDAY).week.visits[0].bars == ()
    screen.undo(screen.last.change_id)
    assert office.rosters.problem(MONDAY).week.visits[0].bars == tuple(barred)


def test_hours_that_cannot_be_read_are_refused_beside_the_field(office: Workbook) -> None:
    screen = shown(office, "staffing", staff=1).screen
    screen.hours.entry = "每天早上"
    with pytest.raises(InvalidEntry) as refused:
        screen.save()
    assert refused.value.field in screen.fields


def test_team_leader_plans_moves_publishes_and_takes_back(
    office: Workbook, page: Page, open_page, visit
) -> None:
    visit(page, f"#/rosters?first={MONDAY}", audience="supervisor", login="supervisor-负责人乙")
    page.get_by_role("button", name=re.compile("生成排班建议")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("走访排班 3")
    expect(page.locator(".cw-visit")).to_have_count(5)
    assert findings(page) == []
    page.locator(".cw-visit").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cw-visit[aria-pressed=true]")).to_have_count(1)
    page.get_by_role("button", name="移动", exact=True).click()
    page.locator(".cw-place").last.click()
    expect(page.locator(".cw-visit-locked")).to_have_count(1)
    chip = page.locator(".cw-visit:not(.cw-visit-locked)").first
    chip.drag_to(page.locator(".cw-lanes tbody tr").first.locator("td").last)
    expect(page.locator(".cw-visit-locked")).to_have_count(2)
    page.get_by_role("button", name="示意图").click()
    expect(page.locator(".cw-map .cw-map-home")).to_have_count(6)
    assert findings(page) == []
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toasts")).to_contain_text("已发布：5 项任务")
    page.get_by_role("button", name="撤回排班").click()
    expect(page.locator(".cw-task")).to_contain_text("已撤回")
    phone = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    visit(phone, "#/roster?id=1", audience="supervisor", login="supervisor-负责人乙")
    expect(phone.locator(".cw-visit")).to_have_count(5)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
