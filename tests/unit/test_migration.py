from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import Field

from agents.handoff import Ask, Escalate
from agents.making import Failed
from graphs.agenda import Dispatch, Finish
from graphs.conflict import AskHuman, Prefer, Reconsider
from graphs.migration import Carried, carried
from graphs.workflow import Workflow
from state.decision import Decision
from state.execution import Execution
from state.progress import Closed, Executed
from tests.support.leads import CHECK, SCORE, UPDATE, VERDICT, Check, Score, Update, Verdict, diamond, owner, quality
from tests.support.run import NOW, Run


def contract(before: type[Decision], **fields: Any) -> type[Decision]:
    """Another contract of the same name."""
    types = {name: annotation for name, (annotation, _) in fields.items()}
    values = {name: default for name, (_, default) in fields.items()}
    return type(before.__name__, (Decision,), {"__module__": __name__, "__annotations__": types, **values})


WIDENED = contract(Score, probability=(float, Field(default=0.5, ge=0, le=2)))
"""Every score of before fits."""
HALVED = contract(Score, probability=(float, Field(default=0.5, ge=0, le=0.5)))
"""Only low scores of before fit."""
LANED = contract(Verdict, lane=(str, "sales"), team=(str, "north"))
"""Every verdict of before fits, and says more."""


def scored(by: type[Decision], **changes: Any) -> Workflow:
    """The diamond with another contract of the score."""
    return diamond(specialists=(owner(by), CHECK, owner(Verdict, by, Check), UPDATE), **changes)


def judged(by: type[Decision]) -> Workflow:
    """The diamond with another contract of the verdict."""
    return diamond(specialists=(SCORE, CHECK, owner(by, Score, Check), owner(Update, by)), escalation=None)


def finished(run: Run) -> Run:
    """Everything made once."""
    return run.make(Score=Score(), Check=Check()).make(Verdict=Verdict(lane="partner")).make(Update=Update())


def decided_by_ann(**fields: Any) -> Run:
    """A run in which a person decided the verdict."""
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    return run.answer(run.question("low_confidence"), "edit", value=fields).make(Update=Update())


def migrated(run: Run, workflow: Workflow, before: Mapping[str, str] | None = None) -> tuple[Carried, Run]:
    """What is carried, and the run that goes on from it."""
    begun = carried(run.workflow.parts if before is None else before, workflow, run.progress)
    new = Run(workflow)
    new.progress = begun.progress
    return begun, new


def sentences(begun: Carried) -> list[str]:
    return [word.sentence for word in begun.dropped_words]


def test_under_the_same_workflow_nothing_is_touched() -> None:
    run = finished(Run(diamond()))
    begun, new = migrated(run, diamond())
    assert (new.progress, new.plan) == (run.progress, Finish("completed"))
    assert (begun.kept, begun.made_again) == (run.workflow.order, ())


def test_another_version_of_a_specialist_keeps_its_decision() -> None:
    newer = diamond(specialists=(replace(SCORE, version="2", name="scorer"), CHECK, VERDICT, UPDATE))
    assert migrated(finished(Run(diamond())), newer)[1].plan == Finish("completed")


def test_a_decision_is_made_again_under_another_contract_and_early_cutoff_spares_the_rest() -> None:
    begun, new = migrated(finished(Run(diamond())), scored(WIDENED))
    assert new.plan == Dispatch(("Score",))
    assert (begun.kept, begun.made_again) == (("Check",), ("Score", "Verdict", "Update"))
    assert new.make(Score=WIDENED()).plan == Finish("completed")


def test_a_note_that_comes_before_it_is_made_again_does_not_make_it_current() -> None:
    new = migrated(finished(Run(diamond())), scored(WIDENED))[1]
    assert new.note("Score").plan == Dispatch(("Score",))


def test_a_value_that_does_not_fit_any_more_is_handed_to_nobody() -> None:
    run = Run(diamond()).make(Score=Score(probability=0.9), Check=Check()).note("Score").make(Score=Score())
    new = migrated(run, scored(HALVED))[1]
    assert [record.value is None for record in new.progress.records["Score"]] == [True, False]
    assert new.handoff("Score").previous == HALVED()
    assert "less than or equal to 0.5" in new.progress.records["Score"][0].reason


def test_the_numbering_goes_on_so_that_nothing_downstream_matches_by_accident() -> None:
    run = finished(Run(diamond())).note("Score").make(Score=Score(probability=0.9)).make(Verdict=Verdict())
    new = migrated(run, scored(HALVED))[1].make(Score=HALVED())
    assert new.record("Score").version == 3
    assert new.plan == Dispatch(("Verdict",))


