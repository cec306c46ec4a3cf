"""Know goals, issues with their history, which item answers which need, and handovers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0004'
down_revision = '0002_dossier'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Know goals, issues with their history, which item answers which need, and handovers."""
    op.create_table('handover',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('begins_on', casework.records.base.Day(), nullable=False),
    sa.Column('left', casework.records.base.Flag(), nullable=False),
    sa.Column('active_to', casework.records.base.Day(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('moves', casework.records.base.Record(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('undone_at', casework.records.base.Moment(), nullable=True),
    sa.Column('undone_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_handover_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sqlite_strict=True
    )
    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_staff_id'), ['staff_id'], unique=False)

    op.create_table('issue',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reporter', sa.Text(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('opinion_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('reported_on', casework.records.base.Day(), nullable=False),
    sa.Column('due_on', casework.records.base.Day(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('settled_on', casework.records.base.Day(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('replied_on', casework.records.base.Day(), nullable=True),
    sa.Column('closed_on', casework.records.base.Day(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.CheckConstraint("stage IN ('contact', 'communicate', 'coordinate', 'implement', 'resolve')", name=op.f('ck_issue_stage')),
    sa.CheckConstraint('(settled_on IS NULL) = (outcome IS NULL)', name=op.f('ck_issue_settled')),
    sa.CheckConstraint('reported_on <= due_on', name=op.f('ck_issue_clock')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_issue_contact_id_contact')),
    sa.ForeignKeyConstraint(['opinion_id'], ['opinion.id'], name=op.f('fk_issue_opinion_id_opinion')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_issue_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_issue_owner_id_staff')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_issue_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue')),
    sqlite_strict=True
    )
    with op.batch_alter_table('issue', schema=None) as batch_op:
        batch_op.create_index('ix_issue_open', ['closed_on', 'owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_issue_person_id'), ['person_id'], unique=False)

    op.create_table('goal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('domain', sa.Text(), nullable=False),
    sa.Column('measure', sa.Text(), nullable=False),
    sa.Column('instrument', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('baseline', sa.Integer(), nullable=False),
    sa.Column('baseline_on', casework.records.base.Day(), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('due_on', casework.records.base.Day(), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('closed_on', casework.records.base.Day(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.CheckConstraint("measure IN ('score', 'level', 'own')", name=op.f('ck_goal_measure')),
    sa.CheckConstraint("outcome IN ('reached', 'not_reached', 'given_up')", name=op.f('ck_goal_outcome')),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_goal_need_id_need')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_goal_owner_id_staff')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_goal_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goal')),
    sqlite_strict=True
    )
    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_goal_person_id'), ['person_id'], unique=False)

    op.create_table('issue_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('standing', sa.Text(), nullable=False),
    sa.Column('taken_on', casework.records.base.Day(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.CheckConstraint("act IN ('report', 'move', 'note', 'assign', 'escalate', 'decide', 'reply', 'settle', 'reopen')", name=op.f('ck_issue_step_act')),
    sa.CheckConstraint("stage IN ('contact', 'communicate', 'coordinate', 'implement', 'resolve')", name=op.f('ck_issue_step_stage')),
    sa.CheckConstraint("standing IN ('open', 'settled', 'closed')", name=op.f('ck_issue_step_standing')),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_issue_step_issue_id_issue')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_issue_step_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue_step')),
    sqlite_strict=True
    )
    with op.batch_alter_table('issue_step', schema=None) as batch_op:
        batch_op.create_index('ix_issue_step_issue', ['issue_id', 'taken_on'], unique=False)

    op.create_table('need_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('item_key', sa.Text(), nullable=False),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_need_answer_need_id_need')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_answer')),
    sqlite_strict=True
    )
    with op.batch_alter_table('need_answer', schema=None) as batch_op:
        batch_op.create_index('ix_need_answer_need_id', ['need_id'], unique=False)

    op.create_table('goal_reading',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('goal_id', sa.Integer(), nullable=False),
    sa.Column('read_on', casework.records.base.Day(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('recorded_at', casework.records.base.Moment(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', casework.records.base.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['goal_id'], ['goal.id'], name=op.f('fk_goal_reading_goal_id_goal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goal_reading')),
    sqlite_strict=True
    )
    with op.batch_alter_table('goal_reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_goal_reading_goal_id'), ['goal_id'], unique=False)

    # Not by copying these tables: they are the largest.
    op.add_column('plan_item', sa.Column('amount', sa.Integer(), nullable=True))
    op.add_column('plan_item', sa.Column('unit', sa.Text(), nullable=True))
    op.add_column('task', sa.Column('given_on', casework.records.base.Day(), nullable=True))



def downgrade() -> None:
    """Undo: Know goals, issues with their history, which item answers which need, and handovers."""
    op.drop_column('task', 'given_on')
    op.drop_column('plan_item', 'unit')
    op.drop_column('plan_item', 'amount')

    with op.batch_alter_table('goal_reading', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_goal_reading_goal_id'))

    op.drop_table('goal_reading')
    with op.batch_alter_table('need_answer', schema=None) as batch_op:
        batch_op.drop_index('ix_need_answer_need_id')

    op.drop_table('need_answer')
    with op.batch_alter_table('issue_step', schema=None) as batch_op:
        batch_op.drop_index('ix_issue_step_issue')

    op.drop_table('issue_step')
    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_goal_person_id'))

    op.drop_table('goal')
    with op.batch_alter_table('issue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_issue_person_id'))
        batch_op.drop_index('ix_issue_open')

    op.drop_table('issue')
    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_handover_staff_id'))

    op.drop_table('handover')
