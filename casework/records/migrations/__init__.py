"""Numbered changes of the tables, run by Alembic in one transaction each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

__all__ = ["head_revision", "knows_revision", "migrate", "present_revision"]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a revision, inside the caller's transaction."""
    command.upgrade(_config(connection), to)


def present_revision(connection: Connection) -> str | None:
    """Tell the revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str:
    """Tell the revision this code works with; read once, since it takes every migration to tell."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 - a checkout without migrations is broken
    return head


def knows_revision(revision: str) -> bool:
    """Tell whether this code knows how to go on from a revision."""
    known = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {one.revision for one in known}
