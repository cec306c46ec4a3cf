"""Every role does under its own login what docs/access.md says of it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.errors import NotFound, NotPermitted
from casework.workbook import Workbook, open_workbook
from tests.access.surface import ACTS, Ground
from tests.access.test_journeys import people_of
from tests.conftest import TODAY

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
LOGINS = {
    "caseworker": "caseworker1",
    "supervisor": "supervisor2",
    "registrar": "registrar1",
    "planner": "planner1",
    "administrator": "administrator1",
    "auditor": "auditor1",
}
DONE, REFUSED = "yes", "–"


def promised() -> dict[str, dict[str, str]]:
    """Read the table of who does what: act, then role, then whether."""
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
    ]
    head = next(row for row in rows if row[0] == "act")
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows if row[0] in ACTS}


@pytest.fixture(scope="module")
def mine(postgres_server, _office) -> list[int]:
    """Name whom the first caseworker looks after before anything is done."""
    address = f"postgresql+psycopg://caseworker1@/{_office}?host={postgres_server.folder}"
    book = open_workbook(address, today=TODAY)
    found = people_of(book)
    book.close()
    return found


@pytest.fixture
def ground(mine, owner, tmp_path) -> Ground:
    return Ground(owner, tmp_path, mine)


def tried(act: str, book: Workbook, ground: Ground) -> str:
    try:
        ACTS[act](book, ground)
    except (NotPermitted, NotFound):
        return REFUSED
    return DONE


@pytest.mark.parametrize("role", LOGINS)
def test_role_does_what_the_page_says_and_nothing_else(role, opened, ground):
    table = promised()
    assert table.keys() == ACTS.keys()
    book, wrong = opened(LOGINS[role]), []
    for act in ACTS:
        came = tried(act, book, ground)
        if came != table[act][role]:
            wrong.append(f"{act}: {came}, promised {table[act][role]}")
    assert wrong == []
