"""Note about whom something was changed: for the population and for plans.

The table ``population`` and the triggers are made anew whenever a workbook is founded
(`casework.records.population_rows.found_population`): they follow the vocabulary of facts, and a table that a later
revision rebuilds loses its triggers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005_touched'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of notes."""
    op.create_table('population_due',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_population_due')),
    sqlite_strict=True
    )
    op.create_table('plan_stamp',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('touched', sa.Integer(), nullable=False),
    sa.Column('planned', sa.Integer(), nullable=True),
    sa.Column('policy', sa.Text(), nullable=True),
    sa.Column('doubtful', sa.Integer(), nullable=True),
    sa.Column('reading', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_plan_stamp')),
    sqlite_strict=True
    )
    op.create_table('planning_now',
    sa.Column('one', sa.Integer(), nullable=True),
    sqlite_strict=True
    )


def downgrade() -> None:
    """Take away the notes, and what was made to write them."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'note!_%' ESCAPE '!'"
        )
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    else:
        functions = (
            "SELECT proname FROM pg_proc WHERE proname LIKE 'note!_%' ESCAPE '!'"
            " AND pronamespace = current_schema()::regnamespace"
        )
        for name in connection.scalars(sa.text(functions)).all():
            op.execute(f'DROP FUNCTION "{name}"() CASCADE')
    op.execute("DROP TABLE IF EXISTS population")
    op.drop_table('planning_now')
    op.drop_table('plan_stamp')
    op.drop_table('population_due')
