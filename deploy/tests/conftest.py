"""One installation for all tests here, and pages of people who are logged in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.tests.stack import Stack, a_stack

LIVE_SECONDS = 180  # a server and a kernel start, while others use the machine too
expect.set_options(timeout=90_000)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was claimed, whether it holds, and how long it took to find out."""
    rows: dict[str, tuple[str, float]] = {}
    for word in ("passed", "skipped", "failed", "error"):
        for report in terminalreporter.stats.get(word, ()):
            if report.when == "call" or word != "passed":
                claim = report.nodeid.partition("::")[2].removeprefix("test_").replace("_", " ")
                rows[claim] = (word, report.duration)
    terminalreporter.section("what holds on this machine")
    for claim, (word, seconds) in rows.items():
        terminalreporter.line(f"{word:8}{seconds:7.1f} s  {claim}")
    held = sum(word == "passed" for word, _seconds in rows.values())
    terminalreporter.line(f"{held} of {len(rows)} hold")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Install everything once."""
    with a_stack() as made:
        yield made


@pytest.fixture(scope="session")
def states() -> dict[str, Any]:
    """Keep the cookies of whoever logged in already."""
    return {}


def log_in(page: Page, stack: Stack, login: str) -> None:
    """Log in by the form, as a person does."""
    page.goto(f"{stack.address}/")
    page.fill("#username", login)
    page.fill("#password", stack.passwords[login])
    page.click("button[type=submit]")


@pytest.fixture
def enter(
    stack: Stack, states: dict[str, Any], open_page: Callable[..., Page]
) -> Callable[..., Page]:
    """Give a function that opens somebody's own page and waits until it stands."""

    def entered(login: str, path: str = "", *, lives: bool = True, **options: Any) -> Page:
        if login in states:
            page = open_page(storage_state=states[login], **options)
            page.goto(f"{stack.address}/user/{login}/{path}", timeout=LIVE_SECONDS * 1000)
        else:
            page = open_page(**options)
            log_in(page, stack, login)
            page.wait_for_url(f"**/user/{login}/**", timeout=LIVE_SECONDS * 1000)
            if path:
                page.goto(f"{stack.address}/user/{login}/{path}", timeout=LIVE_SECONDS * 1000)
        if lives:
            live = page.locator("html[data-casework=live]")
            expect(live).to_be_attached(timeout=LIVE_SECONDS * 1000)
        states[login] = page.context.storage_state()
        return page

    return entered
