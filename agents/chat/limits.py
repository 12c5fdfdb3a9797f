"""The limits: what one turn of a chat model may take."""

from dataclasses import dataclass

from agents.chat.prompt import LONGEST


@dataclass(frozen=True, slots=True)
class Limits:
    """What one turn may take. A call's own time-out is the chat's."""

    seconds: float = 300.0
    """For the whole turn, its pauses and tools included."""
    steps: int = 6
    """Calls of the model in which it may call tools."""
    tokens: int = 50_000
    """In and out together, after which it may call no more tools."""
    patience: float = 60.0
    """Seconds that a server may ask to be left alone."""
    longest: int = LONGEST
    """Characters of each text that the model is shown; the rest is cut, and the record says so."""

    def __post_init__(self) -> None:
        for name in ("seconds", "steps", "tokens", "patience", "longest"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Limits({name}={getattr(self, name)!r}): must be above 0.")
