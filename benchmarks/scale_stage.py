"""The stage of the show of scale: what has happened so far, how the workers do, and how many cases are done."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from state.workers import Load, WorkerRow

TENTH = 10
"""Where nobody looks at a terminal, it is said at every tenth how far it is."""


class Stage:
    """Shows it on a terminal while it happens, or says it line by line where there is none."""

    def __init__(self, console: Console, cases: int) -> None:
        self._console, self._cases = console, cases
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._began = time.monotonic()
        self._tenths = 0

    @property
    def width(self) -> int:
        """How many characters a line has."""
        return self._console.width

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, words: str, style: str = "") -> None:
        """Say what happens now."""
        line = Text.assemble((f"{time.monotonic() - self._began:6.1f} s  ", "dim"), (words, style))
        self._console.print(line, soft_wrap=True)

    def show(self, load: Load, done: int, dead: int | None) -> None:
        """Show where it stands; ``dead`` is the process of the worker that was killed."""
        if self._console.is_terminal:
            self._live.update(_view(load, done, self._cases, dead))
        elif done * TENTH // self._cases > self._tenths:
            self._tenths = done * TENTH // self._cases
            self.say(f"{done:,} of {self._cases:,} cases are done")


def _view(load: Load, done: int, cases: int, dead: int | None) -> RenderableType:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for name in ("worker", "process", "at a time", "now", "done", "a second"):
        table.add_column(name, justify="left" if name == "worker" else "right", header_style="dim")
    for number, worker in enumerate(sorted(load.workers, key=lambda each: each.pid), start=1):
        table.add_row(*_line(number, worker, dead))
    speed = sum(_speed(worker) for worker in load.workers if worker.pid != dead)
    bar = Table.grid(padding=(0, 2, 0, 0))
    bar.add_row(
        ProgressBar(total=cases, completed=done, width=50), f"{done:,} of {cases:,} cases", f"[cyan]{speed:.0f}/s[/]"
    )
    return Group(Text(), table, Text(), bar)


def _line(number: int, worker: WorkerRow, dead: int | None) -> tuple[str, ...]:
    if worker.pid == dead:
        return (f"[red]✗ {number}[/]", f"[red]{worker.pid}[/]", "", "[red]dead[/]", f"[dim]{worker.done:,}[/]", "")
    figures = (worker.pid, worker.concurrency, worker.running, f"{worker.done:,}", f"{_speed(worker):.0f}")
    return (f"[green]● {number}[/]", *(str(figure) for figure in figures))


def _speed(worker: WorkerRow) -> float:
    """Cases a second in the last minute, or since it began where that is shorter."""
    age = (worker.seen_at - worker.started_at).total_seconds()
    return worker.last_minute / max(1.0, min(60.0, age))
