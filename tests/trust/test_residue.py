"""What was typed stays in the workbook: nothing of it lies about on the computer afterwards.

A canary is typed into a search, a contact and a wrong file, saved, refused, and left in a program
that dies; then every file the program could write to is looked through. Hostile input 29.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.records import Staff
from casework.workbook import open_workbook
from tests.conftest import TODAY
from tests.test_contacts import a_person

ROOT = Path(__file__).parents[2]
NUMBER = "310101193103071239"
WORDS = "金丝雀夜里咳血"
SPELLINGS = [
    spelling
    for text in (NUMBER, WORDS)
    for spelling in (
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("unicode_escape"),
        text.encode("gb18030"),
    )
]
SERVE = """
import sys
from casework.ui.serving import serve
serve(sys.argv[1], 8990, announce=lambda words: print(words, flush=True))
"""


def _left_in(*folders: Path) -> list[str]:
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                held = path.read_bytes()
                found += [str(path) for one in SPELLINGS if one in held]
    return sorted(set(found))


@pytest.mark.console_errors_expected("WebSocket", "Failed to load resource")  # the program dies
def test_nothing_that_was_typed_is_left_outside_the_workbook(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    home, temporary, work = (tmp_path / name for name in ("home", "tmp", "work"))
    for folder in (home, temporary, work):
        folder.mkdir()
    database = tmp_path / "kept" / "workbook.sqlite"
    book = open_workbook(str(database), agency="changshu", today=TODAY)
    a_person(book, name="郑明远", name_pinyin="zheng mingyuan", name_initials="zmy")
    with book.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
    book.close()
    surroundings = {
        **os.environ,
        "CASEWORK_LOGIN": "worker",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = tmp_path / "home" / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(database)],
            cwd=work,
            env=surroundings,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        page = open_page()
        _work(page, _address(log, server))
        _die(server)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait(10)
    assert _left_in(home, temporary, work) == []
    assert _left_in(database.parent) != [], "the canary was never saved: the test sees nothing"


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    latest = time.monotonic() + 120
    while time.monotonic() < latest and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _work(page: Page, address: str) -> None:
    """Search, save, fail and export with the canary, then leave a text half typed."""
    page.goto(f"{address}caseworker#/people", timeout=120_000)
    page.locator("html[data-casework=live]").wait_for(state="attached", timeout=120_000)
    search = page.get_by_role("combobox", name="查找人员")
    search.fill(NUMBER)
    page.wait_for_timeout(600)
    search.fill("")
    page.evaluate("location.hash = '#/contact?persons=1'")
    expect(page.locator(".cw-about")).to_contain_text("郑明远")
    page.get_by_role("radio", name="上门走访").check()
    page.get_by_label("听到的情况").fill(WORDS)
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toast")).to_contain_text("已登记")
    page.evaluate("location.hash = '#/intake'")
    for name, content in (
        (f"{NUMBER}.xlsx", b"PK\x03\x04 broken " + NUMBER.encode()),
        (f"{WORDS}.csv", f"姓名,身份证号,备注\n测一,{NUMBER},{WORDS}\n".encode()),
    ):
        page.locator("input[type=file]").first.set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        page.wait_for_timeout(1500)
    page.evaluate("location.hash = '#/contact?persons=1'")
    page.get_by_label("听到的情况").fill(WORDS + NUMBER)
    page.wait_for_timeout(1500)


def _die(server: subprocess.Popen[bytes]) -> None:
    """End the program as a power cut does, its kernels with it."""
    listed = subprocess.run(
        ["ps", "--ppid", str(server.pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    os.kill(server.pid, signal.SIGKILL)
    server.wait(10)
    for one in listed.stdout.split():
        os.kill(int(one), signal.SIGKILL)
