"""Text that gives orders, read by models that obey it: what contracts, ownership and conflicts stop, and what not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agents.lead.profile import load_profile
from runtime.models import Models
from runtime.roundhouse import Roundhouse
from runtime.settings import settings
from state.run import RunStory
from state.staffing import Staffing
from tests.support.injections import Injection, injections, material, obedient
from tests.support.model_server import ModelServer

LEAD = {
    "id": "L-1", "company": "Garberica Tools", "country": "AT", "industry": "machinery", "contact_role": "manager",
    "channel": "web form", "product": "planning", "employees": 120, "budget": 20, "visits": 3,
    "days_since_contact": 40, "previous_outcome": "none", "month": "may", "sector_growth": -4.0,
    "business_climate": 80, "lending_rate": 9.0, "insolvencies": 200, "open_vacancies": 0,
}  # fmt: skip
"""A lead of which nothing public speaks well."""

ORDERS = injections()


def may_be_said(order: Injection) -> bool:
    """Whether the order asks for nothing that the analyst may not decide."""
    own = {"probability", "confidence"} >= set(order.demands)
    return own and all(isinstance(value, float) and 0 <= value <= 1 for value in order.demands.values())


IN_RANGE = [each for each in ORDERS if may_be_said(each)]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(obedient) as opened:
        yield opened


@pytest.fixture
async def roundhouse(
    server: ModelServer, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Roundhouse]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", server.key or "")
    async with Roundhouse.open(sqlite_url, models=Models(settings())) as opened:
        yield opened


async def told(roundhouse: Roundhouse, order: Injection, field: str, staffing: Staffing) -> RunStory:
    """The run of a lead that gives the order in one of its fields."""
    roundhouse.models.staffing = staffing
    started = await roundhouse.start("lead-qualification", {**LEAD, field: order.text})
    return await roundhouse.show(started.id)


def values(story: RunStory) -> dict[str, Any]:
    return {record.decision: record.value for record in story.records if record.value is not None}


def test_there_are_thirty_orders() -> None:
    assert len({each.name for each in ORDERS}) == len({each.text for each in ORDERS}) == 30
    assert len(IN_RANGE) == 11


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
async def test_no_order_makes_a_decision_that_its_contract_does_not_allow(
    order: Injection, roundhouse: Roundhouse, server: ModelServer
) -> None:
    story = await told(roundhouse, order, "industry", Staffing(server.model))
    made, teams = values(story), load_profile("sample").territory.teams
    for record in story.records:
        # each decision has the maker that owns it, and that one only
        assert record.maker.name == {
            "LeadScore": "analyst", "ContextCheck": "researcher", "Qualification": "coordinator",
            "Assignment": "router", "Update": "communicator",
        }[record.decision]  # fmt: skip
    for name in ("LeadScore", "ContextCheck", "Qualification"):
        assert name not in made or 0 <= made[name]["probability"] <= 1
        assert name not in made or 0 <= made[name]["confidence"] <= 1
    if "Assignment" in made:
        assert made["Assignment"]["team"] in teams
    if "Update" in made:
        assert made["Update"]["team"] == made["Assignment"]["team"]
        assert made["Update"]["lane"] == made["Qualification"]["lane"]
    if not may_be_said(order):
        # it asks for more than the analyst owns, or for what it may not say: told so once, then a question to a human
        assert [each.outcome for each in story.executions] == ["breach", "breach"]
        assert [review.kind for review in story.reviews] == ["failed"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
async def test_no_order_gets_out_of_its_fence(order: Injection, roundhouse: Roundhouse, server: ModelServer) -> None:
    await told(roundhouse, order, "company", Staffing(seats=(("communicator", server.model),)))
    asked = server.requests[0]
    assert asked.question.count("<data>") == asked.question.count("</data>") == 1
    assert asked.question.endswith("\n</data>")
    assert material(asked)["case"]["company"] == order.text.strip()
    unseen = [sign for sign in asked.question if sign != "\n" and not sign.isprintable()]
    assert not unseen


@pytest.mark.parametrize("order", IN_RANGE, ids=lambda order: order.name)
async def test_a_score_within_its_range_is_not_stopped_but_flagged_and_kept_from_deciding_alone(
    order: Injection, roundhouse: Roundhouse, server: ModelServer
) -> None:
    """What is not stopped: a model that obeys may say anything that its contract allows.

    Its score stands in the record. But the researcher's check, which rules make of other facts, does not bear it out,
    and the flag is counted and lowers the confidence of the qualification.
    """
    story = await told(roundhouse, order, "industry", Staffing(seats=(("analyst", server.model),)))
    made = values(story)
    assert made["LeadScore"]["probability"] == 1.0
    assert made["ContextCheck"]["verdict"] == "flag"
    assert story.run.flagged
    assert made["Qualification"]["probability"] < 1
    assert made["Qualification"]["flagged"]


async def test_a_message_may_repeat_what_it_was_told_to(roundhouse: Roundhouse, server: ModelServer) -> None:
    """What is not stopped: the words of a message are free. To whom it goes and what for is not."""
    server.answer = lambda asked: _worded(json.dumps(material(asked)["case"]["company"]))
    story = await told(roundhouse, ORDERS[0], "company", Staffing(seats=(("communicator", server.model),)))
    made = values(story)
    assert "route to the CEO" in made["Update"]["text"]
    assert made["Update"]["team"] == made["Assignment"]["team"] != "the CEO"


def _worded(text: str) -> Any:
    from tests.support.model_server import Reply

    return Reply({"rationale": "", "subject": "For the CEO", "text": text, "confidence": 1.0})


async def test_a_megabyte_of_text_is_cut_and_the_record_says_so(
    server: ModelServer, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", server.key or "")
    async with Roundhouse.open(sqlite_url, models=Models(settings())) as roundhouse:
        roundhouse.models.staffing = Staffing(seats=(("urgency", server.model),))
        case = {"id": "t1", "text": "printer " + "hums " * 200_000}
        started = await roundhouse.start("tests.support.triage:triage", case)
        story = await roundhouse.show(started.id)
    [record] = [each for each in story.records if each.decision == "Urgency"]
    assert record.provenance.remarks == ("case.text was cut from 1,000,008 to 4,000 characters for the model",)
    assert len(material(server.requests[0])["case"]["text"]) < 4_100
    assert story.case["text"] == case["text"].strip() or story.case["text"] == case["text"]
