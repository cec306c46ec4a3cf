"""Keep pictures of visits, and which points of the standard of reception were kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0025_visit_photos"
down_revision = "0024_outside_orders"
branch_labels = None
depends_on = None

_MOMENT = casework.records.base.Moment()
_INDEX = "ix_contact_photo_contact_id"


def upgrade() -> None:
    """Make the table; of contacts until now nobody said how they were received."""
    op.create_table('contact_photo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('caption', sa.Text(), nullable=False),
    sa.Column('image', sa.Text(), nullable=False),
    sa.Column('recorded_at', _MOMENT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('superseded_at', _MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_contact_photo_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_photo')),
    sqlite_strict=True
    )
    op.create_index(_INDEX, "contact_photo", ["contact_id"], unique=False)
    op.add_column("contact", sa.Column("welcome", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget both; triggers on the table are made anew when a workbook is founded."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'contact'"
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_column("contact", "welcome")
    op.drop_index(_INDEX, "contact_photo")
    op.drop_table("contact_photo")
