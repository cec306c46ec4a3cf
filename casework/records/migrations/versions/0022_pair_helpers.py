"""Keep helpers, their vetting and training, the pairs they form, and proposals of pairs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0022_pairs"
down_revision = "0021_campaigns"
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_RECORD = casework.records.base.Record()


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{other}.id'], name=op.f(f'fk_{table}_{column}_{other}'))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f'ck_{table}_{name}'))


def upgrade() -> None:
    """Make the tables; no seat names a helper yet."""
    op.create_table('helper',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_pinyin', sa.Text(), nullable=False),
    sa.Column('name_initials', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('community', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('sex', sa.Text(), nullable=True),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('max_people', sa.Integer(), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('active_from', _DAY, nullable=True),
    sa.Column('active_to', _DAY, nullable=True),
    sa.Column('left_reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    _check('helper', 'source', "source IN ('community', 'unit', 'agency')"),
    _check('helper', 'sex', "sex IN ('1', '2')"),
    _check('helper', 'max_people', 'max_people >= 0'),
    _check('helper', 'span', 'active_from <= active_to'),
    _key('helper', 'staff_id', 'staff'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helper')),
    sa.UniqueConstraint('staff_id', name=op.f('uq_helper_staff_id')),
    sqlite_strict=True
    )
    op.create_index('ix_helper_name', 'helper', ['name'], unique=False)
    op.create_table('helper_term',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('valid_from', _DAY, nullable=True),
    sa.Column('valid_to', _DAY, nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    _check('helper_term', 'kind', "kind IN ('dialect', 'skill', 'interest', 'hours', 'area', 'team')"),
    _check('helper_term', 'span', 'valid_from <= valid_to'),
    _key('helper_term', 'helper_id', 'helper'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helper_term')),
    sqlite_strict=True
    )
    op.create_index('ix_helper_term_helper_id', 'helper_term', ['helper_id'], unique=False)
    op.create_table('helper_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('done_on', _DAY, nullable=False),
    sa.Column('done_by', sa.Text(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('valid_until', _DAY, nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    _check('helper_check', 'kind', "kind IN ('vetting', 'training', 'review')"),
    _check('helper_check', 'outcome', "outcome IN ('passed', 'failed')"),
    _check('helper_check', 'span', 'done_on <= valid_until'),
    _check('helper_check', 'minutes', 'minutes > 0'),
    _key('helper_check', 'helper_id', 'helper'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helper_check')),
    sqlite_strict=True
    )
    op.create_index('ix_helper_check_helper_id_kind', 'helper_check', ['helper_id', 'kind'], unique=False)
    op.create_table('pair_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('frees', _DAY, nullable=True),
    sa.Column('weights', _RECORD, nullable=True),
    sa.Column('told', _RECORD, nullable=True),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pair_round')),
    sqlite_strict=True
    )
    op.create_table('pair_offer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=True),
    sa.Column('from_seat_id', sa.Integer(), nullable=True),
    sa.Column('terms', _RECORD, nullable=True),
    sa.Column('why', _RECORD, nullable=True),
    sa.Column('seat_id', sa.Integer(), nullable=True),
    sa.Column('accepted_at', _MOMENT, nullable=True),
    sa.Column('accepted_by', sa.Text(), nullable=True),
    sa.Column('declined_at', _MOMENT, nullable=True),
    sa.Column('declined_by', sa.Text(), nullable=True),
    _check('pair_offer', 'accepted', 'accepted_at IS NULL OR helper_id IS NOT NULL'),
    _key('pair_offer', 'round_id', 'pair_round'),
    _key('pair_offer', 'person_id', 'person'),
    _key('pair_offer', 'helper_id', 'helper'),
    _key('pair_offer', 'from_seat_id', 'care_team_member'),
    _key('pair_offer', 'seat_id', 'care_team_member'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pair_offer')),
    sa.UniqueConstraint('round_id', 'person_id', 'helper_id', name=op.f('uq_pair_offer_round_id_person_id_helper_id')),
    sqlite_strict=True
    )
    op.create_index('ix_pair_offer_person_id', 'pair_offer', ['person_id'], unique=False)
    with op.batch_alter_table('care_team_member', recreate='never') as table:
        table.add_column(sa.Column('locked_on', _DAY, nullable=True))
        table.add_column(sa.Column('end_reason', sa.Text(), nullable=True))
    name = 'fk_care_team_member_helper_id_helper'
    if op.get_bind().dialect.name == 'sqlite':
        # With its reference in one statement, or the table would be written anew.
        op.execute('ALTER TABLE care_team_member ADD COLUMN helper_id INTEGER '
                   f'CONSTRAINT {name} REFERENCES helper (id)')
    else:
        op.add_column('care_team_member', sa.Column('helper_id', sa.Integer(), nullable=True))
        op.create_foreign_key(op.f(name), 'care_team_member', 'helper', ['helper_id'], ['id'])
    op.create_index('ix_care_team_member_helper_id', 'care_team_member', ['helper_id'], unique=False)


def downgrade() -> None:
    """Forget helpers and proposals; pairs stay as seats with a name."""
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'care_team_member'"
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    else:
        for name in ('seat_insert', 'seat_update', 'check_update', 'check_delete'):
            op.execute(f'DROP FUNCTION IF EXISTS pairs_{name}() CASCADE')
    for table in ('pair_offer', 'pair_round', 'helper_check', 'helper_term'):
        op.drop_table(table)
    op.drop_index('ix_care_team_member_helper_id', 'care_team_member')
    for column in ('helper_id', 'locked_on', 'end_reason'):
        op.drop_column('care_team_member', column)
    op.drop_table('helper')
