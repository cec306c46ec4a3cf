"""Functions over everything that is held about one person: counted, copied, erased by two.

Decides how the list of holdings reads as functions of PostgreSQL, so that a copy and an erasure
are complete though nobody who asks for them may read or delete all of it. Leaves which tables hold
what, and what erasure does with them, to `casework.records.holdings`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, literal_column, or_, select
from sqlalchemy.dialects import postgresql

from casework.records import Base
from casework.records.audit import AUDITED, audit
from casework.records.holdings import ERASED, FORM_FIELDS, HOLDINGS, Holding, rows_about

__all__ = ["whole_person"]

# Rendered, `column IN (SELECT unnest(the_ids))`: conditions of the holdings take any collection.
_WHOM = cast(Collection[int], [literal_column("SELECT unnest(the_ids)")])
_HEAD = "SECURITY DEFINER SET search_path = pg_catalog, @tables@, pg_temp AS $$"
_FILES = "access.my_role() = 'supervisor' AND access.may_write(whose)"


def whole_person() -> str:
    """Give the statements that make the functions; ``@tables@`` stands for the schema."""
    return "\n".join(one.strip() + ";" for one in _functions())


def _functions() -> Iterator[str]:
    yield _RECORDS
    yield _COUNTS.format(head=_HEAD, files=_FILES, counts=",\n    ".join(_counts()))
    yield _COPY.format(head=_HEAD, files=_FILES, rows="\n  UNION ALL ".join(_copies()))
    yield _ERASE.format(
        head=_HEAD,
        erased=_text(ERASED),
        known=_sql(_entries_about()),
        fates=",\n    ".join(f"('{one.table}', '{one.fate}')" for one in HOLDINGS),
        emptied="\n  ".join(_emptied()),
        taken="\n  ".join(_taken()),
        nameless=_set(next(one for one in HOLDINGS if one.table == "person").emptied),
    )


def _of(one: Holding) -> str:
    if one.table == "draft":
        return _DRAFTS
    return _sql(rows_about(one.table, _WHOM))


def _counts() -> Iterator[str]:
    for one in HOLDINGS:
        if one.table != "audit":
            counted = f"SELECT count(*) FROM {one.table} WHERE {_of(one)}"  # noqa: S608
            yield f"'{one.table}', ({counted})"


def _copies() -> Iterator[str]:
    for one in HOLDINGS:
        name, key = one.table, Base.metadata.tables[one.table].primary_key
        ordered = ", ".join(column.name for column in key)
        rows = f"FROM {name} WHERE {_of(one)} ORDER BY {ordered}"
        held = f"'{name}'::text, to_jsonb({name})"
        yield f"SELECT * FROM (SELECT {held} {rows}) {name}_rows"  # noqa: S608


def _emptied() -> Iterator[str]:
    for one in HOLDINGS:
        if one.fate == "blank" and one.emptied and one.table != "person":
            yield f"UPDATE {one.table} SET {_set(one.emptied)} WHERE {_of(one)};"  # noqa: S608


def _taken() -> Iterator[str]:
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    for one in sorted(HOLDINGS, key=lambda held: -order[held.table]):
        if one.fate == "delete":
            yield f"DELETE FROM {one.table} WHERE {_of(one)};"  # noqa: S608


def _entries_about() -> ColumnElement[bool]:
    """Tell which entries of the audit are about rows that are about these persons."""
    tables = {one.table: Base.metadata.tables[one.table] for one in AUDITED}
    rows = (
        and_(
            audit.c.kind == one.table,
            audit.c.row_id.in_(select(tables[one.table].c.id).where(rows_about(one.table, _WHOM))),
        )
        for one in HOLDINGS
        if one.table in tables
    )
    return or_(audit.c.person_id.in_(_WHOM), *rows)


def _set(values: Any) -> str:
    return ", ".join(
        f'"{name}" = {"NULL" if value is None else _text(value)}' for name, value in values.items()
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _sql(condition: ColumnElement[bool]) -> str:
    compiled = condition.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return str(compiled).replace("%%", "%")


_WHO = " UNION ALL ".join(
    f"SELECT jsonb_path_query(draft.values, '$.**.\"{name}\"')" for name in sorted(FORM_FIELDS)
)
# What a form left half filled is about stands in its subject, or where it names persons.
_DRAFTS = f"""(
    string_to_array(replace(draft.subject, ' ', ''), ',') && the_ids::text[]
    OR EXISTS (SELECT 1 FROM ({_WHO}) AS named(entered),
        jsonb_path_query(named.entered, '$.**') AS part
      WHERE (jsonb_typeof(part) IN ('string', 'number') AND part #>> '{{}}' = ANY(the_ids::text[]))
        OR (jsonb_typeof(part) = 'object' AND part ?| the_ids::text[])))"""  # noqa: S608

_RECORDS = """
-- The numbers of all records of one person: this one and those that came into it.
CREATE OR REPLACE FUNCTION access.records_of(whose integer) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE came(id) AS (
    SELECT whose UNION SELECT p.id FROM @tables@.person p JOIN came c ON p.merged_into_id = c.id
  ) SELECT array_agg(id ORDER BY id) FROM came
$$
"""

_COUNTS = """
-- How many rows each table holds about a person, for whoever thinks of erasing them.
CREATE OR REPLACE FUNCTION access.count_about(whose integer) RETURNS jsonb
LANGUAGE plpgsql STABLE {head}
DECLARE
  the_ids integer[] := access.records_of(whose);
BEGIN
  IF NOT COALESCE({files} OR access.my_role() = 'registrar', false) THEN
    RAISE EXCEPTION 'no such person' USING ERRCODE = '42501';
  END IF;
  RETURN jsonb_build_object(
    {counts});
END $$
"""

_COPY = """
-- A copy of everything about a person, to be handed over: their right, for a reason, written down.
CREATE OR REPLACE FUNCTION access.copy_about(whose integer, reason text)
RETURNS TABLE (holding text, held jsonb)
LANGUAGE plpgsql {head}
DECLARE
  why text := access.require_reason(reason);
  the_ids integer[] := access.records_of(whose);
BEGIN
  IF NOT COALESCE({files} OR access.my_role() = 'registrar'
      OR (access.my_role() = 'caseworker' AND access.may_write(whose)), false) THEN
    RAISE EXCEPTION 'no such person' USING ERRCODE = '42501';
  END IF;
  PERFORM access.note('export_person', whose, jsonb_build_object('reason', why));
  RETURN QUERY {rows};
END $$
"""

_ERASE = """
-- Erase everything about a person that somebody else has asked for. Who asks cannot confirm, nobody
-- in care is erased, and what is left is a count.
CREATE OR REPLACE FUNCTION access.erase(which integer) RETURNS jsonb
LANGUAGE plpgsql {head}
DECLARE
  asked erasure;
  whose integer;
  the_ids integer[];
  names text[];
  kept jsonb := '[]';
  counted jsonb;
  told jsonb;
  one record;
  spelled text;
  acting text := current_setting('casework.act', true);
  its_act bigint := (random() * 4611686018427387903)::bigint;
BEGIN
  SELECT * INTO asked FROM erasure e WHERE e.id = which
    AND e.confirmed_at IS NULL AND e.declined_at IS NULL FOR UPDATE;
  whose := asked.person_id;
  IF NOT COALESCE(access.my_role() = 'supervisor' AND access.may_write(whose)
      AND access.my_staff() <> asked.asked_by_id, false) THEN
    RAISE EXCEPTION 'a second person confirms it' USING ERRCODE = '42501';
  END IF;
  IF (SELECT p.died_on IS NULL FROM person p WHERE p.id = whose) AND EXISTS (
      SELECT 1 FROM case_file c WHERE c.person_id = whose
        AND (c.opened_on IS NULL OR c.opened_on <= access.today())
        AND (c.closed_on IS NULL OR c.closed_on >= access.today())) THEN
    RAISE EXCEPTION 'the person is in care' USING ERRCODE = '42501';
  END IF;
  -- What the audit writes down of all this has a number of its own, and loses its values.
  PERFORM set_config('casework.act', its_act::text, true);
  the_ids := access.records_of(whose);
  counted := access.count_about(whose);
  SELECT jsonb_object_agg(fate, tables) INTO told FROM (
    SELECT f.fate, COALESCE(jsonb_object_agg(c.key, c.value)
      FILTER (WHERE c.value IS NOT NULL AND c.value <> '0'), '{{}}') AS tables
    FROM (VALUES {fates}) AS f(name, fate)
    LEFT JOIN jsonb_each(counted) c ON c.key = f.name GROUP BY f.fate) t;
  SELECT array_agg(name ORDER BY length(name) DESC) INTO names FROM (
    SELECT p.name FROM person p WHERE p.id = ANY(the_ids)
    UNION SELECT a.name FROM alias a WHERE a.person_id = ANY(the_ids)) n WHERE name <> '';
  FOR one IN SELECT c.id, c.summary FROM contact c WHERE EXISTS (
      SELECT 1 FROM contact_person q WHERE q.contact_id = c.id AND q.person_id = ANY(the_ids))
    AND EXISTS (
      SELECT 1 FROM contact_person q WHERE q.contact_id = c.id AND q.person_id <> ALL(the_ids))
  LOOP
    FOREACH spelled IN ARRAY COALESCE(names, '{{}}') LOOP
      one.summary := replace(one.summary, spelled, {erased});
    END LOOP;
    kept := kept || jsonb_build_object('id', one.id, 'words', one.summary);
  END LOOP;
  WITH gone AS (
    UPDATE audit SET before = NULL, after = NULL, erased = its_act
    WHERE erased IS NULL AND (before IS NOT NULL OR after IS NOT NULL) AND ({known})
    RETURNING id
  ) UPDATE audit_seal s SET salt = '' FROM gone WHERE s.audit_id = gone.id;
  UPDATE related_person r SET other_person_id = NULL WHERE r.other_person_id = ANY(the_ids);
  {emptied}
  {taken}
  UPDATE contact c SET summary = k.words FROM jsonb_to_recordset(kept) AS k(id integer, words text)
  WHERE c.id = k.id;
  UPDATE person p SET withdrawn_at = date_trunc('second', now()), {nameless}
  WHERE p.id = ANY(the_ids);
  DELETE FROM population o WHERE o.person_id = ANY(the_ids);
  DELETE FROM population_due d WHERE d.person_id = ANY(the_ids);
  UPDATE erasure e SET confirmed_at = date_trunc('second', now()),
    confirmed_by_id = access.my_staff(), trace = told WHERE e.id = which;
  UPDATE audit SET before = NULL, after = NULL, erased = its_act
  WHERE act = its_act AND kind <> 'erasure' AND (before IS NOT NULL OR after IS NOT NULL);
  PERFORM set_config('casework.act', COALESCE(acting, ''), true);
  PERFORM access.note('erase', whose, jsonb_build_object('erasure', which));
  RETURN told;
END $$
"""
