"""The fallback: who decides when a specialist fails, declared beforehand. The record says that it took over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.handoff import Handoff
from agents.making import Failed, Making
from agents.specialist import Specialist
from state.decision import Decision
from state.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Fallback:
    """A specialist and who takes over when it fails. ``Fallback(model, rules)``: both decide the same decision.

    What it may not pay for any more is no failure: that is a question to a human.
    """

    first: Specialist
    then: Specialist

    def __post_init__(self) -> None:
        if self.first.decides is not self.then.decides:
            raise ValueError(
                f"Fallback: {self.first.name!r} decides {self.first.decides.__name__}, "
                f"{self.then.name!r} decides {self.then.decides.__name__}; both must decide the same."
            )

    @property
    def name(self) -> str:
        """That of the first."""
        return self.first.name

    @property
    def decides(self) -> type[Decision]:
        """The decision of both."""
        return self.first.decides

    @property
    def needs(self) -> tuple[type[Decision], ...]:
        """The needs of both."""
        return tuple(dict.fromkeys([*self.first.needs, *self.then.needs]))

    @property
    def version(self) -> str:
        """Of both."""
        return f"{self.first.version}, else {self.then.version}"

    @property
    def attempts(self) -> int:
        """Those of the first."""
        return self.first.attempts

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Let the first decide, and the other where it fails."""
        making = await self.first.turn(handoff.share(self.first.needs), ready_at)
        if not isinstance(making.result, Failed):
            return making
        other = await self.then.turn(handoff.share(self.then.needs), ready_at)
        reason = making.result.reason
        told = other.provenance
        provenance = Provenance(
            confidence_by=told.confidence_by,
            remarks=(*making.provenance.remarks, *told.remarks),
            evidence=told.evidence,
            fallback=reason,
        )
        # the tries of one making are counted on, whoever made them
        tried = len(making.executions)
        further = (each.model_copy(update={"attempt": tried + each.attempt}) for each in other.executions)
        return Making(other.result, (*making.executions, *further), provenance)
