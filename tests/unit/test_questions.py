import pytest

from agents.handoff import Ask, Escalate
from agents.making import Failed
from graphs.conflict import AskHuman
from state.review import Action, QuestionKind
from tests.support.leads import Check, Score, Update, Verdict, diamond
from tests.support.run import Run

ALL: tuple[Action, ...] = ("approve", "edit", "send_back", "reject")
WITHOUT_APPROVE: tuple[Action, ...] = ("edit", "send_back", "reject")


def low_confidence() -> Run:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check())
    return run.make(Verdict=Verdict(confidence=0.4))


def escalated() -> Run:
    return Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Escalate("too close to call"))


def failed() -> Run:
    return Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Failed("no connection, 3 tries"))


def conflict() -> Run:
    return Run(diamond(AskHuman())).make(Score=Score(probability=0.9), Check=Check(flagged=True))


def no_convergence() -> Run:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict())
    for _ in range(4):
        run.note("Verdict").make(Verdict=Verdict())
    return run.note("Verdict")


def never_decided() -> Run:
    run = Run(diamond()).make(Score=Score(), Check=Check())
    for _ in range(4):
        run.make(Verdict=Ask(Score, "why?")).make(Score=Score()).make(Check=Check())
    return run


def human_verdict() -> Run:
    run = low_confidence()
    return run.answer(run.question("low_confidence"), "edit", value={"lane": "nurture"})


def upstream_moved() -> Run:
    return human_verdict().note("Score").make(Score=Score(probability=0.6))


def objection() -> Run:
    return human_verdict().make(Update=Ask(Verdict, "the lane does not exist"))


@pytest.mark.parametrize(
    ("run", "kind", "key", "offers", "reason"),
    [
        # the judged decision of an agent, under the threshold
        (
            low_confidence(),
            "low_confidence",
            "low_confidence:Verdict@1",
            ALL,
            "Verdict has confidence 0.400, under the threshold 0.800.",
        ),
        # the specialist declined: there is nothing to approve
        (
            escalated(),
            "escalated",
            "escalated:Verdict@1",
            WITHOUT_APPROVE,
            "verdict declined to decide Verdict: too close to call.",
        ),
        # its tries were used up
        (
            failed(),
            "failed",
            "failed:Verdict@1",
            WITHOUT_APPROVE,
            "verdict failed at Verdict: no connection, 3 tries.",
        ),
        # the ladder has come to a human
        (
            conflict(),
            "conflict",
            "conflict:quality:Score@1,Check@1",
            ALL,
            "Score and Check disagree (quality); to approve lets Score stand.",
        ),
        # sent back once more than it has attempts
        (
            no_convergence(),
            "no_convergence",
            "no_convergence:Verdict@1,Score@1,Check@1+5",
            ALL,
            "Verdict was sent back 4 times and does not converge.",
        ),
        # it only ever asked: there is no value to approve
        (
            never_decided(),
            "no_convergence",
            "no_convergence:Verdict@0,Score@1,Check@1",
            WITHOUT_APPROVE,
            "Verdict was sent back 4 times and does not converge.",
        ),
        # a human's verdict, and the score that it was built on is another one now
        (
            upstream_moved(),
            "upstream_moved",
            "upstream_moved:Verdict@2,Score@2,Check@1",
            ALL,
            "ann decided Verdict, and since then Score has changed.",
        ),
        # a human's verdict, and a specialist downstream asks for another one
        (
            objection(),
            "objection",
            "objection:Verdict@2,Score@1,Check@1+1",
            ALL,
            "ann decided Verdict, and there is an objection. update: the lane does not exist",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" in value else "",
)
def test_every_kind_of_question_is_raised_by_the_state(
    run: Run, kind: QuestionKind, key: str, offers: tuple[Action, ...], reason: str
) -> None:
    question = run.question(kind)
    assert (question.key, question.offers, question.reason) == (key, offers, reason)
    assert question in run.consulted


def test_confidence_at_the_threshold_is_enough() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.8))
    assert run.dispatched == ("Update",)


def test_only_the_judged_decision_is_held_to_the_threshold() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(confidence=0.1), Check=Check(confidence=0.1))
    assert run.dispatched == ("Verdict",)


def test_a_human_decision_is_not_held_to_the_threshold() -> None:
    run = low_confidence()
    run.answer(run.question("low_confidence"), "edit", value={"confidence": 0.1})
    assert run.dispatched == ("Update",)


def test_a_workflow_without_an_escalation_judges_nothing() -> None:
    run = Run(diamond(escalation=None)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.0))
    assert run.dispatched == ("Update",)


def test_a_question_that_comes_again_is_counted() -> None:
    run = low_confidence()
    for count in ("", "#2", "#3"):
        assert run.question("low_confidence").key == f"low_confidence:Verdict@1{count}"
        run.answer(run.question("low_confidence"), "send_back", text="look again").make(Verdict=Verdict(confidence=0.4))


def test_questions_of_one_stem_are_counted_apart_from_others() -> None:
    run = low_confidence()
    run.answer(run.question("low_confidence"), "send_back", text="look again").make(Verdict=Verdict(confidence=0.5))
    assert run.question("low_confidence").key == "low_confidence:Verdict@2"


def test_a_first_making_that_a_need_holds_up_raises_no_question() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    assert [question.names for question in run.open] == [("Score",)]


def test_an_approved_verdict_lets_the_update_go_out() -> None:
    run = low_confidence()
    run.answer(run.question("low_confidence"), "approve").make(Update=Update())
    assert run.open == ()
