"""Compaction: a SQLite file without what was deleted. A server looks after its own files.

SQLite leaves deleted content in its free pages, in the gaps of used ones and in the log until something else is
written there. Overwriting it while it is deleted covers one transaction; what earlier ones left, by changing a row for
instance, is only gone once the whole file was written anew and the log emptied.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import Connection

from state.errors import DatabaseLost

Compacted = Literal["compacted", "in use", "no room", "left to the server"]
"""``compacted``: nothing of what was deleted is left in the file. ``in use``: another process reads or writes it, so
something may be left. ``no room``: the disk has none for a second copy. ``left to the server``: it is not SQLite."""

_MODES = ("OFF", "ON", "FAST")
_REFUSED: dict[int, Compacted] = {
    sqlite3.SQLITE_BUSY: "in use",
    sqlite3.SQLITE_LOCKED: "in use",
    sqlite3.SQLITE_FULL: "no room",
}
"""The low byte of SQLite's codes says the kind."""


def compact(connection: Connection) -> Compacted:
    """Write the file anew, and empty the log; the connection must not have been used yet. Raises ``DatabaseLost``.

    Nobody else can write meanwhile, and it takes as much room on the disk again.
    """
    if connection.dialect.name != "sqlite":
        return "left to the server"
    cursor = connection.connection.cursor()
    try:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [is_busy, *_] = cursor.fetchone() or [1]
    except sqlite3.OperationalError as refused:
        kind = refused.sqlite_errorcode & 0xFF
        if kind not in _REFUSED:
            raise DatabaseLost(f"the file could not be written anew ({refused})") from refused
        return _REFUSED[kind]
    finally:
        cursor.close()
    return "in use" if is_busy else "compacted"


@contextmanager
def overwriting(connection: Connection) -> Iterator[None]:
    """Have SQLite overwrite what is deleted meanwhile."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA secure_delete = {_MODES[before]}")
