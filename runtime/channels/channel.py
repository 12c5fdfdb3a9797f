"""The channel: one way out, and what can come of one attempt to send a parcel by it."""

from dataclasses import dataclass
from typing import Protocol

from state.effect import Parcel


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has the parcel, from this attempt or from an earlier one."""

    receipt: str
    """What the receiver said, or where the parcel lies."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Trying again is safe: the parcel did not arrive for certain, or the receiver tells repeats apart."""

    reason: str
    pause: float | None = None
    """Seconds that the receiver asked to be left alone for; None where it named no time."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The parcel did not arrive, and trying again is of no use before a person has changed something."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The receiver may have the parcel, and could not tell a second one from it."""

    reason: str


Outcome = Sent | Failed | Refused | Doubtful
"""What came of one attempt."""


class Channel(Protocol):
    """One way out."""

    tells_repeats_apart: bool
    """Whether its receiver knows a parcel that it has had already, by its id."""

    async def send(self, parcel: Parcel) -> Outcome:
        """Make one attempt. It never raises for what the receiver does; a cancellation passes through."""

    async def close(self) -> None:
        """Let go of what the channel holds open; it is not used afterwards."""
