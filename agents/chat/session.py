"""The session: what a run lends to its chat models while it is driven: the purse, and somebody who listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agents.chat.purse import Purse
from agents.usher import Nobody, Usher

Phase = Literal["thinking", "looking up", "done"]
"""``looking up``: a tool is at work. ``done``: its turn has ended."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What a specialist is at."""

    case: str
    specialist: str
    phase: Phase
    text: str = ""
    """Its rationale as far as it has come, or what it looks up."""
    run: str = ""
    """The run; empty where a graph is driven without Roundhouse."""


class Listener(Protocol):
    """Is told what specialists are at, while they are."""

    def heard(self, thought: Thought) -> None:
        """A specialist began, came further, or ended. Must be quick, and must not raise."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one run's chat models have at hand."""

    purse: Purse = field(default_factory=Purse)
    listener: Listener | None = None
    run: str = ""
    usher: Usher = field(default_factory=Nobody)
    """Lets turns and calls begin."""


_current: ContextVar[Session | None] = ContextVar("session", default=None)


def current_session() -> Session:
    """The session of the run that is being driven here; an empty one where there is none."""
    return _current.get() or Session()


@contextmanager
def in_session(session: Session) -> Iterator[None]:
    """Have everything inside, and the tasks begun there, work in this session."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)
