"""What the catalogue of the server says of the rules, as lines that a person can review.

``python -m tests.access.catalogue`` writes the reviewed file anew: look at the difference before it
is committed.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from casework.access.classes import GROUPS
from casework.access.policies import group

REVIEWED = Path(__file__).with_name("catalogue.txt")

_ROLES = ", ".join(f"'{name}'" for name in ("casework_keeper", *map(group, GROUPS)))

_QUERIES = (
    f"SELECT 'role ' || rolname || concat_ws(' ', '', CASE WHEN rolsuper THEN 'SUPER' END, "
    "CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END, "
    "CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END, "
    f"CASE WHEN rolcanlogin THEN 'LOGIN' END) FROM pg_roles WHERE rolname IN ({_ROLES})",
    f"SELECT 'member ' || pg_get_userbyid(member) || ' of ' || pg_get_userbyid(roleid) "
    f"FROM pg_auth_members WHERE pg_get_userbyid(member) IN ({_ROLES})",
    "SELECT 'schema ' || nspname || ' ' || array_to_string(nspacl, ' ') FROM pg_namespace "
    "WHERE nspname IN ('public', 'access', 'release')",
    "SELECT 'table ' || relname || ' rls=' || relrowsecurity || ' forced=' || relforcerowsecurity "
    "|| ' ' || array_to_string(relacl, ' ') FROM pg_class "
    "WHERE relnamespace IN ('public'::regnamespace, 'access'::regnamespace, "
    "'release'::regnamespace) AND relkind IN ('r', 'v')",
    # The columns that may not be changed: a new one that may is no news here.
    "SELECT 'columns ' || c.relname || ' ' || r.rolname || ' ' || kind || ' but ' || "
    "string_agg(a.attname, ' ' ORDER BY a.attname) FILTER (WHERE NOT "
    "has_column_privilege(r.oid, c.oid, a.attnum, kind)) FROM pg_class c "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    f"JOIN pg_roles r ON r.rolname IN ({_ROLES}) "
    "CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) kind "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
    "GROUP BY c.relname, r.rolname, kind "
    "HAVING bool_or(has_column_privilege(r.oid, c.oid, a.attnum, kind)) "
    "AND NOT bool_and(has_column_privilege(r.oid, c.oid, a.attnum, kind))",
    "SELECT 'sequence ' || relname || ' ' || array_to_string(relacl, ' ') FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relacl IS NOT NULL",
    "SELECT 'policy ' || tablename || '.' || policyname || CASE permissive WHEN 'RESTRICTIVE' "
    "THEN ' as well' ELSE '' END || ' ' || cmd || ' to ' || "
    "array_to_string(roles, ',') || ' using ' || coalesce(qual, '-') || ' check ' || "
    "coalesce(with_check, '-') FROM pg_policies WHERE schemaname = 'public'",
    "SELECT 'function ' || p.oid::regprocedure::text || ' owner=' || pg_get_userbyid(proowner) || "
    "' definer=' || prosecdef || ' ' || coalesce(array_to_string(proconfig, ' '), '-') || ' ' || "
    "coalesce(array_to_string(proacl, ' '), '-') || ' ' || md5(prosrc) FROM pg_proc p "
    "WHERE pronamespace = 'access'::regnamespace OR proname ~ '^(note|money)_'",
    "SELECT 'trigger ' || tgrelid::regclass::text || '.' || tgname || ' ' || "
    "tgenabled::text || ' ' || tgfoid::regproc::text || ' ' || tgtype "
    "FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'database ' || array_to_string(ARRAY(SELECT one::text FROM unnest(datacl) one "
    "WHERE one::text LIKE '=%' OR one::text LIKE 'casework\\_%'), ' ') FROM pg_database "
    "WHERE datname = current_database()",
)


def catalogue(connection: psycopg.Connection) -> list[str]:
    """Read all that grants or refuses anything, sorted."""
    lines: list[str] = []
    for query in _QUERIES:
        found = connection.execute(query).fetchall()  # type: ignore[arg-type]
        lines += [" ".join(str(line).split()) for (line,) in found if line]
    return sorted(lines)


def main() -> None:
    """Write the reviewed file from a workbook made for it."""
    from tests.access.world import make_world
    from tests.servers import a_postgres_server

    with a_postgres_server() as server, make_world(server).owner() as connection:
        REVIEWED.write_text("\n".join(catalogue(connection)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
