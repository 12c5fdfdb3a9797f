"""One trial: what each shape makes of a team, with faults and without."""

import asyncio
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.conduct import Conduct
from lab.simulation.clock import EPOCH, SimulatedClock
from lab.simulation.faults import FAULTS, FaultShares
from lab.simulation.latency import Latency
from lab.simulation.setting import Setting, Subject
from lab.simulation.subject import subject_of
from lab.simulation.trial import run_trial
from state.errors import UsageError
from state.progress import Progress
from state.trial import Cell, ShapeName, Trial

SHAPES: tuple[ShapeName, ...] = ("hub", "pipeline", "supervisor", "mesh", "single")
SIZES = (1, 2, 4, 8, 12)
SETTING = Setting()
LEADS = Setting(subject=Subject("lead-qualification", "sample"))


def tried(cell: Cell, case: int = 0, setting: Setting = SETTING) -> Trial:
    return asyncio.run(run_trial(setting, cell, case))


def cell(shape: ShapeName, agents: int = 8, overlap: float = 0.5, fault_rate: float = 0.0) -> Cell:
    return Cell(shape=shape, agents=agents, overlap=overlap, fault_rate=fault_rate)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("agents", SIZES)
@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_without_faults_every_shape_gets_every_case_right(shape: ShapeName, agents: int, overlap: float) -> None:
    for case in range(3):
        trial = tried(cell(shape, agents, overlap), case)
        assert (trial.ended, trial.right, trial.share_right) == ("completed", True, 1.0)
        assert (trial.questions, trial.conflicts, trial.overrides, trial.failures) == (0, 0, 0, 0)


@pytest.mark.parametrize("shape", ["hub", "pipeline", "single"])
@pytest.mark.parametrize("agents", SIZES)
def test_without_faults_a_shape_that_needs_no_talk_makes_one_call_for_each_decision(
    shape: ShapeName, agents: int
) -> None:
    trial = tried(cell(shape, agents))
    assert trial.model_calls == trial.turns == agents
    assert trial.repeats == 0


@pytest.mark.parametrize(("agents", "calls"), [(2, 5), (4, 9), (8, 17)])
def test_a_supervisor_makes_two_calls_for_each_decision_and_one_to_be_done(agents: int, calls: int) -> None:
    assert tried(cell("supervisor", agents)).model_calls == calls


def test_only_the_shapes_that_work_in_parallel_are_faster_than_one_after_the_other() -> None:
    even = Setting(latency=Latency(mean=4.0, sigma=0.0))
    walls = {shape: tried(cell(shape, 9, 0.0), setting=even).wall for shape in SHAPES}
    assert walls["single"] == walls["pipeline"] == 36.0
    assert walls["hub"] == 12.0
    assert walls["supervisor"] == 76.0
    assert tried(cell("hub", 9, 0.0), setting=even).critical_path == 3


def test_the_same_seed_gives_the_same_trial_whatever_runs_beside_it_and_in_any_order() -> None:
    cells = [cell(shape, 8, 0.5, 0.2) for shape in SHAPES for _ in range(2)]

    async def together() -> list[Trial]:
        return await asyncio.gather(*(run_trial(SETTING, each, case) for case, each in enumerate(cells)))

    one_by_one = [tried(each, case) for case, each in reversed(list(enumerate(cells)))]
    assert asyncio.run(together()) == list(reversed(one_by_one))


def test_another_seed_gives_another_trial() -> None:
    assert tried(cell("hub")) != tried(cell("hub"), setting=Setting(seed=1))


def test_what_an_agent_says_first_is_the_same_in_every_shape() -> None:
    """Without overlap nobody is objected to, so shapes without a deciding agent come to the same decisions."""
    for case in range(12):
        ends = [tried(cell(shape, 6, 0.0, 0.3), case) for shape in ("hub", "pipeline", "single")]
        assert len({(trial.right, trial.share_right, trial.turns, trial.questions) for trial in ends}) == 1


def test_faults_make_what_nobody_checks_wrong_and_what_is_checked_less_so() -> None:
    alone = [tried(cell("single", 8, 1.0, 0.2), case).share_right for case in range(40)]
    hub = [tried(cell("hub", 8, 1.0, 0.2), case).share_right for case in range(40)]
    assert sum(alone) < sum(hub) - 2
    assert sum(alone) < 40


def test_where_everybody_may_override_some_do() -> None:
    mesh = [tried(cell("mesh", 8, 1.0, 0.2), case) for case in range(20)]
    others = [tried(cell(shape, 8, 1.0, 0.2), case) for case in range(20) for shape in ("hub", "pipeline", "single")]
    assert sum(trial.overrides for trial in mesh)
    assert not any(trial.overrides for trial in others)


