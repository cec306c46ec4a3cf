"""Write down which rows changed, and seal it.

The triggers are made anew whenever a workbook is founded (`casework.access.audit`): a table that a
later revision rebuilds loses its triggers. What was there before has no entry.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0010_audit'
down_revision = '0009_signatures'
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Add the audit, its chain, and the act to each change."""
    op.create_table('audit',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('at', casework.records.base.Moment(), nullable=False),
    sa.Column('act', _NUMBER, nullable=True),
    sa.Column('by', sa.Text(), nullable=True),
    sa.Column('login', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('row_id', _NUMBER, nullable=True),
    sa.Column('last_id', _NUMBER, nullable=True),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('before', casework.records.base.Record(), nullable=True),
    sa.Column('after', casework.records.base.Record(), nullable=True),
    sa.Column('erased', _NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sqlite_strict=True
    )
    op.create_index('ix_audit_person_id', 'audit', ['person_id'], unique=False)
    op.create_index('ix_audit_act', 'audit', ['act'], unique=False)
    op.create_table('audit_seal',
    sa.Column('seq', _NUMBER, autoincrement=False, nullable=False),
    sa.Column('audit_id', _NUMBER, nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('chain', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', casework.records.base.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_audit_seal_audit_id_audit')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_seal')),
    sa.UniqueConstraint('audit_id', name=op.f('uq_audit_seal_audit_id')),
    sqlite_strict=True
    )
    op.create_table('acting_now',
    sa.Column('act', _NUMBER, nullable=True),
    sa.Column('by', sa.Text(), nullable=True),
    sa.Column('login', sa.Text(), nullable=True),
    sa.Column('bulk', sa.Integer(), nullable=False),
    sqlite_strict=True
    )
    op.add_column('change_log', sa.Column('act', _NUMBER, nullable=True))
    op.create_index('ix_change_log_act', 'change_log', ['act'], unique=False)


def downgrade() -> None:
    """Take the audit away, and what writes it."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit!_%' ESCAPE '!'"
        )
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    else:
        functions = (
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'audit!_%' ESCAPE '!'"
            " AND pronamespace = current_schema()::regnamespace"
        )
        for signature in connection.scalars(sa.text(functions)).all():
            op.execute(f'DROP FUNCTION {signature} CASCADE')
    op.drop_index('ix_change_log_act', 'change_log')
    op.drop_column('change_log', 'act')
    op.drop_table('acting_now')
    op.drop_table('audit_seal')
    op.drop_table('audit')
