"""The kit in a real browser: keys, pages, search, address, language, a lost kernel, a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.workbook import open_workbook
from tests.ui.axe import findings
from tests.ui.served import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the showroom."""
    path = tmp_path_factory.mktemp("showroom") / "workbook.sqlite"
    open_workbook(str(path), agency="changshu").close()
    with serving(Path(path)) as running:
        yield running


@pytest.fixture
def show(served: Served) -> Callable[..., Page]:
    """Give a function that opens a place of the showroom and waits until it is live."""

    def shown(page: Page, place: str = "") -> Page:
        page.goto(served.address + (f"#/{place}" if place else ""), wait_until="commit")
        page.wait_for_function("document.documentElement.dataset.casework === 'live'")
        return page

    return shown


def ends(hash_: str) -> re.Pattern[str]:
    return re.compile(re.escape(hash_) + "$")


def rows(page: Page) -> list[str]:
    return page.locator("tbody tr td:nth-child(2) .cw-link").all_inner_texts()


def test_the_table_is_worked_by_keys_alone(page: Page, show: Callable[..., Page]) -> None:
    show(page, "people")
    page.get_by_placeholder("在名单中查找").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("已选 1 条")).to_be_visible()
    expect(page.locator("tbody tr[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.press("Space")
    expect(page.get_by_text("已选 2 条")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.get_by_text("第 2 / 9 页")).to_be_visible()
    expect(page.locator("tbody tr:focus")).to_have_count(1)
    first = rows(page)[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)


def test_a_list_is_searched_sorted_and_acted_on(page: Page, show: Callable[..., Page]) -> None:
    show(page, "people")
    expect(page.get_by_text("共 431 条")).to_be_visible()
    page.get_by_placeholder("在名单中查找").press_sequentially("海晏", delay=30)
    expect(page.get_by_text("431 条中的 36 条")).to_be_visible()
    assert all("海晏" in name for name in rows(page))
    page.get_by_role("button", name="年龄").click()
    expect(page.locator("th", has_text="年龄")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("选择本页").check()
    page.get_by_role("button", name="分派联络员").click()
    expect(page.get_by_text("已分派 36 人。")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("已撤销分派。")).to_be_visible()


def test_deep_links_and_the_back_button_lead_to_the_same_screen(
    page: Page, show: Callable[..., Page]
) -> None:
    show(page, "person?id=3")
    expect(page.get_by_role("heading", name="孙春和")).to_be_visible()
    page.get_by_role("button", name="登记走访").click()
    expect(page).to_have_url(ends("#/contact?person=3"))
    expect(page.get_by_label("时长")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("基本情况")).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("时长")).to_be_visible()
    expect(page).to_have_title("登记走访 · 常熟市委老干部局")


def test_a_form_is_filled_and_saved_without_the_mouse(
    page: Page, show: Callable[..., Page]
) -> None:
    show(page, "contact?person=3")
    page.get_by_label("哪一天").focus()
    page.keyboard.type("昨天")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2025年3月2日 周日")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_label("上门")).to_be_checked()
    page.keyboard.press("Enter")
    page.keyboard.type("７００")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("可填：1 到 600 的整数")).to_be_visible()
    expect(page.get_by_label("时长")).to_be_focused()
    expect(page.get_by_label("时长")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+a")
    page.keyboard.type("30")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("已登记。")).to_be_visible()


def test_what_is_typed_last_is_saved_with_the_rest(page: Page, show: Callable[..., Page]) -> None:
    show(page, "contact?person=3")
    page.get_by_label("哪一天").fill("今天")
    page.get_by_label("电话", exact=True).check(force=True)
    page.get_by_label("谈了什么").press_sequentially("坏")
    page.get_by_role("button", name="登记走访").click()
    expect(page.get_by_text("这句话不能登记。")).to_be_visible()


def test_a_failure_is_one_sentence_and_keeps_what_was_typed(
    page: Page, show: Callable[..., Page]
) -> None:
    show(page, "contact?person=3")
    page.get_by_label("谈了什么").fill("想孩子")
    page.get_by_role("button", name="出错看看").click()
    expect(page.get_by_role("alert").filter(has_text="没有保存")).to_be_visible()
    expect(page.get_by_label("谈了什么")).to_have_value("想孩子")
    assert "RuntimeError" not in page.content()


def test_the_language_changes_everything_in_sight(page: Page, show: Callable[..., Page]) -> None:
    show(page, "contact?person=3")
    page.get_by_label("谈了什么").fill("想孩子")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Record a visit")).to_be_visible()
    expect(page.get_by_label("What was said")).to_have_value("想孩子")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("not answered").first).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="登记走访")).to_be_visible()


