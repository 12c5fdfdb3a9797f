"""Answers that are not fit to be given, and a process that gives them."""

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.types import Command

from runtime.roundhouse import Roundhouse
from state.errors import RoundhouseError
from state.review import Answer
from state.run import ReviewRow
from tests.faults import tables
from tests.faults.children import CATALOGUE, Say, Ticket, World

GRAPH = "by the graph"
"""Stands for every error of the engine's own: the bare graph is not ours to name."""


async def give_unfit_answers(say: Say, world: World, ticket: Ticket) -> None:
    """Give every unfit answer to the question of a run, and say how each was refused and what was open then."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        [review] = await roundhouse.questions(ticket.run)
        for name, (_, give) in UNFIT.items():
            say((name, await _refusal(give(roundhouse, review)), tables.standing(world.url, ticket.run)))


async def _refusal(given: Awaitable[object]) -> str:
    try:
        await given
    except RoundhouseError as refused:
        return type(refused).__name__
    except Exception:
        return GRAPH
    return "it was taken"


async def _stale(roundhouse: Roundhouse, review: ReviewRow) -> object:
    answer = Answer(question="low_confidence:Team@7", action="approve", by="ann")
    return await (await roundhouse.driver("triage")).answer(review.id, review.run, answer)


async def _unknown(roundhouse: Roundhouse, review: ReviewRow) -> object:
    return await roundhouse.answer("0" * 16, "approve", by="ann")


def _answered(action: Any, **given: Any) -> Callable[[Roundhouse, ReviewRow], Awaitable[object]]:
    """An answer through the front door."""
    return lambda roundhouse, review: roundhouse.answer(review.id, action, **{"by": "ann", **given})


def _resumed(value: object) -> Callable[[Roundhouse, ReviewRow], Awaitable[object]]:
    """An answer that goes past Roundhouse, to the bare graph at its interrupt."""

    async def resume(roundhouse: Roundhouse, review: ReviewRow) -> object:
        graph = (await roundhouse.driver("triage")).graph
        return await graph.ainvoke(Command(resume=value), {"configurable": {"thread_id": review.run}})

    return resume


UNFIT: dict[str, tuple[str, Callable[[Roundhouse, ReviewRow], Awaitable[object]]]] = {
    "about a version that has moved": ("StaleAnswer", _stale),
    "to an unknown review": ("UnknownReview", _unknown),
    "of an unknown kind": ("InvalidAnswer", _answered("shrug")),
    "None": ("InvalidAnswer", _answered(None)),
    "by nobody": ("InvalidAnswer", _answered("approve", by=None)),
    "an edit to None": ("InvalidAnswer", _answered("edit", value=None)),
    "an edit that is no object": ("InvalidAnswer", _answered("edit", value=["night desk"])),
    "an edit with a word too many": ("InvalidAnswer", _answered("edit", value={"team": "x", "colour": "red"})),
    "an edit that breaks its contract": ("InvalidAnswer", _answered("edit", value={"team": 7})),
    "an edit beyond its bounds": ("InvalidAnswer", _answered("edit", value={"confidence": 1.5})),
    "an edit that cannot be kept": ("InvalidAnswer", _answered("edit", value={"team": "a \ud800"})),
    "sent back without a word": ("InvalidAnswer", _answered("send_back", text="  ")),
    "for a side where there is none": ("InvalidAnswer", _answered("approve", prefer="Team")),
    "None to the bare graph": (GRAPH, _resumed(None)),
    "words to the bare graph": (GRAPH, _resumed("yes")),
    "half an answer to the bare graph": (GRAPH, _resumed({"action": "approve"})),
}
"""What is wrong with an answer: the error that refuses it, and how it is given."""
