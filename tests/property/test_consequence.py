"""What is foreseen of an answer, held against what really follows it, over random workflows."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.agenda import Finish, agenda
from graphs.consequence import Consequence, consequences
from state.progress import Event, Noted
from state.review import Answer, Question
from tests.property.simulation import Simulation
from tests.property.test_agenda import quick
from tests.property.workflows import Scene, random_scene


class Foreseeing(Simulation):
    """A run of a scene that asks before each answer what would follow, and watches whether it does."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.told: Consequence | None = None
        self.may: set[str] = set(scene.workflow.order)
        """What may be made until the next answer."""
        self.had: set[str] = set()
        """What had been made before the last answer."""
        self.answered = 0

    def _answer(self, questions: tuple[Question, ...]) -> None:
        workflow, before = self.scene.workflow, self.run.progress
        told = {each.key: consequences(workflow, before, workflow.threshold, each) for each in questions}
        for each in questions:
            assert tuple(dict.fromkeys(one.action for one in told[each.key])) == each.offers
        self.told, self.had = None, {name for name, made in before.records.items() if made}
        super()._answer(questions)
        answer = self.run.progress.answers[-1].answer
        [asked] = [each for each in questions if each.key == answer.question]
        about = self._about(asked, answer)
        [self.told] = [
            one for one in told[asked.key] if one.action == answer.action and (about is None or one.decision == about)
        ]
        self.may = {*self.told.makes, *self.told.remakes}
        self.answered += 1
        self._check_standing(self.told)

    def _about(self, question: Question, answer: Answer) -> str | None:
        match answer.action:
            case "approve" if question.kind == "conflict":
                return self.run.progress.rungs[-1].preferred
            case "send_back":
                [name] = [each.to for each in self.run.events[-1:] if isinstance(each, Noted)]
                return name
            case "edit":
                return answer.decision
            case _:
                return None

    def _check_standing(self, told: Consequence) -> None:
        plan = agenda(self.scene.workflow, self.run.progress, self.scene.workflow.threshold)
        assert told.closes == (plan == Finish("rejected"))
        assert not told.ends or isinstance(plan, Finish)
        assert told.action == "edit" or told.ends == isinstance(plan, Finish)

    def _apply(self, events: list[Event]) -> None:
        super()._apply(events)
        for event in events:
            if isinstance(event, Noted):
                # nobody can foresee what a specialist requests or a conflict objects to
                self.may |= {event.to, *self.scene.workflow.downstream[event.to]}

    def _wave(self, decisions: tuple[str, ...]) -> None:
        assert self.may.issuperset(decisions), f"{decisions} are made, and {self.may} were foreseen"
        if self.told is not None:
            assert self.had.isdisjoint(self.told.makes)
            assert self.had.issuperset(self.told.remakes)
            assert self.told.waits == () or self.told.asks
            assert set(decisions).isdisjoint(self.told.unconfirmed), "only a person releases a person's word"
        super()._wave(decisions)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@quick
@given(chance=st.randoms(use_true_random=False))
def test_only_what_was_foreseen_is_made_after_an_answer(runner: asyncio.Runner, chance: Random) -> None:
    Foreseeing(random_scene(chance)).play(runner)


def test_the_random_workflows_are_asked_about(runner: asyncio.Runner) -> None:
    runs = [Foreseeing(random_scene(Random(seed))) for seed in range(60)]
    for run in runs:
        run.play(runner)
    assert sum(run.answered for run in runs) > 100
