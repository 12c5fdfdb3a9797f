"""Cases that are driven, so many at once, and how fast that goes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from state.case import Case

CONCURRENCY = 32

LEADS = Path(__file__).resolve().parents[1] / "data" / "leads.csv"
"""The sample."""

Drive = Callable[[Case], Awaitable[object]]


async def cases_a_second(drive: Drive, cases: list[Case]) -> float:
    """Drive the cases, so many at once."""
    waiting = iter(cases)

    async def work() -> None:
        for case in waiting:
            await drive(case)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return len(cases) / (time.perf_counter() - start)
