"""Notebooks are clean and thin: the work is in the package, where it has tests."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from casework.demo import make_demo
from tests.findings import expect_none

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(
    one
    for folder in ("notebooks", "dashboards")
    for one in ROOT.glob(f"{folder}/**/*.ipynb")
    if ".ipynb_checkpoints" not in one.parts  # what JupyterLab leaves behind
)
WORKED = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
MOST_CELLS, MOST_LINES = 3, 8
ANALYSTS = "50_"  # from here on notebooks may have many short cells
WORK = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)


def code_of(notebook: Path) -> list[nbformat.NotebookNode]:
    read = nbformat.read(notebook, as_version=4)
    return [cell for cell in read.cells if cell.cell_type == "code"]


def is_analysts(notebook: Path) -> bool:
    return notebook.parent.name == "notebooks" and notebook.name >= ANALYSTS


def test_notebooks_hold_no_outputs_and_no_counts() -> None:
    expect_none(
        [
            notebook.name
            for notebook in NOTEBOOKS
            for cell in code_of(notebook)
            if cell.outputs or cell.execution_count is not None
        ]
    )


def test_notebooks_say_what_they_are_for_before_any_code() -> None:
    read = [path for path in NOTEBOOKS if path.is_relative_to(ROOT / "notebooks")]  # not dashboards
    firsts = {path.name: nbformat.read(path, as_version=4).cells[0] for path in read}
    expect_none([name for name, cell in firsts.items() if not cell.source.startswith("# ")])


def test_notebooks_have_few_short_cells() -> None:
    expect_none(
        [
            f"{notebook.name}: {len(code_of(notebook))} cells, longest {longest} lines"
            for notebook in NOTEBOOKS
            for longest in [max((len(c.source.splitlines()) for c in code_of(notebook)), default=0)]
            if longest > MOST_LINES
            or (len(code_of(notebook)) > MOST_CELLS and not is_analysts(notebook))
        ]
    )


def test_notebooks_do_no_work_of_their_own() -> None:
    found = []
    for notebook in NOTEBOOKS:
        for cell in code_of(notebook):
            assert not cell.source.lstrip().startswith(("%", "!")), f"{notebook.name}: magic"
            nodes = ast.walk(ast.parse(cell.source))
            found += [f"{notebook.name}: {ast.unparse(n)}" for n in nodes if isinstance(n, WORK)]
    expect_none(found)


def test_notebooks_know_the_package_only() -> None:
    found = []
    for notebook in NOTEBOOKS:
        for cell in code_of(notebook):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom):
                    found.append((notebook.name, node.module or ""))
                elif isinstance(node, ast.Import):
                    found += [(notebook.name, alias.name) for alias in node.names]
    strangers = [
        each for each in found if each[1].partition(".")[0] not in ("casework", "datetime")
    ]
    expect_none(strangers)


@pytest.fixture(scope="module")
def fresh_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small demonstration of this very day once: notebooks run on a copy of it."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    make_demo(str(path), "changshu", 12, 1).close()
    return path


@pytest.mark.parametrize("notebook", WORKED, ids=lambda path: path.stem)
def test_notebook_runs_on_a_demo_and_swallows_no_error(
    notebook: Path, fresh_demo: Path, tmp_path: Path, run_notebook: Callable[..., object]
) -> None:
    run_notebook(notebook, shutil.copy(fresh_demo, tmp_path / "demo.sqlite"))


def test_notebooks_follow_each_other() -> None:
    names = [path.stem for path in WORKED if not is_analysts(path)]
    assert [int(name[:2]) for name in names] == list(range(1, len(names) + 1))


def test_links_between_notebooks_lead_somewhere() -> None:
    targets = [
        (path.name, target)
        for path in WORKED
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
        for target in re.findall(r"\]\(([^)]+\.ipynb)\)", cell.source)
    ]
    assert targets
    assert [each for each in targets if not (ROOT / "notebooks" / each[1]).exists()] == []
