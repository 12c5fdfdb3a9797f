"""The rehearsal: a case run in memory, which comes to what a run comes to and asks nobody."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.handoff import Handoff
from agents.making import Failed, Making
from agents.specialist import FunctionSpecialist
from agents.supervisor import NextStep
from graphs.agenda import Consult
from graphs.attention.grading import grading_for
from graphs.attention.rehearsal import rehearsed, rehearsed_case, rehearsing
from graphs.escalation import Escalation
from graphs.shape import Supervisor
from graphs.shaped import SHAPES, shaped
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse
from state.errors import ModelTrouble
from state.progress import Progress
from state.staffing import SHAPE_NAMES, Staffing
from state.trial import ShapeName
from tests.support.sorting import Bag, broken, sorting
from tests.support.triage import Team, Ticket, Trouble, triage

TRIAGE = "tests.support.triage:triage"
TROUBLES: tuple[Trouble, ...] = ("", "unsure", "raise", "escalate", "disagree", "ask", "flag")


def values(progress: Progress) -> dict[str, Any]:
    return {name: progress.latest_value(name) for name in progress.records}


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_a_rehearsal_decides_what_a_run_decides(tmp_path: Path, shape: ShapeName) -> None:
    workflow = shaped(triage, SHAPES[shape])
    async with Roundhouse.open(f"sqlite:///{tmp_path / 'roundhouse.db'}") as roundhouse:
        for place, trouble in enumerate(TROUBLES):
            ticket = Ticket(id=f"t{place}", text="printer hums", trouble=trouble)
            rehearsal = await rehearsed(workflow, ticket)
            run = await roundhouse.start(TRIAGE, ticket, staffing=Staffing(shape=shape))
            story = await roundhouse.show(run.id)
            kinds = {review.kind for review in story.reviews}
            assert rehearsal.asks == bool(kinds - {"low_confidence"}), trouble
            score = rehearsed_case(workflow, rehearsal, grading_for(workflow, ["Team.team"]), "roof").score
            assert (score < workflow.threshold) == bool(kinds), trouble
            if not kinds:
                assert values(rehearsal.progress) == run.decisions, trouble
            elif isinstance(rehearsal.plan, Consult):
                assert {question.kind for question in rehearsal.plan.questions} == kinds, trouble


def graded(rehearsal: Any, workflow: Workflow, heading: str, label: str) -> tuple[Any, ...]:
    seen = rehearsed_case(workflow, rehearsal, grading_for(workflow, [heading]), label)
    return seen.confidence, seen.asks, seen.error, seen.lane, seen.score


async def test_low_confidence_alone_asks_nobody() -> None:
    rehearsal = await rehearsed(triage, Ticket(id="t", text="printer hums", trouble="unsure"))
    assert graded(rehearsal, triage, "Team.team", "printer desk") == (0.2, False, None, "printer desk", 0.2)
    assert graded(rehearsal, triage, "Team.team", "roof") == (0.2, False, "wrong", "printer desk", 0.2)


async def test_a_case_that_asks_anyway_is_below_every_threshold() -> None:
    rehearsal = await rehearsed(triage, Ticket(id="t", text="printer hums", trouble="escalate"))
    assert graded(rehearsal, triage, "Team.team", "roof") == (None, True, None, "", float("-inf"))


async def test_a_case_whose_conflict_asks_has_been_graded_all_the_same() -> None:
    rehearsal = await rehearsed(triage, Ticket(id="t", text="printer hums", trouble="disagree"))
    assert graded(rehearsal, triage, "Team.team", "roof") == (0.9, True, "wrong", "night", float("-inf"))


async def test_a_workflow_that_fails_at_a_case_needs_a_human_for_it() -> None:
    rehearsal = await rehearsed(broken, Bag(id="b", clarity=0.4))
    assert rehearsal.asks
    assert isinstance(rehearsal.plan, Consult)
    torn = replace(triage, conflicts=tuple(replace(each, when=torn_up) for each in triage.conflicts))
    failed = await rehearsed(torn, Ticket(id="t", text="printer hums"))
    assert failed.asks
    assert "its predicate raised ZeroDivisionError" in failed.trouble


def torn_up(first: object, second: object) -> bool:
    return bool(1 / 0)


async def hasty(handoff: Handoff[Any]) -> NextStep:
    return NextStep(next=None)


async def test_a_supervisor_that_leaves_early_has_failed() -> None:
    left = await rehearsed(
        replace(triage, shape=Supervisor(FunctionSpecialist(hasty, "chief", NextStep))),
        Ticket(id="t", text="printer hums"),
    )
    assert left.asks
    assert left.trouble


class Down(FunctionSpecialist):
    """A specialist whose model does not answer."""

    async def turn(self, handoff: Handoff[Any], ready_at: object) -> Making:
        return Making(Failed("the server is away", is_outage=True), ())


@pytest.mark.parametrize("shape", SHAPE_NAMES)
async def test_an_outage_says_nothing_of_a_case(shape: ShapeName) -> None:
    [sorter] = sorting.specialists
    assert isinstance(sorter, FunctionSpecialist)
    down = replace(sorting, specialists=(Down(sorter.function, "sorter", sorter.decides),))
    with pytest.raises(ModelTrouble, match="the server is away"):
        await rehearsing(shaped(down, SHAPES[shape]))(Bag(id="b", clarity=0.4))


def apart(decisions: Mapping[Any, Any]) -> float:
    return float(len(decisions[Team].team))


async def test_disagreement_is_measured_where_it_is_declared_and_can_be() -> None:
    assert triage.escalation is not None
    telling = replace(triage, escalation=Escalation(judged=Team, threshold=0.5, disagreement=apart))
    grading = grading_for(telling, ["Team.team"])
    for workflow, trouble, expected in ((telling, "", 12.0), (telling, "escalate", None), (triage, "", None)):
        rehearsal = await rehearsed(
            workflow, Ticket.model_validate({"id": "t", "text": "printer hums", "trouble": trouble})
        )
        assert rehearsed_case(workflow, rehearsal, grading, "roof").disagreement == expected
