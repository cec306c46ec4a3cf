"""Writing the rules into a PostgreSQL database, and telling whether a connection stands under them.

Decides when there are rules: where whoever founds the workbook may make roles. Everywhere else the
workbook belongs to one trusted account, as a file does.
"""

from __future__ import annotations

from time import monotonic, sleep

from sqlalchemy import Connection, text

from casework.access.policies import statements
from casework.errors import WorkbookUnavailable

__all__ = ["install_rules", "may_install", "rules_present", "take_all_tables"]

_SERVER = 0x6361_7365_0001  # sessions that make roles on one server take turns
# A wait is shorter than the second after which the server looks for deadlocks, and ends somebody.
_LOCK_MILLISECONDS, _PAUSE_SECONDS, _PATIENCE_SECONDS = 300, 0.5, 120


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


def take_all_tables(connection: Connection) -> None:
    """Lock every table that founding again writes triggers and rules for: all at once or none.

    Whoever reads holds some tables and may want others. Taken one by one, as triggers and rules are
    written, they would be wanted in a circle, and the server would end one of the two.

    Raises
    ------
    WorkbookUnavailable
        If somebody holds a table for minutes.
    """
    names = connection.scalar(
        text(
            "SELECT string_agg(oid::regclass::text, ', ' ORDER BY oid) FROM pg_class "
            "WHERE relkind IN ('r', 'v') AND relowner = (SELECT oid FROM pg_roles "
            "WHERE rolname = current_user) AND relnamespace = current_schema()::regnamespace "
            "OR relkind = 'r' AND pg_has_role(relowner, 'MEMBER') AND relnamespace IN "
            "(to_regnamespace('access'), to_regnamespace('release'))"
        )
    )
    latest = monotonic() + _PATIENCE_SECONDS
    while names:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
                connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            return
        except WorkbookUnavailable:
            if monotonic() > latest:
                raise
        sleep(_PAUSE_SECONDS)
