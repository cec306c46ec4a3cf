"""Accounts: which login of the server is whom, in which role, for which units.

Decides how a login is made, closed and listed, and what is wrong with the rules as they stand in
the database; leaves what a role may do to `casework.access.policies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from casework.access.classes import GROUPS, table_classes
from casework.access.installing import rules_present
from casework.access.policies import KEEPER, group
from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.terms import _

__all__ = [
    "Account", "accounts", "check_rules", "grant", "let_in_again", "measure_reach", "revoke",
]  # fmt: skip

_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_NO_STAFF = ("auditor", "analyst", "planner")
_NEEDS_UNIT = ("supervisor",)
EVERY_UNIT = "all"


@dataclass(frozen=True, slots=True)
class Account:
    """A login with its role; no ``unit`` is the whole agency, no ``closed_at`` that it works."""

    login: str
    role: str
    name: str | None
    unit: str | None
    granted_at: datetime
    closed_at: datetime | None


def grant(connection: Connection, login: str, role: str, *, unit: str | None = None) -> None:
    """Give a login a role, making the login where the server does not know it yet.

    Parameters
    ----------
    login : str
        Name of the role on the server, which is the login of the member of staff: small letters,
        digits, dots, dashes and underscores.
    role : str
        One of `GROUPS`.
    unit : str or None
        Code of the unit whose people a supervisor sees, with all units below; ``all`` for the whole
        agency. Others belong to the unit in the list of staff.

    Raises
    ------
    InvalidEntry
        If the login, role or unit cannot be.
    NotFound
        If nobody in the list of staff has this login, and the role needs somebody.
    """
    _require_rules(connection)
    if not _LOGIN.fullmatch(login) or login.startswith(("casework_", "pg_")):
        raise InvalidEntry(
            _(
                "The login {login} cannot be used. Take small letters and digits, beginning with a "
                "letter, and not with casework_ or pg_.",
                login=login,
            ),
            field="login",
            value=login,
        )
    if role not in GROUPS:
        raise InvalidEntry(
            _(
                "There is no role {role}. Choose one of: {known}",
                role=role,
                known=", ".join(GROUPS),
            ),
            field="role",
            value=role,
        )
    staff = connection.execute(
        text("SELECT id, unit_id FROM staff WHERE login = :login"), {"login": login}
    ).one_or_none()
    if staff is None and role not in _NO_STAFF:
        raise NotFound(
            _(
                "No member of staff has the login {login}. Enter the person in the list of staff "
                "first.",
                login=login,
            )
        )
    _let_in(connection, login, role)
    connection.execute(
        text(
            "INSERT INTO access.account (login, role, staff_id, unit_id) "
            "VALUES (:login, :role, :staff, :unit) ON CONFLICT (login) DO UPDATE SET "
            "role = excluded.role, staff_id = excluded.staff_id, unit_id = excluded.unit_id, "
            "granted_at = now(), granted_by = session_user, closed_at = NULL, closed_by = NULL"
        ),
        {
            "login": login,
            "role": role,
            "staff": staff.id if staff else None,
            "unit": _unit(connection, role, unit, staff),
        },
    )
    connection.execute(text("SELECT access.measure_reach(), access.make_counters()"))
    _log(connection, "grant_access", {"login": login, "role": role, "unit": unit})


def measure_reach(connection: Connection) -> None:
    """Take down how much of the whole each supervisor sees: by that the server plans statements.

    Where there are no rules, or it is not the asker's to do, nothing is done.
    """
    if rules_present(connection) and connection.scalar(
        text("SELECT has_function_privilege('access.measure_reach()', 'EXECUTE')")
    ):
        connection.execute(text("SELECT access.measure_reach()"))


def let_in_again(connection: Connection) -> list[str]:
    """Let everybody with an open account log in, as after a restore; give their logins.

    What the server itself keeps is not in a backup of a database: logins, groups, who may connect.
    A login that the server has to make has no password: it lets in whom the system vouches for.
    """
    _require_rules(connection)
    rows = connection.execute(
        text("SELECT login, role FROM access.account WHERE closed_at IS NULL ORDER BY login")
    ).all()
    for login, role in rows:
        _let_in(connection, login, role)
    return [login for login, _role in rows]


def _let_in(connection: Connection, login: str, role: str) -> None:
    """Make a login where the server has none, put it into its group, and let it connect."""
    _refuse_masters(connection, login)
    connection.execute(text(_MAKE_LOGIN.format(login=_quoted(login))))
    for other in GROUPS:
        verb = "GRANT {} TO {}" if other == role else "REVOKE {} FROM {}"
        connection.execute(text(verb.format(group(other), _quoted(login))))
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {_quoted(login)}"))


_MAKE_LOGIN = (
    "DO $$ BEGIN CREATE ROLE {login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS "
    "NOREPLICATION; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
)


def _unit(connection: Connection, role: str, unit: str | None, staff: Any) -> int | None:
    if unit == EVERY_UNIT and role in _NEEDS_UNIT:
        return None
    if unit is None:
        if role in _NEEDS_UNIT:
            raise InvalidEntry(
                _("Say whose people a supervisor sees: --unit CODE, or --unit all."), field="unit"
            )
        return staff.unit_id if staff else None
    found = connection.scalar(
        text("SELECT id FROM organisation WHERE code = :code"), {"code": unit}
    )
    if found is None:
        raise InvalidEntry(
            _("There is no unit {unit}. Take the code of a unit of the agency.", unit=unit),
            field="unit",
            value=unit,
        )
    return int(found)


def _refuse_masters(connection: Connection, login: str) -> None:
    """Refuse a login that stands above the rules already: it would be bound by none of them."""
    master = connection.scalar(
        text(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR "
            "pg_has_role(rolname, (SELECT relowner FROM pg_class WHERE oid = 'setting'::regclass), "
            "'MEMBER') FROM pg_roles WHERE rolname = :login"
        ),
        {"login": login},
    )
    if master:
        raise InvalidEntry(
            _(
                "The login {login} stands above the rules of the database. Choose another login "
                "for daily work.",
                login=login,
            ),
            field="login",
            value=login,
        )


def revoke(connection: Connection, login: str) -> None:
    """Close an account: from the next statement on, open sessions find nothing.

    Raises
    ------
    NotFound
        If there is no such account, or it is closed.
    """
    _require_rules(connection)
    closed = connection.execute(
        text(
            "UPDATE access.account SET closed_at = now(), closed_by = session_user "
            "WHERE login = :login AND closed_at IS NULL"
        ),
        {"login": login},
    )
    if closed.rowcount == 0:
        raise NotFound(
            _("There is no open account {login}. See: casework access list", login=login)
        )
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    # Its group stays, another workbook of this server may need it: a closed account sees nothing
    # here whatever its groups.
    connection.execute(text(f"REVOKE CONNECT ON DATABASE {database} FROM {_quoted(login)}"))
    _log(connection, "revoke_access", {"login": login})


def accounts(connection: Connection) -> list[Account]:
    """List all accounts, those that work first."""
    _require_rules(connection)
    rows = connection.execute(
        text(
            "SELECT a.login, a.role, s.name, o.code, a.granted_at, a.closed_at "
            "FROM access.account a LEFT JOIN staff s ON s.id = a.staff_id "
            "LEFT JOIN organisation o ON o.id = a.unit_id "
            "ORDER BY a.closed_at IS NOT NULL, a.role, a.login"
        )
    )
    return [Account(*row) for row in rows]


def check_rules(connection: Connection) -> list[str]:
    """Tell what is wrong with the rules as they stand in the database; nothing is changed."""
    if not rules_present(connection):
        return [
            _(
                "This database has no rules of access: whoever can log in sees everything. Run "
                "casework init as a login that may make roles."
            )
        ]
    return [*_loose_tables(connection), *_loose_logins(connection), *_loose_server(connection)]


def _loose_tables(connection: Connection) -> Iterator[str]:
    forced = connection.execute(
        text(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
        )
    )
    for name, is_forced in forced:
        if name not in table_classes():
            yield _("Table {table} has no class of access.", table=name)
        elif not is_forced:
            yield _("Table {table} is not under row-level rules. Run: casework init", table=name)


def _loose_server(connection: Connection) -> Iterator[str]:
    if connection.scalar(
        text("SELECT has_function_privilege('public', 'lo_create(oid)', 'EXECUTE')")
    ):
        yield _(
            "Whoever can log in can fill the disk of the server with large objects. Run "
            "casework/access/large_objects.sql in this database as a superuser of the server."
        )


def _loose_logins(connection: Connection) -> Iterator[str]:
    above = connection.execute(
        text(
            "SELECT a.login FROM access.account a LEFT JOIN pg_roles r ON r.rolname = a.login "
            "WHERE a.closed_at IS NULL AND (r.rolname IS NULL OR r.rolsuper OR r.rolbypassrls "
            "OR r.rolcreaterole OR NOT pg_has_role(a.login, 'casework_' || a.role, 'MEMBER') "
            f"OR pg_has_role(a.login, '{KEEPER}', 'MEMBER'))"
        )
    )
    for (login,) in above:
        yield _(
            "Login {login} does not have the rights of its account. Run: casework access grant",
            login=login,
        )


def _require_rules(connection: Connection) -> None:
    if not rules_present(connection):
        raise NotPermitted(
            _(
                "Accounts are for a workbook on PostgreSQL that was made by a login that may make "
                "roles. Run: casework init --db postgresql://…"
            )
        )


def _log(connection: Connection, action: str, told: dict[str, Any]) -> None:
    connection.execute(
        text(
            "INSERT INTO change_log (at, by, action, subject_kind, after) VALUES "
            "(date_trunc('second', now()), session_user, :action, 'account', "
            "jsonb_strip_nulls(jsonb_build_object('login', CAST(:login AS text), "
            "'role', CAST(:role AS text), 'unit', CAST(:unit AS text))))"
        ),
        {"action": action, "role": None, "unit": None, **told},
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
