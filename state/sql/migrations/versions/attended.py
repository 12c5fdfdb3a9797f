"""Certificates, judgements on cases, outcomes, spot checks and accepted rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
UNSEEN = "certificate IS NOT NULL AND is_seen IS {no}"
GRADED = "certificate IS NOT NULL AND error IS NOT NULL AND is_error_seen IS {no} AND asked IS {no}"


def upgrade() -> None:
    """Add their tables."""
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_because", sa.Text(), nullable=False, server_default=""),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("watch", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
    )
    op.create_index("ix_certificates_workflow_signature", "certificates", ["workflow", "signature"])
    op.create_table(
        "judgements",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("certificate", sa.String()),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("is_seen", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_error_seen", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("run", name="pk_judgements"),
    )
    op.create_index("ix_judgements_case_id_workflow", "judgements", ["case_id", "workflow"])
    for name, condition in (("ix_judgements_unseen", UNSEEN), ("ix_judgements_graded", GRADED)):
        # SQLite takes an index only for what is written as it is in the query
        sqlite, postgresql = (sa.text(condition.format(no=no)) for no in ("0", "false"))
        op.create_index(name, "judgements", ["certificate"], sqlite_where=sqlite, postgresql_where=postgresql)
    op.create_index(
        "ix_judgements_error",
        "judgements",
        ["workflow", "certificate", "asked", "error", "at"],
        sqlite_where=sa.text("error IS NOT NULL"),
        postgresql_where=sa.text("error IS NOT NULL"),
    )
    op.create_table(
        "outcomes",
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("label", DOCUMENT, nullable=False),
        sa.Column("happened_at", MOMENT),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "case_id", name="pk_outcomes"),
    )
    op.create_table(
        "spot_checks",
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("agreed", sa.Boolean()),
        sa.Column("by", sa.String()),
        sa.Column("answered_at", MOMENT),
        sa.PrimaryKeyConstraint("workflow", "case_id", name="pk_spot_checks"),
    )
    op.create_index("ix_spot_checks_run", "spot_checks", ["run"])
    op.create_index("ix_spot_checks_status_drawn_at", "spot_checks", ["status", "drawn_at"])
    op.create_table(
        "rules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("conflict", sa.String(), nullable=False),
        sa.Column("prefer", sa.String(), nullable=False),
        sa.Column("support", DOCUMENT, nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("revoked_by", sa.String()),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_keys"),
    )


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
