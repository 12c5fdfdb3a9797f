"""Turns: what a specialist is handed, and the events that its turn, or a rung of a conflict, amounts to."""

import asyncio
import logging
from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any, assert_never

from agents.consensus import default_quorum
from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making
from graphs.agenda import attempts_left
from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Vote
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision
from state.note import Note
from state.progress import AttemptUsed, Event, Executed, Noted, Progress, Recorded, Rung, RungAction
from state.record import Maker, Outcome, Record

logger = logging.getLogger(__name__)

HUB = "hub"
"""Who takes a rung that needs neither voters nor a person."""


def handoff_for(workflow: Workflow, name: str, case: Case, progress: Progress) -> Handoff[Case]:
    """What the owner of a decision is handed, each decision held to its contract on the way in."""
    previous = progress.latest_value(name)
    return Handoff(
        case=case,
        decisions=_in_sight(workflow, name, progress),
        notes=progress.notes_to(name),
        settlements=_settlements(workflow, progress, name),
        previous=None if previous is None else workflow.contracts[name].model_validate(previous),
        may_ask=frozenset(workflow.contracts[each] for each in workflow.upstream[name]),
        attempts_left=attempts_left(workflow, progress, name),
    )


def ready_since(workflow: Workflow, progress: Progress, name: str, started: datetime) -> datetime:
    """When the last of a decision's inputs was there."""
    moments = [note.at for note in progress.notes_to(name)] + [started]
    moments += [record.made_at for need in workflow.needs[name] if (record := progress.latest(need))]
    moments += [rung.at for rung in _settlements(workflow, progress, name)]
    moments += [answered.at for answered in progress.answers if name in answered.restores]
    return max(moments)


def turn_events(workflow: Workflow, progress: Progress, name: str, making: Making, at: datetime) -> list[Event]:
    """The events of a specialist's turn, given the progress that it was dispatched on. Pure."""
    owner = workflow.owner[name]
    events: list[Event] = [Executed(execution=execution) for execution in making.executions]
    if progress.unseen(name) or isinstance(making.result, Ask):
        events.append(AttemptUsed(decision=name))

    def record(outcome: Outcome, value: dict[str, Any] | None, reason: str) -> Recorded:
        return Recorded(
            record=Record(
                decision=name,
                version=0,
                outcome=outcome,
                maker=Maker(kind="agent", name=owner.name),
                value=value,
                reason=reason,
                built_from={need: progress.version(need) for need in workflow.needs[name]},
                notes_seen=len(progress.notes_to(name)),
                made_at=at,
                provenance=making.provenance,
            )
        )

    match making.result:
        case Ask(requests=requests):
            events += [_request(owner.name, request.to.__name__, request.text, progress, at) for request in requests]
        case Escalate(reason=reason, conflict=conflict, sides=sides):
            escalated = record("escalated", None, reason).record
            open_to = {who: side.model_dump(mode="json") for who, side in sides.items()}
            told = escalated.provenance.model_copy(update={"conflict": conflict, "sides": open_to})
            events.append(Recorded(record=escalated.model_copy(update={"provenance": told})))
        case Failed(reason=reason):
            events.append(record("failed", None, reason))
        case Decision() as decision:
            events.append(record("decided", decision.model_dump(mode="json"), ""))
        case _ as impossible:
            assert_never(impossible)
    return events


async def rung_events(
    conflict: Conflict, progress: Progress, case: Case, workflow: Workflow, at: datetime
) -> list[Event]:
    """Take the next rung of a conflict that needs no human."""
    match conflict.resolver(progress):
        case Prefer(decision=side):
            return [_taken(conflict, progress, "prefer", side.__name__, HUB, at)]
        case Reconsider(decision=side, text=text):
            return objection(conflict, progress, side.__name__, text, at)
        case Vote() as vote:
            return await _voted(conflict, vote, progress, case, workflow, at)
        case AskHuman():
            raise AssertionError("a human's rung is taken by the gate")
        case _ as impossible:
            assert_never(impossible)


