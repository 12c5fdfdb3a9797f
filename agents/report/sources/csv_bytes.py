"""The bytes of a CSV file, unpacked, of which no more is taken or held than was declared."""

import gzip
import io
from typing import IO

from agents.report.source import SourceFault
from agents.report.sources.content import GZIP, stranger
from agents.report.sources.work import Stop

LONGEST_LINE = 1 << 20
"""Bytes of a line at most."""

LARGEST_BATCH = 32 << 20
"""Bytes of the rows that are taken at a time at most."""

_BLOCK = 1 << 18


class CsvBytes(io.RawIOBase):
    """They are counted, and looked at as they come. Reading raises ``SourceFault`` for what no CSV has."""

    def __init__(self, file: IO[bytes], largest: int, stop: Stop) -> None:
        """Takes a file from its beginning, which may be gzipped. Raises ``OSError``."""
        file.seek(0)
        is_packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        self._file = gzip.GzipFile(fileobj=file) if is_packed else file
        self._largest, self._stop = largest, stop
        self._count = self._line = self._batch = 0

    def text(self) -> io.TextIOWrapper:
        """As lines, with their ends as they are."""
        return io.TextIOWrapper(io.BufferedReader(self, _BLOCK), encoding="utf-8-sig", newline="")

    def next_batch(self) -> None:
        """Say that the rows that were read so far are no longer held."""
        self._batch = 0

    def readable(self) -> bool:
        """They are."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed has it for any buffer
        """The next ones."""
        self._stop.check()
        block = self._file.read(len(buffer))
        what = stranger(block) if self._count == 0 else None
        if what is not None:
            raise SourceFault(f"this is no CSV but {what}.")
        self._measure(block)
        if b"\0" in block:
            raise SourceFault("it has a NUL byte, which no CSV has. Get it again, or save it as CSV in UTF-8.")
        buffer[: len(block)] = block
        return len(block)

    def _measure(self, block: bytes) -> None:
        self._count += len(block)
        if self._count > self._largest:
            raise SourceFault(
                f"it unpacks to more than the {self._largest:,} bytes that are declared. "
                "Raise its largest, or give Parquet."
            )
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self._line = self._line + len(block) if end < 0 else len(block) - end
        self._batch += len(block)
        if self._line > LONGEST_LINE or self._batch > LARGEST_BATCH:
            raise SourceFault("it has rows that are far too long. Is it CSV, and is every quote closed?")
