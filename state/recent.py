"""Recent: what was made of the last few objects, found again by the object itself and not by what it says."""

from threading import Lock
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Recent(Generic[ValueT]):
    """Keeps the last so many; an object must not be changed once something is kept for it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[int, tuple[object, ValueT]] = {}
        self._lock = Lock()

    def find(self, of: object) -> ValueT | None:
        """What is kept for this very object; None where nothing is."""
        kept = self._kept.get(id(of))
        return kept[1] if kept is not None and kept[0] is of else None

    def keep(self, of: object, value: ValueT) -> ValueT:
        """Keep a value for an object, which is held so that its identity stays its own."""
        with self._lock:
            self._kept[id(of)] = (of, value)
            while len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]
        return value
