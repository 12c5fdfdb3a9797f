"""The footer of a Parquet file: what the file says of itself before any of it is unpacked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from agents.report.source import SourceFault


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows, columns and sizes."""

    rows: int
    columns: tuple[str, ...]
    """Names of the columns that are not nested; those of nested ones with the path to each part."""
    metadata: Any
    """Of pyarrow, which has no types."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Read it. Raises ``SourceFault`` where it is damaged."""
        # pyarrow has no types; and it is needed for such files only, and takes a while to load
        from pyarrow import ArrowException  # type: ignore[import-untyped]
        from pyarrow.parquet import read_metadata  # type: ignore[import-untyped]

        try:
            metadata = read_metadata(path)
            columns = tuple(metadata.schema.column(place).path for place in range(metadata.num_columns))
        except (ArrowException, OSError, ValueError, MemoryError) as error:
            raise SourceFault(f"the Parquet file is damaged or not finished: {error}. Get it again.") from error
        return cls(metadata.num_rows, columns, metadata)

    def unpacked(self, names: Sequence[str]) -> int:
        """Bytes of these columns, unpacked, by what the file says."""
        places = [self.columns.index(name) for name in names]
        groups = (self.metadata.row_group(number) for number in range(self.metadata.num_row_groups))
        return sum(group.column(place).total_uncompressed_size for group in groups for place in places)
