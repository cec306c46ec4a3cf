"""Keep with a held row what titles and sections say of whoever it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from casework.records.base import Record

revision = "0006_held"
down_revision = "0005_touched"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rows held back before have nothing in it."""
    op.add_column("import_row", sa.Column("told", Record(), nullable=True))


def downgrade() -> None:
    """Take the column away; what a title said is read from the file again."""
    op.drop_column("import_row", "told")
