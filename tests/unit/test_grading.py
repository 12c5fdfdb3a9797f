"""Grading: whether a judged decision was right, declared or by the name of a label column."""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Any, Literal

import pytest

from agents.lead.coordinator import Qualification
from graphs.attention.grading import graded, grading_for, labelled_fields, lane_of
from graphs.escalation import Escalation, Grading
from graphs.lead_qualification import DECLINED, WASTED, lead_qualification
from graphs.workflow import Workflow
from state.decision import Decision
from state.errors import UsageError
from tests.support.leads import owner
from tests.support.sorting import sorting, unjudged
from tests.support.triage import triage


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Verdict(Decision):
    level: Literal["low", "high"] = "low"
    size: Size = Size.SMALL
    count: int = 3
    weight: float | None = None
    is_odd: bool = False
    words: str = "a"
    reasons: tuple[str, ...] = ()


class Listed(Decision):
    reasons: tuple[str, ...] = ()


JUDGING = Workflow(
    name="judging",
    case=sorting.case,
    specialists=(owner(Verdict),),
    escalation=Escalation(judged=Verdict, threshold=0.5),
)


@pytest.mark.parametrize(
    ("field", "value", "right", "wrong"),
    [
        ("level", "low", ["low"], ["high"]),
        ("size", Size.LARGE, ["l"], ["s"]),
        ("count", 3, ["3", "3.0", "3e0"], ["4", "-3"]),
        ("weight", 0.5, ["0.50", ".5"], ["0.51"]),
        ("weight", None, [""], ["0.5"]),
        ("is_odd", True, ["yes", "True", "1", "YES"], ["no", "false", "0"]),
        ("is_odd", False, ["no", "FALSE", "0"], ["yes", "true", "1"]),
        ("words", "a b", ["a b"], ["A b", "a"]),
    ],
)
def test_a_label_is_compared_as_what_the_field_is(field: str, value: Any, right: list[str], wrong: list[str]) -> None:
    grading = grading_for(JUDGING, [f"Verdict.{field}"])
    decided = Verdict(**{field: value})
    assert [graded(grading, decided, label) for label in right] == [None] * len(right)
    assert [graded(grading, decided, label) for label in wrong] == ["wrong"] * len(wrong)


@pytest.mark.parametrize(
    ("field", "label", "says"),
    [
        ("level", "Low", "Use low, high"),
        ("size", "SMALL", "Use s, l"),
        ("count", "three", "Use a number"),
        ("is_odd", "maybe", "Use yes or no"),
    ],
)
def test_a_label_that_can_never_be_right_is_told(field: str, label: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        graded(grading_for(JUDGING, [f"Verdict.{field}"]), Verdict(), label)


@pytest.mark.parametrize(
    ("field", "choices", "lane"),
    [
        ("level", ("low", "high"), "low"),
        ("size", ("s", "l"), "s"),
        ("is_odd", ("yes", "no"), "no"),
        ("count", (), "3"),
        ("weight", (), ""),
    ],
)
def test_a_reviewer_may_choose_from_what_the_field_can_be(field: str, choices: tuple[str, ...], lane: str) -> None:
    grading = grading_for(JUDGING, [f"Verdict.{field}"])
    assert (grading.label, grading.field, grading.choices) == (f"Verdict.{field}", field, choices)
    assert lane_of(grading, Verdict()) == lane


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ([], "no label column. There is no column beside .* Give a column 'Team.team'"),
        (["price", "note"], "no label column. Beside the fields of the case there is 'price', 'note'"),
        (["Priority.level"], "decides no Priority, but .*Urgency"),
        (["Urgency.level"], "not Urgency is judged, but Team"),
        (["Team.colour"], "Team has no such field of a single value, but team"),
        (["Team.confidence"], "Team has no such field of a single value, but team"),
        (["Team.team", "Urgency.level"], "not Urgency is judged"),
    ],
)
def test_labels_that_grade_nothing_are_told_with_what_there_is(headings: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        grading_for(triage, headings)
    assert "\n" not in str(raised.value)


def test_only_a_field_of_a_single_value_can_be_labelled() -> None:
    assert labelled_fields(Verdict) == ["level", "size", "count", "weight", "is_odd", "words"]
    with pytest.raises(UsageError, match="Verdict has no such field of a single value, but level"):
        grading_for(JUDGING, ["Verdict.reasons"])
    listed = replace(JUDGING, specialists=(owner(Listed),), escalation=Escalation(judged=Listed, threshold=0.5))
    with pytest.raises(UsageError, match="No field of Listed has a single value"):
        grading_for(listed, [])


def test_a_case_is_graded_by_one_label_only() -> None:
    with pytest.raises(UsageError, match=r"graded by one of them\. Leave the others out"):
        grading_for(sorting, ["Route.hall", "Route.weight"])


def test_a_workflow_that_judges_nothing_cannot_be_graded() -> None:
    with pytest.raises(UsageError, match="'sorting' declares no escalation"):
        grading_for(unjudged, ["Route.hall"])


def test_a_declared_grading_comes_first_and_needs_its_column() -> None:
    leads = lead_qualification()
    grading = grading_for(leads, ["source", "converted", "Qualification.lane"])
    known = {"probability": 0.5, "expected_value": 1.0, "flagged": False}
    declined, contacted = Qualification(**known, lane="decline"), Qualification(**known, lane="contact")
    assert graded(grading, declined, "yes") == DECLINED
    assert graded(grading, contacted, "no") == WASTED
    assert graded(grading, contacted, "yes") is graded(grading, declined, "no") is None
    with pytest.raises(UsageError, match="have no column 'converted'"):
        grading_for(leads, ["outcome"])


def declaring(error: Callable[[Any, str], str | None], label: str = "found") -> Workflow:
    assert sorting.escalation is not None
    grading = Grading(label=label, field="hall", error=error)
    return replace(sorting, escalation=replace(sorting.escalation, grading=grading))


def test_a_label_that_the_case_shows_to_specialists_is_none() -> None:
    with pytest.raises(UsageError, match="'clarity' of 'sorting' is a field of its case"):
        grading_for(declaring(lambda route, label: None, "clarity"), ["clarity"])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (lambda route, label: str(1 / 0), "by 'found' raised ZeroDivisionError"),
        (lambda route, label: "lost", "'lost', which is none of its kinds"),
    ],
)
def test_a_grading_that_fails_is_one_line(error: Callable[[Any, str], str], says: str) -> None:
    grading = grading_for(declaring(error), ["found"])
    with pytest.raises(UsageError, match=says):
        graded(grading, Verdict(), "x")
