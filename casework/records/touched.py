"""What has to be done again when something about a person changes, noted by the tables themselves.

Decides which tables say something about whom. Triggers note the person, so that nobody who writes,
one row or a million, can forget it: in ``population_due`` whose rows of the population are to be
written again, in ``plan_stamp`` how often anything changed that a plan rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from casework.records.base import Base
from casework.records.triggers import remove_named

__all__ = [
    "EVERYBODY",
    "install_triggers",
    "not_noting",
    "plan_stamp",
    "population_due",
    "remove_triggers",
    "triggers_stand",
]

population_due = Table(
    "population_due",
    Base.metadata,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    sqlite_strict=True,
)
"""Persons whose rows of the population are out of date; empty whenever a transaction ends."""

plan_stamp = Table(
    "plan_stamp",
    Base.metadata,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("touched", Integer, nullable=False),
    Column("planned", Integer),
    Column("policy", Text),
    Column("doubtful", Integer),
    Column("reading", BigInteger().with_variant(Integer(), "sqlite")),
    sqlite_strict=True,
)
"""How often something changed about a person; and at which count, by which policy and day, and with
which answers about other people (``reading``) the plan was drawn up last. ``doubtful`` is 1 where
something was to be found out."""

planning_now = Table(
    "planning_now",
    Base.metadata,
    # Without a key: each transaction sees its own row only, and none waits for another.
    Column("one", Integer),
    sqlite_strict=True,
)
"""Has a row only inside a transaction of SQLite that draws up plans: its own writing is no news."""


EVERYBODY = "0"


@dataclass(frozen=True, slots=True)
class _Source:
    """A table that says something about persons.

    Parameters
    ----------
    column : str
        The column that names the person, or the row of the table ``through`` that does; or
        `EVERYBODY`, whose changes are counted under the number 0.
    through : (str, str) or None
        Another table with a ``person_id``, and its column that ``column`` refers to.
    events : tuple of str
        On what.
    known : bool
        Whether it changes what the population says, not only what a plan rests on.
    planned : bool
        Whether plans are written there, which is not news while they are being drawn up.
    """

    table: str
    column: str = "person_id"
    through: tuple[str, str] | None = None
    events: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")
    known: bool = False
    planned: bool = False


_SOURCES = (
    _Source("person", "id", known=True),
    _Source("case_file", known=True),
    _Source("fact", known=True),
    _Source("contact", "id", ("contact_person", "contact_id"), ("UPDATE",)),
    _Source("contact_person"),
    _Source("assessment"),
    _Source("need"),
    _Source("wish"),
    _Source("opinion"),
    _Source("issue"),
    _Source("seasonal_stay"),
    _Source("related_person"),
    _Source("care_team_member"),
    # Who answers while a seat is empty hangs on all members of staff and on the tree of units.
    _Source("staff", EVERYBODY),
    _Source("organisation", EVERYBODY),
    _Source("service_plan", planned=True),
    _Source("plan_item", "plan_id", ("service_plan", "id"), planned=True),
    _Source("task", events=("UPDATE", "DELETE"), planned=True),
    # Derived, and never overwritten by this program: whoever does it by hand has it written anew.
    _Source("population", events=("UPDATE",), known=True),
)


@contextmanager
def not_noting(session: Session) -> Iterator[None]:
    """Draw up plans without noting every plan and task as a change that asks for planning."""
    session.flush()
    _tell_planning(session, now=True)
    yield
    session.flush()
    _tell_planning(session, now=False)


def _tell_planning(session: Session, *, now: bool) -> None:
    """Tell the triggers whether plans are being drawn up, for this transaction only."""
    if session.get_bind().dialect.name == "postgresql":
        # Not by a row: a row that somebody left there would silence the triggers for everybody.
        told = select(func.set_config("casework.planning", "on" if now else "", True))
        session.execute(told)
    else:
        session.execute(insert(planning_now).values(one=1) if now else delete(planning_now))


def install_triggers(connection: Connection) -> None:
    """Let the tables note whom a change concerns; again changes nothing."""
    remove_triggers(connection)
    write = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    for source in _SOURCES:
        for event in source.events:
            for statement in write(source, event):
                connection.execute(text(statement))


def triggers_stand(connection: Connection) -> bool:
    """Tell whether exactly the triggers of this program are at work: they missed nobody since."""
    on_file = connection.dialect.name == "sqlite"
    write = _on_sqlite if on_file else _on_postgresql
    expected = {}
    for source in _SOURCES:
        for event in source.events:
            first = next(iter(write(source, event)))
            expected[_name(source, event)] = first if on_file else first.split("$$")[1]
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE :like ESCAPE '!'"
        if on_file
        else "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE :like ESCAPE '!'"
        " AND t.tgenabled = 'O' AND c.relnamespace = current_schema()::regnamespace"
    )
    found = connection.execute(text(query), {"like": "note!_%"})
    return {name: told for name, told in found} == expected


def remove_triggers(connection: Connection) -> None:
    """Take the triggers away: before an older version of the tables, or before others are put."""
    remove_named(connection, "note")


def _on_sqlite(source: _Source, event: str) -> Iterator[str]:
    """Write a trigger that runs for each row."""
    rows = {"INSERT": ("NEW",), "UPDATE": ("NEW", "OLD"), "DELETE": ("OLD",)}[event]
    persons = " UNION ".join(
        f"SELECT person_id FROM {source.through[0]}"  # noqa: S608  (our own names)
        f" WHERE {source.through[1]} = {row}.{source.column}"
        if source.through
        else f"SELECT {_of(source, row)} AS person_id"
        for row in rows
    )
    when = "WHEN NOT EXISTS (SELECT 1 FROM planning_now) " if source.planned else ""
    notes = "; ".join(_notes(source, f"({persons})"))
    yield (
        f"CREATE TRIGGER {_name(source, event)} AFTER {event} ON {source.table} "
        f"FOR EACH ROW {when}BEGIN {notes}; END"
    )


def _on_postgresql(source: _Source, event: str) -> Iterator[str]:
    """Write a trigger that runs once for all rows of a statement."""
    name = _name(source, event)
    tables = {"INSERT": ("new_rows",), "UPDATE": ("new_rows", "old_rows"), "DELETE": ("old_rows",)}
    persons = " UNION ".join(
        f"SELECT o.person_id FROM {source.through[0]} o"  # noqa: S608  (our own names)
        f" JOIN {rows} r ON o.{source.through[1]} = r.{source.column}"
        if source.through
        else f"SELECT {source.column} AS person_id FROM {rows}"  # noqa: S608
        for rows in tables[event]
    )
    unless = "IF current_setting('casework.planning', true) = 'on' THEN RETURN NULL; END IF; "
    # In the order of ids, so that two who write about the same people do not block each other.
    ordered = f"(SELECT DISTINCT person_id FROM ({persons}) a ORDER BY 1)"  # noqa: S608
    notes = "; ".join(_notes(source, ordered))
    yield (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{unless if source.planned else ''}{notes}; RETURN NULL; END $$"
    )
    named = {"new_rows": "NEW TABLE AS new_rows", "old_rows": "OLD TABLE AS old_rows"}
    yield (
        f"CREATE TRIGGER {name} AFTER {event} ON {source.table} "
        f"REFERENCING {' '.join(named[rows] for rows in tables[event])} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _name(source: _Source, event: str) -> str:
    return f"note_{source.table}_{event.lower()}"


def _of(source: _Source, row: str) -> str:
    return EVERYBODY if source.column == EVERYBODY else f"{row}.{source.column}"


def _notes(source: _Source, persons: str) -> Iterator[str]:
    """Write what is noted of some persons.

    The ``WHERE`` keeps ON CONFLICT from being read as part of a join.
    """
    whom = f"FROM {persons} AS whom WHERE whom.person_id IS NOT NULL"
    if source.known:
        yield (
            f"INSERT INTO population_due (person_id) SELECT whom.person_id {whom} "
            "ON CONFLICT (person_id) DO NOTHING"
        )
    yield (
        f"INSERT INTO plan_stamp (person_id, touched) SELECT whom.person_id, 1 {whom} "
        "ON CONFLICT (person_id) DO UPDATE SET touched = plan_stamp.touched + 1"
    )
