"""LangGraph's checkpoints in SQL: one core for its synchronous and its asynchronous face.

Checkpoints and writes are serialised where they are made and queued at once, so they are committed in the
order in which they were made. A single checkpoint is read in the same queue, so it is seen with all that was
queued before it. Listing waits for that too, and then reads on connections of its own, a page at a time, and
holds none in between.

Where the configuration carries a lease (``HELD_UNDER``), nothing is saved once another driver has taken the run over:
saving raises ``LeaseLost``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import Engine

from state.sql import checkpoint_upkeep as upkeep
from state.sql.checkpoint_query import CheckpointQuery, Find, Found, Key, writes_at
from state.sql.checkpoint_rows import checkpoint_rows, checkpoint_tuple, configuration, write_rows
from state.sql.committer import Reading
from state.sql.database import Database
from state.sql.inserts import Guarded, Rows

HELD_UNDER = "__roundhouse_lease"
"""The key of a configuration under which a driver names its lease."""

_PAGE = 32
"""Checkpoints read at a time when listing."""


class SqlCheckpointer(BaseCheckpointSaver[int]):
    """Keeps the checkpoints of LangGraph in SQLite or PostgreSQL."""

    def __init__(self, database: Database | Engine, *, serde: SerializerProtocol | None = None) -> None:
        """Use a database, or an engine whose database gets the schema if it is empty."""
        super().__init__(serde=serde or JsonPlusSerializer(allowed_msgpack_modules=None))
        self._database = Database(database) if isinstance(database, Engine) else database
        self._committer = self._database.committer

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; it is on disk when this returns."""
        self._committer.submit(_guarded(config, checkpoint_rows(self.serde, config, checkpoint, metadata))).result()
        return _saved(config, checkpoint)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; it is on disk when this returns."""
        await self._committer.run(_guarded(config, checkpoint_rows(self.serde, config, checkpoint, metadata)))
        return _saved(config, checkpoint)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote at a checkpoint."""
        self._committer.submit(_guarded(config, write_rows(self.serde, config, writes, task_id, task_path))).result()

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote at a checkpoint."""
        await self._committer.run(_guarded(config, write_rows(self.serde, config, writes, task_id, task_path)))

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the configuration names, or the newest of its thread and namespace."""
        return self._decoded(self._committer.submit(Reading(Find(config))).result())

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the configuration names, or the newest of its thread and namespace."""
        return self._decoded(await self._committer.run(Reading(Find(config))))

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002  # LangGraph's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints that match, newest first."""
        query = CheckpointQuery.of(config, filter, before)
        self._committer.flush().result()
        for page in self._pages(query, limit):
            yield from page

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002  # LangGraph's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The checkpoints that match, newest first."""
        query = CheckpointQuery.of(config, filter, before)
        await self._committer.flushed()
        pages = self._pages(query, limit)
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            for found in page:
                yield found

    def delete_thread(self, thread_id: str) -> None:
        """Delete everything of a thread."""
        self._committer.submit(upkeep.delete_threads([str(thread_id)])).result()

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete everything of a thread."""
        await self._committer.run(upkeep.delete_threads([str(thread_id)]))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints whose metadata name one of the runs."""
        self._committer.submit(upkeep.delete_runs(run_ids)).result()

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints whose metadata name one of the runs."""
        await self._committer.run(upkeep.delete_runs(run_ids))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy everything of a thread to another."""
        self._committer.submit(upkeep.copy_thread(source_thread_id, target_thread_id)).result()

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy everything of a thread to another."""
        await self._committer.run(upkeep.copy_thread(source_thread_id, target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the newest checkpoint of each namespace, or with ``delete`` none."""
        self._committer.submit(upkeep.prune_threads(thread_ids, strategy)).result()

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the newest checkpoint of each namespace, or with ``delete`` none."""
        await self._committer.run(upkeep.prune_threads(thread_ids, strategy))

    def close(self) -> None:
        """Finish what is queued, and let go of the database."""
        self._database.close()

    def _decoded(self, found: Found | None) -> CheckpointTuple | None:
        return checkpoint_tuple(self.serde, *found) if found else None

    def _pages(self, query: CheckpointQuery, limit: int | None) -> Iterator[Sequence[CheckpointTuple]]:
        """The answers to a query, a page at a time; no connection is held while a page is looked at."""
        after: Key | None = None
        remaining = limit
        while remaining is None or remaining > 0:
            size = _PAGE if remaining is None else min(_PAGE, remaining)
            with self._database.reading() as connection:
                rows = query.page(connection, after, size)
                writes = writes_at(connection, [_key(row) for row in rows])
            if rows:
                yield [checkpoint_tuple(self.serde, row, writes[_key(row)]) for row in rows]
                after = _key(rows[-1])
            if len(rows) < size:
                return
            remaining = None if remaining is None else remaining - size


def _guarded(config: RunnableConfig, rows: Rows) -> Rows | Guarded:
    lease = config["configurable"].get(HELD_UNDER)
    return rows if lease is None else Guarded(rows, lease)


def _key(row: Any) -> Key:
    return (row.thread, row.namespace, row.checkpoint)


def _saved(config: RunnableConfig, checkpoint: Checkpoint) -> RunnableConfig:
    place = config["configurable"]
    return configuration(place["thread_id"], place.get("checkpoint_ns", ""), checkpoint["id"])
