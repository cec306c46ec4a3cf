"""Keep campaigns: their lists, delegations with times, and the returns of units."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0021_campaigns"
down_revision = "0020_orders"
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_RECORD = casework.records.base.Record()
_STANDS = sa.text('withdrawn_at IS NULL')
_TABLES = (
    'unit_return_row', 'unit_return', 'campaign_person', 'delegation_slot', 'delegation_member',
    'delegation', 'campaign',
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table('campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('scope', sa.Integer(), nullable=False),
    sa.Column('label_zh', sa.Text(), nullable=False),
    sa.Column('label_en', sa.Text(), nullable=False),
    sa.Column('festival', sa.Text(), nullable=True),
    sa.Column('falls_on', _DAY, nullable=True),
    sa.Column('opens_on', _DAY, nullable=False),
    sa.Column('due_on', _DAY, nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('terms', _RECORD, nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('frozen_on', _DAY, nullable=True),
    sa.Column('frozen_by', sa.Text(), nullable=True),
    sa.Column('given_before', _RECORD, nullable=True),
    sa.Column('given_at', _MOMENT, nullable=True),
    sa.Column('given_by', sa.Text(), nullable=True),
    sa.Column('closed_on', _DAY, nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_at', _MOMENT, nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.CheckConstraint('minutes BETWEEN 1 AND 480', name=op.f('ck_campaign_minutes')),
    sa.CheckConstraint('opens_on <= due_on', name=op.f('ck_campaign_window')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_campaign_opens_on'), 'campaign', ['opens_on'], unique=False)
    op.create_index('uq_campaign_standing', 'campaign', ['code', 'period', 'scope'], unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS)
    op.create_table('delegation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('segments', _RECORD, nullable=True),
    sa.Column('areas', _RECORD, nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_delegation_campaign_id_campaign')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_delegation_campaign_id'), 'delegation', ['campaign_id'], unique=False)
    op.create_table('unit_return',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.Column('superseded_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_unit_return_campaign_id_campaign')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_return')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_unit_return_campaign_id'), 'unit_return', ['campaign_id'], unique=False)
    op.create_table('delegation_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('delegation_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('rank', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_delegation_member_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_delegation_member_delegation_id_delegation')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_delegation_member_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation_member')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_delegation_member_campaign_id'), 'delegation_member', ['campaign_id'], unique=False)
    op.create_index(op.f('ix_delegation_member_delegation_id'), 'delegation_member', ['delegation_id'], unique=False)
    op.create_table('delegation_slot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('delegation_id', sa.Integer(), nullable=False),
    sa.Column('on_day', _DAY, nullable=False),
    sa.Column('begins', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint('0 <= begins AND begins < ends AND ends <= 1440', name=op.f('ck_delegation_slot_hours')),
    sa.CheckConstraint('capacity BETWEEN 1 AND 200', name=op.f('ck_delegation_slot_capacity')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_delegation_slot_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_delegation_slot_delegation_id_delegation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation_slot')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_delegation_slot_campaign_id'), 'delegation_slot', ['campaign_id'], unique=False)
    op.create_index(op.f('ix_delegation_slot_delegation_id'), 'delegation_slot', ['delegation_id'], unique=False)
    op.create_table('unit_return_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('problems', _RECORD, nullable=True),
    sa.Column('cells', _RECORD, nullable=True),
    sa.Column('amount_cents', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint("outcome IN ('merged', 'held', 'ignored')", name=op.f('ck_unit_return_row_outcome')),
    sa.CheckConstraint('amount_cents >= 0', name=op.f('ck_unit_return_row_amount')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_unit_return_row_contact_id_contact')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_unit_return_row_person_id_person')),
    sa.ForeignKeyConstraint(['return_id'], ['unit_return.id'], name=op.f('fk_unit_return_row_return_id_unit_return')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_return_row')),
    sa.UniqueConstraint('return_id', 'row', name=op.f('uq_unit_return_row_return_id_row')),
    sqlite_strict=True
    )
    op.create_index('ix_unit_return_row_contact_id', 'unit_return_row', ['contact_id'], unique=False)
    op.create_index('ix_unit_return_row_person_id', 'unit_return_row', ['person_id'], unique=False)
    op.create_table('campaign_person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('segment', sa.Text(), nullable=False),
    sa.Column('also', _RECORD, nullable=True),
    sa.Column('carrier', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('left_out_on', _DAY, nullable=True),
    sa.Column('left_out_reason', sa.Text(), nullable=True),
    sa.Column('slot_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.Integer(), nullable=True),
    sa.Column('locked', _DAY, nullable=True),
    sa.Column('visit_task_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint("carrier IN ('delegation', 'unit', 'caseworker')", name=op.f('ck_campaign_person_carrier')),
    sa.CheckConstraint('(slot_id IS NULL) = (starts_at IS NULL)', name=op.f('ck_campaign_person_placed')),
    sa.CheckConstraint('starts_at BETWEEN 0 AND 1439', name=op.f('ck_campaign_person_starts_at')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_person_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_campaign_person_person_id_person')),
    sa.ForeignKeyConstraint(['slot_id'], ['delegation_slot.id'], name=op.f('fk_campaign_person_slot_id_delegation_slot')),
    sa.ForeignKeyConstraint(['visit_task_id'], ['task.id'], name=op.f('fk_campaign_person_visit_task_id_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_person')),
    sa.UniqueConstraint('campaign_id', 'person_id', name=op.f('uq_campaign_person_campaign_id_person_id')),
    sqlite_strict=True
    )
    op.create_index('ix_campaign_person_person_id', 'campaign_person', ['person_id'], unique=False)
    op.create_index('ix_campaign_person_slot_id', 'campaign_person', ['slot_id'], unique=False)
    op.create_index('ix_campaign_person_visit_task_id', 'campaign_person', ['visit_task_id'], unique=False)


def downgrade() -> None:
    """Take the tables away."""
    for table in _TABLES:
        op.drop_table(table)
