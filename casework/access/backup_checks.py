"""Whether a database is whole: its pages, its references, and as many rows as there should be.

Decides what is looked at; what a finding means for the workbook is told in its sentence. Nothing
is repaired: a damaged workbook is restored from its last good backup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint
from sqlalchemy.exc import DBAPIError

from casework.access.backup_file import Progress
from casework.errors import WorkbookLocked, WorkbookUnavailable
from casework.terms import _

__all__ = ["Finding", "check_database", "count_rows"]

_AT_MOST = 20
"""So many findings of one kind are listed; a broken file may have millions."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes
    ----------
    kind : str
        ``damaged``, ``reference``, ``count`` and the kinds of `casework.access.audit_chain`.
    text : str
        In the language in force.
    """

    kind: str
    text: str

    def __str__(self) -> str:
        """Give the sentence."""
        return self.text


def count_rows(connection: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    quoted = connection.dialect.identifier_preparer.quote
    return {
        table: connection.scalar(text(f"SELECT count(*) FROM {quoted(table)}")) or 0  # noqa: S608
        for table in sorted(inspect(connection).get_table_names())
    }


def check_database(
    engine: Engine, progress: Progress, counts: Mapping[str, int] | None = None
) -> list[Finding]:
    """Read everything there is, and tell what is wrong.

    Parameters
    ----------
    counts : mapping or None
        Rows that each table should have, as a manifest gives them.
    """
    try:
        with engine.connect() as connection:
            progress(0.0, _("reading every page"))
            found = list(_broken_pages(connection))
            progress(0.5, _("following every reference"))
            found += _lost_references(connection)
            progress(0.9, _("counting"))
            if counts is not None:
                found += _other_counts(connection, counts)
    except WorkbookLocked:  # nothing is wrong with it
        raise
    except WorkbookUnavailable as error:  # so broken that it cannot even be asked
        found = [Finding("damaged", error.message)]
    except DBAPIError as error:
        found = [_damage(str(error.orig))]
    progress(1.0, "")
    return found


def _broken_pages(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql(f"PRAGMA integrity_check({_AT_MOST})").scalars().all()
        yield from (_damage(line) for line in said if line != "ok")
        return
    quoted = connection.dialect.identifier_preparer.quote
    for table in inspect(connection).get_table_names():
        # As text, so that every value is unpacked and every checksum compared.
        everything = text(f"SELECT count(whole::text) FROM {quoted(table)} whole")  # noqa: S608
        try:
            with connection.begin_nested():
                connection.execute(everything)
        except DBAPIError as error:
            yield _damage(f"{table}: {error.orig}")


def _lost_references(connection: Connection) -> list[Finding]:
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        tables: dict[tuple[str, str], int] = {}
        for table, _row, parent, _key in lost:
            tables[table, parent] = tables.get((table, parent), 0) + 1
    else:
        known = inspect(connection)
        tables = {
            (table, key["referred_table"]): n
            for table in known.get_table_names()
            for key in known.get_foreign_keys(table)
            if (n := _without_parent(connection, table, key))
        }
    return [
        Finding(
            "reference",
            _(
                "{n} rows of {table} refer to rows of {parent} that do not exist.",
                n=n,
                table=table,
                parent=parent,
            ),
        )
        for (table, parent), n in tables.items()
    ]


def _without_parent(connection: Connection, table: str, key: ReflectedForeignKeyConstraint) -> int:
    quoted = connection.dialect.identifier_preparer.quote
    pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
    met = " AND ".join(f"c.{quoted(one)} = p.{quoted(other)}" for one, other in pairs)
    told = " AND ".join(f"c.{quoted(one)} IS NOT NULL" for one, _other in pairs)
    lost = (
        f"SELECT count(*) FROM {quoted(table)} c WHERE {told} AND NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {quoted(key['referred_table'])} p WHERE {met})"
    )
    return connection.scalar(text(lost)) or 0


def _other_counts(connection: Connection, counts: Mapping[str, int]) -> Iterator[Finding]:
    present = count_rows(connection)
    for table in sorted(counts.keys() | present.keys()):
        if counts.get(table) != present.get(table):
            yield Finding(
                "count",
                _(
                    "{table} should have {expected} rows and has {present}.",
                    table=table,
                    expected=counts.get(table, 0),
                    present=present.get(table, 0),
                ),
            )


def _damage(said: str) -> Finding:
    return Finding(
        "damaged",
        _(
            "The database is damaged ({said}). Do not go on working in it: keep it as it is, and "
            "restore the last good backup into a new place.",
            said=said.strip().splitlines()[0] if said.strip() else "?",
        ),
    )
