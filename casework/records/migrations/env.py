"""Alembic's entry: always on a connection handed in, never on one of its own."""

from __future__ import annotations

from alembic import context

from casework.records import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
