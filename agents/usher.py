"""The usher: lets a run, a specialist's turn and a model's call begin, and sees how each of them went.

The graphs and the chat models know no more of limits, metrics and traces than this. Nobody is the usher of a graph
that is driven without Roundhouse: there, everything begins at once, and is seen by none.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["run", "turn", "call"]
"""``run``: a run is driven on. ``turn``: a specialist is at a decision. ``call``: a chat model is called once."""


@dataclass(slots=True)
class Step:
    """One piece of work; whoever does it writes down here how it went."""

    kind: Kind
    name: str
    """The workflow, the specialist or the model."""
    run: str = ""
    """The run's id; empty where a graph is driven without Roundhouse."""
    version: str = ""
    """The workflow's signature."""
    decision: str = ""
    """What the turn is for."""
    specialist: str = ""
    """Whose call it is."""
    outcome: str = ""
    """In one word; empty where it was cut off."""
    tokens_in: int = 0
    tokens_out: int = 0
    messages: Sequence[Any] = ()
    """What the model was told. It holds data of the case, so it is shown only where a person has asked for that."""
    answer: str = ""
    """What the model said; as ``messages``."""


class Usher(Protocol):
    """Lets steps begin, each within its context."""

    def step(self, step: Step) -> AbstractAsyncContextManager[Step]:
        """Wait until the step may begin, and see it through."""


class Nobody:
    """The usher where there is none."""

    def step(self, step: Step) -> AbstractAsyncContextManager[Step]:
        """Let it begin."""
        return nullcontext(step)
