"""A small world under the rules: six persons, one row of every table about each, nine logins.

Every row about person P has the number P, in every table; so a new table is in the matrix as soon
as it is in the models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, Column, Table

from casework.access import accounts
from casework.access.classes import all_tables, table_classes
from casework.records.base import Day, Flag, Moment, Record
from casework.records.consents import DISCLOSURE_BASES
from casework.records.population import population
from casework.workbook import open_workbook
from tests.servers import PostgresServer

PERSONS = {
    "own": 101,
    "expired": 102,
    "colleague": 103,
    "below": 104,
    "sibling": 105,
    "foreign": 106,
}
WAITING = ("colleague", "below", "foreign")
"""Whose erasure waits: of the colleague's and the foreign person another asked for it."""
DRAFTS = {"own": "caseworker", "expired": "supervisor", "below": "administrator",
          "sibling": "registrar"}  # fmt: skip
"""Whose the draft is that bears the number of a person."""
UNITS = {"own": 9001, "expired": 9001, "colleague": 9001, "below": 9002, "sibling": 9003}
ROLES = ("caseworker", "supervisor", "analyst", "administrator", "auditor", "registrar", "planner")
CLOSED = {"closed": "caseworker"} | {f"closed_{role}": role for role in ROLES[1:]}
ACTORS = (*ROLES, *CLOSED, "left", "stranger")
LOGINS = {name: f"kb_{name}" for name in ACTORS}
STAFF = {name: 9001 + place for place, name in enumerate(ACTORS)} | {"other": 9050}
NOT_ABOUT_PERSONS = {"organisation", "staff", "setting", "alembic_version", "planning_now",
                     "acting_now", "audit_seal"}  # fmt: skip
ONE_OF = re.compile(r"^(\w+) IN \('([^']*)'")
_fresh = count(1)


def about(relation: str, name: str) -> dict[str, Any]:
    """Make a row of a table about one of the persons."""
    person, table = PERSONS[relation], all_tables()[name]
    assert table is not None
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys or not column.nullable or column.name in ("unit_id", "person_id"):
            row[column.name] = _value(table, column, person)
    if "id" in table.c:
        row["id"] = person
    if name == "person":
        row |= {"unit_id": UNITS.get(relation), "merged_into_id": None}
    if name == "disclosure":
        row |= {"basis": DISCLOSURE_BASES[-1], "reason": "x"}
    if name == "case_file" and relation in ("below", "foreign"):  # who left care
        row |= {"opened_on": date(2023, 1, 1), "closed_on": date(2024, 1, 1)}
    if name == "audit":
        row |= {"action": "read", "after": Jsonb({"what": "dossier"})}
    if name == "erasure":
        ended = relation not in WAITING
        asker = STAFF["other" if relation in ("colleague", "foreign") else "supervisor"]
        row |= {"asked_by_id": asker, "declined_by_id": STAFF["supervisor"],
                "declined_at": datetime(2025, 1, 2, tzinfo=UTC) if ended else None}  # fmt: skip
    if name == "impact_assessment":
        row["kept_until"] = date(2045, 1, 1)
    if name == "distinct_pair":
        row |= {"one_id": person - 100, "other_id": person}
    if name == "care_team_member":
        row |= {"staff_id": STAFF["other"], "role": "helper", "helper_id": None}
    if name == "draft":
        row["owner"] = f"staff:{STAFF[DRAFTS.get(relation, 'other')]}"
    if name == "change_log":
        row |= {"by": "甲" if relation == "own" else "乙", "subject_kind": "workbook"}
    if name == "roster":
        row["unit_id"] = UNITS.get(relation)
    if name in ("handover", "staff_term"):
        row["staff_id"] = STAFF["other"]
    if name == "staff_check":
        row |= {"staff_id": STAFF["supervisor"], "kind": "training", "list_code": None}
    if name == "budget":
        row |= {"year": 1949 + person, "amount_fen": 1_000, "committed_fen": 0}
    if name == "service_order":
        row |= {"provider_id": None, "agreement_id": None, "payment_id": None}
    if name == "task_evidence":
        row["order_id"] = None
    if name == "standard":
        row |= {"amount_fen": 1_000}
    if name == "payment":
        row |= {"kind": "x9", "standard_id": None, "hardship_id": None}
    if name == "delegation_slot":
        row |= {"begins": 540, "ends": 600}
    if name == "campaign_person":
        row |= {"slot_id": None, "starts_at": None}
    if name == "campaign":
        row["scope"] = UNITS["sibling" if relation == "foreign" else "own"]
    if name == "header_mapping" or name == "rule_set_version":
        row["id"] = person
    return row


