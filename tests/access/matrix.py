"""The permission matrix: every actor, table, act and relation tried on the real server.

`cells` tries them and says what happened; a mutation of the rules is noticed where that differs
from what was promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import psycopg

from casework.access.classes import all_tables, changeable, table_classes
from tests.access.expected import (
    BY_UNIT,
    CHANGED,
    EXPECTED,
    FROZEN,
    FUNCTIONS,
    GROUP,
    KEPT,
    MOVED,
    NOT_BY_PERSON,
    OF_CAMPAIGNS,
    ROWS,
    SEES_ALL,
)
from tests.access.world import ACTORS, DRAFTS, PERSONS, WAITING, World, anew, columns_of, put

REFUSED = "42501"
AUTHORS = ("recorded_by", "drafted_by", "by")
UNSEEN = "42P01"  # whoever may not look into a schema is told that there is no such table
NOT_READ_BY = ("supervisor", "administrator", "registrar", "planner")
"""Who has written nothing into the change log: everybody reads there what they did themselves."""
NOTHING = {"alembic_version", "planning_now", "acting_now", "audit_seal", "audit"}


class Cell(NamedTuple):
    """One thing tried: who, what with which table, whose row; what was promised and what came."""

    actor: str
    act: str
    table: str
    relation: str
    promised: object
    came: object


def wrong(
    world: World, actors: tuple[str, ...] = ACTORS, names: tuple[str, ...] = ()
) -> list[Cell]:
    """Give the cells in which the database does not keep its promise."""
    return [cell for cell in cells(world, actors, names) if cell.promised != cell.came]


def cells(
    world: World, actors: tuple[str, ...] = ACTORS, names: tuple[str, ...] = ()
) -> Iterator[Cell]:
    """Try everything, or what concerns some tables; nothing of it stays."""
    world.forget_reveals()
    for actor in actors:
        with world.actor(actor) as connection:
            connection.autocommit = False
            for name in names or EXPECTED:
                yield from _reads(connection, actor, name)
                yield from _writes(connection, actor, name)
            yield from _calls(connection, actor)
            connection.rollback()


def _rights(actor: str, name: str) -> str:
    return EXPECTED[name].get(GROUP.get(actor, actor), "")


def _rows_of(actor: str) -> set[str]:
    return ROWS.get(actor, set())


def _reads(connection: psycopg.Connection, actor: str, name: str) -> Iterator[Cell]:
    may = "r" in _rights(actor, name)
    if may and actor in GROUP and name in NOT_BY_PERSON:
        came = _try(connection, f"SELECT count(*) > 0 FROM {name}")
        yield Cell(actor, "read", name, "any", False, came)
    elif name in NOT_BY_PERSON:
        came = _try(connection, f"SELECT count(*) > 0 FROM {name}")
        if name == "draft":
            mine = actor in DRAFTS.values()
            yield Cell(actor, "read", name, "any", mine if may else "refused", came)
        elif name in ("change_log",) and actor in NOT_READ_BY:
            yield Cell(actor, "read", name, "any", False, came)
        else:
            yield Cell(actor, "read", name, "any", may or "refused", came)
    else:
        column = _naming(name)
        came = _try(connection, f"SELECT array_agg({column}) FROM {name}")
        seen = set(came or ()) if came != "refused" else set()
        for relation, person in PERSONS.items():
            sees = relation in _rows_of(actor) or (name, actor) in SEES_ALL
            promised = sees if may else "refused"
            told = "refused" if came == "refused" else person in seen
            yield Cell(actor, "read", name, relation, promised, told)
    kept = _kept(actor, name)
    for column in kept:
        came = _try(connection, f'SELECT count("{column}") FROM {name}')
        yield Cell(actor, f"read {column}", name, "any", "refused", came)
    if not may:
        came = _try(connection, f"SELECT 1 FROM {name} WHERE false")
        yield Cell(actor, "read nothing", name, "any", "refused", came)


def _kept(actor: str, name: str) -> set[str]:
    return KEPT.get((name, GROUP.get(actor, actor)), set())


def _naming(name: str) -> str:
    if name == "distinct_pair":
        return "other_id"
    return "person_id" if "person_id" in columns_of(name) else "id"


def _writes(connection: psycopg.Connection, actor: str, name: str) -> Iterator[Cell]:
    rights = _rights(actor, name)
    if name in NOTHING:
        for act in (f"DELETE FROM {name}", f"TRUNCATE {name}", f"LOCK TABLE {name}"):
            yield Cell(actor, act, name, "any", "refused", _try(connection, act))
        return
    yield from _changes(connection, actor, name, rights)
    by_person = name not in NOT_BY_PERSON
    for relation in PERSONS:
        if not by_person and relation not in ("own", "foreign"):
            continue
        row = anew(relation, name) if name not in ("organisation", "staff", "setting") else {}
        if not row:
            continue
        came = _try_put(connection, name, row, actor)
        mine = relation in _rows_of(actor) if by_person else actor not in GROUP
        promised = "done" if "a" in rights and mine else "refused"
        if name in OF_CAMPAIGNS and relation == "foreign":
            promised = "refused"
        if name == "draft":
            promised = "done" if actor == "caseworker" and relation == "own" else "refused"
        if name == "staff_check" and actor == "caseworker":
            promised = "refused"  # it is a training; see tests/access/test_journeys.py
        if name == "contact" and "a" in rights and actor not in GROUP:
            promised = "done"  # it names nobody yet
        yield Cell(actor, "add", name, relation, promised, came)
    if actor == "registrar" and table_classes()[name].moved and "person_id" in columns_of(name):
        # Without two records being made one, a row stays with its person.
        where = PERSONS["foreign"], PERSONS["own"]
        moved = f"UPDATE {name} SET person_id = {where[0]} WHERE person_id = {where[1]}"
        came = _try(connection, f"{moved}; SET CONSTRAINTS ALL IMMEDIATE")
        told = "refused" if came == "broken" else came  # a key refuses it before
        yield Cell(actor, "move to another person", name, "own", "refused", told)
    author = next((one for one in AUTHORS if one in columns_of(name)), None)
    forged = author and "a" in rights and (name, actor) != ("staff_check", "caseworker")
    if author and forged and actor not in GROUP and name not in ("organisation", "staff"):
        row = anew("own", name) | {author: "forged"}
        came = _try_put(connection, name, row, actor, f"\"{author}\" = 'forged'")
        yield Cell(actor, "sign as another", name, "own", False, came)
    removes = _try(connection, f"DELETE FROM {name} WHERE false")
    yield Cell(actor, "remove", name, "any", "refused", removes)
    for act in (f"TRUNCATE {name}", f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"):
        yield Cell(actor, act.split()[0], name, "any", "refused", _try(connection, act))


def _changes(connection: psycopg.Connection, actor: str, name: str, rights: str) -> Iterator[Cell]:
    columns = columns_of(name)
    role = GROUP.get(actor, actor)
    moved = MOVED if role == "registrar" and "u" in rights else set()
    for column in sorted(set(columns) & FROZEN - moved):
        if (name, column) == ("staff", "unit_id") and role == "administrator":
            continue
        if name in ("organisation", "handover", "setting"):
            continue
        if column == "withdrawn_by" and name in ("roster", "campaign"):
            continue  # whoever takes a published roster back signs it
        came = _try(connection, f'UPDATE {name} SET "{column}" = "{column}" WHERE false')
        yield Cell(actor, f"change {column}", name, "any", "refused", came)
    if name in NOT_BY_PERSON - BY_UNIT:
        yield from _changes_of_nobody(connection, actor, name, rights)
        return
    column = _changeable(name, actor)
    if name == "care_team_member":
        came = _try(connection, "UPDATE care_team_member SET staff_id = staff_id WHERE false")
        yield Cell(actor, "change staff_id", name, "any", "refused", came)
    blind = _try(connection, f'UPDATE {name} SET "{column}" = NULL', rows=True)
    if "u" in rights:
        promised_rows = len(_rows_of(actor)) + _more_rows(name, actor)
        # Without a value where one is needed, the rules were passed: the table itself refuses.
        told = promised_rows if blind == "broken" else blind
        yield Cell(actor, "change blindly", name, "all", promised_rows, told)
    else:
        yield Cell(actor, "change blindly", name, "all", "refused", blind)
    yield from _refers(connection, actor, name)
    for relation, person in PERSONS.items():
        where = f"WHERE {_naming(name)} = {person}"
        came = _try(connection, f'UPDATE {name} SET "{column}" = "{column}" {where}', rows=True)
        mine = relation in _rows_of(actor)
        promised: object = "refused"
        if "u" in rights:
            promised = (_rows_about(name, actor, relation)) if mine else 0
        yield Cell(actor, "change", name, relation, promised, came)


def _refers(connection: psycopg.Connection, actor: str, name: str) -> Iterator[Cell]:
    """Let a row about one of the own people refer to what is about somebody else's."""
    table = all_tables()[name]
    free = changeable(table_classes()[name], actor)
    if actor not in ("caseworker", "supervisor") or table is None:
        return
    for column in table.columns:
        others = {key.column.table.name for key in column.foreign_keys}
        if column.name in free and others and others <= set(EXPECTED) - NOT_BY_PERSON:
            moved = f'UPDATE {name} SET "{column.name}" = {PERSONS["foreign"]}'
            came = _try(connection, f"{moved} WHERE {_naming(name)} = {PERSONS['own']}", rows=True)
            yield Cell(actor, f"refer by {column.name}", name, "foreign", "refused", came)


