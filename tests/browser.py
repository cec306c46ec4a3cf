"""A real Chromium, watched: what leaves this machine or shows up as an error fails the test.

Tests ask for ``page`` (1280 pixels wide), ``phone`` (390) or, for other sizes, ``open_page``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)

from tests.programs import chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Not even a name is looked up for what a page should not have asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# How long a page is waited for at most: on a busy machine everything takes ten times as long.
PATIENCE_SECONDS = 120
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PICTURES = Path(__file__).parent.parent / "var" / "failed"

_failed = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test failed, for the picture of the page."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium without a window."""
    program = chromium()
    if program is None:
        pytest.fail("no Chromium on this machine; python3 run.py test installs one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page; its options are those of a Playwright context."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def opened(**options: Any) -> Page:
        usual = {"viewport": DESKTOP, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        context = browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        contexts.append(context)
        _watch(context, trouble)
        return context.new_page()

    yield opened
    if request.node.stash.get(_failed, False):
        _picture(request.node.name, contexts)
    for context in contexts:
        _leave(context)
        context.close()
    expected = [
        re.compile(pattern)
        for marker in request.node.iter_markers("console_errors_expected")
        for pattern in marker.args
    ]
    trouble = [each for each in trouble if not any(p.search(each) for p in expected)]
    if trouble:
        pytest.fail("the page was not clean:\n" + "\n".join(trouble), pytrace=False)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Open a page on a desk."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """Open a page on a phone."""
    return open_page(viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)


def _watch(context: BrowserContext, trouble: list[str]) -> None:
    """Note every address off this machine and every error, on all pages of a context."""

    def address(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK:
            trouble.append(f"asked for {url}")

    def message(said: ConsoleMessage) -> None:
        if said.type == "error":
            trouble.append(f"console: {said.text} ({said.location.get('url', '')})")

    context.on("request", lambda request: address(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: address(socket.url)))
    context.on("console", message)
    context.on("weberror", lambda failure: trouble.append(f"script: {failure.error}"))


def _leave(context: BrowserContext) -> None:
    """Let pages end what the server keeps for them, as when a person leaves; closing does not."""
    for page in context.pages:
        if page.url.startswith("http"):
            with suppress(Error):  # the test ended while the page was on its way elsewhere
                page.goto("about:blank")


def _picture(name: str, contexts: list[BrowserContext]) -> None:
    """Keep what the browser showed when the test failed."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]", "_", name)
    for number, page in enumerate(page for context in contexts for page in context.pages):
        page.screenshot(path=PICTURES / f"{stem}-{number}.png")