def anew(relation: str, name: str) -> dict[str, Any]:
    """Make another row of a table about one of the persons, with keys of its own."""
    row, number = about(relation, name), next(_fresh)
    if name == "distinct_pair":
        row |= {"one_id": PERSONS["own"], "other_id": PERSONS["foreign"]}
    if name == "erasure":
        row |= {"declined_by_id": None, "declined_at": None, "asked_by_id": STAFF["supervisor"]}
    if name == "campaign_person":  # of another campaign: everybody is once on the list of one
        others = [one for one in PERSONS.values() if one != PERSONS[relation]]
        row["campaign_id"] = others[number % len(others)]
    if name == "budget":
        row["year"] = 2190
    if name == "provider":
        row["name"] = f"y{number}"
    row.pop("id", None) if name != "person" else row.update(id=5000 + number)
    for key, value in row.items():
        if key in _KEYS:
            row[key] = 7000 + number if isinstance(value, int) else f"{value}-{number}"
    return row


_KEYS = {
    "code",
    "round_key",
    "plan_version",
    "item_key",
    "period",
    "client_key",
    "sha256",
    "form",
    "header",
    "row",
}


def _value(table: Table, column: Column[Any], person: int) -> Any:
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = ONE_OF.match(str(check.sqltext))
            if found and found.group(1) == column.name:
                return found.group(2)
    for key in column.foreign_keys:
        other = key.column.table.name
        if other in ("organisation", "staff"):
            return None if column.nullable else STAFF["other"]
        if other == table.name:
            return None
        return person
    kind = column.type
    if isinstance(kind, Day):
        return date(2025, 1, 1)
    if isinstance(kind, Moment):
        return datetime(2025, 1, 1, tzinfo=UTC)
    if isinstance(kind, Record):
        return Jsonb({"x": person})
    if isinstance(kind, Flag) or column.type.python_type is int:
        return person if column.name == "person_id" else 1
    return "living" if (table.name, column.name) == ("fact", "code") else f"x{person}"


class World:
    """The database of the world.

    Parameters
    ----------
    name : str
        Of the database.
    """

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server, self.name = server, name

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """Connect as the superuser who owns it."""
        with self._connect("casework") as connection:
            yield connection

    @contextmanager
    def actor(self, actor: str) -> Iterator[psycopg.Connection]:
        """Connect as one of the actors."""
        with self._connect(LOGINS[actor]) as connection:
            yield connection

    def forget_reveals(self) -> None:
        """Let everybody ask for numbers again: how many were asked for outlives a rollback."""
        with self.owner() as connection:
            connection.execute(
                "SELECT setval(oid::regclass, 0) FROM pg_class WHERE relkind = 'S' "
                "AND relnamespace = 'access'::regnamespace AND relname LIKE 'asked\\_%'"
            )

    def url(self, actor: str) -> str:
        """Give the address under which somebody opens the workbook."""
        return f"postgresql+psycopg://{LOGINS[actor]}@/{self.name}?host={self.server.folder}"

    def _connect(self, login: str) -> psycopg.Connection:
        where = f"host={self.server.folder} dbname={self.name} user={login}"
        return psycopg.connect(where, autocommit=True)


def make_world(server: PostgresServer) -> World:
    """Found a workbook, fill it and give everybody a login."""
    name = server.database()
    book = open_workbook(server.url(name), agency="changshu")
    world = World(server, name)
    with world.owner() as connection:
        _fill(connection)
    with book.engine.begin() as connection:
        for actor in ACTORS:
            if actor == "stranger":
                connection.exec_driver_sql(_STRANGER)
                continue
            role = CLOSED.get(actor, actor if actor != "left" else "caseworker")
            unit = "A" if role == "supervisor" else None
            accounts.grant(connection, LOGINS[actor], role, unit=unit)
        for actor in CLOSED:
            accounts.revoke(connection, LOGINS[actor])
    with world.owner() as connection:
        # The door is shut to them; that they see nothing once inside is another rule.
        inside = ", ".join(LOGINS[actor] for actor in (*CLOSED, "stranger"))
        connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {inside}")
    book.close()
    return world


