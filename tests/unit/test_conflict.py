from typing import Any

import pytest

from agents.consensus import Unanimous
from agents.handoff import Escalate, Handoff
from agents.specialist import FunctionSpecialist
from graphs.agenda import Consult, Dispatch, Settle
from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Vote
from state.errors import ContractBroken
from state.progress import Progress
from tests.support.leads import AT_ONCE, Check, Score, Verdict, diamond, quality
from tests.support.run import Run

CONTESTED = {"Score": Score(probability=0.9), "Check": Check(flagged=True)}


def voter(name: str, prefer: str) -> FunctionSpecialist:
    return FunctionSpecialist(lambda _: Ballot(prefer=prefer), name, Ballot, retry=AT_ONCE)


def abstainer(name: str) -> FunctionSpecialist:
    return FunctionSpecialist(lambda _: Escalate("no opinion"), name, Ballot, retry=AT_ONCE)


def failing(name: str) -> FunctionSpecialist:
    def fail(handoff: Handoff[Any]) -> Ballot:
        raise OSError("no connection")

    return FunctionSpecialist(fail, name, Ballot, retry=AT_ONCE)


def vote(*voters: FunctionSpecialist, **options: Any) -> Run:
    return Run(diamond(Vote(voters, **options), AskHuman())).make(**CONTESTED).settle()


def test_values_that_agree_are_no_conflict() -> None:
    run = Run(diamond(Prefer(Score))).make(Score=Score(), Check=Check(flagged=True))
    assert run.plan == Dispatch(("Verdict",))


def test_prefer_settles_for_the_versions_it_was_taken_at() -> None:
    run = Run(diamond(Prefer(Check))).make(**CONTESTED).settle()
    [rung] = run.progress.rungs
    assert (rung.preferred, rung.versions, rung.action, rung.by) == ("Check", {"Score": 1, "Check": 1}, "prefer", "hub")
    run.note("Score").make(Score=Score(probability=0.8))
    assert isinstance(run.plan, Settle), "another version, another disagreement"


def test_the_last_rung_is_taken_again_as_often_as_it_is_needed() -> None:
    run = Run(diamond(Prefer(Check))).make(**CONTESTED).settle()
    run.note("Score").make(Score=Score(probability=0.8)).settle()
    assert [rung.rung for rung in run.progress.rungs] == [0, 0]


def test_reconsider_sends_an_objection_and_settles_nothing() -> None:
    run = Run(diamond(Reconsider(Check), AskHuman())).make(**CONTESTED).settle()
    [note] = run.handoff("Check").notes
    assert (note.kind, note.author, note.text, note.about_version) == (
        "objection",
        "quality",
        "Check disagrees with Score",
        1,
    )
    assert not run.progress.rungs[0].is_settlement
    assert run.plan == Dispatch(("Check",))


def test_an_objection_can_have_words_of_its_own() -> None:
    run = Run(diamond(Reconsider(Check, text="look at the site"), AskHuman())).make(**CONTESTED).settle()
    assert run.handoff("Check").notes[0].text == "look at the site"


def test_a_side_that_gives_way_ends_the_conflict() -> None:
    run = Run(diamond(Reconsider(Check), AskHuman())).make(**CONTESTED).settle().make(Check=Check())
    assert run.plan == Dispatch(("Verdict",))


def test_a_side_that_insists_leads_to_the_next_rung() -> None:
    run = Run(diamond(Reconsider(Check), Reconsider(Score), AskHuman())).make(**CONTESTED)
    assert run.settle().make(Check=CONTESTED["Check"]).settle().plan == Dispatch(("Score",))
    assert [question.kind for question in run.make(Score=CONTESTED["Score"]).consulted] == ["conflict"]


def test_rungs_are_counted_per_run_and_not_per_version() -> None:
    run = Run(diamond(Reconsider(Check), Prefer(Score))).make(**CONTESTED).settle().make(Check=Check())
    run.note("Check").make(Check=CONTESTED["Check"])
    assert run.settle().progress.rungs[-1].action == "prefer", "the objection was made once, and is not made again"


def test_reconsidering_a_human_decision_is_put_to_a_human() -> None:
    run = Run(diamond(AskHuman())).make(**CONTESTED)
    run.answer(run.question("conflict"), "edit", decision="Check", value={"flagged": True})
    workflow = diamond(Reconsider(Check), AskHuman())
    again = Run(workflow).apply()
    again.progress = run.progress.model_copy(update={"rungs": ()})
    assert [question.kind for question in again.settle().consulted] == ["objection"]


def test_a_human_is_shown_the_more_confident_side() -> None:
    run = Run(diamond(AskHuman()))
    run.make(Score=Score(probability=0.9, confidence=0.6), Check=Check(flagged=True, confidence=0.7))
    assert run.question("conflict").suggestion == "Check"


