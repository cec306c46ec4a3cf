"""Keep which held row a person was taken out of, where the row was about several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_beside"
down_revision = "0016_strike_outs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no row was taken apart before."""
    op.add_column("import_row", sa.Column("beside_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the column away; the people stay, each with a row of the import."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'import_row'"
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_column("import_row", "beside_id")
