"""Rosters of home visits: cost, gap to the best known, and moves a second.

``python -m benchmarks.route FOLDER`` measures on the instances of a folder, with the best known
costs from ``best_known.csv`` beside it or in it (columns ``id`` and ``reference_best`` or
``published_sa``); without a folder on invented days. ``--format uhhc`` is for days with shifts,
lunch, wishes and optional visits; a roster that breaks a rule ends the measurement. ``--held-out``
solves days that nobody tuned anything to (``benchmarks.route_days``), in the seconds given and in
six times as many, and shows how much the long search was better.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.route_days import DAYS, a_day
from benchmarks.table import show
from casework.routing import Budget, read_day, solve
from casework.routing.command import FORMATS
from casework.routing.solving import Outcome, prepare
from casework.routing.uhhc import reading as rich_reading
from casework.routing.uhhc import solving as rich_solving

SECONDS = 10.0
SIZES = ((10, 3), (25, 5), (50, 10), (100, 20), (200, 30), (300, 40))
MUCH = 6  # times the seconds
COLUMNS = ("reference_best", "published_sa")  # of the best known costs


def measure(
    folder: Path | None = None,
    seconds: float = SECONDS,
    seeds: tuple[int, ...] = (1, 2, 3),
    only: str = "",
    format: str = "plain",
) -> None:
    """Solve each day with each seed, and print one line a day and the means."""
    (rich_solving.prepare if format == "uhhc" else prepare)()
    best = _best_known(folder) if folder else {}
    rows, gaps = [], []
    for name, text in _days(folder, format):
        if only not in name:
            continue
        begun = time.process_time()
        found = [_solve(text, seconds, seed, format) for seed in seeds]
        spent = (time.process_time() - begun) / len(seeds)
        costs = [float(one.verdict.cost) for one in found]
        known = best.get(name)
        over = [100 * (cost / known - 1) for cost in costs] if known else []
        gaps += over
        speed = round(statistics.mean(one.moves for one in found) / spent)
        shown = ["-", "-", "-"]
        if known:
            shown = [f"{known:,.3f}", f"{statistics.mean(over):+.2f}", f"{max(over):+.2f}"]
        cost = statistics.mean(costs)
        rows.append([name[:40], len(json.loads(text)["patients"]), cost, *shown, speed, spent])
        print(f"  {name}: {cost:,.3f}", flush=True)
    show(f"Rosters, {seconds:g} processor seconds, seeds {seeds}", _HEADS, rows)
    if gaps:
        print(f"\n  gap in percent: mean {statistics.mean(gaps):+.3f}, worst {max(gaps):+.2f}")


def measure_held_out(
    seconds: float = SECONDS, seeds: tuple[int, ...] = (1, 2, 3), only: str = ""
) -> None:
    """Solve each day of our own in little time with each seed, and once in much."""
    prepare()
    rows = []
    for name, family in DAYS.items():
        if only not in name:
            continue
        text = json.dumps(a_day(family))
        costs = [_solve(text, seconds, seed, "plain").verdict.cost for seed in seeds]
        least = _solve(text, seconds * MUCH, max(seeds) + 1, "plain").verdict.cost
        least = min(least, *costs)
        over = [100 * (cost / least - 1) if least else 0.0 for cost in costs]
        rows.append(
            [name, family.patients, least, f"{statistics.mean(over):+.2f}", f"{max(over):+.2f}"]
        )
        print(f"  {name}: {rows[-1][3]} {rows[-1][4]}", flush=True)
    heads = ["day", "visits", "least cost", "gap %", "worst %"]
    show(f"Rosters, {seconds:g} seconds against {seconds * MUCH:g}, seeds {seeds}", heads, rows)


_HEADS = ["day", "visits", "cost", "best known", "gap %", "worst %", "moves/s", "seconds"]


def _solve(text: str, seconds: float, seed: int, format: str) -> Outcome | rich_solving.Outcome:
    budget = Budget(time.process_time() + seconds, None, time.process_time)
    if format != "uhhc":
        return solve(read_day(text), budget, seed)
    found = rich_solving.solve(rich_reading.read_day(text), budget, seed)
    if found.verdict.broken:
        raise SystemExit(f"seed {seed} breaks a rule: {found.verdict.broken[0]}")
    return found


def _days(folder: Path | None, format: str) -> Iterator[tuple[str, str]]:
    if folder:
        for path in sorted(folder.glob("*.json")):
            yield path.stem, path.read_text(encoding="utf-8")
        return
    from tests.routing.days import an_instance
    from tests.routing.rich_days import a_rich_instance

    for patients, caregivers in SIZES:
        if format == "uhhc":
            made = a_rich_instance(1, patients=patients, caregivers=caregivers)
        else:
            made = an_instance(1, patients=patients, caregivers=caregivers, kinds=6)
        yield f"invented {patients}", json.dumps(made)


def _best_known(folder: Path) -> dict[str, float]:
    for place in (folder, folder.parent):
        if (place / "best_known.csv").exists():
            with (place / "best_known.csv").open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            column = next(one for one in COLUMNS if one in rows[0])
            return {row["id"]: float(row[column]) for row in rows}
    return {}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.route", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--format", choices=FORMATS, default="plain")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seeds", default="1,2,3", help="with commas between")
    parser.add_argument("--only", default="", help="days with this in their name")
    parser.add_argument("--held-out", action="store_true", help="days of our own, short and long")
    given = parser.parse_args()
    seeds = tuple(int(seed) for seed in given.seeds.split(","))
    if given.held_out:
        measure_held_out(given.seconds, seeds, given.only)
    else:
        measure(given.folder, given.seconds, seeds, given.only, given.format)


if __name__ == "__main__":
    main()
