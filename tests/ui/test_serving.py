"""The server: one address, taken ports, what it answers and refuses, a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.sync_api import Page, expect

from casework.errors import CaseworkError
from casework.ui import serving as module
from casework.ui.serving import serve, set_environment
from casework.ui.voila_bundle import bundle
from casework.workbook import open_workbook
from tests.ui.served import Served, answer, is_alive, serving

Pages = dict[str, tuple[int, dict[str, str], str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the showroom, on a port whose neighbour is taken."""
    path = tmp_path_factory.mktemp("served") / "workbook.sqlite"
    open_workbook(str(path), agency="changshu").close()
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        serving(Path(path), port=taken.getsockname()[1]) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def pages(served: Served) -> Pages:
    """Ask once for each page: every visit takes a kernel."""
    return {path: answer(served.address + path) for path in ("", "caseworker")}


def test_a_taken_port_is_said_and_the_next_free_one_used(served: Served) -> None:
    said = "".join(served.lines)
    taken, used = re.findall(r"端口 (\d+) 已被其他程序占用，改用 (\d+)", said)[0]
    assert int(used) > int(taken)
    assert f"casework 已就绪：http://127.0.0.1:{used}/" in said


def test_one_address_is_printed(served: Served) -> None:
    assert len(re.findall("http://", "".join(served.lines))) == 1


@pytest.mark.parametrize("path", ["", "caseworker"])
def test_the_page_stands_on_its_own_and_is_painted_at_once(pages: Pages, path: str) -> None:
    status, headers, text = pages[path]
    assert status == 200
    assert "位离休干部" in text
    assert "常熟市委老干部局" in text
    assert re.findall(r"https?://[^/\s\"']+", text.replace("http://www.w3.org", "")) == []
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "_xsrf" in headers["Set-Cookie"]


@pytest.mark.parametrize(("path", "other"), [("", "/caseworker"), ("caseworker", "/")])
def test_each_dashboard_leads_to_the_other(pages: Pages, path: str, other: str) -> None:
    assert f'<a href="{other}"' in pages[path][2]


def test_the_page_holds_no_source_of_the_notebook(pages: Pages) -> None:
    assert "showroom import" not in pages[""][2]


@pytest.mark.parametrize(
    "address",
    [
        "voila/files/supervisor.ipynb", "voila/files/showroom.py", "voila/tree",
        "voila/render/supervisor.ipynb", "voila/api/contents", "api/contents",
        "voila/static/../../../../etc/passwd", "supervisor.ipynb",
    ],
)  # fmt: skip
def test_no_file_and_no_folder_is_given_away(served: Served, address: str) -> None:
    status, headers, text = answer(served.address + address, follow=False)
    assert '"cells"' not in text
    assert "showroom" not in text
    assert "root:" not in text
    if status == 302:  # to the first page
        assert headers["Location"] == "/"


def test_a_foreign_name_for_this_computer_is_refused(served: Served) -> None:
    assert answer(served.address, Host="evil.example")[0] == 403


def test_a_page_whose_kernel_has_ended_is_refused_without_a_trace(served: Served) -> None:
    before = len(served.lines)
    kernel = "api/kernels/00000000-0000-0000-0000-000000000000/channels"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    status, _headers, said = answer(served.address + kernel, **upgrade)
    assert (status, said) == (404, "")
    answer(served.address + "elsewhere", follow=False)  # by now it has said what it says
    assert not [line for line in served.lines[before:] if "Traceback" in line]


def test_the_template_cannot_be_chosen_by_the_address(served: Served) -> None:
    assert "cw-first-paint" in answer(f"{served.address}?template=lab&theme=dark")[2]


def test_the_scripts_of_a_page_are_one_file_that_the_browser_keeps(
    served: Served, pages: Pages
) -> None:
    name = re.search(r'src="/(casework/page-[0-9a-f]+\.js)"', pages[""][2])
    assert name is not None
    status, headers, script = answer(served.address + name[1])
    assert (status, "immutable" in headers["Cache-Control"]) == (200, True)
    assert len(script) > 2_000_000
    assert "ensureMathDocument" not in script


def test_every_listed_chunk_is_found_in_the_installed_voila() -> None:
    from voila.paths import collect_static_paths
    from voila.utils import get_voila_labextensions_path

    listed = (Path(module.__file__).parent / "voila" / "chunks.txt").read_text().splitlines()
    statics = collect_static_paths(["voila", "nbconvert"], "base")
    found = bundle(statics, get_voila_labextensions_path())
    assert found.n_chunks == sum(not line.startswith("#") for line in listed)


def test_a_bundle_of_nothing_is_no_bundle(tmp_path: Path) -> None:
    assert bundle([tmp_path], [tmp_path]).n_chunks == 0


def test_no_free_port_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PORTS_TRIED", 1)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CaseworkError, match="--port"),
    ):
        serve(port=taken.getsockname()[1])


def test_the_program_of_somebody_else_on_the_port_is_not_taken_for_our_jupyterlab() -> None:
    with (
        HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other,
        subprocess.Popen([sys.executable, "-c", ""]) as too_late,
    ):
        threading.Thread(target=other.serve_forever, daemon=True).start()
        assert not module._stands(too_late, other.server_port, "token")
        other.shutdown()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_all_its_kernels(
    workbook_file: Path, sign: signal.Signals
) -> None:
    with serving(workbook_file, port=8980) as running:
        latest = time.monotonic() + 120
        while not running.kernels() and time.monotonic() < latest:
            time.sleep(0.1)
        kernels = running.kernels()
        assert kernels
        assert running.end(sign) == 0
        assert not [one for one in kernels if is_alive(one)]
    said = "".join(running.lines)
    assert "casework 已停止" in said
    assert "Traceback" not in said
    assert "pending" not in said


def test_a_workbook_that_is_not_there_is_said_on_the_page(tmp_path: Path, page: Page) -> None:
    """In the language of this browser, whatever else on this computer has left there."""
    with serving(tmp_path / "nothing.sqlite", folder=None, port=8990) as running:
        page.set_extra_http_headers({"Cookie": "a/b=1; x y; casework_language=en"})
        page.goto(running.address)
        expect(page.get_by_text("The workbook cannot be opened.")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("casework init")).to_be_visible()
        expect(page.get_by_role("link", name="Load the page again")).to_be_visible()
        page.goto("about:blank")  # before the server ends


def test_a_page_stands_where_no_kernel_is_kept_warm_as_behind_a_hub(workbook_file: Path) -> None:
    with serving(workbook_file, port=8985, warm=False) as running:
        assert not running.kernels()
        status, _headers, text = answer(running.address)
    assert status == 200
    assert "位离休干部" in text


@pytest.mark.parametrize("typed", ["my.sqlite", "sqlite:///my.sqlite", None])
def test_workbook_named_from_here_is_the_one_that_kernels_open_elsewhere(
    typed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ, {"CASEWORK_DB": "my.sqlite"}):
        set_environment(typed, tmp_path / "one")
        assert os.environ["CASEWORK_DB"] == str(tmp_path / "my.sqlite")
        set_environment("postgresql://u@h/db", tmp_path / "other")
        assert os.environ["CASEWORK_DB"] == "postgresql://u@h/db"


def test_a_warm_kernel_that_was_killed_is_not_given_to_the_next_page(served: Served) -> None:
    answer(served.address)
    for _try in range(200):  # until another is warm
        if len(served.kernels()) > 1:
            break
        time.sleep(0.1)
    for kernel in served.kernels():
        os.kill(kernel, signal.SIGKILL)
    status, _headers, text = answer(served.address)
    assert (status, "位离休干部" in text) == (200, True)
