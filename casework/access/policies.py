"""The SQL of the rules: grants by column, row-level policies and triggers, made from the classes.

Decides which policy, grant and function each class of `classes.toml` has in PostgreSQL; leaves the
conditions of rows to `seeing` and `writing`, triggers to `stamping`, and who somebody is and whom
they look after to the functions of ``functions.sql``. Everything is made anew by every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Table

from casework.access.classes import (
    GROUPS,
    PEOPLE,
    WIDE,
    TableClass,
    all_tables,
    changeable,
    private_facts,
    table_classes,
)
from casework.access.seeing import mostly, readable, seen, seen_first
from casework.access.stamping import stamps, triggers
from casework.access.whole_person import whole_person
from casework.access.writing import (
    row_changed,
    row_written,
    tables_of_units,
    tables_referred_to,
    writers,
)

__all__ = ["KEEPER", "ORACLES", "group", "rules_of", "statements"]

KEEPER = "casework_keeper"
"""Owns the functions; cannot log in, and may only do what they do."""
ORACLES = ("ix_person_name", "ix_person_born_on_earliest", "ix_person_identifier_normal")
"""Indexes by which a plan or its time would tell whether somebody is there."""
# What tells who somebody is, or what was said: the server keeps no statistics of it, for its guess
# of how many rows are like something would tell what is in them.
_TELLING = frozenset({
    "name", "name_pinyin", "name_initials", "pinyin", "initials", "born_on_earliest",
    "born_on_latest", "value", "normal", "resident_id", "note", "phone", "phones", "address",
    "place", "unit", "close_note", "visits", "informant", "unable_reason", "recipient_name",
    "decider_name", "witness", "notice", "reason", "detail", "asker_name", "answer",
    "declined_reason", "text", "closing_note", "disposition", "title", "comment",
    "deviation_reason", "measure", "outcome", "summary", "withdrawn_reason", "heard",
    "not_reached_reason", "reporter", "wish", "served_by", "rating_note", "end_reason", "payee",
    "situation", "evidence", "decision_reason", "vendor", "carrier", "left_out_reason", "message",
    "subject", "birth_reason", "authority", "outside_ref", "caption", "image", "welcome",
})  # fmt: skip
# Who signs for what is a member of staff: the own number, and the other signature left open.
_SIGNED = {
    "erasure": (
        "asked_by_id = (SELECT access.my_staff()) AND confirmed_by_id IS NULL "
        "AND declined_by_id IS NULL AND trace IS NULL",
        "declined_by_id = (SELECT access.my_staff())",
    ),
}
_MOST_MARKS = 134_217_727  # elements that an array of the server can have
_CLIENT = ("caseworker", "supervisor", "administrator", "registrar")
_SETTLES = ("caseworker", *WIDE)
_FILES = ("supervisor", "registrar")
_FIRST = (
    "acts_as(text)", "my_person_keys()", "my_person_marks()", "my_unit_keys()", "my_glass_keys()",
    "my_own_keys()", "my_dark_rounds()",
)  # fmt: skip
_FUNCTIONS_FOR_ALL = (
    "today()", "my_account()", "my_role()", "my_staff()", "at_work()", "my_name()", "my_units()",
    "sees_whole()", "my_persons()", "glass_persons()", "read_persons()", "unit_persons()",
    "reach()", "unit_staff(integer)", "may_write(integer)", "my_drafts()", "has_nobody(integer)",
    "all_handed_in(text)",
    "require_reason(text)", *_FIRST,
)  # fmt: skip
_ASKED_ONCE = (
    "today()", "my_account()", "my_role()", "my_staff()", "my_name()", "at_work()", "my_units()",
    "sees_whole()", "my_persons()", "glass_persons()", "read_persons()", "unit_persons()",
    "my_drafts()", "reach()", *_FIRST,
)  # fmt: skip
_FUNCTIONS_FOR = {
    "masked_numbers(integer)": (*PEOPLE, "registrar"),
    "reveal_number(integer, text)": (*PEOPLE, "registrar"),
    "reveal_phones(integer, text)": PEOPLE,
    "set_number(integer, text, text, text, text, text)": ("caseworker",),
    "break_glass(integer, text, integer)": PEOPLE,
    "open_spouse(integer, text, text)": ("caseworker",),
    "reaches_beyond(text[])": ("caseworker",),
    "glass_told()": ("supervisor",),
    "glass_seen(bigint)": ("supervisor",),
    "reveals_told(date)": ("supervisor",),
    "reading_of(bigint)": (*PEOPLE, "auditor", "registrar"),
    "count_about(integer)": _FILES,
    "copy_about(integer, text)": ("caseworker", *_FILES),
    "erase(integer)": ("supervisor",),
    "past_their_time(text, timestamp with time zone)": ("supervisor", "administrator", "registrar"),
    "drop_rows(text, integer[])": ("registrar",),
    "clear_population(integer[])": _SETTLES,
    "next_version(integer[])": ("supervisor",),
    "measure_reach()": ("planner",),
    "kept_facts(integer)": ("supervisor",),
    "family(integer)": ("supervisor",),
    "drop_draft(text, text)": _CLIENT,
    "later_changes(text, integer, text)": PEOPLE,
    "rows_of_my_act(bigint)": PEOPLE,
    "close_account(name)": ("administrator",),
    "accounts()": ("administrator", "auditor"),
    "released()": ("analyst", "supervisor"),
}


def group(role: str) -> str:
    """Name the group role of the server that stands for a role."""
    return f"casework_{role}"


def statements(tables: str, database: str) -> Iterator[str]:
    """Give all statements, in order.

    Parameters
    ----------
    tables, database : str
        Schema of the tables and name of the database, as the server quotes them.
    """
    yield from _roles(tables, database)
    yield Path(__file__).with_name("large_objects.sql").read_text(encoding="utf-8")
    yield "SET LOCAL check_function_bodies = off"  # they call each other
    yield _WITHOUT_FUNCTIONS
    text = Path(__file__).with_name("functions.sql").read_text(encoding="utf-8")
    private = ", ".join(f"'{code}'" for code in private_facts())
    roles = ", ".join(f"'{role}'" for role in GROUPS)
    text = text.replace("@private@", private).replace("@roles@", roles)
    yield (text + whole_person()).replace("@tables@", tables)
    yield from writers(tables)
    yield from _markers(tables)
    yield from _beside_workers()
    yield from stamps()
    yield from _functions(tables)
    for name in table_classes():
        yield from rules_of(name, tables)
    yield from triggers(tables)
    for index in ORACLES:
        yield f"DROP INDEX IF EXISTS {tables}.{index}"
    # What a fact says is in the index to be read, not to be looked for: that would tell who has it.
    yield (
        "DO $$ BEGIN IF (SELECT indnkeyatts FROM pg_index WHERE indexrelid = "
        f"to_regclass('{tables}.ix_fact_code_person')) > 2 THEN "
        f"DROP INDEX {tables}.ix_fact_code_person; "
        f"CREATE INDEX ix_fact_code_person ON {tables}.fact (code, person_id) "
        "INCLUDE (value, superseded_at, valid_from, valid_to, verified_on); END IF; END $$"
    )


# An older version's functions, with the policies and triggers that ask them; all are made anew.
_WITHOUT_FUNCTIONS = (
    "DO $$ DECLARE one regprocedure; BEGIN FOR one IN SELECT p.oid FROM pg_proc p "
    "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'access' LOOP "
    "EXECUTE format('DROP FUNCTION %s CASCADE', one); END LOOP; END $$"
)


def _roles(tables: str, database: str) -> Iterator[str]:
    for name in (KEEPER, *map(group, GROUPS)):
        # Two workbooks of one server may be made at the same moment.
        yield (
            f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
            "NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    yield (
        f"DO $$ BEGIN IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) "
        f"THEN GRANT {KEEPER} TO CURRENT_USER; END IF; END $$"
    )
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    # Plans are set aside in temporary tables before they are written. They shadow nothing: rules
    # and functions name their tables in full, and no trigger function may be put on them.
    yield f"GRANT TEMPORARY ON DATABASE {database} TO {_listed(_SETTLES)}"
    yield f"REVOKE ALL ON SCHEMA {tables} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {tables} TO {_listed(GROUPS)}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {tables} TO {KEEPER}"
    yield f"GRANT CREATE ON DATABASE {database} TO {KEEPER}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {tables} FROM PUBLIC, {_listed(GROUPS)}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {tables} FROM PUBLIC, {_listed(GROUPS)}"
    everything = "SELECT, INSERT, UPDATE, DELETE, REFERENCES"
    yield f"GRANT {everything} ON ALL TABLES IN SCHEMA {tables} TO {KEEPER}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {tables} TO {KEEPER}"
    yield "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"


def _functions(tables: str) -> Iterator[str]:
    """Give the functions to the keeper, and each to those who may call it."""
    yield (
        "DO $$ DECLARE one regprocedure; t regclass; BEGIN "
        "FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'access'::regnamespace LOOP "
        f"EXECUTE format('ALTER FUNCTION %s OWNER TO {KEEPER}', one); "
        f"EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, {_listed(GROUPS)}', one); "
        "END LOOP; "
        "FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace IN "
        "('access'::regnamespace, 'release'::regnamespace) LOOP "
        f"EXECUTE format('ALTER TABLE %s OWNER TO {KEEPER}', t); "
        f"EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, {_listed(GROUPS)}', t); "
        "END LOOP; END $$"
    )
    # What notes whom a change concerns, the audit, what enters a payment at its budget and what
    # asks for a consent: they write where one may not, or ask what one may not see.
    # Nobody puts them on a table of the own: that would write what one likes. None looks where
    # somebody has put a temporary table of the same name.
    yield (
        "DO $$ DECLARE one regprocedure; named name; BEGIN "
        "FOR one, named IN SELECT oid, proname FROM pg_proc "
        "WHERE proname ~ '^(note|audit|guard|money|pairs)_' "
        f"AND pronamespace = '{tables}'::regnamespace LOOP "
        "IF named ~ '^(note|guard|money|pairs)_' THEN "
        "EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, "
        f"{tables}, pg_temp', one); END IF; "
        "IF named ~ '^(note|guard|money)_' THEN "
        "EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', one); END IF; "
        f"EXECUTE format('ALTER FUNCTION %s OWNER TO {KEEPER}', one); "
        f"EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, {_listed(GROUPS)}', one); "
        "END LOOP; END $$"
    )
    readers = _listed(("analyst", "supervisor"))
    yield f"GRANT USAGE ON SCHEMA release TO {readers}"
    yield "CREATE OR REPLACE VIEW release.latest AS SELECT * FROM access.released()"
    yield f"ALTER VIEW release.latest OWNER TO {KEEPER}"
    yield f"GRANT SELECT ON release.latest TO {readers}"
    yield f"GRANT USAGE ON SCHEMA access TO {_listed(GROUPS)}"
    readers = _listed((*PEOPLE, "registrar"))
    yield f"GRANT EXECUTE ON FUNCTION {tables}.audit_reading(integer, text) TO {readers}"
    for one in _FUNCTIONS_FOR_ALL:
        yield f"GRANT EXECUTE ON FUNCTION access.{one} TO {_listed(GROUPS)}"
    for one, roles in _FUNCTIONS_FOR.items():
        yield f"GRANT EXECUTE ON FUNCTION access.{one} TO {_listed(roles)}"
    for name in (*tables_referred_to(), *tables_of_units()):
        yield f"GRANT EXECUTE ON FUNCTION access.writes_{name}(integer) TO {_listed(PEOPLE)}"
    for name in _parents():
        yield f"GRANT EXECUTE ON FUNCTION access.my_{name}_marks() TO {_listed(PEOPLE)}"


def rules_of(name: str, tables: str) -> Iterator[str]:
    """Give grants and policies of one table, after taking away those it had."""
    one, table = table_classes()[name], all_tables()[name]
    full = f"{tables}.{name}"
    yield (
        "DO $$ DECLARE one name; BEGIN FOR one IN SELECT polname FROM pg_policy "
        f"WHERE polrelid = '{full}'::regclass LOOP "
        f"EXECUTE format('DROP POLICY %I ON {full}', one); END LOOP; END $$"
    )
    yield from _unmeasured(one, table, full)
    yield f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {full} FORCE ROW LEVEL SECURITY"
    # The owner looks after the whole workbook; a superuser does so anyhow.
    yield (
        "DO $$ BEGIN EXECUTE format('CREATE POLICY whole ON "
        f"{full} TO %I USING (true) WITH CHECK (true)', (SELECT pg_get_userbyid(relowner) "
        f"FROM pg_class WHERE oid = '{full}'::regclass)); END $$"
    )
    yield f"CREATE POLICY keeper ON {full} TO {KEEPER} USING (true) WITH CHECK (true)"
    for role in GROUPS:
        yield from _reading(one, table, role, full)
        yield from _adding(one, table, role, full)
        yield from _changing(one, role, full)


def _unmeasured(one: TableClass, table: Table | None, full: str) -> Iterator[str]:
    """Keep no statistics of words, and forget those that an older version let the server make.

    They stay until somebody deletes them, which only a superuser may, or a column is given a type:
    the same one will do, and moves no row. That a column has some is hidden while rules of rows are
    forced on the owner, and it can be given none while a policy asks for it.
    """
    words = [] if one.kind == "reference" or table is None else [
        column.name for column in table.columns if column.name in _TELLING
    ]  # fmt: skip
    if not words:
        return
    for column in words:
        yield f'ALTER TABLE {full} ALTER COLUMN "{column}" SET STATISTICS 0'
    yield f"ALTER TABLE {full} NO FORCE ROW LEVEL SECURITY"
    listed = ", ".join(f"'{column}'" for column in words)
    yield (
        "DO $$ DECLARE one record; BEGIN FOR one IN "
        "SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind, "
        "CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE '"
        " || a.attcollation::regcollation ELSE '' END AS sorted "
        "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        f"WHERE a.attrelid = '{full}'::regclass AND a.attname IN ({listed}) AND EXISTS "
        "(SELECT 1 FROM pg_stats s JOIN pg_class c ON c.relname = s.tablename "
        "JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = s.schemaname "
        "WHERE c.oid = a.attrelid AND s.attname = a.attname) LOOP "
        f"EXECUTE format('ALTER TABLE {full} ALTER COLUMN %I TYPE %s%s', one.name, one.kind, "
        "one.sorted); END LOOP; END $$"
    )


def _reading(one: TableClass, table: Table | None, role: str, full: str) -> Iterator[str]:
    columns = readable(one, table, role)
    if columns is None:
        return
    listed = f" ({', '.join(map(_quoted, columns))})" if columns else ""
    yield f"GRANT SELECT{listed} ON {full} TO {group(role)}"
    for number, using in enumerate(seen(one, role)):
        yield _policy(
            full, "read" if number == 0 else f"read_{number}", role, "SELECT", using=using
        )
    first = seen_first(one, role)
    if first:
        # Of a login in two groups, the other one's rule decides; asked once a row is not seen.
        told = f"CASE WHEN {first} THEN true ELSE NOT (SELECT access.acts_as('{role}')) END"
        told = mostly(told) if role == "supervisor" else told
        yield _policy(full, "first", role, "SELECT", using=told, kind="RESTRICTIVE")


def _adding(one: TableClass, table: Table | None, role: str, full: str) -> Iterator[str]:
    if role not in one.insert or table is None:
        return
    hidden = one.hidden.get(role, ())
    columns = [_quoted(column.name) for column in table.columns if column.name not in hidden]
    listed = f" ({', '.join(columns)})" if hidden else ""
    yield f"GRANT INSERT{listed} ON {full} TO {group(role)}"
    if "id" in table.c:
        yield f"GRANT USAGE ON SEQUENCE {full}_id_seq TO {group(role)}"
    check = row_written(one, table, role)
    if one.name in _SIGNED:
        check += f" AND {_SIGNED[one.name][0]}"
    if one.name in ("person", *_parents()):
        # Rows are marked by number: one far beyond would end that, and one below zero has no mark.
        given = f"pg_sequence_last_value('{full}_id_seq'::regclass)"
        check += f" AND id >= 1 AND id <= {given} AND id <= {_MOST_MARKS}"
    yield _policy(full, "add", role, "INSERT", check=check)


def _changing(one: TableClass, role: str, full: str) -> Iterator[str]:
    columns, table = changeable(one, role), all_tables()[one.name]
    if not columns or table is None:
        return
    yield f"GRANT UPDATE ({', '.join(map(_quoted, columns))}) ON {full} TO {group(role)}"
    check = row_written(one, table, role)
    if one.name in _SIGNED and role not in WIDE:
        check += f" AND {_SIGNED[one.name][1]}"
    yield _policy(full, "change", role, "UPDATE", using=row_changed(one, role), check=check)


def _beside_workers() -> Iterator[str]:
    """Let large reads be shared among workers: the functions are asked once, by the leader."""
    for one in (*_ASKED_ONCE, *(f"my_{parent}_marks()" for parent in _parents())):
        yield f"ALTER FUNCTION access.{one} PARALLEL RESTRICTED"


def _parents() -> list[str]:
    """Name the tables through which others name their persons."""
    known = [one for one in table_classes().values() if one.via]
    return sorted({one.name if one.kind == "contact" else one.via[1] for one in known if one.via})


def _markers(tables: str) -> Iterator[str]:
    """Give a function for each table that names the persons of others: which of its rows are seen.

    None is given where all are.
    """
    for parent in _parents():
        whole = f"{tables}.{parent}"
        nobody = table_classes()[parent].nobody
        if parent == "contact":
            about = f"{tables}.contact_person"
            # Of those that name nobody yet, which everybody at work sees for an hour.
            nobodys = (
                f"SELECT c.id FROM (SELECT id, recorded_at FROM {whole} ORDER BY id DESC LIMIT 200)"
                " c WHERE c.recorded_at > now() - interval '1 hour' AND access.has_nobody(c.id)"
            )
        else:
            about = whole
            nobodys = f"SELECT c.id FROM {whole} c WHERE c.person_id IS NULL AND access.at_work()"
            if nobody == "author":
                nobodys += " AND c.recorded_by = access.my_name()"
        column = "contact_id" if parent == "contact" else "id"
        also = f" UNION ALL {nobodys}" if nobody or parent == "contact" else ""
        mine = f"SELECT a.{column} FROM {about} a WHERE a.person_id"
        yield (
            f"CREATE OR REPLACE FUNCTION access.my_{parent}_marks() RETURNS boolean[] "
            "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ "
            "DECLARE role text := access.my_role(); marks boolean[]; persons integer[]; "
            "one integer; BEGIN "
            "IF role = 'supervisor' AND access.sees_whole() THEN RETURN NULL; END IF; "
            f"marks := array_fill(false, ARRAY[COALESCE((SELECT max(id) FROM {whole}), 0)]); "
            "IF role = 'caseworker' THEN persons := access.read_persons(); "
            f"FOR one IN {mine} = ANY(persons){also} LOOP marks[one] := true; END LOOP; "
            # Thousands: to be looked up at once, and not one after the other.
            "ELSIF role = 'supervisor' THEN "
            f"FOR one IN {mine} IN (SELECT access.unit_persons()){also} "
            "LOOP marks[one] := true; END LOOP; END IF; "
            "RETURN marks; END $$"
        )


def _policy(
    full: str,
    name: str,
    role: str,
    command: str,
    *,
    using: str = "",
    check: str = "",
    kind: str = "PERMISSIVE",
) -> str:
    told = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    return f"CREATE POLICY {name}_{role} ON {full} AS {kind} FOR {command} TO {group(role)}{told}"


def _quoted(column: str) -> str:
    return f'"{column}"'


def _listed(roles: Sequence[str]) -> str:
    return ", ".join(map(group, roles))
