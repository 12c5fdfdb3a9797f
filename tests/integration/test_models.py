"""Chat models in the seats of a workflow: the real client against a server that speaks OpenAI's protocol."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from agents.chat.purse import Budget
from agents.chat.reply import usage_of
from agents.chat.session import Thought
from runtime.batch import Batch, Selection, Silent
from runtime.intake import Source
from runtime.models import Models
from runtime.roundhouse import Roundhouse
from runtime.settings import settings
from state.errors import InvalidAnswer, UnusableModel
from state.run import RunStory
from state.staffing import Staffing
from state.summary import Summary
from tests.integration.test_cli import Shell
from tests.support.model_server import ChatRequest, Failure, Mishap, ModelServer, Reply, ideal

LEADS = Path(__file__).resolve().parents[2] / "data" / "leads.csv"
WORKFLOW = "lead-qualification"
SEATS = ("analyst", "researcher", "coordinator", "router", "communicator")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        found.environment.pop(name, None)
    return found


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ROUNDHOUSE_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Models]:
    """Makes the models of a server, as the settings would."""

    def made(server: ModelServer, **chosen: str) -> Models:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", server.key or "")
        for name, value in chosen.items():
            monkeypatch.setenv(f"ROUNDHOUSE_{name.upper()}", value)
        return Models(settings())

    return made


def everybody(server: ModelServer, **more: Any) -> Staffing:
    return Staffing(server.model, **more)


async def run(roundhouse: Roundhouse, staffing: Staffing, rows: int = 1, at_once: int = 8) -> tuple[Batch, Summary]:
    driver = await roundhouse.driver(WORKFLOW, None, staffing)
    batch = Batch(
        roundhouse=roundhouse,
        driver=driver,
        source=Source(LEADS, driver.workflow.case),
        selection=Selection(limit=rows),
        concurrency=at_once,
        meter=Silent(),
    )
    return batch, await batch.run()


async def stories(roundhouse: Roundhouse, summary: Summary) -> list[RunStory]:
    return [await roundhouse.show(run) for run in summary.run_ids]


def only(seat: str, answer: Callable[[ChatRequest], Any]) -> Callable[[ChatRequest], Any]:
    """Have one seat's model answer so, and all others well."""
    return lambda asked: answer(asked) if f"You are the {seat}." in str(asked.messages[0]["content"]) else ideal(asked)


