"""The meter: what processes and the server have used of the processors, and what a case costs between two readings.

Processor time is read from ``/proc`` as Linux has it. A server's is that of all its processes, with those that have
ended: the postmaster waits for its children, and so counts them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TICKS = os.sysconf("SC_CLK_TCK")

FIRST, PARENT = 3, 4
"""The numbers of fields of ``/proc/PID/stat``: the first behind the command's name, and the parent's id."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far it is at a moment."""

    at: float
    """Seconds, of a clock that only goes forward."""
    done: int
    """Runs that stand still."""
    ours: float
    """Seconds of processor that Roundhouse's processes have used."""
    servers: float
    """Seconds of processor that PostgreSQL has used."""
    commits: int
    """Transactions that were committed, those that only read too."""
    syncs: int
    """How often the server waited for the disk to have its log."""
    wal: float
    """Bytes of the server's log."""
    machine: float = 0.0
    """Seconds of processor that everything on this machine has used."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case costs, on the way between two readings."""

    seconds: float
    """On the clock."""
    ours: float
    """Milliseconds of processor, of Roundhouse's processes."""
    servers: float
    """Milliseconds of processor, of PostgreSQL."""
    commits: float
    syncs: float
    wal: float
    """Kilobytes."""
    machine: float = 0.0
    """Milliseconds of processor, of everything on this machine."""

    @property
    def others(self) -> float:
        """How many processors were busy meanwhile with what is not measured."""
        return max(0.0, self.machine - self.processor) / 1000 / self.seconds

    @property
    def speed(self) -> float:
        """Cases a second."""
        return 1 / self.seconds

    @property
    def processor(self) -> float:
        """Milliseconds of processor, of all."""
        return self.ours + self.servers


def between(first: Reading, last: Reading, cases: int | None = None) -> Cost:
    """What each of the cases cost that were done between two readings, or of so many."""
    many = cases or last.done - first.done
    return Cost(
        (last.at - first.at) / many,
        1000 * (last.ours - first.ours) / many,
        1000 * (last.servers - first.servers) / many,
        (last.commits - first.commits) / many,
        (last.syncs - first.syncs) / many,
        (last.wal - first.wal) / many / 1000,
        1000 * (last.machine - first.machine) / many,
    )


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in Cost.__slots__))


def cpu_of_machine() -> float:
    """Seconds of processor that everything on this machine has used."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / TICKS


def cpu_of(process: int, *, fields: Sequence[int] = (14, 15)) -> float:
    """Seconds of processor that a process has used; 0 for one that is no more."""
    found = _stat(process)
    return sum(int(found[each - FIRST]) for each in fields) / TICKS if found else 0.0


def cpu_of_tree(process: int) -> float:
    """The same of a process with its children, those that it has waited for too."""
    children = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    theirs = [each for each in children if (found := _stat(each)) and int(found[PARENT - FIRST]) == process]
    return cpu_of(process, fields=(14, 15, 16, 17)) + sum(map(cpu_of, theirs))


def _stat(process: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` from the third on, the state; none for a process that is no more."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
