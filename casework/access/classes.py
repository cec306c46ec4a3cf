"""The classes of tables: who may do what with each, as ``classes.toml`` says it.

Decides how that file is read and which columns a role may change; leaves the SQL to
`casework.access.policies`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from casework.records import Base
from casework.records.population import population
from casework.reference import facts

__all__ = [
    "GROUPS",
    "PEOPLE",
    "WIDE",
    "TableClass",
    "all_tables",
    "auditable",
    "changeable",
    "is_whole_for",
    "private_facts",
    "table_classes",
]

GROUPS = (
    "caseworker", "supervisor", "analyst", "administrator", "auditor", "registrar", "planner",
)  # fmt: skip
"""The roles that a login can have; each has a group role ``casework_…`` on the server."""

WIDE = ("registrar", "planner")
"""Roles that work with the people of the whole agency: one keeps the register of them, the other is
the account of a service. Each has only the tables that ``classes.toml`` names for it."""

PEOPLE = ("caseworker", "supervisor")
"""Roles that see persons at all."""

_WRITTEN_ONCE = frozenset({
    "id", "recorded_at", "recorded_by", "made_at", "drafted_at", "drafted_by", "client_key",
    "owner", "sha256", "batch_id", "staff_id",
})  # fmt: skip
"""What not even those change who move rows from one person to another."""

_CLASSES = {
    "reference", "person", "contact", "secret", "audit", "own", "derived", "closed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableClass:
    """What may be done with one table.

    Attributes
    ----------
    kind : str
        Its class; ``classes.toml`` says what each means.
    person : str
        The column that names the person; of no meaning where ``via`` is set.
    via : (str, str) or None
        The column that refers to a row of another table, and that table; ``table.column`` names the
        column of the other table where it is not its ``id``.
    nobody : bool or "author"
        Whether rows that name nobody are seen by all who work, or by who wrote them.
    readers : tuple of str
        Who reads a table of reference.
    everything : tuple of str
        Who sees all rows of a table about persons.
    moved : tuple of str
        Who changes also which person a row is about.
    unit : bool
        Whether ``unit_id`` says whose a row is: supervisors change those of their units.
    """

    name: str
    kind: str
    person: str
    via: tuple[str, str] | None
    nobody: bool | str
    readers: tuple[str, ...]
    everything: tuple[str, ...]
    insert: tuple[str, ...]
    update: tuple[str, ...]
    frozen: frozenset[str]
    moved: tuple[str, ...]
    unit: bool
    hidden: Mapping[str, Sequence[str]]
    only: Mapping[str, Sequence[str]]


@cache
def table_classes() -> Mapping[str, TableClass]:
    """Read the classes of all tables.

    Raises
    ------
    ValueError
        If the file names a class, a role or a way that is not known.
    """
    told = tomllib.loads(Path(__file__).with_name("classes.toml").read_text(encoding="utf-8"))
    return {
        name: _table_class(name, entry, told["frozen"]) for name, entry in told["table"].items()
    }


def _table_class(name: str, entry: Mapping[str, Any], frozen: Sequence[str]) -> TableClass:
    made = TableClass(
        name,
        entry["class"],
        entry.get("person", "person_id"),
        tuple(entry["via"]) if "via" in entry else None,
        entry.get("nobody", False),
        tuple(entry.get("readers", GROUPS)),
        tuple(entry.get("everything", ())),
        tuple(entry.get("insert", ())),
        tuple(entry.get("update", ())),
        frozenset(frozen) | set(entry.get("frozen", ())),
        tuple(entry.get("moved", ())),
        entry.get("unit", False),
        entry.get("hidden", {}),
        entry.get("only", {}),
    )
    named = {*made.insert, *made.update, *made.moved, *made.everything}
    if made.kind not in _CLASSES or not named <= set(GROUPS):
        raise ValueError(f"classes.toml: the class or a role of {name} is not known")
    return made


@cache
def all_tables() -> Mapping[str, Table | None]:
    """Name every table of a workbook; None for the one that Alembic keeps."""
    tables: dict[str, Table | None] = dict(Base.metadata.tables)
    return {**tables, "population": population(), "alembic_version": None}


def changeable(table: TableClass, role: str) -> tuple[str, ...]:
    """Name the columns of a table that a role may change; none where it may not."""
    columns = all_tables()[table.name]
    if role not in table.update or columns is None:
        return ()
    wanted = table.only.get(role)
    if wanted is None and role in table.moved:
        return tuple(one.name for one in columns.columns if one.name not in _WRITTEN_ONCE)
    return tuple(
        one.name
        for one in columns.columns
        if (one.name in wanted if wanted is not None else one.name not in table.frozen)
    )


def auditable() -> tuple[str, ...]:
    """Name the columns of the trail that auditors read: who, when, what, not the values."""
    return ("id", "at", "by", "action", "subject_kind", "subject_id")


def is_whole_for(name: str, role: str) -> bool:
    """Tell whether a role reads every column of a table, in the rows it sees."""
    table = table_classes()[name]
    if role in table.everything:
        return role not in table.hidden
    kept = table.kind in ("secret", "closed") or role in table.hidden
    return not kept and (table.kind != "reference" or role in table.readers)


@cache
def private_facts() -> tuple[str, ...]:
    """Name the facts that are words about health, hardship or how to reach somebody.

    Supervisors see what is coded, as plans and boards rest on it; the words stay with whoever looks
    after the person.
    """
    return tuple(
        one.code for one in facts().values() if one.sensitive is not None and one.kind == "text"
    )
