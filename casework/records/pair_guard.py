"""What the database itself refuses about pairs, whoever writes: a screen, a notebook, a mistake.

Nobody is paired with a helper who is not vetted on the first day of the pair; a pair has a first
day; and what was written about a vetting, a training or a review stands as written. What "vetted"
means is `casework.records.vetting` itself, compiled for the database. Made anew whenever a workbook
is founded.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, literal_column, select, text

from casework.records.base import Base
from casework.records.helpers import HelperCheck, vetting
from casework.records.triggers import remove_named

__all__ = ["install_pair_guards", "remove_pair_guards"]


def install_pair_guards(connection: Connection) -> None:
    """Put the guards on the tables; again changes nothing."""
    remove_pair_guards(connection)
    write = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    for statement in write(connection):
        connection.execute(text(statement.replace(":", r"\:")))


def remove_pair_guards(connection: Connection) -> None:
    """Take the guards away: before others are put, or before older tables."""
    remove_named(connection, "pairs")


def _unvetted(connection: Connection) -> str:
    """Write that the helper of a seat is not vetted on its first day."""
    state = select(vetting(literal_column("NEW.helper_id"), literal_column("NEW.valid_from")))
    told = str(state.compile(connection, compile_kwargs={"literal_binds": True}))
    return f"NEW.valid_from IS NULL OR ({told.replace('%%', '%')}) <> 'valid'"


def _rewritten() -> Iterator[str]:
    columns = Base.metadata.tables[HelperCheck.__tablename__].columns
    for column in columns:
        if column.name != "superseded_at":
            yield f"NEW.{column.name} IS DISTINCT FROM OLD.{column.name}"


def _on_sqlite(connection: Connection) -> Iterator[str]:
    def refuse(name: str, when: str, on: str, words: str) -> str:
        return (
            f"CREATE TRIGGER pairs_{name} BEFORE {on} FOR EACH ROW {when}"
            f" BEGIN SELECT RAISE(ABORT, 'casework: {words}'); END"
        )

    unvetted = f"WHEN NEW.helper_id IS NOT NULL AND ({_unvetted(connection)})"
    yield refuse("seat_insert", unvetted, "INSERT ON care_team_member", "helper not vetted")
    yield refuse(
        "seat_update",
        unvetted,
        "UPDATE OF helper_id, valid_from ON care_team_member",
        "helper not vetted",
    )
    changed = " OR ".join(_rewritten()).replace("IS DISTINCT FROM", "IS NOT")
    yield refuse(
        "check_update", f"WHEN {changed}", "UPDATE ON helper_check", "helper_check stands as said"
    )
    yield refuse("check_delete", "", "DELETE ON helper_check", "helper_check is kept")


def _on_postgresql(connection: Connection) -> Iterator[str]:
    def refuse(name: str, when: str, on: str, words: str, first: str = "true") -> Iterator[str]:
        result = "OLD" if on.startswith("DELETE") else "NEW"
        # Functions of the rules write seats too, under a search path without our tables. What is
        # asked first is asked by itself: else it would ask for the right to read the rest.
        yield (
            f"CREATE FUNCTION pairs_{name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $$ BEGIN "
            f"IF {first} THEN IF {when} THEN RAISE EXCEPTION 'casework: {words}' "
            f"USING ERRCODE = 'check_violation'; END IF; END IF; RETURN {result}; END $$"
        )
        yield (
            f"CREATE TRIGGER pairs_{name} BEFORE {on} FOR EACH ROW EXECUTE FUNCTION pairs_{name}()"
        )

    unvetted = _unvetted(connection)
    for name, on in (
        ("seat_insert", "INSERT ON care_team_member"),
        ("seat_update", "UPDATE OF helper_id, valid_from ON care_team_member"),
    ):
        yield from refuse(name, unvetted, on, "helper not vetted", "NEW.helper_id IS NOT NULL")
    yield from refuse(
        "check_update",
        " OR ".join(_rewritten()),
        "UPDATE ON helper_check",
        "helper_check stands as said",
    )
    yield from refuse("check_delete", "true", "DELETE ON helper_check", "helper_check is kept")
