"""The workload: the runs of a worker's jobs are driven on, a bounded number at a time, and what is left is given back.

A job is worked at least once, and each of its runs is driven under its lease. So whatever is worked again finds the run
where it stands, and a run that stands still stays as it is.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from langgraph.errors import GraphDrained

from graphs.workflow import changes_since
from runtime.draining import Draining
from runtime.gate import Gate
from runtime.held import Held
from runtime.precedence import Turns
from runtime.roundhouse import Roundhouse
from state.errors import DatabaseLost, LeaseLost, RoundhouseError, RunBusy, SignatureChanged, UnknownRun
from state.job import Job
from state.sql.fence import Lease
from state.sql.queued import give_up
from state.sql.runs import PinnedRun, signature_parts

logger = logging.getLogger(__name__)

BUSY = timedelta(seconds=1)
"""When a run is looked at again that somebody else holds."""

FOREIGN = timedelta(seconds=0.5)
"""When a run is offered again that this worker cannot drive; every other time twice as long, up to ``LONGEST``."""

LONGEST = timedelta(seconds=30)

PATIENCE = 0.5
"""Seconds that a run is waited for, whose driver may be about to let go of it."""

FULL = timedelta(seconds=0.5)
"""When a run is offered again for which its workflow's limit had no place."""

APART = 3
"""How many workers may die with a job before its runs are worked one by one."""

MOST_DEATHS = 5
"""How many workers may die with a single run before it fails."""

DEADLY = "{} workers in a row have died while they drove it; see their logs, then: roundhouse retry"
"""The error of such a run."""

End = Literal["done", "busy", "foreign", "drained", "paused", "full"]
"""``done``: it stands still, or is no more. ``busy``: somebody else has it, or the database was away. ``foreign``: this
worker cannot drive it, and another one may. ``drained``: this worker was told to stop. ``paused``: its batch is not to
go on now. ``full``: the limit of its workflow has no place left."""

Room = Literal["any", "urgent", "none"]
"""``urgent``: only for runs that somebody has answered, which do not wait until those in hand are done."""

New = tuple[Lease, PinnedRun, str]
"""A run that nobody has driven yet, under a lease, and its workflow."""


