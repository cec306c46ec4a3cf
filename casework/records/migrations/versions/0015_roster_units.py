"""Say of a roster which unit's it is: its supervisors decide about it, and no others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_roster_units"
down_revision = "0014_act_keys"
branch_labels = None
depends_on = None

# Whoever is known by the name that was written down, where only one person is.
_UNIT_BEFORE = """
UPDATE roster SET unit_id = (
  SELECT max(s.unit_id) FROM staff s WHERE s.name = roster.recorded_by HAVING count(*) = 1
)
"""


def upgrade() -> None:
    """Add the unit; a roster whose maker is not known for certain is the whole agency's."""
    op.execute(
        'ALTER TABLE roster ADD COLUMN unit_id INTEGER '
        'CONSTRAINT fk_roster_unit_id_organisation REFERENCES organisation (id)'
    )
    op.execute(_UNIT_BEFORE)


def downgrade() -> None:
    """Forget the units; the triggers that write them down are made anew by the next founding."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'roster'"
        for name in connection.scalars(sa.text(triggers)).all():
            op.execute(f'DROP TRIGGER "{name}"')
    op.drop_column('roster', 'unit_id')
