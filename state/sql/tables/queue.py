"""The tables around the queue: the workers that live, the limits that all of them share, and who holds their places.

The moments of limits and slots are seconds since 1970 by the database's own clock, since they are reckoned with there.
"""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, text

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("versions", Document, nullable=False),
    Column("running", Integer, nullable=False, server_default=text("0")),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("last_minute", Integer, nullable=False, server_default=text("0")),
    Column("last_ten_minutes", Integer, nullable=False, server_default=text("0")),
    Column("draining", Boolean, nullable=False, server_default=text("false")),
)

limits = Table(
    "limits",
    metadata,
    Column("scope", String, primary_key=True),
    Column("at_once", Integer),
    Column("per_minute", Integer),
    Column("tokens", Float, nullable=False, server_default=text("0")),
    Column("filled_at", Float, nullable=False, server_default=text("0")),
    Column("set_by", String, nullable=False),
    Column("set_at", Moment, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("id", String, primary_key=True),
    Column("scope", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("until", Float, nullable=False),
)
Index("ix_slots_scope", slots.c.scope)
Index("ix_slots_holder", slots.c.holder)
