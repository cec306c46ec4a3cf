"""Let a step of an issue, what was given outside, an impact assessment and a leak be struck out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0016_strike_outs"
down_revision = "0015_roster_units"
branch_labels = None
depends_on = None

_TABLES = ('issue_step', 'disclosure', 'impact_assessment', 'incident')


def upgrade() -> None:
    """Add the moment; nothing that stands was struck out."""
    for table in _TABLES:
        moment: sa.Column[Any] = sa.Column('superseded_at', casework.records.base.Moment(), nullable=True)
        op.add_column(table, moment)


def downgrade() -> None:
    """Forget what was struck out: the rows of mistakes stand again as if they were none."""
    connection = op.get_bind()
    for table in _TABLES:
        if connection.dialect.name == "sqlite":
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
            for name in connection.scalars(sa.text(triggers), {"table": table}).all():
                op.execute(f'DROP TRIGGER "{name}"')
        op.drop_column(table, 'superseded_at')
