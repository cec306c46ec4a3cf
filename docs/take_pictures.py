"""Take pictures of the screens as they are served, for README and for review.

    .venv/bin/python docs/take_pictures.py            # the two of README, into docs/pictures
    .venv/bin/python docs/take_pictures.py --all DIR  # every screen, both widths, both languages
    .venv/bin/python docs/take_pictures.py --all DIR --language zh --only rosters pairs

The people in them are invented: the workbook is a demo made for the occasion.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import FLAGS  # noqa: E402
from tests.programs import chromium  # noqa: E402

DESK, PHONE = (1280, 800), (390, 844)
BOARD_SIDE = {
    "board": "",
    "figure": "#/figure?code=tasks.overdue",
    "people": "#/people",
    "person": "#/person?id=3",
    "sheet": "#/person_sheet?id=3",
    "merge": "#/merge?one=3&other=5",
    "duplicates": "#/duplicates",
    "consent": "#/consent?person=3",
    "notice": "#/consent_notice?person=3",
    "share": "#/share?person=3&purpose=emergency",
    "privacy": "#/privacy",
    "keeping": "#/privacy?part=keeping",
    "trail": "#/trail?person=3",
    "visits": "#/visits?person=3",
    "plan": "#/plan?person=3",
    "needs": "#/needs?person=3",
    "waiting": "#/needs",
    "approvals": "#/review",
    "intake": "#/intake",
    "policy": "#/policy",
    "policy_rule": "#/policy_rule?rule=visit_quarterly",
    "issues": "#/issues",
    "orders": "#/orders",
    "order": "#/order_new?person=3",
    "agreements": "#/agreements",
    "usage": "#/usage",
    "money": "#/money",
    "hardship": "#/hardship",
    "person_money": "#/person_money?person=3",
    "caseloads": "#/caseloads",
    "hours": "#/hours",
    "rosters": "#/rosters",
    "helpers": "#/helpers",
    "helper": "#/helpers?helper=2",
    "pairs": "#/pairs",
    "missing": "#/pairs?view=missing",
    "pairing": "#/pairing",
    "campaigns": "#/campaigns",
    "campaign": "#/campaign?id=1",
    "staffing": "#/staffing",
    "held": "#/held",
    "badges": "#/badges?id=3,4",
    "nowhere": "#/nowhere",
}
DESK_SIDE = {
    "day": "",
    "overdue": "#/my_day?span=overdue",
    "assessment": "#/assessment?person=3",
    "form": "#/assessment?person=3&instrument=gbt42195-2022",
    "contact": "#/contact?persons=3",
    "who": "#/who",
}
DAY = "2026-11-22"
WORKER = "caseworker5"
SHOWN = ".cw-screen .cw-task, .cw-screen .cw-person, .cw-empty"
PATIENCE = 240_000  # milliseconds, for a machine that has other work to do
WAITING = ".cw-skeleton, .cw-skeleton-field, .cw-table[aria-busy]"


def main() -> None:
    """Make a demo, serve it, and take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", metavar="DIR", type=Path, help="every screen, for review")
    parser.add_argument("--language", choices=("zh", "en"), help="with --all: one of the two")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="with --all: these screens")
    chosen = parser.parse_args()
    languages = [chosen.language] if chosen.language else ["zh", "en"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workbook = Path(folder) / "demo.sqlite"
        casework("demo", "--db", str(workbook), "--as-of", DAY)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for language in languages if chosen.all else ("zh",):
            with served(workbook, language) as address:
                take(browser, address, language, chosen.all, chosen.only)
        browser.close()


def take(
    browser: Browser,
    address: str,
    language: str,
    everything: Path | None,
    only: Sequence[str] | None,
) -> None:
    """Take the pictures of one language."""
    caseworker = f"{address}caseworker"
    if everything is None:
        folder = ROOT / "docs" / "pictures"
        picture(browser, address, DESK, folder / "board.png")
        picture(browser, caseworker, PHONE, folder / "day.png")
        return
    everything.mkdir(parents=True, exist_ok=True)
    sides = ((address, BOARD_SIDE), (caseworker, DESK_SIDE))
    for size in (DESK, PHONE):
        for page, screens in sides:
            for name, route in screens.items():
                if only and name not in only:
                    continue
                into = everything / f"{name}-{language}-{size[0]}.png"
                picture(browser, page + route, size, into, full=True)


def picture(
    browser: Browser, address: str, size: tuple[int, int], into: Path, *, full: bool = False
) -> None:
    """Open an address, wait until it stands still, and keep what is seen."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    if "/caseworker" in address:
        here = address.partition("#")[0]
        context.add_cookies([{"name": "casework_acting", "value": WORKER, "url": here}])
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.locator("html[data-casework=live]").wait_for(state="attached", timeout=PATIENCE)
    page.locator(SHOWN).first.wait_for(timeout=PATIENCE)
    gone = f"!document.querySelector('.cw-main :is({WAITING})')"
    page.wait_for_function(gone, timeout=PATIENCE)
    page.wait_for_timeout(500)  # milliseconds, for what has only just been drawn
    page.screenshot(path=into, full_page=full)
    context.close()
    print(into)


@contextlib.contextmanager
def served(workbook: Path, language: str) -> Iterator[str]:
    """Serve a workbook and give the address."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-u", "-m", "casework", "serve", "--db", str(workbook), "--as-of", DAY],
        cwd=ROOT,
        env={**os.environ, "CASEWORK_LANG": language},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    found = next(filter(None, (re.search(r"http://\S+/", line) for line in process.stdout)))
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def casework(*arguments: str) -> None:
    """Run a command of casework."""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "casework", *arguments], cwd=ROOT, check=True
    )


if __name__ == "__main__":
    main()
