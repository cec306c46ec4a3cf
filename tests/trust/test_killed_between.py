"""A program that is killed while it migrates or restores: the old or the new stands there whole.

Hostile input 27. The child counts its own calls of functions and ends itself at one of them, as
kill -9 does, so the moments lie all over the work.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select

from casework.access.audit import remove_audit
from casework.access.engines import database_url, open_engine, writing
from casework.errors import CaseworkError
from casework.records import Person, migrations
from casework.records.consent_guard import remove_guards
from casework.records.touched import remove_triggers
from casework.workbook import open_workbook
from casework.workbook.keeping import check_workbook, restore_workbook
from tests.conftest import TODAY
from tests.test_contacts import a_person

MOMENTS = (0.05, 0.3, 0.6, 0.9, 0.98)
STEPS_BACK = 4


def killed_at(call: int | None, work: Callable[[], object]) -> int:
    """Do something in a child that dies at its so-many-th call; give how many calls there were."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        calls = count(1)

        def counting(_frame: object, event: str, _argument: object) -> None:
            if event == "call" and next(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.setprofile(counting)
            work()
            sys.setprofile(None)
            os.write(write, str(next(calls)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        said = told.read()
    os.waitpid(child, 0)
    return int(said or 0)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Make a workbook with somebody in it."""
    path = tmp_path / "kept" / "workbook.sqlite"
    book = open_workbook(str(path), agency="changshu", today=TODAY)
    a_person(book, name="郑明远")
    book.close()
    return path


def people_in(path: Path) -> list[str]:
    book = open_workbook(str(path), today=TODAY)
    with book.reading() as session:
        names = list(session.scalars(select(Person.name)))
    book.close()
    assert check_workbook(str(path)).findings == []
    return names


def put(kept: Path, path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    shutil.copyfile(kept, path)


def test_killed_while_migrating_the_next_start_goes_on_and_loses_nobody(filled: Path) -> None:
    known: Any = list(ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions())
    engine = open_engine(database_url(str(filled)))
    with writing(engine).begin() as connection:
        remove_audit(connection), remove_guards(connection), remove_triggers(connection)
        command.downgrade(migrations._config(connection), known[STEPS_BACK].revision)
    engine.dispose()
    old = filled.with_name("old")
    shutil.copyfile(filled, old)

    def found() -> None:
        open_workbook(str(filled), agency="changshu", today=TODAY)

    calls = killed_at(None, found)
    assert calls > 1_000
    for moment in MOMENTS:
        put(old, filled)
        assert killed_at(int(calls * moment), found) == 0
        open_workbook(str(filled), agency="changshu", today=TODAY).close()
        assert people_in(filled) == ["郑明远"], moment


def test_killed_while_restoring_there_is_a_whole_workbook_or_none(
    filled: Path, tmp_path: Path
) -> None:
    book = open_workbook(str(filled), today=TODAY)
    backup = tmp_path / "daily.backup"
    book.keeping.back_up(backup)
    book.close()
    place = tmp_path / "new" / "workbook.sqlite"

    def restore() -> None:
        restore_workbook(str(place), backup)

    def anew() -> None:
        if place.parent.exists():
            shutil.rmtree(place.parent)
        place.parent.mkdir()

    anew()
    calls = killed_at(None, restore)
    assert calls > 1_000
    for moment in MOMENTS:
        anew()
        assert killed_at(int(calls * moment), restore) == 0
        try:
            restore()
        except CaseworkError:  # there is one already: it is whole, or founding brings it to its end
            open_workbook(str(place), agency="changshu", today=TODAY).close()
        assert people_in(place) == ["郑明远"], moment
