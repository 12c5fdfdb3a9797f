"""The model server of the tests, driven by the client that Roundhouse uses."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import httpx2
import openai
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field, TypeAdapter

from tests.support.model_server import Call, ChatRequest, Failure, Mishap, ModelServer, Quirk, Reply, tokens
from tests.support.model_tokens import BLOCK, pieces


class Part(BaseModel):
    name: str
    weight: float = Field(ge=0, le=1)


class Wish(BaseModel):
    reason: str


class Verdict(BaseModel):
    """What is to be done."""

    kind: Literal["call", "write"]
    score: int = Field(ge=1, le=5)
    confidence: float = Field(ge=0, le=1)
    main: Part
    others: list[Part] = Field(min_length=2)
    hint: Part | None
    ask: Wish | None
    fixed: Literal["yes"]
    pair: tuple[int, str]


@asynccontextmanager
async def client(server: ModelServer, **options: Any) -> AsyncIterator[ChatOpenAI]:
    given = {"model": server.model, "base_url": server.url, "api_key": server.key, "max_retries": 0, **options}
    async with httpx2.AsyncClient() as http:
        yield ChatOpenAI(http_async_client=http, **given)


SCHEMA = Verdict.model_json_schema()
FORMAT = {"type": "json_schema", "json_schema": {"name": "Verdict", "schema": SCHEMA}}
TOOL = {"type": "function", "function": {"name": "Verdict", "parameters": SCHEMA, "strict": True}}
CHOICE = {"type": "function", "function": {"name": "Verdict"}}


def answering(answer: Any, **options: Any) -> ModelServer:
    return ModelServer(lambda request: answer, **options)


def test_a_token_is_up_to_four_letters_or_three_digits_or_a_sign() -> None:
    assert tokens("Score: 1234!") == 6
    for text in ("", " ", "  a b\n", "naïve_café 12345 ½…\t", '{"a": [1.25, "x y"]}'):
        assert "".join(pieces(text)) == text


async def test_the_ideal_answer_fits_the_schema_and_is_the_same_each_time() -> None:
    async with ModelServer() as server, client(server) as model:
        bound = model.bind(response_format=FORMAT)
        said = [(await bound.ainvoke(question)).text for question in ("a", "b", "a")]
    assert said[0] == said[2] != said[1]
    verdict = Verdict.model_validate_json(said[0])
    assert verdict.ask is None
    assert verdict.hint is not None
    assert (server.calls, server.most_at_once) == (3, 1)
    assert (server.requests[1].schema_name, server.requests[1].schema) == ("Verdict", SCHEMA)


class Node(BaseModel):
    """Contains itself."""

    next: "Node | None"
    children: list["Node"]


KINDS: list[Any] = [
    Annotated[int, Field(gt=2, le=9, multiple_of=3)],
    Annotated[float, Field(lt=-5)],
    Annotated[float, Field(ge=0.25, le=0.5, multiple_of=0.25)],
    Annotated[str, Field(min_length=80, max_length=90)],
    None | str,
    dict[str, int],
    datetime,
    UUID,
    Node,
]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_ideal_answer_fits_any_schema(kind: Any) -> None:
    fit = TypeAdapter(kind)
    form = {"type": "json_schema", "json_schema": {"name": "Any", "schema": fit.json_schema()}}
    async with ModelServer() as server, client(server) as model:
        for question in range(5):
            said = await model.bind(response_format=form).ainvoke(str(question))
            fit.validate_json(said.text)


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
async def test_structured_output_comes_either_way(method: Literal["function_calling", "json_schema"]) -> None:
    async with ModelServer() as server, client(server) as model:
        for _ in range(2):
            said = await model.with_structured_output(Part, method=method).ainvoke("Which part?")
            assert isinstance(said, Part)
    assert server.requests[0].tool == (None if method == "json_schema" else "Part")


async def test_a_stream_says_the_same_as_one_answer() -> None:
    async with ModelServer() as server, client(server, stream_usage=True) as model:
        bound = model.bind(response_format=FORMAT, logprobs=True)
        whole = await bound.ainvoke("a")
        streamed = [chunk async for chunk in bound.astream("a")]
    total = sum(streamed[1:], streamed[0])
    assert isinstance(total, AIMessageChunk)
    assert len(streamed) > 10
    assert total.text == whole.text
    assert total.response_metadata["logprobs"]["content"] == whole.response_metadata["logprobs"]["content"]
    assert total.usage_metadata is not None
    assert whole.usage_metadata is not None
    assert total.usage_metadata["output_tokens"] == whole.usage_metadata["output_tokens"] == tokens(whole.text)


async def test_a_tool_is_called_in_one_piece_and_in_many() -> None:
    async with ModelServer() as server, client(server) as model:
        bound = model.bind(tools=[TOOL], tool_choice=CHOICE)
        [call] = (await bound.ainvoke("a")).tool_calls
        streamed = [chunk async for chunk in bound.astream("a")]
        Verdict.model_validate(call["args"])
        total = sum(streamed[1:], streamed[0])
        assert isinstance(total, AIMessageChunk)
        assert [each["args"] for each in total.tool_calls] == [call["args"]]
        server.answer = lambda request: Reply(calls=(Call("Verdict", {"x": 1}), Call("Other", "{broken")))
        free = await model.bind(tools=[TOOL]).ainvoke("a")
    assert (free.tool_calls[0]["args"], free.invalid_tool_calls[0]["args"]) == ({"x": 1}, "{broken")
    assert free.response_metadata["finish_reason"] == "tool_calls"


async def test_logprobs_are_of_tokens_that_make_up_the_content() -> None:
    async with answering(Reply({"a b": "ç 12345"}, probability=0.5)) as server, client(server) as model:
        said = await model.bind(logprobs=True).ainvoke("a")
        without = await model.ainvoke("a")
    told = said.response_metadata["logprobs"]["content"]
    assert "".join(each["token"] for each in told) == said.text
    assert {round(each["logprob"], 3) for each in told} == {-0.693}
    assert bytes(told[2]["bytes"]).decode() == told[2]["token"]
    assert without.response_metadata["logprobs"] is None


async def test_tokens_are_counted_and_a_common_beginning_is_cached() -> None:
    system = ("system", "one two " * BLOCK)
    async with ModelServer() as server, client(server) as model:
        used = [(await model.ainvoke([system, ("user", text)])).usage_metadata for text in ("a", "b b")]
        other = (await model.ainvoke("a")).usage_metadata
        formed = (await model.bind(tools=[TOOL], response_format=FORMAT).ainvoke("a")).usage_metadata
    assert [each and each["input_tokens"] for each in used] == [2 * BLOCK + 1, 2 * BLOCK + 2]
    assert [each and each["input_token_details"]["cache_read"] for each in (*used, other)] == [0, 2 * BLOCK, 0]
    assert formed is not None
    assert formed["input_tokens"] == 1 + tokens(json.dumps([TOOL])) + tokens(json.dumps(FORMAT))
    assert server.tokens_in == 4 * BLOCK + 3 + 1 + formed["input_tokens"]
    assert server.tokens_cached == 2 * BLOCK


async def test_an_answer_may_be_cut_or_refused() -> None:
    async with answering(Reply("one two six ten", finish="length")) as server, client(server) as model:
        half = await model.ainvoke("a")
        server.answer = lambda request: Reply("one two six ten")
        limited = await model.bind(max_tokens=3).ainvoke("a")
        server.answer = lambda request: Reply(refusal="I will not.")
        refused = await model.ainvoke("a")
    assert (half.text, half.response_metadata["finish_reason"]) == ("one two", "length")
    assert (limited.text, limited.response_metadata["finish_reason"]) == ("one two six", "length")
    assert (refused.text, refused.additional_kwargs["refusal"]) == ("", "I will not.")


ERRORS: list[tuple[dict[str, Any], Any, type[openai.APIError], str | None]] = [
    ({"api_key": "wrong"}, None, openai.AuthenticationError, "invalid_api_key"),
    ({"model": "gpt-0"}, None, openai.NotFoundError, "model_not_found"),
    (
        {},
        Failure(429, "rate_limit_exceeded", "Slow", {"Retry-After": "7"}),
        openai.RateLimitError,
        "rate_limit_exceeded",
    ),
    ({}, Failure(529), openai.InternalServerError, None),
    ({}, Mishap("disconnect"), openai.APIConnectionError, None),
    ({}, Mishap("break off"), openai.APIConnectionError, None),
    ({"timeout": 0.1}, Mishap("hang"), openai.APITimeoutError, None),
    ({"timeout": 0.1}, Reply("late", delay=5), openai.APITimeoutError, None),
]


@pytest.mark.parametrize(("options", "answer", "error", "code"), ERRORS)
async def test_errors_are_those_of_the_protocol(
    options: dict[str, Any], answer: Any, error: type[openai.APIError], code: str | None
) -> None:
    async with answering(answer) as server, client(server, **options) as model:
        with pytest.raises(error) as raised:
            await model.ainvoke("a")
    assert raised.value.code == code
    if isinstance(raised.value, openai.RateLimitError):
        assert raised.value.response.headers["retry-after"] == "7"


async def test_an_answer_that_raises_is_an_error_of_the_server() -> None:
    def broken(request: ChatRequest) -> Reply:
        raise KeyError("oops")

    async with ModelServer(broken) as server, client(server) as model:
        with pytest.raises(openai.InternalServerError, match="oops"):
            await model.ainvoke("a")


async def test_a_stream_may_break_off() -> None:
    heard: list[str] = []
    async with answering(Mishap("break off", Reply("one two " * 50))) as server, client(server) as model:
        with pytest.raises(openai.APIConnectionError):
            await _hear(model, heard)
    assert "".join(heard).startswith("one two")


async def _hear(model: ChatOpenAI, heard: list[str]) -> None:
    async for chunk in model.astream("a"):
        heard.append(chunk.text)


@pytest.mark.parametrize("quirk", ["rejects response_format", "rejects logprobs"])
async def test_a_server_may_reject_what_it_cannot_do(quirk: Quirk) -> None:
    async with ModelServer(quirks={quirk}) as server, client(server) as model:
        assert (await model.ainvoke("a")).text
        with pytest.raises(openai.BadRequestError, match=f"{quirk.removeprefix('rejects ')} is not supported"):
            await model.bind(response_format=FORMAT, logprobs=True).ainvoke("a")


async def test_a_server_may_ignore_logprobs() -> None:
    async with ModelServer(quirks={"ignores logprobs"}) as server, client(server) as model:
        said = await model.bind(logprobs=True).ainvoke("a")
    assert said.response_metadata["logprobs"] is None


async def test_models_are_listed_unless_the_server_has_no_list() -> None:
    async with ModelServer(models=["m", "org/n"]) as server, httpx.AsyncClient(base_url=server.url) as http:
        http.headers["Authorization"] = f"Bearer {server.key}"
        listed = (await http.get("/models")).json()["data"]
        one = (await http.get("/models/org%2Fn")).json()
        none = await http.get("/models/other")
        server.quirks = frozenset({"no models"})
        without = await http.get("/models")
    assert [each["id"] for each in listed] == ["m", "org/n"]
    assert one["id"] == "org/n"
    assert (none.status_code, none.json()["error"]["code"], without.status_code) == (404, "model_not_found", 404)


async def test_calls_at_once_are_counted_and_take_no_longer_than_one() -> None:
    async with ModelServer(latency=0.2) as server, client(server) as model:
        started = time.perf_counter()
        await asyncio.gather(*(model.ainvoke("a") for _ in range(20)))
        took = time.perf_counter() - started
    assert server.most_at_once == 20
    assert took < 2


async def test_as_a_process_it_tells_its_address_and_counts() -> None:
    arguments = ("-m", "tests.support.model_server", "--model", "m", "--key", "k", "--latency", "0.01")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient() as http:
        body = {"model": "m", "messages": [{"role": "user", "content": "hello there"}]}
        await http.post(f"{url}/chat/completions", json=body, headers={"Authorization": "Bearer k"})
        counts = (await http.get(f"{url.removesuffix('/v1')}/counts")).json()
        reset = (await http.post(f"{url.removesuffix('/v1')}/counts/reset")).json()
    process.terminate()
    await process.wait()
    assert (counts["calls"], counts["tokens_in"], counts["most_at_once"]) == (1, 4, 1)
    assert not any(reset.values())
