"""Connections of a workbook: short questions by many people, much written part by part."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from casework.access import checkpoints
from casework.access.checkpoints import checkpoints_aside
from casework.access.engines import database_url, open_engine, writing
from casework.access.to_disk import bring_to_disk
from casework.workbook import Workbook


def test_server_compiles_no_question_unless_the_address_asks_for_it(
    postgres_workbook: Workbook,
) -> None:
    asked = postgres_workbook.engine.url.update_query_dict({"options": "-c jit=on"})
    for url, expected in ((postgres_workbook.engine.url, "off"), (make_url(asked), "on")):
        engine = open_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW jit")) == expected
        engine.dispose()


def test_log_is_brought_over_by_another_hand_while_parts_are_written(tmp_path: Path) -> None:
    file = tmp_path / "parts.sqlite"
    engine = open_engine(database_url(str(file)))

    def add(megabytes: int) -> int:
        with writing(engine).begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS note (said BLOB)"))
            added = text("INSERT INTO note VALUES (zeroblob(:size))")
            connection.execute(added, {"size": megabytes * 1_000_000})
            pages = connection.scalar(text("PRAGMA wal_autocheckpoint"))
        return int(pages or 0)

    with checkpoints_aside(engine) as committed:
        assert add(9) == 0
        assert file.stat().st_size < 1_000_000
        committed()
        assert add(9) == 0
    assert file.stat().st_size > 18_000_000
    assert add(1) == 1_000
    engine.dispose()


def test_long_log_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_LONG_LOG", 1_000_000)
    file = tmp_path / "parts.sqlite"
    log = file.with_name(file.name + "-wal")
    engine = open_engine(database_url(str(file)))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (said BLOB)"))
    with checkpoints_aside(engine) as committed:
        for _number in range(3):
            with writing(engine).begin() as connection:
                connection.execute(text("INSERT INTO note VALUES (zeroblob(2000000))"))
            committed()
    assert 2_000_000 < log.stat().st_size < 3_000_000
    engine.dispose()


def test_every_connection_brings_commits_through_the_memory_of_a_macs_drive(tmp_path: Path) -> None:
    engine = open_engine(database_url(str(tmp_path / "whole.sqlite")))
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA fullfsync")) == 1
    engine.dispose()


def test_file_is_brought_to_the_disk_where_the_order_of_a_mac_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[OSError] = []
    asked = fcntl.fcntl

    def ask(file: int, order: int) -> int:
        try:
            return asked(file, order)
        except OSError as error:
            refused.append(error)
            raise

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 1 << 20, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", ask)
    with (tmp_path / "file").open("wb") as file:
        bring_to_disk(file.fileno())
    assert len(refused) == 1
