"""Plans and the day in a real browser: changed, submitted, approved; on a desk and on a phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from casework.records import CareTeamMember, Case, Person, Staff, Task
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.days import TaskList
from casework.workbook.finding import refresh_search
from tests.conftest import TODAY


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Fill the workbook with a caseworker, a supervisor, and two people with plans by the rules."""
    told = {"recorded_at": now(), "recorded_by": "test"}
    with workbook.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
        session.add(Staff(login="chief", name="负责人乙", role="supervisor"))
        session.flush()
        for name, initials in (("郑明远", "zmy"), ("陆景行", "ljx")):
            person = Person(name=name, sex="1", name_initials=initials, name_pinyin=initials)
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            session.add(CareTeamMember(person_id=person.id, role="caseworker", staff_id=1, **told))
        refresh_search(session)
    known = {"category": "离休", "living": "独居", "health": "一般", "community": "芦淞社区"}
    for person in (1, 2):
        for code, value in known.items():
            workbook.people.record_fact(person, code, value, source="花名册")
    workbook.plans.compile()
    return workbook


def narrow_enough(page: Page) -> bool:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= page.viewport_size["width"]


def test_plan_is_changed_submitted_and_approved(office, page, open_page, visit):
    visit(page, "#/plan?person=1", login="worker")
    expect(page.get_by_role("heading", name="为本人安排的服务")).to_be_visible()
    item = page.locator(".cw-duty").filter(has_text="每月").filter(has_text="次").first
    title = item.get_by_role("heading").inner_text()
    item.get_by_role("button", name="更改").click()
    page.get_by_label("次数", exact=True).fill("2")
    page.get_by_role("radio", name="周", exact=True).check()
    page.get_by_label("理由").fill("刚出院，需要多看望")
    page.keyboard.press("Control+s")
    changed = page.locator(".cw-duty").filter(has_text=title)
    expect(changed).to_contain_text("刚出院")
    expect(page.locator(".cw-beside")).to_contain_text("与第 1 版的不同")
    page.get_by_role("button", name="提交审批").click()
    expect(page.locator(".cw-about")).to_contain_text("待审批")
    chief = visit(open_page(), "#/review", audience="supervisor", login="chief")
    chief.get_by_role("row", name=re.compile("郑明远")).get_by_text("郑明远").click()
    expect(chief.locator(".cw-beside")).to_contain_text("刚出院")
    chief.get_by_role("button", name="批准方案").click()
    expect(chief.locator(".cw-about")).to_contain_text("批准人：负责人乙")
    in_force = office.plans.in_force(1)
    assert in_force is not None and in_force.version == 2
    assert [one.timing["quota"] for one in in_force.lines if one.state == "changed"] == [
        {"times": 2, "per": "week"}
    ]


def test_several_plans_are_approved_together(office, page, visit):
    for person in (1, 2):
        draft = office.plans.draft(person)
        office.plans.decline(draft.plan_id, draft.lines[0].key, reason="本人不愿意")
        office.plans.submit(draft.plan_id)
    visit(page, "#/review", audience="supervisor", login="chief")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="批准所选").click()
    expect(page.locator(".cw-toast")).to_contain_text("已批准 2 份方案")
    expect(page.get_by_text("没有待审批的方案")).to_be_visible()


def test_plan_on_a_phone_fits_and_its_editor_comes_up_from_below(office, phone, visit):
    visit(phone, "#/plan?person=1", login="worker")
    expect(phone.get_by_role("heading", name="为本人安排的服务")).to_be_visible()
    assert narrow_enough(phone)
    phone.locator(".cw-duty").first.get_by_role("button", name="不采用").tap()
    expect(phone.get_by_label("理由")).to_be_in_viewport()
    phone.get_by_label("理由").fill("本人不愿意")
    phone.get_by_role("button", name="不采用").last.tap()
    expect(phone.locator(".cw-duty-declined")).to_contain_text("本人不愿意")
    assert narrow_enough(phone)


def test_day_leads_to_one_contact_for_several_tasks(office, page, visit):
    visit(page, "", login="worker")
    expect(page.get_by_role("heading", name="我的一天")).to_be_visible()
    rows = page.locator("tbody tr")
    expect(rows.first).to_be_visible()
    clause = rows.first.get_by_text(re.compile("《.+》")).first
    expect(clause).not_to_be_visible()
    rows.first.get_by_text("为什么？").click()
    expect(clause).to_be_visible()  # and the row was not opened by it
    page.get_by_role("button", name=re.compile("^全部 ")).click()
    page.get_by_placeholder("姓名、首字母、地点或任务").fill("电话")
    expect(page.locator(".cw-count")).to_contain_text("2 人")
    expect(rows.first).to_contain_text("电话")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="一并登记联系").click()
    expect(page.locator(".cw-chosen").first).to_contain_text("郑明远")
    expect(page.locator(".cw-chosen").first).to_contain_text("陆景行")
    page.get_by_role("radio", name="电话慰问").check()
    expect(page.get_by_role("checkbox", checked=True).first).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toast")).to_contain_text("2 人")
    assert office.contacts.counts(office.today, office.today)[0].persons == 2


