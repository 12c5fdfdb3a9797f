"""When a run was put on the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add a column to the runs, and an index of those that are on the queue."""
    op.add_column("runs", sa.Column("queued_at", sa.DateTime(timezone=True)))
    waiting = sa.text("queued_at IS NOT NULL")
    op.create_index("ix_runs_queued_at", "runs", ["queued_at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
