"""Kills, crowds, careless copies and power cuts: how many acknowledged saves are lost. All 0."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import show
from casework.workbook import open_workbook
from tests.servers import a_postgres_server

KILLS, CRASHES, SAVES, COPIES, CUTS = 100, 100, 25, 20, 300
ROOT = Path(__file__).parent.parent
_AGENCY = "changshu"


def measure() -> None:
    """Kill a hundred writers on each database, let twenty write at once, copy the open file."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, a_postgres_server() as server:
        for what, number in (("kill", KILLS), ("writers", SAVES), ("copy", COPIES)):
            place = str(Path(folder, f"{what}.sqlite"))
            rows.append(_one("SQLite", what, place, number))
        for what, number in (("kill", CRASHES), ("writers", SAVES)):
            place = server.url(server.database()) + "&options=-csynchronous_commit%3Don"
            rows.append(_one("PostgreSQL", what, place, number))
    heads = ["database", "what", "kills", "saves", "lost", "doubled", "half", "errors", "findings"]
    show("Acknowledged saves", [*heads, "seconds"], rows)
    _cut_power()


def _cut_power() -> None:
    """Cut the power in a day of saves, an import, plans, backups and an encryption."""
    order = [sys.executable, "-m", "tests.cutting", "cut", str(CUTS)]
    told = json.loads(subprocess.run(order, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    rows = [[f"after {what}", n] for what, n in told["after"].items()]
    rows.append(["lost, doubled, half or damaged", len(told["wrong"])])
    show(f"{told['cuts']} power cuts in {told['calls']} calls", ["cut", "number"], rows)


def _one(database: str, what: str, place: str, number: int) -> list[object]:
    open_workbook(place, agency=_AGENCY).close()
    begun = time.perf_counter()
    order = [sys.executable, "-m", "tests.killing", what, place, str(number)]
    told = json.loads(subprocess.run(order, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    told["findings"] = len(told["findings"])
    return [database, what, *told.values(), time.perf_counter() - begun]


if __name__ == "__main__":
    measure()
