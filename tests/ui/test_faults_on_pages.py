"""Faults under an open form as a person sees them: in Chromium, with real kernels and databases.

In each the page says one plain sentence, what was typed stays, nothing is half saved, and when it
is over the same press saves it, once.
"""

from __future__ import annotations

import os
import re
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from casework.access import keys
from casework.records import Issue
from casework.workbook import Workbook, open_workbook
from casework.workbook.encrypting import encrypt_workbook
from tests.cables import Cable, Line
from tests.conftest import TODAY
from tests.ui.served import serving
from tests.ui.test_fault_table import TECHNICAL
from tests.ui.test_faults import _kernel_of

DETAIL = "三天没修好。" * 300
LIVE = "html[data-casework=live]"
PASSWORD = "three-quiet-lanterns"  # noqa: S105


def filled(page: Page) -> None:
    """Fill in the form of an issue, all but the press that saves it."""
    page.get_by_role("button", name="登记诉求").click()
    page.get_by_label("反映的问题").fill("电梯坏了")
    page.get_by_label("类别").select_option(label="住房设施")
    page.get_by_label("来源").select_option(label="来电反映")
    page.get_by_role("radio", name="紧急", exact=True).check()
    page.get_by_label("具体情况").fill(DETAIL)


def save(page: Page) -> None:
    page.get_by_role("button", name="确认登记").click()


def is_all_there(page: Page) -> None:
    expect(page.get_by_label("反映的问题")).to_have_value("电梯坏了")
    expect(page.get_by_label("具体情况")).to_have_value(DETAIL)
    expect(page.get_by_role("radio", name="紧急", exact=True)).to_be_checked()


def is_saved(page: Page) -> None:
    expect(page.get_by_role("heading", name="电梯坏了")).to_be_visible()


def issues(database: str) -> int:
    book = open_workbook(database, today=TODAY)
    try:
        with book.reading() as session:
            return session.scalar(select(func.count()).select_from(Issue)) or 0
    finally:
        book.close()


# --- the workbook -------------------------------------------------------------------------------


@contextmanager
def full(page: Page, file: Path) -> Iterator[None]:
    """Let no file of the kernel grow: what a full disk and a used up quota come to."""
    kernel = _kernel_of(page)
    soft, hard = resource.prlimit(kernel, resource.RLIMIT_FSIZE)
    log = file.with_name(f"{file.name}-wal")
    resource.prlimit(kernel, resource.RLIMIT_FSIZE, (log.stat().st_size + 512, hard))
    yield
    resource.prlimit(kernel, resource.RLIMIT_FSIZE, (soft, hard))


def rewritten(spoil: Callable[[Path], None]) -> Callable[..., AbstractContextManager[None]]:
    @contextmanager
    def fault(_page: Page, file: Path) -> Iterator[None]:
        book = open_workbook(str(file), today=TODAY)
        with book.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        book.close()
        whole = file.read_bytes()
        spoil(file)
        yield
        file.write_bytes(whole)

    return fault


def cut(file: Path) -> None:
    os.truncate(file, 1_000)


