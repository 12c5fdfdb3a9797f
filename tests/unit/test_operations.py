"""The laws of operation, against cases that were calculated by hand."""

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.licences.operations import (
    Station,
    asymptotic_bound,
    bottleneck,
    saturation,
    throughput_bound,
    with_one_more,
)

# a computer with a processor and two disks: D = V·S, as in the textbooks
PROCESSOR = Station("processor", demand=121 * 0.005, visits=121)
FAST = Station("fast disk", demand=70 * 0.03, visits=70)
SLOW = Station("slow disk", demand=50 * 0.027, visits=50)
COMPUTER = (PROCESSOR, FAST, SLOW)


def test_the_station_with_the_greatest_demand_is_the_bottleneck_and_sets_the_bound() -> None:
    assert bottleneck(COMPUTER) is FAST
    assert FAST.demand == pytest.approx(2.1)
    assert FAST.service == pytest.approx(0.03)
    assert throughput_bound(COMPUTER) == pytest.approx(1 / 2.1)


def test_utilisation_is_throughput_times_demand_over_servers() -> None:
    assert PROCESSOR.utilisation(0.3) == pytest.approx(0.3 * 0.605)
    assert Station("s", demand=2, servers=4).utilisation(1) == 0.5


def test_few_cases_cannot_keep_the_bottleneck_busy() -> None:
    path, think = 0.605 + 2.1 + 1.35, 15.0
    assert asymptotic_bound(COMPUTER, 1, path, think) == pytest.approx(1 / 19.055)
    assert asymptotic_bound(COMPUTER, 100, path, think) == pytest.approx(1 / 2.1)
    assert saturation(COMPUTER, path, think) == pytest.approx(19.055 / 2.1)


def test_servers_share_the_demand_of_a_station() -> None:
    two = (Station("wide", demand=6, servers=4), Station("narrow", demand=2))
    assert bottleneck(two) is two[1]
    assert throughput_bound(two) == 0.5


def test_one_more_server_buys_until_the_next_bottleneck() -> None:
    more = with_one_more(COMPUTER)
    assert more is not None
    # two fast disks could serve 2 / 2.1, but the slow one only 1 / 1.35
    assert (more.station, more.servers, more.next) == ("fast disk", 2, "slow disk")
    assert more.bound == pytest.approx(1 / 1.35)
    assert more.gain == pytest.approx(2.1 / 1.35 - 1)


def test_one_more_of_a_far_bottleneck_leaves_it_the_bottleneck() -> None:
    more = with_one_more((Station("far", demand=10), Station("near", demand=1)))
    assert more is not None
    assert (more.next, more.gain) == ("far", 1.0)


def test_work_that_takes_no_time_has_no_bottleneck() -> None:
    idle = (Station("idle", demand=0, visits=0),)
    assert bottleneck(idle) is None
    assert bottleneck(()) is None
    assert throughput_bound(idle) == inf
    assert saturation(idle, 0) == inf
    assert asymptotic_bound(idle, 3, 0) == inf
    assert with_one_more(idle) is None
    assert idle[0].service == 0


@settings(deadline=None)
@given(st.lists(st.builds(Station, st.just("s"), st.floats(0.001, 100), st.just(1.0), st.integers(1, 9)), min_size=1))
def test_at_the_bound_the_bottleneck_alone_is_fully_used(stations: list[Station]) -> None:
    bound = throughput_bound(stations)
    slowest = bottleneck(stations)
    assert slowest is not None
    assert slowest.utilisation(bound) == pytest.approx(1)
    assert all(station.utilisation(bound) <= 1 + 1e-9 for station in stations)
    more = with_one_more(stations)
    assert more is not None
    assert -1e-9 <= more.gain <= 1 / slowest.servers + 1e-9
