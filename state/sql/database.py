"""One database, SQLite or PostgreSQL: its engine, its schema, and the one writer that commits in groups."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from state.errors import UnusableDatabase
from state.sql import schema, sqlite
from state.sql.committer import GroupCommit

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Database:
    """A database with Roundhouse's schema. Read with ``reading()``, write through ``committer``."""

    def __init__(self, engine: Engine) -> None:
        """Take over an engine of SQLAlchemy's, and create the schema if the database is empty."""
        self.engine = engine
        self._committer: GroupCommit | None = None
        self._lock = threading.Lock()
        with _usable(engine.url):
            if engine.dialect.name == "sqlite":
                sqlite.configure(engine)
            schema.ensure_schema(engine)

    @classmethod
    def open(cls, url: str, idle: timedelta | None = None) -> Self:
        """Open the database of a URL, and create its schema if it is empty.

        ``idle`` is how long PostgreSQL lets one of its transactions stand still before it ends it: one who is stopped
        in the middle would keep others from the rows for ever.
        """
        engine = _engine(url)
        if idle is not None and engine.dialect.name == "postgresql":
            event.listen(engine, "connect", _bounded(idle))
        try:
            return cls(engine)
        except BaseException:
            engine.dispose()
            raise

    @staticmethod
    def upgrade(url: str) -> str:
        """Run the migrations on the database of a URL; return the revision that it then has."""
        engine = _engine(url)
        try:
            with _usable(engine.url):
                if engine.dialect.name == "sqlite":
                    sqlite.configure(engine)
                return schema.upgrade_schema(engine)
        finally:
            engine.dispose()

    @property
    def committer(self) -> GroupCommit:
        """The one writer of this database in this process."""
        with self._lock:
            if self._committer is None:
                self._committer = GroupCommit(self.engine)
            return self._committer

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view of the data; it blocks no writer."""
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of its own beside the committer's, committed at the end; keep it short."""
        with self.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            yield connection

    def close(self) -> None:
        """Finish what is queued, and let go of every connection."""
        with self._lock:
            if self._committer is not None:
                self._committer.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bounded(idle: timedelta) -> Callable[[Any, Any], None]:
    def bound(connection: Any, _record: Any) -> None:
        milliseconds = int(idle.total_seconds() * 1000)
        connection.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        connection.commit()

    return bound


def _engine(url: str) -> Engine:
    parsed = _parse(url)
    with _usable(parsed):
        return create_engine(parsed, **_options(parsed))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UnusableDatabase(
            "The database URL cannot be read. Use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME."
        ) from None
    if "@" in (parsed.host or ""):
        raise UnusableDatabase("The database URL has an '@' in its user or password. Write it there as '%40'.")
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise UnusableDatabase(
            f"Database URLs of kind {parsed.drivername!r} are not supported. "
            "Use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME."
        )
    return parsed.set(drivername=driver)


def _options(url: URL) -> dict[str, Any]:
    """How to pool connections; a database in memory has one only, which readers and the writer take in turn."""
    if url.get_backend_name() != "sqlite":
        return {}
    if url.database in (None, "", ":memory:"):
        one = {"pool_size": 1, "max_overflow": 0, "poolclass": QueuePool}
        return {**one, "connect_args": {"check_same_thread": False}}
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise UnusableDatabase(f"Folder {str(folder)!r} of the database does not exist. Create it first.")
    return {"connect_args": {"check_same_thread": False, "timeout": sqlite.BUSY_SECONDS}}


@contextmanager
def _usable(url: URL) -> Iterator[None]:
    """Say in one line, and without the password, why a database cannot be used."""
    try:
        yield
    except (NoSuchModuleError, ImportError) as error:
        raise UnusableDatabase(
            f"The driver of {url.drivername!r} is not installed: {error}. Install it with pip."
        ) from None
    except SQLAlchemyError as error:
        shown = url.set(query={}).render_as_string(hide_password=True)
        raise UnusableDatabase(
            f"Database {shown!r} cannot be opened: {_reason(error, url)}. "
            "Check the URL, and that it is reachable and a database of Roundhouse."
        ) from None


def _reason(error: SQLAlchemyError, url: URL) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = next(iter(str(cause).strip().splitlines()), type(cause).__name__).rstrip(".")
    return line.replace(str(url.password), "***") if url.password else line


def database_file(url: str) -> list[Path]:
    """The file of a SQLite database; none for one in memory or on a server."""
    parsed = _parse(url)
    in_a_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return [Path(str(parsed.database))] if in_a_file else []


def server_address(url: str) -> str | None:
    """The address of a PostgreSQL database as libpq takes it; None for one of another kind."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def require_database(url: str) -> None:
    """Raise ``UnusableDatabase`` where a SQLite file is not there, for those who only want to read."""
    for file in database_file(url):
        if not file.exists():
            raise UnusableDatabase(f"There is no database {str(file)!r} yet. 'roundhouse run' makes one.")
