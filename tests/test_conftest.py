"""The watches of the test suite bite: what they are meant to catch does fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page
from sqlalchemy import text

from casework.workbook import Workbook
from tests.conftest import TODAY
from tests.notebooks import ROOT, executed, swallowed_errors

CLICK = """\
import ipywidgets
button = ipywidgets.Button()
button.on_click(lambda _: 1 / 0)
button.click()
"""
OUTPUT = """\
import ipywidgets
out = ipywidgets.Output()
with out:
    1 / 0
out
"""
INTERACT = """\
import ipywidgets
ipywidgets.interact(lambda x: 1 / x, x=(0, 0))
"""


SWALLOWED_CLICK = """
import ipywidgets

def test_click():
    button = ipywidgets.Button()
    button.on_click(lambda _: 1 / 0)
    button.click()
"""
OFF_THE_MACHINE = """
def test_picture(page):
    page.set_content("<img src='http://elsewhere.invalid/picture.png'>")
    page.wait_for_timeout(200)
"""
SCRIPT_ERROR = """
def test_script(page):
    page.set_content("<script>missing()</script>")
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a folder on loopback; give it and its address."""
    (tmp_path / "favicon.ico").touch()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def a_notebook(*cells: str) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(cell) for cell in cells])


def test_workbook_is_open_on_the_day_of_the_tests_on_each_database(any_workbook: Workbook) -> None:
    assert (any_workbook.today, any_workbook.agency.code) == (TODAY, "changshu")


def test_postgresql_is_a_real_server_that_knows_chinese(postgres_workbook: Workbook) -> None:
    with postgres_workbook.reading() as session:
        assert session.scalar(text("SELECT lower('ÄÖ') || upper('ä')")) == "äöÄ"
        assert session.scalar(text("SHOW server_encoding")) == "UTF8"


@pytest.mark.parametrize("cell", [CLICK, OUTPUT, INTERACT], ids=["click", "output", "interact"])
def test_notebook_helper_finds_an_error_that_the_notebook_swallows(
    cell: str, workbook_file: Path, tmp_path: Path
) -> None:
    done = executed(a_notebook(cell), workbook_file, tmp_path)
    assert "ZeroDivisionError" in "".join(swallowed_errors(done))


def test_notebook_runs_on_the_workbook_it_is_given(
    run_notebook: Callable[..., NotebookNode], workbook_file: Path
) -> None:
    done = run_notebook(
        a_notebook("from casework.workbook import open_workbook; open_workbook().agency.code"),
        workbook_file,
    )
    assert done.cells[0].outputs[0].data["text/plain"] == "'changshu'"


def test_page_shows_chinese_and_stays_on_this_machine(site: tuple[Path, str], page: Page) -> None:
    folder, address = site
    (folder / "index.html").write_text("<meta charset=utf-8><h1>一人一策</h1>", encoding="utf-8")
    page.goto(address)
    assert page.get_by_role("heading", name="一人一策").is_visible()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SWALLOWED_CLICK, "ZeroDivisionError"),
        (OFF_THE_MACHINE, "asked for http://elsewhere.invalid/picture.png"),
        (SCRIPT_ERROR, "missing is not defined"),
    ],
    ids=["callback", "request", "script"],
)
@pytest.mark.browser
def test_watch_fails_a_test_that_looks_green(
    given: str, said: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(given)
    result = pytester.runpytest_subprocess("-p", "tests.conftest")
    result.assert_outcomes(passed=1, errors=1)
    assert said in result.stdout.str()


LEAVING = """
import gc, warnings

class Open:
    def __del__(self):
        warnings.warn("still open", ResourceWarning)

def test_that_fails_and_leaves_something_open():
    one = Open()
    one.itself = one
    assert not one

def test_in_which_it_would_be_collected():
    gc.collect()
"""


def test_what_a_failed_test_left_open_fails_no_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(LEAVING)
    order = ("-W", "error", "-p", "no:cacheprovider")
    assert pytester.runpytest_subprocess(*order).parseoutcomes() == {"failed": 2}
    result = pytester.runpytest_subprocess(*order, "-p", "tests.conftest")
    result.assert_outcomes(failed=1, passed=1)
