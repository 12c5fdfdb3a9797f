"""Runs in each shape, through the whole product: tables, questions, answers, effects."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from agents.handoff import Handoff
from agents.specialist import FunctionSpecialist
from agents.supervisor import NextStep
from graphs.catalogue import Catalogue, Entry
from graphs.shape import Supervisor
from graphs.workflow import Workflow
from runtime.desk.matter import known_as, matter_of
from runtime.roundhouse import Roundhouse
from state.errors import SignatureChanged
from state.run import RunRow
from state.staffing import SHAPE_NAMES, Staffing
from state.trial import ShapeName
from tests.support.triage import changed, triage

CASE = {"id": "t1", "text": "printer is on fire"}


async def leave(handoff: Handoff[Any]) -> NextStep:
    return NextStep(next=None)


async def dwell(handoff: Handoff[Any]) -> NextStep:
    return NextStep(next="Topic")


RESTLESS = replace(triage, shape=Supervisor(FunctionSpecialist(dwell, "chief", NextStep)))
HASTY = replace(triage, shape=Supervisor(FunctionSpecialist(leave, "chief", NextStep)))


def as_it_is(workflow: Workflow, profile: str | None) -> Workflow:
    return workflow


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    offered = {"triage": triage, "hasty": HASTY, "restless": RESTLESS}
    found = Catalogue({name: Entry(partial(as_it_is, each)) for name, each in offered.items()})
    async with Roundhouse.open(database_url, found) as opened:
        yield opened


async def start(roundhouse: Roundhouse, shape: ShapeName, **trouble: Any) -> RunRow:
    return await roundhouse.start("triage", {**CASE, **trouble}, staffing=Staffing(shape=shape))


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_a_case_without_trouble_is_completed_and_delivered(roundhouse: Roundhouse, shape: ShapeName) -> None:
    run = await start(roundhouse, shape)
    story = await roundhouse.show(run.id)
    assert (run.status, run.questions) == ("completed", 0)
    assert run.decisions["Reply"]["text"] == "printer desk looks at it, urgency 18"
    assert [effect.payload["text"] for effect in story.effects] == [run.decisions["Reply"]["text"]]


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_an_unsure_decision_waits_and_is_approved(roundhouse: Roundhouse, shape: ShapeName) -> None:
    run = await start(roundhouse, shape, trouble="unsure")
    assert run.status == "waiting"
    [review] = await roundhouse.inbox()
    answered = await roundhouse.answer(review.id, "approve", by="ann")
    assert (answered.status, answered.decisions["Team"]["team"]) == ("completed", "printer desk")


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_what_a_human_decides_instead_is_built_on(roundhouse: Roundhouse, shape: ShapeName) -> None:
    await start(roundhouse, shape, trouble="raise")
    [review] = await roundhouse.inbox()
    answered = await roundhouse.answer(review.id, "edit", by="ann", value={"level": 3})
    assert answered.status == "completed"
    assert answered.decisions["Reply"]["text"] == "printer desk looks at it, urgency 3"


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_a_run_goes_on_in_the_shape_that_it_was_started_in(roundhouse: Roundhouse, shape: ShapeName) -> None:
    run = await start(roundhouse, shape, trouble="unsure")
    driver = await roundhouse.driver_of(run.id)
    assert driver.workflow.shape.name == shape


async def test_a_run_is_not_driven_on_in_another_shape(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "pipeline", trouble="unsure")
    hub = await roundhouse.driver("triage")
    with pytest.raises(SignatureChanged, match="shape is gone"):
        await hub.resume(run.id)


async def test_a_supervisor_that_ends_too_early_fails_the_run_with_what_is_left(roundhouse: Roundhouse) -> None:
    run = await roundhouse.start("hasty", CASE)
    assert run.status == "failed"
    assert "is still to be made" in (run.error or "")


async def test_a_supervisor_that_comes_to_no_end_fails_the_run(roundhouse: Roundhouse) -> None:
    run = await roundhouse.start("restless", CASE)
    story = await roundhouse.show(run.id)
    assert (run.status, story.effects) == ("failed", ())
    assert run.error == "The supervisor broke its contract: it sends for step after step and comes to no end"


async def test_seats_and_shape_are_pinned_in_words() -> None:
    pinned = Staffing(everybody="gpt", seats=(("team", "rules"),), shape="mesh")
    assert Staffing.read(pinned.pinned()) == pinned
    assert Staffing(shape="pipeline").words == "all seats: rules; as a pipeline"
    assert Staffing().pinned() == {}
    assert changed("2").shape.name == "hub"


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_what_follows_from_an_answer_is_foretold_but_in_a_mesh(roundhouse: Roundhouse, shape: ShapeName) -> None:
    run = await start(roundhouse, shape, trouble="unsure")
    [review] = await roundhouse.inbox()
    driver = await roundhouse.driver_of(run.id)
    story = await roundhouse.show(run.id)
    found = matter_of(review, story, known_as(driver.workflow, story))
    assert bool(found.consequences) == (shape != "mesh")
