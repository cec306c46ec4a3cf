"""Plan rosters of visits: terms of staff, whom people want, and the rosters themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0013_rosters'
down_revision = '0012_due_days'
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_TERMS = "'hours', 'skill', 'area', 'dialect', 'sex', 'travel', 'place', 'absent'"
_PLACED = '(on_day IS NULL) = (starts_at IS NULL) AND (on_day IS NULL) = (staff_id IS NULL)'


def upgrade() -> None:
    """Make the tables."""
    op.create_table('staff_term',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('valid_from', _DAY, nullable=True),
    sa.Column('valid_to', _DAY, nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint(f'kind IN ({_TERMS})', name=op.f('ck_staff_term_kind')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_staff_term_span')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_term_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_term')),
    sqlite_strict=True
    )
    op.create_index('ix_staff_term_staff_id', 'staff_term', ['staff_id'], unique=False)
    op.create_table('visitor_wish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('wanted', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.CheckConstraint("wanted IN ('yes', 'no')", name=op.f('ck_visitor_wish_wanted')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_visitor_wish_person_id_person')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_visitor_wish_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visitor_wish')),
    sqlite_strict=True
    )
    op.create_index('ix_visitor_wish_person_id', 'visitor_wish', ['person_id'], unique=False)
    op.create_table('roster',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('begins_on', _DAY, nullable=False),
    sa.Column('ends_on', _DAY, nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('moves', sa.Integer(), nullable=False),
    sa.Column('based_on_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('given_before', casework.records.base.Record(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('published_at', _MOMENT, nullable=True),
    sa.Column('published_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_at', _MOMENT, nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.CheckConstraint('begins_on <= ends_on', name=op.f('ck_roster_span')),
    sa.ForeignKeyConstraint(['based_on_id'], ['roster.id'], name=op.f('fk_roster_based_on_id_roster')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster')),
    sqlite_strict=True
    )
    op.create_index('ix_roster_begins_on', 'roster', ['begins_on'], unique=False)
    op.create_table('roster_visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('roster_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('on_day', _DAY, nullable=True),
    sa.Column('starts_at', sa.Integer(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('second_staff_id', sa.Integer(), nullable=True),
    sa.Column('second_starts_at', sa.Integer(), nullable=True),
    sa.Column('second_minutes', sa.Integer(), nullable=True),
    sa.Column('locked', _DAY, nullable=True),
    sa.CheckConstraint(_PLACED, name=op.f('ck_roster_visit_placed')),
    sa.CheckConstraint('starts_at BETWEEN 0 AND 1439', name=op.f('ck_roster_visit_starts_at')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster.id'], name=op.f('fk_roster_visit_roster_id_roster')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_roster_visit_person_id_person')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_roster_visit_task_id_task')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_roster_visit_staff_id_staff')),
    sa.ForeignKeyConstraint(['second_staff_id'], ['staff.id'], name=op.f('fk_roster_visit_second_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_visit')),
    sa.UniqueConstraint('roster_id', 'task_id', name=op.f('uq_roster_visit_roster_id_task_id')),
    sqlite_strict=True
    )
    op.create_index('ix_roster_visit_person_id', 'roster_visit', ['person_id'], unique=False)
    op.create_index('ix_roster_visit_task_id', 'roster_visit', ['task_id'], unique=False)
    op.create_index('ix_roster_visit_staff_day', 'roster_visit', ['staff_id', 'on_day'], unique=False)


def downgrade() -> None:
    """Take the tables away."""
    for table in ('roster_visit', 'roster', 'visitor_wish', 'staff_term'):
        op.drop_table(table)
