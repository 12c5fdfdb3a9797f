"""The lead workflow through the hub: the same numbers as its functions, and its conflict up to a human."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.lead.labelled import Labelled, labelled_leads
from agents.lead.profile import load_profile
from agents.lead.scorecards import load_scorecards
from agents.lead.source import read_rows, source_path
from benchmarks.leads import Outcome, decided
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.run import RunRow

SAMPLE = load_profile("sample")
CARDS = load_scorecards(SAMPLE)


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return labelled_leads(SAMPLE, read_rows(source_path(SAMPLE)))


@pytest.fixture(scope="module")
def outcomes(labelled: Labelled) -> list[Outcome]:
    """What the functions decide about every lead of the sample, without a hub."""
    return asyncio.run(decided(SAMPLE, CARDS, labelled))


@pytest.fixture
async def roundhouse(tmp_path: Path) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(f"sqlite:///{tmp_path / 'roundhouse.db'}") as opened:
        yield opened


async def start(roundhouse: Roundhouse, lead: Case) -> RunRow:
    return await roundhouse.start("lead-qualification", lead)


def test_the_sample_shows_what_it_is_made_to_show(outcomes: list[Outcome]) -> None:
    flagged = sum(one.qualification.flagged for one in outcomes) / len(outcomes)
    asked = sum(one.asked for one in outcomes) / len(outcomes)
    assert len(outcomes) == 500
    assert 0.12 < flagged < 0.18
    assert asked < 0.10
    assert any(one.disputed for one in outcomes)


async def test_the_hub_decides_what_the_functions_decide(
    roundhouse: Roundhouse, labelled: Labelled, outcomes: list[Outcome]
) -> None:
    for lead, expected in list(zip(labelled.leads, outcomes, strict=True))[:40]:
        run = await start(roundhouse, lead)
        assert run.decisions["Qualification"] == expected.qualification.model_dump(mode="json")
        assert run.flagged == expected.qualification.flagged
        assert run.status == ("waiting" if expected.asked else "completed")


async def test_an_objection_makes_the_router_hand_the_lead_on_without_a_human(
    roundhouse: Roundhouse, labelled: Labelled, outcomes: list[Outcome]
) -> None:
    handed_on = next(
        lead
        for lead, one in zip(labelled.leads, outcomes, strict=True)
        if not one.asked and one.qualification.lane not in SAMPLE.territory.first(lead).lanes
    )
    run = await start(roundhouse, handed_on)
    story = await roundhouse.show(run.id)
    assert (run.status, run.questions) == ("completed", 0)
    assert [rung.action for rung in story.conflicts] == ["reconsider"]
    assert run.decisions["Assignment"]["team"] == run.decisions["Update"]["team"] != "field sales"


@pytest.mark.parametrize(
    ("prefer", "lane"),
    [
        ("Assignment", "contact"),  # the team stands, and contacts the lead
        ("Qualification", "decline"),  # the lane stands
    ],
)
async def test_a_team_that_may_not_hand_the_lead_on_is_a_question_to_a_human(
    roundhouse: Roundhouse, labelled: Labelled, outcomes: list[Outcome], prefer: str, lane: str
) -> None:
    disputed = next(
        lead
        for lead, one in zip(labelled.leads, outcomes, strict=True)
        if one.disputed and one.qualification.confidence >= CARDS.threshold
    )
    waiting = await start(roundhouse, disputed)
    [question] = await roundhouse.inbox()
    assert (waiting.status, question.kind) == ("waiting", "conflict")
    done = await roundhouse.answer(question.id, "approve", by="ann", prefer=prefer)
    assert (done.status, done.decisions["Update"]["lane"]) == ("completed", lane)


async def test_an_unsure_qualification_is_a_question_and_goes_on_when_approved(
    roundhouse: Roundhouse, labelled: Labelled, outcomes: list[Outcome]
) -> None:
    unsure = next(lead for lead, one in zip(labelled.leads, outcomes, strict=True) if one.asked and not one.disputed)
    waiting = await start(roundhouse, unsure)
    [question] = await roundhouse.inbox()
    assert (waiting.status, question.kind, question.names) == ("waiting", "low_confidence", ("Qualification",))
    assert (await roundhouse.answer(question.id, "approve", by="ann")).status == "completed"
