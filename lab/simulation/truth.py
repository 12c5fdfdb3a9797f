"""The truth of a case: what a team without any fault decides. Every trial is held against it."""

from collections.abc import Mapping
from typing import Any

from graphs.workflow import Workflow
from lab.simulation.substance import substance
from state.progress import Progress

Truth = Mapping[str, Mapping[str, Any]]
"""The right fields of each decision, as plain JSON, by the decision's name."""


def is_right(workflow: Workflow, progress: Progress, truth: Truth, name: str) -> bool:
    """Whether the latest value of a decision is, in substance, what it is without any fault. Pure."""
    record = progress.latest(name)
    if record is None or record.value is None or name not in truth:
        return False
    contract = workflow.contracts[name]
    return substance(contract, record.value) == substance(contract, truth[name])
