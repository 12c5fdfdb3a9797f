"""What hostile models, servers, tools and texts do to a turn of a chat model, and what comes of it."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from pydantic import BaseModel, Field

from agents.brief import Brief
from agents.chat.answer import OffSchema, Seat, answer_of
from agents.chat.chat import Chat
from agents.chat.circuit import Circuit
from agents.chat.confidence import value_probability
from agents.chat.limits import Limits
from agents.chat.line import Ability
from agents.chat.prompt import prompt_for
from agents.chat.purse import Account, Budget, Purse
from agents.chat.reply import Token, reply_of
from agents.chat.schema import answer_schema, filled_type
from agents.chat.session import Session, Thought, in_session
from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making, Retry
from agents.model import ModelSpecialist
from agents.scripted import Said, ScriptedModel, Step
from agents.tools.tool import Finding
from graphs.staffing import staffed
from state.case import Case
from state.decision import Decision
from state.errors import ModelTrouble
from state.plain import unkeepable
from state.staffing import Staffing
from tests.support.leads import SCORE, UPDATE, VERDICT, Check, Lead, Verdict, diamond, owner
from tests.support.run import NOW


class Judged(Decision):
    """Which way it goes."""

    side: Literal["left", "right"] = "left"


class Part(BaseModel):
    """A part of a whole."""

    side: Literal["left", "right"] = "left"


class Nested(Decision):
    """Has a part that has a field of the same name, and says what it is for."""

    side: Literal["left", "right"] = "left"
    part: Part = Part()
    """What speaks for the other side."""


LEFT = {"rationale": "l", "side": "left", "confidence": 0.9}
QUICK = Retry(tries=3, pause=0.001, longest_pause=0.001)
HANDOFF: Handoff[Lead] = Handoff(case=Lead(id="lead-1"), may_ask=frozenset({Check}))


def judge(model: ScriptedModel | Chat, **options: Any) -> ModelSpecialist:
    given: dict[str, Any] = {"name": "judge", "decides": Judged, "instructions": "Judge.", "retry": QUICK}
    return ModelSpecialist(model=model if isinstance(model, Chat) else Chat.of(model, name="m"), **(given | options))


async def turn(*script: Step, **options: Any) -> tuple[Making, ScriptedModel]:
    model = ScriptedModel(script)
    return await judge(model, **options).turn(HANDOFF, NOW), model


class Query(BaseModel):
    """What the tool is asked."""

    value: str = ""


@dataclass
class Look:
    """Finds what it is given."""

    result: Finding | Exception = field(default_factory=lambda: Finding("gold", "x"))
    seconds: float = 0.0
    name: str = "look"
    description: str = "Looks something up."
    arguments: type[BaseModel] = Query

    async def call(self, arguments: BaseModel) -> Finding:
        await asyncio.sleep(self.seconds)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def call(name: str = "look", ident: str = "1", args: Any = None) -> Said:
    return Said(tool_calls=(ToolCall(name=name, args=args or {}, id=ident),))


# 1. what a database cannot keep reaches the record


@pytest.mark.parametrize(
    "said",
    [
        # the name of an unknown field, which the words of what is wrong repeat
        json.dumps(LEFT | {"a\0b": 1}),
        # a refusal
        Said(refusal="no\0"),
        # what a server says
        ModelTrouble("request", "bad \0 request"),
    ],
    ids=["null", "refusal", "server"],
)
async def test_the_reason_of_a_failure_can_be_kept(said: Step) -> None:
    making, _ = await turn(said, said)
    assert isinstance(making.result, Failed)
    assert unkeepable(making.result.reason) is None


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["null", "surrogate"])
async def test_a_request_can_be_kept(text: str) -> None:
    said = json.dumps({"ask": [{"to": "Check", "text": text}]})
    making, _ = await turn(said, LEFT, may=("ask",))
    if isinstance(making.result, Ask):
        assert unkeepable(making.result.requests[0].text) is None


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["null", "surrogate"])
async def test_evidence_can_be_kept(text: str) -> None:
    making, _ = await turn(call(args={"value": text}), LEFT, tools=(Look(Finding(text, text)),))
    assert unkeepable(making.provenance.model_dump(mode="json")) is None


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 100_000], ids=["null", "surrogate", "long"])
async def test_the_name_of_a_tool_that_there_is_not_can_be_kept(name: str) -> None:
    making, _ = await turn(call(name), LEFT, tools=(Look(),))
    tool = making.executions[1].tool
    assert tool is not None
    assert unkeepable(tool) is None
    assert len(tool) < 1000


# 2. what was not permitted is taken


@pytest.mark.parametrize("said", [{"escalate": "leave it"}, {"ask": [{"to": "Check", "text": "again"}]}])
async def test_a_model_that_may_not_answer_otherwise_does_not(said: Step) -> None:
    making, _ = await turn(said, LEFT)
    assert isinstance(making.result, Judged)


class Triage(Decision):
    """Its own fields are called as the other answers are."""

    escalate: str = ""


class Quiz(Decision):
    """Its own field is called as the envelope is."""

    answer: str


@pytest.mark.parametrize(
    ("decides", "said"),
    [(Triage, {"rationale": "", "escalate": "level two", "confidence": 1}), (Quiz, {"answer": "yes"})],
)
def test_a_field_that_is_called_as_another_answer_is_a_field(decides: type[Decision], said: dict[str, Any]) -> None:
    brief = Brief("")
    filled = filled_type(decides, brief)
    seat = Seat("x", decides, brief, filled, HANDOFF)
    try:
        read = answer_of(seat, answer_schema(filled), reply_of(AIMessage(json.dumps(said))))
    except OffSchema as off:
        pytest.fail(f"a good answer: {off}")
    assert isinstance(read.answer, decides)


@pytest.mark.parametrize("text", [None, {"a": 1}, 7])
async def test_a_request_whose_text_is_no_text_is_a_breach(text: Any) -> None:
    making, _ = await turn({"ask": [{"to": "Check", "text": text}]}, LEFT, may=("ask",))
    assert isinstance(making.result, Judged)


# 3. a turn raises


@pytest.mark.parametrize(
    "error", [KeyError("x"), ZeroDivisionError(), TypeError("x")], ids=lambda error: str(type(error))
)
async def test_a_turn_does_not_raise_for_what_is_derived(error: Exception) -> None:
    def derived(handoff: Handoff[Any], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        raise error

    making, _ = await turn(LEFT, LEFT, instructions=Brief("Judge.", derived=derived))
    assert isinstance(making.result, Failed)


async def test_a_turn_does_not_raise_for_a_position() -> None:
    brief = Brief("Judge.", position=lambda judged: judged.nothing)
    making, _ = await turn(LEFT, LEFT, instructions=brief, samples=2)
    assert isinstance(making.result, Failed)


# 4. tools


def unanswered(model: ScriptedModel) -> set[str]:
    """The tool calls that the last conversation holds and that nobody answers; OpenAI refuses such a request."""
    messages = model.calls[-1].messages
    made = {
        str(each["id"])
        for message in messages
        if isinstance(message, AIMessage)
        for each in (*message.tool_calls, *message.invalid_tool_calls)
    }
    return made - {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}


async def test_a_call_with_arguments_that_are_no_object_is_answered() -> None:
    _, model = await turn(call(args="acme"), LEFT, tools=(Look(),))
    assert unanswered(model) == set()


async def test_an_answer_beside_a_look_up_is_answered_too() -> None:
    both = Said(tool_calls=(ToolCall(name="look", args={}, id="1"), ToolCall(name="Judged", args=LEFT, id="2")))
    model = ScriptedModel([both, Said(tool_calls=(ToolCall(name="Judged", args=LEFT, id="3"),))])
    await judge(Chat.of(model, name="m", ability=Ability(by="tool")), tools=(Look(),)).turn(HANDOFF, NOW)
    assert len(model.calls) == 1 or unanswered(model) == set()


async def test_an_answer_that_is_sent_back_gives_no_new_steps() -> None:
    _, model = await turn(call(), "no", LEFT, tools=(Look(),), limits=Limits(steps=1))
    assert ["tools" in each.kwargs for each in model.calls] == [True, False, False]


async def test_a_tool_that_was_at_work_when_the_time_was_up_is_in_the_ledger() -> None:
    making, _ = await turn(call(), tools=(Look(seconds=60),), limits=Limits(seconds=0.1))
    assert [each.tool for each in making.executions] == [None, "look"]


async def test_what_a_tool_says_is_cut_when_it_fails_too() -> None:
    _, model = await turn(call(), LEFT, tools=(Look(OSError("x" * 50_000)),), limits=Limits(longest=100))
    assert len(model.calls[-1].messages[-1].text) < 1000


def test_the_version_moves_with_what_a_model_is_told_of_a_tool() -> None:
    plain, other = (judge(ScriptedModel([]), tools=(Look(description=each),)) for each in ("Looks.", "Looks it up."))
    assert plain.version != other.version


def test_two_tools_of_a_name_are_refused() -> None:
    with pytest.raises(ValueError, match="look"):
        judge(ScriptedModel([]), tools=(Look(), Look()))


# 5. words without end


async def test_what_is_wrong_is_said_in_a_few_words() -> None:
    making, _ = await turn(*[LEFT | {f"unknown {place}": 1 for place in range(10_000)}] * 2)
    assert isinstance(making.result, Failed)
    assert len(making.result.reason) < 5000


# 6. confidence


def test_the_value_of_the_field_itself_is_weighed_and_not_that_of_a_part() -> None:
    tokens = tuple(
        Token(text, logprob)
        for text, logprob in [
            ('{"side": "', 0.0),
            ("left", -2.0),
            ('", "part": {"side": "', 0.0),
            ("right", 0.0),
            ('"}}', 0.0),
        ]
    )
    assert value_probability("side", tokens) == pytest.approx(0.1353, abs=1e-4)


async def test_answers_that_leave_it_to_a_person_do_not_make_the_others_sure() -> None:
    leave: Step = {"answer": {"escalate": "unclear"}}
    making, _ = await turn({"answer": LEFT}, leave, leave, leave, may=("escalate",), samples=4)
    assert isinstance(making.result, Escalate) or (isinstance(making.result, Judged) and making.result.confidence < 0.5)


async def test_one_answer_that_nothing_was_compared_with_is_no_agreement() -> None:
    key = ModelTrouble("key", "no")
    making, _ = await turn(LEFT | {"confidence": 0.3}, key, key, samples=3)
    assert isinstance(making.result, Judged)
    assert making.result.confidence < 1


async def test_a_budget_that_is_used_up_by_further_answers_does_not_lose_the_first() -> None:
    model = ScriptedModel([LEFT])
    with in_session(Session(Purse((Account("case", Budget(calls=1)),)))):
        making = await judge(model, samples=3).turn(HANDOFF, NOW)
    assert isinstance(making.result, Judged)


class Sure(Decision):
    """Is never quite unsure."""

    side: Literal["left", "right"] = "left"
    confidence: float = Field(default=1.0, ge=0.5, le=1)


async def test_a_weighed_confidence_is_held_to_the_contract_too() -> None:
    making, _ = await turn(Said(LEFT, probability=0.1), decides=Sure)
    assert not isinstance(making.result, Sure) or Sure.model_validate(making.result.model_dump())


# 7. servers


async def test_calls_that_wait_for_their_turn_are_held_back_once_the_circuit_is_open() -> None:
    model = ScriptedModel(lambda messages, kwargs: ModelTrouble("server", "down"))
    chat = Chat.of(model, at_once=1, circuit=Circuit(after=2))
    schema = answer_schema(filled_type(Judged, Brief("")))
    await asyncio.gather(*(chat.ask([HumanMessage("a")], schema) for _ in range(10)), return_exceptions=True)
    assert len(model.calls) == 2


async def test_a_pause_longer_than_patience_is_not_waited_for_by_later_turns_either() -> None:
    model = ScriptedModel([ModelTrouble("rate_limit", "busy", 3600.0), LEFT])
    specialist = judge(model, limits=Limits(seconds=0.3, patience=0.1))
    await specialist.turn(HANDOFF, NOW)
    before = time.monotonic()
    second = await specialist.turn(HANDOFF, NOW)
    assert isinstance(second.result, Failed)
    assert time.monotonic() - before < 0.2
    assert second.executions == (), "no call was made"


def test_a_call_from_before_does_not_let_a_second_one_see() -> None:
    now = [0.0]
    circuit = Circuit(after=1, pause=10, now=lambda: now[0])
    circuit.admit()  # a slow call, under way when another fails
    circuit.admit()
    circuit.failed("down")
    now[0] = 10.0
    circuit.admit()
    circuit.let_go(was_probe=False)  # the slow call is cancelled
    with pytest.raises(ModelTrouble):
        circuit.admit()


class Ear:
    """Listens, and does nothing."""

    def heard(self, thought: Thought) -> None:
        pass


@pytest.mark.parametrize("before", ["", "```json\n"], ids=["prose", "fenced"])
async def test_listening_to_what_is_no_json_does_not_hold_up_others(before: str) -> None:
    said = f"{before}{'I think that this lead is good. ' * 25}"
    with in_session(Session(listener=Ear())):
        started = time.monotonic()
        await turn(said, said)
    assert time.monotonic() - started < 0.5


# 8. schema, prompt, declarations


def test_a_reference_stands_alone() -> None:
    part = answer_schema(filled_type(Nested, Brief(""))).schema["properties"]["part"]
    assert "$ref" not in part or len(part) == 1, "OpenAI: $ref cannot have keywords {'description'}"


class Open(Decision):
    """Takes anything in one of its fields."""

    anything: Any = None


def test_a_field_that_takes_anything_has_no_strict_form() -> None:
    assert not answer_schema(filled_type(Open, Brief(""))).is_strict


class Enquiry(Case):
    """A case with something nested."""

    text: str = ""
    details: dict[str, Any] = Field(default_factory=dict)


@pytest.mark.parametrize(
    "sign",
    ["\ufe00", "\U000e0100", "\u3164", "\u115f", "\u2800", "\u034f", "\u180b"],
    ids=lambda sign: f"{ord(sign):04x}",
)
def test_nothing_that_cannot_be_seen_is_shown(sign: str) -> None:
    prompt = prompt_for("x", Verdict, Brief(""), Handoff(case=Enquiry(id="e", text=f"a{sign}b")), 4000)
    assert sign not in prompt.human


def test_a_key_of_a_megabyte_is_cut() -> None:
    handoff = Handoff(case=Enquiry(id="e", details={"x" * 1_000_000: 1}))
    assert len(prompt_for("x", Verdict, Brief(""), handoff, 100).human) < 1000


@pytest.mark.parametrize(
    "brief",
    [
        Brief("", fills=("sidee",)),
        Brief("", choices={"sidee": ("left",)}),
        Brief("", weighed="sidee"),
    ],
    ids=["fills", "choices", "weighed"],
)
def test_a_field_that_the_decision_does_not_have_is_refused_when_it_is_declared(brief: Brief) -> None:
    with pytest.raises(ValueError, match="sidee"):
        judge(ScriptedModel([]), instructions=brief)


def test_a_budget_says_what_was_spent_in_plain_figures() -> None:
    account = Account("batch", Budget(tokens=1_234_567))
    account.settle(1_234_568, 0.0)
    assert account.shortage() == "the batch's budget of 1,234,567 tokens is used up (1,234,568 spent)"


# 9. staffing


async def test_where_the_rules_are_to_take_over_they_do_so_in_a_second_opinion_too() -> None:
    check = owner(Check, function=lambda handoff: Check(flagged=True))
    workflow = diamond(specialists=(SCORE, check, VERDICT, UPDATE))
    model = ScriptedModel([ModelTrouble("key", "refused")])
    staffing = Staffing(seats=(("check", "rules+m"),), when_models_fail="rules")
    seat = staffed(workflow, staffing, lambda name: Chat.of(model, name=name)).owner["Check"]
    making = await seat.turn(Handoff(case=Lead(id="lead-1")), NOW)
    assert isinstance(making.result, Check)


def test_a_second_opinion_of_nobody_is_refused() -> None:
    from state.errors import UsageError

    with pytest.raises(UsageError):
        staffed(diamond(), Staffing("rules+"), lambda name: Chat.of(ScriptedModel([]), name=name))
