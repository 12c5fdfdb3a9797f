"""The table of reviews: the questions that are put to humans, and their answers."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint, desc, text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

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
    Column("queue", String, nullable=False, server_default=text("'default'")),
    Column("terms", Document),
    Column("step", Integer, nullable=False, server_default=text("0")),
    Column("deadline", Moment),
    Column("reminded", Integer, nullable=False, server_default=text("0")),
    Column("remind_at", Moment),
    Column("claimed_by", String),
    Column("claimed_at", Moment),
    Column("claimed_until", Moment),
    Column("answer", Document),
    Column("answered_by", String),
    Column("answered_at", Moment),
    Column("applied_at", Moment),
    UniqueConstraint("run", "question"),
)
Index("ix_reviews_status_priority_opened_at", reviews.c.status, desc(reviews.c.priority), reviews.c.opened_at)
