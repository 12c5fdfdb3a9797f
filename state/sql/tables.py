"""The tables, once, for SQLite and PostgreSQL.

None of the names is one of LangGraph's own (``checkpoints``, ``writes``, ``store`` and the like), so both
can live in one database.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)

from state.sql.columns import Document, Key, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
)
Index("ix_runs_workflow_status_created_at", runs.c.workflow, runs.c.status, desc(runs.c.created_at))
Index("ix_runs_created_at", desc(runs.c.created_at))
Index("ix_runs_batch_position", runs.c.batch, runs.c.position)
Index(
    "ix_runs_driver",
    runs.c.driver,
    sqlite_where=runs.c.driver.is_not(None),
    postgresql_where=runs.c.driver.is_not(None),
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

reviews = Table(
    "reviews",
    metadata,
    Column("id", String, primary_key=True),
    Column("run", String, nullable=False),
    Column("question", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("names", Document, nullable=False),
    Column("versions", Document, nullable=False),
    Column("payload", Document, nullable=False),
    Column("status", String, nullable=False),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("opened_at", Moment, nullable=False),
    Column("deadline", Moment),
    Column("claimed_by", String),
    Column("claimed_until", Moment),
    Column("answer", Document),
    Column("answered_by", String),
    Column("answered_at", Moment),
    Column("applied_at", Moment),
    UniqueConstraint("run", "question"),
)
Index("ix_reviews_status_priority_opened_at", reviews.c.status, desc(reviews.c.priority), reviews.c.opened_at)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("effect", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("run", String, nullable=False),
    Column("payload", Document, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Moment, nullable=False),
    Column("next_attempt_at", Moment),
    Column("delivered_at", Moment),
    Column("corrects", String),
    UniqueConstraint("workflow", "case_id", "effect", "digest"),
)

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
