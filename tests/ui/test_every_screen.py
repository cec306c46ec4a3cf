"""Every screen as a stranger meets it: it stands, it fits, keys lead on, nobody is shut out.

One workbook of invented people, one page for each audience and width; the walk goes by addresses,
as links and bookmarks do. That nothing is asked of another host is held by the page itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser import DESKTOP, PHONE
from tests.ui.axe import findings

WALKS = {
    "supervisor": [
        "board",
        "figure?code=tasks.overdue",
        "people",
        "person?id=3",
        "plan?person=3",
        "needs?person=3",
        "needs",
        "review",
        "issues",
        "orders",
        "agreements",
        "usage",
        "money",
        "hardship",
        "person_money?person=3",
        "order_new?person=3",
        "caseloads",
        "rosters",
        "helpers",
        "helpers?helper=2",
        "pairs",
        "pairs?view=missing",
        "pairing",
        "pair_sheets?helper=2",
        "campaigns",
        "campaign?id=1",
        "staffing",
        "trainings",
        "trainings?staff=2",
        "self_check",
        "programmes",
        "programmes?programme=1",
        "hours",
        "policy",
        "privacy?part=keeping",
        "consent?person=3",
        "share?person=3",
        "trail?person=3",
        "visits?person=3",
        "issues?kind=outside",
        "held",
        "duplicates",
        "badges",
        "badges?id=3,4",
        "merge?one=3&other=5",
        "intake",
        "who",
        "nowhere",
    ],
    "caseworker": [
        "my_day?span=all",
        "my_day?span=overdue",
        "contact?persons=3,4",
        "assessment?person=3",
        "assessment?person=3&instrument=gbt42195-2022",
    ],
}
STANDS = """() => {
  const screen = document.querySelector('.cw-main > *:not([data-left])');
  return screen && screen.textContent.trim()
    && !document.querySelector('.cw-main .cw-skeleton, .cw-main [aria-busy=true]');
}"""
GO = """(place) => {
  for (const one of document.querySelectorAll('.cw-main > *')) one.dataset.left = '1';
  location.hash = '#/' + place;
}"""
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const drawn = (node) => {
    const style = getComputedStyle(node);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
      || style.boxShadow !== 'none';
  };
  const near = [at, at.parentElement, at.parentElement.parentElement, ...at.parentElement.children];
  const box = at.getBoundingClientRect();
  return {what: at.outerHTML.slice(0, 120), drawn: near.some(drawn), area: box.width * box.height};
}"""
SQUEEZED = """() => [...document.querySelectorAll('.cw-actions .cw-action')]
  .filter((one) => one.getBoundingClientRect().height > 60)
  .map((one) => one.textContent + ' is squeezed')"""
TABS = 14
SIZES = [(DESKTOP, "zh"), (DESKTOP, "en"), (PHONE, "zh"), (PHONE, "en")]


@pytest.fixture
def workbook_file(demo_file: Path, tmp_path: Path) -> Path:
    """Serve the demonstration instead of an empty workbook."""
    return Path(shutil.copy(demo_file, tmp_path / "demo.sqlite"))


@pytest.mark.parametrize(("size", "language"), SIZES)
@pytest.mark.parametrize("audience", list(WALKS))
def test_every_screen_stands_fits_and_shuts_nobody_out(
    open_page: Callable[..., Page],
    visit: Callable[..., Page],
    audience: str,
    size: dict[str, int],
    language: str,
) -> None:
    page = open_page(viewport=size)
    lines: list[WebSocket] = []
    page.on("websocket", lambda line: lines.append(line))
    visit(page, audience=audience, language=language)
    wrong: list[str] = []
    for place in WALKS[audience]:
        page.evaluate(GO, place)
        page.wait_for_function(STANDS)
        wrong += [f"{place}: {one}" for one in _wrong(page, size["width"], language)]
    assert wrong == []
    assert len(lines) == 1  # the page never lost its kernel
    page.emulate_media(media="print")
    expect(page.locator(".cw-bar")).to_be_hidden()
    over = page.evaluate("[...document.head.querySelectorAll('style')].map((e) => e.textContent)")
    assert any("@top-left" in one and "counter(page)" in one for one in over)


def test_what_a_phone_has_no_room_for_is_one_press_behind_more(
    open_page: Callable[..., Page], visit: Callable[..., Page]
) -> None:
    page = visit(open_page(viewport=PHONE), audience="supervisor", language="en")
    rules = page.get_by_role("button", name="Rules", exact=True)
    expect(rules).to_be_hidden()
    more = page.get_by_role("button", name="More", exact=True)
    more.click()
    rules.click()
    expect(page.get_by_role("heading", name="Rules", level=1)).to_be_visible()
    expect(rules).to_be_hidden()
    expect(more).to_have_attribute("aria-current", "true")


def test_first_press_of_tab_leads_past_the_bar_into_the_form(
    open_page: Callable[..., Page], visit: Callable[..., Page]
) -> None:
    page = visit(
        open_page(viewport=DESKTOP), audience="caseworker", language="zh", place="#/contact"
    )
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    page.keyboard.press("Tab")
    way = page.get_by_role("button", name="跳到正文")
    expect(way).to_be_focused()
    expect(way).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator(".cw-main :focus")).to_have_count(1)
    expect(way).not_to_be_in_viewport()


def _wrong(page: Page, width: int, language: str) -> list[str]:
    """List what is wrong with the screen in sight."""
    wrong = []
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        wrong.append(f"{wide} pixels wide")
    if language == "zh":
        wrong += page.evaluate(SQUEEZED)
    if page.locator("h1, .cw-empty-title").count() == 0:
        wrong.append("no heading")
    if language == "zh":
        wrong += findings(page)
        wrong += _lost_focus(page)
    return wrong


def _lost_focus(page: Page) -> list[str]:
    """Follow the Tab key from the top, and list where it cannot be seen."""
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); window.scrollTo(0, 0)")
    lost, seen = [], set()
    for _press in range(TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        if at is None:
            continue
        seen.add(at["what"])
        if not at["drawn"] or not at["area"]:
            lost.append(f"focus not seen on {at['what']}")
    return lost if len(seen) > 4 else [*lost, "the Tab key does not lead on"]


UNDER_THE_BAR = """() => {
  const field = document.activeElement.getBoundingClientRect();
  const bars = [...document.querySelectorAll('.cw-actions')].filter(
    (one) => one.offsetParent && getComputedStyle(one).position === 'sticky');
  return !document.activeElement.closest('.cw-actions') && bars.some((bar) =>
    [...bar.children].some((one) => {
      const box = one.getBoundingClientRect();
      return box.top < field.bottom - 2 && box.bottom > field.top + 2;
    }));
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_field_that_the_keyboard_comes_to_is_not_left_under_the_bar(
    open_page: Callable[..., Page], visit: Callable[..., Page], size: dict[str, int]
) -> None:
    page = visit(open_page(viewport=size), audience="supervisor")
    page.evaluate(GO, "helpers?helper=2")
    page.wait_for_function(STANDS)
    page.locator(".cw-editor input").first.focus()
    covered = []
    for _tab in range(24):
        page.keyboard.press("Tab")
        page.wait_for_timeout(80)
        if page.evaluate(UNDER_THE_BAR):
            covered.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
    assert covered == []
