"""Tables of issues, goals and handovers come and go on both databases without touching plans."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, inspect, text

from casework.access.engines import database_url, open_engine, writing
from casework.records.migrations import _config, migrate, present_revision

NEW = {"issue", "issue_step", "goal", "goal_reading", "need_answer", "handover"}


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def columns(connection: Connection) -> set[str]:
    return {one["name"] for one in inspect(connection).get_columns("plan_item")}


def test_issues_and_goals_come_and_go_and_leave_plans_alone(any_database: str) -> None:
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        migrate(connection, "0002_dossier")
        for statement in (
            "INSERT INTO person (name, name_pinyin, name_initials, version) VALUES ('甲','','',1)",
            "INSERT INTO service_plan (person_id, plan_version, state, origin, drafted_at, "
            "drafted_by, row_version) VALUES (1, 1, 'draft', 'rules', '2025-01-01T00:00:00+00:00', "
            "'t', 1)",
            "INSERT INTO plan_item (plan_id, item_key, origin, state, service, title, actor, quota,"
            " per, priority) VALUES (1, 'manual:1', 'manual', 'accepted', 'visit', '走访', "
            "'caseworker', 1, 'year', 3)",
        ):
            connection.execute(text(statement))
    with writing(engine).begin() as connection:
        assert not NEW & tables(connection)
        migrate(connection, "0004")
        assert tables(connection) >= NEW
        assert {"amount", "unit"} <= columns(connection)
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), "-1")
        assert not NEW & tables(connection)
        assert not {"amount", "unit"} & columns(connection)
        assert connection.scalar(text("SELECT title FROM plan_item")) == "走访"
        assert present_revision(connection) == "0002_dossier"
    engine.dispose()
