"""Precedence: so many at a time, the urgent first, and no turn lost with one who goes away."""

import asyncio
from contextlib import AsyncExitStack

from runtime.precedence import Turns


async def test_only_so_many_have_a_turn_and_the_urgent_come_first() -> None:
    turns, order = Turns(1), list[str]()

    async def one(name: str, priority: int) -> None:
        async with turns.turn(priority):
            order.append(name)

    async with turns.turn():
        waiting = [asyncio.create_task(one(*each)) for each in (("a", 0), ("b", 0), ("urgent", 9))]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == ["urgent", "a", "b"]


async def test_a_turn_is_not_lost_with_one_who_goes_away() -> None:
    turns = Turns(1)

    async def one() -> None:
        async with turns.turn():
            pass

    async with AsyncExitStack() as held:
        await held.enter_async_context(turns.turn())
        waits, given = asyncio.create_task(one()), asyncio.create_task(one())
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.sleep(0)
        await held.aclose()
        given.cancel()  # in the moment in which its turn has come
        await asyncio.gather(waits, given, return_exceptions=True)
    await asyncio.wait_for(one(), 5)
