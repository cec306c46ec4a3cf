"""How a connection stands towards the rules of the database: above, under, or there are none.

Decides who acts where the database knows it: the account of the login, never a choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from casework.errors import NotPermitted
from casework.terms import _

__all__ = ["Standing", "refused", "standing_of"]

_NOT_ALLOWED = "42501"


@dataclass(frozen=True, slots=True)
class Standing:
    """The account under which somebody works.

    Attributes
    ----------
    staff_id : int or None
        None for auditors and analysts who are no members of staff.
    """

    login: str
    role: str
    staff_id: int | None
    name: str


def standing_of(connection: Connection) -> Standing | None:
    """Find the account of a connection; None on SQLite and for whoever owns the workbook.

    Raises
    ------
    NotPermitted
        If the login has no account here, or a closed one.
    """
    if connection.dialect.name != "postgresql" or connection.scalar(_IS_ABOVE):
        return None
    try:
        with connection.begin_nested():
            found = connection.execute(_ACCOUNT).one_or_none()
    except DBAPIError as error:
        if not refused(error):
            raise
        found = None
    if found is None:
        raise NotPermitted(
            _(
                "Your login has no open account in this workbook. Ask whoever looks after the "
                "installation: casework access grant."
            )
        )
    return Standing(*found)


def refused(error: DBAPIError) -> bool:
    """Tell whether the database refused something because the login may not do it."""
    return getattr(error.orig, "sqlstate", None) == _NOT_ALLOWED


# A login that owns the tables stands above the rules, as does one that owns the server; without a
# schema of rules there are none.
_IS_ABOVE = text(
    "SELECT NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'access') "
    "OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) "
    "OR EXISTS (SELECT 1 FROM pg_class WHERE relname = 'setting' AND relkind = 'r' "
    "AND pg_has_role(session_user, relowner, 'MEMBER'))"
)
_ACCOUNT = text(
    "SELECT login::text, role, staff_id, access.my_name() FROM access.my_account() "
    "WHERE login IS NOT NULL"
)
