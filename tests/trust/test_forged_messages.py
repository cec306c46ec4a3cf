"""What a browser that is not ours can say to the program behind a page, and that it has no effect.

The messages go over the page's own socket, with its cookie and its kernel, as from the console of
the browser. Hostile inputs 15, 16, 18, 19 and 20.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from casework.terms import speaking
from casework.ui.shell import Shell
from casework.ui.widgets.file import FileField
from casework.ui.widgets.island import Island
from casework.workbook import Workbook, open_workbook
from tests.ui.served import Served, answer, serving

ASK = """async ([kind, content, channel]) => {
  const config = JSON.parse(document.getElementById('jupyter-config-data').textContent);
  const session = crypto.randomUUID();
  const socket = new WebSocket(
    `ws://${location.host}/api/kernels/${config.kernelId}/channels?session_id=${session}`);
  await new Promise((done, failed) => { socket.onopen = done; socket.onerror = failed; });
  const heard = [];
  socket.onmessage = (event) => heard.push(JSON.parse(event.data));
  const id = crypto.randomUUID();
  socket.send(JSON.stringify({channel, content, metadata: {}, parent_header: {}, buffers: [],
    header: {msg_id: id, msg_type: kind, session, username: '', version: '5.3',
             date: new Date().toISOString()}}));
  await new Promise((done) => setTimeout(done, 1500));
  socket.close();
  return heard.filter((one) => one.parent_header && one.parent_header.msg_id === id
    && one.msg_type !== 'status').map((one) => one.msg_type);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the showroom."""
    path = tmp_path_factory.mktemp("forged") / "workbook.sqlite"
    open_workbook(str(path), agency="changshu").close()
    with serving(path, port=8970) as running:
        yield running


@pytest.fixture
def stood(served: Served, page: Page) -> Page:
    """Open a page and wait until it stands."""
    page.goto(served.address)
    page.locator("html[data-casework=live]").wait_for(state="attached")
    return page


def test_a_page_cannot_make_its_kernel_run_or_tell_anything(stood: Page, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    code = f"open({str(trace)!r}, 'w').close()"
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("execute_request", {"code": code, "silent": False, "store_history": False}, "shell"),
        ("execute_request", {"code": code, "user_expressions": {"x": code}}, "control"),
        ("complete_request", {"code": "import o", "cursor_pos": 8}, "shell"),
        ("inspect_request", {"code": "workbook", "cursor_pos": 3, "detail_level": 1}, "shell"),
        ("history_request", {"output": True, "raw": True, "hist_access_type": "tail"}, "shell"),
        ("input_reply", {"value": code}, "stdin"),
        ("debug_request", {"type": "request", "command": "evaluate", "seq": 1}, "control"),
    ]
    answered = {kind: stood.evaluate(ASK, [kind, content, at]) for kind, content, at in asked}
    assert {kind: heard for kind, heard in answered.items() if heard} == {}
    assert not trace.exists()


@pytest.mark.parametrize(
    "address",
    [
        "api/contents",
        "api/terminals",
        "api/sessions",
        "files/supervisor.ipynb",
        "nbconvert/html/supervisor.ipynb",
        "lab",
        "tree",
        "voila/render/supervisor.ipynb",
        "voila/files/workbook.sqlite",
        "static/..%2f..%2f..%2fetc/passwd",
        "static/%2e%2e/%2e%2e/etc/passwd",
        "static//etc/passwd",
        "voila/static/..%252f..%252fetc/passwd",
        "voila/templates/casework/static/../../../serving.py",
        "voila/labextensions/anywidget/..%2f..%2f..%2f..%2fetc/passwd",
    ],
)
def test_no_file_and_no_list_is_given_away(served: Served, address: str) -> None:
    status, headers, text = answer(served.address + address, follow=False)
    assert "root:" not in text and "SQLite format" not in text and '"cells"' not in text
    if status == 302:  # to the first page
        assert headers["Location"] == "/"
    else:
        assert status in (400, 403, 404), address


def test_another_site_may_not_speak_to_the_page(served: Served, stood: Page) -> None:
    assert answer(served.address, Host="evil.example:80")[0] == 403
    kernel = stood.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    channels = f"ws{served.address[4:]}api/kernels/{kernel}/channels"
    for origin in ("http://evil.example", "null", "http://127.0.0.1.evil.example"):
        assert _refused(channels, origin) == 403, origin
    assert _refused(channels, served.address.rstrip("/")) is None


def _refused(address: str, origin: str) -> int | None:
    """Give the status with which a socket is refused, or None when it opens."""

    async def tried() -> int | None:
        try:
            opened = await websocket_connect(HTTPRequest(address, headers={"Origin": origin}))
        except HTTPClientError as refusal:
            await asyncio.sleep(0)  # the client closes what was refused one turn later
            return refusal.code
        opened.close()
        while await opened.read_message() is not None:  # until the server said goodbye, too
            pass
        return None

    with ThreadPoolExecutor(1) as apart:  # the browser's own loop runs in this thread
        return apart.submit(asyncio.run, tried()).result()


def _widgets() -> set[str]:
    from ipywidgets.widgets.widget import _instances

    return set(_instances)


def _islands(known: set[str]) -> list[Island]:
    """List the widgets of ours that came since: those of the test's own page, and of no other's."""
    from ipywidgets.widgets.widget import _instances

    return [
        one for number, one in _instances.items() if number not in known and isinstance(one, Island)
    ]


NONSENSE: list[Any] = [
    None,
    [],
    "do",
    7,
    {"do": None},
    {"do": "entry"},
    {"do": "entry", "entry": "x" * 5_000_000, "finished": True},
    {"do": "entry", "entry": {"$ne": 1}, "finished": "yes"},
    {"do": "entry", "entry": ["never offered"], "finished": True},
    {"do": "entry", "entry": "never offered", "finished": True},
    {"do": "press", "action": "never_offered", "args": "1"},
    {"do": "press", "action": "__class__", "args": "1"},
    {"do": "act", "action": "approve", "args": "99999999"},
    {"do": "open", "key": "-1"},
    {"do": "page", "page": 10**12},
    {"do": "sort", "column": "id; DROP TABLE person", "down": True},
    {"do": "find", "text": "x", "seq": -1},
    {"do": "go", "place": "#/../../etc/passwd"},
    {"do": "part", "name": "../../.ipython/startup/00-evil.py", "size": 10**15, "offset": 0},
    {"do": "entry", "entry": 999, "finished": True, "max": 999},
]


@pytest.mark.parametrize("place", ["board", "people", "policy", "review", "intake", "issues"])
def test_messages_our_script_never_sends_change_nothing(
    demo_workbook: Workbook, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    known = _widgets()
    shell = Shell(demo_workbook, "supervisor")
    shell.go(place)
    before = _content(demo_workbook)
    islands = _islands(known)
    assert len(islands) > 5
    for island in islands:
        offered = {key: value for key, value in island.view.items() if key in ("label", "kind")}
        for nonsense in NONSENSE:
            island._received(island, nonsense, [])
        island.set_state({"view": {"disabled": False, "label": "forged"}})
        assert {key: island.view.get(key) for key in offered} == offered
    assert _content(demo_workbook) == before


def _content(workbook: Workbook) -> dict[str, int]:
    """Count the rows of every table in which people write."""
    from casework.records import Base

    with workbook.reading() as session:
        return {
            table.name: session.query(table).count()
            for table in Base.metadata.sorted_tables
            if table.name not in ("draft",)
        }


@pytest.mark.parametrize(
    "name",
    [
        "../../../home/u/.ipython/profile_default/startup/00-evil.py",
        "..\\..\\startup\\evil.py",
        "/etc/passwd",
        "CON",
        "x" * 300,
        "roster\n.xlsx",
        "\u202excod.xslx",
    ],
)
def test_the_name_of_an_upload_is_a_label_and_never_a_place(name: str) -> None:
    heard: list[str] = []
    field = FileField("roster", "名册", lambda file, _content: heard.append(file))
    field.put(name, b"x")
    assert len(heard) == 1
    assert "/" not in heard[0] and "\\" not in heard[0]


def test_an_upload_never_becomes_a_file_of_its_name(
    workbook: Workbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {one for one in tmp_path.rglob("*") if "sqlite" not in one.name}
    with speaking("zh"):
        known = _widgets()
        shell = Shell(workbook, "supervisor")
        shell.go("intake")
        fields = [one for one in _islands(known) if isinstance(one, FileField)]
        assert fields
        for field in fields:
            field.put("../evil.csv", "姓名,出生日期\n测一,1932-05-01\n".encode())
    after = {one for one in tmp_path.rglob("*") if "sqlite" not in one.name}
    assert [one for one in after - before if "evil" in one.name] == []
    assert json.dumps(sorted(str(one) for one in after - before)) == "[]"
