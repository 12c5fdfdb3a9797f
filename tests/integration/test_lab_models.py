"""The lab with chat models in the seats of a real workflow, over the wire of a server that speaks OpenAI's protocol."""

from pathlib import Path

import pytest

from lab.design import designed
from lab.experiment import run_experiment
from lab.runfile import load_runfile
from lab.simulation.subject import subject_of
from runtime.logbook import MemoryLogbook
from state.errors import UnusableModel, UsageError
from state.trial import Trial
from tests.support.model_server import ModelServer, ideal

RUNFILE = """
name = "models"
shapes = ["hub", "supervisor"]
fault_rate = [0]

[workflow]
name = "lead-qualification"
cases = "sample"
limit = 2
"""


async def tried(folder: Path, workflow: str) -> list[Trial]:
    (folder / "models.toml").write_text(RUNFILE + workflow)
    logbook = MemoryLogbook()
    experiment = designed(load_runfile(str(folder / "models.toml")))
    await run_experiment(experiment, logbook)
    return list(logbook.trials(experiment.id))


async def test_a_chat_model_takes_the_seats_and_its_calls_and_tokens_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject_of.cache_clear()
    async with ModelServer(ideal, models=["gpt-5-mini"]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", server.key or "")
        trials = await tried(tmp_path, 'model = "gpt-5-mini"\n')
        assert server.calls
    hub, supervisor = trials[:2], trials[2:]
    assert all(trial.model_calls >= 5 and trial.tokens_in > 0 for trial in trials)
    assert all(ours.turns < theirs.turns for ours, theirs in zip(hub, supervisor, strict=True))
    # the server answers the same to the same question, so what was decided without a fault is decided again
    assert all(trial.right for trial in hub)


async def test_a_seat_that_the_workflow_has_not_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lead-qualification has no seat 'chief'\. It has analyst, researcher"):
        await tried(tmp_path, '\n[workflow.seats]\nchief = "gpt-5-mini"\n')


async def test_a_model_without_a_key_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    subject_of.cache_clear()
    with pytest.raises(UnusableModel, match="OPENAI_API_KEY"):
        await tried(tmp_path, '\n[workflow.seats]\nanalyst = "gpt-5-mini"\n')
