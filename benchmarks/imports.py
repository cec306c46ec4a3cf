"""Importing a roster: seconds and memory as it grows, beside bare reading of the same file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import median_seconds, peak_megabytes, show

SIZES = (500, 2_000, 20_000)
_AGENCY = "hubei-market"


def measure() -> None:
    """Import rosters of growing size, each in a process of its own, and print the figures."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = _a_roster(Path(folder), size)
            bare = median_seconds(lambda path=path: _read_bare(path), times=3)  # type: ignore[misc]
            trial = _apart(path, "trial")
            whole = _apart(path, "whole")
            again = _apart(path, "again")
            rows.append(
                [
                    size,
                    bare,
                    trial["seconds"],
                    whole["seconds"],
                    whole["seconds"] / bare,
                    size / whole["seconds"],
                    again["seconds"],
                    max(whole["megabytes"], again["megabytes"]),
                ]
            )
    heads = ["rows", "calamine", "trial", "import", "times", "rows a second", "again", "peak MB"]
    show("Import of an .xlsx roster into SQLite, seconds", heads, rows)


def _a_roster(folder: Path, size: int) -> Path:
    """Make a workbook of invented people with the faults of real ones."""
    from tests.exchange.roster_maker import Maker, write

    seed = next(n for n in range(100) if not Maker(n).csv and Maker(n).category_style == "column")
    maker = Maker(seed, n=size)
    return write(maker.make(), maker, folder, f"roster-{size}")


def _read_bare(path: Path) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()


def _apart(path: Path, what: str) -> dict[str, float]:
    """Import in a fresh process, so that its peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", str(path), what],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _run(path: Path, what: str) -> None:
    from casework.workbook import open_workbook

    book = open_workbook(str(path.with_suffix(".sqlite")), agency=_AGENCY)
    begun = time.perf_counter()
    book.intake.import_roster(path, dry_run=what == "trial")
    seconds = time.perf_counter() - begun
    book.close()
    json.dump({"seconds": seconds, "megabytes": peak_megabytes()}, sys.stdout)


if __name__ == "__main__":
    _run(Path(sys.argv[1]), sys.argv[2])
