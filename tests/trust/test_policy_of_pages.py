"""Markup that got past all escaping still runs nothing: the policy of the page, tried in Chromium.

The page shows every way of running a script that a measurement found alive in voila, raw, through
widgets that escape nothing. Hostile inputs 1 to 4.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator

import nbformat
import pytest
from playwright.sync_api import Page

from casework.ui.voila_csp import content_security_policy
from casework.workbook import open_workbook
from tests.ui.served import Served, answer, serving

CELL = """
import ipywidgets as widgets
import pandas as pd
from IPython.display import HTML, Markdown, display

attack = lambda n: f"window.ran = (window.ran || []).concat({n}); document.title = 'ran {n}'"
image = lambda n: f'<img src=x onerror="{attack(n)}">'
frame = pd.DataFrame({image(8): [image(9)]})
out = widgets.Output()
with out:
    display(HTML(image(5)))
display(
    widgets.HTML(image(1)),
    widgets.HTMLMath(f"<b onmouseover='x'>m</b>{image(2)}"),
    HTML(image(3)),
    HTML(f"<script>{attack(4)}</script>"),
    out,
    Markdown(image(6)),
    Markdown(f'<a href="javascript:{attack(7)}" id="seven">seven</a>'),
    frame.style.set_caption(image(10)),
    HTML(f'<iframe srcdoc="<script>parent.ran = [11]</script>"></iframe>'),
    HTML(f'<iframe src="javascript:parent.ran = [12]"></iframe>'),
    HTML(f'<svg><animate onbegin="{attack(13)}" attributeName="x" dur="1s"></svg>'),
    HTML('<form action="http://198.51.100.7/" id="away"><button>go</button></form>'),
    HTML('<img src="http://198.51.100.7/seen.png">'),
    HTML('<link rel="stylesheet" href="http://198.51.100.7/a.css">'),
    HTML('<base href="http://198.51.100.7/"><object data="http://198.51.100.7/o"></object>'),
    widgets.Label("everything was drawn"),
)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a page of raw markup."""
    folder = tmp_path_factory.mktemp("raw")
    path = folder / "workbook.sqlite"
    open_workbook(str(path), agency="changshu").close()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    pages = folder / "pages"
    pages.mkdir()
    for name in ("supervisor", "caseworker"):
        nbformat.write(notebook, pages / f"{name}.ipynb")
    with serving(path, pages, port=8950) as running:
        yield running


@pytest.mark.console_errors_expected(
    "Content Security Policy", "Failed to load", "asked for http://198.51.100.7"
)
def test_nothing_that_is_not_ours_runs_or_is_asked_for(
    served: Served, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    asked: list[str] = []
    stopped: list[str] = []
    page.on("requestfinished", lambda one: asked.append(one.url))
    page.on("requestfailed", lambda one: stopped.append(f"{one.failure} {one.url}"))
    page.goto(served.address)
    page.get_by_text("everything was drawn").wait_for(state="attached")
    page.evaluate("document.getElementById('seven')?.click()")
    page.evaluate("document.getElementById('away')?.requestSubmit()")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.ran") is None
    assert "ran" not in page.title()
    assert page.url == served.address
    assert [one for one in asked if "198.51.100.7" in one] == []
    outside = [one for one in stopped if "198.51.100.7" in one]
    assert outside and all(one.startswith("csp ") for one in outside), outside


def test_the_header_names_each_script_of_the_page_and_no_other(served: Served) -> None:
    _status, headers, page = answer(served.address)
    policy = headers["Content-Security-Policy"]
    script_src = re.search(r"script-src ([^;]*)", policy)[1]  # type: ignore[index]
    assert "'unsafe-inline'" not in script_src
    assert re.findall(r"https?:|\*", policy) == []
    named = set(re.findall(r"'sha256-([^']+)'", script_src))
    ours = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in ours}
    assert hashes - named == set(), "a script of the page is not in the header"
    assert 1 <= len(named) <= 3


@pytest.mark.parametrize("address", ["", "caseworker", "voila/static/nothing.js", "api/status"])
def test_every_answer_carries_the_policy(served: Served, address: str) -> None:
    _status, headers, _text = answer(served.address + address)
    assert "script-src-attr 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_changed_script_changes_the_policy() -> None:
    assert content_security_policy(["a()"]) != content_security_policy(["a() "])
