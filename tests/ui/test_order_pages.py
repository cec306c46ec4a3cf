"""A service from the wish to the payment in a real browser: ordered, served, settled, approved."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from casework.records import CareTeamMember, Case, Person, Staff
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.finding import refresh_search
from casework.workbook.money import FundEntry
from casework.workbook.providers import ProviderEntry
from tests.test_money import a_standard, keep


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Fill the workbook with who orders, who settles, a person, an agreement and a budget."""
    told = {"recorded_at": now(), "recorded_by": "test"}
    with workbook.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
        session.add(Staff(login="chief", name="负责人乙", role="supervisor"))
        session.flush()
        person = Person(name="郑明远", sex="1", name_initials="zmy", name_pinyin="zmy")
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        session.add(CareTeamMember(person_id=person.id, role="caseworker", staff_id=1, **told))
        refresh_search(session)
    keep(workbook, a_standard("care", 60_000, kind="service", amount_fen=None, ceiling_fen=60_000))
    provider = workbook.providers.add(ProviderEntry("康乐家政", "company"))
    workbook.providers.agree(
        provider, "cleaning", price_fen=4_000, since=date(2025, 1, 1), until=date(2025, 12, 31)
    )
    fund = workbook.money.open_fund(FundEntry("K", "购买服务经费", "市财政", "购买服务"))
    workbook.money.set_budget(fund, 2025, 100_000)
    return workbook


def test_service_is_ordered_served_settled_and_approved(
    office: Workbook, page: Page, open_page, visit
) -> None:
    visit(page, "#/person?id=1", login="worker")
    page.get_by_role("button", name="点单", exact=True).last.click()
    page.get_by_label("服务内容").select_option("cleaning")
    page.get_by_role("button", name="下单").click()
    page.get_by_role("button", name="派单").click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".cw-steps")).to_be_visible()
    expect(page.locator(".cw-main")).to_contain_text("康乐家政")
    page.get_by_role("button", name="已完成").click()
    page.get_by_label("服务人员").fill("保洁员甲")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="向本人核实").click()
    expect(page.locator(".cw-main")).to_contain_text("待结算")
    page.get_by_role("button", name="结算", exact=True).click()
    page.get_by_role("radio", name=re.compile("购买服务经费")).check()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".cw-main")).to_contain_text("已结算")
    chief = visit(open_page(), "#/money", audience="supervisor", login="chief")
    chief.get_by_role("row", name=re.compile("郑明远")).get_by_role("checkbox").check()
    chief.get_by_role("button", name="批准", exact=True).click()
    expect(chief.locator(".cw-fund")).to_contain_text("960.00")
    (payment,) = office.payments.list()
    assert (payment.status, payment.proposed_by) == ("approved", "工作员甲")
    assert payment.approved_by == "负责人乙"
