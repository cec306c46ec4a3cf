"""Rules and plans: seconds for everybody, as the number of people grows, and for one person.

Wall time and time of this process stand side by side, because the machine may be shared.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import median_seconds, peak_megabytes, show
from casework.demo import make_demo
from casework.workbook import Workbook

SIZES = (500, 6_000, 50_000)
PLANNED = (500, 6_000)


def measure() -> None:
    """Evaluate all rules, draw up a year of tasks, draw it up again, change one person."""
    evaluated, planned = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            book = make_demo(str(Path(folder) / f"{size}.sqlite"), people=size, history=False)
            evaluated.append([size, *_evaluated(book)])
            if size in PLANNED:
                planned.append([size, *_planned(book)])
            book.close()
    heads = ["people in the workbook", "rules", "in care", "seconds", "million answers/s"]
    show("All rules for everybody in one query, SQLite", heads, evaluated)
    heads = [
        "people in the workbook", "tasks", "first", "first, CPU", "again", "again, CPU",
        "one person", "explain one", "peak MB",
    ]  # fmt: skip
    show("Plans and tasks for a year, SQLite, seconds", heads, planned)


def _evaluated(book: Workbook) -> list[object]:
    counts = book.plans.counts()
    people = next(iter(counts.values())).people
    seconds = median_seconds(book.plans.counts, times=3)
    return [len(counts), people, seconds, people * len(counts) / seconds / 1e6]


def _planned(book: Workbook) -> list[object]:
    wall, cpu = _timed(book.plans.compile)
    tasks = sum(book.tasks.count().values())
    again, again_cpu = _timed(book.plans.compile)
    person = book.people.roll(limit=1).rows[0].person_id
    one = median_seconds(lambda: book.plans.compile(persons=[person]), times=3)
    explained = median_seconds(lambda: book.plans.explain(person), times=3)
    return [tasks, wall, cpu, again, again_cpu, one, explained, peak_megabytes()]


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