def test_a_value_is_held_to_its_contract_even_where_that_seems_unchanged() -> None:
    run = finished(Run(diamond()))
    new = migrated(run, scored(HALVED), before=scored(HALVED).parts)[1]
    assert new.plan == Finish("completed")
    run.note("Score").make(Score=Score(probability=0.9)).make(Verdict=Verdict())
    assert migrated(run, scored(HALVED), before=scored(HALVED).parts)[1].plan == Dispatch(("Score",))


def test_a_decision_that_nobody_makes_any_more_is_gone_with_all_that_was_said_to_it() -> None:
    run = finished(Run(diamond())).note("Check").make(Check=Check())
    begun, new = migrated(run, diamond(specialists=(SCORE, owner(Verdict, Score), UPDATE)))
    for kept in (new.progress.records, new.progress.notes, new.progress.attempts):
        assert "Check" not in kept
    assert begun.made_again == ("Verdict", "Update")
    assert new.plan == Dispatch(("Verdict",))


def test_a_new_need_is_made_first() -> None:
    run = Run(diamond(specialists=(SCORE, owner(Verdict, Score), UPDATE)))
    new = migrated(run.make(Score=Score()).make(Verdict=Verdict()).make(Update=Update()), diamond())[1]
    assert new.plan == Dispatch(("Check",))
    assert new.make(Check=Check()).plan == Dispatch(("Verdict",))


def test_needs_in_another_order_are_the_same_needs() -> None:
    turned = diamond(specialists=(SCORE, CHECK, owner(Verdict, Check, Score), UPDATE))
    assert migrated(finished(Run(diamond())), turned)[1].plan == Finish("completed")


@pytest.mark.parametrize("result", [Escalate("unclear"), Failed("down")])
def test_what_escalated_or_failed_is_made_again_with_all_its_attempts(result: Any) -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Ask(Score, "why?")).make(Score=Score())
    new = migrated(run.make(Verdict=result), diamond())[1]
    assert new.plan == Dispatch(("Verdict",))
    assert new.progress.attempts == {"Score": 1}
    assert new.make(Verdict=Verdict()).record("Verdict").version == 2


def test_a_human_word_is_kept_under_another_contract_that_it_fits() -> None:
    run = decided_by_ann(lane="partner")
    begun, new = migrated(run, judged(contract(Verdict, lane=(str, Field(default="sales", max_length=9)))))
    assert new.record("Verdict") == run.record("Verdict")
    assert (new.plan, begun.dropped_words) == (Finish("completed"), ())


def test_a_human_word_to_which_the_contract_adds_is_a_version_more() -> None:
    new = migrated(decided_by_ann(lane="partner"), judged(LANED))[1]
    verdict = new.record("Verdict")
    assert (verdict.version, verdict.maker.name) == (3, "ann")
    assert verdict.value == {"lane": "partner", "team": "north", "confidence": 1.0, "rationale": "decided by ann"}
    assert new.plan == Dispatch(("Update",))


def test_a_human_word_that_does_not_fit_any_more_is_dropped_and_said_so() -> None:
    begun, new = migrated(decided_by_ann(lane="partner"), judged(contract(Verdict, route=(str, "sales"))))
    [said] = sentences(begun)
    assert said.startswith("ann decided Verdict; it does not fit its contract any more: lane: Extra inputs")
    assert new.plan == Dispatch(("Verdict",))
    assert new.progress.latest_value("Verdict") is None
    assert new.make(Verdict=new.workflow.contracts["Verdict"]()).record("Verdict").version == 3


def test_a_human_word_on_what_is_gone_is_dropped_and_said_so() -> None:
    begun, _ = migrated(decided_by_ann(), diamond(specialists=(SCORE, CHECK), escalation=None))
    assert sentences(begun) == ["ann decided Verdict; nobody decides it any more."]


def test_a_human_word_on_what_is_made_again_is_unconfirmed_and_a_question_once_that_differs() -> None:
    begun, new = migrated(decided_by_ann(), scored(WIDENED, threshold=0.8))
    assert (begun.unconfirmed, begun.made_again) == (("Verdict",), ("Score", "Update"))
    new.make(Score=WIDENED.model_validate({"probability": 0.1}))
    assert [question.kind for question in new.consulted] == ["upstream_moved"]


def test_a_human_word_stands_when_what_is_made_again_comes_out_equal() -> None:
    assert migrated(decided_by_ann(), scored(WIDENED))[1].make(Score=WIDENED()).plan == Finish("completed")


def test_a_human_word_with_one_need_less_stands() -> None:
    fewer = diamond(specialists=(SCORE, CHECK, owner(Verdict, Score), UPDATE))
    assert migrated(decided_by_ann(), fewer)[1].plan == Finish("completed")


