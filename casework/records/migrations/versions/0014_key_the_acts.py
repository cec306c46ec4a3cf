"""Keep with each act the key of the form that did it, so that a retry never does it twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014_act_keys'
down_revision = '0013_rosters'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the key; what was done before has none."""
    op.add_column('change_log', sa.Column('client_key', sa.Text(), nullable=True))
    op.create_index('uq_change_log_client_key', 'change_log', ['client_key'], unique=True)


def downgrade() -> None:
    """Forget the keys; the triggers that write them are made anew when a workbook is founded."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'change_log'"
        )
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_index('uq_change_log_client_key', 'change_log')
    op.drop_column('change_log', 'client_key')
