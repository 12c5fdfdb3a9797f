"""The driver: takes one run of a workflow from where it stands to its end or its next question.

One driver drives a run at a time, under a lease. What came of it is projected into the tables before the lease is let
go of: completed, waiting, rejected, or failed with the reason. What a crash, a cancellation or a lost database keeps
from that is brought up to date by whoever drives the run next.
"""

from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.types import Command, StateSnapshot

from agents.chat.session import Session, in_session
from agents.usher import Nobody, Step, Usher
from graphs.agenda import Dispatch, Finish, Plan, agenda
from graphs.answers import answer_events
from graphs.shape import Supervisor
from graphs.shaped import bounded, graph_of
from graphs.staffing import chats_of
from graphs.workflow import Workflow, changes_since
from runtime.attention import Attention, Standard
from runtime.beginning import Place, begun, row_of
from runtime.clock import is_ahead
from runtime.draining import control
from runtime.held import Held, next_thread, thread_of
from runtime.judging import judged_by_failing
from runtime.leases import Leases
from runtime.models import Models
from runtime.projecting import failed, projection_of
from runtime.snapshots import progress_in, progress_of, resumption, sends_back
from state.case import Case
from state.errors import AnswerRefused, ContractBroken, DatabaseLost, LeaseLost, RoundhouseError, SignatureChanged
from state.job import answered
from state.progress import Progress
from state.review import Answer
from state.run import Pins, RunStatus
from state.sql.projection import project
from state.sql.queued import accept_queued
from state.sql.reviews import accept, refuse, unapplied, withdraw
from state.sql.runs import PinnedRun, begin_anew, keep_signature, pinned_run, signature_parts
from state.sql.store import Store, translated
from state.staffing import Staffing

PATIENCE = 10.0
"""Seconds that an answer waits for another driver to let go of its run."""

