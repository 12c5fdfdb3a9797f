"""The table of runs, and what a run consists of: records, notes, executions, conflicts."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, desc, text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("signature", String, nullable=False),
    Column("batch", String),
    Column("position", Integer),
    Column("case_id", String, nullable=False),
    Column("case_data", Document, nullable=False),
    Column("status", String, nullable=False),
    Column("pins", Document, nullable=False),
    Column("decisions", Document, nullable=False),
    Column("flagged", Boolean, nullable=False, server_default=text("false")),
    Column("questions", Integer, nullable=False, server_default=text("0")),
    Column("model_calls", Integer, nullable=False, server_default=text("0")),
    Column("tokens_in", Integer, nullable=False, server_default=text("0")),
    Column("tokens_out", Integer, nullable=False, server_default=text("0")),
    Column("cost", Float, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("driver", String),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("origin", String),
    Column("seed", Document),
    Column("journal_kept", Integer, nullable=False, server_default=text("0")),
    Column("audit_rows", Integer, nullable=False, server_default=text("0")),
    Column("audit_head", String, nullable=False, server_default=text("''")),
    Column("pruned_at", Moment),
    Column("queued_at", Moment),
)
# Lists, counts and figures are read from this one alone: a row of the table is a few kB of documents. No other index
# may begin with the workflow or the status, or SQLite takes that one, and then reads the rows.
Index(
    "ix_runs_listed",
    desc(runs.c.created_at),
    *(runs.c[name] for name in ("id", "workflow", "case_id", "status", "origin", "flagged", "questions")),
    *(runs.c[name] for name in ("model_calls", "tokens_in", "tokens_out", "cost")),
)
Index("ix_runs_case_id_workflow", runs.c.case_id, runs.c.workflow)
Index("ix_runs_batch_position_status", runs.c.batch, runs.c.position, runs.c.status)
Index(
    "ix_runs_driver",
    runs.c.driver,
    sqlite_where=runs.c.driver.is_not(None),
    postgresql_where=runs.c.driver.is_not(None),
)
# forks are few, and asked for by that alone
Index(
    "ix_runs_forks",
    desc(runs.c.created_at),
    runs.c.id,
    sqlite_where=runs.c.origin.is_not(None),
    postgresql_where=runs.c.origin.is_not(None),
)
Index(
    "ix_runs_queued_at",
    runs.c.queued_at,
    sqlite_where=runs.c.queued_at.is_not(None),
    postgresql_where=runs.c.queued_at.is_not(None),
)
# how many failed is asked every few seconds by whoever watches, and there are few
Index(
    "ix_runs_failed",
    runs.c.updated_at,
    runs.c.status,
    sqlite_where=text("status = 'failed'"),
    postgresql_where=text("status = 'failed'"),
)

records = Table(
    "records",
    metadata,
    Column("run", String, primary_key=True),
    Column("decision", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String, nullable=False),
    Column("maker_kind", String, nullable=False),
    Column("maker", String, nullable=False),
    Column("built_from", Document, nullable=False),
    Column("notes_seen", Integer, nullable=False),
    Column("value", Document),
    Column("confidence", Float),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("made_at", Moment, nullable=False),
    Column("provenance", Document),
)

notes = Table(
    "notes",
    metadata,
    Column("run", String, primary_key=True),
    Column("decision", String, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("about_version", Integer),
    Column("made_at", Moment, nullable=False),
)

executions = Table(
    "executions",
    metadata,
    Column("run", String, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("decision", String, nullable=False),
    Column("specialist", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=False),
    Column("outcome", String, nullable=False),
    Column("error", Text),
    Column("model", String),
    Column("tokens_in", Integer, nullable=False, server_default=text("0")),
    Column("tokens_out", Integer, nullable=False, server_default=text("0")),
    Column("tokens_cached", Integer, nullable=False, server_default=text("0")),
    Column("cost", Float, nullable=False, server_default=text("0")),
    Column("tool", String),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("run", String, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("conflict", String, nullable=False),
    Column("versions", Document, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("preferred", String),
    Column("decided_by", String),
    Column("at", Moment, nullable=False),
)
