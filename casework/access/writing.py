"""The conditions under which a role may write a row, and the functions that they ask.

Decides whose rows a row may belong to and refer to; leaves the policies made of them to `policies`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table

from casework.access.classes import WIDE, TableClass, all_tables, table_classes
from casework.access.seeing import OF_MY_UNITS, has_role, of_nobody, row_seen

__all__ = ["row_changed", "row_written", "tables_of_units", "tables_referred_to", "writers"]

_OF_CAMPAIGNS = ("delegation", "delegation_member", "delegation_slot", "unit_return")


def row_changed(one: TableClass, role: str) -> str:
    """Say of a row that somebody of a role may change it; broken glass is for reading."""
    if one.kind in ("own", "reference", "audit") or one.via or one.nobody or role == "supervisor":
        return _written_row(one, role)
    if role in WIDE and one.name == "erasure":
        return f"{has_role(role)} AND (confirmed_at IS NOT NULL OR declined_at IS NOT NULL)"
    if role in WIDE:
        return has_role(role)
    return f"{one.person} = ANY((SELECT access.my_persons())::integer[])"


def _written_row(one: TableClass, role: str) -> str:
    if role in WIDE and one.kind not in ("audit", "own"):
        return has_role(role)
    if one.kind == "reference":
        if one.name == "setting":
            return (
                "key IN ('own_rules', 'travel_times', 'self_checks') AND (SELECT access.at_work())"
            )
        if one.name == "staff" and role == "supervisor":
            return "access.unit_staff(id)"
        if one.name == "campaign":
            return "scope = ANY((SELECT access.my_units())::integer[])"
        if one.name in _OF_CAMPAIGNS:
            mine = "c.scope = ANY((SELECT access.my_units())::integer[])"
            return f"EXISTS (SELECT 1 FROM campaign c WHERE c.id = campaign_id AND {mine})"
        if one.name == "handover" or (one.name == "staff_term" and role == "supervisor"):
            return "access.unit_staff(staff_id)"
        if one.name == "staff_check":
            return _staff_check(role)
        if one.unit and role == "supervisor":
            return OF_MY_UNITS
        return "(SELECT access.at_work())"
    if one.kind == "audit":
        return "by = (SELECT access.my_name())"
    if one.kind == "own":
        return row_seen(one, role)
    if one.kind == "contact" or one.via:
        return f"access.writes_{one.name}(id)" if one.kind == "contact" else _via_written(one)
    if role == "supervisor" and one.name != "person":
        told = f"{one.person} IN (SELECT access.unit_persons())"
        for column, other in _of_unit(one):
            told += f" AND access.writes_{other}({column})"
    else:
        told = f"access.may_write({one.person})"
    return f"{told} OR {of_nobody(one)}" if one.nobody else told


def _staff_check(role: str) -> str:
    """Say that trainings are written of one's units, and a point ticked for oneself alone."""
    own = "staff_id = (SELECT access.my_staff())"
    if role == "caseworker":
        return f"kind = 'self_check' AND {own}"
    training = "access.unit_staff(staff_id)" if role == "supervisor" else "true"
    told = f"CASE kind WHEN 'self_check' THEN {own} ELSE {training} END"
    return f"(SELECT access.at_work()) AND {told}"


def _via_written(one: TableClass) -> str:
    assert one.via is not None  # noqa: S101  (asked only of tables that have it)
    return f"access.writes_{one.via[1]}({one.via[0]})"


def row_written(one: TableClass, table: Table, role: str) -> str:
    """Say of a row as it will be that somebody of a role may write it so."""
    parts = [f"({_written_row(one, role)})"]
    if role in WIDE:
        return parts[0]  # whose rows they may refer to: everybody's
    if one.kind == "contact":
        parts = ["(SELECT access.at_work())"]  # a new contact names nobody yet
    for column, other in _references(one, table):
        known = table_classes()[other]
        if other == "person":
            parts.append(f"({column} IS NULL OR access.may_write({column}))")
        elif known.kind in ("person", "contact"):
            parts.append(f"({column} IS NULL OR access.writes_{other}({column}))")
    if one.name == "care_team_member":
        parts.append("(staff_id IS NULL OR access.unit_staff(staff_id))")
    return " AND ".join(parts)


def _references(one: TableClass, table: Table) -> Iterator[tuple[str, str]]:
    """Name the columns that refer to rows about persons, besides the one that names the person."""
    for column in table.columns:
        for key in column.foreign_keys:
            other = key.column.table.name
            mine = not one.via and column.name == one.person
            way = one.via is not None and column.name == one.via[0]
            if other in table_classes() and not mine and not way:
                yield column.name, other


def _of_unit(one: TableClass) -> Iterator[tuple[str, str]]:
    """Name the columns by which a row hangs on one that is a unit's."""
    table = all_tables()[one.name]
    for column in table.columns if table is not None else ():
        for key in column.foreign_keys:
            other = key.column.table.name
            if other in tables_of_units() and other != one.name:
                yield column.name, other


def tables_of_units() -> tuple[str, ...]:
    """Name the tables whose rows are a unit's."""
    return tuple(one.name for one in table_classes().values() if one.unit)


def tables_referred_to() -> Iterator[str]:
    """Name the tables about persons whose rows have a number that others can refer to."""
    for one in table_classes().values():
        table = all_tables()[one.name]
        about = one.kind in ("person", "contact") and one.name != "person"
        if about and table is not None and "id" in table.c:
            yield one.name


def writers(tables: str) -> Iterator[str]:
    """Give a function for each table that others refer to: whether one of its rows is the asker's.

    A policy that asked the other table itself would go round in circles.
    """
    for one in map(table_classes().__getitem__, (*tables_referred_to(), *tables_of_units())):
        if one.unit:
            told = (
                f"EXISTS (SELECT 1 FROM {tables}.{one.name} WHERE id = which AND ({OF_MY_UNITS}))"
            )
        elif one.kind == "contact":
            told = (
                f"EXISTS (SELECT 1 FROM {tables}.contact_person p WHERE p.contact_id = which"
                " AND access.may_write(p.person_id)) OR access.has_nobody(which)"
            )
        elif one.via:
            told = (
                f"EXISTS (SELECT 1 FROM {tables}.{one.name} o WHERE o.id = which"
                f" AND access.writes_{one.via[1]}(o.{one.via[0]}))"
            )
        else:
            nobody = f" OR {of_nobody(one, 'o.')}" if one.nobody else ""
            told = (
                f"EXISTS (SELECT 1 FROM {tables}.{one.name} o WHERE o.id = which"
                f" AND (access.may_write(o.{one.person}){nobody}))"
            )
        yield (
            f"CREATE OR REPLACE FUNCTION access.writes_{one.name}(which integer) RETURNS boolean "
            "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS "
            f"$$ SELECT COALESCE(({told}), false) $$"
        )