_FINAL: tuple[RunStatus, ...] = ("completed", "rejected")
"""The statuses that a run does not go on from."""


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
        models: Models | None = None,
        staffing: Staffing | None = None,
        attention: Attention | None = None,
        rules: Mapping[str, str] | None = None,
        usher: Usher | None = None,
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.profile = profile
        self.graph = bounded(graph_of(workflow).compile(checkpointer=checkpointer), workflow)
        self._store = store
        self._leases = leases
        self._models = models or Models()
        self._staffing = staffing or Staffing()
        self._attention = attention or Attention(store)
        self._rules = dict(rules or {})
        self._usher = usher or Nobody()
        self._seats_of_models = sum(1 for _ in chats_of(workflow))

    async def prepare(self) -> None:
        """Keep what the workflow's signature stands for, so that a later change can be told in words."""
        await self._store.write(keep_signature, self.workflow.signature, self.name, self.workflow.parts)

    async def check_models(self) -> list[str]:
        """Raise ``UnusableModel``, one line, where a chat model that the workflow calls cannot be used.

        Returns what there is to say of those that somebody else takes over for.
        """
        return await self._models.check(self.workflow)

    @property
    def calls_a_row(self) -> int:
        """How many calls of chat models a case takes at least."""
        return self._seats_of_models

    @property
    def outage(self) -> str | None:
        """Why no case can be decided now, since a chat model is down; None where none is."""
        return self._models.outage(self.workflow) if self._seats_of_models else None

    async def start(
        self,
        case: Case,
        run: str,
        place: Place | None = None,
        *,
        seed: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> RunStatus:
        """Start a run and drive it. Raises ``RunExists``.

        With a ``seed``, it begins with that progress. ``facts`` are more columns of the run's row.
        """
        now = datetime.now(UTC)
        row = self.row(case, run, place, **{"pins": await self.pins(now), "seed": seed, **facts})
        async with self._leases.started(row, now) as lease:
            return await self.begin(Held(lease, row["pins"], row["case_data"], seed))

    async def begin(self, held: Held) -> RunStatus:
        """Drive a run that nobody has driven yet."""
        held = await begun(self._store, self.standard, held)
        return await self._concluded(held, self._invoked(held, held.beginning(Progress())))

    def row(self, case: Case, run: str, place: Place | None, **facts: Any) -> dict[str, Any]:
        """The row of a run that starts now; ``facts`` are more columns."""
        return row_of(self.workflow, self.name, case, run, place, **facts)

    async def resume(self, run: str, patience: float = 0.0) -> RunStatus:
        """Drive a run on from its last checkpoint, with the answers that were accepted and not yet applied.

        Raises ``RunBusy`` where another driver has it, ``SignatureChanged`` where it was started differently.
        """
        async with self._holding(run, patience) as (held, status):
            if status in _FINAL:
                return status
            return await self._concluded(held, self._caught_up(held))

    async def answer(self, review: str, run: str, answer: Answer) -> RunStatus:
        """Accept one answer and drive the run on with it, or have a worker do so where the run is the queue's.

        Raises ``AlreadyAnswered``, ``StaleAnswer``, ``ReviewClaimed`` or ``InvalidAnswer``, ``RunBusy`` and
        ``SignatureChanged``; then the answer is not saved and the question stays as it was.
        """
        async with self._holding(run, PATIENCE) as (held, status):
            await self._store.read(refuse, review, answer, datetime.now(UTC))
            is_queued = held.pins.get("queued", False)
            if status not in _FINAL and not is_queued:
                await self._concluded(held, self._caught_up(held), "hold")
            now = datetime.now(UTC)
            await self._store.read(refuse, review, answer, now)
            snapshot = await self._snapshot(held)
            answer_events(self.workflow, progress_of(snapshot), self._threshold(held), answer, now)
            if is_queued:
                await self._store.write(accept_queued, held.lease, review, answer, answered(held.run, self.name), now)
                self._leases.was_let_go(held.lease)
                return "running"
            await self._store.write(accept, review, answer, now)
            return await self._concluded(held, self._invoked(held, resumption(snapshot, answer)))

    async def standard(self) -> Standard:
        """What a run that starts now is held to."""
        return await self._attention.standard(self.name, self.workflow)

    async def pins(self, now: datetime) -> Pins:
        """What a run that starts now takes down."""
        staff, standard = self._staffing.pinned(), await self.standard()
        return {
            **({"staff": staff} if staff else {}),
            **({"rules": self._rules} if self._rules else {}),
            "signature": self.workflow.signature,
            "profile": self.profile,
            "profile_digest": self.workflow.profile_digest,
            "started_at": now.isoformat(),
            **standard.pins,
        }

    @asynccontextmanager
    async def _holding(self, run: str, patience: float = 0.0) -> AsyncIterator[tuple[Held, RunStatus]]:
        """Hold a run, and say where it stands, once it is known to be of this workflow's signature."""
        known = await self._checked(run)
        async with self._leases.taken(known.id, patience) as lease:
            now = await self._checked(known.id)
            yield await self._in_time(Held(lease, now.pins, now.case, now.seed)), now.status

    async def _in_time(self, held: Held) -> Held:
        """The run; in a new thread, which begins with all that it has come to, where its newest checkpoint is ahead."""
        snapshot = await self._snapshot(held)
        newest = snapshot.config["configurable"].get("checkpoint_id")
        if newest is None or not is_ahead(newest, datetime.now(UTC)):
            return held
        pins: Pins = {**held.pins, "thread": next_thread(held.run, held.pins)}
        progress = progress_of(snapshot)
        # cut off before its graph took the seed, it has come to nothing else yet
        moved = replace(held, pins=pins, seed=held.seed if progress == Progress() else progress.dump())
        leaves = thread_of(held.run, held.pins)
        await self._store.write(begin_anew, held.lease, pins, moved.seed, leaves)
        return moved

    async def _checked(self, run: str) -> PinnedRun:
        found = await self._store.read(pinned_run, run)
        if found.signature != self.workflow.signature:
            before = await self._store.read(signature_parts, found.signature)
            raise SignatureChanged(found.id, self.name, changes_since(before, self.workflow))
        return found

    async def _caught_up(self, held: Held) -> Progress:
        """Drive a run from where a crash left it to a standstill, and apply every answer that was accepted."""
        snapshot = await self._snapshot(held)
        if snapshot.tasks and not snapshot.interrupts:
            await self._invoked(held, None)
            snapshot = await self._snapshot(held)
        if not snapshot.interrupts and self._is_going(held, progress_of(snapshot)):
            # Cut off where LangGraph holds no task for it: the agenda goes on from the progress as it stands.
            await self._invoked(held, held.beginning(progress_of(snapshot)))
        for _, review, answer in await self._store.read(unapplied, held.run):
            snapshot = await self._snapshot(held)
            progress = progress_of(snapshot)
            if any(answered.answer == answer for answered in progress.answers):
                continue
            try:
                answer_events(self.workflow, progress, self._threshold(held), answer, datetime.now(UTC))
            except AnswerRefused:
                await self._store.write(withdraw, review, datetime.now(UTC))
            else:
                await self._invoked(held, resumption(snapshot, answer))
        return progress_of(await self._snapshot(held))

    def _is_going(self, held: Held, progress: Progress) -> bool:
        return not isinstance(agenda(self.workflow, progress, self._threshold(held)), Finish)

    async def _concluded(
        self, held: Held, work: Coroutine[Any, Any, Progress], afterwards: Literal["hold", "let go"] = "let go"
    ) -> RunStatus:
        """Do the work once there is a place for it, and bring the tables up to date with what came of it."""
        with closing(work):
            async with self._usher.step(Step("run", self.name, held.run, self.workflow.signature)) as step:
                status = await self._done(held, work, afterwards)
                step.outcome = status
                return status

    async def _done(
        self, held: Held, work: Coroutine[Any, Any, Progress], afterwards: Literal["hold", "let go"]
    ) -> RunStatus:
        try:
            progress = await work
            plan = agenda(self.workflow, progress, self._threshold(held))
            self._require_done(plan)
            projection = projection_of(self.workflow, self.name, held, progress, plan, await self._attention.key())
        except (DatabaseLost, LeaseLost, GraphDrained):
            raise
        except Exception as raised:
            reason = str(raised) if isinstance(raised, RoundhouseError) else f"{type(raised).__name__}: {raised}"
            progress = progress_of(await self._snapshot(held))
            word = judged_by_failing(self.workflow, self.name, held, raised)
            projection = failed(self.name, held, progress, reason, word)
        await self._store.write(project, held.lease, projection, afterwards)
        if afterwards == "let go":
            self._leases.was_let_go(held.lease)
        if projection.judged is not None:
            await self._attention.noticed(self.name, self.workflow)
        return projection.status

    def _require_done(self, plan: Plan) -> None:
        """Raise ``ContractBroken`` where a supervisor ended the run before its time; no other shape can."""
        if isinstance(self.workflow.shape, Supervisor) and isinstance(plan, Dispatch):
            raise ContractBroken("The supervisor", f"it was done, and {', '.join(plan.decisions)} is still to be made")

    async def _invoked(self, held: Held, given: Any) -> Progress:
        try:
            with in_session(replace(await self._session(held, given), run=held.run, usher=self._usher)):
                return progress_in(await self.graph.ainvoke(given, held.config, durability="sync", control=control()))
        except GraphRecursionError as endless:
            raise ContractBroken("The supervisor", "it sends for step after step and comes to no end") from endless
        except Exception as raised:
            raise translated(raised) from raised

    async def _session(self, held: Held, given: Any) -> Session:
        """What the run's chat models have at hand; nothing where it calls none."""
        if not self._seats_of_models:
            return Session()
        is_new = isinstance(given, Mapping) and not held.seed
        progress = Progress() if is_new else progress_of(await self._snapshot(held))
        return self._models.session(held.run, progress, isinstance(given, Command) and sends_back(given))

    async def _snapshot(self, held: Held) -> StateSnapshot:
        try:
            return await self.graph.aget_state(held.config)
        except Exception as raised:
            raise translated(raised) from raised

    def _threshold(self, held: Held) -> float:
        return held.pins.get("threshold", self.workflow.threshold)
