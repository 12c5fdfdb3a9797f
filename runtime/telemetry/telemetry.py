"""What is told of this process, as it is configured; nothing is imported for what is not."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from runtime.settings import Settings
from runtime.telemetry.logs import RunsInLogs, log_as_json
from runtime.usher import Watcher
from state.errors import UsageError
from state.workers import Load

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own variables that say where traces go."""


@contextmanager
def telemetry(
    settings: Settings, worker: str = "", load: Callable[[], Load] | None = None
) -> Iterator[tuple[Watcher, ...]]:
    """Log, trace and, where ``load`` is given, serve metrics as configured; the watchers are for the usher.

    Raises ``UsageError`` where something is configured that is not installed, or whose port is taken.
    """
    with ExitStack() as stack:
        found: list[Watcher] = []
        if settings.log == "json":
            log_as_json(worker)
            found.append(RunsInLogs())
        if settings.metrics_port is not None and load is not None:
            found.append(_served(stack, settings.metrics_port, load))
        if _has_traces():
            found.append(_traced(stack, settings, worker))
        yield tuple(found)


def _has_traces() -> bool:
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not is_off and any(os.environ.get(name, "").strip() for name in ENDPOINTS)


def _served(stack: ExitStack, port: int, load: Callable[[], Load]) -> Watcher:
    try:
        from runtime.telemetry.metrics import Metrics, Served
    except ImportError:
        raise _missing("ROUNDHOUSE_METRICS_PORT") from None
    metrics = Metrics(load)
    stack.enter_context(Served(metrics, port))
    return metrics


def _traced(stack: ExitStack, settings: Settings, worker: str) -> Watcher:
    try:
        from runtime.telemetry.traces import exported
    except ImportError:
        raise _missing(next(name for name in ENDPOINTS if os.environ.get(name))) from None
    traces = exported(worker, "told" if settings.trace_content else "left out")
    stack.callback(traces.close)
    return traces


def _missing(variable: str) -> UsageError:
    return UsageError(
        f"{variable} is set, and what it needs is not installed. Install it with: pip install 'roundhouse[telemetry]'."
    )