def _changes_of_nobody(
    connection: psycopg.Connection, actor: str, name: str, rights: str
) -> Iterator[Cell]:
    """Change rows that are no person's: as many as are one's own, none once the account is closed.

    Without a look at what stands there only the rule about changing holds; with one, that about
    reading as well.
    """
    free = changeable(table_classes()[name], GROUP.get(actor, actor)) if "u" in rights else ()
    if not free:
        return
    if actor in GROUP:
        came = _try(connection, f'UPDATE {name} SET "{free[-1]}" = NULL', rows=True)
        yield Cell(actor, "change blindly", name, "all", 0, came)
        return
    promised = CHANGED.get((name, actor), len(PERSONS))
    if promised is None:
        promised = _try(connection, f"SELECT count(*) FROM {name}")
    came = _try(connection, f'UPDATE {name} SET "{free[-1]}" = "{free[-1]}"', rows=True)
    yield Cell(actor, "change", name, "all", promised, came)


def _changeable(name: str, actor: str) -> str:
    """Name a column that may be changed where a table may."""
    wished = {
        ("goal", "supervisor"): "owner_id",
        ("import_problem", "caseworker"): "settled_by",
        ("plan_stamp", "caseworker"): "policy",
        ("care_team_member", "supervisor"): "valid_to",
        ("erasure", "supervisor"): "declined_reason",
        ("erasure", "registrar"): "person_id",
        **{
            (one, "registrar"): "person_id"
            for one in ("payment", "hardship_case", "benefit", "service_order")
        },
        ("payment", "caseworker"): "end_reason",
        ("goal", "planner"): "owner_id",
        ("issue", "planner"): "owner_id",
    }.get((name, GROUP.get(actor, actor)))
    if wished:
        return wished
    spare = {"person_search": "unit", "population": "first_day", "task_evidence": "withdrawn_at",
             "need_answer": "superseded_at", "contact_participant": "role", "plan_item": "domain",
             "contact_person": "heard", "population_due": "person_id",
             "person": "birth_reason", "fact": "note", "alias": "kind", "distinct_pair": "reason",
             "service_plan": "comment", "related_person": "visits", "task": "reason",
             "goal_reading": "note", "care_team_member": "valid_to", "seasonal_stay": "place",
             "case_file": "close_note", "assessment": "informant", "wish": "closing_note",
             "opinion": "disposition", "need": "reason", "contact": "summary", "issue": "detail",
             "goal": "note", "person_identifier": "reason", "import_problem": "settled_by",
             "plan_stamp": "policy", "issue_step": "superseded_at"}  # fmt: skip
    found = spare.get(name)
    if found is None:
        free = [one for one in columns_of(name) if one not in FROZEN]
        found = free[-1]
    return found


