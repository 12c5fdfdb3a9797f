"""The inbox, as a reviewer meets it."""

from typing import Any

from streamlit.testing.v1 import AppTest

from runtime.desk.fake import FakeDesk
from state.errors import AlreadyAnswered, RunBusy
from tests.app.conftest import Visit
from tests.app.words import press, read, shown, submit
from tests.support.waiting import HOSTILE, lead_desk
from views.parts.question import split_reason


def opened(at: AppTest) -> str:
    """The question that is open."""
    named = at.query_params["review"]
    return named if isinstance(named, str) else str(named[0])


def about(desk: FakeDesk, case: str) -> str:
    """The question about a case."""
    return next(review.id for review in desk.inbox().reviews if review.case_id == case)


def posts(desk: FakeDesk) -> list[tuple[str, str, dict[str, Any]]]:
    return [(post.what, post.by, dict(post.given)) for post in desk.posted]


def test_the_first_question_is_open_with_all_that_is_needed_to_answer_it(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox")
    first = desk.inbox().reviews[0]
    assert not at.exception
    assert first.case_id in shown(at)
    assert "The hub suggests" in shown(at)
    assert "What follows" in shown(at)
    assert "made: Reply" in shown(at)


def test_a_name_is_asked_once(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", person=None)
    assert "approve" not in [button.key for button in at.button]
    at.text_input(key="given-name").input("  ben ")
    submit(at, "Go on")
    press(at, "approve")
    press(at, "approve")
    assert [post.by for post in desk.posted] == ["ben", "ben"]


def test_a_name_of_spaces_is_none(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", person=None)
    at.text_input(key="given-name").input("   ")
    submit(at, "Go on")
    assert "Give a name" in at.error[0].value


def test_approving_opens_the_next_question(desk: FakeDesk, visit: Visit) -> None:
    first, second, *_ = (review.id for review in desk.inbox().reviews)
    at = visit(desk, "inbox", review=first)
    press(at, "approve")
    assert posts(desk) == [("answer", "ann", {"action": "approve"})]
    assert opened(at) == second
    assert "approved" in shown(at)


def test_the_other_side_of_a_disagreement_can_stand(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", review=about(desk, "torn"))
    press(at, "prefer")
    assert posts(desk) == [("answer", "ann", {"action": "approve", "prefer": "Team"})]


def test_both_sides_of_a_disagreement_are_shown_beside_each_other(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", review=about(desk, "torn"))
    assert "suggested" in shown(at)
    assert "night" in shown(at)
    assert "asks for another look" in shown(at)


def test_an_edit_sends_what_was_changed(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    at = visit(desk, "inbox", review=review)
    press(at, "open-edit")
    at.text_input(key=f"edit-{review}-Team-team").input("fire brigade")
    at.text_area(key=f"why-{review}").input("it burns")
    submit(at, "Decide")
    given = {"action": "edit", "decision": "Team", "value": {"team": "fire brigade"}, "text": "it burns"}
    assert posts(desk) == [("answer", "ann", given)]


def test_an_edit_that_breaks_the_contract_says_so_at_the_field(visit: Visit) -> None:
    desk = lead_desk()
    review = desk.inbox().reviews[0].id
    at = visit(desk, "inbox", review=review)
    press(at, "open-edit")
    at.number_input(key=f"edit-{review}-Qualification-probability").set_value(1.5)
    submit(at, "Decide")
    assert "less than or equal to 1" in shown(at)
    assert opened(at) == review
    assert desk.review(review).status == "open"


def test_sending_back_needs_guidance_in_words(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-2")
    at = visit(desk, "inbox", review=review)
    press(at, "open-send_back")
    submit(at, "Send it back")
    assert "Guidance is needed, in words" in shown(at)
    at.text_area(key=f"send_back-text-{review}").input("ask the night shift")
    submit(at, "Send it back")
    assert posts(desk)[-1] == (
        "answer", "ann", {"action": "send_back", "decision": None, "text": "ask the night shift"}
    )  # fmt: skip


def test_rejecting_closes_the_case_with_a_reason(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "empty")
    at = visit(desk, "inbox", review=review)
    press(at, "open-reject")
    at.text_area(key=f"reject-text-{review}").input("there is no ticket")
    submit(at, "Reject the case")
    assert desk.run("run-empty").story.run.status == "rejected"


def test_what_was_declined_offers_no_approval(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", review=about(desk, "empty"))
    assert "approve" not in [button.key for button in at.button]
    assert "There is nothing to approve" in shown(at)


def test_a_claim_is_shown_and_let_go(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    at = visit(desk, "inbox", review=review)
    press(at, "claim")
    assert desk.review(review).claimed_by == "ann"
    assert "claimed by ann" in shown(at)
    press(at, "claim")
    assert desk.review(review).claimed_by is None


def test_a_question_that_somebody_else_has_claimed_is_not_answered(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    desk.claim(review, by="ben")
    at = visit(desk, "inbox", review=review)
    assert "claimed by ben" in shown(at)
    press(at, "approve")
    assert "is claimed by" in shown(at)
    assert desk.review(review).status == "claimed"


def test_a_question_that_somebody_else_answered_meanwhile_says_so(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    at = visit(desk, "inbox", review=review)
    desk.answer(review, "approve", by="ben")
    press(at, "approve")
    assert "ben answered this question" in shown(at)
    assert opened(at) == review


def test_an_answer_that_comes_a_moment_late_says_so_and_stays(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    at = visit(desk, "inbox", review=review)
    desk.refuses["answer"] = AlreadyAnswered(review, "ben", "now")
    press(at, "approve")
    assert "was already answered by 'ben'" in read(at)
    assert opened(at) == review


def test_an_answered_question_shows_its_answer_and_leads_on(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    desk.answer(review, "approve", by="ben")
    at = visit(desk, "inbox", review=review)
    assert "ben answered this question" in shown(at)
    submit(at, "Open the next question")
    assert opened(at) != review


def test_all_alike_are_approved_after_a_look(desk: FakeDesk, visit: Visit) -> None:
    alike = {review.id for review in desk.alike(about(desk, "unsure-1"))}
    at = visit(desk, "inbox", review=about(desk, "unsure-1"))
    press(at, "open-alike")
    press(at, "approve-alike")
    assert {post.to for post in desk.posted} == alike
    assert f"{len(alike)} approved" in shown(at)


def test_a_run_that_is_busy_is_said_and_the_question_stays(desk: FakeDesk, visit: Visit) -> None:
    review = about(desk, "unsure-1")
    at = visit(desk, "inbox", review=review)
    desk.refuses["answer"] = RunBusy("run-unsure-1", "another", "12:00")
    press(at, "approve")
    assert "is being driven by" in shown(at)
    assert not at.exception
    assert desk.review(review).status == "open"


def test_next_and_previous_go_round(desk: FakeDesk, visit: Visit) -> None:
    ids = [review.id for review in desk.inbox().reviews]
    at = visit(desk, "inbox", review=ids[0])
    press(at, "turn-Previous")
    assert opened(at) == ids[-1]
    press(at, "turn-Next")
    assert opened(at) == ids[0]


def test_when_nothing_waits_the_page_leads_on(visit: Visit) -> None:
    at = visit(FakeDesk({}), "inbox")
    assert "Nothing waits for a human" in at.success[0].value
    assert not at.exception


def test_a_question_that_does_not_exist_leads_on(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", review="none")
    assert "There is no such question" in at.info[0].value
    submit(at, "Open the next question")
    assert opened(at) == desk.inbox().reviews[0].id


def test_text_from_a_case_is_never_markup(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox", review=about(desk, "hostile"))
    assert "<script>" not in shown(at)
    assert "&lt;script&gt;" in shown(at)
    assert HOSTILE not in shown(at)
    assert "\\u202e" in shown(at)
    assert not at.exception


def test_the_open_question_stays_open_when_the_list_moves(desk: FakeDesk, visit: Visit) -> None:
    first, second, *_ = (review.id for review in desk.inbox().reviews)
    at = visit(desk, "inbox", review=second)
    desk.answer(first, "approve", by="ben")
    at.run()
    assert opened(at) == second
    desk.answer(second, "approve", by="ben")
    at.run()
    assert opened(at) == second
    assert "ben answered this question" in shown(at)


def test_a_reason_of_many_words_is_a_headline_and_a_text() -> None:
    assert split_reason("not sure enough: 0.3") == ("not sure enough: 0.3", "")
    assert split_reason(f"router declined: they differ: {'a' * 200}") == ("router declined: they differ", "a" * 200)
    headline, rest = split_reason("b" * 200)
    assert headline.endswith("b …")
    assert rest == "b" * 200
