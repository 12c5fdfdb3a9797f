"""The audit trail, and what is left of the runs of a case that was forgotten."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from state.sql.columns import Moment
from state.sql.tables.naming import metadata

audit = Table(
    "audit",
    metadata,
    Column("run", String, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor_kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("payload", Text),
    Column("salt", String),
    Column("digest", String, nullable=False),
    Column("hash", String, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", String, primary_key=True),
    Column("run", String, nullable=False),
    Column("workflow", String, nullable=False),
    Column("case_digest", String, nullable=False),
    Column("forgotten_by", String, nullable=False),
    Column("forgotten_at", Moment, nullable=False),
)
Index("ix_tombstones_case_digest", tombstones.c.case_digest)