def test_a_human_is_shown_the_first_of_two_equally_confident_sides() -> None:
    assert Run(diamond(AskHuman())).make(**CONTESTED).question("conflict").suggestion == "Score"


def test_the_suggestion_can_be_declared() -> None:
    assert Run(diamond(AskHuman(suggest=Check))).make(**CONTESTED).question("conflict").suggestion == "Check"


def test_a_vote_settles_by_its_winner() -> None:
    run = vote(voter("x", "Check"), voter("y", "Check"), voter("z", "Score"))
    [rung] = run.progress.rungs
    assert (rung.action, rung.preferred, rung.by) == ("vote", "Check", "x, y")
    assert run.plan == Dispatch(("Verdict",))


def test_voters_are_executions_in_the_ledger() -> None:
    run = vote(voter("x", "Check"), failing("y"))
    assert [(each.specialist, each.outcome) for each in run.progress.executions] == [
        ("x", "decided"),
        *[("y", "error")] * 3,
    ]


@pytest.mark.parametrize(
    ("voters", "options"),
    [
        # a tie
        ([voter("x", "Check"), voter("y", "Score")], {}),
        # a winner among too few: by default more than half must vote
        ([voter("x", "Check"), abstainer("y")], {}),
        # who fails abstains
        ([voter("x", "Check"), failing("y")], {}),
        # a vote for something else is none
        ([voter("x", "Check"), voter("y", "Verdict")], {}),
        # a declared quorum
        ([voter("x", "Check"), voter("y", "Check"), abstainer("z")], {"quorum": 3}),
        # the rule finds no winner
        ([voter("x", "Check"), voter("y", "Check"), voter("z", "Score")], {"rule": Unanimous()}),
        # nobody votes
        ([abstainer("x")], {}),
    ],
)
def test_a_vote_without_a_result_leads_to_the_next_rung(
    voters: list[FunctionSpecialist], options: dict[str, Any]
) -> None:
    run = vote(*voters, **options)
    assert (run.progress.rungs[0].preferred, run.progress.rungs[0].by) == (None, "hub")
    assert isinstance(run.plan, Consult)


@pytest.mark.parametrize(
    ("voters", "options"),
    [
        # one abstains, two agree, and two of three are enough
        ([voter("x", "Check"), voter("y", "Check"), abstainer("z")], {}),
        # one vote is declared to be enough
        ([voter("x", "Check"), failing("y"), failing("z")], {"quorum": 1}),
    ],
)
def test_a_vote_needs_only_its_quorum(voters: list[FunctionSpecialist], options: dict[str, Any]) -> None:
    assert vote(*voters, **options).progress.rungs[0].preferred == "Check"


def test_a_voter_sees_both_sides_and_may_ask_nobody() -> None:
    seen: list[Handoff[Any]] = []

    def look(handoff: Handoff[Any]) -> Ballot:
        seen.append(handoff)
        return Ballot(prefer="Score")

    vote(FunctionSpecialist(look, "x", Ballot))
    assert [*seen[0].decisions.values()] == [*CONTESTED.values()]
    assert seen[0].may_ask == frozenset()


def test_a_predicate_that_raises_is_a_broken_contract() -> None:
    conflict = Conflict("lanes", (Score, Check), when=lambda score, check: score.lane == "x", ladder=(Prefer(Score),))
    run = Run(diamond(conflicts=(conflict,))).make(**CONTESTED)
    with pytest.raises(ContractBroken, match=r"Conflict 'lanes' broke its contract: its predicate raised Attr"):
        _ = run.plan


def test_a_settled_conflict_does_not_ask_its_predicate() -> None:
    asked: list[str] = []

    def count(score: Score, check: Check) -> bool:
        asked.append("asked")
        return True

    run = Run(diamond(conflicts=(Conflict("quality", (Score, Check), when=count, ladder=(Prefer(Score),)),)))
    run.make(**CONTESTED).settle()
    asked.clear()
    assert run.plan == Dispatch(("Verdict",))
    assert asked == []


def test_no_versions_are_settled_before_the_first_rung() -> None:
    assert not quality(Prefer(Score)).is_settled(Progress())
    assert quality(Prefer(Score)).rung(Progress()) == 0


def test_a_conflict_between_a_decision_and_what_is_built_on_it_can_be_declared() -> None:
    lanes = Conflict("lanes", (Score, Verdict), when=lambda *_: True, ladder=(Reconsider(Score), Prefer(Verdict)))
    run = Run(diamond(conflicts=(lanes,))).make(Score=Score(), Check=Check()).make(Verdict=Verdict()).settle()
    assert run.plan == Dispatch(("Score",))
    assert run.make(Score=Score(probability=0.1)).plan == Dispatch(("Verdict",))
    assert run.make(Verdict=Verdict()).settle().plan == Dispatch(("Update",))