_STRANGER = (
    "DO $$ BEGIN CREATE ROLE kb_stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
)


def _fill(connection: psycopg.Connection) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for code, number, parent in (("A", 9001, None), ("A1", 9002, 9001), ("B", 9003, None)):
            _put(connection, "organisation", {
                "id": number, "code": code, "name": code, "kind": "unit", "status": "active",
                "parent_id": parent})  # fmt: skip
        names = {"caseworker": "甲", "other": "乙"}
        for actor, number in STAFF.items():
            _put(connection, "staff", {
                "id": number, "login": f"kb_{actor}", "name": names.get(actor, actor),
                "role": "caseworker", "unit_id": 9003 if actor == "stranger" else 9001,
                "active_to": date(2025, 1, 1) if actor == "left" else None})  # fmt: skip
        for name in ("population", "population_due", "plan_stamp"):
            connection.execute(f"DELETE FROM {name}")
        for name, table in all_tables().items():
            if table is None or name in NOT_ABOUT_PERSONS:
                continue
            for relation in PERSONS:
                _put(connection, name, about(relation, name))
        first_day, last_day = date(2024, 1, 1), date(2024, 12, 31)
        for seat, relation, staff, last in (
            (901, "own", STAFF["caseworker"], None),
            (902, "expired", STAFF["caseworker"], last_day),
            (903, "own", STAFF["closed"], None),
            (904, "own", STAFF["left"], None),
            (905, "foreign", STAFF["other"], None),
        ):
            row = about(relation, "care_team_member")
            _put(connection, "care_team_member", row | {
                "id": seat, "role": "caseworker", "staff_id": staff, "valid_from": first_day,
                "valid_to": last})  # fmt: skip
        # A caseworker never has a seat that was superseded, whatever its days.
        row = about("colleague", "care_team_member") | {"id": 906, "staff_id": STAFF["caseworker"]}
        _put(connection, "care_team_member", row | {"superseded_at": datetime.now(UTC)})
        for number, relation, code, value in (
            (951, "own", "condition", "words of own"),
            (952, "foreign", "condition", "words of foreign"),
            (953, "own", "mobile", "13800000101"),
            (954, "colleague", "mobile", "13800000103"),
        ):
            row = about(relation, "fact") | {"id": number, "code": code, "value": value}
            _put(connection, "fact", row)
        # Somebody else's, who died and left a spouse behind.
        connection.execute("UPDATE person SET died_on = '2024-06-01' WHERE id = 106")
        row = about("foreign", "related_person") | {"id": 971, "relationship": "spouse"}
        _put(connection, "related_person", row | {"other_person_id": None})
        row = about("own", "change_log") | {"id": 961, "action": "reveal_number"}
        row |= {"subject_kind": "person", "subject_id": 101, "at": datetime.now(UTC)}
        _put(connection, "change_log", row)
        connection.execute(
            "INSERT INTO access.glass (login, person_id, reason, until) "
            "VALUES ('kb_left', 103, 'once', '2025-01-01')"
        )
        for name, table in all_tables().items():
            if table is not None and "id" in table.c:
                connection.execute(f"SELECT setval('{name}_id_seq', 100000)")


def _put(connection: psycopg.Connection, name: str, row: Mapping[str, Any], asked: str = "") -> Any:
    """Insert a row, and give what is asked of it as it then stands."""
    columns, marks = ", ".join(f'"{one}"' for one in row), ", ".join(["%s"] * len(row))
    returning = f" RETURNING {asked}" if asked else ""
    done = connection.execute(
        f'INSERT INTO "{name}" ({columns}) VALUES ({marks}){returning}',  # type: ignore[arg-type]
        list(row.values()),
    )
    found = done.fetchone() if asked else None
    return found[0] if found else None


def put(
    connection: psycopg.Connection, name: str, row: Mapping[str, Any], role: str, asked: str = ""
) -> Any:
    """Insert a row as somebody of a role: without the columns that are kept from that role."""
    hidden = table_classes()[name].hidden.get(role, ())
    kept = {key: value for key, value in row.items() if key not in hidden}
    return _put(connection, name, kept, asked)


def columns_of(name: str) -> list[str]:
    """Name the columns of a table."""
    table = all_tables()[name] if name != "population" else population()
    assert table is not None
    return [column.name for column in table.columns]
