import json
from enum import Enum
from math import log
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from agents.brief import Brief
from agents.chat.confidence import agreed, value_probability, weighed_field
from agents.chat.reply import Token, reply_of, usage_of
from agents.chat.schema import filled_type
from agents.position import whole_content
from state.decision import Decision
from tests.support.leads import Check, Score, Verdict


def tokens(*parts: str | tuple[str, float]) -> tuple[Token, ...]:
    """Tokens, certain where nothing else is said."""
    return tuple(Token(part, 0.0) if isinstance(part, str) else Token(part[0], log(part[1])) for part in parts)


@pytest.mark.parametrize(
    ("said", "probability"),
    [
        # a token of its own
        (tokens('{"lane": "', ("sales", 0.6), '"}'), 0.6),
        # each token of the value counts
        (tokens('{"lane": "', ("sa", 0.5), ("les", 0.5), '"}'), 0.25),
        # no other does
        (tokens(('{"rationale": "why", ', 0.1), '"lane": "', ("sales", 0.6), ('", "confidence": 1}', 0.1)), 0.6),
        # one that holds the opening quote and the value
        (tokens('{"lane":', (' "sales', 0.6), '"}'), 0.6),
        # one that holds the value and the closing brace
        (tokens('{"lane": "', ("sales", 0.6), ('"}', 0.1)), 0.6),
        (tokens('{"lane": "', ('sales"}', 0.6)), 0.6),
        # one that holds everything
        (tokens(('{"lane": "sales"}', 0.6)), 0.6),
        # what stands between quotes only
        (tokens('{"lane": ', ('"', 0.1), ("sales", 0.6), ('"', 0.1), "}"), 0.6),
        # no text
        (tokens('{"lane":', (" true", 0.6), "}"), 0.6),
        (tokens('{"lane": ', ("0", 0.5), (".", 0.5), ("7", 0.5), ("}", 0.1)), 0.125),
        (tokens('{"lane": ', ("null", 0.6), "}"), 0.6),
        # escapes in the value
        (tokens('{"lane": "', ('a\\"b', 0.5), ("\\u00e9", 0.5), '"}'), 0.25),
        # its name inside a text is no key
        (tokens(('{"rationale": "the \\"lane\\": \\"x\\" it is", ', 0.1), '"lane": "', ("sales", 0.6), '"}'), 0.6),
        # of two keys the last counts, as in the answer itself
        (tokens('{"lane": "', ("sales", 0.2), '", "lane": "', ("nurture", 0.7), '"}'), 0.7),
        # in an envelope, and wrapped as code
        (tokens('```json\n{"answer": {"lane" : "', ("sales", 0.6), '"}}\n```'), 0.6),
        # letters of more than one byte before it
        (tokens('{"rationale": "für 👩\u200d🔬", "lane": "', ("é", 0.6), '"}'), 0.6),
        # tokens without any text
        (tokens("", '{"lane": "', "", ("sales", 0.6), ("", 0.1), '"}'), 0.6),
        # not possible at all, by rounding
        ((Token('{"lane": "', 0.0), Token("sales", -9999.0), Token('"}', 0.0)), 0.0),
        # more than certain, by rounding
        ((Token('{"lane": "', 0.0), Token("sales", 1e-6), Token('"}', 0.0)), 1.0),
    ],
)
def test_the_probability_of_a_value_is_that_of_the_tokens_it_stands_in(
    said: tuple[Token, ...], probability: float
) -> None:
    assert value_probability("lane", said) == pytest.approx(probability)


@pytest.mark.parametrize(
    "text",
    [
        # nothing
        "",
        # prose
        "The lane is sales.",
        # another field
        '{"team": "sales"}',
        # a name that only ends so
        '{"by lane": "sales"}',
        # broken off before the value, and within it
        '{"lane": ',
        '{"lane": "sal',
    ],
)
def test_a_value_that_is_not_there_has_no_probability(text: str) -> None:
    assert value_probability("lane", tokens((text, 0.5))) is None


def test_a_name_is_taken_as_it_is() -> None:
    assert value_probability("l.ne", tokens(('{"lane": "x"}', 0.5))) is None
    assert value_probability("für", tokens(('{"f\\u00fcr": "x"}', 0.5))) == pytest.approx(0.5)


