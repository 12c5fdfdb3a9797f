from collections.abc import Mapping, Sequence

import pytest

from lab.statistics.bootstrap import Bootstrap
from lab.statistics.sample import Condition, samples
from lab.statistics.tariff import Tariff
from lab.statistics.worth import Worth, worth
from state.trial import ShapeName, Trial
from tests.support.trials import cell, trial

SOME = Bootstrap(times=300)


def spending(shape: ShapeName, costs: Mapping[int, Sequence[float]], wrong: int = 0) -> list[Trial]:
    """Trials by size; the first few cases come out wrong."""
    return [
        trial(cell(shape, size), case, cost=cost, right=case >= wrong)
        for size, each in costs.items()
        for case, cost in enumerate(each)
    ]


def compared(trials: list[Trial], human_minute: float = 0.0) -> Worth:
    found = worth(samples(trials), "mesh", "single", Condition(0.0, 0.0), tariff=Tariff(human_minute), bootstrap=SOME)
    assert found is not None
    return found


def test_a_shape_stops_being_worth_it_from_the_size_from_which_on_it_is_dearer() -> None:
    single = spending("single", dict.fromkeys((2, 4, 8, 16), (1.0, 1.0, 1.0)))
    mesh = spending("mesh", {2: (2, 2, 2), 4: (0.5, 0.5, 0.5), 8: (2, 2, 2), 16: (3, 3, 3)})
    found = compared(single + mesh)
    assert found.standings == ("dearer", "cheaper", "dearer", "dearer")
    # at 2 it is dearer too, but that does not last
    assert found.stops_at == 8


def test_it_never_stops_where_it_is_not_dearer_at_the_largest_size() -> None:
    single = spending("single", dict.fromkeys((2, 4), (1.0, 1.0)))
    assert compared(single + spending("mesh", {2: (2, 2), 4: (1, 1)})).stops_at is None


def test_it_pays_from_the_size_from_which_on_it_is_cheaper() -> None:
    single = spending("single", dict.fromkeys((2, 4, 8), (1.0, 1.0, 1.0)))
    found = compared(single + spending("mesh", {2: (2, 2, 2), 4: (0.5, 0.5, 0.5), 8: (0.2, 0.2, 0.2)}))
    assert (found.pays_from, found.stops_at) == (4, None)


def test_where_equality_is_within_the_interval_nothing_is_shown() -> None:
    single = spending("single", {2: (1.0, 1.0, 1.0, 1.0)})
    assert compared(single + spending("mesh", {2: (0.5, 0.9, 1.2, 3.0)})).standings == ("even",)


def test_the_same_costs_are_even() -> None:
    costs = {2: (0.1, 0.2, 0.7, 0.3)}
    assert compared(spending("single", costs) + spending("mesh", costs)).standings == ("even",)


def test_what_is_cheaper_a_case_may_be_dearer_a_right_case() -> None:
    single, cheap = spending("single", {2: [1.0] * 10}), {2: [0.5] * 10}
    assert compared(single + spending("mesh", cheap)).standings == ("cheaper",)
    assert compared(single + spending("mesh", cheap, wrong=9)).standings == ("dearer",)


def test_what_never_gets_a_case_right_is_dearer() -> None:
    single = spending("single", {2: [1.0] * 5})
    assert compared(single + spending("mesh", {2: [0.1] * 5}, wrong=5)).stops_at == 2


@pytest.mark.parametrize(("human_minute", "standing"), [(0.0, "even"), (0.5, "dearer")])
def test_the_minutes_of_a_human_are_priced(human_minute: float, standing: str) -> None:
    trials = spending("single", {2: [1.0] * 3}) + [
        trial(cell("mesh"), case, cost=1.0, human_minutes=1) for case in range(3)
    ]
    assert compared(trials, human_minute).standings == (standing,)


def test_sizes_that_only_one_has_are_left_out() -> None:
    trials = spending("single", {2: [1.0], 4: [1.0]}) + spending("mesh", {4: [1.0], 8: [1.0]})
    assert compared(trials).sizes == (4,)


def test_shapes_without_a_size_in_common_are_not_compared() -> None:
    found = samples(spending("single", {2: [1.0]}) + spending("mesh", {4: [1.0]}))
    assert worth(found, "mesh", "single", Condition(0.0, 0.0), tariff=Tariff(1), bootstrap=SOME) is None


@pytest.mark.parametrize(("wrong_case", "standing"), [(0.0, "dearer"), (50.0, "cheaper")])
def test_a_shape_that_makes_fewer_mistakes_is_worth_its_price_where_they_cost(wrong_case: float, standing: str) -> None:
    tariff = Tariff(human_minute=1.0, wrong_case=wrong_case)
    trials = [trial(cell("single"), case, right=case % 2 == 0) for case in range(20)]
    trials += [trial(cell("mesh"), case, right=True, human_minutes=5.0) for case in range(20)]
    found = worth(samples(trials), "mesh", "single", Condition(0.0, 0.0), tariff=tariff, bootstrap=SOME)
    assert found is not None
    assert found.standings == (standing,)
