"""Nothing tells whether somebody of a name, birthday or number is in the workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from tests.access.world import LOGINS

QUESTIONS = {
    "name": ("SELECT 1 FROM person WHERE name = %s", "hidden4000", "absent4000"),
    "part of a name": ("SELECT 1 FROM person WHERE name LIKE %s", "hidden400%", "absent400%"),
    "birthday": (
        "SELECT 1 FROM person WHERE born_on_earliest = %s",
        "1931-01-01",
        "1931-01-02",
    ),
    "name in the search": ("SELECT 1 FROM person_search WHERE name = %s", "hidden4", "absent4"),
    "telephone in the search": (
        "SELECT 1 FROM person_search WHERE phones = %s",
        "13900004000",
        "13900009999",
    ),
    "telephone": (
        "SELECT 1 FROM fact WHERE code = 'mobile' AND value = %s",
        "13900004000",
        "13900009999",
    ),
    "relative": ("SELECT 1 FROM related_person WHERE name = %s", "child4000", "absent4000"),
    "all of it at once": (
        "SELECT 1 FROM person p JOIN fact f ON f.person_id = p.id WHERE p.name = %s "
        "AND f.code = 'mobile'",
        "hidden4000",
        "absent4000",
    ),
}


@pytest.fixture(scope="module")
def _town(postgres_server, world) -> Iterator[str]:
    """Give a copy of the world with five thousand people more, none of them the caseworker's."""
    name = postgres_server.database(like=world.name)
    where = f"host={postgres_server.folder} user=casework dbname={name}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {LOGINS['caseworker']}")
        connection.execute(_FILL)
        connection.execute("ANALYZE")
    yield f"host={postgres_server.folder} user={LOGINS['caseworker']} dbname={name}"
    postgres_server.drop(name)


_FILL = """
SET session_replication_role = replica;
INSERT INTO person (id, name, name_pinyin, name_initials, born_on_earliest, unit_id, version)
  SELECT i, 'hidden' || i, '', '', CASE i WHEN 4000 THEN '1931-01-01'::date ELSE '1940-01-01' END,
    9003, 1 FROM generate_series(1001, 6000) i;
INSERT INTO person_search (person_id, name, pinyin, initials, resident_id, phones, unit, community)
  SELECT i, 'hidden' || i % 100, '', '', '', '1390000' || i, '', ''
  FROM generate_series(1001, 6000) i;
INSERT INTO fact (person_id, code, value, recorded_at, recorded_by, source)
  SELECT i, c, '1390000' || i, now(), 'x', 'x' FROM generate_series(1001, 6000) i,
    unnest(ARRAY['mobile', 'living', 'rank']) c;
INSERT INTO related_person (person_id, name, is_emergency, recorded_at, recorded_by, source)
  SELECT i, 'child' || i, 0, now(), 'x', 'x' FROM generate_series(1001, 6000) i;
"""


@pytest.mark.parametrize("question", QUESTIONS)
def test_plan_and_counts_are_the_same_for_a_hidden_and_an_absent_person(_town, question):
    sql, hidden, absent = QUESTIONS[question]
    with psycopg.connect(_town, autocommit=True) as connection:
        assert _explained(connection, sql, hidden) == _explained(connection, sql, absent)
        assert connection.execute(sql, [hidden]).fetchall() == []


def test_the_same_question_tells_them_apart_without_the_rules(_town):
    """The control: without the rules the two plans differ, so that the test can fail."""
    sql, hidden, absent = QUESTIONS["telephone"]
    owner = _town.replace(LOGINS["caseworker"], "casework")
    with psycopg.connect(owner, autocommit=True) as connection:
        assert _explained(connection, sql, hidden) != _explained(connection, sql, absent)


def _explained(connection: psycopg.Connection, sql: str, value: str) -> list[str]:
    """Give the plan with its costs and counts, without the value asked for and the times."""
    cursor = psycopg.ClientCursor(connection)
    asked = cursor.mogrify(sql, [value])
    connection.execute(asked)  # so that neither is the first of its kind
    how = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF)"
    lines = [line for (line,) in connection.execute(f"{how} {asked}").fetchall()]
    return [re.sub(re.escape(value.rstrip("%")), "?", line) for line in lines]
