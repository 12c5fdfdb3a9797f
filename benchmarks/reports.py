"""Whether planted defects are found: 50 samples from seeds that nothing was developed on, through the real workflow.

Each sample of ``data/make_prices.py`` gets one request, for its last month, whose history is all of the sample. What
the analysis found, repaired or open, is set against the list of what was planted.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from agents.files import FileStore
from agents.report.findings import Findings
from agents.report.profile import ReportProfile, load_profile
from benchmarks.planted import Comparison, compare, rows
from benchmarks.report import Row, table
from data.make_prices import LAST, make_prices, write
from graphs.catalogue import Catalogue, Entry
from graphs.data_reporting import data_reporting
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse

SEEDS = range(5000, 5050)
"""Not looked at while the checks and the sample were developed; that was done on others, also on 1000 to 1049."""

WORKFLOW = "data-reporting"


async def measure() -> list[Row]:
    """A row of each kind of defect, and one of each that was missed or told though it was not planted."""
    return rows(await compared(SEEDS))


async def compared(seeds: Iterable[int]) -> dict[int, Comparison]:
    """What was found in the sample of each seed."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as name:
        folder = Path(name)
        files = FileStore(folder / "files")

        def make(seed: str | None) -> Workflow:
            return data_reporting(profile_in(folder / str(seed)), files)

        catalogue = Catalogue({WORKFLOW: Entry(make)})
        async with Roundhouse.open(f"sqlite:///{folder}/reports.db", catalogue) as roundhouse:
            return {seed: await _compared(seed, folder / str(seed), roundhouse) for seed in seeds}


async def _compared(seed: int, folder: Path, roundhouse: Roundhouse) -> Comparison:
    sample = make_prices(seed)
    write(sample, folder)
    request = {"id": f"prices-{seed}", "period": f"{LAST:%Y-%m}"}
    run = await roundhouse.start(WORKFLOW, request, profile=str(seed))
    return compare(Findings.model_validate(run.decisions["Findings"]).issues, sample.planted)


def profile_in(folder: Path) -> ReportProfile:
    """The profile of the sample, with the files of its sources in a folder."""
    profile = load_profile("sample")
    sources = {
        name: declared.model_copy(update={"path": Path(declared.path).name})
        for name, declared in profile.sources.items()
        if declared.kind in ("csv", "parquet")
    }
    return profile.model_copy(update={"path": folder / "sample.toml", "sources": sources})


if __name__ == "__main__":
    Console(width=150).print(table("Planted defects, 50 samples", asyncio.run(measure())))
