"""Know consents, what was given outside, requests, erasures, holds, impact assessments, incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base
from casework.records.consent_guard import remove_guards

revision = '0007_consent'
down_revision = '0006_held'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; what guards them is made whenever a workbook is founded."""
    op.create_table('impact_assessment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('assessed_on', casework.records.base.Day(), nullable=False),
    sa.Column('necessity', sa.Text(), nullable=False),
    sa.Column('risks', sa.Text(), nullable=False),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('conclusion', sa.Text(), nullable=False),
    sa.Column('review_on', casework.records.base.Day(), nullable=False),
    sa.Column('kept_until', casework.records.base.Day(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint('assessed_on < kept_until', name=op.f('ck_impact_assessment_kept')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_impact_assessment')),
    sqlite_strict=True
    )
    op.create_table('incident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('happened_on', casework.records.base.Day(), nullable=False),
    sa.Column('found_on', casework.records.base.Day(), nullable=False),
    sa.Column('kinds', sa.Text(), nullable=False),
    sa.Column('n_people', sa.Integer(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('harm', sa.Text(), nullable=False),
    sa.Column('remedy', sa.Text(), nullable=False),
    sa.Column('authority_told_on', casework.records.base.Day(), nullable=True),
    sa.Column('people_told_on', casework.records.base.Day(), nullable=True),
    sa.Column('untold_reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint('happened_on <= found_on', name=op.f('ck_incident_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident')),
    sqlite_strict=True
    )
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('recipient_name', sa.Text(), nullable=True),
    sa.Column('kinds', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_on', casework.records.base.Day(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=False),
    sa.Column('decider_name', sa.Text(), nullable=True),
    sa.Column('authority', sa.Text(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('raised_by', sa.Text(), nullable=False),
    sa.Column('witness', sa.Text(), nullable=True),
    sa.Column('notice', sa.Text(), nullable=True),
    sa.Column('valid_until', casework.records.base.Day(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('client_key', sa.Text(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.CheckConstraint("channel IN ('signed', 'read_aloud', 'phone')", name=op.f('ck_consent_channel')),
    sa.CheckConstraint("decided_by = 'self' OR decider_name IS NOT NULL", name=op.f('ck_consent_decider')),
    sa.CheckConstraint("decided_by IN ('self', 'guardian', 'agent', 'relative')", name=op.f('ck_consent_decided_by')),
    sa.CheckConstraint("decision IN ('given', 'refused', 'withdrawn')", name=op.f('ck_consent_decision')),
    sa.CheckConstraint("raised_by IN ('office', 'person')", name=op.f('ck_consent_raised_by')),
    sa.CheckConstraint('decided_on <= valid_until', name=op.f('ck_consent_valid_order')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent')),
    sa.UniqueConstraint('client_key', 'purpose', 'recipient', name=op.f('uq_consent_client_key_purpose_recipient')),
    sqlite_strict=True
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_person', ['person_id', 'purpose', 'recipient', 'decided_on'], unique=False)

    op.create_table('disclosure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('recipient_name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('fields', casework.records.base.Record(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('shared_on', casework.records.base.Day(), nullable=False),
    sa.Column('shared_until', casework.records.base.Day(), nullable=True),
    sa.Column('told_on', casework.records.base.Day(), nullable=True),
    sa.Column('client_key', sa.Text(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint("basis = 'consent' OR (reason IS NOT NULL AND trim(reason) <> '')", name=op.f('ck_disclosure_reason')),
    sa.CheckConstraint("basis IN ('consent', 'legal_duty', 'emergency')", name=op.f('ck_disclosure_basis')),
    sa.CheckConstraint('shared_on <= shared_until', name=op.f('ck_disclosure_order')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_disclosure_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure')),
    sa.UniqueConstraint('client_key', 'kind', name=op.f('uq_disclosure_client_key_kind')),
    sqlite_strict=True
    )
    with op.batch_alter_table('disclosure', schema=None) as batch_op:
        batch_op.create_index('ix_disclosure_person', ['person_id', 'shared_on'], unique=False)

    op.create_table('retention_hold',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('held_until', casework.records.base.Day(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_retention_hold_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_hold')),
    sqlite_strict=True
    )
    with op.batch_alter_table('retention_hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_retention_hold_person_id'), ['person_id'], unique=False)

    op.create_table('rights_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('received_on', casework.records.base.Day(), nullable=False),
    sa.Column('due_on', casework.records.base.Day(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('asker_name', sa.Text(), nullable=True),
    sa.Column('verified', sa.Text(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('answered_on', casework.records.base.Day(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('client_key', sa.Text(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.CheckConstraint("asked_by IN ('self', 'guardian', 'agent', 'relative')", name=op.f('ck_rights_request_asked_by')),
    sa.CheckConstraint("outcome <> 'refused' OR (answer IS NOT NULL AND trim(answer) <> '')", name=op.f('ck_rights_request_reason')),
    sa.CheckConstraint("outcome IN ('done', 'partly', 'refused')", name=op.f('ck_rights_request_outcome')),
    sa.CheckConstraint('(answered_on IS NULL) = (outcome IS NULL)', name=op.f('ck_rights_request_answered')),
    sa.CheckConstraint('received_on <= due_on', name=op.f('ck_rights_request_clock')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_rights_request_owner_id_staff')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_rights_request_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rights_request')),
    sa.UniqueConstraint('client_key', name=op.f('uq_rights_request_client_key')),
    sqlite_strict=True
    )
    with op.batch_alter_table('rights_request', schema=None) as batch_op:
        batch_op.create_index('ix_rights_request_open', ['answered_on', 'due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_rights_request_person_id'), ['person_id'], unique=False)

    op.create_table('erasure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_at', casework.records.base.Moment(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('confirmed_at', casework.records.base.Moment(), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('declined_at', casework.records.base.Moment(), nullable=True),
    sa.Column('declined_by_id', sa.Integer(), nullable=True),
    sa.Column('declined_reason', sa.Text(), nullable=True),
    sa.Column('trace', casework.records.base.Record(), nullable=True),
    sa.CheckConstraint('(confirmed_by_id IS NULL) = (confirmed_at IS NULL)', name=op.f('ck_erasure_confirmed')),
    sa.CheckConstraint('confirmed_at IS NULL OR declined_at IS NULL', name=op.f('ck_erasure_one_end')),
    sa.CheckConstraint('confirmed_by_id <> asked_by_id', name=op.f('ck_erasure_two_persons')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['staff.id'], name=op.f('fk_erasure_asked_by_id_staff')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['staff.id'], name=op.f('fk_erasure_confirmed_by_id_staff')),
    sa.ForeignKeyConstraint(['declined_by_id'], ['staff.id'], name=op.f('fk_erasure_declined_by_id_staff')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_erasure_person_id_person')),
    sa.ForeignKeyConstraint(['request_id'], ['rights_request.id'], name=op.f('fk_erasure_request_id_rights_request')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure')),
    sqlite_strict=True
    )
    with op.batch_alter_table('erasure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasure_person_id'), ['person_id'], unique=False)


def downgrade() -> None:
    """Take the tables away, and what guards them."""
    remove_guards(op.get_bind())
    with op.batch_alter_table('erasure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_erasure_person_id'))

    op.drop_table('erasure')
    with op.batch_alter_table('rights_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rights_request_person_id'))
        batch_op.drop_index('ix_rights_request_open')

    op.drop_table('rights_request')
    with op.batch_alter_table('retention_hold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_retention_hold_person_id'))

    op.drop_table('retention_hold')
    with op.batch_alter_table('disclosure', schema=None) as batch_op:
        batch_op.drop_index('ix_disclosure_person')

    op.drop_table('disclosure')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_person')

    op.drop_table('consent')
    op.drop_table('incident')
    op.drop_table('impact_assessment')
