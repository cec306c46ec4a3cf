"""Twenty people saving without a pause, each under a login of their own, on PostgreSQL.

Each has a process and two persons to care for, who are married to each other and whom another
worker cares for as well, in the other order: what is saved about one draws up the plan of both, so
that whoever took locks in another order than others would block them for good. Half the saves are
contacts, half facts. The same saves by one worker alone stand beside it. Counted are saves that the
database refused, contacts that are there twice or not at all, and deadlocks that the server saw.

``--large`` lets each save 200 times.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import func, select

from benchmarks.table import show
from casework.access import accounts
from casework.demo import make_demo
from casework.records import CareTeamMember, Contact, Person, RelatedPerson, Staff, in_care_on
from casework.records.base import now
from casework.workbook import Workbook
from tests.servers import ROLE, PostgresServer, a_postgres_server

AGENCY, PEOPLE, WRITERS, SAVES, MANY = "changshu", 60, 20, 25, 200
ROOT = Path(__file__).parent.parent


def measure(*, large: bool = False) -> None:
    """Print median, 95th percentile and longest of saves by one and by twenty."""
    saves = MANY if large else SAVES
    rows: list[list[Any]] = []
    told: list[list[float]] = []
    with a_postgres_server() as server:
        name = server.database()
        book = make_demo(server.url(name), agency=AGENCY, people=PEOPLE, history=False)
        crew = _crew(book)
        book.plans.compile()
        for writers in (1, WRITERS):
            deadlocks, contacts = _deadlocks(server, name), _contacts(book)
            taken, faults = _round(server, name, crew[:writers], saves)
            told.append(_cuts(taken))
            # One contact each before the start; every other save is one.
            expected = writers * (1 + -(-saves // 2))
            off = abs(_contacts(book) - contacts - expected)
            found = _deadlocks(server, name) - deadlocks
            rows.append([writers, len(taken), *told[-1], faults.total(), off, found])
            for message, n in faults.items():
                print(f"{n} times: {message}")
        book.close()
    ratios = [many / one for one, many in zip(*told, strict=True)]
    rows.append(["ratio", "", *ratios, "", "", ""])
    heads = ["writers", "saves", "median ms", "p95 ms", "longest ms", "refused",
             "contacts missing or doubled", "deadlocks"]  # fmt: skip
    show("Saves under people's own logins, without a pause", heads, rows)


def _crew(book: Workbook) -> list[tuple[str, int, int]]:
    """Make couples, each with two workers: give login and persons, in the order of saving."""
    with book.transaction() as session:
        in_care = select(Person.id).where(in_care_on(book.today)).order_by(Person.id)
        ids = list(session.scalars(in_care.limit(WRITERS)))
        couples = [(ids[n], ids[n + 1]) for n in range(0, WRITERS, 2)]
        made = {"valid_from": None, "recorded_at": now(), "recorded_by": "bench"}
        crew = []
        for he, she in couples:
            session.add(RelatedPerson(person_id=he, name="偶", relationship="spouse", source="x",
                                      other_person_id=she, **made))  # fmt: skip
            for persons in ((he, she), (she, he)):
                login = f"saver{len(crew)}"
                staff = Staff(login=login, name=login, role="caseworker")
                session.add(staff)
                session.flush()
                session.add_all(
                    CareTeamMember(person_id=one, role="helper", staff_id=staff.id, **made)
                    for one in persons
                )
                crew.append((login, *persons))
    with book.engine.begin() as connection:
        for login, *_persons in crew:
            accounts.grant(connection, login, "caseworker")
    return crew


_SAVE = """
import json, sys, time
from pathlib import Path
from uuid import uuid4
from casework.errors import CaseworkError
from casework.workbook import open_workbook
from casework.workbook.contacts import ContactEntry, PersonEntry

address, saves, start = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
persons, words = [int(one) for one in sys.argv[4:6]], ("good", "fair", "average", "poor")
book = open_workbook(address)

def save(n):
    person = persons[n // 2 % 2]
    if n % 2:
        book.people.record_fact(person, "health", words[n // 4 % 4], source="bench")
    else:
        book.contacts.record(ContactEntry(uuid4().hex, book.today, "phone", (PersonEntry(person),)))

save(0)
print("ready", flush=True)
while not start.exists():
    time.sleep(0.01)
taken, faults = [], []
for n in range(saves):
    begun = time.perf_counter()
    try:
        save(n)
        taken.append(time.perf_counter() - begun)
    except CaseworkError as fault:
        faults.append(str(fault))
print(json.dumps([taken, faults]), flush=True)
"""


def _round(
    server: PostgresServer, name: str, crew: list[tuple[str, int, int]], saves: int
) -> tuple[list[float], Counter[str]]:
    """Let some save at once; give the seconds each save took, and what was refused."""
    with TemporaryDirectory() as folder:
        start = Path(folder) / "start"
        running = [
            subprocess.Popen(
                [sys.executable, "-c", _SAVE, server.url(name).replace(ROLE, login, 1), str(saves),
                 str(start), *map(str, persons)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            for login, *persons in crew
        ]  # fmt: skip
        for one in running:
            if one.stdout is None or one.stdout.readline().strip() != "ready":
                for each in running:
                    each.kill()
                raise ValueError("one of them could not save")
        start.touch()
        taken: list[float] = []
        faults: Counter[str] = Counter()
        for one in running:
            here, refused = json.loads(one.communicate()[0])
            taken += here
            faults.update(refused)
    return taken, faults


def _contacts(book: Workbook) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(Contact)) or 0


def _deadlocks(server: PostgresServer, name: str) -> int:
    """Count the deadlocks of a database since it was made."""
    with psycopg.connect(f"host={server.folder} dbname={name} user={ROLE}") as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        found = connection.execute(asked).fetchone()
    return int(found[0]) if found else 0


def _cuts(taken: list[float]) -> list[float]:
    cuts = statistics.quantiles(taken, n=20)
    return [1000 * statistics.median(taken), 1000 * cuts[-1], 1000 * max(taken)]


if __name__ == "__main__":
    measure(large="--large" in sys.argv)