def _rows_about(name: str, actor: str, relation: str) -> int:
    """Count the rows of a table about a person: some persons have more than one."""
    if name == "erasure" and GROUP.get(actor, actor) == "registrar" and relation in WAITING:
        return 0
    more = {("fact", "own"): 2, ("care_team_member", "own"): 3, ("care_team_member", "expired"): 1,
            ("care_team_member", "colleague"): 1, ("care_team_member", "foreign"): 1,
            ("fact", "colleague"): 1, ("fact", "foreign"): 1,
            ("related_person", "foreign"): 1}  # fmt: skip
    return 1 + more.get((name, relation), 0)


def _more_rows(name: str, actor: str) -> int:
    return sum(_rows_about(name, actor, relation) - 1 for relation in _rows_of(actor))


def _calls(connection: psycopg.Connection, actor: str) -> Iterator[Cell]:
    for call, who in FUNCTIONS.items():
        came = _try(connection, f"SELECT access.{call}")
        told = "refused" if came in ("refused", "none", None) else "done"
        yield Cell(actor, "call", call, "any", "done" if actor in who else "refused", told)


def _try(connection: psycopg.Connection, sql: str, *, rows: bool = False) -> object:
    """Do something and take it back; say what came of it."""
    connection.execute("SAVEPOINT here")
    try:
        done = connection.execute(sql)  # type: ignore[arg-type]
        if rows:
            return done.rowcount
        found = done.fetchone() if done.description else None
        return found[0] if found else "none"
    except psycopg.Error as error:
        if error.sqlstate in (REFUSED, UNSEEN):
            return "refused"
        if error.sqlstate and error.sqlstate.startswith("23"):
            return "broken"
        return f"{error.sqlstate} {error}"
    finally:
        connection.execute("ROLLBACK TO here")


def _try_put(
    connection: psycopg.Connection, name: str, row: dict, role: str, asked: str = ""
) -> object:
    """Add a row and take it back; say what came of it, or what was asked of the row."""
    connection.execute("SAVEPOINT here")
    try:
        told = put(connection, name, row, role, asked)
        return told if asked else "done"
    except psycopg.Error as error:
        if error.sqlstate in (REFUSED, UNSEEN):
            return "refused"
        # The rules come first: what a key refuses, they let pass.
        return "done" if (error.sqlstate or "").startswith("23") else f"{error.sqlstate} {error}"
    finally:
        connection.execute("ROLLBACK TO here")
