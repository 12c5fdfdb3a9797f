"""The scene: what a trial knows that its graph does not. A graph is built once and given many cases, some at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from lab.simulation.log import Log
from lab.simulation.truth import Truth
from state.decision import Decision


@dataclass(frozen=True, slots=True)
class Scene:
    """One trial, while it is run."""

    truth: Truth
    donors: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    """What was decided in other cases, by the decision's name; see :mod:`lab.simulation.stand_in`."""
    log: Log = field(default_factory=Log)


_SCENE: ContextVar[Scene] = ContextVar("scene")


@contextmanager
def playing(scene: Scene) -> Iterator[None]:
    """Make it the scene of what is run inside; trials in other tasks have their own."""
    before = _SCENE.set(scene)
    try:
        yield
    finally:
        _SCENE.reset(before)


def scene() -> Scene:
    """The scene of the trial that is run now. Raises ``LookupError`` outside of one."""
    return _SCENE.get()


def log_now() -> Log | None:
    """The log of the trial that is run now; None outside of one."""
    now = _SCENE.get(None)
    return None if now is None else now.log
