"""The same workflow in each of its shapes, as a compiled graph."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making
from agents.specialist import FunctionSpecialist
from agents.supervisor import NextStep, first_ready
from graphs.conduct import Conduct
from graphs.conflict import AskHuman, Prefer, Reconsider
from graphs.shape import Hub, Mesh, Pipeline, Single, Supervisor
from graphs.shaped import SHAPES, graph_of, shaped
from graphs.workflow import Workflow
from state.errors import ContractBroken, ModelTrouble
from state.progress import Progress
from state.review import Answer as HumanAnswer
from state.review import Question
from tests.support.leads import AT_ONCE, Check, Score, Update, Verdict, diamond
from tests.support.stage import Stage

CONTESTED: dict[str, Any] = {"Score": Score(probability=0.9), "Check": Check(flagged=True)}
ALL_ONCE = {"Score": 1, "Check": 1, "Verdict": 1, "Update": 1}


def choosing(*steps: str | None) -> Supervisor:
    """A supervisor that says these steps, one after the other."""
    said = iter(steps)

    async def choose(handoff: Handoff[Any]) -> NextStep:
        return NextStep(next=next(said))

    return Supervisor(FunctionSpecialist(choose, "chief", NextStep, retry=AT_ONCE))


def executed(progress: Progress) -> Counter[str]:
    return Counter(each.specialist for each in progress.executions)


def values(progress: Progress) -> dict[str, Any]:
    return {name: progress.latest_value(name) for name in ("Score", "Check", "Verdict", "Update")}


@pytest.mark.parametrize("name", list(SHAPES))
async def test_every_shape_decides_the_same_where_nobody_disagrees(name: str) -> None:
    lines: dict[str, Any] = {"Score": Score(probability=0.3), "Verdict": Verdict(lane="support")}
    here, hub = Stage(shaped(diamond(Reconsider(Score), AskHuman()), SHAPES[name]), **lines), Stage(diamond(), **lines)
    await here.start()
    await hub.start()
    assert values(await here.progress()) == values(await hub.progress())
    assert await here.open() == []


@pytest.mark.parametrize("shape", [Hub(), Pipeline(), Single(), Supervisor()])
async def test_without_a_fault_each_specialist_is_called_once(shape: Any) -> None:
    stage = Stage(shaped(diamond(), shape))
    await stage.start()
    assert stage.calls == ALL_ONCE


async def test_a_pipeline_goes_one_after_the_other_in_the_order_of_needs() -> None:
    stage = Stage(shaped(diamond(), Pipeline()))
    await stage.start()
    assert stage.visited == ["score", "check", "verdict", "update"]


@pytest.mark.parametrize("name", ["hub", "pipeline"])
async def test_a_hub_and_a_pipeline_hand_over_what_was_declared(name: str) -> None:
    stage = Stage(shaped(diamond(), SHAPES[name]))
    await stage.start()
    assert set(stage.handoffs["Update"].decisions) == {Verdict}


@pytest.mark.parametrize("name", ["single", "supervisor", "mesh"])
async def test_the_others_hand_over_all_that_was_decided(name: str) -> None:
    stage = Stage(shaped(diamond(), SHAPES[name]))
    await stage.start()
    assert {each.__name__ for each in stage.handoffs["Update"].decisions} >= {"Score", "Check", "Verdict"}


async def test_in_a_pipeline_nobody_is_asked_to_look_again() -> None:
    stage = Stage(shaped(diamond(Reconsider(Score), AskHuman()), Pipeline()), **CONTESTED)
    await stage.start()
    [question] = await stage.open()
    assert question.startswith("conflict")
    assert stage.calls == {"Score": 1, "Check": 1}


async def test_a_ladder_that_only_looked_back_goes_on_to_its_next_rung_in_a_pipeline() -> None:
    stage = Stage(shaped(diamond(Reconsider(Score), Prefer(Check)), Pipeline()), **CONTESTED)
    await stage.start()
    progress = await stage.progress()
    assert [(rung.action, rung.preferred) for rung in progress.rungs] == [("prefer", "Check")]
    assert stage.calls == ALL_ONCE


async def test_a_pipeline_has_no_way_back_for_a_request() -> None:
    stage = Stage(shaped(diamond(), Pipeline()), Verdict=[Ask(Score, "look again"), Verdict()])
    await stage.start()
    record = (await stage.progress()).latest("Verdict")
    assert record is not None
    assert record.outcome == "escalated"
    assert "Score: look again" in record.reason
    assert stage.calls["Score"] == 1


async def test_what_a_human_decides_in_a_pipeline_is_a_new_beginning() -> None:
    stage = Stage(shaped(diamond(AskHuman()), Pipeline()), **CONTESTED)
    await stage.start()
    [question] = await stage.open()
    await stage.answer(question, "edit", decision="Score", value={"probability": 0.1})
    assert await stage.open() == []
    assert stage.calls == ALL_ONCE


async def test_a_pipeline_stops_at_a_question_that_a_hub_works_around() -> None:
    lines: dict[str, Any] = {"Score": Escalate("nobody knows")}
    pipeline, hub = Stage(shaped(diamond(), Pipeline()), **lines), Stage(diamond(), **lines)
    await pipeline.start()
    await hub.start()
    assert (pipeline.calls["Check"], hub.calls["Check"]) == (0, 1)


async def test_a_single_agent_does_not_disagree_with_itself() -> None:
    stage = Stage(shaped(diamond(Reconsider(Score), AskHuman()), Single()), **CONTESTED)
    await stage.start()
    assert await stage.open() == []
    assert set(stage.visited) == {"agent"}


async def test_a_single_agent_asks_a_human_as_anybody_does() -> None:
    stage = Stage(shaped(diamond(threshold=0.8), Single()), Verdict=Verdict(confidence=0.4))
    await stage.start()
    [question] = await stage.open()
    assert question.startswith("low_confidence")


async def test_a_supervisor_is_asked_before_every_step_and_once_more() -> None:
    stage = Stage(shaped(diamond(), Supervisor()))
    await stage.start()
    assert executed(await stage.progress())["supervisor"] == 5


async def test_a_supervisor_repeats_a_step_when_it_says_so() -> None:
    stage = Stage(shaped(diamond(), choosing("Score", "Score", "Check", "Verdict", "Update", None)))
    await stage.start()
    assert stage.calls == {**ALL_ONCE, "Score": 2}


async def test_a_supervisor_that_is_done_too_early_leaves_the_rest_undone() -> None:
    stage = Stage(shaped(diamond(), choosing("Score", None)))
    await stage.start()
    assert stage.calls == {"Score": 1}


async def test_a_step_whose_needs_are_not_there_is_refused_and_told() -> None:
    stage = Stage(shaped(diamond(), choosing("Verdict", "Nothing", "Score", "Check", "Verdict", "Update", None)))
    ended = await stage.start()
    assert stage.calls == ALL_ONCE
    assert ended["steps"][:2] == [
        "1. Verdict cannot be made yet: it needs Score, Check.",
        "2. Nothing cannot be made: nobody decides it.",
    ]


async def test_a_supervisor_that_cannot_choose_ends_the_run_with_the_reason() -> None:
    stage = Stage(shaped(diamond(), choosing("Verdict", "Verdict", "Verdict", "Verdict")))
    with pytest.raises(ContractBroken, match="4 times what cannot be done"):
        await stage.start()


async def test_a_supervisor_may_not_replace_what_a_human_decided() -> None:
    steps = choosing("Score", "Check", None, "Score", "Verdict", "Update", None)
    stage = Stage(shaped(diamond(AskHuman()), steps), **CONTESTED)
    await stage.start()
    [question] = await stage.open()
    ended = await stage.answer(question, "edit", decision="Score", value={"probability": 0.1})
    record = (await stage.progress()).latest("Score")
    assert record is not None
    assert record.maker.name == "ann"
    assert ended["steps"][3] == "4. Score cannot be made again: a person decided it."


async def test_a_supervisor_may_have_made_again_what_a_human_sent_back() -> None:
    steps = choosing("Score", "Check", None, "Score", None, "Verdict", "Update", None)
    stage = Stage(shaped(diamond(AskHuman()), steps), **CONTESTED)
    await stage.start()
    [question] = await stage.open()
    await stage.answer(question, "send_back", decision="Score", text="look again")
    assert stage.calls["Score"] == 2


async def test_a_supervisor_whose_model_is_down_holds_the_run_back() -> None:
    class Down(FunctionSpecialist):
        async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
            return Making(Failed("the server is down", is_outage=True), ())

    stage = Stage(shaped(diamond(), Supervisor(Down(first_ready, "chief", NextStep))))
    with pytest.raises(ModelTrouble, match=r"^chief cannot choose the next step now\. the server is down"):
        await stage.start()


async def test_a_supervisor_that_fails_is_told_of_in_words() -> None:
    stage = Stage(shaped(diamond(), choosing()))
    with pytest.raises(ContractBroken, match=r"it was to choose the next step, and did not: .*coroutine raised"):
        await stage.start()


async def test_a_supervisor_climbs_the_declared_ladder() -> None:
    lines = {**CONTESTED, "Score": [Score(probability=0.9), Score(probability=0.1)]}
    stage = Stage(shaped(diamond(Reconsider(Score), AskHuman()), Supervisor()), **lines)
    await stage.start()
    assert stage.calls == {**ALL_ONCE, "Score": 2}
    assert await stage.open() == []


async def test_in_a_mesh_everybody_speaks_in_every_round() -> None:
    stage = Stage(shaped(diamond(), Mesh()))
    ended = await stage.start()
    assert stage.calls == {"Score": 3, "Check": 3, "Verdict": 2, "Update": 1}
    assert (ended["round"], ended["agreed"]) == (3, True)


async def test_both_sides_of_a_disagreement_are_objected_to_in_a_mesh() -> None:
    lines: dict[str, Any] = {"Score": [Score(probability=0.9), Score(probability=0.1)], "Check": Check(flagged=True)}
    stage = Stage(shaped(diamond(AskHuman()), Mesh()), **lines)
    ended = await stage.start()
    progress = await stage.progress()
    assert {name: len(notes) for name, notes in progress.notes.items()} == {"Score": 1, "Check": 1}
    assert progress.latest_value("Score") == {"probability": 0.1, "confidence": 1.0, "rationale": ""}
    assert ended["agreed"]


async def test_the_surer_side_overrides_in_a_mesh_and_the_other_can_override_back() -> None:
    lines: dict[str, Any] = {
        "Score": [Score(probability=0.9, confidence=0.5), Score(probability=0.8, confidence=0.5), Score()],
        "Check": Check(flagged=True, confidence=0.9),
    }
    terms = Mesh(overrides={"quality": lambda score, check: Score(probability=0.2, confidence=0.9)})
    stage = Stage(shaped(diamond(AskHuman()), terms), **lines)
    await stage.start()
    progress = await stage.progress()
    assert [record.maker.name for record in progress.records["Score"]] == ["score", "check", "score", "check", "score"]
    assert [note.text for note in progress.notes["Score"]] == ["check put another in its place"] * 2


async def test_a_mesh_does_not_agree_while_a_request_is_open() -> None:
    stage = Stage(shaped(diamond(), Mesh(quorum=0.5)), Update=[Ask(Verdict, "look again"), Update()])
    ended = await stage.start()
    assert ended["agreed"]
    assert stage.calls["Verdict"] > 2
    assert (await stage.progress()).latest("Update") is not None


async def test_a_mesh_that_does_not_agree_ends_at_its_limit_and_asks() -> None:
    stage = Stage(shaped(diamond(AskHuman()), Mesh(rounds=4)), **CONTESTED)
    ended = await stage.start()
    assert (ended["round"], ended["agreed"]) == (4, False)
    [question] = await stage.open()
    assert question.startswith("conflict")


async def test_in_a_mesh_nobody_replaces_what_a_human_decided() -> None:
    stage = Stage(shaped(diamond(AskHuman()), Mesh(rounds=3)), **CONTESTED)
    await stage.start()
    [question] = await stage.open()
    ended = await stage.answer(question, "edit", decision="Score", value={"probability": 0.1})
    record = (await stage.progress()).latest("Score")
    assert record is not None
    assert (record.maker.name, ended["agreed"]) == ("ann", True)


async def test_a_mesh_is_done_with_what_a_human_let_stand() -> None:
    stage = Stage(shaped(diamond(AskHuman()), Mesh(rounds=3)), **CONTESTED)
    await stage.start()
    before = stage.calls.copy()
    [question] = await stage.open()
    await stage.answer(question, "approve", prefer="Check")
    assert stage.calls == before
    assert await stage.open() == []


@pytest.mark.parametrize("name", list(SHAPES))
async def test_a_person_of_the_conduct_answers_at_once(name: str) -> None:
    class Ann:
        def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> HumanAnswer:
            return HumanAnswer(question=questions[0].key, action="approve", by="ann")

    unsure = Stage(shaped(diamond(threshold=0.8), SHAPES[name]), Verdict=Verdict(confidence=0.4)).workflow
    graph = graph_of(unsure, Conduct(person=Ann())).compile()
    ended = await graph.ainvoke({"case": {"id": "lead-1"}})
    progress = Progress.parse(ended["progress"])
    assert progress.approvals == {"Verdict": 1}
    assert progress.latest_value(Update.__name__) is not None


@pytest.mark.parametrize(
    "wrong", [{"quorum": 0.0}, {"quorum": 1.5}, {"rounds": 0}], ids=["no quorum", "over all", "no rounds"]
)
def test_a_mesh_needs_a_quorum_and_a_round(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Mesh\("):
        Mesh(**wrong)


def test_a_shape_is_part_of_the_signature_and_a_hub_is_as_before() -> None:
    signatures = {shaped(diamond(AskHuman()), shape).signature for shape in SHAPES.values()}
    assert len(signatures) == len(SHAPES)
    assert shaped(diamond(AskHuman()), Hub()).signature == diamond(AskHuman()).signature
    assert diamond().parts.keys() == shaped(diamond(), Hub()).parts.keys()
