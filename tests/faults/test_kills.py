"""Processes that are killed at any moment: no case and no answer is lost, every run finishes, every effect is one."""

import time
from typing import assert_never

import pytest

from tests.faults.children import Ticket, carry_on
from tests.faults.commits import Point, Side
from tests.faults.conftest import Extent
from tests.faults.site import FIRST, KILLED, Site

ENOUGH = 200
"""Kills on each database in the long form."""

TROUBLES = ("", "unsure", "disagree", "raise")
"""The kinds of case: without a question, and with each of the answers that a question can have."""

CROWD = TROUBLES * 2
"""The cases that one process has at hand when it is killed at no point in particular."""

ACCEPTED = Point("answer accepted", 1)


def test_a_kill_at_any_commit_costs_nothing(site: Site, extent: Extent) -> None:
    match extent:
        case "long":
            for trouble in TROUBLES:
                site.strike_all(f"killed, {trouble or 'no trouble'}", trouble)
        case "short":
            assert site.strike("killed, disagree", "disagree", Point("effect in the outbox", 1), "before")
        case _:
            assert_never(extent)


@pytest.mark.parametrize(
    ("point", "side"),
    [
        # before anything else of a workflow
        (Point("signature kept", 1), "before"),
        # between the interrupt and its row in the inbox
        (Point("interrupt", 1), "after"),
        (Point("question in the inbox", 1), "before"),
        # between the acceptance of an answer and its application
        (ACCEPTED, "after"),
        (Point("answer handed on", 1), "before"),
        # between the last decision and its effect
        (Point("effect in the outbox", 1), "before"),
        (Point("effect in the outbox", 1), "after"),
    ],
)
def test_a_kill_where_it_hurts_most_costs_nothing(site: Site, point: Point, side: Side) -> None:
    assert site.strike("killed, named point", "unsure", point, side)


def test_a_kill_while_an_accepted_answer_is_being_applied_costs_nothing(site: Site, extent: Extent) -> None:
    fault = "killed twice, accepted"
    match extent:
        case "long":
            site.strike_all(fault, "unsure", ACCEPTED)
        case "short":
            assert site.strike(fault, "unsure", Point("turn", 1), "before", ACCEPTED)
        case _:
            assert_never(extent)


def test_a_kill_at_any_moment_costs_a_crowd_nothing(site: Site, extent: Extent) -> None:
    fault = "killed, any moment"

    def crowd() -> list[Ticket]:
        return [ticket for trouble in CROWD for ticket in site.tickets(trouble)]

    began = time.monotonic()
    site.children.run(carry_on, site.world, crowd(), FIRST)
    longest = time.monotonic() - began
    wanted = max(25, ENOUGH - site.report.kills(site.database)) if extent == "long" else 1
    while site.tally(fault).kills < wanted:
        tickets = crowd()
        child = site.children.start(carry_on, site.world, tickets, FIRST)
        was_killed = child.kill_after(site.children.random.uniform(0, 0.8 * longest)) == KILLED
        site.carry_on(fault, tickets, "at any moment", child)
        site.tally(fault).kills += was_killed
