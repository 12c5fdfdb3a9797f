"""The mesh: everybody sees everything and speaks in every round, may object and override, until enough agree.

A round is one turn of every specialist whose needs are on the table, all in parallel. Then the *tally*: what was said
goes on the table; where two decisions disagree by a declared conflict, the surer side overrides the other, if it is
said what it would put there, or else both are objected to; the one that was overridden is told. Whoever said what now
stands, is in no disagreement and was asked for nothing, *agrees*. The mesh is done when everything is on the table and
the quorum agrees, or when its rounds are used up; what is still open then is a question to a human. What a human
decided, nobody overrides.

This is the decentralised shape of arXiv 2512.08296: all-to-all, in rounds. It has no owner of a decision and no ladder.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph

from graphs.agenda import Consult
from graphs.conduct import ORDINARY, Clock, Conduct
from graphs.conflict import Conflict
from graphs.lint import check
from graphs.nodes import (
    ASK,
    Builder,
    Gate,
    Node,
    RunInput,
    RunOutput,
    RunState,
    ask_node,
    plan_for,
    progress_of,
    turn_at,
)
from graphs.shape import Mesh
from graphs.turns import objection
from graphs.workflow import Workflow
from state.progress import Event, Noted, Progress, Recorded, Rung, advance, dump_events, parse_events
from state.record import Maker, Record

TALLY = "tally"

TO_AGREE = 8
"""How many rounds there are by default after everything can be on the table."""


def _heard(before: list[Any], said: list[Any] | None) -> list[Any]:
    return [] if said is None else [*before, *said]


def _latest(_: Any, now: Any) -> Any:
    return now


class MeshState(RunState):
    """The state of a run, with what was said in this round and how far the mesh is."""

    said: Annotated[list[list[dict[str, Any]]], _heard]
    """The events of each turn of this round, until they are tallied."""
    round: Annotated[int, _latest]
    """How many rounds are over, since the start or a human's last word."""
    agreed: Annotated[bool, _latest]
    """Whether the quorum agreed in the last round."""


class MeshOutput(RunOutput):
    """What a run ends with."""

    round: int
    agreed: bool


