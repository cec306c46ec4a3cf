"""Keep a wish once: as a record of its own; the fact tells only whether wishes were asked for.

What was kept as the fact ``service_wish`` becomes a wish where it is none yet, with its days and
whether it was a mistake; the old rows stay as history, superseded. Nothing that was said is lost.
"""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = '0008_wishes'
down_revision = '0007_consent'
branch_labels = None
depends_on = None

_MOMENT = casework.records.base.Moment()

_AS_WISHES = sa.text("""
    INSERT INTO wish (person_id, text, said_on, source, batch_id, recorded_at, recorded_by,
                      closed_on, closing_note, superseded_at)
    SELECT fact.person_id, fact.value, fact.valid_from, fact.source, fact.batch_id,
           fact.recorded_at, fact.recorded_by, fact.valid_to,
           CASE WHEN fact.valid_to IS NULL THEN NULL ELSE fact.note END, fact.superseded_at
    FROM fact
    WHERE fact.code = 'service_wish' AND fact.value <> ''
      AND NOT EXISTS (SELECT 1 FROM wish
                      WHERE wish.person_id = fact.person_id AND wish.text = fact.value
                        AND (wish.superseded_at IS NULL) = (fact.superseded_at IS NULL))
    ORDER BY fact.id
""")
# One row a person and span that still stood: of several wishes at a time the earliest day, the
# latest asking and the last row's writer count.
_AS_ASKED = sa.text("""
    INSERT INTO fact (person_id, code, value, valid_from, source, verified_on, batch_id,
                      recorded_at, recorded_by)
    SELECT latest.person_id, 'wishes_asked',
           CASE WHEN held.n_wishes > 0 THEN 'yes' ELSE 'no' END,
           CASE WHEN held.n_dated < held.n THEN NULL ELSE held.since END,
           latest.source, held.verified, latest.batch_id, latest.recorded_at, latest.recorded_by
    FROM (SELECT person_id, max(id) AS id, count(*) AS n, count(valid_from) AS n_dated,
                 min(valid_from) AS since, max(verified_on) AS verified,
                 sum(CASE WHEN value = '' THEN 0 ELSE 1 END) AS n_wishes
          FROM fact
          WHERE code = 'service_wish' AND superseded_at IS NULL AND valid_to IS NULL
          GROUP BY person_id) AS held
    JOIN fact AS latest ON latest.id = held.id
    ORDER BY latest.id
""")
_AS_HISTORY = sa.text("""
    UPDATE fact SET superseded_at = :moment
    WHERE code = 'service_wish' AND superseded_at IS NULL
""").bindparams(sa.bindparam("moment", type_=_MOMENT))


def upgrade() -> None:
    """Move wishes to their own table and note who was asked."""
    connection = op.get_bind()
    connection.execute(_AS_WISHES)
    connection.execute(_AS_ASKED)
    connection.execute(_AS_HISTORY, {"moment": datetime.now(timezone.utc)})


def downgrade() -> None:
    """Give the fact back as far as it can be told: what stands as a wish stands as a fact."""
    connection = op.get_bind()
    connection.execute(sa.text("""
        INSERT INTO fact (person_id, code, value, valid_from, source, batch_id, recorded_at,
                          recorded_by)
        SELECT person_id, 'service_wish', text, said_on, source, batch_id, recorded_at, recorded_by
        FROM wish WHERE superseded_at IS NULL AND closed_on IS NULL
    """))
    connection.execute(sa.text("DELETE FROM fact WHERE code = 'wishes_asked'"))
