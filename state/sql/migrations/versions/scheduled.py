"""Schedules: cases that are run again and again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("case_data", DOCUMENT, nullable=False),
        sa.Column("profile", sa.String()),
        sa.Column("staff", DOCUMENT),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT),
        sa.Column("last_run", sa.String()),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("changed_by", sa.String()),
        sa.Column("changed_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_status_next_at", "schedules", ["status", "next_at"])
    op.create_index("ix_schedules_case_id", "schedules", ["case_id"])


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
