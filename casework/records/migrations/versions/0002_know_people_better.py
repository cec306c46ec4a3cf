"""Know people better: who said a name or number, who decides in a family, who are two."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0002_dossier"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHAIN = "fk_related_person_replaces_id_related_person"
_TEXT, _MOMENT = sa.Text(), casework.records.base.Moment()
_ADDED: dict[str, list[tuple[str, sa.types.TypeEngine[Any]]]] = {
    "person": [("birth_reason", _TEXT)],
    "alias": [
        ("recorded_at", _MOMENT),
        ("recorded_by", _TEXT),
        ("source", _TEXT),
        ("superseded_at", _MOMENT),
    ],
    "person_identifier": [
        ("recorded_at", _MOMENT),
        ("recorded_by", _TEXT),
        ("source", _TEXT),
        ("reason", _TEXT),
    ],
    "related_person": [
        ("unit", _TEXT),
        ("decides", casework.records.base.Flag()),
        ("call_order", sa.Integer()),
    ],
    "case_file": [("close_note", _TEXT)],
}


def upgrade() -> None:
    """Add the columns and the table of pairs."""
    for table, columns in _ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    # In plain SQL: SQLite takes a foreign key with a new column, and only so.
    op.execute(
        "ALTER TABLE related_person ADD COLUMN replaces_id INTEGER"
        f" CONSTRAINT {_CHAIN} REFERENCES related_person (id)"
    )
    op.create_table(
        "distinct_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", casework.records.base.Moment(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", casework.records.base.Moment(), nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_distinct_pair_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["person.id"], name=op.f("fk_distinct_pair_one_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["person.id"], name=op.f("fk_distinct_pair_other_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinct_pair")),
        sqlite_strict=True,
    )
    op.create_index("ix_distinct_pair_one_id", "distinct_pair", ["one_id"], unique=False)


def downgrade() -> None:
    """Take them away again; what they held is lost."""
    op.drop_index("ix_distinct_pair_one_id", table_name="distinct_pair")
    op.drop_table("distinct_pair")
    _drop_chain()
    for table, columns in _ADDED.items():
        for name, _kind in columns:
            op.drop_column(table, name)


def _drop_chain() -> None:
    """Drop the chain of replaced entries: SQLite must write the table anew for that."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_column("related_person", "replaces_id")
        return
    with op.batch_alter_table(
        "related_person", recreate="always", table_kwargs={"sqlite_strict": True}
    ) as batch:
        batch.drop_column("replaces_id")
