"""Structured logs: with ``ROUNDHOUSE_LOG=json``, one JSON object a line, with the run that it is about.

A line has the words of the message and nothing of the case. An error's traceback is told by its type and where it was
raised, since its words may have data of a case in them.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO

from agents.usher import Step

_CHATTY = ("httpx", "httpcore", "openai")
"""Libraries that log addresses, which may have a secret in them, of each call that goes well."""

_run: ContextVar[str] = ContextVar("roundhouse_run", default="")


class JsonLines(logging.Formatter):
    """Makes a JSON object of each record, on one line: time, level, logger, message, run and worker."""

    def __init__(self, worker: str = "") -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "run": getattr(record, "run", _run.get()),
            "worker": self._worker,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _places(record)
        return json.dumps({name: value for name, value in line.items() if value}, ensure_ascii=False)


class RunsInLogs:
    """Has lines that are logged while a run is driven name it. See :class:`runtime.usher.Watcher`."""

    @contextmanager
    def watching(self, step: Step, waited: float) -> Iterator[None]:
        """Around a step; only runs are named."""
        if step.kind != "run":
            yield
            return
        before = _run.set(step.run)
        try:
            yield
        finally:
            _run.reset(before)


def log_as_json(worker: str = "", to: IO[str] | None = None, level: int = logging.INFO) -> logging.Handler:
    """Have all that is logged go out as JSON, by default to standard error; returns the handler, to take it back."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(JsonLines(worker))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    return handler


def _places(record: logging.LogRecord) -> list[str]:
    """The last places that an error went through, innermost last; without its words."""
    frames = traceback.extract_tb(record.exc_info[2] if record.exc_info else None)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