def test_tasks_are_excused_with_a_reason_and_the_excuse_is_taken_back(office, page, visit):
    visit(page, "#/my_day?span=all", login="worker")
    before = office.days.stock().count()
    (person,) = office.days.people(TaskList(limit=1))
    n = sum(len(one.task_ids) for one in person.series)
    page.locator("tbody tr").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="说明原因免办").click()
    page.get_by_role("radio", name="正在住院").check()
    page.get_by_label("补充说明").fill("下月出院")
    page.keyboard.press("Control+s")
    toast = page.locator(".cw-toast")
    expect(toast).to_contain_text(f"已免办 {n} 项任务")
    assert office.tasks.count()["excused"] == n
    excused = office.tasks.list("all", statuses=["excused"])
    assert {one.reason for one in excused} == {"正在住院：下月出院"}
    toast.get_by_role("button", name="撤销").click()
    expect(page.locator(".cw-tab-all")).to_contain_text(str(before))
    assert office.tasks.count()["excused"] == 0


def test_tasks_are_handed_over_and_taken_back(office, page, visit):
    visit(page, "#/my_day?span=all", login="worker")
    mine = set(office.days.ids(TaskList(everybody=True)))
    page.get_by_label("选择本页").check()
    page.get_by_role("button", name="移交", exact=True).click()
    page.get_by_label("移交给").select_option(label="负责人乙")
    page.get_by_role("button", name="移交这些任务").click()
    toast = page.locator(".cw-toast")
    expect(toast).to_contain_text("移交给负责人乙")
    assert office.tasks.owners(mine).keys() == {2}
    toast.get_by_role("button", name="撤销").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert 2 not in office.tasks.owners(mine)


def test_missed_windows_are_one_line_that_one_contact_settles(office, page, visit):
    with office.transaction() as session:
        missed = [
            Task(
                person_id=1,
                item_key="rule:phone_monthly",
                period=f"old-{n}",
                service="call",
                title="每月电话问候",
                channels=["phone"],
                opens_on=TODAY - timedelta(days=40 + 30 * n),
                due_on=TODAY - timedelta(days=35 + 30 * n),
                in_force_from=TODAY - timedelta(days=900),
                owner_id=1,
                made_at=now(),
            )
            for n in range(5)
        ]
        session.add_all(missed)
        session.flush()
        ids = [one.id for one in missed]
    visit(page, "", login="worker")
    page.get_by_role("button", name=re.compile("逾期")).click()
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("5 次中错过 5 次")
    row.click()
    page.get_by_role("radio", name="电话慰问").check()
    expect(page.locator(".cw-missed")).to_contain_text("此前还错过了 5 次")
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toast")).to_contain_text("此前错过的 5 次已一并了结")
    settled = {one.task_id for one in office.tasks.list("all", statuses=["excused"])}
    assert settled == set(ids)


def test_whoever_sits_here_says_once_who_it_is(office, page, visit):
    visit(page, "")
    page.get_by_role("button", name="选择您的名字").click()
    page.get_by_role("button", name="工作员甲").click()
    expect(page.locator(".cw-actor-name")).to_have_text("工作员甲")
    assert {"casework_acting": "worker"}.items() <= {
        one["name"]: one["value"] for one in page.context.cookies()
    }.items()


def test_day_fits_a_phone_and_says_so_when_there_is_nothing_to_do(office, phone, visit):
    visit(phone, "", login="worker")
    expect(phone.locator("tbody tr").first).to_be_visible()
    assert narrow_enough(phone)
    phone.get_by_role("button", name=re.compile("逾期")).tap()
    expect(phone.get_by_text("这里没有要办的事")).to_be_visible()
    assert narrow_enough(phone)


def test_day_and_plan_speak_english(office, page, visit):
    visit(page, "#/plan?person=1", login="worker", language="en")
    expect(page.get_by_role("heading", name="What we do for this person")).to_be_visible()
    expect(page.locator(".cw-duty").first).to_contain_text("Because")
    page.get_by_role("button", name="My day").click()
    expect(page.get_by_role("heading", name="My day")).to_be_visible()
    expect(page.locator(".cw-tabs")).to_contain_text("Overdue")
