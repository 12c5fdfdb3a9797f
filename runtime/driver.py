"""The driver: takes one run of a workflow from where it stands to its end or its next question.

One driver drives a run at a time, under a lease. Whatever happens, the run is projected into the tables when the
driver lets go: completed, waiting, rejected, or failed with the reason.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, StateSnapshot

from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle, agenda
from graphs.answers import answer_events
from graphs.hub import hub
from graphs.workflow import Workflow, differences
from runtime.identity import is_dead
from state.case import Case
from state.errors import LeaseLost, RoundhouseError, RunBusy, SignatureChanged, StaleAnswer
from state.progress import Progress
from state.review import Answer, Question
from state.run import Pins, RunStatus
from state.sql.projection import Effect, Projection, project
from state.sql.reviews import accept, refuse, unapplied, withdraw
from state.sql.runs import (
    Lease,
    driver_of,
    find_run,
    insert_run,
    keep_signature,
    release_lease,
    signature_parts,
    take_lease,
)
from state.sql.store import Store

PATIENCE = 10.0
"""Seconds that an answer waits for another driver to let go of its run."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run belongs: its batch and its place in the batch's file."""

    batch: str
    position: int
    """Counts from 0."""


class Driver:
    """Drives runs of one workflow."""

    def __init__(
        self,
        *,
        workflow: Workflow,
        name: str,
        profile: str | None,
        store: Store,
        checkpointer: BaseCheckpointSaver[Any],
        identity: str,
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.profile = profile
        self.graph = hub(workflow).compile(checkpointer=checkpointer)
        self._store = store
        self._identity = identity

    async def prepare(self) -> None:
        """Keep what the workflow's signature stands for, so that a later change can be told in words."""
        await self._store.write(keep_signature, self.workflow.signature, self.name, self.workflow.parts)

    async def start(self, case: Case, run: str, place: Place | None = None) -> RunStatus:
        """Start a run and drive it. Raises ``RunExists``."""
        now = datetime.now(UTC)
        pins = self._pins(now)
        row = {
            "id": run,
            "workflow": self.name,
            "signature": self.workflow.signature,
            "batch": place.batch if place else None,
            "position": place.position if place else None,
            "case_id": case.id,
            "case_data": case.model_dump(mode="json"),
            "pins": pins,
        }
        lease = await self._store.write(insert_run, row, self._identity, now)
        return await self._drive(lease, {"case": row["case_data"], "pins": pins}, pins)

    async def resume(self, run: str) -> RunStatus:
        """Drive a run on from its last checkpoint, with the answers that were accepted and not yet applied.

        Raises ``RunBusy`` where another driver has it, ``SignatureChanged`` where it was started differently.
        """
        pins, case = await self._checked(run)
        lease = await self._take(run, patience=0)
        snapshot = await self.graph.aget_state(self._config(run))
        if not snapshot.values:
            return await self._drive(lease, {"case": case, "pins": pins}, pins)
        if snapshot.interrupts:
            return await self._apply_accepted(lease, snapshot, pins)
        return await self._drive(lease, None, pins)

    async def answer(self, review: str, run: str, answer: Answer) -> RunStatus:
        """Accept one answer and drive the run on with it.

        Raises ``AlreadyAnswered``, ``StaleAnswer`` or ``InvalidAnswer``, ``RunBusy`` and ``SignatureChanged``; then
        nothing is saved and the question stays as it was.
        """
        pins, _ = await self._checked(run)
        lease = await self._take(run, PATIENCE)
        try:
            await self._store.read(refuse, review)
            snapshot = await self.graph.aget_state(self._config(run))
            now = datetime.now(UTC)
            answer_events(self.workflow, _progress(snapshot.values), self._threshold(pins), answer, now)
            await self._store.write(accept, review, answer, now)
        except BaseException:
            await self._release(lease)
            raise
        return await self._drive(lease, _resumption(snapshot, answer), pins)

    async def _apply_accepted(self, lease: Lease, snapshot: StateSnapshot, pins: Pins) -> RunStatus:
        """Apply the oldest accepted answer, or bring the tables up to date where there is none."""
        for _, review, answer in await self._store.read(unapplied, lease.run):
            progress = _progress(snapshot.values)
            try:
                answer_events(self.workflow, progress, self._threshold(pins), answer, datetime.now(UTC))
            except StaleAnswer:
                await self._store.write(withdraw, review, datetime.now(UTC))
                continue
            return await self._drive(lease, _resumption(snapshot, answer), pins)
        return await self._project(lease, _progress(snapshot.values), pins)

    async def _drive(self, lease: Lease, given: Any, pins: Pins) -> RunStatus:
        try:
            output = await self.graph.ainvoke(given, self._config(lease.run), durability="sync")
        except asyncio.CancelledError:
            await asyncio.shield(self._release(lease))
            raise
        except LeaseLost:
            raise
        except Exception as raised:
            return await self._fail(lease, pins, raised)
        return await self._project(lease, _progress(output), pins)

    async def _fail(self, lease: Lease, pins: Pins, raised: Exception) -> RunStatus:
        values = await self._last_values(lease.run)
        reason = str(raised) if isinstance(raised, RoundhouseError) else f"{type(raised).__name__}: {raised}"
        projection = self._projection("failed", _progress(values), (), reason)
        await self._store.write(project, lease, projection)
        return "failed"

    async def _last_values(self, run: str) -> dict[str, Any]:
        """The last state that was saved; empty where even that cannot be read."""
        try:
            return dict((await self.graph.aget_state(self._config(run))).values)
        except Exception:
            return {}

    async def _project(self, lease: Lease, progress: Progress, pins: Pins) -> RunStatus:
        status, questions = _standing(agenda(self.workflow, progress, self._threshold(pins)))
        projection = self._projection(status, progress, questions, None)
        await self._store.write(project, lease, projection)
        return status

    def _projection(
        self, status: RunStatus, progress: Progress, questions: tuple[Question, ...], error: str | None
    ) -> Projection:
        return Projection(
            status=status,
            progress=progress,
            questions=questions,
            effects=tuple(self._effects(progress)) if status == "completed" else (),
            flagged=self._is_flagged(progress),
            error=error,
            at=datetime.now(UTC),
        )

    def _effects(self, progress: Progress) -> list[Effect]:
        values = [(effect.name, progress.latest_value(effect.decision.__name__)) for effect in self.workflow.effects]
        return [Effect(name, value) for name, value in values if value is not None]

    def _is_flagged(self, progress: Progress) -> bool:
        flag = self.workflow.escalation.flag if self.workflow.escalation else None
        value = progress.latest_value(flag.decision.__name__) if flag else None
        return flag is not None and value is not None and bool(flag.when(flag.decision.model_validate(value)))

    async def _checked(self, run: str) -> tuple[Pins, dict[str, Any]]:
        """The run's pins and case, once it is known to be of this workflow's signature."""
        row = await self._store.read(find_run, run)
        if row.signature != self.workflow.signature:
            before = await self._store.read(signature_parts, row.signature)
            changed = differences(before, self.workflow.parts) if before else ["what it was is not known any more"]
            raise SignatureChanged(run, self.name, changed)
        return row.pins, row.case_data

    async def _take(self, run: str, patience: float) -> Lease:
        until = datetime.now(UTC).timestamp() + patience
        while True:
            now = datetime.now(UTC)
            holder = await self._store.read(driver_of, run)
            dead = [holder] if holder is not None and is_dead(holder) else []
            try:
                return await self._store.write(take_lease, run, self._identity, now, dead)
            except RunBusy:
                if now.timestamp() >= until:
                    raise
                await asyncio.sleep(0.05)

    async def _release(self, lease: Lease) -> None:
        await self._store.write(release_lease, lease)

    def _pins(self, now: datetime) -> Pins:
        return {
            "signature": self.workflow.signature,
            "threshold": self.workflow.threshold,
            "profile": self.profile,
            "profile_digest": self.workflow.profile_digest,
            "started_at": now.isoformat(),
        }

    def _threshold(self, pins: Pins) -> float:
        return pins.get("threshold", self.workflow.threshold)

    def _config(self, run: str) -> RunnableConfig:
        return {"configurable": {"thread_id": run, "__pregel_strict_resume": True}}


def _progress(values: dict[str, Any]) -> Progress:
    return Progress.parse(values.get("progress") or {})


def _resumption(snapshot: StateSnapshot, answer: Answer) -> Command[Any]:
    return Command(resume={snapshot.interrupts[0].id: answer.model_dump(mode="json")})


def _standing(plan: Plan) -> tuple[RunStatus, tuple[Question, ...]]:
    match plan:
        case Consult(questions=questions):
            return "waiting", questions
        case Finish(status=status):
            return status, ()
        case Dispatch() | Settle():
            return "running", ()
