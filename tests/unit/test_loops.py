"""Loops end when what they belong to ends."""

import asyncio

import pytest

from runtime.loops import running, unmissed

LONG = 60.0
"""Seconds that nobody waits for."""


async def deaf(missed: list[str]) -> None:
    """Misses a first cancellation."""
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        missed.append("once")
    await asyncio.sleep(LONG)


async def test_work_that_misses_a_cancellation_ends_all_the_same() -> None:
    missed: list[str] = []
    async with asyncio.timeout(LONG / 2):
        async with running([unmissed(deaf(missed))]):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    assert missed == ["once"]


async def test_an_error_of_the_work_is_raised() -> None:
    async def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await unmissed(fails())
