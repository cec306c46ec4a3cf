"""Issues, caseloads, plan sheets and the aims of a plan, without a browser and in one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from casework.records import CareTeamMember, Case, Person, Staff
from casework.records.base import now
from casework.terms import speaking
from casework.ui import Shell
from casework.ui.sheets import is_full
from casework.ui.theme import theme_css
from casework.ui.widgets import Place
from casework.workbook.finding import refresh_search
from casework.workbook.issues import IssueEntry
from casework.workbook.plan_sheets import plan_sheets
from tests.conftest import TODAY
from tests.test_plans import now_is

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def office(workbook):
    """Two caseworkers, a supervisor, and two people with plans by the rules."""
    with workbook.transaction() as session:
        for login, name, role in (
            ("worker", "工作员甲", "caseworker"),
            ("other", "工作员丙", "caseworker"),
            ("chief", "负责人乙", "supervisor"),
        ):
            session.add(Staff(login=login, name=name, role=role))
        session.flush()
        for name, initials in (("郑明远", "zmy"), ("陆景行", "ljx")):
            person = Person(name=name, sex="1", name_initials=initials, name_pinyin=initials)
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            told = {"recorded_at": now(), "recorded_by": "test"}
            session.add(CareTeamMember(person_id=person.id, role="caseworker", staff_id=1, **told))
        refresh_search(session)
    for person in (1, 2):
        for code, value in (("category", "离休"), ("living", "独居"), ("health", "一般")):
            workbook.people.record_fact(person, code, value, source="花名册")
    workbook.plans.compile()
    return workbook


def shown(workbook, route, **params):
    return Shell(workbook, "supervisor", Place(route, {k: str(v) for k, v in params.items()}))


def an_issue(book, **more):
    entry = {"title": "楼道灯不亮", "kind": "housing", "source": "phone", "person_id": 1} | more
    return book.issues.report(IssueEntry(**entry))


# --- issues -------------------------------------------------------------------------------------


def test_issue_is_written_down_and_taken_back(office):
    shell = shown(office, "issues")
    form = shell.screen
    form.add()
    form.form["title"].entry = "报销单据退回两次"
    for name, value in (("kind", "medical"), ("source", "phone"), ("severity", "high")):
        form.form[name].put(value)
    form.save()
    assert shell.place.route == "issue"
    (row,) = office.issues.list()
    assert (row.title, row.days_left, row.owner) == ("报销单据退回两次", 3, "负责人乙")
    shell.toasts.undo()
    assert office.issues.list() == []


def test_issue_goes_on_from_its_screen(office):
    number = an_issue(office)
    screen = shown(office, "issue", id=number).screen
    screen.next_stage()
    assert office.issues.view(number).row.stage == "communicate"
    screen.stages.click("to", stage="contact")
    screen.form["note"].entry = "本人改口，重新了解"
    screen.save.click()
    assert office.issues.view(number).row.stage == "contact"
    screen.settle()
    screen.form["outcome"].put("resolved")
    screen.form["note"].entry = "物业已换灯"
    screen.save.click()
    screen.reply()
    screen.form["note"].entry = "已电话告知"
    screen.save.click()
    assert office.issues.view(number).row.status == "closed"
    assert "物业已换灯" in screen.steps.html


def test_last_day_of_an_issue_and_its_first_in_a_stage_are_called_today(office):
    number = an_issue(office, severity="high")
    now_is(office, office.issues.view(number).row.due_on)
    office.issues.move(number)
    told = shown(office, "issue", id=number).screen.stages.html
    assert "今天到期" in told and "今天进入本环节" in told and "0 天" not in told


@LANGUAGES
def test_issues_speak_both_languages(office, language):
    number = an_issue(office, severity="high")
    now_is(office, TODAY + timedelta(days=9))
    shell = shown(office, "issues")
    shell.speak(language)
    assert ("over their time" in shell.screen.tabs.html) == (language == "en")
    assert any("楼道灯不亮" in str(row) for row in shell.screen.table.texts())
    shell.go("issue", id=number)
    assert ("days overdue" in shell.screen.stages.html) == (language == "en")


def test_list_of_issues_shows_a_stage_and_counts_all(office):
    an_issue(office)
    office.issues.move(an_issue(office, title="想学书法"))
    screen = shown(office, "issues", stage="communicate").screen
    assert len(screen.table.texts()) == 1
    # All open, the five stages, closed ones, and of those who need help outside.
    assert re.findall(r"<b>(\d)</b>", screen.tabs.html) == ["2", "1", "1", *"00000"]


# --- caseloads ----------------------------------------------------------------------------------


def test_caseload_is_previewed_handed_over_and_taken_back(office):
    shell = shown(office, "caseloads", staff=1)
    screen = shell.screen
    screen.to.put(["2"])
    screen.preview()
    assert "接手 2 人" in screen.shares.html
    screen.leaves.put("yes")
    screen.reason.entry = "退休"
    screen.hand_over()
    loads = {one.staff_id: one.people for one in office.caseloads.loads()}
    assert (loads[1], loads[2]) == (0, 2)
    assert "退休" in screen.past.html
    shell.toasts.undo()
    assert {one.staff_id: one.people for one in office.caseloads.loads()}[1] == 2


# --- what a plan is for -------------------------------------------------------------------------


def test_need_is_answered_and_a_goal_set_on_the_plan(office):
    need = office.needs.raise_need(1, "companionship", "常感孤单", "medium")
    screen = shown(office, "plan", person=1).screen
    assert "没有安排" in screen.aims.panel.html
    screen.aims.panel.click("link", need=need)
    screen.aims.form["item"].put(screen.version.lines[0].key)
    screen.aims.save.click()
    assert [one.answered for one in office.plans.needs(1)] == ["item"]
    screen.aims.set_goal()
    for name, value in (("title", "多出门"), ("domain", "care"), ("unit", "次/周")):
        screen.aims.form[name].put(value)
    screen.aims.form["baseline"].entry = "1"
    screen.aims.form["target"].entry = "3"
    screen.aims.save.click()
    (goal,) = office.goals.of_person(1)
    assert (goal.baseline, goal.target) == (1, 3) and "多出门" in screen.aims.panel.html


def test_needs_that_nothing_answers_are_settled_in_one_form_when_a_plan_is_submitted(office):
    by_item = office.needs.raise_need(1, "care", "夜间翻身", "high")
    put_off = office.needs.raise_need(1, "learning", "想写回忆录", "low")
    office.plans.draft(1)
    plan = shown(office, "plan", person=1).screen
    assert "前须有结果" in plan.aims.panel.html
    plan.submit()
    assert plan.version.state == "draft"
    key = next(one.key for one in plan.version.lines)
    plan.aims.form[f"how_{by_item}"].put(f"item:{key}")
    plan.aims.form[f"how_{put_off}"].put("deferred")
    plan.aims.save.click()
    assert office.plans.version(plan.version.plan_id).state == "draft", "a reason is missing"
    assert [one.id for one in office.plans.bare_needs(plan.version.plan_id)] == [by_item, put_off]
    plan.aims.form[f"why_{put_off}"].entry = "等子女回来一起商量"
    plan.aims.save.click()
    assert office.plans.version(plan.version.plan_id).state == "submitted"
    told = {one.need.id: one.answered for one in office.plans.needs(1)}
    assert told == {by_item: "item", put_off: "reason"}


def test_item_says_how_much_and_who_carries_it(office):
    screen = shown(office, "plan", person=1).screen
    screen.add()
    screen.fields["service"].put("visit")
    for name, value in (("times", "2"), ("amount", "3"), ("reason", "腿脚不便")):
        screen.fields[name].entry = value
    screen.fields["per"].put("week")
    screen.fields["unit"].put("hour")
    screen.fields["lead"].put(["community"])
    screen.save_item()
    line = next(one for one in screen.version.lines if one.origin == "manual")
    assert (line.amount, line.unit, line.responsible) == (3, "hour", {"community": "lead"})
    assert "每次" in screen.items.html and "主办" in screen.items.html


# --- on paper -----------------------------------------------------------------------------------


@LANGUAGES
def test_every_sheet_is_one_page_of_a4(office, page, language):
    for n in range(9):
        office.needs.raise_need(1, "care", f"需要第 {n} 种照料，且说明较长一些", "medium")
    office.needs.record_wish(1, "想回老部队看看")
    shell = shown(office, "plan_sheet", staff=1)
    shell.speak(language)
    screen = shell.screen
    assert len(screen.person_ids) == 2
    page.set_content(
        f"<style>{theme_css()}</style><body class=cw><div class='cw cw-main'><div class='cw-screen "
        f"cw-printing'><div>{screen.header.html}</div><div>{screen.ways.html}</div>"
        f"<div>{screen.sheets.html}</div></div></div></body>"
    )
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    boxes = {tuple(map(float, box.split())) for box in re.findall(
        rb"/MediaBox\s*\[([\d. ]+)\]", printed)}  # fmt: skip
    assert all(round(box[2]) in (595, 596) and round(box[3]) in (841, 842) for box in boxes)


@LANGUAGES
def test_longest_plan_of_the_demo_is_one_page_of_a4_too(office, page, language):
    for n in range(11):
        office.needs.raise_need(1, "care", f"需要第 {n} 种照料", "medium")
    with speaking(language):
        (sheet,) = plan_sheets(office, [1], TODAY)
        lines = (sheet.plan.lines * 27)[:27]
        full = replace(sheet, plan=replace(sheet.plan, lines=lines))
        assert is_full(full, office.agency) and not is_full(sheet, office.agency)
        shell = shown(office, "plan_sheet", person=1)
        shell.screen.show([full])
    page.set_content(
        f"<style>{theme_css()}</style><body class=cw><div class='cw cw-main'><div class='cw-screen "
        f"cw-printing'><div></div><div>{shell.screen.ways.html}</div>"
        f"<div>{shell.screen.sheets.html}</div></div></div></body>"
    )
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


@LANGUAGES
def test_much_and_long_text_is_one_page_of_a4_too(office, page, language):
    """Twenty needs, a wish of 1,500 characters, and plans from one service to thirty."""
    for n in range(20):
        office.needs.raise_need(1, "care", f"需要第 {n} 种照料，" + "说明写得很长" * (n % 9), "low")
    office.needs.record_wish(1, "想回老部队看看" * 200)
    with speaking(language):
        (sheet,) = plan_sheets(office, [1], TODAY)
        for n_lines in (0, 1, 6, 12, 18, 24, 30):
            lines = (sheet.plan.lines * 30)[:n_lines]
            shell = shown(office, "plan_sheet", person=1)
            shell.screen.show([replace(sheet, plan=replace(sheet.plan, lines=lines))])
            page.set_content(
                f"<style>{theme_css()}</style><body class=cw><div class='cw cw-main'><div "
                f"class='cw-screen cw-printing'><div></div><div>{shell.screen.ways.html}</div>"
                f"<div>{shell.screen.sheets.html}</div></div></div></body>"
            )
            printed = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, n_lines


def test_sheet_leaves_out_the_mildest_and_says_how_many(office):
    """What must not wait stands first, though something answers it and mild needs are bare."""
    for n in range(40):
        office.needs.raise_need(1, "care", f"小事第 {n} 件", "low")
    office.needs.raise_need(1, "safety", "夜里没人照看", "high")
    written = shown(office, "plan_sheet", person=1).screen.sheets.html.partition("<ol>")[2]
    assert written.startswith("<li>夜里没人照看")
    left = re.search(r"其余 (\d+) 项见本人档案", written)
    assert left and int(left[1]) + written.count("小事第") + 1 >= 41


def test_wish_that_became_a_need_stands_on_the_sheet_once(office):
    wish = office.needs.record_wish(1, "想学用手机挂号")
    office.needs.need_from_wish(wish, "learning", "low")
    assert shown(office, "plan_sheet", person=1).screen.sheets.html.count("想学用手机挂号") == 1


def test_sheet_says_what_is_not_known_and_what_nothing_answers(office):
    office.needs.raise_need(1, "care", "需要助餐", "high")
    screen = shown(office, "plan_sheet", person=1).screen
    assert "待摸清" in screen.sheets.html and "尚未安排" in screen.sheets.html
    assert shown(office, "plan_sheet").screen is not None  # nobody chosen: said, not failed


# --- in a browser -------------------------------------------------------------------------------


def test_issue_is_followed_to_its_answer_on_a_phone(office, phone, visit):
    visit(phone, "#/issues", login="worker")
    phone.get_by_role("button", name="登记诉求").click()
    phone.get_by_label("反映的问题").fill("楼道灯不亮")
    phone.get_by_label("类别").select_option(label="住房设施")
    phone.get_by_label("来源").select_option(label="来电反映")
    phone.get_by_role("radio", name="紧急", exact=True).check()
    phone.get_by_role("button", name="确认登记").click()
    expect(phone.get_by_role("heading", name="楼道灯不亮")).to_be_visible()
    phone.get_by_role("button", name="转入“沟通”").click()
    expect(phone.locator(".cw-step-here")).to_contain_text("沟通")
    phone.get_by_role("button", name="办结").click()
    phone.get_by_role("radio", name="已解决", exact=True).check()
    phone.get_by_label("办理结果说明").fill("物业已换灯")
    phone.keyboard.press("Control+s")
    phone.get_by_role("button", name="答复").click()
    phone.get_by_label("怎样告知").fill("已电话告知")
    phone.keyboard.press("Control+s")
    expect(phone.get_by_text("天办结并答复")).to_be_visible()
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert office.issues.list() == []
