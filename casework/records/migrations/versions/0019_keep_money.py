"""Keep money: funds, budgets, standards, payments, benefits in kind and hardship cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base
from casework.records.money_guard import remove_money_guards

revision = "0019_money"
down_revision = "0018_plan_indexes"
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_FEN = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Make the tables."""
    op.create_table('fund',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('who', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('closed_on', _DAY, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fund')),
    sa.UniqueConstraint('code', name=op.f('uq_fund_code')),
    sqlite_strict=True
    )
    op.create_table('standard',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('per', sa.Text(), nullable=False),
    sa.Column('amount_fen', _FEN, nullable=True),
    sa.Column('ceiling_fen', _FEN, nullable=True),
    sa.Column('exclusive', sa.Text(), nullable=False),
    sa.Column('who', sa.Text(), nullable=True),
    sa.Column('since', _DAY, nullable=False),
    sa.Column('until', _DAY, nullable=True),
    sa.Column('clause', sa.Text(), nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint("per IN ('once', 'year', 'month', 'day', 'occasion')", name=op.f('ck_standard_per')),
    sa.CheckConstraint('(amount_fen IS NULL) <> (ceiling_fen IS NULL)', name=op.f('ck_standard_one_limit')),
    sa.CheckConstraint('COALESCE(amount_fen, ceiling_fen) > 0', name=op.f('ck_standard_limit')),
    sa.CheckConstraint('since <= until', name=op.f('ck_standard_span')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_standard_code'), 'standard', ['code'], unique=False)
    op.create_index('ix_standard_kind', 'standard', ['kind', 'since'], unique=False)
    op.create_table('budget',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('fund_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('amount_fen', _FEN, nullable=False),
    sa.Column('committed_fen', _FEN, nullable=False),
    sa.Column('basis', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint('amount_fen >= 0', name=op.f('ck_budget_amount')),
    sa.CheckConstraint('committed_fen BETWEEN 0 AND amount_fen', name=op.f('ck_budget_within')),
    sa.CheckConstraint('year BETWEEN 1949 AND 2199', name=op.f('ck_budget_year')),
    sa.ForeignKeyConstraint(['fund_id'], ['fund.id'], name=op.f('fk_budget_fund_id_fund')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_budget')),
    sa.UniqueConstraint('fund_id', 'year', name=op.f('uq_budget_fund_id_year')),
    sqlite_strict=True
    )
    op.create_table('benefit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=False),
    sa.Column('vendor', sa.Text(), nullable=True),
    sa.Column('valid_from', _DAY, nullable=False),
    sa.Column('valid_to', _DAY, nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint('(valid_to IS NULL) = (end_reason IS NULL)', name=op.f('ck_benefit_ended')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_benefit_span')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_benefit_person_id_person')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_benefit_standard_id_standard')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_benefit')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_benefit_person_id'), 'benefit', ['person_id'], unique=False)
    op.create_table('hardship_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('situation', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('applied_on', _DAY, nullable=False),
    sa.Column('due_on', _DAY, nullable=False),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('decided_on', _DAY, nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint("decision IN ('granted', 'declined')", name=op.f('ck_hardship_case_decision')),
    sa.CheckConstraint('(decision IS NULL) = (decided_on IS NULL) AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decision_reason IS NULL)', name=op.f('ck_hardship_case_decided')),
    sa.CheckConstraint('applied_on <= due_on', name=op.f('ck_hardship_case_clock')),
    sa.CheckConstraint('decided_by <> recorded_by', name=op.f('ck_hardship_case_own_request')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_hardship_case_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hardship_case')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_hardship_case_due_on'), 'hardship_case', ['due_on'], unique=False)
    op.create_index(op.f('ix_hardship_case_person_id'), 'hardship_case', ['person_id'], unique=False)
    op.create_table('payment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('amount_fen', _FEN, nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('entitled_on', _DAY, nullable=False),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('payee', sa.Text(), nullable=True),
    sa.Column('budget_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('arrears_of_id', sa.Integer(), nullable=True),
    sa.Column('hardship_id', sa.Integer(), nullable=True),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('approved_on', _DAY, nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('paid_on', _DAY, nullable=True),
    sa.Column('paid_by', sa.Text(), nullable=True),
    sa.Column('cancelled_on', _DAY, nullable=True),
    sa.Column('returned_on', _DAY, nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('(approved_on IS NULL) = (approved_by IS NULL)', name=op.f('ck_payment_approved')),
    sa.CheckConstraint('(cancelled_on IS NULL AND returned_on IS NULL) = (end_reason IS NULL)', name=op.f('ck_payment_reason')),
    sa.CheckConstraint('(paid_on IS NULL) = (paid_by IS NULL)', name=op.f('ck_payment_paid')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payment_amount')),
    sa.CheckConstraint('approved_by <> recorded_by', name=op.f('ck_payment_own_proposal')),
    sa.CheckConstraint('cancelled_on IS NULL OR paid_on IS NULL', name=op.f('ck_payment_cancelled')),
    sa.CheckConstraint('paid_on IS NULL OR approved_on IS NOT NULL', name=op.f('ck_payment_paid_unapproved')),
    sa.CheckConstraint('quantity BETWEEN 1 AND 31', name=op.f('ck_payment_quantity')),
    sa.CheckConstraint('returned_on IS NULL OR paid_on IS NOT NULL', name=op.f('ck_payment_returned')),
    sa.CheckConstraint('standard_id IS NULL OR period IS NOT NULL', name=op.f('ck_payment_period')),
    sa.ForeignKeyConstraint(['arrears_of_id'], ['payment.id'], name=op.f('fk_payment_arrears_of_id_payment')),
    sa.ForeignKeyConstraint(['budget_id'], ['budget.id'], name=op.f('fk_payment_budget_id_budget')),
    sa.ForeignKeyConstraint(['hardship_id'], ['hardship_case.id'], name=op.f('fk_payment_hardship_id_hardship_case')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_payment_person_id_person')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_payment_standard_id_standard')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_payment_arrears_of_id'), 'payment', ['arrears_of_id'], unique=False)
    op.create_index('ix_payment_budget', 'payment', ['budget_id', 'approved_on'], unique=False)
    op.create_index(op.f('ix_payment_campaign_id'), 'payment', ['campaign_id'], unique=False)
    op.create_index(op.f('ix_payment_hardship_id'), 'payment', ['hardship_id'], unique=False)
    op.create_index('ix_payment_person', 'payment', ['person_id', 'period'], unique=False)
    op.create_index('ix_payment_waiting', 'payment', ['approved_on', 'cancelled_on'], unique=False)


def downgrade() -> None:
    """Take the tables away, and before them the guards that look from one to another."""
    remove_money_guards(op.get_bind())
    for table in ('payment', 'hardship_case', 'benefit', 'budget', 'standard', 'fund'):
        op.drop_table(table)