def no_workbook(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(b"PK")


def other_key(file: Path) -> None:
    """Let the file be encrypted meanwhile under a password that the kernel does not know."""
    copy = file.with_name("encrypted.sqlite")
    copy.write_bytes(file.read_bytes())
    encrypt_workbook(str(copy), lambda: PASSWORD, lambda _share, _said: None, keyring=False)
    keys.forget_keys()
    file.write_bytes(copy.read_bytes())


FAULTS = {
    "full": (full, "磁盘"),
    "cut": (rewritten(cut), "已损坏"),
    "no workbook": (rewritten(no_workbook), "不是工作簿|已损坏"),
    "other key": (rewritten(other_key), "已加密|已损坏"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_of_the_file_is_one_sentence_and_the_form_is_saved_when_it_is_over(
    phone: Page, visit: Callable[..., Page], workbook_file: Path, kind: str
) -> None:
    fault, sentence = FAULTS[kind]
    visit(phone, "#/issues", login=None)
    filled(phone)
    phone.wait_for_timeout(1500)  # the draft is kept; from here on nothing else is written
    with fault(phone, workbook_file):
        save(phone)
        told = phone.get_by_role("alert").first
        expect(told).to_contain_text("没有保存")
        expect(told).to_contain_text(re.compile(sentence))
        assert not TECHNICAL.search(told.inner_text().replace(str(workbook_file), ""))
        is_all_there(phone)
    assert issues(str(workbook_file)) == 0
    save(phone)
    is_saved(phone)
    assert issues(str(workbook_file)) == 1


# --- the server of the database -----------------------------------------------------------------


@pytest.fixture
def far_book(
    postgres_workbook: Workbook, postgres_server: object
) -> Iterator[tuple[str, Cable, Workbook]]:
    """Give the address of a workbook behind a cable of ours."""
    with tempfile.TemporaryDirectory(prefix="cable-") as folder:  # short, for the socket's name
        cable = Cable(Path(folder), postgres_server.folder)  # type: ignore[attr-defined]
        cable.put_back()
        url = postgres_workbook.engine.url.update_query_dict({"host": folder})
        yield url.render_as_string(hide_password=False), cable, postgres_workbook
        cable.pull()


def test_network_that_is_gone_under_a_page_is_one_sentence_and_the_same_press_saves_after(
    page: Page, served_address: str, far_book: tuple[str, Cable, Workbook]
) -> None:
    address, cable, book = far_book
    page.goto(f"{served_address}caseworker?db={quote(address)}&day=2025-03-03&lang=en#/issues")
    expect(page.locator(LIVE)).to_be_attached()
    page.get_by_role("button", name="Write down an issue").click()
    page.get_by_label("What was reported").fill("no lift")
    page.get_by_label("Kind").select_option(index=1)
    page.get_by_label("How it came to us").select_option(index=1)
    page.get_by_role("radio").last.check()
    page.wait_for_timeout(1500)
    cable.pull()
    page.get_by_role("button", name="Write it down").click()
    told = page.get_by_role("alert").first
    expect(told).to_contain_text("does not answer")
    assert not TECHNICAL.search(told.inner_text())
    expect(page.get_by_label("What was reported")).to_have_value("no lift")
    cable.put_back()
    with book.reading() as session:
        assert session.scalar(select(func.count()).select_from(Issue)) == 0
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", name="no lift")).to_be_visible()
    with book.reading() as session:
        assert session.scalar(select(func.count()).select_from(Issue)) == 1


# --- the line to the program --------------------------------------------------------------------


@pytest.mark.console_errors_expected("ERR_CONNECTION", "WebSocket", "Failed to load")
def test_line_that_is_cut_is_told_and_what_was_pressed_meanwhile_is_saved_once(
    phone: Page, visit: Callable[..., Page], served_address: str, workbook_file: Path
) -> None:
    line = Line(urlsplit(served_address).port or 0)
    try:
        phone.goto(
            f"http://127.0.0.1:{line.port}/caseworker?db={quote(str(workbook_file))}"
            "&day=2025-03-03&lang=zh#/issues"
        )
        expect(phone.locator(LIVE)).to_be_attached()
        filled(phone)
        line.pull()
        save(phone)
        expect(phone.locator("#cw-banner")).to_contain_text(
            "连接中断，正在重连。您填写的内容还在。"
        )
        is_all_there(phone)
        assert issues(str(workbook_file)) == 0
        line.put_back()
        is_saved(phone)
        expect(phone.locator("#cw-banner")).to_be_hidden()
        assert issues(str(workbook_file)) == 1
    finally:
        phone.goto("about:blank")
        line.pull()


@pytest.mark.console_errors_expected("ERR_CONNECTION", "WebSocket", "Failed to load", "404")
def test_program_that_is_stopped_and_started_again_gives_the_form_back(
    page: Page, workbook_file: Path
) -> None:
    with serving(workbook_file, folder=None, port=8980, at_most=2) as served:
        port = urlsplit(served.address).port or 0
        page.goto(f"{served.address}caseworker#/issues")
        expect(page.locator(LIVE)).to_be_attached()
        filled(page)
        page.wait_for_timeout(2500)  # what was typed is kept in the workbook meanwhile
    save(page)
    banner = page.locator("#cw-banner")
    expect(banner).to_contain_text("连接中断")
    is_all_there(page)
    with serving(workbook_file, folder=None, port=port, at_most=2) as served:
        assert urlsplit(served.address).port == port
        expect(banner).to_contain_text("此前填写的，重新打开后还在")
        is_all_there(page)
        assert issues(str(workbook_file)) == 0
        banner.get_by_role("button", name="重新打开").click()
        page.get_by_role("button", name="登记诉求").click()
        is_all_there(page)
        save(page)
        is_saved(page)
        assert issues(str(workbook_file)) == 1
        page.goto("about:blank")
