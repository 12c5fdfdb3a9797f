import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from agents.brief import Brief
from agents.chat.chat import Chat
from agents.chat.circuit import Circuit
from agents.chat.reply import Reply
from agents.chat.schema import answer_schema, filled_type
from agents.scripted import Said, ScriptedModel, Step
from state.errors import ModelTrouble
from state.trouble import Trouble
from tests.support.leads import Score

SCHEMA = answer_schema(filled_type(Score, Brief("")), weighed="level")
DOWN = ModelTrouble("server", "down")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    """Opens after three failures, for ten seconds."""
    return Circuit(after=3, pause=10, now=clock)


def fail(circuit: Circuit, times: int) -> None:
    for _ in range(times):
        circuit.failed("status 500", circuit.admit())


def held_back(circuit: Circuit) -> str:
    with pytest.raises(ModelTrouble) as trouble:
        circuit.admit()
    assert trouble.value.kind == "held_back"
    assert not trouble.value.may_pass, "a turn does not try again what is held back"
    return str(trouble.value)


def test_calls_go_through_while_failures_are_few(circuit: Circuit) -> None:
    fail(circuit, 2)
    assert not circuit.is_open
    circuit.admit()


def test_failures_in_a_row_open_it_and_the_words_say_why_and_until_when(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    assert circuit.is_open
    clock.seconds += 4
    assert held_back(circuit) == (
        "the model server failed 3 times in a row and is tried again in 6 s; last: status 500"
    )


def test_failures_count_only_in_a_row(circuit: Circuit) -> None:
    fail(circuit, 2)
    circuit.succeeded()
    fail(circuit, 2)
    assert not circuit.is_open


def test_what_says_nothing_of_the_server_counts_neither_way(circuit: Circuit) -> None:
    fail(circuit, 2)
    circuit.let_go(circuit.admit())
    fail(circuit, 1)
    assert circuit.is_open


def test_after_the_pause_one_call_goes_through_and_the_others_wait_for_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.seconds += 10
    circuit.admit()
    assert "is being tried again" in held_back(circuit)


def test_a_call_that_goes_well_closes_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.seconds += 10
    circuit.admit()
    circuit.succeeded()
    assert not circuit.is_open
    fail(circuit, 2)
    assert not circuit.is_open, "it counts from nothing again"


def test_a_call_that_fails_leaves_it_open_for_another_pause(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.seconds += 10
    fail(circuit, 1)
    clock.seconds += 9
    assert "failed 4 times in a row and is tried again in 1 s" in held_back(circuit)
    clock.seconds += 1
    circuit.admit()


def test_a_call_that_is_given_up_lets_another_try(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.seconds += 10
    circuit.let_go(circuit.admit())
    assert circuit.admit()


def ask(chat: Chat) -> Awaitable[Reply]:
    return chat.ask([HumanMessage("a")], SCHEMA)


async def troubles(chat: Chat, times: int) -> list[str]:
    """The kinds of trouble that as many calls at the same time come to."""
    told = await asyncio.gather(*(ask(chat) for _ in range(times)), return_exceptions=True)
    return [each.kind for each in told if isinstance(each, ModelTrouble)]


@pytest.mark.parametrize(
    ("kind", "is_open"),
    [
        # speaks of the server
        ("server", True),
        ("unreachable", True),
        ("timeout", True),
        # the server is well and says so
        ("rate_limit", False),
        ("request", False),
    ],
)
async def test_only_what_speaks_of_the_server_opens_it(circuit: Circuit, kind: Trouble, is_open: bool) -> None:
    model = ScriptedModel([ModelTrouble(kind, "trouble")] * 3)
    chat = Chat.of(model, circuit=circuit)
    for _ in range(3):
        await troubles(chat, 1)
    assert circuit.is_open is is_open
    assert len(model.calls) == 3


@pytest.mark.parametrize("kind", ["key", "model"])
async def test_what_every_other_call_will_meet_opens_it_at_once(circuit: Circuit, kind: Trouble) -> None:
    model = ScriptedModel([ModelTrouble(kind, "trouble")])
    chat = Chat.of(model, circuit=circuit)
    assert await troubles(chat, 1) == [kind]
    assert await troubles(chat, 2) == ["held_back"] * 2
    assert chat.outage == "trouble"


async def test_a_chat_whose_circuit_is_open_does_not_call(circuit: Circuit) -> None:
    model = ScriptedModel([DOWN] * 3)
    chat = Chat.of(model, circuit=circuit)
    assert await troubles(chat, 3) == ["server"] * 3
    assert await troubles(chat, 5) == ["held_back"] * 5
    assert len(model.calls) == 3


async def test_of_many_calls_at_once_one_sees_whether_the_server_is_back(circuit: Circuit, clock: Clock) -> None:
    said = Said({"probability": 0.5}, after=0.05)
    steps: list[Step] = [DOWN, DOWN, DOWN, *[said] * 8]
    model = ScriptedModel(steps)
    chat = Chat.of(model, circuit=circuit)
    await troubles(chat, 3)
    clock.seconds += 10
    told = asyncio.ensure_future(troubles(chat, 8))
    await asyncio.sleep(0.03)
    assert len(model.calls) == 4, "one sees, and the others wait for it"
    assert await told == []
    assert (len(model.calls), circuit.is_open) == (11, False)


async def test_a_call_that_sees_and_is_cancelled_lets_another_see(circuit: Circuit, clock: Clock) -> None:
    model = ScriptedModel([DOWN, DOWN, DOWN, Said("", after=60), {"probability": 0.5}])
    chat = Chat.of(model, circuit=circuit)
    await troubles(chat, 3)
    clock.seconds += 10
    task = asyncio.ensure_future(ask(chat))
    await asyncio.sleep(0.01)
    with pytest.raises(ModelTrouble, match="is being tried again"):
        await chat.ask([HumanMessage("a")], SCHEMA, patience=0.03)
    task.cancel()
    await asyncio.wait([task])
    assert (await ask(chat)).text == '{"probability": 0.5}'
    assert not circuit.is_open


async def test_no_more_calls_than_declared_are_under_way_at_once() -> None:
    model = ScriptedModel(lambda messages, kwargs: Said({}, after=0.01))
    chat = Chat.of(model, at_once=3)
    await asyncio.gather(*(ask(chat) for _ in range(10)))
    assert (len(model.calls), model.most_at_once) == (10, 3)


async def test_a_server_that_asks_for_it_is_left_alone_by_everybody() -> None:
    model = ScriptedModel([ModelTrouble("rate_limit", "slow down", 0.2), {}])
    chat = Chat.of(model)
    loop = asyncio.get_running_loop()
    await troubles(chat, 1)
    before = loop.time()
    await ask(chat)
    assert loop.time() - before >= 0.15


FORMAT, LOGPROBS = "'response_format' of type 'json_schema' is not supported", "logprobs are not available"


def stubborn(refused: Callable[[dict[str, Any]], str]) -> ScriptedModel:
    """A server that refuses a request in words, or answers it."""

    def step(messages: list[BaseMessage], kwargs: dict[str, Any]) -> Step:
        words = refused(kwargs)
        return ModelTrouble("request", words) if words else {"probability": 0.5}

    return ScriptedModel(step)


@pytest.mark.parametrize(
    ("refused", "by", "probabilities"),
    [
        # no schema
        (lambda kwargs: FORMAT if "response_format" in kwargs else "", "tool", True),
        # no probabilities
        (lambda kwargs: LOGPROBS if kwargs.get("logprobs") else "", "json_schema", False),
        # neither
        (
            lambda kwargs: LOGPROBS if kwargs.get("logprobs") else FORMAT if "response_format" in kwargs else "",
            "tool",
            False,
        ),
    ],
)
async def test_what_a_server_cannot_do_is_learned_once(
    refused: Callable[[dict[str, Any]], str], by: str, probabilities: bool
) -> None:
    model = stubborn(refused)
    chat = Chat.of(model)
    await ask(chat)
    assert (chat.ability.by, chat.ability.probabilities) == (by, probabilities)
    learning = len(model.calls)
    await ask(chat)
    assert len(model.calls) == learning + 1


async def test_calls_at_the_same_time_learn_it_together() -> None:
    model = stubborn(lambda kwargs: FORMAT if "response_format" in kwargs else "")
    chat = Chat.of(model)
    assert await troubles(chat, 5) == []
    assert len(model.calls) <= 10


async def test_another_complaint_is_none_about_what_it_can_do() -> None:
    model = ScriptedModel([ModelTrouble("request", "the prompt is too long")])
    chat = Chat.of(model)
    assert await troubles(chat, 1) == ["request"]
    assert (chat.ability.by, chat.ability.probabilities) == ("json_schema", True)


async def test_a_server_that_takes_nothing_is_not_asked_for_ever() -> None:
    model = stubborn(lambda kwargs: f"{FORMAT}, {LOGPROBS}")
    assert await troubles(Chat.of(model), 1) == ["request"]
    assert len(model.calls) == 3
