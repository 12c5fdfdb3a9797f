"""A show of scale on one machine: a PostgreSQL server, two workers, 2,000 cases, and a worker that dies on the way.

    python -m benchmarks.scale_demo

Everything is what a real installation has: the server, ``roundhouse worker`` twice, ``roundhouse run … --queue``. One
worker is killed with ``kill -9`` when it has runs in hand; what becomes of them, and of all others, is read from the
tables. Nothing is left behind: files, processes and the server are gone at the end.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.postgres import postgres_url
from benchmarks.scale_stage import Stage
from data.make_leads import make_leads, write
from state.sql.database import Database
from state.sql.workers import read_load
from state.workers import Load

CASES = 2_000

SEED = 9
"""What the cases are drawn with; those that the default specialists learned from have another."""

CONCURRENCY = 16
"""Runs at the same time in each worker."""

STRUCK_AT = 0.35
"""Which share of the cases is done when the worker dies."""

PROMISED = 15.0
"""Seconds in which the runs of a dead worker go on."""

ENOUGH = 900.0
"""Seconds after which the show is given up."""

DONE = "SELECT count(*) FROM runs WHERE status <> 'running'"
IN_HAND = "SELECT id FROM runs WHERE driver LIKE %s AND status = 'running'"
STILL_DEAD = (
    "SELECT count(*) FROM runs WHERE id = ANY(%s) AND status = 'running' AND (driver IS NULL OR driver LIKE %s)"
)
STATES = (
    "SELECT count(*), count(DISTINCT case_id), count(*) FILTER (WHERE status IN ('completed', 'waiting')) FROM runs"
)
EFFECTS = "SELECT count(*), count(DISTINCT (run, effect)), count(*) FILTER (WHERE status = 'delivered') FROM outbox"
WANTED = "SELECT count(*) FROM runs WHERE status = 'completed'"
LEFT = "SELECT (SELECT count(*) FROM procrastinate_jobs) + (SELECT count(*) FROM runs WHERE driver IS NOT NULL)"


@dataclass(slots=True)
class Struck:
    """A worker that was killed."""

    pid: int
    at: float
    held: Sequence[str]
    """The runs that it had in hand."""
    first: float = 0.0
    """Seconds until the first of them went on; 0 before."""
    last: float = 0.0
    """Seconds until the last of them did."""

    @property
    def driver(self) -> str:
        """How its name looks among drivers."""
        return f"%:{self.pid}:%"


class Show:
    """One show."""

    def __init__(self, url: str, folder: Path, stage: Stage) -> None:
        self._url, self._folder, self._stage = url, folder, stage
        self._connection = psycopg.connect(url, autocommit=True)
        self._database = Database.open(url)
        self._workers: list[subprocess.Popen[str]] = []
        self.struck: Struck | None = None

    @contextmanager
    def open(self) -> Iterator["Show"]:
        """Two workers at work meanwhile."""
        try:
            self._workers = [self._command(f"worker{name}.log", *WORKER) for name in (1, 2)]
            yield self
        finally:
            self.dismiss()
            self._connection.close()
            self._database.close()

    def dismiss(self) -> None:
        """Have the workers end, and wait for them."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.wait(60)

    def play(self) -> tuple[int, str]:
        """Have the cases run; returns the command's status and what it said."""
        self._until(lambda load: len(load.workers) == 2, "The workers did not come up")
        self._stage.say(f"two workers are ready, {CONCURRENCY} runs at a time each")
        self._stage.say(f"roundhouse run lead-qualification leads.csv --queue   [{CASES:,} cases]")
        command = self._command("run.log", "run", "lead-qualification", "leads.csv", "--queue")
        self._until(lambda load: command.poll() is not None, "The cases did not come to an end")
        return command.returncode, (self._folder / "run.log").read_text()

    def verdicts(self) -> list[tuple[str, bool, str]]:
        """What was promised, whether it is so, and the figures."""
        runs, cases, ended = self._row(STATES)
        effects, once, delivered = self._row(EFFECTS)
        [wanted], [left] = self._row(WANTED), self._row(LEFT)
        files = sum(1 for file in (self._folder / "outbox").rglob("*.json"))
        struck = self.struck
        return [
            ("every case is done or waits for a human", runs == ended == CASES, f"{ended:,} of {CASES:,}"),
            ("no case was run twice", runs == cases, f"{runs:,} runs of {cases:,} cases"),
            ("no effect is there twice", effects == once, f"{once:,} different of {effects:,}"),
            ("every effect was delivered, once", wanted <= delivered == files, f"{files:,} files for {wanted:,} runs"),
            ("the queue is empty, and nobody holds a run", left == 0, f"{left} left"),
            (
                f"the dead one's runs went on within {PROMISED:.0f} s",
                struck is not None and 0 < struck.last < PROMISED,
                f"{len(struck.held)} runs, {struck.first:.1f} to {struck.last:.1f} s" if struck else "none died",
            ),
        ]

    def _until(self, is_so: Callable[[Load], bool], otherwise: str) -> None:
        """Look, show and strike until something is so."""
        until = time.monotonic() + ENOUGH
        while True:
            load, [done] = self._load(), self._row(DONE)
            self._stage.show(load, done, dead=self.struck.pid if self.struck else None)
            self._strike(done)
            self._follow()
            if is_so(load):
                return
            if time.monotonic() > until or any(worker.poll() is not None for worker in self._living()):
                raise SystemExit(f"{otherwise}; the logs: {self._logs()}")
            time.sleep(0.2)

    def _living(self) -> list[subprocess.Popen[str]]:
        return [worker for worker in self._workers if self.struck is None or worker.pid != self.struck.pid]

    def _strike(self, done: int) -> None:
        victim = self._workers[0]
        if self.struck is not None or done < STRUCK_AT * CASES or not self._ids(IN_HAND, f"%:{victim.pid}:%"):
            return
        victim.kill()
        victim.wait()
        struck = Struck(victim.pid, time.monotonic(), ())
        struck.held = self._ids(IN_HAND, struck.driver)
        self.struck = struck if struck.held else None
        if self.struck is None:
            raise SystemExit("The worker had nothing in hand when it died; give the command again.")
        self._stage.say(f"kill -9 {victim.pid}: the first worker is dead, with {len(struck.held)} runs in hand")

    def _follow(self) -> None:
        """See which runs of the dead worker go on."""
        if self.struck is None or self.struck.last:
            return
        struck, passed = self.struck, time.monotonic() - self.struck.at
        [still] = self._row(STILL_DEAD, list(struck.held), struck.driver)
        if still < len(struck.held) and not struck.first:
            struck.first = passed
            self._stage.say(f"its runs go on at the other worker, {passed:.1f} s after its death")
        if not still:
            struck.last = passed

    def _command(self, log: str, *words: str) -> subprocess.Popen[str]:
        """A command of ours, with nothing set but the database, and its words in a log."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDHOUSE_")}
        environment |= {"ROUNDHOUSE_DATABASE_URL": self._url, "COLUMNS": str(self._stage.width)}
        with (self._folder / log).open("w") as out:
            words = (sys.executable, "-m", "cli", *words)
            return subprocess.Popen(words, cwd=self._folder, env=environment, stdout=out, stderr=out, text=True)

    def _load(self) -> Load:
        with self._database.reading() as connection:
            return read_load(connection)

    def _row(self, query: str, *values: object) -> tuple[int, ...]:
        found = self._connection.execute(query.encode(), values or None).fetchone()
        assert found is not None
        return found

    def _ids(self, query: str, *values: object) -> list[str]:
        return [row[0] for row in self._connection.execute(query.encode(), values)]

    def _logs(self) -> str:
        return "\n".join(log.read_text() for log in sorted(self._folder.glob("*.log")))


WORKER = ("worker", "--concurrency", str(CONCURRENCY))


def main() -> None:
    """Play it, and say what came of it; status 1 where something is not as promised."""
    console = Console(emoji=False)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roundhouse-scale-")))
        stage = Stage(console, CASES)
        stage.say("a PostgreSQL server of our own comes up")
        url = stack.enter_context(postgres_url())
        write(make_leads(CASES, SEED), folder / "leads.csv")
        show = stack.enter_context(Show(url, folder, stage).open())
        with stage:
            status, said = show.play()
            stage.say("the workers are told to stop, and deliver what is left")
            show.dismiss()
        verdicts = show.verdicts()
    console.print(said, markup=False, highlight=False)
    console.print(_table(verdicts))
    if status or not all(is_so for _, is_so, _ in verdicts):
        sys.exit(1)


def _table(verdicts: Sequence[tuple[str, bool, str]]) -> Table:
    table = Table(title="What was promised", title_style="bold", title_justify="left", box=None, show_header=False)
    for words, is_so, figures in verdicts:
        table.add_row("[green]kept[/]" if is_so else "[red]BROKEN[/]", words, f"[dim]{figures}[/]")
    return table


if __name__ == "__main__":
    main()
