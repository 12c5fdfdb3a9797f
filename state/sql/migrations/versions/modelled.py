"""How decisions were made, and which tools were called."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Add a column to the records and one to the executions."""
    op.add_column("records", sa.Column("provenance", DOCUMENT))
    op.add_column("executions", sa.Column("tool", sa.String()))


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError
