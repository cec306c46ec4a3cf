"""Rules and plans: seconds for everybody, as the number of people grows, and for one person.

Wall time and time of this process stand side by side, because the machine may be shared. Each size
runs in a process of its own, so that its peak of memory is its own. ``--large`` runs a million
people; to invent them takes longer than to plan for them. The rules are those of the agency, and
some of them once more under other codes, up to forty.

What dominates: at every size the database putting tasks together and into their five indexes (a
third), then placing and comparing them (a third), setting the rows aside (a tenth) and reading the
conditions (a tenth); the database writes one part while the next is drawn. On the next day, reading
the tasks that stand and comparing them. A second run on the same day reads the stamps of the plans;
after one change, the rest is one person.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import median_seconds, peak_megabytes, show
from casework.workbook import Workbook, open_workbook

SIZES = (600, 6_000)
LARGE = (60_000, 600_000, 1_000_000)
RULES = 40
ROOT = Path(__file__).parent.parent


def measure(*, large: bool = False) -> None:
    """Draw up a year of tasks for everybody, again, after one change, and for one person."""
    sizes = (*SIZES, *LARGE) if large else SIZES
    found = [_apart(size) for size in sizes]
    rows: list[list[Any]] = []
    for number, one in enumerate(found):
        before = found[number - 1] if number else None
        per_task = one["first, CPU"] / one["tasks"]
        growth = per_task / (before["first, CPU"] / before["tasks"]) if before else "–"
        rows.append([*one.values(), growth])
    heads = [*found[0], "CPU a task, growth"]
    show(f"Plans and tasks for a year by {RULES} rules, SQLite, seconds", heads, rows)


def _apart(size: int) -> dict[str, Any]:
    """Make people in one process and draw up their plans in another."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "plan.sqlite")
        _run("make", path, str(size))
        told: dict[str, Any] = json.loads(_run("plan", path, str(size)))
    return told


def _run(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.plan", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout


def _make(path: str, size: int) -> None:
    from casework.demo import make_demo

    book = make_demo(path, people=size, history=False)
    _widen(book)
    book.close()


def _measured(path: str, size: int) -> dict[str, Any]:
    book = open_workbook(path)
    told = {"people": size, **_counted(book), **_planned(book)}
    book.close()
    return {**told, "peak MB": peak_megabytes()}


def _counted(book: Workbook) -> dict[str, Any]:
    counts = book.plans.counts()
    people = next(iter(counts.values())).people
    return {
        "rules": len(counts),
        "in care": people,
        "count all": median_seconds(book.plans.counts, times=3),
    }


def _planned(book: Workbook) -> dict[str, Any]:
    wall, cpu = _timed(book.plans.compile)
    tasks = sum(book.tasks.count().values())
    again, again_cpu = _timed(book.plans.compile)
    person = book.people.roll(limit=1).rows[0].person_id
    book.people.verify_section(person, ["living"])
    changed, changed_cpu = _timed(book.plans.compile)
    return {
        "tasks": tasks,
        "first": wall,
        "first, CPU": cpu,
        "again": again,
        "times faster, CPU": cpu / again_cpu,
        "one fact later": changed,
        "CPU": changed_cpu,
        "explain one, CPU": median_seconds(
            lambda: book.plans.explain(person), times=20, clock=time.process_time
        ),
    }


def _widen(book: Workbook) -> None:
    """Give the workbook forty rules: its own, and some of them once more under other codes."""
    from casework.records import Setting
    from casework.workbook.policy import OWN_RULES, keep_text, text_in_force

    with book.transaction() as session:
        text = text_in_force(session, book.agency)
        head, *rules = text.split("[[rules]]")
        again = [
            one.replace('code = "', 'code = "again_', 1) for one in rules if "instead_of" not in one
        ]
        rules += again[: max(0, RULES - len(rules))]
        wider = "[[rules]]".join([head, *rules[:RULES]])
        number = keep_text(session, book.agency, wider, on=book.today, by="benchmark")
        session.merge(Setting(key=OWN_RULES, value=number))


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def main(arguments: Sequence[str]) -> None:
    """Make a workbook of a size, or draw up its plans and give what it took as JSON."""
    what, path, size = arguments
    if what == "make":
        _make(path, int(size))
    else:
        json.dump(_measured(path, int(size)), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
