"""The checkpoints of one thread in the order in which they were saved, without what waits at them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from state.sql.tables import saved_checkpoints


class Saved(NamedTuple):
    """A checkpoint as it lies in the database."""

    checkpoint: str
    encoding: str
    body: bytes


def saved_in(connection: Connection, thread: str) -> Sequence[Saved]:
    """The checkpoints of a thread, oldest first, those of graphs within its graph left out."""
    table = saved_checkpoints.c
    columns = (table.checkpoint, table.encoding, table.body)
    query = select(*columns).where(table.thread == thread, table.namespace == "").order_by(table.checkpoint)
    return [Saved(*row) for row in connection.execute(query)]
