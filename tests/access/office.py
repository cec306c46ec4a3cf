"""A small office with plans, whose people log in each with an account of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from casework.access import accounts
from casework.demo import make_demo
from casework.workbook import Workbook, open_workbook
from tests.conftest import AGENCY, TODAY
from tests.servers import PostgresServer

ROLES = {
    "caseworker1": ("caseworker", None),
    "caseworker2": ("caseworker", None),
    "supervisor1": ("supervisor", "bureau"),
    "supervisor2": ("supervisor", "bureau"),
    "administrator1": ("administrator", None),
    "registrar1": ("registrar", None),
    "auditor1": ("auditor", None),
    "planner1": ("planner", None),
}
Opens = Callable[[str], Workbook]

TAKEN_ON = ("supervisor2", "registrar1")
"""Members of staff whom the demonstration does not have."""

_HIRED = text(
    "INSERT INTO staff (login, name, role, unit_id) SELECT one, one, 'administrator', s.unit_id "
    "FROM unnest(CAST(:logins AS text[])) one, staff s WHERE s.login = 'supervisor1'"
)


@pytest.fixture(scope="module")
def _office(postgres_server: PostgresServer) -> Iterator[str]:
    """Make a small office with plans, and let its people log in."""
    name = postgres_server.database()
    book = make_demo(postgres_server.url(name), AGENCY, 8, 1, today=TODAY, history=False)
    book.plans.compile()
    with book.engine.begin() as connection:
        connection.execute(_HIRED, {"logins": list(TAKEN_ON)})
        for login, (role, unit) in ROLES.items():
            accounts.grant(connection, login, role, unit=unit)
    book.close()
    yield name
    postgres_server.drop(name)


@pytest.fixture
def opened(postgres_server: PostgresServer, _office: str) -> Iterator[Opens]:
    """Give a way to open the office's workbook as somebody."""
    books: list[Workbook] = []

    def as_login(login: str) -> Workbook:
        address = f"postgresql+psycopg://{login}@/{_office}?host={postgres_server.folder}"
        books.append(open_workbook(address, today=TODAY))
        return books[-1]

    yield as_login
    for book in books:
        book.close()


@pytest.fixture
def owner(postgres_server: PostgresServer, _office: str) -> Iterator[Workbook]:
    """Open the office's workbook as the account that owns it."""
    book = open_workbook(postgres_server.url(_office), today=TODAY)
    yield book
    book.close()
