"""Opening the supervisor's board: seconds until its figures stand, ours and the same in Panel.

Ours is served as ``casework serve`` serves it. The rival shows the same markup, made by the same
queries, in Panel's own panes, served by Panel with what it offers for speed at its defaults. Both
are opened by the same Chromium, in turn; *cold* is a browser that has nothing in its cache,
*warm* one that was here before. A kernel is warm in both of ours: that is what the pool is for.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import show
from casework.demo import make_demo
from tests.browser import FLAGS
from tests.programs import chromium

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

SIZES = (500, 5_500, 50_000)
ROUNDS = 3
FIGURE = ".cw-figure, .cw-figures"
READY_SECONDS = 180
REHEATING_SECONDS = 12
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a page.

    Attributes
    ----------
    stands, live : float
        Seconds until the figures are in sight, and until the page takes clicks.
    requests : int
    megabytes : float
        What was sent to the browser, without what came through the websocket.
    """

    stands: float
    live: float
    requests: int
    megabytes: float


def measure() -> None:
    """Open the board at each size and print medians."""
    rivals = ["casework"] + (["panel"] if importlib.util.find_spec("panel") else [])
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.sqlite"
            make_demo(str(path), people=size, history=False).close()
            for rival in rivals:
                with _serving(rival, path) as address:
                    opened = _opened(address, rival)
                rows += [[size, rival, kind, *_medians(found)] for kind, found in opened.items()]
    heads = ["people", "served by", "browser", "figures stand s", "live s", "requests", "MB"]
    show("Opening the supervisor's board (medians)", heads, rows)
    if len(rivals) == 1:
        print("  Panel is not installed here; python3 run.py bench installs it.")


def _medians(openings: list[Opening]) -> list[object]:
    return [
        statistics.median(one.stands for one in openings),
        statistics.median(one.live for one in openings),
        int(statistics.median(one.requests for one in openings)),
        statistics.median(one.megabytes for one in openings),
    ]


@contextmanager
def _serving(rival: str, database: Path) -> Iterator[str]:
    """Serve one of the two on a free port, and give the address of the board."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = [sys.executable, "-m", "casework", "serve", "--db", str(database), "--port", str(port)]
    panel = [
        sys.executable, "-m", "panel", "serve", str(ROOT / "benchmarks" / "board_in_panel.py"),
        "--port", str(port), "--address", "127.0.0.1",
        "--allow-websocket-origin", f"127.0.0.1:{port}",
    ]  # fmt: skip
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "CASEWORK_DB": str(database)}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        ours if rival == "casework" else panel,
        env=surroundings,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        time.sleep(REHEATING_SECONDS)
        path = "" if rival == "casework" else "board_in_panel"
        yield f"http://127.0.0.1:{port}/{path}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    latest = time.monotonic() + READY_SECONDS
    while time.monotonic() < latest:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")


def _opened(address: str, rival: str) -> dict[str, list[Opening]]:
    """Open the page in new browsers, and again in each."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[Opening]] = {"cold": [], "warm": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for _round in range(ROUNDS):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            for kind in ("cold", "warm"):
                found[kind].append(_open(context, address, rival))
                time.sleep(REHEATING_SECONDS)
            context.close()
        browser.close()
    return found


def _open(context: BrowserContext, address: str, rival: str) -> Opening:
    page = context.new_page()
    page.set_default_timeout(READY_SECONDS * 1000)
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(FIGURE).first.wait_for(state="visible")
    stands = time.perf_counter() - begun
    if rival == "casework":
        page.wait_for_function("document.documentElement.dataset.casework === 'live'")
    else:
        page.wait_for_function("window.Bokeh?.documents?.length > 0")
    live = time.perf_counter() - begun
    page.wait_for_timeout(500)
    found = Opening(stands, live, len(sizes), sum(sizes) / 2**20)
    page.close(run_before_unload=True)
    return found
