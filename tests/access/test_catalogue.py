"""The rules as the server keeps them are those that were reviewed, and weakening one is noticed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

from casework.workbook import open_workbook
from tests.access.catalogue import REVIEWED, catalogue
from tests.access.mutations import mutations, noticed_by_catalogue, noticed_by_use, second_rules
from tests.access.world import make_world

SAMPLE, SEED = 50, 2026  # all of them by: python3 run.py bench access --large


def test_catalogue_is_the_reviewed_one(world):
    """After a change of the rules: python -m tests.access.catalogue, and read the difference."""
    with world.owner() as connection:
        present = set(catalogue(connection))
    reviewed = set(REVIEWED.read_text("utf-8").splitlines())
    assert (sorted(present - reviewed), sorted(reviewed - present)) == ([], [])


def test_founding_again_writes_the_same_rules_and_nobody_who_reads_is_ended(postgres_server):
    own = make_world(postgres_server)  # founding writes the population anew
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with (
        own.actor("supervisor") as reader,
        own.owner() as connection,
        ThreadPoolExecutor() as other,
    ):
        reader.autocommit = False
        reader.execute("SELECT count(*) FROM task")
        founding = other.submit(open_workbook, postgres_server.url(own.name), agency="changshu")
        while connection.execute(waits).fetchone() == (0,):
            assert not founding.done()
        # It waits for the reader, who now wants what it may have taken already.
        reader.execute("SELECT count(*) FROM alias, fact, contact, wish")
        reader.commit()
        founding.result().close()
        assert not noticed_by_catalogue(connection)
    postgres_server.drop(own.name)


def test_weakening_a_rule_is_noticed(world, capsys):
    """By the catalogue always; by what somebody can then do, unless a second rule says the same."""
    with world.owner() as connection:
        chosen = Random(SEED).sample(list(mutations(connection)), SAMPLE)
        second = second_rules(connection)
        unread, used, unused = [], [], []
        for one in chosen:
            connection.execute(one.do)
            try:
                if not noticed_by_catalogue(connection):
                    unread.append(one.name)
                if one.name not in second:
                    (used if noticed_by_use(world, one) else unused).append(one.name)
            finally:
                connection.execute(one.undo)
        assert not noticed_by_catalogue(connection)
    assert unread == []
    with capsys.disabled():
        tried = len(used) + len(unused)
        print(f"\nweakened rules noticed by use: {len(used)} of {tried}; not: {unused}")
    assert len(used) >= 0.95 * (len(used) + len(unused))


def test_no_function_of_ours_looks_first_where_anybody_may_put_a_table(world):
    with world.owner() as connection:
        loose = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, "
            "'access'::regnamespace, 'release'::regnamespace) AND NOT EXISTS (SELECT FROM "
            "unnest(proconfig) c WHERE c ~ '^search_path=.*pg_temp$') AND NOT EXISTS (SELECT FROM "
            "pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e') ORDER BY 1"
        ).fetchall()
    assert loose == []
