"""The dashboards as a visitor finds them: a server of its own for a module of tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWROOM = Path(__file__).parent / "gallery"
READY_SECONDS = 240
SCRIPT = """
import sys
from pathlib import Path
from casework.ui import serving
from casework.ui.serving import serve
serving._KERNELS_AT_LEAST = serving._KERNELS_AT_MOST = int(sys.argv[4])
folder = Path(sys.argv[3]) if sys.argv[3] else None
if sys.argv[5] == "cold":  # as behind a hub
    configured = serving.configuration
    def cold(*where):
        config = configured(*where)
        config.VoilaConfiguration.preheat_kernel = False
        return config
    serving.configuration = cold
announce = lambda words: print(words, flush=True)
sys.exit(serve(sys.argv[1], int(sys.argv[2]), announce=announce, dashboards=folder))
"""


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        said = "\n".join(self.lines)
        return re.search(r"http://127\.0\.0\.1:\d+/", said)[0]  # type: ignore[index]

    @property
    def is_ready(self) -> bool:
        return any("http://" in line for line in self.lines)

    def kernels(self) -> list[int]:
        """List the processes of its kernels."""
        listed = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid=,args="],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if "ipykernel" in line]

    def end(self, sign: int = signal.SIGINT) -> int:
        self.process.send_signal(sign)
        return self.process.wait(120)


@contextmanager
def serving(
    database: Path,
    folder: Path | None = SHOWROOM,
    port: int = 8930,
    at_most: int = 40,
    *,
    warm: bool = True,
) -> Iterator[Served]:
    """Run the server on a free port until the block ends, with so many kernels at most."""
    chosen = [str(database), str(port), str(folder or ""), str(at_most), "warm" if warm else "cold"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *chosen],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    served = Served(process)
    reader = threading.Thread(target=lambda: served.lines.extend(iter(process.stdout.readline, "")))  # type: ignore[union-attr]
    reader.start()
    latest = time.monotonic() + READY_SECONDS
    while not served.is_ready:
        if process.poll() is not None or time.monotonic() > latest:
            process.kill()
            raise AssertionError("the server did not start:\n" + "".join(served.lines))
        time.sleep(0.05)
    try:
        yield served
    finally:
        if process.poll() is None:
            served.end()
        reader.join(10)
        process.stdout.close()  # type: ignore[union-attr]


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_asked: object) -> None:
        """Go nowhere else."""


def answer(address: str, *, follow: bool = True, **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask for an address; give status, headers and text.

    Whoever is led to the first page takes a kernel there: do not follow where that says no more.
    """
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    opener = urllib.request.build_opener(*([] if follow else [_Stays]))
    try:
        with opener.open(request, timeout=120) as got:
            return got.status, dict(got.headers), got.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, dict(refusal.headers), refusal.read().decode()


def is_alive(process: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    asked = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return bool(asked.stdout.strip()) and not asked.stdout.strip().startswith("Z")
