"""Our pages served as in earnest, but on the day and the workbook of a test.

One server for the whole run; the notebook behind each page reads workbook, day and login from the
address, so that every test has its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import nbformat
import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
START_SECONDS = 240
STAND_SECONDS = 240

CELL = """
import os
from datetime import date
from urllib.parse import parse_qs

from casework import records
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.dashboard import wait_for_visitor
from casework.workbook import open_workbook

wait_for_visitor()
asked = {{name: values[0] for name, values in parse_qs(os.environ["QUERY_STRING"]).items()}}
use_language(asked["lang"])
today = date.fromisoformat(asked["day"])
workbook = open_workbook(asked["db"], acting=asked.get("as"), today=today)
Shell(workbook, "{audience}")
"""
SERVE = """
import sys
from pathlib import Path
from casework.ui.serving import serve

serve(port=int(sys.argv[1]), dashboards=Path(sys.argv[2]), announce=lambda s: print(s, flush=True))
"""


@pytest.fixture(scope="session")
def served_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve both pages until the end of the run, and give the address."""
    folder = tmp_path_factory.mktemp("pages")
    for audience in ("supervisor", "caseworker"):
        cell = nbformat.v4.new_code_cell(CELL.format(audience=audience))
        notebook = nbformat.v4.new_notebook(cells=[cell])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, folder / f"{audience}.ipynb")
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "CASEWORK_DB": str(folder / "none")}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "8700", str(folder)],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        said: list[str] = []
        stands = threading.Event()
        address: list[str] = []

        def listen() -> None:
            for line in server.stdout or ():
                said.append(line)
                found = re.search(r"http://127\.0\.0\.1:\d+/", line)
                if found and not address:
                    address.append(found[0])
                    stands.set()
            stands.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        if not stands.wait(START_SECONDS) or not address:
            server.terminate()
            pytest.fail("the pages were not served:\n" + "".join(said))
        yield address[0]
        server.terminate()
        listener.join(30)


@pytest.fixture
def visit(served_address: str, workbook_file: Path) -> Callable[..., Page]:
    """Give a function that opens a page on a place of ours and waits until it stands.

    It is TODAY there unless another day is said.
    """

    def visited(
        page: Page,
        place: str = "",
        *,
        audience: str = "caseworker",
        login: str | None = None,
        language: str = "zh",
        day: str = "2025-03-03",
    ) -> Page:
        query = {"db": str(workbook_file), "day": day, "lang": language}
        asked = urlencode({**query, **({"as": login} if login else {})})
        way = "" if audience == "supervisor" else audience
        wait = STAND_SECONDS * 1000  # the first page may come while kernels are still heated
        page.goto(f"{served_address}{way}?{asked}{place}", timeout=wait)
        expect(page.locator("html[data-casework=live]")).to_be_attached(timeout=wait)
        return page

    return visited
