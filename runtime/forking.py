"""Forking: a new run of the same case in which a person decided otherwise, beside the run that it was made of."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from graphs.edit import Fields
from graphs.fork import Difference, forked, side_by_side
from graphs.workflow import Workflow, changes_since
from runtime.migrating import case_of
from state.audit import Deed
from state.errors import SignatureChanged
from state.run import Pins, ReviewRow, RunRow
from state.sql.asking import WAITING
from state.sql.audit import append
from state.sql.fork import Origin, read_origin
from state.sql.runs import statuses
from state.sql.store import Store

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

Effects = Literal["hold back", "deliver"]
"""``hold back``: nothing of a fork goes out. ``deliver``: its effects do, as corrections of what went out before."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork beside its origin."""

    run: RunRow
    of: RunRow
    differences: tuple[Difference, ...]
    """Every decision of the workflow, in its order."""
    questions: tuple[ReviewRow, ...]
    """What the fork asks."""


async def fork(roundhouse: "Roundhouse", run: str, changes: Mapping[str, Fields], by: str, effects: Effects) -> Fork:
    """Fork a run, and drive the fork to its end or its first question.

    Raises ``UnknownRun``, ``SignatureChanged``, ``UsageError`` for a decision that is not in the workflow, and
    ``InvalidAnswer`` for a change that breaks its contract.
    """
    origin = await roundhouse.store.read(read_origin, run)
    driver = await roundhouse.driver_of(origin.run.id)
    if origin.pinned.signature != driver.workflow.signature:
        raise SignatureChanged(origin.run.id, driver.name, changes_since(origin.parts, driver.workflow))
    now = datetime.now(UTC)
    begun = forked(driver.workflow, origin.progress, changes, by, now)
    case = case_of(driver.workflow, origin.pinned.case)
    made = await _free_id(roundhouse.store, origin.run.id)
    after = {"run": made, "changes": {name: dict(fields) for name, fields in changes.items()}, "effects": effects}
    await roundhouse.store.write(append, origin.run.id, [Deed(now, "human", by, "forked", "run", after=after)])
    pins = _pins(origin, effects, now)
    await driver.start(case, made, seed=begun.dump(), origin=origin.run.id, pins=pins)
    return await _beside(roundhouse, driver.workflow, origin.run, made)


async def _free_id(store: Store, origin: str) -> str:
    """An id that nobody has yet. It does not begin as its origin's, whose beginning still means the origin alone."""
    while True:
        made = f"fork-{secrets.token_hex(2)}-{origin}"
        if not await store.read(statuses, [made]):
            return made


def _pins(origin: Origin, effects: Effects, now: datetime) -> Pins:
    """What the origin is pinned to, but for where its checkpoints are and who is told of it."""
    pins: Pins = {**origin.pinned.pins, "started_at": now.isoformat(), "delivers": effects == "deliver"}
    pins.pop("thread", None)
    pins.pop("notifies", None)
    return pins


async def _beside(roundhouse: "Roundhouse", workflow: Workflow, origin: RunRow, made: str) -> Fork:
    story = await roundhouse.show(made)
    return Fork(
        run=story.run,
        of=origin,
        differences=tuple(side_by_side(workflow, origin.decisions, story.run.decisions)),
        questions=tuple(review for review in story.reviews if review.status in WAITING),
    )
