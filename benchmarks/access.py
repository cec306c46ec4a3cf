"""What the rules of PostgreSQL cost, and whether every weakening of them is noticed.

Each statement is timed for the owner, who stands above the rules, over the same rows that a login
sees; the two run in turn, so that a busy machine falls on both. Where a statement is slower, the
share that planning it takes stands beside it: the rules become part of each statement and are
planned with it. What a person notices is a whole act, such as opening a dossier: those go through
the door, for a caseworker, a supervisor and, over the same rows, the owner. Beside their time
stands how long processors work for them, which depends less on what else the machine does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg
from sqlalchemy import select, text

from benchmarks.table import show
from casework.access import accounts
from casework.demo import make_demo
from casework.records import CareTeamMember, Staff
from casework.workbook import Workbook, open_workbook
from casework.workbook.contacts import ContactEntry, PersonEntry
from tests.servers import ROLE, PostgresServer, a_postgres_server

ACT_PEOPLE = 2_000
PEOPLE, WORKERS, ROUNDS = 100_000, 400, 15
SEEN = 12  # times after which each connection keeps the plans of what it is asked


def measure(large: bool = False) -> None:
    """Print the price of the rules; with ``large`` also try every mutation (half an hour)."""
    with a_postgres_server() as server:
        _price(server)
        _acts(server)
        if large:
            _mutations(server)


def _price(server: PostgresServer) -> None:
    name = server.database()
    book = open_workbook(server.url(name), agency="changshu")
    where = f"host={server.folder} dbname={name}"
    with psycopg.connect(f"{where} user=casework", autocommit=True) as connection:
        connection.execute(_FILL)  # type: ignore[arg-type]
        connection.execute("ANALYZE")
    with book.engine.begin() as connection:
        accounts.grant(connection, "worker1", "caseworker")
        for code in ("small", "middle", "whole"):
            accounts.grant(connection, f"chief_{code}", "supervisor", unit=code)
    rows = []
    with psycopg.connect(f"{where} user=casework", autocommit=True) as owner:
        for login, told, sql, same in _statements():
            with psycopg.connect(f"{where} user={login}", autocommit=True) as asker:
                if asker.execute(sql).fetchall() != owner.execute(same).fetchall():
                    raise ValueError(f"{told}: the rules give other rows")
                taken = [(_timed(asker, sql), _timed(owner, same)) for _n in range(ROUNDS)]
                planning = [_planning(one, said) for one, said in ((asker, sql), (owner, same))]
            ruled, free = (min(one) * 1000 for one in zip(*taken, strict=True))
            rows.append([login, told, ruled, free, ruled / free, *planning])
    book.close()
    heads = ["login", "statement", "with rules ms", "without ms", "ratio", "planning ms",
             "without ms"]  # fmt: skip
    title = f"Rules of access, {PEOPLE:,} people, {WORKERS} caseworkers (least of {ROUNDS})"
    show(title, heads, rows)


def _timed(connection: psycopg.Connection, sql: str) -> float:
    begun = time.perf_counter()
    connection.execute(sql).fetchall()  # type: ignore[arg-type]
    return time.perf_counter() - begun


def _planning(connection: psycopg.Connection, sql: str) -> float:
    """Give the milliseconds that planning a statement takes, the least of some."""
    found = []
    for _n in range(ROUNDS):
        told = connection.execute(f"EXPLAIN (SUMMARY, FORMAT JSON) {sql}").fetchone()  # type: ignore[arg-type]
        found.append(float(told[0][0]["Planning Time"]) if told else 0.0)
    return min(found)


def _acts(server: PostgresServer) -> None:
    """Print what whole acts cost under the rules, beside the same by the owner."""
    name = server.database()
    book = make_demo(server.url(name), agency="changshu", people=ACT_PEOPLE, history=False)
    book.plans.compile()
    with book.reading() as session:
        session.execute(text("ANALYZE"))
        worker, person = session.execute(
            select(Staff.login, CareTeamMember.person_id)
            .join(CareTeamMember, CareTeamMember.staff_id == Staff.id)
            .where(CareTeamMember.role == "caseworker", Staff.role == "caseworker")
            .order_by(CareTeamMember.id)
        ).first() or ("", 0)
        chief = session.scalar(select(Staff.login).where(Staff.role == "supervisor")) or ""
        session.commit()
    with book.engine.begin() as connection:
        accounts.grant(connection, worker, "caseworker")
        accounts.grant(connection, chief, "supervisor", unit=accounts.EVERY_UNIT)
    rows = []
    acts: tuple[tuple[str, str, Callable[[Workbook], object]], ...] = (
        (worker, "open a dossier", lambda one: _dossier_page(one, person)),
        (worker, "save a contact", lambda one: _contact(one, person)),
        (chief, "open a dossier", lambda one: _dossier_page(one, person)),
        (chief, "open the board", lambda one: one.boards.supervisor()),
    )
    for login, told, act in acts:
        asker = open_workbook(server.url(name).replace(ROLE, login, 1))
        for one in (asker, book):
            for _n in range(SEEN):
                act(one)
        servers = [_Servers(server, name, who) for who in (login, ROLE)]
        taken = [
            (*_lasts(act, asker, servers[0]), *_lasts(act, book, servers[1]))
            for _n in range(ROUNDS)
        ]
        ruled, worked, free, freely = zip(*taken, strict=True)
        least, without = min(ruled) * 1000, min(free) * 1000
        of_processor = median(worked) / median(freely)
        rows.append([login, told, least, without, least / without, of_processor])
        asker.close()
    book.close()
    heads = ["login", "act", "with rules ms", "without ms", "ratio", "of processor time"]
    show(f"Whole acts through the door, {ACT_PEOPLE:,} people (least of {ROUNDS})", heads, rows)


def _dossier_page(book: Workbook, person: int) -> object:
    """Read what the page of a dossier reads."""
    return (
        book.people.dossier(person),
        book.plans.in_force(person),
        book.contacts.of_person(person),
        book.tasks.list(person_id=person),
    )


def _contact(book: Workbook, person: int) -> object:
    entry = ContactEntry(uuid4().hex, book.today, "phone", (PersonEntry(person),))
    return book.contacts.record(entry)


class _Servers:
    """The server's processes that answer a login, and the time they have had of a processor."""

    def __init__(self, server: PostgresServer, database: str, login: str) -> None:
        where = f"host={server.folder} dbname={database} user={ROLE}"
        with psycopg.connect(where, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = %s AND datname = %s "
                "AND pid <> pg_backend_pid()",
                [login, database],
            ).fetchall()
        self._tasks = [Path(f"/proc/{pid}/schedstat") for (pid,) in rows]

    def seconds(self) -> float:
        """Give their seconds of a processor; none where the system does not tell (not Linux)."""
        told = [one.read_text() for one in self._tasks if one.exists()]
        return sum(int(one.split()[0]) for one in told) / 1e9


