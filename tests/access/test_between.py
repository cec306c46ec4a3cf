"""What passes between people in a moment: broken glass, and contacts that name nobody yet."""

from __future__ import annotations

import psycopg
import pytest

from tests.access.world import LOGINS, PERSONS, about, put


def _ids(connection: psycopg.Connection, table: str = "person") -> set[int]:
    return {number for (number,) in connection.execute(f"SELECT id FROM {table}").fetchall()}


@pytest.fixture
def glass(world):
    """Give a way to put broken glass there, which is taken away again."""
    with world.owner() as owner:

        def broken(actor: str, relation: str, hours: int) -> int:
            return owner.execute(
                "INSERT INTO access.glass (login, person_id, reason, until) "
                "VALUES (%s, %s, 'test', now() + make_interval(hours => %s)) RETURNING id",
                [LOGINS[actor], PERSONS[relation], hours],
            ).fetchone()[0]

        yield broken
        owner.execute("DELETE FROM access.glass WHERE reason = 'test'")


def test_broken_glass_opens_what_one_broke_oneself_and_while_it_lasts(world, glass):
    glass("caseworker", "sibling", 1)
    glass("caseworker", "colleague", -1)
    glass("supervisor", "foreign", 1)
    with world.actor("caseworker") as connection:
        assert _ids(connection) == {PERSONS["own"], PERSONS["sibling"]}


def test_nobody_takes_note_of_the_own_glass_nor_is_told_of_it(world, glass):
    own, others = glass("supervisor", "own", 1), glass("caseworker", "colleague", 1)
    with world.actor("supervisor") as connection:
        told = _ids(connection, "access.glass_told()")
        assert others in told and own not in told
        connection.execute("SELECT access.glass_seen(%s)", [others])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT access.glass_seen(%s)", [own])


def test_contact_that_names_nobody_yet_is_seen_at_work_alone(world):
    with world.owner() as owner:
        row = about("own", "contact") | {"id": 5901, "client_key": "nobody-yet"}
        put(owner, "contact", row, "owner")
        owner.execute("UPDATE contact SET recorded_at = now() WHERE id = 5901")
        try:
            for actor, sees in (("caseworker", True), ("closed", False), ("left", False)):
                with world.actor(actor) as connection:
                    assert (5901 in _ids(connection, "contact")) == sees
        finally:
            owner.execute("DELETE FROM contact WHERE id = 5901")


def test_whoever_supervises_all_units_is_told_of_glass_over_somebody_of_none(world):
    with world.owner() as connection, connection.transaction(force_rollback=True):
        connection.execute("UPDATE organisation SET parent_id = 9001 WHERE id <> 9001")
        connection.execute(
            "INSERT INTO access.glass (login, person_id, reason, until) "
            "VALUES ('kb_caseworker', 106, 'why it is', now() + interval '1 hour')"
        )
        connection.execute("SET LOCAL SESSION AUTHORIZATION kb_supervisor")
        told = connection.execute("SELECT id, person_id FROM access.glass_told()").fetchall()
        assert [person for _id, person in told if person == 106] == [106]
        connection.execute("SELECT access.glass_seen(%s)", [max(told)[0]])
