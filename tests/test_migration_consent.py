"""Tables of consent come and go on both databases, with what guards them."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, inspect, text

from casework.access.engines import database_url, open_engine, writing
from casework.records.consent_guard import install_guards
from casework.records.migrations import _config, migrate

NEW = {
    "consent", "disclosure", "rights_request", "erasure", "retention_hold", "impact_assessment",
    "incident",
}  # fmt: skip


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_consents_come_and_go_and_leave_people_alone(any_database: str) -> None:
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        migrate(connection, "0006_held")
        assert not NEW & tables(connection)
        connection.execute(
            text(
                "INSERT INTO person (name, name_pinyin, name_initials, version) "
                "VALUES ('甲', '', '', 1)"
            )
        )
    with writing(engine).begin() as connection:
        migrate(connection, "0007_consent")
        assert tables(connection) >= NEW
        install_guards(connection)
        install_guards(connection)
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), "0006_held")
        assert not NEW & tables(connection)
        assert connection.scalar(text("SELECT name FROM person")) == "甲"
        migrate(connection, "0007_consent")
    engine.dispose()
