"""How much memory one report takes over 10 million rows: 500 daily series by two sources, 27 years each, as Parquet.

The request goes through the real command in a process of its own; the figure is that process's largest resident set,
in MB of 1,000,000 bytes. One series in twenty is quoted the other way round by the second source and has a wrong value,
so that the table is repaired once and looked at again.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

from benchmarks.report import SHOWN, Row, table

PROJECT = Path(__file__).resolve().parents[1]
SERIES, DAYS, AT_ONCE = 500, 10_000, 20
"""How many series there are in each source, how many days in each of them, and how many series are made at a time."""
LAST = date(2026, 3, 31)
LIMIT = 2000.0
"""Megabytes."""

PROFILE = """
name = "big"
subject = "Five hundred series"
history = 336

[sources.first]
kind = "parquet"
path = "first.parquet"
frequency = "day"
date = "day"
series = "name"
value = "value"

[sources.second]
kind = "parquet"
path = "second.parquet"
frequency = "day"
date = "day"
series = "name"
value = "value"
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took and told."""

    status: str
    memory: float
    """Megabytes."""
    seconds: float
    rows: int
    """That were pulled first."""
    issues: dict[str, int]
    """By check."""


async def measure() -> list[Row]:
    """The one figure with its target, and what it is about."""
    run = await asyncio.to_thread(_measured)
    planted = len(range(0, SERIES, AT_ONCE))
    found = {check: run.issues.get(check, 0) for check in ("inverted", "outlier")}
    return [
        Row(
            f"memory for a report over {run.rows:,} rows, {run.status}",
            f"< {LIMIT:,.0f} MB",
            f"{run.memory:,.0f} MB",
            _fits(run),
        ),
        Row("time for it, all in all", SHOWN, f"{run.seconds:.0f} s", True),
        Row(
            "planted in it and found",
            f"{planted} inverted, {planted} outlier",
            ", ".join(f"{count} {check}" for check, count in found.items()),
            run.issues == dict.fromkeys(("inverted", "outlier"), planted),
        ),
    ]


def _fits(run: Run) -> bool:
    return run.memory < LIMIT and run.rows == 2 * SERIES * DAYS and run.status == "completed"


def _measured() -> Run:
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as name:
        folder = Path(name)
        _make(folder)
        (folder / "big.toml").write_text(PROFILE)
        (folder / "requests.jsonl").write_text(json.dumps({"id": "big", "period": f"{LAST:%Y-%m}"}) + "\n")
        return _run(folder)


def _make(folder: Path) -> None:
    """Write both sources, some series at a time."""
    chance = np.random.default_rng(1)
    days = pl.date_range(LAST - timedelta(days=DAYS - 1), LAST, "1d", eager=True).alias("day")
    for start in range(0, SERIES, AT_ONCE):
        names = [f"series_{number:03}" for number in range(start, start + AT_ONCE)]
        first = 100 * np.exp(np.cumsum(chance.normal(0, 0.01, (AT_ONCE, DAYS)), axis=1))
        second = first * np.exp(chance.normal(0, 0.0004, first.shape))
        second[0] = 1 / second[0]
        first[0, DAYS // 2] *= 2
        for source, values in (("first", first), ("second", second)):
            _portion(names, days, values).write_parquet(folder / f"{source}-{start:03}.part")
    for source in ("first", "second"):
        pl.scan_parquet(folder / f"{source}-*.part").sink_parquet(folder / f"{source}.parquet")


def _portion(
    names: Sequence[str], days: pl.Series, values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
) -> pl.DataFrame:
    of_each = [pl.DataFrame({"name": name, "day": days, "value": row}) for name, row in zip(names, values, strict=True)]
    return pl.concat(of_each)


def _run(folder: Path) -> Run:
    command = ["run", "data-reporting", "requests.jsonl", "--profile", "big.toml", "--out", "decisions.jsonl"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *command, "--database", "sqlite:///bench.db"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    assert process.stderr is not None
    if status:
        raise RuntimeError(process.stderr.read().decode())
    told = json.loads((folder / "decisions.jsonl").read_text())
    decided = told["decisions"]
    return Run(
        status=told["status"],
        memory=usage.ru_maxrss * 1024 / 1e6,
        seconds=seconds,
        rows=sum(pull["rows"] for pull in decided["Dataset"]["pulls"][:2]),
        issues=decided["Findings"]["issue_counts"],
    )


if __name__ == "__main__":
    Console().print(table("A report over 10 million rows", asyncio.run(measure())))
