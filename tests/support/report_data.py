"""Two small sources of daily prices, a profile for them, and a hub's turns between data and analysis without a hub."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from agents.files import FileStore
from agents.handoff import Ask, Handoff
from agents.making import Result
from agents.report.analysis import analysis
from agents.report.data import data
from agents.report.dataset import Dataset
from agents.report.findings import Findings
from agents.report.profile import ReportProfile
from agents.report.request import ReportRequest
from agents.report.source import Source
from agents.report.sources.frame import FrameSource
from state.note import Note

AT = datetime(2026, 1, 2, tzinfo=UTC)
FIRST = date(2023, 1, 2)
LAST = date(2025, 12, 31)
SOURCES = ("left", "right")


def weekdays(first: date = FIRST, last: date = LAST) -> list[date]:
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def prices(series: str = "tin", noise: int = 0, days: list[date] | None = None) -> pl.DataFrame:
    """A random walk that is the same for every ``noise``, with a noise of 0.03 % of its own."""
    walk, own = random.Random(series), random.Random(f"{series} {noise}")
    level, rows = math.log(100), []
    for day in weekdays():
        level += walk.gauss(0, 0.01)
        rows.append((series, day, math.exp(level + own.gauss(0, 0.0003))))
    wanted = set(days) if days is not None else None
    kept = [row for row in rows if wanted is None or row[1] in wanted]
    return pl.DataFrame(kept, schema={"series": pl.String, "date": pl.Date, "value": pl.Float64}, orient="row")


def profile(**changes: object) -> ReportProfile:
    declared = {
        "kind": "csv",
        "path": "none.csv",
        "frequency": "business-day",
        "date": "d",
        "series": "s",
        "value": "v",
    }
    raw: dict[str, object] = {
        "path": Path("prices.toml"),
        "name": "prices",
        "subject": "Prices",
        "history": 36,
        "sources": {name: declared for name in SOURCES},
    }
    return ReportProfile.model_validate(raw | changes)


@dataclass(frozen=True)
class Outcome:
    """What came of a request."""

    dataset: Dataset
    findings: Findings
    asked: tuple[str, ...]
    rounds: int


@dataclass
class Desk:
    """Hands datasets, requests and findings to and fro, as the hub does."""

    files: FileStore
    profile: ReportProfile
    sources: Mapping[str, Source]
    order: tuple[str, ...] = ()
    """Of the sources in the request; by default that of the profile."""

    async def data(
        self, notes: tuple[Note, ...] = (), previous: Dataset | None = None, period: str = "2025-12"
    ) -> Result:
        handoff = Handoff(case=self._case(period), notes=notes, previous=previous)
        return (await data(self.profile, self.files, self.sources).turn(handoff, AT)).result

    async def analysis(
        self, dataset: Dataset, left: int, period: str = "2025-12", notes: tuple[Note, ...] = ()
    ) -> Result:
        handoff = Handoff(
            case=self._case(period),
            decisions={Dataset: dataset},
            notes=notes,
            may_ask=frozenset({Dataset}),
            attempts_left=left,
        )
        return (await analysis(self.profile, self.files).turn(handoff, AT)).result

    async def outcome(self, period: str = "2025-12") -> Outcome:
        """Go on until there are findings."""
        notes: list[Note] = []
        dataset: Dataset | None = None
        for rounds in range(1, 10):
            made = await self.data(tuple(notes), dataset, period)
            assert isinstance(made, Dataset), made
            dataset = made
            found = await self.analysis(dataset, self.profile.checks.revisions + 2 - rounds, period)
            if isinstance(found, Findings):
                return Outcome(dataset, found, tuple(note.text for note in notes), rounds)
            assert isinstance(found, Ask), found
            notes += [request(each.text) for each in found.requests]
        raise AssertionError("no end of asking")

    def _case(self, period: str) -> ReportRequest:
        return self.profile.case_type().model_validate(
            {"id": "r", "period": period, "sources": self.order or tuple(self.profile.sources)}
        )


def request(text: str) -> Note:
    return Note(kind="request", author="analysis", text=text, at=AT)


def desk(
    tmp_path: Path, left: pl.DataFrame | Source, right: pl.DataFrame | Source, declared: ReportProfile | None = None
) -> Desk:
    given = {"left": left, "right": right}
    sources = {name: FrameSource(each) if isinstance(each, pl.DataFrame) else each for name, each in given.items()}
    return Desk(FileStore(tmp_path / "files"), declared or profile(), sources)


def changed(frame: pl.DataFrame, day: date, factor: float) -> pl.DataFrame:
    """The frame with the value of one day times a factor."""
    times = pl.when(pl.col("date") == day).then(pl.col("value") * factor).otherwise("value")
    return frame.with_columns(value=times)
