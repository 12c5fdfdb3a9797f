"""Sources for tests: pulled from declarations, as rows or as the one line that is said of a fault."""

import asyncio
import threading
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl
import pytest
from pydantic import TypeAdapter

from agents.report.declaration import SourceDeclaration
from agents.report.source import COLUMNS, FaultKind, SourceFault, Want
from agents.report.sources.opened import open_source

LONG = {"frequency": "day", "date": "day", "series": "name", "value": "price"}
"""The rest of a declaration in which each row has a series and a value."""

WIDE = {"frequency": "day", "date": "day", "names": {"a": "A", "b": "B"}}
"""The same with a column for each series."""

Row = tuple[object, ...]


async def pull(folder: Path, want: Want = Want(), /, **declared: Any) -> pl.DataFrame:  # noqa: B008 - it is frozen
    """What a source gives, in the order of series, day and row; relative paths are in the folder."""
    declaration: SourceDeclaration = TypeAdapter[SourceDeclaration](SourceDeclaration).validate_python(declared)
    source = open_source("prices", declaration, [folder / "nowhere", folder])
    pulled = await source.pull(want, Path(mkdtemp(dir=folder)))
    frame = pulled.frame.collect()
    assert dict(frame.schema) == COLUMNS
    return frame.sort("series", "date", "row")


async def rows(folder: Path, want: Want = Want(), /, **declared: Any) -> list[Row]:  # noqa: B008 - it is frozen
    """The rows: series, day as text, value, row and text."""
    frame = await pull(folder, want, **declared)
    return frame.with_columns(pl.col("date").cast(pl.String)).rows()


async def left_work_ends() -> None:
    """Wait for the threads of pulls that nobody waits for any more."""
    for thread in threading.enumerate():
        if thread.name == "roundhouse-source":
            await asyncio.to_thread(thread.join, 30)


async def fault(folder: Path, kind: FaultKind = "wrong", /, *, want: Want = Want(), **declared: Any) -> str:  # noqa: B008
    """What is said of a source that cannot be pulled: one line that begins with which it is."""
    with pytest.raises(SourceFault) as raised:
        await pull(folder, want, **declared)
    said = str(raised.value)
    assert said.startswith("Source 'prices': ")
    assert "\n" not in said
    assert len(said) < 1200
    assert raised.value.kind == kind, said
    return said