async def test_each_specialist_is_one_call_and_coordination_is_none(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        _, summary = await run(roundhouse, everybody(server), rows=4)
        assert (summary.model_calls, server.calls) == (20, 20)
        assert summary.tokens == server.tokens_in + server.tokens_out
        executions = (await stories(roundhouse, summary))[0].executions
        assert [each.specialist for each in executions] == list(SEATS)
        assert {each.model for each in executions} == {server.model}
        cached = [each.tokens_cached for story in await stories(roundhouse, summary) for each in story.executions]
        assert sum(cached) == server.tokens_cached > 0


async def test_a_model_sees_its_handoff_and_nothing_else(sqlite_url: str, models: Callable[..., Models]) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        await run(roundhouse, everybody(server))
        asked = dict(zip(SEATS, server.requests, strict=True))
        assert "LeadScore" not in asked["analyst"].question
        assert "insolvencies" not in asked["analyst"].question
        assert "budget" not in asked["researcher"].question
        assert '"case":{}' in asked["coordinator"].question
        assert "LeadScore" not in asked["router"].question
        assert all(len(request.messages) == 2 for request in server.requests)


async def test_what_a_confidence_rests_on_is_in_the_record(sqlite_url: str, models: Callable[..., Models]) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        _, summary = await run(roundhouse, everybody(server))
        [story] = await stories(roundhouse, summary)
        bases = {record.decision: record.provenance.confidence_by for record in story.records}
        assert bases == {
            # a number in digits: its tokens say little
            "LeadScore": "stated",
            # a closed choice
            "ContextCheck": "probabilities",
            # worked out from the probability
            "Qualification": None,
            "Assignment": "probabilities",
            "Update": "stated",
        }


async def test_a_server_without_schemas_and_probabilities_is_asked_by_tools(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with (
        ModelServer(quirks=["rejects response_format", "rejects logprobs", "no models"]) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server), rows=3, at_once=1)
        assert summary.completed + summary.awaiting_review == 3
        # one call to look whether the model is there, two that taught what the server does not take
        assert server.calls == 15 + 1 + 2
        [first, *_] = await stories(roundhouse, summary)
        assert {record.provenance.confidence_by for record in first.records} == {"stated", None}


FAULTS = [
    # in prose
    (Reply("I would say it is quite good."), "it is not JSON"),
    # cut off by the limit of what may be written
    (Reply({"rationale": "good", "probability": 0.5, "confidence": 0.5}, finish="length"), "it was cut off"),
    # refused
    (Reply(refusal="I cannot help with that."), "it refused: I cannot help with that."),
    # out of range
    (Reply({"rationale": "good", "probability": 7, "confidence": 0.5}), "probability: Input should be less than"),
    # a field that it does not own
    (Reply({"rationale": "", "probability": 0.5, "confidence": 1, "team": "the CEO"}), "team: Extra inputs are not"),
]


@pytest.mark.parametrize(("answer", "words"), FAULTS, ids=[words for _, words in FAULTS])
async def test_an_answer_that_breaks_its_contract_goes_back_once_and_is_then_a_question(
    answer: Reply, words: str, sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with (
        ModelServer(only("analyst", lambda asked: answer)) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server))
        [story] = await stories(roundhouse, summary)
        assert [(each.outcome, words in each.error) for each in story.executions] == [("breach", True)] * 2
        assert all(each.tokens_in > 0 for each in story.executions)
        [review] = story.reviews
        assert review.kind == "failed"
        assert words in review.payload["question"]["reason"]
        assert words in str(server.requests[1].messages[-1]["content"])


async def test_an_answer_that_is_mended_stands(sqlite_url: str, models: Callable[..., Models]) -> None:
    def second_time(asked: ChatRequest) -> Reply:
        return ideal(asked) if len(asked.messages) > 2 else Reply({"rationale": "", "probability": 2})

    async with (
        ModelServer(only("analyst", second_time)) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server))
        [story] = await stories(roundhouse, summary)
        assert [each.outcome for each in story.executions][:2] == ["breach", "decided"]
        assert story.records[0].outcome == "decided"


async def test_a_full_server_is_asked_again_when_it_says(sqlite_url: str, models: Callable[..., Models]) -> None:
    refused: list[float] = []

    def full_at_first(asked: ChatRequest) -> Reply | Failure:
        if len(refused) < 2:
            refused.append(monotonic())
            return Failure(429, "rate_limit_exceeded", headers={"Retry-After": "1"})
        return ideal(asked)

    async with ModelServer(full_at_first) as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        _, summary = await run(roundhouse, everybody(server))
        [story] = await stories(roundhouse, summary)
        assert refused[1] - refused[0] >= 1
        assert [each.outcome for each in story.executions] == ["error", "error", *["decided"] * 5]
        assert "has its hands full" in story.executions[0].error


async def test_a_server_that_hangs_is_a_time_out(sqlite_url: str, models: Callable[..., Models]) -> None:
    hangs = ModelServer(only("router", lambda asked: Mishap("hang")))
    async with hangs as server, Roundhouse.open(sqlite_url, models=models(server, model_timeout="0.2")) as roundhouse:
        _, summary = await run(roundhouse, everybody(server))
        [story] = await stories(roundhouse, summary)
        assert {each.outcome for each in story.executions if each.specialist == "router"} == {"timeout"}
        assert "did not answer within 0.2 s" in story.reviews[0].payload["question"]["reason"]


async def test_the_declared_fallback_takes_over_and_the_record_says_so(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with (
        ModelServer(lambda asked: Failure(400, "bad", "no")) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server, when_models_fail="rules"), rows=3)
        assert summary.failed == 0
        for story in await stories(roundhouse, summary):
            assert all("the fallback took over" in record.provenance.words[0] for record in story.records)


async def test_cases_do_not_wait_for_a_dead_server_one_by_one(sqlite_url: str, models: Callable[..., Models]) -> None:
    async with (
        ModelServer(lambda asked: Failure(503)) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server, when_models_fail="rules"), rows=100)
        assert summary.completed + summary.awaiting_review == 100
        # the calls under way when the circuit opened, and no more
        assert server.calls <= 5 + 8


