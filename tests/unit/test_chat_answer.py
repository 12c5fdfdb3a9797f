import json
from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolCall
from pydantic import Field

from agents.brief import Brief, Derive, nothing
from agents.chat.answer import OffSchema, Read, Seat, answer_of
from agents.chat.reply import Reply, reply_of
from agents.chat.schema import answer_schema, filled_type
from agents.handoff import Ask, Escalate, Handoff, Request
from state.decision import Decision
from tests.support.leads import Check, Lead, Score


class Grade(Decision):
    """What is judged here."""

    points: int = Field(ge=0)
    factor: float = 1.0
    team: str = Field(default="north", min_length=1)
    words: tuple[str, ...] = ()


GOOD = {"rationale": "Big.", "points": 7, "factor": 1.5, "team": "south", "words": ["a"], "confidence": 0.8}


def seat(brief: Brief | None = None) -> Seat:
    brief = brief or Brief("Grade.", choices={"team": ("north", "south")})
    upstream: list[type[Decision]] = [Score, Check]
    handoff = Handoff(case=Lead(id="lead-1"), decisions={Score: Score()}, may_ask=frozenset(upstream))
    return Seat("grader", Grade, brief, filled_type(Grade, brief), handoff)


def read(said: object, brief: Brief | None = None, **message: Any) -> Read:
    """What is said, read in a seat that may ask and escalate; anything but a text is said as JSON."""
    content = said if isinstance(said, str) else json.dumps(said)
    at = seat(brief)
    schema = answer_schema(at.filled, ("ask", "escalate"), ("Score", "Check"))
    return answer_of(at, schema, reply_of(AIMessage(content, **message)))


def wrong(said: object, brief: Brief | None = None, **message: Any) -> str:
    """What is wrong with it."""
    with pytest.raises(OffSchema) as off:
        read(said, brief, **message)
    return str(off.value)


def derives(derived: Derive) -> Brief:
    return Brief("Grade.", fills=("points",), derived=derived)


@pytest.mark.parametrize(
    "said",
    [
        # plain
        GOOD,
        # in the envelope of seats that may answer otherwise
        {"answer": GOOD},
        # wrapped as code
        f"```json\n{json.dumps(GOOD)}\n```",
        f"\n```\n{json.dumps(GOOD, indent=2)}\n```\n",
        # with room around it
        f"\n\n  {json.dumps(GOOD)}  \n",
        # what a careless model writes twice counts as it was written last
        json.dumps(GOOD).replace('"points"', '"points": 3, "points"'),
    ],
)
def test_a_decision_is_read_as_it_was_said(said: object) -> None:
    assert read(said) == Read(Grade(points=7, factor=1.5, team="south", words=("a",), rationale="Big.", confidence=0.8))


def test_a_decision_may_come_as_a_tool_call() -> None:
    calls = [ToolCall(name="look", args={}, id="1"), ToolCall(name="Grade", args=GOOD, id="2")]
    assert read("", tool_calls=calls) == read(GOOD)
    assert read("I thought hard about it.", tool_calls=calls) == read(GOOD)


def test_a_call_of_another_tool_is_no_answer() -> None:
    assert wrong("", tool_calls=[ToolCall(name="look", args=GOOD, id="1")]).startswith("it is not JSON")


def test_what_a_careless_model_leaves_out_is_as_its_contract_has_it() -> None:
    assert read({"points": 7}).answer == Grade(points=7, confidence=0.5)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        # nothing at all
        ("", "it is not JSON: Expecting value"),
        # prose
        ("I would give it 7 points.", "it is not JSON: Expecting value"),
        # prose around an answer
        (f"Here it is: {json.dumps(GOOD)}", "it is not JSON: Expecting value"),
        (f"{json.dumps(GOOD)} I hope that helps.", "it is not JSON: Extra data"),
        # broken off
        ('{"points": 7', "it is not JSON: Expecting ',' delimiter"),
        # Python's own
        ("{'points': 7}", "it is not JSON: Expecting property name"),
        # JSON, but no object
        ([GOOD], "it is a JSON list, not an object"),
        ("7", "it is a JSON int, not an object"),
        ("null", "it is a JSON NoneType, not an object"),
        ('"points"', "it is a JSON str, not an object"),
        # an envelope with nothing usable in it
        ({"answer": 7}, "it is no JSON object"),
        ({"answer": None}, "it is no JSON object"),
        # more nested than anybody reads
        ("[" * 100_000, "it is not JSON: maximum recursion depth"),
        ('{"points":' * 15_000, "it is not JSON: maximum recursion depth"),
        # more digits than anybody reads
        ('{"points": ' + "9" * 5000 + "}", "it is not JSON: Exceeds the limit"),
    ],
    ids=range(15),
)
def test_what_is_no_json_object_is_no_answer(said: object, words: str) -> None:
    assert wrong(said).startswith(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # below its range
        ({"points": -1}, "points: Input should be greater than or equal to 0"),
        # of another type
        ({"points": "many"}, "points: Input should be a valid integer"),
        ({"points": 7.5}, "points: Input should be a valid integer, got a number with a fractional part"),
        ({"points": None}, "points: Input should be a valid integer"),
        # more than a database keeps
        ({"points": 2**63}, "its decision holds a whole number of more than 64 bits"),
        ({"points": 10**400}, "its decision holds a whole number of more than 64 bits"),
        # not among the choices
        ({"team": "east"}, "team: Input should be 'north' or 'south'"),
        ({"team": "South"}, "team: Input should be 'north' or 'south'"),
        # no field of it
        ({"secret": 1}, "secret: Extra inputs are not permitted"),
        # more sure than sure
        ({"confidence": 1.01}, "confidence: Input should be less than or equal to 1"),
        ({"confidence": 80}, "confidence: Input should be less than or equal to 1"),
        # a field of the envelope beside the answer
        ({"answer": {}}, "answer: Extra inputs are not permitted"),
        # deep inside
        ({"words": ["a", 7]}, "words.1: Input should be a valid string"),
        # what no database keeps
        ({"rationale": "a\0b"}, "its decision holds a null character"),
        ({"words": ["\ud800"]}, "its decision holds half of a character"),
    ],
)
def test_what_breaks_the_contract_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    assert wrong(GOOD | changes).startswith(words)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("field", ["factor", "confidence", "points"])
def test_a_number_that_is_none_is_refused_wherever_it_stands(field: str, number: str) -> None:
    said = json.dumps(GOOD | {field: "here"}).replace('"here"', number)
    assert wrong(said)


