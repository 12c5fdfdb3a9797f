"""The command: how long ``roundhouse calibrate`` takes on 20,000 of the bank's leads, as a process of its own."""

import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from agents.lead.profile import load_profile
from agents.lead.source import source_path
from benchmarks.report import Row

LEADS = 20_000
"""How many labelled cases it is given."""

MOST_SECONDS = 60.0

ROOT = Path(__file__).parents[2]
"""Where ``cli.py`` is."""


def measure() -> list[Row]:
    """From the start of the process to its end, with a new database. Raises ``UnreadableSource`` without the bank."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as name:
        folder = Path(name)
        labelled, began, before = _excerpt(folder), time.perf_counter(), _worked()
        _calibrate(labelled, folder)
        seconds, worked = time.perf_counter() - began, _worked() - before
    what, measured = (
        f"roundhouse calibrate on {LEADS:,} labelled leads",
        f"{seconds:.0f} s; {worked:.0f} s of processor",
    )
    return [Row(what, f"≤ {MOST_SECONDS:.0f} s", measured, seconds <= MOST_SECONDS)]


def _worked() -> float:
    """How long a processor has worked for processes that were waited for, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _excerpt(folder: Path) -> Path:
    """The first of the bank's leads as a file."""
    path = folder / "leads.csv"
    with gzip.open(source_path(load_profile("bank-marketing")), "rt", encoding="utf-8") as rows:
        path.write_text("".join(islice(rows, LEADS + 1)), encoding="utf-8")
    return path


def _calibrate(labelled: Path, folder: Path) -> None:
    command = ["calibrate", "lead-qualification", str(labelled), "--profile", "bank-marketing"]
    subprocess.run(
        [sys.executable, "-m", "cli", *command, "--human-budget", "0.10", "--database", "sqlite:///bench.db"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
