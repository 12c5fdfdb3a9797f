"""Indexes from which lists, counts and figures of runs are read alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

FACTS = ("id", "workflow", "case_id", "status", "origin", "flagged", "questions")
SPENT = ("model_calls", "tokens_in", "tokens_out", "cost")


def upgrade() -> None:
    """Put three indexes in the place of four."""
    for columns in ("workflow_status_created_at", "created_at", "workflow_case_id", "batch_position"):
        op.drop_index(f"ix_runs_{columns}", "runs")
    op.create_index("ix_runs_listed", "runs", [sa.literal_column("created_at DESC"), *FACTS, *SPENT])
    op.create_index("ix_runs_case_id_workflow", "runs", ["case_id", "workflow"])
    op.create_index("ix_runs_batch_position_status", "runs", ["batch", "position", "status"])


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
