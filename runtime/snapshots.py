"""Snapshots: what a run's graph has come to, and what it is resumed with."""

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command, StateSnapshot

from state.progress import Progress
from state.review import Answer


def sends_back(answer: Command[Any]) -> bool:
    """Whether a graph is resumed with an answer that has a decision made again."""
    return any(each["action"] == "send_back" for each in (answer.resume or {}).values())


def progress_of(snapshot: StateSnapshot) -> Progress:
    """What a run has come to at a snapshot."""
    return progress_in(snapshot.values)


def progress_in(values: Mapping[str, Any]) -> Progress:
    """What a run has come to by the values of its state."""
    return Progress.parse(values.get("progress") or {})


def resumption(snapshot: StateSnapshot, answer: Answer) -> Command[Any]:
    """What a graph that waits is resumed with."""
    return Command(resume={snapshot.interrupts[0].id: answer.model_dump(mode="json")})
