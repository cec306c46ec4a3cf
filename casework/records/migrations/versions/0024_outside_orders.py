"""Keep with a service which number another platform gave it, so that its row is known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_outside_orders"
down_revision = "0023_campaign_travel"
branch_labels = None
depends_on = None

_INDEX = "uq_service_order_outside_ref"


def upgrade() -> None:
    """Add it; what was ordered until now came from nowhere else."""
    op.add_column("service_order", sa.Column("outside_ref", sa.Text(), nullable=True))
    op.create_index(_INDEX, "service_order", ["outside_ref", "person_id"], unique=True)


def downgrade() -> None:
    """Forget it; triggers on the table are made anew when a workbook is founded."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'service_order'"
        )
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_index(_INDEX, "service_order")
    op.drop_column("service_order", "outside_ref")