def test_people_are_found_from_everywhere(page: Page, show: Callable[..., Page]) -> None:
    show(page)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="查找人员")).to_be_focused()
    page.keyboard.type("zzzz")
    expect(page.get_by_text("没有找到。可以试试")).to_be_visible()


def test_a_figure_and_a_part_of_a_chart_open_their_rows(
    page: Page, show: Callable[..., Page]
) -> None:
    show(page)
    page.get_by_role("button", name="70 位 90 岁以上").click()
    expect(page).to_have_url(ends("#/people?group=90"))
    page.go_back()
    page.locator(".cw-chart-wide").get_by_role("button", name="独居: 61").click()
    expect(page.get_by_role("heading", name="人员")).to_be_visible()


def test_the_figures_stand_before_any_widget_is_up(page: Page, served: Served) -> None:
    page.add_init_script(
        "window.addEventListener('load', (event) => event.stopImmediatePropagation(), true)"
    )
    page.goto(served.address, wait_until="commit")
    expect(page.get_by_text("位离休干部，平均")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.casework") is None


def test_a_click_before_the_widgets_are_up_is_not_lost(page: Page, served: Served) -> None:
    # The widgets wait for this event, so they cannot come up while the mouse is on its way.
    page.add_init_script(
        "window.addEventListener('load', (event) => "
        "event.isTrusted && event.stopImmediatePropagation(), true)"
    )
    page.goto(served.address, wait_until="commit")
    page.locator("#cw-wait .cw-figure").nth(1).click()
    page.evaluate("window.dispatchEvent(new Event('load'))")
    expect(page).to_have_url(ends("#/people?group=90"))


def test_a_page_needs_few_requests(page: Page, show: Callable[..., Page]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page)
    assert len([url for url in asked if url.startswith("http")]) <= 20


def test_a_page_that_closes_ends_its_kernel(
    open_page: Callable[..., Page], show: Callable[..., Page], served: Served
) -> None:
    page = open_page()
    show(page)
    kernel = page.evaluate("window.jupyterapp.widgetManager.kernel.id")
    page.close(run_before_unload=True)
    other = open_page()
    latest = time.monotonic() + 120
    while time.monotonic() < latest:
        found = other.request.get(f"{served.address}api/kernels/{kernel}")
        if found.status == 404:
            return
        time.sleep(0.3)
    pytest.fail("the kernel lives on")


@pytest.mark.console_errors_expected("404", "WebSocket", "Failed to load resource")
def test_a_kernel_that_is_gone_is_said_and_the_page_opened_again(
    page: Page, show: Callable[..., Page], served: Served
) -> None:
    show(page)
    page.wait_for_function("window.jupyterapp?.widgetManager?.kernel")
    page.evaluate(
        """async () => {
          const kernel = window.jupyterapp.widgetManager.kernel.id;
          const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
          const headers = {'X-XSRFToken': token};
          await fetch(`/voila/api/shutdown/${kernel}`, {method: 'POST', headers});
        }"""
    )
    expect(page.get_by_text("本页面已失效")).to_be_visible()
    page.get_by_role("button", name="重新打开").click()
    page.wait_for_function("document.documentElement.dataset.casework === 'live'")
    expect(page.get_by_text("本页面已失效")).to_be_hidden()


@pytest.mark.parametrize("place", ["", "people", "person?id=3", "contact?person=3", "states"])
def test_nothing_is_wider_than_a_phone(phone: Page, show: Callable[..., Page], place: str) -> None:
    show(phone, place)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    if place == "people":
        expect(phone.locator("tbody tr").first).to_be_visible()
        small = phone.evaluate(
            """() => [...document.querySelectorAll('.cw button, .cw select, .cw-input, .cw-chip')]
              .filter((node) => node.getClientRects().length)
              .filter((node) => !node.matches('.cw-link, .cw-clear, .cw-sort'))
              .map((node) => [node.textContent, node.getBoundingClientRect().height])
              .filter(([, height]) => height < 40)"""
        )
        assert small == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", ["", "people", "person?id=3", "contact?person=3", "states"])
def test_a_screen_has_no_serious_barrier(
    page: Page, show: Callable[..., Page], place: str, language: str
) -> None:
    show(page, place)
    if language == "en":
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
    assert findings(page) == []


def test_a_cell_that_looks_like_markup_stays_text(page: Page, show: Callable[..., Page]) -> None:
    show(page, "person?id=3")
    expect(page.get_by_text("<script>alert('x')</script>")).to_be_visible()
