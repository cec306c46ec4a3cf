"""The rules as the server keeps them are those that were reviewed, and weakening one is noticed."""

from __future__ import annotations

import re

import pytest

from casework.workbook import open_workbook
from tests.access.catalogue import REVIEWED, catalogue
from tests.access.mutations import mutations, noticed_by_catalogue, noticed_by_use
from tests.access.world import make_world

# Behind the others stands a second rule, which then still refuses.
BY_USE = re.compile(r"policy (?!setting|organisation|staff|change_log)\w+\.(read|add)_(case|super)")
SAMPLE = 120  # every so many; all of them by: python3 run.py bench access


def test_catalogue_is_the_reviewed_one(world):
    """After a change of the rules: python -m tests.access.catalogue, and read the difference."""
    with world.owner() as connection:
        present = set(catalogue(connection))
    reviewed = set(REVIEWED.read_text("utf-8").splitlines())
    assert (sorted(present - reviewed), sorted(reviewed - present)) == ([], [])


def test_founding_again_writes_the_same_rules(postgres_server):
    own = make_world(postgres_server)  # founding writes the population anew
    open_workbook(postgres_server.url(own.name), agency="changshu").close()
    with own.owner() as connection:
        assert not noticed_by_catalogue(connection)
    postgres_server.drop(own.name)


@pytest.mark.parametrize("start", [7, 67])
def test_weakening_a_rule_is_noticed(world, start):
    with world.owner() as connection:
        chosen = list(mutations(connection))[start::SAMPLE]
        missed = []
        for one in chosen:
            connection.execute(one.do)
            try:
                if not noticed_by_catalogue(connection):
                    missed.append(f"{one.name}: by the catalogue")
                if BY_USE.match(one.name) and not noticed_by_use(world, one):
                    missed.append(f"{one.name}: by use")
            finally:
                connection.execute(one.undo)
        assert not noticed_by_catalogue(connection)
    assert missed == []
