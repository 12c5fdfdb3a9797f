"""Metrics for Prometheus: what this process does, counted and timed, served on loopback where a port is set.

Labels are names of workflows, specialists and models, and single words; never a run, a case or anything else without
end. Names and units follow Prometheus' conventions: https://prometheus.io/docs/practices/naming/
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from agents.usher import Step
from state.errors import DatabaseLost, UsageError
from state.workers import Load

LOOPBACK = "127.0.0.1"
"""Whoever wants the metrics from elsewhere puts a proxy before them."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds: from a run on rules to one on slow models."""


class Metrics:
    """Counts and times steps. See :class:`runtime.usher.Watcher`."""

    def __init__(self, load: Callable[[], Load] | None = None) -> None:
        """``load`` reads the queue when somebody asks for the metrics, from whatever thread."""
        # they double the series, and say only when this process began
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = registry = CollectorRegistry()
        self._runs = Counter("roundhouse_runs", "Runs that were driven on.", ["workflow", "outcome"], registry=registry)
        self._turns = Counter("roundhouse_turns", "Turns taken.", ["specialist", "outcome"], registry=registry)
        self._calls = Counter("roundhouse_model_calls", "Calls made.", ["model", "outcome"], registry=registry)
        self._tokens = Counter("roundhouse_model_tokens", "Tokens.", ["model", "direction"], registry=registry)
        self._under_way = Gauge("roundhouse_runs_under_way", "Runs that are driven now.", registry=registry)
        self._seconds = {
            "run": _timed("roundhouse_run_seconds", "How long runs are driven on.", "workflow", registry),
            "turn": _timed("roundhouse_turn_seconds", "How long turns take.", "specialist", registry),
            "call": _timed("roundhouse_model_call_seconds", "How long calls take.", "model", registry),
        }
        self._waits = _timed("roundhouse_limit_wait_seconds", "How long steps wait for limits.", "kind", registry)
        if load is not None:
            registry.register(_Queue(load))

    @contextmanager
    def watching(self, step: Step, waited: float) -> Iterator[None]:
        """See :class:`runtime.usher.Watcher`."""
        began = time.monotonic()
        self._waits.labels(step.kind).observe(waited)
        if step.kind == "run":
            self._under_way.inc()
        try:
            yield
        finally:
            if step.kind == "run":
                self._under_way.dec()
            self._seconds[step.kind].labels(step.name).observe(time.monotonic() - began)
            self._count(step)

    def _count(self, step: Step) -> None:
        counter = {"run": self._runs, "turn": self._turns, "call": self._calls}[step.kind]
        counter.labels(step.name, step.outcome or "cut_off").inc()
        if step.kind == "call":
            self._tokens.labels(step.name, "in").inc(step.tokens_in)
            self._tokens.labels(step.name, "out").inc(step.tokens_out)


class Served:
    """The metrics at ``http://127.0.0.1:PORT/metrics``, until closed. Raises ``UsageError`` where it is taken."""

    def __init__(self, metrics: Metrics, port: int) -> None:
        try:
            self._server, self._thread = start_http_server(port, LOOPBACK, metrics.registry)
        except OSError as taken:
            raise UsageError(
                f"The metrics cannot be served on port {port}: {taken.strerror}. Set another ROUNDHOUSE_METRICS_PORT; "
                "each worker of a machine needs its own."
            ) from None
        self.port = int(self._server.server_port)
        """The port; one that was free where 0 was asked for."""

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


class _Queue(Collector):
    """The queue as it stands when somebody asks."""

    def __init__(self, load: Callable[[], Load]) -> None:
        self._load = load

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Its names, without asking the database."""
        return _families()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Its figures; none where the database is away, which is for another metric to say."""
        waiting, oldest, living, dead = families = _families()
        try:
            load = self._load()
        except DatabaseLost:
            return []
        for line in load.queue:
            waiting.add_metric([line.workflow], line.waiting)
            oldest.add_metric([line.workflow], line.oldest)
        living.add_metric([], sum(worker.standing != "lost" for worker in load.workers))
        dead.add_metric(["runs"], load.failed_runs)
        dead.add_metric(["jobs"], load.failed_jobs)
        return families


def _families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily("roundhouse_queue_runs", "Runs that wait for a worker.", labels=["workflow"]),
        GaugeMetricFamily("roundhouse_queue_oldest_seconds", "Age of the oldest of them.", labels=["workflow"]),
        GaugeMetricFamily("roundhouse_workers", "Workers that live."),
        GaugeMetricFamily("roundhouse_dead_letters", "What failed and nobody has retried.", labels=["kind"]),
    )


def _timed(name: str, words: str, label: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, words, [label], buckets=_BUCKETS, registry=registry)