def _in_sight(workflow: Workflow, name: str, progress: Progress) -> Mapping[type[Decision], Decision]:
    """What a specialist sees of the others: what it declared, or in some shapes all that was decided."""
    declared = _values(workflow, progress, workflow.needs[name])
    if workflow.shape.sight == "needs":
        return declared
    others = everything(workflow, progress)
    return {**declared, **{each: value for each, value in others.items() if each.__name__ != name}}


def everything(workflow: Workflow, progress: Progress) -> Mapping[type[Decision], Decision]:
    """All that was decided, by whomever."""
    return _values(
        workflow, progress, tuple(name for name in workflow.order if progress.latest_value(name) is not None)
    )


def _values(workflow: Workflow, progress: Progress, names: tuple[str, ...]) -> Mapping[type[Decision], Decision]:
    contracts = [workflow.contracts[name] for name in names]
    return {contract: contract.model_validate(progress.latest_value(contract.__name__)) for contract in contracts}


def _settlements(workflow: Workflow, progress: Progress, name: str) -> tuple[Rung, ...]:
    """The settlements between a decision's needs that hold for the newest versions.

    Those further upstream are left out: they can change while early cutoff keeps the needs, and with them the decision.
    """
    needs = frozenset(workflow.needs[name])
    holding = {conflict.name: conflict.versions(progress) for conflict in workflow.conflicts}
    return tuple(
        rung
        for rung in progress.rungs
        if rung.is_settlement and needs.issuperset(rung.versions) and holding.get(rung.conflict) == rung.versions
    )


def _request(author: str, to: str, text: str, progress: Progress, at: datetime) -> Noted:
    note = Note(kind="request", author=author, text=text, about_version=progress.version(to) or None, at=at)
    return Noted(to=to, note=note)


def _taken(
    conflict: Conflict, progress: Progress, action: RungAction, preferred: str | None, by: str, at: datetime
) -> Rung:
    return Rung(
        conflict=conflict.name,
        versions=conflict.versions(progress),
        rung=conflict.rung(progress),
        action=action,
        preferred=preferred,
        by=by,
        at=at,
    )


def objection(conflict: Conflict, progress: Progress, side: str, text: str, at: datetime) -> list[Event]:
    """One side of a conflict is asked to look again, and the rung that this takes. Pure."""
    other = next(name for name in conflict.sides if name != side)
    rung = _taken(conflict, progress, "reconsider", None, HUB, at)
    note = Note(
        kind="objection",
        author=conflict.name,
        text=text or f"{side} disagrees with {other}",
        about_version=progress.version(side),
        at=rung.at,
    )
    return [rung, Noted(to=side, note=note)]


def _winner(vote: Vote, votes: dict[str, str]) -> Hashable | None:
    """What the voters' rule says; a rule that raises settles nothing."""
    try:
        return vote.rule.winner(votes)
    except Exception:
        logger.exception("The rule of a vote raised; the next rung is taken.")
        return None


async def _voted(
    conflict: Conflict, vote: Vote, progress: Progress, case: Case, workflow: Workflow, at: datetime
) -> list[Event]:
    handoff = Handoff(case=case, decisions=_values(workflow, progress, conflict.sides))
    turns = await asyncio.gather(*(voter.turn(handoff, at) for voter in vote.voters))
    ballots = {voter.name: turn.result for voter, turn in zip(vote.voters, turns, strict=True)}
    votes = {
        name: ballot.prefer
        for name, ballot in ballots.items()
        if isinstance(ballot, Ballot) and ballot.prefer in conflict.sides
    }
    enough = len(votes) >= (vote.quorum or default_quorum(len(vote.voters)))
    winner = _winner(vote, votes) if enough else None
    executed: list[Event] = [Executed(execution=each) for turn in turns for each in turn.executions]
    by = ", ".join(sorted(name for name, chosen in votes.items() if chosen == winner)) or HUB
    ended = max((each.ended_at for turn in turns for each in turn.executions), default=at)
    return [*executed, _taken(conflict, progress, "vote", str(winner) if winner else None, by, ended)]
