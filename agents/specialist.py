"""The specialist: the one owner of a decision type."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from agents.brief import Brief
from agents.handoff import Ask, Escalate, Handoff, Request
from agents.making import Function, Making, Retry, make
from state.decision import Decision

__all__ = ["Ask", "Escalate", "FunctionSpecialist", "Handoff", "Request", "Retry", "Specialist", "specialist"]


Seat = Literal["open", "kept"]
"""``open``: a chat model can take it. ``kept``: what it decides is not judged but computed, such as a table."""


class Specialist(Protocol):
    """Owns one decision type.

    :class:`FunctionSpecialist`, :class:`agents.model.ModelSpecialist`, :class:`agents.fallback.Fallback` and
    :class:`agents.panel.Panel` are the implementations.
    """

    @property
    def name(self) -> str:
        """Unique in its workflow; the name of its node."""

    @property
    def decides(self) -> type[Decision]:
        """The decision it owns."""

    @property
    def needs(self) -> tuple[type[Decision], ...]:
        """The decisions it is handed."""

    @property
    def version(self) -> str:
        """Part of the workflow's signature: change it when what it decides may change."""

    @property
    def attempts(self) -> int:
        """How often notes, or its own requests, may have its decision made again before a human is asked."""

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Take one turn at the decision. Does not raise for what the specialist's own code does."""


@dataclass(frozen=True, slots=True)
class FunctionSpecialist:
    """A specialist that is a plain function, sync or async."""

    function: Function
    name: str
    decides: type[Decision]
    needs: tuple[type[Decision], ...] = ()
    version: str = "1"
    attempts: int = 4
    timeout: float | None = None
    """Seconds a call may take; None for no limit."""
    retry: Retry = field(default_factory=Retry)
    brief: Brief | None = None
    """What a chat model is told that takes this seat; by default what its contract says."""
    seat: Seat = "open"
    forms: tuple[str, ...] = ()
    """The forms in which guidance is understood, such as ``pull everything from SOURCE``; none where it only reads."""

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Call the function as declared."""
        return await make(
            self.function,
            handoff,
            name=self.name,
            decides=self.decides,
            ready_at=ready_at,
            timeout=self.timeout,
            retry=self.retry,
        )

    def __call__(self, handoff: Handoff[Any]) -> Any:
        """The plain function, as a test calls it."""
        return self.function(handoff)


def specialist(
    *,
    decides: type[Decision],
    needs: tuple[type[Decision], ...] = (),
    name: str | None = None,
    version: str = "1",
    attempts: int = 4,
    timeout: float | None = None,
    retry: Retry | None = None,
    brief: Brief | None = None,
    forms: tuple[str, ...] = (),
    seat: Seat = "open",
) -> Callable[[Callable[[Handoff[Any]], Any]], FunctionSpecialist]:
    """Make a plain function the owner of a decision.

    A synchronous function runs in a thread of its own, so that it cannot hold up other cases.
    """

    def decorate(function: Callable[[Handoff[Any]], Any]) -> FunctionSpecialist:
        return FunctionSpecialist(
            function=function,
            name=name or function.__name__,
            decides=decides,
            needs=needs,
            version=version,
            attempts=attempts,
            timeout=timeout,
            retry=retry or Retry(),
            brief=brief,
            forms=forms,
            seat=seat,
        )

    return decorate
