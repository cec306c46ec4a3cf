"""The product as it is served: ``casework serve`` on a workbook, and a page that shows it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 60
SHOWS_WITHIN = 60_000  # milliseconds, on a machine that is busy with other tests


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Give a function that serves a workbook's file and tells the address of the dashboards."""
    running: list[subprocess.Popen[str]] = []

    def served(workbook: Path | str, *, today: str = "2025-03-03") -> str:
        command = ["-u", "-m", "casework", "serve", "--db", str(workbook), "--as-of", today]
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "CASEWORK_LANG": "zh"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return _address(process)

    yield served
    for process in running:
        process.send_signal(signal.SIGINT)
    for process in running:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        finally:
            assert process.stdout is not None
            process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the line that tells the address; what was said before goes into the failure."""
    said: list[str] = []
    found: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if address and not found:
                found.append(address[0])
                ready.set()
        ready.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    ready.wait(STARTS_WITHIN)
    if not found:
        pytest.fail("casework serve did not start:\n" + "".join(said))
    return found[0]


def show(page: Page, address: str, route: str = "") -> Page:
    """Open a screen and wait until it can be used."""
    page.set_default_timeout(SHOWS_WITHIN)
    page.goto(f"{address}{route}", wait_until="commit")
    page.wait_for_function(
        "() => document.querySelector('.cw-bar, [data-cw-ready]') !== null"
        " && document.querySelector('.cw-screen') !== null"
    )
    return page
