"""A worker that is watched: it is in the list of workers, and in metrics, traces and logs as they are configured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from runtime.heartbeat import Heartbeat
from runtime.roundhouse import Roundhouse
from runtime.settings import Settings
from runtime.telemetry.telemetry import telemetry
from runtime.workers import SqlWorkers, Tally
from state.errors import DatabaseLost
from state.sql.workers import beat, bury, leave


@contextmanager
def watched(
    roundhouse: Roundhouse, chosen: Settings, concurrency: int, is_draining: Callable[[], bool]
) -> Iterator[Tally]:
    """Have what the worker of this process does be seen. Raises ``UsageError`` where that cannot be as configured."""
    store, worker = roundhouse.store, roundhouse.leases.identity
    tally = Tally(worker, concurrency, is_draining)

    def say_so() -> None:
        store.write_now(beat, tally.beat())

    with telemetry(chosen, worker, SqlWorkers(store).load) as watchers:
        roundhouse.usher.watchers += [tally, *watchers]
        say_so()
        try:
            with Heartbeat([say_so, lambda: store.write_now(bury)]):
                yield tally
        finally:
            for each in (tally, *watchers):
                roundhouse.usher.watchers.remove(each)
            with suppress(DatabaseLost):
                store.write_now(leave, worker)
