"""The promises of the agenda, over random workflows; ``tests.property.sweep`` checks many more of them."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.lint import lint
from tests.property.properties import check_end, check_order, check_scene
from tests.property.simulation import Simulation, replaced_human_words, versions_said
from tests.property.sweep import sweep
from tests.property.workflows import Scene, random_scene

quick = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
)
"""The same examples every time: what is not found here is for the sweep."""


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    return random_scene(draw(st.randoms(use_true_random=False)))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@quick
@given(scene=scenes())
def test_random_workflows_are_sound(scene: Scene) -> None:
    assert not [finding for finding in lint(scene.workflow) if finding.severity == "error"]


@quick
@given(scene=scenes())
def test_a_run_is_never_stuck_and_ends_within_its_bound(runner: asyncio.Runner, scene: Scene) -> None:
    assert Simulation(scene).play(runner).status in ("completed", "rejected")


@quick
@given(scene=scenes())
def test_what_stands_at_the_end_is_what_would_be_decided_now(runner: asyncio.Runner, scene: Scene) -> None:
    check_end(scene, Simulation(scene).play(runner))


@quick
@given(scene=scenes())
def test_no_agent_replaces_a_human_word_without_guidance(runner: asyncio.Runner, scene: Scene) -> None:
    assert replaced_human_words(Simulation(scene).play(runner).events) == []


@quick
@given(scene=scenes())
def test_saying_the_same_again_makes_no_new_version(runner: asyncio.Runner, scene: Scene) -> None:
    run = Simulation(scene).play(runner)
    assert {name: records[-1].version for name, records in run.progress.records.items()} == versions_said(run.events)


@quick
@given(scene=scenes())
def test_who_of_a_wave_finishes_first_plays_no_part(runner: asyncio.Runner, scene: Scene) -> None:
    check_order(scene, Simulation(scene).play(runner), runner)


def test_the_random_workflows_raise_every_question_and_take_every_rung() -> None:
    seen = sweep(150)
    kinds = ("low_confidence", "escalated", "failed", "conflict", "no_convergence", "upstream_moved", "objection")
    assert all(seen[f"asked {kind}"] for kind in kinds)
    assert all(seen[f"rung {action}"] for action in ("prefer", "reconsider", "vote", "human"))
    assert all(seen[f"answered {action}"] for action in ("approve", "edit", "send_back", "reject"))
    assert seen["completed"] > 50


def test_what_was_found_once_stays_found(runner: asyncio.Runner) -> None:
    # a settlement far upstream moved while early cutoff kept everything between
    check_scene(random_scene(Random(4375)), runner)
