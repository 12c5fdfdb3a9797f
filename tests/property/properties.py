"""What must hold for every run of every workflow."""

import asyncio

from agents.making import Failed
from graphs.turns import handoff_for
from state.decision import Decision
from tests.property.simulation import CASE, Ended, Simulation, is_stale, replaced_human_words, versions_said
from tests.property.workflows import Scene, seeded


def check_scene(scene: Scene, runner: asyncio.Runner) -> Ended:
    """All properties of one scene."""
    run = Simulation(scene).play(runner)
    check_end(scene, run)
    check_words(run)
    check_order(scene, run, runner)
    return run


def check_words(run: Ended) -> None:
    """No human's word is replaced by an agent unbidden, and saying the same again makes no new version."""
    assert replaced_human_words(run.events) == []
    assert {name: records[-1].version for name, records in run.progress.records.items()} == versions_said(run.events)


def check_order(scene: Scene, run: Ended, runner: asyncio.Runner) -> None:
    """The same run, whoever of a wave finishes first."""
    backwards = Simulation(scene, lambda wave: wave[::-1]).play(runner)
    mixed = Simulation(scene, lambda wave: seeded(scene.seed, wave).sample(wave, k=len(wave))).play(runner)
    assert backwards.outcome == run.outcome
    assert mixed.outcome == run.outcome


def check_end(scene: Scene, run: Ended) -> None:
    """A completed run has decided everything on the newest of everything, and settled every disagreement."""
    if run.status == "rejected":
        assert run.progress.closed is not None
        return
    workflow, progress = scene.workflow, run.progress
    for name in workflow.order:
        record = progress.latest(name)
        assert record is not None, f"{name} was never decided"
        assert record.outcome == "decided", f"{name} was left {record.outcome}"
        assert not is_stale(workflow, progress, record), f"{name} is built on something stale"
        if record.maker.kind == "agent":
            check_clean_build(scene, run, name)
    for conflict in workflow.conflicts:
        first, second = (
            contract.model_validate(progress.latest_value(contract.__name__)) for contract in conflict.between
        )
        if conflict.when(first, second):
            settled = [rung.versions for rung in progress.rungs if rung.conflict == conflict.name and rung.preferred]
            assert {side: progress.version(side) for side in conflict.sides} in settled
    check_threshold(scene, run)


def check_threshold(scene: Scene, run: Ended) -> None:
    """Nothing judged of an agent is under the threshold, unless a human let that version stand."""
    judged = scene.workflow.judged
    record = run.progress.latest(judged) if judged else None
    if (
        record is not None
        and record.maker.kind == "agent"
        and run.progress.approvals.get(record.decision) != record.version
    ):
        assert record.confidence is not None
        assert record.confidence >= scene.workflow.threshold


def check_clean_build(scene: Scene, run: Ended, name: str) -> None:
    """What stands is what the specialist would decide now: building again what changed is as good as building all."""
    record = run.progress.latest(name)
    assert record is not None
    fresh = scene.settled_result(name, handoff_for(scene.workflow, name, CASE, run.progress))
    assert not isinstance(fresh, Failed)
    assert isinstance(fresh, Decision)
    assert fresh.model_dump(mode="json") == record.value, f"{name} would be another one if it were made now"
