"""How a budget stands, in the words of the terminal and for a program."""

from io import StringIO

import pytest
from rich.console import Console

from state.budget import Budget, Share
from terminal.budget import budget_json, budget_line, budget_view
from tests.support.certificates import WITHDRAWN, budget, certificate


def shown(found: Budget) -> str:
    printed = StringIO()
    Console(width=100, file=printed).print(budget_view(found))
    return " ".join(printed.getvalue().split())


def test_a_budget_that_stands_is_shown_with_what_was_promised() -> None:
    said = shown(budget())
    assert "Certificate c1 stands since 2026-07-01 00:00 UTC." in said
    assert "asked a human 7.0% (7 of 100) 2.0% to 16.0% 10.0%" in said
    assert "wrong, of the others 3.2% (3 of 93) 0.7% to 9.1% 5.8%" in said
    assert "reviewer agreed 80.0% (4 of 5)" in said
    assert "1 spot checks wait for a reviewer: roundhouse spot-checks" in said


def test_after_drift_nothing_is_promised() -> None:
    said = shown(budget(standing="withdrawn", certificate=certificate(**WITHDRAWN)))
    assert "Certificate c1 is withdrawn since 2026-07-09 00:00 UTC: 31% of 140 cases have asked a human" in said
    assert "asked since 7.0% (7 of 100) 2.0% to 16.0% 10.0%, not promised" in said
    assert "5.8%" not in said


def test_the_other_policy_says_that_humans_see_more() -> None:
    ended = certificate(**WITHDRAWN, when_drifted="ask more")
    assert "humans see more than the budget" in budget(standing="withdrawn", certificate=ended).standing_words


def test_the_end_of_a_batch_says_it_in_a_line() -> None:
    assert str(budget_line(budget())).startswith(
        "budget 10.0%, 7.0% (7 of 100) asked under the certificate (95 % within 2.0% to 16.0%). Of the others, at most "
        "5.8% are wrong. Certificate c1 stands"
    )


def test_a_program_gets_the_certificate_without_what_it_compares_confidences_with() -> None:
    found = budget_json(budget())
    assert (found["standing"], found["certificate"]["id"], found["asked"]["count"]) == ("standing", "c1", 7)
    assert "reference" not in found["certificate"]


def test_errors_that_are_surely_over_what_was_promised_are_marked() -> None:
    said = shown(budget(wrong=Share(30, 93, (0.23, 0.43)), kinds={}))
    assert "23.0% to 43.0% 5.8%, over" in said


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (Share(0, 0, (0.0, 1.0)), "unknown"),
        (Share(1, 100, (0.0, 0.09)), "kept"),
        (Share(7, 100, (0.02, 0.16)), "not over"),
        (Share(11, 100, (0.05, 0.2)), "over"),
    ],
)
def test_a_budget_is_kept_only_where_the_whole_interval_is_within_it(asked: Share, kept: str) -> None:
    assert budget(asked=asked).kept == kept
