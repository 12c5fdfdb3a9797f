"""The database of a source: found by its declaration, opened for reading only, with no password in any message."""

import math
import os
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from agents.report.declaration import SqlDeclaration
from agents.report.source import FaultKind, SourceFault
from agents.report.sources.place import Place
from agents.report.sources.work import Stop

LARGEST_CELL = 1 << 24
"""Bytes of a cell that SQLite gives at most."""

_ENVIRONMENT = "env:"

_POSTGRES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}

_INSTRUCTIONS = 10_000
"""Of SQLite between looks at whether anybody still waits."""

_GRACE = 500
"""Milliseconds."""

_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)

_PASSING = re.compile(r"locked|busy|interrupted")
"""What SQLite says of what may be over in a moment."""

_REFUSED = re.compile(r"authentication failed|does not exist|no pg_hba.conf entry|not permitted")
"""What PostgreSQL says where a person must mend something before it lets anybody in."""


@dataclass(frozen=True, slots=True)
class SourceDatabase:
    """A database that is only ever read."""

    url: URL
    place: Place | None
    """The file of SQLite; None for others."""
    timeout: float
    """Seconds that it may take to be reached, and to answer."""

    @classmethod
    def of(cls, declaration: SqlDeclaration, folders: Sequence[Path]) -> Self:
        """Reaches nothing yet. Raises ``SourceFault`` where the URL cannot be used."""
        url = _parsed(_written(declaration.url))
        if url.get_backend_name() != "sqlite":
            return cls(url, None, declaration.timeout)
        if url.query or url.database in (None, "", ":memory:"):
            raise SourceFault("its URL must name a file of SQLite and nothing else: sqlite:///FILE.")
        return cls(url, Place(str(url.database), tuple(folders), declaration.download), declaration.timeout)

    @property
    def location(self) -> str:
        """The URL without user, password and options."""
        return self.url.set(query={})._replace(username=None, password=None).render_as_string()

    def engine(self) -> Engine:
        """One that holds no connection while it is not used. Raises ``SourceFault``."""
        try:
            if self.place is not None:
                file = self.place.found().absolute().as_uri()
                return create_engine("sqlite://", poolclass=NullPool, creator=lambda: self._sqlite(file))
            options: dict[str, Any] = {}
            if self.url.get_backend_name() == "postgresql":
                options["execution_options"] = {"postgresql_readonly": True}
                options["connect_args"] = {"connect_timeout": max(2, math.ceil(self.timeout))}
            return create_engine(self.url, poolclass=NullPool, hide_parameters=True, **options)
        except (SQLAlchemyError, ImportError):
            raise SourceFault(f"the driver of {self.url.drivername!r} is not installed. Install it with pip.") from None

    def bound(self, connection: Connection, stop: Stop) -> None:
        """Have the database itself end a query that takes too long, where it can."""
        match connection.dialect.name:
            case "postgresql":
                # a little later than the pull is left, which is what is said then
                milliseconds = str(math.ceil(self.timeout * 1000) + _GRACE)
                connection.execute(select(func.set_config("statement_timeout", milliseconds, True)))
            case "sqlite":
                driven: Any = connection.connection.driver_connection
                driven.set_progress_handler(lambda: stop.is_stopped, _INSTRUCTIONS)
            case _:
                pass

    def fault(self, error: SQLAlchemyError) -> SourceFault:
        """What is said of an error, in its first line."""
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        line = next(iter(str(cause).strip().splitlines()), type(cause).__name__).rstrip(".")
        password = self.url.password
        if password:
            for secret in {str(password), quote(str(password), safe=""), quote_plus(str(password))}:
                line = line.replace(secret, "***")
        return SourceFault(f"{self.location} cannot be read: {line}.", self._kind(error, line))

    def _kind(self, error: SQLAlchemyError, line: str) -> FaultKind:
        if not isinstance(error, OperationalError | InterfaceError):
            return "wrong"
        if self.place is not None:
            return "down" if _PASSING.search(line) else "wrong"
        return "wrong" if _REFUSED.search(line) else "down"

    def _sqlite(self, file: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file}?mode=ro", uri=True, timeout=self.timeout)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_CELL)
        return connection


def _written(declared: str) -> str:
    """The URL, which may stand in the environment. A password in the declaration itself is refused."""
    if declared.startswith(_ENVIRONMENT):
        name = declared.removeprefix(_ENVIRONMENT)
        url = os.environ.get(name, "").strip()
        if not url:
            raise SourceFault(f"the environment variable {name!r} is not set. Set it to the URL of the database.")
        return url
    parsed = _parsed(declared)
    if parsed.password or any(map(_SECRET.search, parsed.query)):
        raise SourceFault(
            "its URL has a password in it. Set the URL as an environment variable, and declare url = 'env:NAME'."
        )
    return declared


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SourceFault("its URL cannot be read. Write such as sqlite:///FILE or postgresql://HOST/NAME.") from None
    if "@" in (parsed.host or ""):
        raise SourceFault("its URL has an '@' in its user or password. Write it there as '%40'.")
    return parsed.set(drivername=_POSTGRES.get(parsed.drivername, parsed.drivername))
