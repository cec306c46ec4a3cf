"""What the database itself refuses about consents, whoever writes: a screen, a notebook, a mistake.

Nothing is written down as given outside without a consent that holds and covers it, or another
stated basis with its reason, nor on a consent while the person has their data restricted; no order
of a service is given to a provider of whom the person said no; answers
and what was given are not changed afterwards and not deleted; an impact assessment stays for its
years. The question about the consent is `consent_state` itself, compiled for the database. Made
anew whenever a workbook is founded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, inspect, literal_column, select, text

from casework.records.base import Base
from casework.records.consents import consent_state, is_restricted
from casework.records.orders import Provider
from casework.records.triggers import remove_named

__all__ = ["install_guards", "remove_guards"]

_KEPT = ("consent", "disclosure", "rights_request", "erasure")
#: What may be changed of a row that was written: the rest is as it was said on the day. A record
#: that was made one with another one moves to that person.
_MAY_CHANGE = {
    "consent": ("person_id", "superseded_at"),
    "disclosure": ("person_id", "told_on", "shared_until", "superseded_at"),
    "impact_assessment": ("superseded_at",),
}


def install_guards(connection: Connection) -> None:
    """Put the guards on the tables; again changes nothing."""
    remove_guards(connection)
    write = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    for statement in write(connection):
        connection.execute(text(statement.replace(":", r"\:")))


def remove_guards(connection: Connection) -> None:
    """Take the guards away: before others are put, or before older tables."""
    remove_named(connection, "guard")


def _unconsented(connection: Connection) -> str:
    """Write that a row of disclosures rests on a consent that does not hold or cover it."""
    new: list[ColumnElement[Any]] = [
        literal_column(f"NEW.{name}")
        for name in ("person_id", "purpose", "recipient", "shared_on", "recipient_name", "kind")
    ]
    person, purpose, recipient, on, to, kind = new
    state = select(consent_state(person, purpose, recipient, on, to=to, kind=kind))
    held = select(is_restricted(person, on))
    given, restricted = (
        # The driver's own escape of a percent sign has no place in a text that is stored.
        str(one.compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        for one in (state, held)
    )
    return f"NEW.basis = 'consent' AND (({given}) <> 'given' OR ({restricted}))"


def _refused_provider(connection: Connection) -> str:
    """Write that an order is given to a provider of whom the person said no; not asked is no no.

    What an outside platform did is told by it, and not told to it.
    """
    new: list[ColumnElement[Any]] = [
        literal_column(f"NEW.{name}") for name in ("person_id", "assigned_on", "provider_id")
    ]
    person, on, at = new
    name = select(Provider.name).where(Provider.id == at).scalar_subquery()
    state = select(consent_state(person, "provider", "provider", on, to=name))
    given, restricted = (
        str(one.compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        for one in (state, select(is_restricted(person, on)))
    )
    return (
        "NEW.provider_id IS NOT NULL AND NEW.outside_ref IS NULL"
        f" AND (({given}) IN ('refused', 'withdrawn') OR ({restricted}))"
    )


def _has_orders(connection: Connection) -> bool:
    """Tell whether orders are there: they came after consents."""
    return inspect(connection).has_table("service_order")


def _changed(table: str, columns: Iterator[str]) -> str:
    kept = [one for one in columns if one not in _MAY_CHANGE[table]]
    return " OR ".join(f"NEW.{one} IS DISTINCT FROM OLD.{one}" for one in kept)


def _columns(table: str) -> Iterator[str]:
    return (column.name for column in Base.metadata.tables[table].columns)


def _on_sqlite(connection: Connection) -> Iterator[str]:
    def refuse(name: str, when: str, on: str, words: str) -> str:
        return (
            f"CREATE TRIGGER guard_{name} BEFORE {on} FOR EACH ROW {when}"
            f" BEGIN SELECT RAISE(ABORT, 'casework: {words}'); END"
        )

    yield refuse(
        "disclosure_consent",
        f"WHEN {_unconsented(connection)}",
        "INSERT ON disclosure",
        "not consented",
    )
    for act in ("INSERT", "UPDATE OF provider_id") if _has_orders(connection) else ():
        yield refuse(
            f"order_consent_{act.split()[0].lower()}",
            f"WHEN {_refused_provider(connection)}",
            f"{act} ON service_order",
            "not consented",
        )
    for table in _KEPT:
        yield refuse(f"{table}_delete", "", f"DELETE ON {table}", f"{table} is kept")
    yield refuse(
        "impact_assessment_delete",
        "WHEN OLD.kept_until >= date('now')",
        "DELETE ON impact_assessment",
        "impact_assessment is kept",
    )
    for table in _MAY_CHANGE:
        changed = _changed(table, _columns(table)).replace("IS DISTINCT FROM", "IS NOT")
        yield refuse(
            f"{table}_update", f"WHEN {changed}", f"UPDATE ON {table}", f"{table} stands as said"
        )


def _on_postgresql(connection: Connection) -> Iterator[str]:
    def refuse(name: str, when: str, on: str, words: str) -> Iterator[str]:
        result = "OLD" if on.startswith("DELETE") else "NEW"
        yield (
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {when} THEN RAISE EXCEPTION 'casework: {words}' "
            f"USING ERRCODE = 'check_violation'; END IF; RETURN {result}; END $$"
        )
        yield (
            f"CREATE TRIGGER guard_{name} BEFORE {on} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )

    yield from refuse(
        "disclosure_consent", _unconsented(connection), "INSERT ON disclosure", "not consented"
    )
    for table in _KEPT:
        yield from refuse(f"{table}_delete", "true", f"DELETE ON {table}", f"{table} is kept")
    if _has_orders(connection):
        yield from refuse(
            "order_consent",
            _refused_provider(connection),
            "INSERT OR UPDATE OF provider_id ON service_order",
            "not consented",
        )
    yield from refuse(
        "impact_assessment_delete",
        "OLD.kept_until >= CURRENT_DATE",
        "DELETE ON impact_assessment",
        "impact_assessment is kept",
    )
    for table in _MAY_CHANGE:
        yield from refuse(
            f"{table}_update",
            _changed(table, _columns(table)),
            f"UPDATE ON {table}",
            f"{table} stands as said",
        )
