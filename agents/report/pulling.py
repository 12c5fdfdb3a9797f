"""Pulling: a source is read once and what came is kept, with the moment, the rows and the digest."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from agents.files import FileLost, FileStore
from agents.report.dataset import Absence, Pull
from agents.report.declaration import CsvDeclaration, ParquetDeclaration, SourceDeclaration
from agents.report.source import Pulled, Source, SourceFault, Want

TRIES = 3
"""How often a source is asked that may be there again in a moment."""

PATIENCE = 0.9
"""The part of its declared time after which a source is not tried again."""

PAUSE = 0.5
"""Seconds before the second try; doubled before the third."""


class Puller:
    """Pulls the sources of a profile."""

    def __init__(
        self, declared: Mapping[str, SourceDeclaration], sources: Mapping[str, Source], files: FileStore
    ) -> None:
        self._declared, self._sources, self._files = dict(declared), dict(sources), files

    async def all_of(self, names: tuple[str, ...], want: Want) -> tuple[list[Pull], list[Absence]]:
        """Every source once, at the same time, and those that could not be pulled.

        What is a file is read whole, so that reports of other periods share what is kept of it.
        """
        got = await asyncio.gather(*(self.pull(name, Want() if self._is_file(name) else want) for name in names))
        return [each for each in got if isinstance(each, Pull)], [each for each in got if isinstance(each, Absence)]

    async def pull(self, name: str, want: Want) -> Pull | Absence:
        """One source, tried again where it was only down."""
        began = time.monotonic()
        for tried in range(1, TRIES + 1):
            try:
                return await self._pulled(name, want)
            except SourceFault as fault:
                took_all = time.monotonic() - began > PATIENCE * self._declared[name].timeout
                if fault.kind == "wrong" or tried == TRIES or took_all:
                    return Absence(source=name, series=want.series, first=want.first, last=want.last, why=str(fault))
            await asyncio.sleep(PAUSE * 2 ** (tried - 1))
        raise AssertionError("the last try returns")

    def has(self, pull: Pull) -> bool:
        """Whether what was pulled is kept, as it was."""
        try:
            self._files.whole(pull.table)
        except FileLost:
            return False
        return True

    def _is_file(self, name: str) -> bool:
        return isinstance(self._declared[name], CsvDeclaration | ParquetDeclaration)

    async def _pulled(self, name: str, want: Want) -> Pull:
        folder = Path(await asyncio.to_thread(mkdtemp, prefix="roundhouse-pull-"))
        try:
            at = datetime.now(UTC)
            pulled = await self._sources[name].pull(want, folder)
            return await asyncio.to_thread(self._kept, name, want, at, pulled)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    def _kept(self, name: str, want: Want, at: datetime, pulled: Pulled) -> Pull:
        declared, draft = self._declared[name], self._files.draft()
        try:
            pulled.frame.sink_parquet(draft, compression="zstd")
            rows = int(pl.scan_parquet(draft).select(pl.len()).collect().item())
            table = self._files.adopt(draft, f"{name}.parquet")
        except pl.exceptions.PolarsError as broken:
            reason = " ".join(str(broken).split())[:300]
            raise SourceFault(f"Source {name!r} cannot be read: {reason}") from broken
        finally:
            draft.unlink(missing_ok=True)
        return Pull(
            source=name,
            asked=str(want),
            at=at,
            rows=rows,
            table=table,
            location=pulled.location,
            publisher=declared.publisher,
            terms=declared.terms,
        )
