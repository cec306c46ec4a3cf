"""Let each assessor sign an assessment: two where the standard wants two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0009_signatures'
down_revision = '0008_wishes'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of signatures."""
    op.create_table('assessment_signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('agrees', casework.records.base.Flag(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('signed_at', casework.records.base.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_signature_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_assessment_signature_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_signature')),
    sa.UniqueConstraint('assessment_id', 'staff_id', name=op.f('uq_assessment_signature_assessment_id_staff_id')),
    sqlite_strict=True
    )


def downgrade() -> None:
    """Take the signatures away."""
    op.drop_table('assessment_signature')
