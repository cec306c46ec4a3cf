"""Keep how a delegation travels, which decides how long its ways take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_campaign_travel"
down_revision = "0022_pairs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; delegations until now go as most do."""
    op.add_column("delegation", sa.Column("travel", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget it; triggers that write the audit are made anew when a workbook is founded."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'delegation'"
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_column("delegation", "travel")
