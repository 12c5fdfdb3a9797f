"""The table of schedules: the cases that are run again and again, and when."""

from sqlalchemy import Column, Index, String, Table, Text, text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

schedules = Table(
    "schedules",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("case_data", Document, nullable=False),
    Column("profile", String),
    Column("staff", Document),
    Column("cron", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("status", String, nullable=False, server_default=text("'active'")),
    Column("next_at", Moment, nullable=False),
    Column("last_at", Moment),
    Column("last_run", String),
    Column("run", String, nullable=False),
    Column("error", Text),
    Column("changed_by", String),
    Column("changed_at", Moment),
    Column("created_at", Moment, nullable=False),
)
Index("ix_schedules_status_next_at", schedules.c.status, schedules.c.next_at)
Index("ix_schedules_case_id", schedules.c.case_id)
