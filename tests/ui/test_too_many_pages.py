"""As many pages as the machine bears: those that were left give way, then one is told to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.workbook import open_workbook
from tests.ui.served import Served, answer, serving

pytestmark = pytest.mark.browser
AT_MOST = 3  # of which one or two wait, warm, for the next page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the dashboards of an empty workbook with three kernels at most."""
    path = tmp_path_factory.mktemp("crowded") / "workbook.sqlite"
    open_workbook(str(path), agency="changshu").close()
    with serving(Path(path), folder=None, port=8960, at_most=AT_MOST) as running:
        yield running


def live(open_page: Callable[..., Page], address: str) -> Page:
    page = open_page()
    page.goto(address)
    expect(page.locator("html[data-casework=live]")).to_have_count(1)
    return page


@pytest.mark.console_errors_expected("503")
def test_pages_that_were_left_give_way_and_then_one_is_asked_to_wait(
    served: Served, open_page: Callable[..., Page]
) -> None:
    for _visit in range(AT_MOST):  # closed by force: nothing tells the server
        live(open_page, served.address).context.close()
    pages = [live(open_page, served.address) for _more in range(AT_MOST)]
    refused = open_page()
    assert refused.goto(served.address).status == 503  # type: ignore[union-attr]
    expect(refused.get_by_role("alert")).to_contain_text("打开的页面太多了")
    expect(refused.get_by_role("alert")).to_contain_text("请关闭不再需要的页面")
    refused.context.clear_cookies()
    assert "http" not in answer(served.address)[2].replace("http-equiv", "")
    pages.pop().context.close()
    for _try in range(300):  # the server may be told of the end after it is asked again
        with refused.expect_navigation() as coming:
            refused.get_by_role("link", name="再试一次").click()
        if coming.value and coming.value.status == 200:
            break
        refused.wait_for_timeout(200)
    expect(refused.locator("html[data-casework=live]")).to_have_count(1)
