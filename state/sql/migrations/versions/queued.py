"""When a run was put on the queue; the workers, the limits that they share, and batches that are paused."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what a queue needs to runs and batches, an index of forks, and the tables of workers and limits."""
    op.add_column("runs", sa.Column("queued_at", sa.DateTime(timezone=True)))
    waiting = sa.text("queued_at IS NOT NULL")
    op.create_index("ix_runs_queued_at", "runs", ["queued_at"], sqlite_where=waiting, postgresql_where=waiting)
    failed = sa.text("status = 'failed'")
    about = ["updated_at", "status"]
    op.create_index("ix_runs_failed", "runs", about, sqlite_where=failed, postgresql_where=failed)
    forks = sa.text("origin IS NOT NULL")
    op.create_index(
        "ix_runs_forks", "runs", [sa.text("created_at DESC"), "id"], sqlite_where=forks, postgresql_where=forks
    )
    for name in ("paused_at", "cancelled_at"):
        op.add_column("batches", sa.Column(name, MOMENT))
    _workers()
    _limits()


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError


def _workers() -> None:
    counts = ("running", "done", "failed", "last_minute", "last_ten_minutes")
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("versions", DOCUMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in counts),
        sa.Column("draining", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("at_once", sa.Integer()),
        sa.Column("per_minute", sa.Integer()),
        sa.Column("tokens", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("filled_at", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_limits"),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
    )
    op.create_index("ix_slots_scope", "slots", ["scope"])
    op.create_index("ix_slots_holder", "slots", ["holder"])
