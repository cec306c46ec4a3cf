"""The triggers of the rules: who wrote a row and when, and what a change may not do.

Decides which tables have them; what they do stands in ``functions.sql``.
"""

from __future__ import annotations

from collections.abc import Iterator

from casework.access.classes import all_tables, table_classes

__all__ = ["stamps", "triggers"]

_AUTHORS = {"recorded_by": "recorded_at", "drafted_by": "drafted_at", "by": "at"}


def _stamped() -> Iterator[tuple[str, str, str | None]]:
    """Name the tables that keep who wrote a row and when, with the two columns."""
    for one in table_classes().values():
        table = all_tables()[one.name]
        for author, moment in _AUTHORS.items():
            if table is not None and one.insert and author in table.c:
                yield one.name, author, moment if moment in table.c else None


def stamps() -> Iterator[str]:
    """Let the database itself write down who wrote what and when."""
    for name, author, moment in _stamped():
        when = f" NEW.{moment} := date_trunc('second', now());" if moment else ""
        if table_classes()[name].unit:
            when += " NEW.unit_id := (access.my_account()).unit_id;"
        yield (
            f"CREATE OR REPLACE FUNCTION access.stamp_{name}() RETURNS trigger "
            "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ "
            "DECLARE me text := access.my_name(); BEGIN IF me IS NOT NULL THEN "
            f"NEW.{author} := me;{when} END IF; RETURN NEW; END $$"
        )


def triggers(tables: str) -> Iterator[str]:
    """Put the triggers on their tables, after taking away those they had."""
    for name, _author, _moment in _stamped():
        yield from _put_trigger(tables, name, f"stamp_{name}", "INSERT")
    for one in table_classes().values():
        table = all_tables()[one.name]
        if table is not None and one.moved and "person_id" in table.c:
            yield from _put_moved(tables, one.name)
    yield f"DROP TRIGGER IF EXISTS access_guard_dropped ON {tables}.contact_person"
    yield (
        f"CREATE CONSTRAINT TRIGGER access_guard_dropped AFTER DELETE ON {tables}.contact_person "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION access.guard_dropped()"
    )
    yield from _put_trigger(tables, "service_plan", "guard_plan", "INSERT OR UPDATE")
    yield from _put_trigger(tables, "service_order", "guard_order", "UPDATE")
    yield from _put_trigger(tables, "payment", "guard_payment", "INSERT OR UPDATE")
    yield from _put_trigger(tables, "hardship_case", "guard_hardship", "INSERT OR UPDATE")
    yield from _put_trigger(tables, "assessor_sheet", "guard_sheet", "INSERT OR UPDATE")
    yield from _put_trigger(tables, "person_search", "fill_search", "INSERT OR UPDATE")
    # Not of single columns: a migration that takes one back could not drop it.
    yield from _put_trigger(tables, "task", "guard_task", "UPDATE")


def _put_moved(tables: str, table: str) -> Iterator[str]:
    """Ask at the end of a transaction whether a row went over to a record made one with its own."""
    yield f"DROP TRIGGER IF EXISTS access_guard_moved ON {tables}.{table}"
    yield (
        f"CREATE CONSTRAINT TRIGGER access_guard_moved AFTER UPDATE ON {tables}.{table} "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id) "
        "EXECUTE FUNCTION access.guard_moved()"
    )


def _put_trigger(tables: str, table: str, function: str, events: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS access_{function} ON {tables}.{table}"
    yield (
        f"CREATE TRIGGER access_{function} BEFORE {events} ON {tables}.{table} "
        f"FOR EACH ROW EXECUTE FUNCTION access.{function}()"
    )
