"""Roundhouse's usher: a step waits for its place under the shared limits, and is then watched.

A run under way holds a place of its workflow, then takes one of a specialist's, then one of a model's, and gives them
back the other way round. Nobody waits for what comes earlier in that order, so none wait for each other in a circle.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from typing import Protocol, assert_never

from agents.usher import Kind, Step
from runtime.limits import Limits


class Watcher(Protocol):
    """Watches steps."""

    def watching(self, step: Step, waited: float) -> AbstractContextManager[None]:
        """Around a step, which has waited so many seconds for its place. What is raised inside, goes on."""


class LimitedUsher:
    """Lets steps begin within the limits. See :class:`agents.usher.Usher`."""

    def __init__(self, limits: Limits, watchers: Sequence[Watcher] = ()) -> None:
        self.limits = limits
        self.watchers = list(watchers)

    @asynccontextmanager
    async def step(self, step: Step) -> AsyncIterator[Step]:
        """See :class:`agents.usher.Usher`."""
        async with self.limits.place(scope_of(step.kind, step.name)) as waited:
            with ExitStack() as stack:
                for watcher in self.watchers:
                    stack.enter_context(watcher.watching(step, waited))
                yield step


def scope_of(kind: Kind, name: str) -> str:
    """The scope of the limit that a step is under."""
    match kind:
        case "run":
            return f"workflow:{name}"
        case "turn":
            return f"specialist:{name}"
        case "call":
            return f"model:{name}"
        case _:
            assert_never(kind)
