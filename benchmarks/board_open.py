"""Opening the supervisor's board: until its figures stand, at three sizes, beside Panel.

Both pages show the same six figures from the same calls of the workbook, warm: the server is up and
has answered once, the browser's cache is filled. A page stands when the number of people in care
and the number of overdue tasks are in the document. Panel comes with the dependency group
``bench``; ``CASEWORK_PANEL_PYTHON`` names another environment that has it.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.table import median_seconds, show
from tests.browser import FLAGS
from tests.programs import chromium

SIZES = (500, 5_500, 50_000)
TODAY = "2025-03-03"
ROOT = Path(__file__).parent.parent
TIMES = 5
PANEL = """
import sys
from datetime import date
import panel as pn
from casework.workbook import open_workbook

pn.extension("tabulator")

def page():
    book = open_workbook(sys.argv[1], today=date.fromisoformat(sys.argv[2]))
    board = book.boards.supervisor()
    first = ["people.total", "ages.all.mean", "groups.any", "reach.reached", "tasks.overdue",
             "contacts.person_times"]
    cards = [pn.Card(pn.pane.HTML(f'<b data-figure="{c}">{board[c].sentence}</b>'), title=c)
             for c in first]
    tables = []
    for topic in ("ages", "pyramid", "groups", "contacts", "tasks", "dossiers", "plans"):
        import pandas as pd
        rows = [(one.sentence, one.number) for one in board.topic(topic)[:20]]
        tables.append(pn.widgets.Tabulator(pd.DataFrame(rows, columns=["figure", "n"])))
    return pn.Column(pn.GridBox(*cards, ncols=3), *tables)

pn.serve(page, port=int(sys.argv[3]), show=False, verbose=False)
"""


def measure(sizes: Sequence[int] = SIZES) -> None:
    """Print seconds to count, to stand in ours and in Panel, and their ratio, by size."""
    rows: list[list[object]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "board.sqlite"
            _populate(database, size)
            counted = _counted(database)
            ours = _stands(_ours(database))
            theirs = _stands(_panel(database))
        ratio = theirs / ours if ours and theirs else float("nan")
        rows.append([size, counted, ours, theirs, ratio])
        before = rows[-2][2] if len(rows) > 1 else None
        rows[-1].append(ours / before if isinstance(before, float) else "–")
    heads = ["people", "all figures (s)", "ours stands (s)", "Panel stands (s)", "ratio", "growth"]
    show("Opening the supervisor's board, warm, median of five", heads, rows)


def _counted(database: Path) -> float:
    from datetime import date

    from casework.workbook import open_workbook

    book = open_workbook(str(database), today=date.fromisoformat(TODAY))
    taken = median_seconds(book.boards.supervisor, TIMES)
    book.close()
    return taken


def _stands(served: Iterator[str]) -> float:
    """Give the median seconds from the address to the figures, over pages of a warm browser."""
    from playwright.sync_api import sync_playwright

    taken = []
    with contextmanager(lambda: served)() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        for _n in range(TIMES + 1):
            page = context.new_page()
            begun = time.perf_counter()
            page.goto(address, wait_until="commit", timeout=120_000)
            for code in ("people.total", "tasks.overdue"):
                wanted = f"[data-figure='{code}']"
                page.locator(wanted).first.wait_for(state="visible", timeout=120_000)
            taken.append(time.perf_counter() - begun)
            page.close()
            time.sleep(4)  # the pool of warm kernels is filled again
        browser.close()
    return statistics.median(taken[1:])


def _ours(database: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "casework", "serve", "--db", str(database)]
    with subprocess.Popen(
        [*command, "--as-of", TODAY, "--port", "8940"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        found = (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in process.stdout or ())
        try:
            yield next(one[0] for one in found if one)
        finally:
            os.killpg(process.pid, signal.SIGINT)


def _panel(database: Path) -> Iterator[str]:
    python = os.environ.get("CASEWORK_PANEL_PYTHON", sys.executable)
    with subprocess.Popen(
        [python, "-c", PANEL, str(database), TODAY, "8941"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as process:
        try:
            _wait_for(8941, process)
            yield "http://127.0.0.1:8941/"
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    for _n in range(240):
        if process.poll() is not None:
            raise SystemExit("Panel did not start; install the dependency group bench.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise SystemExit("Panel did not start within two minutes.")


def _populate(database: Path, size: int) -> None:
    """Write so many people with a year of contacts and two of tasks, by plain inserts."""
    from benchmarks.crowd import write_crowd

    write_crowd(database, size)


if __name__ == "__main__":
    measure([int(one) for one in sys.argv[1:]] or SIZES)