def test_a_human_word_with_one_need_more_is_a_question() -> None:
    run = Run(diamond(threshold=0.8, specialists=(SCORE, CHECK, owner(Verdict, Score), UPDATE)))
    run.make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    run.answer(run.question("low_confidence"), "edit", value={})
    [question] = migrated(run, diamond())[1].consulted
    assert "ann decided Verdict, and since then Check has changed" in question.reason


def test_an_approval_stands_with_its_decision() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    run.answer(run.question("low_confidence"), "approve").make(Update=Update())
    assert migrated(run, diamond(threshold=0.8))[1].plan == Finish("completed")
    begun, new = migrated(run, judged(LANED))
    assert new.progress.approvals == {}
    assert sentences(begun) == ["Verdict v1 was approved; it is made again."]


def settled(*ladder: Any) -> Run:
    """A run in which the score and the check disagreed."""
    run = Run(diamond(*ladder)).make(Score=Score(probability=0.9), Check=Check(flagged=True))
    if run.open:
        return finished_after(run.answer(run.question("conflict"), "approve", prefer="Score"))
    return finished_after(run.settle())


def finished_after(run: Run) -> Run:
    return run.make(Verdict=Verdict()).make(Update=Update())


def test_a_settlement_stands_with_its_conflict_and_both_sides() -> None:
    run = settled(AskHuman())
    _, new = migrated(run, diamond(AskHuman()))
    assert (new.progress.rungs, new.plan) == (run.progress.rungs, Finish("completed"))


def test_a_settlement_of_a_conflict_that_changed_is_made_anew_and_so_is_what_was_built_on_it() -> None:
    begun, new = migrated(settled(AskHuman()), diamond(Prefer(Check)))
    assert sentences(begun) == ["ann preferred Score in quality; the conflict or a side of it changed."]
    assert (begun.kept, new.progress.rungs) == (("Score", "Check"), ())
    assert new.settle().plan == Dispatch(("Verdict",))
    assert [rung.preferred for rung in new.handoff("Verdict").settlements] == ["Check"]
    assert new.make(Verdict=Verdict()).plan == Finish("completed")


def test_what_was_built_on_a_settlement_of_a_conflict_that_is_gone_is_made_again() -> None:
    assert migrated(settled(Prefer(Score)), diamond())[1].plan == Dispatch(("Verdict",))


def test_what_was_built_on_both_sides_of_a_new_conflict_sees_how_it_is_settled() -> None:
    run = finished_after(Run(diamond()).make(Score=Score(probability=0.9), Check=Check(flagged=True)))
    assert migrated(run, diamond(Prefer(Score)))[1].settle().plan == Dispatch(("Verdict",))


def test_a_new_conflict_in_which_nobody_disagrees_touches_nothing() -> None:
    assert migrated(finished(Run(diamond())), diamond(Prefer(Score)))[1].plan == Finish("completed")


def test_a_ladder_is_climbed_on_where_nothing_of_its_conflict_changed_and_anew_where_a_side_did() -> None:
    ladder = (Reconsider(Score), AskHuman())
    run = Run(diamond(*ladder)).make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle()
    run.make(Score=Score(probability=0.8))
    same = migrated(run, diamond(*ladder))[1]
    assert [question.kind for question in same.consulted] == ["conflict"]
    other = replace(quality(Reconsider(WIDENED), AskHuman()), between=(WIDENED, Check))
    assert migrated(run, scored(WIDENED, conflicts=(other,)))[1].progress.rungs == ()


def test_answers_the_ledger_and_a_rejection_are_carried_as_they_are() -> None:
    run = decided_by_ann()
    done = {"ready_at": NOW, "started_at": NOW, "ended_at": NOW}
    run.apply(Executed(execution=Execution(decision="Score", specialist="score", outcome="decided", **done)))
    new = migrated(run.apply(Closed(reason="spam")), scored(WIDENED))[1]
    assert new.progress.answers == run.progress.answers
    assert new.progress.executions == run.progress.executions
    assert new.plan == Finish("rejected")


def test_a_question_that_was_answered_before_comes_back_with_a_number() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    run.answer(run.question("low_confidence"), "send_back", text="look again").make(Verdict=Verdict(confidence=0.4))
    assert migrated(run, diamond(threshold=0.8))[1].question("low_confidence").key == "low_confidence:Verdict@1#2"


def test_under_an_unknown_signature_every_decision_of_an_agent_is_made_again_and_no_human_word_is_lost() -> None:
    begun, _ = migrated(decided_by_ann(), diamond(), before={})
    assert (begun.kept, begun.unconfirmed, begun.dropped_words) == ((), ("Verdict",), ())
