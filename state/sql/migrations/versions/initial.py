"""The initial schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TABLES = (
    "runs",
    "records",
    "notes",
    "executions",
    "conflicts",
    "reviews",
    "outbox",
    "signatures",
    "batches",
    "quarantine",
    "saved_checkpoints",
    "saved_writes",
)


def upgrade() -> None:
    """Create every table."""
    _runs()
    _records()
    _notes()
    _executions()
    _conflicts()
    _reviews()
    _outbox()
    _signatures()
    _batches()
    _quarantine()
    _saved_checkpoints()
    _saved_writes()


def downgrade() -> None:
    """Drop every table."""
    for table in TABLES:
        op.drop_table(table)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("batch", sa.String()),
        sa.Column("position", sa.Integer()),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("case_data", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("pins", DOCUMENT, nullable=False),
        sa.Column("decisions", DOCUMENT, nullable=False),
        sa.Column("flagged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("questions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("model_calls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_in", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_out", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("driver", sa.String()),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_batch_position", "runs", ["batch", "position"])
    op.create_index("ix_runs_created_at", "runs", [sa.literal_column("created_at DESC")])
    op.create_index(
        "ix_runs_driver",
        "runs",
        ["driver"],
        sqlite_where=sa.text("driver IS NOT NULL"),
        postgresql_where=sa.text("driver IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_workflow_status_created_at", "runs", ["workflow", "status", sa.literal_column("created_at DESC")]
    )


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("maker_kind", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("built_from", DOCUMENT, nullable=False),
        sa.Column("notes_seen", sa.Integer(), nullable=False),
        sa.Column("value", DOCUMENT),
        sa.Column("confidence", sa.Float()),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("run", "decision", "version", name="pk_records"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about_version", sa.Integer()),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("run", "decision", "ordinal", name="pk_notes"),
    )


def _executions() -> None:
    op.create_table(
        "executions",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("specialist", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("ready_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("model", sa.String()),
        sa.Column("tokens_in", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_out", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_cached", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("run", "ordinal", name="pk_executions"),
    )


def _conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conflict", sa.String(), nullable=False),
        sa.Column("versions", DOCUMENT, nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("preferred", sa.String()),
        sa.Column("decided_by", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("run", "ordinal", name="pk_conflicts"),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("versions", DOCUMENT, nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("deadline", MOMENT),
        sa.Column("claimed_by", sa.String()),
        sa.Column("claimed_until", MOMENT),
        sa.Column("answer", DOCUMENT),
        sa.Column("answered_by", sa.String()),
        sa.Column("answered_at", MOMENT),
        sa.Column("applied_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("run", "question", name="uq_reviews_run_question"),
    )
    op.create_index(
        "ix_reviews_status_priority_opened_at", "reviews", ["status", sa.literal_column("priority DESC"), "opened_at"]
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.Column("corrects", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("workflow", "case_id", "effect", "digest", name="uq_outbox_workflow_case_id_effect_digest"),
    )


def _signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("parts", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signatures"),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.Column("selection", DOCUMENT, nullable=False),
        sa.Column("profile_digest", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch", "line", "field", name="pk_quarantine"),
    )


def _saved_checkpoints() -> None:
    op.create_table(
        "saved_checkpoints",
        sa.Column("thread", KEY, nullable=False),
        sa.Column("namespace", KEY, nullable=False),
        sa.Column("checkpoint", KEY, nullable=False),
        sa.Column("parent", sa.String()),
        sa.Column("run", sa.String()),
        sa.Column("metadata", DOCUMENT, nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread", "namespace", "checkpoint", name="pk_saved_checkpoints"),
    )
    op.create_index(
        "ix_saved_checkpoints_run",
        "saved_checkpoints",
        ["run"],
        sqlite_where=sa.text("run IS NOT NULL"),
        postgresql_where=sa.text("run IS NOT NULL"),
    )


def _saved_writes() -> None:
    op.create_table(
        "saved_writes",
        sa.Column("thread", KEY, nullable=False),
        sa.Column("namespace", KEY, nullable=False),
        sa.Column("checkpoint", KEY, nullable=False),
        sa.Column("task", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread", "namespace", "checkpoint", "task", "ordinal", name="pk_saved_writes"),
    )
