"""Rosters of a week: cost, what was left out, lateness, and processor seconds.

``python -m benchmarks.rosters --moves N`` takes N moves a visit instead of the usual number.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.table import show
from casework.routing.week import solve
from tests.routing.weeks import a_week

SIZES = ((50, 6), (150, 12), (600, 40))


def measure(moves: int | None = None, seeds: tuple[int, ...] = (1, 2, 3)) -> None:
    """Plan invented weeks, and print one line a week and seed."""
    solve(a_week(5, 2), moves=10)  # compiles, or loads what was compiled
    rows = []
    for n_visits, n_workers in SIZES:
        week = a_week(n_visits, n_workers)
        for seed in seeds:
            begun = time.process_time()
            found = solve(week, seed, moves=moves and moves * n_visits)
            spent = time.process_time() - begun
            verdict = found.verdict
            rows.append(
                (
                    n_visits, n_workers, seed, verdict.terms.total, verdict.n_left_out,
                    verdict.n_late, verdict.travel, f"{spent:.1f}", round(found.moves / spent),
                )
            )  # fmt: skip
    head = ("visits", "staff", "seed", "points", "left out", "late", "minutes on the way",
            "CPU s", "moves/s")  # fmt: skip
    show("Rosters of a week", head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int)
    measure(parser.parse_args().moves)
