"""What was typed stays in the workbook: nothing of it lies about on the computer afterwards.

A canary goes the way of a person: found in no search, imported through the screen, read, visited,
assessed, planned for, printed and exported; it is in wrong files, in a form half typed, in cells
and outputs of a notebook, and in the program when that dies. Then every file the program could
write to is looked through, and what the browser keeps. Hostile input 29.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import nbformat
import psutil
import pytest
from playwright.sync_api import Page, expect
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from casework.records import Staff
from casework.workbook import open_workbook
from tests.conftest import TODAY
from tests.test_contacts import a_person

ROOT = Path(__file__).parents[2]
NUMBER = "990000193103071235"
NAME = "金丝雀"
PHONE = "13900007139"
WORDS = "金丝雀夜里咳血"
CANARY = (NUMBER, NAME, PHONE, WORDS)
MARKUP = '<img src=x onerror="window.ran=1">'
SPELLINGS = [
    spelling
    for text in CANARY
    for spelling in (
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("unicode_escape"),
        text.encode("gb18030"),
    )
]
ROSTER = (
    f"姓名,性别,身份证号,手机,主要疾病,{MARKUP}\n{NAME},男,{NUMBER},{PHONE},{WORDS},{MARKUP}\n"
).encode()
STORED = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
  for (const {name} of await indexedDB.databases()) {
    const base = await new Promise((done, failed) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result); asked.onerror = failed;
    });
    for (const store of base.objectStoreNames) {
      found.push(await new Promise((done) => {
        const all = base.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => done(JSON.stringify(all.result));
      }));
    }
  }
  for (const name of await caches.keys()) {
    for (const one of await (await caches.open(name)).keys()) found.push(one.url);
  }
  return found.join(' ');
}"""
SERVE = """
import sys
from casework.ui.serving import serve
serve(sys.argv[1], 8990, lab=True, announce=lambda words: print(words, flush=True))
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
    notebooks = ROOT / "var" / f"canary-{uuid4().hex}"
    notebooks.mkdir(parents=True)
    try:
        page = open_page()
        address = _address(log, server)
        _work(page, address, tmp_path / "asked.xlsx")
        kept = page.evaluate(STORED)
        assert [one for one in (*CANARY, *map(quote, CANARY)) if one in kept + page.url] == []
        with ThreadPoolExecutor(1) as apart:  # the browser's own loop runs in this thread
            apart.submit(asyncio.run, _in_notebooks(_lab_address(log), notebooks)).result()
        saved = [path.name for path in notebooks.rglob("*.ipynb")]
        assert len(saved) == 2, "the notebook and its checkpoint"
        _die(server)
        assert _left_in(home, temporary, work, notebooks) == []
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        shutil.rmtree(notebooks)
    assert (tmp_path / "asked.xlsx").stat().st_size > 0
    assert _left_in(database.parent) != [], "the canary was never saved: the test sees nothing"


def _lab_address(log: Path) -> str:
    return re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\S+", log.read_text("utf-8"))[0]  # type: ignore[index]


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    latest = time.monotonic() + 120
    while time.monotonic() < latest and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/(?!lab)", log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _work(page: Page, address: str, asked: Path) -> None:
    """Search, import, read, visit, assess, plan, print, export, fail; leave a text half typed."""
    page.goto(f"{address}caseworker#/people")
    page.locator("html[data-casework=live]").wait_for(state="attached")
    search = page.get_by_role("combobox", name="查找人员")
    search.fill(NUMBER)
    page.wait_for_timeout(600)
    search.fill("")
    _import(page)
    for place, shown in (
        ("person?id=2", NAME),
        ("plan?person=2", NAME),
        ("consent?person=2", NAME),
        ("trail?person=2", NAME),
        ("contact?persons=2", NAME),
    ):
        page.evaluate("(place) => { location.hash = '#/' + place }", place)
        expect(page.locator(".cw-main")).to_contain_text(shown)
    page.get_by_role("radio", name="上门走访").check()
    page.get_by_label("听到的情况").fill(WORDS)
    page.keyboard.press("Control+s")
    expect(page.locator(".cw-toast").last).to_contain_text("已登记")
    page.evaluate("location.hash = '#/assessment?person=2&instrument=barthel'")
    expect(page.get_by_role("radio", name="上门走访")).to_have_count(0)
    page.locator(".cw-main input[type=radio]").first.check()
    page.wait_for_timeout(600)
    page.evaluate("location.hash = '#/person?id=2'")
    page.get_by_role("button", name="打印档案").click()
    page.get_by_role("button", name="打印", exact=True).wait_for()
    assert page.pdf().startswith(b"%PDF")
    page.evaluate("location.hash = '#/people'")
    with page.expect_download() as coming:
        page.get_by_role("button", name="导出名单").click()
    coming.value.save_as(asked)
    page.evaluate("location.hash = '#/contact?persons=2'")
    page.get_by_label("听到的情况").fill(WORDS + NUMBER)
    page.wait_for_timeout(1500)
    page.evaluate("location.hash = '#/intake'")  # it dies with a roster in its hands
    _hand_in(page, f"{WORDS}.csv", ROSTER)
    page.get_by_role("button", name="导入 1 人").wait_for()
    assert page.evaluate("window.ran") is None


def _import(page: Page) -> None:
    """Import the canary through the screen, after files that are refused."""
    page.evaluate("location.hash = '#/intake'")
    for name, content in (
        (f"{NUMBER}.xlsx", b"PK\x03\x04 broken " + NUMBER.encode()),
        (f"{NAME}.csv", NUMBER.encode()),
    ):
        _hand_in(page, name, content)
        page.locator(".cw-file .cw-error:not(:empty), .cw-notice-error").first.wait_for()
    _hand_in(page, f"{NAME}{MARKUP}.csv", ROSTER)
    page.get_by_role("button", name="导入 1 人").click()
    expect(page.locator(".cw-toast").last).to_contain_text("已导入 1 人")


def _hand_in(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


async def _in_notebooks(lab: str, folder: Path) -> None:
    """Type, show and fail with the canary in JupyterLab; save the notebook and a checkpoint."""
    base, token = lab.split("lab?token=")
    allowed = {"Authorization": f"token {token}"}
    client = AsyncHTTPClient()
    started = await client.fetch(f"{base}api/kernels", method="POST", body="{}", headers=allowed)
    kernel = json.loads(started.body)["id"]
    channels = f"ws{base[4:]}api/kernels/{kernel}/channels"
    socket = await websocket_connect(HTTPRequest(channels, headers=allowed))
    typed = f"canary = {' '.join(CANARY)!r}"
    shown = """
