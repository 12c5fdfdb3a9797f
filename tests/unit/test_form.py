from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from graphs.lead_qualification import lead_qualification
from state.decision import Decision
from state.form import FormField, fields_of, filled, shown


class Part(BaseModel):
    column: str


class Verdict(Decision):
    """All kinds of fields."""

    count: int = Field(ge=1, le=9)
    """How many."""
    share: float | None = None
    lane: Literal["contact", "decline"]
    lanes: tuple[Literal["a", "b"], ...] = ()
    sure: bool = False
    words: list[str] = Field(default=[])
    parts: tuple[Part, ...] = ()
    text: str = Field(default="", max_length=50)
    only: Literal["x"] = "x"
    either: int | str = 0
    part: Part | None = None


FIELDS = {field.name: field for field in fields_of(Verdict)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("count", "whole number"),
        ("share", "number"),
        ("lane", "choice"),
        ("lanes", "choices"),
        ("sure", "yes or no"),
        ("words", "words"),
        ("parts", "json"),
        ("text", "long text"),
        # one choice is a choice
        ("only", "choice"),
        # what may be one of several types has no widget of its own
        ("either", "json"),
        # nor has a value with fields of its own
        ("part", "json"),
        ("confidence", "number"),
    ],
)
def test_every_kind_of_field_has_its_widget(name: str, kind: str) -> None:
    assert FIELDS[name].kind == kind


def test_a_field_knows_its_bounds_its_documentation_and_whether_it_is_needed() -> None:
    count = FIELDS["count"]
    assert (count.minimum, count.maximum, count.about, count.required) == (1, 9, "How many.", True)
    assert FIELDS["text"].longest == 50
    assert FIELDS["lane"].choices == ("contact", "decline")
    assert FIELDS["lanes"].choices == ("a", "b")
    assert (FIELDS["share"].optional, FIELDS["sure"].optional) == (True, False)
    assert FIELDS["sure"].default is False


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("count", 3, 3),
        ("lane", "decline", "decline"),
        ("words", "one\n\n  two ", ["one", "two"]),
        ("parts", '[{"column": "a"}]', [{"column": "a"}]),
        ("share", None, None),
        ("part", "", None),
    ],
)
def test_what_was_filled_in_becomes_plain_json(name: str, given: Any, value: Any) -> None:
    assert filled((FIELDS[name],), {name: given}) == ({name: value}, {})


@pytest.mark.parametrize("given", ["", "   ", None])
def test_an_empty_text_is_left_to_the_contract(given: str | None) -> None:
    assert filled((FIELDS["text"],), {"text": given}) == ({}, {})


def test_what_is_not_json_is_said_at_its_field() -> None:
    values, wrong = filled((FIELDS["parts"], FIELDS["count"]), {"parts": "[", "count": 2})
    assert values == {"count": 2}
    assert "is not JSON" in wrong["parts"]


def test_nesting_without_end_is_said_and_not_raised() -> None:
    _, wrong = filled((FIELDS["parts"],), {"parts": "[" * 100_000})
    assert "is not JSON" in wrong["parts"]


@pytest.mark.parametrize(
    "value",
    [
        {"count": 2, "share": 0.5, "lane": "contact", "words": ["a", "b"], "parts": [{"column": "x"}], "text": "t"},
        {"count": 9, "share": None, "lane": "decline", "lanes": ["b"], "sure": True, "part": {"column": "y"}},
    ],
)
def test_a_value_survives_its_form(value: dict[str, Any]) -> None:
    fields = tuple(FIELDS.values())
    whole = Verdict.model_validate(value).model_dump(mode="json")
    values, wrong = filled(fields, {field.name: shown(field, whole[field.name]) for field in fields})
    assert wrong == {}
    assert Verdict.model_validate(values).model_dump(mode="json") == whole


def test_every_field_of_the_leads_is_documented() -> None:
    workflow = lead_qualification()
    for contract in (workflow.case, *workflow.contracts.values()):
        undocumented = [field.name for field in fields_of(contract) if not field.about]
        assert undocumented == [], contract.__name__


def test_fields_go_by_their_names_and_not_by_their_headings() -> None:
    assert fields_of(lead_qualification().case)[0] == FormField(
        name="id", kind="text", label="Id", about="Identifies the lead", required=True, longest=200
    )
