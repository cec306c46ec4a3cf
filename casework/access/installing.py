"""Writing the rules into a PostgreSQL database, and telling whether a connection stands under them.

Decides when there are rules: where whoever founds the workbook may make roles. Everywhere else the
workbook belongs to one trusted account, as a file does.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from casework.access.policies import statements

__all__ = ["install_rules", "may_install", "rules_present"]

_SERVER = 0x6361_7365_0001  # sessions that make roles on one server take turns


def may_install(connection: Connection) -> bool:
    """Tell whether this login may make roles, or all are there and it has been given the keeper."""
    return bool(
        connection.scalar(
            text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        )
    )


def rules_present(connection: Connection) -> bool:
    """Tell whether the rules were written into this database."""
    return connection.dialect.name == "postgresql" and bool(
        connection.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = 'access'"))
    )


def install_rules(connection: Connection, *, plan_approval: str = "") -> bool:
    """Write roles, functions, grants, policies and triggers; again changes nothing.

    Parameters
    ----------
    plan_approval : str
        The agency's setting: which plans wait for a supervisor.

    Returns
    -------
    bool
        False where there is nothing to write into: SQLite, or a login that may make no roles.
    """
    if connection.dialect.name != "postgresql" or not may_install(connection):
        return False
    tables, database = connection.execute(
        text("SELECT quote_ident(current_schema()), quote_ident(current_database())")
    ).one()
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101  (the connection is in use)
    with raw.cursor() as cursor:
        # One message of many statements, without parameters: half a thousand of them one by one
        # would take longer than all the rest of founding.
        cursor.execute(";\n".join(one.strip().rstrip(";") for one in statements(tables, database)))
    connection.execute(
        text(
            "INSERT INTO access.policy (key, value) VALUES ('plan_approval', :value) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        ),
        {"value": plan_approval},
    )
    connection.execute(text("SELECT access.measure_reach(), access.make_counters()"))
    return True