async def test_a_server_that_goes_away_asks_no_human_and_the_same_command_goes_on_when_it_is_back(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        server.answer = lambda asked: Failure(503) if server.calls > 20 else ideal(asked)
        batch, summary = await run(roundhouse, everybody(server), rows=60, at_once=4)
        assert "failed (status 503)" in (batch.shortage or "")
        assert (summary.failed, summary.cases < 12) == (4, True)
        reviews = await roundhouse.inbox()
        assert {review.kind for review in reviews} <= {"low_confidence", "conflict"}
        errors = [story.run.error or "" for story in await stories(roundhouse, summary)]
        assert sum("cannot decide" in error for error in errors) == 4
        server.answer = ideal
        roundhouse.models.chat(server.model).circuit.pause = 0.0
        batch, summary = await run(roundhouse, everybody(server), rows=60)
        assert (summary.cases, summary.failed, batch.shortage) == (60, 0, None)


async def test_a_key_that_is_revoked_stops_the_batch_at_once(sqlite_url: str, models: Callable[..., Models]) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        server.answer = lambda asked: Failure(401, "invalid_api_key") if server.calls > 10 else ideal(asked)
        batch, summary = await run(roundhouse, everybody(server), rows=60, at_once=1)
        assert "refused the key" in (batch.shortage or "")
        assert (server.calls, summary.cases, summary.failed) == (11, 3, 1)


ABSURD = [
    # more than a database counts
    {"prompt_tokens": 2**63 - 1, "completion_tokens": 4 * 10**18, "total_tokens": 2**63 - 1},
    # what would refill a budget
    {"prompt_tokens": -1000, "completion_tokens": -7, "total_tokens": -1007},
]


@pytest.mark.parametrize("usage", ABSURD, ids=["huge", "negative"])
def test_what_a_server_tells_of_tokens_is_bounded(usage: dict[str, int]) -> None:
    told = {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]}
    read = usage_of({**told, "input_token_details": {"cache_read": usage["prompt_tokens"]}})
    assert all(0 <= tokens <= 10_000_000 for tokens in (read.tokens_in, read.tokens_out, read.tokens_cached))


