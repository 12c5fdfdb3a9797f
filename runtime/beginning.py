"""The beginning of a run: the row that it has from then on, where it belongs, and what it is held to."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from graphs.workflow import Workflow
from runtime.attention import Standard
from runtime.held import Held
from state.case import Case
from state.run import Pins
from state.sql.queued import hold_to
from state.sql.store import Store


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


async def begun(store: Store, standard: Callable[[], Awaitable[Standard]], held: Held) -> Held:
    """A run that begins now. One that has waited on the queue is held to what holds by now, not when it was put there.

    So a certificate that was issued or withdrawn meanwhile counts for it.
    """
    if "queued" not in held.pins or held.seed is not None:
        return held
    names, now = ("threshold", "certificate", "withdrawn"), (await standard()).pins
    if {name: value for name, value in held.pins.items() if name in names} == now:
        return held
    others: Any = {name: value for name, value in held.pins.items() if name not in names}
    pins: Pins = {**others, **now}
    await store.write(hold_to, held.lease, pins, datetime.now(UTC))
    return replace(held, pins=pins)
