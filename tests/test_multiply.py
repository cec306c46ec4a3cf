"""A workbook made large for the benchmarks is a workbook like others, or stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from benchmarks import multiply
from casework.records import Fact, Person
from casework.records.touched import triggers_stand
from casework.workbook import Workbook, open_workbook
from tests.conftest import TODAY
from tests.test_plans import a_person


@pytest.fixture
def path(workbook: Workbook) -> str:
    for number in range(3):
        one = a_person(workbook, living="alone")
        workbook.people.record_fact(one, "community", f"社区{number % 2}", source="走访")
    return str(workbook.engine.url.database)


def told(path: str) -> tuple[int, int, int, bool]:
    """People, communities and triggers, and whether those that note changes are at work."""
    book = open_workbook(path, today=TODAY)
    with book.engine.connect() as connection:
        triggers = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        found = (
            connection.scalar(select(func.count()).select_from(Person)) or 0,
            connection.scalar(
                select(func.count(Fact.value.distinct())).where(Fact.code == "community")
            )
            or 0,
            connection.scalar(triggers) or 0,
            triggers_stand(connection),
        )
    book.close()
    return found


def test_multiplied_people_live_elsewhere_and_the_triggers_are_there(path: str) -> None:
    people, communities, triggers, stand = told(path)
    multiply.multiply(path, 3 * people)
    assert told(path) == (3 * people, 3 * communities, triggers, stand)
    assert stand


def test_workbook_stays_as_it_was_when_multiplying_is_interrupted(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, copy = told(path), multiply._copy

    def interrupted(connection: Any, table: str, *others: Any) -> None:
        copy(connection, table, *others)
        if table == "person":
            raise KeyboardInterrupt

    monkeypatch.setattr(multiply, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        multiply.multiply(path, 2 * before[0])
    monkeypatch.undo()
    assert told(path) == before
    multiply.multiply(path, 2 * before[0])
    assert told(path)[0] == 2 * before[0]
    assert list(Path(path).parent.glob("*.growing*")) == []
