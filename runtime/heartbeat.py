"""The heartbeat: says every few seconds that a worker lives, from a thread that waits for nothing else.

The event loop may be busy for long, with a specialist that computes. So neither the worker's sign of life nor its
leases may depend on it: a worker that is given up for dead while it lives has its runs taken from it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from state.errors import DatabaseLost

logger = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two beats."""


class Heartbeat:
    """Does some things every ``EVERY`` seconds in a thread of its own, while its context lasts."""

    def __init__(self, deeds: Sequence[Callable[[], object]], every: float = EVERY) -> None:
        """``deeds`` are done in their order; one that fails keeps the others from nothing."""
        self._deeds, self._every = deeds, every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="roundhouse-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(self._every):
            for deed in self._deeds:
                self._do(deed)

    def _do(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except DatabaseLost:
            pass  # it may come back
        except Exception:
            logger.exception("The heartbeat goes on after an error.")
