"""The store: reads and writes of the tables, for an event loop, on one database."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from state.errors import DatabaseLost
from state.sql.committer import Apart
from state.sql.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Runs the functions of this package, each of which takes a connection first, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in the next group commit, and return when it is committed. Raises ``DatabaseLost``."""
        try:
            return await self._database.committer.run(Apart(lambda connection: work(connection, *args, **kwargs)))
        except DBAPIError as lost:
            raise DatabaseLost(str(lost.orig)) from lost

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread on one consistent view of the data. Raises ``DatabaseLost``."""
        return await asyncio.to_thread(lambda: self.read_now(work, *args, **kwargs))

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work here and now on one consistent view of the data. Raises ``DatabaseLost``."""
        try:
            with self._database.reading() as connection:
                return work(connection, *args, **kwargs)
        except DBAPIError as lost:
            raise DatabaseLost(str(lost.orig)) from lost
