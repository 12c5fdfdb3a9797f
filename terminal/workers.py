"""What ``roundhouse workers`` prints: who works, what waits, how quickly it goes, and what failed."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from state.duration import in_time
from state.workers import Load, WorkerRow
from terminal.block import blocks
from terminal.tables import table
from terminal.text import plain
from terminal.widest import Widest

STYLES = {"working": "green", "idle": "cyan", "draining": "yellow", "lost": "red"}

NO_WORKERS = "No worker is there. Start one with: roundhouse worker."


def load_view(load: Load) -> RenderableType:
    """All of it."""
    return Group(_headline(load), *_workers(load), *_queue(load), *_dead(load))


def _headline(load: Load) -> Text:
    living = sum(worker.standing != "lost" for worker in load.workers)
    words = f"{living} worker{'' if living == 1 else 's'}, {load.running:,} runs under way, {load.waiting:,} waiting"
    pace = f"; {load.last_minute:,} in the last minute, {load.last_ten_minutes:,} in the last ten"
    return Text.assemble((words, "bold"), pace)


def _workers(load: Load) -> Iterator[RenderableType]:
    if not load.workers:
        yield Text(NO_WORKERS, style="yellow")
        return
    right = ("running", "last min", "10 min", "done", "failed")
    rows = table("worker", "standing", *right, "up", "seen", right=right)
    cells = [_cells(worker, load) for worker in load.workers]
    for each in cells:
        rows.add_row(*each)
    narrow = blocks(
        (Text("  ").join((name, standing)), {"running": running, "last min": minute, "failed": failed, "seen": seen})
        for name, standing, running, minute, _, _, failed, _, seen in cells
    )
    yield Widest(rows, narrow)


def _cells(worker: WorkerRow, load: Load) -> tuple[Text, ...]:
    failed = Text(f"{worker.failed:,}", style="red" if worker.failed else "dim")
    return (
        plain(f"{worker.host}:{worker.pid}"),
        Text(worker.standing, style=STYLES[worker.standing]),
        Text("–" if worker.standing == "lost" else f"{worker.running} of {worker.concurrency}"),
        Text(f"{worker.last_minute:,}"),
        Text(f"{worker.last_ten_minutes:,}"),
        Text(f"{worker.done:,}"),
        failed,
        Text(in_time((load.at - worker.started_at).total_seconds()), style="dim"),
        Text(f"{in_time((load.at - worker.seen_at).total_seconds())} ago", style="dim"),
    )


def _queue(load: Load) -> Iterator[RenderableType]:
    if not load.queue:
        yield Text("Nothing waits for a worker.", style="dim")
        return
    rows = table("workflow", "waiting", "oldest", "paused", title="Queue", right=("waiting", "oldest", "paused"))
    for line in load.queue:
        paused = Text(f"{line.paused:,}", style="yellow") if line.paused else Text("")
        rows.add_row(plain(line.workflow), f"{line.waiting:,}", in_time(line.oldest), paused)
    yield rows


def _dead(load: Load) -> Iterator[RenderableType]:
    if load.failed_runs:
        words = f"{load.failed_runs:,} run{' has' if load.failed_runs == 1 else 's have'} failed."
        yield Text(f"{words} See why: roundhouse runs --status failed. Drive them on: roundhouse retry.", style="red")
    if load.failed_jobs:
        words = f"{load.failed_jobs:,} job{' was' if load.failed_jobs == 1 else 's were'} given up"
        yield Text(f"{words}; the log of the workers says why.", style="red")
