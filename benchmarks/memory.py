"""How much memory a batch takes for a long file, with the agents' work stubbed out.

Two batches run in processes of their own, of 10,000 and of 100,000 rows, through the real command, intake, graph and
database; only the one specialist does nothing. The figure is the process's largest resident set, in MB of 1,000,000
bytes. "Flat" means that ten times the rows take less than 1.5 times the memory.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from agents.handoff import Handoff
from agents.specialist import specialist
from benchmarks.report import SHOWN, Row, table
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision

PROJECT = Path(__file__).resolve().parents[1]
ROWS = (10_000, 100_000)


class Company(Case):
    """A row."""

    company: str


class Seen(Decision):
    """Nothing to decide."""


@specialist(decides=Seen)
async def stub(handoff: Handoff[Company]) -> Seen:
    """Do nothing."""
    return Seen()


workflow = Workflow(name="stub", case=Company, specialists=(stub,))


async def measure() -> list[Row]:
    """All figures, with their targets."""
    short, long = [await asyncio.to_thread(_peak, rows) for rows in ROWS]
    return [
        Row(f"memory for a file of {ROWS[0]:,} rows", SHOWN, f"{short:.0f} MB", True),
        Row(f"memory for a file of {ROWS[1]:,} rows", "< 500 MB", f"{long:.0f} MB", long < 500),
        Row("the second over the first", "< 1.5", f"{long / short:.2f}", long / short < 1.5),
    ]


def _peak(rows: int) -> float:
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as folder:
        path = Path(folder, "companies.csv")
        with path.open("w") as file:
            file.write("id,company\n")
            file.writelines(f"c{number},Company {number}\n" for number in range(rows))
        command = ["run", "benchmarks.memory:workflow", str(path), "--database", f"sqlite:///{folder}/bench.db"]
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *command], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, status, usage = os.wait4(process.pid, 0)
        assert process.stderr is not None
        if status:
            raise RuntimeError(process.stderr.read().decode())
        return usage.ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    Console().print(table("Memory", asyncio.run(measure())))
