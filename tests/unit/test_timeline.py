from datetime import timedelta
from typing import Any

import pytest

from state.run import RunStory
from state.timeline import HUMAN, Span, timeline
from tests.support.stories import at, call, note, record, review, story

LATER = at(1000)


def spans(run: RunStory, lane: str | None = None) -> list[tuple[Any, ...]]:
    """Lane, kind, start and end of each span, in seconds after the start of the run."""
    return [
        (each.lane, each.kind, (each.start - at(0)).total_seconds(), (each.end - at(0)).total_seconds())
        for each in timeline(run, LATER)
        if lane in (None, each.lane)
    ]


def test_a_specialist_waits_for_its_inputs_then_for_its_turn_then_works() -> None:
    assert spans(story(call("Score", 3, 5, 9))) == [
        ("score", "waited for others", 0, 3),
        ("score", "queued", 3, 5),
        ("score", "worked", 5, 9),
    ]


def test_nothing_is_told_of_what_took_no_time() -> None:
    assert spans(story(call("Score", 0, 0, 4))) == [("score", "worked", 0, 4)]


def test_a_call_is_told_of_however_short_it_was() -> None:
    assert spans(story(call("Score", 0, 0, 0))) == [("score", "worked", 0, 0)]


def test_what_is_made_again_waited_since_its_specialist_was_done() -> None:
    run = story(call("Score", 0, 0, 2), call("Check", 0, 0, 5), call("Score", 7, 8, 9))
    assert spans(run, "score") == [
        ("score", "worked", 0, 2),
        ("score", "waited for others", 2, 7),
        ("score", "queued", 7, 8),
        ("score", "worked", 8, 9),
    ]


def test_a_retry_waits_for_nobody() -> None:
    run = story(call("Score", 1, 2, 3, outcome="timeout"), call("Score", 1, 6, 7, attempt=2))
    assert spans(run) == [
        ("score", "waited for others", 0, 1),
        ("score", "queued", 1, 2),
        ("score", "worked", 2, 3),
        ("score", "worked", 6, 7),
    ]


def test_what_asked_waits_for_the_answer_even_where_that_is_what_it_was() -> None:
    run = story(call("Verdict", 1, 1, 2, outcome="asked"), call("Score", 2, 2, 5), call("Verdict", 1, 6, 7))
    assert ("verdict", "waited for others", 2, 6) in spans(run)


def test_a_note_that_came_while_it_worked_did_not_have_it_wait_for_others() -> None:
    run = story(call("Score", 0, 0, 5), call("Score", 3, 6, 7))
    assert spans(run) == [("score", "worked", 0, 5), ("score", "queued", 5, 6), ("score", "worked", 6, 7)]


def test_the_members_of_a_panel_have_a_lane_each() -> None:
    run = story(call("Score", 0, 0, 2, specialist="ann"), call("Score", 0, 0, 3, specialist="ben"))
    assert {lane for lane, *_ in spans(run)} == {"ann", "ben"}


def test_a_call_tells_what_came_of_it() -> None:
    run = story(call("Score", outcome="error", error="no connection"), call("Score", attempt=2))
    assert [each.what for each in timeline(run, LATER)] == ["Score error: no connection", "Score decided, try 2"]


def test_a_question_waits_from_when_it_was_put_until_it_is_answered() -> None:
    assert spans(story(review("Verdict", 10, 70))) == [(HUMAN, "waited for a human", 10, 70)]


def test_a_question_that_is_open_waits_until_now() -> None:
    assert spans(story(review("Verdict", 10), review("Score", 20, status="claimed"))) == [
        (HUMAN, "waited for a human", 10, 1000),
        (HUMAN, "waited for a human", 20, 1000),
    ]


def test_questions_that_are_open_at_the_same_time_have_a_span_each() -> None:
    found = timeline(story(review("Verdict", 10, 70), review("Score", 10, 30)), LATER)
    assert [(each.what, each.seconds) for each in found] == [("Score is unsure.", 20), ("Verdict is unsure.", 60)]


def test_what_a_policy_answered_waited_until_then() -> None:
    assert spans(story(review("Verdict", 10, 40, status="expired"))) == [(HUMAN, "waited for a human", 10, 40)]


@pytest.mark.parametrize(
    ("parts", "end"),
    [
        # the decision that it was about was made again
        ((record("Verdict", 1, 5), record("Verdict", 2, 30), record("Score", 7, 20)), 30),
        # its owner was sent a note
        ((note("Verdict", "request", "update", 25), note("Verdict", "request", "update", 2)), 25),
        # another question was answered, and nothing else is known
        ((review("Score", 10, 40), review("Check", 1, 8)), 40),
        # its answer came too late
        ((), 50),
    ],
)
def test_a_question_that_was_withdrawn_waited_until_the_run_moved_on(parts: tuple[Any, ...], end: float) -> None:
    late = end if not parts else None
    withdrawn = review("Verdict", 10, late, status="withdrawn")
    assert (HUMAN, "waited for a human", 10, end) in spans(story(withdrawn, *parts))


def test_a_question_waited_until_its_run_was_closed() -> None:
    run = story(review("Verdict", 10, status="withdrawn"), status="rejected", ended=60)
    assert spans(run) == [(HUMAN, "waited for a human", 10, 60)]


def test_a_question_of_which_nobody_knows_when_it_was_withdrawn_has_no_length() -> None:
    assert spans(story(review("Verdict", 10, status="withdrawn"))) == [(HUMAN, "waited for a human", 10, 10)]


def test_a_clock_that_was_set_back_makes_no_time_negative() -> None:
    run = story(
        call("Score", 50, 20, 10),
        call("Score", -5, -4, -3),
        review("Verdict", 40, 15),
        review("Verdict", 2000),
    )
    found = timeline(run, LATER)
    assert all(each.end >= each.start for each in found)
    assert sum(each.kind == "worked" for each in found) == 2
    assert sum(each.lane == HUMAN for each in found) == 2


def test_spans_are_in_the_order_in_which_they_began() -> None:
    run = story(call("Verdict", 6, 7, 9), call("Score", 0, 1, 5), review("Score", 3, 4))
    starts = [each.start for each in timeline(run, LATER)]
    assert starts == sorted(starts)


def test_a_run_that_has_done_nothing_has_no_spans() -> None:
    assert timeline(story(), LATER) == ()


def test_a_span_knows_how_long_it_took() -> None:
    assert Span("score", "worked", at(0), at(0) + timedelta(milliseconds=1500), "").seconds == 1.5
