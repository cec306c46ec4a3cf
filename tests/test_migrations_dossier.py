"""The dossier's change of the tables goes up and down on both databases and loses nothing else."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from casework.access.engines import database_url, open_engine, writing
from casework.records import migrations
from casework.workbook import open_workbook

REVISION = "0002_dossier"
ADDED = {
    "person": {"birth_reason"},
    "alias": {"recorded_at", "recorded_by", "source", "superseded_at"},
    "person_identifier": {"recorded_at", "recorded_by", "source", "reason"},
    "related_person": {"unit", "decides", "call_order", "replaces_id"},
    "case_file": {"close_note"},
}


def revision_before() -> str:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    found = scripts.get_revision(REVISION).down_revision
    assert isinstance(found, str)
    return found


def columns(connection, table: str) -> set[str]:
    return {one["name"] for one in inspect(connection).get_columns(table)}


def test_change_of_the_tables_goes_down_and_up_again(any_database):
    open_workbook(any_database, agency="changshu").close()
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person(name, name_pinyin, name_initials, version)"
                " VALUES ('郑明远', '', '', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO related_person(person_id, name, is_emergency, recorded_at,"
                " recorded_by, source)"
                " VALUES (1, '郑小明', 1, '2025-01-01T00:00:00+00:00', 'a', 'b')"
            )
        )
    with writing(engine).begin() as connection:
        command.downgrade(migrations._config(connection), revision_before())
        assert not inspect(connection).has_table("distinct_pair")
        for table, added in ADDED.items():
            assert not added & columns(connection, table)
    with writing(engine).begin() as connection:
        migrations.migrate(connection)
        for table, added in ADDED.items():
            assert added <= columns(connection, table)
        assert connection.scalar(text("SELECT name FROM related_person")) == "郑小明"
        indexes = {one["name"] for one in inspect(connection).get_indexes("related_person")}
        assert {"ix_related_person_person_id", "ix_related_person_batch_id"} <= indexes
    engine.dispose()


def test_tables_are_those_of_the_models(any_database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from casework.access.policies import ORACLES
    from casework.records import Base

    open_workbook(any_database, agency="changshu").close()
    engine = open_engine(database_url(any_database))
    with engine.connect() as connection:
        # The population is made from the vocabulary of facts; test_population holds it.
        named = {"include_name": lambda name, *_of: name != "population"}
        if engine.dialect.name == "postgresql":
            # By these, a plan would tell whether somebody of a name is in the workbook, or who has
            # a value: the latter stands there in another form (tests/access/test_oracles.py).
            closed = {*ORACLES, "ix_fact_code_person"}
            named["include_object"] = lambda _one, name, *_of: name not in closed
        context = MigrationContext.configure(connection, opts={"compare_type": False, **named})
        found = [
            one for one in compare_metadata(context, Base.metadata) if "sqlite_stat" not in str(one)
        ]
    engine.dispose()
    assert found == []
