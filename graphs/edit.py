"""The edit: a person decides for themselves, held to the same contract as the decision's specialist."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agents.making import kept
from graphs.workflow import Workflow
from state.errors import InvalidAnswer, in_words, problems
from state.progress import Progress, Recorded
from state.record import Maker, Record

Fields = Mapping[str, Any]
"""Some or all fields of a decision, as plain JSON."""


def edited(workflow: Workflow, progress: Progress, name: str, fields: Fields, why: str) -> dict[str, Any]:
    """The value of a decision with these fields over its newest ones, held to its contract. Pure.

    A person is sure, and ``why`` is the rationale, unless the fields say otherwise. Raises ``InvalidAnswer``.
    """
    contract, before = workflow.contracts[name], progress.latest_value(name) or {}
    try:
        value = contract.model_validate({**before, "confidence": 1.0, "rationale": why, **fields})
        return kept(contract, value.model_dump(mode="json")).model_dump(mode="json")
    except ValidationError as invalid:
        words = f"The edit breaks the contract of {name}: {in_words(invalid)}."
        raise InvalidAnswer(words, problems(invalid)) from invalid
    except ValueError as unkept:
        raise InvalidAnswer(f"The edit of {name} {unkept}.") from unkept


def decided(
    workflow: Workflow, progress: Progress, name: str, value: dict[str, Any], maker: Maker, at: datetime
) -> Recorded:
    """A record on the newest versions of the decision's needs, with all its notes seen. Pure."""
    record = Record(
        decision=name,
        version=0,
        outcome="decided",
        maker=maker,
        value=value,
        built_from={need: progress.version(need) for need in workflow.needs[name]},
        notes_seen=len(progress.notes_to(name)),
        made_at=at,
    )
    return Recorded(record=record)
