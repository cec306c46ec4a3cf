"""JupyterLab beside the dashboards: nothing without its token, nothing run by a notebook of others.

Hostile inputs 19, 20 and 21.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import nbformat
import pytest
from playwright.sync_api import Page, expect

from casework.ui.serving import _lab
from tests.ui.served import answer

ROOT = Path(__file__).parents[2]
RAN = "window.ran = (window.ran || []).concat(1)"
OUTPUTS = {
    "text/html": f'<b>it was drawn</b><img src=x onerror="{RAN}"><script>{RAN}</script>'
    f'<iframe srcdoc="<script>parent.ran = 1</script>"></iframe><a href="javascript:{RAN}">a</a>',
    "application/javascript": RAN,
    "image/svg+xml": f'<svg onload="{RAN}"><script>{RAN}</script></svg>',
    "text/markdown": f'<img src=x onerror="{RAN}">',
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a running JupyterLab, with its token."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("lab")
        patch.setenv("HOME", str(folder))
        patch.setenv("PYTHONPATH", str(ROOT))
        with _lab(folder) as address:
            yield address


@pytest.fixture
def prepared() -> Iterator[Path]:
    """Put a notebook from elsewhere where JupyterLab finds it, with outputs of every kind."""
    folder = ROOT / "var" / f"prepared-{uuid4().hex}"
    folder.mkdir(parents=True)
    cells = [
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output(
            "display_data", data={kind: content, "text/plain": "plain"})])
        for kind, content in OUTPUTS.items()
    ]  # fmt: skip
    cells.append(nbformat.v4.new_markdown_cell(f'<img src=x onerror="{RAN}"> from elsewhere'))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "a.ipynb")
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "address",
    ["api/contents", "api/kernels", "api/terminals", "files/README.md", "nbconvert/html/a.ipynb",
     "lab", "api/contents/..%2f..%2fetc/passwd", "static/..%2f..%2f..%2fetc/passwd"],
)  # fmt: skip
def test_nothing_is_given_away_without_the_token(lab: str, address: str) -> None:
    base, token = lab.split("lab?token=")
    for wrong in ({}, {"Authorization": "token wrong"}):
        status, _headers, text = answer(base + address, **wrong)
        assert status in (403, 404) or "password" in text, (address, status)
        assert "root:" not in text and '"content"' not in text
    allowed = {"Authorization": f"token {token}", "Host": "evil.example"}
    assert answer(base + "api/contents", **allowed)[0] == 403


@pytest.mark.console_errors_expected("")  # JupyterLab's own, and what it refuses to run
def test_prepared_notebook_of_others_runs_nothing_and_stays_as_it_is(
    lab: str, prepared: Path, open_page: Callable[..., Page]
) -> None:
    base, token = lab.split("lab?token=")
    before = (prepared / "a.ipynb").read_bytes()
    page = open_page()
    page.goto(f"{base}lab/tree/{prepared.relative_to(ROOT)}/a.ipynb?token={token}")
    expect(page.get_by_text("it was drawn")).to_be_visible()
    expect(page.get_by_text("from elsewhere", exact=True)).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.evaluate("window.ran") is None
    assert (prepared / "a.ipynb").read_bytes() == before
