"""The store: reads and writes of the tables, for an event loop, on one database."""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from state.errors import DatabaseLost, ValueRefused
from state.sql.committer import Apart
from state.sql.database import Database
from state.sql.inserts import WithRows

P = ParamSpec("P")
T = TypeVar("T")


def translated(error: Exception) -> Exception:
    """An error of the database in our words, without the statement and its values; any other as it is."""
    if not isinstance(error, DBAPIError):
        return error
    is_lost = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return DatabaseLost(str(error.orig)) if is_lost else ValueRefused(str(error.orig))


class Store:
    """Runs the functions of this package, each of which takes a connection first, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def kind(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self._database.engine.dialect.name

    @overload
    async def write(
        self, work: Callable[Concatenate[Connection, P], WithRows[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    @overload
    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def write(self, work: Callable[Concatenate[Connection, P], Any], *args: P.args, **kwargs: P.kwargs) -> Any:
        """Do the work in the next group commit, and return when it is committed.

        Raises ``DatabaseLost`` or ``ValueRefused``, and then nothing of it is written.
        """
        try:
            return await self._database.committer.run(Apart(lambda connection: work(connection, *args, **kwargs)))
        except DBAPIError as error:
            raise translated(error) from error

    async def write_alone(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread and in a short transaction of its own, for rows that all machines wait for.

        Raises ``DatabaseLost`` or ``ValueRefused``, and then nothing of it is written.
        """
        return await asyncio.to_thread(lambda: self.write_now(work, *args, **kwargs))

    def write_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, here and now, from any thread."""
        try:
            with self._database.writing() as connection:
                return work(connection, *args, **kwargs)
        except DBAPIError as error:
            raise translated(error) from error

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread on one consistent view of the data. Raises ``DatabaseLost`` or ``ValueRefused``."""
        return await asyncio.to_thread(lambda: self.read_now(work, *args, **kwargs))

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work here and now on one consistent view of the data. Raises ``DatabaseLost`` or ``ValueRefused``."""
        try:
            with self._database.reading() as connection:
                return work(connection, *args, **kwargs)
        except DBAPIError as error:
            raise translated(error) from error
