from typing import Any

import pytest
from pydantic import ValidationError

from agents.handoff import Ask, Escalate
from graphs.agenda import Dispatch, Finish
from graphs.conflict import AskHuman, Reconsider
from state.errors import InvalidAnswer, StaleAnswer
from state.progress import Closed
from state.review import Answer, Question
from tests.support.leads import Check, Score, Update, Verdict, diamond
from tests.support.run import Run


@pytest.fixture
def unsure() -> Run:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check())
    return run.make(Verdict=Verdict(lane="sales", confidence=0.4))


@pytest.fixture
def contested() -> Run:
    return Run(diamond(AskHuman())).make(
        Score=Score(probability=0.9, confidence=0.6), Check=Check(flagged=True, confidence=0.7)
    )


@pytest.fixture
def never_decided() -> Run:
    run = Run(diamond()).make(Score=Score(), Check=Check())
    for _ in range(4):
        run.make(Verdict=Ask(Score, "why?")).make(Score=Score())
    return run


@pytest.fixture
def decided_by_ann(unsure: Run) -> Run:
    return unsure.answer(unsure.question("low_confidence"), "edit", value={"lane": "nurture"})


def only(run: Run) -> Question:
    [question] = run.open
    return question


def test_approving_a_low_confidence_lets_this_version_stand(unsure: Run) -> None:
    unsure.answer(only(unsure), "approve")
    assert unsure.progress.approvals == {"Verdict": 1}
    assert unsure.record("Verdict").maker.kind == "agent"
    assert unsure.plan == Dispatch(("Update",))


def test_approving_a_conflict_takes_the_suggestion(contested: Run) -> None:
    contested.answer(only(contested), "approve")
    assert contested.progress.rungs[-1].preferred == "Check", "the more confident side"
    assert (contested.progress.rungs[-1].action, contested.progress.rungs[-1].by) == ("human", "ann")
    assert contested.plan == Dispatch(("Verdict",))


def test_a_human_can_prefer_the_other_side(contested: Run) -> None:
    contested.answer(only(contested), "approve", prefer="Score")
    assert contested.progress.rungs[-1].preferred == "Score"


def test_approving_what_does_not_converge_makes_it_a_human_decision() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict())
    for _ in range(4):
        run.note("Verdict").make(Verdict=Verdict())
    run.note("Verdict").answer(run.question("no_convergence"), "approve")
    verdict = run.record("Verdict")
    assert (verdict.maker.kind, verdict.version, verdict.notes_seen) == ("human", 2, 5)
    assert run.plan == Dispatch(("Update",))


def test_approving_after_upstream_moved_keeps_the_value_on_the_current_inputs(decided_by_ann: Run) -> None:
    run = decided_by_ann.note("Score").make(Score=Score(probability=0.6))
    run.answer(run.question("upstream_moved"), "approve", by="ben")
    verdict = run.record("Verdict")
    assert (verdict.maker.name, verdict.version, verdict.built_from) == ("ben", 2, {"Score": 2, "Check": 1})


def test_approving_against_an_objection_keeps_the_value(decided_by_ann: Run) -> None:
    run = decided_by_ann.make(Update=Ask(Verdict, "the lane does not exist"))
    run.answer(run.question("objection"), "approve")
    assert (run.record("Verdict").version, run.record("Verdict").notes_seen) == (2, 1)
    assert run.plan == Dispatch(("Update",))


def test_an_agent_never_replaces_a_human_decision_by_itself(decided_by_ann: Run) -> None:
    moved = decided_by_ann.note("Score").make(Score=Score(probability=0.6))
    assert [question.kind for question in moved.consulted] == ["upstream_moved"]


def test_sending_back_releases_a_human_decision_to_its_owner(decided_by_ann: Run) -> None:
    run = decided_by_ann.note("Score").make(Score=Score(probability=0.6))
    run.answer(run.question("upstream_moved"), "send_back", text="decide on the new score")
    assert run.plan == Dispatch(("Verdict",))
    assert run.make(Verdict=Verdict(lane="partner", confidence=0.9)).record("Verdict").maker.kind == "agent"


def test_guidance_reaches_the_owner_with_its_author_and_version(unsure: Run) -> None:
    unsure.answer(only(unsure), "send_back", text="mind the size")
    [note] = unsure.handoff("Verdict").notes
    assert (note.kind, note.author, note.text, note.about_version) == ("guidance", "ann", "mind the size", 1)


def test_guidance_on_what_was_never_decided_speaks_of_no_version(never_decided: Run) -> None:
    never_decided.answer(only(never_decided), "send_back", text="just decide")
    assert never_decided.handoff("Verdict").notes[-1].about_version is None
    assert never_decided.plan == Dispatch(("Verdict",))


