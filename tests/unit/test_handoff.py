import pytest

from agents.handoff import Ask, Handoff, Request
from graphs.conflict import Prefer
from tests.support.leads import Check, Lead, Score, Verdict, diamond
from tests.support.run import Run

LEAD = Lead(id="lead-1")


def test_a_handoff_gives_what_was_declared() -> None:
    handoff = Handoff(case=LEAD, decisions={Score: Score(probability=0.7)})
    assert handoff[Score].probability == 0.7


def test_what_was_not_declared_is_not_there() -> None:
    handoff = Handoff(case=LEAD, decisions={Score: Score(), Verdict: Verdict()})
    with pytest.raises(KeyError, match=r"Check was not handed over; declare it in needs=\. Handed over: Score, Ve"):
        handoff[Check]


def test_a_specialist_sees_the_case_its_needs_and_its_own_notes_and_nothing_else() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict())
    run.note("Score", "not for the update").note("Update", "shorter")
    handoff = run.handoff("Update")
    assert handoff.case == run.case
    assert dict(handoff.decisions) == {Verdict: Verdict()}
    assert [note.text for note in handoff.notes] == ["shorter"]


def test_a_specialist_sees_what_was_decided_before() -> None:
    run = Run(diamond()).make(Score=Score(probability=0.3)).note("Score")
    assert run.handoff("Score").previous == Score(probability=0.3)


def test_there_is_nothing_before_the_first_decision() -> None:
    assert Run(diamond()).handoff("Score").previous is None


def test_an_ask_may_go_to_anything_upstream() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict())
    assert {decision.__name__ for decision in run.handoff("Update").may_ask} == {"Score", "Check", "Verdict"}
    assert run.handoff("Score").may_ask == frozenset()


def test_settlements_between_the_needs_are_handed_over() -> None:
    run = Run(diamond(Prefer(Score))).make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle()
    assert [rung.preferred for rung in run.handoff("Verdict").settlements] == ["Score"]


def test_a_settlement_further_upstream_is_not_handed_over() -> None:
    """It can change while the verdict stays equal, and then the update would not be made again."""
    run = Run(diamond(Prefer(Score))).make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle()
    assert run.make(Verdict=Verdict()).handoff("Update").settlements == ()


def test_a_settlement_of_older_versions_is_not_handed_over() -> None:
    run = Run(diamond(Prefer(Score))).make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle()
    run.note("Score").make(Score=Score(probability=0.4))
    assert run.handoff("Verdict").settlements == ()


def test_the_sides_of_a_conflict_are_not_handed_its_settlement() -> None:
    run = Run(diamond(Prefer(Score))).make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle()
    assert run.handoff("Check").settlements == ()


def test_an_ask_carries_one_request_or_several() -> None:
    assert Ask(Score, "why?").requests == (Request(Score, "why?"),)
    assert Ask(Request(Score, "why?"), Request(Check, "sure?")).requests == (
        Request(Score, "why?"),
        Request(Check, "sure?"),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        # nothing
        (),
        # no text
        (Score,),
        # the wrong way round
        ("why?", Score),
        # a mixture
        (Request(Score, "why?"), Check, "sure?"),
        # too much
        (Score, "why?", "really?"),
    ],
)
def test_an_ask_of_another_form_is_refused(arguments: tuple[Request | type[Score] | str, ...]) -> None:
    with pytest.raises(TypeError, match="Ask takes a decision and a text"):
        Ask(*arguments)
