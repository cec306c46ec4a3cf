"""The permission matrix: every actor, table, act and relation, tried on the real server."""

from __future__ import annotations

import re

from casework.access.classes import all_tables, table_classes
from tests.access.expected import EXPECTED, FUNCTIONS
from tests.access.matrix import cells
from tests.findings import expect_none

LEAST = 2_400


def test_database_keeps_every_promise_of_the_matrix(world):
    tried = list(cells(world))
    assert len(tried) >= LEAST
    expect_none([cell for cell in tried if cell.promised != cell.came])


def test_every_table_has_a_class_and_a_promise():
    tables = set(all_tables())
    assert (tables - set(table_classes()), tables - set(EXPECTED)) == (set(), set())
    assert not set(table_classes()) - tables


def test_every_table_of_the_database_is_under_forced_rules(world):
    with world.owner() as connection:
        loose = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).fetchall()
    assert loose == []


def test_every_function_that_somebody_may_call_is_in_the_matrix(world):
    with world.owner() as connection:
        rows = connection.execute(
            "SELECT proname FROM pg_proc p WHERE pronamespace = 'access'::regnamespace "
            "AND prorettype <> 'trigger'::regtype AND has_function_privilege("
            "'kb_caseworker', p.oid, 'EXECUTE') AND NOT proname LIKE 'writes\\_%'"
        ).fetchall()
    tried = {call.partition("(")[0] for call in FUNCTIONS}
    asking = {"today", "require_reason", "unit_staff", "may_write", "has_nobody", "at_work"} | {
        "all_handed_in",
        "drop_draft",
        "later_changes",
        "rows_of_my_act",
        "acts_as",
    }
    expect_none(
        name for (name,) in rows if name not in tried | asking and not name.startswith("my_")
        and name not in ("glass_persons", "read_persons", "unit_persons", "sees_whole", "reach")
    )  # fmt: skip


def test_every_function_with_the_rights_of_its_owner_finds_names_where_it_says(world):
    with world.owner() as connection:
        rows = connection.execute(
            "SELECT p.oid::regprocedure::text, array_to_string(proconfig, ' ') FROM pg_proc p "
            "WHERE prosecdef AND pronamespace IN ('public'::regnamespace, "
            "'access'::regnamespace, 'release'::regnamespace)"
        ).fetchall()
    assert len(rows) > 100
    # What is not named, pg_catalog, comes first; temporary tables come last.
    fixed = re.compile(r"search_path=(pg_catalog|public|pg_catalog, public), pg_temp")
    expect_none(name for name, told in rows if not fixed.fullmatch(told or ""))