def test_sending_back_a_conflict_goes_to_the_side_that_was_not_suggested(contested: Run) -> None:
    contested.answer(only(contested), "send_back", text="look at the website")
    assert contested.plan == Dispatch(("Score",))


def test_sending_back_a_conflict_can_name_the_side(contested: Run) -> None:
    contested.answer(only(contested), "send_back", text="look again", decision="Check")
    assert contested.plan == Dispatch(("Check",))


def test_rejecting_closes_the_case(unsure: Run) -> None:
    unsure.answer(only(unsure), "reject", text="spam")
    assert unsure.progress.closed == "spam"
    assert unsure.plan == Finish("rejected")


def test_rejecting_keeps_the_reason(unsure: Run) -> None:
    assert unsure.answer(only(unsure), "reject", text="spam").progress.closed == "spam"


def test_an_edit_changes_only_what_it_names(unsure: Run) -> None:
    run = unsure.answer(only(unsure), "edit", value={"lane": "nurture"})
    assert run.record("Verdict").value == {"lane": "nurture", "confidence": 1.0, "rationale": "decided by ann"}
    assert run.record("Verdict").maker.kind == "human"


def test_an_edit_can_say_how_sure_and_why(unsure: Run) -> None:
    run = unsure.answer(only(unsure), "edit", value={"confidence": 0.7}, text="we know them")
    assert run.record("Verdict").value == {"lane": "sales", "confidence": 0.7, "rationale": "we know them"}


def test_an_edit_of_an_escalated_decision_starts_from_nothing() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    run.answer(only(run), "edit", value={"probability": 0.2})
    assert run.handoff("Score").previous == Score(probability=0.2, rationale="decided by ann")
    assert run.plan == Dispatch(("Verdict",))


def test_an_edit_is_held_to_the_contract_of_the_agent(contested: Run) -> None:
    with pytest.raises(
        InvalidAnswer, match=r"The edit breaks the contract of Score: probability: .*less than or equal"
    ):
        contested.answer(only(contested), "edit", decision="Score", value={"probability": 3})


def test_an_edit_of_a_field_that_is_not_there_names_it(unsure: Run) -> None:
    with pytest.raises(InvalidAnswer, match="The edit breaks the contract of Verdict: lanes: Extra inputs"):
        unsure.answer(only(unsure), "edit", value={"lanes": "nurture"})


def test_an_edit_of_one_side_of_a_conflict_raises_it_anew_when_they_still_disagree(contested: Run) -> None:
    run = contested.answer(only(contested), "edit", decision="Score", value={"probability": 0.8})
    assert only(run).key == "conflict:quality:Score@2,Check@1"


def test_an_edit_that_ends_the_disagreement_goes_on(contested: Run) -> None:
    run = contested.answer(only(contested), "edit", decision="Score", value={"probability": 0.2})
    assert run.plan == Dispatch(("Verdict",))


def test_an_answer_restores_the_attempts_of_the_decision_and_of_all_downstream(never_decided: Run) -> None:
    run = never_decided
    run.apply(*Run(run.workflow).note("x").progress.rungs)
    assert run.progress.attempts == {"Verdict": 4, "Score": 4}
    run.answer(only(run), "send_back", text="decide")
    assert run.progress.attempts == {"Score": 4}, "the score is upstream: it keeps its count"
    assert run.progress.answers[-1].restores == ("Verdict", "Update")


def test_an_answer_to_a_conflict_restores_both_sides_and_all_downstream() -> None:
    run = Run(diamond(Reconsider(Score), AskHuman()))
    run.make(Score=Score(probability=0.9), Check=Check(flagged=True)).settle().make(Score=Score(probability=0.8))
    assert run.progress.attempts == {"Score": 1}
    run.answer(only(run), "approve")
    assert run.progress.attempts == {}
    assert set(run.progress.answers[-1].restores) == {"Score", "Check", "Verdict", "Update"}


def test_a_note_of_another_specialist_restores_nothing(never_decided: Run) -> None:
    assert never_decided.note("Verdict").progress.attempts == {"Verdict": 4, "Score": 4}


def test_an_answer_leaves_the_other_questions_open() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Escalate("offline"))
    first, second = run.consulted
    run.answer(first, "edit", value={})
    assert run.consulted == (second,)


