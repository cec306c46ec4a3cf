"""Triggers that are made anew whenever a workbook is founded: how those of one kind go."""

from __future__ import annotations

from sqlalchemy import Connection, text

__all__ = ["remove_named"]


def remove_named(connection: Connection, prefix: str) -> None:
    """Take away every trigger whose name, or on PostgreSQL whose function's, begins so.

    Parameters
    ----------
    prefix : str
        Letters only; an underscore follows it in the names.
    """
    on_file = connection.dialect.name == "sqlite"
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE :like ESCAPE '!'"
        if on_file
        else "SELECT proname FROM pg_proc WHERE proname LIKE :like ESCAPE '!'"
        " AND pronamespace = current_schema()::regnamespace"
    )
    for name in connection.scalars(text(query), {"like": f"{prefix}!_%"}).all():
        drop = f'DROP TRIGGER "{name}"' if on_file else f'DROP FUNCTION "{name}"() CASCADE'
        connection.execute(text(drop))
