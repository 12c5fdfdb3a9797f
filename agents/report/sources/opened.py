"""Opening: the source of a declaration. Whatever kind it is, it keeps its time, and its faults say which it is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

import polars as pl

from agents.report.declaration import (
    CsvDeclaration,
    HttpDeclaration,
    ParquetDeclaration,
    SourceDeclaration,
    SqlDeclaration,
)
from agents.report.source import Pulled, Source, SourceFault, Want
from agents.report.sources.csv_file import CsvFile
from agents.report.sources.http_json import HttpJson
from agents.report.sources.layout import shortened
from agents.report.sources.parquet_file import ParquetFile
from agents.report.sources.sql_query import SqlQuery

LONGEST_FAULT = 1000
"""Characters that a fault has at most."""


def open_source(name: str, declaration: SourceDeclaration, folders: Sequence[Path]) -> Source:
    """The source of a declaration. Nothing is read or reached before it is pulled.

    ``folders`` are where relative paths are looked for, in this order; absolute ones are taken as they are.
    """
    return _Named(name, declaration.timeout, _opened(declaration, folders))


def _opened(declaration: SourceDeclaration, folders: Sequence[Path]) -> Source:
    match declaration:
        case CsvDeclaration():
            return CsvFile(declaration, folders)
        case ParquetDeclaration():
            return ParquetFile(declaration, folders)
        case SqlDeclaration():
            return SqlQuery(declaration, folders)
        case HttpDeclaration():
            return HttpJson(declaration)
        case _:
            assert_never(declaration)


class _Named:
    """A source whose pulls end in time, and whose faults begin with its name."""

    def __init__(self, name: str, timeout: float, source: Source) -> None:
        self._name, self._timeout, self._source = name, timeout, source

    def __repr__(self) -> str:
        return f"<Source {self._name!r}>"

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted. What comes too late is dropped."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._source.pull(want, folder)
        except SourceFault as fault:
            raise self._fault(str(fault), fault) from fault
        except TimeoutError as late:
            reason = f"it took longer than {self._timeout:g} seconds. Try again later, or raise its timeout."
            raise self._fault(reason, SourceFault(reason, "down")) from late
        except pl.exceptions.PanicException as broken:
            raise self._fault("it is damaged, or not of a form that can be read.", SourceFault("")) from broken
        except pl.exceptions.PolarsError as broken:
            raise self._fault(f"it cannot be read: {broken}", SourceFault("")) from broken
        except MemoryError as full:
            raise self._fault("it needs more memory than there is. Take a part of it.", SourceFault("")) from full
        except OSError as error:
            raise self._fault(f"it cannot be kept: {error.strerror or error}.", SourceFault("", "down")) from error

    def _fault(self, reason: str, fault: SourceFault) -> SourceFault:
        return SourceFault(f"Source {self._name!r}: {shortened(reason, LONGEST_FAULT)}", fault.kind)
