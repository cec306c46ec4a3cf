"""Keep providers, agreements and service orders; let an order be evidence of a task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base
from casework.records.money_guard import remove_money_guards

revision = "0020_orders"
down_revision = "0019_money"
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_RECORD = casework.records.base.Record()
_FEN = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_ONE_SOURCE = '(contact_id IS NULL) <> (order_id IS NULL)'


def upgrade() -> None:
    """Make the tables."""
    op.create_table('provider',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('areas', _RECORD, nullable=True),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('closed_on', _DAY, nullable=True),
    sa.CheckConstraint("kind IN ('company', 'community', 'hospital', 'care_home', 'merchant', 'volunteers', 'grid_worker')", name=op.f('ck_provider_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider')),
    sa.UniqueConstraint('name', name=op.f('uq_provider_name')),
    sqlite_strict=True
    )
    op.create_table('agreement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('price_fen', _FEN, nullable=False),
    sa.Column('valid_from', _DAY, nullable=False),
    sa.Column('valid_to', _DAY, nullable=False),
    sa.Column('quota', sa.Integer(), nullable=True),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint('price_fen >= 0', name=op.f('ck_agreement_price')),
    sa.CheckConstraint('quota > 0', name=op.f('ck_agreement_quota')),
    sa.CheckConstraint('taken >= 0 AND (quota IS NULL OR taken <= quota)', name=op.f('ck_agreement_within')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_agreement_span')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_agreement_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement')),
    sqlite_strict=True
    )
    op.create_index('ix_agreement_item', 'agreement', ['item', 'valid_from'], unique=False)
    op.create_index(op.f('ix_agreement_provider_id'), 'agreement', ['provider_id'], unique=False)
    op.create_table('service_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('wanted_on', _DAY, nullable=False),
    sa.Column('wish', sa.Text(), nullable=True),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('client_key', sa.Text(), nullable=True),
    sa.Column('requested_on', _DAY, nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('agreement_id', sa.Integer(), nullable=True),
    sa.Column('price_fen', _FEN, nullable=True),
    sa.Column('assigned_on', _DAY, nullable=True),
    sa.Column('accepted_on', _DAY, nullable=True),
    sa.Column('arrived_on', _DAY, nullable=True),
    sa.Column('completed_on', _DAY, nullable=True),
    sa.Column('served_by', sa.Text(), nullable=True),
    sa.Column('verified_on', _DAY, nullable=True),
    sa.Column('verified_by', sa.Text(), nullable=True),
    sa.Column('settled_on', _DAY, nullable=True),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.Column('rated_on', _DAY, nullable=True),
    sa.Column('rating', sa.Integer(), nullable=True),
    sa.Column('rating_note', sa.Text(), nullable=True),
    sa.Column('cancelled_on', _DAY, nullable=True),
    sa.Column('failed_on', _DAY, nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("asked_by IN ('phone', 'online', 'visit', 'reception', 'task')", name=op.f('ck_service_order_asked_by')),
    sa.CheckConstraint('(assigned_on IS NULL) = (provider_id IS NULL) AND (agreement_id IS NULL OR provider_id IS NOT NULL)', name=op.f('ck_service_order_assigned')),
    sa.CheckConstraint('(cancelled_on IS NULL AND failed_on IS NULL) = (end_reason IS NULL)', name=op.f('ck_service_order_reason')),
    sa.CheckConstraint('(completed_on IS NULL) = (served_by IS NULL)', name=op.f('ck_service_order_served')),
    sa.CheckConstraint('(rated_on IS NULL) = (rating IS NULL)', name=op.f('ck_service_order_rating_day')),
    sa.CheckConstraint('(verified_on IS NULL) = (verified_by IS NULL)', name=op.f('ck_service_order_verifier')),
    sa.CheckConstraint('accepted_on IS NULL OR assigned_on IS NOT NULL', name=op.f('ck_service_order_accepted')),
    sa.CheckConstraint('arrived_on IS NULL OR accepted_on IS NOT NULL', name=op.f('ck_service_order_arrived')),
    sa.CheckConstraint('cancelled_on IS NULL OR completed_on IS NULL', name=op.f('ck_service_order_cancelled')),
    sa.CheckConstraint('cancelled_on IS NULL OR failed_on IS NULL', name=op.f('ck_service_order_ended_once')),
    sa.CheckConstraint('completed_on IS NULL OR arrived_on IS NOT NULL', name=op.f('ck_service_order_completed')),
    sa.CheckConstraint('failed_on IS NULL OR verified_on IS NULL', name=op.f('ck_service_order_failed')),
    sa.CheckConstraint('payment_id IS NULL OR settled_on IS NOT NULL', name=op.f('ck_service_order_payment')),
    sa.CheckConstraint('quantity BETWEEN 1 AND 999', name=op.f('ck_service_order_quantity')),
    sa.CheckConstraint('rated_on IS NULL OR completed_on IS NOT NULL', name=op.f('ck_service_order_rated')),
    sa.CheckConstraint('rating BETWEEN 1 AND 5', name=op.f('ck_service_order_rating')),
    sa.CheckConstraint('settled_on IS NULL OR verified_on IS NOT NULL', name=op.f('ck_service_order_settled')),
    sa.CheckConstraint('verified_by <> served_by', name=op.f('ck_service_order_own_service')),
    sa.CheckConstraint('verified_on IS NULL OR completed_on IS NOT NULL', name=op.f('ck_service_order_verified')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_service_order_agreement_id_agreement')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_service_order_payment_id_payment')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_service_order_person_id_person')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_service_order_provider_id_provider')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_service_order_task_id_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_order')),
    sa.UniqueConstraint('client_key', name=op.f('uq_service_order_client_key')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_service_order_agreement_id'), 'service_order', ['agreement_id'], unique=False)
    op.create_index(op.f('ix_service_order_person_id'), 'service_order', ['person_id'], unique=False)
    op.create_index(op.f('ix_service_order_provider_id'), 'service_order', ['provider_id'], unique=False)
    op.create_index(op.f('ix_service_order_task_id'), 'service_order', ['task_id'], unique=False)
    op.create_index('ix_service_order_waiting', 'service_order', ['completed_on', 'wanted_on'], unique=False)

    with op.batch_alter_table('task_evidence', table_kwargs={'sqlite_strict': True}) as batch:
        batch.alter_column('contact_id', existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column('order_id', sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f('fk_task_evidence_order_id_service_order'), 'service_order', ['order_id'], ['id'])
        batch.create_check_constraint(op.f('ck_task_evidence_one_source'), _ONE_SOURCE)
    op.create_index('ix_task_evidence_order_id', 'task_evidence', ['order_id'], unique=False)


def downgrade() -> None:
    """Take the tables away; a task that an order answered stays done, without its evidence."""
    remove_money_guards(op.get_bind())
    op.execute('DELETE FROM task_evidence WHERE contact_id IS NULL')
    op.drop_index('ix_task_evidence_order_id', 'task_evidence')
    with op.batch_alter_table('task_evidence', table_kwargs={'sqlite_strict': True}) as batch:
        batch.drop_constraint(op.f('ck_task_evidence_one_source'), type_='check')
        batch.drop_constraint(op.f('fk_task_evidence_order_id_service_order'), type_='foreignkey')
        batch.drop_column('order_id')
        batch.alter_column('contact_id', existing_type=sa.Integer(), nullable=False)
    for table in ('service_order', 'agreement', 'provider'):
        op.drop_table(table)
