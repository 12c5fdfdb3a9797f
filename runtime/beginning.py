"""The beginning of a run: the row that it has from then on, and where it belongs."""

from dataclasses import asdict, dataclass
from typing import Any

from graphs.workflow import Workflow
from state.case import Case


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run belongs: its batch and its place in the batch's file."""

    batch: str
    position: int
    """Counts from 0."""


def row_of(workflow: Workflow, name: str, case: Case, run: str, place: Place | None, **facts: Any) -> dict[str, Any]:
    """The row of a run that starts now; ``name`` is that of its workflow in the catalogue, ``facts`` more columns."""
    return {
        "id": run,
        "workflow": name,
        "signature": workflow.signature,
        **(asdict(place) if place else {"batch": None, "position": None}),
        "case_id": case.id,
        "case_data": case.model_dump(mode="json"),
        **facts,
    }