async def test_a_case_that_a_server_forbids_is_a_question_and_the_others_go_on(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    def forbids(asked: ChatRequest) -> Reply | Failure:
        return Failure(403, "policy", "blocked") if server.calls == 3 else ideal(asked)

    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        server.answer = forbids
        batch, summary = await run(roundhouse, everybody(server), rows=5, at_once=1)
        assert (summary.cases, summary.failed, batch.shortage) == (5, 0, None)
        assert [review.kind for review in await roundhouse.inbox()].count("failed") == 1


async def test_other_cases_are_not_told_what_a_server_said_of_one(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    says = ModelServer(lambda asked: Failure(500, "bad", "bad input: Zyxwv Tools"))
    async with says as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        batch, summary = await run(roundhouse, everybody(server, when_models_fail="rules"), rows=30, at_once=2)
        told = [story.model_dump_json() for story in await stories(roundhouse, summary)]
        assert sum("Zyxwv" in story for story in told) <= 3
        assert (summary.failed, batch.shortage) == (0, None)


async def test_a_second_opinion_that_the_rules_can_do_without_stops_nothing(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    down = ModelServer(lambda asked: Failure(503))
    async with down as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        staffing = Staffing(seats=(("analyst", f"rules+{server.model}"),), when_models_fail="rules")
        batch, summary = await run(roundhouse, staffing, rows=20)
        assert (summary.cases, summary.failed, batch.shortage) == (20, 0, None)


async def test_a_used_up_budget_is_a_question_and_sending_back_grants_it_anew(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with (
        ModelServer() as server,
        Roundhouse.open(sqlite_url, models=models(server, case_budget__calls="3")) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server))
        assert server.calls == 3
        [review] = await roundhouse.questions(summary.run_ids[0])
        reason = review.payload["question"]["reason"]
        assert "router declined to decide Assignment: the case's budget of 3 model calls is used up" in reason
        ended = await roundhouse.answer(review.id, "send_back", by="ann", text="go on")
        assert (ended.status, server.calls) == ("completed", 5)


async def test_a_batch_begins_no_more_rows_than_its_budget_covers(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    given = {"batch_budget__calls": "12"}
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server, **given)) as roundhouse:
        batch, summary = await run(roundhouse, everybody(server), rows=40, at_once=32)
        assert (server.calls, summary.cases) == (12, 3)
        asked = [review.payload["question"]["reason"] for review in await roundhouse.inbox()]
        assert sum("budget" in reason for reason in asked) == 1
        assert "the batch's budget of 12 model calls is used up (12 spent)" in (batch.shortage or "")
        roundhouse.models.batch_budget = Budget(calls=1000)
        batch, summary = await run(roundhouse, everybody(server), rows=40)
        assert (summary.cases, batch.shortage) == (40, None)


async def test_money_is_counted_by_the_users_own_prices(
    sqlite_url: str, models: Callable[..., Models], tmp_path: Path
) -> None:
    (tmp_path / "prices.toml").write_text('["roundhouse-test"]\ninput = 1000000\noutput = 2000000\ncached = 500000\n')
    async with (
        ModelServer() as server,
        Roundhouse.open(sqlite_url, models=models(server, prices="prices.toml")) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server), rows=3)
        spent = sum(each.cost for story in await stories(roundhouse, summary) for each in story.executions)
        assert spent == server.tokens_in - server.tokens_cached / 2 + 2 * server.tokens_out


async def test_a_second_opinion_that_differs_is_a_counted_conflict(
    sqlite_url: str, models: Callable[..., Models]
) -> None:
    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        staffing = Staffing(seats=(("analyst", f"rules+{server.model}"),))
        _, summary = await run(roundhouse, staffing, rows=30)
        differing = summary.conflicts["second opinion on LeadScore"]
        assert 0 < differing < 30
        asked = [each for each in await roundhouse.inbox() if each.kind == "escalated"]
        assert len(asked) == differing
        reason = asked[0].payload["question"]["reason"]
        assert "analyst-rules: probability 0." in reason
        assert "analyst-model: probability 0." in reason
        for review, prefer in ((asked[0], None), (asked[1], "analyst-model")):
            said = review.payload["decisions"][prefer or "analyst-rules"]
            await roundhouse.answer(review.id, "approve", by="ann", prefer=prefer)
            [*_, score] = [each for each in (await roundhouse.show(review.run)).records if each.decision == "LeadScore"]
            assert (score.maker.kind, score.maker.name, score.value) == ("human", "ann", said)
        with pytest.raises(InvalidAnswer, match="is not a side of this question"):
            await roundhouse.answer(asked[2].id, "approve", by="ann", prefer="router")


async def test_who_listens_hears_each_rationale_as_it_comes(sqlite_url: str, models: Callable[..., Models]) -> None:
    heard: list[Thought] = []

    class Ear:
        def heard(self, thought: Thought) -> None:
            heard.append(thought)

    async with ModelServer() as server, Roundhouse.open(sqlite_url, models=models(server)) as roundhouse:
        roundhouse.models.listener = Ear()
        _, summary = await run(roundhouse, everybody(server))
        assert summary.tokens == server.tokens_in + server.tokens_out
        [story] = await stories(roundhouse, summary)
    assert all(request.body["stream"] for request in server.requests)
    for record in story.records:
        texts = [each.text for each in heard if each.specialist == record.maker.name and each.phase == "thinking"]
        assert record.value is not None
        assert texts[-1] == record.value["rationale"]
        assert len(set(texts)) > 2
    assert [each.specialist for each in heard if each.phase == "done"] == list(SEATS)


async def test_a_run_goes_on_with_the_models_that_it_was_started_with(
    shell: Shell,
) -> None:
    async with ModelServer(only("router", lambda asked: Reply(refusal="no"))) as server:
        shell.environment |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key or ""}
        words = ("run", WORKFLOW, str(LEADS), "--limit", "1", "--model", server.model)
        summary = await asyncio.to_thread(shell.json, *words)
        assert summary["awaiting_review"] == 1
        server.answer = ideal
        [review] = await asyncio.to_thread(shell.json, "inbox")
        # no --model here, and none in the settings
        answered = await asyncio.to_thread(shell.json, "answer", review["id"], "--send-back", "again", "--by", "ann")
        assert answered["status"] == "completed"
        story = await asyncio.to_thread(shell.json, "show", summary["run_ids"][0])
        assert story["pins"]["staff"] == {"*": server.model, "!": "ask"}
        # and one line where the key is gone
        del shell.environment["OPENAI_API_KEY"], shell.environment["OPENAI_BASE_URL"]
        await asyncio.to_thread(shell, "run", WORKFLOW, str(LEADS), "--limit", "1")


