"""The source in a database: one SELECT, only ever read, whose rows come some at a time."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, CursorResult, Date, TextClause, bindparam, text
from sqlalchemy.exc import SQLAlchemyError

from agents.report.declaration import SqlDeclaration
from agents.report.source import Pulled, SourceFault, Want
from agents.report.sources.database import SourceDatabase
from agents.report.sources.layout import Layout, listed
from agents.report.sources.settled import settled
from agents.report.sources.text_rows import TextRows
from agents.report.sources.work import Stop, in_thread

BATCH_ROWS = 500
"""Rows that are taken at a time."""

_READS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)

_BOUND = ("first", "last")


class SqlQuery:
    """The rows of a query."""

    def __init__(self, declaration: SqlDeclaration, folders: Sequence[Path]) -> None:
        """Reaches nothing yet."""
        self._declaration, self._folders = declaration, tuple(folders)

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted. The rows are numbered from 1, in the order of the query."""
        return await in_thread(lambda stop: self._pulled(want, folder, stop))

    def _pulled(self, want: Want, folder: Path, stop: Stop) -> Pulled:
        declared = self._declaration
        layout = Layout.of(declared, want)
        statement = _statement(declared.query, want)
        database = SourceDatabase.of(declared, self._folders)
        engine = database.engine()
        rows = TextRows(folder, len(layout.columns), stop)
        try:
            with engine.connect() as connection:
                database.bound(connection, stop)
                self._take(connection, statement, layout, rows)
        except SQLAlchemyError as error:
            stop.check()
            raise database.fault(error) from None
        finally:
            engine.dispose()
        return Pulled(settled(rows.table(), layout, declared, want, folder, stop), database.location)

    def _take(self, connection: Connection, statement: TextClause, layout: Layout, rows: TextRows) -> None:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS)
        with streamed.execute(statement) as result:
            places = layout.places(list(result.keys()), "the query")
            self._take_all(result, places, rows)

    def _take_all(self, result: CursorResult[tuple[object, ...]], places: Sequence[int], rows: TextRows) -> None:
        size, largest = 0, self._declaration.largest
        for batch in result.partitions(BATCH_ROWS):
            columns = [[_as_text(row[place], self._declaration.date_format) for row in batch] for place in places]
            size += sum(len(cell) for column in columns for cell in column if cell is not None)
            if size > largest:
                raise SourceFault(
                    f"its rows have more than the {largest:,} bytes that are declared. Raise its largest, or narrow "
                    "the query."
                )
            rows.add(columns)


def _statement(query: str, want: Want) -> TextClause:
    """The one statement, with its days. Raises ``SourceFault`` for any other."""
    written = query.strip().removesuffix(";")
    if not _READS.match(written):
        raise SourceFault("its query must be one SELECT, which may begin with WITH.")
    if ";" in written:
        # what a ';' means in quotes depends on the database, so that none is let through
        raise SourceFault("its query has a ';' before its end. Give one SELECT without any.")
    statement = text(written)
    named = set(statement.compile().params)
    strange = sorted(named.difference(_BOUND))
    if strange:
        raise SourceFault(f"its query has {listed(f':{name}' for name in strange)}; only :first and :last are known.")
    days = {"first": want.first or date.min, "last": want.last or date.max}
    return statement.bindparams(*(bindparam(name, days[name], Date) for name in sorted(named)))


def _as_text(value: object, date_format: str | None) -> str | None:
    """A cell as it is written in a file."""
    match value:
        case None | str():
            return value
        case datetime() | date():
            day = value.date() if isinstance(value, datetime) else value
            return day.isoformat() if date_format is None else day.strftime(date_format)
        case _:
            return str(value)
