"""Clocks that are wrong, or that jump: nothing is lost, no run is stuck for ever, and two drivers never both write."""

from tests.faults import tables
from tests.faults.children import World, carry_on, sweep
from tests.faults.commits import Point
from tests.faults.conftest import Extent
from tests.faults.mischief import carry_on_while_the_clock_jumps
from tests.faults.site import FIRST, KILLED, SECOND, SIDES, Site

HOUR = 3600.0

LATER = 65 * 60.0
"""When any lease is over that was taken with a clock an hour ahead."""

POINTS = ("checkpoint", "turn", "interrupt", "question in the inbox", "answer accepted", "effect in the outbox")

OFF: dict[Extent, tuple[float, ...]] = {"long": (HOUR, -HOUR), "short": (HOUR,)}
"""By how much a clock is off."""


def strike_everywhere(site: Site, extent: Extent, off: float) -> None:
    wrong = World(site.url, clock=off)
    for name in POINTS if extent == "long" else POINTS[-2:-1]:
        for side in SIDES if extent == "long" else SIDES[1:]:
            assert site.strike("wrong clock", "unsure", Point(name, 1), side, world=wrong), name


def test_what_a_driver_with_a_clock_ahead_left_behind_is_carried_on(site: Site, extent: Extent) -> None:
    strike_everywhere(site, extent, HOUR)


def test_what_a_driver_with_a_clock_behind_left_behind_is_carried_on(site: Site, extent: Extent) -> None:
    strike_everywhere(site, extent, -HOUR)


def test_a_clock_that_jumps_in_the_middle_costs_nothing(site: Site, extent: Extent) -> None:
    for off in OFF[extent]:
        tickets = site.tickets("unsure", 20 if extent == "long" else 2)
        jumps = [off, -off, -off, off]
        child = site.children.run(carry_on_while_the_clock_jumps, site.world, tickets, FIRST, jumps)
        assert set(child.heard("jumped")) == {HOUR, -HOUR}
        assert list(child.heard("refused")) == []
        for ticket in tickets:
            assert site.judge("clock jumps", ticket, None) == [], (ticket, site.standing(ticket))


def test_a_driver_that_was_taken_over_writes_nothing_more(site: Site, extent: Extent) -> None:
    for name in POINTS if extent == "long" else ("turn",):
        [ticket] = tickets = site.tickets("unsure")
        late = site.stopped(tickets, FIRST, Point(name, 1), World(site.url, clock=-HOUR))
        site.carry_on("taken over", tickets, f"it stands still after {name}")
        then = tables.contents(site.url)
        late.go_on()
        late.end()
        assert tables.contents(site.url) == then, name
        assert site.judge("taken over", ticket, site.standing(ticket)) == [], name


def test_a_driver_with_a_clock_ahead_that_lives_is_not_taken_over(site: Site) -> None:
    [ticket] = tickets = site.tickets("unsure")
    driver = site.stopped(tickets, FIRST, Point("turn", 2), World(site.url, clock=60.0))
    child = site.children.run(sweep, site.world)
    assert list(child.heard("went on")) == [[]]
    driver.go_on()
    assert driver.end() == 0
    assert site.judge("clock ahead", ticket, None) == []


def test_a_run_of_a_dead_driver_on_another_host_is_not_stuck_for_ever(site: Site, extent: Extent) -> None:
    for off in OFF[extent]:
        [ticket] = tickets = site.tickets("unsure")
        driver = site.stopped(tickets, FIRST, Point("turn", 2), World(site.url, clock=off))
        driver.kill()
        assert driver.end() == KILLED
        child = site.children.run(sweep, World(site.url, clock=LATER, host="elsewhere"))
        assert list(child.heard("went on")) == [[ticket.run]]
        site.tally("dead elsewhere").kills += 1
        site.children.run(carry_on, site.world, tickets, SECOND)
        assert site.judge("dead elsewhere", ticket, None) == []
