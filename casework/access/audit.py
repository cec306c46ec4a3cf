"""The triggers that write the audit, in the transaction of the change itself, on both databases.

Decides how; what of which table is `casework.records.audit`. Nobody who writes can forget it, and
on PostgreSQL nobody can leave it out: the functions run as their owner, and those who write have no
right on the table of the audit. On SQLite triggers stop mistakes, not the owner of the file; that
something was changed past them is what the chain and its exported head tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from casework.records import Base
from casework.records.audit import AUDITED, Audited

__all__ = ["install_audit", "remove_audit"]

_MANY = 20
"""More rows than these, added by one statement of PostgreSQL, are one entry."""

_EVENTS = ("INSERT", "UPDATE", "DELETE")
_KEPT = {
    "audit": ("before", "after", "erased"),
    "audit_seal": ("salt",),
    "change_log": ("before", "after"),
}
"""Tables whose rows stay as they are, and the columns that erasure may empty."""


def install_audit(connection: Connection) -> None:
    """Let the tables write down what changes in them; again changes nothing."""
    remove_audit(connection)
    if connection.dialect.name == "sqlite":
        statements = [*_on_sqlite()]
    else:
        schema = connection.scalar(text("SELECT current_schema()"))
        statements = [*_on_postgresql(f'"{schema}"')]
    for statement in statements:
        connection.exec_driver_sql(statement)


def remove_audit(connection: Connection) -> None:
    """Take the triggers away: before the tables change, or before others are put."""
    if connection.dialect.name == "sqlite":
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            " AND name LIKE 'audit!_%' ESCAPE '!'"
        )
        for name in connection.exec_driver_sql(triggers).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    functions = text(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'audit!_%' ESCAPE '!'"
        " AND pronamespace = current_schema()::regnamespace"
    )
    for signature in connection.scalars(functions).all():
        connection.exec_driver_sql(f"DROP FUNCTION {signature} CASCADE")


# --- SQLite --------------------------------------------------------------------------------------

_NOT_IN_BULK = "WHEN NOT EXISTS (SELECT 1 FROM acting_now WHERE bulk = 1) "
_SQLITE_NOW = "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')"


def _on_sqlite() -> Iterator[str]:
    for source in AUDITED:
        for event in _EVENTS:
            if event != "INSERT" or not source.at_end:
                yield _sqlite_trigger(source, event)
    for table, emptied in _KEPT.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} keeps what was written'); END"
        unless = ""
        if emptied:
            unless = f"WHEN NOT ({_emptying(table, emptied, 'IS')}) "
        yield f"CREATE TRIGGER audit_{table}_stays BEFORE UPDATE ON {table} {unless}{refusal}"
        yield f"CREATE TRIGGER audit_{table}_remains BEFORE DELETE ON {table} {refusal}"


def _emptying(table: str, emptied: tuple[str, ...], same: str) -> str:
    """Say, in SQL, that a change empties values and touches nothing else."""
    told = []
    for column in _columns(table):
        if column == "erased":
            told.append("OLD.erased IS NULL AND NEW.erased IS NOT NULL")
        elif column == "salt":
            told.append("length(NEW.salt) = 0")
        elif column in emptied:
            told.append(f'NEW."{column}" IS NULL')
        else:
            told.append(f'NEW."{column}" {same} OLD."{column}"')
    return " AND ".join(told)


def _sqlite_trigger(source: Audited, event: str) -> str:
    """Write a trigger that runs for each row; its values are JSON, put together by hand.

    SQLite before 3.41 takes no function of JSON in a trigger of a file that is not trusted. Each
    column stands in the text once, as a row of name and values: every program that opens the
    workbook reads the text of all triggers, and every statement on a table that of its own.
    """
    row = "OLD" if event == "DELETE" else "NEW"
    columns = [one for one in _columns(source.table) if one not in source.silent]
    before, after, values, when = "NULL", "NULL", "(SELECT 1)", ""
    if event == "UPDATE":
        before, after, values = "v.before", "v.after", _sqlite_changes(columns)
        old, new = (",".join(f'{one}."{name}"' for name in columns) for one in ("OLD", "NEW"))
        when = f"WHEN ({old}) IS NOT ({new}) "
    elif event == "DELETE":
        before, values = "v.whole", _sqlite_whole(columns, row)
    elif source.whole:
        after, values = "v.whole", _sqlite_whole(columns, row)
    else:
        when = _NOT_IN_BULK
    key = f"{row}.{source.key}" if source.key else "NULL"
    return (
        f"CREATE TRIGGER audit_{source.table}_{event.lower()} AFTER {event} ON {source.table} "  # noqa: S608
        f"FOR EACH ROW {when}BEGIN INSERT INTO audit "
        '(at, act, "by", login, action, kind, row_id, n, person_id, before, after) SELECT '
        f"{_SQLITE_NOW}, a.act, a.\"by\", a.login, '{event.lower()}', '{source.table}', {key}, 1, "
        f"{_person(source, row)}, {before}, {after} FROM {values} v LEFT JOIN acting_now a ON 1; "
        "END"
    )


def _sqlite_changes(columns: list[str]) -> str:
    """Give one row with the columns that changed, before and after."""
    # The column named key, by which such a row is known, stands beside what changed.
    known_by = " OR name = 'key'" if "key" in columns else ""
    rows = _sqlite_rows(columns, ("OLD", "was"), ("NEW", "is_now"))
    return (
        f"(SELECT {_sqlite_object('was')} AS before, {_sqlite_object('is_now')} AS after "  # noqa: S608
        f"FROM ({rows}) WHERE was IS NOT is_now{known_by})"
    )


def _sqlite_whole(columns: list[str], row: str) -> str:
    """Give one row with all columns."""
    rows = _sqlite_rows(columns, (row, "cell"))
    return f"(SELECT {_sqlite_object('cell')} AS whole FROM ({rows}))"  # noqa: S608


def _sqlite_rows(columns: list[str], *values: tuple[str, str]) -> str:
    """Give a row a column: its name, and its value in each of some rows, named as told."""
    first, *others = columns
    named = "".join(f',{row}."{first}" AS {name}' for row, name in values)
    rows = ",".join(
        f"('{one}'" + "".join(f',{row}."{one}"' for row, _name in values) + ")" for one in others
    )
    return f"SELECT '{first}' AS name{named}" + (f" UNION ALL VALUES {rows}" if rows else "")


def _sqlite_object(value: str) -> str:
    """Write rows of a name and a value as a JSON object."""
    escaped = value
    for bad, good in (("'\\'", "'\\\\'"), ("'\"'", "'\\\"'"), ("char(10)", "'\\n'"),
                      ("char(13)", "'\\r'"), ("char(9)", "'\\t'")):  # fmt: skip
        escaped = f"replace({escaped}, {bad}, {good})"
    written = (
        f"CASE typeof({value}) WHEN 'null' THEN 'null' "
        f"WHEN 'text' THEN '\"' || {escaped} || '\"' ELSE {value} END"
    )
    return f"'{{' || group_concat('\"' || name || '\":' || {written}) || '}}'"


def _columns(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


def _person(source: Audited, row: str) -> str:
    if source.through:
        table, column = source.through
        return f"(SELECT p.person_id FROM {table} p WHERE p.id = {row}.{column})"  # noqa: S608
    return f"{row}.{source.person}" if source.person else "NULL"


# --- PostgreSQL ----------------------------------------------------------------------------------

_ACT = "nullif(current_setting('casework.act', true), '')::bigint"
_BY = "nullif(current_setting('casework.by', true), '')"
_INTO = (
    'INSERT INTO audit (at, act, "by", login, action, kind, row_id, last_id, n, person_id, before, '
    f"after) SELECT clock_timestamp(), {_ACT}, {_BY}, session_user, "
)


def _on_postgresql(schema: str) -> Iterator[str]:
    for source in AUDITED:
        for event in _EVENTS:
            name = f"audit_{source.table}_{event.lower()}"
            yield _function(name, "trigger", f"{_noted(source, event)} RETURN NULL;", schema)
            yield (
                f"CREATE TRIGGER {name} AFTER {event} ON {source.table} "
                f"REFERENCING {_transition(event)} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
    for table, emptied in _KEPT.items():
        name = f"audit_{table}_stays"
        emptying = _emptying(table, emptied, "IS NOT DISTINCT FROM")
        unless = f"IF TG_OP = 'UPDATE' AND {emptying} THEN RETURN NEW; END IF; "
        refusal = f"RAISE EXCEPTION '{table} keeps what was written';"
        yield _function(name, "trigger", (unless if emptied else "") + refusal, schema)
        yield (
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        yield (
            f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    read = f"{_INTO} 'read', 'person', NULL, NULL, 1, $1, NULL, jsonb_build_object('what', $2);"
    yield _function("audit_reading", "void", read, schema, "integer, text")


def _function(name: str, gives: str, body: str, schema: str, takes: str = "") -> str:
    # As its owner and in a fixed path, so that nobody who writes needs a right on the audit.
    return (
        f"CREATE FUNCTION {name}({takes}) RETURNS {gives} LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = {schema}, pg_temp AS $body$ BEGIN {body} END $body$"
    )


def _transition(event: str) -> str:
    new, old = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"
    return {"INSERT": new, "UPDATE": f"{old} {new}", "DELETE": old}[event]


def _noted(source: Audited, event: str) -> str:
    """Write the statement that notes all rows of a statement at once."""
    kind, silent = source.table, ", ".join(f"'{one}'" for one in sorted(source.silent))
    key = f"r.{source.key}" if source.key else "NULL::bigint"
    person = _person(source, "r")
    if event == "INSERT":
        whole = "to_jsonb(r)" if source.whole else "NULL::jsonb"
        each = (
            f"{_INTO} 'insert', '{kind}', {key}, NULL, 1, {person}, NULL, {whole} FROM new_rows r"
        )
        if source.whole:
            return f"{each};"
        many = (
            f"{_INTO} 'insert', '{kind}', min(r.id), max(r.id), count(*), NULL, NULL, NULL "
            "FROM new_rows r"
        )
        return (
            f"IF (SELECT count(*) FROM (SELECT 1 FROM new_rows LIMIT {_MANY + 1}) few) > {_MANY} "  # noqa: S608
            f"THEN {many}; ELSE {each} ORDER BY r.id; END IF;"
        )
    if event == "DELETE":
        whole = f"to_jsonb(r) - ARRAY[{silent}]"
        return (
            f"{_INTO} 'delete', '{kind}', {key}, NULL, 1, {person}, {whole}, NULL FROM old_rows r;"
        )
    met = f"o.{source.key} = r.{source.key}" if source.key else "o.key = r.key"
    differs = "b.value <> n.value" if source.key else "(b.value <> n.value OR b.key = 'key')"
    return (
        f"{_INTO} 'update', '{kind}', {key}, NULL, 1, {person}, d.before, d.after "  # noqa: S608
        f"FROM old_rows o JOIN new_rows r ON {met} CROSS JOIN LATERAL ("
        "SELECT jsonb_object_agg(b.key, b.value) AS before, "
        "jsonb_object_agg(b.key, n.value) AS after "
        "FROM jsonb_each(to_jsonb(o)) b JOIN jsonb_each(to_jsonb(r)) n ON n.key = b.key "
        f"WHERE {differs} AND b.key <> ALL (ARRAY[{silent}])) d "
        f"WHERE d.before IS NOT NULL ORDER BY {key};"
    )
