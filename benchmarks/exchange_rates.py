"""Monthly reports on twenty currencies by two central banks, 1999-01 to 2026-03, where their data are found.

Each report is a run of its own, one after the other, so that the time is that of one report with all that belongs to
it: both files read, the repair asked for and done, page and PDF written, every step in SQL.
"""

import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from agents.files import FileStore
from agents.report.findings import Findings
from agents.report.profile import load_profile
from agents.report.requests import request_path
from benchmarks.report import SHOWN, Row, table
from graphs.catalogue import shipped
from runtime.intake import Accepted, Source
from runtime.roundhouse import Roundhouse
from state.run import RunStory

PROFILE = "exchange-rates"
WORKFLOW = "data-reporting"

CRISIS = ("2008-10", "2008-12")
"""Months in which the two banks were apart, and a person is to look."""


@dataclass(frozen=True, slots=True)
class Made:
    """One report's run."""

    period: str
    seconds: float
    story: RunStory

    @property
    def findings(self) -> Findings:
        """The newest findings."""
        return Findings.model_validate(self.story.run.decisions["Findings"])

    @property
    def makings(self) -> str:
        """Who made what, in order."""
        return ", ".join(f"{each.specialist} {each.outcome}" for each in self.story.executions)

    @property
    def is_inversion_repaired(self) -> bool:
        """Whether the euro's direction was found and mended on request."""
        told = {(each.check, each.series, each.state) for each in self.findings.issues}
        return ("inverted", "EUR", "repaired") in told


async def measure() -> list[Row]:
    """The figures of all months. Raises ``UnreadableSource`` where the data are not here."""
    return rows(await reports(request_path(load_profile(PROFILE))))


async def reports(requests: Path) -> list[Made]:
    """A run of every request."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as folder:
        files = FileStore(Path(folder) / "files")
        async with Roundhouse.open(f"sqlite:///{folder}/reports.db", shipped(files), files=files) as roundhouse:
            contract = (await roundhouse.driver(WORKFLOW, PROFILE)).workflow.case
            cases = [row.case for row in Source(requests, contract).rows() if isinstance(row, Accepted)]
            made = []
            for case in cases:
                began = time.perf_counter()
                run = await roundhouse.start(WORKFLOW, case, profile=PROFILE)
                seconds = time.perf_counter() - began
                made.append(Made(case.model_dump()["period"], seconds, await roundhouse.show(run.id)))
            return made


def rows(made: list[Made]) -> list[Row]:
    """The figures, against what was asked for."""
    asked = [each for each in made if each.story.reviews]
    free = 1 - len(asked) / len(made)
    ended = Counter(each.story.run.status for each in made)
    whole = [each.seconds for each in made if each not in asked]
    told = [each for each in asked if each.period in CRISIS]
    return [
        Row(
            "monthly reports 1999-01 to 2026-03",
            "all 327 run",
            ", ".join(f"{count} {status}" for status, count in sorted(ended.items())),
            len(made) == 327 and not ended["failed"],
        ),
        Row("reports without a human", "95 %", f"{free:.1%}", free >= 0.95),
        Row("months that ask", SHOWN, ", ".join(each.period for each in asked), True),
        *(
            Row(f"{each.period} asks, since", "a reason", each.findings.rationale.partition("looked at: ")[2], True)
            for each in told
        ),
        Row("both months of the crisis ask", " and ".join(CRISIS), f"{len(told)} of 2", len(told) == 2),
        Row(
            "reports in which the euro's direction was found and repaired on request",
            "all",
            f"{sum(each.is_inversion_repaired for each in made)} of {len(made)}",
            all(each.is_inversion_repaired for each in made),
        ),
        Row("one report, median, data read anew", "2 s", f"{median(whole):.2f} s", median(whole) < 2),
        *(
            Row(f"runs that went: {makings}", SHOWN, str(count), True)
            for makings, count in Counter(each.makings for each in made).most_common()
        ),
    ]


if __name__ == "__main__":
    Console(width=150).print(table("Exchange rates", asyncio.run(measure())))
