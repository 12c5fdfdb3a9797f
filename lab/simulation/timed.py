"""The timed specialist: a real one, on the simulated clock.

A trial takes no time and has to be the same again, so what a real specialist does is put on the simulated clock. A call
of a chat model keeps its own length, tokens and price. A rule takes next to nothing of any of these; it is counted as
the chat model that could sit in its seat, with the effort of a simulated turn, so that shapes can be compared at all.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agents.handoff import Handoff
from agents.making import Making
from lab.simulation.simulated import Effort
from lab.simulation.wrapped import Wrapped
from state.execution import Execution


@dataclass(frozen=True, slots=True)
class Timed(Wrapped):
    """Wraps a specialist."""

    effort: Effort

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Take the turn, and put its calls on the clock, beginning now."""
        making = await self.specialist.turn(handoff, ready_at)
        if not making.executions:
            return making
        began = min(each.started_at for each in making.executions)
        return replace(
            making, executions=tuple(self._placed(each, handoff, ready_at, began) for each in making.executions)
        )

    def _placed(self, call: Execution, handoff: Handoff[Any], ready_at: datetime, began: datetime) -> Execution:
        if call.model is not None or call.tool is not None:
            moved = ready_at - began
            times = {"started_at": call.started_at + moved, "ended_at": call.ended_at + moved}
            return call.model_copy(update={"ready_at": ready_at, **times})
        written = self.effort.lengths.answer
        likely = self.effort.execution(call.specialist, call.decision, handoff, ready_at, written)
        kept = {name: getattr(call, name) for name in ("outcome", "error", "attempt")}
        return likely.model_copy(update=kept)
