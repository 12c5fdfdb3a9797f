import random

import pytest

from lab.statistics.sample import READ, paired, samples
from tests.support.trials import cell, trial


def test_the_order_in_which_trials_come_plays_no_part() -> None:
    trials = [trial(cell(shape, agents), case) for shape in ("mesh", "hub") for agents in (4, 2) for case in range(3)]
    mixed = random.Random(1).sample(trials, len(trials))
    first, second = samples(trials), samples(mixed)
    assert list(first) == list(second) == [cell("hub", 2), cell("hub", 4), cell("mesh", 2), cell("mesh", 4)]
    assert [each.cases.tolist() for each in second.values()] == [[0, 1, 2]] * 4


def test_every_column_is_read_off_the_trials() -> None:
    found = samples([trial(cell(), 1, turns=5, right=False, ended="limit", cascades=2), trial(cell(), 0)])[cell()]
    assert list(found.columns) == list(READ)
    assert found.columns["turns"].tolist() == [2, 5]
    assert found.columns["tokens"].tolist() == [150, 150]
    assert found.columns["right"].tolist() == [1, 0]
    assert found.columns["wrong"].tolist() == [0, 1]
    assert found.columns["cascade"].tolist() == [0, 1]
    assert found.columns["stuck"].tolist() == [0, 1]


def test_a_rejected_case_is_not_stuck() -> None:
    assert samples([trial(cell(), ended="rejected")])[cell()].columns["stuck"].tolist() == [0]


def test_a_case_that_one_cell_lacks_is_dropped_from_the_pair_and_counted() -> None:
    first = [trial(cell("hub"), case, turns=case) for case in (0, 1, 2, 5)]
    second = [trial(cell("mesh"), case, turns=10 * case) for case in (1, 2, 3)]
    (ours, theirs), dropped = paired(list(samples(first + second).values()))
    assert dropped == 3
    assert ours.columns["turns"].tolist() == [1, 2]
    assert theirs.columns["turns"].tolist() == [10, 20]


def test_a_case_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="more than once"):
        samples([trial(cell(), 3), trial(cell(), 3)])
