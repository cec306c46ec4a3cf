"""The rules weakened one at a time: does anything notice?

A mutation is one statement of the owner and one that takes it back. Whether it is noticed is asked
twice: by what a user could do (the matrix of the tables concerned, then the attacks), and by the
reviewed catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from casework.access.classes import GROUPS, changeable, table_classes
from casework.access.policies import group
from tests.access.catalogue import REVIEWED, catalogue
from tests.access.matrix import wrong
from tests.access.test_attacks import ATTACKS, outcome
from tests.access.world import ACTORS, World


@dataclass(frozen=True)
class Mutation:
    """One weakening: what it is called, how it is done and undone, whom and what it concerns."""

    name: str
    do: str
    undo: str
    actors: tuple[str, ...]
    tables: tuple[str, ...]


def mutations(connection: psycopg.Connection) -> Iterator[Mutation]:
    """Give every single weakening of the rules as they stand."""
    yield from _of_policies(connection)
    yield from _of_tables()
    yield from _of_grants(connection)
    yield from _of_triggers(connection)
    yield from _of_functions(connection)
    yield from _of_roles()


def noticed_by_use(world: World, one: Mutation) -> bool:
    """Tell whether somebody could do what was not promised, in the matrix or by an attack."""
    if wrong(world, one.actors, one.tables):
        return True
    if one.name.startswith("INSERT"):
        return False  # no policy lets them add: the matrix has tried
    return any(not _stands(world, attack) for attack in ATTACKS if attack["as"] in one.actors)


def second_rules(connection: psycopg.Connection) -> set[str]:
    """Name the weakenings by which nobody can do more, for another rule says the same.

    A right to add where no policy lets anybody add; the condition on a row as it will be, where no
    column that it asks about may be changed.
    """
    rows = connection.execute(
        "SELECT tablename, policyname, cmd, roles[1], with_check FROM pg_policies "
        "WHERE schemaname = 'public' AND policyname NOT IN ('whole', 'keeper')"
    ).fetchall()
    adding = {(table, whose) for table, _name, command, whose, _check in rows
              if command == "INSERT"}  # fmt: skip
    found = {
        f"INSERT on {table} to {role}"
        for table in table_classes()
        for role in GROUPS
        if (table, group(role)) not in adding
    }
    for table, name, command, whose, check in rows:
        of_role = whose.removeprefix("casework_")
        if name.startswith("first_") and _said_again(table, of_role):
            found |= {f"policy {table}.{name} {told}" for told in ("USING true", "dropped")}
        free = changeable(table_classes()[table], of_role)
        asked = set(re.findall(r"\w+", check or ""))
        if command == "UPDATE" and not asked & set(free):
            found.add(f"policy {table}.{name} WITH CHECK true")
    return found


def _said_again(table: str, role: str) -> bool:
    """Tell whether the rule that is asked later says what the first one says.

    For supervisors whose units are more than a few people only the first one asks for the person.
    """
    one = table_classes()[table]
    return role != "supervisor" or table == "person" or one.kind in ("audit", "own")


def noticed_by_catalogue(connection: psycopg.Connection) -> bool:
    """Tell whether the catalogue differs from the reviewed one."""
    return catalogue(connection) != REVIEWED.read_text("utf-8").splitlines()


def _stands(world: World, attack: dict) -> bool:
    came = outcome(world, attack)
    return came[0] in attack["comes"].split(" or ") and not any(
        word in came[1] for word in attack.get("tells", ())
    )


def _actors(role: str) -> tuple[str, ...]:
    return (role, "closed", "left") if role == "caseworker" else (role, f"closed_{role}")


def _around(table: str) -> tuple[str, ...]:
    """Name a table and those that are seen through it."""
    return (
        table,
        *(one.name for one in table_classes().values() if one.via and one.via[1] == table),
        *(("contact",) if table == "contact_person" else ()),
    )


def _of_policies(connection: psycopg.Connection) -> Iterator[Mutation]:
    rows = connection.execute(
        "SELECT tablename, policyname, cmd, roles[1], qual, with_check FROM pg_policies "
        "WHERE schemaname = 'public' AND policyname NOT IN ('whole', 'keeper') ORDER BY 1, 2"
    ).fetchall()
    first = {(table, whose): f"ALTER POLICY {name} ON {table} USING ({using})"
             for table, name, _command, whose, using, _check in rows
             if name.startswith("first_")}  # fmt: skip
    for table, name, command, whose, using, check in rows:
        actors, tables = _actors(whose.removeprefix("casework_")), _around(table)
        for kind, told in (("USING", using), ("WITH CHECK", check)):
            if told:
                do = f"ALTER POLICY {name} ON {table} {kind} (true)"
                undo = f"ALTER POLICY {name} ON {table} {kind} ({told})"
                if name.startswith("read") and (table, whose) in first:
                    # What is asked before it says the same: by use only both together show.
                    both = first[table, whose]
                    undo += f"; {both}"
                    do += f"; {both.partition(' USING ')[0]} USING (true)"
                yield Mutation(f"policy {table}.{name} {kind} true", do, undo, actors, tables)
        kept = " AS RESTRICTIVE" if name.startswith("first_") else ""
        again = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        yield Mutation(
            f"policy {table}.{name} dropped",
            f"DROP POLICY {name} ON {table}",
            f"CREATE POLICY {name} ON {table}{kept} FOR {command} TO {whose}{again}",
            actors,
            tables,
        )


def _of_tables() -> Iterator[Mutation]:
    for table in table_classes():
        alter = f"ALTER TABLE {table}"
        actors = ("caseworker", "supervisor", "analyst", "closed", "closed_supervisor")
        off, on = f"{alter} DISABLE ROW LEVEL SECURITY", f"{alter} ENABLE ROW LEVEL SECURITY"
        yield Mutation(f"rules of {table} off", off, on, actors, (table,))


def _of_grants(connection: psycopg.Connection) -> Iterator[Mutation]:
    for table in table_classes():
        for role in GROUPS:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                whole = f"SELECT has_table_privilege('{group(role)}', '{table}', '{right}')"
                if connection.execute(whole).fetchone() == (True,):
                    continue
                # Taking a right from a table takes it from its columns as well.
                columns = connection.execute(
                    "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute "
                    f"WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped "
                    f"AND '{right}' <> 'DELETE' AND has_column_privilege('{group(role)}', "
                    "attrelid, attnum, replace(%s, 'DELETE', 'SELECT'))",
                    [right],
                ).fetchone()
                back = f"REVOKE {right} ON {table} FROM {group(role)}"
                if columns and columns[0]:
                    back += f"; GRANT {right} ({columns[0]}) ON {table} TO {group(role)}"
                do = f"GRANT {right} ON {table} TO {group(role)}"
                yield Mutation(f"{right} on {table} to {role}", do, back, _actors(role), (table,))


def _of_triggers(connection: psycopg.Connection) -> Iterator[Mutation]:
    rows = connection.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
        "WHERE tgname LIKE 'access\\_%' ORDER BY 1, 2"
    ).fetchall()
    for table, name in rows:
        alter = f"ALTER TABLE {table}"
        do, undo = f"{alter} DISABLE TRIGGER {name}", f"{alter} ENABLE TRIGGER {name}"
        actors = ("caseworker", "supervisor", "registrar", "planner", "administrator")
        yield Mutation(f"trigger {table}.{name} off", do, undo, actors, (table,))


TELLING = ("person", "fact", "contact", "service_plan", "draft", "care_team_member", "staff",
           "population", "person_search", "change_log", "erasure", "audit")  # fmt: skip
"""Tables in which a weakened function shows: one of each class, and those it writes."""

CONDITIONS = {
    "my_account": [
        (" AND a.closed_at IS NULL", ""),
        ("s.active_to >= today", "true"),
        ("a.login = session_user", "a.login = current_setting('app.user', true)"),
        ("LIKE 'read %'", "LIKE '%'"),
    ],
    "read_persons": [
        (" AND a.closed_at IS NULL", ""),
        ("s.active_to >= today", "true"),
        ("m.superseded_at IS NULL", "true"),
        ("m.valid_to >= today", "true"),
        ("LIKE 'read %'", "LIKE '%'"),
    ],
    "my_units": [
        ("JOIN below b ON o.parent_id = b.id", "JOIN below b ON true"),
        ("SELECT me.unit_id", "SELECT id FROM public.organisation"),
        ("me.role IS DISTINCT FROM 'supervisor'", "false"),
    ],
    "sees_whole": [
        ("me.role IS DISTINCT FROM 'supervisor'", "false"),
        ("me.unit_id IS NULL", "true"),
    ],
    "my_person_marks": [("WHERE p.unit_id = ANY(units)", "")],
    "my_contact_marks": [
        ("WHERE a.person_id = ANY(persons)", ""),
        ("WHERE a.person_id IN (SELECT access.unit_persons())", ""),
    ],
    "my_persons": [
        ("m.staff_id = me.staff_id AND ", ""),
        ("m.superseded_at IS NULL", "true"),
        ("m.valid_to >= today", "true"),
    ],
    "may_write": [
        ("m.staff_id = me.staff_id AND ", ""),
        ("m.superseded_at IS NULL", "true"),
        ("m.valid_to >= today", "true"),
        ("COALESCE(p.unit_id, 0) = ANY(units)", "true"),
        ("RETURN false", "RETURN true"),
    ],
    "unit_persons": [("WHERE p.unit_id = ANY(units)", "")],
    "unit_staff": [("COALESCE(s.unit_id, 0) = ANY(units)", "true")],
    "glass_persons": [("g.login = me.login AND ", ""), ("g.until > now()", "true")],
    "has_nobody": [("NOT EXISTS", "EXISTS"), ("access.at_work()", "true")],
    "all_handed_in": [("NOT EXISTS", "EXISTS"), ("access.at_work()", "true")],
    "may_reveal": [("person = ANY(access.read_persons())", "true")],
    "masked_numbers": [(" AND access.may_reveal(person)", "")],
    "reveal_number": [(" OR NOT access.may_reveal(held.person_id)", "")],
    "reveal_phones": [("NOT (access.may_write(person) OR access.may_reveal(person))", "false")],
    "count_reveal": [(">= 30", ">= 1000")],
    "require_reason": [("< 2", "< 0")],
    "set_number": [(" OR NOT access.may_write(person)", "")],
    "break_glass": [("NOT IN ('caseworker', 'supervisor')", "IS NULL"), ("LEAST(", "GREATEST(")],
    "glass_told": [("COALESCE(p.unit_id, 0) = ANY(access.my_units())", "true")],
    "glass_seen": [("g.login <> session_user", "true")],
    "clear_population": [("NOT IN ('caseworker', 'registrar', 'planner')", "IS NULL")],
    "kept_facts": [("CASE one.value WHEN '' THEN '' ELSE '*' END", "one.value")],
    "family": [("access.my_role() IS DISTINCT FROM 'supervisor'", "false")],
    "close_account": [("access.my_role() IS DISTINCT FROM 'administrator'", "false")],
    "accounts": [("NOT IN ('administrator', 'auditor')", "IS NULL")],
    "my_drafts": [("access.my_staff()", "'9050'")],
    "guard_plan": [
        ("RAISE EXCEPTION 'this step is for a supervisor'", "RAISE NOTICE 'this step'"),
        ("RAISE EXCEPTION 'a plan begins as a draft'", "RAISE NOTICE 'a plan'"),
        ("NEW.decided_by := access.my_name()", "NULL"),
    ],
    "fill_search": [("IF access.at_work()", "IF false")],
    "count_about": [("access.my_role() = 'supervisor' AND access.may_write(whose)", "true")],
    "copy_about": [
        ("(access.my_role() = 'caseworker' AND access.may_write(whose))", "true"),
        ("access.require_reason(reason)", "reason"),
    ],
    "erase": [
        ("AND access.may_write(whose)", ""),
        ("access.my_staff() <> asked.asked_by_id", "true"),
        ("RAISE EXCEPTION 'the person is in care'", "RAISE NOTICE 'in care'"),
    ],
    "reaches_beyond": [
        ("access.my_role() IS DISTINCT FROM 'caseworker'", "false"),
        ("RETURN mine", "RETURN ARRAY(SELECT id FROM public.person)"),
    ],
    "open_spouse": [(" OR NOT access.may_write(held.person_id)", "")],
    "drop_rows": [("access.my_role() IS DISTINCT FROM 'registrar'", "false")],
    "reading_of": [("COALESCE(access.may_write(one.person_id)", "COALESCE(true")],
    "reveals_told": [("COALESCE(p.unit_id, 0) = ANY(access.my_units())", "true")],
    "past_their_time": [("NOT IN ('supervisor', 'administrator', 'registrar')", "IS NULL")],
    "guard_moved": [("access.my_role() = 'registrar'", "false")],
    "guard_dropped": [("access.my_role() = 'registrar'", "false")],
    "guard_task": [("who IN ('registrar', 'planner')", "false")],
    "measure_reach": [("access.my_role() IS DISTINCT FROM 'planner'", "false")],
    "next_version": [("access.my_role() IS DISTINCT FROM 'supervisor'", "false")],
}
"""Conditions within functions, and what stands there once they are weakened."""


ELSEWHERE = {
    "rules of acting_now off": "nobody holds a right to the table",
    "rules of audit_seal off": "nobody holds a right to the table",
    "rules of distinct_pair off": "only registrars hold rights, and see it all",
    "rules of person_identifier off": "only registrars hold rights, and see it all",
    "rules of planning_now off": "nobody holds a right to the table",
    "INSERT on person_search to caseworker": "a trigger writes the number",
    "policy erasure.change_supervisor WITH CHECK true": "access.erase asks who asked",
    "policy opinion.change_registrar WITH CHECK true": "a registrar changes the row of anybody",
    "policy wish.change_registrar WITH CHECK true": "a registrar changes the row of anybody",
    "trigger person_search.access_fill_search off": "nobody may send a number",
    "trigger person_search.access_guard_moved off": "its key is the person",
    "trigger service_plan.access_guard_moved off": "its key refuses a second version",
    "function all_handed_in, condition 1": "test_journeys: a sheet is dark",
    "function all_handed_in, condition 2": "test_journeys: a sheet is dark",
    "function erase, condition 1": "access.count_about asks it again",
    "function family, condition 1": "whoever else may write reads it anyhow",
    "function fill_search, condition 1": "nobody may send a number",
    "function glass_persons, condition 1": "test_between: what one broke oneself",
    "function glass_persons, condition 2": "test_between: while it lasts",
    "function glass_seen, condition 1": "test_between: nobody takes note of the own glass",
    "function has_nobody, condition 2": "test_between: at work alone",
}
"""Weakenings that neither matrix nor attacks notice: what holds, or why nobody can do more."""


def _of_functions(connection: psycopg.Connection) -> Iterator[Mutation]:
    rows = connection.execute(
        "SELECT proname, pg_get_functiondef(oid), oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace = 'access'::regnamespace ORDER BY proname"
    ).fetchall()
    for name, told, signature in rows:
        for place, (old, new) in enumerate(CONDITIONS.get(name, ())):
            if old not in told:
                raise LookupError(f"{name} no longer says {old}")
            weak = told.replace(old, new)
            label = f"function {name}, condition {place + 1}"
            yield Mutation(label, weak, told, ACTORS, TELLING)
        if name in ("note", "may_reveal"):
            grant = f"GRANT EXECUTE ON FUNCTION {signature} TO PUBLIC"
            back = f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC"
            yield Mutation(f"function {name} for all", grant, back, ("analyst",), ("person",))


def _of_roles() -> Iterator[Mutation]:
    for role in GROUPS:
        name = group(role)
        yield Mutation(
            f"{role} a keeper",
            f"GRANT casework_keeper TO {name}",
            f"REVOKE casework_keeper FROM {name}",
            (role,),
            ("person", "person_identifier"),
        )
    yield Mutation(
        "caseworker a supervisor",
        "GRANT casework_supervisor TO casework_caseworker",
        "REVOKE casework_supervisor FROM casework_caseworker",
        ("caseworker",),
        (),
    )
