"""The pool: trials in this process or in others, and only ever the same ones.

A trial depends on its setting, its cell and its case alone, so it does not matter where it is made, or when. Other
processes are begun anew rather than forked, which is safe beside threads; each makes its setting once. They leave the
keyboard to the process that began them, stop between two trials where that one is stopped, and end when it is gone.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event

from lab.grid import Chunk
from state.errors import ExperimentFailed, RoundhouseError
from state.sql.trials import Placed
from state.trial import Cell, Trial

Runs = Callable[[Cell, int], Awaitable[Trial]]
"""Makes the trial of a case in a cell; the same one whenever it is asked."""

Opens = Callable[[], Runs]
"""Gets ready to make trials; it can be sent to another process."""


LOST = (
    "A worker process was killed or ran out of memory, and so did the one that took its place. "
    "What is finished is kept; give the same command again, with fewer --jobs."
)


class WorkerLost(ExperimentFailed):
    """A worker process ended before its work was done."""


async def made_here(opens: Opens, work: Iterable[Chunk]) -> AsyncGenerator[list[Placed], None]:
    """Make the trials in this process, one after the other. Raises ``ExperimentFailed``."""
    runs = opens()
    for chunk in work:
        made = []
        for case in chunk.cases:
            made.append((chunk.place, await _trial(runs, chunk.cell, case)))
            await asyncio.sleep(0)
        yield made


async def made_aside(opens: Opens, work: Iterable[Chunk], jobs: int) -> AsyncGenerator[list[Placed], None]:
    """Make the trials in so many processes, in any order. Raises ``ExperimentFailed`` or ``WorkerLost``."""
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(opens, stop))
    submitted = [asyncio.wrap_future(pool.submit(_make, chunk)) for chunk in work]
    try:
        for done in asyncio.as_completed(submitted):
            yield await done
    except BrokenProcessPool:
        raise WorkerLost(LOST) from None
    finally:
        stop.set()
        # what is not begun is given up by the pool's own thread: to cancel it here, while a broken pool gives it up,
        # would end that thread, and leave the other workers waiting for ever
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        await asyncio.gather(*submitted, return_exceptions=True)


async def _trial(runs: Runs, cell: Cell, case: int) -> Trial:
    try:
        return await runs(cell, case)
    except Exception as error:
        what = str(error) if isinstance(error, RoundhouseError) else f"{type(error).__name__}: {error}"
        raise ExperimentFailed(
            f"Case {case} of {cell.shape} with {cell.agents} agents could not be tried: {what} "
            "What is finished is kept."
        ) from error


_opens: Opens
_stop: Event
_runner: asyncio.Runner
"""One loop for all chunks: what keeps connections, such as a chat model, cannot go from one to another."""


def _begin(opens: Opens, stop: Event) -> None:
    """Begin a worker process."""
    global _opens, _stop, _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _opens, _stop, _runner = opens, stop, asyncio.Runner()


def _end_with_parent() -> None:
    """Leave at once when the process that began this one is gone, however it went."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def _opened() -> Runs:
    """What this worker process makes its trials with."""
    return _opens()


def _make(chunk: Chunk) -> list[Placed]:
    return _runner.run(_made(chunk))


async def _made(chunk: Chunk) -> list[Placed]:
    runs = _opened()
    return [(chunk.place, await _trial(runs, chunk.cell, case)) for case in chunk.cases if not _stop.is_set()]
