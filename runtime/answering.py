"""Many answers at once: each is given on its own, and one that is refused leaves the others as they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from state.errors import DatabaseLost, RoundhouseError

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one of many answers."""

    review: str
    run: str
    status: str
    """Where its run stands."""
    refused: str | None = None
    """Why the answer was not taken."""


async def answer_all(roundhouse: "Roundhouse", reviews: Sequence[str], at_once: int, **answer: Any) -> list[Answered]:
    """Give the same answer to many questions, so many at once; the arguments are those of ``Roundhouse.answer``.

    Raises ``DatabaseLost``.
    """
    turns = asyncio.Semaphore(at_once)

    async def one(review: str) -> Answered:
        async with turns:
            try:
                run = await roundhouse.answer(review, **answer)
            except DatabaseLost:
                raise
            except RoundhouseError as refused:
                row = await roundhouse.review(review)
                return Answered(review, row.run, row.status, str(refused))
            return Answered(review, run.id, run.status)

    return list(await asyncio.gather(*map(one, reviews)))
