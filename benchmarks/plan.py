"""Rules and plans: seconds for everybody, as the number of people grows, and for one person.

The rules are those of one agency as it ships, with the national ones that answer needs: sixty that
differ, each with its own clause, the most demanding set there is (100 tasks a person and year).
Three others stand beside it, one of them with forty rules of its own. All people are invented; more
than 60,000 are copies of so many, with staff and homes of their own, because to invent them
takes longer than to plan for them. Helpers have who by the agency's own rules is to have one: the
demo seats one beside nearly everybody, who then is owed a call every week; what that costs is told
as well. What is measured goes from facts in the database to tasks written and committed, with
audit, natural keys and constraints as anybody has them.

Wall time and time of this process stand side by side, because the machine may be shared; on
PostgreSQL the time of the server stands apart. Each size runs in a process of its own, so that its
peak of memory is its own. ``--large`` runs a million people, and 60,000 on PostgreSQL.

What dominates, at every size the same: the database putting tasks together (a third; half of that
keeps the three indexes beside the natural key), items (a twentieth), handing over what many share
(a fifteenth) and committing (an eighth, half of it bringing the log into the file, which a third
thread does); reading, placing and comparing take two fifths, in another thread. It is a millisecond
of processor a person, in a workbook of 6,000 as in one of a million. Of the 3.7 microseconds that
SQLite takes to write a task, the index of what is open takes 1, that of owners 0.9, that of items
0.3, the natural key 0.4 and looking up what it refers to 0.35; a larger cache, temporary tables in
memory and statements that need no journal of their own change nothing. On PostgreSQL four fifths
are the server's: of 17 microseconds a task, 10 look up what it refers to, three rows one by one.
Checking them at the end instead changes nothing, and what would (checking them set by set, or once
for all) takes the keys or the other users away. A second run on the same day reads the stamps of
the plans and what rules ask about other people.
After one change that person comes first: at
600,000 people their plan is there after half a CPU second, and the rest of the run, which for
everybody looks at what rules ask about others, takes five. Who shares a home or a community with
one person, or names them as the spouse, two indexes find: without them explaining one person cost
5 ms of SQL at 6,000 people and 47 at 60,000. A community is counted to a hundred, or as far as a
rule compares its number: whole, one of 5,300 cost 14 ms of SQL. Whose answers about others decide
the same as before keep their plan: a move into such a community drew up 11,000 plans anew.
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

from sqlalchemy import delete, select, text

from benchmarks.multiply import multiply
from benchmarks.table import median_seconds, peak_megabytes, show
from casework.indicators.pairing import needed_seats
from casework.indicators.scope import Scope
from casework.records import CareTeamMember
from casework.records.population import population
from casework.workbook import Workbook, open_workbook

SIZES = (600, 6_000)
LARGE = (60_000, 600_000, 1_000_000)
INVENTED_AT_MOST = 60_000
AGENCY = "hubei-market"
OTHERS = ("fengtai", "zhuzhou-city", "changshu")
ROOT = Path(__file__).parent.parent


def measure(*, large: bool = False) -> None:
    """Draw up a year of tasks for everybody, again, after one change, and for one person."""
    sizes = (*SIZES, *LARGE) if large else SIZES
    found = [_apart(AGENCY, size) for size in sizes]
    _tell("SQLite", found)
    for agency in OTHERS:
        _tell(f"SQLite, rules of {agency}", [_apart(agency, SIZES[-1])])
    _tell("SQLite, a helper for nearly everybody", [_apart(AGENCY, SIZES[-1], make="make-seated")])
    _tell("PostgreSQL", _on_server((*SIZES, LARGE[0]) if large else SIZES))


def _tell(what: str, found: Sequence[dict[str, Any]]) -> None:
    rows: list[list[Any]] = []
    for number, one in enumerate(found):
        before = found[number - 1] if number else None
        growth = _per_task(one) / _per_task(before) if before else "–"
        rows.append([*one.values(), growth])
    heads = [*found[0], "CPU a task, growth"]
    show(f"Plans and tasks for a year, {what}, seconds", heads, rows)


def _per_task(one: dict[str, Any]) -> float:
    return float((one["first, CPU"] + one.get("server, CPU", 0)) / one["tasks"])


def _apart(agency: str, size: int, *, make: str = "make") -> dict[str, Any]:
    """Make people in one process and draw up their plans in another."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "plan.sqlite")
        _run(make, path, agency, str(size))
        told: dict[str, Any] = json.loads(_run("plan", path, agency, str(size)))
    return told


def _on_server(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Do the same on a PostgreSQL server of our own, a database a size."""
    from tests.servers import a_postgres_server

    found = []
    with a_postgres_server() as server:
        for size in sizes:
            address = server.url(server.database())
            _run("make", address, AGENCY, str(size))
            found.append(json.loads(_run("plan", address, AGENCY, str(size))))
    return found


def _run(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.plan", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout


def _make(address: str, agency: str, size: int, *, seated: bool) -> None:
    from casework.demo import make_demo

    invented = min(size, INVENTED_AT_MOST)
    book = make_demo(address, agency=agency, people=invented, history=False)
    if not seated:
        _part_from_helpers(book)
    book.close()
    if invented < size:
        multiply(address, size)


def _part_from_helpers(book: Workbook) -> None:
    """Leave helpers to those who by the agency's rules of pairing are to have one."""
    with book.transaction() as session:
        for seat, needed in needed_seats(Scope(book.agency, book.today)).items():
            asked = select(population().c.person_id).where(needed == 1)
            beside = CareTeamMember.person_id.not_in(asked)
            session.execute(delete(CareTeamMember).where(CareTeamMember.role == seat, beside))


def _measured(address: str, size: int) -> dict[str, Any]:
    book = open_workbook(address)
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
    before = _server_seconds(book)
    wall, cpu = _timed(book.plans.compile)
    server = {"server, CPU": _server_seconds(book) - before} if before else {}
    tasks = sum(book.tasks.count().values())
    again, again_cpu = _timed(book.plans.compile)
    person = book.people.roll(limit=1).rows[0].person_id
    book.people.verify_section(person, ["living"])
    changed, changed_cpu = _timed(book.plans.compile)
    return {
        "tasks": tasks,
        "first": wall,
        "first, CPU": cpu,
        **server,
        "again": again,
        "times faster": wall / again,
        "times faster, CPU": cpu / again_cpu,
        "one fact later": changed,
        "CPU": changed_cpu,
        "explain one, CPU": median_seconds(
            lambda: book.plans.explain(person), times=20, clock=time.process_time
        ),
    }


def _server_seconds(book: Workbook) -> float:
    """Sum up the processor time of the server's processes for this workbook; 0 if not told."""
    if book.engine.dialect.name == "sqlite":
        return 0.0
    asked = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    with book.engine.connect() as connection:
        pids = connection.scalars(asked).all()
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists():  # macOS tells it nowhere that can be read without its tools
            return 0.0
        told = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def main(arguments: Sequence[str]) -> None:
    """Make a workbook of a size, or draw up its plans and give what it took as JSON."""
    what, address, agency, size = arguments
    if what == "plan":
        json.dump(_measured(address, int(size)), sys.stdout)
    else:
        _make(address, agency, int(size), seated=what == "make-seated")


if __name__ == "__main__":
    main(sys.argv[1:])
