"""Reviews with terms, an outbox that is delivered, the audit trail, forks, migrations and tombstones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what is new; an effect that waits in the outbox goes out with its decision as the message."""
    _runs()
    _reviews()
    _outbox()
    _audit()
    _tombstones()


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError


def _runs() -> None:
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("origin", sa.String()))
        table.add_column(sa.Column("seed", DOCUMENT))
        table.add_column(sa.Column("journal_kept", sa.Integer(), server_default=sa.text("0"), nullable=False))
        table.add_column(sa.Column("audit_rows", sa.Integer(), server_default=sa.text("0"), nullable=False))
        table.add_column(sa.Column("audit_head", sa.String(), server_default=sa.text("''"), nullable=False))
        table.add_column(sa.Column("pruned_at", MOMENT))
    op.create_index("ix_runs_workflow_case_id", "runs", ["workflow", "case_id"])


def _reviews() -> None:
    with op.batch_alter_table("reviews") as table:
        table.add_column(sa.Column("queue", sa.String(), server_default=sa.text("'default'"), nullable=False))
        table.add_column(sa.Column("terms", DOCUMENT))
        table.add_column(sa.Column("step", sa.Integer(), server_default=sa.text("0"), nullable=False))
        table.add_column(sa.Column("reminded", sa.Integer(), server_default=sa.text("0"), nullable=False))
        table.add_column(sa.Column("remind_at", MOMENT))
        table.add_column(sa.Column("claimed_at", MOMENT))


def _outbox() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint("uq_outbox_workflow_case_id_effect_digest", type_="unique")
        table.add_column(sa.Column("ordinal", sa.Integer(), server_default=sa.text("1"), nullable=False))
        table.add_column(sa.Column("channel", sa.String(), server_default=sa.text("'default'"), nullable=False))
        table.add_column(sa.Column("message", DOCUMENT))
        table.add_column(sa.Column("review", sa.String()))
        table.add_column(sa.Column("error", sa.Text()))
        table.add_column(sa.Column("receipt", sa.Text()))
        table.add_column(sa.Column("sender", sa.String()))
        table.add_column(sa.Column("sending_until", MOMENT))
        table.add_column(sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_outbox_workflow_case_id_effect", "outbox", ["workflow", "case_id", "effect"])
    op.create_index("ix_outbox_status_next_attempt_at", "outbox", ["status", "next_attempt_at"])
    op.create_index("ix_outbox_run", "outbox", ["run"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.Column("salt", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run", "ordinal", name="pk_audit"),
    )


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("case_digest", sa.String(), nullable=False),
        sa.Column("forgotten_by", sa.String(), nullable=False),
        sa.Column("forgotten_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstones"),
    )
    op.create_index("ix_tombstones_case_digest", "tombstones", ["case_digest"])
