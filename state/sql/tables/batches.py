"""The tables of batches, and of the signatures that runs and batches are pinned to."""

from sqlalchemy import Column, Integer, String, Table, Text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

signatures = Table(
    "signatures",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("parts", Document, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("signature", String, nullable=False),
    Column("source", String, nullable=False),
    Column("source_digest", String, nullable=False),
    Column("selection", Document, nullable=False),
    Column("profile_digest", String),
    Column("created_at", Moment, nullable=False),
    Column("paused_at", Moment),
    Column("cancelled_at", Moment),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("batch", String, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("field", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
)
