"""What holds for every shape, over random workflows run as the graphs that they are."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

import pytest

from agents.handoff import Handoff
from agents.making import Failed, Making
from agents.specialist import FunctionSpecialist
from graphs.conduct import Conduct
from graphs.shape import Hub, Mesh, Pipeline, Shape, Single, Supervisor
from graphs.shaped import graph_of, shaped
from graphs.workflow import Workflow
from state.execution import Execution
from state.progress import Progress
from state.review import Answer, Question
from tests.property.properties import check_end
from tests.property.simulation import CASE, NOW, Ended, random_answer
from tests.property.workflows import Scene, random_scene, seeded

SCENES = 25
"""How many random workflows each shape runs."""

STEPS = 3_000
"""How many supersteps a run may take: far more than any takes that ends."""


@dataclass(frozen=True)
class Player(FunctionSpecialist):
    """A specialist of a scene."""

    scene: Scene | None = None

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """What the scene has it say."""
        assert self.scene is not None
        name = self.decides.__name__
        result = self.scene.result(name, handoff)
        outcome: Any = "error" if isinstance(result, Failed) else "decided"
        call = Execution(
            decision=name, specialist=self.name, ready_at=NOW, started_at=NOW, ended_at=NOW, outcome=outcome
        )
        return Making(result, (call,))


class Anybody:
    """A person who gives any answer that is offered, and rejects when patience is at its end."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> Answer:
        given = len(progress.answers)
        return random_answer(seeded(self.seed, given, [each.key for each in questions]), questions, given)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def staged(scene: Scene, shape: Shape) -> Scene:
    """The scene in another shape, with specialists that can be called."""
    players = tuple(
        Player(owner.function, owner.name, owner.decides, owner.needs, attempts=owner.attempts, scene=scene)
        for owner in scene.workflow.specialists
        if isinstance(owner, FunctionSpecialist)
    )
    return replace(scene, workflow=shaped(replace(scene.workflow, specialists=players), shape))


def played(scene: Scene, runner: asyncio.Runner) -> Progress:
    """The run to its end; LangGraph raises where it takes more than the steps that are allowed."""
    graph = graph_of(scene.workflow, Conduct(person=Anybody(scene.seed))).compile()
    given = {"case": CASE.model_dump(mode="json")}
    ended = runner.run(graph.ainvoke(given, {"recursion_limit": STEPS}))
    return Progress.parse(ended.get("progress", {}))


@pytest.mark.parametrize("seed", range(SCENES))
@pytest.mark.parametrize(
    "shape", [Hub(), Pipeline(), Single(), Supervisor(), Mesh(rounds=3)], ids=lambda shape: shape.name
)
def test_a_run_ends_and_what_a_human_said_stands(runner: asyncio.Runner, shape: Shape, seed: int) -> None:
    progress = played(staged(random_scene(Random(seed)), shape), runner)
    for decision, records in progress.records.items():
        humans = [place for place, record in enumerate(records) if record.maker.kind == "human"]
        replaced = [records[place + 1] for place in humans if place + 1 < len(records)]
        released = any(note.kind == "guidance" for note in progress.notes_to(decision))
        assert released or all(record.maker.kind == "human" for record in replaced)


@pytest.mark.parametrize("seed", range(SCENES))
def test_what_stands_at_the_end_of_a_pipeline_is_what_would_be_decided_now(runner: asyncio.Runner, seed: int) -> None:
    # not so where everything is in sight: what was seen and not declared can move, and nothing knows of it
    scene = staged(random_scene(Random(seed)), Pipeline())
    progress = played(scene, runner)
    check_end(scene, Ended(progress, status="rejected" if progress.closed is not None else "completed"))