class Workload:
    """What one worker has in hand."""

    def __init__(self, roundhouse: Roundhouse, concurrency: int, eased: Callable[[], None]) -> None:
        """``concurrency`` is how many runs are driven at a time; ``eased`` is called when there is room again."""
        self._roundhouse = roundhouse
        self._turns = Turns(concurrency)
        self._concurrency = concurrency
        self._draining = Draining()
        self._gate = Gate(roundhouse.store, roundhouse.usher.limits)
        self._driving: set[asyncio.Task[End]] = set()
        self._said: set[str] = set()
        self._eased = eased
        self.counts: Counter[str] = Counter()
        """How many runs came to which status here, and how many were given back."""
        self.in_hand = 0
        """How many runs are under way or wait for their turn."""

    def room(self) -> Room:
        """For which jobs there is room now."""
        if self.in_hand < self._concurrency:
            return "any"
        return "urgent" if self.in_hand < 2 * self._concurrency else "none"

    def take(self, job: Job, deaths: int) -> Awaitable[list[Job]]:
        """Have a job in hand; awaited, it drives its runs on and returns what is left. Raises ``DatabaseLost``.

        ``deaths`` is how many workers have died that had it.
        """
        self.in_hand += len(job.runs)
        return self._work(job) if deaths < APART else self._careful(job, deaths)

    async def _careful(self, job: Job, deaths: int) -> list[Job]:
        """What may be the death of workers: its runs are taken apart, and the one that it is must fail."""
        if len(job.runs) == 1 and deaths < MOST_DEATHS:
            return await self._work(job)
        self._put_down(len(job.runs))
        if len(job.runs) > 1:
            return [Job.of_one(run, job.workflow, job.priority).sooner(None) for run in job.runs]
        try:
            async with self._roundhouse.leases.taken(job.runs[0], PATIENCE) as lease:
                await self._roundhouse.store.write(give_up, lease, DEADLY.format(deaths), datetime.now(UTC))
        except RunBusy:
            return [job.sooner(datetime.now(UTC) + BUSY)]
        except (LeaseLost, UnknownRun):
            pass
        return []

    async def _work(self, job: Job) -> list[Job]:
        try:
            gone = await self._gate.sort(job)
            new = {pinned.id: (lease, pinned, workflow) for lease, pinned, workflow in await self._new(gone.may)}
        except BaseException:
            self._put_down(len(job.runs))
            raise
        self._put_down(len(job.runs) - len(gone.may))
        driving = [asyncio.create_task(self._drive(run, job, new.get(run))) for run in gone.may]
        self._driving |= {*driving}
        for task in driving:
            task.add_done_callback(self._ended)
        ends = await asyncio.gather(*driving, return_exceptions=True)
        by_end: dict[End, list[str]] = {"paused": [*gone.paused], "full": [*gone.full]}
        for run, end in zip(gone.may, ends, strict=True):
            by_end.setdefault(_end_of(run, end), []).append(run)
        return left_of(job, by_end, datetime.now(UTC))

    def drain(self) -> None:
        """Begin no other run, and have those under way stop at their next checkpoint."""
        self._draining.ask()

    def cut_off(self) -> None:
        """Stop those that have not come to a checkpoint; they go on from their last one elsewhere."""
        for task in self._driving:
            task.cancel()

    async def _new(self, runs: Sequence[str]) -> Sequence[New]:
        return [] if self._draining.is_asked else await self._roundhouse.leases.taken_new(runs)

    def _ended(self, task: "asyncio.Task[End]") -> None:
        self._driving.discard(task)
        self._put_down(1)

    def _put_down(self, runs: int) -> None:
        self.in_hand -= runs
        if self.in_hand < self._concurrency:
            self._eased()

    async def _drive(self, run: str, job: Job, new: New | None) -> End:
        try:
            if new is None:
                return await self._in_turn(run, job.priority, None)
            async with self._roundhouse.leases.holding(new[0]):
                return await self._in_turn(run, job.priority, new)
        except (RunBusy, LeaseLost, DatabaseLost):
            return "busy"
        except GraphDrained:
            return "drained"
        except UnknownRun:
            return "done"  # it was forgotten meanwhile
        except RoundhouseError as refused:
            self._say_once(f"{type(refused).__name__} {job.workflow}", f"A run is left to another worker: {refused}")
            return "foreign"

    async def _in_turn(self, run: str, priority: int, new: New | None) -> End:
        async with self._turns.turn(priority):
            if self._draining.is_asked:
                return "drained"
            with self._draining.stoppable():
                status = await (self._begin(*new) if new else self._resume(run))
        self.counts[status] += 1
        return "done"

    async def _begin(self, lease: Lease, pinned: PinnedRun, workflow: str) -> str:
        driver = await self._roundhouse.driver_pinned(workflow, pinned.pins)
        if pinned.signature != driver.workflow.signature:
            before = await self._roundhouse.store.read(signature_parts, pinned.signature)
            raise SignatureChanged(pinned.id, workflow, changes_since(before, driver.workflow))
        return await driver.begin(Held(lease, pinned.pins, pinned.case, pinned.seed))

    async def _resume(self, run: str) -> str:
        return await (await self._roundhouse.driver_of(run)).resume(run, PATIENCE)

    def _say_once(self, trouble: str, words: str) -> None:
        if trouble not in self._said:
            self._said.add(trouble)
            logger.warning("%s", words)


def left_of(job: Job, by_end: dict[End, list[str]], now: datetime) -> list[Job]:
    """What is given back of a job, given which of its runs ended how."""
    again: dict[End, Job] = {
        "drained": job.sooner(None),
        "busy": job.sooner(now + BUSY),
        "full": replace(job, not_before=now + FULL),
        "paused": replace(job, not_before=now + _pause(job.returned), returned=job.returned + 1),
        "foreign": replace(job, not_before=now + _pause(job.returned), returned=job.returned + 1),
    }
    return [replace(each, runs=tuple(by_end[end])) for end, each in again.items() if by_end.get(end)]


def _pause(returned: int) -> timedelta:
    return min(FOREIGN * (1 << min(returned // 2, 10)), LONGEST)


def _end_of(run: str, end: End | BaseException) -> End:
    match end:
        case asyncio.CancelledError():
            return "drained"
        case BaseException():
            logger.error("Run %s could not be driven: %s: %s", run, type(end).__name__, end, exc_info=end)
            return "foreign"
        case _:
            return end