def mesh(workflow: Workflow, terms: Mesh, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    check(workflow)
    graph: Builder = StateGraph(MeshState, input_schema=RunInput, output_schema=MeshOutput)
    names = [specialist.name for specialist in workflow.specialists]
    for name, owner in workflow.owner.items():
        graph.add_node(owner.name, _speaker_node(workflow, name, conduct))
        graph.add_edge(owner.name, TALLY)
    graph.add_node(TALLY, _tally_node(workflow, terms, conduct))
    graph.add_node(ASK, _asking(workflow, conduct))
    graph.add_conditional_edges(START, _speakers(workflow), names)
    graph.add_conditional_edges(TALLY, _onward(workflow, terms), [*names, ASK, END])
    graph.add_conditional_edges(ASK, _after(workflow), [*names, ASK, END])
    return graph


@dataclass(frozen=True, slots=True)
class Tally:
    """What a round came to."""

    events: tuple[Event, ...]
    agreed: float
    """The share of those who spoke that agrees, 0 to 1."""
    complete: bool
    """Whether everything is on the table."""


def tally(workflow: Workflow, terms: Mesh, progress: Progress, said: Iterable[Sequence[Event]], clock: Clock) -> Tally:
    """Put what was said on the table, and have those who disagree override or object. Pure, but for the clock."""
    turns = [tuple(turn) for turn in said]
    heard = [event for turn in turns for event in turn if _counts(progress, event)]
    table = advance(progress, heard)
    at = clock.now(table)
    moved: list[Event] = []
    torn = {event.to for event in heard if isinstance(event, Noted)}
    for conflict in workflow.conflicts:
        if all(_stands(table, side) for side in conflict.sides) and conflict.disagrees(table):
            torn |= set(conflict.sides)
            moved += _dispute(workflow, terms, table, conflict, at)
    after = advance(table, moved)
    spoken = [event.record for turn in turns for event in turn if isinstance(event, Recorded)]
    agreeing = [each for each in spoken if each.decision not in torn and _is_on(after, each)]
    complete = all(after.latest(name) is not None for name in workflow.order)
    return Tally((*heard, *moved), len(agreeing) / len(turns) if turns else 1.0, complete)


def _counts(progress: Progress, event: Event) -> bool:
    """Whether an event changes the table: nobody replaces a human's word, and to repeat what stands is no change."""
    if not isinstance(event, Recorded):
        return True
    standing = progress.latest(event.record.decision)
    if standing is None:
        return True
    if standing.maker.kind == "human":
        return any(note.kind == "guidance" for note in progress.unseen(event.record.decision))
    return not _same(standing, event.record)


def _same(one: Record, other: Record) -> bool:
    return one.outcome == other.outcome == "decided" and one.value == other.value


def _stands(progress: Progress, name: str) -> bool:
    record = progress.latest(name)
    return record is not None and record.outcome == "decided"


def _is_on(progress: Progress, said: Record) -> bool:
    standing = progress.latest(said.decision)
    return standing is not None and _same(standing, said)


def _dispute(workflow: Workflow, terms: Mesh, table: Progress, conflict: Conflict, at: datetime) -> list[Event]:
    """The surer side overrides the other where it can; else both are asked to look again."""
    first, second = (table.latest(side) for side in conflict.sides)
    assert first is not None
    assert second is not None
    override = terms.overrides.get(conflict.name)
    surer = (second.confidence or 0.0) > (first.confidence or 0.0)
    if override is None or not surer or first.maker.kind == "human":
        rung, noted = objection(conflict, table, conflict.sides[0], "", at)
        _, other = objection(conflict, table, conflict.sides[1], "", at)
        return [rung, noted, other]
    values = (contract.model_validate(table.latest_value(contract.__name__)) for contract in conflict.between)
    by = workflow.owner[second.decision].name
    instead = override(*values).model_dump(mode="json")
    rung = Rung(
        conflict=conflict.name,
        versions=conflict.versions(table),
        rung=conflict.rung(table),
        action="reconsider",
        by=by,
        at=at,
    )
    replaced = first.model_copy(update={"maker": Maker(kind="agent", name=by), "value": instead, "made_at": at})
    _, told = objection(conflict, table, first.decision, f"{by} put another in its place", at)
    return [rung, Recorded(record=replaced), told]


def _limit(workflow: Workflow, terms: Mesh) -> int:
    return terms.rounds or workflow.depth + TO_AGREE


def _speakers(workflow: Workflow) -> Callable[[MeshState], list[str]]:
    def speakers(state: MeshState) -> list[str]:
        progress = progress_of(state)
        able = (name for name in workflow.order if all(_stands(progress, need) for need in workflow.needs[name]))
        return [workflow.owner[name].name for name in able]

    return speakers


def _speaker_node(workflow: Workflow, name: str, conduct: Conduct) -> Node:
    async def speak(state: MeshState) -> dict[str, Any]:
        return {"said": [dump_events(await turn_at(workflow, name, state, conduct))]}

    return speak


def _tally_node(workflow: Workflow, terms: Mesh, conduct: Conduct) -> Node:
    async def take(state: MeshState) -> dict[str, Any]:
        turns = map(parse_events, state["said"])
        found = tally(workflow, terms, progress_of(state), turns, conduct.clock)
        return {
            "progress": dump_events(found.events),
            "said": None,
            "round": state.get("round", 0) + 1,
            "agreed": found.complete and found.agreed >= terms.quorum,
        }

    return take


def _asking(workflow: Workflow, conduct: Conduct) -> Gate:
    gate = ask_node(workflow, conduct)

    def ask(state: MeshState) -> dict[str, Any]:
        return {**gate(state), "round": 0}

    return ask


def _onward(workflow: Workflow, terms: Mesh) -> Callable[[MeshState], list[str]]:
    speakers = _speakers(workflow)

    def onward(state: MeshState) -> list[str]:
        if state["agreed"] or state["round"] >= _limit(workflow, terms):
            return [ASK if isinstance(plan_for(workflow, state), Consult) else END]
        return speakers(state)

    return onward


def _after(workflow: Workflow) -> Callable[[MeshState], list[str]]:
    """After a human's answer the others are heard again, where it changed something."""
    speakers = _speakers(workflow)

    def after(state: MeshState) -> list[str]:
        progress = progress_of(state)
        if progress.closed is not None:
            return [END]
        if progress.answers[-1].answer.action in ("edit", "send_back"):
            return speakers(state)
        return [ASK if isinstance(plan_for(workflow, state), Consult) else END]

    return after
