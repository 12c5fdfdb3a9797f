"""What a fork promises, over random changes of random runs."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.agenda import current_decisions, survey
from graphs.answers import answer_events
from graphs.fork import forked, made_again, side_by_side
from state.progress import Event, Progress, Recorded, advance
from state.review import Answer
from tests.property.changes import Stop, Watched, calm, random_stop
from tests.property.properties import check_end
from tests.property.simulation import NOW, replaced_human_words
from tests.property.test_agenda import quick
from tests.property.workflows import VALUES, Scene, random_scene


@dataclass(frozen=True)
class Forked:
    """A stopped run, and what is to be otherwise in its fork."""

    scene: Scene
    stop: Stop
    changes: dict[str, dict[str, Any]]

    @property
    def progress(self) -> Progress:
        return forked(self.scene.workflow, self.stop.progress, self.changes, "zoe", NOW)

    @property
    def downstream(self) -> set[str]:
        """What is built on a change, directly or through others."""
        return {name for subject in self.changes for name in self.scene.workflow.downstream[subject]}


def fork(chance: Random, scene: Scene, runner: asyncio.Runner) -> Forked:
    names = chance.sample(scene.workflow.order, k=min(chance.randint(1, 3), len(scene.workflow.order)))
    changes = {name: {"value": chance.randrange(VALUES)} for name in names}
    return Forked(scene, random_stop(chance, scene, runner), changes)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


chances = st.randoms(use_true_random=False)


@quick
@given(chance=chances)
def test_a_fork_ends_with_what_would_be_decided_now_and_no_human_word_is_replaced(
    runner: asyncio.Runner, chance: Random
) -> None:
    case = fork(chance, random_scene(chance), runner)
    begun = case.progress
    run = Watched(case.scene, begun)
    check_end(case.scene, run.play(runner))
    said: list[Event] = [Recorded(record=begun.records[name][-1]) for name in case.changes]
    assert replaced_human_words([*case.stop.events, *said, *run.run.events]) == []


@quick
@given(chance=chances)
def test_what_does_not_depend_on_a_change_is_untouched(runner: asyncio.Runner, chance: Random) -> None:
    case = fork(chance, random_scene(chance), runner)
    before, after = case.stop.progress, case.progress
    for name in set(before.records) - set(case.changes):
        assert after.records[name] == before.records[name]
    kept = set(current_decisions(case.scene.workflow, before)) - case.downstream
    assert kept.issubset(current_decisions(case.scene.workflow, after))
    assert (after.notes, after.approvals, after.rungs) == (before.notes, before.approvals, before.rungs)


@quick
@given(chance=chances)
def test_only_what_is_built_on_a_change_is_made_again(runner: asyncio.Runner, chance: Random) -> None:
    scene = calm(random_scene(chance))
    done = Watched(scene)
    done.play(runner)
    case = fork(chance, scene, runner)
    case = Forked(scene, done.stops[-1], case.changes)
    run = Watched(scene, case.progress)
    ended = run.play(runner).progress
    assert run.called.issubset(case.downstream)
    foreseen = made_again(scene.workflow, case.stop.progress, case.changes, "zoe", NOW)
    assert run.called.issubset({*foreseen, *case.changes}), "a change is made again where a person sends it back"
    for name in set(scene.workflow.order) - case.downstream - set(case.changes):
        assert ended.records[name] == case.stop.progress.records[name]
    unchanged = [each for each in side_by_side(scene.workflow, case.stop.progress, ended) if not each.changed]
    assert all(each.before == each.after for each in unchanged)


@quick
@given(chance=chances)
def test_a_change_stands_on_the_newest_versions_of_its_needs(runner: asyncio.Runner, chance: Random) -> None:
    case = fork(chance, random_scene(chance), runner)
    begun = case.progress
    for name in case.changes:
        record = begun.records[name][-1]
        assert record.maker.kind == "human"
        assert record.value is not None
        assert record.value["value"] == case.changes[name]["value"]
        assert record.built_from == {need: begun.version(need) for need in case.scene.workflow.needs[name]}


@quick
@given(chance=chances)
def test_a_fork_goes_on_from_the_same_state_as_after_an_edit(runner: asyncio.Runner, chance: Random) -> None:
    scene = random_scene(chance)
    watched = Watched(scene)
    watched.play(runner)
    workflow = scene.workflow
    for stop in watched.stops:
        if stop.progress.closed is not None:
            continue
        for question in survey(workflow, stop.progress, workflow.threshold).questions:
            name, fields = question.names[0], {"value": chance.randrange(VALUES)}
            answer = Answer(question=question.key, action="edit", by="zoe", decision=name, value=fields)
            edited = advance(stop.progress, answer_events(workflow, stop.progress, workflow.threshold, answer, NOW))
            begun = Forked(scene, stop, {name: fields}).progress
            assert as_edited(begun, edited, question.kind) == edited


def as_edited(begun: Progress, edited: Progress, kind: str) -> Progress:
    """The state of a fork with the question that was answered; that of a conflict restores its other side, too."""
    about_answers = {"answers", "journal", "executions"} | ({"attempts"} if kind == "conflict" else set())
    return begun.model_copy(update={field: getattr(edited, field) for field in about_answers})