def _lasts(
    act: Callable[[Workbook], object], book: Workbook, servers: _Servers
) -> tuple[float, float]:
    """Give how long an act takes, and how long processors work for it, here and at the server."""
    begun, worked = time.perf_counter(), time.process_time() + servers.seconds()
    act(book)
    return time.perf_counter() - begun, time.process_time() + servers.seconds() - worked


_FILL = f"""
SET session_replication_role = replica;
DELETE FROM organisation;
INSERT INTO organisation (id, code, name, kind, status, parent_id) VALUES
  (9001, 'whole', 'whole', 'unit', 'active', NULL),
  (9002, 'middle', 'middle', 'unit', 'active', 9001),
  (9003, 'small', 'small', 'unit', 'active', 9002);
INSERT INTO staff (id, login, name, role, unit_id)
  SELECT i, 'worker' || i, 'worker' || i, 'caseworker', 9001 FROM generate_series(1, {WORKERS}) i;
INSERT INTO staff (id, login, name, role, unit_id)
  SELECT 9000 + i, 'chief_' || c, c, 'supervisor', 9001
  FROM unnest(ARRAY['small', 'middle', 'whole']) WITH ORDINALITY u(c, i);
INSERT INTO person (id, name, name_pinyin, name_initials, unit_id, version)
  SELECT i, 'name' || i % 20000, '', '',
    CASE WHEN i <= 2500 THEN 9003 WHEN i <= 20000 THEN 9002 ELSE 9001 END, 1
  FROM generate_series(1, {PEOPLE}) i;
INSERT INTO care_team_member (person_id, role, staff_id, valid_from, recorded_at, recorded_by)
  SELECT i, 'caseworker', i % {WORKERS} + 1, '2020-01-01', now(), 'x'
  FROM generate_series(1, {PEOPLE}) i;
INSERT INTO fact (person_id, code, value, recorded_at, recorded_by, source)
  SELECT i, c, 'v' || i % 7, now(), 'x', 'x' FROM generate_series(1, {PEOPLE}) i,
    unnest(ARRAY['living', 'category', 'mobility', 'rank']) c;
INSERT INTO task (person_id, item_key, period, service, actor, priority, opens_on, due_on, made_at)
  SELECT i, 'rule:x', k::text, 's', 'caseworker', 3, '2025-01-01', '2025-02-01', now()
  FROM generate_series(1, {PEOPLE}) i, generate_series(1, 6) k;
"""
_OF_WORKER = "SELECT person_id FROM care_team_member WHERE staff_id = 1"
_JOINED = "SELECT p.unit_id, count(*) FROM task t JOIN person p ON p.id = t.person_id "
_DOSSIER = (
    "SELECT (SELECT name FROM person WHERE id = 400), "
    "(SELECT count(*) FROM fact WHERE person_id = 400), "
    "(SELECT count(*) FROM task WHERE person_id = 400), "
    "(SELECT count(*) FROM care_team_member WHERE person_id = 400)"
)


