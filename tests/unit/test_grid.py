from lab.grid import AT_ONCE, Chunk, chunks, combined
from state.trial import Cell

CELLS = combined(("hub", "mesh"), (2, 4), (0.0,), (0.0, 0.1))


def test_all_combinations_are_there_once_with_the_last_factor_changing_fastest() -> None:
    assert [(cell.shape, cell.agents, cell.fault_rate) for cell in CELLS] == [
        ("hub", 2, 0.0),
        ("hub", 2, 0.1),
        ("hub", 4, 0.0),
        ("hub", 4, 0.1),
        ("mesh", 2, 0.0),
        ("mesh", 2, 0.1),
        ("mesh", 4, 0.0),
        ("mesh", 4, 0.1),
    ]


def test_every_case_of_every_cell_is_in_one_piece() -> None:
    work = list(chunks(CELLS, 25, ()))
    trials = [(each.place, case) for each in work for case in each.cases]
    assert sorted(trials) == [(place, case) for place in range(8) for case in range(25)]
    assert all(CELLS[each.place] == each.cell for each in work)


def test_all_cells_come_forward_together() -> None:
    work = list(chunks(CELLS, 3 * AT_ONCE, ()))
    assert [each.place for each in work[:8]] == list(range(8))
    assert {case for each in work[:8] for case in each.cases} == set(range(AT_ONCE))


def test_what_is_kept_is_not_done_again() -> None:
    cells = (Cell(shape="hub", agents=2),)
    kept = {(0, case) for case in range(12) if case != 3}
    assert list(chunks(cells, 14, kept)) == [Chunk(0, cells[0], (3,)), Chunk(0, cells[0], (12, 13))]
    assert not list(chunks(cells, 12, kept | {(0, 3)}))
