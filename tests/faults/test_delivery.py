"""Senders that are killed, and receivers that misbehave: every effect arrives once, or says that it may not have."""

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from tests.faults import tables
from tests.faults.children import carry_on, deliver
from tests.faults.commits import Point, Side
from tests.faults.conftest import Extent
from tests.faults.receiving import Kind, Receiver, judge, receiving
from tests.faults.site import FIRST, KILLED, Site
from tests.support.receivers import Answer, MailReceiver, Misbehave, Mishap, WebhookReceiver

KINDS: tuple[Kind, ...] = get_args(Kind)

AROUND: tuple[tuple[Point, Side], ...] = (
    (Point("effect in the outbox", 1), "after"),
    (Point("effect marked", 1), "before"),
    (Point("effect marked", 1), "after"),
    # the receiver has it, and nobody here knows
    (Point("effect delivered", 1), "before"),
    (Point("effect delivered", 1), "after"),
)
"""The commits around an effect."""

WORST = (AROUND[2], AROUND[3])
"""Those in which a sender cannot know whether the receiver has it."""

MOMENTS = 15
"""Kills of a sender at no point in particular, in the long form."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_sender_that_is_killed_around_an_effect_sends_it_once(
    site: Site, kind: Kind, extent: Extent, tmp_path: Path
) -> None:
    fault = f"sender killed, {kind}"
    with receiving(kind, tmp_path / "out") as receiver:
        for point, side in AROUND * 3 if extent == "long" else WORST:
            strike(site, fault, receiver, point, side)


def strike(site: Site, fault: str, receiver: Receiver, point: Point, side: Side) -> None:
    """Kill a process that finishes and delivers a case, carry on, and look at what the receiver has."""
    known = {row.id for row in tables.rows(site.url, "SELECT id FROM runs")}
    assert site.strike(fault, "unsure", point, side, world=site.world_with(receiver.url))
    after = {row.id for row in tables.rows(site.url, "SELECT id FROM runs")}
    judge(site, fault, receiver, sorted(after - known))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sender_that_is_killed_at_any_moment_sends_everything_once(
    site: Site, kind: Kind, extent: Extent, tmp_path: Path
) -> None:
    fault = f"sender killed at any moment, {kind}"
    with receiving(kind, tmp_path / "out") as receiver:
        world = site.world_with(receiver.url)
        wanted = MOMENTS if extent == "long" else 1
        for _ in range(wanted):
            tickets = site.tickets(how_many=12)
            site.children.run(carry_on, site.world, tickets, FIRST)
            sender = site.children.start(deliver, world, 3)
            was_killed = sender.kill_after(site.children.random.uniform(0, 0.25)) == KILLED
            site.tally(fault).kills += was_killed
            site.tally(fault).cases += len(tickets)
            judge(site, fault, receiver, [ticket.run for ticket in tickets])


def test_two_senders_at_once_send_everything_once(site: Site, tmp_path: Path) -> None:
    fault = "two senders"
    with receiving("webhook", tmp_path) as receiver:
        tickets = site.tickets(how_many=24)
        site.children.run(carry_on, site.world, tickets, FIRST)
        both = [site.children.start(deliver, site.world_with(receiver.url), 3) for _ in range(2)]
        assert [each.end() for each in both] == [0, 0]
        site.tally(fault).cases += len(tickets)
        judge(site, fault, receiver, [ticket.run for ticket in tickets])


@pytest.mark.parametrize(
    ("named", "reactions"),
    [
        ("answers 500", [Answer(500), Answer(503), Answer(429, {"Retry-After": "0"})]),
        ("hangs", [Misbehave("hang")]),
        ("answers late", [Answer(200, after=1.5)]),
        ("drops the connection", [Misbehave("drop"), Misbehave("drop")]),
    ],
)
def test_a_webhook_that_misbehaves_has_every_effect_once(site: Site, named: str, reactions: list[Answer]) -> None:
    fault = f"webhook {named}"
    with WebhookReceiver(*reactions) as web:
        receiver = Receiver("webhook", web.url, lambda: Counter(list(web.processed)))
        tickets = site.tickets(how_many=3)
        site.children.run(carry_on, site.world, tickets, FIRST)
        site.children.run(deliver, site.world_with(web.url, patience=0.5), 10)
        site.tally(fault).cases += len(tickets)
        judge(site, fault, receiver, [ticket.run for ticket in tickets])
        assert len(web.requests) > len(tickets)


@pytest.mark.parametrize(
    ("mishap", "unknown", "mails"),
    [
        # the server took the mail and dropped the connection before it said so
        (Mishap("reply", "drop"), 1, 1),
        # in the middle of the content
        (Mishap("content", "drop"), 1, 0),
        # before the content nothing is in doubt
        (Mishap("data", "drop"), 0, 1),
        (Mishap("connect", "drop"), 0, 1),
        (Mishap("recipient", "451 4.3.0 later"), 0, 1),
    ],
    ids=lambda value: f"{value.at} {value.does.split()[0]}" if isinstance(value, Mishap) else str(value),
)
def test_a_mail_server_that_misbehaves_gets_a_mail_once_or_leaves_a_doubt(
    site: Site, mishap: Mishap, unknown: int, mails: int
) -> None:
    fault = f"mail {mishap.at} {mishap.does.split()[0]}"
    with MailReceiver(mishap) as server:
        url = f"{server.url}?from=hub@example.com&to=desk@example.com&tls=none&timeout=5"
        tickets = site.tickets()
        site.children.run(carry_on, site.world, tickets, FIRST)
        site.children.run(deliver, site.world_with(url), 10)
        site.tally(fault).cases += 1
        [(status,)] = tables.rows(site.url, "SELECT status FROM outbox WHERE run = :run", run=tickets[0].run)
        assert (status, len(server.mails)) == ("unknown" if unknown else "delivered", mails)
        site.tally(fault).unknown += unknown
