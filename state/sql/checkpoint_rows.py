"""How a checkpoint and its pending writes become rows, and rows a checkpoint tuple again.

A checkpoint is one row with everything in it. Channel versions are small whole numbers, which the default
of LangGraph's base class provides: they are most of what a checkpoint consists of besides its values.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import Row as ResultRow

from state.sql.inserts import Insert, Row, Rows
from state.sql.tables import saved_checkpoints, saved_writes

_CHECKPOINTS = Insert(saved_checkpoints, "replace")
_WRITES = Insert(saved_writes, "keep")
_SIGNALS = Insert(saved_writes, "replace")
"""Errors, interrupts and resume values have a place of their own each, and the latest counts."""

_ENCODER = json.JSONEncoder(sort_keys=True, allow_nan=False, separators=(",", ":"))


def configuration(thread: str, namespace: str, checkpoint: str) -> RunnableConfig:
    """The configuration that names one checkpoint."""
    return {"configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint}}


def checkpoint_rows(
    serde: SerializerProtocol, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
) -> Rows:
    """The row of a checkpoint."""
    place = config["configurable"]
    facts = get_serializable_checkpoint_metadata(config, metadata)
    encoding, body = serde.dumps_typed(checkpoint)
    row = (
        str(place["thread_id"]),
        place.get("checkpoint_ns", ""),
        checkpoint["id"],
        place.get("checkpoint_id"),
        facts.get("run_id"),
        json_text(facts),
        encoding,
        body,
    )
    return Rows({_CHECKPOINTS: [row]})


def write_rows(
    serde: SerializerProtocol,
    config: RunnableConfig,
    writes: Sequence[tuple[str, Any]],
    task: str,
    path: str,
) -> Rows:
    """The rows of a task's writes: a write that is there already is kept, a signal is replaced."""
    place = config["configurable"]
    key = (str(place["thread_id"]), place.get("checkpoint_ns", ""), place["checkpoint_id"], task)
    by_insert: dict[Insert, list[Row]] = {}
    for index, (channel, value) in enumerate(writes):
        ordinal = WRITES_IDX_MAP.get(channel, index)
        row = (*key, ordinal, path, channel, *serde.dumps_typed(value))
        by_insert.setdefault(_SIGNALS if ordinal < 0 else _WRITES, []).append(row)
    return Rows(by_insert)


def checkpoint_tuple(
    serde: SerializerProtocol, row: ResultRow[Any], writes: Iterable[ResultRow[Any]]
) -> CheckpointTuple:
    """The checkpoint of a row, with the writes that wait at it in the order in which they are applied."""
    in_order = sorted(writes, key=lambda write: writes_sort_key(write.path, write.task, write.ordinal))
    return CheckpointTuple(
        config=configuration(row.thread, row.namespace, row.checkpoint),
        checkpoint=serde.loads_typed((row.encoding, row.body)),
        metadata=cast(CheckpointMetadata, row.metadata),
        parent_config=configuration(row.thread, row.namespace, row.parent) if row.parent else None,
        pending_writes=[
            (write.task, write.channel, serde.loads_typed((write.encoding, write.body))) for write in in_order
        ],
    )


def json_text(value: Any) -> str:
    """A JSON text with one spelling for equal values; PostgreSQL cannot keep the character NUL."""
    text = _ENCODER.encode(value)
    if "\\u0000" in text:
        return json_text(_without_nul(value))
    return text


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "").replace("\\u0000", "")
        case dict():
            return {_without_nul(key): _without_nul(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_nul(item) for item in value]
        case _:
            return value