def test_a_missing_field_without_a_default_is_named() -> None:
    assert wrong({"rationale": "Big."}) == "points: Field required"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        # refused, whatever stands beside it
        ({"additional_kwargs": {"refusal": "I cannot judge people."}}, "it refused: I cannot judge people."),
        # refused at length
        ({"additional_kwargs": {"refusal": "x" * 9000}}, f"it refused: {'x' * 500}"),
        # ran out of room, although what there is could be read
        ({"response_metadata": {"finish_reason": "length"}}, "it was cut off, since it ran into the limit"),
    ],
)
def test_a_refusal_and_what_is_cut_off_are_no_answers(message: dict[str, Any], words: str) -> None:
    said = wrong(GOOD, **message)
    assert said.startswith(words)
    assert len(said) < 600


@pytest.mark.parametrize("refusal", [None, ""])
def test_no_refusal_is_no_refusal(refusal: str | None) -> None:
    assert isinstance(read(GOOD, additional_kwargs={"refusal": refusal}).answer, Grade)


def test_a_model_may_ask_those_upstream() -> None:
    asked = read({"answer": {"ask": [{"to": "Score", "text": "why?"}, {"to": "Check", "text": "sure?"}]}}).answer
    assert isinstance(asked, Ask)
    assert asked.requests == (Request(Score, "why?"), Request(Check, "sure?"))


@pytest.mark.parametrize(
    "requests",
    [
        # nobody
        [],
        # somebody who is not upstream
        [{"to": "Verdict", "text": "why?"}],
        # nobody in particular
        [{"text": "why?"}],
        [{"to": None, "text": "why?"}],
        [{"to": ["Score"], "text": "why?"}],
        # nothing
        [{"to": "Score"}],
        # no request
        ["Score"],
        [None],
        # one of two
        [{"to": "Score", "text": "why?"}, {"to": "Verdict", "text": "why?"}],
    ],
)
def test_a_request_that_goes_nowhere_is_no_answer(requests: list[Any]) -> None:
    assert wrong({"ask": requests}) == "ask takes to and text; to is one of Check, Score"


def test_a_model_may_leave_it_to_a_person() -> None:
    assert read({"escalate": "It is too close."}).answer == Escalate("It is too close.")
    assert wrong({"escalate": "a\0b"})


def test_what_follows_is_worked_out_from_the_handoff_and_from_what_was_filled() -> None:
    def derived(handoff: Handoff[Any], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"factor": handoff[Score].probability * filled["points"], "team": "south"}

    made = read({"rationale": "Big.", "points": 6, "confidence": 0.9}, derives(derived))
    assert made == Read(Grade(points=6, factor=3.0, team="south", rationale="Big.", confidence=0.9))


def test_what_follows_cannot_be_said_by_the_model() -> None:
    brief = derives(lambda handoff, filled: {"team": "south"})
    assert wrong({"points": 6, "team": "north"}, brief) == "team: Extra inputs are not permitted"


def test_a_confidence_that_follows_stands_over_what_the_model_says() -> None:
    made = read({"points": 6, "confidence": 0.9}, derives(lambda handoff, filled: {"confidence": 0.25}))
    assert (made.answer, made.confidence_follows) == (Grade(points=6, confidence=0.25), True)
    assert not read({"points": 6}, derives(nothing)).confidence_follows


def test_what_does_not_go_with_the_handoff_is_said_in_the_words_of_who_works_it_out() -> None:
    def derived(handoff: Handoff[Any], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ValueError(f"{filled['points']} points are more than there are")

    assert wrong({"points": 6}, derives(derived)) == "6 points are more than there are"


def test_what_follows_is_held_to_the_contract_too() -> None:
    assert wrong({"points": 6}, derives(lambda handoff, filled: {"team": ""})).startswith("team: ")


def test_a_reply_without_anything_is_read_as_such() -> None:
    reply = reply_of(AIMessage(""))
    assert (reply.text, reply.wanted, reply.refusal, reply.is_cut_off, reply.tokens) == ("", (), "", False, None)
    assert reply.usage == Reply("", AIMessage("")).usage
