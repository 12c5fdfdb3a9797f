"""The tables of the lab: experiments and their trials."""

from sqlalchemy import Boolean, Column, Float, Integer, String, Table

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

experiments = Table(
    "experiments",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("content", Document, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
)

# a trial's columns have the names of its fields, and a cell is known by its place among those of the experiment
trials = Table(
    "trials",
    metadata,
    Column("experiment", String, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("case", Integer, primary_key=True, autoincrement=False),
    Column("shape", String, nullable=False),
    Column("agents", Integer, nullable=False),
    Column("overlap", Float, nullable=False),
    Column("fault_rate", Float, nullable=False),
    Column("ended", String, nullable=False),
    Column("right", Boolean, nullable=False),
    Column("share_right", Float, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("model_calls", Integer, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost", Float, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("redundancy", Float, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("human_minutes", Float, nullable=False),
    Column("conflicts", Integer, nullable=False),
    Column("overrides", Integer, nullable=False),
    Column("cascades", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("critical_path", Integer, nullable=False),
    Column("wall", Float, nullable=False),
)
