"""The outbox: what goes out to the world."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

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
    Column("ordinal", Integer, nullable=False, server_default=text("1")),
    Column("channel", String, nullable=False, server_default=text("'default'")),
    Column("message", Document),
    Column("review", String),
    Column("error", Text),
    Column("receipt", Text),
    Column("sender", String),
    Column("sending_until", Moment),
    Column("fence", Integer, nullable=False, server_default=text("0")),
)
Index("ix_outbox_workflow_case_id_effect", outbox.c.workflow, outbox.c.case_id, outbox.c.effect)
Index("ix_outbox_status_next_attempt_at", outbox.c.status, outbox.c.next_attempt_at)
Index("ix_outbox_run", outbox.c.run)
