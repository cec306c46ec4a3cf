"""Alembic's entry: always on a connection handed in, never on one of its own."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from casework.records import Base

# The rules of access name columns that a migration may have to change, and bind the owner as well;
# `casework init` writes them again in the same transaction.
WITHOUT_RULES = text(
    "DO $$ DECLARE one record; BEGIN "
    "FOR one IN SELECT polname, polrelid::regclass AS whose FROM pg_policy p "
    "JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = current_schema()::regnamespace "
    "LOOP EXECUTE format('DROP POLICY %I ON %s', one.polname, one.whose); END LOOP; "
    "FOR one IN SELECT oid::regclass AS whose FROM pg_class WHERE relforcerowsecurity "
    "AND relnamespace = current_schema()::regnamespace "
    "LOOP EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', one.whose); END LOOP; "
    "END $$"
)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
if connection.dialect.name == "postgresql":
    connection.execute(WITHOUT_RULES)
with context.begin_transaction():
    context.run_migrations()
