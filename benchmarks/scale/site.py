"""The site: a database of its own on a PostgreSQL server, and real processes of ``roundhouse`` that are at it."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.scale.meter import Reading, cpu_of, cpu_of_machine, cpu_of_tree
from data.make_leads import make_leads, write
from runtime.worker import ensure_queue
from state.sql.database import Database
from state.sql.store import Store

PROJECT = Path(__file__).parents[2]
"""Where ``cli.py`` is."""

WORKFLOW = "lead-qualification"

SEED = 9
"""What the cases are drawn with; those that the default specialists learned from have another."""

DONE = "SELECT count(*) FROM runs WHERE status <> 'running'"

COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
LOG = "SELECT (pg_current_wal_lsn() - '0/0')::float8"
SYNCS = "SELECT sum(fsyncs)::int FROM pg_stat_io WHERE object = 'wal'"
SYNCS_BEFORE_18 = "SELECT wal_sync::int FROM pg_stat_wal"
"""What the server has done; where it tells how often it waited for the disk depends on its version."""

READY = "SELECT count(*) FROM workers WHERE seen_at > now() - interval '5 s'"

ENOUGH = 900.0
"""Seconds after which something that was waited for is given up."""

LEAVE = 60.0
"""Seconds that a worker has to end in."""


class Site:
    """One database and who is at it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._others: list[subprocess.Popen[bytes]] = []
        self._connection = psycopg.connect(url, autocommit=True)
        self._syncs = SYNCS if self._connection.info.server_version >= 180_000 else SYNCS_BEFORE_18
        self._server = int((Path(self.row("SHOW data_directory")[0]) / "postmaster.pid").read_text().split()[0])

    def leads(self, count: int) -> Path:
        """A file of so many leads."""
        path = self.folder / "leads.csv"
        write(make_leads(count, SEED), path)
        return path

    def hire(self, count: int, concurrency: int) -> None:
        """Start workers, each with so many runs at a time."""
        for _ in range(count):
            self.workers.append(self._started("worker", "--concurrency", str(concurrency)))

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start another command."""
        self._others.append(self._started(*words))
        return self._others[-1]

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        """Have a worker die at once."""
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def dismiss(self) -> None:
        """Have the workers end as they should, and wait for them."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        left = time.monotonic() + LEAVE
        while any(worker.poll() is None for worker in self.workers):
            if time.monotonic() > left:
                raise RuntimeError(f"A worker does not end.\n{self._logs()}")
            time.sleep(0.1)
        self.workers.clear()

    def until(self, is_so: Callable[[], bool], every: float = 0.2) -> None:
        """Wait until something is so. Raises ``RuntimeError`` with the logs where it does not come to that."""
        until = time.monotonic() + ENOUGH
        while not is_so():
            if time.monotonic() > until or any(worker.poll() is not None for worker in self.workers):
                raise RuntimeError(f"It does not come to an end.\n{self._logs()}")
            time.sleep(every)

    def are_ready(self) -> bool:
        """Whether all workers have said that they live."""
        return int(self.row(READY)[0]) >= len(self.workers)

    def done(self) -> int:
        """How many runs stand still."""
        return int(self.row(DONE)[0])

    def reading(self, processes: "Sequence[subprocess.Popen[bytes]]") -> Reading:
        """How far it is, and what that has cost these processes and the server so far."""
        done, ours = self.done(), sum(cpu_of(process.pid) for process in processes)
        commits, syncs, log = (self.row(query)[0] for query in (COMMITS, self._syncs, LOG))
        return Reading(
            at=time.perf_counter(),
            done=done,
            ours=ours,
            servers=cpu_of_tree(self._server),
            commits=commits,
            syncs=syncs,
            wal=log,
            machine=cpu_of_machine(),
        )

    def row(self, query: str, *values: object) -> Any:
        """The first row of a query's result."""
        return self.rows(query, *values)[0]

    def rows(self, query: str, *values: object) -> list[Any]:
        """The rows of a query's result."""
        return self._connection.execute(query.encode(), values or None).fetchall()

    def do(self, statement: str) -> None:
        """Do something in a transaction of its own."""
        self._connection.execute(statement.encode())

    def close(self) -> None:
        """End whatever still lives."""
        for process in (*self.workers, *self._others):
            process.kill()
            process.wait()
        self._connection.close()

    def _logs(self) -> str:
        return "\n".join(log.read_text()[-2000:] for log in sorted(self.folder.glob("*.log")))

    def _started(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command of ours, with nothing set but the database."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDHOUSE_")}
        environment |= {"ROUNDHOUSE_DATABASE_URL": self.url, "PYTHONPATH": str(PROJECT)}
        with (self.folder / f"{uuid4().hex}.log").open("w") as log:
            command = (sys.executable, "-m", "cli", *words)
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)


@contextmanager
def opened_site(server: str) -> Iterator[Site]:
    """A site with a new database without a run on a server; nothing is left of it. Not from within an event loop."""
    name = f"scale_{uuid4().hex[:12]}"
    _on(server, "CREATE DATABASE {}", name)
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        asyncio.run(_make_tables(url))
        with tempfile.TemporaryDirectory(prefix="roundhouse-scale-") as folder:
            site = Site(url, Path(folder))
            try:
                yield site
            finally:
                site.close()
    finally:
        _on(server, "DROP DATABASE {} WITH (FORCE)", name)


async def _make_tables(url: str) -> None:
    with Database.open(url) as database:
        await ensure_queue(Store(database))


def _on(server: str, statement: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
