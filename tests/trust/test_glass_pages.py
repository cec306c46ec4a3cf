"""Looking at somebody who is not one's own, in Chromium, each under the own login on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from casework.records import Person
from casework.workbook import Workbook
from tests.access.office import _office, opened, owner  # noqa: F401
from tests.conftest import TODAY
from tests.ui.axe import findings

Visits = Callable[..., Page]


@pytest.fixture
def at(served_address: str, postgres_server, _office) -> Iterator[Visits]:  # noqa: F811
    """Give a function that opens a place of the office's workbook as somebody."""

    def visited(page: Page, login: str, place: str = "", audience: str = "supervisor") -> Page:
        address = f"postgresql+psycopg://{login}@/{_office}?host={postgres_server.folder}"
        asked = urlencode({"db": address, "day": TODAY.isoformat(), "lang": "zh"})
        way = "" if audience == "supervisor" else audience
        page.goto(f"{served_address}{way}?{asked}{place}")
        expect(page.locator("html[data-casework=live]")).to_be_attached()
        return page

    return visited


def people_of(book: Workbook) -> list[int]:
    with book.reading() as session:
        return list(session.scalars(select(Person.id).order_by(Person.id)))


def picture(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the screens: set SCREEN_PICTURES to a folder."""
    folder = os.environ.get("SCREEN_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def no_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_caseworker_looks_for_a_reason_and_the_supervisor_is_told(page, phone, at, opened):  # noqa: F811
    stranger = people_of(opened("caseworker2"))[0]
    at(page, "caseworker1", f"#/person?id={stranger}", "caseworker")
    expect(page.get_by_role("heading", level=1)).to_have_text("紧急查看他人负责的档案")
    assert findings(page) == []
    picture(page, "glass")
    page.get_by_role("button", name="记录并查看").click()
    expect(page.get_by_text("有 1 处需要更正：用一句话说明为何不能等")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("紧急查看他人负责的档案")
    page.locator("textarea").fill("邻居来电，老人摔倒")
    page.get_by_role("button", name="记录并查看").click()
    expect(page.get_by_text("已记录，并已通知主管。")).to_be_visible()
    expect(page.locator(".cw-person-name, .cw-person h1, .cw-person").first).to_be_visible()
    picture(page, "glass_dossier")
    at(phone, "supervisor1", "#/oversight")
    expect(phone.get_by_text("邻居来电，老人摔倒")).to_be_visible()
    assert findings(phone) == [] and no_scroll(phone)
    picture(phone, "oversight_phone")
    at(page, "supervisor1", "#/oversight")
    expect(page.locator(".cw-nav-count")).to_have_text("1")
    picture(page, "oversight")
    page.get_by_text("已阅", exact=True).click()
    expect(page.get_by_text("没有人这样查看过，没有待阅事项。")).to_be_visible()
    expect(page.get_by_role("heading", name="已阅的查看")).to_be_visible()


def test_number_is_shown_for_a_reason_and_counted(page, phone, at, opened):  # noqa: F811
    person = people_of(opened("caseworker1"))[0]
    at(page, "caseworker1", f"#/person?id={person}", "caseworker")
    page.get_by_text("显示完整号码").first.click()
    page.locator(".cw-editor input, .cw-editor textarea").first.fill("办理社保")
    picture(page, "reveal")
    page.locator(".cw-editor .cw-primary").click()
    at(phone, "supervisor1", f"#/glass?person={person}")
    assert findings(phone) == [] and no_scroll(phone)
    picture(phone, "glass_supervisor_phone")
    phone.locator("textarea").fill("家属失联，需电话核实")
    phone.get_by_role("button", name="只看电话").click()
    expect(phone.get_by_text("已记录：谁、何时、为何查看。")).to_be_visible()
    at(page, "supervisor2", "#/oversight")
    expect(page.get_by_text("证件号码 1 次")).to_be_visible()
    expect(page.get_by_text("电话 1 次")).to_be_visible()
    at(page, "supervisor2", f"#/trail?person={person}")
    expect(page.get_by_text("查看了完整号码").first).to_be_visible()
    picture(page, "trail")


def test_administrator_sees_who_may_log_in_and_closes_an_account(page, phone, at):
    at(phone, "administrator1")
    expect(phone.get_by_text("caseworker2").first).to_be_visible()
    assert findings(phone) == [] and no_scroll(phone)
    picture(phone, "logins_phone")
    at(page, "administrator1")
    picture(page, "logins")
    line = page.locator("li", has_text="caseworker2")
    line.get_by_text("停用账号").click()
    page.locator(".cw-primary", has_text="停用账号").click()
    expect(page.get_by_text("已停用：caseworker2。")).to_be_visible()
    expect(line.locator("s")).to_be_visible()


def test_registrar_has_the_register_and_no_board(page, at):
    at(page, "registrar1")
    expect(page.locator(".cw-nav", has_text="重复人员")).to_be_visible()
    expect(page.locator(".cw-nav", has_text="看板")).to_have_count(0)
    page.locator(".cw-nav", has_text="重复人员").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    picture(page, "registrar")
