"""Which rows of a file a batch runs."""

import pytest

from runtime.batch import Selection, run_id
from state.errors import UsageError


def test_without_a_choice_every_row_is_run() -> None:
    assert [n for n in range(5) if Selection().of(5)(n)] == [0, 1, 2, 3, 4]


def test_a_limit_takes_the_first_rows() -> None:
    selection = Selection(limit=2)
    assert [n for n in range(5) if selection.of(5)(n)] == [0, 1]
    assert selection.size(5) == 2
    assert selection.size(1) == 1


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    wanted = [Selection(sample=10, seed=seed).of(100) for seed in (7, 7, 8)]
    chosen = [[n for n in range(100) if each(n)] for each in wanted]
    assert len(chosen[0]) == 10
    assert chosen[0] == chosen[1] != chosen[2]


def test_a_sample_larger_than_the_file_takes_all_of_it() -> None:
    assert Selection(sample=10).size(3) == 3
    assert all(map(Selection(sample=10).of(3), range(3)))


@pytest.mark.parametrize("given", [{"limit": 0}, {"sample": -1}, {"limit": 1, "sample": 1}])
def test_a_selection_that_makes_no_sense_is_refused(given: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Selection(**given)


def test_a_run_is_named_after_its_case_and_tells_batches_apart() -> None:
    assert run_id("b-1", "Müller & Söhne/7").startswith("M-ller-S-hne-7-")
    assert run_id("b-1", "x") != run_id("b-2", "x")
    assert run_id("b-1", "a/b") != run_id("b-1", "a b")
