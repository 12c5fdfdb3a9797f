"""A progress bar: it is there while its work is done, and gone in the end."""

from types import TracebackType
from typing import Self

from rich.progress import Progress


class Bar:
    """What all that tells on the terminal how something goes has in common."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
