"""The supervisor: a deciding agent picks the next step each time, and says when the work is done.

It is asked before every step and once more at the end, so a run without faults makes 2N + 1 calls for N decisions: N
by the specialists, N + 1 by the supervisor. It is as good a supervisor as there can be: it is told which steps can be
taken now, which are those that the agenda would take, and all that was decided. It sends for one at a time. What it may
not do is refused, with the reason, and it is asked again. It may do more than a hub does: have a decision made again
that nothing changed for, and so go past a human where an unsure one comes out surer the next time.
"""

from collections.abc import Callable
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph

from agents.handoff import Escalate, Handoff
from agents.making import Failed, Result
from agents.specialist import Specialist
from agents.supervisor import RULE, NextStep
from graphs.agenda import Consult, Dispatch, Finish, Settle
from graphs.conduct import ORDINARY, Conduct
from graphs.lint import check
from graphs.nodes import (
    ASK,
    HUB,
    SETTLE,
    Builder,
    Node,
    RunInput,
    RunOutput,
    RunState,
    ask_node,
    case_of,
    plan_for,
    progress_of,
    settle_node,
    specialist_node,
)
from graphs.turns import everything
from graphs.workflow import Workflow
from state.errors import ContractBroken, ModelTrouble
from state.note import Note
from state.progress import Executed, Progress, dump_events

REFUSALS = 4
"""How often in a row what the supervisor chose may be refused."""

REFUSED = " cannot be made"
"""What is said of a step that cannot be taken."""


def _latest(_: str | None, now: str | None) -> str | None:
    return now


def _told(before: list[str], more: list[str]) -> list[str]:
    return [*before, *more]


class SupervisedState(RunState):
    """The state of a run, with what the supervisor chose last, and what it is told of its steps so far."""

    chosen: Annotated[str | None, _latest]
    """A decision's name; None for done."""
    steps: Annotated[list[str], _told]
    """A sentence for each step that it chose, oldest first."""


def supervisor(workflow: Workflow, chooser: Specialist | None = None, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile, under a specialist that decides :class:`NextStep`.

    Raises ``InvalidWorkflow`` where ``lint`` finds errors. A run raises ``ContractBroken`` where the supervisor chooses
    nothing, or again and again what cannot be done, and ``ModelTrouble`` where its model is down. One that sends for
    step after step is stopped by the limit that the run is given; see :func:`graphs.shaped.bounded`.
    """
    check(workflow)
    chief = chooser or RULE
    graph: Builder = StateGraph(SupervisedState, input_schema=RunInput, output_schema=RunOutput)
    names = [specialist.name for specialist in workflow.specialists]
    graph.add_node(chief.name, _supervisor_node(workflow, chief, conduct))
    graph.add_node(SETTLE, settle_node(workflow, conduct))
    graph.add_node(ASK, ask_node(workflow, conduct))
    back = _back(workflow, chief.name)
    for name, owner in workflow.owner.items():
        graph.add_node(owner.name, specialist_node(workflow, name, conduct))
        graph.add_conditional_edges(owner.name, back, [chief.name, SETTLE])
    graph.add_conditional_edges(chief.name, _onward(workflow, chief.name), [*names, chief.name, ASK, END])
    graph.add_edge(START, chief.name)
    graph.add_conditional_edges(SETTLE, back, [chief.name, SETTLE])
    graph.add_conditional_edges(ASK, _after(workflow, chief.name), [chief.name, SETTLE, ASK, END])
    return graph


def _supervisor_node(workflow: Workflow, chief: Specialist, conduct: Conduct) -> Node:
    async def choose(state: SupervisedState) -> dict[str, Any]:
        progress, plan = progress_of(state), plan_for(workflow, state)
        ready = plan.decisions if isinstance(plan, Dispatch) else ()
        now = conduct.clock.now(progress)
        steps = state.get("steps") or []
        handoff = Handoff(
            case=case_of(workflow, state),
            decisions=everything(workflow, progress),
            notes=tuple(Note(kind="request", author=HUB, text=step, at=now) for step in (*steps, _open(ready))),
            may_ask=frozenset(workflow.contracts[name] for name in ready),
        )
        making = await chief.turn(handoff, now)
        executed = dump_events(Executed(execution=each) for each in making.executions)
        chosen = _step(chief.name, making.result).next
        told = _refusal(workflow, progress, chosen, len(steps)) or f"{len(steps) + 1}. {chosen or 'done'}"
        last = [*steps, told][-REFUSALS:]
        if len(last) == REFUSALS and all(REFUSED in step for step in last):
            raise ContractBroken(chief.name, f"it chose {REFUSALS} times what cannot be done; the last: {told}")
        return {"progress": executed, "chosen": chosen, "steps": [told]}

    return choose


def _open(ready: tuple[str, ...]) -> str:
    return f"Can be made now: {', '.join(ready)}." if ready else "Nothing is left that can be made now."


def _step(chief: str, result: Result) -> NextStep:
    """The step that a turn came to. Raises ``ModelTrouble`` where its model is down, or else ``ContractBroken``."""
    match result:
        case NextStep():
            return result
        case Failed(reason=reason, is_outage=True):
            # no word about the case: the run stops here, and goes on when it is driven again
            raise ModelTrouble("held_back", f"{chief} cannot choose the next step now. {reason}")
        case Failed(reason=reason) | Escalate(reason=reason):
            raise ContractBroken(chief, f"it was to choose the next step, and did not: {reason}")
        case _:
            raise ContractBroken(chief, f"it was to choose the next step, and came to {type(result).__name__}")


def _refusal(workflow: Workflow, progress: Progress, chosen: str | None, steps: int) -> str | None:
    """Why a step cannot be taken; None where it can."""
    if chosen is None:
        return None
    if chosen not in workflow.owner:
        return f"{steps + 1}. {chosen}{REFUSED}: nobody decides it."
    missing = [need for need in workflow.needs[chosen] if progress.latest_value(need) is None]
    if missing:
        return f"{steps + 1}. {chosen}{REFUSED} yet: it needs {', '.join(missing)}."
    return f"{steps + 1}. {chosen}{REFUSED} again: a person decided it." if _is_settled(progress, chosen) else None


def _is_settled(progress: Progress, name: str) -> bool:
    """Whether a person decided it, and has not sent it back since."""
    record = progress.latest(name)
    is_human = record is not None and record.maker.kind == "human"
    return is_human and not any(note.kind == "guidance" for note in progress.unseen(name))


def _onward(workflow: Workflow, chief: str) -> Callable[[SupervisedState], str]:
    """Where the supervisor's word leads: to a specialist, back to it where it is refused, or to the end."""

    def onward(state: SupervisedState) -> str:
        chosen = state["chosen"]
        if chosen is not None:
            refused = _refusal(workflow, progress_of(state), chosen, 0)
            return chief if refused else workflow.owner[chosen].name
        return ASK if isinstance(plan_for(workflow, state), Consult) else END

    return onward


def _back(workflow: Workflow, chief: str) -> Callable[[SupervisedState], str]:
    """Where a specialist's report leads: to the supervisor, once what is declared to settle by itself is settled."""

    def back(state: SupervisedState) -> str:
        return SETTLE if isinstance(plan_for(workflow, state), Settle) else chief

    return back


def _after(workflow: Workflow, chief: str) -> Callable[[SupervisedState], str]:
    """Where a human's answer leads."""

    def after(state: SupervisedState) -> str:
        match plan_for(workflow, state):
            case Settle():
                return SETTLE
            case Consult():
                return ASK
            case Finish():
                return END
            case Dispatch():
                return chief

    return after
