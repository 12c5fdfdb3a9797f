"""The time of a turn, which does not run while it waits for its place."""

import asyncio

import pytest

from agents.chat.stopwatch import Stopwatch

SHORT = 0.03
"""Seconds; what is asserted holds however slow the machine is."""


async def test_time_that_is_waited_does_not_count() -> None:
    async with asyncio.timeout(30) as timeout:
        before = timeout.when()
        with Stopwatch(timeout).stopped():
            assert timeout.when() is None
            await asyncio.sleep(SHORT)
        after = timeout.when()
    assert before is not None
    assert after is not None
    assert after >= before + SHORT


async def test_time_runs_again_when_the_last_of_several_has_its_place() -> None:
    async with asyncio.timeout(30) as timeout:
        stopwatch = Stopwatch(timeout)
        with stopwatch.stopped():
            with stopwatch.stopped():
                pass
            assert timeout.when() is None
        assert timeout.when() is not None


async def test_what_is_left_may_still_run_out() -> None:
    async def late() -> None:
        async with asyncio.timeout(SHORT) as timeout:
            with Stopwatch(timeout).stopped():
                await asyncio.sleep(2 * SHORT)
            await asyncio.sleep(30)

    with pytest.raises(TimeoutError):
        await late()


async def test_without_a_time_out_nothing_is_held() -> None:
    async with asyncio.timeout(None) as timeout:
        for stopwatch in (Stopwatch(), Stopwatch(timeout)):
            with stopwatch.stopped():
                pass
        assert timeout.when() is None