def test_a_repeated_step_shows_in_turns_and_repeats_and_in_nothing_else() -> None:
    twice = Setting(shares=FaultShares.only("repeated_step"))
    plain, repeated = tried(cell("hub")), tried(cell("hub", fault_rate=1.0), setting=twice)
    assert (repeated.turns, repeated.repeats, repeated.right) == (2 * plain.turns, plain.turns, True)


def test_what_always_fails_is_decided_by_the_human() -> None:
    silent = Setting(shares=FaultShares.only("silence"), minutes=3.0)
    trial = tried(cell("hub", 4, 0.0, 1.0), setting=silent)
    assert (trial.right, trial.questions, trial.human_minutes) == (True, 4, 12.0)
    assert trial.failures == trial.turns == 12


def test_a_supervisor_that_says_done_at_once_leaves_all_undone() -> None:
    hasty = Setting(shares=FaultShares.only("early_stop"))
    trial = tried(cell("supervisor", 4, 0.0, 1.0), setting=hasty)
    assert (trial.ended, trial.share_right, trial.turns) == ("incomplete", 0.0, 1)


def test_a_supervisor_that_never_answers_is_a_deadlock() -> None:
    silent = Setting(shares=FaultShares.only("silence"))
    trial = tried(cell("supervisor", 4, 0.0, 1.0), setting=silent)
    assert (trial.ended, trial.turns, trial.failures) == ("deadlock", 3, 3)
    assert trial.wall == 3 * silent.timeout


def test_a_run_that_does_not_end_is_stopped_at_its_limit() -> None:
    repeating = Setting(shares=FaultShares.only("repeated_step"), steps=6)
    trial = tried(cell("supervisor", 4, 0.0, 1.0), setting=repeating)
    assert trial.ended == "limit"
    assert trial.turns > 10


cells = st.builds(
    Cell,
    shape=st.sampled_from(SHAPES),
    agents=st.integers(1, 7),
    overlap=st.sampled_from([0.0, 0.4, 1.0]),
    fault_rate=st.sampled_from([0.05, 0.3, 0.8, 1.0]),
)
worlds = st.builds(
    Setting,
    seed=st.integers(0, 20),
    width=st.integers(1, 4),
    threshold=st.sampled_from([0.0, 0.5, 0.9]),
    shares=st.one_of(st.just(FaultShares()), st.sampled_from(FAULTS).map(FaultShares.only)),
    accuracy=st.sampled_from([0.0, 0.5, 1.0]),
)


@settings(max_examples=60, deadline=None)
@given(cells, worlds, st.integers(0, 100))
def test_a_run_always_ends_and_in_all_shapes_but_a_supervisors_with_every_decision(
    cell: Cell, world: Setting, case: int
) -> None:
    trial = tried(cell, case, world)
    if cell.shape != "supervisor":
        assert trial.ended in ("completed", "limit")
    if cell.shape in ("hub", "pipeline", "single"):
        assert trial.ended == "completed"
    assert trial.critical_path <= trial.turns
    assert trial.model_calls == trial.turns
    assert trial.repeats <= trial.turns


def test_a_setting_can_be_sent_to_another_process_and_is_the_same_there() -> None:
    sent = pickle.loads(pickle.dumps(SETTING))
    assert sent == SETTING
    assert hash(sent) == hash(SETTING)


@pytest.mark.parametrize("wrong", [{"accuracy": 1.2}, {"width": 0}, {"timeout": 0.0}])
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="setting"):
        Setting(**wrong)


def test_the_clock_stands_still_until_something_happens() -> None:
    assert SimulatedClock().now(Progress()) == EPOCH
    assert Conduct(clock=SimulatedClock()).clock.dispatch(EPOCH, EPOCH) == EPOCH


@pytest.mark.parametrize("shape", ["hub", "supervisor", "pipeline"])
def test_a_real_workflow_without_faults_decides_what_is_right_of_it(shape: ShapeName) -> None:
    for case in range(5):
        trial = tried(Cell(shape=shape, agents=5), case, LEADS)
        assert (trial.ended, trial.right) == ("completed", True)
        assert trial.tokens_in > 0


def test_a_real_workflow_with_faults_is_the_same_again_and_not_always_right() -> None:
    made = [tried(Cell(shape="hub", agents=5, fault_rate=0.5), case, LEADS) for case in range(10)]
    again = [tried(Cell(shape="hub", agents=5, fault_rate=0.5), case, LEADS) for case in range(10)]
    assert made == again
    assert not all(trial.right for trial in made)
    assert sum(trial.failures for trial in made)


def test_a_case_that_is_not_in_the_file_is_refused() -> None:
    count = len(subject_of(LEADS).cases)
    with pytest.raises(UsageError, match=f"There is no case {count + 1}"):
        tried(Cell(shape="hub", agents=5), count, LEADS)
