"""Running a notebook as a person would, and finding the errors that it swallows.

A notebook runs green when a callback, an `Output` block or `interact` fails: the error is then
only in a cell's outputs or in the state of a widget. Both are searched.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
STATE = "application/vnd.jupyter.widget-state+json"
SIGNS = ("Traceback (most recent call last)", "Exception in callback")
CELL_SECONDS = 120
TURN_SECONDS = 1.0


@pytest.fixture
def run_notebook(tmp_path: Path) -> Callable[..., NotebookNode]:
    """Give a function that runs a notebook on a workbook and fails on any error in it."""

    def run(notebook: Path | NotebookNode, database: str | Path) -> NotebookNode:
        done = executed(notebook, database, tmp_path)
        errors = list(swallowed_errors(done))
        if errors:
            pytest.fail("the notebook swallowed:\n" + "\n".join(errors), pytrace=False)
        return done

    return run


def executed(
    notebook: Path | NotebookNode, database: str | Path, settings_folder: Path
) -> NotebookNode:
    """Run every cell in a fresh kernel; an exception in a cell is raised."""
    is_file = isinstance(notebook, Path)
    read = nbformat.read(notebook, as_version=4) if is_file else notebook
    folder = notebook.parent if is_file else ROOT
    client = PatientClient(
        read,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    surroundings = {
        **os.environ,
        "CASEWORK_DB": str(database),
        "IPYTHONDIR": str(settings_folder / "ipython"),
        "PYTHONPATH": str(ROOT),
    }
    return client.execute(env=surroundings)


class PatientClient(NotebookClient):
    """Waits for answers in short turns.

    For an `Output` widget nbclient sends on the very socket it waits on, and an answer that comes
    in just then wakes nobody: it would be found when the whole time of the cell has passed.
    """

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        waits = client.shell_channel.get_msg

        async def wait_in_turns(timeout: float | None = None) -> Any:
            latest = None if timeout is None else time.monotonic() + timeout
            while True:
                left = TURN_SECONDS if latest is None else latest - time.monotonic()
                try:
                    return await waits(timeout=max(0.0, min(left, TURN_SECONDS)))
                except Empty:
                    if left <= TURN_SECONDS and latest is not None:
                        raise

        client.shell_channel.get_msg = wait_in_turns
        return client


def swallowed_errors(notebook: NotebookNode) -> Iterator[str]:
    """Give every error in the outputs of cells and in the state of `Output` widgets."""
    for cell in notebook.cells:
        yield from _errors(cell.get("outputs", ()))
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for widget in widgets.values():
        yield from _errors(widget["state"].get("outputs", ()))


def _errors(outputs: Any) -> Iterator[str]:
    for output in outputs:
        if output["output_type"] == "error":
            yield "\n".join(output["traceback"])
        elif any(sign in output.get("text", "") for sign in SIGNS):
            yield output["text"]
