"""Experiments of a few trials, and teams that behave as a test needs: steady, slow, failing, killed."""

import os
import signal
import time
from functools import partial
from pathlib import Path

from lab.experiment import Experiment
from lab.grid import combined
from lab.pool import Opens, Runs
from state.trial import Cell, Ending, Trial

ENDINGS: tuple[Ending, ...] = ("completed", "rejected", "incomplete", "limit", "deadlock")


def trial(cell: Cell, case: int) -> Trial:
    """A trial in which no two measures are equal by chance."""
    number = 100 * cell.agents + case
    return Trial(
        cell=cell,
        case=case,
        ended=ENDINGS[case % len(ENDINGS)],
        right=case % 3 == 0,
        share_right=1 / (case + 1),
        turns=number + 1,
        model_calls=number + 2,
        tokens_in=number + 3,
        tokens_out=number + 4,
        cost=number / 7,
        messages=number + 5,
        redundancy=0.1 + 0.2,
        repeats=number + 6,
        questions=case % 2,
        human_minutes=case / 3,
        conflicts=number + 7,
        overrides=number + 8,
        cascades=number + 9,
        failures=number + 10,
        critical_path=number + 11,
        wall=number / 3,
    )


def steady() -> Runs:
    """A team whose trials are these."""

    async def run(cell: Cell, case: int) -> Trial:
        return trial(cell, case)

    return run


def slow(seconds: float) -> Runs:
    """A team that takes its time, and the process with it."""

    async def run(cell: Cell, case: int) -> Trial:
        time.sleep(seconds)
        return trial(cell, case)

    return run


def failing(at: int) -> Runs:
    """A team that cannot do one of the cases."""

    async def run(cell: Cell, case: int) -> Trial:
        if case == at:
            raise KeyError("no such lead")
        return trial(cell, case)

    return run


def killed(at: int, mark: Path | None) -> Runs:
    """A team whose process is killed at a case; where a mark is given, only the first time."""

    async def run(cell: Cell, case: int) -> Trial:
        if case == at and (mark is None or not mark.exists()):
            if mark is not None:
                mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return trial(cell, case)

    return run


def experiment(opens: Opens = steady, cases: int = 25, name: str = "small") -> Experiment:
    """An experiment of four cells."""
    cells = combined(("hub", "mesh"), (2, 8), (0.5,), (0.02,))
    return Experiment("0123456789abcdef", name, {"cases": cases}, cells, cases, opens)


def taking(seconds: float) -> Opens:
    """Opens a slow team."""
    return partial(slow, seconds)
