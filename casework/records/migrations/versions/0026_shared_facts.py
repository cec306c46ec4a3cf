"""Find who lives with one person, or names them as the spouse, without looking at everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_shared_facts"
down_revision = "0025_visit_photos"
branch_labels = None
depends_on = None

_INDEX = "ix_fact_shared"
_OTHER = "ix_related_person_other"
_LINKED = sa.text("other_person_id IS NOT NULL")
_SHARED = sa.text("code IN ('address', 'branch', 'building', 'community')")


def upgrade() -> None:
    """Make the two; that of facts holds a fourteenth of them."""
    op.create_index(
        _INDEX,
        "fact",
        ["code", "value", "person_id"],
        sqlite_where=_SHARED,
        postgresql_where=_SHARED,
    )
    op.create_index(
        _OTHER,
        "related_person",
        ["other_person_id"],
        sqlite_where=_LINKED,
        postgresql_where=_LINKED,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(_OTHER, "related_person")
    op.drop_index(_INDEX, "fact")
