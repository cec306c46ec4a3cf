"""Keep what each of two assessors answered alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0011_answer_alone'
down_revision = '0010_audit'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sheets of assessors."""
    op.create_table('assessor_sheet',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('round_key', sa.Text(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('assessor', sa.Text(), nullable=False),
    sa.Column('assessors', casework.records.base.Record(), nullable=False),
    sa.Column('instrument', sa.Text(), nullable=False),
    sa.Column('instrument_version', sa.Text(), nullable=False),
    sa.Column('banding', sa.Text(), nullable=True),
    sa.Column('assessed_on', casework.records.base.Day(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('informant', sa.Text(), nullable=True),
    sa.Column('answers', casework.records.base.Record(), nullable=True),
    sa.Column('context', casework.records.base.Record(), nullable=True),
    sa.Column('unable', casework.records.base.Record(), nullable=True),
    sa.Column('measured', casework.records.base.Record(), nullable=True),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('level', sa.Integer(), nullable=True),
    sa.Column('handed_in_at', casework.records.base.Moment(), nullable=True),
    sa.Column('assessment_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.CheckConstraint("mode IN ('self', 'proxy', 'observed')", name=op.f('ck_assessor_sheet_mode')),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessor_sheet_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_assessor_sheet_person_id_person')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_assessor_sheet_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessor_sheet')),
    sa.UniqueConstraint('round_key', 'staff_id', name=op.f('uq_assessor_sheet_round_key_staff_id')),
    sqlite_strict=True
    )
    op.create_index('ix_assessor_sheet_person_id', 'assessor_sheet', ['person_id', 'instrument'], unique=False)
    op.create_index(op.f('ix_assessor_sheet_assessment_id'), 'assessor_sheet', ['assessment_id'], unique=False)


def downgrade() -> None:
    """Take the sheets away."""
    op.drop_table('assessor_sheet')
