"""The command of the lab: run an experiment, go on with it, look at it again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, print_list, stop, tell
from terminal.session import database_url

if TYPE_CHECKING:
    from runtime.logbook import Logbook

NOTHING = "No experiment is kept here. Begin with: roundhouse lab quick"

STOPPED = "Stopped. What is finished is kept; give the same command again, without --fresh, to go on."

commands = typer.Typer()


@commands.command()
def lab(
    experiment: Annotated[
        str | None,
        typer.Argument(
            help="A runfile: a path, or quick, sizes, faults, overlap or leads; or an experiment that is kept."
        ),
    ] = None,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew instead of going on.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes at the same time; by default as many as cores.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the report, its plots and all trials there.")
    ] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Try teams of every shape and size on the same cases, and say what coordination costs.

    Given again, the same runfile goes on where it was stopped. Without one, list the experiments that are kept.
    """
    if experiment is None:
        _list(database_url(database), as_json)
    elif _is_runfile(experiment):
        _run(experiment, database_url(database), fresh, jobs, out, as_json)
    else:
        _show(experiment, database_url(database), out, as_json)


def _is_runfile(name: str) -> bool:
    from lab.runfile import shipped_runfiles

    return name in shipped_runfiles() or name.endswith(".toml") or Path(name).is_file()


def _list(url: str, as_json: bool) -> None:
    from terminal.lab import experiments_view

    with _logbook(url) as logbook:
        rows = logbook.experiments()
    print_list(rows, as_json, lambda: experiments_view(rows), NOTHING)


def _show(name: str, url: str, out: Path | None, as_json: bool) -> None:
    from lab.paper.export import check_folder
    from lab.runfile import shipped_runfiles
    from state.experiment import chosen

    with _logbook(url) as logbook:
        row = chosen(name, logbook.experiments(), sorted(shipped_runfiles()))
        if out is not None:
            check_folder(out)
        _tell(logbook, row.id, out, as_json)


def _run(runfile: str, url: str, fresh: bool, jobs: int | None, out: Path | None, as_json: bool) -> None:
    from lab.design import designed
    from lab.experiment import run_experiment, workers_for
    from lab.paper.export import check_folder
    from lab.runfile import load_runfile
    from runtime.logbook import SqlLogbook
    from state.sql.database import Database
    from state.sql.store import Store
    from terminal.trial_meter import TrialMeter

    experiment = designed(load_runfile(runfile))
    if out is not None:
        check_folder(out)
    with Database.open(url) as opened:
        logbook = SqlLogbook(Store(opened))
        meter = TrialMeter(experiment.name, len(experiment.cells))
        try:
            with meter:
                work = run_experiment(
                    experiment,
                    logbook,
                    jobs=jobs or workers_for(experiment.total),
                    since="nothing" if fresh else "kept",
                    meter=meter,
                )
                asyncio.run(work)
        except KeyboardInterrupt:
            stop(STOPPED, 130)
        _tell(logbook, experiment.id, out, as_json)
        if not as_json:
            tell(meter.words, style="dim")


def _tell(logbook: "Logbook", experiment: str, out: Path | None, as_json: bool) -> None:
    """Say what an experiment came to, and write it to a folder where that is wanted."""
    from lab.paper.folder import write_folder
    from lab.result import result
    from terminal.lab import nothing_yet, result_json, result_view

    row, trials = logbook.experiment(experiment), logbook.trials(experiment)
    found = result(row, trials)
    if found is not None and out is not None:
        write_folder(row, trials, out)
    if as_json:
        print_json(result_json(row, found))
    else:
        tell(result_view(found) if found else nothing_yet(row))
        if found is not None and out is not None:
            tell(f"The report, its plots and all trials are in {out}.")


@contextmanager
def _logbook(url: str) -> Iterator["Logbook"]:
    """What is kept: nothing where there is no database yet, and none is made."""
    from runtime.logbook import MemoryLogbook, SqlLogbook
    from state.sql.database import Database, database_file
    from state.sql.store import Store

    if not all(file.exists() for file in database_file(url)):
        yield MemoryLogbook()
        return
    with Database.open(url) as opened:
        yield SqlLogbook(Store(opened))
