"""Grading: whether a judged decision was right, by what a labelled file or an outcome says of its case.

A workflow declares it, or else it follows from a label column that is named for a field of the judged decision, such as
``Priority.level``, and holds what it should have been.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from graphs.escalation import Escalation, Grading
from graphs.workflow import Workflow
from state.case import headings as case_headings
from state.decision import Decision
from state.errors import RoundhouseError, UsageError

ValueT = TypeVar("ValueT")

WRONG = "wrong"
"""The one kind of error where the workflow tells none apart."""

TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
"""How a label says whether, in any case of letters."""

LABELLING = re.compile(r"([^\W\d]\w*)\.([^\W\d]\w*)")
"""A heading that names a decision and one of its fields."""

SHOWN = 12
"""How many headings a message lists."""


def grading_for(workflow: Workflow, headings: Iterable[str]) -> Grading:
    """The grading that the workflow declares, or else the one that the headings of the label columns make.

    ``headings`` are of the columns that are no fields of the case. Raises ``UsageError`` where they give no label.
    """
    escalation, given = escalation_of(workflow), tuple(headings)
    declared = escalation.grading
    if declared is None:
        return _made(workflow, escalation.judged, given)
    if declared.label in case_headings(workflow.case).values():
        raise UsageError(
            f"The label {declared.label!r} of {workflow.name!r} is a field of its case, so that specialists would see "
            "it before they decide. Take it out of the case."
        )
    if declared.label not in given:
        raise UsageError(
            f"The labelled cases have no column {declared.label!r}, which says what happened to a case of "
            f"{workflow.name!r}. {_beside(given)}"
        )
    return declared


def escalation_of(workflow: Workflow) -> Escalation:
    """The escalation of a workflow. Raises ``UsageError`` where it has none."""
    if workflow.escalation is None:
        raise UsageError(
            f"Workflow {workflow.name!r} declares no escalation, so that none of its decisions is judged. "
            "Give it escalation=Escalation(judged=..., threshold=...)."
        )
    return workflow.escalation


def graded(grading: Grading, decision: Decision, label: str) -> str | None:
    """The kind of error of a judged decision, given the label; None where it was right.

    Raises ``UsageError`` where the label cannot be compared, or the declared grading fails.
    """
    try:
        kind = grading.error(decision, label)
    except RoundhouseError:
        raise
    except Exception as raised:
        raise UsageError(f"The grading by {grading.label!r} raised {raised!r} on the label {label!r:.80}.") from raised
    if kind is not None and kind not in grading.kinds:
        raise UsageError(f"The grading by {grading.label!r} found {kind!r:.80}, which is none of its kinds of error.")
    return kind


def labelled_fields(judged: type[Decision]) -> list[str]:
    """The fields of a judged decision that a label can speak of: its own, of a single value."""
    own = {name: field.annotation for name, field in judged.model_fields.items() if name not in Decision.model_fields}
    return [name for name, annotation in own.items() if _is_single(annotation)]


def lane_of(grading: Grading, decision: Decision) -> str:
    """The value of the field that is graded, as text."""
    return text_of(getattr(decision, grading.field, None))


def text_of(value: object) -> str:
    """A value of a field as a label says it: yes or no, and nothing for None."""
    match value:
        case None:
            return ""
        case Enum(value=inner):
            return text_of(inner)
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _made(workflow: Workflow, judged: type[Decision], headings: Sequence[str]) -> Grading:
    field = _labelled_field(workflow, judged, headings)
    heading, choices = f"{judged.__name__}.{field}", _choices(judged.model_fields[field].annotation)
    return Grading(label=heading, field=field, error=_comparing(heading, field, choices), choices=choices)


def _labelled_field(workflow: Workflow, judged: type[Decision], headings: Sequence[str]) -> str:
    """The one field of the judged decision that has a label column."""
    name, fields = judged.__name__, labelled_fields(judged)
    if not fields:
        raise UsageError(f"No field of {name} has a single value to compare. Declare Escalation(grading=Grading(...)).")
    needed = f"Give a column {' or '.join(repr(f'{name}.{field}') for field in fields[:SHOWN])} with what is right."
    labels = [found.groups() for heading in headings if (found := LABELLING.fullmatch(heading))]
    if not labels:
        raise UsageError(f"The labelled cases have no label column. {_beside(headings)} {needed}")
    for decision, field in labels:
        if decision not in workflow.contracts:
            there = ", ".join(workflow.order)
            raise UsageError(f"The label {decision}.{field}: {workflow.name!r} decides no {decision}, but {there}.")
        if decision != name:
            raise UsageError(f"The label {decision}.{field}: not {decision} is judged, but {name}. {needed}")
        if field not in fields:
            raise UsageError(
                f"The label {decision}.{field}: {name} has no such field of a single value, but {', '.join(fields)}."
            )
    if len(labels) > 1:
        both = " and ".join(f"{name}.{field}" for _, field in labels)
        raise UsageError(f"There are the labels {both}, and a case is graded by one of them. Leave the others out.")
    return labels[0][1]


def _beside(headings: Sequence[str]) -> str:
    if not headings:
        return "There is no column beside the fields of the case."
    more = f" and {len(headings) - SHOWN} more" if len(headings) > SHOWN else ""
    return f"Beside the fields of the case there is {', '.join(f'{each!r:.60}' for each in headings[:SHOWN])}{more}."


def _is_single(annotation: Any) -> bool:
    """Whether a field of that type holds one text, number, choice or truth, or None."""
    if isinstance(annotation, type):
        return issubclass(annotation, str | int | float | Enum)
    if get_origin(annotation) is Literal:
        return True
    return get_origin(annotation) in (Union, UnionType) and all(
        each is NoneType or _is_single(each) for each in get_args(annotation)
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    """The values that a field of that type can have; empty where any text will do."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(map(text_of, annotation))
    if annotation is bool:
        return text_of(True), text_of(False)
    if get_origin(annotation) is Literal:
        return tuple(map(text_of, get_args(annotation)))
    inner = [each for each in get_args(annotation) if each is not NoneType]
    return _choices(inner[0]) if len(inner) == 1 < len(get_args(annotation)) else ()


def _comparing(heading: str, field: str, choices: tuple[str, ...]) -> Callable[[Any, str], str | None]:
    return partial(_compared, heading, field, choices)


def _compared(heading: str, field: str, choices: tuple[str, ...], decision: Decision, label: str) -> str | None:
    value = getattr(decision, field)
    decided = value.value if isinstance(value, Enum) else value
    return None if _is_said(decided, label, heading, choices) else WRONG


def _is_said(decided: object, label: str, heading: str, choices: tuple[str, ...]) -> bool:
    """Whether a label says what was decided. Raises ``UsageError`` where it can say nothing of the kind."""
    match decided:
        case bool():
            return decided is _read(TRUTH.get(label.lower()), label, heading, "yes or no")
        case int() | float():
            return decided == _read(_number(label), label, heading, "a number")
        case _ if choices:
            return text_of(decided) == _read(label if label in choices else None, label, heading, ", ".join(choices))
        case _:
            return text_of(decided) == label


def _read(value: ValueT | None, label: str, heading: str, allowed: str) -> ValueT:
    if value is None:
        raise UsageError(f"The label {label!r:.80} under {heading!r} cannot be compared. Use {allowed}.")
    return value


def _number(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None
