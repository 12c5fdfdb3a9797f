"""The compiled graph on small workflows, with the saver in memory."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from agents.handoff import Ask, Escalate, Handoff
from agents.making import Answer
from graphs.conflict import AskHuman, Prefer, Reconsider
from graphs.hub import hub
from state.errors import InvalidWorkflow
from state.progress import Progress
from tests.support.leads import Check, Score, Verdict, diamond
from tests.support.stage import Stage

CONTESTED = {"Score": Score(probability=0.9), "Check": Check(flagged=True)}


def unsure(**lines: Answer | list[Answer]) -> Stage:
    return Stage(diamond(threshold=0.8), **({"Verdict": Verdict(confidence=0.4)} | lines))


async def test_every_specialist_is_called_once_and_the_run_is_at_its_end() -> None:
    stage = Stage(diamond())
    ended = await stage.start()
    assert stage.calls == {"Score": 1, "Check": 1, "Verdict": 1, "Update": 1}
    assert ended["case"] == {"id": "lead-1"}
    assert Progress.parse(ended["progress"]).version("Update") == 1
    assert (await stage.graph.aget_state(stage.config)).next == ()


async def test_a_parallel_wave_joins_once() -> None:
    stage = Stage(diamond())
    await stage.start()
    assert Counter(stage.visited) == {"score": 1, "check": 1, "hub": 1, "verdict": 1, "update": 1}


async def test_a_specialist_that_was_out_alone_is_routed_straight_on() -> None:
    stage = Stage(diamond())
    await stage.start()
    assert stage.visited[2:] == ["hub", "verdict", "update"]


async def test_the_slower_of_a_wave_does_not_dispatch_the_next_one_again() -> None:
    stage = Stage(diamond())

    async def slow(handoff: Handoff[Any]) -> Score:
        await asyncio.sleep(0.05)
        return Score()

    slower = replace(stage.workflow.specialists[0], function=slow)  # type: ignore[type-var]  # it is a FunctionSpecialist
    stage.graph = hub(replace(stage.workflow, specialists=(slower, *stage.workflow.specialists[1:]))).compile(
        checkpointer=InMemorySaver()
    )
    await stage.start()
    assert stage.calls == {"Check": 1, "Verdict": 1, "Update": 1}


async def test_the_state_in_a_checkpoint_is_plain_json() -> None:
    stage = unsure()
    await stage.start()
    values = (await stage.graph.aget_state(stage.config)).values
    assert Progress.parse(values["progress"]).dump() == values["progress"]


async def test_a_request_goes_over_the_hub_to_its_owner_and_back() -> None:
    stage = Stage(diamond(), Verdict=[Ask(Score, "why?"), Verdict()], Score=[Score(), Score(probability=0.6)])
    await stage.start()
    assert stage.calls == {"Score": 2, "Check": 1, "Verdict": 2, "Update": 1}
    assert [note.text for note in stage.handoffs["Score"].notes] == ["why?"]
    assert stage.handoffs["Verdict"][Score].probability == 0.6


async def test_a_conflict_is_settled_by_the_hub() -> None:
    stage = Stage(diamond(Reconsider(Check), Prefer(Score)), **CONTESTED)
    await stage.start()
    assert stage.calls == {"Score": 1, "Check": 2, "Verdict": 1, "Update": 1}
    assert [rung.action for rung in (await stage.progress()).rungs] == ["reconsider", "prefer"]
    assert [rung.preferred for rung in stage.handoffs["Verdict"].settlements] == ["Score"]


async def test_all_open_questions_are_in_one_interrupt() -> None:
    stage = Stage(diamond(), Score=Escalate("unclear"), Check=Escalate("offline"))
    await stage.start()
    [interrupt] = (await stage.graph.aget_state(stage.config)).interrupts
    assert [question["key"] for question in interrupt.value["questions"]] == ["escalated:Score@1", "escalated:Check@1"]
    assert [question["offers"] for question in interrupt.value["questions"]] == [["edit", "send_back", "reject"]] * 2


async def test_nobody_is_called_again_for_a_partial_answer() -> None:
    stage = Stage(diamond(), Score=Escalate("unclear"), Check=Escalate("offline"))
    await stage.start()
    await stage.answer("escalated:Score@1", "edit", value={})
    assert await stage.open() == ["escalated:Check@1"]
    assert stage.calls == {"Score": 1, "Check": 1}
    await stage.answer("escalated:Check@1", "edit", value={})
    assert await stage.open() == []
    assert stage.calls == {"Score": 1, "Check": 1, "Verdict": 1, "Update": 1}


async def test_going_on_without_an_answer_answers_nothing() -> None:
    stage = Stage(diamond(), Score=Escalate("unclear"), Check=Escalate("offline"))
    await stage.start()
    before = await stage.progress()
    for _ in range(2):
        await stage.graph.ainvoke(None, stage.config)
        assert await stage.open() == ["escalated:Score@1", "escalated:Check@1"]
    assert await stage.progress() == before
    await stage.answer("escalated:Score@1", "edit", value={})
    after = await stage.progress()
    await stage.graph.ainvoke(None, stage.config)
    assert await stage.open() == ["escalated:Check@1"]
    assert await stage.progress() == after


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        # no answer at all
        ({}, "Field required"),
        # no such action
        ({"question": "low_confidence:Verdict@1", "action": "maybe", "by": "ann"}, "Input should be 'approve'"),
        # nobody answered
        ({"question": "low_confidence:Verdict@1", "action": "approve", "by": ""}, "at least 1 character"),
        # not open
        ({"question": "low_confidence:Verdict@7", "action": "approve", "by": "ann"}, "the run has moved on"),
        # breaks the contract
        (
            {"question": "low_confidence:Verdict@1", "action": "edit", "by": "ann", "value": {"lane": 7}},
            "The edit breaks the contract of Verdict: lane",
        ),
        # a side where there are none
        (
            {"question": "low_confidence:Verdict@1", "action": "approve", "by": "ann", "prefer": "Score"},
            "not about a conflict",
        ),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays(
    answer: dict[str, Any], message: str
) -> None:
    stage = unsure()
    await stage.start()
    before = await stage.progress()
    [interrupt] = (await stage.graph.aget_state(stage.config)).interrupts
    with pytest.raises(ValidationError, match=message):
        await stage.graph.ainvoke(Command(resume={interrupt.id: answer}), stage.config)
    assert await stage.open() == ["low_confidence:Verdict@1"]
    assert await stage.progress() == before
    await stage.answer("low_confidence:Verdict@1", "approve")
    assert stage.calls["Update"] == 1


async def test_an_approval_lets_the_run_go_on() -> None:
    stage = unsure()
    await stage.start()
    assert stage.calls == {"Score": 1, "Check": 1, "Verdict": 1}
    await stage.answer("low_confidence:Verdict@1", "approve")
    assert stage.calls == {"Score": 1, "Check": 1, "Verdict": 1, "Update": 1}


async def test_an_edit_becomes_the_decision_of_a_human() -> None:
    stage = unsure()
    await stage.start()
    await stage.answer("low_confidence:Verdict@1", "edit", value={"lane": "nurture"})
    verdict = (await stage.progress()).latest("Verdict")
    assert verdict is not None
    assert (verdict.maker.kind, verdict.maker.name, verdict.version) == ("human", "ann", 2)
    assert stage.handoffs["Update"][Verdict].lane == "nurture"


async def test_what_is_sent_back_comes_to_its_owner_with_the_guidance() -> None:
    stage = unsure(Verdict=[Verdict(confidence=0.4), Verdict(confidence=0.9)])
    await stage.start()
    await stage.answer("low_confidence:Verdict@1", "send_back", text="mind the size")
    assert [note.text for note in stage.handoffs["Verdict"].notes] == ["mind the size"]
    assert stage.calls == {"Score": 1, "Check": 1, "Verdict": 2, "Update": 1}


async def test_a_rejected_case_is_closed() -> None:
    stage = unsure()
    await stage.start()
    await stage.answer("low_confidence:Verdict@1", "reject", text="spam")
    assert (await stage.progress()).closed == "spam"
    assert (await stage.graph.aget_state(stage.config)).next == ()
    assert stage.calls["Update"] == 0


async def test_a_conflict_waits_for_its_human() -> None:
    stage = Stage(diamond(AskHuman()), **CONTESTED)
    await stage.start()
    await stage.answer("conflict:quality:Score@1,Check@1", "approve", prefer="Check")
    assert [rung.preferred for rung in stage.handoffs["Verdict"].settlements] == ["Check"]


async def test_a_run_keeps_the_threshold_that_it_was_started_with() -> None:
    stage = unsure()
    await stage.start(threshold=0.3)
    assert await stage.open() == []


async def test_a_specialist_that_fails_is_a_question_and_not_a_crash() -> None:
    stage = Stage(diamond(), Check=Score())
    await stage.start()
    assert await stage.open() == ["failed:Check@1"]
    assert [
        execution.outcome for execution in (await stage.progress()).executions if execution.decision == "Check"
    ] == ["breach"] * 3


@pytest.mark.parametrize(
    "case",
    [
        # no id
        {"company": "Acme"},
        # a field of another type
        {"id": "lead-1", "company": 7},
        # a field that is not there
        {"id": "lead-1", "colour": "red"},
    ],
)
async def test_a_case_that_breaks_its_contract_is_refused_before_any_specialist_is_called(case: dict[str, Any]) -> None:
    stage = Stage(diamond())
    with pytest.raises(ValidationError):
        await stage.start(case)
    assert stage.calls == {}


async def test_runs_of_one_graph_do_not_mix() -> None:
    stage = Stage(diamond())
    configs: list[RunnableConfig] = [{"configurable": {"thread_id": f"run-{number}"}} for number in range(8)]
    ended = await asyncio.gather(
        *(stage.graph.ainvoke({"case": {"id": f"lead-{at}"}}, config) for at, config in enumerate(configs))
    )
    assert [each["case"]["id"] for each in ended] == [f"lead-{number}" for number in range(8)]
    assert stage.calls == {"Score": 8, "Check": 8, "Verdict": 8, "Update": 8}


async def test_a_wave_that_a_crash_cut_off_calls_only_who_had_not_reported() -> None:
    stage = Stage(diamond())
    crashes = [True]

    async def hang_once(handoff: Handoff[Any]) -> Score:
        if crashes:
            crashes.pop()
            await asyncio.Event().wait()
        return Score()

    crashing = replace(stage.workflow.specialists[0], function=hang_once)  # type: ignore[type-var]  # it is a FunctionSpecialist
    workflow = replace(stage.workflow, specialists=(crashing, *stage.workflow.specialists[1:]))
    stage.graph = hub(workflow).compile(checkpointer=InMemorySaver())
    run = asyncio.create_task(stage.graph.ainvoke({"case": {"id": "lead-1"}}, stage.config, durability="sync"))
    await asyncio.sleep(0.1)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await stage.graph.ainvoke(None, stage.config, durability="sync")
    assert stage.calls == {"Check": 1, "Verdict": 1, "Update": 1}


def test_a_workflow_with_errors_does_not_compile() -> None:
    with pytest.raises(InvalidWorkflow, match="RH106"):
        hub(diamond(Reconsider(Check)))


def test_the_graph_has_a_node_for_every_specialist_and_three_of_its_own() -> None:
    nodes = set(hub(diamond()).compile().get_graph().nodes)
    assert nodes == {"__start__", "__end__", "hub", "settle", "ask", "score", "check", "verdict", "update"}
