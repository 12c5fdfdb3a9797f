"""The track: one series in one source, as arrays in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agents.report.declaration import Frequency
from agents.report.rhythm import Days, Steps, steps

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Track:
    """One series in one source, one value a day."""

    series: str
    source: str
    frequency: Frequency
    days: Days
    steps: Steps
    """The days in steps of the frequency."""
    values: Floats
    """The first value of each day; not a number where it could not be read."""
    doubled: Flags
    """Whether there are several values of the day that differ."""
    stands_in: Flags
    """Whether the value was asked for where the first source has none."""

    @property
    def logs(self) -> Floats:
        """Natural logarithms; not a number where a value is not above 0."""
        positive = np.where(self.values > 0, self.values, np.nan)
        return np.log(positive)

    @property
    def is_positive(self) -> bool:
        """Whether no value is 0 or below, so that changes can be told as shares."""
        return not np.any(self.values <= 0)

    def readable(self) -> Self:
        """The track without the days whose value could not be read, or is one of several."""
        return self.where(np.isfinite(self.values) & ~self.doubled)

    def where(self, kept: Flags) -> Self:
        """The days that are flagged."""
        return replace(
            self,
            days=self.days[kept],
            steps=self.steps[kept],
            values=self.values[kept],
            doubled=self.doubled[kept],
            stands_in=self.stands_in[kept],
        )

    def with_values(self, values: Floats) -> Self:
        """The same days with other values."""
        return replace(self, values=values)


def tracks_of(rows: pl.DataFrame, frequencies: Mapping[str, Frequency]) -> dict[str, Track]:
    """The tracks of one series, by source in the order of ``frequencies``; ``rows`` are sorted by source, date, row."""
    series = str(rows["series"][0])
    found = rows.filter(pl.col("date").is_not_null()).partition_by("source", as_dict=True, maintain_order=True)
    return {
        source: _track(series, source, frequency, found[(source,)])
        for source, frequency in frequencies.items()
        if (source,) in found
    }


def _track(series: str, source: str, frequency: Frequency, rows: pl.DataFrame) -> Track:
    days: Days = rows["date"].to_numpy().astype("datetime64[D]")
    values = rows["value"].to_numpy().astype(np.float64)
    is_first = np.r_[True, days[1:] != days[:-1]]
    differs = np.r_[False, (days[1:] == days[:-1]) & (values[1:] != values[:-1])]
    group = np.cumsum(is_first) - 1
    doubled = np.zeros(int(is_first.sum()), dtype=np.bool_)
    np.logical_or.at(doubled, group, differs)
    kept: Days = days[is_first]
    return Track(
        series=series,
        source=source,
        frequency=frequency,
        days=kept,
        steps=steps(kept, frequency),
        values=values[is_first],
        doubled=doubled,
        stands_in=rows["stands_in"].to_numpy().astype(np.bool_)[is_first],
    )


def as_date(day: np.datetime64) -> date:
    """A day of an array as a date."""
    found: object = day.astype("datetime64[D]").item()
    assert isinstance(found, date)
    return found