def _statements() -> list[tuple[str, str, str, str]]:
    """Give login, title, the statement, and for the owner the one with the same answer."""
    people, named = "SELECT id, name FROM person ", "SELECT count(*) FROM person "
    tasks = "SELECT count(*) FROM task WHERE due_on > '2025-01-31' "
    like, ordered = "WHERE name LIKE 'name4%' ", "ORDER BY id"
    mine = f"IN ({_OF_WORKER}) "
    worker = [
        ("own caseload", people + ordered, f"{people} WHERE id {mine} {ordered}"),
        ("one dossier, 4 selects", _DOSSIER, _DOSSIER),
        ("name in the caseload", named + like, f"{named}{like} AND id {mine}"),
        ("tasks of the caseload", tasks, f"{tasks} AND person_id {mine}"),
    ]
    found = [("worker1", *one) for one in worker]
    for place, code in enumerate(("small", "middle", "whole")):
        last = "GROUP BY 1 ORDER BY 1"
        only = f"WHERE p.unit_id >= {9003 - place} "
        by_unit = "SELECT unit_id, count(*) FROM person p "
        found += [
            (f"chief_{code}", f"people by unit, {code}", by_unit + last, by_unit + only + last),
            (f"chief_{code}", f"people with tasks, {code}", _JOINED + last, _JOINED + only + last),
        ]
    return found


def _mutations(server: PostgresServer) -> None:
    from tests.access.mutations import (
        ELSEWHERE,
        mutations,
        noticed_by_catalogue,
        noticed_by_use,
        second_rules,
    )
    from tests.access.world import make_world

    world, tried, backed = make_world(server), Counter[str](), Counter[str]()
    used, read = Counter[str](), Counter[str]()
    with world.owner() as connection:
        second = second_rules(connection)
        for one in list(mutations(connection)):
            kind = one.name.split()[0]
            tried[kind] += 1
            connection.execute(one.do)  # type: ignore[arg-type]
            read[kind] += noticed_by_catalogue(connection)
            if one.name in second:
                backed[kind] += 1
            elif noticed_by_use(world, one):
                used[kind] += 1
            else:
                lost = "it takes a right away" if one.name.endswith(" dropped") else "not known why"
                print(f"not noticed by use: {one.name} ({ELSEWHERE.get(one.name, lost)})")
            connection.execute(one.undo)  # type: ignore[arg-type]
    rows = [[kind, n, read[kind], backed[kind], used[kind]] for kind, n in sorted(tried.items())]
    rows.append(["all", *(one.total() for one in (tried, read, backed, used))])
    heads = ["weakened", "tried", "noticed in the catalogue", "backed by a second rule",
             "noticed by use"]  # fmt: skip
    show("Rules weakened one at a time", heads, rows)