async def test_what_cannot_be_used_is_one_line_before_any_case_is_started(shell: Shell) -> None:
    async with ModelServer(key="sk-right-1234567") as server:
        good = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-right-1234567"}
        rows = [
            # no key and no server
            ({}, server.model, "there is no key. Set OPENAI_API_KEY"),
            # a wrong key
            (good | {"OPENAI_API_KEY": "sk-wrong-1234567"}, server.model, "refused the key (status 401)"),
            # a key with a line end in it
            (good | {"OPENAI_API_KEY": "sk-wr\nong-1234567"}, server.model, "holds characters that no key has"),
            # nobody there
            (good | {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, server.model, "at 127.0.0.1:9 cannot be reached"),
            # no address
            (good | {"OPENAI_BASE_URL": "localhost"}, server.model, "OPENAI_BASE_URL is not an address"),
            # an unknown model
            (good, "gpt-none", "has no model 'gpt-none'"),
            # a path that is none
            (good | {"OPENAI_BASE_URL": server.root}, server.model, "or OPENAI_BASE_URL lacks its /v1"),
            # a budget of money for a model without a price
            (good | {"ROUNDHOUSE_CASE_BUDGET__MONEY": "1"}, server.model, "nobody knows its price"),
            # a seat that is none
            (good, f"clerk={server.model}", "--model names the seat 'clerk'"),
        ]
        own = dict(shell.environment)
        for environment, model, words in rows:
            shell.environment = own | environment
            said = await asyncio.to_thread(shell, "run", WORKFLOW, str(LEADS), "--model", model, status=2)
            assert words in said
            assert said.count("\n") == 1
            assert "1234567" not in said
        shell.environment = own | good
        assert await asyncio.to_thread(shell.json, "runs") == []


async def test_seats_are_taken_as_the_settings_say(shell: Shell) -> None:
    async with ModelServer() as server:
        (shell.folder / ".env").write_text(f"OPENAI_BASE_URL={server.url}\nROUNDHOUSE_MODEL_ROUTER={server.model}\n")
        server.key = None
        shell.environment["ROUNDHOUSE_MODEL_COMMUNICATOR"] = server.model
        shell.environment["ROUNDHOUSE_MODEL_CLERK"] = "of another workflow"
        summary = await asyncio.to_thread(shell.json, "run", WORKFLOW, str(LEADS), "--limit", "1")
        assert summary["model_calls"] == 2
        assert {request.schema_name for request in server.requests} == {"Assignment", "Update"}
        summary = await asyncio.to_thread(shell.json, "run", WORKFLOW, str(LEADS), "--limit", "1", "--model", "rules")
        assert summary["model_calls"] == 0


async def test_no_key_is_in_logs_tables_or_words(
    sqlite_url: str, models: Callable[..., Models], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk-secret-0123456789"

    def tells(asked: ChatRequest) -> Failure:
        return Failure(400, "bad", f"Your key {key} may not do this; nor may sk-another-0123456789.")

    async with (
        ModelServer(only("router", tells), key=key) as server,
        Roundhouse.open(sqlite_url, models=models(server)) as roundhouse,
    ):
        _, summary = await run(roundhouse, everybody(server), rows=2)
        shown = "".join(story.model_dump_json() for story in await stories(roundhouse, summary))
        server.key = "another"
        chat = Models(settings()).chat(server.model)
        with pytest.raises(UnusableModel) as refused:
            await chat.check()
        await chat.close()
    assert "[key] may not do this; nor may [key]" in shown
    said = [str(refused.value), repr(settings()), str(settings()), *map(str, caplog.records), caplog.text]
    content = "".join(sqlite3.connect(tmp_path / "roundhouse.db").iterdump())
    assert key not in "".join([shown, content, *said])
    assert "0123456789" not in json.dumps(said)
