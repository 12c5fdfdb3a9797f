import asyncio
import doctest
import json
from collections.abc import Mapping
from math import log
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, ToolCall

import agents.scripted
from agents.scripted import Said, ScriptedModel, Step
from state.errors import UsageError

TOOL = {"type": "function", "function": {"name": "score", "parameters": {"type": "object"}}}
CHOICE = {"type": "function", "function": {"name": "score"}}


async def streamed(model: Any, question: str = "a") -> tuple[int, AIMessageChunk]:
    chunks = [chunk async for chunk in model.astream(question)]
    whole = sum(chunks[1:], chunks[0])
    assert isinstance(whole, AIMessageChunk)
    return len(chunks), whole


def test_the_example_of_its_documentation_works() -> None:
    assert doctest.testmod(agents.scripted).failed == 0


async def test_each_call_takes_the_next_step() -> None:
    model = ScriptedModel([{"score": "hö"}, "plain", Said("full"), ConnectionError("gone")])
    assert [(await model.ainvoke("a")).text for _ in range(3)] == ['{"score": "hö"}', "plain", "full"]
    with pytest.raises(ConnectionError, match="gone"):
        await model.ainvoke("a")


async def test_a_call_too_many_is_told_how_many_there_were() -> None:
    model = ScriptedModel(["one", "two"])
    await model.ainvoke("a")
    await model.ainvoke("a")
    with pytest.raises(UsageError, match="has 2 steps, and this is call 3"):
        await model.ainvoke("a")


async def test_a_function_decides_by_what_was_asked() -> None:
    def answer(messages: list[BaseMessage], kwargs: Mapping[str, Any]) -> Step:
        return f"{messages[-1].text} {kwargs['response_format']['type']}"

    model = ScriptedModel(answer)
    bound = model.bind(response_format={"type": "json_object"})
    assert (await bound.ainvoke("now")).text == "now json_object"
    assert model.calls[0].messages == (HumanMessage("now"),)
    assert model.calls[0].kwargs == {"response_format": {"type": "json_object"}}


async def test_a_stream_comes_in_pieces_and_says_the_same() -> None:
    step = Said({"score": 0.25, "why": "because"}, probability=0.5, tokens_in=90, tokens_out=9, tokens_cached=64)
    model = ScriptedModel([step, step])
    whole = await model.bind(logprobs=True).ainvoke("a")
    count, total = await streamed(model.bind(logprobs=True))
    assert count > 5
    assert total.text == whole.text == '{"score": 0.25, "why": "because"}'
    assert total.response_metadata == whole.response_metadata
    assert total.usage_metadata == whole.usage_metadata


async def test_tokens_and_their_probability_are_told() -> None:
    step = Said("twelve words", probability=0.5, tokens_in=90, tokens_out=9, tokens_cached=64)
    model = ScriptedModel([step, step, "plain"])
    said = await model.bind(logprobs=True).ainvoke("a")
    told = said.response_metadata["logprobs"]["content"]
    assert "".join(each["token"] for each in told) == said.text
    assert {each["logprob"] for each in told} == {log(0.5)}
    assert said.usage_metadata == {
        "input_tokens": 90,
        "output_tokens": 9,
        "total_tokens": 99,
        "input_token_details": {"cache_read": 64},
    }
    assert "logprobs" not in (await model.ainvoke("not asked for")).response_metadata
    plain = await model.bind(logprobs=True).ainvoke("not known")
    assert (plain.response_metadata.get("logprobs"), plain.usage_metadata) == (None, None)


@pytest.mark.parametrize("choice", [CHOICE, "score", "required"])
async def test_a_mapping_is_the_arguments_of_the_tool_that_has_to_be_called(choice: Any) -> None:
    model = ScriptedModel([{"score": 1}, {"score": 1}, "no tool"])
    bound = model.bind(tools=[TOOL], tool_choice=choice)
    said = await bound.ainvoke("a")
    assert (said.text, said.tool_calls[0]["name"], said.tool_calls[0]["args"]) == ("", "score", {"score": 1})
    count, total = await streamed(bound)
    assert count > 3
    assert total.tool_calls == said.tool_calls
    assert (await bound.ainvoke("a")).text == "no tool"


async def test_without_a_choice_a_mapping_is_text() -> None:
    model = ScriptedModel([{"score": 1}])
    said = await model.bind(tools=[TOOL], tool_choice="auto").ainvoke("a")
    assert (json.loads(said.text), said.tool_calls) == ({"score": 1}, [])


async def test_it_calls_tools_refuses_and_is_cut_off() -> None:
    call = ToolCall(name="look_up", args={"id": 7}, id="call_9", type="tool_call")
    model = ScriptedModel([Said(tool_calls=(call, call)), Said(refusal="No."), Said('{"sc', finish_reason="length")])
    called, refused, cut = [await model.ainvoke("a") for _ in range(3)]
    assert called.tool_calls == [call, call]
    assert called.response_metadata["finish_reason"] == "tool_calls"
    assert (refused.text, refused.additional_kwargs["refusal"]) == ("", "No.")
    assert (cut.text, cut.response_metadata["finish_reason"]) == ('{"sc', "length")


async def test_it_knows_how_many_calls_were_under_way_at_once() -> None:
    model = ScriptedModel(lambda messages, kwargs: Said("late", after=0.01))
    await asyncio.gather(*(model.ainvoke("a") for _ in range(7)))
    await model.ainvoke("a")
    assert (model.most_at_once, len(model.calls)) == (7, 8)
