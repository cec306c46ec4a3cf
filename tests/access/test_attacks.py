"""What somebody can try from a notebook: SQL typed by hand, with a real login on a real server."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.access.matrix import REFUSED, UNSEEN

ATTACKS = tomllib.loads(Path(__file__).with_name("attacks.toml").read_text("utf-8"))["attack"]


def test_there_are_as_many_attacks_as_were_promised():
    assert len({one["name"] for one in ATTACKS}) == len(ATTACKS) >= 90


@pytest.mark.parametrize("attack", ATTACKS, ids=[one["name"] for one in ATTACKS])
def test_attack_gets_nowhere(world, attack):
    told = outcome(world, attack)
    wanted = attack["comes"].split(" or ")
    assert told[0] in wanted, told
    assert not any(word in told[1] for word in attack.get("tells", ()))


def outcome(world, attack: dict[str, Any]) -> tuple[str, str]:
    """Give what came of an attack, and the text of its error; nothing of it stays."""
    with world.actor(attack["as"]) as connection:
        connection.autocommit = False
        try:
            for sql in attack["sql"].split("; "):
                done = connection.execute(sql.replace("# END", "; END"))  # of a function's body
            if done.description is None:
                return f"{done.rowcount} rows", ""
            row = done.fetchone()
            return ("nothing" if row is None else str(row[0]).lower()), ""
        except psycopg.Error as error:
            state = str(error.sqlstate)
            refusals = (REFUSED, UNSEEN) if attack["as"] == "stranger" else (REFUSED,)
            return ("refused" if state in refusals else state), str(error)
        finally:
            connection.rollback()
            if "reveal_number" in attack["sql"]:
                world.forget_reveals()
