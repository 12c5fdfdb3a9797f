"""A sorting of bags whose cases say how sure their one decision is, with labels by a seeded rule."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from agents.specialist import Handoff, specialist
from graphs.escalation import Escalation
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision


class Bag(Case):
    """The case: how sure its one decision is, stands in it."""

    clarity: float


class Route(Decision):
    """Where it goes."""

    hall: Literal["north", "south"]
    weight: int = 1
    is_fragile: bool = False


@specialist(decides=Route)
async def sorter(handoff: Handoff[Bag]) -> Route:
    clarity = handoff.case.clarity
    return Route(hall="north" if clarity > 0.5 else "south", confidence=abs(2 * clarity - 1))


sorting = Workflow(
    name="sorting",
    case=Bag,
    specialists=(sorter,),
    escalation=Escalation(judged=Route, threshold=0.2, budget=0.2),
)


@specialist(decides=Route, name="sorter", version="even")
async def even_sorter(handoff: Handoff[Bag]) -> Route:
    return Route(hall="north", confidence=0.8)


even = replace(sorting, specialists=(even_sorter,))
"""It is equally sure of every bag."""


@specialist(decides=Route, name="sorter", version="broken")
async def broken_sorter(handoff: Handoff[Bag]) -> Route:
    raise RuntimeError("the belt stands still")


broken = replace(sorting, specialists=(replace(broken_sorter, retry=replace(broken_sorter.retry, tries=1)),))
"""It fails at every bag."""

unjudged = replace(sorting, escalation=None)
"""It judges nothing."""


def bags(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Rows with the heading ``Route.hall``, which is wrong the more often, the less clear the bag is."""
    chance = random.Random(seed)
    for place in range(count):
        clarity = chance.random()
        right = "north" if chance.random() < clarity else "south"
        yield {"id": f"b{place}", "clarity": round(clarity, 4), "Route.hall": right}


def write_rows(path: Path, rows: Iterator[Mapping[str, Any]]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
