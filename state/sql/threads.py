"""The threads of runs: under which names LangGraph's checkpoints of a run lie.

A thread is a run's id, or begins with it and a ``~``. A run's id may itself hold a ``~``; so a thread belongs to the
run with the longest id that fits.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, or_, select, union

from state.sql.tables import runs, saved_checkpoints, saved_writes

MARK = "~"
_BEHIND_MARK = chr(ord(MARK) + 1)


def threads_of(connection: Connection, ids: Sequence[str]) -> list[str]:
    """The threads of some runs that have checkpoints or writes."""
    if not ids:
        return []
    found = _beginning_with(connection, ids)
    names = {name for thread in found for name in _possible_runs(thread)}
    there = set(connection.execute(select(runs.c.id).where(runs.c.id.in_(names))).scalars())
    return [thread for thread in found if next(filter(there.__contains__, _possible_runs(thread)), None) in ids]


def _beginning_with(connection: Connection, ids: Sequence[str]) -> list[str]:
    queries = []
    for thread in (saved_checkpoints.c.thread, saved_writes.c.thread):
        # as ranges, since only those are looked up in the key
        begins_so = (and_(thread >= each + MARK, thread < each + _BEHIND_MARK) for each in ids)
        queries.append(select(thread).where(or_(thread.in_(ids), *begins_so)))
    return list(connection.execute(union(*queries)).scalars())


def _possible_runs(thread: str) -> Iterator[str]:
    """The ids that a thread's run may have, the longest first."""
    parts = thread.split(MARK)
    return (MARK.join(parts[:count]) for count in range(len(parts), 0, -1))
