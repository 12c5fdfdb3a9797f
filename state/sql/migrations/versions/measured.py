"""Experiments of the lab, and their trials."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)

COUNTS = ("turns", "model_calls", "tokens_in", "tokens_out")
LATER_COUNTS = ("conflicts", "overrides", "cascades", "failures", "critical_path")


def upgrade() -> None:
    """Add their tables."""
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
    )
    op.create_table(
        "trials",
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.Float(), nullable=False),
        sa.Column("fault_rate", sa.Float(), nullable=False),
        sa.Column("ended", sa.String(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("share_right", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("redundancy", sa.Float(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("human_minutes", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in LATER_COUNTS),
        sa.Column("wall", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("experiment", "place", "case", name="pk_trials"),
    )


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
