import pytest

from lab.statistics.bootstrap import Bootstrap, Estimate
from lab.statistics.row import FIGURES, Row, definition, seats
from lab.statistics.summary import summary
from lab.statistics.tariff import Tariff
from state.trial import Trial
from tests.support.trials import cell, trial

SOME = Bootstrap(seed=2, times=300)

FOUR = [
    # the single agent takes 2 turns for each of four cases and errs in one
    *(trial(cell("single"), case, turns=2, messages=0, critical_path=2, right=case > 0) for case in range(4)),
    # the mesh takes 4, 4, 8 and 8, and errs in two
    trial(cell("mesh"), 0, turns=4, messages=6, critical_path=4, right=False, cost=1.0, human_minutes=2, cascades=1),
    trial(cell("mesh"), 1, turns=4, messages=6, critical_path=4, right=False, cost=1.0, ended="limit"),
    trial(cell("mesh"), 2, turns=8, messages=12, critical_path=6, cost=2.0, human_minutes=4),
    trial(cell("mesh"), 3, turns=8, messages=12, critical_path=6, cost=2.0, ended="rejected"),
]

PAIR = [each.model_copy(update={"case": each.case + 4 * again}) for again in range(8) for each in FOUR]
"""So often that hardly a draw lacks an error."""


def rows(trials: list[Trial], bootstrap: Bootstrap = SOME) -> dict[str, Row]:
    return {row.cell.shape: row for row in summary(trials, tariff=Tariff(0.5), bootstrap=bootstrap)}


def value(found: Estimate | None) -> float:
    assert found is not None
    return found.value


def test_the_figures_are_those_of_their_definitions() -> None:
    mesh = rows(PAIR)["mesh"]
    assert value(mesh.turns) == 6
    # (6 − 2) / 2
    assert value(mesh.overhead) == 2
    # 36 messages in 24 turns
    assert value(mesh.density) == 1.5
    assert value(mesh.success) == 0.5
    # 0.5 / (6 / 2)
    assert value(mesh.efficiency) == pytest.approx(1 / 6)
    # 0.5 / 0.25
    assert value(mesh.amplification) == 2
    # 1.5 for models, and 1.5 minutes at 0.5 each
    assert value(mesh.spent) == 2.25
    assert value(mesh.spent_per_right) == 4.5
    assert value(mesh.cascade) == 0.25
    assert value(mesh.stuck) == 0.25
    # two seats over five turns, of which six of ten are used
    assert value(mesh.idle) == pytest.approx(0.4)


def test_the_single_agent_is_its_own_measure() -> None:
    single = rows(PAIR)["single"]
    assert (value(single.overhead), value(single.amplification), value(single.idle)) == (0, 1, 0)
    assert single.efficiency == single.success


def test_an_error_is_not_amplified_where_the_single_agent_makes_none() -> None:
    trials = [trial(cell(shape), case, right=shape == "single") for shape in ("single", "mesh") for case in range(3)]
    assert rows(trials)["mesh"].amplification is None


def test_without_the_single_agent_nothing_is_compared_with_it() -> None:
    hub = rows([trial(cell("hub"), case) for case in range(3)])["hub"]
    assert (hub.overhead, hub.efficiency, hub.amplification) == (None, None, None)
    assert value(hub.turns) == 2


def test_the_single_agent_compared_with_has_the_same_faults() -> None:
    trials = [trial(cell("single", fault_rate=0.1), turns=3), trial(cell("hub", fault_rate=0.2), turns=6)]
    assert rows(trials)["hub"].overhead is None


def test_cases_that_only_one_has_are_dropped_from_the_comparison_only() -> None:
    trials = [trial(cell("single"), case, turns=1) for case in (0, 1)]
    trials += [trial(cell("hub"), case, turns=turns) for case, turns in ((0, 2), (1, 4), (2, 30))]
    hub = rows(trials)["hub"]
    assert hub.cases == 3
    assert value(hub.turns) == 12
    assert hub.overhead is not None
    assert (hub.overhead.value, hub.overhead.cases, hub.overhead.dropped) == (2, 2, 1)


def test_an_error_too_rare_to_divide_by_is_no_measure_of_another() -> None:
    assert rows(FOUR)["mesh"].amplification is None


def test_nothing_right_has_no_cost_for_each_right_case() -> None:
    hub = rows([trial(cell("hub"), case, right=False) for case in range(3)])["hub"]
    assert hub.spent_per_right is None


def test_the_order_of_trials_plays_no_part_and_the_same_seed_gives_the_same() -> None:
    assert rows(PAIR[::-1]) == rows(PAIR) == rows(PAIR, Bootstrap(seed=2, times=300))
    assert rows(PAIR, Bootstrap(seed=3, times=300)) != rows(PAIR)


def test_a_row_is_told_in_plain_columns() -> None:
    flat = rows(PAIR)["mesh"].flat()
    assert (flat["shape"], flat["agents"], flat["cases"], flat["turns"]) == ("mesh", 2, 32, 6)
    assert flat["turns_low"] <= flat["turns"] <= flat["turns_high"]
    assert rows([trial(cell("hub"))])["hub"].flat()["overhead_high"] is None


def test_every_figure_is_defined_in_words() -> None:
    assert all(definition(figure) for figure in FIGURES)
    assert "2512.08296" in definition("overhead")


def test_a_row_survives_being_kept() -> None:
    row = rows(PAIR)["mesh"]
    assert Row.model_validate_json(row.model_dump_json()) == row


@pytest.mark.parametrize(
    ("shape", "count"), [("single", 1), ("hub", 4), ("pipeline", 4), ("mesh", 4), ("supervisor", 5)]
)
def test_a_seat_is_an_agent_that_is_there(shape: str, count: int) -> None:
    assert seats(cell(agents=4).model_copy(update={"shape": shape})) == count
