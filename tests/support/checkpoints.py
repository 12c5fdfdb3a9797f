"""Checkpoints for tests: small ones, and short ways to save and list them."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint
from langgraph.checkpoint.base.id import uuid6

from state.sql.checkpoints import SqlCheckpointer


def thread(name: str = "thread", checkpoint: str | None = None, namespace: str = "") -> RunnableConfig:
    """The configuration of a thread, or of one checkpoint of it."""
    place = {"thread_id": name, "checkpoint_ns": namespace}
    return {"configurable": place if checkpoint is None else {**place, "checkpoint_id": checkpoint}}


def checkpoint(**values: Any) -> Checkpoint:
    """A new checkpoint with these channel values."""
    return Checkpoint(
        v=4,
        id=str(uuid6()),
        ts="2026-07-01T12:00:00+00:00",
        channel_values=values,
        channel_versions=dict.fromkeys(values, 1),
        versions_seen={},
        updated_channels=None,
    )


async def put(saver: SqlCheckpointer, config: RunnableConfig, **metadata: Any) -> RunnableConfig:
    """Save a new checkpoint below the one of the configuration."""
    facts: Any = {"source": "loop", **metadata}
    return await saver.aput(config, checkpoint(step=1), facts, {})


async def listed(saver: SqlCheckpointer, config: RunnableConfig | None, **asked: Any) -> list[str]:
    """The ids that a listing gives."""
    return [found.checkpoint["id"] async for found in saver.alist(config, **asked)]
