"""The watched specialist: its turns are written into the log of the trial."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.handoff import Handoff
from agents.making import Making
from lab.simulation.log import turn_of
from lab.simulation.scene import log_now
from lab.simulation.wrapped import Wrapped


@dataclass(frozen=True, slots=True)
class Watched(Wrapped):
    """Wraps a specialist and logs its turns."""

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Take the turn and log it; outside of a trial, only take it."""
        making = await self.specialist.turn(handoff, ready_at)
        log = log_now()
        if log is not None:
            log.turns.append(turn_of(self.name, handoff, making))
        return making
