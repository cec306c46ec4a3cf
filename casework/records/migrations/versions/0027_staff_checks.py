"""Keep trainings and self-checks of the staff, and the programmes that volunteers carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.records.base

revision = "0027_staff_checks"
down_revision = "0026_shared_facts"
branch_labels = None
depends_on = None

_DAY = casework.records.base.Day()
_MOMENT = casework.records.base.Moment()
_INDEX = "ix_staff_check_staff_id_kind"


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "staff_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("list_code", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("done_on", _DAY, nullable=False),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("valid_until", _DAY, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("superseded_at", _MOMENT, nullable=True),
        _check("staff_check", "kind", "kind IN ('training', 'self_check')"),
        _check("staff_check", "outcome", "outcome IN ('passed', 'failed')"),
        _check("staff_check", "span", "done_on <= valid_until"),
        _check("staff_check", "minutes", "minutes > 0"),
        _check("staff_check", "list", "(kind = 'self_check') = (list_code IS NOT NULL)"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_check_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_check")),
        sqlite_strict=True,
    )
    op.create_index(_INDEX, "staff_check", ["staff_id", "kind"], unique=False)
    op.create_table(
        "volunteer_programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("active_from", _DAY, nullable=False),
        sa.Column("active_to", _DAY, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        _check("volunteer_programme", "span", "active_from <= active_to"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_programme")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("volunteer_programme")
    op.drop_index(_INDEX, "staff_check")
    op.drop_table("staff_check")
