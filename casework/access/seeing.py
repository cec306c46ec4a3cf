"""The conditions under which a role sees the rows and columns of a table.

Decides how each class of `classes.toml` reads as a condition of PostgreSQL; leaves the policies
made of them to `policies`, and who somebody is to the functions of ``functions.sql``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Table

from casework.access.classes import PEOPLE, WIDE, TableClass, auditable, private_facts

__all__ = [
    "OF_MY_UNITS",
    "has_role",
    "mostly",
    "of_nobody",
    "readable",
    "row_seen",
    "seen",
    "seen_first",
]

# People and rows of no unit are the whole agency's.
OF_MY_UNITS = (
    "unit_id = ANY((SELECT access.my_units())::integer[])"
    " OR (unit_id IS NULL AND (SELECT access.sees_whole()))"
)
# The same where these are a part of the whole: the span tells the server that they are.
_OF_A_PART = (
    "(unit_id >= (SELECT min(u) FROM unnest(access.my_units()) u)"
    " AND unit_id <= (SELECT max(u) FROM unnest(access.my_units()) u)"
    " AND unit_id = ANY((SELECT access.my_units())::integer[]))"
    " OR (unit_id IS NULL AND (SELECT access.sees_whole()))"
)


def readable(one: TableClass, table: Table | None, role: str) -> Sequence[str] | None:
    """Name the columns that a role reads; none of them for all, None for not at all."""
    if one.kind == "audit" and role == "auditor":
        return auditable()
    if role in WIDE and one.kind in ("person", "contact", "derived"):
        return _columns_but(one, table, role) if role in one.everything else None
    readers = {
        "secret": (),
        "closed": (),
        "reference": one.readers,
        "audit": one.insert,
        "own": one.insert,
    }.get(one.kind, PEOPLE)
    if role not in (*readers, *one.everything):
        return None
    return _columns_but(one, table, role)


def _columns_but(one: TableClass, table: Table | None, role: str) -> Sequence[str]:
    if table is None:
        return ()
    hidden = one.hidden.get(role, ())
    return [column.name for column in table.columns if column.name not in hidden] if hidden else ()


def seen(one: TableClass, role: str) -> Iterator[str]:
    """Give the conditions under which a role sees rows of a table."""
    if role in WIDE and role in one.everything:
        yield has_role(role)
    elif one.kind == "reference" or role in one.everything:
        yield "(SELECT access.at_work())"
    elif one.kind == "audit":
        mine = "by = (SELECT access.my_name())"
        if role == "auditor":
            yield "(SELECT access.at_work())"
        elif role == "caseworker":
            about = "subject_id = ANY((SELECT access.my_persons())::integer[])"
            yield f"{mine} OR (subject_kind = 'person' AND {about})"
        else:
            yield mine
    elif one.name == "fact" and role == "supervisor":
        hidden = ", ".join(f"'{code}'" for code in private_facts())
        yield f"({row_seen(one, role)}) AND code NOT IN ({hidden})"
        yield f"{one.person} = ANY((SELECT access.glass_persons())::integer[])"
    elif one.name == "assessor_sheet":
        mine = "handed_in_at IS NULL OR staff_id = (SELECT access.my_staff())"
        yield f"({row_seen(one, role)}) AND ({mine} OR access.all_handed_in(round_key))"
    elif one.name == "import_problem":
        # What is wrong with a number is told, the number itself is not.
        yield f"({row_seen(one, role)}) AND field <> 'resident_id'"
    else:
        yield row_seen(one, role)


def seen_first(one: TableClass, role: str) -> str:
    """Say the same in a form that costs nothing, so that no hidden row meets another condition.

    Nothing but columns, sub-selects of the whole statement, what is looked up in them, and whether
    something is there: `tests/access/test_oracles.py` holds the forms together.
    """
    whole = one.kind == "reference" or role in one.everything
    if whole or one.via or (one.kind == "audit" and role == "auditor"):
        return ""  # what is seen through another table has only a rule in this form
    mine = "((SELECT access.my_own_keys()))"
    if one.kind == "own":
        return f"{mine}[owner] IS NOT NULL"
    if one.kind == "audit":
        about = _one_of("subject_kind", ("person",))
        mine += "[by] IS NOT NULL"
        return f"({mine} OR ({about} AND {_keyed('subject_id')}))" if role == "caseworker" else mine
    if one.name == "person" and role == "supervisor":
        return "((SELECT access.my_unit_keys()))[COALESCE(unit_id, 0)] IS NOT NULL"
    told = _marked(one.person) if role == "supervisor" else _keyed(one.person)
    if one.nobody:
        nobodys = f"{mine}[recorded_by] IS NOT NULL" if one.nobody == "author" else "true"
        told = f"CASE WHEN {one.person} IS NULL THEN {nobodys} ELSE {told} END"
    if one.name == "plan_stamp":
        told = f"({told} OR {_one_of('person_id', ('0',))})"
    if one.name == "fact" and role == "supervisor":
        broken = f"((SELECT access.my_glass_keys()))[{one.person}] IS NOT NULL"
        told += f" AND (NOT {_one_of('code', private_facts())} OR {broken})"
    if one.name == "assessor_sheet":
        dark = "((SELECT access.my_dark_rounds()))[round_key] IS NOT NULL"
        told += f" AND (handed_in_at IS NULL OR {mine}[staff_id] IS NOT NULL OR NOT {dark})"
    if one.name == "import_problem":
        told += f" AND NOT {_one_of('field', ('resident_id',))}"
    return told


def mostly(told: str) -> str:
    """Say the same so that the server reckons with nearly all rows; else it takes half of them."""
    return f"(CASE WHEN {told} THEN 1 END) IS NOT NULL"


def _marked(column: str) -> str:
    return f"COALESCE(((SELECT access.my_person_marks()))[{column}], (SELECT access.sees_whole()))"


def _keyed(column: str) -> str:
    return f"((SELECT access.my_person_keys()))[{column}] IS NOT NULL"


def _one_of(column: str, values: Sequence[str]) -> str:
    """Say that a column has one of some values; a comparison would have a price."""
    listed = ", ".join(f'"{value}": 1' for value in values)
    return f"('{{{listed}}}'::jsonb)[{column}] IS NOT NULL"


def row_seen(one: TableClass, role: str) -> str:
    """Say of a row that somebody of a role sees it."""
    if one.kind == "own":
        return "owner = ANY((SELECT access.my_drafts())::text[])"
    if one.via:
        where = "contact" if one.kind == "contact" else one.via[1]
        # A row that the statement itself writes is beyond what it knew when it began.
        told = f"COALESCE(((SELECT access.my_{where}_marks()))[{one.via[0]}], true)"
        return mostly(told) if role == "supervisor" else told
    if role == "supervisor":
        if one.name == "person":
            told = _either("most", OF_MY_UNITS, _OF_A_PART)  # both by the index of units
        else:
            by_index = f"{one.person} = ANY(ARRAY(SELECT access.unit_persons()))"
            # `first_supervisor` has gone over all people by then; here it would be once more.
            told = _either("few", by_index, mostly("(SELECT access.acts_as('supervisor'))"))
    else:
        told = f"{one.person} = ANY((SELECT access.read_persons())::integer[])"
    if one.nobody:
        told += f" OR {of_nobody(one)}"
    if one.name == "plan_stamp":
        told += " OR (person_id = 0 AND (SELECT access.at_work()))"
    return told


def _either(reach: str, told: str, otherwise: str) -> str:
    """Ask the same thing in one of two forms, which the server chooses before it plans."""
    return f"CASE WHEN access.reach() = '{reach}' THEN {told} ELSE {otherwise} END"


def of_nobody(one: TableClass, row: str = "") -> str:
    """Say of a row that names nobody that whoever asks sees it."""
    mine = f" AND {row}recorded_by = (SELECT access.my_name())" if one.nobody == "author" else ""
    return f"({row}{one.person} IS NULL AND (SELECT access.at_work()){mine})"


def has_role(role: str) -> str:
    """Say that the account of whoever asks has this role: a group may serve another workbook."""
    return f"(SELECT access.my_role()) = '{role}'"
