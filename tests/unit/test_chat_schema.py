from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from agents.brief import Brief
from agents.chat.schema import AnswerSchema, OwnAnswer, answer_schema, described, filled_fields, filled_type
from agents.tools.tool import Finding
from state.decision import Decision
from tests.support.leads import Check, Score, Verdict

BRIEF = Brief("Decide.")


class Size(Enum):
    """A closed choice."""

    SMALL = "small"
    LARGE = "large"


class Part(BaseModel):
    """A part of a whole."""

    title: str = "none"
    share: float = Field(default=0.5, ge=0, le=1)
    inner: "Part | None" = None


class Report(Decision):
    """Has a field of every kind that a strict answer can say."""

    title: str = "untitled"
    """What stands above it."""
    default: str = "x"
    team: str = Field(default="north", min_length=1)
    size: Size = Size.SMALL
    kind: Literal["long", "short"] = "long"
    fixed: Literal["only"] = "only"
    is_final: bool = False
    maybe: int | None = None
    parts: tuple[Part, ...] = ()
    main: Part = Part()


class Labels(Decision):
    """Has a map with free keys."""

    labels: dict[str, int] = Field(default_factory=dict)


class Pair(Decision):
    """Has a tuple of fixed places."""

    pair: tuple[int, str] = (1, "a")


def schema_of(
    decides: type[Decision], brief: Brief = BRIEF, may: tuple[OwnAnswer, ...] = (), ask: tuple[str, ...] = ()
) -> AnswerSchema:
    return answer_schema(filled_type(decides, brief), may, ask)


def objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema of an object, at every level."""
    match schema:
        case dict():
            if "properties" in schema:
                yield schema
            for part in schema.values():
                yield from objects(part)
        case list():
            for each in schema:
                yield from objects(each)


def keywords(schema: Any) -> Iterator[str]:
    """Every keyword, at every level; names of fields and of parts are none."""
    match schema:
        case dict():
            for key, part in schema.items():
                yield key
                yield from keywords(list(part.values()) if key in ("properties", "$defs") else part)
        case list():
            for each in schema:
                yield from keywords(each)


ALL = schema_of(Report, may=("ask", "escalate"), ask=("Score",))


def test_every_field_is_required_and_no_other_is_allowed_at_every_level() -> None:
    found = list(objects(ALL.schema))
    assert len(found) == 6, "the envelope, three answers, a request and the part"
    for each in found:
        assert each["required"] == list(each["properties"])
        assert each["additionalProperties"] is False


def test_what_says_nothing_to_a_model_is_left_out_and_fields_of_such_names_stay() -> None:
    assert not {"title", "default", "examples"} & set(keywords(ALL.schema))
    decision = schema_of(Report).schema["properties"]
    assert {"title", "default"} <= set(decision)
    assert decision["title"] == {"description": "What stands above it.", "type": "string"}
    assert "title" in ALL.schema["$defs"]["Part"]["properties"]


def test_the_rationale_comes_first_and_the_confidence_last() -> None:
    names = list(schema_of(Report).schema["properties"])
    assert (names[0], names[-1]) == ("rationale", "confidence")
    assert tuple(names) == filled_fields(Report, BRIEF)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        # one value of several
        ("kind", {"type": "string", "enum": ["long", "short"]}),
        # one value only
        ("fixed", {"type": "string", "const": "only"}),
        # yes or no
        ("is_final", {"type": "boolean"}),
        # a value that may be missing: there is no leaving it out
        ("maybe", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        # several of a kind
        ("parts", {"type": "array", "items": {"$ref": "#/$defs/Part"}}),
        # an enum is a part of its own
        ("size", {"$ref": "#/$defs/Size"}),
    ],
)
def test_a_field_is_described_by_its_type(field: str, schema: dict[str, Any]) -> None:
    assert schema_of(Report).schema["properties"][field] == schema


def test_parts_stand_beside_the_answer_where_they_can_be_referred_to() -> None:
    for schema in (schema_of(Report).schema, ALL.schema):
        assert set(schema["$defs"]) == {"Part", "Size"}
        assert schema["$defs"]["Size"]["enum"] == ["small", "large"]
        assert schema["$defs"]["Part"]["properties"]["inner"]["anyOf"][0] == {"$ref": "#/$defs/Part"}


def test_a_part_says_what_its_range_is() -> None:
    share = schema_of(Report).schema["$defs"]["Part"]["properties"]["share"]
    assert (share["minimum"], share["maximum"]) == (0, 1)


@pytest.mark.parametrize(
    ("decides", "is_strict"),
    [
        # what the strict form can say
        (Report, True),
        (Score, True),
        # keys that are not known beforehand
        (Labels, False),
        # another type in each place
        (Pair, False),
    ],
)
def test_what_has_no_strict_form_does_not_claim_one(decides: type[Decision], is_strict: bool) -> None:
    schema = schema_of(decides)
    assert schema.is_strict is is_strict
    assert schema.response_format["json_schema"]["strict"] is is_strict
    assert schema.as_tool["function"]["strict"] is is_strict


def test_a_map_keeps_its_free_keys() -> None:
    assert schema_of(Labels).schema["properties"]["labels"] == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }


def test_only_what_the_seat_fills_is_asked_for() -> None:
    brief = Brief("Decide.", fills=("team", "kind"))
    assert list(schema_of(Report, brief).schema["properties"]) == ["rationale", "team", "kind", "confidence"]
    with pytest.raises(ValidationError, match="is_final"):
        filled_type(Report, brief).model_validate({"is_final": True})


def test_a_brief_narrows_a_text_to_its_choices() -> None:
    brief = Brief("Decide.", choices={"team": ("north", "south")})
    team = schema_of(Report, brief).schema["properties"]["team"]
    assert team["enum"] == ["north", "south"]
    filled = filled_type(Report, brief)
    assert filled.model_validate({"team": "south"}).model_dump()["team"] == "south"
    with pytest.raises(ValidationError, match="'north' or 'south'"):
        filled.model_validate({"team": "east"})


def test_the_confidence_is_asked_for_in_its_own_words_and_half_where_it_is_left_out() -> None:
    confidence = schema_of(Score).schema["properties"]["confidence"]
    assert confidence["description"] == "How sure you are, 0 to 1"
    assert (confidence["minimum"], confidence["maximum"]) == (0, 1)
    assert filled_type(Score, BRIEF).model_validate({}).model_dump()["confidence"] == 0.5


def test_the_contract_of_the_decision_itself_is_left_as_it_is() -> None:
    filled_type(Verdict, Brief("Decide.", choices={"lane": ("sales",)}))
    assert Verdict(lane="nurture").confidence == 1.0


@pytest.mark.parametrize(
    ("may", "ask", "others"),
    [
        # nothing but the decision
        ((), ("Score",), []),
        # nobody upstream
        (("ask",), (), []),
        # each alone
        (("ask",), ("Score", "Check"), ["ask"]),
        (("escalate",), (), ["escalate"]),
        # both
        (("ask", "escalate"), ("Score",), ["ask", "escalate"]),
    ],
)
def test_the_answer_is_one_of_what_the_seat_may_answer(
    may: tuple[OwnAnswer, ...], ask: tuple[str, ...], others: list[str]
) -> None:
    schema = schema_of(Check, may=may, ask=ask).schema
    if not others:
        assert list(schema["properties"]) == ["rationale", "flagged", "confidence"]
        return
    assert list(schema["properties"]) == ["answer"]
    decision, *rest = schema["properties"]["answer"]["anyOf"]
    assert list(decision["properties"]) == ["rationale", "flagged", "confidence"]
    assert [list(each["properties"]) for each in rest] == [[name] for name in others]


def test_a_request_goes_to_one_of_those_upstream_in_a_fixed_order() -> None:
    first, second = (schema_of(Check, may=("ask",), ask=ask).schema for ask in (("B", "A"), ("A", "B")))
    requests = first["properties"]["answer"]["anyOf"][1]["properties"]["ask"]
    assert requests["items"]["properties"]["to"]["enum"] == ["A", "B"]
    assert requests["minItems"] == 1
    assert first == second


def test_an_answer_can_be_asked_for_as_a_tool() -> None:
    schema = schema_of(Check)
    assert schema.as_tool["type"] == "function"
    function = schema.as_tool["function"]
    assert (function["name"], function["parameters"]) == ("Check", schema.schema)


class Query(BaseModel):
    """What a tool is called with."""

    place: str = "here"
    most: int | None = None


class OpenQuery(BaseModel):
    """What a tool is called with that takes anything."""

    filters: dict[str, str]


class Look:
    """A tool that finds nothing."""

    name, description = "look", "Looks."

    def __init__(self, arguments: type[BaseModel]) -> None:
        self.arguments = arguments

    async def call(self, arguments: BaseModel) -> Finding:
        raise AssertionError("nobody calls it")


def test_a_tool_is_described_in_the_strict_form_where_it_has_one() -> None:
    function = described(Look(Query))["function"]
    assert (function["name"], function["description"], function["strict"]) == ("look", "Looks.", True)
    assert function["parameters"]["required"] == ["place", "most"]
    assert not {"title", "default"} & set(keywords(function["parameters"]))
    assert described(Look(OpenQuery))["function"]["strict"] is False
