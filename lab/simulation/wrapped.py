"""The wrapped specialist: looks like the one that it wraps, and does its turn in another way."""

from dataclasses import dataclass

from agents.specialist import Specialist
from state.decision import Decision


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What all that wraps a specialist has in common."""

    specialist: Specialist

    @property
    def name(self) -> str:
        """That of the specialist."""
        return self.specialist.name

    @property
    def decides(self) -> type[Decision]:
        """What the specialist decides."""
        return self.specialist.decides

    @property
    def needs(self) -> tuple[type[Decision], ...]:
        """What the specialist needs."""
        return self.specialist.needs

    @property
    def version(self) -> str:
        """That of the specialist."""
        return self.specialist.version

    @property
    def attempts(self) -> int:
        """Those of the specialist."""
        return self.specialist.attempts
