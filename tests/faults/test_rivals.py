"""Two processes answer the same question at the same moment: one wins, the other is told who did."""

from tests.faults.children import ask, rival
from tests.faults.conftest import Extent
from tests.faults.site import Site

ROUNDS = {"long": 200, "short": 10}

RIVALS = ("left", "right")


def test_of_two_who_answer_at_the_same_moment_exactly_one_wins(site: Site, extent: Extent) -> None:
    tickets = site.tickets("unsure", ROUNDS[extent])
    runs = dict(site.children.run(ask, site.world, tickets).said)
    reviews = [runs[ticket.run] for ticket in tickets]
    barrier = site.children.barrier(len(RIVALS))
    rivals = [site.children.start(rival, site.world, reviews, by, barrier) for by in RIVALS]
    assert [child.end() for child in rivals] == [0, 0], [child.said[-3:] for child in rivals]
    tally = site.tally("two answer at once")
    for ticket, left, right in zip(tickets, *(child.said for child in rivals), strict=True):
        winner = _winner(left[1], right[1])
        assert winner is not None, (ticket, left, right)
        tally.answers += 1  # the one that was refused; the other is counted where it is judged
        assert site.judge("two answer at once", ticket, None) == [], ticket
        standing = site.standing(ticket)
        assert standing is not None
        assert (standing.accepted, standing.decisions["Team"]["team"]) == ((winner,), f"{winner} desk")


def _winner(left: str, right: str) -> str | None:
    """Who won, where one did and the other was told so."""
    match left, right:
        case "won", "left":
            return "left"
        case "right", "won":
            return "right"
        case _:
            return None
