"""The digests of kept files that the tables name: decisions, effects, questions, cases and checkpoints.

The audit trail does not count: it tells what was, and keeps no file. Whatever reads like a digest is taken for one, so
that a file is rather kept too long.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, Table, Text, cast, select

from state.sql.tables import outbox, records, reviews, runs, saved_checkpoints, saved_writes, schedules
from state.sql.threads import threads_of

DIGITS = 64
"""Of a digest."""

PIECE = 200
"""Rows that are in memory at a time."""

_OF_A_RUN: Mapping[Table, Sequence[str]] = {
    runs: ("case_data", "decisions", "seed"),
    records: ("value", "provenance"),
    outbox: ("payload", "message"),
    reviews: ("payload", "answer"),
    schedules: ("case_data",),
}
"""The columns that can name files, of the tables that know their run."""

_CHECKPOINTS: Mapping[Table, Sequence[str]] = {saved_checkpoints: ("body",), saved_writes: ("body",)}

_LIKE_DIGESTS = re.compile(rb"[0-9a-f]{64,}")


def named_among(connection: Connection, digests: frozenset[str]) -> frozenset[str]:
    """Those of the digests that something in the tables names. Reads until all are found, or everything was read."""
    left = set(digests)
    for table, columns in {**_OF_A_RUN, **_CHECKPOINTS}.items():
        for content in _contents(connection, table, columns) if left else ():
            left.difference_update(_digests_in(content))
            if not left:
                break
    return digests - left


def named_by(connection: Connection, run: str) -> frozenset[str]:
    """Every digest that a run and its checkpoints name, and whatever reads like one."""
    found: set[str] = set()
    for table, columns in _OF_A_RUN.items():
        own = table.c.id if table is runs else table.c.run
        for content in _contents(connection, table, columns, own == run):
            found.update(_digests_in(content))
    threads = threads_of(connection, [run])
    for table, columns in _CHECKPOINTS.items():
        for content in _contents(connection, table, columns, table.c.thread.in_(threads)):
            found.update(_digests_in(content))
    return frozenset(found)


def _contents(
    connection: Connection, table: Table, columns: Sequence[str], *which: ColumnElement[bool]
) -> Iterator[bytes]:
    """What the columns hold, as bytes, a few rows at a time."""
    query = _query(table, columns).where(*which).execution_options(yield_per=PIECE)
    with connection.execute(query) as rows:
        for content in (each for row in rows for each in row if each is not None):
            yield content.encode() if isinstance(content, str) else bytes(content)


def _query(table: Table, columns: Sequence[str]) -> Select[tuple[str | bytes | None, ...]]:
    plain = [table.c[name] for name in columns]
    return select(*(each if isinstance(each.type, LargeBinary) else cast(each, Text) for each in plain))


def _digests_in(content: bytes) -> Iterator[str]:
    for found in _LIKE_DIGESTS.findall(content):
        for place in range(len(found) - DIGITS + 1):
            yield found[place : place + DIGITS].decode()
