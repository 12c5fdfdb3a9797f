"""Inserts of many rows with one statement.

Every execution of a statement lets go of the interpreter lock and must win it back from a busy event
loop, which can take milliseconds. So the cost of a group of rows is the number of statements rather than
that of rows, and all rows of a group go into one statement, up to what the databases allow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

from state.errors import LeaseLost
from state.sql.fence import Lease, lost_among

T = TypeVar("T")

Row = tuple[Any, ...]
OnRepeat = Literal["replace", "keep"]
"""What an insert of a key that is there already does: ``replace`` the row, or ``keep`` it."""

_LARGEST = 100
"""Rows in one statement; drivers keep as many statements prepared as there are sizes."""


class Insert:
    """An insert into one table; a row is a tuple in the order of the table's columns, the key's first."""

    def __init__(self, table: Table, on_repeat: OnRepeat) -> None:
        self._table, self._on_repeat = table, on_repeat
        self._key_length = len(table.primary_key.columns)
        self._pieces: dict[str, tuple[str, str, str]] = {}
        self._processors: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert the rows; of two with one key the last wins under ``replace``, the first under ``keep``."""
        if self._on_repeat == "replace" and len(rows) > 1:
            rows = list({row[: self._key_length]: row for row in rows}.values())
        for start in range(0, len(rows), _LARGEST):
            chunk = rows[start : start + _LARGEST]
            values = tuple(value for row in chunk for value in row)
            connection.exec_driver_sql(self._text(connection.dialect, len(chunk)), values)

    def bind(self, dialect: Dialect, values: Mapping[str, Any]) -> Row:
        """A row of Python values, as the database's driver takes them; a column that is not named gets NULL."""
        return tuple(bind(values.get(name)) for name, bind in self._binds(dialect))

    def _binds(self, dialect: Dialect) -> list[tuple[str, Callable[[Any], Any]]]:
        binds = self._processors.get(dialect.name)
        if binds is None:
            of = [(column.name, column.type.dialect_impl(dialect)) for column in self._table.columns]
            binds = [(name, kind.bind_processor(dialect) or _as_it_is) for name, kind in of]
            self._processors[dialect.name] = binds
        return binds

    def _text(self, dialect: Dialect, size: int) -> str:
        head, row, tail = self._pieces.get(dialect.name) or self._compile(dialect)
        return head + ", ".join([row] * size) + tail

    def _compile(self, dialect: Dialect) -> tuple[str, str, str]:
        """The statement's text for one row, in three pieces; the middle one is the row's."""
        insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        names = [column.name for column in self._table.columns]
        statement = insert(self._table).values(dict.fromkeys(names))
        keys, others = names[: self._key_length], names[self._key_length :]
        match self._on_repeat:
            case "keep":
                statement = statement.on_conflict_do_nothing(index_elements=keys)
            case "replace":
                fresh = {name: statement.excluded[name] for name in others}
                statement = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
        driver: Any = type(dialect)
        positional = driver(paramstyle="format" if dialect.name == "postgresql" else "qmark")
        head, values, rest = str(statement.compile(dialect=positional)).partition(" VALUES ")
        row, conflict, tail = rest.partition(" ON CONFLICT ")
        self._pieces[dialect.name] = (head + values, row, conflict + tail)
        return self._pieces[dialect.name]


class Rows:
    """Rows for some inserts, as one item of work for the writer."""

    __slots__ = ("by_insert",)

    def __init__(self, by_insert: dict[Insert, list[Row]]) -> None:
        self.by_insert = by_insert

    def __call__(self, connection: Connection) -> None:
        """Insert them."""
        for insert, rows in self.by_insert.items():
            insert.execute(connection, rows)

    def add(self, other: "Rows") -> None:
        """Take over the rows of a later item."""
        for insert, rows in other.by_insert.items():
            self.by_insert.setdefault(insert, []).extend(rows)


class Guarded:
    """Rows that go in only while a driver holds its run; else they are left out, and the driver is told."""

    __slots__ = ("lease", "rows")

    def __init__(self, rows: Rows, lease: Lease) -> None:
        self.rows, self.lease = rows, lease

    def __call__(self, connection: Connection) -> None:
        """Insert them. Raises ``LeaseLost``."""
        if lost_among(connection, {self.lease}):
            raise LeaseLost(self.lease.run)
        self.rows(connection)


@dataclass(frozen=True, slots=True)
class WithRows(Generic[T]):
    """What a piece of work came to, and rows to insert together with those of its likes."""

    result: T
    rows: Rows


def _as_it_is(value: Any) -> Any:
    return value