from casework.ui.notebook import show
from casework.workbook import open_workbook
book = open_workbook()
print(book.people.dossier(2), canary)
show(book, "person", id=2)
"""
    for code in (typed, shown, "raise ValueError(canary)"):
        answer = await _run(socket, code)
        assert answer["status"] == ("error" if "raise" in code else "ok"), answer
    socket.close()
    cell = nbformat.v4.new_code_cell("show(book)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text=" ".join(CANARY))]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["widgets"] = {"application/x": {"state": {"w": {"value": NUMBER}}}}
    place = f"{base}api/contents/{folder.relative_to(ROOT)}/a.ipynb"
    content = json.dumps({"type": "notebook", "format": "json", "content": notebook})
    await client.fetch(place, method="PUT", body=content, headers=allowed)
    await client.fetch(f"{place}/checkpoints", method="POST", body="", headers=allowed)


async def _run(socket: WebSocketClientConnection, code: str) -> dict[str, Any]:
    """Run code as a cell of a notebook, and give the answer."""
    number = uuid4().hex
    header = {"msg_id": number, "msg_type": "execute_request", "session": number, "username": "",
              "version": "5.3", "date": datetime.now(UTC).isoformat()}  # fmt: skip
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
               "allow_stdin": False, "stop_on_error": False}  # fmt: skip
    asked = {"header": header, "parent_header": {}, "metadata": {}, "content": content,
             "channel": "shell", "buffers": []}  # fmt: skip
    await socket.write_message(json.dumps(asked))
    while True:
        told = json.loads(str(await socket.read_message()))
        if told["msg_type"] == "execute_reply" and told["parent_header"]["msg_id"] == number:
            answer: dict[str, Any] = told["content"]
            return answer


def _die(server: subprocess.Popen[bytes]) -> None:
    """End the program as a power cut does, its kernels with it."""
    started = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    server.wait()
    for one in started:
        with suppress(psutil.NoSuchProcess):  # a kernel ends when it sees that the server has
            one.kill()
    _gone, alive = psutil.wait_procs(started, timeout=60)
    assert not alive
