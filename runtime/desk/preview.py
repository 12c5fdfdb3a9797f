"""The preview: what a file of cases holds, before any of it is run."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from runtime.intake import Accepted, Rejected, Row, Source
from state.case import Case
from state.summary import QuarantinedField

LOOKED_AT = 5_000
"""How many rows are looked at."""

SHOWN = 50
"""How many good rows are shown, and how many bad ones."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file, held to a workflow's contract."""

    rows: int
    """How many rows were looked at."""
    is_whole: bool
    """Whether that is all of the file."""
    good: int
    cases: tuple[dict[str, Any], ...]
    """The first good rows, as plain JSON."""
    problems: tuple[QuarantinedField, ...]
    """What is wrong with the first bad rows, field by field."""

    @property
    def bad(self) -> int:
        """How many rows would be quarantined."""
        return self.rows - self.good


def preview(path: Path, case: type[Case]) -> Preview:
    """Look at the first rows of a CSV or JSONL file. Raises ``UnreadableSource``."""
    rows = list(islice(Source(path, case).rows(), LOOKED_AT + 1))
    looked_at = rows[:LOOKED_AT]
    good = [row.case for row in looked_at if isinstance(row, Accepted)]
    return Preview(
        rows=len(looked_at),
        is_whole=len(rows) <= LOOKED_AT,
        good=len(good),
        cases=tuple(each.model_dump(mode="json") for each in good[:SHOWN]),
        problems=tuple(_problems(looked_at)),
    )


def _problems(rows: list[Row]) -> list[QuarantinedField]:
    bad = islice((row for row in rows if isinstance(row, Rejected)), SHOWN)
    return [
        QuarantinedField(line=row.line, field=each.field, reason=each.reason, text=each.text)
        for row in bad
        for each in row.problems
    ]
