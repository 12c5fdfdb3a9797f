"""A table of a user's SQL database, only ever read.

What a model says is a bound value, and the names of the table and its columns are those that the database itself
gives: nothing of either becomes SQL. SQLite files are opened for reading only, and so are transactions of PostgreSQL.

SQLite compares keys as ``folded`` does. Other databases compare by their own ``lower`` and trim spaces only, so that
there the few spellings that only full case folding makes equal, such as ß and ss, are not found by each other.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnClause,
    ColumnElement,
    Connection,
    Engine,
    Inspector,
    NullPool,
    Select,
    String,
    TableClause,
    cast,
    column,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from agents.tools.table import Matches, folded
from agents.tools.tool import ToolRefused
from state.errors import UsageError

SECONDS = 10
"""How long a database may take to be reached, a locked SQLite file to be free, and PostgreSQL to answer."""

_FOLD = "roundhouse_fold"

_POSTGRES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


class SqlTable:
    """The rows of a table or view; in another schema than the usual one it is named as ``schema.table``."""

    def __init__(self, url: str, table: str) -> None:
        """Connects to nothing yet. Raises ``UsageError`` for a URL that cannot be used."""
        self._url = _parsed(url)
        self._table = table
        self._engine = _engine(self._url)
        self._known: _Known | None = None

    def __repr__(self) -> str:
        return f"<SqlTable: {self._source}>"

    def check(self, key: str, columns: tuple[str, ...]) -> None:
        """Ask the database. Raises ``UsageError`` in one line where it cannot be read or lacks table or column."""
        try:
            with self._engine.connect() as connection:
                self._checked(connection, key, columns)
        except SQLAlchemyError as error:
            raise UsageError(f"The {self._source} cannot be read: {self._reason(error)}. Check the URL.") from None

    async def rows(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Matches:
        """The rows with the key, in the order of the primary key."""
        return await asyncio.to_thread(self._rows, key, value, columns, most)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @property
    def _source(self) -> str:
        shown = self._url.set(query={})._replace(password=None).render_as_string()
        return f"table {self._table} of {shown}"

    def _rows(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Matches:
        try:
            with self._engine.connect() as connection:
                known = self._checked(connection, key, columns)
                found = connection.execute(known.query(key, value, columns, most + 1)).mappings().all()
        except SQLAlchemyError as error:
            raise ToolRefused(f"The {self._source} cannot be read now: {self._reason(error)}.") from None
        return Matches(tuple(dict(row) for row in found[:most]), self._source, are_all=len(found) <= most)

    def _checked(self, connection: Connection, key: str, columns: tuple[str, ...]) -> "_Known":
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.set_config("statement_timeout", f"{SECONDS}s", True)))
        known = self._known = self._known or _Known.found(connection, self._table, self._source)
        missing = [name for name in (key, *columns) if name not in known.table.c]
        if missing:
            names = ", ".join(known.table.c.keys())
            raise UsageError(f"The {self._source} has no column {missing[0]!r}. It has {names}.")
        return known

    def _reason(self, error: SQLAlchemyError) -> str:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        line = next(iter(str(cause).strip().splitlines()), type(cause).__name__).rstrip(".")
        return line.replace(str(self._url.password), "***") if self._url.password else line


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of its table."""

    table: TableClause
    order: tuple[str, ...]
    """The primary key, which makes the first rows the same ones each time."""
    dialect: str

    @classmethod
    def found(cls, connection: Connection, name: str, source: str) -> "_Known":
        """The table or view of that name. Raises ``UsageError`` where there is none."""
        inspector = inspect(connection)
        place = _place(inspector, name)
        if place is None:
            raise UsageError(f"There is no {source}. Give a table or view as the database names it.")
        schema, own = place
        columns: list[ColumnClause[Any]] = [column(each["name"]) for each in inspector.get_columns(own, schema)]
        order = inspector.get_pk_constraint(own, schema)["constrained_columns"]
        return cls(table(own, *columns, schema=schema), tuple(order), connection.dialect.name)

    def query(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Select[Any]:
        """The only statement on the table."""
        shown = [self.table.c[name] for name in columns or self.table.c.keys()]
        rows = select(*shown).where(self._same(self.table.c[key], value))
        return rows.order_by(*(self.table.c[name] for name in self.order)).limit(most)

    def _same(self, key: ColumnElement[Any], value: str) -> ColumnElement[bool]:
        if self.dialect == "sqlite":
            same: ColumnElement[bool] = getattr(func, _FOLD)(key) == folded(value)
            return same
        written = func.lower(func.trim(cast(key, String)))
        return written.in_(sorted({value.strip().lower(), folded(value)}))


def _place(inspector: Inspector, name: str) -> tuple[str | None, str] | None:
    """The schema, None for the usual one, and the name in it."""
    if name in _names(inspector, None):
        return None, name
    schema, _, own = name.partition(".")
    if own and schema in inspector.get_schema_names() and own in _names(inspector, schema):
        return schema, own
    return None


def _names(inspector: Inspector, schema: str | None) -> set[str]:
    kinds = (inspector.get_table_names, inspector.get_view_names, inspector.get_materialized_view_names)
    names: set[str] = set()
    for kind in kinds:
        try:
            names |= set(kind(schema))
        except NotImplementedError:
            continue
    return names


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError("The URL of a table cannot be read. Use sqlite:///FILE or postgresql://HOST/NAME.") from None
    if "@" in (parsed.host or ""):
        raise UsageError("The URL of a table has an '@' in its user or password. Write it there as '%40'.")
    if parsed.get_backend_name() == "sqlite" and (parsed.query or parsed.database in (None, "", ":memory:")):
        raise UsageError("The URL of a table in SQLite names a file and nothing else: sqlite:///FILE.")
    return parsed.set(drivername=_POSTGRES.get(parsed.drivername, parsed.drivername))


def _engine(url: URL) -> Engine:
    """One that holds no connection while it is not used."""
    try:
        match url.get_backend_name():
            case "sqlite":
                file = Path(url.database or "").absolute().as_uri()
                return create_engine("sqlite://", poolclass=NullPool, creator=lambda: _read_only(file))
            case "postgresql":
                reading = {"postgresql_readonly": True}
                return create_engine(url, poolclass=NullPool, hide_parameters=True, execution_options=reading)
            case _:
                return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (SQLAlchemyError, ImportError) as error:
        raise UsageError(f"The driver of {url.drivername!r} is not installed: {error}. Install it with pip.") from None


def _read_only(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file}?mode=ro", uri=True, timeout=SECONDS)
    connection.create_function(_FOLD, 1, _fold, deterministic=True)
    return connection


def _fold(value: object) -> str | None:
    """A key of any type as it is compared; none for what is no text and no number."""
    return None if value is None or isinstance(value, bytes) else folded(str(value))
