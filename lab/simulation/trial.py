"""The trial: run one case of a cell, once, and measure it.

All that it depends on is the setting, the cell and the case. Time is simulated and chance is a digest, so a trial is
the same to the last digit whichever trials are run before it, beside it, or on another machine.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphs.agenda import Finish, agenda
from graphs.workflow import Workflow
from lab.simulation.chooser import NAME as CHOOSER
from lab.simulation.measure import Run, measured
from lab.simulation.plan import Plan
from lab.simulation.scene import Scene, playing
from lab.simulation.setting import Setting
from lab.simulation.stage import Cast, Stage, effort_of, staged
from lab.simulation.stand_in import Shifted
from lab.simulation.subject import subject_of
from lab.simulation.team import overrides_of, simulated_case, team, truth_of
from state.case import Case
from state.errors import ContractBroken, Stuck
from state.progress import Progress
from state.trial import Cell, Ending, Trial


@dataclass(frozen=True, slots=True)
class Play:
    """A case on its stage."""

    stage: Stage
    case: Case
    scene: Scene


async def run_trial(setting: Setting, cell: Cell, case: int) -> Trial:
    """The trial of the case at a position, from 0, in a cell.

    Raises ``UsageError`` where the setting's subject cannot be used, or has no such case.
    """
    play = _team_play(setting, cell, case) if setting.subject is None else await _subject_play(setting, cell, case)
    run = await _run(play, limit=setting.steps * (len(play.stage.workflow.specialists) + 2))
    return measured(cell, case, run, play.scene.truth, setting.minutes)


async def _run(play: Play, limit: int) -> Run:
    """Run it to its end, or to where it cannot go on."""
    state: dict[str, Any] = {}
    ended: Ending | None = None
    try:
        with playing(play.scene):
            async for state in _states(play, limit):  # noqa: B007  # the last one is what the run came to
                pass
    except RecursionError:
        ended = "limit"
    except Stuck:
        ended = "deadlock"
    except ContractBroken as broken:
        if broken.who != CHOOSER:
            raise
        ended = "deadlock"
    workflow, progress = play.stage.workflow, Progress.parse(state.get("progress") or {})
    return Run(workflow, progress, play.scene.log, ended or _ending(workflow, progress, state.get("agreed")))


def _states(play: Play, limit: int) -> AsyncIterator[dict[str, Any]]:
    given = {"case": play.case.model_dump(mode="json")}
    states: AsyncIterator[dict[str, Any]] = play.stage.graph.astream(
        given, {"recursion_limit": limit}, stream_mode="values"
    )
    return states


def _ending(workflow: Workflow, progress: Progress, agreed: bool | None) -> Ending:
    """How a run ended that came to an end by itself."""
    if progress.closed is not None:
        return "rejected"
    if agreed is not None:
        return "completed" if agreed else "limit"
    plan = agenda(workflow, progress, workflow.threshold)
    return "completed" if isinstance(plan, Finish) else "incomplete"


def _team_play(setting: Setting, cell: Cell, case: int) -> Play:
    plan = Plan(agents=cell.agents, width=setting.width, overlap=cell.overlap, seed=setting.seed)
    return Play(_team_stage(setting, cell), simulated_case(plan, case), Scene(truth_of(plan, case)))


@lru_cache(maxsize=1024)
def _team_stage(setting: Setting, cell: Cell) -> Stage:
    plan = Plan(agents=cell.agents, width=setting.width, overlap=cell.overlap, seed=setting.seed)
    cast = Cast(team(plan, effort_of(setting), setting.threshold), Shifted(), overrides_of(plan))
    return staged(setting, cast, cell.shape, cell.fault_rate)


async def _subject_play(setting: Setting, cell: Cell, case: int) -> Play:
    subject = subject_of(setting)
    known = await subject.reference(case)
    scene = Scene(known.truth, await subject.donors(case))
    return Play(_subject_stage(setting, cell), subject.cases[case], scene)


@lru_cache(maxsize=256)
def _subject_stage(setting: Setting, cell: Cell) -> Stage:
    return staged(setting, subject_of(setting).cast, cell.shape, cell.fault_rate)
