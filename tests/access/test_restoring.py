"""A server's backup put back: who may log in, and whom they may see, is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from casework.access import accounts
from casework.access.keys import forget_keys, hold_backup_password
from casework.demo import make_demo
from casework.workbook import open_workbook
from casework.workbook.keeping import restore_workbook, try_out
from tests.access.office import ROLES as ALL_ROLES
from tests.access.office import TAKEN_ON
from tests.access.test_journeys import people_of
from tests.conftest import AGENCY, TODAY

ROLES = {login: role for login, role in ALL_ROLES.items() if login not in TAKEN_ON}

WORD = "three-quiet-lanterns"


@pytest.fixture
def two_databases(postgres_server) -> Iterator[tuple[str, str]]:
    names = postgres_server.database(), postgres_server.database()
    yield names
    for name in names:
        postgres_server.drop(name)


def test_accounts_rules_and_caseloads_are_back_with_the_backup(
    postgres_server, two_databases, tmp_path: Path
) -> None:
    first, second = two_databases
    book = make_demo(postgres_server.url(first), AGENCY, 6, 1, today=TODAY, history=False)
    with book.engine.begin() as connection:
        for login, (role, unit) in ROLES.items():
            accounts.grant(connection, login, role, unit=unit)
        accounts.revoke(connection, "caseworker2")
    place = tmp_path / "office.backup"
    book.keeping.back_up(place, password=WORD)
    book.close()
    hold_backup_password(WORD)
    try:
        assert try_out(postgres_server.url(first), place).findings == []
        restore_workbook(postgres_server.url(second), place)
    finally:
        forget_keys()

    def seen_by(name: str, login: str) -> list[int]:
        address = f"postgresql+psycopg://{login}@/{name}?host={postgres_server.folder}"
        opened = open_workbook(address, today=TODAY)
        try:
            return people_of(opened)
        finally:
            opened.close()

    for login in ("caseworker1", "supervisor1"):
        assert seen_by(second, login) == seen_by(first, login) != []
    restored = open_workbook(postgres_server.url(second), today=TODAY)
    with restored.engine.connect() as connection:
        rows = connection.execute(text("SELECT login, role, closed_at IS NULL FROM access.account"))
        told = {(one.login, one.role): one[2] for one in rows}
    assert told[("caseworker2", "caseworker")] is False
    assert restored.keeping.verify().findings == []
    restored.close()
