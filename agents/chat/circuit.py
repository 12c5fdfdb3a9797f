"""The circuit: after repeated failures a server is left alone for a while, so that not every case waits for it.

It is the circuit breaker of Michael Nygard's "Release It!" (2007): closed while all is well; open, so that calls fail
at once; and after a pause one call goes through to see whether the server is back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from state.errors import ModelTrouble


@dataclass(slots=True)
class Circuit:
    """Counts failures of one server."""

    after: int = 5
    """How many failures in a row open it."""
    pause: float = 30.0
    """Seconds that it stays open before one call may try again."""
    now: Callable[[], float] = monotonic
    _failures: int = field(default=0, init=False)
    _opened_at: float | None = field(default=None, init=False)
    _probing: bool = field(default=False, init=False)
    _last: str = field(default="", init=False)

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._opened_at is not None

    @property
    def is_holding(self) -> bool:
        """Whether no call would be let through now."""
        try:
            self.look()
        except ModelTrouble:
            return True
        return False

    @property
    def is_being_tried(self) -> bool:
        """Whether one call is seeing if the server is back."""
        return self._probing

    @property
    def words(self) -> str:
        """How often the server failed."""
        return f"the model server failed {self._failures} times in a row"

    @property
    def last(self) -> str:
        """Why it failed last."""
        return self._last

    def admit(self) -> bool:
        """Let a call through, and say whether it is the one that tries the server again.

        Raises ``ModelTrouble`` of the kind ``held_back``.
        """
        self.look()
        self._probing = self.is_open
        return self._probing

    def look(self) -> None:
        """Raise ``ModelTrouble`` of the kind ``held_back`` where no call is let through now."""
        if self._opened_at is None:
            return
        left = self._opened_at + self.pause - self.now()
        if left > 0 or self._probing:
            again = f"tried again in {left:.0f} s" if left > 0 else "being tried again"
            raise ModelTrouble("held_back", f"{self.words} and is {again}; last: {self._last}")

    def succeeded(self) -> None:
        """A call went well: all is well."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self, why: str, was_probe: bool = False) -> None:
        """A call failed in a way that speaks of the server; ``was_probe`` is what ``admit`` said of it."""
        self._failures, self._last = self._failures + 1, why
        self.let_go(was_probe)
        if self._failures >= self.after:
            self._opened_at = self.now()

    def trip(self, why: str) -> None:
        """A call failed in a way that every other will: open at once."""
        self._failures, self._last, self._probing = max(self.after, self._failures + 1), why, False
        self._opened_at = self.now()

    def let_go(self, was_probe: bool) -> None:
        """A call ended in a way that says nothing of the server; ``was_probe`` is what ``admit`` said of it."""
        self._probing = self._probing and not was_probe