@pytest.mark.parametrize(
    "key",
    [
        # a version that never was
        "low_confidence:Verdict@2",
        # the count of an earlier answer
        "low_confidence:Verdict@1#2",
        # another kind
        "escalated:Verdict@1",
        # nothing at all
        "",
    ],
)
def test_an_answer_to_a_question_that_is_not_open_is_refused(unsure: Run, key: str) -> None:
    with pytest.raises(StaleAnswer, match=r"has moved on\. Open now: low_confidence:Verdict@1\.") as stale:
        unsure.answer(key, "approve")
    assert (stale.value.question, stale.value.open_questions) == (key, ("low_confidence:Verdict@1",))


def test_an_answer_is_refused_when_a_version_that_it_names_has_moved(unsure: Run) -> None:
    before = only(unsure)
    unsure.note("Verdict").make(Verdict=Verdict(confidence=0.5))
    with pytest.raises(StaleAnswer):
        unsure.answer(before, "approve")


def test_an_answer_is_refused_when_the_decision_has_new_notes(decided_by_ann: Run) -> None:
    run = decided_by_ann.note("Verdict", "first")
    before = run.question("objection")
    with pytest.raises(StaleAnswer):
        run.note("Verdict", "second").answer(before, "approve")


def test_a_second_answer_to_the_same_question_is_refused(unsure: Run) -> None:
    question = only(unsure)
    unsure.answer(question, "send_back", text="look again").make(Verdict=Verdict(confidence=0.4))
    with pytest.raises(StaleAnswer, match="#2"):
        unsure.answer(question, "approve")


def test_a_closed_case_takes_no_answers(unsure: Run) -> None:
    question = only(unsure)
    unsure.apply(Closed(reason="spam"))
    for key in (question.key, "something else"):
        with pytest.raises(StaleAnswer, match="Open now: none"):
            unsure.answer(key, "approve")


def test_what_is_not_offered_is_refused() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    with pytest.raises(InvalidAnswer, match=r"'approve' is not offered here\. Use one of edit, send_back, reject\."):
        run.answer(only(run), "approve")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        # an edit has to say which side
        ({"action": "edit", "value": {}}, "Say which decision is meant .* It is about Score and Check."),
        # fields that both sides have do not tell
        ({"action": "edit", "value": {"confidence": 0.5}}, "Say which decision is meant"),
        # not a side of this conflict, by either word
        ({"action": "approve", "prefer": "Verdict"}, "'Verdict' is not a side of this conflict."),
        ({"action": "approve", "decision": "Verdict"}, "'Verdict' is not a side of this conflict."),
        # two sides at once
        ({"action": "approve", "prefer": "Score", "decision": "Check"}, "names two sides: Check, Score"),
        # not a decision of this question
        ({"action": "edit", "value": {}, "decision": "Verdict"}, "The question is not about 'Verdict'."),
        # the same for guidance
        ({"action": "send_back", "text": "look", "decision": "Verdict"}, "The question is not about 'Verdict'."),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_refused(
    contested: Run, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidAnswer, match=message):
        contested.answer(only(contested), **fields)


@pytest.mark.parametrize("word", ["prefer", "decision"])
def test_the_side_of_a_conflict_can_be_named_by_either_word(contested: Run, word: str) -> None:
    run = contested.answer(only(contested), "approve", **{word: "Check"})
    assert run.progress.rungs[-1].preferred == "Check"


def test_the_fields_of_an_edit_tell_which_side_is_meant(contested: Run) -> None:
    run = contested.answer(only(contested), "edit", value={"flagged": False})
    assert run.record("Check").maker.kind == "human"


def test_a_side_can_be_preferred_only_in_a_conflict(unsure: Run) -> None:
    with pytest.raises(InvalidAnswer, match="not about a conflict"):
        unsure.answer(only(unsure), "approve", prefer="Verdict")


@pytest.mark.parametrize(
    "fields",
    [
        # an edit without a value
        {"action": "edit"},
        # nothing to go by
        {"action": "send_back"},
        # blanks are no guidance
        {"action": "send_back", "text": "  "},
        # approving takes no value
        {"action": "approve", "value": {"lane": "sales"}},
        # nor does rejecting
        {"action": "reject", "value": {}},
        # nobody answered
        {"action": "approve", "by": ""},
        # no such action
        {"action": "maybe"},
        # no such field
        {"action": "approve", "why": "because"},
    ],
)
def test_an_answer_carries_what_its_action_needs(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate({"question": "low_confidence:Verdict@1", "by": "ann", **fields})


def test_two_humans_count_as_one_maker(decided_by_ann: Run) -> None:
    run = decided_by_ann.make(Update=Update()).note("Verdict")
    run.answer(run.question("objection"), "approve", by="ben")
    assert run.plan == Finish("completed"), "the version is kept, so the update stands"