@given(text=st.text(max_size=20), size=st.integers(1, 7), before=st.text(max_size=20))
def test_however_an_answer_is_cut_into_tokens_only_those_of_the_value_count(text: str, size: int, before: str) -> None:
    said = json.dumps({"rationale": before, "lane": text, "confidence": 1})
    start = said.rindex('"lane": "') + len('"lane": "')
    end = said.rindex('", "confidence"')
    parts = [(place, said[place : place + size]) for place in range(0, len(said), size)]
    inside = sum(1 for place, part in parts if place < end and place + len(part) > start)
    found = value_probability("lane", tokens(*((part, 0.9) for _, part in parts)))
    assert found == pytest.approx(0.9**inside)


@pytest.mark.parametrize(
    ("lanes", "winner", "share"),
    [
        # alone
        ("a", 0, 1.0),
        # all the same
        ("aaa", 0, 1.0),
        # most of them
        ("abb", 1, 2 / 3),
        # at a tie the side that came first
        ("abab", 0, 0.5),
        ("baab", 0, 0.5),
        # everybody says something else
        ("abc", 0, 1 / 3),
    ],
)
def test_the_first_of_the_largest_side_decides_with_that_sides_share(lanes: str, winner: int, share: float) -> None:
    decisions = [Verdict(lane=lane, rationale=str(place)) for place, lane in enumerate(lanes)]
    decision, found = agreed(decisions, whole_content)
    assert decision is decisions[winner]
    assert found == pytest.approx(share)


def test_answers_agree_where_their_positions_do() -> None:
    decisions = [Score(probability=0.1), Score(probability=0.8), Score(probability=0.9)]
    decision, share = agreed(decisions, lambda score: score.probability > 0.5)
    assert decision is decisions[1]
    assert share == pytest.approx(2 / 3)
    assert agreed(decisions, whole_content)[1] == pytest.approx(1 / 3)


class Size(Enum):
    """A closed choice."""

    SMALL = "small"
    LARGE = "large"


class Sized(Decision):
    """Its second field is the first choice."""

    note: str = ""
    size: Size = Size.SMALL
    is_final: bool = False


class Fixed(Decision):
    """One value only."""

    only: Literal["x"] = "x"


@pytest.mark.parametrize(
    ("decides", "brief", "field"),
    [
        # a number is no choice
        (Score, Brief(""), None),
        # an open text is none
        (Verdict, Brief(""), None),
        # which its brief may close
        (Verdict, Brief("", choices={"lane": ("sales", "nurture")}), "lane"),
        # yes or no
        (Check, Brief(""), "flagged"),
        # the first of several, an enum
        (Sized, Brief(""), "size"),
        # the first that it fills
        (Sized, Brief("", fills=("note", "is_final")), "is_final"),
        # one value only
        (Fixed, Brief(""), "only"),
        # what is declared
        (Sized, Brief("", weighed="is_final"), "is_final"),
        (Score, Brief("", weighed="probability"), "probability"),
    ],
)
def test_the_first_closed_choice_is_weighed_where_nothing_is_declared(
    decides: type[Decision], brief: Brief, field: str | None
) -> None:
    assert weighed_field(filled_type(decides, brief), brief) == field


def test_a_token_is_never_more_than_certain() -> None:
    assert [Token("a", log(0.5)).probability, Token("a", 0.1).probability] == [pytest.approx(0.5), 1.0]


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        # nothing
        (None, (0, 0, 0)),
        # without details
        ({"input_tokens": 9, "output_tokens": 2}, (9, 2, 0)),
        # details without what is asked for
        ({"input_tokens": 9, "output_tokens": 2, "input_token_details": {"cache_read": None}}, (9, 2, 0)),
        # all of it
        ({"input_tokens": 9, "output_tokens": 2, "input_token_details": {"cache_read": 4}}, (9, 2, 4)),
        # nothing, in so many words
        ({"input_tokens": None, "output_tokens": None, "input_token_details": None}, (0, 0, 0)),
    ],
)
def test_usage_that_is_not_told_is_none(told: Any, usage: tuple[int, int, int]) -> None:
    found = usage_of(told)
    assert (found.tokens_in, found.tokens_out, found.tokens_cached) == usage


@pytest.mark.parametrize(
    "logprobs",
    [
        # not told
        None,
        {},
        {"content": None},
        {"content": []},
        # told in another form
        [0.5, 0.5],
    ],
)
def test_probabilities_that_are_not_told_are_none(logprobs: Any) -> None:
    assert reply_of(AIMessage("a", response_metadata={"logprobs": logprobs})).tokens is None
