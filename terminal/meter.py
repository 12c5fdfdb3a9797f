"""The progress bar of a batch: rate, remaining time and counts, and what chat models think, where somebody looks."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from runtime.desk.board import Board
from terminal.bar import Bar
from terminal.thoughts import BoardView


class _Rate(ProgressColumn):
    """Cases a second."""

    def render(self, task: Task) -> Text:
        """The speed of the last cases, or a dash before the first."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "–/s", style="cyan")


class _Shown(Progress):
    """A progress bar with thoughts under it."""

    def __init__(self, board: Board, *columns: str | ProgressColumn, console: Console) -> None:
        self._board = board
        super().__init__(*columns, console=console, disable=not console.is_terminal, transient=True)

    def get_renderables(self) -> Iterator[RenderableType]:
        """The bar, and under it a line for each of the first thoughts."""
        yield from super().get_renderables()
        yield BoardView(self._board)


class ProgressMeter(Bar):
    """Tells on the terminal how a batch goes; silent where the output is not a terminal."""

    def __init__(self, title: str) -> None:
        console = Console(stderr=True)
        self._counts: Counter[str] = Counter()
        board = Board()
        self.listener = board if console.is_interactive else None
        """Whom chat models tell what they think; None where nobody would see it."""
        shown = _Shown(
            board,
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            console=console,
        )
        super().__init__(shown)
        self._task = shown.add_task(title, total=None, counts="")

    def began(self, rows: int) -> None:
        """The batch has so many rows."""
        self._progress.update(self._task, total=rows)

    def warn(self, words: str) -> None:
        """Say something above the bar."""
        self._progress.console.print(words, style="yellow", markup=False)

    def finished(self, status: str) -> None:
        """One row is taken care of."""
        self._counts[status] += 1
        counts = "  ".join(f"{name} {count}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, counts=counts)
