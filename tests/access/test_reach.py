"""A supervisor's rows are asked for in the form that suits how many they are; they are the same."""

from __future__ import annotations

import pytest

from casework.access.classes import all_tables, table_classes
from casework.access.seeing import readable
from tests.access.world import LOGINS

REACHES = ("most", "part", "few")


def _reach(owner, told: str) -> None:
    owner.execute(
        "UPDATE access.account SET reach = %s WHERE login = %s", [told, LOGINS["supervisor"]]
    )


@pytest.fixture
def owner(world):
    with world.owner() as connection:
        yield connection
        _reach(connection, "most")


def _rows(world) -> dict[str, list[str]]:
    found = {}
    with world.actor("supervisor") as connection:
        for name, one in table_classes().items():
            columns = readable(one, all_tables()[name], "supervisor")
            if columns is not None:
                listed = ", ".join(f'"{one}"' for one in columns) or "*"
                rows = connection.execute(f"SELECT {listed} FROM {name}").fetchall()
                found[name] = sorted(map(repr, rows))
    return found


def test_every_form_shows_a_supervisor_the_same_rows_of_every_table(world, owner):
    seen = []
    for told in REACHES:
        _reach(owner, told)
        seen.append(_rows(world))
    assert sum(map(len, seen[0].values())) > 200
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize(
    ("told", "table", "by_index"),
    [("most", "task", False), ("few", "task", True), ("part", "person", True)],
)
def test_rows_of_a_small_unit_are_found_by_an_index(world, owner, told, table, by_index):
    _reach(owner, told)
    with world.actor("supervisor") as connection:
        connection.execute("SET enable_seqscan = off")  # the world is too small for any index
        plan = connection.execute(f"EXPLAIN SELECT * FROM {table}").fetchall()
    index = any("Index Cond" in line and ("person_id" in line or "unit_id >=" in line)
                for (line,) in plan)  # fmt: skip
    assert index == by_index, plan


@pytest.mark.parametrize("actor", ["caseworker", "supervisor"])
@pytest.mark.parametrize("told", REACHES)
def test_closed_account_sees_nothing_on_the_next_statement_of_an_open_session(
    world, owner, told, actor
):
    """Also by a plan that the server kept, and within a transaction that began before."""
    _reach(owner, told)
    closes = "UPDATE access.account SET closed_at = {} WHERE login = %s"
    with world.actor(actor) as connection:
        connection.autocommit = False
        asked = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM task)"
        for _often in range(12):  # a statement that is asked often is prepared, then planned once
            assert 0 not in connection.execute(asked).fetchone()
        owner.execute(closes.format("now()"), [LOGINS[actor]])
        try:
            assert connection.execute(asked).fetchone() == (0, 0)
        finally:
            owner.execute(closes.format("NULL"), [LOGINS[actor]])
        assert 0 not in connection.execute(asked).fetchone()


def test_reach_is_measured_when_an_account_is_opened_and_by_the_run_for_everybody(world, owner):
    login = LOGINS["supervisor"]
    asked = "SELECT reach FROM access.account WHERE login = %s"
    more = (
        "INSERT INTO person (name, name_pinyin, name_initials, unit_id, version) "
        "SELECT 'x', '', '', 9003, 1 FROM generate_series(1, %s)"
    )
    with owner.transaction(force_rollback=True):
        told = []
        for people in (0, 10, 40):  # beside the four of the supervisor's units and two others
            owner.execute(more, [people])
            owner.execute("SELECT access.measure_reach()")
            told += owner.execute(asked, [login]).fetchone()
    assert told == ["most", "part", "few"]
