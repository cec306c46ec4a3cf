"""Nothing tells whether somebody of a name, birthday or number is there, nor what they are like.

The server tries a harmless and cheap condition before the rule about rows, and `EXPLAIN ANALYZE`
tells whether the rule was asked at all: without the rules that cost nothing (`first_...`) one could
read every hidden row, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from casework.access.classes import all_tables, table_classes
from casework.access.seeing import readable
from casework.workbook import open_workbook
from tests.access.mutations import noticed_by_catalogue
from tests.access.world import LOGINS, PERSONS, make_world

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


_ONE_AFTER_THE_OTHER = "SET enable_indexscan = off; SET enable_bitmapscan = off"
_BY_NUMBER = """('{{"{row}": 1}}'::jsonb)["{column}"] IS NOT NULL"""
"""A condition that costs nothing in the reckoning of the server; a comparison costs a little."""


@pytest.mark.parametrize("role", ["caseworker", "supervisor", "registrar", "planner"])
def test_rule_about_rows_is_asked_before_any_condition_of_whoever_asks(world, role):
    """The plan of a hidden row is that of one that is not there, whatever is asked of it."""
    asked = 0
    with world.actor(role) as connection:
        connection.execute(_ONE_AFTER_THE_OTHER)
        for name, one in table_classes().items():
            table = all_tables()[name]
            if one.kind == "reference" or role in one.everything or table is None:
                continue
            columns = readable(one, table, role)
            number = next((key for key in (one.person, "id") if key in table.c), "")
            if columns is None or not number:
                continue
            asking = f"SELECT 1 FROM {name} WHERE {_BY_NUMBER}"
            hidden, absent = (
                _plan(connection, asking.format(row=row, column=number), row)
                for row in (str(PERSONS["foreign"]), "999")
            )
            assert hidden == absent, name
            asked += 1
    assert asked > {"caseworker": 40, "supervisor": 40}.get(role, 0)


def test_words_about_somebody_are_not_read_by_asking_for_their_letters(world):
    """A caseworker of a stranger, a supervisor of what only broken glass shows."""
    for role, person in (("caseworker", 106), ("supervisor", 101)):
        with world.actor(role) as connection:
            connection.execute(_ONE_AFTER_THE_OTHER)
            asked = "SELECT 1 FROM fact WHERE code = 'condition' AND value > %s"
            asked += f" AND person_id = {person}"
            assert _explained(connection, asked, "words") == _explained(connection, asked, "zzzzz")


def test_index_of_facts_is_not_looked_through_by_what_they_say(world):
    with world.owner() as connection:
        keys = "SELECT indnkeyatts FROM pg_index WHERE indexrelid = 'ix_fact_code_person'::regclass"
        assert connection.execute(keys).fetchone() == (2,)


def test_server_keeps_no_statistics_of_words(world):
    """Of everything that is text about somebody: what it has are codes, keys and who wrote it."""
    with world.owner() as connection:
        rows = connection.execute(
            "SELECT DISTINCT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 "
            "AND atttypid = 'text'::regtype AND attstattarget <> 0 AND relname = ANY(%s)",
            [[name for name, one in table_classes().items()
              if one.kind not in ("reference", "closed", "derived")]],
        ).fetchall()  # fmt: skip
    assert {name for (name,) in rows} == _CODES


def test_statistics_of_an_older_version_are_forgotten_when_it_is_founded_again(postgres_server):
    """It let the server measure words; what is known of them no later ANALYZE takes away."""
    own = make_world(postgres_server)
    with own.owner() as connection:
        words = connection.execute(_UNMEASURED).fetchall()
        for table, column in words:
            connection.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" SET STATISTICS -1')
        connection.execute("ANALYZE")
        assert len({*words} & {*connection.execute(_MEASURED).fetchall()}) > 100
        files = connection.execute(_FILES).fetchall()
    open_workbook(postgres_server.url(own.name), agency="changshu").close()
    with own.owner() as connection:
        assert connection.execute(_UNMEASURED).fetchall() == words
        assert not {*words} & {*connection.execute(_MEASURED).fetchall()}
        assert connection.execute(_FILES).fetchall() == files  # no row was moved
        assert not noticed_by_catalogue(connection)
    postgres_server.drop(own.name)


_OF_TABLES = (
    "attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = 'public'::regnamespace)"
)
_UNMEASURED = (
    "SELECT attrelid::regclass::text, attname FROM pg_attribute "
    f"WHERE attstattarget = 0 AND attnum > 0 AND {_OF_TABLES} ORDER BY 1, 2"
)
_MEASURED = (
    "SELECT attrelid::regclass::text, attname FROM pg_attribute "
    f"JOIN pg_statistic ON starelid = attrelid AND staattnum = attnum WHERE {_OF_TABLES}"
)
# An index of some rows only is made anew whenever a column of its condition is touched.
_FILES = (
    "SELECT oid::regclass::text, pg_relation_filenode(oid) FROM pg_class "
    "WHERE relkind IN ('r', 'i') AND relname <> 'population' AND NOT EXISTS "
    "(SELECT FROM pg_index WHERE indexrelid = pg_class.oid AND indpred IS NOT NULL) "
    "AND relnamespace = 'public'::regnamespace ORDER BY 1"
)


_CODES = {
    "accepted_by", "act", "action", "actor", "approved_by", "asked_by", "assessor", "banding",
    "birth_source", "basis", "by", "channel", "clause", "client_key", "close_reason", "code",
    "decided_by", "decision", "declined_by", "domain", "drafted_by", "field", "form", "ground",
    "initiated_by", "instrument", "instrument_version", "item", "item_key", "kind", "kinds",
    "login", "mode", "need_key", "origin", "owner", "paid_by", "per", "period", "problem",
    "purpose", "raised_by", "recipient", "recorded_by", "relationship", "role", "round_key",
    "rule_code", "segment", "service", "settled_by", "severity", "sex", "sex_source", "sheet",
    "source", "stage", "standing", "started_at", "state", "subject_kind", "submitted_by",
    "title_en", "verified", "verified_by", "wanted",
}  # fmt: skip


def _explained(connection: psycopg.Connection, sql: str, value: str) -> list[str]:
    """Give the plan with its costs and counts, without the value asked for and the times."""
    cursor = psycopg.ClientCursor(connection)
    return _plan(connection, cursor.mogrify(sql, [value]), value)


def _plan(connection: psycopg.Connection, asked: str, value: str) -> list[str]:
    connection.execute(asked)  # so that neither is the first of its kind
    how = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF)"
    lines = [line for (line,) in connection.execute(f"{how} {asked}").fetchall()]
    return [re.sub(re.escape(value.rstrip("%")), "?", line) for line in lines]
