"""The tables of LangGraph's checkpoints."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from state.sql.columns import Document, Key
from state.sql.tables.naming import metadata

saved_checkpoints = Table(
    "saved_checkpoints",
    metadata,
    Column("thread", Key, primary_key=True),
    Column("namespace", Key, primary_key=True),
    Column("checkpoint", Key, primary_key=True),
    Column("parent", String),
    Column("run", String),
    Column("metadata", Document, nullable=False),
    Column("encoding", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index(
    "ix_saved_checkpoints_run",
    saved_checkpoints.c.run,
    sqlite_where=saved_checkpoints.c.run.is_not(None),
    postgresql_where=saved_checkpoints.c.run.is_not(None),
)

saved_writes = Table(
    "saved_writes",
    metadata,
    Column("thread", Key, primary_key=True),
    Column("namespace", Key, primary_key=True),
    Column("checkpoint", Key, primary_key=True),
    Column("task", Key, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("path", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("encoding", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
