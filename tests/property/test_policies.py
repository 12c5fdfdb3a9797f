"""Policies that answer instead of people: a run ends without anybody, and no person's word is lost to a policy."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.answers import answer_events
from state.progress import Answered, Event, Recorded
from state.review import Answer, Question
from tests.property.properties import check_end, check_words
from tests.property.simulation import NOW, Simulation, random_answer
from tests.property.workflows import Scene, random_scene, seeded

POLICY = "approve after 1 h"


class Nobody(Exception):
    """No question that is open offers what the policy does."""


class Unattended(Simulation):
    """A run in which a policy approves whatever it may, and nobody is there."""

    def _answer(self, questions: tuple[Question, ...]) -> None:
        offered = [question for question in questions if "approve" in question.offers]
        if not offered:
            raise Nobody
        self._give(Answer(question=offered[0].key, action="approve", by=POLICY, voice="policy"))

    def _give(self, answer: Answer) -> None:
        workflow = self.scene.workflow
        self.made.clear()
        self._apply(answer_events(workflow, self.run.progress, workflow.threshold, answer, NOW))


class HalfAttended(Unattended):
    """A run that people and policies answer in turn, by chance."""

    def _answer(self, questions: tuple[Question, ...]) -> None:
        given = len(self.run.progress.answers)
        answer = random_answer(seeded(self.scene.seed, given, "half"), questions, given)
        if answer.action == "approve" and seeded(self.scene.seed, given, "who").random() < 0.6:
            answer = answer.model_copy(update={"by": POLICY, "voice": "policy", "prefer": None})
        self.run.asked += [question.key for question in questions]
        self._give(answer)


def scene_of(seed: int) -> Scene:
    return random_scene(Random(seed))


@pytest.fixture(scope="module")
def runner() -> Iterator["asyncio.Runner"]:
    with asyncio.Runner() as opened:
        yield opened


@given(st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_a_run_that_only_policies_answer_comes_to_an_end(runner: "asyncio.Runner", seed: int) -> None:
    simulation = Unattended(scene_of(seed))
    try:
        run = simulation.play(runner)
    except Nobody:
        return
    check_end(simulation.scene, run)
    assert {record.maker.kind for records in run.progress.records.values() for record in records} <= {"agent", "policy"}


@given(st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_no_persons_word_is_lost_to_a_policy_or_an_agent(runner: "asyncio.Runner", seed: int) -> None:
    simulation = HalfAttended(scene_of(seed))
    run = simulation.play(runner)
    check_end(simulation.scene, run)
    check_words(run)
    assert lost_to_policies(run.events) == []


def lost_to_policies(events: list[Event]) -> list[str]:
    """The decisions in which a policy's record came right after a person's that nobody had released."""
    spoken: set[str] = set()
    lost: list[str] = []
    for event in events:
        match event:
            case Recorded(record=record) if record.maker.kind == "human":
                spoken.add(record.decision)
            case Recorded(record=record) if record.maker.kind == "policy" and record.decision in spoken:
                lost.append(record.decision)
            case Answered(answer=answer) if answer.action == "send_back":
                spoken.clear()
            case _:
                pass
    return lost
