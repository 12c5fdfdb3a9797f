"""What a migration promises, over random workflows that change at random in the middle of random runs."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.agenda import current_decisions
from graphs.lint import lint
from graphs.migration import Carried, carried
from graphs.workflow import Workflow
from tests.property.changes import Stop, Watched, calm, random_change, random_stop, strange
from tests.property.properties import check_end
from tests.property.simulation import replaced_human_words
from tests.property.test_agenda import quick
from tests.property.workflows import Scene, random_scene


@dataclass(frozen=True)
class Moved:
    """A run that was stopped under one workflow and is to go on under another."""

    before: Scene
    after: Scene
    stop: Stop

    @property
    def carried(self) -> Carried:
        return carried(self.before.workflow.parts, self.after.workflow, self.stop.progress)


def moved(chance: Random, runner: asyncio.Runner) -> Moved:
    scene = random_scene(chance)
    stop = random_stop(chance, scene, runner)
    after, bounded = random_change(chance, scene)
    return Moved(scene, after, strange(stop, bounded))


def check(case: Moved, runner: asyncio.Runner) -> Watched:
    """Go on to the end; every property of the agenda holds, and no human's word went without a sentence."""
    begun = case.carried
    run = Watched(case.after, begun.progress)
    check_end(case.after, run.play(runner))
    reported = {word.name for word in begun.dropped_words if word.kind == "decision"}
    assert reported.issuperset(replaced_human_words([*case.stop.events, *run.run.events]))
    return run


def untouched(case: Moved) -> set[str]:
    """What was current, and has nothing in it or upstream of it that changed or failed, and no conflict that did."""
    before, after = case.before.workflow, case.after.workflow
    current = current_decisions(before, case.stop.progress)
    found: set[str] = set()
    for name in after.order:
        conflicts = [*before.conflicts, *after.conflicts]
        parts = [f"contract of {name}", f"needs of {name}"]
        parts += [f"conflict {each.name}" for each in conflicts if set(each.sides) <= set(after.needs[name])]
        is_same = all(before.parts.get(part) == after.parts.get(part) for part in parts)
        if is_same and name in current and current[name].outcome == "decided" and found.issuperset(after.needs[name]):
            found.add(name)
    return found


def under(workflow: Workflow, scene: Scene) -> Scene:
    return replace(scene, workflow=workflow)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


chances = st.randoms(use_true_random=False)


@quick
@given(chance=chances)
def test_the_changed_workflows_are_sound(chance: Random) -> None:
    after, _ = random_change(chance, random_scene(chance))
    assert not [finding for finding in lint(after.workflow) if finding.severity == "error"]


@quick
@given(chance=chances)
def test_a_migrated_run_ends_with_what_would_be_decided_now_and_every_human_word_is_kept_or_reported(
    runner: asyncio.Runner, chance: Random
) -> None:
    check(moved(chance, runner), runner)


@quick
@given(chance=chances)
def test_what_nothing_changed_for_is_kept(runner: asyncio.Runner, chance: Random) -> None:
    case = moved(chance, runner)
    assert untouched(case).issubset(case.carried.kept)


@quick
@given(chance=chances)
def test_what_is_kept_is_not_made_again_where_nobody_asks_for_it(runner: asyncio.Runner, chance: Random) -> None:
    scene = calm(random_scene(chance))
    stop = random_stop(chance, scene, runner)
    after, bounded = random_change(chance, scene)
    case = Moved(scene, after, strange(stop, bounded))
    assert check(case, runner).called.isdisjoint(case.carried.kept)


@quick
@given(chance=chances)
def test_another_version_of_a_specialist_changes_nothing_but_failures(runner: asyncio.Runner, chance: Random) -> None:
    scene = random_scene(chance)
    stop = random_stop(chance, scene, runner)
    newer = tuple(replace(owner, version="2") for owner in scene.workflow.specialists)  # type: ignore[type-var]
    case = Moved(scene, under(replace(scene.workflow, specialists=newer), scene), stop)
    current = current_decisions(scene.workflow, stop.progress)
    failed = {name for name, record in stop.progress.records.items() if record[-1].outcome != "decided"}
    if failed:
        assert failed.isdisjoint(case.carried.kept)
    else:
        assert set(case.carried.kept) == set(current)
        assert case.carried.progress.records == stop.progress.records
        assert case.carried.progress.rungs == stop.progress.rungs


@quick
@given(chance=chances)
def test_a_version_names_one_content_for_ever(runner: asyncio.Runner, chance: Random) -> None:
    case = moved(chance, runner)
    begun = case.carried.progress
    for name, made in check(case, runner).run.progress.records.items():
        assert [record.version for record in made] == list(range(1, len(made) + 1))
        for was, now in zip(begun.records.get(name, ()), made, strict=False):
            assert (was.version, was.value) == (now.version, now.value)
        for was, now in zip(case.stop.progress.records.get(name, ()), made, strict=False):
            assert now.value in (was.value, None)


@quick
@given(chance=chances)
def test_a_run_can_migrate_there_and_back(runner: asyncio.Runner, chance: Random) -> None:
    case = moved(chance, runner)
    back = Watched(
        case.before, carried(case.after.workflow.parts, case.before.workflow, case.carried.progress).progress
    )
    check_end(case.before, back.play(runner))


def test_the_random_changes_reach_everything_that_a_migration_does() -> None:
    seen: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        for seed in range(400):
            begun = moved(Random(seed), runner).carried
            seen["kept"] += bool(begun.kept)
            seen["made again"] += bool(begun.made_again)
            seen["unconfirmed"] += bool(begun.unconfirmed)
            seen.update(f"dropped {word.kind}" for word in begun.dropped_words)
    expected = ("kept", "made again", "unconfirmed", "dropped decision", "dropped approval", "dropped settlement")
    assert all(seen[what] for what in expected), seen
