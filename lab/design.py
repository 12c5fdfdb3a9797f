"""The design of an experiment: from what its runfile says to what is run."""

from functools import partial
from typing import Any

from graphs.lint import check
from graphs.shaped import shape_named, shaped
from lab.experiment import Experiment
from lab.grid import combined
from lab.pool import Runs
from lab.runfile import Runfile, WorkflowTable, digest_of
from lab.simulation.faults import FaultShares
from lab.simulation.latency import Latency
from lab.simulation.setting import Setting, Subject
from lab.simulation.subject import subject_of
from lab.simulation.tokens import Lengths, Prices
from lab.simulation.trial import run_trial
from state.trial import Cell


def designed(runfile: Runfile) -> Experiment:
    """The experiment of a runfile. Raises ``UsageError`` where a workflow that it names cannot be used."""
    setting = setting_of(runfile)
    if runfile.workflow is None:
        cells = combined(runfile.shapes, runfile.agents, runfile.overlap, runfile.fault_rate)
        return _experiment(runfile, setting, cells, runfile.cases, runfile.content)
    return _of_workflow(runfile, runfile.workflow, setting)


def opened(setting: Setting) -> Runs:
    """What makes the trials of a setting."""
    return partial(run_trial, setting)


def setting_of(runfile: Runfile) -> Setting:
    """What is the same in every cell."""
    latency, prices = runfile.latency, runfile.prices
    return Setting(
        seed=runfile.seed,
        width=runfile.team.width,
        threshold=runfile.team.threshold,
        shares=FaultShares(**runfile.faults.model_dump()),
        latency=Latency(latency.mean, latency.sigma),
        lengths=Lengths(**runfile.tokens.model_dump()),
        prices=Prices(prices.tokens_in, prices.tokens_out),
        timeout=latency.timeout,
        accuracy=runfile.person.accuracy,
        minutes=runfile.person.minutes,
        quorum=runfile.mesh.quorum,
        rounds=runfile.mesh.rounds,
        subject=_subject(runfile, runfile.workflow) if runfile.workflow else None,
    )


def _subject(runfile: Runfile, asked: WorkflowTable) -> Subject:
    """The workflow, with its file of cases as it is found from here."""
    profile = asked.profile and _beside(runfile, asked.profile)
    seats = tuple(sorted(asked.seats.items()))
    return Subject(asked.name, _beside(runfile, asked.cases), profile, asked.model, seats)


def _beside(runfile: Runfile, name: str) -> str:
    """A file beside the runfile in full; any other name as it is."""
    file = runfile.path.parent / name
    return str(file.resolve()) if file.is_file() else name


def _of_workflow(runfile: Runfile, asked: WorkflowTable, setting: Setting) -> Experiment:
    """What is known of a workflow and its cases is a part of the content: where it changes, so does the experiment."""
    # the file may have changed since this process has read it
    subject_of.cache_clear()
    subject = subject_of(setting)
    workflow = subject.cast.workflow
    for name in runfile.shapes:
        check(shaped(workflow, shape_named(name)))
    agents, cases = len(workflow.specialists), len(subject.cases)
    cells = combined(runfile.shapes, (agents,), (0.0,), runfile.fault_rate)
    told = [case.model_dump(mode="json") for case in subject.cases]
    content = {**runfile.content, "signature": workflow.signature, "told": digest_of({"cases": told})}
    return _experiment(runfile, setting, cells, min(cases, asked.limit or cases), content)


def _experiment(
    runfile: Runfile, setting: Setting, cells: tuple[Cell, ...], cases: int, content: dict[str, Any]
) -> Experiment:
    return Experiment(digest_of(content), runfile.name, content, cells, cases, partial(opened, setting))
