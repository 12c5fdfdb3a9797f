"""How conflicts were settled, in words, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from state.figures import NOT_YET, Dispute, Move, MoveKind, conflict_figures, settled
from state.run import RunStatus

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def move(kind: MoveKind, after: int = 0, side: str | None = None, **facts: str) -> Move:
    return Move(at=NOW + timedelta(minutes=after), kind=kind, side=side, **facts)  # type: ignore[arg-type]  # a voice


def dispute(*moves: Move, status: RunStatus = "completed", conflict: str = "territory") -> Dispute:
    return Dispute(conflict, status, moves)


SETTLED = [
    # a rung of the ladder
    ([move("prefer", side="Assignment")], "by rule: Assignment"),
    ([move("vote", side="Topic")], "by vote: Topic"),
    ([move("reconsider")], "reconsidered"),
    # a human's answer
    ([move("reconsider"), move("approved", 1, "Topic")], "by a human: Topic"),
    ([move("reconsider"), move("edited", 1)], "by a human's edit"),
    ([move("reconsider"), move("sent_back", 1)], "sent back by a human"),
    # a policy's
    ([move("approved", 1, "Topic", voice="policy")], "by policy: Topic"),
    # the last one counts, in whatever order they come
    ([move("approved", 2, "Topic"), move("sent_back", 1)], "by a human: Topic"),
    ([move("approved", 1, "Topic"), move("prefer", 2, "Team")], "by rule: Team"),
    # nobody settled it, and it is not there any more
    ([move("vote")], "went away"),
    ([move("reconsider"), move("withdrawn", 1)], "went away"),
]
"""The moves in a run that was completed, and what they amount to."""


@pytest.mark.parametrize(("moves", "said"), SETTLED)
def test_a_conflict_is_settled_by_the_last_move(moves: list[Move], said: str) -> None:
    assert settled(dispute(*moves)) == said


@pytest.mark.parametrize("status", ["waiting", "running", "failed"])
def test_an_open_question_waits_whatever_was_answered_before(status: RunStatus) -> None:
    moves = (move("asked", 1), move("sent_back", 2))
    assert settled(dispute(*moves, status=status)) == "waits for a human"


def test_a_rejected_case_settles_its_conflicts() -> None:
    assert settled(dispute(move("rejected"), status="rejected")) == "rejected"
    assert settled(dispute(move("rejected", voice="policy"), status="rejected")) == "rejected by policy"
    assert settled(dispute(move("reconsider"), move("withdrawn", 1), status="rejected")) == "rejected"


@pytest.mark.parametrize("status", ["waiting", "running", "failed"])
@pytest.mark.parametrize("kind", ["reconsider", "vote", "withdrawn"])
def test_what_settled_nothing_may_still_be_settled_while_the_run_can_go_on(kind: MoveKind, status: RunStatus) -> None:
    assert settled(dispute(move(kind), status=status)) == NOT_YET


def test_a_settlement_counts_before_the_run_is_at_its_end() -> None:
    assert settled(dispute(move("prefer", side="Team"), status="waiting")) == "by rule: Team"


def test_figures_are_by_name_with_the_most_frequent_way_first() -> None:
    disputes = [
        dispute(move("prefer", side="Team"), conflict="quality"),
        dispute(move("approved", side="Team")),
        dispute(move("reconsider")),
        dispute(move("reconsider")),
    ]
    quality, territory = conflict_figures(disputes)
    assert (quality.name, quality.cases, quality.settled) == ("quality", 1, {"by rule: Team": 1})
    assert (territory.name, territory.cases) == ("territory", 3)
    assert list(territory.settled.items()) == [("reconsidered", 2), ("by a human: Team", 1)]


def test_where_nothing_arose_there_are_no_figures() -> None:
    assert conflict_figures([]) == ()
