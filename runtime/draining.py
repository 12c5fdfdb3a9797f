"""Draining: the runs that are under way here are asked to stop at their next checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langgraph.runtime import RunControl

_CONTROL: ContextVar[RunControl | None] = ContextVar("control", default=None)


def control() -> RunControl | None:
    """What can ask the graph that is driven here to stop; None where nothing can."""
    return _CONTROL.get()


class Draining:
    """Asks all runs that were begun within it."""

    def __init__(self) -> None:
        self._under_way: set[RunControl] = set()
        self.is_asked = False
        """Whether they were asked, so that no other may begin."""

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """What is driven meanwhile can be asked to stop; then it raises ``GraphDrained``."""
        control = RunControl()
        self._under_way.add(control)
        token = _CONTROL.set(control)
        if self.is_asked:
            control.request_drain()
        try:
            yield
        finally:
            _CONTROL.reset(token)
            self._under_way.discard(control)

    def ask(self) -> None:
        """Have all stop at their next checkpoint."""
        self.is_asked = True
        for each in self._under_way:
            each.request_drain()
