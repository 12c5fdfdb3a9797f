"""Deleting, copying and pruning of checkpoints; each is one piece of work for the writer.

Pruning keeps the newest checkpoint of every namespace. Where a graph uses delta channels, the newest one
holds only what changed, and is rebuilt from its ancestors back to one with a snapshot: those are kept too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from state.sql.tables import saved_checkpoints, saved_writes

Strategy = Literal["keep_latest", "delete"]
Work = Callable[[Connection], None]

_COUNTERS = "counters_since_delta_snapshot"
_table = saved_checkpoints.c


def delete_threads(threads: Sequence[str]) -> Work:
    """Delete all checkpoints and writes of some threads."""

    def work(connection: Connection) -> None:
        for table in (saved_writes, saved_checkpoints):
            connection.execute(delete(table).where(table.c.thread.in_(threads)))

    return work


def delete_runs(runs: Sequence[str]) -> Work:
    """Delete the checkpoints, with their writes, that some runs of LangGraph made."""

    def work(connection: Connection) -> None:
        _delete(connection, _table.run.in_(runs))

    return work


def copy_thread(source: str, target: str) -> Work:
    """Copy all checkpoints and writes of a thread; what the target has already is left as it is."""

    def work(connection: Connection) -> None:
        for table in (saved_checkpoints, saved_writes):
            _copy(connection, table, source, target)

    return work


def prune_threads(threads: Sequence[str], strategy: str) -> Work:
    """Keep the newest checkpoint of each namespace of some threads, or nothing of them."""
    match strategy:
        case "delete":
            return delete_threads(threads)
        case "keep_latest":
            return _keep_latest(threads)
        case _:
            raise ValueError(f"Prune strategy {strategy!r} is not known. Use 'keep_latest' or 'delete'.")


def _keep_latest(threads: Sequence[str]) -> Work:
    def work(connection: Connection) -> None:
        for thread in threads:
            _keep_latest_of(connection, thread)

    return work


def _keep_latest_of(connection: Connection, thread: str) -> None:
    columns = (_table.namespace, _table.checkpoint, _table.parent, _table.metadata)
    found = connection.execute(select(*columns).where(_table.thread == thread)).all()
    for namespace in {row.namespace for row in found}:
        rows = {row.checkpoint: row for row in found if row.namespace == namespace}
        kept = kept_checkpoints(rows)
        here = and_(_table.thread == thread, _table.namespace == namespace)
        for checkpoint in rows.keys() - kept:
            _delete(connection, and_(here, _table.checkpoint == checkpoint))
        orphans = [name for name in kept if rows[name].parent not in kept]
        connection.execute(update(saved_checkpoints).where(here, _table.checkpoint.in_(orphans)).values(parent=None))


def kept_checkpoints(rows: Mapping[str, Any]) -> set[str]:
    """The newest checkpoint of a namespace, and the ancestors that its delta channels are rebuilt from."""
    checkpoint = max(rows)
    unrooted, kept = _counted(rows[checkpoint]), {checkpoint}
    while unrooted and (checkpoint := rows[checkpoint].parent) in rows.keys() - kept:
        unrooted &= _counted(rows[checkpoint])
        kept.add(checkpoint)
    return kept


def _counted(row: Any) -> set[str]:
    """The delta channels that have no snapshot in this checkpoint."""
    return set(row.metadata.get(_COUNTERS) or {})


def _delete(connection: Connection, which: ColumnElement[bool]) -> None:
    """Delete checkpoints, their writes first."""
    writes = saved_writes.c
    of_them = exists().where(
        which,
        _table.thread == writes.thread,
        _table.namespace == writes.namespace,
        _table.checkpoint == writes.checkpoint,
    )
    connection.execute(delete(saved_writes).where(of_them))
    connection.execute(delete(saved_checkpoints).where(which))


def _copy(connection: Connection, table: Table, source: str, target: str) -> None:
    others = [column for column in table.columns if column.name != "thread"]
    rows = select(literal(target), *others).where(table.c.thread == source)
    names = ["thread", *(column.name for column in others)]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).from_select(names, rows).on_conflict_do_nothing())
