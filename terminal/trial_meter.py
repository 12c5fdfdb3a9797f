"""The progress bar of an experiment: trials done, their rate, how far every cell is, and how long the rest takes."""

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from state.duration import in_time
from terminal.bar import Bar


class _Left(ProgressColumn):
    """How long the rest takes at the rate of all that was done: large teams take longer, and come in every round."""

    def render(self, task: Task) -> Text:
        """The time, or a dash before the first trial."""
        done = task.completed - task.fields["before"]
        if not done or task.total is None or task.elapsed is None:
            return Text("– left", style="cyan")
        seconds = (task.total - task.completed) * task.elapsed / done
        return Text(f"{in_time(seconds)} left", style="cyan")


class TrialMeter(Bar):
    """Tells on the terminal how an experiment goes; silent where the output is not a terminal."""

    def __init__(self, title: str, cells: int) -> None:
        """An experiment of so many cells."""
        console = Console(stderr=True)
        self._cells, self._began = cells, time.monotonic()
        self._before, self._done = 0, 0
        shown = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", style="cyan"),
            TimeElapsedColumn(),
            _Left(),
            TextColumn("{task.fields[depth]}", style="dim", markup=False),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        super().__init__(shown)
        self._task = shown.add_task(title, total=None, before=0, rate="–/s", depth="")

    @property
    def words(self) -> str:
        """How much was made, and how quickly."""
        seconds = time.monotonic() - self._began
        rate = f" in {seconds:.1f} s, {self._done / seconds:.0f}/s" if self._done else ""
        before = f"; {self._before:,} were kept before" if self._before else ""
        return f"{self._done:,} trials were made{rate}{before}"

    def began(self, total: int, done: int) -> None:
        """The experiment has so many trials, of which so many were kept before."""
        self._before = done
        self._progress.update(self._task, total=total, completed=done, before=done)

    def kept(self, trials: int) -> None:
        """So many more are kept."""
        self._done += trials
        done, seconds = self._before + self._done, time.monotonic() - self._began
        self._progress.update(
            self._task,
            completed=done,
            rate=f"{self._done / seconds:.0f}/s",
            depth=f"about {done / self._cells:.0f} cases in each of {self._cells} cells",
        )
