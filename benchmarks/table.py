"""How a measurement is taken and shown: medians of several runs, growth beside each size."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence

__all__ = ["median_seconds", "peak_megabytes", "show"]


def median_seconds(
    run: Callable[[], object], times: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Give the median of several runs, after one that is not counted.

    Parameters
    ----------
    run : callable
    times : int
        Counted runs.
    clock : callable
        ``time.process_time`` leaves out what other programs of the machine take.

    Returns
    -------
    float
        Seconds of one run.
    """
    run()
    taken = []
    for _n in range(times):
        begun = clock()
        run()
        taken.append(clock() - begun)
    return statistics.median(taken)


def peak_megabytes() -> float:
    """Give the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with its title."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(heads), *cells]) for at in range(len(heads))]
    print(f"\n{title}")
    for row in [list(heads), ["-" * width for width in widths], *cells]:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def _text(cell: object) -> str:
    return (
        f"{cell:,.3f}"
        if isinstance(cell, float)
        else f"{cell:,}"
        if isinstance(cell, int)
        else str(cell)
    )
