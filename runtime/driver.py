"""The driver: takes one run of a workflow from where it stands to its end or its next question.

One driver drives a run at a time, under a lease. What came of it is projected into the tables before the lease is let
go of: completed, waiting, rejected, or failed with the reason. What a crash, a cancellation or a lost database keeps
from that is brought up to date by whoever drives the run next.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, StateSnapshot

from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle, agenda
from graphs.answers import answer_events
from graphs.hub import hub
from graphs.workflow import Workflow, differences
from runtime.leases import Leases
from state.case import Case
from state.errors import AnswerRefused, DatabaseLost, RoundhouseError, SignatureChanged
from state.progress import Progress
from state.review import Answer, Question
from state.run import Pins, RunStatus
from state.sql.projection import Effect, Projection, project
from state.sql.reviews import accept, refuse, unapplied, withdraw
from state.sql.runs import Lease, find_run, keep_signature, signature_parts
from state.sql.store import Store, translated

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
        leases: Leases,
        checkpointer: BaseCheckpointSaver[Any],
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.profile = profile
        self.graph = hub(workflow).compile(checkpointer=checkpointer)
        self._store = store
        self._leases = leases

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
        async with self._leases.started(row, now) as lease:
            return await self._concluded(lease, pins, self._invoked(run, {"case": row["case_data"], "pins": pins}))

    async def resume(self, run: str) -> RunStatus:
        """Drive a run on from its last checkpoint, with the answers that were accepted and not yet applied.

        Raises ``RunBusy`` where another driver has it, ``SignatureChanged`` where it was started differently.
        """
        pins, case = await self._checked(run)
        async with self._leases.taken(run) as lease:
            return await self._concluded(lease, pins, self._caught_up(run, pins, case))

    async def answer(self, review: str, run: str, answer: Answer) -> RunStatus:
        """Accept one answer and drive the run on with it.

        Raises ``AlreadyAnswered``, ``StaleAnswer`` or ``InvalidAnswer``, ``RunBusy`` and ``SignatureChanged``; then
        the answer is not saved and the question stays as it was.
        """
        pins, case = await self._checked(run)
        async with self._leases.taken(run, PATIENCE) as lease:
            await self._store.read(refuse, review)
            await self._concluded(lease, pins, self._caught_up(run, pins, case), "hold")
            snapshot = await self._snapshot(run)
            now = datetime.now(UTC)
            answer_events(self.workflow, _progress(snapshot.values), self._threshold(pins), answer, now)
            await self._store.write(accept, review, answer, now)
            return await self._concluded(lease, pins, self._invoked(run, _resumption(snapshot, answer)))

    async def _caught_up(self, run: str, pins: Pins, case: Mapping[str, Any]) -> Progress:
        """Drive a run from where a crash left it to a standstill, and apply every answer that was accepted."""
        snapshot = await self._snapshot(run)
        if snapshot.tasks and not snapshot.interrupts:
            await self._invoked(run, None)
            snapshot = await self._snapshot(run)
        if not snapshot.interrupts and self._is_going(snapshot, pins):
            # Cut off where LangGraph holds no task for it: the agenda goes on from the progress as it stands.
            await self._invoked(run, {"case": case, "pins": pins})
        for _, review, answer in await self._store.read(unapplied, run):
            snapshot = await self._snapshot(run)
            progress = _progress(snapshot.values)
            if any(answered.answer == answer for answered in progress.answers):
                continue
            try:
                answer_events(self.workflow, progress, self._threshold(pins), answer, datetime.now(UTC))
            except AnswerRefused:
                await self._store.write(withdraw, review, datetime.now(UTC))
            else:
                await self._invoked(run, _resumption(snapshot, answer))
        return _progress((await self._snapshot(run)).values)

    def _is_going(self, snapshot: StateSnapshot, pins: Pins) -> bool:
        plan = agenda(self.workflow, _progress(snapshot.values), self._threshold(pins))
        return not isinstance(plan, Finish)

    async def _concluded(
        self,
        lease: Lease,
        pins: Pins,
        work: Awaitable[Progress],
        afterwards: Literal["hold", "let go"] = "let go",
    ) -> RunStatus:
        """Do the work, and bring the tables up to date with what came of it."""
        try:
            progress = await work
            status, questions = _standing(agenda(self.workflow, progress, self._threshold(pins)))
            projection = self._projection(status, progress, questions, self._is_flagged(progress), None)
        except DatabaseLost:
            raise
        except Exception as raised:
            reason = str(raised) if isinstance(raised, RoundhouseError) else f"{type(raised).__name__}: {raised}"
            progress = _progress((await self._snapshot(lease.run)).values)
            projection = self._projection("failed", progress, (), False, reason)
        await self._store.write(project, lease, projection, afterwards)
        if afterwards == "let go":
            self._leases.was_let_go(lease)
        return projection.status

    async def _invoked(self, run: str, given: Any) -> Progress:
        try:
            return _progress(await self.graph.ainvoke(given, self._config(run), durability="sync"))
        except Exception as raised:
            raise translated(raised) from raised

    async def _snapshot(self, run: str) -> StateSnapshot:
        try:
            return await self.graph.aget_state(self._config(run))
        except Exception as raised:
            raise translated(raised) from raised

    def _projection(
        self, status: RunStatus, progress: Progress, questions: tuple[Question, ...], flagged: bool, error: str | None
    ) -> Projection:
        return Projection(
            status=status,
            progress=progress,
            questions=questions,
            effects=tuple(self._effects(progress)) if status == "completed" else (),
            flagged=flagged,
            error=error,
            at=datetime.now(UTC),
        )

    def _effects(self, progress: Progress) -> list[Effect]:
        values = [(effect.name, progress.latest_value(effect.decision.__name__)) for effect in self.workflow.effects]
        return [Effect(name, value) for name, value in values if value is not None]

    def _is_flagged(self, progress: Progress) -> bool:
        flag = self.workflow.escalation.flag if self.workflow.escalation else None
        value = progress.latest_value(flag.decision.__name__) if flag else None
        return flag is not None and value is not None and flag.is_raised(flag.decision.model_validate(value))

    async def _checked(self, run: str) -> tuple[Pins, dict[str, Any]]:
        """The run's pins and case, once it is known to be of this workflow's signature."""
        row = await self._store.read(find_run, run)
        if row.signature != self.workflow.signature:
            before = await self._store.read(signature_parts, row.signature)
            changed = differences(before, self.workflow.parts) if before else ["what it was is not known any more"]
            raise SignatureChanged(run, self.name, changed)
        return row.pins, row.case_data

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
