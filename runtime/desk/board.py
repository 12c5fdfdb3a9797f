"""The board: what specialists that are chat models are thinking right now, for whoever looks."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from agents.chat.session import Thought
from state.plain import keepable

KEPT = 512
"""How many specialists are kept at the most; then the one that was silent longest is dropped."""

LONGEST = 2_000
"""How many characters of a thought are kept, from its end."""

SILENT = 330.0
"""Seconds of silence after which a thought is dropped: a turn that was cut off does not say that it has ended."""


@dataclass(frozen=True, slots=True)
class _Heard:
    thought: Thought
    at: float


class Board:
    """The newest thought of every specialist that is at a case. May be told and asked in any thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: dict[tuple[str, str, str], _Heard] = {}

    def heard(self, thought: Thought) -> None:
        """Keep it in the place of the one before; a specialist that is done is dropped."""
        key, now = (thought.run, thought.case, thought.specialist), self._clock()
        with self._lock:
            if thought.phase == "done":
                self._heard.pop(key, None)
                return
            if key not in self._heard and len(self._heard) >= KEPT:
                del self._heard[min(self._heard, key=lambda each: self._heard[each].at)]
            self._heard[key] = _Heard(replace(thought, text=keepable(thought.text[-LONGEST:])), now)

    def thoughts(self, run: str | None = None) -> tuple[Thought, ...]:
        """Those of a run, or of all: first who has said something, and of these who began first."""
        with self._lock:
            since = self._clock() - SILENT
            self._heard = {key: each for key, each in self._heard.items() if each.at > since}
            found = [each.thought for each in self._heard.values() if run in (None, each.thought.run)]
        return tuple(sorted(found, key=lambda thought: not thought.text))
