"""The benchmark of scale in small: it comes to its figures, and nothing is lost, done twice or left over."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.report import SHOWN, Row
from benchmarks.scale import deaths, lists, room
from benchmarks.scale.meter import Cost, Reading, between
from benchmarks.scale.sizes import SHORT

SCENARIOS = (deaths, lists, room)

Measured = Mapping[str, Sequence[Row]]


@pytest.fixture(scope="module")
def measured(postgres_server: str) -> Measured:
    """What each scenario measured, all at the same time: they have databases of their own."""
    with ThreadPoolExecutor(len(SCENARIOS)) as at_once:
        begun = {each.__name__: at_once.submit(each.measure, postgres_server, SHORT) for each in SCENARIOS}
        return {name.rpartition(".")[2]: each.result() for name, each in begun.items()}


def missed(rows: Sequence[Row]) -> list[Row]:
    """The rows whose target is missed, but for those of a time, which the machine of a test decides."""
    return [row for row in rows if not row.reached and row.target != SHOWN and not row.target.endswith("s")]


def test_a_death_loses_nothing_and_does_nothing_twice(measured: Measured) -> None:
    rows = measured["deaths"]
    assert "1 killed -9" in rows[0].what
    assert missed(rows) == []
    assert len([row for row in rows if row.reached]) >= 6


def test_all_cases_come_to_their_end_and_prune_leaves_less_of_them(measured: Measured) -> None:
    [ended, before, after, *_] = measured["room"]
    assert ended.reached
    rows = [float(row.measured.partition(" ")[0]) for row in (before, after)]
    assert rows[0] > rows[1] > 10


def test_every_list_has_a_figure(measured: Measured) -> None:
    assert len(measured["lists"]) > 40


def test_a_cost_is_a_cases_share_of_what_was_used_between_two_readings() -> None:
    first = Reading(at=1.0, done=10, ours=2.0, servers=1.0, commits=100, syncs=10, wal=5_000.0, machine=10.0)
    last = Reading(at=3.0, done=110, ours=3.0, servers=1.25, commits=300, syncs=60, wal=25_000.0, machine=13.25)
    cost = between(first, last)
    assert cost == Cost(seconds=0.02, ours=10.0, servers=2.5, commits=2.0, syncs=0.5, wal=0.2, machine=32.5)
    assert (cost.speed, cost.processor, cost.others) == (50.0, 12.5, 1.0)
    assert between(first, last, 200).seconds == 0.01
