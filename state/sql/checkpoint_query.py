"""The questions that a checkpointer asks its tables, in SQL for both databases.

A metadata filter compares whole JSON values. Its keys are plain names, everything else about them is
refused, and keys and values are bound, never put into the text of a statement.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import get_checkpoint_id
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from state.errors import InvalidMetadataFilter
from state.sql.checkpoint_rows import json_text
from state.sql.tables import saved_checkpoints, saved_writes

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_table = saved_checkpoints.c
_NEWEST_FIRST = (_table.checkpoint.desc(), _table.thread.desc(), _table.namespace.desc())

_writes = saved_writes.c
_OF: tuple[BindParameter[str], ...] = tuple(
    bindparam(f"of_{part}", type_=Text()) for part in ("thread", "namespace", "checkpoint")
)
_HERE = select(saved_checkpoints).where(_table.thread == _OF[0], _table.namespace == _OF[1])
_NAMED = _HERE.where(_table.checkpoint == _OF[2])
_NEWEST = _HERE.order_by(_table.checkpoint.desc()).limit(1)
_WRITES = select(saved_writes).where(
    _writes.thread == _OF[0], _writes.namespace == _OF[1], _writes.checkpoint == _OF[2]
)

Key = tuple[str, str, str]
"""Thread, namespace and id of a checkpoint."""

Found = tuple[Row[Any], Sequence[Row[Any]]]
"""A checkpoint's row, and those of its writes."""


@dataclass(frozen=True)
class CheckpointQuery:
    """Which checkpoints are asked for; what is ``None`` is not asked about."""

    thread: str | None = None
    namespace: str | None = None
    checkpoint: str | None = None
    before: str | None = None
    """Only checkpoints older than this one."""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        config: RunnableConfig | None,
        metadata: Mapping[str, Any] | None,
        before: RunnableConfig | None,
    ) -> "CheckpointQuery":
        """The query that LangGraph's arguments of ``list`` stand for."""
        place = config["configurable"] if config else {}
        for key in metadata or {}:
            if not isinstance(key, str) or not _PLAIN_NAME.fullmatch(key):
                raise InvalidMetadataFilter(key)
        return cls(
            thread=str(place["thread_id"]) if "thread_id" in place else None,
            namespace=place.get("checkpoint_ns"),
            checkpoint=get_checkpoint_id(config) if config else None,
            before=get_checkpoint_id(before) if before else None,
            metadata=metadata or {},
        )

    def page(self, connection: Connection, after: Key | None, size: int) -> Sequence[Row[Any]]:
        """Up to ``size`` rows, newest first, that come after the one given."""
        wanted = self._select(connection.dialect.name).order_by(*_NEWEST_FIRST).limit(size)
        if after is not None:
            wanted = wanted.where(_comes_after(after))
        return connection.execute(wanted).all()

    def _select(self, dialect: str) -> Select[Any]:
        wanted = select(saved_checkpoints)
        if self.thread is not None:
            wanted = wanted.where(_table.thread == self.thread)
        if self.namespace is not None:
            wanted = wanted.where(_table.namespace == self.namespace)
        if self.checkpoint is not None:
            wanted = wanted.where(_table.checkpoint == self.checkpoint)
        if self.before is not None:
            wanted = wanted.where(_table.checkpoint < self.before)
        for key, value in self.metadata.items():
            wanted = wanted.where(_has(dialect, key, value))
        return wanted


class Find:
    """Reads one checkpoint with its writes: the one of an id, or the newest of a thread and namespace."""

    __slots__ = ("_place",)

    def __init__(self, config: RunnableConfig) -> None:
        place = config["configurable"]
        self._place = {
            "of_thread": str(place["thread_id"]),
            "of_namespace": place.get("checkpoint_ns", ""),
            "of_checkpoint": get_checkpoint_id(config),
        }

    def __call__(self, connection: Connection) -> Found | None:
        """The rows, or nothing."""
        named = self._place["of_checkpoint"] is not None
        row = connection.execute(_NAMED if named else _NEWEST, self._place).first()
        if row is None:
            return None
        return row, connection.execute(_WRITES, {**self._place, "of_checkpoint": row.checkpoint}).all()


def writes_at(connection: Connection, keys: Sequence[Key]) -> dict[Key, list[Row[Any]]]:
    """The pending writes of some checkpoints, by checkpoint."""
    found: dict[Key, list[Row[Any]]] = {key: [] for key in keys}
    if not keys:
        return found
    threads, namespaces, checkpoints = ({key[part] for key in keys} for part in range(3))
    wanted = select(saved_writes).where(
        _writes.thread.in_(threads), _writes.namespace.in_(namespaces), _writes.checkpoint.in_(checkpoints)
    )
    for row in connection.execute(wanted):
        key = (row.thread, row.namespace, row.checkpoint)
        if key in found:
            found[key].append(row)
    return found


def _comes_after(key: Key) -> ColumnElement[bool]:
    thread, namespace, checkpoint = key
    return or_(
        _table.checkpoint < checkpoint,
        and_(
            _table.checkpoint == checkpoint,
            or_(
                _table.thread < thread,
                and_(_table.thread == thread, _table.namespace < namespace),
            ),
        ),
    )


def _has(dialect: str, key: str, value: Any) -> ColumnElement[bool]:
    """Whether the metadata have this value at the key; ``None`` also stands for an absent key."""
    if dialect == "postgresql":
        found = func.jsonb_extract_path(_table.metadata, key)
        same = found == cast(literal(json_text(value), Text), JSONB)
        return or_(found.is_(None), same) if value is None else same
    path = f'$."{key}"'
    kind = func.json_type(_table.metadata, path)
    if value is None:
        return func.coalesce(kind, "null") == "null"
    return and_(kind.in_(_json_types(value)), func.json_extract(_table.metadata, path) == _extracted(value))


def _json_types(value: Any) -> Sequence[str]:
    """What SQLite calls the types of JSON values that can equal this one."""
    match json.loads(json_text(value)):
        case bool(truth):
            return ("true",) if truth else ("false",)
        case int() | float():
            return ("integer", "real")
        case str():
            return ("text",)
        case list():
            return ("array",)
        case _:
            return ("object",)


def _extracted(value: Any) -> Any:
    """What SQLite's ``json_extract`` gives for a JSON value: a plain one as itself, any other as its text."""
    text = json_text(value)
    plain = json.loads(text)
    return text if isinstance(plain, dict | list) else plain
